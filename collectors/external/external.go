// Package external reads IPv6 series that others measured, to be shown beside Tidemark's own and labelled as theirs:
// shares of users with IPv6 as Google, APNIC Labs and other publishers give them, and monthly surveys of the most visited sites of a
// country.
package external

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"tidemark/collectors/archive"
)

// maxLine is the longest line accepted, in bytes; real files have lines of less than 120.
const maxLine = 4096

// Units and the subset of the figures about users.
const (
	percentOfUsers    = "percent of users"
	percentOfRequests = "percent of requests"
	allUsers          = "all users"
)

// countryCode is what a country's code looks like (ISO 3166-1).
var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// plausible reports whether a day can be that of a figure about IPv6.
func plausible(day time.Time) bool { return day.Year() >= 1990 && day.Year() <= 2100 }

// line is a line of a file and its number, which starts at 1.
type line struct {
	n    int
	text string
}

// readLines returns the lines of a file without blank lines and comments, and its first comment. More than limit lines
// are an error.
func readLines(raw archive.Raw, limit int) (all []line, comment string, err error) {
	content, err := raw.Open()
	if err != nil {
		return nil, "", err
	}
	defer content.Close()
	in := bufio.NewReader(content)
	if _, err := raw.Start(in, "a table"); err != nil {
		return nil, "", err
	}
	scan := bufio.NewScanner(in)
	scan.Buffer(make([]byte, 0, maxLine), maxLine)
	n := 0
	for scan.Scan() {
		n++
		text := strings.TrimSpace(strings.TrimPrefix(scan.Text(), "\ufeff"))
		switch {
		case text == "":
			continue
		case text[0] == '#':
			if comment == "" {
				comment = text
			}
			continue
		case len(all) == limit:
			return nil, "", fmt.Errorf("%s: line %d: too many lines (at most %d are read)", raw.ID(), n, limit)
		}
		all = append(all, line{n, text})
	}
	if err := scan.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("the line is longer than %d bytes", maxLine)
		}
		return nil, "", fmt.Errorf("%s: line %d: %w", raw.ID(), n+1, err)
	}
	if len(all) == 0 {
		return nil, "", fmt.Errorf("%s: %w", raw.ID(), io.ErrUnexpectedEOF)
	}
	return all, comment, nil
}

// refused counts the rejected lines by reason and records where they are.
type refused struct {
	raw     archive.Raw
	reasons map[string]int
	places  []error
}

func (r *refused) add(l line, reason string) {
	if r.reasons == nil {
		r.reasons = map[string]int{}
	}
	r.reasons[reason]++
	r.places = append(r.places, fmt.Errorf("%s: line %d: %s: %.60q", r.raw.ID(), l.n, reason, l.text))
}
