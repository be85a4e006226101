package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// SLURM reads local exceptions to VRPs (RFC 8416). Filters and assertions about router keys and ASPAs are only counted.
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
	var rows []datasets.LocalException
	notes := map[string]int{}
	for _, part := range []struct {
		action, key string
		lists       map[string]json.RawMessage
	}{{"filter", "prefixFilters", file.Filters}, {"assert", "prefixAssertions", file.Assertions}} {
		for key, list := range part.lists {
			if key == part.key {
				continue
			}
			var others []json.RawMessage
			if err := json.Unmarshal(list, &others); err != nil {
				return fmt.Errorf("%s: invalid SLURM file: %s: %w", raw.ID(), key, err)
			}
			if len(others) > 0 {
				notes[fmt.Sprintf("entry of %.40q not used", key)] += len(others)
			}
		}
		var entries []slurmEntry
		if list, has := part.lists[part.key]; has {
			if err := json.Unmarshal(list, &entries); err != nil {
				return fmt.Errorf("%s: invalid SLURM file: %s: %w", raw.ID(), part.key, err)
			}
		}
		for i, e := range entries {
			row, err := e.row(part.action)
			if err != nil {
				return fmt.Errorf("%s: prefix %s number %d: %w; the whole file is refused (RFC 8416 section 3.1)", raw.ID(), part.action, i+1, err)
			}
			row.FileDate = day
			rows = append(rows, row)
		}
	}
	out, err := datasets.LocalExceptions.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "filter or assertion of prefixes"
	out.See(len(rows))
	out.Keep(len(rows))
	for what, n := range notes {
		out.Note(what, n)
	}
	return out.Append(rows...)
}

// row returns the entry as a row; action is filter or assert.
func (e *slurmEntry) row(action string) (datasets.LocalException, error) {
	r := datasets.LocalException{Action: action, Comment: e.Comment}
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
