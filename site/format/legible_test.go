package format

import "testing"

func TestLegible(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":      "plain\ttext\n",
		"\u202egnp.exe":      "\ufffdgnp.exe",
		"a\x00b\x1b[31m\x85": "a\ufffdb\ufffd[31m\ufffd",
		"\xff\u2066\u200bx":  "\ufffd\ufffd\ufffdx",
		"naïve 日本 עברית":     "naïve 日本 עברית",
	} {
		if got := Legible(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
