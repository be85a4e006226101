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
	openingDay  = regexp.MustCompile(`^(?:On|In) (` + longDay + `), (\S+)`)
	closingDay  = regexp.MustCompile(` (?:on|in) (` + longDay + `)\.$`)
	openingSpan = regexp.MustCompile(`^(?:In the [a-z0-9 ]+ to ` + longDay + `|Between ` + longDay + ` and ` + longDay + `), (\S+)`)
	plainWord   = regexp.MustCompile(`^[a-z]+,?$`) // no name, which keeps its case
)

// SaidOnce leaves out the day of a sentence where the sentence before it named the same day, and no other day after it; and the days
// that a sentence is about where the sentence before it began with the same ones.
func SaidOnce(text string) string {
	sentences := strings.SplitAfter(text, ". ")
	said, span := "", ""
	for i, s := range sentences {
		days := namedDay.FindAllString(s, -1)
		if m := openingSpan.FindStringSubmatchIndex(s); m != nil {
			if span == s[:m[2]] {
				s = begun(s[m[2]:])
			} else {
				span = s[:m[2]]
			}
		} else {
			span = ""
		}
		if m := openingDay.FindStringSubmatchIndex(s); m != nil && s[m[2]:m[3]] == said && s[m[4]:m[5]] != "between" { // hours stay with their day
			s = begun(s[m[4]:])
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

// begun returns the rest of a sentence as one of its own, with a capital letter unless it begins with a name.
func begun(rest string) string {
	if word, _, _ := strings.Cut(rest, " "); plainWord.MatchString(word) {
		return strings.ToUpper(rest[:1]) + rest[1:]
	}
	return rest
}
