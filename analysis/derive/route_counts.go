package derive

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/collectors/ipv6/nat64"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// RouteCounts makes route_counts, and on the way route_hours and translation_routes: what questions over all hours need of each hour of
// route_states, so that they need not read its routes again.
var RouteCounts = Derivation{Of: datasets.RouteCounts.Schema, With: []*table.Schema{datasets.RouteHours.Schema, datasets.TranslationRoutes.Schema}, Plan: planRouteCounts}

func planRouteCounts(store *table.Store) (jobs []Job, err error) {
	hours, err := store.Manifests(datasets.RouteStates.Schema)
	if err != nil {
		return nil, err
	}
	for _, m := range hours {
		key := table.Key{Day: m.Day(), Name: m.Name()}
		jobs = append(jobs, Job{Key: key, Inputs: []table.Input{m.AsInput()}, Run: func(ctx context.Context, into *table.Commit) error {
			return routeCounts(ctx, store, m, into, key)
		}})
	}
	return jobs, nil
}

// countedColumns are what routeCounts needs of route_states.
var countedColumns = []string{"time", "collectors", "family", "prefix", "prefix_length", "origin_asn", "origin_set", "left_out", "peers", "verdict", "moas", "newly_seen",
	"origins_before", "bogon_class", "special_registry_date", "rov_state", "rov_reason", "rov_rescued_by", "roa_date"}

// routeCount counts the routes of an hour.
type routeCount struct {
	routes     map[datasets.RouteCount]int64 // by their states; Routes is 0
	hours      map[familyHour]*routeHour
	translated []datasets.TranslationRoute
}

type familyHour struct {
	time   time.Time
	family uint32
}

type routeHour struct {
	datasets.RouteHour
	collectors map[string]bool // lists of them, as routes have them
}

func routeCounts(ctx context.Context, store *table.Store, states *table.Manifest, into *table.Commit, key table.Key) error {
	c := routeCount{routes: map[datasets.RouteCount]int64{}, hours: map[familyHour]*routeHour{}}
	n := 0
	for row, err := range datasets.RouteStates.ScanColumns(countedColumns, store.Path(states)) {
		if err != nil {
			return err
		}
		if n++; n%8192 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := c.add(&row); err != nil {
			return fmt.Errorf("%s, row %d: %w", states.File, n, err)
		}
	}
	return c.write(into, key, n)
}

func (c *routeCount) add(row *datasets.RouteState) error {
	states := datasets.RouteCount{Time: row.Time, Family: row.Family, LeftOut: row.LeftOut, BogonClass: row.BogonClass, Verdict: row.Verdict,
		ROVState: row.ROVState, Rescued: row.RescuedBy != "", Change: changeOf(row)}
	if row.ROVState == "unknown" {
		states.Because = row.ROVReason
	}
	c.routes[states]++
	at := familyHour{row.Time, row.Family}
	hour := c.hours[at]
	if hour == nil {
		hour = &routeHour{datasets.RouteHour{Time: row.Time, Family: row.Family}, map[string]bool{}}
		c.hours[at] = hour
	}
	hour.Routes++
	hour.SpecialDate, hour.ROADate = max(hour.SpecialDate, row.SpecialDate), max(hour.ROADate, row.ROADate)
	hour.collectors[row.Collectors] = true
	prefix, err := netip.ParsePrefix(row.Prefix)
	if err != nil {
		return err
	}
	if block := translationBlock(prefix); block.IsValid() {
		c.translated = append(c.translated, datasets.TranslationRoute{Time: row.Time, Block: block.String(), Family: row.Family, Prefix: row.Prefix, PrefixLength: row.PrefixLength,
			OriginASN: row.OriginASN, OriginSet: row.OriginSet, Verdict: row.Verdict, Peers: row.Peers})
	}
	return nil
}

// changeOf returns what is new of a newly seen route, and otherwise whether that is known.
func changeOf(row *datasets.RouteState) string {
	switch {
	case row.NewlySeen != "yes":
		return row.NewlySeen
	case row.OriginsBefore == "":
		return "new prefix"
	case row.MOAS:
		return "one more origin"
	}
	return "another origin"
}

// translationBlocks are the blocks for translated addresses (RFC 6052, 8215), and for addresses that customers of a provider share (RFC 6598).
var translationBlocks = []netip.Prefix{nat64.WellKnown, nat64.LocalUse, netip.MustParsePrefix("100.64.0.0/10")}

// translationBlock returns the block that the prefix equals or lies in; the zero Prefix if there is none.
func translationBlock(prefix netip.Prefix) netip.Prefix {
	for _, block := range translationBlocks {
		if prefix.Bits() >= block.Bits() && block.Contains(prefix.Addr()) {
			return block
		}
	}
	return netip.Prefix{}
}

func (c *routeCount) write(into *table.Commit, key table.Key, routes int) error {
	counts, err := datasets.RouteCounts.Create(into, key)
	if err != nil {
		return err
	}
	counts.Unit = "route"
	counts.See(routes)
	counts.Keep(routes)
	for _, row := range slices.SortedFunc(maps.Keys(c.routes), compareCounts) {
		row.Routes = c.routes[row]
		if err := counts.Append(row); err != nil {
			return err
		}
	}
	hours, err := datasets.RouteHours.Create(into, key)
	if err != nil {
		return err
	}
	hours.Unit = "family"
	hours.See(len(c.hours))
	hours.Keep(len(c.hours))
	for _, at := range slices.SortedFunc(maps.Keys(c.hours), func(a, b familyHour) int { return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.family, b.family)) }) {
		hour := c.hours[at]
		hour.Collectors = unionOf(hour.collectors)
		if err := hours.Append(hour.RouteHour); err != nil {
			return err
		}
	}
	translated, err := datasets.TranslationRoutes.Create(into, key)
	if err != nil {
		return err
	}
	translated.Unit = "route"
	translated.See(len(c.translated))
	translated.Keep(len(c.translated))
	return translated.Append(c.translated...)
}

func compareCounts(a, b datasets.RouteCount) int {
	rescued := func(r datasets.RouteCount) int {
		if r.Rescued {
			return 1
		}
		return 0
	}
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Family, b.Family), cmp.Compare(a.LeftOut, b.LeftOut), cmp.Compare(a.BogonClass, b.BogonClass), cmp.Compare(a.Verdict, b.Verdict),
		cmp.Compare(a.ROVState, b.ROVState), cmp.Compare(a.Because, b.Because), cmp.Compare(rescued(a), rescued(b)), cmp.Compare(a.Change, b.Change))
}

// unionOf returns the names in comma-separated lists, each once, ascending, as such a list.
func unionOf(lists map[string]bool) string {
	var names []string
	for list := range lists {
		names = append(names, strings.Split(list, ",")...)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}
