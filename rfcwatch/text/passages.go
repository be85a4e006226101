package text

import (
	"iter"
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
	ofDraft    = regexp.MustCompile(`(?i)^(?:abstract|status of this memo|copyright notice|table of contents|acknowledge?ments?|.*\breferences|.*\bconsiderations|authors?' addresses?|contributors|change ?log|change history|changes? (?:since|from|between|in)\b.*(?:draft|revision|version|-\d\d).*)$`)
)

// Passages returns the paragraphs of a draft that tell what it would change in the RFC with the number: the texts that it quotes
// under OLD and NEW, where the paragraph before them or else the heading names the RFC; and the paragraphs that name the RFC together
// with a word of change (update, obsolete, replace, remove and the like) or a requirement word. Abstract, considerations,
// acknowledgements, references and the log of changes are left out.
func Passages(paragraphs []Paragraph, number int) (all []Passage) {
	for q := range quotations(paragraphs) {
		if q.quoted != nil {
			if slices.Contains(q.of, uint32(number)) {
				all = append(all, q.quoted...)
			}
			continue
		}
		if p := q.paragraph; slices.Contains(named(p.Text), uint32(number)) && !p.Figure && (changeWord.MatchString(p.Text) || len(Requirements(p.Text)) > 0) {
			all = append(all, Passage{Paragraph: p})
		}
	}
	return all
}

// Quoted returns the numbers of the RFCs of which a draft quotes text under OLD and NEW.
func Quoted(paragraphs []Paragraph) (numbers []uint32) {
	for q := range quotations(paragraphs) {
		if q.quoted != nil {
			numbers = append(numbers, q.of...)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// portion is a paragraph, or the texts of one quotation with the RFCs that they are of.
type portion struct {
	paragraph Paragraph
	quoted    []Passage
	of        []uint32
}

// quotations yields the portions of the sections that change something.
func quotations(paragraphs []Paragraph) iter.Seq[portion] {
	return func(yield func(portion) bool) {
		before := ""      // the paragraph before the quotation
		var last []uint32 // what the quotation before this one is of: OLD and NEW belong together
		for i := 0; i < len(paragraphs); i++ {
			p := paragraphs[i]
			if i == 0 || p.Section != paragraphs[i-1].Section || p.Heading != paragraphs[i-1].Heading {
				before, last = "", nil
			}
			if p.Heading == "" || ofDraft.MatchString(p.Heading) {
				continue
			}
			q := portion{paragraph: p}
			if quoteMark.MatchString(p.Text) {
				var length int
				q.quoted, length = quotation(paragraphs[i:])
				if q.of = named(before); len(q.of) == 0 {
					q.of = named(p.Heading)
				}
				if before == "" && last != nil {
					q.of = last
				}
				before, last = "", q.of
				i += length - 1
			} else {
				before, last = p.Text, nil
			}
			if !yield(q) {
				return
			}
		}
	}
}

var rfcName = regexp.MustCompile(`(?i)\bRFC[ -]?0*([0-9]{1,7})\b`)

// named returns the numbers of the RFCs that a text names.
func named(text string) (numbers []uint32) {
	for _, m := range rfcName.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.ParseUint(m[1], 10, 32) // at most seven digits
		numbers = append(numbers, uint32(n))
	}
	return numbers
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
		if quoteMark.MatchString(p.Text) || p.Section != paragraphs[0].Section || p.Heading != paragraphs[0].Heading {
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
