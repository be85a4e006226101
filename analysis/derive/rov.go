package derive

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/gaissmai/bart"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// vrp is a validated ROA payload at its prefix.
type vrp struct {
	asn       uint32
	maxLength uint32
}

// validator validates the origins of routes (RFC 6811).
type validator struct {
	payloads bart.Table[[]vrp]
}

func readValidator(store *table.Store, files, exceptions []*table.Manifest) (*validator, error) {
	v := &validator{}
	var filters []payloadFilter
	for row, err := range datasets.LocalExceptions.Scan(paths(store, exceptions)...) {
		if err != nil {
			return nil, err
		}
		if row.Action == "filter" {
			f, err := parseFilter(row)
			if err != nil {
				return nil, err
			}
			filters = append(filters, f)
			continue
		}
		prefix, err := netip.ParsePrefix(row.Prefix)
		if err != nil || row.ASN == nil {
			return nil, fmt.Errorf("local assertion %q without a prefix or an AS: %w", row.Prefix, err)
		}
		v.add(prefix, vrp{uint32(*row.ASN), row.MaxLength})
	}
	for row, err := range datasets.ROAs.Scan(paths(store, files)...) {
		if err != nil {
			return nil, err
		}
		prefix, err := netip.ParsePrefix(row.Prefix)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(filters, func(f payloadFilter) bool { return f.matches(prefix, row.ASN) }) {
			v.add(prefix, vrp{row.ASN, row.MaxLength})
		}
	}
	return v, nil
}

// payloadFilter removes payloads (RFC 8416 section 3.3.1): those of the AS, those in the block, or those that meet both.
type payloadFilter struct {
	asn    *int64
	prefix netip.Prefix // invalid means any
}

func parseFilter(row datasets.LocalException) (f payloadFilter, err error) {
	f.asn = row.ASN
	if row.Prefix != "" {
		f.prefix, err = netip.ParsePrefix(row.Prefix)
	}
	return f, err
}

func (f *payloadFilter) matches(prefix netip.Prefix, asn uint32) bool {
	if f.asn != nil && *f.asn != int64(asn) {
		return false
	}
	return !f.prefix.IsValid() || f.prefix.Bits() <= prefix.Bits() && f.prefix.Contains(prefix.Addr())
}

func (v *validator) add(prefix netip.Prefix, p vrp) {
	v.payloads.Modify(prefix, func(have []vrp, _ bool) ([]vrp, bool) {
		if !slices.Contains(have, p) {
			have = append(have, p)
		}
		return have, false
	})
}

// maxReasons is how many payloads or AS numbers a reason names.
const maxReasons = 8

// validate returns the state of a (prefix, origin) and the payloads that decide it, the most specific first. Origin 0, which
// means an AS_SET or no origin, is never valid, and AS 0 in a payload matches no origin (RFC 6483 section 4).
func (v *validator) validate(prefix netip.Prefix, origin uint32) (state, reason string) {
	covered, sameAS := false, false
	var matched, covering []string
	for at, payloads := range v.payloads.Supernets(prefix) {
		for _, p := range payloads {
			covered = true
			text := fmt.Sprintf("%s-%d AS%d", at, p.maxLength, p.asn)
			if p.asn == origin && origin != 0 {
				if prefix.Bits() <= int(p.maxLength) {
					matched = append(matched, text)
					continue
				}
				sameAS = true
			}
			covering = append(covering, text)
		}
	}
	list := func(all []string) string { return strings.Join(all[:min(len(all), maxReasons)], " ") }
	switch {
	case !covered:
		return "not-found", ""
	case len(matched) > 0:
		return "valid", list(matched)
	case sameAS:
		return "invalid-length", list(covering)
	}
	return "invalid-origin", list(covering)
}
