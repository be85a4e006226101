package derive

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/gaissmai/bart"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// specials finds the special-purpose block of a prefix.
type specials struct {
	blocks bart.Table[datasets.SpecialPrefix]
	// late tells, by family, that the registry at hand is younger than the day: its lines of earlier allocation still
	// prove a bogon, but their absence proves nothing.
	late map[uint32]bool
	have map[uint32]bool
}

func readSpecials(store *table.Store, r *registries, day time.Time) (*specials, error) {
	s := &specials{late: map[uint32]bool{}, have: map[uint32]bool{}}
	for late, files := range map[bool][]*table.Manifest{false: r.special, true: r.specialLate} {
		for row, err := range datasets.SpecialPrefixes.Scan(paths(store, files)...) {
			if err != nil {
				return nil, err
			}
			if late {
				s.late[row.Family] = true
				if allocated := month(row.AllocationDate); allocated.IsZero() || allocated.After(day) {
					continue
				}
			} else {
				s.have[row.Family] = true
			}
			if ended := month(row.TerminationDate); !ended.IsZero() && !ended.After(day) {
				continue
			}
			prefix, err := netip.ParsePrefix(row.Prefix)
			if err != nil {
				return nil, err
			}
			s.blocks.Insert(prefix, row)
		}
	}
	return s, nil
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

// reservedASNs are ranges that no public origin may use, each from the month of the document that says so.
var reservedASNs = []struct {
	first, last uint32
	class, what string
	since       time.Time
}{
	{23456, 23456, "reserved-asn", "AS_TRANS [RFC6793]", since(2007, 5)},
	{64496, 64511, "documentation-asn", "documentation [RFC5398]", since(2008, 12)},
	{64512, 65534, "private-asn", "private use [RFC6996]", since(1996, 3)},
	{65535, 65535, "reserved-asn", "last 16-bit ASN [RFC7300]", since(1996, 3)},
	{65536, 65551, "documentation-asn", "documentation [RFC5398]", since(2008, 12)},
	{65552, 131071, "reserved-asn", "reserved by IANA", since(2008, 12)},
	{4200000000, 4294967294, "private-asn", "private use [RFC6996]", since(2013, 7)},
	{4294967295, 4294967295, "reserved-asn", "last 32-bit ASN [RFC7300]", since(2007, 5)},
}

func since(year int, m time.Month) time.Time { return time.Date(year, m, 1, 0, 0, 0, 0, time.UTC) }

// bogon gives the class of a route and the registry line that decides: a special-purpose block that is not globally
// reachable, space that a registry of that day holds as available or reserved, or an origin that no public route has.
func bogon(s *specials, space *delegated, prefix netip.Prefix, family, origin uint32, day time.Time) (class, reason string) {
	if at, block, ok := s.blocks.LookupPrefixLPM(prefix); ok && block.GloballyReachable == "false" {
		reason = fmt.Sprintf("%s %s %s", at, strings.Trim(block.Name, `"`), block.Reference)
		if !s.have[family] {
			reason += fmt.Sprintf(", allocated %s (registry of %s)", block.AllocationDate, block.RegistryDate.Format(time.DateOnly))
		}
		return "special-purpose", reason
	}
	if row, ok := space.find(prefix); ok && (row.Status == "available" || row.Status == "reserved") {
		return "unallocated", fmt.Sprintf("%s has it as %s on %s", row.Registry, row.Status, row.FileDate.Format(time.DateOnly))
	}
	for _, r := range reservedASNs {
		if origin >= r.first && origin <= r.last && !day.Before(r.since) {
			return r.class, fmt.Sprintf("AS%d: %s", origin, r.what)
		}
	}
	if !s.have[family] {
		return "unknown", ""
	}
	return "none", ""
}
