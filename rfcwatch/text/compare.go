package text

import (
	"slices"
	"strings"
)

// Change is a paragraph or a heading that differs between two documents.
type Change struct {
	Kind         string // added, removed, changed, or moved to another place, with or without a change
	Before, Now  *Paragraph
	Pieces       []Piece  // words of a changed or moved paragraph, in order
	Lost, Gained []string // requirement words that disappeared or appeared; a word that moved within its paragraph is in both
}

// Piece is a run of words that are in both documents, or in only one of them.
type Piece struct {
	Kind        string // same, removed or added
	Text        string
	Requirement bool // a requirement word that is in one of the documents only
}

// minSimilarity is the similarity above which a removed and an added paragraph count as one that changed.
const minSimilarity = 0.4

// maxLookahead is how many added paragraphs are tried as the new form of a removed one.
const maxLookahead = 20

// minMoved is the length of the shortest paragraph that counts as moved, in bytes. Shorter ones ("For example:") recur.
const minMoved = 40

// Compare returns the headings and paragraphs that differ, in the order of the new document, with removed ones at their old place. White
// space, line breaks, page breaks, the sign before an item of a list and the number of a section make no difference.
func Compare(before, now []Paragraph) []Change {
	c := comparison{numbers: map[string]int32{}, budget: maxCells}
	c.before, c.now = c.units(before), c.units(now)
	c.counts = make([]int32, len(c.numbers))
	matches := append(common(keys(c.before), keys(c.now), maxCells), match{len(c.before), len(c.now)})
	c.findMoves(matches)
	var all []Change
	from, start := 0, 0
	for _, m := range matches {
		all = append(all, c.pair(c.before[from:m.a], c.now[start:m.b])...)
		from, start = m.a+1, m.b+1
	}
	return c.joinMoves(all)
}

// comparison is the work on two documents.
type comparison struct {
	before, now []unit
	numbers     map[string]int32 // of the words
	counts      []int32          // by number of the word, of the paragraph that is looked at; zero in between
	budget      float64          // of cells, for the words of all paragraphs
}

// unit is a paragraph or heading with its words.
type unit struct {
	*Paragraph
	key   string
	words []word
	moved *unit // of an added one, where it was; of a removed one, where it is now
}

// word is a word as it is shown, and the number of what it is compared by.
type word struct {
	shown  string
	number int32
}

// units returns the paragraphs, with the headings of sections before the first paragraph of each.
func (c *comparison) units(paragraphs []Paragraph) []unit {
	all := make([]unit, 0, len(paragraphs))
	var last Section
	for i := range paragraphs {
		p := &paragraphs[i]
		if here := (Section{Number: p.Section, Heading: p.Heading}); here != last {
			if last = here; p.Heading != "" {
				all = append(all, c.unit(&Paragraph{Section: p.Section, Heading: p.Heading, Text: p.Heading, Title: true}))
			}
		}
		all = append(all, c.unit(p))
	}
	return all
}

// bullets are the signs before the items of lists: those of nroff, of xml2rfc, and of its version 3.
var bullets = []string{"o", "*", "-", "+", "•"}

// pairsOfWords are the requirement words that may go on, with how.
var pairsOfWords = map[string]string{"MUST": "NOT", "SHALL": "NOT", "SHOULD": "NOT", "NOT": "RECOMMENDED"}

// unit splits a paragraph into words. MUST NOT and its kind are one word.
func (c *comparison) unit(p *Paragraph) unit {
	u := unit{Paragraph: p}
	fields := strings.Fields(p.Text)
	var key strings.Builder
	if p.Title {
		key.WriteString("\x00") // no paragraph is a heading
	}
	for i := 0; i < len(fields); i++ {
		shown, plain := fields[i], fields[i]
		switch {
		case i == 0 && len(fields) > 1 && slices.Contains(bullets, plain):
			plain = "*"
		case i+1 < len(fields) && pairsOfWords[plain] != "" && strings.HasPrefix(fields[i+1], pairsOfWords[plain]):
			i++
			shown += " " + fields[i]
			plain = shown
		}
		number, known := c.numbers[plain]
		if !known {
			number = int32(len(c.numbers))
			c.numbers[plain] = number
		}
		u.words = append(u.words, word{shown, number})
		key.WriteString(plain)
		key.WriteByte(' ')
	}
	u.key = key.String()
	return u
}

func keys(units []unit) []string {
	all := make([]string, len(units))
	for i := range units {
		all[i] = units[i].key
	}
	return all
}

// pair matches each removed paragraph with the most similar of the added ones that follow the last match.
func (c *comparison) pair(removed, added []unit) (all []Change) {
	next := 0
	addUpTo := func(end int) {
		for ; next < end; next++ {
			u := &added[next]
			if u.moved != nil {
				all = append(all, Change{Kind: "moved", Before: u.moved.Paragraph, Now: u.Paragraph, Pieces: []Piece{{Kind: "same", Text: u.Text}}})
				continue
			}
			all = append(all, Change{Kind: "added", Now: u.Paragraph, Gained: u.requirements()})
		}
	}
	for i := range removed {
		before := &removed[i]
		if before.moved != nil {
			continue
		}
		match := c.mostSimilar(before, added, next)
		if match < 0 {
			all = append(all, Change{Kind: "removed", Before: before.Paragraph, Lost: before.requirements()})
			continue
		}
		addUpTo(match)
		all = append(all, c.changed("changed", before, &added[match]))
		next = match + 1
	}
	addUpTo(len(added))
	return all
}

// requirements returns the requirement words; a heading has none.
func (u *unit) requirements() []string {
	if u.Title {
		return nil
	}
	return Requirements(u.Text)
}

// mostSimilar returns the index of the added paragraph, from next on, that is most similar to the removed one, or -1 if
// none is similar enough.
func (c *comparison) mostSimilar(removed *unit, added []unit, next int) int {
	best, share := -1, minSimilarity
	for j := next; j < min(len(added), next+maxLookahead); j++ {
		if added[j].moved != nil || added[j].Title != removed.Title {
			continue
		}
		if s := c.similarity(removed, &added[j]); s > share {
			best, share = j, s
		}
	}
	return best
}

// changed returns the change of one paragraph into another.
func (c *comparison) changed(kind string, before, now *unit) Change {
	change := Change{Kind: kind, Before: before.Paragraph, Now: now.Paragraph, Pieces: c.pieces(before, now)}
	old, fresh := before.requirements(), now.requirements()
	matches := common(old, fresh, c.spend(len(old), len(fresh)))
	from, start := 0, 0
	for _, m := range append(matches, match{len(old), len(fresh)}) {
		change.Lost, change.Gained = append(change.Lost, old[from:m.a]...), append(change.Gained, fresh[start:m.b]...)
		from, start = m.a+1, m.b+1
	}
	return change
}

// spend returns the budget before it pays for the comparison of two sequences.
func (c *comparison) spend(a, b int) (limit float64) {
	limit = c.budget
	c.budget = max(0, c.budget-float64(a)*float64(b))
	return limit
}

// similarity returns the share of words that two paragraphs have in common, in any order: Dice's coefficient of the multisets,
// from 0 to 1.
func (c *comparison) similarity(a, b *unit) float64 {
	if len(a.words)+len(b.words) == 0 {
		return 1
	}
	for _, w := range a.words {
		c.counts[w.number]++
	}
	shared := 0
	for _, w := range b.words {
		if c.counts[w.number] > 0 {
			c.counts[w.number]--
			shared++
		}
	}
	for _, w := range a.words {
		c.counts[w.number] = 0
	}
	return 2 * float64(shared) / float64(len(a.words)+len(b.words))
}

// pieces compares two paragraphs word by word, as long as there is budget; then their equal beginnings and ends only.
func (c *comparison) pieces(before, now *unit) []Piece {
	old, fresh := before.words, now.words
	var all []Piece
	add := func(kind string, words []word) {
		if len(words) == 0 {
			return
		}
		text := shown(words)
		if last := len(all) - 1; last >= 0 && all[last].Kind == kind {
			all[last].Text += " " + text
			return
		}
		all = append(all, Piece{Kind: kind, Text: text})
	}
	matches := commonNumbers(numbersOf(old), numbersOf(fresh), c.spend(len(old), len(fresh)))
	from, start := 0, 0
	for _, m := range append(matches, match{len(old), len(fresh)}) {
		add("removed", old[from:m.a])
		add("added", fresh[start:m.b])
		if m.a < len(old) {
			add("same", fresh[m.b:m.b+1])
		}
		from, start = m.a+1, m.b+1
	}
	if now.Title || boilerplate.MatchString(now.Text) {
		return all
	}
	return markRequirements(all)
}

func shown(words []word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.shown
	}
	return strings.Join(texts, " ")
}

func numbersOf(words []word) []int32 {
	all := make([]int32, len(words))
	for i, w := range words {
		all[i] = w.number
	}
	return all
}

// markRequirements makes requirement words that are in one of the documents only pieces of their own.
func markRequirements(pieces []Piece) (all []Piece) {
	for _, p := range pieces {
		if p.Kind == "same" {
			all = append(all, p)
			continue
		}
		from := 0
		add := func(end int, is bool) {
			if text := strings.TrimSpace(p.Text[from:end]); text != "" {
				all = append(all, Piece{Kind: p.Kind, Text: text, Requirement: is})
			}
			from = end
		}
		for _, m := range requirement.FindAllStringIndex(p.Text, -1) {
			if label.MatchString(p.Text[m[1]:]) {
				continue
			}
			add(m[0], false)
			add(m[1], true)
		}
		add(len(p.Text), false)
	}
	return all
}
