package derive

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// span is a range of units, addresses of IPv4 or /64s of IPv6; its end is exclusive.
type span struct{ from, to uint64 }

// units is the range of a prefix. An IPv6 prefix longer than /64 has none.
func units(first, last netip.Addr) span {
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

// add takes prefixes in their order.
func (u *addressUse) add(p netip.Prefix) {
	of := &u.announced[netaddr.Family(p.Addr())/6]
	s := units(p.Addr(), lastOf(p))
	if n := len(*of); n > 0 && s.from <= (*of)[n-1].to {
		(*of)[n-1].to = max((*of)[n-1].to, s.to)
		return
	}
	*of = append(*of, s)
}

func lastOf(p netip.Prefix) netip.Addr {
	if p.Addr().Is4() {
		return lastAddress(p.Addr(), datasets.Delegation{Value: 1 << (32 - p.Bits())})
	}
	return lastAddress(p.Addr(), datasets.Delegation{Value: int64(p.Bits())})
}

// common is how much of s the spans cover. from is where to start looking; the place for what follows s comes back.
func common(spans []span, s span, from int) (covered uint64, next int) {
	for from < len(spans) && spans[from].to <= s.from {
		from++
	}
	for i := from; i < len(spans) && spans[i].from < s.to; i++ {
		covered += min(spans[i].to, s.to) - max(spans[i].from, s.from)
	}
	return covered, from
}

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
		rows := map[string]*datasets.AddressUse{}
		of := func(registry, day string) *datasets.AddressUse {
			if rows[registry] == nil {
				rows[registry] = &datasets.AddressUse{Time: h.hour, Family: family, Registry: registry, FileDate: day}
			}
			return rows[registry]
		}
		all := of("", "")
		announced, at, reached := u.announced[family/6], 0, uint64(0)
		for _, r := range delegated.ranges {
			if (family == 4) != r.first.Is4() || h.hour.Sub(r.row.FileDate) > freshReserved {
				continue
			}
			out.See(1)
			out.Keep(1)
			s := units(r.first, r.last)
			s.from = max(s.from, reached) // of ranges that overlap, as two files of a day may have them, the first counts
			if s.to <= s.from {
				continue
			}
			reached = s.to
			size := float64(s.to - s.from)
			var covered uint64
			covered, at = common(announced, s, at)
			for _, row := range []*datasets.AddressUse{of(r.row.Registry, r.row.FileDate.Format("2006-01-02")), all} {
				switch r.row.Status {
				case "available":
					row.Available += size
				case "reserved":
					row.Reserved += size
				default:
					row.Delegated += size
					row.Announced += float64(covered)
				}
			}
		}
		for _, s := range announced {
			all.Outside += float64(s.to - s.from)
		}
		all.Outside -= all.Announced
		if len(rows) == 1 {
			continue // the files are too old to say anything of this day
		}
		var fileDays []string
		for _, name := range sortedKeys(rows)[1:] {
			fileDays = append(fileDays, rows[name].FileDate)
		}
		slices.Sort(fileDays)
		all.FileDate = strings.Join(slices.Compact(fileDays), ",")
		for _, name := range sortedKeys(rows) {
			row := rows[name]
			row.Unadvertised = row.Delegated - row.Announced
			if err := out.Append(*row); err != nil {
				return err
			}
		}
	}
	return nil
}
