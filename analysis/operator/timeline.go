package operator

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// TimeLine is who announced a prefix, or one inside it, over which paths and when, as far as dumps and update files show it.
type TimeLine struct {
	Prefix    string        `json:"prefix"`
	Since     time.Time     `json:"since"`
	Until     time.Time     `json:"until"` // the first time that is not part of it
	Dumps     []Hour        `json:"dumps"` // hours with dumps of the family
	Updates   []UpdateFiles `json:"update_files"`
	Gaps      []Gap         `json:"gaps"`
	Origins   []Line        `json:"origins"`
	Upstreams []Line        `json:"upstreams"` // ASes beside an origin, on the paths that are known
	Moments   []Moment      `json:"moments"`
	Later     int           `json:"later_moments"` // that are left out, after those
	Messages  []Message     `json:"messages"`      // the first ones
	Count     int           `json:"message_count"`
	Unread    *time.Time    `json:"messages_unread_after"` // more messages than are read: those after it; null: all are read

	From []*table.Manifest `json:"-"` // partitions that it was read from
}

// UpdateFiles are the update files of a collector that were read.
type UpdateFiles struct {
	Collector string    `json:"collector"`
	Files     int       `json:"files"`
	First     time.Time `json:"first"` // record of the first file
	Last      time.Time `json:"last"`  // first record of the last file
}

// Gap is a time of which no dump tells.
type Gap struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Line is an AS on the time line of a prefix.
type Line struct {
	Prefix    string     `json:"prefix"`
	AS        string     `json:"as"` // number, or an AS_SET
	Name      string     `json:"name,omitempty"`
	Intervals []Interval `json:"intervals"`
	SeenBy    []string   `json:"seen_by"`   // peers that are named as collector/address/AS, ascending, at most sixteen
	Witnesses int        `json:"witnesses"` // all peers that are named
}

// Interval is a time in which an AS was seen: from dumps by the hour, from messages by the second.
type Interval struct {
	NotBefore *time.Time `json:"not_before"` // it began after this; null: not known
	From      time.Time  `json:"seen_from"`
	Last      time.Time  `json:"last_seen"`
	GoneBy    *time.Time `json:"gone_by"` // it was over by then; null: not known
	Feeds     *int64     `json:"peak_full_feed_peers"`
	FeedsOf   *int64     `json:"peak_full_feed_total"`
}

const (
	maxDumpGap   = 8 * 24 * time.Hour // more between two dumps is a gap, as it is to route_events
	maxSeenBy    = 16
	maxTimeLines = 200 // origins, and upstreams
)

// timeLineReads are the datasets of a time line. Names of ASes may be of any time, the others only of the time that is asked about.
var timeLineReads = []*table.Schema{datasets.RouteStates.Schema, datasets.Witnesses.Schema, datasets.RIBEntries.Schema, datasets.Updates.Schema, datasets.ASNames.Schema}

// lineKey is a prefix with an AS.
type lineKey struct {
	prefix netip.Prefix
	as     string
}

func compareKeys(a, b lineKey) int {
	na, _ := strconv.ParseUint(a.as, 10, 32)
	nb, _ := strconv.ParseUint(b.as, 10, 32)
	return cmp.Or(netaddr.ComparePrefixes(a.prefix, b.prefix), cmp.Compare(na, nb), cmp.Compare(a.as, b.as))
}

// shownIn is what the dumps of an hour show of a line.
type shownIn struct {
	collectors     []string
	feeds, feedsOf *int64
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
	c.line = &TimeLine{Prefix: c.prefix.String(), Since: since.UTC(), Until: until.UTC(), Dumps: []Hour{}, Updates: []UpdateFiles{}, Gaps: []Gap{}, Moments: []Moment{}, Messages: []Message{},
		From: e.Partitions(datasets.RouteStates.Schema, datasets.Witnesses.Schema, datasets.RIBEntries.Schema, datasets.Updates.Schema)}
	for _, read := range []func(context.Context) error{c.readHours, c.readRoutes, c.readPaths} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	messages, err := c.readMessages(ctx, store)
	if err != nil {
		return nil, err
	}
	c.line.Gaps = gapsOf(c.line)
	c.replay(messages)
	c.line.Origins, c.line.Upstreams = c.lines(c.origins, false), c.lines(c.upstreams, true)
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

// inside returns the condition on the columns family, prefix_length and prefix for what may be inside the prefix.
func (c *chronicle) inside() (condition string, args []any) {
	return "family = ? AND CAST(split_part(prefix, '/', 2) AS BIGINT) >= ? AND starts_with(prefix, ?)", []any{int64(netaddr.Family(c.prefix.Addr())), int64(c.prefix.Bits()), Stem(c.prefix)}
}

// contains parses a prefix, and reports whether it is the one of the time line or inside it.
func (c *chronicle) contains(text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	return p, err == nil && p.Bits() >= c.prefix.Bits() && c.prefix.Contains(p.Addr())
}

// readRoutes reads which origins the dumps show.
func (c *chronicle) readRoutes(ctx context.Context) error {
	condition, args := c.inside()
	found, err := c.engine.Query(ctx, `SELECT time, prefix, `+originSQL+` AS origin, collectors, full_feed_peers, full_feed_total, seen_by FROM route_states
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
		t.shown[i] = shownIn{strings.Split(r[3].(string), ","), known[int64](r[4]), known[int64](r[5])}
		if seenBy := r[6].(string); seenBy != "" {
			for session := range strings.SplitSeq(seenBy, ",") {
				t.witnesses[session] = true
			}
		}
	}
	return nil
}

func trackOf(tracks map[lineKey]*track, key lineKey) *track {
	if tracks[key] == nil {
		tracks[key] = &track{map[int]shownIn{}, nil, map[string]bool{}}
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
		session, path := r[2].(string), withoutPrepending(r[3].(string))
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

// withoutPrepending returns a path in which no AS follows itself.
func withoutPrepending(path string) string {
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

// gapsOf returns the times without dumps: between two of them more than twice their usual distance, or maxDumpGap, and before the first and
// after the last more than the usual one.
func gapsOf(t *TimeLine) []Gap {
	if len(t.Dumps) == 0 {
		return []Gap{{t.Since, t.Until}}
	}
	var steps []time.Duration
	for i := range t.Dumps[1:] {
		steps = append(steps, t.Dumps[i+1].Time.Sub(t.Dumps[i].Time))
	}
	slices.Sort(steps)
	usual := time.Duration(0)
	if len(steps) > 0 {
		usual = steps[len(steps)/2]
	}
	gaps := []Gap{}
	if first := t.Dumps[0].Time; first.Sub(t.Since) > usual {
		gaps = append(gaps, Gap{t.Since, first})
	}
	for i := range t.Dumps[1:] {
		if from, until := t.Dumps[i].Time, t.Dumps[i+1].Time; until.Sub(from) > min(2*usual, maxDumpGap) {
			gaps = append(gaps, Gap{from, until})
		}
	}
	if last := t.Dumps[len(t.Dumps)-1].Time; t.Until.Sub(last) > usual {
		gaps = append(gaps, Gap{last, t.Until})
	}
	return gaps
}

// lines returns what is known of each AS, the prefix itself first. Of upstreams, hours count only if paths of the prefix are known, or
// none is there.
func (c *chronicle) lines(tracks map[lineKey]*track, byPaths bool) []Line {
	keys := make([]lineKey, 0, len(tracks))
	for key := range tracks {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	all := []Line{}
	for _, key := range keys[:min(len(keys), maxTimeLines)] {
		t := tracks[key]
		judged := func(i int) bool { return !byPaths || !c.routed[i][key.prefix] || c.hasPath(i, key.prefix) }
		line := Line{Prefix: key.prefix.String(), AS: key.as, Intervals: joinIntervals(append(c.intervalsOf(t, judged), t.stretches...)), SeenBy: []string{}, Witnesses: len(t.witnesses)}
		for session := range t.witnesses {
			line.SeenBy = append(line.SeenBy, session)
		}
		slices.Sort(line.SeenBy)
		line.SeenBy = line.SeenBy[:min(len(line.SeenBy), maxSeenBy)]
		all = append(all, line)
	}
	return all
}

func (c *chronicle) hasPath(i int, p netip.Prefix) bool {
	for route := range c.paths[i] {
		if route.prefix == p {
			return true
		}
	}
	return false
}

// intervalsOf returns the intervals that dumps show. A gap ends what is known.
func (c *chronicle) intervalsOf(t *track, judged func(int) bool) (all []Interval) {
	var hours []Hour
	var shown [][]string
	var index []int
	flush := func() {
		for _, s := range Spans(hours, shown) {
			v := Interval{NotBefore: s.NotBefore, From: hours[s.First].Time, Last: hours[s.Last].Time, GoneBy: s.GoneBy}
			for _, i := range index[s.First : s.Last+1] {
				if in := t.shown[i]; in.feeds != nil && (v.Feeds == nil || *in.feeds > *v.Feeds) {
					v.Feeds, v.FeedsOf = in.feeds, in.feedsOf
				}
			}
			all = append(all, v)
		}
		hours, shown, index = nil, nil, nil
	}
	for i, h := range c.line.Dumps {
		if slices.ContainsFunc(c.line.Gaps, func(g Gap) bool { return g.Until.Equal(h.Time) }) {
			flush()
		}
		if !judged(i) {
			continue
		}
		hours, shown, index = append(hours, h), append(shown, t.shown[i].collectors), append(index, i)
	}
	flush()
	return all
}

// joinIntervals joins intervals that overlap, or of which one begins before the other is known to be over.
func joinIntervals(all []Interval) []Interval {
	slices.SortStableFunc(all, func(a, b Interval) int { return cmp.Or(a.From.Compare(b.From), a.Last.Compare(b.Last)) })
	joined := []Interval{}
	for _, v := range all {
		if len(joined) == 0 {
			joined = append(joined, v)
			continue
		}
		last := &joined[len(joined)-1]
		if v.From.After(last.Last) && (last.GoneBy == nil || !v.From.Before(*last.GoneBy)) {
			joined = append(joined, v)
			continue
		}
		if v.Feeds != nil && (last.Feeds == nil || *v.Feeds > *last.Feeds) {
			last.Feeds, last.FeedsOf = v.Feeds, v.FeedsOf
		}
		if v.From.Equal(last.From) && v.NotBefore != nil && (last.NotBefore == nil || v.NotBefore.After(*last.NotBefore)) {
			last.NotBefore = v.NotBefore
		}
		switch {
		case v.Last.After(last.Last):
			last.Last, last.GoneBy = v.Last, v.GoneBy
		case v.Last.Equal(last.Last) && v.GoneBy == nil:
			last.GoneBy = nil
		}
	}
	return joined
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

const second = "2006-01-02 15:04:05"

// Began says between which times the interval began.
func (v *Interval) Began() string {
	switch {
	case v.NotBefore == nil:
		return "began by " + v.From.Format(second)
	case v.NotBefore.Equal(v.From):
		return "began at " + v.From.Format(second)
	}
	return "began between " + v.NotBefore.Format(second) + " and " + v.From.Format(second)
}

// Over says between which times the interval ended, or until when it is known to have lasted.
func (v *Interval) Over() string {
	switch {
	case v.GoneBy == nil:
		return "last seen " + v.Last.Format(second)
	case v.GoneBy.Equal(v.Last):
		return "over at " + v.Last.Format(second)
	}
	return "over between " + v.Last.Format(second) + " and " + v.GoneBy.Format(second)
}

// Reach says how many of how many full feeds carried the route at most; empty: no dump tells.
func (v *Interval) Reach() string {
	if v.Feeds == nil || v.FeedsOf == nil {
		return ""
	}
	return fmt.Sprintf("at most %d of %d full feeds", *v.Feeds, *v.FeedsOf)
}
