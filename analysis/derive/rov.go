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

// validator judges routes by RFC 6811.
type validator struct {
	payloads bart.Table[[]vrp]
}

func readValidator(store *table.Store, files []*table.Manifest) (*validator, error) {
	v := &validator{}
	for row, err := range datasets.ROAs.Scan(paths(store, files)...) {
		if err != nil {
			return nil, err
		}
		prefix, err := netip.ParsePrefix(row.Prefix)
		if err != nil {
			return nil, err
		}
		v.add(prefix, vrp{row.ASN, row.MaxLength})
	}
	return v, nil
}

func (v *validator) add(prefix netip.Prefix, p vrp) {
	v.payloads.Modify(prefix, func(have []vrp, _ bool) ([]vrp, bool) {
		if !slices.Contains(have, p) {
			have = append(have, p)
		}
		return have, false
	})
}

// maxReasons is how many payloads a state names.
const maxReasons = 8

// validate gives the state of (prefix, origin) and the payloads that decide, most specific first. Origin 0 (an AS_SET,
// or no origin) is never valid, and AS 0 in a payload matches no origin (RFC 6483 section 4).
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
