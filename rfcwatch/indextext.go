package rfcwatch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tidemark/datasets"
	"tidemark/rfcwatch/text"
)

// maxEntry is the longest entry of the text form read, in bytes; real entries have less than 2 kB.
const maxEntry = 64 << 10

var (
	created    = regexp.MustCompile(`(?i)^\(?(?:created on: *)?(\d{1,2})/(\d{1,2})/((?:19|20)\d\d)\.?\)?$`)
	entryStart = regexp.MustCompile(`^ {0,4}(\d{1,5})\s+\S`)
	otherIndex = regexp.MustCompile(`^\W*(BCP|STD|FYI|IEN) INDEX\W*$`)
	listStart  = regexp.MustCompile(`^\W*RFC INDEX\W*$`)
)

// readText reads paragraphs that begin with a number. The entries follow the last heading "RFC INDEX"; the text before it
// is an explanation with examples.
func (x *index) readText(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 4096), maxEntry)
	var entry strings.Builder
	n, first := 0, 0
	flush := func() {
		if entry.Len() > 0 {
			x.seen++
			x.addText(entry.String(), fmt.Sprintf("line %d", first))
			entry.Reset()
		}
	}
	blank := true
	for lines.Scan() {
		n++
		line := strings.TrimRight(lines.Text(), " \t\r")
		if !utf8.ValidString(line) {
			line = latin1(line)
		}
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "":
			flush()
			blank = true
			continue
		case otherIndex.MatchString(trimmed):
			return fmt.Errorf("%s: line %d: this is the %s; the index of RFCs is called rfc-index.txt", x.raw.ID(), n, strings.TrimSpace(trimmed))
		case listStart.MatchString(trimmed):
			entry.Reset()
			x.rfcs, x.relations, x.seen = nil, nil, 0
			clear(x.rejected)
		case blank && entryStart.MatchString(line):
			flush()
			first = n
			entry.WriteString(trimmed)
		case entry.Len() > maxEntry:
			// A hostile file without blank lines: the rest of the entry is dropped.
		case entry.Len() > 0:
			if !text.BrokenAtHyphen(entry.String(), trimmed) {
				entry.WriteByte(' ')
			}
			entry.WriteString(trimmed)
		default:
			if m := created.FindStringSubmatch(trimmed); m != nil && x.stated.IsZero() {
				if t, err := time.Parse("1/2/2006", strings.TrimLeft(m[1], "0")+"/"+strings.TrimLeft(m[2], "0")+"/"+m[3]); err == nil {
					x.stated = t
				}
			}
		}
		blank = false
	}
	flush()
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("the line is longer than %d bytes", maxEntry)
		}
		x.damage(fmt.Errorf("%s: line %d: %w", x.raw.ID(), n+1, err))
	}
	return nil
}

// latin1 converts text from ISO 8859-1, in which the older indexes have names.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

var (
	// group matches the start of one of the parenthesised fields after an entry.
	group = regexp.MustCompile(`\((Format|Pages|Obsoletes|Obsoleted by|Updates|Updated by|Also|See Also|Status|DOI|Not online|FYI|STD|BCP|RTR)\b[ :=]*`)
	// date matches the end of the text before the fields: "October 2010.", "1 April 2021.", "April 1 1978.",
	// "Apr-07-1969.", "Oct. 1970."
	date = regexp.MustCompile(`(?:^|[. ])(?:(\d{1,2}) )?([A-Z][a-z]{2,8})\.?(?:[- ](\d{1,2})[- ]| )((?:19|20)\d\d)\.?$`)
	// oldEntry matches an entry of the layout of 1997: status, authors, "title", date.
	oldEntry = regexp.MustCompile(`^(\d{4})\s+(?:(S|DS|PS|BC|I|E|H)\s+)?(.*?),? *"(.*)",? *(?:(\d{2})/(\d{2})/(\d{4}))?\. *(\(.*)?$`)
)

// undatedEntry matches an entry of 1997 of which the list has authors and fields only: "R. Metcalfe, (Pages=2) (Format=)".
var undatedEntry = regexp.MustCompile(`^([^("]+), (\(Pages=.*)$`)

var oldStatuses = map[string]string{
	"S": "internet standard", "DS": "draft standard", "PS": "proposed standard", "BC": "best current practice", "I": "informational",
	"E": "experimental", "H": "historic",
}

// addText adds an entry of the text form; place says where it is, for messages.
func (x *index) addText(text, place string) {
	text = fold(text)
	digits, rest, _ := strings.Cut(text, " ")
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n == 0 {
		x.reject("malformed number", place, fmt.Errorf("invalid RFC number %.40q", digits))
		return
	}
	if m := oldEntry.FindStringSubmatch(text); m != nil {
		x.addOld(m)
		return
	}
	r := datasets.RFC{Number: uint32(n)}
	if strings.HasPrefix(rest, "Not Issued.") {
		r.NotIssued = true
		x.rfcs = append(x.rfcs, r)
		return
	}
	groups := group.FindAllStringSubmatchIndex(rest, -1)
	head, fields := rest, ""
	for _, g := range groups {
		before := strings.TrimSpace(rest[:g[0]])
		if date.MatchString(before) || g[0] == groups[len(groups)-1][0] {
			head, fields = before, rest[g[0]:]
			break
		}
	}
	m := date.FindStringSubmatchIndex(head)
	if undated := undatedEntry.FindStringSubmatch(rest); m == nil && undated != nil {
		x.noted["an entry without title and date"]++
		r.Authors = splitAuthors(undated[1])
		x.addFields(&r, undated[2])
		x.rfcs = append(x.rfcs, r)
		return
	}
	if m == nil {
		x.reject("entry without a date", place, fmt.Errorf("RFC %d: no date in %.80q", n, head))
		return
	}
	part := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return head[m[2*i]:m[2*i+1]]
	}
	r.Day, r.Month, r.Year = parseSmall(part(1)+part(3)), parseMonth(part(2)), parseSmall(part(4))
	r.Title, r.Authors = splitTitle(strings.TrimSpace(head[:m[0]]))
	x.addFields(&r, fields)
	x.rfcs = append(x.rfcs, r)
}

// addOld adds an entry of the layout of 1997; m is the match of oldEntry.
func (x *index) addOld(m []string) {
	n, _ := strconv.ParseUint(m[1], 10, 32) // four digits
	r := datasets.RFC{Number: uint32(n), Title: strings.TrimSuffix(m[4], ","), Status: oldStatuses[m[2]], Month: parseSmall(m[5]), Day: parseSmall(m[6]), Year: parseSmall(m[7])}
	if strings.EqualFold(r.Title, "Not Issued") {
		x.rfcs = append(x.rfcs, datasets.RFC{Number: r.Number, NotIssued: true})
		return
	}
	r.Authors = splitAuthors(m[3])
	x.addFields(&r, m[8])
	x.rfcs = append(x.rfcs, r)
}

// addFields adds the parenthesised fields to the document and its relations.
func (x *index) addFields(r *datasets.RFC, text string) {
	starts := group.FindAllStringSubmatchIndex(text, -1)
	for i, g := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		name, value := text[g[2]:g[3]], strings.TrimSpace(text[g[1]:end])
		value = strings.TrimSpace(strings.TrimSuffix(value, ")"))
		switch name {
		case "Format":
			for _, f := range strings.Split(strings.TrimSuffix(value, "bytes"), ",") {
				f, _, _ = strings.Cut(f, "=")
				if f = formatName(f); f != "" {
					r.Formats = append(r.Formats, f)
				}
			}
		case "Pages":
			if n, err := strconv.ParseInt(value, 10, 32); err == nil {
				r.Pages = &n
			}
		case "Status":
			r.Status = strings.ToLower(value)
		case "DOI":
			r.DOI = strings.ReplaceAll(value, " ", "")
		case "Obsoletes", "Updates":
			x.relate(r.Number, strings.ToLower(name), value)
		case "Obsoleted by", "Updated by", "See Also":
			x.relate(r.Number, strings.ReplaceAll(strings.ToLower(name), " ", "-"), value)
		case "Also":
			x.relate(r.Number, "is-also", value)
		case "FYI", "STD", "BCP", "RTR":
			x.relate(r.Number, "is-also", name+value)
		}
	}
}

var (
	// author matches one name of a list: initials (J., J-L., Y(J)., S P.) and a surname, or an organisation.
	author   = regexp.MustCompile(`^(?:(?:\p{Lu}\p{L}{0,3}|\p{Lu}(?:[- ]\p{Lu}|\(\p{Lu}\)))\.(?:[- ]?\p{Lu}\p{L}{0,2}\.)* ?(?:\p{L}[\p{L}'’´-]* )*|(?:van|von|de|der|den|ten|la|le) ?(?:\p{L}+ )*)?\p{L}(?:[\p{L}\p{M}\p{N}'’´&/() -]|\.\d)*(?:\.\p{L}+)?\.?$`)
	initials = regexp.MustCompile(`^(?:\p{Lu}\p{L}{0,3}|\p{Lu}(?:[- ]\p{Lu}|\(\p{Lu}\)))\.`)
)

// dotted is the one organisation whose name has a full stop: its six RFCs would end in a title "... Network Information Center".
const dotted = "Network Information Center. Stanford Research Institute"

// splitTitle splits "Title. A. Author, B. Author." into title and authors. Titles hold full stops too, so it splits at the
// first one that is followed by nothing but names; if none of the names has initials (organisations), at the last.
func splitTitle(s string) (string, []string) {
	s = strings.TrimSuffix(s, ".")
	if title, is := strings.CutSuffix(s, ". "+dotted); is {
		return title, []string{dotted}
	}
	last := -1
	for start := 0; ; {
		i := strings.Index(s[start:], ". ")
		if i < 0 {
			break
		}
		start += i + 2
		names := splitAuthors(s[start:])
		withInitials := false
		good := len(names) > 0
		for _, name := range names {
			bare, _, _ := strings.Cut(name, ",")
			good = good && author.MatchString(bare)
			withInitials = withInitials || initials.MatchString(bare)
		}
		if good && withInitials {
			return strings.TrimSuffix(s[:start-1], "."), names
		}
		if good {
			last = start
		}
	}
	if last < 0 {
		return s, nil
	}
	return strings.TrimSuffix(s[:last-1], "."), splitAuthors(s[last:])
}

// splitAuthors splits a list of names; "Ed.", "Jr." and the like belong to the name before.
func splitAuthors(s string) (names []string) {
	for _, name := range strings.Split(s, ",") {
		name = strings.TrimSpace(name)
		switch bare := strings.TrimSuffix(name, "."); {
		case name == "":
		case len(names) > 0 && (strings.EqualFold(bare, "Ed") || strings.EqualFold(bare, "Eds") || bare == "Jr" || bare == "Sr" || bare == "II" || bare == "III" || strings.EqualFold(bare, "Editor")):
			if bare == "Ed" || strings.EqualFold(bare, "Editor") {
				name = "Ed."
			}
			names[len(names)-1] += ", " + name
		default:
			names = append(names, name)
		}
	}
	return names
}
