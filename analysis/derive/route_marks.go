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

	"tidemark/analysis/incident"
	"tidemark/analysis/topology"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// RouteMarks makes route_marks: where events begin, grow and end between an hour and the one before with dumps of the same collectors.
var RouteMarks = Derivation{Of: datasets.RouteMarks.Schema, Plan: planRouteMarks}

// judgedHour holds what is known of the routes of an hour. Only states is never nil.
type judgedHour struct {
	*dumpHour
	states, aspas, leaks, otc, links, witnesses *table.Manifest
}

func (h *judgedHour) inputs() (inputs []table.Input) {
	for _, m := range []*table.Manifest{h.states, h.aspas, h.leaks, h.otc, h.links, h.witnesses} {
		if m != nil {
			inputs = append(inputs, m.AsInput())
		}
	}
	return inputs
}

// series names the collectors of the hour.
func (h *judgedHour) series() string {
	var names []string
	for _, d := range h.dumps {
		names = append(names, d.collector)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}

// judgedHours returns the hours with states, each with the one before of the same collectors, or nil.
func judgedHours(store *table.Store) (hours []*judgedHour, before map[*judgedHour]*judgedHour, err error) {
	dumps, err := tableDumps(store)
	if err != nil {
		return nil, nil, err
	}
	newest := map[string]*judgedHour{}
	before = map[*judgedHour]*judgedHour{}
	for _, d := range dumpHours(dumps) {
		h := &judgedHour{dumpHour: d}
		for _, part := range []struct {
			of   *table.Schema
			into **table.Manifest
		}{
			{datasets.RouteStates.Schema, &h.states}, {datasets.ASPAStates.Schema, &h.aspas}, {datasets.RouteLeaks.Schema, &h.leaks},
			{datasets.OTCStates.Schema, &h.otc}, {datasets.ASLinks.Schema, &h.links}, {datasets.Witnesses.Schema, &h.witnesses},
		} {
			if *part.into, err = wholeReading(store, part.of, d.key()); err != nil {
				return nil, nil, err
			}
		}
		if h.states == nil {
			continue
		}
		before[h] = newest[h.series()]
		newest[h.series()] = h
		hours = append(hours, h)
	}
	return hours, before, nil
}

func planRouteMarks(store *table.Store) (jobs []Job, err error) {
	hours, before, err := judgedHours(store)
	if err != nil {
		return nil, err
	}
	files, err := readShelf(store)
	if err != nil {
		return nil, err
	}
	for _, h := range hours {
		h.using = files.asOf(h.hour.Truncate(24 * time.Hour))
		inputs := h.inputs()
		if b := before[h]; b != nil {
			for _, m := range []*table.Manifest{b.states, b.aspas, b.leaks, b.otc} {
				if m != nil {
					inputs = append(inputs, m.AsInput())
				}
			}
		}
		for _, m := range h.using.delegations {
			inputs = append(inputs, m.AsInput())
		}
		jobs = append(jobs, Job{Key: h.key(), Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			return (&markJob{store: store, now: h, before: before[h]}).run(ctx, into)
		}})
	}
	return jobs, nil
}

// markJob compares an hour with the one before.
type markJob struct {
	store       *table.Store
	now, before *judgedHour
	related     *relations
	delegated   *delegated
	witnesses   map[route][]datasets.Witness
	feedASes    [2]*int64
	rows        []datasets.RouteMark
}

// hourStates is what is found of an hour's routes besides their states; nil maps are unknown.
type hourStates struct {
	judged [2]bool // by family: some verdict is known
	aspas  map[route]datasets.ASPAState
	leaks  map[route]datasets.RouteLeak
	otc    map[route]datasets.OTCState // but those with the state kept
}

// judgedRoute is a route with the row that it was read from.
type judgedRoute struct {
	incident.Route
	row datasets.RouteState
}

var markColumns = []string{"family", "prefix", "origin_asn", "origin_set", "left_out", "full_feed_peers", "full_feed_total", "full_feed_ases", "verdict",
	"bogon_class", "bogon_reason", "rov_state", "rov_reason", "seen_by"}

func (j *markJob) run(ctx context.Context, into *table.Commit) error {
	out, err := datasets.RouteMarks.Create(into, j.now.key())
	if err != nil {
		return err
	}
	out.Unit = "route of the hour"
	if err := j.readContext(); err != nil {
		return err
	}
	now, err := j.readHour(j.now)
	if err != nil {
		return err
	}
	old, c := &hourStates{}, incident.Comparison{First: j.before == nil}
	if j.before != nil {
		if old, err = j.readHour(j.before); err != nil {
			return err
		}
		c.Recent = j.now.hour.Sub(j.before.hour) <= maxNewsAge
		c.Judged = [2]bool{now.judged[0] && old.judged[0], now.judged[1] && old.judged[1]}
	}
	next, stop := iter.Pull2(j.routes(j.now, now))
	defer stop()
	nextOld, stopOld := iter.Pull2(j.routes(j.before, old))
	defer stopOld()
	here, err, more := next()
	there, errOld, moreOld := nextOld()
	var marks []incident.Mark
	for n := 0; more || moreOld; n++ {
		if err != nil || errOld != nil {
			return fmt.Errorf("comparing hours: %w", cmp.Or(err, errOld))
		}
		if n%8192 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		order := -1
		if !more {
			order = 1
		} else if moreOld {
			order = netaddr.ComparePrefixes(here.prefix, there.prefix)
		}
		prefix := here.prefix
		var these, those []judgedRoute
		if order <= 0 {
			these = here.routes
			out.See(len(these))
			out.Keep(len(these))
		} else {
			prefix = there.prefix
		}
		if order >= 0 {
			those = there.routes
		}
		marks = c.Prefix(marks[:0], prefix, plainRoutes(those), plainRoutes(these))
		j.write(marks, these, now)
		if order <= 0 {
			here, err, more = next()
		}
		if order >= 0 {
			there, errOld, moreOld = nextOld()
		}
		if len(j.rows) >= 4096 {
			if err := out.Append(j.rows...); err != nil {
				return err
			}
			j.rows = j.rows[:0]
		}
	}
	j.write(c.ASes(nil), nil, now)
	return out.Append(j.rows...)
}

func plainRoutes(routes []judgedRoute) (all []incident.Route) {
	for _, r := range routes {
		all = append(all, r.Route)
	}
	return all
}

// readContext reads what is needed to describe beginnings.
func (j *markJob) readContext() (err error) {
	if j.related, err = readRelations(j.store, j.now.links); err != nil {
		return err
	}
	if j.delegated, err = readDelegated(j.store, j.now.using.delegations); err != nil {
		return err
	}
	j.witnesses = map[route][]datasets.Witness{}
	if j.now.witnesses == nil {
		return nil
	}
	for w, err := range datasets.Witnesses.Scan(j.store.Path(j.now.witnesses)) {
		if err != nil {
			return err
		}
		prefix, err := netip.ParsePrefix(w.Prefix)
		if err != nil {
			return err
		}
		r := route{prefix, w.OriginASN, w.OriginSet}
		if len(j.witnesses[r]) < maxWitnesses {
			j.witnesses[r] = append(j.witnesses[r], w)
		}
	}
	return nil
}

// readHour reads what is found of an hour besides its states.
func (j *markJob) readHour(h *judgedHour) (*hourStates, error) {
	s := &hourStates{}
	for row, err := range datasets.RouteStates.ScanColumns([]string{"family", "verdict", "full_feed_ases"}, j.store.Path(h.states)) {
		if err != nil {
			return nil, err
		}
		if row.Verdict != "unknown" {
			s.judged[row.Family/6] = true
		}
		if h == j.now && row.FullFeedASes != nil {
			j.feedASes[row.Family/6] = row.FullFeedASes
		}
	}
	if h.aspas != nil {
		s.aspas = map[route]datasets.ASPAState{}
		for row, err := range datasets.ASPAStates.Scan(j.store.Path(h.aspas)) {
			if err != nil {
				return nil, err
			}
			if row.State != "invalid" {
				continue
			}
			prefix, err := netip.ParsePrefix(row.Prefix)
			if err != nil {
				return nil, err
			}
			s.aspas[route{prefix, row.OriginASN, row.OriginSet}] = row
		}
	}
	if h.leaks != nil {
		s.leaks = map[route]datasets.RouteLeak{}
		for row, err := range datasets.RouteLeaks.Scan(j.store.Path(h.leaks)) {
			if err != nil {
				return nil, err
			}
			prefix, err := netip.ParsePrefix(row.Prefix)
			if err != nil {
				return nil, err
			}
			s.leaks[route{prefix, row.OriginASN, ""}] = row
		}
	}
	if h.otc != nil {
		s.otc = map[route]datasets.OTCState{}
		for row, err := range datasets.OTCStates.Scan(j.store.Path(h.otc)) {
			if err != nil {
				return nil, err
			}
			if row.State == "kept" {
				continue
			}
			prefix, err := netip.ParsePrefix(row.Prefix)
			if err != nil {
				return nil, err
			}
			s.otc[route{prefix, row.OriginASN, ""}] = row
		}
	}
	return s, nil
}

// prefixRoutes are the routes of a prefix.
type prefixRoutes struct {
	prefix netip.Prefix
	routes []judgedRoute
}

// routes yields the routes of an hour that the filtered table has, by prefix. Without an hour it yields none.
func (j *markJob) routes(h *judgedHour, s *hourStates) iter.Seq2[prefixRoutes, error] {
	return func(yield func(prefixRoutes, error) bool) {
		if h == nil {
			return
		}
		var group prefixRoutes
		for row, err := range datasets.RouteStates.ScanColumns(markColumns, j.store.Path(h.states)) {
			if err == nil && row.LeftOut != "" {
				continue
			}
			var prefix netip.Prefix
			if err == nil {
				prefix, err = netip.ParsePrefix(row.Prefix)
			}
			if err != nil {
				yield(group, err)
				return
			}
			if prefix != group.prefix && group.prefix.IsValid() {
				if !yield(group, nil) {
					return
				}
				group.routes = nil
			}
			group.prefix = prefix
			group.routes = append(group.routes, judgedRoute{s.route(prefix, &row), row})
		}
		if group.prefix.IsValid() {
			yield(group, nil)
		}
	}
}

// reaches are what the verdicts say of how far a route reaches.
var reaches = map[string]incident.Reach{"global": incident.Global, "partial": incident.Some, "low": incident.Few, "single-feeder": incident.Few, "self-feed-only": incident.Few}

// route returns what is known of a route.
func (s *hourStates) route(prefix netip.Prefix, row *datasets.RouteState) incident.Route {
	r := incident.Route{Origin: incident.Origin{ASN: row.OriginASN, Set: row.OriginSet}, Reach: reaches[row.Verdict]}
	if row.FullFeedPeers != nil && row.FullFeedTotal != nil {
		r.Feeds, r.Of = *row.FullFeedPeers, *row.FullFeedTotal
	}
	key := route{prefix, row.OriginASN, row.OriginSet}
	_, denied := s.aspas[key]
	_, leaked := s.leaks[key]
	marked := s.otc[key]
	for i, state := range []struct{ known, holds bool }{
		{row.BogonClass != "unknown", row.IsBogon()},
		{row.ROVState != "unknown", strings.HasPrefix(row.ROVState, "invalid")},
		{s.aspas != nil, denied},
		{s.leaks != nil, leaked},
		{s.otc != nil && marked.State != "unknown", marked.State == "leak"},
	} {
		switch {
		case state.holds:
			r.States[i] = incident.Holds
		case state.known:
			r.States[i] = incident.Clear
		}
	}
	return r
}

// write adds the rows of marks. now are the routes of their prefix.
func (j *markJob) write(marks []incident.Mark, now []judgedRoute, s *hourStates) {
	for i := range marks {
		m := &marks[i]
		row := datasets.RouteMark{Time: j.now.hour, Kind: m.Kind, Edge: string(m.Edge), OriginASN: m.Origin.ASN, OriginSet: m.Origin.Set}
		if m.Prefix.IsValid() {
			family := int64(netaddr.Family(m.Prefix.Addr()))
			row.Family, row.Prefix = &family, m.Prefix.String()
		}
		if m.Of > 0 {
			feeds, of := m.Feeds, m.Of // the marks are overwritten
			row.FullFeedPeers, row.FullFeedTotal, row.FullFeedASes = &feeds, &of, j.feedASes[v6(m.Prefix)]
		}
		if m.Dated && j.before != nil {
			row.Before = &j.before.hour
		}
		if m.Edge == incident.Begins {
			row.Others = originList(m.Others)
			if m.Above.IsValid() {
				row.CoveredBy = m.Above.String()
			}
			if n := slices.IndexFunc(now, func(r judgedRoute) bool { return r.Origin == m.Origin }); n >= 0 {
				j.describe(&row, m, &now[n].row, s)
			}
		}
		j.rows = append(j.rows, row)
	}
}

func originList(origins []incident.Origin) string {
	var all []string
	for _, o := range origins {
		all = append(all, o.String())
	}
	return strings.Join(all, ",")
}

// describe adds what decides, who sees it, and what speaks for an innocent reading.
func (j *markJob) describe(row *datasets.RouteMark, m *incident.Mark, state *datasets.RouteState, s *hourStates) {
	key := route{m.Prefix, m.Origin.ASN, m.Origin.Set}
	var seenBy []string
	for _, w := range j.witnesses[key] {
		seenBy = append(seenBy, fmt.Sprintf("%s/%s/AS%d", w.Collector, w.PeerAddress, w.PeerASN))
		if row.Path == "" {
			row.Path = w.Path
		}
	}
	row.SeenBy = strings.Join(seenBy, ",")
	if row.SeenBy == "" {
		row.SeenBy = state.SeenBy
	}
	switch m.Kind {
	case incident.Bogon:
		row.Detail = state.BogonReason
	case incident.ROVInvalid:
		row.Detail = state.ROVState + ": " + state.ROVReason
	case incident.ASPAInvalid:
		denied := s.aspas[key]
		row.Detail, row.SeenBy, row.Path = denied.Hop, denied.SeenBy, denied.InvalidPath
	case incident.RouteLeak:
		leaked := s.leaks[key]
		row.Innocent = j.sameHolders(leaked.LeakASN, leaked.Path)
		row.Detail, row.SeenBy, row.Path = leaked.Valley, leaked.SeenBy, leaked.Path
	case incident.OTCLeak:
		leaked := s.otc[key]
		row.Innocent = j.sameHolders(leaked.LeakASN, leaked.Path)
		row.Detail, row.SeenBy, row.Path = leaked.Hop, leaked.SeenBy, leaked.Path
	default:
		if state.ROVState == "valid" {
			row.Innocent = append(row.Innocent, "valid-roa")
		}
		if service := incident.Anycast(m.Prefix); service != "" {
			row.Innocent = append(row.Innocent, "anycast: "+service)
		}
	}
	for _, other := range m.Others {
		if x := j.related.of(v6(m.Prefix), m.Origin.ASN, other.ASN); x != topology.Unknown && other.Set == "" {
			row.Innocent = append(row.Innocent, fmt.Sprintf("%s of AS%d", x, other.ASN))
		}
	}
	row.Innocent = append(row.Innocent, j.sameHolder(m)...)
}

// sameHolder returns which of the other origins, and whether the prefix, the holder of the origin AS holds too.
func (j *markJob) sameHolder(m *incident.Mark) (found []string) {
	self, known := j.delegated.holder(m.Origin.ASN)
	if !known {
		return nil
	}
	if d := j.delegated.find(m.Prefix); d != nil && d.row.Registry == self.Registry && d.row.OpaqueID == self.OpaqueID {
		found = append(found, "same-holder as the prefix")
	}
	for _, other := range m.Others {
		if j.delegated.sameHolder(m.Origin.ASN, other.ASN) {
			found = append(found, fmt.Sprintf("same-holder as AS%d", other.ASN))
		}
	}
	return found
}

// sameHolders returns which neighbours of an AS, on a path with a leak, its holder holds too.
func (j *markJob) sameHolders(asn uint32, path string) (found []string) {
	ases, _ := routeServers(nil).parse(nil, path)
	at := slices.Index(ases, asn)
	for _, i := range []int{at - 1, at + 1} {
		if at >= 0 && i >= 0 && i < len(ases) && j.delegated.sameHolder(asn, ases[i]) {
			found = append(found, fmt.Sprintf("same-holder of AS%d and AS%d", asn, ases[i]))
		}
	}
	return found
}
