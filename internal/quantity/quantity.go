// Package quantity formats numbers for people: the same way on the terminal, in prose and on the site.
package quantity

import (
	"math"
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

// minFixed is the smallest number that is written without an exponent.
const minFixed = 1e-9

// Fixed returns a number with so many digits after the point and its thousands separated. A number that is not zero but would be
// written as zero has two significant digits.
func Fixed(v float64, digits int) string {
	text := strconv.FormatFloat(v, 'f', digits, 64)
	switch {
	case strings.Trim(text, "-0.") != "":
		return Group(text)
	case v == 0:
		return strings.TrimPrefix(text, "-")
	case math.Abs(v) < minFixed:
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 1-int(math.Floor(math.Log10(math.Abs(v)))), 64)
}

// Percent returns a share from 0 to 1 in percent with one decimal, halves away from zero. Only nothing is 0 % and only all is
// 100 %: a share that would be rounded to either has as many decimals as it takes to differ.
func Percent(share float64) string {
	percent := 100 * share
	rounded := math.Round(10*percent) / 10
	switch {
	case percent == 0, math.Abs(percent-100) < minFixed:
		return Fixed(percent, 0) + " %"
	case rounded == 100:
		digits := -int(math.Floor(math.Log10(math.Abs(percent - 100))))
		return Fixed(percent, digits) + " %"
	case rounded != 0:
		percent = rounded
	}
	return Fixed(percent, 1) + " %"
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
