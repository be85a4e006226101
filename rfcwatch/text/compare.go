package text

import (
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Change is a paragraph that is not the same in two documents.
type Change struct {
	Kind         string // added, removed or changed
	Before, Now  *Paragraph
	Pieces       []Piece  // of a changed one: its words in their order
	Lost, Gained []string // requirement words that are gone or new; one that moved is in both
}

// Piece is a run of words that stayed, went or came.
type Piece struct {
	Kind string // same, removed or added
	Text string
}

// alike is the share of common words from which on a removed and an added paragraph are one that changed.
const alike = 0.4

// Compare finds the paragraphs that differ, in the order of the new document; removed ones stand where they were.
func Compare(before, now []Paragraph) []Change {
	key := func(p Paragraph) string { return strings.ReplaceAll(p.Text, "\n", "\u2028") + "\n" }
	old := lines(before, key)
	var all []Change
	for _, e := range udiff.Lines(strings.Join(old, ""), strings.Join(lines(now, key), "")) {
		from := lineOf(old, e.Start)
		to := lineOf(old, e.End)
		added := strings.Count(e.New, "\n")
		at := newLine(all, from)
		all = append(all, pair(before[from:to], now[at:at+added])...)
	}
	return all
}

func lines(of []Paragraph, key func(Paragraph) string) []string {
	out := make([]string, len(of))
	for i, p := range of {
		out[i] = key(p)
	}
	return out
}

// lineOf is the number of the line that begins at the byte.
func lineOf(lines []string, at int) int {
	for i, l := range lines {
		if at <= 0 {
			return i
		}
		at -= len(l)
	}
	return len(lines)
}

// newLine is the line of the new document that stands where the old one's line from does.
func newLine(before []Change, from int) int {
	shift := 0
	for _, c := range before {
		switch c.Kind {
		case "added":
			shift++
		case "removed":
			shift--
		}
	}
	return from + shift
}

// pair finds for each removed paragraph the added one behind the last pair that is most alike.
func pair(removed, added []Paragraph) []Change {
	var all []Change
	next := 0
	for i := range removed {
		best, share := -1, alike
		for j := next; j < len(added) && j < next+20; j++ {
			if s := similarity(removed[i].Text, added[j].Text); s > share {
				best, share = j, s
			}
		}
		if best < 0 {
			all = append(all, Change{Kind: "removed", Before: &removed[i], Lost: Requirements(removed[i].Text)})
			continue
		}
		for ; next < best; next++ {
			all = append(all, Change{Kind: "added", Now: &added[next], Gained: Requirements(added[next].Text)})
		}
		c := Change{Kind: "changed", Before: &removed[i], Now: &added[best]}
		c.Pieces = pieces(removed[i].Text, added[best].Text)
		for _, p := range pieces(strings.Join(joined(Requirements(removed[i].Text)), " "), strings.Join(joined(Requirements(added[best].Text)), " ")) {
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
		all = append(all, c)
		next = best + 1
	}
	for ; next < len(added); next++ {
		all = append(all, Change{Kind: "added", Now: &added[next], Gained: Requirements(added[next].Text)})
	}
	return all
}

// joined makes one word of each requirement word.
func joined(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ReplaceAll(w, " ", "_")
	}
	return out
}

// similarity is the share of the words of both texts that they have in common, whatever their order.
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

// pieces compares word by word.
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
		from, to := lineOf(old, e.Start), lineOf(old, e.End)
		add("same", old[done:from])
		add("removed", old[from:to])
		add("added", slices.Collect(strings.Lines(e.New)))
		done = to
	}
	add("same", old[done:])
	return all
}
