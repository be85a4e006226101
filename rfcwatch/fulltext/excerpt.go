package fulltext

import "strings"

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

// chooser finds the passage of a text that is shown: the one with most of the terms, phrases, and pairs of terms that follow one another
// as in the query; paragraphs below a heading, but references, before headings and others; and the
// first of those.
type chooser struct {
	query   *Query
	excerpt Excerpt
	best    int
	phrases uint64 // those that were found, by bit
	whole   bool   // a paragraph with a requirement word has everything
}

// consider looks at a passage that has a term.
func (c *chooser) consider(p passage, places match, words []Word) {
	count, terms := 0, 0
	for _, at := range places {
		if len(at) > 0 {
			terms++
		}
	}
	for i, phrase := range c.query.phrases {
		if places.holds(phrase) {
			c.phrases |= 1 << i
			count++
		}
	}
	whole := p.normative && terms == len(places) && count == len(c.query.phrases)
	c.whole = c.whole || whole
	if c.query.Normative && !whole {
		return
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
	if count > c.best {
		c.best = count
		c.excerpt = Excerpt{p.Number, p.Heading, cut(p.text, places, words)}
	}
}

// satisfied reports whether the text has all phrases, and all of it in a normative paragraph if that is asked for.
func (c *chooser) satisfied() bool {
	return c.phrases+1 == 1<<len(c.query.phrases) && (c.whole || !c.query.Normative)
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
