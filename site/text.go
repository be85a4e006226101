package site

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tidemark/datasets/table"
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
func count[N int | int64](n N) string { return group(strconv.FormatInt(int64(n), 10)) }

// group parts the thousands of a decimal number of five digits and more; a year stays as it is.
func group(number string) string {
	whole, rest := number, ""
	if i := strings.IndexByte(number, '.'); i >= 0 {
		whole, rest = number[:i], number[i:]
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	if len(whole) < 5 {
		return number
	}
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return sign + b.String() + rest
}

// byteSize is a size for people, in units of 1,000.
func byteSize(n int64) string {
	size := float64(n)
	for _, unit := range []string{"B", "kB", "MB"} {
		if size < 1000 {
			if unit == "B" {
				return strconv.FormatInt(n, 10) + " B"
			}
			return strconv.FormatFloat(size, 'f', 1, 64) + " " + unit
		}
		size /= 1000
	}
	return strconv.FormatFloat(size, 'f', 1, 64) + " GB"
}

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

// shown is a value of a result as the page's table shows it: floats rounded to six digits, and thousands apart unless
// the number is a name, such as an AS number.
func shown(c table.ResultColumn, v any, isName bool) string {
	if f, ok := v.(float64); ok && f != math.Trunc(f) {
		if size := math.Abs(f); size < 1e-4 || size > 1e15 {
			return strconv.FormatFloat(f, 'g', 6, 64)
		}
		return group(strconv.FormatFloat(f, 'f', decimals(f), 64))
	}
	text := c.Text(v)
	if isNumber(c.Type) && !isName && !strings.ContainsAny(text, "eIN") {
		return group(text)
	}
	return text
}

// decimals leaves six significant digits to a number, but no more than six after the point.
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
