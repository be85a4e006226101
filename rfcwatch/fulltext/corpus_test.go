package fulltext_test

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"

	"tidemark/internal/testkit"
	"tidemark/rfcwatch/fulltext"
	"tidemark/rfcwatch/text"
)

var (
	textName  = regexp.MustCompile(`^rfc(\d+)\.txt$`)
	titleLine = regexp.MustCompile(`(?m)^ {8,}([A-Z].*\S)\n\n`)
)

// archived are the texts of the archive, by number.
var archived = sync.OnceValues(func() ([]*fulltext.Text, error) {
	file, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	var all []*fulltext.Text
	for files := tar.NewReader(plain); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		m := textName.FindStringSubmatch(path.Base(h.Name))
		if m == nil {
			continue
		}
		content, err := io.ReadAll(files)
		if err != nil {
			return nil, err
		}
		number, _ := strconv.Atoi(m[1])
		all = append(all, textOf(uint32(number), string(content)))
	}
	slices.SortFunc(all, func(a, b *fulltext.Text) int { return cmp.Compare(a.Number, b.Number) })
	return all, nil
})

var archive string

// corpus returns the texts of the archive.
func corpus(t testing.TB) []*fulltext.Text {
	t.Helper()
	archive = testkit.Data(t, "rfc/rfc-txt.tar.gz")
	all, err := archived()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// textOf returns a text with the title that it has itself.
func textOf(number uint32, content string) *fulltext.Text {
	t := &fulltext.Text{Document: fulltext.Document{Number: number}}
	if m := titleLine.FindStringSubmatch(content); m != nil {
		t.Title = m[1]
	}
	for _, p := range text.Paragraphs(content) {
		n := len(t.Sections)
		if n == 0 || t.Sections[n-1].Number != p.Section || t.Sections[n-1].Heading != p.Heading {
			t.Sections = append(t.Sections, fulltext.Section{Number: p.Section, Heading: p.Heading})
			n++
		}
		t.Sections[n-1].Paragraphs = append(t.Sections[n-1].Paragraphs, fulltext.Paragraph{Text: p.Text, Normative: len(text.Requirements(p.Text)) > 0})
	}
	return t
}

func scan(all []*fulltext.Text, query string, normative bool) []fulltext.Hit {
	s := fulltext.NewScan(fulltext.ParseQuery(query, normative))
	for _, t := range all {
		s.Add(t)
	}
	return s.Hits()
}

func BenchmarkScan(b *testing.B) {
	all := corpus(b)
	for b.Loop() {
		scan(all, `"path attribute" unrecognized`, false)
	}
}
