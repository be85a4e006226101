package registry

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/internal/bounded"
)

// roaColumns are the places of the columns of a CSV of ROA payloads; -1: the file has none.
type roaColumns struct{ asn, prefix, maxLength, anchor, expires int }

// plainColumns are those of a file without a header.
var plainColumns = roaColumns{0, 1, 2, 3, -1}

// readHeader finds the columns by their names. ok is false if the line is not a header.
func readHeader(line []string) (c roaColumns, ok bool) {
	names := make([]string, len(line))
	for i, name := range line {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
	}
	find := func(known ...string) int {
		return slices.IndexFunc(names, func(name string) bool { return slices.Contains(known, name) })
	}
	c = roaColumns{
		asn: find("asn", "asid"), prefix: find("ip prefix", "prefix"), maxLength: find("max length", "max prefix length", "maxlength"),
		anchor: find("trust anchor", "ta", "tal"), expires: find("expires", "not after"),
	}
	return c, c.asn >= 0
}

// csv reads lines of ROA payloads.
func (r *rpkiReader) csv(in io.Reader) error {
	window := bounded.NewWindow(in, maxObject)
	lines := csv.NewReader(window)
	lines.FieldsPerRecord = -1
	lines.ReuseRecord = true
	columns := plainColumns
	for first := true; ; first = false {
		window.Slide(lines.InputOffset())
		record, err := lines.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			if _, malformed := err.(*csv.ParseError); !malformed {
				return r.truncated(fmt.Errorf("%s: %w", r.raw.ID(), err))
			}
			r.roas.add(r, "not CSV", err) // the error holds the line
			continue
		}
		if first {
			if found, is := readHeader(record); is {
				if columns = found; columns.prefix < 0 {
					return fmt.Errorf("%s: line 1: the file is not a list of ROA payloads: no column is called IP Prefix", r.raw.ID())
				}
				continue
			}
		}
		line, _ := lines.FieldPos(0)
		row, err := columns.row(record)
		if first && err != nil {
			return fmt.Errorf("%s: line 1: the file is not a list of ROA payloads: %w", r.raw.ID(), err)
		}
		r.roas.add(r, fmt.Sprintf("line %d", line), err, row)
	}
}

// row returns the row of a payload.
func (c roaColumns) row(record []string) (datasets.ROA, error) {
	get := func(i int) string {
		if i < 0 || i >= len(record) {
			return ""
		}
		return strings.TrimSpace(record[i])
	}
	var maxLength *int
	if n, err := strconv.Atoi(get(c.maxLength)); err == nil {
		maxLength = &n
	}
	anchor := get(c.anchor)
	if anchor == "True" || anchor == "False" || anchor == "N/A" { // whether RIPE's first validator knew it; a local exception
		anchor = ""
	}
	row, err := roa(get(c.asn), get(c.prefix), maxLength, strings.Clone(anchor))
	row.Expires = csvTime(get(c.expires))
	return row, err
}

// csvTime parses seconds since 1970, or a time as Routinator and RIPE's archive write it; nil if it is neither.
func csvTime(text string) *time.Time {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return secondsAt(seconds)
	}
	for _, layout := range []string{time.DateTime, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			t = t.UTC()
			return &t
		}
	}
	return nil
}
