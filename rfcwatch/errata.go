package rfcwatch

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Errata is the kind of snapshots of the RFC Editor's errata.json.
type Errata struct{ collectors.URLs }

// Name returns rfc-errata.
func (Errata) Name() string { return "rfc-errata" }

// Form is that of errata.json, which has 12 MB.
func (Errata) Form() collectors.Form {
	return collectors.Form{Bytes: 256 << 20, Inflated: 256 << 20, Filled: true, Like: "[", Begins: collectors.Starting("[")}
}

// loose is a text of errata.json. Newer files have null where older ones have empty strings, and those of 2021 and 2022 have
// sections such as 4.1 as numbers.
type loose string

// UnmarshalJSON reads a string, a number as it is written, or null.
func (l *loose) UnmarshalJSON(b []byte) error {
	var number json.Number
	if err := json.Unmarshal(b, &number); err == nil && len(b) > 0 && b[0] != '"' {
		*l = loose(number)
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*l = loose(text)
	return nil
}

// erratum is a record of errata.json.
type erratum struct {
	ID        json.RawMessage `json:"errata_id"` // a string, or a number
	DocID     string          `json:"doc-id"`
	Status    string          `json:"errata_status_code"`
	Type      string          `json:"errata_type_code"`
	Section   loose           `json:"section"`
	Original  loose           `json:"orig_text"`
	Corrected loose           `json:"correct_text"`
	Notes     loose           `json:"notes"`
	Submitted loose           `json:"submit_date"`
	Submitter loose           `json:"submitter_name"`
	Verifier  loose           `json:"verifier_name"`
	Updated   loose           `json:"update_date"`
}

// Decode reads the array record by record: damage loses only the records after it.
func (Errata) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	in, err := raw.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	l := errataList{raw: raw, damage: into.Damage, rejected: map[string]int{}}
	if err := l.read(in); err != nil {
		return err
	}
	return l.write(into)
}

// errataList is errata.json while it is read.
type errataList struct {
	raw      archive.Raw
	damage   func(error)
	errata   []datasets.RFCErratum
	seen     int
	rejected map[string]int
	untimed  int // without a day of submission
}

// read reads the records.
func (l *errataList) read(in io.Reader) error {
	d := json.NewDecoder(bufio.NewReaderSize(in, 64<<10))
	if start, err := d.Token(); err != nil || start != json.Delim('[') {
		return fmt.Errorf("%s: byte 0: the file is not an array of errata; fetch it again", l.raw.ID())
	}
	for d.More() {
		offset := d.InputOffset()
		var e erratum
		if err := d.Decode(&e); err != nil {
			var shape *json.UnmarshalTypeError
			wrongType := errors.As(err, &shape) // of a field; the record itself was read to its end
			err = fmt.Errorf("%s: byte %d: %w", l.raw.ID(), offset, err)
			if wrongType {
				l.seen++
				l.rejected["a field of another type"]++
				l.damage(err)
				continue
			}
			if len(l.errata) == 0 {
				return err
			}
			l.damage(err)
			break
		}
		l.seen++
		row, err := e.row()
		if err != nil {
			l.rejected["malformed record"]++
			l.damage(fmt.Errorf("%s: byte %d: %w", l.raw.ID(), offset, err))
			continue
		}
		if row.Submitted == nil {
			l.untimed++
		}
		l.errata = append(l.errata, row)
	}
	if len(l.errata) == 0 {
		return fmt.Errorf("%s: the file holds no errata", l.raw.ID())
	}
	return nil
}

// write commits the errata.
func (l *errataList) write(into *table.Commit) error {
	raw, errata := l.raw, l.errata
	day, err := raw.DayOf(time.Time{})
	if err != nil {
		return err
	}
	slices.SortStableFunc(errata, func(a, b datasets.RFCErratum) int { return cmp.Compare(a.ID, b.ID) })
	kept := errata[:0]
	for i, e := range errata {
		if i+1 < len(errata) && errata[i+1].ID == e.ID {
			l.rejected["number stands twice, the later record is kept"]++
			continue
		}
		e.SnapshotDate = day
		if e.Submitted != nil && e.Submitted.After(day.AddDate(0, 0, 1)) { // one record says 9999
			e.Submitted = nil
			l.untimed++
		}
		kept = append(kept, e)
	}
	out, err := datasets.RFCErrata.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "erratum"
	out.See(l.seen)
	out.Keep(len(kept))
	for reason, n := range l.rejected {
		out.Reject(reason, n)
	}
	if l.untimed > 0 {
		out.Note("without a day of submission", l.untimed)
	}
	return out.Append(kept...)
}

// errataStatuses maps the status codes to the words of the dataset.
var errataStatuses = map[string]string{
	"reported": "reported", "verified": "verified", "held for document update": "held", "rejected": "rejected",
}

// row returns the record as a row.
func (e *erratum) row() (datasets.RFCErratum, error) {
	id, err := strconv.ParseUint(strings.Trim(string(e.ID), `" `), 10, 32)
	if err != nil {
		return datasets.RFCErratum{}, fmt.Errorf("invalid errata_id %s (want a number)", e.ID)
	}
	number, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(e.DocID)), "RFC"), 10, 32)
	if err != nil {
		return datasets.RFCErratum{}, fmt.Errorf("erratum %d: invalid doc-id %q (want for example RFC6052)", id, e.DocID)
	}
	status, known := errataStatuses[strings.ToLower(fold(e.Status))]
	if !known {
		status = strings.ToLower(fold(e.Status))
	}
	text := func(s loose) string { return strings.TrimRight(strings.ReplaceAll(string(s), "\r\n", "\n"), "\n ") }
	r := datasets.RFCErratum{
		ID: uint32(id), Number: uint32(number), Status: status, Type: strings.ToLower(fold(e.Type)), Section: fold(text(e.Section)),
		Original: text(e.Original), Corrected: text(e.Corrected), Notes: text(e.Notes), Submitter: fold(html.UnescapeString(text(e.Submitter))),
		Verifier: fold(html.UnescapeString(text(e.Verifier))),
	}
	if day, err := time.Parse(time.DateOnly, text(e.Submitted)); err == nil && day.Year() > 1968 {
		r.Submitted = &day
	}
	if at, err := time.Parse(time.DateTime, text(e.Updated)); err == nil && at.Year() > 1968 {
		r.Updated = &at
	}
	return r, nil
}
