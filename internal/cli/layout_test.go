package cli

import (
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

// page has what verbs write: a title, labels, a heading, a table, and a sentence.
const page = "192.0.2.0/24: announced in the dumps of 2025-01-02 00:00\n\n" +
	"to do\tROA\tno payload authorises AS64496: create one, and say so to whoever runs the certification authority\n" +
	"ok\tannouncement\tseen by 5 of 6\n\n" +
	"witness\trrc00 192.0.2.1\tAS64500\tpath 64500 64496\n" +
	"witness\trrc00 192.0.2.2\tAS64501\tpath 64501 64496\n\n" +
	"What to do\n" +
	"dataset\trows\tbytes\tfrom\t\n" +
	"routes\t12\t1.5 MB\t2016-01-01\t\n" +
	"a_dataset_with_a_very_long_name_that_is_cut\t1234567\t?\t2016-01-01\t\n" +
	"A sentence that is longer than the terminal is wide, and is wrapped at its spaces, as people read it.\n"

func TestLayoutOnTerminal(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		drawn := layout(page, style{width: width, signs: true})
		for line := range strings.Lines(drawn) {
			if got := uniseg.StringWidth(strings.TrimSuffix(line, "\n")); got > width {
				t.Errorf("at %d columns a line has %d: %q", width, got, line)
			}
		}
		for _, want := range []string{"✗ to do", "✓ ok", "a_data"} {
			if !strings.Contains(drawn, want) {
				t.Errorf("at %d columns %q is missing:\n%s", width, want, drawn)
			}
		}
		if strings.Count(drawn, "witness") != 1 {
			t.Errorf("the label is repeated:\n%s", drawn)
		}
		if strings.Contains(drawn, "\x1b") {
			t.Error("there is colour")
		}
	}
	if drawn := layout(page, style{width: 60, signs: true}); !strings.Contains(drawn, "…") || !strings.Contains(drawn, "\n            12  1.5 MB") && !strings.Contains(drawn, "   12  1.5 MB") {
		t.Errorf("the table is not fitted, or its numbers are not on the right:\n%s", drawn)
	}
}

func TestLayoutInPipe(t *testing.T) {
	drawn := layout(page, style{})
	for _, want := range []string{"to do  ROA           no payload", "witness  rrc00 192.0.2.2  AS64501", "_is_cut  1234567", "wide, and is wrapped at its spaces, as people read it."} {
		if !strings.Contains(drawn, want) {
			t.Errorf("%q is missing:\n%s", want, drawn)
		}
	}
	if strings.ContainsAny(drawn, "✗✓…\x1b") {
		t.Errorf("a pipe is given signs:\n%s", drawn)
	}
}

// TestLayoutColours: a state has its colour, the first line and a heading are bold, and the widths do not count escape sequences.
func TestLayoutColours(t *testing.T) {
	drawn := layout(page, style{width: 80, signs: true, colour: true})
	for _, want := range []string{"\x1b[1m192.0.2.0/24:", "\x1b[31m✗ to do\x1b[0m  ROA", "\x1b[32m✓ ok\x1b[0m     ", "\x1b[1mWhat to do\x1b[0m"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("%q is missing:\n%q", want, drawn)
		}
	}
}

// TestTooManyColumns: what does not fit even when texts are cut is named.
func TestTooManyColumns(t *testing.T) {
	cells := strings.Repeat("column_of_text\t", 12)
	drawn := layout(cells+"\n"+strings.Repeat("some longer text\t", 12)+"\n", style{width: 40, signs: true})
	if !strings.Contains(drawn, "Too wide to be shown: column_of_text") {
		t.Errorf("what is left out is not named:\n%s", drawn)
	}
}

// TestWideRunes: a character of two columns counts as two.
func TestWideRunes(t *testing.T) {
	drawn := layout("名前\tx\t\n中国教育和科研计算机网\ty\t\n", style{width: 20, signs: true})
	for line := range strings.Lines(drawn) {
		if uniseg.StringWidth(strings.TrimSuffix(line, "\n")) > 20 {
			t.Errorf("%q is wider than the terminal", line)
		}
	}
}
