package history

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// named matches the name of a document, or the number of an RFC, as it is typed: 8200, rfc8200, STD 86, bcp-38.
var named = regexp.MustCompile(`(?i)^(?:(RFC|STD|BCP|FYI)[ -]?)?0*([1-9]\d{0,8})$`)

// Search returns the issued documents in whose title, keywords, working group, authors or abstract every word occurs, best
// first: a word in the title counts more than one elsewhere, and a whole word more than a part of one. Words that together are
// the name of a document find the RFCs of that name before all others.
func (s *State) Search(words []string) []*Document {
	found := s.searchWords(words)
	m := named.FindStringSubmatch(strings.Join(words, " "))
	if m == nil {
		return found
	}
	number, _ := strconv.ParseUint(m[2], 10, 32) // nine digits
	var first []*Document
	switch series := strings.ToUpper(m[1]); series {
	case "", "RFC":
		if d := s.Documents[uint32(number)]; d != nil && !d.NotIssued {
			first = append(first, d)
		}
	default:
		first = s.Series(series + m[2])
	}
	return append(first, slices.DeleteFunc(found, func(d *Document) bool { return slices.Contains(first, d) })...)
}

// searchWords returns the documents in which every word occurs.
func (s *State) searchWords(words []string) []*Document {
	type hit struct {
		*Document
		score int
	}
	var hits []hit
	for _, d := range s.Documents {
		if d.NotIssued {
			continue
		}
		if score := score(d, words); score > 0 {
			hits = append(hits, hit{d, score})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.Number, a.Number)) })
	found := make([]*Document, len(hits))
	for i, h := range hits {
		found[i] = h.Document
	}
	return found
}

// score returns the sum of the words' weights in the document, or 0 if one of them is missing.
func score(d *Document, words []string) (sum int) {
	places := []struct {
		text   string
		weight int
	}{
		{d.Title, 8}, {strings.Join(d.Keywords, " "), 4}, {d.WG, 4}, {strings.Join(d.Authors, " "), 2}, {d.Abstract, 1},
	}
	for _, word := range words {
		best := 0
		for _, place := range places {
			best = max(best, place.weight*occurrence(strings.ToLower(place.text), strings.ToLower(word)))
		}
		if best == 0 {
			return 0
		}
		sum += best
	}
	return sum
}

// occurrence returns 3 if the first occurrence of the word in the text is a whole word, 2 if it is a part of one, and 0 if
// there is none.
func occurrence(text, word string) int {
	before, after, found := strings.Cut(text, word)
	if !found {
		return 0
	}
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	if unicode.IsLetter(last) || unicode.IsLetter(next) {
		return 2
	}
	return 3
}
