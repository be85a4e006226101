package report

import (
	"fmt"
	"slices"
	"time"
)

// leastOfIPv4 is the share of the prefixes of IPv4 under which an IPv6 table of the same dump is not that of a full feed, although the
// feeds of a dump are only compared with each other. Full tables had more than 2 % from 2012 on, and a few tenths of a percent before.
func leastOfIPv4(t time.Time) float64 {
	if t.Year() >= 2012 {
		return 0.01
	}
	return 0.001
}

// leaveOutThin removes the tables that are too small to be those of full feeds, and remembers the largest of the report's year.
func (m *maker) leaveOutThin() {
	largest := 0.0
	for _, key := range m.keys(6) {
		other := key
		other.family = 4
		sizes := map[time.Time]float64{}
		for _, p := range m.points[other]["prefixes"] {
			sizes[p.Time] = p.Value
		}
		thin := map[time.Time]bool{}
		for _, p := range m.points[key]["prefixes"] {
			if p.Value >= leastOfIPv4(p.Time)*sizes[p.Time] {
				continue
			}
			thin[p.Time] = true
			if yearOf(p.Time) == m.year && p.Value > largest {
				largest = p.Value
				m.thin = fmt.Sprintf("the IPv6 table of %s of %s has %s prefixes, beside %s of IPv4: it is not that of a full feed", key, p.Time.Format(time.DateOnly), printed(p.Value, 0), printed(sizes[p.Time], 0))
			}
		}
		for metric, points := range m.points[key] {
			m.points[key][metric] = slices.DeleteFunc(points, func(p Point) bool { return thin[p.Time] })
		}
	}
}
