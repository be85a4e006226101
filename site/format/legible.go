package format

import (
	"strings"
	"unicode"
)

// Legible replaces with U+FFFD whatever could make a text look like another one: invalid UTF-8, control characters, and
// characters that change the direction of the text. Line feeds and tabs stay. It runs over whole pages, so that no text
// from outside can bypass it.
func Legible(s string) string {
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
