package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestStreams reads recorded events of go test -json: packages that pass, fail, do not compile, panic, run into their
// timeout, fail before their tests, and have none.
func TestStreams(t *testing.T) {
	for _, c := range []struct {
		name, want string // error
		failed     int
		skipped    int
	}{
		{"good", "", 0, 3},
		{"bad", "", 3, 0},
		{"broken", "", 1, 0},
		{"panics", "", 2, 0},
		{"slow", "", 1, 0},
		{"main", "", 1, 0},
		{"none", "no test was run", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, err := os.Open(filepath.Join("testdata", c.name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			defer events.Close()
			var out bytes.Buffer
			s, err := read(events, &out)
			if got := message(err); got != c.want {
				t.Errorf("error %q, want %q", got, c.want)
			}
			if s.failed != c.failed {
				t.Errorf("%d failed, want %d", s.failed, c.failed)
			}
			if len(s.skipped) != c.skipped {
				t.Errorf("%d skipped, want %d", len(s.skipped), c.skipped)
			}
			s.write(&out, true)
			golden := filepath.Join("testdata", c.name+".txt")
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("printed\n%s\nwant\n%s", out.Bytes(), want)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestCutStream cuts the events after each line: tests that did not end are never passed over.
func TestCutStream(t *testing.T) {
	events, err := os.ReadFile(filepath.Join("testdata", "good.json"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(events), "\n"), "\n")
	for n := range lines {
		s, err := read(strings.NewReader(strings.Join(lines[:n], "")), io.Discard)
		if err == nil && s.failed == 0 {
			t.Errorf("the first %d of %d lines are a success", n, len(lines))
		}
	}
}

// TestStream holds that a package is printed when it ends, not when all have ended.
func TestStream(t *testing.T) {
	events, write := io.Pipe()
	printed, print := io.Pipe()
	go read(events, print)
	io.WriteString(write, `{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`)
	line := make([]byte, 100)
	n, err := printed.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(line[:n]); got != "ok  \tp\t0.1s\n" {
		t.Errorf("printed %q", got)
	}
	write.Close()
}

// TestOtherLines passes on lines that are not events.
func TestOtherLines(t *testing.T) {
	var out bytes.Buffer
	s, err := read(strings.NewReader("warning\n{\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"T\"}\n{\"Action\":\"pass\",\"Package\":\"p\"}\nlast"), &out)
	if err != nil {
		t.Fatal(err)
	}
	if s.passed != 1 {
		t.Errorf("%d passed, want 1", s.passed)
	}
	if got := out.String(); got != "warning\nlast" {
		t.Errorf("printed %q", got)
	}
}
