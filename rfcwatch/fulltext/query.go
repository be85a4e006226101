package fulltext

import (
	"slices"
	"strings"
)

// maxQuery is the largest number of words of a query; the rest is not looked for.
const maxQuery = 16

// Query is what is looked for: texts that have all of the terms and all of the phrases.
type Query struct {
	Terms     []string // stems, those of the phrases included, in the order of the query
	phrases   [][]step
	Normative bool // everything has to be in one paragraph that has a requirement word
}

// step is a word of a phrase.
type step struct {
	term  int // in Query.Terms
	after int // words after the first one of the phrase
}

// ParseQuery reads words, and phrases in quotation marks. Words that are not indexed match any word within a phrase, and are ignored
// elsewhere. The query has no terms if it has no other words.
func ParseQuery(text string, normative bool) Query {
	q := Query{Normative: normative}
	left := maxQuery
	for i, part := range strings.Split(text, `"`) {
		words := stemmed{}.words(nil, part)
		words = words[:min(len(words), left)]
		left -= len(words)
		var phrase []step
		first := 0
		for at, w := range words {
			if w.Stem == "" {
				continue
			}
			if len(phrase) == 0 {
				first = at
			}
			phrase = append(phrase, step{q.term(w.Stem), at - first})
		}
		if i%2 == 1 && len(phrase) > 1 {
			q.phrases = append(q.phrases, phrase)
		}
	}
	return q
}

// term returns the index of a term, which is added if it is new.
func (q *Query) term(stem string) int {
	if i := slices.Index(q.Terms, stem); i >= 0 {
		return i
	}
	q.Terms = append(q.Terms, stem)
	return len(q.Terms) - 1
}

// match is where the terms of a query are in a passage: for each term the places of its words, in order.
type match [][]int

// holds reports whether the phrase is in the passage.
func (m match) holds(phrase []step) bool {
	for _, at := range m[phrase[0].term] {
		whole := true
		for _, s := range phrase[1:] {
			if _, found := slices.BinarySearch(m[s.term], at+s.after); !found {
				whole = false
				break
			}
		}
		if whole {
			return true
		}
	}
	return false
}
