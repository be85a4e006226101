// Package legible makes foreign text safe to show: nothing in it can steer a terminal, turn the direction of the text
// around it, or hide.
package legible

import (
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// replacement is shown in place of every rune that is not legible.
const replacement = unicode.ReplacementChar

// shown reports whether a rune is shown as it is. Those that are not:
//
//   - control characters but line feed and tab: C0, DEL and C1 steer terminals (ECMA-48)
//   - the bidirectional controls of Unicode Standard Annex #9, which reorder the text around them
//   - invisible runes of no width, which make two texts look the same: U+200B, U+2060 and U+FEFF
//   - the line and paragraph separators, which break lines in some places and not in others
//   - the noncharacters U+FFFE and U+FFFF, which XML and HTML refuse
//
// The joiners U+200C and U+200D stay: Persian, Indic scripts and emoji are misspelled without them.
func shown(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return true
	case unicode.IsControl(r):
		return false
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return false
	case r == 0x200b, r == 0x2060, r == 0xfeff:
		return false
	case r == 0x2028, r == 0x2029, r == 0xfffe, r == 0xffff:
		return false
	}
	return true
}

// Text returns s with U+FFFD in place of invalid UTF-8 and of every rune that is not legible.
func Text(s string) string {
	if clean(s) {
		return s
	}
	return strings.Map(func(r rune) rune { // ranges over invalid bytes as U+FFFD
		if shown(r) {
			return r
		}
		return replacement
	}, s)
}

// Line is Text on one line: line feeds and tabs become spaces, so that no foreign text adds a line or a column.
func Line(s string) string {
	return Text(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(s))
}

// Writer returns a writer that hands on Text of what is written to it, also where a rune is split between two writes. Close
// writes what is left of such a rune; it does not close w. The writer may be used by several goroutines at once.
func Writer(w io.Writer) io.WriteCloser { return &writer{to: w} }

type writer struct {
	to   io.Writer
	mu   sync.Mutex
	rest []byte // the beginning of a rune whose end was not written yet
}

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 && clean(p) {
		return w.to.Write(p)
	}
	b := append(w.rest, p...)
	end := len(b) - unfinished(b)
	w.rest = append([]byte(nil), b[end:]...)
	if _, err := io.WriteString(w.to, Text(string(b[:end]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 {
		return nil
	}
	rest := string(w.rest)
	w.rest = nil
	_, err := io.WriteString(w.to, Text(rest))
	return err
}

// clean reports whether a text is printable ASCII, line feeds and tabs: nearly everything is.
func clean[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' || c >= 0x7f) && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// unfinished returns the number of bytes at the end of b that begin a rune and do not end it.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
