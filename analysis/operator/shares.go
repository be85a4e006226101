package operator

import "tidemark/internal/quantity"

// RegionShare is a share of a region beside those of a year before and of larger regions, each in percent or unknown.
type RegionShare struct {
	Name   string
	Here   string
	Before string   // of the table before; empty: none is comparable
	Others []string // in the order of Region.Context
}

// Shares returns how much of a region has IPv6 and ROAs.
func (r *Region) Shares() []RegionShare {
	share := func(name string, of func(v4, v6 RegionCount) string) RegionShare {
		s := RegionShare{Name: name, Here: of(r.IPv4.RegionCount, r.IPv6.RegionCount)}
		if r.IPv4.Earlier != nil && r.IPv6.Earlier != nil {
			s.Before = of(*r.IPv4.Earlier, *r.IPv6.Earlier)
		}
		for _, c := range r.Context {
			s.Others = append(s.Others, of(c.IPv4, c.IPv6))
		}
		return s
	}
	return []RegionShare{
		share("ASes with IPv6", func(v4, v6 RegionCount) string { return percent(v6.ASes, v4.ASes+v6.ASes-v4.Both) }),
		share("IPv4 routes ROV-valid", func(v4, _ RegionCount) string { return v4.ROV(v4.Valid) }),
		share("IPv6 routes ROV-valid", func(_, v6 RegionCount) string { return v6.ROV(v6.Valid) }),
	}
}

// maxUnknown is the share of routes without a state up to which shares of the others are given.
const maxUnknown = 0.05

// ROV returns the share of routes with a state of origin validation; unknown where too many have none.
func (f RegionCount) ROV(n int64) string {
	if float64(f.Unknown) > maxUnknown*float64(f.Routes()) {
		return "unknown"
	}
	return percent(n, f.Routes())
}

// percent returns a share in percent with one decimal; unknown of nothing.
func percent(part, whole int64) string {
	if whole <= 0 {
		return "unknown"
	}
	return quantity.Percent(float64(part) / float64(whole))
}
