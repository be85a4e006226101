package history

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/legible"
	"tidemark/rfcwatch/fulltext"
)

// FullText is a text at hand of an RFC that the index has, to be searched.
type FullText struct {
	fulltext.Document
	SHA256 string // of the partition of its paragraphs
	file   string // of that partition, in the store
	path   table.Path
}

var textPartition = regexp.MustCompile(`^rfc0*([1-9]\d{0,6})\.(?:txt|xml)`)

// FullTexts returns the texts at hand of the RFCs in the state, by number.
func FullTexts(store *table.Store, state *State) (all []FullText, err error) {
	manifests, err := store.Manifests(datasets.Paragraphs.Schema)
	if err != nil {
		return nil, err
	}
	successors := state.successors()
	for _, m := range manifests {
		match := textPartition.FindStringSubmatch(m.Name())
		if match == nil {
			continue // a draft
		}
		number := numberOf("RFC" + match[1])
		d := state.Documents[number]
		if d == nil || d.NotIssued {
			continue
		}
		replaced := slices.Sorted(slices.Values(successors[number]))
		all = append(all, FullText{SHA256: m.SHA256, file: m.File, path: store.Path(m), Document: fulltext.Document{Number: number, Title: legible.Text(d.Title),
			Status: legible.Text(d.Status), ReplacedBy: replaced, Obsolete: len(replaced) > 0 || d.Standing == "obsoleted"}})
	}
	slices.SortStableFunc(all, func(a, b FullText) int { return cmp.Compare(a.Number, b.Number) })
	return slices.CompactFunc(all, func(a, b FullText) bool { return a.Number == b.Number }), nil
}

// maxFullText is how many bytes of a text are searched. The longest RFC has 1.7 MB.
const maxFullText = 4 << 20

// Read returns the text.
func (t *FullText) Read() (*fulltext.Text, error) {
	read := &fulltext.Text{Document: t.Document}
	bytes := 0
	for p, err := range datasets.Paragraphs.Scan(t.path) {
		if err != nil {
			return nil, err
		}
		if numberOf(p.Document) != t.Number {
			return nil, fmt.Errorf("%s: the partition has the text of %s, not that of RFC %d; import the text again", t.file, p.Document, t.Number)
		}
		if bytes += len(p.Text) + len(p.Heading); bytes > maxFullText {
			break
		}
		n := len(read.Sections)
		section, heading := legible.Text(p.Section), legible.Text(p.Heading)
		if n == 0 || read.Sections[n-1].Number != section || read.Sections[n-1].Heading != heading {
			read.Sections = append(read.Sections, fulltext.Section{Number: section, Heading: heading})
			n++
		}
		s := &read.Sections[n-1]
		s.Paragraphs = append(s.Paragraphs, fulltext.Paragraph{Text: legible.Text(p.Text), Normative: len(p.Requirements) > 0})
	}
	return read, nil
}
