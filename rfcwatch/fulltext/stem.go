package fulltext

import "strings"

// Stem returns the stem of an English word by the algorithm Porter2 (https://snowballstem.org/algorithms/english/stemmer.html). A word
// with anything but the letters a to z, such as ipv6, is its own stem, but the plural of a name such as AS_SET loses its s.
// site/assets/fulltext.js has the same algorithm.
func Stem(word string) string {
	if strings.Contains(word, "_") && len(word) > 3 {
		return strings.TrimSuffix(word, "s")
	}
	if len(word) <= 2 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" {
		return word
	}
	if stem, is := exceptions[word]; is {
		return stem
	}
	s := newStemmer(word)
	s.removePlural()
	if finished[string(s.word)] {
		return string(s.word)
	}
	s.removePast()
	s.replaceY()
	s.replaceFirst(doubleSuffixes)
	s.replaceFirst(singleSuffixes)
	s.removeLast()
	s.removeE()
	return strings.ToLower(string(s.word))
}

// exceptions are the stems of words that the rules would get wrong.
var exceptions = map[string]string{
	"skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl", "gently": "gentl", "ugly": "ugli",
	"early": "earli", "only": "onli", "singly": "singl", "sky": "sky", "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos",
	"bias": "bias", "andes": "andes",
}

// finished are words that are stems once their plural is removed.
var finished = map[string]bool{"inning": true, "outing": true, "canning": true, "herring": true, "earring": true, "proceed": true, "exceed": true,
	"succeed": true}

// stemmer is a word while its suffixes are removed. A Y is a consonant.
type stemmer struct {
	word   []byte
	r1, r2 int // where the regions R1 and R2 begin
}

func newStemmer(word string) *stemmer {
	s := &stemmer{word: []byte(word)}
	for i, c := range s.word {
		if c == 'y' && (i == 0 || isVowel(s.word[i-1])) {
			s.word[i] = 'Y'
		}
	}
	s.r1 = s.region(0)
	for _, prefix := range []string{"gener", "commun", "arsen"} {
		if strings.HasPrefix(word, prefix) {
			s.r1 = len(prefix)
		}
	}
	s.r2 = s.region(s.r1)
	return s
}

// region returns the place after the first consonant that follows a vowel.
func (s *stemmer) region(from int) int {
	for i := from + 1; i < len(s.word); i++ {
		if !isVowel(s.word[i]) && isVowel(s.word[i-1]) {
			return i + 1
		}
	}
	return len(s.word)
}

func isVowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

func (s *stemmer) has(suffix string) bool { return strings.HasSuffix(string(s.word), suffix) }

func (s *stemmer) cut(n int) { s.word = s.word[:len(s.word)-n] }

// vowelBefore reports whether there is a vowel before the last n letters.
func (s *stemmer) vowelBefore(n int) bool {
	for _, c := range s.word[:max(len(s.word)-n, 0)] {
		if isVowel(c) {
			return true
		}
	}
	return false
}

// removePlural is step 1a.
func (s *stemmer) removePlural() {
	switch {
	case s.has("sses"):
		s.cut(2)
	case s.has("ied"), s.has("ies"):
		if len(s.word) > 4 {
			s.cut(2)
		} else {
			s.cut(1)
		}
	case s.has("us"), s.has("ss"):
	case s.has("s") && s.vowelBefore(2):
		s.cut(1)
	}
}

// removePast is step 1b.
func (s *stemmer) removePast() {
	for _, suffix := range []string{"eedly", "ingly", "edly", "eed", "ing", "ed"} {
		if !s.has(suffix) {
			continue
		}
		switch {
		case suffix[:2] == "ee":
			if len(s.word)-len(suffix) >= s.r1 {
				s.cut(len(suffix) - 2)
			}
		case s.vowelBefore(len(suffix)):
			s.cut(len(suffix))
			s.complete()
		}
		return
	}
}

// complete restores what the removal of a past suffix left incomplete.
func (s *stemmer) complete() {
	n := len(s.word)
	switch {
	case s.has("at"), s.has("bl"), s.has("iz"):
		s.word = append(s.word, 'e')
	case n > 1 && s.word[n-1] == s.word[n-2] && strings.IndexByte("bdfgmnprt", s.word[n-1]) >= 0:
		s.cut(1)
	case s.r1 >= n && s.shortSyllable(n):
		s.word = append(s.word, 'e')
	}
}

// shortSyllable reports whether the first n letters end in a short syllable.
func (s *stemmer) shortSyllable(n int) bool {
	w := s.word[:n]
	switch {
	case n == 2:
		return isVowel(w[0]) && !isVowel(w[1])
	case n > 2:
		return !isVowel(w[n-3]) && isVowel(w[n-2]) && !isVowel(w[n-1]) && strings.IndexByte("wxY", w[n-1]) < 0
	}
	return false
}

// replaceY is step 1c.
func (s *stemmer) replaceY() {
	if n := len(s.word); n > 2 && (s.word[n-1] == 'y' || s.word[n-1] == 'Y') && !isVowel(s.word[n-2]) {
		s.word[n-1] = 'i'
	}
}

// suffix is one that is replaced in R1.
type suffix struct{ old, new string }

// doubleSuffixes are those of step 2, a longer one before those that it ends in.
var doubleSuffixes = []suffix{
	{"ational", "ate"}, {"ization", "ize"}, {"fulness", "ful"}, {"ousness", "ous"}, {"iveness", "ive"}, {"tional", "tion"}, {"biliti", "ble"},
	{"lessli", "less"}, {"entli", "ent"}, {"ation", "ate"}, {"alism", "al"}, {"aliti", "al"}, {"ousli", "ous"}, {"iviti", "ive"}, {"fulli", "ful"},
	{"enci", "ence"}, {"anci", "ance"}, {"abli", "able"}, {"izer", "ize"}, {"ator", "ate"}, {"alli", "al"}, {"bli", "ble"}, {"ogi", "og"}, {"li", ""},
}

// singleSuffixes are those of step 3.
var singleSuffixes = []suffix{
	{"ational", "ate"}, {"tional", "tion"}, {"alize", "al"}, {"icate", "ic"}, {"iciti", "ic"}, {"ative", ""}, {"ical", "ic"}, {"ness", ""}, {"ful", ""},
}

// replaceFirst replaces the longest of the suffixes that the word has, if it is in R1.
func (s *stemmer) replaceFirst(all []suffix) {
	for _, x := range all {
		if !s.has(x.old) {
			continue
		}
		at := len(s.word) - len(x.old)
		switch {
		case at < s.r1,
			x.old == "ogi" && (at == 0 || s.word[at-1] != 'l'),
			x.old == "li" && (at == 0 || strings.IndexByte("cdeghkmnrt", s.word[at-1]) < 0),
			x.old == "ative" && at < s.r2:
		default:
			s.word = append(s.word[:at], x.new...)
		}
		return
	}
}

// removeLast is step 4.
func (s *stemmer) removeLast() {
	for _, old := range []string{"ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion", "al", "er", "ic"} {
		if !s.has(old) {
			continue
		}
		at := len(s.word) - len(old)
		if at >= s.r2 && (old != "ion" || at > 0 && (s.word[at-1] == 's' || s.word[at-1] == 't')) {
			s.word = s.word[:at]
		}
		return
	}
}

// removeE is step 5.
func (s *stemmer) removeE() {
	n := len(s.word) - 1
	switch {
	case s.has("e") && (n >= s.r2 || n >= s.r1 && !s.shortSyllable(n)), s.has("l") && n >= s.r2 && s.word[n-1] == 'l':
		s.cut(1)
	}
}
