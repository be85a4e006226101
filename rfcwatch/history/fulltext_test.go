package history

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestFullTexts has a plain text, one in XML, a draft, and a text of which the index has nothing: the first two are searched.
func TestFullTexts(t *testing.T) {
	store := tables.Store(t)
	putIndex(t, store, 2020, "rfc-index.txt", numbered(3), relation(3, "obsoletes", 1))
	for name, document := range map[string]string{"rfc1.txt": "RFC1", "rfc0003.xml": "RFC3", "draft-rfc2-00.txt": "draft-rfc2", "rfc9.xml": "RFC9"} {
		put(t, store, 2019, name, rows(datasets.Paragraphs, datasets.Paragraph{Document: document, Position: 1, Section: "1", Heading: "Rules", Text: "You MUST.", Requirements: []string{"MUST"}}))
	}
	state, err := At(store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := FullTexts(store, state)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range all {
		read, err := f.Read()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(f.Number, " ", f.Obsolete, " ", len(read.Sections)))
	}
	if want := []string{"1 true 1", "3 false 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
