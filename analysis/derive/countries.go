package derive

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// Countries makes country_stats and as_registrations: the routes of an hour of route_states by the registration of their
// origin ASes and of their space, as the delegation files of the day or the year before have it.
var Countries = Derivation{Of: datasets.CountryStats.Schema, With: []*table.Schema{datasets.ASRegistrations.Schema}, Plan: planCountries}

func planCountries(store *table.Store) ([]Job, error) {
	hours, err := store.Manifests(datasets.RouteStates.Schema)
	if err != nil || len(hours) == 0 {
		return nil, err
	}
	files, err := byRegistry(store, datasets.Delegations, func(r datasets.Delegation) string { return r.Registry })
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, m := range hours {
		hour, err := hourOf(m)
		if err != nil {
			return nil, err
		}
		inputs := []table.Input{m.AsInput()}
		var delegations []*table.Manifest
		for _, name := range sortedKeys(files) {
			for _, f := range asOf(files[name], m.Day()) {
				if datasets.Delegations.Holds("reserved", f.Day(), hour) {
					delegations = append(delegations, f)
					inputs = append(inputs, f.AsInput())
				}
			}
		}
		key := table.Key{Day: m.Day(), Name: m.Name()}
		jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			return countries(ctx, store, m, hour, delegations, into, key)
		}})
	}
	return jobs, nil
}

// registration is where an AS or space is registered.
type registration struct{ registry, country string }

var unregistered = registration{"unknown", "unknown"}

func registrationOf(row datasets.Delegation) registration {
	return registration{row.Registry, cmp.Or(row.Country, unregistered.country)}
}

// isDelegated reports whether a holder has the range: the registry has neither kept nor reserved it.
func isDelegated(row datasets.Delegation) bool {
	return row.Status == "allocated" || row.Status == "assigned"
}

// registeredSpan is space of one registration.
type registeredSpan struct {
	span
	registration
}

// registeredSpans returns the delegated space of a family, disjoint and ascending: where the ranges of two files overlap, the
// first counts.
func (d *delegated) registeredSpans(family uint32) (spans []registeredSpan) {
	counted := uint64(0)
	for _, r := range d.ranges {
		if netaddr.Family(r.first) != family || !isDelegated(r.row) {
			continue
		}
		s := spanOf(r.first, r.last)
		s.from = max(s.from, counted)
		if s.to <= s.from {
			continue
		}
		counted = s.to
		spans = append(spans, registeredSpan{s, registrationOf(r.row)})
	}
	return spans
}

// parts calls each with the pieces of a span by registration; what no delegation covers is unregistered. It starts at the index
// from, and returns the index at which to start for a span that does not begin before s.
func parts(spans []registeredSpan, s span, from int, each func(size uint64, r registration)) (next int) {
	for from < len(spans) && spans[from].to <= s.from {
		from++
	}
	at := s.from
	for i := from; i < len(spans) && spans[i].from < s.to; i++ {
		if spans[i].from > at {
			each(spans[i].from-at, unregistered)
			at = spans[i].from
		}
		end := min(spans[i].to, s.to)
		each(end-at, spans[i].registration)
		at = end
	}
	if at < s.to {
		each(s.to-at, unregistered)
	}
	return from
}

// countryKey is a row of country_stats, but for its time.
type countryKey struct {
	family int // index: 0 for IPv4, 1 for IPv6
	by     string
	registration
}

type countryCell struct {
	datasets.CountryStat
	ases map[uint32]bool
}

// announcedPrefix is a prefix of the table with its origins.
type announcedPrefix struct {
	span
	routes []originRoute
}

type originRoute struct {
	asn   uint32
	state string // valid, invalid, not-found or unknown
	as    registration
}

// countryCount counts the routes of an hour in the order of their prefixes.
type countryCount struct {
	delegated *delegated
	spaces    [2][]registeredSpan
	byPrefix  [2]int // index into spaces, for whole prefixes
	bySegment [2]int // and for segments
	cells     map[countryKey]*countryCell
	ases      map[uint32]*datasets.ASRegistration
	open      []announcedPrefix // each inside the one before
	done      uint64            // units before it are counted
	family    int
}

func (c *countryCount) cell(by string, r registration) *countryCell {
	key := countryKey{c.family, by, r}
	if c.cells[key] == nil {
		c.cells[key] = &countryCell{ases: map[uint32]bool{}}
	}
	return c.cells[key]
}

func (c *countryCount) registrationOfAS(asn uint32) registration {
	if row, found := c.delegated.findNumber(asn); found && isDelegated(row) {
		return registrationOf(row)
	}
	return unregistered
}

func (c *countryCount) as(asn uint32) *datasets.ASRegistration {
	if c.ases[asn] == nil {
		r := c.registrationOfAS(asn)
		c.ases[asn] = &datasets.ASRegistration{ASN: asn, Registry: r.registry, Country: r.country}
	}
	return c.ases[asn]
}

// add counts a prefix with all its routes. Prefixes must come in their order, IPv4 first.
func (c *countryCount) add(prefix netip.Prefix, states []datasets.RouteState) {
	family := int(netaddr.Family(prefix.Addr()) / 6)
	if family != c.family {
		c.finish()
		c.family, c.done = family, 0
	}
	p := announcedPrefix{span: spanOf(prefix.Addr(), lastOfPrefix(prefix))}
	space := registration{}
	c.byPrefix[family] = parts(c.spaces[family], p.span, c.byPrefix[family], func(_ uint64, r registration) {
		switch {
		case space == registration{}:
			space = r
		case space != r:
			space = unregistered
		}
	})
	if space == (registration{}) { // within a single /64
		space = unregistered
	}
	c.cell("space", space).Prefixes++
	var counted []registration
	for i := range states {
		r := originRoute{asn: states[i].OriginASN, state: states[i].ROVState, as: unregistered}
		if strings.HasPrefix(r.state, "invalid") {
			r.state = "invalid"
		}
		if r.asn != 0 {
			as := c.as(r.asn)
			r.as = registration{as.Registry, as.Country}
			if family == 0 {
				as.IPv4Prefixes++
			} else {
				as.IPv6Prefixes++
			}
		}
		if !slices.Contains(counted, r.as) {
			counted = append(counted, r.as)
			c.cell("as", r.as).Prefixes++
		}
		c.cell("as", r.as).route(r)
		c.cell("space", space).route(r)
		p.routes = append(p.routes, r)
	}
	c.close(p.from)
	if n := len(c.open); n > 0 {
		c.segment(&c.open[n-1], p.from)
	}
	c.done = p.from
	c.open = append(c.open, p)
}

func (c *countryCell) route(r originRoute) {
	c.Routes++
	if r.asn != 0 {
		c.ases[r.asn] = true
	}
	switch r.state {
	case "valid":
		c.ValidRoutes++
	case "invalid":
		c.InvalidRoutes++
	case "not-found":
		c.NotFoundRoutes++
	default:
		c.UnknownRoutes++
	}
}

// close counts the rest of the open prefixes that end at or before a unit.
func (c *countryCount) close(at uint64) {
	for n := len(c.open); n > 0 && c.open[n-1].to <= at; n-- {
		c.segment(&c.open[n-1], c.open[n-1].to)
		c.open = c.open[:n-1]
	}
}

// finish counts the rest of the family.
func (c *countryCount) finish() { c.close(^uint64(0)) }

// segment counts the units up to the given one, of which p is the most specific prefix.
func (c *countryCount) segment(p *announcedPrefix, to uint64) {
	if to <= c.done {
		return
	}
	s := span{c.done, to}
	c.done = to
	size := float64(s.to - s.from)
	c.bySegment[c.family] = parts(c.spaces[c.family], s, c.bySegment[c.family], func(size uint64, r registration) {
		c.cell("space", r).space(float64(size), bestState(p.routes, nil))
	})
	var ases []uint32
	var counted []registration
	for i := range p.routes {
		r := &p.routes[i]
		if !slices.Contains(counted, r.as) {
			counted = append(counted, r.as)
			c.cell("as", r.as).space(size, bestState(p.routes, &r.as))
		}
		if r.asn == 0 || slices.Contains(ases, r.asn) {
			continue
		}
		ases = append(ases, r.asn)
		if c.family == 0 {
			c.as(r.asn).IPv4Span += size
		} else {
			c.as(r.asn).IPv6Span += size
		}
	}
}

func (c *countryCell) space(size float64, state string) {
	c.Span += size
	switch state {
	case "valid":
		c.ValidSpan += size
	case "invalid":
		c.InvalidSpan += size
	case "not-found":
		c.NotFoundSpan += size
	default:
		c.UnknownSpan += size
	}
}

// bestState returns the state of space with these routes, or with those of one registration: a valid route reaches it, then one
// that nothing contradicts.
func bestState(routes []originRoute, of *registration) string {
	for _, state := range []string{"valid", "not-found", "unknown", "invalid"} {
		for i := range routes {
			if routes[i].state == state && (of == nil || routes[i].as == *of) {
				return state
			}
		}
	}
	return "unknown"
}

var countryColumns = []string{"family", "prefix", "origin_asn", "left_out", "bogon_class", "rov_state"}

func countries(ctx context.Context, store *table.Store, states *table.Manifest, hour time.Time, files []*table.Manifest, into *table.Commit, key table.Key) error {
	held, err := readDelegated(store, files)
	if err != nil {
		return err
	}
	c := &countryCount{delegated: held, spaces: [2][]registeredSpan{held.registeredSpans(4), held.registeredSpans(6)},
		cells: map[countryKey]*countryCell{}, ases: map[uint32]*datasets.ASRegistration{}}
	var group []datasets.RouteState
	flush := func() error {
		if len(group) == 0 {
			return nil
		}
		prefix, err := netip.ParsePrefix(group[0].Prefix)
		if err == nil {
			c.add(prefix, group)
		}
		group = group[:0]
		return err
	}
	seen := 0
	for row, err := range datasets.RouteStates.ScanColumns(countryColumns, store.Path(states)) {
		if err != nil {
			return err
		}
		if seen++; seen%8192 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if row.LeftOut != "" || row.IsBogon() {
			continue
		}
		if len(group) > 0 && group[0].Prefix != row.Prefix {
			if err := flush(); err != nil {
				return err
			}
		}
		group = append(group, row)
	}
	if err := flush(); err != nil {
		return err
	}
	c.finish()
	c.addDelegations()
	return c.write(hour, files, seen, into, key)
}

// addDelegations counts what the files have delegated, announced or not.
func (c *countryCount) addDelegations() {
	for c.family = range 2 {
		for _, s := range c.spaces[c.family] {
			cell := c.cell("space", s.registration)
			if cell.Delegated == nil {
				cell.Delegated = new(float64)
			}
			*cell.Delegated += float64(s.to - s.from)
		}
		for _, n := range c.delegated.numbers {
			if !isDelegated(n.row) {
				continue
			}
			cell := c.cell("as", registrationOf(n.row))
			if cell.DelegatedASNs == nil {
				cell.DelegatedASNs = new(int64)
			}
			*cell.DelegatedASNs += int64(n.last-n.first) + 1
		}
	}
}

func (c *countryCount) write(hour time.Time, files []*table.Manifest, seen int, into *table.Commit, key table.Key) error {
	known := map[string]bool{}
	for _, n := range c.delegated.numbers {
		known[n.row.Registry] = true
	}
	for _, r := range c.delegated.ranges {
		known[r.row.Registry] = true
	}
	count := int64(0)
	for _, r := range regional {
		if known[r.key] {
			count++
		}
	}
	var rows []datasets.CountryStat
	for at, cell := range c.cells {
		row := cell.CountryStat
		row.Time, row.Family, row.Registration, row.Registry, row.Country = hour, uint32(4+2*at.family), at.by, at.registry, at.country
		row.FileDate, row.RegistryFiles, row.ASes = days(files), count, int64(len(cell.ases))
		other := at
		other.family = 1 - at.family
		if there := c.cells[other]; there != nil {
			for asn := range cell.ases {
				if there.ases[asn] {
					row.ASesBoth++
				}
			}
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b datasets.CountryStat) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Registration, b.Registration), cmp.Compare(a.Country, b.Country), cmp.Compare(a.Registry, b.Registry))
	})
	out, err := datasets.CountryStats.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "route state"
	out.See(seen)
	out.Keep(seen)
	if err := out.Append(rows...); err != nil {
		return err
	}
	ases, err := datasets.ASRegistrations.Create(into, key)
	if err != nil {
		return err
	}
	ases.Unit = "AS"
	ases.See(len(c.ases))
	ases.Keep(len(c.ases))
	var list []datasets.ASRegistration
	for _, asn := range sortedKeys(c.ases) {
		as := *c.ases[asn]
		as.Time = hour
		list = append(list, as)
	}
	return ases.Append(list...)
}
