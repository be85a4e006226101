// Package quantity formats numbers for people: the same way on the terminal, in prose and on the site.
package quantity

import (
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
)

// Count returns a whole number with its thousands separated by commas.
func Count[N int | int64](n N) string { return Group(strconv.FormatInt(int64(n), 10)) }

// Group separates the thousands of a decimal number, formatted by strconv, with commas.
func Group(number string) string {
	whole, fraction := number, ""
	if i := strings.IndexByte(number, '.'); i >= 0 {
		whole, fraction = number[:i], number[i:]
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
	return sign + b.String() + fraction
}

// Bytes returns a size with one decimal in units of 1,000, up to GB, so that the sizes of a column are easy to compare.
func Bytes(n int64) string {
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

// ShortBytes returns a size in units of 1,000, rounded to two or three digits: 1.2 GB, 83 MB.
func ShortBytes(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }
