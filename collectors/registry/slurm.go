package registry

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// SLURM reads local exceptions to VRPs (RFC 8416) and to ASPAs (draft-ietf-sidrops-aspa-slurm). Filters and assertions about router
// keys are only counted.
type SLURM struct{ collectors.URLs }

// Name returns slurm.
func (SLURM) Name() string { return "slurm" }

// Form is JSON. A file without an exception is possible.
func (SLURM) Form() collectors.Form {
	return collectors.Form{Bytes: 16 << 20, Inflated: 64 << 20, Like: "{", Begins: collectors.Starting("{")}
}

type slurmFile struct {
	Version    int                        `json:"slurmVersion"`
	Filters    map[string]json.RawMessage `json:"validationOutputFilters"`
	Assertions map[string]json.RawMessage `json:"locallyAddedAssertions"`
}

type slurmEntry struct {
	ASN       *uint32 `json:"asn"`
	Prefix    string  `json:"prefix"`
	MaxLength *int    `json:"maxPrefixLength"`
	Comment   string  `json:"comment"`
}

// Decode reads a file. A file with any mistake is an error, as RFC 8416 section 3.1 requires.
func (SLURM) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	var file slurmFile
	if err := json.NewDecoder(in).Decode(&file); err != nil {
		return fmt.Errorf("%s: invalid SLURM file: %w", raw.ID(), err)
	}
	if file.Version != 1 && file.Version != 2 {
		return fmt.Errorf("%s: slurmVersion is %d, not 1 or 2", raw.ID(), file.Version)
	}
	day, err := dayOf(raw, raw.Day)
	if err != nil {
		return err
	}
	rows, notes, err := file.rows()
	if err != nil {
		return fmt.Errorf("%s: %w", raw.ID(), err)
	}
	for i := range rows {
		rows[i].FileDate = day
	}
	out, err := datasets.LocalExceptions.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "filter or assertion"
	out.See(len(rows))
	out.Keep(len(rows))
	for what, n := range notes {
		out.Note(what, n)
	}
	return out.Append(rows...)
}

// rows returns the exceptions to payloads and ASPAs, and how many others there are, by kind.
func (f *slurmFile) rows() (rows []datasets.LocalException, notes map[string]int, err error) {
	notes = map[string]int{}
	for _, part := range []struct {
		action, prefixes, aspas string
		lists                   map[string]json.RawMessage
	}{{"filter", "prefixFilters", "aspaFilters", f.Filters}, {"assert", "prefixAssertions", "aspaAssertions", f.Assertions}} {
		for _, key := range slices.Sorted(maps.Keys(part.lists)) {
			list := part.lists[key]
			var found []datasets.LocalException
			switch key {
			case part.prefixes:
				found, err = readExceptions(list, func(e *slurmEntry) ([]datasets.LocalException, error) { return one(e.row(part.action)) })
			case part.aspas:
				found, err = readExceptions(list, func(e *slurmASPA) ([]datasets.LocalException, error) { return e.rows(part.action) })
			default:
				var others []json.RawMessage
				if err = json.Unmarshal(list, &others); err == nil && len(others) > 0 {
					notes[fmt.Sprintf("entry of %.40q not used", key)] += len(others)
				}
			}
			if err != nil {
				return nil, nil, fmt.Errorf("invalid SLURM file: %s: %w; the whole file is refused (RFC 8416 section 3.1)", key, err)
			}
			rows = append(rows, found...)
		}
	}
	return rows, notes, nil
}

// readExceptions reads a list of filters or assertions; rows returns the rows of one.
func readExceptions[Entry any](list json.RawMessage, rows func(*Entry) ([]datasets.LocalException, error)) (all []datasets.LocalException, err error) {
	var entries []Entry
	if err := json.Unmarshal(list, &entries); err != nil {
		return nil, err
	}
	for i := range entries {
		found, err := rows(&entries[i])
		if err != nil {
			return nil, fmt.Errorf("number %d: %w", i+1, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// slurmASPA is a filter or an assertion of ASPAs. The customer has another name in filters of some files.
type slurmASPA struct {
	Customer   *uint32  `json:"customerAsn"`
	CustomerID *uint32  `json:"customerAsid"`
	Providers  []uint32 `json:"providerAsns"`
	Comment    string   `json:"comment"`
}

// rows returns the entry as rows, an assertion as one for each provider; action is filter or assert.
func (e *slurmASPA) rows(action string) (rows []datasets.LocalException, err error) {
	customer := cmp.Or(e.Customer, e.CustomerID)
	if customer == nil {
		return nil, errors.New("customerAsn is missing")
	}
	asn := int64(*customer)
	row := datasets.LocalException{Object: "aspa", Action: action, ASN: &asn, Comment: e.Comment}
	if action == "filter" {
		return []datasets.LocalException{row}, nil
	}
	for _, provider := range e.Providers {
		number := int64(provider)
		row.Provider = &number
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, errors.New("providerAsns is missing")
	}
	return rows, nil
}

// row returns the entry as a row; action is filter or assert.
func (e *slurmEntry) row(action string) (datasets.LocalException, error) {
	r := datasets.LocalException{Object: "roa", Action: action, Comment: e.Comment}
	if e.ASN != nil {
		n := int64(*e.ASN)
		r.ASN = &n
	}
	if e.Prefix == "" {
		if action == "assert" || e.ASN == nil {
			return r, errors.New("prefix is missing")
		}
		return r, nil
	}
	prefix, err := netip.ParsePrefix(e.Prefix)
	if err != nil {
		return r, err
	}
	if prefix != prefix.Masked() {
		return r, fmt.Errorf("invalid prefix %s (want %s)", e.Prefix, prefix.Masked())
	}
	r.Prefix, r.PrefixLength = prefix.String(), uint32(prefix.Bits())
	if action == "filter" {
		return r, nil
	}
	if e.ASN == nil {
		return r, errors.New("asn is missing")
	}
	r.MaxLength = r.PrefixLength
	if e.MaxLength != nil {
		if *e.MaxLength < prefix.Bits() || *e.MaxLength > prefix.Addr().BitLen() {
			return r, fmt.Errorf("maxPrefixLength %d does not fit %s", *e.MaxLength, prefix)
		}
		r.MaxLength = uint32(*e.MaxLength)
	}
	return r, nil
}
