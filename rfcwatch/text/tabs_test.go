package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExpandTabs(t *testing.T) {
	wide := strings.Repeat("x", maxTabColumn)
	for _, c := range []struct {
		line, want string
		beyond     int
	}{
		{"a b", "a b", 0},
		{"\ta", "        a", 0},
		{"1234567\ta", "1234567 a", 0},
		{"12345678\ta", "12345678        a", 0},
		{"é\ta\tb", "é       a       b", 0}, // é has two bytes, and is one column
		{"–––––––\ta", "––––––– a", 0},
		{wide + "\ta", wide + " a", 1},
		{wide[1:] + "\ta", wide[1:] + " a", 0},
	} {
		var e tabs
		if got := e.expand(c.line); got != c.want || e.beyond != c.beyond {
			t.Errorf("%q becomes %q with %d tabs beyond, want %q with %d", c.line, got, e.beyond, c.want, c.beyond)
		}
	}
}

// TestTextOfTabs: lines as wide as an RFC's, but of tabs, become 1 MiB longer at most; the tabs that did not fit are counted.
func TestTextOfTabs(t *testing.T) {
	const lines, each = 20_000, 9
	document := strings.Repeat(strings.Repeat("\t", each)+"x\n", lines)
	expanded, beyond := withoutPages(document)
	size := 0
	for _, line := range expanded {
		size += len(line)
	}
	if size > len(document)+maxTabSpaces {
		t.Errorf("%d bytes became %d", len(document), size)
	}
	if whole := maxTabSpaces / (8 * each) * each; beyond < lines*each-whole-each || beyond > lines*each-whole+each {
		t.Errorf("%d tabs were not expanded, want about %d", beyond, lines*each-whole)
	}
	if parsed := Parse(document); parsed.WideTabs != beyond {
		t.Errorf("the document has %d such tabs, want %d", parsed.WideTabs, beyond)
	}
	if utf8.RuneCountInString(expanded[0]) != 8*each+1 {
		t.Errorf("the first line has %d columns", len(expanded[0]))
	}
}
