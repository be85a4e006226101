package metadata_test

import (
	"strings"
	"testing"

	"tidemark/site/metadata"
)

// TestHostileReference: no name adds a line, a field or a command to a reference.
func TestHostileReference(t *testing.T) {
	site := metadata.Site{Title: "A\r\nER  - ", Publisher: "B} % \\input{x}\nTY  - JOUR", License: "C}\n}", URL: "https://d.example/}"}
	r := metadata.ReferenceTo(site, &metadata.Answer{Slug: "e", Title: "F\nUR  - g", Page: "q/e/index.html", AsOf: "2026-06-01"})
	if got := r.RIS(); strings.Count(got, "\nER  - ") != 1 || strings.Count(got, "\nUR  - ") != 1 || strings.Contains(got, "\nTY") {
		t.Errorf("RIS: %q", got)
	}
	want := "@misc{e-2026-06-01,\n  author = {{B) \\% \\textbackslash{}input(x) TY - JOUR}},\n  title = {{F UR - g}},\n  howpublished = {Data set, A ER -},\n" +
		"  year = 2026,\n  month = jun,\n  day = 1,\n  version = {2026-06-01},\n  url = {https://d.example/%7Dq/e/},\n  note = {Licence: C) )},\n}\n"
	if got := r.BibTeX(); got != want {
		t.Errorf("BibTeX:\n%swant\n%s", got, want)
	}
	if got := r.Text(); strings.Contains(got, "\n") {
		t.Errorf("in one line: %q", got)
	}
}

// TestReferenceWithoutDay: data of no day are not dated.
func TestReferenceWithoutDay(t *testing.T) {
	r := metadata.ReferenceTo(metadata.Site{Title: "A", Publisher: "A"}, &metadata.Answer{Slug: "e", Title: "F?", Page: "q/e/index.html"})
	if got := r.Text(); got != "A. (n.d.). F? [Data set]." {
		t.Errorf("got %q", got)
	}
	if got := r.BibTeX() + r.RIS(); strings.Contains(got, "year") || strings.Contains(got, "PY") || strings.Contains(got, "url") || strings.Contains(got, "UR  ") {
		t.Errorf("got %q", got)
	}
}
