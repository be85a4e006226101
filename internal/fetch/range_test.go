package fetch

import (
	"fmt"
	"testing"

	"tidemark/internal/testkit/fuzz"
)

// TestContentRange reads RFC 9110 section 14.4.
func TestContentRange(t *testing.T) {
	for s, want := range map[string]string{
		"bytes 5-9/10": "5 10", "bytes 5-9/*": "5 0", "bytes 5-9/11": "", "bytes 9-5/10": "", "bytes */10": "", "": "", "bytes -5-9/10": "", "bytes 5-9": "",
		"bytes 99999999999999999999-5/3": "",
	} {
		got := ""
		if from, whole, err := contentRange(s); err == nil {
			got = fmt.Sprint(from, " ", whole)
		}
		if got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
}

// FuzzContentRange: no header breaks it, or gives a part that is none.
func FuzzContentRange(t *testing.F) {
	f := fuzz.With(t)
	f.Add("bytes 5-9/10")
	f.Add("bytes 0-18446744073709551615/*")
	f.Fuzz(func(t *testing.T, s string) {
		if from, whole, err := contentRange(s); err == nil && (from < 0 || whole < 0 || whole > 0 && whole <= from) {
			t.Fatalf("%q: %d of %d", s, from, whole)
		}
	})
}
