// Package external reads series that others measured, to stand beside Tidemark's own and to be labelled as theirs:
// Google's share of users with IPv6, and monthly surveys of the sites of a country.
package external

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"tidemark/collectors/archive"
	"tidemark/internal/compression"
)

// maxLine bounds a line; those of the real files are under 120 bytes.
const maxLine = 4096

// line is a line with its number.
type line struct {
	n    int
	text string
}

// lines reads a raw file, at most so many lines. Blank ones are left out; the first comment comes apart.
func lines(raw archive.Raw, most int) (all []line, comment string, err error) {
	file, err := raw.Open()
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	inflated, err := compression.NewReader(file)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", raw.ID(), err)
	}
	defer inflated.Close()
	in := bufio.NewReader(inflated)
	if start, _ := in.Peek(64); bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(start)), []byte("<")) {
		return nil, "", fmt.Errorf("%s: byte 0: this is a web page, not a table; fetch it again", raw.ID())
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
		case len(all) == most:
			return nil, "", fmt.Errorf("%s: line %d: more than %d lines, which no such table has", raw.ID(), n, most)
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
