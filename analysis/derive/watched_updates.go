package derive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gaissmai/bart"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// WatchedUpdates makes watched_updates: what each update file says of the watched prefixes, and of those inside them, when it ends. Each
// partition depends on one file and on the prefixes.
func WatchedUpdates(prefixes []netip.Prefix) Derivation {
	prefixes = slices.Clone(prefixes)
	slices.SortFunc(prefixes, netaddr.ComparePrefixes)
	prefixes = slices.Compact(prefixes)
	var watched bart.Lite
	sum := sha256.New()
	for _, p := range prefixes {
		watched.Insert(p)
		sum.Write([]byte(p.String() + "\n"))
	}
	with := "watched=" + hex.EncodeToString(sum.Sum(nil)[:8])
	return Derivation{Of: datasets.WatchedUpdates.Schema, Plan: func(store *table.Store) ([]Job, error) {
		if len(prefixes) == 0 {
			return nil, nil
		}
		files, err := store.Manifests(datasets.Updates.Schema)
		if err != nil {
			return nil, err
		}
		var jobs []Job
		for _, m := range files {
			in, key := m.AsInput(), table.Key{Day: m.Day(), Name: m.Name()}
			in.With = with
			jobs = append(jobs, Job{Key: key, Inputs: []table.Input{in}, Run: func(ctx context.Context, into *table.Commit) error {
				return writeWatchedUpdates(ctx, store, m, &watched, key, into)
			}})
		}
		return jobs, nil
	}}
}

// place is where a record is in a file, by time and then by order.
type place struct {
	at     time.Time
	number int
}

func (p place) before(q place) bool {
	return cmp.Or(p.at.Compare(q.at), cmp.Compare(p.number, q.number)) < 0
}

// watchedRoute is a prefix on a session, or a path to it.
type watchedRoute struct {
	session
	prefix string
	id     int64 // ADD-PATH identifier; -1: the session does not use it
}

// routeAtEnd is what was last said of a route.
type routeAtEnd struct {
	datasets.WatchedUpdate
	last place
}

// sessionAtEnd is the newest change of a session's state.
type sessionAtEnd struct {
	state string
	last  place
}

// fileEnd is what a file says when it ends.
type fileEnd struct {
	start    time.Time // in its name; zero: unknown
	newest   time.Time
	routes   map[watchedRoute]*routeAtEnd
	sessions map[session]*sessionAtEnd
}

var watchedColumns = []string{"time", "peer_address", "peer_asn", "kind", "family", "safi", "prefix", "path_id", "as_path", "origin_asn", "old_state", "new_state"}

func writeWatchedUpdates(ctx context.Context, store *table.Store, m *table.Manifest, watched *bart.Lite, key table.Key, into *table.Commit) error {
	out, err := datasets.WatchedUpdates.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "element"
	labels, hasRows, err := datasets.Updates.Labels(store, m)
	if err != nil {
		return err
	}
	start, named := startInName(m)
	if !named && !hasRows {
		return nil // nobody knows of what time it tells
	}
	from := start
	if !named {
		from = labels.Time.Truncate(time.Minute)
	}
	end := fileEnd{start: start, newest: from, routes: map[watchedRoute]*routeAtEnd{}, sessions: map[session]*sessionAtEnd{}}
	n := 0
	for row, err := range datasets.Updates.ScanColumns(watchedColumns, store.Path(m)) {
		if err != nil {
			return err
		}
		if n++; n%65536 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		out.See(1)
		if why := end.add(&row, n, watched); why != "" {
			out.Reject(why, 1)
		} else {
			out.Keep(1)
		}
	}
	file := datasets.WatchedUpdate{Collector: cmp.Or(labels.Collector, m.Source()), From: from, Until: from, Kind: "file", Time: from, Since: from}
	if end.newest.After(from) {
		file.Until = end.newest.Truncate(time.Minute).Add(time.Minute)
	}
	if len(m.Inputs) > 0 {
		file.File = m.Inputs[0].Name
	}
	if len(m.Damage) > 0 {
		file.Damage = m.Damage[0]
	}
	return out.Append(end.rows(file)...)
}

// startInName returns the time in the name of a raw file of updates, as RIS, RouteViews and recorders name them.
func startInName(m *table.Manifest) (start time.Time, named bool) {
	const layout = "20060102.1504"
	if len(m.Inputs) != 1 {
		return start, false
	}
	digits, isUpdates := strings.CutPrefix(path.Base(m.Inputs[0].Name), "updates.")
	if !isUpdates || len(digits) < len(layout) {
		return start, false
	}
	start, err := time.Parse(layout, digits[:len(layout)])
	return start, err == nil
}

// maxDistance is how far the time of a record may be from the one in the name of its file. A damaged record with another time would have the
// file tell of the future.
const maxDistance = 24 * time.Hour

// add notes an element, or returns why it is left out.
func (f *fileEnd) add(u *datasets.Update, number int, watched *bart.Lite) (why string) {
	if !f.start.IsZero() && u.Time.Sub(f.start).Abs() > maxDistance {
		return "time far from that of the file"
	}
	now := place{u.Time, number}
	if u.Time.After(f.newest) {
		f.newest = u.Time
	}
	of := session{u.PeerAddress, u.PeerASN}
	if u.Kind == "state" {
		if (u.OldState == established) == (u.NewState == established) {
			return "change of a state without routes"
		}
		state := "down"
		if u.NewState == established {
			state = "up"
		}
		if s := f.sessions[of]; s == nil || s.last.before(now) {
			of.address = strings.Clone(of.address)
			f.sessions[of] = &sessionAtEnd{state, now}
		}
		return ""
	}
	if u.SAFI != 1 || u.Family != 4 && u.Family != 6 {
		return "family without watched prefixes"
	}
	p, err := netip.ParsePrefix(u.Prefix)
	if err != nil {
		return "prefix that cannot be parsed"
	}
	if !watched.LookupPrefix(p) {
		return "prefix that is not watched"
	}
	f.addRoute(watchedRoute{of, u.Prefix, pathID(u)}, p, u, now)
	return ""
}

// established is the state of a session over which routes are exchanged (RFC 4271 section 8.2.2).
const established = 6

// pathID returns the ADD-PATH identifier of an element, or -1.
func pathID(u *datasets.Update) int64 {
	if u.PathID == nil {
		return -1
	}
	return *u.PathID
}

func (f *fileEnd) addRoute(of watchedRoute, p netip.Prefix, u *datasets.Update, now place) {
	r := f.routes[of]
	if r == nil {
		of.address, of.prefix = strings.Clone(of.address), strings.Clone(of.prefix)
		r = &routeAtEnd{WatchedUpdate: datasets.WatchedUpdate{Kind: "route", PeerAddress: of.address, PeerASN: of.asn, Family: u.Family, Prefix: of.prefix, PrefixLength: uint32(p.Bits())}}
		if u.PathID != nil {
			r.PathID = &of.id
		}
		f.routes[of] = r
	}
	isAnnounced := u.Kind == "announce"
	if isAnnounced {
		r.Announcements++
	} else {
		r.Withdrawals++
	}
	if now.before(r.last) {
		return
	}
	if !isAnnounced || r.State != "announced" || r.ASPath != u.ASPath {
		r.Since = u.Time
	}
	r.last, r.Time = now, u.Time
	if isAnnounced {
		r.State, r.ASPath, r.OriginASN = "announced", strings.Clone(u.ASPath), u.OriginASN
	} else {
		r.State, r.ASPath, r.OriginASN = "withdrawn", "", 0
	}
}

// rows returns the file, then the sessions, then the routes, each in order. A route that was announced before its session changed is withdrawn.
func (f *fileEnd) rows(file datasets.WatchedUpdate) []datasets.WatchedUpdate {
	rows := []datasets.WatchedUpdate{file}
	for _, of := range slices.SortedFunc(maps.Keys(f.sessions), compareSessions) {
		s := f.sessions[of]
		rows = append(rows, datasets.WatchedUpdate{Kind: "session", PeerAddress: of.address, PeerASN: of.asn, State: s.state, Time: s.last.at, Since: s.last.at})
	}
	for _, of := range slices.SortedFunc(maps.Keys(f.routes), func(a, b watchedRoute) int {
		return cmp.Or(netaddr.ComparePrefixes(netip.MustParsePrefix(a.prefix), netip.MustParsePrefix(b.prefix)), compareSessions(a.session, b.session), cmp.Compare(a.id, b.id))
	}) {
		r := f.routes[of]
		if s := f.sessions[of.session]; s != nil && r.last.before(s.last) {
			r.State, r.ASPath, r.OriginASN, r.Time, r.Since = "withdrawn", "", 0, s.last.at, s.last.at
		}
		rows = append(rows, r.WatchedUpdate)
	}
	for i := range rows {
		rows[i].Collector, rows[i].From, rows[i].Until = file.Collector, file.From, file.Until
	}
	return rows
}

func compareSessions(a, b session) int {
	return cmp.Or(cmp.Compare(a.address, b.address), cmp.Compare(a.asn, b.asn))
}
