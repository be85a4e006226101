// Package text takes the plain texts of RFCs and drafts apart: paragraphs without page breaks, requirement words
// (RFC 2119, RFC 8174), normative sentences, and the differences between two documents.
package text

import (
	"regexp"
	"strings"
	"unicode"
)

// Paragraph is a paragraph of a document.
type Paragraph struct {
	Section string // number, such as 3.1 or A.2; empty where the section has none
	Heading string // of the section
	Text    string // white space folded, but for a figure
	Figure  bool   // a figure, table or code, whose lines are kept
}

var (
	footer      = regexp.MustCompile(`\[Page \d+\]\s*$`)
	header      = regexp.MustCompile(`^(?:RFC \d+|Internet-Draft)\s{2,}.*\s{2,}.*\d{4}\s*$`)
	numbered    = regexp.MustCompile(`^((?:\d+|[A-Z])(?:\.\d+)*)\.?\s+(\S.*)$`)
	appendix    = regexp.MustCompile(`^Appendix ([A-Z])\.?\s+(\S.*)$`)
	unnumbered  = regexp.MustCompile(`^[A-Z][A-Za-z' -]{3,60}$`)
	contents    = regexp.MustCompile(`(?i)^table of contents$`)
	requirement = regexp.MustCompile(`\b(?:MUST NOT|MUST|REQUIRED|SHALL NOT|SHALL|SHOULD NOT|SHOULD|NOT RECOMMENDED|RECOMMENDED|MAY|OPTIONAL)\b`)
	boilerplate = regexp.MustCompile(`(?i)^the key words\b.*\binterpreted\b`)
	dotLeader   = regexp.MustCompile(`(?:\. ?){4,}\s*\d*\s*$`)
)

// Paragraphs parts a document at blank lines. Page headers and footers go, a paragraph that a page break parted becomes
// one again, and the table of contents is left out.
func Paragraphs(document string) []Paragraph {
	var (
		all              []Paragraph
		section, heading string
		skipping         bool // the table of contents
		lines            []string
	)
	flush := func() {
		block := lines
		lines = nil
		if len(block) == 0 {
			return
		}
		if len(block) <= 2 {
			if number, title, is := headingOf(strings.Join(block, " "), block[0]); is {
				section, heading = number, title
				skipping = contents.MatchString(title)
				return
			}
		}
		if skipping {
			return
		}
		p := Paragraph{Section: section, Heading: heading, Figure: isFigure(block)}
		if p.Figure {
			p.Text = strings.Join(outdent(block), "\n")
		} else {
			p.Text = fold(strings.Join(block, "\n"))
		}
		all = append(all, p)
	}
	for _, line := range withoutPages(document) {
		if line == "" {
			flush()
		} else {
			lines = append(lines, line)
		}
	}
	flush()
	return all
}

// headingOf tells whether a block is a heading; the first line of one is not indented.
func headingOf(block, first string) (number, title string, is bool) {
	if first[0] == ' ' || len(block) > 160 || dotLeader.MatchString(block) {
		return "", "", false
	}
	block = fold(block)
	if m := appendix.FindStringSubmatch(block); m != nil {
		return m[1], m[2], true
	}
	if m := numbered.FindStringSubmatch(block); m != nil {
		return m[1], m[2], true
	}
	return "", block, unnumbered.MatchString(block)
}

// withoutPages gives the lines without page headers, footers and the blank lines around them; a blank line stays where
// one paragraph ended before the break.
func withoutPages(document string) []string {
	document = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(document)
	var out []string
	breaking, headed := false, false // at a page break; its header has been seen
	var last string                  // the last line with text before the break
	blanks := 0                      // in a break, behind the header
	for line := range strings.SplitSeq(document, "\n") {
		line = strings.TrimRight(strings.ToValidUTF8(line, "\ufffd"), " \t")
		if feed := strings.ContainsRune(line, '\f'); feed || footer.MatchString(line) {
			if !breaking {
				for len(out) > 0 && out[len(out)-1] == "" {
					out = out[:len(out)-1]
				}
				breaking, headed, blanks = true, false, 0
				if len(out) > 0 {
					last = out[len(out)-1]
				}
			}
			if line = strings.TrimSpace(strings.ReplaceAll(line, "\f", "")); line == "" || footer.MatchString(line) || header.MatchString(line) {
				continue
			}
		}
		if !breaking {
			if len(out) == 0 && (line == "" || header.MatchString(line)) {
				continue // the running head of the first page
			}
			out = append(out, line)
			continue
		}
		switch {
		case line == "":
			if headed {
				blanks++
			}
			continue
		case !headed && header.MatchString(line):
			headed = true
			continue
		}
		breaking = false
		if !continues(last, line) {
			out = append(out, "")
		}
		out = append(out, line)
	}
	return out
}

// continues tells whether a line behind a page break goes on with the paragraph before it: that had not come to its end,
// and the line is indented alike and begins as no new paragraph would.
func continues(before, line string) bool {
	if before == "" || strings.ContainsAny(before[len(before)-1:], ".:;?!") || indent(before) == 0 || indent(line) == 0 {
		return false
	}
	first := []rune(strings.TrimLeft(line, " "))[0]
	return indent(before) == indent(line) && (unicode.IsLower(first) || first == '[' || first == '(' || unicode.IsDigit(first) || len(before) > 60)
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// outdent takes the common indentation away.
func outdent(lines []string) []string {
	least := indent(lines[0])
	for _, l := range lines {
		least = min(least, indent(l))
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l[least:]
	}
	return out
}

// isFigure looks for lines that are drawn, or set in columns.
func isFigure(lines []string) bool {
	drawn := 0
	for _, l := range lines {
		t := strings.TrimSpace(l)
		switch {
		case strings.Contains(t, "+-"), strings.Contains(t, "-+"), strings.Contains(t, "::="), strings.HasPrefix(t, "|") && strings.HasSuffix(t, "|"),
			strings.Contains(t, "-->"), strings.Contains(t, "<--"), strings.Contains(t, "====="):
			return true
		case strings.Contains(t, "    "):
			drawn++
		}
	}
	return drawn*2 > len(lines)
}

// Requirements are the requirement words of a text in their order. The paragraph that defines them has none.
func Requirements(text string) []string {
	if boilerplate.MatchString(text) {
		return nil
	}
	return requirement.FindAllString(text, -1)
}

// Statement is a sentence that requires, recommends or allows something.
type Statement struct {
	Text     string
	Strength string // must, should or may, or with not
}

// strengths are the words of RFC 2119 in the order of their force.
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

// Statements are the normative sentences of a paragraph; a figure has none.
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

func strength(words []string) string {
	for _, s := range strengths {
		for _, w := range words {
			for _, of := range s.words {
				if w == of {
					return s.strength
				}
			}
		}
	}
	return ""
}

// abbreviations end in a full stop that ends no sentence.
var abbreviations = []string{"e.g.", "i.e.", "cf.", "etc.", "Sec.", "Fig.", "vs.", "al.", "No."}

// sentences parts a folded text where a full stop stands before a capital.
func sentences(text string) []string {
	var all []string
	words := strings.Fields(text)
	from := 0
	for i, w := range words {
		end := strings.TrimRight(w, `)"'`)
		if end == "" || !strings.ContainsAny(end[len(end)-1:], ".!?") || i+1 == len(words) {
			continue
		}
		abbreviated := false
		for _, a := range abbreviations {
			abbreviated = abbreviated || strings.HasSuffix(w, a)
		}
		next := []rune(strings.TrimLeft(words[i+1], `("'[`))
		if abbreviated || len(next) == 0 || !unicode.IsUpper(next[0]) && !unicode.IsDigit(next[0]) {
			continue
		}
		all = append(all, strings.Join(words[from:i+1], " "))
		from = i + 1
	}
	return append(all, strings.Join(words[from:], " "))
}
