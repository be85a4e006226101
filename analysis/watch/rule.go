package watch

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"tidemark/analysis/operator"
	"tidemark/internal/netaddr"
	"tidemark/internal/suggest"
)

// Rule says what is watched, and what is expected of it.
type Rule struct {
	Name string `toml:"name"`

	Prefixes   []string `toml:"prefixes"`   // with all that is inside them
	ASes       []uint32 `toml:"ases"`       // with whatever they originate
	Domains    []string `toml:"domains"`    // in A-labels
	RFCs       []int    `toml:"rfcs"`       //
	Drafts     []string `toml:"drafts"`     // by name, without the revision
	Groups     []string `toml:"groups"`     // working groups, whose drafts are watched
	Registries []string `toml:"registries"` // of IANA, by the name of the file
	Countries  []string `toml:"countries"`  // by the code that delegations give, with what the ASes registered there originate

	Origins       []uint32   `toml:"origins"`        // ASes that may originate the prefixes; empty: those that did
	Upstreams     []uint32   `toml:"upstreams"`      // ASes that may be beside the origin
	MoreSpecifics Lengths    `toml:"more_specifics"` // up to which routes inside the prefixes are expected
	Allowed       []string   `toml:"allowed"`        // prefixes inside the watched ones that are expected whatever their length
	Visibility    Visibility `toml:"visibility"`
	ROA           bool       `toml:"roa"`        // the routes of the prefixes are to be covered by ROAs
	MaxLength     Lengths    `toml:"max_length"` // the longest that ROAs of the prefixes, and inside them, may authorise
	ASPA          []uint32   `toml:"aspa"`       // providers that the ASPAs of the rule's ASes are to list, and no others

	Kinds    []string          `toml:"kinds"`    // empty: all that the rule can find
	Severity map[string]string `toml:"severity"` // by kind, where it is not the usual one

	watched map[netip.Prefix]bool // its prefixes, once it is checked
}

// Lengths are prefix lengths by family; 0: none.
type Lengths struct {
	IPv4 int `toml:"ipv4"`
	IPv6 int `toml:"ipv6"`
}

// of returns the length of a family.
func (l Lengths) of(family uint32) int {
	if family == 6 {
		return l.IPv6
	}
	return l.IPv4
}

// Visibility is the share of full feeds that should carry a watched prefix, by family; 0: nothing is expected.
type Visibility struct {
	IPv4 float64 `toml:"ipv4"`
	IPv6 float64 `toml:"ipv6"`
}

// Severities, the least first.
var Severities = []string{"info", "warning", "critical"}

// Check returns an error if the rule contradicts itself or could never find anything, with the reason.
func (r *Rule) Check() error {
	if r.Name == "" {
		return errors.New("the rule has no name")
	}
	if err := r.checkPrefixes(); err != nil {
		return err
	}
	for _, code := range r.Countries {
		if !operator.IsCountry(code) {
			return fmt.Errorf("countries: unknown code %q (want a code of ISO 3166 such as NL, or EU or AP)", code)
		}
	}
	switch {
	case len(r.Prefixes)+len(r.ASes)+len(r.Domains)+len(r.RFCs)+len(r.Drafts)+len(r.Groups)+len(r.Registries)+len(r.Countries) == 0:
		return errors.New("it watches nothing (want prefixes, ases, domains, rfcs, drafts, groups, registries or countries)")
	case slices.Contains(slices.Concat(r.ASes, r.Origins, r.Upstreams), 0):
		return errors.New("AS 0 announces nothing (RFC 7607)")
	case len(r.Prefixes) == 0 && len(r.Origins) > 0:
		return errors.New("origins are those of prefixes, and it watches none (to watch all that an AS originates, use ases)")
	case len(r.Prefixes) == 0 && (r.MoreSpecifics != Lengths{} || len(r.Allowed) > 0):
		return errors.New("more_specifics and allowed say what is expected inside prefixes, and it watches none")
	case len(r.Prefixes) == 0 && (r.ROA || r.MaxLength != Lengths{}):
		return errors.New("roa and max_length say what is expected of prefixes, and it watches none")
	case len(r.ASPA) > 0 && len(r.Origins)+len(r.ASes) == 0:
		return errors.New("aspa are the providers of an AS: name it in origins or ases")
	case slices.Contains(r.ASPA, 0) && len(r.ASPA) > 1:
		return errors.New("aspa: 0 says that an AS has no provider, so that no other can be listed")
	case len(r.Upstreams) > 0 && len(r.Origins)+len(r.ASes) == 0:
		return errors.New("upstreams are those of an AS: name it in origins or ases")
	}
	for _, kind := range r.Kinds {
		k := kindOf(kind)
		if k == nil {
			return fmt.Errorf("unknown kind %q%s", kind, suggest.Near(kind, KindNames()))
		}
		if why := k.never(r); why != "" {
			return fmt.Errorf("%s could never be raised: %s", kind, why)
		}
	}
	kinds := r.kinds()
	if len(kinds) == 0 {
		return errors.New("nothing could ever be raised by it")
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Severity)) {
		severity := r.Severity[kind]
		if !slices.ContainsFunc(kinds, func(k *Kind) bool { return k.Name == kind }) {
			return fmt.Errorf("severity of %q, which the rule does not raise%s", kind, suggest.Near(kind, names(kinds)))
		}
		if !slices.Contains(Severities, severity) {
			return fmt.Errorf("severity of %s: unknown %q%s", kind, severity, suggest.Near(severity, Severities))
		}
	}
	return nil
}

func (r *Rule) checkPrefixes() error {
	r.watched = map[netip.Prefix]bool{}
	families := map[uint32]bool{}
	for _, text := range r.Prefixes {
		p, err := operator.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("prefixes: %w", err)
		}
		if p.Bits() == 0 {
			return fmt.Errorf("prefixes: %s is every route of the family", text)
		}
		r.watched[p], families[netaddr.Family(p.Addr())] = true, true
	}
	for _, text := range r.Allowed {
		p, err := operator.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("allowed: %w", err)
		}
		if w, inside := r.covering(p); !inside || w == p {
			return fmt.Errorf("allowed: %s is not inside a watched prefix", text)
		}
	}
	for _, f := range []struct {
		family       uint32
		name         string
		length, most int
		authorised   int
		share        float64
	}{{4, "ipv4", r.MoreSpecifics.IPv4, 32, r.MaxLength.IPv4, r.Visibility.IPv4}, {6, "ipv6", r.MoreSpecifics.IPv6, 128, r.MaxLength.IPv6, r.Visibility.IPv6}} {
		switch {
		case f.authorised < 0 || f.authorised > f.most:
			return fmt.Errorf("max_length.%s: invalid length %d (want 1 to %d)", f.name, f.authorised, f.most)
		case f.authorised > 0 && !families[f.family]:
			return fmt.Errorf("max_length.%s: it watches no prefix of the family", f.name)
		case f.length < 0 || f.length > f.most:
			return fmt.Errorf("more_specifics.%s: invalid length %d (want 1 to %d)", f.name, f.length, f.most)
		case f.share < 0 || f.share > 1:
			return fmt.Errorf("visibility.%s: invalid share %g (want more than 0, at most 1)", f.name, f.share)
		case f.share > 0 && !families[f.family]:
			return fmt.Errorf("visibility.%s: it watches no prefix of the family", f.name)
		}
	}
	return nil
}

// prefixes returns the watched prefixes, the longest first. The rule was checked.
func (r *Rule) prefixes() []netip.Prefix {
	return slices.SortedFunc(maps.Keys(r.watched), func(a, b netip.Prefix) int {
		return cmp.Or(cmp.Compare(b.Bits(), a.Bits()), netaddr.ComparePrefixes(a, b))
	})
}

// covering returns the longest watched prefix that is or covers p. The rule was checked.
func (r *Rule) covering(p netip.Prefix) (covering netip.Prefix, ok bool) {
	for bits := p.Bits(); bits > 0; bits-- {
		if w := netip.PrefixFrom(p.Addr(), bits).Masked(); r.watched[w] {
			return w, true
		}
	}
	return netip.Prefix{}, false
}

// within reports whether p is w or inside it.
func within(p, w netip.Prefix) bool { return p.Bits() >= w.Bits() && w.Contains(p.Addr()) }

// expects reports whether a route inside a watched prefix is expected, whoever announces it.
func (r *Rule) expects(p netip.Prefix) bool {
	return p.Bits() <= r.MoreSpecifics.of(familyOf(p)) || slices.ContainsFunc(r.Allowed, func(text string) bool {
		allowed, err := operator.ParsePrefix(text)
		return err == nil && allowed == p
	})
}

// visibility returns the share of full feeds that should carry a watched prefix; 0: nothing is expected.
func (r *Rule) visibility(family uint32) float64 {
	if family == 6 {
		return r.Visibility.IPv6
	}
	return r.Visibility.IPv4
}

// kinds returns what the rule looks for, in the order of Kinds.
func (r *Rule) kinds() (all []*Kind) {
	for i := range Kinds {
		if k := &Kinds[i]; r.raises(k) {
			all = append(all, k)
		}
	}
	return all
}

// looksFor reports whether the rule looks for a kind.
func (r *Rule) looksFor(kind string) bool {
	k := kindOf(kind)
	return k != nil && r.raises(k)
}

// raises reports whether the rule asks for a kind, or for all, and could raise it.
func (r *Rule) raises(k *Kind) bool {
	return (len(r.Kinds) == 0 || slices.Contains(r.Kinds, k.Name)) && k.never(r) == ""
}

// own reports whether an AS is one of the rule's own.
func (r *Rule) own(asn uint32) bool {
	return slices.Contains(r.ASes, asn) || slices.Contains(r.Origins, asn)
}

// ownASes returns the rule's own ASes, ascending.
func (r *Rule) ownASes() []uint32 {
	all := slices.Concat(r.Origins, r.ASes)
	slices.Sort(all)
	return slices.Compact(all)
}
