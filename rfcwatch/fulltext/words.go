package fulltext

import (
	"strings"
	"unicode/utf8"
)

// maxWord is the longest word that is indexed, in bytes; longer ones are cut.
const maxWord = 40

// Word is a word of a text with its place.
type Word struct {
	Stem     string // empty: a word that is not indexed, because nearly every text has it
	From, To int    // bytes
}

// stopWords are not indexed. Requirement words and not are: phrases with them mean something.
var stopWords = func() map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(`a an and are as at be been but by can for from has have if in into is it its of on or such that the
		their then there these they this those to was were when which will with`) {
		all[w] = true
	}
	return all
}()

// wordRune returns the lower case of a letter or digit, or 0 for what separates words. Letters are those of Latin scripts, up to U+024F.
func wordRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return r
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r == 0xd7, r == 0xf7, r < 0xc0, r > 0x24f: // × and ÷
		return 0
	case r <= 0xde:
		return r + 0x20
	}
	return r
}

// joins reports whether the character at i is a part of the word around it: a full stop between digits, as in 1.3 and 192.0.2.1, or an
// underscore between ASCII letters and digits, as in AS_PATH.
func joins(text string, i int) bool {
	if i == 0 || i+1 == len(text) || text[i] != '.' && text[i] != '_' {
		return false
	}
	before, after := wordRune(rune(text[i-1])), wordRune(rune(text[i+1]))
	if text[i] == '.' {
		return max(before, after) <= '9' && min(before, after) >= '0'
	}
	return before > 0 && before < utf8.RuneSelf && after > 0 && after < utf8.RuneSelf
}

// stemmed remembers stems, because a text has the same words over and over.
type stemmed map[string]string

// maxStems bounds how many stems are remembered: hostile texts have no word twice.
const maxStems = 1 << 17

func (s stemmed) of(word []byte) string {
	if stem, known := s[string(word)]; known {
		return stem
	}
	w := string(word)
	stem := Stem(w)
	if stopWords[w] {
		stem = ""
	}
	if len(s) >= maxStems {
		clear(s)
	}
	s[w] = stem
	return stem
}

// words appends the words of a text to all.
func (s stemmed) words(all []Word, text string) []Word {
	var word []byte
	from := 0
	end := func(to int) {
		if len(word) > 0 {
			all = append(all, Word{s.of(word), from, to})
			word = word[:0]
		}
	}
	for i, r := range text {
		lower := wordRune(r)
		if len(word) > 0 && joins(text, i) {
			lower = r
		}
		if lower == 0 {
			end(i)
			continue
		}
		if len(word) == 0 {
			from = i
		}
		if len(word)+utf8.RuneLen(lower) <= maxWord {
			word = utf8.AppendRune(word, lower)
		}
	}
	end(len(text))
	return all
}
