package cli

import (
	"io"
	"strings"
	"unicode/utf8"

	"tidemark/internal/legible"
	"tidemark/rfcwatch/text"
)

const (
	minWidth     = 40  // of two texts side by side, in columns
	defaultWidth = 132 // where there is no terminal
	between      = " | "
)

// width returns the columns of the terminal that the output goes to.
func (env *environment) width() int {
	if env.style.width == 0 {
		return defaultWidth
	}
	return max(env.style.width, minWidth)
}

// writeSides writes the old and the new form of a paragraph side by side, in so many columns.
func writeSides(w io.Writer, c text.Change, width int) {
	for _, line := range wrap(changeHead(c), width) {
		io.WriteString(w, line+"\n")
	}
	column := (width - len(between)) / 2
	left, right := side(c, c.Before, "added", column), side(c, c.Now, "removed", column)
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		line := l + strings.Repeat(" ", column-utf8.RuneCountInString(l)) + between + r
		io.WriteString(w, strings.TrimRight(line, " ")+"\n")
	}
	io.WriteString(w, "\n")
}

// side returns the lines of one form of a paragraph; other is the kind of the pieces that only the other form has.
func side(c text.Change, p *text.Paragraph, other string, column int) (lines []string) {
	switch {
	case p == nil:
		return nil
	case p.Figure:
		for line := range strings.SplitSeq(p.Text, "\n") {
			lines = append(lines, cut(legible.Line(line), column)...)
		}
		return lines
	case len(c.Pieces) == 0:
		return wrap(p.Text, column)
	}
	var words []string
	for _, piece := range c.Pieces {
		if piece.Kind != other {
			words = append(words, marked(piece))
		}
	}
	return wrap(strings.Join(words, " "), column)
}

// wrap breaks a text into lines of so many columns at most.
func wrap(s string, column int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(legible.Line(s)) {
		for i, part := range cut(word, column) {
			switch {
			case line == "":
				line = part
			case i == 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(part) <= column:
				line += " " + part
			default:
				lines = append(lines, line)
				line = part
			}
		}
	}
	return append(lines, line)
}

// cut cuts a line into parts of so many columns at most.
func cut(line string, column int) (parts []string) {
	for runes := []rune(line); ; runes = runes[column:] {
		if len(runes) <= column {
			return append(parts, string(runes))
		}
		parts = append(parts, string(runes[:column]))
	}
}
