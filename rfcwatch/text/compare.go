package text

import "strings"

// Change is a paragraph that differs between two documents.
type Change struct {
	Kind         string // added, removed, changed, or moved to another place without a change
	Before, Now  *Paragraph
	Pieces       []Piece  // words of a changed or moved paragraph, in order
	Lost, Gained []string // requirement words that disappeared or appeared; a word that moved is in both
}

// Piece is a run of words that are in both documents, or in only one of them.
type Piece struct {
	Kind string // same, removed or added
	Text string
}

// minSimilarity is the similarity above which a removed and an added paragraph count as one that changed.
const minSimilarity = 0.4

// maxLookahead is how many added paragraphs are tried as the new form of a removed one.
const maxLookahead = 20

// Compare returns the paragraphs that differ in more than white space, in the order of the new document, with removed ones at
// their old place.
func Compare(before, now []Paragraph) []Change {
	var all []Change
	from, start := 0, 0
	for _, m := range append(common(folded(before), folded(now)), match{len(before), len(now)}) {
		all = append(all, pair(before[from:m.a], now[start:m.b])...)
		from, start = m.a+1, m.b+1
	}
	return joinMoves(all)
}

// minMoved is the length of the shortest paragraph that counts as moved, in bytes. Shorter ones ("For example:") recur.
const minMoved = 40

// joinMoves replaces a paragraph that was removed in one place and added in another by one change, at its new place.
func joinMoves(changes []Change) []Change {
	removed := map[string][]int{}
	for i, c := range changes {
		if c.Kind == "removed" && len(c.Before.Text) >= minMoved {
			text := fold(c.Before.Text)
			removed[text] = append(removed[text], i)
		}
	}
	gone := make([]bool, len(changes))
	for i, c := range changes {
		if c.Kind != "added" {
			continue
		}
		text := fold(c.Now.Text)
		if places := removed[text]; len(places) > 0 {
			gone[places[0]], removed[text] = true, places[1:]
			changes[i] = Change{Kind: "moved", Before: changes[places[0]].Before, Now: c.Now, Pieces: []Piece{{"same", c.Now.Text}}}
		}
	}
	var all []Change
	for i, c := range changes {
		if !gone[i] {
			all = append(all, c)
		}
	}
	return all
}

// folded returns the texts of the paragraphs with white space folded.
func folded(paragraphs []Paragraph) []string {
	texts := make([]string, len(paragraphs))
	for i, p := range paragraphs {
		texts[i] = fold(p.Text)
	}
	return texts
}

// pair matches each removed paragraph with the most similar of the added ones that follow the last match.
func pair(removed, added []Paragraph) (all []Change) {
	next := 0
	addUpTo := func(end int) {
		for ; next < end; next++ {
			all = append(all, Change{Kind: "added", Now: &added[next], Gained: Requirements(added[next].Text)})
		}
	}
	for i := range removed {
		before := &removed[i]
		match := mostSimilar(before, added, next)
		if match < 0 {
			all = append(all, Change{Kind: "removed", Before: before, Lost: Requirements(before.Text)})
			continue
		}
		addUpTo(match)
		all = append(all, changed(before, &added[match]))
		next = match + 1
	}
	addUpTo(len(added))
	return all
}

// mostSimilar returns the index of the added paragraph, from next on, that is most similar to the removed one, or -1 if
// none is similar enough.
func mostSimilar(removed *Paragraph, added []Paragraph, next int) int {
	best, share := -1, minSimilarity
	for j := next; j < min(len(added), next+maxLookahead); j++ {
		if s := similarity(removed.Text, added[j].Text); s > share {
			best, share = j, s
		}
	}
	return best
}

// changed returns the change of one paragraph into another.
func changed(before, now *Paragraph) Change {
	c := Change{Kind: "changed", Before: before, Now: now, Pieces: pieces(before.Text, now.Text)}
	for _, p := range pieces(requirementLine(before.Text), requirementLine(now.Text)) {
		words := strings.Fields(p.Text)
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "_", " ")
		}
		switch p.Kind {
		case "removed":
			c.Lost = append(c.Lost, words...)
		case "added":
			c.Gained = append(c.Gained, words...)
		}
	}
	return c
}

// requirementLine returns the requirement words of a text, with the two words of MUST NOT and its kind joined by an
// underscore so that they are compared as one.
func requirementLine(text string) string {
	words := Requirements(text)
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, " ", "_")
	}
	return strings.Join(words, " ")
}

// similarity returns the share of words that two texts have in common, in any order: Dice's coefficient of the multisets,
// from 0 to 1.
func similarity(a, b string) float64 {
	x, y := strings.Fields(a), strings.Fields(b)
	if len(x)+len(y) == 0 {
		return 1
	}
	count := map[string]int{}
	for _, w := range x {
		count[w]++
	}
	common := 0
	for _, w := range y {
		if count[w] > 0 {
			count[w]--
			common++
		}
	}
	return 2 * float64(common) / float64(len(x)+len(y))
}

// pieces compares two texts word by word.
func pieces(before, now string) []Piece {
	old, fresh := strings.Fields(before), strings.Fields(now)
	var all []Piece
	add := func(kind string, words []string) {
		if len(words) == 0 {
			return
		}
		if last := len(all) - 1; last >= 0 && all[last].Kind == kind {
			all[last].Text += " " + strings.Join(words, " ")
			return
		}
		all = append(all, Piece{kind, strings.Join(words, " ")})
	}
	from, start := 0, 0
	for _, m := range append(common(old, fresh), match{len(old), len(fresh)}) {
		add("removed", old[from:m.a])
		add("added", fresh[start:m.b])
		if m.a < len(old) {
			add("same", old[m.a:m.a+1])
		}
		from, start = m.a+1, m.b+1
	}
	return all
}
