package text

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Reference is an entry of a list of references.
type Reference struct {
	Label   string // without its brackets
	Kind    string // normative, informative or unstated
	Section string // number of the section that lists it
	Title   string // the first title in quotation marks; empty if there is none
	Text    string // the entry without its label, white space folded
	RFCs    []uint32
	Draft   string // name of the draft that it cites, without the revision; empty if it cites none
}

var (
	referenceHeading = regexp.MustCompile(`(?i)^(?:(?:non[- ]?normative|normative|informative|informational|other|external|additional|bibliographic|selected)\s+)*(?:references?|bibliography)(?:\s+and\s+(?:references?|bibliography|notes|citations))?[:.]?$`)
	notNormative     = regexp.MustCompile(`(?i)\b(?:non[- ]?normative|informative|informational)\b`)
	normative        = regexp.MustCompile(`(?i)\bnormative\b`)
	entryStart       = regexp.MustCompile(`^ *(?:\[([^\[\]]{1,80})\]|(\d{1,3})\.|\((\d{1,3})\))(?:\s+(\S.*))?$`)
	quotedTitle      = regexp.MustCompile(`["“](.+?)(?:["”][,.;]|[,.]["”]|["”]$|["”] ?\(|["”] )`)
	citedRFC         = regexp.MustCompile(`(?:^|[^/\w])RFC[ -]?0*(\d{1,5})\b`)
	citedDraft       = regexp.MustCompile(`\bdraft-[a-z0-9]+(?:-[a-z0-9]+)+`)
	revision         = regexp.MustCompile(`-\d\d$`)
	labelOfRFC       = regexp.MustCompile(`(?i)^RFC[ -]?0*(\d{1,5})$`)
	besideRFC        = regexp.MustCompile(`(?i)\b(?:obsoletes|obsoleted by|updates|updated by|replaces|replaced by|superseded by|see(?: also)?|errata for)\s*$`)
)

// references returns the entries of the lists of references, and the number of lines that they take. An entry begins with a label
// at the margin of its list, and lasts to the next one, over blank lines too.
func references(blocks []block) (all []Reference, lines int) {
	var entry []string // lines of the current entry
	var of Reference
	end := func() {
		if of.Label != "" {
			of.read(entry)
			all = append(all, of)
		}
		of, entry = Reference{}, nil
	}
	margin, section := -1, Section{}
	for _, b := range blocks {
		if here := (Section{Number: b.Section, Heading: b.Heading}); here != section {
			end()
			margin, section = -1, here
		}
		if !referenceHeading.MatchString(b.Heading) {
			continue
		}
		for _, line := range b.lines {
			m := entryStart.FindStringSubmatch(line)
			if m != nil && (margin < 0 || indent(line) <= margin+1) {
				end()
				if margin < 0 {
					margin = indent(line)
				}
				of = Reference{Label: fold(m[1] + m[2] + m[3]), Kind: kindOfList(b.Heading), Section: b.Section}
				line = m[4]
			}
			if of.Label != "" {
				entry = append(entry, line)
				lines++
			}
		}
	}
	end()
	return all, lines
}

// kindOfList returns which kind of references a section with the heading lists.
func kindOfList(heading string) string {
	switch {
	case notNormative.MatchString(heading):
		return "informative"
	case normative.MatchString(heading):
		return "normative"
	}
	return "unstated"
}

// read reads the text of the entry.
func (r *Reference) read(lines []string) {
	r.Text = joined(lines)
	if m := quotedTitle.FindStringSubmatch(r.Text); m != nil {
		r.Title = m[1]
	}
	if strings.HasPrefix(r.Text, "RFC Errata") { // of an RFC, which is not what is cited
		return
	}
	rest := quotedTitle.ReplaceAllString(r.Text, " , ")
	for _, m := range citedRFC.FindAllStringSubmatchIndex(rest, -1) {
		if !besideRFC.MatchString(strings.TrimRight(rest[:m[0]], " (")) {
			r.cite(rest[m[2]:m[3]])
		}
	}
	if draft := citedDraft.FindString(rest); draft != "" {
		r.Draft = revision.ReplaceAllString(draft, "")
	}
	if m := labelOfRFC.FindStringSubmatch(r.Label); m != nil && len(r.RFCs) == 0 && r.Draft == "" {
		r.cite(m[1])
	}
}

// cite adds an RFC by its number, once.
func (r *Reference) cite(digits string) {
	n, _ := strconv.ParseUint(digits, 10, 32) // at most five digits
	if number := uint32(n); number > 0 && !slices.Contains(r.RFCs, number) {
		r.RFCs = append(r.RFCs, number)
	}
}

// joined folds lines into one. A line that ends in a hyphen or within an address was broken there, where no space was.
func joined(lines []string) string {
	var b strings.Builder
	open := 0 // angle brackets
	for _, line := range lines {
		line = fold(line)
		if line == "" {
			continue
		}
		if s := b.String(); s != "" && !strings.HasSuffix(s, "-") && open == 0 {
			b.WriteByte(' ')
		}
		b.WriteString(line)
		open = max(0, open+strings.Count(line, "<")-strings.Count(line, ">"))
	}
	return b.String()
}
