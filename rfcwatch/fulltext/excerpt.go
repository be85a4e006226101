package fulltext

import (
	"math/bits"
	"strings"
)

// Excerpt is what is shown of a text that is found.
type Excerpt struct {
	Section string // number; empty if it has none
	Heading string
	Parts   []Part // empty: the words are in the title only
}

// Part is a part of an excerpt.
type Part struct {
	Text   string `json:"text"`
	Marked bool   `json:"marked,omitempty"` // a word of the query
}

// chooser finds the passage of a text that is shown. First the part of the text: the one with the first passage that has everything where a
// normative statement is asked for, or that has the first phrase where there is one, or else the part that has most of the terms. In
// it the passage with most of the terms, phrases, and pairs of terms that follow one another as in the query; paragraphs below a heading, but
// references, before headings and others; and the first of those.
type chooser struct {
	query   *Query
	parts   []partChoice
	target  int    // part with the first passage that has what is asked for; -1: none has it
	phrases uint64 // those that were found, by bit
}

// partChoice is what is known of a part of a text.
type partChoice struct {
	terms   uint64 // those that it has, by bit
	best    int
	passage int // the number of the best passage
}

// consider looks at a passage that has a term.
func (c *chooser) consider(number int, p passage, places match) {
	for len(c.parts) <= p.part {
		c.parts = append(c.parts, partChoice{})
	}
	part := &c.parts[p.part]
	count, terms := 0, 0
	for term, at := range places {
		if len(at) > 0 {
			part.terms |= 1 << term
			terms++
		}
	}
	for i, phrase := range c.query.phrases {
		if places.holds(phrase) {
			c.phrases |= 1 << i
			count++
			if i == 0 && !c.query.Normative && c.target < 0 {
				c.target = p.part
			}
		}
	}
	if c.query.Normative {
		if !p.normative || terms < len(places) || count < len(c.query.phrases) {
			return
		}
		if c.target < 0 {
			c.target = p.part
		}
	}
	for i := 1; i < len(places); i++ {
		if places.holds([]step{{i - 1, 0}, {i, 1}}) {
			count++
		}
	}
	count = 2 * (count + terms)
	if !p.heading && p.Heading != "" && !strings.HasSuffix(strings.ToLower(p.Heading), "references") {
		count++
	}
	if count > part.best {
		part.best, part.passage = count, number
	}
}

// satisfied reports whether the text has all phrases, and all of it in a normative paragraph if that is asked for.
func (c *chooser) satisfied() bool {
	return c.phrases+1 == 1<<len(c.query.phrases) && (c.target >= 0 || !c.query.Normative)
}

// chosen returns the number of the passage that is shown; not ok if the terms are in the title only.
func (c *chooser) chosen() (number int, ok bool) {
	if c.target >= 0 {
		return c.parts[c.target].passage, true
	}
	most := 0
	for _, p := range c.parts {
		if n := bits.OnesCount64(p.terms); n > most {
			most, number, ok = n, p.passage, true
		}
	}
	return number, ok
}

// Words that are shown before the first one that is found, and altogether.
const (
	wordsBefore = 8
	wordsShown  = 40
)

// cut returns the words around the first term in a passage.
func cut(text string, places match, words []Word) (parts []Part) {
	marked := map[int]bool{}
	first := len(words)
	for _, at := range places {
		for _, i := range at {
			marked[i] = true
			first = min(first, i)
		}
	}
	from := max(first-wordsBefore, 0)
	to := min(from+wordsShown, len(words))
	begin, end := words[from].From, words[to-1].To
	if from == 0 {
		begin = 0
	}
	if to == len(words) {
		end = len(text)
	}
	add := func(s string, marked bool) {
		if s = fold(s); s != "" {
			parts = append(parts, Part{s, marked})
		}
	}
	if from > 0 {
		add("… ", false)
	}
	for i := from; i < to; i++ {
		if marked[i] {
			add(text[begin:words[i].From], false)
			add(text[words[i].From:words[i].To], true)
			begin = words[i].To
		}
	}
	add(text[begin:end], false)
	if to < len(words) {
		add(" …", false)
	}
	return parts
}

// maxPart is the longest part of an excerpt, in code points: what separates words, or is one, has any length.
const maxPart = 600

// fold replaces white space by a space, and cuts what is too long.
func fold(s string) string {
	var b strings.Builder
	space, left := false, maxPart
	for _, r := range s {
		if r == ' ' || r == '\n' || r == '\t' {
			space = true
			continue
		}
		if left--; left < 0 {
			return b.String() + "…"
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	if space {
		b.WriteByte(' ')
	}
	return b.String()
}
