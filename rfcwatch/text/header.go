package text

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Header is what the block before the title of an RFC or an Internet-Draft says (RFC 7322, section 4.1).
type Header struct {
	Group     string    // first line of the left column, for example V6OPS or Network Working Group
	Obsoletes []uint32  // RFC numbers, in the order of the header
	Updates   []uint32  // likewise
	Dated     time.Time // day of the document, the first of the month where no day is printed; zero: not printed
}

// maxHeaderLines is how many lines a header has at most. The longest real ones name some thirty authors.
const maxHeaderLines = 100

var (
	seriesLine = regexp.MustCompile(`(?i)^\s{0,3}(?:internet[- ]draft|request for comments)\b`)
	title      = regexp.MustCompile(`(?i)^\s*(?:abstract|status of this memo|<?draft-[a-z0-9-]+(?:\.txt)?>?)\s*$`)
	fieldLine  = regexp.MustCompile(`(?i)^ {0,3}([a-z][a-z -]{1,30}?)\s*:\s*(.*)$`)
	column     = regexp.MustCompile(`\s{2,}`)
	listed     = regexp.MustCompile(`(?i)^(?:and\s+)?(?:RFCs?[ -]?)?\d{1,7}(?:\s*(?:$|[,;&(]|and\b)|\s{2})`)
	listItem   = regexp.MustCompile(`(?i)^(?:(BCP|STD|FYI)[ -]?\d{1,7}|(RFCs?)?[ -]?0*(\d{1,7}))\b`)
	listJoin   = regexp.MustCompile(`(?i)^\s*(?:[,;&]\s*(?:and\s+|&\s*)?|and\s+)`)
	remark     = regexp.MustCompile(`^\s*\([^)]*\)?`)
	pending    = regexp.MustCompile(`(?i)(?:^|[,;&]|\band|\bRFCs?)\s*$`)
	dateLine   = regexp.MustCompile(`\b(?:(\d{1,2}) )?(January|February|March|April|May|June|July|August|September|October|November|December),? (?:(\d{1,2}), )?(\d{4})\b`)
)

// ParseHeader returns the header of a text; ok is false if the text does not begin with one. Nothing behind the title is read, so a
// sentence about another document is not taken for a relation.
func ParseHeader(document string) (h Header, ok bool) {
	block := headerBlock(document)
	for i := 0; i < len(block); i++ {
		line := block[i]
		if seriesLine.MatchString(line) {
			ok = true
		}
		left, right := columns(line)
		field := fieldLine.FindStringSubmatch(left)
		if field == nil {
			h.date(line)
			continue
		}
		name, value := strings.ToLower(field[1]), field[2]
		if name != "expires" && name != "expiration date" {
			h.date(line)
		} else {
			h.date(right)
		}
		if name != "obsoletes" && name != "updates" {
			continue
		}
		for i+1 < len(block) && pending.MatchString(remark.ReplaceAllString(value, "")) {
			more, beside := columns(block[i+1])
			more = strings.TrimSpace(more)
			if !listed.MatchString(more) {
				break
			}
			h.date(beside)
			value += " " + more
			i++
		}
		if name == "obsoletes" {
			h.Obsoletes = append(h.Obsoletes, listedRFCs(value)...)
		} else {
			h.Updates = append(h.Updates, listedRFCs(value)...)
		}
	}
	if len(block) > 0 {
		first, _ := columns(block[0])
		h.Group = strings.TrimSpace(first)
	}
	if !ok {
		return Header{}, false
	}
	return h, true
}

// headerBlock returns the lines before the title, without the blank ones. The title follows two blank lines, or one and a line that
// only what follows a header has.
func headerBlock(document string) (block []string) {
	document = strings.TrimLeft(strings.TrimPrefix(document, "\ufeff"), "\r\n\f\t ")
	blank := 0
	var t tabs
	for line := range strings.SplitSeq(document, "\n") {
		line = strings.TrimRight(t.expand(line), " \r\f")
		switch {
		case title.MatchString(line), len(block) == maxHeaderLines:
			return block
		case line != "":
			block, blank = append(block, line), 0
			continue
		}
		if blank++; blank == 2 && len(block) > 0 {
			return block
		}
	}
	return block
}

// minGap is the fewest spaces after the name of a field that mean that its value is on the next line.
const minGap = 12

// columns splits a line of a header at the gap between its columns. Two spaces within a list of numbers are no such gap.
func columns(line string) (left, right string) {
	from := len(line) - len(strings.TrimLeft(line, " "))
	if from > 30 {
		return "", line
	}
	if colon := strings.IndexByte(line[from:], ':'); colon >= 0 && colon < 32 { // spaces after the name of a field
		from += colon + 1
		value := strings.TrimLeft(line[from:], " ")
		if gap := len(line[from:]) - len(value); gap < minGap || listed.MatchString(value) {
			from += gap
		}
	}
	for _, gap := range column.FindAllStringIndex(line[from:], -1) {
		if rest := line[from+gap[1]:]; !listed.MatchString(rest) {
			return line[:from+gap[0]], rest
		}
	}
	return line, ""
}

// listedRFCs returns the numbers of RFCs at the start of the value of a field. It ends where the list does.
func listedRFCs(value string) (numbers []uint32) {
	for {
		m := listItem.FindStringSubmatch(value)
		if m == nil {
			return numbers
		}
		if m[1] == "" {
			n, _ := strconv.ParseUint(m[3], 10, 32) // at most seven digits
			if n > 0 {
				numbers = append(numbers, uint32(n))
			}
		}
		value = remark.ReplaceAllString(value[len(m[0]):], "")
		next := listJoin.FindString(value)
		rest := value[len(next):]
		if next == "" {
			rest = strings.TrimLeft(rest, " ")
			if !strings.HasPrefix(strings.ToUpper(rest), "RFC") {
				return numbers
			}
		}
		value = rest
	}
}

// date sets the day of the document if the text, a line of the header or its right column, has one.
func (h *Header) date(text string) {
	m := dateLine.FindStringSubmatch(text)
	if m == nil {
		return
	}
	day := m[1] + m[3]
	if day == "" {
		day = "1"
	}
	if at, err := time.Parse("2 January 2006", day+" "+m[2]+" "+m[4]); err == nil {
		h.Dated = at
	}
}
