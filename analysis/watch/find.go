package watch

import (
	"cmp"
	"context"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark/analysis/engine"
	"tidemark/analysis/operator"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/history"
)

// Reads are the datasets that rules are judged on.
var Reads = []*table.Schema{datasets.RouteStates.Schema, datasets.RouteEvents.Schema, datasets.TableStats.Schema, datasets.Routes.Schema, datasets.Peers.Schema, datasets.WatchedUpdates.Schema,
	datasets.ASLinks.Schema, datasets.ROAChanges.Schema, datasets.ROAs.Schema, datasets.ASPAs.Schema, datasets.CountryStats.Schema, datasets.DomainReadinesses.Schema, datasets.IPv6Probes.Schema, datasets.RFCEvents.Schema, datasets.AssignmentEvents.Schema}

// Found is what the rules find.
type Found struct {
	Alerts  []Alert // by beginning, then by rule, kind and subject
	LeftOut []Hour  // hours with dumps from which nothing is raised
	Routes  int64   // rows of route_states that were compared with rules
}

// finder looks for what the rules ask for.
type finder struct {
	store  *table.Store
	engine *engine.Engine    // of route_states, it has the newest day
	states []*table.Manifest // of route_states
	hours  []hour
	days   map[string][]hour // days with files of payloads, of ASPAs and of probes, by dataset, oldest first
	found  []Alert

	updates    []*table.Manifest             // of watched_updates, as far back as they are judged
	listeners  []*listener                   // collectors with update files of watched prefixes
	moments    map[uint32][]fileEnd          // ends of these, by family
	partitions map[fileStart]*table.Manifest // of update files, read once if an alert rests on one
	sequences  map[uint32][]*hour            // times at which something is known, by family

	routes int64

	lineage func() (history.Lineage, error) // of drafts, read once if a rule asks for it
	news    func() (history.News, error)    // likewise
	anchors func() ([]anchored, error)      // likewise
}

func newFinder(ctx context.Context, store *table.Store) (*finder, error) {
	files, err := newestUpdates(store)
	if err != nil {
		return nil, err
	}
	said := map[string]bool{} // files of which more is to be read than the manifest has
	for _, m := range files {
		said[m.File] = m.Rows > 1
	}
	states, newest, err := statesOf(store)
	if err != nil {
		return nil, err
	}
	e, err := engine.Open(store, Reads, engine.Options{Only: func(m *table.Manifest) bool {
		return (m.Dataset != datasets.WatchedUpdates.Name || said[m.File]) && (m.Dataset != datasets.RouteStates.Name || newest(m))
	}})
	if err != nil {
		return nil, err
	}
	f := &finder{store: store, engine: e, states: states, updates: files, days: map[string][]hour{}, sequences: map[uint32][]*hour{}}
	f.lineage = sync.OnceValues(func() (history.Lineage, error) { return history.ReadLineage(store) })
	f.news = sync.OnceValues(func() (history.News, error) { return history.ReadNews(store) })
	f.anchors = sync.OnceValues(f.readAnchors)
	f.readDays(datasets.ROAs.Schema, datasets.ASPAs.Schema, datasets.IPv6Probes.Schema)
	if err := f.readHours(ctx); err != nil {
		e.Close()
		return nil, err
	}
	return f, nil
}

// statesOf returns the partitions of route_states, and a function that reports whether one is of the newest day.
func statesOf(store *table.Store) (all []*table.Manifest, newest func(*table.Manifest) bool, err error) {
	all, err = store.Manifests(datasets.RouteStates.Schema)
	return all, func(m *table.Manifest) bool { return m.Day().Equal(all[len(all)-1].Day()) }, err
}

// queryStates runs a query over route_states of all days; see engine.QueryPortions.
func (f *finder) queryStates(ctx context.Context, query string, args ...any) (*table.Result, error) {
	return engine.QueryPortions(ctx, f.store, datasets.RouteStates.Schema, f.states, query, args...)
}

// partitionsOf returns the partitions of a dataset on which rules are judged.
func (f *finder) partitionsOf(s *table.Schema) []*table.Manifest {
	if s == datasets.RouteStates.Schema {
		return f.states
	}
	return f.engine.Partitions(s)
}

// Find returns all that the rules find in the store. They must have passed their check. The same store and rules give the same alerts.
func Find(ctx context.Context, store *table.Store, rules []Rule) (*Found, error) {
	f, err := newFinder(ctx, store)
	if err != nil {
		return nil, err
	}
	defer f.engine.Close()
	if err := f.readUpdates(ctx, rules); err != nil {
		return nil, err
	}
	for i := range rules {
		for _, step := range []func(context.Context, *Rule) error{f.routeEvents, f.watchedRoutes, f.upstreams, f.visibility, f.payloads,
			f.uncovered, f.tooLong, f.expiring, f.missingAnchors, f.aspas, f.domains, f.certificates, f.countries, f.documents, f.registries} {
			if err := step(ctx, &rules[i]); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(f.found, func(a, b Alert) int {
		return cmp.Or(a.SeenFrom.Compare(b.SeenFrom), cmp.Compare(a.Watch, b.Watch), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.ID, b.ID))
	})
	// A route may be a leak by its neighbours and by Only to Customer, and an entry may refer to two watched RFCs.
	f.found = slices.CompactFunc(f.found, func(a, b Alert) bool { return a.ID == b.ID })
	addIncidents(f.found)
	return &Found{Alerts: f.found, LeftOut: f.leftOut(), Routes: f.routes}, nil
}

func (f *finder) leftOut() (all []Hour) {
	for _, h := range f.hours {
		if h.why != "" {
			all = append(all, Hour{h.at, h.family, h.why})
		}
	}
	for _, s := range Reads {
		for _, d := range f.days[s.Name] {
			if d.why != "" {
				all = append(all, Hour{Time: d.at, Why: d.why})
			}
		}
	}
	return all
}

// add adds an alert of a rule, with what follows from its kind. Where there may be several of one subject at once, what tells them apart
// is in detail.
func (f *finder) add(r *Rule, kind string, a Alert, detail ...string) {
	k := kindOf(kind)
	a.Watch, a.Kind, a.Advice = r.Name, kind, k.Advice
	a.Severity = cmp.Or(r.Severity[kind], a.Severity, k.Severity)
	a.ID = identity(append([]string{a.Watch, a.Kind, a.Subject, a.SeenFrom.UTC().Format(time.RFC3339)}, detail...)...)
	f.found = append(f.found, a)
}

// evidence returns a row of the partition of a day with a name, or of the only partition where the name is empty.
func (f *finder) evidence(s *table.Schema, at time.Time, name, text string) []Evidence {
	for _, m := range f.partitionsOf(s) {
		if name == "" || m.Name() == name && m.Day().Equal(at.UTC().Truncate(24*time.Hour)) {
			return []Evidence{{s.Name, m.File, m.SHA256, text}}
		}
	}
	return nil
}

// ofHour is evidence of a partition that is named after its hour.
func (f *finder) ofHour(s *table.Schema, at time.Time, text string) []Evidence {
	return f.evidence(s, at, at.UTC().Format("2006-01-02T15"), text)
}

// ofDay is evidence of the files of a day.
func (f *finder) ofDay(s *table.Schema, day time.Time, text string) (all []Evidence) {
	for _, m := range f.partitionsOf(s) {
		if m.Day().Equal(day) {
			all = append(all, Evidence{s.Name, m.File, m.SHA256, text})
		}
	}
	return all
}

// grouped returns neighbouring rows that have the same first columns, which are texts and numbers, together.
func grouped(rows [][]any, columns int) iter.Seq[[][]any] {
	return func(yield func([][]any) bool) {
		for len(rows) > 0 {
			n := 1
			for n < len(rows) && slices.Equal(rows[n][:columns], rows[0][:columns]) {
				n++
			}
			if !yield(rows[:n]) {
				return
			}
			rows = rows[n:]
		}
	}
}

// inside returns the condition on the columns family, prefix and prefix_length for routes that may be inside prefixes: what it lets through
// is to be compared with them.
func inside(prefixes ...netip.Prefix) (condition string, args []any) {
	var parts []string
	for _, p := range prefixes {
		parts = append(parts, "(family = ? AND prefix_length >= ? AND starts_with(prefix, ?))")
		args = append(args, int64(familyOf(p)), int64(p.Bits()), operator.Stem(p))
	}
	return "(" + strings.Join(parts, " OR ") + ")", args
}

// about returns the condition for what may be inside the rule's prefixes, or is of one of its ASes by a condition with the arguments of an AS.
func about(r *Rule, ofAS string, argsOf func(asn uint32) []any) (condition string, args []any) {
	var parts []string
	if len(r.Prefixes) > 0 {
		condition, args = inside(r.prefixes()...)
		parts = append(parts, condition)
	}
	for _, asn := range r.ASes {
		parts, args = append(parts, ofAS), append(args, argsOf(asn)...)
	}
	return strings.Join(parts, " OR "), args
}

// page returns the page of the watched prefix that a route is in, or else of the watched AS.
func page(r *Rule, prefix string, asns ...uint32) string {
	if p, err := netip.ParsePrefix(prefix); err == nil {
		if w, ok := r.covering(p); ok {
			return operator.PrefixPage(w.String())
		}
	}
	for _, asn := range asns {
		if slices.Contains(r.ASes, asn) {
			return operator.ASPage(asn)
		}
	}
	return ""
}

// timeLineOf returns the prefix whose time line shows a route: the watched one that it is in, or its own; empty: it is none.
func timeLineOf(r *Rule, prefix string) string {
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		return ""
	}
	if w, ok := r.covering(p); ok {
		return w.String()
	}
	return p.String()
}

// when says between which times something began.
func when(notBefore *time.Time, seenFrom time.Time) string {
	if notBefore == nil {
		return "by " + clock(seenFrom)
	}
	return "between " + clock(*notBefore) + " and " + clock(seenFrom)
}

// until says when something ended, as far as the data show it.
func until(goneBy *time.Time, lastSeen time.Time) string {
	if goneBy == nil {
		return "last seen " + clock(lastSeen)
	}
	return "over by " + clock(*goneBy)
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
