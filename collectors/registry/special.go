package registry

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// SpecialPrefixes reads the IANA special-purpose address registries as CSV (RFC 6890, RFC 8190).
type SpecialPrefixes struct{ collectors.URLs }

// Name returns special-prefixes.
func (SpecialPrefixes) Name() string { return "special-prefixes" }

// Form is the first column's name.
func (SpecialPrefixes) Form() collectors.Form {
	return ianaForm(specialColumns[0])
}

var specialColumns = []string{"Address Block", "Name", "RFC", "Allocation Date", "Termination Date", "Source", "Destination", "Forwardable", "Globally Reachable", "Reserved-by-Protocol"}

var footnote = regexp.MustCompile(`\s*\[\d+\]`)

// Decode reads a registry. The file states no day: it comes from the source or is in the file's name.
func (SpecialPrefixes) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	day, err := dayOf(raw, time.Time{})
	if err != nil {
		return err
	}
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	lines := csv.NewReader(in)
	lines.FieldsPerRecord = -1
	header, err := lines.Read()
	if err != nil || len(header) < 1 || strings.TrimPrefix(header[0], "\ufeff") != specialColumns[0] {
		return fmt.Errorf("%s: line 1: the file is not a special-purpose registry (want a first column called %q)", raw.ID(), specialColumns[0])
	}
	column := map[string]int{}
	for i, name := range header {
		column[strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))] = i
	}
	for _, name := range specialColumns {
		if _, ok := column[name]; !ok {
			return fmt.Errorf("%s: line 1: column %q is missing", raw.ID(), name)
		}
	}
	out, err := datasets.SpecialPrefixes.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = "block"
	var rows []datasets.SpecialPrefix
	for {
		record, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			out.See(1)
			out.Reject("malformed line", 1)
			into.Damage(fmt.Errorf("%s: %w", raw.ID(), err)) // the error holds the line
			if _, malformed := err.(*csv.ParseError); !malformed {
				break // the stream itself is broken
			}
			continue
		}
		line, _ := lines.FieldPos(0)
		if len(record) < len(header) {
			out.See(1)
			out.Reject("malformed line", 1)
			into.Damage(fmt.Errorf("%s: line %d: %d fields instead of %d", raw.ID(), line, len(record), len(header)))
			continue
		}
		get := func(name string) string { return strings.TrimSpace(record[column[name]]) }
		truth := func(name string) string {
			switch v := strings.ToLower(footnote.ReplaceAllString(get(name), "")); v {
			case "true", "false":
				return v
			default:
				return "n/a"
			}
		}
		// One line may hold several blocks: "192.0.0.170/32, 192.0.0.171/32".
		for _, block := range strings.Split(get("Address Block"), ",") {
			out.See(1)
			prefix, err := netip.ParsePrefix(strings.TrimSpace(footnote.ReplaceAllString(block, "")))
			if err != nil {
				out.Reject("malformed prefix", 1)
				into.Damage(fmt.Errorf("%s: line %d: %w", raw.ID(), line, err))
				continue
			}
			out.Keep(1)
			row := datasets.SpecialPrefix{
				RegistryDate: day, Registry: "iana-ipv4-special", Family: 4, Prefix: prefix.Masked().String(), PrefixLength: uint32(prefix.Bits()),
				Name: get("Name"), Reference: strings.Join(strings.Fields(get("RFC")), " "), AllocationDate: get("Allocation Date"),
				Source: truth("Source"), Destination: truth("Destination"), Forwardable: truth("Forwardable"),
				GloballyReachable: truth("Globally Reachable"), ReservedByProtocol: truth("Reserved-by-Protocol"),
			}
			if prefix.Addr().Is6() {
				row.Registry, row.Family = "iana-ipv6-special", 6
			}
			if t := get("Termination Date"); t != "N/A" {
				row.TerminationDate = t
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return fmt.Errorf("%s: the registry holds no blocks", raw.ID())
	}
	slices.SortStableFunc(rows, func(a, b datasets.SpecialPrefix) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), netip.MustParsePrefix(a.Prefix).Addr().Compare(netip.MustParsePrefix(b.Prefix).Addr()), cmp.Compare(a.PrefixLength, b.PrefixLength))
	})
	return out.Append(rows...)
}
