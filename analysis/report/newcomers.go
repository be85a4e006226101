package report

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

var (
	//go:embed newcomers.sql
	newcomersSQL string
	//go:embed delegated.sql
	delegatedSQL string
)

// delegationAges are the classes of age of delegations: each has those younger than its years, which the class before has not.
var delegationAges = []struct {
	below int // years; 0: no limit
	label string
}{
	{1, "under 1 year before"}, {2, "1 to 2 years before"}, {5, "2 to 5 years before"}, {10, "5 to 10 years before"}, {20, "10 to 20 years before"}, {0, "20 years before and more"},
}

// unknownAge is the index behind the classes, of what has no dated delegation.
var unknownAge = len(delegationAges)

// newcomers are the prefixes and the space that a table has and the one a year before had not, by the age of their delegation.
type newcomers struct {
	prefixes, spans []uint64 // by class of age, unknownAge last
	files           []string // of the registries, with their days
}

// stretch is a half-open range of IPv4 addresses, or of the /64s of IPv6.
type stretch struct{ from, to uint64 }

// stretchOf returns the range of a prefix, which is not longer than /64.
func stretchOf(p netip.Prefix) stretch {
	if p.Addr().Is4() {
		b := p.Addr().As4()
		from := uint64(binary.BigEndian.Uint32(b[:]))
		return stretch{from, from + 1<<(32-p.Bits())}
	}
	b := p.Addr().As16()
	from := binary.BigEndian.Uint64(b[:])
	return stretch{from, from + 1<<max(64-p.Bits(), 0)}
}

// delegatedStretch is space of one delegation, with its class of age.
type delegatedStretch struct {
	stretch
	age int
}

// newcomersOf returns the newcomers of a table, or nil if no delegation file of the month before it is at hand.
func (m *maker) newcomersOf(ctx context.Context, family int, before, now time.Time) (*newcomers, error) {
	n := &newcomers{prefixes: make([]uint64, unknownAge+1), spans: make([]uint64, unknownAge+1)}
	delegated, err := m.delegatedOn(ctx, family, now, n)
	if err != nil || len(n.files) == 0 {
		return nil, err
	}
	result, err := m.engine.Query(ctx, newcomersSQL, family, m.series[family].collector, before, now)
	if err != nil {
		return nil, err
	}
	var added, had []stretch
	for _, r := range result.Rows {
		p, err := netip.ParsePrefix(r[0].(string))
		if err != nil {
			return nil, err
		}
		s := stretchOf(p)
		if r[1].(bool) {
			had = append(had, s)
			continue
		}
		added = append(added, s)
		n.prefixes[ageAt(delegated, s.from)]++
	}
	for _, s := range without(union(added), union(had)) {
		n.addSpan(delegated, s)
	}
	return n, nil
}

// delegatedOn returns what is delegated by the registries' files of a day, disjoint and ascending, and names the files.
func (m *maker) delegatedOn(ctx context.Context, family int, day time.Time, n *newcomers) ([]delegatedStretch, error) {
	result, err := m.engine.Query(ctx, delegatedSQL, day, day.Add(-maxFileAge), fmt.Sprintf("ipv%d", family))
	if err != nil {
		return nil, err
	}
	var all []delegatedStretch
	for _, r := range result.Rows {
		file := registryLabel(r[0].(string)) + " " + r[1].(time.Time).Format(time.DateOnly)
		if len(n.files) == 0 || n.files[len(n.files)-1] != file {
			n.files = append(n.files, file)
		}
		start, err := netip.ParseAddr(r[2].(string))
		if err != nil {
			return nil, fmt.Errorf("delegations of %s: %w", file, err)
		}
		value := r[3].(int64)
		s := stretch{}
		if family == 4 {
			s = stretchOf(netip.PrefixFrom(start, 32))
			s.to = s.from + uint64(value)
		} else {
			s = stretchOf(netip.PrefixFrom(start, int(value)))
		}
		all = append(all, delegatedStretch{s, ageOf(r[4], day)})
	}
	slices.SortStableFunc(all, func(a, b delegatedStretch) int { return cmp.Compare(a.from, b.from) })
	end, disjoint := uint64(0), all[:0]
	for _, d := range all { // where files of two days overlap, the first counts
		if d.from = max(d.from, end); d.to > d.from {
			end, disjoint = d.to, append(disjoint, d)
		}
	}
	return disjoint, nil
}

// ageOf returns the class of age that a delegation of a date has on a day.
func ageOf(date any, day time.Time) int {
	made, dated := date.(time.Time)
	if !dated || made.After(day) { // of a later day: the record is no longer that of the time
		return unknownAge
	}
	for i, class := range delegationAges {
		if class.below == 0 || made.AddDate(class.below, 0, 0).After(day) {
			return i
		}
	}
	return unknownAge
}

// ageAt returns the class of age of the delegation at an address.
func ageAt(delegated []delegatedStretch, at uint64) int {
	i, found := slices.BinarySearchFunc(delegated, at, func(d delegatedStretch, at uint64) int { return cmp.Compare(d.from, at) })
	if !found {
		i--
	}
	if i < 0 || delegated[i].to <= at {
		return unknownAge
	}
	return delegated[i].age
}

// addSpan adds a range to the space of the classes of its delegations.
func (n *newcomers) addSpan(delegated []delegatedStretch, s stretch) {
	rest := s.to - s.from
	i, _ := slices.BinarySearchFunc(delegated, s.from, func(d delegatedStretch, at uint64) int { return cmp.Compare(d.to, at+1) })
	for ; i < len(delegated) && delegated[i].from < s.to; i++ {
		size := min(delegated[i].to, s.to) - max(delegated[i].from, s.from)
		n.spans[delegated[i].age] += size
		rest -= size
	}
	n.spans[unknownAge] += rest
}

// union sorts ranges and joins those that touch.
func union(all []stretch) (joined []stretch) {
	slices.SortFunc(all, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	for _, s := range all {
		if n := len(joined); n > 0 && s.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, s.to)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// without returns the parts of ranges that others do not cover. Both are disjoint and ascending.
func without(all, others []stretch) (left []stretch) {
	i := 0
	for _, s := range all {
		for i < len(others) && others[i].to <= s.from {
			i++
		}
		for j := i; j < len(others) && others[j].from < s.to; j++ {
			if others[j].from > s.from {
				left = append(left, stretch{s.from, others[j].from})
			}
			s.from = min(others[j].to, s.to)
		}
		if s.from < s.to {
			left = append(left, s)
		}
	}
	return left
}

// newcomerAges returns how long before they were announced the new prefixes and the new space of each year were delegated.
func (m *maker) newcomerAges(ctx context.Context, family int) (Years, error) {
	y := m.yearsTable(family, "")
	unit := "addresses"
	if family == 6 {
		unit = "/64s"
	}
	prefixes, spans := Row{Label: "New prefixes", Unit: "prefixes"}, Row{Label: "New space", Unit: unit}
	var prefixAges, spanAges []Row
	for _, class := range delegationAges {
		prefixAges = append(prefixAges, Row{Label: "New prefixes, delegated " + class.label, Unit: "prefixes"})
		spanAges = append(spanAges, Row{Label: "New space, delegated " + class.label, Unit: unit})
	}
	prefixAges = append(prefixAges, Row{Label: "New prefixes, day of the delegation unknown", Unit: "prefixes"})
	spanAges = append(spanAges, Row{Label: "New space, day of the delegation unknown", Unit: unit})
	for i := range 3 {
		before, now := m.ends[family][i], m.ends[family][i+1]
		if !comparable(before, now) {
			continue
		}
		both, err := m.engine.Query(ctx, originsSQL, family, before.time, now.time)
		if err != nil {
			return y, err
		}
		if r := both.Rows[0]; r[3].(int64) == 0 || r[4].(int64) == 0 { // the routes of one of them are not at hand
			continue
		}
		n, err := m.newcomersOf(ctx, family, before.time, now.time)
		if err != nil {
			return y, err
		}
		if n == nil {
			continue
		}
		prefixes.Values[i], spans.Values[i] = pointer(0), pointer(0)
		for class := range n.prefixes {
			*prefixes.Values[i] += float64(n.prefixes[class])
			*spans.Values[i] += float64(n.spans[class])
			prefixAges[class].Values[i], spanAges[class].Values[i] = pointer(float64(n.prefixes[class])), pointer(float64(n.spans[class]))
		}
		if i == 2 {
			y.Basis += "; delegation files: " + strings.Join(n.files, ", ")
		}
	}
	y.Rows = slices.Concat([]Row{prefixes}, prefixAges, []Row{spans}, spanAges)
	for i := range y.Rows {
		if y.Rows[i].Values[2] == nil {
			y.Rows[i].Need = fmt.Sprintf(needTwoDumps+", and delegation files of the month before the second", m.year, m.year+1)
		}
	}
	return y, nil
}

func fillNewcomers(m *maker, ctx context.Context, s *Section) error {
	for _, family := range families {
		y, err := m.newcomerAges(ctx, family)
		if err != nil {
			return err
		}
		s.Years = append(s.Years, y)
		for _, r := range y.Rows[1 : unknownAge+2] {
			s.addBars(y, r, "prefixes", "%s, %d")
		}
		all, young, unknown := y.Rows[0].Values[2], y.Rows[1].Values[2], y.Rows[unknownAge+1].Values[2]
		if all == nil || *all == *unknown {
			continue
		}
		s.Text += fmt.Sprintf("Of the IPv%d prefixes of %s that were not in the table of %s, %s %% are of space delegated in the year before.\n",
			family, inWords(y.AsOf[2]), inWords(y.AsOf[1]), printed(100**young/(*all-*unknown), 1))
		if *unknown > 0 {
			s.Text += fmt.Sprintf("The age of %s of the %s is unknown: this share leaves them out.\n", printed(*unknown, 0), printed(*all, 0))
		}
	}
	return nil
}
