// Package text splits the texts of RFCs and drafts, plain or in XML, into sections and paragraphs without page breaks, reads their references and
// authors, finds requirement words (RFC 2119, RFC 8174) and normative sentences, and compares two documents.
package text

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Paragraph is a paragraph of a document.
type Paragraph struct {
	Section string // number, for example 3.1 or A.2; empty if the section has none
	Heading string // of the section
	Text    string // with white space folded, except in a figure
	Figure  bool   // a figure, table or code, whose lines are kept
	Title   bool   // the heading itself, as Compare shows it; no other paragraph is one
}

var (
	footer      = regexp.MustCompile(`(?i)\[page [\divxlc]+\]\s*$|^\[page [\divxlc]+\]\s{10,}\S.*$`)
	header      = regexp.MustCompile(`^(?:RFC \d+|Internet-Draft)\s{2,}.*\s{2,}.*\d{4}\s*$`)
	numbered    = regexp.MustCompile(`^(?:((?:\d+|[A-Z]\.\d+)(?:\.\d+)*)\.?|([A-Z])\.)\s+(\S.*)$`)
	lettered    = regexp.MustCompile(`^([A-Z]) ([A-Z][a-z][A-Za-z0-9' -]{2,60})$`) // an appendix as RFC 2622 has them, and no "A domain name"
	appendix    = regexp.MustCompile(`^Appendix ([A-Z](?:\.\d+)*)\.?\s+(\S.*)$`)
	runIn       = regexp.MustCompile(`^((?:\d+|[A-Z]\.\d+)(?:\.\d+)*)\.?\s+(\S.*?) {3,}(\S.*)$`) // a heading with its text behind it, as RFC 2119 has them
	unnumbered  = regexp.MustCompile(`^[A-Z][A-Za-z' -]{3,60}$`)
	contents    = regexp.MustCompile(`(?i)^table of contents$`)
	requirement = regexp.MustCompile(`\b(?:MUST NOT|MUST|REQUIRED|SHALL NOT|SHALL|SHOULD NOT|SHOULD|NOT RECOMMENDED|RECOMMENDED|MAY|OPTIONAL)\b`)
	boilerplate = regexp.MustCompile(`(?i)^(?:in this (?:document|memo|specification),? )?(?:the )?(?:key ?words|capitalized words)\b.*\binterpreted\b`)
	label       = regexp.MustCompile(`^- ?[\dX]`) // what follows a word in the name of a requirement
	dotLeader   = regexp.MustCompile(`(?:\. ?){4,}\s*\d*\s*$`)
	paged       = regexp.MustCompile(`(?:\. ?){4,}\s*[\divxlc]+$`)                                               // a line of a table of contents, with its page
	centred     = regexp.MustCompile(`^ {10,}(?:(\d+)\. +([A-Z][A-Z' -]+)|(REFERENCES|BIBLIOGRAPHY|GLOSSARY))$`) // a heading as RFC 791 has them
	underline   = regexp.MustCompile(`^(?:-{3,}|={3,})$`)
	codeBegins  = regexp.MustCompile(`^\s*<CODE BEGINS>`)
	codeEnds    = regexp.MustCompile(`^\s*<CODE ENDS>`)
)

// Paragraphs splits a document at blank lines. It drops page headers and footers and the table of contents, and joins
// paragraphs that a page break splits.
func Paragraphs(document string) []Paragraph {
	s := split(document)
	paragraphs := make([]Paragraph, 0, len(s.blocks))
	for _, b := range s.blocks {
		paragraphs = append(paragraphs, b.Paragraph)
	}
	return paragraphs
}

// block is a paragraph with the lines that it was made of.
type block struct {
	Paragraph
	lines []string
}

// splitter collects the paragraphs of a document.
type splitter struct {
	blocks           []block
	sections         []Section
	section, heading string   // of the current section
	inContents       bool     // the section is the table of contents
	inCode           bool     // between <CODE BEGINS> and <CODE ENDS>
	contents         []string // lines of the table of contents
	block            []string // lines since the last blank one
	lines, headings  int      // lines of text, and those of them that are headings
	wideTabs         int      // tabs that were not expanded
}

// split splits a document at its blank lines. Code between the marks of the IETF Trust is one paragraph.
func split(document string) *splitter {
	s := &splitter{}
	var lines []string
	lines, s.wideTabs = withoutPages(document)
	for _, line := range lines {
		switch {
		case line != "":
			s.lines++
			s.block = append(s.block, line)
			s.inCode = !codeEnds.MatchString(line) && (s.inCode || codeBegins.MatchString(line))
		case s.inCode && len(s.block) < maxCode:
			s.block = append(s.block, line)
		default:
			s.inCode = false
			s.flush()
		}
	}
	s.flush()
	return s
}

// maxCode is the largest number of lines of code whose end is looked for.
const maxCode = 20000

// flush ends the current block, which is a heading, a paragraph, or a heading in the way of RFC 768 or of RFC 2119 with a paragraph.
func (s *splitter) flush() {
	lines := s.block
	s.block = nil
	if isUnderlined(lines) {
		s.headings += 2
		s.enter(underlinedHeading(lines[0]))
		lines = lines[2:]
	}
	if len(lines) == 0 {
		return
	}
	if isContents(lines) {
		s.contents = append(s.contents, lines...)
		return
	}
	if m := centred.FindStringSubmatch(lines[0]); m != nil && len(lines) == 1 {
		s.headings++
		s.enter(m[1], m[2]+m[3])
		return
	}
	if m := runIn.FindStringSubmatch(lines[0]); m != nil && len(lines) > 1 && !s.inContents && !isFigure(lines) {
		s.enter(m[1], m[2])
		lines[0] = m[3]
	} else if len(lines) <= 2 {
		if number, title, ok := parseHeading(join(lines), lines[0]); ok {
			s.headings += len(lines)
			s.enter(number, title)
			return
		}
	}
	if s.inContents {
		s.contents = append(s.contents, lines...)
		return
	}
	p := Paragraph{Section: s.section, Heading: s.heading, Figure: isFigure(lines) || s.heading != "" && isStaggered(lines)}
	if p.Figure {
		p.Text = strings.Join(outdent(lines), "\n")
	} else {
		p.Text = fold(join(lines))
	}
	s.blocks = append(s.blocks, block{p, lines})
}

// enter begins a section.
func (s *splitter) enter(number, title string) {
	s.section, s.heading = number, title
	s.inContents = contents.MatchString(title)
	if !s.inContents {
		s.sections = append(s.sections, Section{Number: number, Heading: title, Position: len(s.blocks) + 1})
	}
}

// isContents reports whether a block is the centred heading of a table of contents, or a part of one with pages.
func isContents(block []string) bool {
	if len(block) == 1 && contents.MatchString(strings.TrimSpace(block[0])) && indent(block[0]) > 0 {
		return true
	}
	lines := 0
	for _, line := range block {
		if paged.MatchString(line) {
			lines++
		}
	}
	return 2*lines > len(block)
}

// isUnderlined reports whether a block begins with a heading that is underlined in its whole length.
func isUnderlined(block []string) bool {
	return len(block) > 1 && underline.MatchString(block[1]) && len(block[0]) == len(block[1]) && unicode.IsLetter(rune(block[0][0]))
}

// underlinedHeading returns section number and title of an underlined heading.
func underlinedHeading(line string) (number, title string) {
	if number, title, ok := parseHeading(line, line); ok {
		return number, title
	}
	return "", fold(strings.TrimSuffix(line, ":"))
}

// maxHeading is the longest heading, in bytes.
const maxHeading = 160

// parseHeading returns the section number and the title of a block that is a heading. The first line of a heading is not
// indented.
func parseHeading(block, first string) (number, title string, ok bool) {
	if first[0] == ' ' || len(block) > maxHeading || dotLeader.MatchString(block) {
		return "", "", false
	}
	alone := block == first && !sideBySide.MatchString(block) // not the head of a table
	block = fold(block)
	if m := appendix.FindStringSubmatch(block); m != nil {
		return m[1], m[2], true
	}
	if m := numbered.FindStringSubmatch(block); m != nil {
		return m[1] + m[2], m[3], true
	}
	if m := lettered.FindStringSubmatch(block); m != nil {
		return m[1], m[2], true
	}
	return "", block, alone && unnumbered.MatchString(block)
}

// withoutPages returns the lines of a document without page headers, page footers and the blank lines around them. A blank
// line remains where a paragraph ended at the page break. wideTabs is the number of tabs that were not expanded.
func withoutPages(document string) (lines []string, wideTabs int) {
	document = strings.TrimPrefix(document, "\ufeff")
	document = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(document)
	lines = strings.Split(document, "\n")
	var t tabs
	for i, line := range lines {
		lines[i] = strings.TrimRight(t.expand(strings.ToValidUTF8(line, "\ufffd")), " ")
	}
	p := pageRemover{heads: runningHeads(lines)}
	for _, line := range lines {
		p.add(line)
	}
	return p.lines, t.beyond
}

// runningHeads returns the lines, folded, that stand at the top of two pages or more: the first line of at least a third of the
// pages, and what stands below such a line up to the next blank one.
func runningHeads(lines []string) map[string]bool {
	var tops [][]string
	breaking, first := false, map[string]int{}
	for i := 0; i < len(lines); i++ {
		if strings.ContainsRune(lines[i], '\f') || footer.MatchString(lines[i]) {
			breaking = true
			continue
		}
		if !breaking || lines[i] == "" {
			continue
		}
		breaking = false
		from := i
		for i+1 < len(lines) && lines[i+1] != "" && !footer.MatchString(lines[i+1]) && i+1-from < maxHead {
			i++
		}
		tops = append(tops, lines[from:i+1])
		first[fold(lines[from])]++
	}
	count := map[string]int{}
	for _, top := range tops {
		if 3*first[fold(top[0])] < len(tops) {
			continue
		}
		for _, line := range top {
			count[fold(line)]++
		}
	}
	heads := map[string]bool{}
	for line, pages := range count {
		if pages > 1 {
			heads[line] = true
		}
	}
	return heads
}

// maxHead is the largest number of lines of a running head.
const maxHead = 4

// pageRemover collects the lines of a document without its page breaks.
type pageRemover struct {
	heads    map[string]bool // the lines of running heads, folded
	lines    []string
	breaking bool   // inside a page break
	inHead   int    // lines of the page break's header so far
	headed   bool   // the page break's header was read to its end
	last     string // the last line before the page break
}

func (p *pageRemover) add(line string) {
	if strings.ContainsRune(line, '\f') || footer.MatchString(line) {
		p.beginBreak()
		line = strings.TrimSpace(strings.ReplaceAll(line, "\f", ""))
		if line == "" || footer.MatchString(line) {
			return
		}
	}
	switch {
	case !p.breaking:
		if len(p.lines) == 0 && (line == "" || header.MatchString(line)) {
			return // the running head of the first page
		}
	case line == "":
		p.headed = p.headed || p.inHead > 0
		return
	case !p.headed && (p.heads[fold(line)] || p.inHead == 0 && header.MatchString(line) || p.inHead > 1 && p.inHead < maxHead):
		p.inHead++ // below two lines of it, the name of a section that has one page is a third
		return
	default:
		p.breaking = false
		if !continues(p.last, line) {
			p.lines = append(p.lines, "")
		}
	}
	p.lines = append(p.lines, line)
}

// beginBreak begins a page break, unless one has begun already, and drops the blank lines before it.
func (p *pageRemover) beginBreak() {
	p.inHead, p.headed = 0, false
	if p.breaking {
		return // a page with a header only
	}
	for len(p.lines) > 0 && p.lines[len(p.lines)-1] == "" {
		p.lines = p.lines[:len(p.lines)-1]
	}
	p.breaking = true
	if len(p.lines) > 0 {
		p.last = p.lines[len(p.lines)-1]
	}
}

// continues reports whether the line after a page break continues the paragraph before it: the line before does not end a
// sentence, both have the same indentation, and the line does not begin like a new paragraph.
func continues(before, line string) bool {
	if before == "" || strings.ContainsAny(before[len(before)-1:], ".:;?!") || indent(before) == 0 || indent(line) == 0 {
		return false
	}
	first := []rune(strings.TrimLeft(line, " "))[0]
	return indent(before) == indent(line) && (unicode.IsLower(first) || first == '[' || first == '(' || unicode.IsDigit(first) || len(before) > 60)
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// join returns the lines as one. Where a line ends in the first part of a word with a hyphen there is no space.
func join(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		switch {
		case i == 0:
		case BrokenAtHyphen(lines[i-1], strings.TrimLeft(line, " ")):
			line = strings.TrimLeft(line, " ")
		default:
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}

// BrokenAtHyphen reports whether a line goes on with the second part of a word with a hyphen, at which the line before it ends. The first part
// of a pair such as "pre- and postfix" has a hyphen of its own.
func BrokenAtHyphen(before, line string) bool {
	first, hyphen := strings.CutSuffix(before, "-")
	last, _ := utf8.DecodeLastRuneInString(first)
	next, _ := utf8.DecodeRuneInString(line)
	inWord := func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	return hyphen && inWord(last) && inWord(next) && !slices.ContainsFunc(conjunctions, func(word string) bool { return strings.HasPrefix(line, word) })
}

// conjunctions follow the first part of a pair.
var conjunctions = []string{"and ", "or ", "nor ", "to "}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// outdent removes the indentation that all lines share but the blank ones.
func outdent(lines []string) []string {
	least := indent(lines[0])
	for _, l := range lines {
		if l != "" {
			least = min(least, indent(l))
		}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l[min(least, len(l)):]
	}
	return out
}

// isFigure reports whether a block has a line of drawing or code, or mostly lines set in columns.
func isFigure(lines []string) bool {
	columns := 0
	for _, l := range lines {
		t := strings.TrimSpace(l)
		switch {
		case codeBegins.MatchString(t), strings.Contains(t, "+-"), strings.Contains(t, "-+"), strings.Contains(t, "::="), strings.HasPrefix(t, "|") && strings.HasSuffix(t, "|"),
			strings.Contains(t, "-->"), strings.Contains(t, "<--"), strings.Contains(t, "====="):
			return true
		case strings.Contains(t, "    "):
			columns++
		}
	}
	return columns*2 > len(lines)
}

// Bounds of a block that is a figure by its indentation alone: lines, and different indentations. An item of a list has two of these.
const minStaggered, minIndents = 5, 3

// isStaggered reports whether at least every second line of a block has another indentation than the line before it, as nested code and the
// fields of a packet in RFC 826 have. A list is not staggered, nor is a text that requires something.
func isStaggered(lines []string) bool {
	if len(lines) < minStaggered {
		return false
	}
	indents, changes := map[int]bool{}, 0
	for i, line := range lines {
		if first, _, more := strings.Cut(strings.TrimLeft(line, " "), " "); more && slices.Contains(bullets, first) {
			return false
		}
		indents[indent(line)] = true
		if i > 0 && indent(line) != indent(lines[i-1]) {
			changes++
		}
	}
	return len(indents) >= minIndents && 2*changes >= len(lines)-1 && !requirement.MatchString(strings.Join(lines, " "))
}

// Requirements returns the requirement words of a text in order. The paragraph that defines them has none, and the labels of
// requirements, such as MUST-1 in RFC 9293, are none.
func Requirements(text string) []string {
	var words []string
	for _, m := range requirement.FindAllStringIndex(text, -1) {
		if !label.MatchString(text[m[1]:]) {
			words = append(words, text[m[0]:m[1]])
		}
	}
	if len(words) > 0 && boilerplate.MatchString(text) {
		return nil
	}
	return words
}

// Statement is a sentence that requires, recommends or allows something.
type Statement struct {
	Text     string
	Strength string // must, must not, should, should not or may
}

// strengths lists the words of RFC 2119, the strongest first.
var strengths = []struct {
	strength string
	words    []string
}{
	{"must", []string{"MUST", "REQUIRED", "SHALL"}},
	{"must not", []string{"MUST NOT", "SHALL NOT"}},
	{"should", []string{"SHOULD", "RECOMMENDED"}},
	{"should not", []string{"SHOULD NOT", "NOT RECOMMENDED"}},
	{"may", []string{"MAY", "OPTIONAL"}},
}

// Statements returns the normative sentences of a paragraph; a figure has none.
func Statements(p Paragraph) []Statement {
	if p.Figure {
		return nil
	}
	var all []Statement
	for _, sentence := range sentences(p.Text) {
		words := Requirements(sentence)
		if len(words) == 0 || boilerplate.MatchString(p.Text) {
			continue
		}
		all = append(all, Statement{sentence, strength(words)})
	}
	return all
}

// strength returns the strength of the strongest of the requirement words.
func strength(words []string) string {
	for _, s := range strengths {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(s.words, w) }) {
			return s.strength
		}
	}
	return ""
}

// abbreviations end in a full stop that does not end a sentence.
var abbreviations = []string{"e.g.", "i.e.", "cf.", "etc.", "Sec.", "Fig.", "vs.", "al.", "No."}

// sentences splits a folded text after a full stop, question mark or exclamation mark before a capital letter or a digit.
func sentences(text string) []string {
	var all []string
	words := strings.Fields(text)
	from := 0
	for i, w := range words {
		end := strings.TrimRight(w, `)"'`)
		if end == "" || !strings.ContainsAny(end[len(end)-1:], ".!?") || i+1 == len(words) {
			continue
		}
		abbreviated := slices.ContainsFunc(abbreviations, func(a string) bool { return strings.HasSuffix(w, a) })
		next := []rune(strings.TrimLeft(words[i+1], `("'[`))
		if abbreviated || len(next) == 0 || !unicode.IsUpper(next[0]) && !unicode.IsDigit(next[0]) {
			continue
		}
		all = append(all, strings.Join(words[from:i+1], " "))
		from = i + 1
	}
	return append(all, strings.Join(words[from:], " "))
}
