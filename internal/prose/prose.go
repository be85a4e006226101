// Package prose edits generated sentences.
package prose

import (
	"regexp"
	"strings"
)

const longDay = `(?:[0-9]{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December) [0-9]{4}(?: at [0-9]{2}:[0-9]{2} UTC)?`

var (
	namedDay = regexp.MustCompile(longDay)
	// openingDay is the day with which a sentence begins, and closingDay the one with which it ends.
	openingDay = regexp.MustCompile(`^(?:On|In) (` + longDay + `), (\S+)`)
	closingDay = regexp.MustCompile(` (?:on|in) (` + longDay + `)\.$`)
	plainWord  = regexp.MustCompile(`^[a-z]+,?$`) // no name, which keeps its case
)

// SaidOnce leaves out the day of a sentence where the sentence before it named the same day, and no other day after it.
func SaidOnce(text string) string {
	sentences := strings.SplitAfter(text, ". ")
	said := ""
	for i, s := range sentences {
		days := namedDay.FindAllString(s, -1)
		if m := openingDay.FindStringSubmatchIndex(s); m != nil && s[m[2]:m[3]] == said {
			s = s[m[4]:]
			if word := s[:m[5]-m[4]]; plainWord.MatchString(word) {
				s = strings.ToUpper(s[:1]) + s[1:]
			}
		} else if m := closingDay.FindStringSubmatchIndex(strings.TrimSuffix(s, " ")); m != nil && len(days) == 1 && days[0] == said {
			s = s[:m[0]] + s[m[3]:]
		}
		sentences[i] = s
		if len(days) > 0 {
			said = days[len(days)-1]
		}
	}
	return strings.Join(sentences, "")
}
