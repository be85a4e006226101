package registry

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// ASNumbers reads IANA's registry of AS numbers, as XML or CSV.
type ASNumbers struct{ collectors.URLs }

// Name returns as-numbers.
func (ASNumbers) Name() string { return "as-numbers" }

// Form is IANA's.
func (ASNumbers) Form() collectors.Form { return ianaForm("Number") }

// Decode reads a registry. The XML form states its day; the CSV form needs a day from the source or in its name.
func (ASNumbers) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	return decodeIANA(raw, into, datasets.ASBlocks, "Number", "range", asBlock, func(row *datasets.ASBlock, day time.Time) { row.RegistryDate = day })
}

// asBlock returns the row of a record, and errPointer for the record that points to the other table.
func asBlock(r record) (row datasets.ASBlock, err error) {
	if strings.HasPrefix(r.get("description"), "See ") {
		return row, errPointer // in the table of 32-bit numbers, the record for all 16-bit numbers
	}
	text := footnote.ReplaceAllString(r.get("number"), "")
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, err1 := strconv.ParseUint(first, 10, 32)
	to, err2 := strconv.ParseUint(last, 10, 32)
	if err1 != nil || err2 != nil || to < from {
		return row, fmt.Errorf("AS numbers %q", text)
	}
	row = datasets.ASBlock{First: uint32(from), Last: uint32(to), Description: r.get("description"), Assigned: r.get("date", "registration date"), Reference: r.get("reference")}
	switch lower := strings.ToLower(row.Description); {
	case strings.HasPrefix(lower, "assigned by"), strings.HasPrefix(lower, "allocated to"):
		row.Status = "assigned"
	case strings.HasPrefix(lower, "unallocated"), lower == "reserved by the iana": // held for later assignment
		row.Status = "unallocated"
	default: // reserved, AS_TRANS, AS 112, documentation, private use
		row.Status = "reserved"
		if row.First == 112 && row.Last == 112 {
			row.Status = "assigned" // the one reserved number seen in public routes (RFC 7534)
		}
	}
	return row, nil
}
