package operator

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Message is an announcement or a withdrawal of an update file.
type Message struct {
	Time    time.Time `json:"time"`
	Session string    `json:"session"` // collector/address/AS
	Kind    string    `json:"kind"`    // announce, withdraw, or down: the session was lost
	Prefix  string    `json:"prefix,omitempty"`
	Path    string    `json:"as_path,omitempty"` // without prepending

	prefix netip.Prefix
}

// Moment is a time at which something changed, with the paths that are known from then on.
type Moment struct {
	Time   time.Time  `json:"time"`
	Dump   bool       `json:"dump"` // they are those of the hour's dumps, with what messages said before; otherwise a message changed them
	Paths  []SeenPath `json:"paths"`
	Others int        `json:"other_paths"` // that are left out: those with the fewest peers
}

// SeenPath is a path with the number of peers that have it.
type SeenPath struct {
	Prefix string `json:"prefix"`
	Path   string `json:"as_path"`
	Peers  int    `json:"peers"`
}

const (
	maxMessages      = 100_000 // that are read
	maxShownMessages = 500
	maxMoments       = 48
	maxPaths         = 16 // of a moment
)

// readMessages reads the messages of the update files, oldest first. Messages of a session with the same time are withdrawals before
// announcements.
func (c *chronicle) readMessages(ctx context.Context, store *table.Store) (messages []Message, err error) {
	if err := c.readUpdateFiles(store); err != nil || len(c.line.Updates) == 0 {
		return nil, err
	}
	condition, args := c.inside()
	found, err := c.engine.Query(ctx, `SELECT time, collector || '/' || peer_address || '/AS' || peer_asn AS session, CASE kind WHEN 'state' THEN 'down' ELSE kind END AS what, prefix, as_path FROM updates
    WHERE time >= ? AND time < ? AND (kind = 'state' AND old_state = 6 AND new_state <> 6 OR kind IN ('announce', 'withdraw') AND safi = 1 AND `+condition+`)
    ORDER BY time, session, what = 'announce', prefix, as_path LIMIT ?`, slices.Concat([]any{c.line.Since, c.line.Until}, args, []any{int64(maxMessages)})...)
	if err != nil {
		return nil, err
	}
	if n := len(found.Rows); n == maxMessages {
		last := found.Rows[n-1][0].(time.Time).UTC()
		c.line.Unread = &last
	}
	for _, r := range found.Rows {
		m := Message{Time: r[0].(time.Time).UTC(), Session: r[1].(string), Kind: r[2].(string), Prefix: r[3].(string), Path: withoutPrepending(r[4].(string))}
		if m.Kind != "down" {
			p, isInside := c.contains(m.Prefix)
			if !isInside {
				continue
			}
			m.prefix = p
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// readUpdateFiles reads which update files there are.
func (c *chronicle) readUpdateFiles(store *table.Store) error {
	found := map[string]*UpdateFiles{}
	for _, m := range c.engine.Partitions(datasets.Updates.Schema) {
		labels, ok, err := datasets.Updates.Labels(store, m)
		if err != nil {
			return err
		}
		if !ok || labels.Time.Before(c.line.Since) || !labels.Time.Before(c.line.Until) {
			continue
		}
		at := labels.Time.UTC()
		u := found[labels.Collector]
		if u == nil {
			u = &UpdateFiles{labels.Collector, 0, at, at}
			found[labels.Collector] = u
		}
		u.Files++
		if at.Before(u.First) {
			u.First = at
		}
		if at.After(u.Last) {
			u.Last = at
		}
	}
	for _, collector := range slices.Sorted(maps.Keys(found)) {
		c.line.Updates = append(c.line.Updates, *found[collector])
	}
	return nil
}

// held is a route of a session as messages gave it.
type held struct {
	path  string
	since *time.Time // nil: it is from a dump
}

// replay follows the messages from dump to dump: which session had which path, and when that changed.
func (c *chronicle) replay(messages []Message) {
	state := map[sessionRoute]held{}
	hour := 0
	for len(messages) > 0 || hour < len(c.line.Dumps) {
		if hour < len(c.line.Dumps) && (len(messages) == 0 || !messages[0].Time.Before(c.line.Dumps[hour].Time)) {
			c.takeDump(state, hour)
			c.addMoment(c.line.Dumps[hour].Time, true, state)
			hour++
			continue
		}
		minute := messages[0].Time.Truncate(time.Minute)
		for len(messages) > 0 && messages[0].Time.Truncate(time.Minute).Equal(minute) && (hour == len(c.line.Dumps) || messages[0].Time.Before(c.line.Dumps[hour].Time)) {
			c.takeMessage(state, &messages[0])
			messages = messages[1:]
		}
		c.addMoment(minute, false, state)
	}
	for route, h := range state {
		if h.since != nil {
			c.addStretch(route, h, c.lastKnown(route, *h.since), nil)
		}
	}
}

// takeDump replaces what is known of the routes of an hour's collectors by what its dumps show, where the paths are known or no route is
// there. What messages gave since stays, as it is newer than the beginning of a dump.
func (c *chronicle) takeDump(state map[sessionRoute]held, hour int) {
	maps.DeleteFunc(state, func(route sessionRoute, h held) bool {
		collector, _, _ := strings.Cut(route.session, "/")
		return h.since == nil && slices.Contains(c.line.Dumps[hour].Collectors, collector) && (!c.routed[hour][route.prefix] || c.hasPath(hour, route.prefix))
	})
	for route, path := range c.paths[hour] {
		if state[route].since == nil {
			state[route] = held{path: path}
		}
	}
}

func (c *chronicle) takeMessage(state map[sessionRoute]held, m *Message) {
	end := func(route sessionRoute) {
		if h := state[route]; h.since != nil {
			c.addStretch(route, h, m.Time, &m.Time)
		}
		delete(state, route)
	}
	if m.Kind == "down" {
		lost := false
		for route := range state {
			if route.session == m.Session {
				end(route)
				lost = true
			}
		}
		if !lost { // it says nothing of the prefix
			return
		}
	}
	c.line.Count++
	if len(c.line.Messages) < maxShownMessages {
		c.line.Messages = append(c.line.Messages, *m)
	}
	route := sessionRoute{m.Session, m.prefix}
	switch h, has := state[route]; {
	case m.Kind == "withdraw":
		end(route)
	case m.Kind == "announce" && (!has || h.since == nil || h.path != m.Path):
		end(route)
		state[route] = held{m.Path, &m.Time}
	}
}

// addStretch adds the time in which a session had a route from messages to its origin and upstream.
func (c *chronicle) addStretch(route sessionRoute, h held, last time.Time, goneBy *time.Time) {
	v := Interval{NotBefore: h.since, From: *h.since, Last: last, GoneBy: goneBy}
	origin, upstream := endOf(h.path)
	for _, of := range []struct {
		tracks map[lineKey]*track
		as     string
	}{{c.origins, origin}, {c.upstreams, upstream}} {
		if of.as != "" {
			t := trackOf(of.tracks, lineKey{route.prefix, of.as})
			t.stretches = append(t.stretches, v)
			t.witnesses[route.session] = true
		}
	}
}

// lastKnown returns until when the update files say that a session still has its route.
func (c *chronicle) lastKnown(route sessionRoute, since time.Time) time.Time {
	collector, _, _ := strings.Cut(route.session, "/")
	for _, u := range c.line.Updates {
		if u.Collector == collector && u.Last.After(since) {
			return u.Last
		}
	}
	return since
}

// addMoment adds the known paths of a time, unless they are those of the moment before.
func (c *chronicle) addMoment(at time.Time, isDump bool, state map[sessionRoute]held) {
	peers := map[SeenPath]int{}
	for route, h := range state {
		peers[SeenPath{Prefix: route.prefix.String(), Path: h.path}]++
	}
	m := Moment{Time: at, Dump: isDump, Paths: []SeenPath{}}
	for p, n := range peers {
		m.Paths = append(m.Paths, SeenPath{p.Prefix, p.Path, n})
	}
	slices.SortFunc(m.Paths, func(a, b SeenPath) int {
		return cmp.Or(cmp.Compare(b.Peers, a.Peers), cmp.Compare(a.Prefix, b.Prefix), cmp.Compare(a.Path, b.Path))
	})
	m.Others = max(len(m.Paths)-maxPaths, 0)
	m.Paths = m.Paths[:len(m.Paths)-m.Others]
	moments := c.line.Moments
	switch {
	case len(moments) == 0 && len(m.Paths) == 0, len(moments) > 0 && m.Others == moments[len(moments)-1].Others && slices.Equal(m.Paths, moments[len(moments)-1].Paths):
	case len(moments) == maxMoments:
		c.line.Later++
	default:
		c.line.Moments = append(moments, m)
	}
}
