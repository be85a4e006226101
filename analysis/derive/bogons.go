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

// bogons finds routes that should not be public on a day, by the registries nearest before it and, of the blocks of IANA, by the
// first after it.
type bogons struct {
	day     time.Time
	special bart.Table[datasets.SpecialPrefix]
	have    map[uint32]bool // families with a special-purpose registry at or before the day
	// late has the families whose special-purpose registry is younger than the day: a line with an earlier allocation still
	// proves a bogon, but a missing line proves nothing.
	late      map[uint32]bool
	space     blockFile // IANA's blocks at or before the day
	spaceLate blockFile // those of the first file after it
	listed    bart.Table[datasets.BogonPrefix]
	numbers   []datasets.ASBlock
	delegated *delegated
}

func readBogons(store *table.Store, r *registries, day time.Time) (b *bogons, err error) {
	b = &bogons{day: day, late: map[uint32]bool{}, have: map[uint32]bool{}}
	if err := b.readSpecial(store, r.special, false); err != nil {
		return nil, err
	}
	if err := b.readSpecial(store, r.specialLate, true); err != nil {
		return nil, err
	}
	if err := b.space.read(store, r.space); err != nil {
		return nil, err
	}
	if err := b.spaceLate.read(store, r.spaceLate); err != nil {
		return nil, err
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
// and the origin before the path. The class is none only if every judge of the address and of the origin could decide, and
// otherwise unknown, with the reason.
func (b *bogons) class(prefix netip.Prefix, origin uint32, inPath []uint32) (class, reason string) {
	undecided := ""
	if !b.have[netaddr.Family(prefix.Addr())] {
		undecided = "no special-purpose registry of that day or before is available"
	}
	for _, judge := range []func() (string, string){
		func() (string, string) { return b.specialPurpose(prefix) },
		func() (string, string) { return b.unallocated(prefix) },
		func() (string, string) { return b.onList(prefix) },
		func() (string, string) { return b.number(origin) },
		func() (string, string) { return b.path(inPath) },
	} {
		switch class, reason = judge(); {
		case class == "unknown" && undecided == "":
			undecided = reason
		case class != "" && class != "unknown":
			return class, reason
		}
	}
	if undecided != "" {
		return "unknown", undecided
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

// unallocated checks for space that neither a regional registry nor IANA has assigned to anybody. The class is unknown if the
// files at hand are too old to tell.
func (b *bogons) unallocated(prefix netip.Prefix) (class, reason string) {
	if _, block, ok := b.special.LookupPrefixLPM(prefix); ok && block.GloballyReachable == "true" {
		return "", "" // for example 64:ff9b::/96, which is outside the space that IANA assigns
	}
	if held := b.delegated.find(prefix); held != nil {
		return b.free("unallocated", "", held.row)
	}
	return b.inBlocks(prefix)
}

// free returns a class, and subject with the line as the reason, if a delegation file proves that nobody held a delegation on
// the day; unknown if the file is too old.
func (b *bogons) free(class, subject string, row datasets.Delegation) (string, string) {
	switch {
	case row.Status != "available" && row.Status != "reserved":
		return "", ""
	case datasets.Delegations.Holds(row.Status, row.FileDate, b.day):
		return class, fmt.Sprintf("%s%s has it as %s on %s", subject, row.Registry, row.Status, row.FileDate.Format(time.DateOnly))
	}
	return "unknown", fmt.Sprintf("%s%s had it as %s on %s, %s", subject, row.Registry, row.Status, row.FileDate.Format(time.DateOnly),
		b.tooOld(datasets.Delegations.Schema, row.Status, row.FileDate))
}

// tooOld says that a file proves nothing about the day any more.
func (b *bogons) tooOld(schema *table.Schema, lines string, file time.Time) string {
	return fmt.Sprintf("%d days before the table (limit %d days)", table.DaysBetween(file, b.day), schema.DaysValid(lines))
}

// inBlocks checks for space that IANA has not allocated. A file that is too old proves nothing, unless the first file after the
// day says since when a block is allocated: then it was not before, if it was free in the older file too. Without an older
// file it may have had an earlier life, as 36.0.0.0/8 was Stanford's until 2000.
func (b *bogons) inBlocks(prefix netip.Prefix) (class, reason string) {
	family := netaddr.Family(prefix.Addr())
	before := b.space.find(prefix)
	undecided := "no registry of IANA's address space of that day or before is available"
	freeBefore := false
	if file, have := b.space.day[family]; have {
		if !before.isFree() {
			return "", ""
		}
		if datasets.AddressBlocks.Holds(before.status, file, b.day) {
			return "unallocated", before.text("has", file)
		}
		freeBefore = true
		undecided = before.text("had", file) + ", " + b.tooOld(datasets.AddressBlocks.Schema, before.status, file)
	}
	file, have := b.spaceLate.day[family]
	if !have {
		return "unknown", undecided
	}
	after := b.spaceLate.find(prefix)
	since := month(after.block.Allocated)
	known := !since.IsZero() && !since.After(b.day)
	switch {
	case after.status == "allocated" && known:
		return "", ""
	case after.status == "reserved" && known:
		return "unallocated", fmt.Sprintf("IANA has %s as reserved since %s (registry of %s)", after.at, after.block.Allocated, file.Format(time.DateOnly))
	case !freeBefore || after.status == "divided" || after.status == "allocated" && since.IsZero():
		return "unknown", undecided
	case after.status == "allocated":
		return "unallocated", fmt.Sprintf("IANA allocated %s on %s only (registry of %s)", after.at, after.block.Allocated, file.Format(time.DateOnly))
	}
	return "unallocated", before.text("had", b.space.day[family]) + ", and still on " + file.Format(time.DateOnly)
}

// onList checks the lists of bogons that are recent enough.
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

// number checks for an origin AS that no public route should have. The class is unknown if no file at hand can tell.
func (b *bogons) number(origin uint32) (class, reason string) {
	if origin == 0 {
		return "", ""
	}
	if r, ok := datasets.SpecialASN(origin, b.day); ok {
		return r.Class, fmt.Sprintf("AS%d: %s", origin, r.What)
	}
	if row, ok := b.delegated.findNumber(origin); ok {
		return b.free("unallocated-asn", fmt.Sprintf("AS%d: ", origin), row)
	}
	if len(b.numbers) == 0 {
		return "unknown", fmt.Sprintf("AS%d: no registry of AS numbers of that day or before is available", origin)
	}
	i, found := slices.BinarySearchFunc(b.numbers, origin, func(r datasets.ASBlock, n uint32) int { return cmp.Compare(r.First, n) })
	if !found {
		i--
	}
	if i < 0 || b.numbers[i].Last < origin {
		return "", ""
	}
	block := b.numbers[i]
	text := func(verb string) string {
		return fmt.Sprintf("AS%d: IANA %s %d-%d as %s on %s", origin, verb, block.First, block.Last, block.Description, block.RegistryDate.Format(time.DateOnly))
	}
	switch {
	case block.Status == "reserved":
		return "reserved-asn", text("has")
	case block.Status != "unallocated":
		return "", ""
	case datasets.ASBlocks.Holds("unallocated", block.RegistryDate, b.day):
		return "unallocated-asn", text("has")
	}
	return "unknown", text("had") + ", " + b.tooOld(datasets.ASBlocks.Schema, "unallocated", block.RegistryDate)
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
