package operator

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"
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

// Moment is a time at which something changed, with the paths that are known from then on: those of collectors without update files as
// their last dump showed them.
type Moment struct {
	Time   time.Time  `json:"time"`
	Dump   bool       `json:"dump"` // the hour's dumps are part of it; otherwise messages, or the end of update files, changed it
	Paths  []SeenPath `json:"paths"`
	Others int        `json:"other_paths"` // that are left out: those with the fewest peers, and those of more than 64 hops
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
	maxHops          = 64 // of a path that is shown
)

// readMessages reads the messages of the update files, oldest first. Messages of a session with the same time are withdrawals before
// announcements.
func (c *chronicle) readMessages(ctx context.Context) (messages []Message, err error) {
	if len(c.line.Updates) == 0 {
		return nil, nil
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
		c.cutUpdates(last)
	}
	for _, r := range found.Rows {
		m := Message{Time: r[0].(time.Time).UTC(), Session: r[1].(string), Kind: r[2].(string), Prefix: r[3].(string), Path: WithoutPrepending(r[4].(string))}
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

// held is a route of a session.
type held struct {
	path   string
	since  time.Time
	byDump bool // otherwise by a message
}

// replay follows dumps and messages: which session had which path, and when that changed. Messages of a minute are one moment. Where update
// files end, nothing is known any longer of what their collector's sessions have, until the next dump or message.
func (c *chronicle) replay(messages []Message) {
	state := map[sessionRoute]held{}
	dumps, ends := c.line.Dumps, c.runEnds()
	var now time.Time
	for len(dumps) > 0 || len(messages) > 0 || len(ends) > 0 {
		isEnd := len(ends) > 0 && (len(messages) == 0 || ends[0].Until.Before(messages[0].Time)) && (len(dumps) == 0 || !ends[0].Until.After(dumps[0].Time))
		switch {
		case isEnd:
			c.endRun(state, ends[0])
			now = ends[0].Until
			c.addMoment(now, false, state)
			ends = ends[1:]
		case len(dumps) > 0 && (len(messages) == 0 || !messages[0].Time.Before(dumps[0].Time)):
			c.applyDump(state, len(c.line.Dumps)-len(dumps))
			now = dumps[0].Time
			c.addMoment(now, true, state)
			dumps = dumps[1:]
		default:
			minute := messages[0].Time.Truncate(time.Minute)
			for len(messages) > 0 && messages[0].Time.Truncate(time.Minute).Equal(minute) && (len(dumps) == 0 || messages[0].Time.Before(dumps[0].Time)) && (len(ends) == 0 || !messages[0].Time.After(ends[0].Until)) {
				c.applyMessage(state, &messages[0])
				messages = messages[1:]
			}
			now = latest(now, minute)
			c.addMoment(now, false, state)
		}
	}
}

// applyDump replaces what dumps showed of the routes of an hour's collectors by what its dumps show, where the paths are known or no route is
// there. What messages gave stays, as it is newer than the beginning of a dump.
func (c *chronicle) applyDump(state map[sessionRoute]held, hour int) {
	dump := &c.line.Dumps[hour]
	for route, h := range state {
		if !h.byDump || !dump.Has([]string{collectorOf(route.session)}) || !c.judgesPaths(hour, route.prefix) {
			continue
		}
		if c.paths[hour][route] != h.path || !c.isLive(route, h, dump.Time) {
			c.endHeld(state, route, dump.Time, false)
		}
	}
	for route, path := range c.paths[hour] {
		if _, has := state[route]; !has {
			state[route] = held{path, dump.Time, true}
		}
	}
}

// isLive reports whether update files tell of a route from when it was known first until a time.
func (c *chronicle) isLive(route sessionRoute, h held, until time.Time) bool {
	run := c.runAt(collectorOf(route.session), h.since)
	return run != nil && !until.After(run.Until)
}

// endHeld forgets a route of a session, and adds the time in which it had it. What only a dump shows has none.
func (c *chronicle) endHeld(state map[sessionRoute]held, route sessionRoute, at time.Time, isOver bool) {
	if h, has := state[route]; has && (!h.byDump || c.isLive(route, h, at)) {
		c.addStretch(route, h, at, isOver)
	}
	delete(state, route)
}

// endRun forgets the routes of a collector's sessions: of what comes after its update files, nothing is known.
func (c *chronicle) endRun(state map[sessionRoute]held, run UpdateRun) {
	for route := range state {
		if collectorOf(route.session) == run.Collector {
			c.endHeld(state, route, run.Until, false)
		}
	}
}

// collectorOf returns the collector of a session.
func collectorOf(session string) string {
	collector, _, _ := strings.Cut(session, "/")
	return collector
}

func (c *chronicle) applyMessage(state map[sessionRoute]held, m *Message) {
	if m.Kind == "down" {
		lost := false
		for route := range state {
			if route.session == m.Session {
				c.endHeld(state, route, m.Time, true)
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
	h, has := state[route]
	switch {
	case m.Kind == "withdraw":
		c.endHeld(state, route, m.Time, true)
	case m.Kind == "announce" && (!has || h.path != m.Path || h.byDump && !c.isLive(route, h, m.Time)):
		c.endHeld(state, route, m.Time, true)
		state[route] = held{m.Path, m.Time, false}
	}
}

// addStretch adds the time in which a session had a route to the lines of its origin and of its upstream.
func (c *chronicle) addStretch(route sessionRoute, h held, last time.Time, isOver bool) {
	origin, upstream := endOf(h.path)
	for _, of := range []struct {
		tracks  map[lineKey]*track
		as      string
		byPaths bool
	}{{c.origins, origin, false}, {c.upstreams, upstream, true}} {
		if of.as == "" {
			continue
		}
		key := lineKey{route.prefix, of.as}
		t := trackOf(of.tracks, key)
		v := Interval{From: h.since, Last: last}
		var complete bool
		v.NotBefore, complete = c.absentBefore(t, key, collectorOf(route.session), h.since, of.byPaths)
		if isOver && complete {
			v.GoneBy = &last
		}
		t.stretches = append(t.stretches, v)
		t.witnesses[route.session] = true
	}
}

// absentBefore returns until when dumps and update files of a collector show that nobody had a line before a session got it; nil if it is
// not known. It is complete if all sessions that have the line are known: by messages, or by the paths of the last dump.
func (c *chronicle) absentBefore(t *track, key lineKey, collector string, at time.Time, byPaths bool) (absent *time.Time, complete bool) {
	for i := len(c.line.Dumps) - 1; i >= 0; i-- {
		h := &c.line.Dumps[i]
		if h.Time.After(at) || !h.Has([]string{collector}) || byPaths && !c.judgesPaths(i, key.prefix) {
			continue
		}
		run := c.runAt(collector, at)
		isLive := run != nil && !run.From.After(h.Time)
		switch in, is := t.shown[i]; {
		case is:
			return nil, isLive && in.peers != nil && c.carriersIn(i, key) >= *in.peers
		case isLive:
			return &at, true
		}
		return &h.Time, false
	}
	return nil, false
}

// carriersIn returns how many sessions have an origin by the known paths of an hour.
func (c *chronicle) carriersIn(hour int, key lineKey) (n int64) {
	for route, path := range c.paths[hour] {
		if origin, _ := endOf(path); route.prefix == key.prefix && origin == key.as {
			n++
		}
	}
	return n
}

// addMoment adds the known paths of a time, unless they are those of the moment before.
func (c *chronicle) addMoment(at time.Time, isDump bool, state map[sessionRoute]held) {
	peers, carriers := map[SeenPath]int{}, map[lineKey]int64{}
	for route, h := range state {
		origin, _ := endOf(h.path)
		peers[SeenPath{Prefix: route.prefix.String(), Path: h.path}]++
		carriers[lineKey{route.prefix, origin}]++
	}
	if !isDump {
		c.countCarriers(at, carriers)
	}
	m := Moment{Time: at, Dump: isDump, Paths: []SeenPath{}}
	for p, n := range peers {
		if strings.Count(p.Path, " ") >= maxHops {
			m.Others++
			continue
		}
		m.Paths = append(m.Paths, SeenPath{p.Prefix, p.Path, n})
	}
	slices.SortFunc(m.Paths, func(a, b SeenPath) int {
		return cmp.Or(cmp.Compare(b.Peers, a.Peers), cmp.Compare(a.Prefix, b.Prefix), cmp.Compare(a.Path, b.Path))
	})
	if more := len(m.Paths) - maxPaths; more > 0 {
		m.Others += more
		m.Paths = m.Paths[:maxPaths]
	}
	moments := c.line.Moments
	switch {
	case len(moments) == 0 && len(m.Paths) == 0, len(moments) > 0 && m.Others == moments[len(moments)-1].Others && slices.Equal(m.Paths, moments[len(moments)-1].Paths):
	case len(moments) == maxMoments:
		c.line.Later++
	default:
		c.line.Moments = append(moments, m)
	}
}

// countCarriers adds how many sessions are known to carry each route, where that changed since the last messages.
func (c *chronicle) countCarriers(at time.Time, carriers map[lineKey]int64) {
	for key := range carriers {
		trackOf(c.origins, key)
	}
	for key, t := range c.origins {
		n, last := carriers[key], int64(0)
		if len(t.counts) > 0 {
			last = *t.counts[len(t.counts)-1].Peers
		}
		if n != last {
			t.counts = append(t.counts, Count{Time: at, Peers: &n})
		}
	}
}
