package fulltext

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"
)

// Format is the version of the files of a segment. It is raised when they change, or the words, stems or passages in them.
const Format = 1

// SegmentSize is how many RFC numbers a segment of the index covers. Texts do not change, so a segment is made anew only where one is
// added, or what the series' index says of one changes.
const SegmentSize = 1000

// A range of terms ends where its part of the documents or of the places has this many bytes. The browser loads the parts of those
// ranges that have a term of the query.
const (
	maxDocuments = 8 << 10
	maxPlaces    = 32 << 10
)

// WriteSegment writes the index of texts, which come by number, below the folder: a header, the terms' documents and places in ranges of
// terms, and the texts. It holds the index of all of them and one text in memory.
func WriteSegment(folder string, texts iter.Seq2[*Text, error], add func(name string, content []byte) error) error {
	s := segment{folder: folder, add: add, stems: stemmed{}, terms: map[string]*posting{}, header: header{Bounds: []string{}}}
	for t, err := range texts {
		if err != nil {
			return err
		}
		if err := s.index(t); err != nil {
			return err
		}
	}
	return s.write()
}

// header is what the browser loads of a segment at first.
type header struct {
	Numbers  []int    `json:"numbers"`  // of the texts; each but the first as the difference to the one before
	Words    []int    `json:"words"`    // of each text
	Titles   []int    `json:"titles"`   // words of each title
	Parts    []int    `json:"parts"`    // of each text
	Obsolete []int    `json:"obsolete"` // indexes of obsolete texts
	Bounds   []string `json:"bounds"`   // the first term of each range
}

// segment is an index while it is made.
type segment struct {
	folder string
	add    func(name string, content []byte) error
	stems  stemmed
	words  []Word // of the passage that is read; reused
	header
	last  uint32 // number of the text before
	terms map[string]*posting
	met   []*posting // in the current text
}

// posting is what is known of a term.
type posting struct {
	documents []byte // for each text that has it: the difference of its index to the one before, twice the weight, plus 1 if it is in the title; by bit the parts that have it, if the text has several
	places    []byte // for each of them: how many passages, and these
	texts     int
	last      int // index of the text before

	// Of the current text.

	weight   int
	inTitle  bool
	parts    uint64 // that have it, by bit
	met      bool
	passages []byte // for each that has it: the difference of its number to the one before, twice, plus 1 if it is normative; how many places; their differences
	count    int
	before   int // number of the last of passages

	// Of the current passage.

	offsets []int
}

// index adds a text.
func (s *segment) index(t *Text) error {
	words := 0
	passages := t.passages()
	parts := 1
	for number, p := range passages {
		parts = p.part + 1
		touched := s.read(p.text)
		for _, x := range touched {
			words += len(x.offsets)
			x.weight += p.weight * len(x.offsets)
			x.parts |= 1 << p.part
			x.passage(number, p.normative)
		}
	}
	for _, x := range s.read(t.Title) {
		x.inTitle = true
		x.offsets = x.offsets[:0]
	}
	at := len(s.Numbers)
	s.Numbers = append(s.Numbers, int(t.Number-s.last))
	s.last = t.Number
	s.Words = append(s.Words, words)
	s.Titles = append(s.Titles, len(s.words))
	s.Parts = append(s.Parts, parts)
	if t.Obsolete {
		s.Obsolete = append(s.Obsolete, at)
	}
	for _, x := range s.met {
		x.text(at, parts > 1)
	}
	s.met = s.met[:0]
	return s.writeText(t, passages, parts)
}

// read sets the words of a passage, and returns the postings of its terms, with their places.
func (s *segment) read(text string) (touched []*posting) {
	s.words = s.stems.words(s.words[:0], text)
	for at, w := range s.words {
		if w.Stem == "" {
			continue
		}
		x := s.terms[w.Stem]
		if x == nil {
			x = &posting{}
			s.terms[w.Stem] = x
		}
		if !x.met {
			x.met = true
			s.met = append(s.met, x)
		}
		if len(x.offsets) == 0 {
			touched = append(touched, x)
		}
		x.offsets = append(x.offsets, at)
	}
	return touched
}

// passage adds the places in the current passage.
func (x *posting) passage(number int, normative bool) {
	mark := uint64(number-x.before) << 1
	if normative {
		mark |= 1
	}
	x.passages = binary.AppendUvarint(x.passages, mark)
	x.passages = binary.AppendUvarint(x.passages, uint64(len(x.offsets)))
	before := 0
	for _, at := range x.offsets {
		x.passages = binary.AppendUvarint(x.passages, uint64(at-before))
		before = at
	}
	x.count++
	x.before = number
	x.offsets = x.offsets[:0]
}

// text adds the current text.
func (x *posting) text(at int, inParts bool) {
	mark := uint64(x.weight) << 1
	if x.inTitle {
		mark |= 1
	}
	x.documents = binary.AppendUvarint(x.documents, uint64(at-x.last))
	x.documents = binary.AppendUvarint(x.documents, mark)
	if inParts {
		x.documents = binary.AppendUvarint(x.documents, x.parts)
	}
	x.places = binary.AppendUvarint(x.places, uint64(x.count))
	x.places = append(x.places, x.passages...)
	x.texts++
	*x = posting{documents: x.documents, places: x.places, texts: x.texts, last: at, passages: x.passages[:0], offsets: x.offsets}
}

// write writes the ranges of terms and the header.
func (s *segment) write() error {
	var documents, places []byte
	before := ""
	flush := func() error {
		n := len(s.Bounds) - 1
		err := s.script(fmt.Sprintf("documents%d", n), documents)
		if err == nil {
			err = s.script(fmt.Sprintf("places%d", n), places)
		}
		documents, places, before = nil, nil, ""
		return err
	}
	for _, term := range slices.Sorted(maps.Keys(s.terms)) {
		x := s.terms[term]
		if len(documents) > 0 && (len(documents)+len(x.documents) > maxDocuments || len(places)+len(x.places) > maxPlaces) {
			if err := flush(); err != nil {
				return err
			}
		}
		if len(documents) == 0 {
			s.Bounds = append(s.Bounds, term)
		}
		shared := 0
		for shared < min(len(term), len(before)) && term[shared] == before[shared] {
			shared++
		}
		before = term
		documents = binary.AppendUvarint(documents, uint64(shared))
		documents = binary.AppendUvarint(documents, uint64(len(term)-shared))
		documents = append(documents, term[shared:]...)
		documents = binary.AppendUvarint(documents, uint64(x.texts))
		documents = append(documents, x.documents...)
		places = binary.AppendUvarint(places, uint64(len(x.places)))
		places = append(places, x.places...)
	}
	if len(documents) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return s.json("segment", s.header)
}

// textPart is what the browser loads of a text to show an excerpt.
type textPart struct {
	Title      string     `json:"title"`
	Status     string     `json:"status"`
	Obsolete   bool       `json:"obsolete"`
	ReplacedBy []uint32   `json:"replacedBy"`
	Starts     []int      `json:"starts"`   // number of the first passage of each part
	Sections   []textRuns `json:"sections"` // of this part
}

// textRuns are passages of a section that follow one another. A passage begins with # if it is the heading, with ! if it is normative, and
// else with a space.
type textRuns struct {
	Number   string   `json:"number"`
	Heading  string   `json:"heading"`
	Passages []string `json:"passages"`
}

// writeText writes the parts of a text.
func (s *segment) writeText(t *Text, passages []passage, parts int) error {
	all := make([]textPart, parts)
	starts := make([]int, parts)
	var last *Section
	for number, p := range passages {
		part := &all[p.part]
		n := len(part.Sections)
		if n == 0 && p.part > 0 {
			starts[p.part] = number
		}
		if n == 0 || last != p.Section {
			part.Sections = append(part.Sections, textRuns{Number: p.Number, Heading: p.Heading})
			n++
		}
		last = p.Section
		mark := " "
		switch {
		case p.heading:
			mark = "#"
		case p.normative:
			mark = "!"
		}
		part.Sections[n-1].Passages = append(part.Sections[n-1].Passages, mark+p.text)
	}
	for i, part := range all {
		part.Title, part.Status, part.Obsolete, part.Starts = t.Title, t.Status, t.Obsolete, starts
		part.ReplacedBy = append([]uint32{}, t.ReplacedBy...)
		if err := s.json(fmt.Sprintf("rfc%d-%d", t.Number, i), part); err != nil {
			return err
		}
	}
	return nil
}

func (s *segment) json(name string, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.script(name, content)
}

// script writes content, deflated and in base 64, as a script: a page that is opened from a disk may load scripts but no other files.
func (s *segment) script(name string, content []byte) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "rfcText(%q, \"", path.Base(s.folder)+"/"+name)
	encoder := base64.NewEncoder(base64.StdEncoding, &out)
	w, err := flate.NewWriter(encoder, flate.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	out.WriteString("\");\n")
	return s.add(s.folder+"/"+name+".js", out.Bytes())
}
