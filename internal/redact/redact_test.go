package redact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tidemark/internal/redact"
	"tidemark/internal/testkit/fuzz"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`Get "http://user:PASS@127.0.0.1:8/vrps.json?tal=ripe&key=SECRET": EOF`, `Get "http://REDACTED@127.0.0.1:8/vrps.json?tal=ripe&key=REDACTED": EOF`},
		{"https://s3.example/f?X-Amz-Signature=SECRET&X-Amz-Date=1&token=SECRET&v=2#m", "https://s3.example/f?X-Amz-Signature=REDACTED&X-Amz-Date=REDACTED&token=REDACTED&v=2#m"},
		{"https://x/?access%5Ftoken=SECRET&b", "https://x/?access%5Ftoken=REDACTED&b"},
		{"http://a@SECRET@host/", "http://REDACTED@host/"},
		{"open /home/private/data/archive/roas/x.json: no such file", "open …/x.json: no such file"},
		{"file:///home/private/x.json: gone", "file:x.json: gone"},
		{`"/var/lib/tidemark" is full`, `"…/tidemark" is full`},
		{"roas/undated/vrps.json: line 3: 192.0.2.0/24 is twice", "roas/undated/vrps.json: line 3: 192.0.2.0/24 is twice"},
		{"a\xffb", "a\ufffdb"},
		{"", ""},
	} {
		if got := redact.Text(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestLongTextsAreCut(t *testing.T) {
	for _, text := range []string{strings.Repeat("a", 5<<20), strings.Repeat("€", 400), strings.Repeat("\xf0\x9f\x8c\x8a", 300)} {
		got := redact.Text(text)
		if len(got) > 500 || len(got) < 490 || !utf8.ValidString(got) || strings.ContainsRune(got, utf8.RuneError) {
			t.Errorf("%d bytes became %d: %q", len(text), len(got), got[max(0, len(got)-20):])
		}
	}
}

func FuzzText(t *testing.F) {
	f := fuzz.With(t)
	f.Add("http://user:SECRET@host/?key=SECRET", "/home/x/y")
	f.Fuzz(func(t *testing.T, a, b string) {
		got := redact.Text(a + " https://u:S3CR3T@h/x?token=S3CR3T " + b)
		if len(got) > 500 || !utf8.ValidString(got) {
			t.Errorf("%d bytes: %q", len(got), got)
		}
		if len(a)+len(b) < 100 && !strings.Contains(a+b, "S3CR3T") && strings.Contains(got, "S3CR3T") {
			t.Errorf("%q", got)
		}
		redact.Secrets(a)
	})
}
