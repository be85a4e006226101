package pipeline_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/registry"
	"tidemark/internal/fetch"
	"tidemark/pipeline"
)

// flaky answers with one text until another is set, and counts who asks for the file.
type flaky struct {
	text  atomic.Value
	asked atomic.Int32
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	f.asked.Add(1)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, f.text.Load().(string))
}

const vrps = `{"roas": [{"asn": 64496, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "ripe"}]}`

// TestWrongAnswer: what a server gives with 200 in place of a file is not that day's file. It is set aside, said, and asked for again, ever
// more seldom; the right file takes its place.
func TestWrongAnswer(t *testing.T) {
	for name, wrong := range map[string]string{
		"an error as JSON":            `{"error": "maintenance, try later"}`,
		"an empty list":               `{"roas": []}`,
		"other rows":                  `{"roas": [{"who": "knows"}]}`,
		"a page without a media type": "<!DOCTYPE html><p>Log in to the network",
		"nothing":                     "",
		"blanks":                      "\n \n",
		"a text":                      "Service unavailable",
		"the beginning":               vrps[:len(vrps)-10],
	} {
		t.Run(name, func(t *testing.T) {
			server := &flaky{}
			server.text.Store(wrong)
			host := httptest.NewServer(server)
			defer host.Close()
			now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
			dir := t.TempDir()
			p, err := pipeline.Open(pipeline.Options{
				Dir: dir, Kinds: []collectors.Kind{registry.ROAs{}}, Clock: func() time.Time { return now }, Fetch: fetch.Options{Attempts: 1},
				Sources: []collectors.Source{{Name: "vrps", Kind: "roas", URLs: []string{host.URL + "/vrps.json"}, Every: collectors.Daily()}},
			})
			if err != nil {
				t.Fatal(err)
			}
			collect := func() (problems []string, decoded int) {
				t.Helper()
				s, ctx, err := p.Begin(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer s.End(ctx)
				collected, err := s.Collect(ctx)
				if err != nil {
					t.Fatal(err)
				}
				made, err := s.Decode(ctx)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range append(collected.Problems, made.Problems...) {
					problems = append(problems, p.Err.Error())
				}
				return problems, made.Files
			}
			if problems, decoded := collect(); len(problems) != 1 || decoded != 0 {
				t.Fatalf("%d files decoded, problems %q", decoded, problems)
			}
			if kept, _ := filepath.Glob(filepath.Join(dir, "archive", "roas", "*", "*.json")); len(kept) > 0 {
				t.Errorf("%s is kept", kept)
			}
			for range 12 * 6 { // half a day, a run every ten minutes: the seventh attempt comes after 630
				now = now.Add(10 * time.Minute)
				collect()
			}
			if tries := server.asked.Load(); tries < 6 || tries > 8 {
				t.Errorf("asked %d times in half a day, want ever more seldom", tries)
			}
			status, err := p.Status(t.Context())
			if err != nil || status.Well || len(status.Sources[0].Missing) != 1 {
				t.Errorf("status: %+v, %v, want a missing file", status.Sources, err)
			}
			server.text.Store(vrps)
			now = now.Add(24 * time.Hour)
			if problems, decoded := collect(); len(problems) != 0 || decoded != 1 {
				t.Errorf("then %d files decoded, problems %q", decoded, problems)
			}
			if status, err = p.Status(t.Context()); err != nil || len(status.Sources[0].Missing) != 0 {
				t.Errorf("status: %+v, %v, want nothing missing", status.Sources, err)
			}
		})
	}
}

// TestAbandonedParts: what nobody goes on with does not fill the disk of a machine whose runs all end well.
func TestAbandonedParts(t *testing.T) {
	dir := t.TempDir()
	p, err := pipeline.Open(pipeline.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	parts := filepath.Join(dir, "archive", ".parts")
	for day, name := range map[int]string{1: "young", 40: "old"} {
		at := time.Now().AddDate(0, 0, -day)
		if err := os.MkdirAll(parts, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(parts, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(parts, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		s, ctx, err := p.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.End(ctx)
	}
	left, _ := filepath.Glob(filepath.Join(parts, "*"))
	if got := fmt.Sprint(len(left)); got != "1" || !strings.HasSuffix(left[0], "young") {
		t.Errorf("parts %s, want the young one", left)
	}
}
