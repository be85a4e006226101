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

// bogons tells what no public route should show on a day, from the registries nearest before it.
type bogons struct {
	day     time.Time
	special bart.Table[datasets.SpecialPrefix]
	// late tells, by family, that the special-purpose registry at hand is younger than the day: its lines of earlier
	// allocation still prove a bogon, but their absence proves nothing.
	late, have map[uint32]bool
	blocks     bart.Table[datasets.AddressBlock] // of IANA
	haveBlocks map[uint32]bool
	listed     bart.Table[datasets.BogonPrefix]
	numbers    []datasets.ASBlock
	delegated  *delegated
}

func readBogons(store *table.Store, r *registries, day time.Time) (b *bogons, err error) {
	b = &bogons{day: day, late: map[uint32]bool{}, have: map[uint32]bool{}, haveBlocks: map[uint32]bool{}}
	for late, files := range map[bool][]*table.Manifest{false: r.special, true: r.specialLate} {
		for row, err := range datasets.SpecialPrefixes.Scan(paths(store, files)...) {
			if err != nil {
				return nil, err
			}
			if late {
				b.late[row.Family] = true
				if allocated := month(row.AllocationDate); allocated.IsZero() || allocated.After(day) {
					continue
				}
			} else {
				b.have[row.Family] = true
			}
			if ended := month(row.TerminationDate); !ended.IsZero() && !ended.After(day) {
				continue
			}
			if err := insert(&b.special, row.Prefix, row); err != nil {
				return nil, err
			}
		}
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

func insert[Row any](into *bart.Table[Row], prefix string, row Row) error {
	p, err := netip.ParsePrefix(prefix)
	if err == nil {
		into.Insert(p, row)
	}
	return err
}

// month reads a registry's YYYY-MM or YYYY-MM-DD; zero where it is neither.
func month(s string) time.Time {
	for _, layout := range []string{"2006-01", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// class gives the class of a route and the registry line that decides, the address before the origin, and that before the
// path. Where nothing is found, that proves something only with both kinds of registries of addresses at hand.
func (b *bogons) class(prefix netip.Prefix, origin uint32, inPath []uint32) (class, reason string) {
	of := netaddr.Family(prefix.Addr())
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
	if !b.have[of] || !b.haveBlocks[of] && !b.delegated.have[of] {
		return "unknown", ""
	}
	return "none", ""
}

// specialPurpose: a block that is not globally reachable (RFC 6890, RFC 8190).
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

// unallocated: space that a regional registry or IANA has not given to anybody.
func (b *bogons) unallocated(prefix netip.Prefix) (class, reason string) {
	if _, block, ok := b.special.LookupPrefixLPM(prefix); ok && block.GloballyReachable == "true" {
		return "", "" // such as 64:ff9b::/96, which lies outside what IANA gives out
	}
	held := b.delegated.find(prefix)
	if held != nil && isFree(held.row, b.day) {
		row := held.row
		return "unallocated", fmt.Sprintf("%s has it as %s on %s", row.Registry, row.Status, row.FileDate.Format(time.DateOnly))
	}
	of := netaddr.Family(prefix.Addr())
	if held != nil || !b.haveBlocks[of] {
		return "", ""
	}
	at, block, found := b.blocks.LookupPrefixLPM(prefix)
	switch {
	case found && (block.Status == "reserved" || block.Status == "unallocated"):
		return "unallocated", fmt.Sprintf("IANA has %s as %s on %s", at, block.Status, block.RegistryDate.Format(time.DateOnly))
	case !found && of == 6:
		// What covers blocks of the registry is in use in part.
		for range b.blocks.Subnets(prefix) {
			return "", ""
		}
		return "unallocated", "outside IANA's assignments of global unicast addresses [RFC4291]"
	}
	return "", ""
}

// isFree tells whether the registry proves that on the day nobody has it.
func isFree(row datasets.Delegation, day time.Time) bool {
	age := day.Sub(row.FileDate)
	return row.Status == "available" && age <= freshAvailable || row.Status == "reserved" && age <= freshReserved
}

// onList: a list of bogons of that month has it.
func (b *bogons) onList(prefix netip.Prefix) (class, reason string) {
	at, row, ok := b.listed.LookupPrefixLPM(prefix)
	if !ok {
		return "", ""
	}
	if _, block, special := b.special.LookupPrefixLPM(prefix); special && block.GloballyReachable == "true" {
		return "", "" // as the lists know no such blocks
	}
	return "listed", fmt.Sprintf("%s on %s, %s", at, row.List, row.FileDate.Format(time.DateOnly))
}

// number: an origin that no public route has.
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

// path: an AS left of the origin that no public path has. Those that IANA has not given out yet are not looked for there.
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
