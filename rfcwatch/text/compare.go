package text

import (
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Change is a paragraph that differs between two documents.
type Change struct {
	Kind         string // added, removed or changed
	Before, Now  *Paragraph
	Pieces       []Piece  // words of a changed paragraph, in order
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

// Compare returns the paragraphs that differ, in the order of the new document, with removed ones at their old place.
func Compare(before, now []Paragraph) []Change {
	old := paragraphLines(before)
	var all []Change
	for _, e := range udiff.Lines(strings.Join(old, ""), strings.Join(paragraphLines(now), "")) {
		from := lineIndex(old, e.Start)
		to := lineIndex(old, e.End)
		added := strings.Count(e.New, "\n")
		start := newIndex(all, from)
		all = append(all, pair(before[from:to], now[start:start+added])...)
	}
	return all
}

// paragraphLines returns the paragraphs as one line each, to compare them by lines.
func paragraphLines(paragraphs []Paragraph) []string {
	lines := make([]string, len(paragraphs))
	for i, p := range paragraphs {
		lines[i] = strings.ReplaceAll(p.Text, "\n", "\u2028") + "\n"
	}
	return lines
}

// lineIndex returns the index of the line that begins at the byte offset.
func lineIndex(lines []string, offset int) int {
	for i, l := range lines {
		if offset <= 0 {
			return i
		}
		offset -= len(l)
	}
	return len(lines)
}

// newIndex returns the index in the new document that corresponds to one in the old document, after the given changes.
func newIndex(changes []Change, old int) int {
	shift := 0
	for _, c := range changes {
		switch c.Kind {
		case "added":
			shift++
		case "removed":
			shift--
		}
	}
	return old + shift
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
	old := strings.Fields(before)
	for i := range old {
		old[i] += "\n"
	}
	var all []Piece
	add := func(kind string, words []string) {
		if len(words) > 0 {
			all = append(all, Piece{kind, strings.TrimSpace(strings.ReplaceAll(strings.Join(words, ""), "\n", " "))})
		}
	}
	done := 0
	for _, e := range udiff.Lines(strings.Join(old, ""), strings.Join(strings.Fields(now), "\n")+"\n") {
		from, to := lineIndex(old, e.Start), lineIndex(old, e.End)
		add("same", old[done:from])
		add("removed", old[from:to])
		add("added", slices.Collect(strings.Lines(e.New)))
		done = to
	}
	add("same", old[done:])
	return all
}
