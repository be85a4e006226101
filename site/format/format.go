// Package format writes values as the pages of the site show them.
package format

import (
	"strconv"
	"strings"
	"time"
)

// Count returns a number with commas between its thousands.
func Count[N int | int64](n N) string { return Group(strconv.FormatInt(int64(n), 10)) }

// Group inserts commas between the thousands of a decimal number.
func Group(number string) string {
	whole, rest := number, ""
	if i := strings.IndexByte(number, '.'); i >= 0 {
		whole, rest = number[:i], number[i:]
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
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

// Bytes returns a number of bytes in decimal units, from "999 B" to "1234.5 GB".
func Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size := float64(n) / 1000
	for _, unit := range []string{"kB", "MB"} {
		if size < 1000 {
			return oneDecimal(size) + " " + unit
		}
		size /= 1000
	}
	return oneDecimal(size) + " GB"
}

func oneDecimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// Day returns the date of t as YYYY-MM-DD.
func Day(t time.Time) string { return t.Format(time.DateOnly) }

// Minute returns t in UTC to the minute; "" for the zero time.
func Minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// Paragraphs splits a text at its blank lines.
func Paragraphs(s string) []string {
	var all []string
	for p := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// Heading returns the name of a column as a heading.
func Heading(name string) string { return strings.ReplaceAll(name, "_", " ") }
