package operator

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"tidemark/internal/netaddr"
)

func compareKeys(a, b lineKey) int {
	na, _ := strconv.ParseUint(a.as, 10, 32)
	nb, _ := strconv.ParseUint(b.as, 10, 32)
	return cmp.Or(netaddr.ComparePrefixes(a.prefix, b.prefix), cmp.Compare(na, nb), cmp.Compare(a.as, b.as))
}

// dumpGaps returns the times without dumps: between two of them more than twice their usual distance, or maxDumpGap, and before the first and
// after the last more than the usual one.
func dumpGaps(t *TimeLine) []Gap {
	if len(t.Dumps) == 0 {
		return []Gap{{From: t.Since, Until: t.Until}}
	}
	var times []time.Time
	for _, h := range t.Dumps {
		times = append(times, h.Time)
	}
	usual := usualStep(times)
	gaps := []Gap{}
	if first := times[0]; first.Sub(t.Since) > usual {
		gaps = append(gaps, Gap{From: t.Since, Until: first})
	}
	for i, until := range times[1:] {
		if from := times[i]; until.Sub(from) > min(2*usual, maxDumpGap) {
			gaps = append(gaps, Gap{From: from, Until: until})
		}
	}
	if last := times[len(times)-1]; t.Until.Sub(last) > usual {
		gaps = append(gaps, Gap{From: last, Until: t.Until})
	}
	return gaps
}

// lines returns what is known of each AS, the prefix itself first. Of upstreams, hours count only if paths of the prefix are known, or
// none is there.
func (c *chronicle) lines(tracks map[lineKey]*track, byPaths bool) (all []Line, more int) {
	keys := make([]lineKey, 0, len(tracks))
	for key := range tracks {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	all = []Line{}
	for _, key := range keys[:min(len(keys), maxTimeLines)] {
		t := tracks[key]
		judged := func(i int) bool { return !byPaths || c.judgesPaths(i, key.prefix) }
		line := Line{Prefix: key.prefix.String(), AS: key.as, Intervals: joinIntervals(append(c.intervalsOf(t, judged), t.stretches...)), Counts: []Count{}, ROV: []Validity{}, SeenBy: []string{}, Witnesses: len(t.witnesses)}
		if !byPaths {
			line.Counts, line.ROV = c.countsOf(t), c.validityOf(t)
			line.Later = max(len(line.Counts)-maxCounts, 0)
			line.Counts = line.Counts[:len(line.Counts)-line.Later]
		}
		for session := range t.witnesses {
			line.SeenBy = append(line.SeenBy, session)
		}
		slices.Sort(line.SeenBy)
		line.LaterIntervals = max(len(line.Intervals)-maxIntervals, 0)
		line.Intervals = line.Intervals[:len(line.Intervals)-line.LaterIntervals]
		line.SeenBy = line.SeenBy[:min(len(line.SeenBy), maxSeenBy)]
		all = append(all, line)
	}
	return all, len(keys) - len(all)
}

// judgesPaths reports whether the dumps of an hour show the paths of a prefix, or that it has no route.
func (c *chronicle) judgesPaths(i int, p netip.Prefix) bool {
	return !c.routed[i][p] || c.hasPath(i, p)
}

// countsOf returns how many peers carried the route of a line, by time. An hour without the dumps of a collector that showed it says nothing
// of its absence.
func (c *chronicle) countsOf(t *track) []Count {
	counts := []Count{}
	var collectors []string
	for i, h := range c.line.Dumps {
		in, is := t.shown[i]
		switch {
		case is:
			counts = append(counts, Count{h.Time, true, in.peers, in.feeds, in.feedsOf})
			collectors = in.collectors
		case collectors != nil && h.Has(collectors):
			none := int64(0)
			counts = append(counts, Count{Time: h.Time, Dump: true, Peers: &none})
			collectors = nil
		}
	}
	counts = append(counts, t.counts...)
	slices.SortStableFunc(counts, func(a, b Count) int { return a.Time.Compare(b.Time) })
	return counts
}

// validityOf returns the states of route origin validation of a line's route. A gap of the dumps, or hours without the route, end one.
func (c *chronicle) validityOf(t *track) []Validity {
	all := []Validity{}
	before := -1
	for i, h := range c.line.Dumps {
		in, is := t.shown[i]
		if !is {
			continue
		}
		if n := len(all); n > 0 && before == i-1 && all[n-1].State == in.rov && all[n-1].Reason == in.reason && !c.afterGap(i) {
			all[n-1].Last = h.Time
		} else {
			all = append(all, Validity{h.Time, h.Time, in.rov, in.reason})
		}
		before = i
	}
	return all
}

// afterGap reports whether the dumps of an hour are the first after a gap.
func (c *chronicle) afterGap(i int) bool {
	return slices.ContainsFunc(c.line.Gaps, func(g Gap) bool { return g.Collector == "" && g.Until.Equal(c.line.Dumps[i].Time) })
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
		if c.afterGap(i) {
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
		until := latest(last.Last, v.Last)
		last.GoneBy = overBy(until, last.GoneBy, v.GoneBy)
		last.Last = until
	}
	return joined
}

// overBy returns when two joined intervals, last seen at a time, were over; nil if it is not known. If only one of them has an end, the
// other may have lasted longer, unless a later dump shows neither.
func overBy(last time.Time, ends ...*time.Time) (over *time.Time) {
	open := slices.Contains(ends, nil)
	for _, end := range ends {
		if end != nil && (end.After(last) || end.Equal(last) && !open) && (over == nil || end.Before(*over)) {
			over = end
		}
	}
	return over
}
