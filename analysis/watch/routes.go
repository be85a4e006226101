package watch

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
)

// watchedRoutes compares the routes inside the watched prefixes, hour by hour and at the end of each update file, with what the rule expects.
func (f *finder) watchedRoutes(ctx context.Context, r *Rule) error {
	if len(r.Prefixes) == 0 {
		return nil
	}
	condition, args := inside(r.prefixes()...)
	result, err := f.queryStates(ctx, `SELECT time, CAST(family AS BIGINT), collectors, prefix, CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END AS origin,
    full_feed_peers, full_feed_total, seen_by, rov_state FROM route_states WHERE `+condition+` ORDER BY time, family, prefix, origin`, args...)
	if err != nil {
		return err
	}
	sights := map[routeKey][]sight{}
	for _, row := range result.Rows {
		at, family, key := row[0].(time.Time), uint32(row[1].(int64)), routeKey{row[3].(string), row[4].(string)}
		p, err := netip.ParsePrefix(key.prefix)
		if err != nil {
			return err
		}
		if _, ok := r.covering(p); !ok || !f.isWhole(at, family) {
			continue
		}
		f.routes++
		collectors := without(strings.Split(row[2].(string), ","), f.live(family, at))
		if r.breach(key) == "" || len(collectors) == 0 {
			continue
		}
		text := "ROV " + row[8].(string)
		if peers, total := known(row[5]), known(row[6]); peers != nil && total != nil {
			text += fmt.Sprintf(", %d of %d full feeds", *peers, *total)
		}
		if seenBy := row[7].(string); seenBy != "" {
			text += ", seen by " + strings.ReplaceAll(seenBy, ",", ", ")
		}
		sights[key] = append(sights[key], sight{at: at, collectors: collectors, text: text})
	}
	for _, family := range []uint32{4, 6} {
		f.addCarried(family, sights, func(_ *carriage, key routeKey) bool { return r.breach(key) != "" })
	}
	for _, key := range slices.SortedFunc(maps.Keys(sights), func(a, b routeKey) int {
		return cmp.Or(cmp.Compare(r.breach(a), r.breach(b)), cmp.Compare(a.prefix, b.prefix), cmp.Compare(a.origin, b.origin))
	}) {
		for _, s := range spans(f.hoursOf(familyOf(netip.MustParsePrefix(key.prefix)), key), sights[key]) {
			f.addRoute(r, key, s)
		}
	}
	return nil
}

// breach returns the kind of alert that a route is; empty: it is not inside a watched prefix, or the rule expects it, or does not look for it.
func (r *Rule) breach(key routeKey) string {
	p, err := netip.ParsePrefix(key.prefix)
	watched, isInside := r.covering(p)
	if err != nil || !isInside {
		return ""
	}
	switch foreign := len(r.Origins) > 0 && !r.own(key.asn()); {
	case p != watched && !r.expects(p) && r.looksFor(moreSpecific):
		return moreSpecific
	case foreign && r.looksFor(originViolates):
		return originViolates
	}
	return ""
}

func (f *finder) addRoute(r *Rule, o routeKey, s span) {
	kind := r.breach(o)
	a := s.alert()
	a.Subject = o.prefix + " AS" + o.origin
	expected := ""
	if len(r.Origins) > 0 {
		expected = ", which is expected of " + asList(r.Origins)
	}
	a.Text = fmt.Sprintf("AS%s announces %s%s", o.origin, o.prefix, expected)
	if kind == moreSpecific {
		p, _ := netip.ParsePrefix(o.prefix)
		watched, _ := r.covering(p)
		a.Text = fmt.Sprintf("AS%s announces %s, inside %s, which is not expected", o.origin, o.prefix, watched)
	}
	a.Text += ", " + when(a.NotBefore, a.SeenFrom) + ", " + until(a.GoneBy, a.LastSeen) + "."
	a.Evidence = f.ofSight(datasets.RouteStates.Schema, &s.first)
	a.Prefix, a.Page = timeLineOf(r, o.prefix), page(r, o.prefix)
	f.add(r, kind, a)
}

// alert returns an alert with the times of the span.
func (s *span) alert() Alert {
	return Alert{NotBefore: s.notBefore, SeenFrom: s.first.at, LastSeen: s.last.at, GoneBy: s.goneBy}
}
