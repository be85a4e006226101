package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// longDay is how sentences write a day.
const longDay = "2 January 2006"

// inWords returns a day, YYYY-MM-DD, as sentences have it.
func inWords(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return at.Format(longDay)
}

// Title returns the title of a report.
func (r *Report) Title() string { return fmt.Sprintf("BGP in %d", r.Year) }

// Headings returns the columns of a table of years, without the first.
func (y *Years) Headings() (all []string) {
	for i, year := range y.Years {
		heading := fmt.Sprint(year)
		if y.AsOf[i] != "" {
			heading += " (" + y.AsOf[i] + ")"
		}
		all = append(all, heading)
	}
	if y.Growth {
		for _, year := range y.Years {
			all = append(all, fmt.Sprintf("Growth in %d", year))
		}
	}
	return all
}

// Cells returns a row as it is printed. An unknown value is a dash.
func (y *Years) Cells(r *Row) (cells []string) {
	for i, v := range r.Values {
		cell := "–"
		if v != nil {
			cell = printed(*v, r.Digits)
			if low, high := r.Low[i], r.High[i]; low != nil && high != nil && *low != *high {
				cell += " (" + printed(*low, r.Digits) + " to " + printed(*high, r.Digits) + ")"
			}
		}
		cells = append(cells, cell)
	}
	if y.Growth {
		for _, g := range r.Growth {
			cell := "–"
			if g != nil {
				cell = signed(*g, 1) + " %"
			}
			cells = append(cells, cell)
		}
	}
	return cells
}

// signed returns a number with its sign, unless it is 0.
func signed(v float64, digits int) string {
	text := printed(math.Abs(v), digits)
	switch {
	case v == 0:
		return text
	case v < 0:
		return "−" + text
	}
	return "+" + text
}

// Needs returns what is missing for figures of the report's year, each once, with the figures that miss it.
func (y *Years) Needs() (all []string) {
	labels := map[string][]string{}
	var order []string
	for _, r := range y.Rows {
		if r.Need == "" {
			continue
		}
		if labels[r.Need] == nil {
			order = append(order, r.Need)
		}
		labels[r.Need] = append(labels[r.Need], r.Label)
	}
	for _, need := range order {
		what := strings.Join(labels[need], ", ")
		if len(labels[need]) == len(y.Rows) {
			what = "Every figure"
		}
		all = append(all, what+": "+need)
	}
	return all
}

// Known reports whether any value of the table is known.
func (y *Years) Known() bool {
	for _, r := range y.Rows {
		for _, v := range r.Values {
			if v != nil {
				return true
			}
		}
	}
	return false
}

// WriteText writes the report as text. Tabs part the cells of tables, and end their lines.
func (r *Report) WriteText(out io.Writer) error {
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, r.Title())
	for _, s := range r.Sections {
		fmt.Fprintf(w, "\n%s\n", strings.ToUpper(s.Title))
		if s.Text != "" {
			fmt.Fprintf(w, "%s\n", s.Text)
		}
		for i := range s.Years {
			y := &s.Years[i]
			fmt.Fprintf(w, "\n%s. %s.\n", y.Title, y.Basis)
			if y.Known() {
				fmt.Fprintf(w, "\tUnit\t%s\t\n", strings.Join(y.Headings(), "\t"))
				for j := range y.Rows {
					fmt.Fprintf(w, "%s\t%s\t%s\t\n", y.Rows[j].Label, y.Rows[j].Unit, strings.Join(y.Cells(&y.Rows[j]), "\t"))
				}
			}
			for _, need := range y.Needs() {
				fmt.Fprintf(w, "%s.\n", need)
			}
		}
		for _, l := range s.Lists {
			fmt.Fprintf(w, "\n%s.", l.Title)
			if l.Basis != "" {
				fmt.Fprintf(w, " %s.", l.Basis)
			}
			fmt.Fprintln(w)
			if l.Need != "" {
				fmt.Fprintf(w, "No rows: %s.\n", l.Need)
				continue
			}
			fmt.Fprintln(w, strings.Join(l.Columns, "\t")+"\t")
			for _, row := range l.Rows {
				fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
			}
		}
	}
	return w.Flush()
}

// WriteMarkdown writes the report as a document.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", r.Title())
	for _, s := range r.Sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.Title)
		if s.Text != "" {
			fmt.Fprintf(&b, "%s\n\n", escaped(s.Text))
		}
		fmt.Fprintf(&b, "*%s*\n", escaped(s.About))
		for i := range s.Years {
			y := &s.Years[i]
			fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n", y.Title, escaped(y.Basis))
			if y.Known() {
				writeRow(&b, append([]string{"", "Unit"}, y.Headings()...))
				fmt.Fprintf(&b, "|---|---|%s\n", strings.Repeat("---:|", len(y.Headings())))
				for j := range y.Rows {
					writeRow(&b, append([]string{y.Rows[j].Label, y.Rows[j].Unit}, y.Cells(&y.Rows[j])...))
				}
			}
			for _, need := range y.Needs() {
				fmt.Fprintf(&b, "\n%s.\n", escaped(need))
			}
		}
		for _, l := range s.Lists {
			fmt.Fprintf(&b, "\n### %s\n\n", escaped(l.Title))
			if l.Need != "" {
				fmt.Fprintf(&b, "No rows: %s.\n", escaped(l.Need))
				continue
			}
			fmt.Fprintf(&b, "%s.\n\n", escaped(l.Basis))
			writeRow(&b, l.Columns)
			fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(l.Columns)))
			for _, row := range l.Rows {
				writeRow(&b, row)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeRow(b *strings.Builder, cells []string) {
	for _, c := range cells {
		fmt.Fprintf(b, "| %s ", escaped(c))
	}
	b.WriteString("|\n")
}

// escaped returns a text without anything that Markdown or the HTML in it would act on: names of ASes are foreign.
func escaped(text string) string { return markdown.Replace(text) }

var markdown = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "[", `\[`, "]", `\]`, "\n", " ", "\r", " ")
