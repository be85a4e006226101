package derive

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// RouteStates makes route_states: the routes of all dumps whose first record falls in the same UTC hour, judged by the
// registry files nearest at or before that day.
var RouteStates = Derivation{Of: datasets.RouteStates.Schema, Plan: planRouteStates}

// tableDump is a dump's partitions.
type tableDump struct {
	routes, peers *table.Manifest
}

func planRouteStates(store *table.Store) ([]Job, error) {
	hours, err := dumpHours(store)
	if err != nil {
		return nil, err
	}
	files, err := readShelf(store)
	if err != nil {
		return nil, err
	}
	var times []time.Time
	for hour := range hours {
		times = append(times, hour)
	}
	slices.SortFunc(times, time.Time.Compare)
	var jobs []Job
	for _, hour := range times {
		dumps := hours[hour]
		using := files.asOf(hour.Truncate(24 * time.Hour))
		var inputs []table.Input
		for _, d := range dumps {
			inputs = append(inputs, d.routes.AsInput(), d.peers.AsInput())
		}
		key := table.Key{Day: hour, Name: hour.Format("2006-01-02T15")}
		jobs = append(jobs, Job{Key: key, Inputs: append(inputs, using.inputs()...), Run: func(ctx context.Context, into *table.Commit) error {
			return routeStates(ctx, store, hour, dumps, using, into, key)
		}})
	}
	return jobs, nil
}

// dumpHours groups the dumps by the hour of their first record.
func dumpHours(store *table.Store) (map[time.Time][]tableDump, error) {
	peers, err := store.Manifests(datasets.Peers.Schema)
	if err != nil {
		return nil, err
	}
	hours := map[time.Time][]tableDump{}
	for _, m := range peers {
		routes, err := store.Manifest(datasets.Routes.Schema, table.Key{Day: m.Day(), Name: m.Name()})
		if err != nil {
			return nil, err
		}
		row, ok, err := first(datasets.Peers.Scan(store.Path(m)))
		if err != nil {
			return nil, err
		}
		if ok && routes != nil {
			hour := row.DumpTime.Truncate(time.Hour)
			hours[hour] = append(hours[hour], tableDump{routes, m})
		}
	}
	return hours, nil
}

// seen is a route of one dump with that dump's peers.
type seen struct {
	datasets.Route
	peers []datasets.Peer
}

func routeStates(ctx context.Context, store *table.Store, hour time.Time, dumps []tableDump, using registries, into *table.Commit, key table.Key) error {
	day := hour.Truncate(24 * time.Hour)
	special, err := readSpecials(store, &using, day)
	if err != nil {
		return err
	}
	space, err := readDelegated(store, using.delegations)
	if err != nil {
		return err
	}
	rov, err := readValidator(store, using.roas, using.exceptions)
	if err != nil {
		return err
	}
	j := judge{day: day, special: special, space: space, rov: rov, using: using, specialDays: map[uint32]string{}, fullFeeds: map[uint32]uint32{}}
	for _, family := range []uint32{4, 6} {
		if special.have[family] {
			j.specialDays[family] = days(using.special)
		} else if special.late[family] {
			j.specialDays[family] = days(using.specialLate)
		}
	}
	streams := make([]iter.Seq2[seen, error], len(dumps))
	for i, d := range dumps {
		var peers []datasets.Peer
		for p, err := range datasets.Peers.Scan(store.Path(d.peers)) {
			if err != nil {
				return err
			}
			peers = append(peers, p)
			if p.IPv4FullFeed {
				j.fullFeeds[4]++
			}
			if p.IPv6FullFeed {
				j.fullFeeds[6]++
			}
		}
		streams[i] = func(yield func(seen, error) bool) {
			for r, err := range datasets.Routes.Scan(store.Path(d.routes)) {
				if !yield(seen{r, peers}, err) {
					return
				}
			}
		}
	}
	out, err := datasets.RouteStates.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "route of a dump"
	n := 0
	for group, err := range byPrefix(streams) {
		if err != nil {
			return err
		}
		if n++; n%8192 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		out.See(len(group))
		rows := j.prefix(hour, group)
		out.Keep(len(group))
		if err := out.Append(rows...); err != nil {
			return err
		}
	}
	return nil
}

func compareRoutes(a, b *seen) int {
	pa, pb := netip.MustParsePrefix(a.Prefix), netip.MustParsePrefix(b.Prefix)
	return cmp.Or(cmp.Compare(a.Family, b.Family), pa.Addr().Compare(pb.Addr()), cmp.Compare(pa.Bits(), pb.Bits()))
}

// byPrefix merges streams that are sorted by family, address and length, and yields the routes of each prefix.
func byPrefix(streams []iter.Seq2[seen, error]) iter.Seq2[[]seen, error] {
	return func(yield func([]seen, error) bool) {
		type head struct {
			seen
			next func() (seen, error, bool)
		}
		var heads []*head
		for _, s := range streams {
			next, stop := iter.Pull2(s)
			defer stop()
			r, err, ok := next()
			if err != nil {
				yield(nil, err)
				return
			}
			if ok {
				heads = append(heads, &head{r, next})
			}
		}
		for len(heads) > 0 {
			least := heads[0]
			for _, h := range heads[1:] {
				if compareRoutes(&h.seen, &least.seen) < 0 {
					least = h
				}
			}
			prefix := least.Prefix
			var group []seen
			for i := 0; i < len(heads); {
				h := heads[i]
				ended := false
				for !ended && h.Prefix == prefix {
					group = append(group, h.seen)
					r, err, ok := h.next()
					if err != nil {
						yield(nil, err)
						return
					}
					h.seen, ended = r, !ok
				}
				if ended {
					heads = slices.Delete(heads, i, i+1)
					continue
				}
				i++
			}
			if !yield(group, nil) {
				return
			}
		}
	}
}

// judge holds what the routes of an hour are judged by.
type judge struct {
	day         time.Time
	special     *specials
	space       *delegated
	rov         *validator
	using       registries
	specialDays map[uint32]string
	fullFeeds   map[uint32]uint32 // full-feed peers of all dumps, by family
}

// maxWitnesses is how many peers seen_by names; fewWitnesses how many may carry a route for all to be named.
const (
	maxWitnesses = 16
	fewWitnesses = 8
)

// prefix judges the routes of one prefix, a row for each origin.
func (j *judge) prefix(hour time.Time, group []seen) (rows []datasets.RouteState) {
	slices.SortStableFunc(group, func(a, b seen) int {
		return cmp.Or(cmp.Compare(a.OriginASN, b.OriginASN), cmp.Compare(a.OriginSet, b.OriginSet), cmp.Compare(a.Collector, b.Collector))
	})
	prefix := netip.MustParsePrefix(group[0].Prefix)
	origins := map[uint32]bool{}
	for _, r := range group {
		if r.OriginASN != 0 {
			origins[r.OriginASN] = true
		}
	}
	for len(group) > 0 {
		n := 1
		for n < len(group) && group[n].OriginASN == group[0].OriginASN && group[n].OriginSet == group[0].OriginSet {
			n++
		}
		rows = append(rows, j.route(hour, prefix, group[:n], len(origins) > 1))
		group = group[n:]
	}
	return rows
}

func (j *judge) route(hour time.Time, prefix netip.Prefix, dumps []seen, moas bool) datasets.RouteState {
	r := dumps[0]
	row := datasets.RouteState{
		Time: hour, Family: r.Family, Prefix: r.Prefix, PrefixLength: r.PrefixLength, OriginASN: r.OriginASN, OriginSet: r.OriginSet,
		LeftOut: r.LeftOut, FullFeedTotal: j.fullFeeds[r.Family], MOAS: moas, SpecialDate: j.specialDays[r.Family], ROADate: days(j.using.roas),
		ROVState: "unknown",
	}
	var collectors, witnesses []string
	ases := map[uint32]bool{}
	for _, d := range dumps {
		if !slices.Contains(collectors, d.Collector) {
			collectors = append(collectors, d.Collector)
		}
		row.Peers += d.Peers
		row.FullFeedPeers += d.FullFeedPeers
		for _, i := range d.SeenBy {
			p := d.peers[i]
			ases[p.ASN] = true
			if len(witnesses) < maxWitnesses {
				witnesses = append(witnesses, fmt.Sprintf("%s/%s/AS%d", d.Collector, p.Address, p.ASN))
			}
		}
	}
	row.Collectors = strings.Join(collectors, ",")
	row.PeerASes = uint32(len(ases))
	if row.FullFeedTotal > 0 {
		row.Visibility = float64(row.FullFeedPeers) / float64(row.FullFeedTotal)
	}
	row.Verdict = verdict(row, ases)
	row.BogonClass, row.BogonReason = bogon(j.special, j.space, prefix, r.Family, r.OriginASN, j.day)
	if len(j.using.roas) > 0 {
		row.ROVState, row.ROVReason = j.rov.validate(prefix, r.OriginASN)
	}
	if d, ok := j.space.find(prefix); ok {
		row.Holder = strings.TrimSpace(fmt.Sprintf("%s %s %s %s", d.Registry, d.Country, d.Status, d.OpaqueID))
	}
	if row.Peers <= fewWitnesses || row.BogonClass != "none" && row.BogonClass != "unknown" {
		row.SeenBy = strings.Join(witnesses, ",")
	}
	return row
}

// verdict tells how far a route reaches, from who sees it.
func verdict(row datasets.RouteState, ases map[uint32]bool) string {
	switch {
	case len(ases) == 1 && row.OriginASN != 0 && ases[row.OriginASN]:
		return "self-feed-only"
	case len(ases) == 1:
		return "single-feeder"
	case row.Visibility < 0.1:
		return "low"
	case row.Visibility < 0.5:
		return "partial"
	}
	return "global"
}
