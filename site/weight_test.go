package site

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tidemark/internal/testkit"
)

var loadedByPage = regexp.MustCompile(`(?:<link rel="(?:stylesheet|icon)"[^>]*href|<script defer src|<img src)="(?:\./|(?:\.\./)+)([^"?]+)`)

// TestWeight holds a first visit to 150 kB without the library of charts and to 500 kB with it, both as a server
// compresses them.
func TestWeight(t *testing.T) {
	t.Parallel()
	files := made(t)
	weigh := func(page string, more ...string) (sum int) {
		met := map[string]bool{page: true}
		for _, m := range loadedByPage.FindAllStringSubmatch(files[page], -1) {
			met[m[1]] = true
		}
		for _, path := range more {
			met[path] = true
		}
		for path := range met {
			if files[path] == "" {
				t.Errorf("%s loads %s, which the site does not have", page, path)
			}
			sum += weightOf(t, files[path])
		}
		return sum
	}
	if n := weigh("index.html"); n > 150_000 {
		t.Errorf("the front page weighs %d bytes", n)
	}
	page := "q/table-growth/index.html"
	if n := weigh(page); n > 150_000 {
		t.Errorf("a page with a chart weighs %d bytes before anybody turns to the chart", n)
	}
	if _, embedded := files[echartsPath]; !embedded {
		testkit.Missing(t, "ECharts is not embedded; make puts it into site/assets")
	}
	if n := weigh(page, echartsPath, "charts/table-growth.js"); n > 500_000 {
		t.Errorf("a page with its chart drawn weighs %d bytes", n)
	}
}

// weightOf returns the size of a file as a server compresses it.
func weightOf(t *testing.T, content string) int {
	t.Helper()
	var out strings.Builder
	z := gzip.NewWriter(&out)
	if _, err := io.WriteString(z, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

// TestAssets: our scripts and styles are published without comments and indentation, none has a text that this would change, and each
// weighs less than it does with them.
func TestAssets(t *testing.T) {
	t.Parallel()
	files := made(t)
	sources, err := filepath.Glob("assets/*.[cj]s*")
	if err != nil || len(sources) < 10 {
		t.Fatal(sources, err)
	}
	for _, name := range sources {
		if name == echartsPath {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(source), "\n") {
			if strings.HasSuffix(name, ".js") && (strings.Count(line, "`")%2 == 1 || strings.HasSuffix(line, `\`) || strings.HasPrefix(strings.TrimSpace(line), "/*")) {
				t.Errorf("%s:%d: a text or a comment of several lines", name, i+1)
			}
		}
		published := files[name]
		if regexp.MustCompile(`(?m)^\s*(?://|$)|^\s|/\*`).MatchString(strings.TrimSuffix(published, "\n")) {
			t.Errorf("%s is published with comments or indentation", name)
		}
		if kept, lost := len(strings.Fields(published)), len(strings.Fields(uncommentedSlowly(name, string(source)))); kept != lost {
			t.Errorf("%s has %d words, want %d", name, kept, lost)
		}
		if is, was := weightOf(t, published), weightOf(t, string(source)); is >= was {
			t.Errorf("%s weighs %d bytes, and %d as it is written", name, is, was)
		}
	}
}

// uncommentedSlowly is the twin of uncommented: line by line, and for styles letter by letter.
func uncommentedSlowly(name, source string) string {
	var out strings.Builder
	for line := range strings.Lines(source) {
		if strings.HasSuffix(name, ".css") || !strings.HasPrefix(strings.TrimSpace(line), "//") {
			out.WriteString(line)
		}
	}
	rest := out.String()
	out.Reset()
	for strings.HasSuffix(name, ".css") {
		before, after, found := strings.Cut(rest, "/*")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		_, rest, _ = strings.Cut(after, "*/")
	}
	return rest
}
