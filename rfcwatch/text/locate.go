package text

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Place is where a quotation is in a text.
type Place struct {
	First, Last int     // paragraphs, by index
	Confidence  float64 // share of the quotation's word sequences that are there, divided by how many places have as many of them
}

// minConfidence is the confidence below which a quotation has no place.
const minConfidence = 0.5

var statedSection = regexp.MustCompile(`(?i)^\W*(?:(?:global|toc|title)\b|(?:sections?|sect?\.|§|appendix|app\.)?\s*(\d{1,3}(?:\.\d{1,3})*|[A-Z](?:\.\d{1,3})*)(?:\b|$))`)

// StatedSection returns the number of the section that a person wrote, as Appendix B. or 2.1, ID 1081 are B and 2.1; empty: there is none.
func StatedSection(stated string) string {
	m := statedSection.FindStringSubmatch(stated)
	if m == nil {
		return ""
	}
	return strings.ToUpper(m[1])
}

// Locator finds quotations in a text.
type Locator struct {
	paragraphs []Paragraph
	words      []string
	of         []int            // by word, its paragraph
	at         map[string][]int // by sequence of words, where it begins
}

// NewLocator returns a locator of quotations in the paragraphs.
func NewLocator(paragraphs []Paragraph) *Locator {
	l := &Locator{paragraphs: paragraphs, at: map[string][]int{}}
	for i, p := range paragraphs {
		for _, w := range wordsOf(p.Text) {
			l.words, l.of = append(l.words, w), append(l.of, i)
		}
	}
	for size := 1; size <= sequence; size++ {
		for i := range len(l.words) - size + 1 {
			key := strings.Join(l.words[i:i+size], " ")
			l.at[key] = append(l.at[key], i)
		}
	}
	return l
}

// sequence is how many words in a row are looked for together.
const sequence = 3

// wordsOf returns the runs of letters and digits in lower case; of a text that has none, what lies between its white space.
func wordsOf(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return strings.Fields(text)
	}
	return words
}

// Find returns where the quotation is most likely, which need not be word by word. Of several places as likely as each other, one in
// the stated section is preferred. It reports whether there is one with enough confidence.
func (l *Locator) Find(quotation, section string) (Place, bool) {
	quoted := wordsOf(quotation)
	size := min(sequence, len(quoted))
	if size == 0 {
		return Place{}, false
	}
	type hit struct{ at, of int } // where a sequence begins, and which of the quotation it is
	var hits []hit
	total := len(quoted) - size + 1
	met := map[string]bool{}
	for i := range total {
		key := strings.Join(quoted[i:i+size], " ")
		if met[key] {
			continue
		}
		met[key] = true
		for _, at := range l.at[key] {
			hits = append(hits, hit{at, i})
		}
	}
	total = len(met)
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.at, b.at) })
	width := len(quoted) + len(quoted)/2
	var places []span
	inside := map[int]int{}
	from := 0
	for to, h := range hits {
		inside[h.of]++
		for hits[from].at < h.at-width || inside[hits[from].of] > 1 {
			if inside[hits[from].of]--; inside[hits[from].of] == 0 {
				delete(inside, hits[from].of)
			}
			from++
		}
		places = append(places, span{hits[from].at, hits[to].at + size - 1, len(inside)})
	}
	return l.best(places, total, section)
}

// span is a part of the words, with how many of the sequences it has.
type span struct{ first, last, found int }

// best returns the place that has most of the sequences.
func (l *Locator) best(places []span, total int, section string) (Place, bool) {
	most := 0
	for _, p := range places {
		most = max(most, p.found)
	}
	var tied []span
	for _, p := range places {
		last := len(tied) - 1
		switch {
		case p.found < most:
		case last < 0 || p.first > tied[last].last:
			tied = append(tied, p)
		case p.last-p.first < tied[last].last-tied[last].first:
			tied[last] = p
		}
	}
	if inSection := slices.DeleteFunc(slices.Clone(tied), func(p span) bool { return !l.within(p, section) }); len(inSection) > 0 {
		tied = inSection
	}
	if len(tied) == 0 {
		return Place{}, false
	}
	place := Place{First: l.of[tied[0].first], Last: l.of[tied[0].last], Confidence: float64(most) / float64(total*len(tied))}
	return place, place.Confidence >= minConfidence
}

// within reports whether a span begins in a section or in one below it.
func (l *Locator) within(p span, section string) bool {
	here := l.paragraphs[l.of[p.first]].Section
	return section != "" && (here == section || strings.HasPrefix(here, section+"."))
}
