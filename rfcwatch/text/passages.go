package text

import (
	"regexp"
	"slices"
	"strconv"
)

// Passage is a paragraph of a draft that says what would change in an RFC.
type Passage struct {
	Paragraph
	Quote string // OLD or NEW if the draft quotes the text of the RFC, or its replacement; empty otherwise
}

var (
	changeWord = regexp.MustCompile(`(?i)\b(?:updat(?:e|es|ed|ing)|obsolet(?:e|es|ed|ing)|replac(?:e|es|ed|ing)|amend(?:s|ed|ing)?|supersed(?:e|es|ed|ing)|remov(?:e|es|ed|ing)|chang(?:e|es|ed|ing)|relax(?:es|ed|ing)?|lift(?:s|ed|ing)?)\b`)
	quoteMark  = regexp.MustCompile(`^(OLD|NEW)(?: TEXT)?(?::|$)\s*`)
	ruler      = regexp.MustCompile(`^[^\pL\pN]*$`)
	ofDraft    = regexp.MustCompile(`(?i)^(?:abstract|status of this memo|copyright notice|table of contents|acknowledge?ments?|.*\breferences|.*\bconsiderations|authors?' addresses?|contributors|change ?log|changes? (?:since|from|between|history).*)$`)
)

// Passages returns the paragraphs of a draft that tell what it would change in the RFC with the number: the texts that it quotes
// under OLD and NEW in a section that names the RFC; and the paragraphs that name the RFC together with a word of change (update,
// obsolete, replace, remove and the like) or a requirement word. Abstract, considerations, acknowledgements, references and the log of
// changes are left out.
func Passages(paragraphs []Paragraph, number int) (all []Passage) {
	name := regexp.MustCompile(`(?i)\bRFC[ -]?0*` + strconv.Itoa(number) + `\b`)
	for from := 0; from < len(paragraphs); {
		to := from + 1
		for to < len(paragraphs) && paragraphs[to].Section == paragraphs[from].Section && paragraphs[to].Heading == paragraphs[from].Heading {
			to++
		}
		if section := paragraphs[from:to]; !ofDraft.MatchString(section[0].Heading) && section[0].Heading != "" {
			all = append(all, passagesOf(section, name)...)
		}
		from = to
	}
	return all
}

// passagesOf returns the passages of one section.
func passagesOf(section []Paragraph, name *regexp.Regexp) (all []Passage) {
	named := name.MatchString(section[0].Heading) || slices.ContainsFunc(section, func(p Paragraph) bool { return name.MatchString(p.Text) })
	if !named {
		return nil
	}
	for i := 0; i < len(section); i++ {
		p := section[i]
		if quoteMark.MatchString(p.Text) {
			quoted, length := quotation(section[i:])
			all = append(all, quoted...)
			i += length - 1
			continue
		}
		if name.MatchString(p.Text) && !p.Figure && (changeWord.MatchString(p.Text) || len(Requirements(p.Text)) > 0) {
			all = append(all, Passage{Paragraph: p})
		}
	}
	return all
}

// quotation returns the texts that are quoted under a mark, OLD or NEW, at the start of the paragraphs, and how many paragraphs the
// quotation has. Between rulers (===) it has all of them; else OLD lasts to the next mark, and NEW has one paragraph.
func quotation(paragraphs []Paragraph) (quoted []Passage, length int) {
	mark := quoteMark.FindString(paragraphs[0].Text)
	kind := mark[:3]
	add := func(p Paragraph) { quoted = append(quoted, Passage{p, kind}) }
	length = 1
	if rest := paragraphs[0]; len(rest.Text) > len(mark) {
		rest.Text = rest.Text[len(mark):]
		add(rest)
		return quoted, length
	}
	ruled := len(paragraphs) > 1 && ruler.MatchString(paragraphs[1].Text)
	if ruled {
		length++
	}
	for _, p := range paragraphs[length:] {
		if quoteMark.MatchString(p.Text) {
			return quoted, length
		}
		length++
		if ruler.MatchString(p.Text) {
			return quoted, length
		}
		if add(p); kind == "NEW" && !ruled {
			return quoted, length
		}
	}
	return quoted, length
}
