package fulltext

import (
	"cmp"
	"math"
	"slices"
)

// The scores are whole numbers, so that every machine and the script in the browser give the same ones.

// collection is what the score of a text depends on besides the text.
type collection struct {
	texts int
	words int   // of all texts
	with  []int // by term, how many texts have it
}

// rarity returns a thousand times the inverse document frequency of a term, as BM25 has it.
func (c *collection) rarity(term int) int {
	return int(math.Round(1000 * math.Log(1+(float64(c.texts-c.with[term])+0.5)/(float64(c.with[term])+0.5))))
}

// standing is what the score of a text depends on.
type standing struct {
	words    int    // of the text
	title    int    // words of the title
	weights  []int  // by term, the weights of its occurrences
	inTitle  []bool // by term
	obsolete bool
}

// score returns the sum of BM25 (k1 = 1.2, b = 0.75) over the terms; a term in the title adds to it, the more the shorter the title is. An
// obsolete text gets 6 tenths of that.
func (c *collection) score(s *standing) (sum int) {
	average := max(c.words/max(c.texts, 1), 1)
	for term, weight := range s.weights {
		rarity := c.rarity(term)
		sum += rarity * 22 * weight * average / (10*weight*average + 3*average + 9*s.words)
		if s.inTitle[term] {
			sum += rarity * 40 / (8 + s.title)
		}
	}
	if s.obsolete {
		sum = sum * 6 / 10
	}
	return sum
}

// rank sorts hits by their scores, and newer ones before older ones of the same score.
func rank(hits []Hit) {
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.Number, a.Number)) })
}
