package operator

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// TimeLine is who announced a prefix, or one inside it, over which paths and when, as far as dumps and update files show it.
type TimeLine struct {
	Prefix         string      `json:"prefix"`
	Since          time.Time   `json:"since"`
	Until          time.Time   `json:"until"` // the first time that is not part of it
	Alone          bool        `json:"alone"` // what is inside the prefix is left out: it is more than is read
	Dumps          []Hour      `json:"dumps"` // hours with dumps of the family
	Updates        []UpdateRun `json:"update_files"`
	Gaps           []Gap       `json:"gaps"`
	Origins        []Line      `json:"origins"`
	LaterOrigins   int         `json:"other_origins"` // that are left out, after those
	Upstreams      []Line      `json:"upstreams"`     // ASes beside an origin, on the paths that are known
	LaterUpstreams int         `json:"other_upstreams"`
	Moments        []Moment    `json:"moments"`
	Later          int         `json:"later_moments"` // that are left out, after those
	Messages       []Message   `json:"messages"`      // the first ones
	Count          int         `json:"message_count"`
	Unread         *time.Time  `json:"messages_unread_after"` // more messages than are read: those after it; null: all are read

	From []*table.Manifest `json:"-"` // partitions that it was read from
}

// Gap is a time of which no dump, or no update file of a collector, tells.
type Gap struct {
	Collector string    `json:"collector,omitempty"` // of the update files; empty: it is one of all dumps
	From      time.Time `json:"from"`
	Until     time.Time `json:"until"`
}

// Line is an AS on the time line of a prefix.
type Line struct {
	Prefix         string     `json:"prefix"`
	AS             string     `json:"as"` // number, or an AS_SET
	Name           string     `json:"name,omitempty"`
	Intervals      []Interval `json:"intervals"`
	LaterIntervals int        `json:"later_intervals"` // that are left out, after those
	Counts         []Count    `json:"counts"`          // of an origin, by time
	Later          int        `json:"later_counts"`    // that are left out, after those
	ROV            []Validity `json:"rov"`             // of an origin, by time; empty: no dump shows the route
	SeenBy         []string   `json:"seen_by"`         // peers that are named as collector/address/AS, ascending, at most sixteen
	Witnesses      int        `json:"witnesses"`       // all peers that are named
}

// Interval is a time in which an AS was seen: from dumps by the hour, from messages by the second.
type Interval struct {
	NotBefore *time.Time `json:"not_before"` // it began after this, or at it if it is seen_from; null: not known
	From      time.Time  `json:"seen_from"`
	Last      time.Time  `json:"last_seen"`
	GoneBy    *time.Time `json:"gone_by"` // it was over by then; null: not known
	Feeds     *int64     `json:"peak_full_feed_peers"`
	FeedsOf   *int64     `json:"peak_full_feed_total"`
}

// Count is how many peers carry a route from some time on.
type Count struct {
	Time    time.Time `json:"time"`
	Dump    bool      `json:"dump"`            // the hour's dumps say so; otherwise messages, and further peers may carry it
	Peers   *int64    `json:"peers"`           // null: no table of the hour says how many
	Feeds   *int64    `json:"full_feed_peers"` // of dumps that name their peers; null otherwise
	FeedsOf *int64    `json:"full_feed_total"` // likewise
}

// Validity is the state of route origin validation (RFC 6811) that a route had in the dumps of some hours.
type Validity struct {
	From   time.Time `json:"from"`
	Last   time.Time `json:"last"`
	State  string    `json:"state"`
	Reason string    `json:"reason"`
}

const (
	maxDumpGap      = 8 * 24 * time.Hour // more between two dumps is a gap, as it is to route_events
	maxSeenBy       = 16
	maxTimeLines    = 60      // origins, and upstreams
	maxTimeLineRows = 500_000 // of dumps
	maxCounts       = 200     // of a line
	maxIntervals    = 50      // likewise
)

// timeLineReads are the datasets of a time line. Names of ASes may be of any time, the others only of the time that is asked about.
var timeLineReads = []*table.Schema{datasets.RouteStates.Schema, datasets.Witnesses.Schema, datasets.RIBEntries.Schema, datasets.Updates.Schema, datasets.ASNames.Schema}

// lineKey is a prefix with an AS.
type lineKey struct {
	prefix netip.Prefix
	as     string
}

// shownIn is what the dumps of an hour show of a line.
type shownIn struct {
	collectors            []string
	peers, feeds, feedsOf *int64
	rov, reason           string
}

// chronicle collects what is known of a prefix in a time.
type chronicle struct {
	line      *TimeLine
	prefix    netip.Prefix
	engine    *engine.Engine
	hours     map[time.Time]int // index into line.Dumps
	routed    []map[netip.Prefix]bool
	paths     []map[sessionRoute]string // by hour: the known paths
	origins   map[lineKey]*track
	upstreams map[lineKey]*track
}

// track is what is known of a line.
type track struct {
	shown     map[int]shownIn // by hour
	stretches []Interval      // from messages
	counts    []Count         // likewise
	witnesses map[string]bool
}

// sessionRoute is a prefix of a peer, which is named as collector/address/AS.
type sessionRoute struct {
	session string
	prefix  netip.Prefix
}

// ReadTimeLine returns the time line of a prefix. The store is read for the days of that time only.
func ReadTimeLine(ctx context.Context, store *table.Store, p netip.Prefix, since, until time.Time) (*TimeLine, error) {
	if !until.After(since) {
		return nil, fmt.Errorf("a time line from %s until %s has no time in it", since.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	within := func(m *table.Manifest) bool {
		return m.Dataset == datasets.ASNames.Name || m.Day().Before(until) && m.Day().AddDate(0, 0, 1).After(since)
	}
	e, err := engine.Open(store, timeLineReads, engine.Options{Only: within})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	c := &chronicle{prefix: p.Masked(), engine: e, hours: map[time.Time]int{}, origins: map[lineKey]*track{}, upstreams: map[lineKey]*track{}}
	c.line = &TimeLine{Prefix: c.prefix.String(), Since: since.UTC(), Until: until.UTC(), Dumps: []Hour{}, Updates: []UpdateRun{}, Gaps: []Gap{}, Moments: []Moment{}, Messages: []Message{},
		From: e.Partitions(datasets.RouteStates.Schema, datasets.Witnesses.Schema, datasets.RIBEntries.Schema, datasets.Updates.Schema)}
	for _, read := range []func(context.Context) error{c.narrow, c.readHours, c.readRoutes, c.readPaths} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	if err := c.readUpdateRuns(ctx, store); err != nil {
		return nil, err
	}
	messages, err := c.readMessages(ctx)
	if err != nil {
		return nil, err
	}
	c.line.Gaps = append(dumpGaps(c.line), c.updateGaps()...)
	c.replay(messages)
	c.line.Origins, c.line.LaterOrigins = c.lines(c.origins, false)
	c.line.Upstreams, c.line.LaterUpstreams = c.lines(c.upstreams, true)
	return c.line, c.nameLines(ctx)
}

// readHours reads the hours with dumps of the family.
func (c *chronicle) readHours(ctx context.Context) error {
	found, err := c.engine.Query(ctx, `SELECT time, string_agg(DISTINCT c, ',' ORDER BY c) FROM (SELECT DISTINCT time, unnest(string_split(collectors, ',')) AS c FROM route_states
    WHERE family = ? AND time >= ? AND time < ?) GROUP BY time ORDER BY time`, int64(netaddr.Family(c.prefix.Addr())), c.line.Since, c.line.Until)
	if err != nil {
		return err
	}
	for i, r := range found.Rows {
		h := Hour{r[0].(time.Time).UTC(), strings.Split(r[1].(string), ",")}
		c.line.Dumps = append(c.line.Dumps, h)
		c.hours[h.Time] = i
		c.routed = append(c.routed, map[netip.Prefix]bool{})
		c.paths = append(c.paths, map[sessionRoute]string{})
	}
	return nil
}

// narrow leaves out what is inside the prefix if it is too much.
func (c *chronicle) narrow(ctx context.Context) error {
	condition, args := c.inside()
	bounds := append([]any{c.line.Since, c.line.Until}, args...)
	found, err := c.engine.Query(ctx, `SELECT (SELECT count(*) FROM route_states WHERE time >= ? AND time < ? AND `+condition+`) + (SELECT count(*) FROM witnesses WHERE time >= ? AND time < ? AND `+condition+`)
    + (SELECT count(*) FROM rib_entries WHERE dump_time >= ? AND dump_time < ? AND `+condition+`)`, slices.Concat(bounds, bounds, bounds)...)
	if err != nil {
		return err
	}
	rows := known[int64](found.Rows[0][0])
	c.line.Alone = rows != nil && *rows > maxTimeLineRows
	return nil
}

// inside returns the condition on the columns family, prefix_length and prefix for what may be inside the prefix.
func (c *chronicle) inside() (condition string, args []any) {
	if c.line.Alone {
		return "prefix = ?", []any{c.prefix.String()}
	}
	return "family = ? AND CAST(split_part(prefix, '/', 2) AS BIGINT) >= ? AND starts_with(prefix, ?)", []any{int64(netaddr.Family(c.prefix.Addr())), int64(c.prefix.Bits()), Stem(c.prefix)}
}

// contains parses a prefix, and reports whether it is the one of the time line or inside it.
func (c *chronicle) contains(text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	if c.line.Alone {
		return p, err == nil && p == c.prefix
	}
	return p, err == nil && p.Bits() >= c.prefix.Bits() && c.prefix.Contains(p.Addr())
}

// readRoutes reads which origins the dumps show.
func (c *chronicle) readRoutes(ctx context.Context) error {
	condition, args := c.inside()
	found, err := c.engine.Query(ctx, `SELECT time, prefix, `+originSQL+` AS origin, collectors, peers, full_feed_peers, full_feed_total, rov_state, rov_reason, seen_by FROM route_states
    WHERE time >= ? AND time < ? AND `+condition+` ORDER BY time, prefix, origin`, append([]any{c.line.Since, c.line.Until}, args...)...)
	if err != nil {
		return err
	}
	for _, r := range found.Rows {
		p, isInside := c.contains(r[1].(string))
		if !isInside {
			continue
		}
		i := c.hours[r[0].(time.Time).UTC()]
		c.routed[i][p] = true
		t := trackOf(c.origins, lineKey{p, r[2].(string)})
		t.shown[i] = shownIn{strings.Split(r[3].(string), ","), known[int64](r[4]), known[int64](r[5]), known[int64](r[6]), r[7].(string), r[8].(string)}
		if seenBy := r[9].(string); seenBy != "" {
			for session := range strings.SplitSeq(seenBy, ",") {
				t.witnesses[session] = true
			}
		}
	}
	return nil
}

func trackOf(tracks map[lineKey]*track, key lineKey) *track {
	if tracks[key] == nil {
		tracks[key] = &track{shown: map[int]shownIn{}, witnesses: map[string]bool{}}
	}
	return tracks[key]
}

// readPaths reads the paths that are kept of the dumps: those of remarkable routes, and all where entries are kept.
func (c *chronicle) readPaths(ctx context.Context) error {
	condition, args := c.inside()
	bounds := append([]any{c.line.Since, c.line.Until}, args...)
	found, err := c.engine.Query(ctx, `SELECT time, prefix, collector || '/' || peer_address || '/AS' || peer_asn AS session, as_path FROM witnesses WHERE time >= ? AND time < ? AND `+condition+`
    UNION SELECT date_trunc('hour', dump_time), prefix, collector || '/' || peer_address || '/AS' || peer_asn, as_path FROM rib_entries WHERE safi = 1 AND dump_time >= ? AND dump_time < ? AND `+condition+`
    ORDER BY time, prefix, session, as_path DESC`, slices.Concat(bounds, bounds)...)
	if err != nil {
		return err
	}
	for _, r := range found.Rows {
		p, isInside := c.contains(r[1].(string))
		i, isDump := c.hours[r[0].(time.Time).UTC()]
		if !isInside || !isDump {
			continue
		}
		session, path := r[2].(string), WithoutPrepending(r[3].(string))
		c.paths[i][sessionRoute{session, p}] = path
		origin, upstream := endOf(path)
		if t := c.origins[lineKey{p, origin}]; t != nil {
			t.witnesses[session] = true
		}
		if upstream != "" {
			t := trackOf(c.upstreams, lineKey{p, upstream})
			collector, _, _ := strings.Cut(session, "/")
			s := t.shown[i]
			if !slices.Contains(s.collectors, collector) {
				s.collectors = append(s.collectors, collector)
			}
			t.shown[i] = s
			t.witnesses[session] = true
		}
	}
	return nil
}

// WithoutPrepending returns a path in which no AS follows itself.
func WithoutPrepending(path string) string {
	return strings.Join(slices.Compact(strings.Fields(path)), " ")
}

// endOf returns the origin of a path without prepending and the AS beside it; empty: there is none.
func endOf(path string) (origin, upstream string) {
	all := strings.Fields(path)
	if len(all) > 1 {
		upstream = all[len(all)-2]
	}
	if len(all) > 0 {
		origin = all[len(all)-1]
	}
	return origin, upstream
}

// nameLines sets the names of the ASes.
func (c *chronicle) nameLines(ctx context.Context) error {
	var numbers []string
	for _, l := range slices.Concat(c.line.Origins, c.line.Upstreams) {
		numbers = append(numbers, l.AS)
	}
	found, err := c.engine.Query(ctx, "SELECT CAST(asn AS VARCHAR), arg_max(name, (file_date, name)) FROM as_names WHERE list_contains(string_split(?, ' '), CAST(asn AS VARCHAR)) GROUP BY asn", strings.Join(numbers, " "))
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, r := range found.Rows {
		names[r[0].(string)] = r[1].(string)
	}
	for _, lines := range [][]Line{c.line.Origins, c.line.Upstreams} {
		for i := range lines {
			lines[i].Name = names[lines[i].AS]
		}
	}
	return nil
}
