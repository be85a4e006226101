// Package external reads series that others measured, to stand beside Tidemark's own and to be labelled as theirs:
// Google's share of users with IPv6, and monthly surveys of the sites of a country.
package external

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"tidemark/collectors/archive"
)

// maxLine bounds a line; those of the real files are under 120 bytes.
const maxLine = 4096

// line is a line with its number.
type line struct {
	n    int
	text string
}

// lines returns the lines of a file, at most max, without blank ones, and the first comment apart from them.
func lines(raw archive.Raw, max int) (all []line, comment string, err error) {
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
		case len(all) == max:
			return nil, "", fmt.Errorf("%s: line %d: more than %d lines, which no such table has", raw.ID(), n, max)
		}
		all = append(all, line{n, text})
	}
	if err := scan.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("the line is over %d bytes", maxLine)
		}
		return nil, "", fmt.Errorf("%s: line %d: %w", raw.ID(), n+1, err)
	}
	if len(all) == 0 {
		return nil, "", fmt.Errorf("%s: %w", raw.ID(), io.ErrUnexpectedEOF)
	}
	return all, comment, nil
}

// refused counts the lines that gave no figure, by reason, and keeps the places.
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
