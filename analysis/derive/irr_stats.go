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

// IRRStats makes irr_stats: the routes of an hour of route_states beside the route objects of the newest dump of each registry. Hours
// without a dump that is recent enough have no partition.
var IRRStats = Derivation{Of: datasets.IRRStats.Schema, Plan: planIRRStats}

func planIRRStats(store *table.Store) (jobs []Job, err error) {
	hours, err := store.Manifests(datasets.RouteStates.Schema)
	if err != nil || len(hours) == 0 {
		return nil, err
	}
	dumps, err := store.Manifests(datasets.IRRRoutes.Schema)
	if err != nil {
		return nil, err
	}
	for _, m := range hours {
		hour, err := hourOf(m)
		if err != nil {
			return nil, err
		}
		inputs := []table.Input{m.AsInput()}
		var recent []*table.Manifest // newest first
		for _, d := range slices.Backward(upTo(dumps, m.Day())) {
			if !datasets.IRRRoutes.Holds("", d.Day(), hour) {
				break
			}
			recent = append(recent, d)
			inputs = append(inputs, d.AsInput())
		}
		if len(recent) == 0 {
			continue
		}
		key := table.Key{Day: m.Day(), Name: m.Name()}
		jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			return irrStats(ctx, store, m, hour, recent, into, key)
		}})
	}
	return jobs, nil
}

// routeObject is a route object of a registry, by its number.
type routeObject struct {
	prefix netip.Prefix
	origin uint32
	source int
}

// irrSource is a registry's objects of a family.
type irrSource struct {
	name   string
	family uint32
}

// routeObjects are the objects of the newest dump of each registry and family.
type routeObjects struct {
	numbers map[irrSource]int
	sources []irrSource
	days    []time.Time   // of their dumps, by number
	all     []routeObject // in the order of their prefixes
}

// readRouteObjects reads dumps, newest first. A dump of an earlier day is read only for registries that no later one has.
func readRouteObjects(store *table.Store, dumps []*table.Manifest) (*routeObjects, error) {
	o := &routeObjects{numbers: map[irrSource]int{}}
	for _, m := range dumps {
		fresh := false
		for row, err := range datasets.IRRRoutes.ScanColumns([]string{"source", "family"}, store.Path(m)) {
			if err != nil {
				return nil, err
			}
			s := irrSource{row.Source, row.Family}
			number, known := o.numbers[s]
			if !known {
				number = len(o.sources)
				o.numbers[s] = number
				o.sources, o.days = append(o.sources, s), append(o.days, m.Day())
			}
			fresh = fresh || o.days[number].Equal(m.Day())
		}
		if !fresh {
			continue
		}
		for row, err := range datasets.IRRRoutes.ScanColumns([]string{"source", "family", "prefix", "origin_asn"}, store.Path(m)) {
			if err != nil {
				return nil, err
			}
			number := o.numbers[irrSource{row.Source, row.Family}]
			if !o.days[number].Equal(m.Day()) {
				continue
			}
			prefix, err := netip.ParsePrefix(row.Prefix)
			if err != nil {
				return nil, err
			}
			o.all = append(o.all, routeObject{prefix, row.OriginASN, number})
		}
	}
	slices.SortFunc(o.all, func(a, b routeObject) int { return netaddr.ComparePrefixes(a.prefix, b.prefix) })
	return o, nil
}

// fileDates returns the days of the dumps of a family, comma-separated.
func (o *routeObjects) fileDates(family uint32) string {
	var all []string
	for i, s := range o.sources {
		if s.family == family {
			all = append(all, o.days[i].Format(time.DateOnly))
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ",")
}

// irrKey is a row of irr_stats, but for its time and its days.
type irrKey struct {
	family           uint32
	source, irr, rov string
}

// irrCount counts routes in the order of their prefixes.
type irrCount struct {
	*routeObjects
	dates  map[uint32]string // days of the dumps, by family
	from   int               // index of the first object that is not before the last prefix
	states []string
	counts map[irrKey]int64
}

// objectState returns what objects of a prefix say of its route from an origin.
func objectState(before string, matches bool) string {
	if matches || before == datasets.IRRMatching {
		return datasets.IRRMatching
	}
	return datasets.IRROther
}

// add counts a route for each registry with a dump of its family, and for all together.
func (c *irrCount) add(prefix netip.Prefix, row *datasets.RouteState) {
	for c.from < len(c.all) && netaddr.ComparePrefixes(c.all[c.from].prefix, prefix) < 0 {
		c.from++
	}
	for i := range c.states {
		c.states[i] = datasets.IRRNone
	}
	together := datasets.IRRUnknown
	if c.dates[row.Family] != "" {
		together = datasets.IRRNone
	}
	for i := c.from; i < len(c.all) && c.all[i].prefix == prefix; i++ {
		matches := row.OriginASN != 0 && c.all[i].origin == row.OriginASN
		c.states[c.all[i].source] = objectState(c.states[c.all[i].source], matches)
		together = objectState(together, matches)
	}
	named := row.OriginASN != 0 || row.OriginSet != ""
	if !named {
		together = datasets.IRRUnknown
	}
	c.counts[irrKey{row.Family, "", together, row.ROVState}]++
	for i, s := range c.sources {
		if s.family == row.Family && named {
			c.counts[irrKey{row.Family, s.name, c.states[i], row.ROVState}]++
		} else if s.family == row.Family {
			c.counts[irrKey{row.Family, s.name, datasets.IRRUnknown, row.ROVState}]++
		}
	}
}

func irrStats(ctx context.Context, store *table.Store, states *table.Manifest, hour time.Time, dumps []*table.Manifest, into *table.Commit, key table.Key) error {
	objects, err := readRouteObjects(store, dumps)
	if err != nil {
		return err
	}
	c := &irrCount{routeObjects: objects, states: make([]string, len(objects.sources)), counts: map[irrKey]int64{},
		dates: map[uint32]string{4: objects.fileDates(4), 6: objects.fileDates(6)}}
	seen := 0
	for row, err := range datasets.RouteStates.ScanColumns([]string{"family", "prefix", "origin_asn", "origin_set", "left_out", "bogon_class", "rov_state"}, store.Path(states)) {
		if err != nil {
			return err
		}
		if seen++; seen%8192 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if row.LeftOut != "" || row.IsBogon() {
			continue
		}
		prefix, err := netip.ParsePrefix(row.Prefix)
		if err != nil {
			return err
		}
		c.add(prefix, &row)
	}
	out, err := datasets.IRRStats.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "route state"
	out.See(seen)
	out.Keep(seen)
	return out.Append(c.rows(hour)...)
}

// rows returns the counts in a fixed order.
func (c *irrCount) rows(hour time.Time) (rows []datasets.IRRStat) {
	for k, n := range c.counts {
		row := datasets.IRRStat{Time: hour, Family: k.family, Source: k.source, State: k.irr, ROVState: k.rov, Routes: n, FileDate: c.dates[k.family]}
		if k.source != "" {
			row.FileDate = c.days[c.numbers[irrSource{k.source, k.family}]].Format(time.DateOnly)
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b datasets.IRRStat) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Source, b.Source), cmp.Compare(a.State, b.State), cmp.Compare(a.ROVState, b.ROVState))
	})
	return rows
}
