package legible_test

import (
	"bytes"
	"strings"
	"testing"

	"tidemark/internal/legible"
	"tidemark/internal/testkit/fuzz"
)

var texts = []struct{ name, in, want string }{
	{"plain text", "a line\n\tof text\n", "a line\n\tof text\n"},
	{"other scripts", "Zürich 東京 \U0001f469\u200d\U0001f4bb می\u200cخواهم", "Zürich 東京 \U0001f469\u200d\U0001f4bb می\u200cخواهم"},
	{"escape sequence", "\x1b[2Jgone", "\ufffd[2Jgone"},
	{"carriage return", "safe\rforged", "safe\ufffdforged"},
	{"DEL and NUL", "a\x7fb\x00c", "a\ufffdb\ufffdc"},
	{"C1 as UTF-8", "\u009b2J", "\ufffd2J"},
	{"C1 as a byte", "\x9b2J", "\ufffd2J"},
	{"invalid UTF-8", "a\xe2\x82b", "a\ufffd\ufffdb"},
	{"a surrogate", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
	{"bidirectional controls", "\u061c\u200e\u200f\u202a\u202e\u2066\u2069", strings.Repeat("\ufffd", 7)},
	{"no width", "\u200b\u2060\ufeff", strings.Repeat("\ufffd", 3)},
	{"separators", "a\u2028b\u2029c", "a\ufffdb\ufffdc"},
	{"noncharacters", "\ufffe\uffff", "\ufffd\ufffd"},
}

func TestText(t *testing.T) {
	for _, test := range texts {
		if got := legible.Text(test.in); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestLine(t *testing.T) {
	const in = "a\tb\r\nc\rd\ne\x1b"
	if got, want := legible.Line(in), "a b c d e\ufffd"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestWriter: however a text is cut into writes, the same comes out.
func TestWriter(t *testing.T) {
	for _, test := range texts {
		for size := 1; size <= len(test.in); size++ {
			var out bytes.Buffer
			w := legible.Writer(&out)
			for rest := test.in; rest != ""; {
				n := min(size, len(rest))
				if wrote, err := w.Write([]byte(rest[:n])); wrote != n || err != nil {
					t.Fatalf("%s: wrote %d of %d bytes, %v", test.name, wrote, n, err)
				}
				rest = rest[n:]
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if out.String() != test.want {
				t.Errorf("%s in writes of %d bytes: %q, want %q", test.name, size, out.String(), test.want)
			}
		}
	}
}

func TestWriterClose(t *testing.T) {
	var out bytes.Buffer
	w := legible.Writer(&out)
	w.Write([]byte("a\xe2\x82"))
	if out.String() != "a" {
		t.Errorf("before Close: %q", out.String())
	}
	w.Close()
	if got, want := out.String(), "a\ufffd\ufffd"; got != want {
		t.Errorf("after Close: %q, want %q", got, want)
	}
}

func FuzzWriter(t *testing.F) {
	f := fuzz.With(t)
	for _, test := range texts {
		f.Add(test.in, 1)
	}
	f.Fuzz(func(t *testing.T, in string, cut int) {
		var out bytes.Buffer
		w := legible.Writer(&out)
		cut = min(max(cut, 0), len(in))
		w.Write([]byte(in[:cut]))
		w.Write([]byte(in[cut:]))
		w.Close()
		if got, want := out.String(), legible.Text(in); got != want {
			t.Errorf("%q cut at %d: %q, want %q", in, cut, got, want)
		}
	})
}
