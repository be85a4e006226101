package derive

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// MinFullFeeds is of how many ASes there must be full feeds for a verdict on how far a route reaches, unless configured
// otherwise: what one or two networks see is not what the public sees.
const MinFullFeeds = 5

// RouteStates makes route_states: the routes of all dumps whose first record falls in the same UTC hour, judged by the
// registry files nearest at or before that day; and on the way state_stats and address_use. Where the dumps have full feeds of
// fewer ASes than minFullFeeds, the verdict is unknown.
func RouteStates(minFullFeeds int) Derivation {
	return Derivation{Of: datasets.RouteStates.Schema, With: []*table.Schema{datasets.StateStats.Schema, datasets.AddressUses.Schema},
		Plan: func(store *table.Store) ([]Job, error) { return planRouteStates(store, minFullFeeds) }}
}

// tableDump is a dump's partitions.
type tableDump struct {
	routes, peers *table.Manifest // peers is nil for a table without
	collector     string
	at            time.Time
}

// maxNewsAge is how old the previous dump may be for a route that it lacks to count as new.
const maxNewsAge = 8 * 24 * time.Hour

// dumpHour holds the dumps of an hour, and the previous dump of each of their collectors.
type dumpHour struct {
	hour        time.Time
	dumps       []tableDump
	before      []tableDump
	knowsBefore bool // each collector has a previous dump that is recent enough
	using       registries
}

func (h *dumpHour) key() table.Key {
	return table.Key{Day: h.hour, Name: h.hour.Format("2006-01-02T15")}
}

func planRouteStates(store *table.Store, minFullFeeds int) ([]Job, error) {
	dumps, err := tableDumps(store)
	if err != nil {
		return nil, err
	}
	files, err := readShelf(store)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, h := range dumpHours(dumps) {
		h.using = files.asOf(h.hour.Truncate(24 * time.Hour))
		var inputs []table.Input
		for _, d := range slices.Concat(h.dumps, h.before) {
			inputs = append(inputs, d.routes.AsInput())
			if d.peers != nil {
				peers := d.peers.AsInput()
				peers.With = fmt.Sprintf("min_full_feeds=%d", minFullFeeds) // which their full feeds have to reach
				inputs = append(inputs, peers)
			}
		}
		memory := hourMemory + streamMemory*int64(len(h.dumps)+len(h.before))
		jobs = append(jobs, Job{Key: h.key(), Inputs: append(inputs, h.using.inputs()...), Memory: memory, Run: func(ctx context.Context, into *table.Commit) error {
			return routeStates(ctx, store, h, minFullFeeds, into)
		}})
	}
	return jobs, nil
}

// tableDumps returns all dumps, ordered by time and collector.
func tableDumps(store *table.Store) ([]tableDump, error) {
	routes, err := store.Manifests(datasets.Routes.Schema)
	if err != nil {
		return nil, err
	}
	var dumps []tableDump
	for _, m := range routes {
		d := tableDump{routes: m}
		if d.peers, err = store.Manifest(datasets.Peers.Schema, table.Key{Day: m.Day(), Name: m.Name()}); err != nil {
			return nil, err
		}
		var ok bool
		if d.peers != nil { // the smaller file, where the manifest has no labels
			var labels datasets.Peer
			labels, ok, err = datasets.Peers.Labels(store, d.peers)
			d.collector, d.at = labels.Collector, labels.DumpTime
		} else {
			var labels datasets.Route
			labels, ok, err = datasets.Routes.Labels(store, m)
			d.collector, d.at = labels.Collector, labels.DumpTime
		}
		if err != nil {
			return nil, err
		}
		if ok {
			dumps = append(dumps, d)
		}
	}
	slices.SortStableFunc(dumps, func(a, b tableDump) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.collector, b.collector)) })
	return dumps, nil
}

// dumpHours groups dumps, which are in the order of time, by the hour of their first record.
func dumpHours(dumps []tableDump) (hours []*dumpHour) {
	latest := map[string]tableDump{} // of each collector, before the hour
	for len(dumps) > 0 {
		h := &dumpHour{hour: dumps[0].at.Truncate(time.Hour), knowsBefore: true}
		n := 0
		for n < len(dumps) && dumps[n].at.Truncate(time.Hour).Equal(h.hour) {
			n++
		}
		h.dumps, dumps = dumps[:n:n], dumps[n:]
		var collectors []string
		for _, d := range h.dumps {
			if !slices.Contains(collectors, d.collector) {
				collectors = append(collectors, d.collector)
			}
		}
		for _, c := range collectors {
			d, ok := latest[c]
			h.knowsBefore = h.knowsBefore && ok && d.peers != nil && h.hour.Sub(d.at) <= maxNewsAge
			h.before = append(h.before, d)
		}
		if !h.knowsBefore {
			h.before = nil
		}
		for _, d := range h.dumps {
			latest[d.collector] = d
		}
		hours = append(hours, h)
	}
	return hours
}

// source is a dump whose routes are being read.
type source struct {
	tableDump
	past      bool // the dump is from before the hour
	witnesses []string
	ases      []int     // by peer, the index of its AS among those of the hour
	asns      []uint32  // by peer
	full      [2][]bool // by family and peer
	stats     *stateStats
}

// seen is a route of one dump.
type seen struct {
	datasets.Route
	prefix netip.Prefix
	from   *source
}

func routeStates(ctx context.Context, store *table.Store, h *dumpHour, minFullFeeds int, into *table.Commit) error {
	day := h.hour.Truncate(24 * time.Hour)
	found, err := readBogons(store, &h.using, day)
	if err != nil {
		return err
	}
	rov, err := readValidator(store, h.using.roas, h.using.exceptions)
	if err != nil {
		return err
	}
	j := judge{dumpHour: h, bogons: found, rov: rov, minFullFeeds: int64(minFullFeeds), specialDays: map[uint32]string{},
		roaDays: days(rov.days), roaAnchors: strings.Join(rov.anchorNames(false), ","),
		spaceDays: days(slices.Concat(h.using.space, h.using.spaceLate, h.using.delegations))}
	j.noPayloads = noPayloads(h.using.roasOld, day)
	for _, family := range []uint32{4, 6} {
		if found.have[family] {
			j.specialDays[family] = days(h.using.special)
		} else if found.late[family] {
			j.specialDays[family] = days(h.using.specialLate)
		}
	}
	var streams []iter.Seq2[seen, error]
	var sources []*source
	asNumbers := map[uint32]int{}
	for i, d := range slices.Concat(h.dumps, h.before) {
		s := &source{tableDump: d, past: i >= len(h.dumps)}
		if !s.past {
			if err := s.readPeers(store, asNumbers, &j.feeds); err != nil {
				return err
			}
			sources = append(sources, s)
		}
		streams = append(streams, s.routes(store))
	}
	j.lastRoute = make([]int, len(asNumbers))
	out, err := datasets.RouteStates.Create(into, h.key())
	if err != nil {
		return err
	}
	out.Unit = "route of a dump"
	var use addressUse
	var above rescuers
	n := 0
	var batch []datasets.RouteState
	for group, err := range byPrefix(streams) {
		if err != nil {
			return err
		}
		if n++; n%8192 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		from := len(batch)
		var routes int
		batch, routes = j.judgePrefix(batch, group)
		out.See(routes)
		out.Keep(routes)
		if len(batch) > from && batch[from].LeftOut == "" {
			use.add(group[0].prefix)
			above.setRescuers(group[0].prefix, batch[from:])
		}
		if len(batch) >= 4096 {
			if err := out.Append(batch...); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if err := out.Append(batch...); err != nil {
		return err
	}
	if err := writeStateStats(sources, h.key(), into); err != nil {
		return err
	}
	return use.write(h, found.delegated, into)
}

// readPeers reads the peers to which the routes refer by index.
func (s *source) readPeers(store *table.Store, asNumbers map[uint32]int, feeds *[2]fullFeeds) error {
	s.stats = &stateStats{}
	if s.peers == nil {
		return nil
	}
	feeds[0].known, feeds[1].known = true, true
	for p, err := range datasets.Peers.Scan(store.Path(s.peers)) {
		if err != nil {
			return err
		}
		number, known := asNumbers[p.ASN]
		if !known {
			number = len(asNumbers)
			asNumbers[p.ASN] = number
		}
		s.witnesses = append(s.witnesses, s.collector+"/"+p.Address+"/AS"+strconv.FormatUint(uint64(p.ASN), 10))
		s.ases, s.asns = append(s.ases, number), append(s.asns, p.ASN)
		s.full[0], s.full[1] = append(s.full[0], p.IPv4FullFeed), append(s.full[1], p.IPv6FullFeed)
		if p.IPv4FullFeed {
			feeds[0].add(p.ASN)
		}
		if p.IPv6FullFeed {
			feeds[1].add(p.ASN)
		}
		s.stats.peers = append(s.stats.peers, p)
	}
	return nil
}

var (
	routeColumns = []string{"collector", "family", "prefix", "prefix_length", "origin_asn", "origin_set", "peers", "full_feed_peers", "seen_by", "reserved_asns", "left_out"}
	pastColumns  = []string{"collector", "prefix", "origin_asn", "origin_set"}
)

func (s *source) routes(store *table.Store) iter.Seq2[seen, error] {
	return func(yield func(seen, error) bool) {
		columns := routeColumns
		if s.past {
			columns = pastColumns
		}
		for r, err := range datasets.Routes.ScanColumns(columns, store.Path(s.tableDump.routes)) {
			at := seen{Route: r, from: s}
			if err == nil {
				at.prefix, err = netip.ParsePrefix(r.Prefix)
			}
			if !yield(at, err) {
				return
			}
		}
	}
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
		var group []seen
		for len(heads) > 0 {
			least := heads[0]
			for _, h := range heads[1:] {
				if netaddr.ComparePrefixes(h.prefix, least.prefix) < 0 {
					least = h
				}
			}
			prefix := least.prefix
			group = group[:0]
			for i := 0; i < len(heads); {
				h := heads[i]
				ended := false
				for !ended && h.prefix == prefix {
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

// fullFeeds are the peers of an hour's dumps that send a full table of a family.
type fullFeeds struct {
	known bool // a dump names its peers
	peers int64
	ases  int64 // distinct
	have  map[uint32]bool
}

func (f *fullFeeds) add(asn uint32) {
	if f.have == nil {
		f.have = map[uint32]bool{}
	}
	f.peers++
	f.have[asn] = true
	f.ases = int64(len(f.have))
}

// judge holds the registries and counts by which the routes of an hour are judged.
type judge struct {
	*dumpHour
	bogons       *bogons
	rov          *validator
	minFullFeeds int64 // ASes with full feeds that a verdict needs
	specialDays  map[uint32]string
	feeds        [2]fullFeeds // by family

	roaDays, roaAnchors, spaceDays string
	noPayloads                     string // why no route has a ROV state, if none has

	counts    table.Cells[int64]
	shares    table.Cells[float64]
	lastRoute []int // by index of an AS, the last route that it carried
	route     int   // the number of the current route
}

// noPayloads says why there are no payloads for a day; old are the newest before it that are too old.
func noPayloads(old []*table.Manifest, day time.Time) string {
	if len(old) == 0 {
		return "no payloads of that day or before are available"
	}
	return fmt.Sprintf("payloads of %s are %d days older than the table (limit %d days)", days(old), table.DaysBetween(old[0].Day(), day), datasets.ROAs.DaysValid(""))
}

// maxWitnesses is how many peers seen_by names. maxNamedPeers is how many peers may carry a route for seen_by to be set;
// bogons have it always.
const (
	maxWitnesses  = 16
	maxNamedPeers = 8
)

// judgePrefix appends a row for each origin of a prefix, and returns how many routes of dumps it judged.
func (j *judge) judgePrefix(rows []datasets.RouteState, group []seen) (all []datasets.RouteState, routes int) {
	if len(group) > 1 {
		slices.SortStableFunc(group, func(a, b seen) int {
			return cmp.Or(cmp.Compare(a.OriginASN, b.OriginASN), cmp.Compare(a.OriginSet, b.OriginSet), cmp.Compare(a.Collector, b.Collector))
		})
	}
	origins, last := 0, uint32(0)
	var before []string
	for i := range group {
		r := &group[i]
		switch {
		case r.from.past:
			if text := originText(r); !slices.Contains(before, text) {
				before = append(before, text)
			}
		case r.OriginASN != 0 && r.OriginASN != last:
			origins, last = origins+1, r.OriginASN
		}
	}
	for len(group) > 0 {
		n := 1
		for n < len(group) && group[n].OriginASN == group[0].OriginASN && group[n].OriginSet == group[0].OriginSet {
			n++
		}
		now := group[:0:0]
		for _, r := range group[:n] {
			if !r.from.past {
				now = append(now, r)
			}
		}
		if len(now) > 0 {
			rows = append(rows, j.judgeRoute(now, origins > 1, before))
			routes += len(now)
		}
		group = group[n:]
	}
	return rows, routes
}

// originText returns the origin as text: an AS number, an AS_SET, or 0.
func originText(r *seen) string {
	if r.OriginSet != "" {
		return r.OriginSet
	}
	return strconv.FormatUint(uint64(r.OriginASN), 10)
}

// judgeRoute judges a (prefix, origin) that is in one or more dumps.
func (j *judge) judgeRoute(dumps []seen, moas bool, before []string) datasets.RouteState {
	r := &dumps[0]
	row := datasets.RouteState{
		Time: j.hour, Family: r.Family, Prefix: r.Prefix, PrefixLength: r.PrefixLength, OriginASN: r.OriginASN, OriginSet: r.OriginSet,
		LeftOut: r.LeftOut, MOAS: moas, NewlySeen: "unknown", SpecialDate: j.specialDays[r.Family],
		SpaceDate: j.spaceDays, ROADate: j.roaDays, ROAAnchors: j.roaAnchors, ROVState: "unknown",
	}
	onlyOrigin := j.countPeers(&row, dumps)
	row.Verdict = verdict(&row, onlyOrigin, j.minFullFeeds)
	if j.knowsBefore {
		row.NewlySeen = "no"
		if !slices.Contains(before, originText(r)) {
			row.NewlySeen = "yes"
			row.OriginsBefore = strings.Join(before, ",")
		}
	}
	row.BogonClass, row.BogonReason = j.bogons.class(r.prefix, r.OriginASN, reservedASNs(dumps))
	hasOrigin := row.Peers != nil || r.OriginASN != 0 || r.OriginSet != "" // a mere list of prefixes has none
	switch {
	case !hasOrigin:
		row.ROVReason = "the table names no origins"
	case len(j.using.roas) == 0:
		row.ROVReason = j.noPayloads
	default:
		row.ROVState, row.ROVReason = j.rov.validate(r.prefix, r.OriginASN, j.bogons.registryOf(r.prefix))
	}
	if d := j.bogons.delegated.find(r.prefix); d != nil {
		row.Holder = d.holder
	}
	if row.PeerASes != nil && (*row.Peers <= maxNamedPeers || row.IsBogon()) {
		row.SeenBy = strings.Join(firstWitnesses(dumps), ",")
	}
	for i := range dumps {
		dumps[i].from.count(&dumps[i], &row)
	}
	return row
}

// countPeers sets the collectors, the counts of peers and the visibility of a row. It reports whether the origin AS is the
// only AS that carries the route.
func (j *judge) countPeers(row *datasets.RouteState, dumps []seen) (onlyOrigin bool) {
	j.route++
	onlyOrigin = row.OriginASN != 0
	var peers, ases, full int64
	saysHowMany, namesThem := false, false
	for i := range dumps {
		d := &dumps[i]
		switch {
		case i == 0:
			row.Collectors = d.Collector
		case d.Collector != dumps[i-1].Collector:
			row.Collectors += "," + d.Collector
		}
		if d.Peers != nil {
			saysHowMany = true
			peers += *d.Peers
		}
		if d.FullFeedPeers != nil {
			full += *d.FullFeedPeers
		}
		for _, p := range d.SeenBy {
			namesThem = true
			if n := d.from.ases[p]; j.lastRoute[n] != j.route {
				j.lastRoute[n] = j.route
				ases++
			}
			onlyOrigin = onlyOrigin && d.from.asns[p] == row.OriginASN
		}
	}
	if saysHowMany {
		row.Peers = j.counts.Of(peers)
	}
	feeds := &j.feeds[row.Family/6]
	if feeds.known {
		row.FullFeedTotal, row.FullFeedASes = &feeds.peers, &feeds.ases
	}
	if namesThem {
		row.PeerASes, row.FullFeedPeers = j.counts.Of(ases), j.counts.Of(full)
		if feeds.peers > 0 {
			row.Visibility = j.shares.Of(float64(full) / float64(feeds.peers))
		}
	}
	return onlyOrigin && namesThem
}

// reservedASNs returns the reserved AS numbers in the paths of all dumps.
func reservedASNs(dumps []seen) []uint32 {
	reserved := dumps[0].ReservedASNs
	for i := range dumps[1:] {
		if more := dumps[1+i].ReservedASNs; len(more) > 0 {
			reserved = slices.Concat(reserved, more)
		}
	}
	if len(reserved) > len(dumps[0].ReservedASNs) {
		slices.Sort(reserved)
		reserved = slices.Compact(reserved)
	}
	return reserved
}

// firstWitnesses returns the peers that carry a route, at most maxWitnesses.
func firstWitnesses(dumps []seen) (witnesses []string) {
	for i := range dumps {
		for _, p := range dumps[i].SeenBy {
			if len(witnesses) == maxWitnesses {
				return witnesses
			}
			witnesses = append(witnesses, dumps[i].from.witnesses[p])
		}
	}
	return witnesses
}

// rescuers are the routes that cover the current prefix, the least specific first. Traffic to an invalid route may fall back
// to one of them.
type rescuers []rescuer

type rescuer struct {
	prefix  netip.Prefix
	text    string
	origins []uint32 // whose routes are valid or not-found
}

// setRescuers sets the rescuers of the rows of a prefix. Prefixes must come in their order.
func (r *rescuers) setRescuers(prefix netip.Prefix, rows []datasets.RouteState) {
	for len(*r) > 0 && !(*r)[len(*r)-1].prefix.Contains(prefix.Addr()) {
		*r = (*r)[:len(*r)-1]
	}
	self := rescuer{prefix: prefix, text: rows[0].Prefix}
	for i := range rows {
		row := &rows[i]
		switch {
		case row.OriginASN == 0:
		case row.ROVState == "valid" || row.ROVState == "not-found":
			self.origins = append(self.origins, row.OriginASN)
		case strings.HasPrefix(row.ROVState, "invalid"):
			for _, above := range slices.Backward(*r) {
				if slices.Contains(above.origins, row.OriginASN) {
					row.RescuedBy = above.text
					break
				}
			}
		}
	}
	*r = append(*r, self)
}

// verdict returns how far a route reaches, judged by the peers that see it. It is unknown if the table names no peers, or if its
// full feeds are of fewer ASes than the minimum.
func verdict(row *datasets.RouteState, onlyOrigin bool, minFullFeeds int64) string {
	switch {
	case row.PeerASes == nil || row.Visibility == nil || *row.FullFeedASes < minFullFeeds:
		return "unknown"
	case onlyOrigin:
		return "self-feed-only"
	case *row.PeerASes == 1:
		return "single-feeder"
	case *row.Visibility < 0.1:
		return "low"
	case *row.Visibility < 0.5:
		return "partial"
	}
	return "global"
}

// count adds a route to the counts of its dump.
func (s *source) count(r *seen, row *datasets.RouteState) {
	v6 := 0
	if r.Family == 6 {
		v6 = 1
	}
	s.stats.add(v6, row, r.SeenBy, s.full[v6])
}

// writeStateStats writes the counts of all dumps of the hour.
func writeStateStats(sources []*source, key table.Key, into *table.Commit) error {
	out, err := datasets.StateStats.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "count"
	for _, s := range sources {
		rows := s.stats.rows(s.collector, s.at)
		out.See(len(rows))
		out.Keep(len(rows))
		if err := out.Append(rows...); err != nil {
			return fmt.Errorf("counting states of %s: %w", s.collector, err)
		}
	}
	return nil
}
