package site

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tidemark/datasets/table"
	"tidemark/internal/quantity"
)

// legible replaces what would make a text look like another one: invalid UTF-8, control characters, and the characters
// that turn the direction of the text. It runs over whole pages, so that no text from outside can miss it.
func legible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == unicode.ReplacementChar, unicode.IsControl(r):
			return unicode.ReplacementChar
		case r == 0x061c, r == 0x200b, r == 0x200e, r == 0x200f, r == 0x2028, r == 0x2029, r == 0xfeff,
			r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfffe, r == 0xffff:
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// count writes a number with its thousands apart.
func count[N int | int64](n N) string { return quantity.Count(n) }

func day(t time.Time) string { return t.Format(time.DateOnly) }

// paragraphs parts a text at blank lines.
func paragraphs(s string) []string {
	var all []string
	for p := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// columnFormat says how a page shows the values of a column.
type columnFormat struct {
	table.ResultColumn
	grouped bool // thousands apart
	places  int  // decimals that the column needs, for floats
}

// formatOf looks at the values of column i: numbers have their thousands apart unless they are names, such as AS
// numbers, or all so small that they may be years; floats are rounded to six significant digits.
func formatOf(r *table.Result, i int, areNames bool) columnFormat {
	f := columnFormat{ResultColumn: r.Columns[i]}
	for _, row := range r.Rows {
		v := number(row[i])
		if v == nil {
			continue
		}
		if math.Abs(*v) >= 10_000 && !areNames {
			f.grouped = true
		}
		if r.Columns[i].Type == table.Float64 && plain(*v) {
			text := strings.TrimRight(strconv.FormatFloat(*v, 'f', decimals(*v), 64), "0")
			f.places = max(f.places, len(text)-1-strings.IndexByte(text, '.'))
		}
	}
	return f
}

// show is a value as the page's table shows it.
func (f columnFormat) show(v any) string {
	text := f.Text(v)
	if t, is := v.(time.Time); is && f.Type == table.Timestamp {
		return strings.TrimSuffix(t.UTC().Format("2006-01-02 15:04:05"), ":00")
	}
	if x, is := v.(float64); is {
		if !plain(x) {
			return strconv.FormatFloat(x, 'g', 6, 64)
		}
		text = strconv.FormatFloat(x, 'f', min(f.places, decimals(x)), 64)
	}
	if f.grouped {
		return quantity.Group(text)
	}
	return text
}

// plain tells whether a number reads well without an exponent.
func plain(f float64) bool { return f == 0 || math.Abs(f) >= 1e-6 && math.Abs(f) < 1e15 }

// decimals leaves six significant digits to a number, but at least one and no more than six after the point.
func decimals(f float64) int {
	f = math.Abs(f)
	places := 6
	for f >= 1 && places > 1 {
		f /= 10
		places--
	}
	return places
}

func isNumber(t table.Type) bool { return t == table.Int64 || t == table.Float64 || t == table.Uint32 }

// heading is a column's name as a heading.
func heading(name string) string { return strings.ReplaceAll(name, "_", " ") }
