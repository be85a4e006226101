package watch

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/operator"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Prefixes returns the prefixes of rules, which must have passed their check.
func Prefixes(rules []Rule) (all []netip.Prefix) {
	for i := range rules {
		all = append(all, rules[i].prefixes()...)
	}
	return all
}

// routeKey is a prefix with its origin: a number, or an AS_SET.
type routeKey struct{ prefix, origin string }

// asn returns the origin as a number; 0: it is an AS_SET.
func (k routeKey) asn() uint32 {
	n, err := strconv.ParseUint(k.origin, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// peer is a session as update files and dumps name it.
type peer struct {
	address string
	asn     uint32
}

func (p peer) String() string { return fmt.Sprintf("%s/AS%d", p.address, p.asn) }

// announced is a route that a session carries.
type announced struct {
	key   routeKey
	path  string    // empty: it is by the dump, whose paths are not known
	since time.Time // zero: it is by the dump
	in    time.Time // beginning of the update file that has it
}

// pathOf is a prefix on a session, or a path to it.
type pathOf struct {
	peer
	prefix string
	id     int64 // ADD-PATH identifier; noID: the session does not use it, or the dump does not say
}

const noID = -1

// updateRow is a row of watched_updates about a session or a route.
type updateRow struct {
	of    pathOf
	state string // announced or withdrawn, of a session up or down
	at    time.Time
	route announced
}

// updateFile is an update file of a collector, as far as it is about watched prefixes.
type updateFile struct {
	from, until time.Time
	name        string
	isDamaged   bool
	rows        []updateRow // sessions before routes
}

// baseDump is a table dump from which update files go on.
type baseDump struct {
	at     time.Time
	peers  map[peer]bool
	routes map[pathOf][]routeKey
	feeds  [2]map[peer]bool // that send a full table, by family
}

// listener is a collector with update files.
type listener struct {
	name  string
	files []updateFile // oldest first
	step  time.Duration
	dumps []*baseDump // oldest first, until the newest file
	isDry bool        // the collector makes no dumps
}

// carriage is what the sessions of a collector carry of the watched prefixes of a family.
type carriage struct {
	carried  map[routeKey]map[peer]announced
	unclear  map[routeKey]bool        // it may be carried: a session with ADD-PATH changed a path, and the dump does not say which it had
	prefixes map[peer]map[string]bool // that a session carries, or may
	feeds    map[peer]bool            // sessions with full tables that were not lost since the dump
	allFeeds int                      // of the dump
}

// view is what a collector shows when an update file ends.
type view struct {
	*carriage
	collector string
	from, at  time.Time // of the file
	isKnown   bool      // a dump and all update files since are there
	isDry     bool      // the collector makes no dumps
	run       string    // the files without a gap that it is part of
	stale     time.Time // when it expires unless a file follows
}

// dumpWriting is how long a dump may take to be written: what it shows may be of any time until then. Within it the update files since the
// dump before count, if they are all there.
const dumpWriting = time.Hour

// readUpdates reads what update files say of the prefixes of the rules.
func (f *finder) readUpdates(ctx context.Context, rules []Rule) error {
	f.listeners, f.moments = nil, map[uint32][]fileEnd{}
	prefixes := Prefixes(rules)
	if len(prefixes) == 0 || len(f.updates) == 0 {
		return nil
	}
	if err := f.readUpdateFiles(ctx, prefixes); err != nil {
		return err
	}
	if err := f.readBases(ctx, prefixes); err != nil {
		return err
	}
	for _, family := range []uint32{4, 6} {
		f.moments[family] = f.momentsOf(family)
	}
	return nil
}

// updateDays is how far back update files are judged: as long as the time line of an incident is, and a day more.
const updateDays = 31

// newestUpdates returns the partitions of watched_updates that are judged.
func newestUpdates(store *table.Store) ([]*table.Manifest, error) {
	all, err := store.Manifests(datasets.WatchedUpdates.Schema)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	newest := slices.MaxFunc(all, func(a, b *table.Manifest) int { return a.Day().Compare(b.Day()) }).Day()
	return slices.DeleteFunc(slices.Clone(all), func(m *table.Manifest) bool { return m.Day().Before(newest.AddDate(0, 0, -updateDays)) }), nil
}

// addQuiet adds the files in which nothing is about a watched prefix or a session: their manifests say all of them.
func (f *finder) addQuiet(byName map[string]*listener) error {
	for _, m := range f.updates {
		if m.Rows != 1 {
			continue
		}
		file, ok, err := datasets.WatchedUpdates.Labels(f.store, m)
		if err != nil || !ok {
			return err
		}
		l := byName[file.Collector]
		if l == nil {
			l = &listener{name: file.Collector, isDry: true}
			byName[file.Collector], f.listeners = l, append(f.listeners, l)
		}
		l.files = append(l.files, updateFile{from: file.From.UTC(), until: file.Until.UTC(), name: file.File, isDamaged: file.Damage != ""})
	}
	return nil
}

func (f *finder) readUpdateFiles(ctx context.Context, prefixes []netip.Prefix) error {
	condition, args := inside(prefixes...)
	result, err := f.engine.Query(ctx, `SELECT collector, file_from, file_until, kind, file, damage, peer_address, CAST(peer_asn AS BIGINT), prefix, CAST(coalesce(path_id, -1) AS BIGINT), state, time, since, as_path, CAST(origin_asn AS BIGINT)
    FROM watched_updates WHERE kind <> 'route' OR `+condition+` ORDER BY collector, file_from, CASE kind WHEN 'file' THEN 0 WHEN 'session' THEN 1 ELSE 2 END, peer_address, peer_asn, prefix, path_id`, args...)
	if err != nil {
		return err
	}
	byName := map[string]*listener{}
	var l *listener
	for _, row := range result.Rows {
		collector, from := row[0].(string), row[1].(time.Time).UTC()
		if l == nil || l.name != collector {
			l = &listener{name: collector, isDry: true}
			byName[collector], f.listeners = l, append(f.listeners, l)
		}
		if row[3] == "file" {
			if n := len(l.files); n == 0 || !l.files[n-1].from.Equal(from) { // the same file may be there twice
				l.files = append(l.files, updateFile{from: from})
			}
			file := &l.files[len(l.files)-1]
			file.until, file.name, file.isDamaged = row[2].(time.Time).UTC(), row[4].(string), file.isDamaged || row[5] != ""
			continue
		}
		if len(l.files) == 0 {
			continue
		}
		file := &l.files[len(l.files)-1]
		r := updateRow{of: pathOf{peer{row[6].(string), uint32(row[7].(int64))}, row[8].(string), row[9].(int64)}, state: row[10].(string), at: row[11].(time.Time)}
		r.route = announced{routeKey{r.of.prefix, originText(row[13].(string), row[14].(int64))}, operator.WithoutPrepending(row[13].(string)), row[12].(time.Time).UTC(), from}
		file.rows = append(file.rows, r)
	}
	if err := f.addQuiet(byName); err != nil {
		return err
	}
	f.listeners = slices.DeleteFunc(f.listeners, func(l *listener) bool { return len(l.files) == 0 })
	slices.SortFunc(f.listeners, func(a, b *listener) int { return cmp.Compare(a.name, b.name) })
	for _, l := range f.listeners {
		slices.SortStableFunc(l.files, func(a, b updateFile) int { return a.from.Compare(b.from) })
		l.step = usualStep(l.files)
	}
	return nil
}

// originText returns the origin of a path as route_states have it.
func originText(path string, asn int64) string {
	last := path[strings.LastIndexByte(path, ' ')+1:]
	if asn != 0 || !strings.HasPrefix(last, "{") {
		return fmt.Sprint(asn)
	}
	return last
}

// maxStep is the longest time that an update file is believed to be of.
const maxStep = time.Hour

// usualStep returns how long update files are, by the distances of their beginnings.
func usualStep(files []updateFile) time.Duration {
	if len(files) < 2 {
		return 15 * time.Minute // as those of RouteViews: the longest that is usual
	}
	var starts []time.Time
	for i := range files {
		starts = append(starts, files[i].from)
	}
	return min(frequentStep(starts), maxStep)
}

// frequentStep returns the most frequent distance of times that follow each other, of which there are at least two; of several the least.
func frequentStep(times []time.Time) (step time.Duration) {
	count := map[time.Duration]int{}
	for i, at := range times[1:] {
		count[at.Sub(times[i])]++
	}
	for _, distance := range slices.Sorted(maps.Keys(count)) {
		if step == 0 || count[distance] > count[step] {
			step = distance
		}
	}
	return step
}

// follows reports whether a file goes on where the one before it ends, which is not damaged. The beginning of a file whose name does not say
// it is known to the minute.
func (l *listener) follows(i int) bool {
	before, now := &l.files[i-1], &l.files[i]
	return !before.isDamaged && (!before.until.Before(now.from) || now.from.Sub(before.from) <= l.step+time.Minute)
}

// readBases reads what the dumps of the listeners show of the prefixes, and of which sessions.
func (f *finder) readBases(ctx context.Context, prefixes []netip.Prefix) error {
	byName := map[string]*listener{}
	last := map[string]time.Time{}
	for _, l := range f.listeners {
		byName[l.name] = l
		last[l.name] = l.files[len(l.files)-1].until
	}
	peers, err := f.engine.Query(ctx, "SELECT collector, dump_time, peer_address, CAST(peer_asn AS BIGINT), ipv4_full_feed, ipv6_full_feed FROM peers ORDER BY collector, dump_time")
	if err != nil {
		return err
	}
	for _, row := range peers.Rows {
		l, at := byName[row[0].(string)], row[1].(time.Time).UTC()
		if l == nil {
			continue
		}
		if l.isDry = false; at.After(last[l.name]) {
			continue
		}
		if n := len(l.dumps); n == 0 || !l.dumps[n-1].at.Equal(at) {
			l.dumps = append(l.dumps, &baseDump{at: at, peers: map[peer]bool{}, routes: map[pathOf][]routeKey{}, feeds: [2]map[peer]bool{{}, {}}})
		}
		d, p := l.dumps[len(l.dumps)-1], peer{row[2].(string), uint32(row[3].(int64))}
		d.peers[p] = true
		for i, full := range []any{row[4], row[5]} {
			if full == true {
				d.feeds[i][p] = true
			}
		}
	}
	condition, args := inside(prefixes...)
	routes, err := f.engine.Query(ctx, `SELECT r.collector, r.dump_time, prefix, CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END, peer_address, CAST(peer_asn AS BIGINT)
    FROM (SELECT collector, dump_time, prefix, origin_set, origin_asn, unnest(seen_by) AS peer_index FROM routes WHERE `+condition+`) AS r JOIN peers USING (collector, dump_time, peer_index)
    ORDER BY r.collector, r.dump_time, prefix, origin_asn, origin_set, peer_index`, args...)
	if err != nil {
		return err
	}
	for _, row := range routes.Rows {
		l, at := byName[row[0].(string)], row[1].(time.Time).UTC()
		if l == nil {
			continue
		}
		if i, has := slices.BinarySearchFunc(l.dumps, at, func(d *baseDump, at time.Time) int { return d.at.Compare(at) }); has {
			of := pathOf{peer{row[4].(string), uint32(row[5].(int64))}, row[2].(string), noID}
			l.dumps[i].routes[of] = append(l.dumps[i].routes[of], routeKey{of.prefix, row[3].(string)})
		}
	}
	return nil
}

// views returns what the collector shows of a family at the end of each file: by the newest dump that may count and all files since, or, where
// one of these is missing, by the files since the gap alone. usable reports whether a dump may count.
func (l *listener) views(family uint32, usable func(time.Time) bool) []view {
	views := make([]view, len(l.files))
	for i := range views {
		if views[i].run = l.name + " since " + l.files[i].from.Format(time.RFC3339); i > 0 && l.follows(i) {
			views[i].run = views[i-1].run
		}
	}
	var before *sessions // as the dump before and the files since have them
	dumps := slices.DeleteFunc(slices.Clone(l.dumps), func(d *baseDump) bool { return !usable(d.at) })
	for n, d := range dumps {
		until := time.Time{} // from when on the next dump counts
		if n+1 < len(dumps) {
			until = dumps[n+1].at.Add(dumpWriting)
		}
		if i := l.fileAt(d.at); i >= 0 {
			before = l.goOn(views, i, newSessions(family, d, before), until)
		}
	}
	for i := range views {
		if views[i].carriage == nil && !l.files[i].isDamaged {
			l.goOn(views, i, newSessions(family, nil, nil), time.Time{})
		}
	}
	return views
}

// fileAt returns the file that is of a time, or -1.
func (l *listener) fileAt(at time.Time) int {
	i, found := slices.BinarySearchFunc(l.files, at, func(f updateFile, at time.Time) int { return f.from.Compare(at) })
	if !found {
		i--
	}
	if i < 0 || at.Sub(l.files[i].from) >= l.step+time.Minute && l.files[i].until.Before(at) {
		return -1
	}
	return i
}

// goOn follows the files from number i on, as far as there is no gap, and not beyond a time, zero: any. It returns the sessions if it comes so far.
// While no session is up a gap is none, as after a recorder that was stopped.
func (l *listener) goOn(views []view, i int, s *sessions, until time.Time) *sessions {
	hadGap := false
	for first := i; i < len(l.files) && !l.files[i].isDamaged; i++ {
		file := &l.files[i]
		if i > first && !l.follows(i) {
			if !s.allDown() {
				return nil
			}
			hadGap = true
		}
		if hadGap && s.cameUpUnseen(file) {
			return nil
		}
		if !s.isKnown && views[i].carriage != nil { // from here on a dump counts
			return nil
		}
		s.apply(file)
		if !until.IsZero() && !file.until.Before(until) {
			return s
		}
		if views[i].carriage == nil && (!s.isKnown || file.until.After(s.after)) {
			views[i] = view{s.carriage(), l.name, file.from, file.until, s.isKnown, l.isDry, views[i].run, file.from.Add(2 * l.step)}
		}
	}
	return nil
}

// sessions are what the sessions of a collector carry while update files are followed.
type sessions struct {
	family   uint32
	isKnown  bool      // they begin with a dump
	after    time.Time // what is said before that is in the dump
	up       map[peer]bool
	routes   map[pathOf][]announced
	unclear  map[pathOf][]routeKey
	feeds    map[peer]bool
	allFeeds int
	newest   *carriage
	isChange bool
}

// newSessions returns the sessions of a dump, or none that are known. Where those before it, which may be nil, have the same route, its path and
// the file that has it stay known: the dump does not have them.
func newSessions(family uint32, base *baseDump, before *sessions) *sessions {
	s := &sessions{family: family, up: map[peer]bool{}, routes: map[pathOf][]announced{}, unclear: map[pathOf][]routeKey{}, feeds: map[peer]bool{}, isChange: true}
	if base == nil {
		return s
	}
	s.isKnown, s.after, s.up = true, base.at, maps.Clone(base.peers)
	for of, keys := range base.routes {
		if !s.isOfFamily(of.prefix) {
			continue
		}
		for _, k := range keys {
			a := announced{key: k}
			if before != nil {
				if i := slices.IndexFunc(before.routes[of], func(a announced) bool { return a.key == k && a.since.Before(base.at) }); i >= 0 {
					a = before.routes[of][i]
				}
			}
			s.routes[of] = append(s.routes[of], a)
		}
	}
	s.feeds = maps.Clone(base.feeds[family/6])
	s.allFeeds = len(s.feeds)
	return s
}

func (s *sessions) isOfFamily(prefix string) bool {
	return strings.Contains(prefix, ":") == (s.family == 6)
}

// apply follows a file.
func (s *sessions) apply(file *updateFile) {
	for _, r := range file.rows {
		switch {
		case r.at.Before(s.after):
		case r.of.prefix == "":
			s.lose(r.of.peer)
			if r.state == "up" {
				s.up[r.of.peer] = true
			}
		default:
			if r.state == "announced" {
				s.up[r.of.peer] = true
			}
			if s.isOfFamily(r.of.prefix) {
				s.change(&r)
			}
		}
	}
}

// allDown reports whether the end of every session is on record.
func (s *sessions) allDown() bool { return s.isKnown && len(s.up) == 0 }

// cameUpUnseen reports whether a file has an announcement of a session whose beginning is not on record.
func (s *sessions) cameUpUnseen(file *updateFile) bool {
	seen := map[peer]bool{}
	for _, r := range file.rows { // sessions before routes
		if r.of.prefix == "" {
			seen[r.of.peer] = true
		} else if r.state == "announced" && !s.up[r.of.peer] && !seen[r.of.peer] {
			return true
		}
	}
	return false
}

// lose forgets all that a session carried. When it comes up again it needs a while to send everything, so it is not a full feed until the next dump.
func (s *sessions) lose(p peer) {
	s.isChange = true
	delete(s.up, p)
	delete(s.feeds, p)
	maps.DeleteFunc(s.routes, func(of pathOf, _ []announced) bool { return of.peer == p })
	maps.DeleteFunc(s.unclear, func(of pathOf, _ []routeKey) bool { return of.peer == p })
}

// change follows an announcement or a withdrawal. Of a session with ADD-PATH the dump does not say which path has which identifier.
func (s *sessions) change(r *updateRow) {
	s.isChange = true
	if whole := (pathOf{r.of.peer, r.of.prefix, noID}); r.of.id != noID {
		for _, a := range s.routes[whole] {
			s.unclear[whole] = append(s.unclear[whole], a.key)
		}
		delete(s.routes, whole)
	}
	if r.state == "announced" {
		s.routes[r.of] = []announced{r.route}
	} else {
		delete(s.routes, r.of)
	}
}

// carriage returns what is carried now; the same one as long as nothing changes.
func (s *sessions) carriage() *carriage {
	if !s.isChange {
		return s.newest
	}
	c := &carriage{carried: map[routeKey]map[peer]announced{}, unclear: map[routeKey]bool{}, prefixes: map[peer]map[string]bool{}, feeds: maps.Clone(s.feeds), allFeeds: s.allFeeds}
	for of, routes := range s.routes {
		c.addPrefix(of)
		for _, a := range routes {
			by := c.carried[a.key]
			if by == nil {
				by = map[peer]announced{}
				c.carried[a.key] = by
			}
			if other, has := by[of.peer]; !has || a.older(&other) {
				by[of.peer] = a
			}
		}
	}
	for of, keys := range s.unclear {
		c.addPrefix(of)
		for _, k := range keys {
			c.unclear[k] = true
		}
	}
	s.newest, s.isChange = c, false
	return c
}

func (c *carriage) addPrefix(of pathOf) {
	if c.prefixes[of.peer] == nil {
		c.prefixes[of.peer] = map[string]bool{}
	}
	c.prefixes[of.peer][of.prefix] = true
}

// older reports which of two paths of a session to the same route is named: the older one.
func (a *announced) older(b *announced) bool {
	return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.path, b.path)) < 0
}

// fileEnd is the end of an update file, with the newest view of each collector that has one then.
type fileEnd struct {
	at    time.Time
	views []*view // by the collector's name
}

// momentsOf returns the ends of update files, oldest first.
func (f *finder) momentsOf(family uint32) (all []fileEnd) {
	var times []time.Time
	var views [][]view
	for _, l := range f.listeners {
		of := slices.DeleteFunc(l.views(family, func(at time.Time) bool { return f.isWhole(at.Truncate(time.Hour), family) }), func(v view) bool { return v.carriage == nil })
		views = append(views, of)
		for i := range of {
			times = append(times, of[i].at)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	next := make([]int, len(views)) // by collector, the first view that is younger
	for _, at := range slices.CompactFunc(times, time.Time.Equal) {
		m := fileEnd{at: at}
		for i, of := range views {
			for next[i] < len(of) && !of[next[i]].at.After(at) {
				next[i]++
			}
			if n := next[i]; n > 0 && at.Before(of[n-1].stale) {
				m.views = append(m.views, &of[n-1])
			}
		}
		all = append(all, m)
	}
	return all
}

// live returns the collectors of which update files say what is carried at a time, so that their dump of it is not needed.
func (f *finder) live(family uint32, at time.Time) (collectors []string) {
	all := f.moments[family]
	i, found := slices.BinarySearchFunc(all, at, func(m fileEnd, at time.Time) int { return m.at.Compare(at) })
	if !found {
		i--
	}
	if i < 0 {
		return nil
	}
	for _, v := range all[i].views {
		if v.isKnown && at.Before(v.stale) {
			collectors = append(collectors, v.collector)
		}
	}
	return collectors
}

// sequence returns the times at which something is known of the routes of a family, oldest first: the hours with dumps, as far as update files
// do not say more of their collectors, and the ends of update files.
func (f *finder) sequence(family uint32) []*hour {
	if f.sequences[family] != nil {
		return f.sequences[family]
	}
	var all []*hour
	var dumps []time.Time
	for _, h := range f.whole(family) {
		dumps = append(dumps, h.at)
		if rest := without(h.collectors, f.live(family, h.at)); len(rest) > 0 {
			all = append(all, &hour{at: h.at, family: family, collectors: rest})
		}
	}
	for _, m := range f.moments[family] {
		h := &hour{at: m.at, family: family}
		for _, v := range m.views {
			if v.isKnown {
				h.collectors = append(h.collectors, v.collector)
			} else if v.isDry {
				h.heard = append(h.heard, v.run)
			}
		}
		all = append(all, h)
	}
	slices.SortStableFunc(all, func(a, b *hour) int { return a.at.Compare(b.at) })
	all = joinEqual(all)
	f.endRuns(family, all, dumps)
	f.sequences[family] = all
	return all
}

// pathHours returns the times at which something is known of paths, oldest first: hours with dumps, and the ends of update files, which say it of the
// sessions that have sent an update only, as dumps keep no paths.
func (f *finder) pathHours(family uint32, dumps []*hour) []*hour {
	var all []*hour
	var times []time.Time
	for _, h := range dumps {
		clone := *h
		all, times = append(all, &clone), append(times, h.at)
	}
	for _, m := range f.moments[family] {
		h := &hour{at: m.at, family: family}
		for _, v := range m.views {
			h.heard = append(h.heard, v.run)
		}
		all = append(all, h)
	}
	slices.SortStableFunc(all, func(a, b *hour) int { return a.at.Compare(b.at) })
	all = joinEqual(all)
	f.endRuns(family, all, times)
	return all
}

// joinEqual joins neighbours of the same time.
func joinEqual(all []*hour) (joined []*hour) {
	for _, h := range all {
		if n := len(joined); n > 0 && joined[n-1].at.Equal(h.at) {
			joined[n-1].collectors = union(joined[n-1].collectors, h.collectors)
			joined[n-1].heard = union(joined[n-1].heard, h.heard)
			continue
		}
		joined = append(joined, h)
	}
	return joined
}

// endRuns lets dumps say what a run of update files cannot once it is over: that what its sessions carried is carried no longer.
func (f *finder) endRuns(family uint32, all []*hour, dumps []time.Time) {
	ends := map[string]time.Time{} // of runs: the first dump after them
	for _, m := range f.moments[family] {
		for _, v := range m.views {
			ends[v.run] = v.stale
		}
	}
	for _, run := range slices.Sorted(maps.Keys(ends)) {
		i, _ := slices.BinarySearchFunc(dumps, ends[run], time.Time.Compare)
		if i == len(dumps) {
			continue
		}
		for _, h := range all {
			if !h.at.Before(dumps[i]) && len(h.collectors) > 0 {
				h.heard = union(h.heard, []string{run})
			}
		}
	}
}

func without(all, some []string) (rest []string) {
	for _, s := range all {
		if !slices.Contains(some, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

// union returns all texts of two lists once, ascending.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
