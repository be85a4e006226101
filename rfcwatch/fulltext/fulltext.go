// Package fulltext searches the texts of RFCs: it reads queries, ranks texts, chooses what is shown of each, and writes the index that
// the site's script searches in the same way. Scan reads every text for a query; it needs no index.
package fulltext

import "strings"

// Document is what the index of the series says of a text.
type Document struct {
	Number     uint32
	Title      string
	Status     string
	ReplacedBy []uint32 // RFCs that obsolete it
	Obsolete   bool
}

// Text is the text of an RFC.
type Text struct {
	Document
	Sections []Section
}

// Section is a section of a text. What comes before the first one has no heading.
type Section struct {
	Number     string
	Heading    string
	Paragraphs []Paragraph
}

// Paragraph is a paragraph of a text.
type Paragraph struct {
	Text      string
	Normative bool // it has a requirement word (RFC 2119, RFC 8174)
}

// passage is a heading or a paragraph: the words of a phrase are in one passage.
type passage struct {
	*Section
	text      string
	normative bool
	heading   bool
	weight    int // of each word
	part      int // of the text
}

// A text is loaded in parts: of partSize bytes, or of more where it would have more than maxParts.
const (
	partSize = 48 << 10
	maxParts = 24
)

// emphasis is the weight of a word in a heading or in the abstract.
const emphasis = 3

// passages returns the passages in their order. Their places in it are their numbers.
func (t *Text) passages() (all []passage) {
	size := 0
	for i := range t.Sections {
		s := &t.Sections[i]
		if s.Heading != "" {
			all = append(all, passage{s, s.Heading, false, true, emphasis, 0})
		}
		weight := 1
		if strings.EqualFold(s.Heading, "abstract") {
			weight = emphasis
		}
		for _, p := range s.Paragraphs {
			all = append(all, passage{s, p.Text, p.Normative, false, weight, 0})
			size += len(p.Text)
		}
	}
	whole := max(partSize, size/maxParts+1)
	size = 0
	for i, part := 0, 0; i < len(all); i++ {
		if size >= whole {
			part++
			size = 0
		}
		all[i].part = part
		if !all[i].heading {
			size += len(all[i].text)
		}
	}
	return all
}
