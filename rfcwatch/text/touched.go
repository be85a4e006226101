package text

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sectionList is one section number or several.
const sectionList = `((?:\d+|[A-Z]|Appendix [A-Z])(?:\.\d+)*(?:(?:, and |, or |, | and | or | through |-)(?:\d+|[A-Z])(?:\.\d+)*)*)`

var (
	sectionsOf = regexp.MustCompile(`\b(?:Sections?|Sec\.|Appendix|Appendices|§) ?` + sectionList + `,? (?:of|in|from) (?:the )?\[?RFC[ -]?0*(\d{1,7})\b`)
	ofSections = regexp.MustCompile(`\bRFC[ -]?0*(\d{1,7})\]?,? (?:\()?(?:Sections?|Sec\.|Appendix|§) ?` + sectionList)
	oneSection = regexp.MustCompile(`(?:\d+|[A-Z])(?:\.\d+)*`)
)

// Touched returns the numbers of the sections of an RFC that a draft says it would change, in ascending order: those that are named
// with the RFC in a sentence or heading that has a word of change (update, obsolete, replace, remove and the like), or in the paragraph
// before a text that is quoted under OLD or NEW. The sections of the draft that Passages leaves out are left out here, too.
func Touched(paragraphs []Paragraph, number int) []string {
	var all []string
	add := func(text string) {
		for _, m := range sectionsOf.FindAllStringSubmatch(text, -1) {
			if m[2] == strconv.Itoa(number) {
				all = append(all, oneSection.FindAllString(strings.TrimPrefix(m[1], "Appendix "), -1)...)
			}
		}
		for _, m := range ofSections.FindAllStringSubmatch(text, -1) {
			if m[1] == strconv.Itoa(number) {
				all = append(all, oneSection.FindAllString(strings.TrimPrefix(m[2], "Appendix "), -1)...)
			}
		}
	}
	for i, p := range paragraphs {
		if p.Heading == "" || p.Figure || ofDraft.MatchString(p.Heading) {
			continue
		}
		if changeWord.MatchString(p.Heading) {
			add(p.Heading)
		}
		if i+1 < len(paragraphs) && quoteMark.MatchString(paragraphs[i+1].Text) {
			add(p.Text)
			continue
		}
		for _, sentence := range sentences(p.Text) {
			if changeWord.MatchString(sentence) {
				add(sentence)
			}
		}
	}
	slices.SortFunc(all, compareSections)
	return slices.Compact(all)
}

// compareSections orders numbers of sections: 3.2 before 3.10, and appendices last.
func compareSections(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		n, errX := strconv.Atoi(x)
		m, errY := strconv.Atoi(y)
		switch {
		case errX == nil && errY == nil:
			return n - m
		case errX == nil:
			return -1
		case errY == nil:
			return 1
		}
		return strings.Compare(x, y)
	})
}
