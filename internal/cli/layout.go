package cli

import (
	"regexp"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// style is how text is drawn. The zero style is that of files and pipes: nothing is cut, wrapped or coloured.
type style struct {
	width  int  // of the terminal, in columns; 0: text is not fitted
	signs  bool // states have a sign, and a label that the line before has is left out
	colour bool
}

// layout draws text whose tabs part cells. Neighbouring lines with tabs are a table with a head if each ends in a tab, and otherwise lines of
// a label and what belongs to it. All other lines are sentences.
func layout(text string, s style) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	var b strings.Builder
	for i := 0; i < len(lines); {
		if !strings.Contains(lines[i], "\t") {
			b.WriteString(s.sentence(lines, i))
			i++
			continue
		}
		end, table := i, true
		for ; end < len(lines) && strings.Contains(lines[end], "\t"); end++ {
			table = table && strings.HasSuffix(lines[end], "\t")
		}
		rows := make([][]string, 0, end-i)
		for _, line := range lines[i:end] {
			rows = append(rows, strings.Split(strings.TrimSuffix(line, "\t"), "\t"))
		}
		switch {
		case table:
			b.WriteString(s.table(rows))
		case s.width > 0:
			b.WriteString(s.labelled(rows))
		default:
			b.WriteString(aligned(lines[i:end]))
		}
		i = end
	}
	return b.String()
}

// aligned draws lines with aligned cells, whatever their width.
func aligned(lines []string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		w.Write([]byte(line + "\n"))
	}
	w.Flush() // a builder takes everything
	return b.String()
}

// maxHeading is the longest line that may be a heading, in bytes.
const maxHeading = 40

// sentence draws a line without tabs. The first line, and a short one below an empty line that ends in no punctuation, are headings.
func (s style) sentence(lines []string, i int) string {
	line := lines[i]
	if s.width == 0 || line == "" {
		return line + "\n"
	}
	indent := len(line) - len(strings.TrimLeft(line, " "))
	text := strings.Repeat(" ", indent) + strings.Join(flow(line[indent:], s.width-indent), "\n"+strings.Repeat(" ", indent))
	if i == 0 || lines[i-1] == "" && indent == 0 && len(line) <= maxHeading && !strings.ContainsAny(line[len(line)-1:], ".:;") {
		text = s.paint(bold, text)
	}
	return text + "\n"
}

// minText is the least width in which text is wrapped, in columns.
const minText = 20

// labelled draws lines of a label and cells. Where the cells do not fit side by side, the last is wrapped in its column, or, if little room is
// left for that, they follow each other and are wrapped beside the label.
func (s style) labelled(rows [][]string) string {
	widths := widthsOf(rows, s)
	before := 0 // the columns before the last one
	for _, w := range widths[:len(widths)-1] {
		before += w + 2
	}
	side := before+max(2*minText, s.width/3) <= s.width || before+widths[len(widths)-1] <= s.width
	var b strings.Builder
	last := ""
	for _, row := range rows {
		label := row[0]
		shown := label
		if s.signs && label == last && isWord(label) {
			shown = ""
		}
		last = label
		if side {
			row = append([]string{shown}, row[1:]...)
			text := ""
			if len(row) == len(widths) {
				text = strings.Join(flow(row[len(row)-1], s.width-before), "\n"+strings.Repeat(" ", before))
				row = append(row[:len(row)-1:len(row)-1], text)
			}
			b.WriteString(strings.TrimRight(s.cells(row, append(widths[:len(widths)-1:len(widths)-1], 0), nil), " ") + "\n")
			continue
		}
		var rest []string
		for _, cell := range row[1:] {
			if cell != "" {
				text, _ := s.sign(cell)
				rest = append(rest, text)
			}
		}
		indent := widths[0] + 2
		if s.width-indent < minText {
			indent = 4
			b.WriteString(s.cell(shown, 0, false) + "\n" + strings.Repeat(" ", indent))
		} else {
			b.WriteString(s.cell(shown, widths[0], false) + "  ")
		}
		b.WriteString(strings.Join(flow(strings.Join(rest, "  "), s.width-indent), "\n"+strings.Repeat(" ", indent)) + "\n")
	}
	return b.String()
}

// isWord reports whether a label names what follows, as "witness" and "more specific" do and a prefix does not.
func isWord(label string) bool {
	return label != "" && !strings.ContainsAny(label, "0123456789/.:") && len(states[label]) == 0
}

var number = regexp.MustCompile(`^(?:[-+−]?[\d,]+(?:\.\d+)?(?: ?(?:[kMGT]i?)?B| ?%| [dh])?|\?|–)?$`)

// table draws a head and rows. Numbers are on the right. Where the width does not suffice, texts are cut, and then the last columns left out,
// which a line below names.
func (s style) table(rows [][]string) string {
	right := make([]bool, len(rows[0]))
	for c := range right {
		right[c] = len(rows) > 1
		for _, row := range rows[1:] {
			right[c] = right[c] && (c >= len(row) || number.MatchString(row[c]))
		}
	}
	widths, shown := s.fit(widthsOf(rows, s), right)
	var b strings.Builder
	for i, row := range rows {
		line := strings.TrimRight(s.cells(row[:min(len(row), shown)], widths, right), " ")
		if i == 0 {
			line = s.paint(bold, line)
		}
		b.WriteString(line + "\n")
	}
	if shown < len(rows[0]) {
		b.WriteString(strings.Join(flow("Too wide to be shown: "+strings.Join(rows[0][shown:], ", ")+".", s.width), "\n") + "\n")
	}
	return b.String()
}

// minCell is the least width to which a column of text is cut.
const minCell = 20

// fit returns the widths that columns have within that of the terminal, and how many columns are shown. Numbers are not cut.
func (s style) fit(widths []int, numbers []bool) (fitted []int, shown int) {
	shown = len(widths)
	if s.width == 0 {
		return widths, shown
	}
	for ; shown > 1; shown-- {
		fitted = append([]int(nil), widths[:shown]...)
		total := 2 * (shown - 1)
		for _, w := range fitted {
			total += w
		}
		for total > s.width {
			widest := -1
			for c, w := range fitted {
				if !numbers[c] && w > minCell && (widest < 0 || w > fitted[widest]) {
					widest = c
				}
			}
			if widest < 0 {
				break
			}
			fitted[widest]--
			total--
		}
		if total <= s.width {
			return fitted, shown
		}
	}
	return []int{min(widths[0], s.width)}, 1
}

// widthsOf returns the widest cell of each column. The last cell of a line counts too.
func widthsOf(rows [][]string, s style) (widths []int) {
	for _, row := range rows {
		for c, cell := range row {
			if c == len(widths) {
				widths = append(widths, 0)
			}
			text, _ := s.sign(cell)
			widths[c] = max(widths[c], uniseg.StringWidth(text))
		}
	}
	return widths
}

func (s style) cells(row []string, widths []int, right []bool) string {
	all := make([]string, len(row))
	for c, cell := range row {
		all[c] = s.cell(cell, widths[c], right != nil && right[c])
	}
	return strings.Join(all, "  ")
}

// cell draws a cell in its width: padded, or cut if it is wider and the width is not 0.
func (s style) cell(text string, width int, right bool) string {
	text, colour := s.sign(text)
	pad := width - uniseg.StringWidth(text)
	if pad < 0 && width > 0 {
		text = shorten(text, width)
		pad = width - uniseg.StringWidth(text)
	}
	space := strings.Repeat(" ", max(pad, 0))
	if right {
		return space + s.paint(colour, text)
	}
	return s.paint(colour, text) + space
}

// shorten returns the beginning of a text that fits, with an ellipsis.
func shorten(text string, width int) string {
	end, columns := 0, 0
	for state, rest := -1, text; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if columns+w > width-1 {
			break
		}
		end, columns = end+len(cluster), columns+w
	}
	return text[:end] + "…"
}

// flow splits a text at its spaces into lines of a width. A longer word, such as a URL, has a line of its own and is not split.
func flow(text string, width int) (lines []string) {
	line, columns := "", 0
	for word := range strings.SplitSeq(text, " ") {
		w := uniseg.StringWidth(word)
		switch {
		case columns > 0 && columns+1+w > width:
			lines = append(lines, strings.TrimRight(line, " "))
			line, columns = word, w
		case columns > 0:
			line, columns = line+" "+word, columns+1+w
		default:
			line, columns = word, w
		}
	}
	return append(lines, line)
}

// Colours of ECMA-48.
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// states are the words for how well something is, each with its sign.
var states = map[string]string{
	"ok": "✓", "good": "✓", "ready": "✓",
	"warning": "!", "behind": "!", "gaps": "!", "partial": "!",
	"bad": "✗", "to do": "✗", "failing": "✗", "silent": "✗", "missing": "✗", "wrong": "✗", "broken": "✗",
	"unknown": "?", "unasked": "?",
}

var colours = map[string]string{"✓": green, "!": yellow, "✗": red, "?": cyan}

// sign returns a cell that is a state with its sign, and its colour.
func (s style) sign(cell string) (text, colour string) {
	sign, known := states[cell]
	if !s.signs || !known {
		return cell, ""
	}
	return sign + " " + cell, colours[sign]
}

// paint colours a text that has no escape sequence.
func (s style) paint(colour, text string) string {
	if !s.colour || colour == "" || utf8.RuneCountInString(text) == 0 {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
