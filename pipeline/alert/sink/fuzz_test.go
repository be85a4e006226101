package sink

import (
	"bytes"
	"io"
	"maps"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tidemark/analysis/watch"
	"tidemark/internal/testkit/fuzz"
	"tidemark/pipeline/alert"
)

// FuzzTexts: whatever an alert says, a mail has the headers and the lines that it should have, variables are one line, and Alertmanager
// gets valid labels.
func FuzzTexts(t *testing.F) {
	f := fuzz.With(t)
	f.Add("192.0.2.0/24", "x\r\nBcc: all@example.org\r\n\r\n.\r\n")
	f.Add("\x00\x1b[31m\u202e\u2028=?utf-8?q?=0A?=", strings.Repeat("é", 2000))
	f.Add(strings.Repeat("a", 5000), "<script>\xff")
	f.Add(" ", "")
	opened, err := openSMTP(Settings{Server: "localhost:25", From: "t@example.net", To: []string{"noc@example.net"}}, Place{})
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, subject, text string) {
		m := alert.Message{ID: subject, Event: alert.End, Alert: watch.Alert{ID: subject, Kind: text, Subject: subject, Text: text, Severity: subject, Watch: text, SeenFrom: now}}
		raw := opened.(*mailer).compose(m, now)
		for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
			if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
				t.Errorf("line %q", line)
			}
		}
		got, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%v: %q", err, raw)
		}
		want := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "In-Reply-To", "Message-Id", "Mime-Version", "References", "Subject", "To"}
		if keys := slices.Sorted(maps.Keys(got.Header)); !slices.Equal(keys, want) {
			t.Errorf("headers %q", keys)
		}
		if _, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject")); err != nil {
			t.Errorf("subject: %v", err)
		}
		if body, err := io.ReadAll(quotedprintable.NewReader(got.Body)); err != nil || !utf8.Valid(body) {
			t.Errorf("body %q: %v", body, err)
		}
		for _, v := range environment(m) {
			if strings.ContainsAny(v, "\n\r\x00\x1b") || len(v) > 3*maxVariable {
				t.Errorf("variable %q", v)
			}
		}
		for name, value := range (&alertmanager{hold: time.Hour}).alert(m, now).Labels {
			if !labelName.MatchString(name) || value == "" || !utf8.ValidString(value) {
				t.Errorf("label %q=%q", name, value)
			}
		}
	})
}
