// Package registry reads what registries publish: IANA's registries of special-purpose prefixes, of address space, of
// AS numbers and of code points, the RIRs' delegation statistics and transfer logs, VRPs and local exceptions to them, IRR route
// objects, names and organisations of ASes, and bogon lists.
package registry

import (
	"bufio"
	"regexp"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"tidemark/collectors/archive"
)

// open returns the content of a file and a function that closes it. An empty file or a web page is an error.
func open(raw archive.Raw) (*bufio.Reader, func(), error) {
	content, err := raw.Open()
	if err != nil {
		return nil, nil, err
	}
	in := bufio.NewReaderSize(content, 64<<10)
	if _, err := raw.Start(in, "a registry file"); err != nil {
		content.Close()
		return nil, nil, err
	}
	return in, func() { content.Close() }, nil
}

var monthInName = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)-?(0[1-9]|1[0-2])(?:\D|$)`)

// dayOf returns the day that a file describes, as raw.DayOf does; if the name holds only a month, its last day.
func dayOf(raw archive.Raw, stated time.Time) (time.Time, error) {
	day, err := raw.DayOf(stated)
	if err == nil {
		return day, nil
	}
	m := monthInName.FindStringSubmatch(raw.Name)
	if m == nil {
		return day, err
	}
	month, err := time.Parse("200601", m[1]+m[2])
	return month.AddDate(0, 1, -1), err
}

// toUTF8 returns text that is not UTF-8 as if it were ISO 8859-1, in which registries wrote names before.
func toUTF8(text string) string {
	if !utf8.ValidString(text) {
		text, _ = charmap.ISO8859_1.NewDecoder().String(text) // which has a character for each byte
	}
	return text
}
