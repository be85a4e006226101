package derive

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gaissmai/bart"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// bogons finds routes that should not be public on a day, by the registries nearest before it.
type bogons struct {
	day     time.Time
	special bart.Table[datasets.SpecialPrefix]
	have    map[uint32]bool // families with a special-purpose registry at or before the day
	// late has the families whose special-purpose registry is younger than the day: a line with an earlier allocation still
	// proves a bogon, but a missing line proves nothing.
	late       map[uint32]bool
	blocks     bart.Table[datasets.AddressBlock] // of IANA
	haveBlocks map[uint32]bool
	listed     bart.Table[datasets.BogonPrefix]
	numbers    []datasets.ASBlock
	delegated  *delegated
}

func readBogons(store *table.Store, r *registries, day time.Time) (b *bogons, err error) {
	b = &bogons{day: day, late: map[uint32]bool{}, have: map[uint32]bool{}, haveBlocks: map[uint32]bool{}}
	if err := b.readSpecial(store, r.special, false); err != nil {
		return nil, err
	}
	if err := b.readSpecial(store, r.specialLate, true); err != nil {
		return nil, err
	}
	for row, err := range datasets.AddressBlocks.Scan(paths(store, r.space)...) {
		if err != nil {
			return nil, err
		}
		b.haveBlocks[row.Family] = true
		if err := insert(&b.blocks, row.Prefix, row); err != nil {
			return nil, err
		}
	}
	for row, err := range datasets.BogonPrefixes.Scan(paths(store, r.listed)...) {
		if err != nil {
			return nil, err
		}
		if err := insert(&b.listed, row.Prefix, row); err != nil {
			return nil, err
		}
	}
	for row, err := range datasets.ASBlocks.Scan(paths(store, r.numbers)...) {
		if err != nil {
			return nil, err
		}
		b.numbers = append(b.numbers, row)
	}
	slices.SortStableFunc(b.numbers, func(x, y datasets.ASBlock) int { return cmp.Compare(x.First, y.First) })
	b.delegated, err = readDelegated(store, r.delegations)
	return b, err
}

// readSpecial reads special-purpose registries; late means that they are younger than the day.
func (b *bogons) readSpecial(store *table.Store, files []*table.Manifest, late bool) error {
	for row, err := range datasets.SpecialPrefixes.Scan(paths(store, files)...) {
		if err != nil {
			return err
		}
		if late {
			b.late[row.Family] = true
			if allocated := month(row.AllocationDate); allocated.IsZero() || allocated.After(b.day) {
				continue
			}
		} else {
			b.have[row.Family] = true
		}
		if ended := month(row.TerminationDate); !ended.IsZero() && !ended.After(b.day) {
			continue
		}
		if err := insert(&b.special, row.Prefix, row); err != nil {
			return err
		}
	}
	return nil
}

func insert[Row any](into *bart.Table[Row], prefix string, row Row) error {
	p, err := netip.ParsePrefix(prefix)
	if err == nil {
		into.Insert(p, row)
	}
	return err
}

// month parses a registry's date, YYYY-MM or YYYY-MM-DD. Any other text gives the zero time.
func month(s string) time.Time {
	for _, layout := range []string{"2006-01", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// class returns the bogon class of a route and the registry line that decides it. The address is checked before the origin,
// and the origin before the path. The class is none only if both kinds of address registries are at hand, and unknown
// otherwise.
func (b *bogons) class(prefix netip.Prefix, origin uint32, inPath []uint32) (class, reason string) {
	family := netaddr.Family(prefix.Addr())
	for _, judge := range []func() (string, string){
		func() (string, string) { return b.specialPurpose(prefix) },
		func() (string, string) { return b.unallocated(prefix) },
		func() (string, string) { return b.onList(prefix) },
		func() (string, string) { return b.number(origin) },
		func() (string, string) { return b.path(inPath) },
	} {
		if class, reason = judge(); class != "" {
			return class, reason
		}
	}
	if !b.have[family] || !b.haveBlocks[family] && !b.delegated.have[family] {
		return "unknown", ""
	}
	return "none", ""
}

// specialPurpose checks for blocks that are not globally reachable (RFC 6890, RFC 8190).
func (b *bogons) specialPurpose(prefix netip.Prefix) (class, reason string) {
	at, block, ok := b.special.LookupPrefixLPM(prefix)
	if !ok || block.GloballyReachable != "false" {
		return "", ""
	}
	reason = fmt.Sprintf("%s %s %s", at, strings.Trim(block.Name, `"`), block.Reference)
	if !b.have[block.Family] {
		reason += fmt.Sprintf(", allocated %s (registry of %s)", block.AllocationDate, block.RegistryDate.Format(time.DateOnly))
	}
	return "special-purpose", reason
}

// unallocated checks for space that neither a regional registry nor IANA has assigned to anybody.
func (b *bogons) unallocated(prefix netip.Prefix) (class, reason string) {
	if _, block, ok := b.special.LookupPrefixLPM(prefix); ok && block.GloballyReachable == "true" {
		return "", "" // for example 64:ff9b::/96, which is outside the space that IANA assigns
	}
	held := b.delegated.find(prefix)
	if held != nil && isFree(held.row, b.day) {
		row := held.row
		return "unallocated", fmt.Sprintf("%s has it as %s on %s", row.Registry, row.Status, row.FileDate.Format(time.DateOnly))
	}
	family := netaddr.Family(prefix.Addr())
	if held != nil || !b.haveBlocks[family] {
		return "", ""
	}
	at, block, found := b.blocks.LookupPrefixLPM(prefix)
	switch {
	case found && (block.Status == "reserved" || block.Status == "unallocated"):
		return "unallocated", fmt.Sprintf("IANA has %s as %s on %s", at, block.Status, block.RegistryDate.Format(time.DateOnly))
	case !found && family == 6:
		// A prefix that covers blocks of the registry is in use in part.
		for range b.blocks.Subnets(prefix) {
			return "", ""
		}
		return "unallocated", "outside IANA's assignments of global unicast addresses [RFC4291]"
	}
	return "", ""
}

// isFree reports whether the registry proves that nobody held the delegation on the day.
func isFree(row datasets.Delegation, day time.Time) bool {
	age := day.Sub(row.FileDate)
	return row.Status == "available" && age <= freshAvailable || row.Status == "reserved" && age <= freshReserved
}

// onList checks the lists of bogons of the last month.
func (b *bogons) onList(prefix netip.Prefix) (class, reason string) {
	at, row, ok := b.listed.LookupPrefixLPM(prefix)
	if !ok {
		return "", ""
	}
	if _, block, special := b.special.LookupPrefixLPM(prefix); special && block.GloballyReachable == "true" {
		return "", "" // the lists do not know such exceptions
	}
	return "listed", fmt.Sprintf("%s on %s, %s", at, row.List, row.FileDate.Format(time.DateOnly))
}

// number checks for an origin AS that no public route should have.
func (b *bogons) number(origin uint32) (class, reason string) {
	if origin == 0 {
		return "", ""
	}
	if r, ok := datasets.SpecialASN(origin, b.day); ok {
		return r.Class, fmt.Sprintf("AS%d: %s", origin, r.What)
	}
	row, ok := b.delegated.findNumber(origin)
	if ok && isFree(row, b.day) {
		return "unallocated-asn", fmt.Sprintf("AS%d: %s has it as %s on %s", origin, row.Registry, row.Status, row.FileDate.Format(time.DateOnly))
	}
	if ok {
		return "", ""
	}
	i, found := slices.BinarySearchFunc(b.numbers, origin, func(r datasets.ASBlock, n uint32) int { return cmp.Compare(r.First, n) })
	if !found {
		i--
	}
	if i < 0 || b.numbers[i].Last < origin {
		return "", ""
	}
	block := b.numbers[i]
	text := fmt.Sprintf("AS%d: IANA has %d-%d as %s on %s", origin, block.First, block.Last, block.Description, block.RegistryDate.Format(time.DateOnly))
	switch {
	case block.Status == "reserved":
		return "reserved-asn", text
	case block.Status == "unallocated" && b.day.Sub(block.RegistryDate) <= freshAvailable:
		return "unallocated-asn", text
	}
	return "", ""
}

// path checks for ASes before the origin that no public path should have. It ignores numbers that IANA has not assigned yet.
func (b *bogons) path(asns []uint32) (class, reason string) {
	var all []string
	for _, asn := range asns {
		if r, ok := datasets.SpecialASN(asn, b.day); ok {
			all = append(all, fmt.Sprintf("AS%d in a path: %s", asn, r.What))
		}
	}
	if len(all) == 0 {
		return "", ""
	}
	return "path-asn", strings.Join(all[:min(len(all), maxReasons)], "; ")
}
