package text

import (
	"regexp"
	"slices"
)

// Document is a text in its parts.
type Document struct {
	Paragraphs []Paragraph
	Sections   []Section
	References []Reference
	Authors    []Author
	Lines      int // of text: without blank ones and page breaks
	Understood int // lines whose part of the document is known
	Listed     int // sections with a number in the table of contents
	Found      int // those of them that were found in the text
	WideTabs   int // tabs beyond the width of any RFC, or beyond what a document may have of them: one space each
}

// Section is a section with its place.
type Section struct {
	Number   string // empty if it has none
	Heading  string
	Position int // of the first paragraph after the heading, from 1; that of the next section if it has no text of its own
}

// Parse reads a document. A line is understood if it is of the header, the title, the table of contents or a heading, of a paragraph below
// a heading, or of an entry where the section is a list of references.
func Parse(document string) Document {
	s := split(document)
	d := Document{Sections: s.sections, WideTabs: s.wideTabs, Lines: s.lines, Understood: s.headings + len(s.contents) + s.frontMatter(document)}
	for _, b := range s.blocks {
		d.Paragraphs = append(d.Paragraphs, b.Paragraph)
		if b.Heading != "" && !referenceHeading.MatchString(b.Heading) {
			d.Understood += b.textLines()
		}
	}
	var entries int
	d.References, entries = references(s.blocks)
	d.Understood += entries
	d.Authors = authors(s.blocks)
	d.Listed, d.Found = s.checkContents()
	return d
}

var contentsEntry = regexp.MustCompile(`^\s*(?:Appendix |Section )?((?:\d+|[A-Z])(?:\.\d+)*)[.:]?\s+\pL`)

// checkContents returns how many numbers of sections the table of contents lists, and how many of them the text has.
func (s *splitter) checkContents() (listed, found int) {
	met := map[string]bool{}
	for _, section := range s.sections {
		met[section.Number] = true
	}
	counted := map[string]bool{}
	for _, line := range s.contents {
		m := contentsEntry.FindStringSubmatch(line)
		if m == nil || counted[m[1]] {
			continue
		}
		counted[m[1]] = true
		listed++
		if met[m[1]] {
			found++
		}
	}
	return listed, found
}

// textLines returns the number of lines that are not blank.
func (b *block) textLines() (n int) {
	for _, l := range b.lines {
		if l != "" {
			n++
		}
	}
	return n
}

// frontMatter returns how many of the lines before the first section are those of the header and of the title below it.
func (s *splitter) frontMatter(document string) (understood int) {
	if _, ok := ParseHeader(document); !ok {
		return 0
	}
	rest := len(headerBlock(document))
	for _, b := range s.blocks {
		n := b.textLines()
		if b.Heading != "" {
			return understood
		}
		if rest <= 0 { // the title
			return understood + n
		}
		understood += n
		rest -= n
	}
	return understood
}

var (
	ianaHeading     = regexp.MustCompile(`(?i)\bIANA\b.*\b(?:considerations?|actions?|registr\w+)\b|\bIANA$`)
	securityHeading = regexp.MustCompile(`(?i)\bsecurity\b.*\b(?:considerations?|issues?)\b|^security$`)
)

// HasIANA reports whether the document has a section of considerations for IANA.
func (d *Document) HasIANA() bool { return d.hasSection(ianaHeading) }

// HasSecurity reports whether the document has a section of security considerations.
func (d *Document) HasSecurity() bool { return d.hasSection(securityHeading) }

func (d *Document) hasSection(heading *regexp.Regexp) bool {
	return slices.ContainsFunc(d.Sections, func(s Section) bool { return heading.MatchString(s.Heading) })
}
