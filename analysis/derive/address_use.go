package derive

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// span is a half-open range of units: IPv4 addresses or IPv6 /64s.
type span struct{ from, to uint64 }

// spanOf returns the range from the first to the last address. It is empty inside a single IPv6 /64.
func spanOf(first, last netip.Addr) span {
	if first.Is4() {
		a, b := first.As4(), last.As4()
		return span{uint64(binary.BigEndian.Uint32(a[:])), uint64(binary.BigEndian.Uint32(b[:])) + 1}
	}
	a, b := first.As16(), last.As16()
	from, to := binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(b[:])
	if binary.BigEndian.Uint64(b[8:]) == ^uint64(0) {
		to++ // no range reaches the last /64
	}
	return span{from, to}
}

// addressUse is the union of the prefixes of a table, by family.
type addressUse struct {
	announced [2][]span // disjoint, ascending
}

// add adds a prefix. Prefixes must come in their order.
func (u *addressUse) add(p netip.Prefix) {
	spans := &u.announced[netaddr.Family(p.Addr())/6]
	s := spanOf(p.Addr(), lastOfPrefix(p))
	if n := len(*spans); n > 0 && s.from <= (*spans)[n-1].to {
		(*spans)[n-1].to = max((*spans)[n-1].to, s.to)
		return
	}
	*spans = append(*spans, s)
}

// lastOfPrefix returns the last address of a prefix.
func lastOfPrefix(p netip.Prefix) netip.Addr {
	if p.Addr().Is4() {
		return lastAddress(p.Addr(), datasets.Delegation{Value: 1 << (32 - p.Bits())})
	}
	return lastAddress(p.Addr(), datasets.Delegation{Value: int64(p.Bits())})
}

// coverage returns how many units of s the spans cover. It starts at the index from, and returns the index at which to start
// for a span that follows s.
func coverage(spans []span, s span, from int) (covered uint64, next int) {
	for from < len(spans) && spans[from].to <= s.from {
		from++
	}
	for i := from; i < len(spans) && spans[i].from < s.to; i++ {
		covered += min(spans[i].to, s.to) - max(spans[i].from, s.from)
	}
	return covered, from
}

// write writes the address use of an hour, for the families of which delegations are at hand.
func (u *addressUse) write(h *dumpHour, delegated *delegated, into *table.Commit) error {
	out, err := datasets.AddressUses.Create(into, h.key())
	if err != nil {
		return err
	}
	out.Unit = "delegation"
	for _, family := range []uint32{4, 6} {
		if !delegated.have[family] {
			continue
		}
		rows, delegations := u.rows(h, family, delegated)
		out.See(delegations)
		out.Keep(delegations)
		if err := out.Append(rows...); err != nil {
			return err
		}
	}
	return nil
}

// rows returns a row for all registries together and one for each, and how many delegations were counted. There are no rows
// if all files are too old to say anything about the day.
func (u *addressUse) rows(h *dumpHour, family uint32, delegated *delegated) (rows []datasets.AddressUse, delegations int) {
	byRegistry := map[string]*datasets.AddressUse{}
	row := func(registry, day string) *datasets.AddressUse {
		if byRegistry[registry] == nil {
			use := &datasets.AddressUse{Time: h.hour, Family: family, Registry: registry, FileDate: day}
			if registry == "" {
				use.Outside = new(float64)
			}
			if registry == "" || delegated.extended[registry] {
				use.Available, use.Reserved = new(float64), new(float64)
			}
			byRegistry[registry] = use
		}
		return byRegistry[registry]
	}
	all := row("", "")
	announced, next, counted := u.announced[family/6], 0, uint64(0)
	for _, r := range delegated.ranges {
		if netaddr.Family(r.first) != family || !datasets.Delegations.Holds("reserved", r.row.FileDate, h.hour) {
			continue
		}
		delegations++
		s := spanOf(r.first, r.last)
		s.from = max(s.from, counted) // ranges of two files of a day may overlap; the first counts
		if s.to <= s.from {
			continue
		}
		counted = s.to
		var covered uint64
		covered, next = coverage(announced, s, next)
		addDelegation(row(r.row.Registry, r.row.FileDate.Format(time.DateOnly)), r.row.Status, s, covered)
		addDelegation(all, r.row.Status, s, covered)
	}
	if len(byRegistry) == 1 {
		return nil, delegations
	}
	for _, s := range announced {
		*all.Outside += float64(s.to - s.from)
	}
	*all.Outside -= all.Announced
	var fileDays []string
	for _, name := range sortedKeys(byRegistry)[1:] {
		fileDays = append(fileDays, byRegistry[name].FileDate)
		if byRegistry[name].Available == nil { // then not all of it is known
			all.Available, all.Reserved = nil, nil
		}
	}
	slices.Sort(fileDays)
	all.FileDate = strings.Join(slices.Compact(fileDays), ",")
	for _, name := range sortedKeys(byRegistry) {
		row := byRegistry[name]
		row.Unadvertised = row.Delegated - row.Announced
		rows = append(rows, *row)
	}
	return rows, delegations
}

// addDelegation adds a delegated span, of which the routing table covers a part, to a row.
func addDelegation(row *datasets.AddressUse, status string, s span, covered uint64) {
	size := float64(s.to - s.from)
	switch status {
	case "available": // which only files say that have both columns
		*row.Available += size
	case "reserved":
		*row.Reserved += size
	default:
		row.Delegated += size
		row.Announced += float64(covered)
	}
}
