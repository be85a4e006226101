package watch

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
)

// observation is a route of a watched prefix that the rule does not expect.
type observation struct{ kind, prefix, origin string }

// watchedRoutes compares the routes inside the watched prefixes, hour by hour, with what the rule expects.
func (f *finder) watchedRoutes(ctx context.Context, r *Rule) error {
	if len(r.Prefixes) == 0 {
		return nil
	}
	condition, args := inside(r.prefixes()...)
	result, err := f.engine.Query(ctx, `SELECT time, CAST(family AS BIGINT), collectors, prefix, CAST(origin_asn AS BIGINT), CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END AS origin,
    full_feed_peers, full_feed_total, seen_by, rov_state FROM route_states WHERE `+condition+` ORDER BY time, family, prefix, origin`, args...)
	if err != nil {
		return err
	}
	sights := map[observation][]sight{}
	for _, row := range result.Rows {
		at, family := row[0].(time.Time), uint32(row[1].(int64))
		p, err := netip.ParsePrefix(row[3].(string))
		if err != nil {
			return err
		}
		watched, ok := r.covering(p)
		if !ok || !f.isWhole(at, family) {
			continue
		}
		f.routes++
		o := observation{r.breach(p, watched, uint32(row[4].(int64))), p.String(), row[5].(string)}
		if o.kind == "" {
			continue
		}
		text := "ROV " + row[9].(string)
		if peers, total := known(row[6]), known(row[7]); peers != nil && total != nil {
			text += fmt.Sprintf(", %d of %d full feeds", *peers, *total)
		}
		if seenBy := row[8].(string); seenBy != "" {
			text += ", seen by " + strings.ReplaceAll(seenBy, ",", ", ")
		}
		sights[o] = append(sights[o], sight{at, strings.Split(row[2].(string), ","), text})
	}
	order := slices.SortedFunc(maps.Keys(sights), func(a, b observation) int {
		return strings.Compare(a.kind+" "+a.prefix+" "+a.origin, b.kind+" "+b.prefix+" "+b.origin)
	})
	for _, o := range order {
		p := netip.MustParsePrefix(o.prefix)
		for _, s := range spans(f.whole(familyOf(p)), sights[o]) {
			f.addRoute(r, o, s)
		}
	}
	return nil
}

// breach returns the kind of alert that a route inside a watched prefix is; empty: the rule expects it, or does not look for it.
func (r *Rule) breach(p, watched netip.Prefix, origin uint32) string {
	switch foreign := len(r.Origins) > 0 && !r.own(origin); {
	case p != watched && !r.expects(p) && r.looksFor(moreSpecific):
		return moreSpecific
	case foreign && r.looksFor(originViolates):
		return originViolates
	}
	return ""
}

func (f *finder) addRoute(r *Rule, o observation, s span) {
	a := s.alert()
	a.Subject = o.prefix + " AS" + o.origin
	expected := ""
	if len(r.Origins) > 0 {
		expected = ", which is expected of " + asList(r.Origins)
	}
	a.Text = fmt.Sprintf("AS%s announces %s%s", o.origin, o.prefix, expected)
	if o.kind == moreSpecific {
		p, _ := netip.ParsePrefix(o.prefix)
		watched, _ := r.covering(p)
		a.Text = fmt.Sprintf("AS%s announces %s, inside %s, which is not expected", o.origin, o.prefix, watched)
	}
	a.Text += ", " + when(a.NotBefore, a.SeenFrom) + ", " + until(a.GoneBy, a.LastSeen) + "."
	a.Evidence = f.ofHour(datasets.RouteStates.Schema, a.SeenFrom, s.first.text)
	a.Prefix, a.Page = timeLineOf(r, o.prefix), page(r, o.prefix)
	f.add(r, o.kind, a)
}

// alert returns an alert with the times of the span.
func (s *span) alert() Alert {
	return Alert{NotBefore: s.notBefore, SeenFrom: s.first.at, LastSeen: s.last.at, GoneBy: s.goneBy}
}
