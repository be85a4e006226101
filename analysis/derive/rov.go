package derive

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gaissmai/bart"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// vrp is a validated ROA payload at its prefix.
type vrp struct {
	asn       uint32
	maxLength uint32
}

// validator validates the origins of routes (RFC 6811). Payloads of one trust anchor say nothing of the prefixes of the
// others, so that a route which none of them matches has a state only if the anchor of its prefix's registry is at hand.
type validator struct {
	payloads bart.Table[[]vrp]
	anchors  map[string]time.Time // by regional registry, the day of the payloads of its trust anchor
	days     []*table.Manifest    // files with payloads that are used
	unread   map[string]string    // by registry, why its routes have no state
}

// readValidator reads payloads, oldest first: of each trust anchor those of the newest day that has any.
func readValidator(store *table.Store, files, exceptions []*table.Manifest) (*validator, error) {
	v := &validator{anchors: map[string]time.Time{}, unread: map[string]string{}}
	var filters []payloadFilter
	for row, err := range datasets.LocalExceptions.Scan(paths(store, exceptions)...) {
		if err != nil {
			return nil, err
		}
		if row.Object != "roa" {
			continue
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
	for len(files) > 0 && len(v.anchors) < len(regional) {
		day := files[len(files)-1].Day()
		from := slices.IndexFunc(files, func(m *table.Manifest) bool { return m.Day().Equal(day) })
		if err := v.readDay(store, files[from:], filters); err != nil {
			return nil, err
		}
		files = files[:from]
	}
	return v, nil
}

// readDay reads the payloads of a day whose trust anchors no newer day has.
func (v *validator) readDay(store *table.Store, files []*table.Manifest, filters []payloadFilter) error {
	newest := len(v.days) == 0
	registries := map[string]string{} // by the name of a trust anchor
	found := map[string]bool{}
	for _, m := range files {
		used := false
		for row, err := range datasets.ROAs.Scan(store.Path(m)) {
			if err != nil {
				return err
			}
			registry, known := registries[row.TrustAnchor]
			if !known {
				registry = anchorRegistry(row.TrustAnchor)
				registries[row.TrustAnchor] = registry
			}
			if _, have := v.anchors[registry]; have || registry == "" && !newest {
				continue
			}
			prefix, err := netip.ParsePrefix(row.Prefix)
			if err != nil {
				return err
			}
			used = true
			if registry != "" {
				found[registry] = true
			}
			if !slices.ContainsFunc(filters, func(f payloadFilter) bool { return f.matches(prefix, row.ASN) }) {
				v.add(prefix, vrp{row.ASN, row.MaxLength})
			}
		}
		if used {
			v.days = append(v.days, m)
		}
	}
	for registry := range found {
		v.anchors[registry] = files[0].Day()
	}
	return nil
}

// covers reports whether the payloads at hand tell all ROAs for the prefixes of a registry. If the registry is unknown, the
// payloads of all are needed.
func (v *validator) covers(registry string) bool {
	if registry == "" {
		return len(v.anchors) == len(regional)
	}
	_, have := v.anchors[registry]
	return have
}

// anchorNames returns the registries whose trust anchors are at hand: as the datasets name them, or as sentences do.
func (v *validator) anchorNames(inWords bool) (all []string) {
	for _, r := range regional {
		if _, have := v.anchors[r.key]; have && inWords {
			all = append(all, r.name)
		} else if have {
			all = append(all, r.key)
		}
	}
	return all
}

// whyUnknown says why a route of a registry's prefix has no state.
func (v *validator) whyUnknown(registry string) string {
	if text, known := v.unread[registry]; known {
		return text
	}
	scope := "whose trust anchors are not named"
	if names := v.anchorNames(true); len(names) > 0 {
		scope = strings.Join(names, ", ") + " only"
	}
	whose := "the registry that delegates the prefix is not known"
	if registry != "" {
		whose = "the prefix is " + registryName(registry) + "'s"
	}
	text := fmt.Sprintf("payloads of %s, %s; %s", days(v.days), scope, whose)
	v.unread[registry] = text
	return text
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

// validate returns the state of a (prefix, origin) and the payloads that decide it, the most specific first. registry is that
// which delegates the prefix, empty if it is not known; where its payloads are not at hand, only a valid route has a state.
func (v *validator) validate(prefix netip.Prefix, origin uint32, registry string) (state, reason string) {
	state, reason = v.match(prefix, origin)
	if state != "valid" && !v.covers(registry) {
		return "unknown", v.whyUnknown(registry)
	}
	return state, reason
}

// match returns the state by the payloads at hand (RFC 6811 section 2). Origin 0, which means an AS_SET or no origin, is never
// valid, and AS 0 in a payload matches no origin (RFC 6483 section 4).
func (v *validator) match(prefix netip.Prefix, origin uint32) (state, reason string) {
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
