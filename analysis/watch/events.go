package watch

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
)

// kindsOfEvents are the kinds of alerts that events of routes are.
var kindsOfEvents = map[string]string{
	"origin-change": newOrigin, "moas": newOrigin, "more-specific-by-other-origin": moreSpecific,
	"rov-invalid": "rov-invalid", "aspa-invalid": "aspa-invalid", "new-bogon": "new-bogon", "route-leak": routeLeak, "otc-leak": routeLeak,
	"lost-visibility": lostVisibility, "as-vanished": lostVisibility,
}

// routeEvent is a row of route_events.
type routeEvent struct {
	kind           string
	family         uint32 // 0: it is about an AS
	prefix         string
	origin         uint32
	originText     string
	others         []uint32
	coveredBy      string
	notBefore      *time.Time
	from, last     time.Time
	goneBy         *time.Time
	feeds, feedsOf *int64
	detail, seenBy string
	path           string
	innocent       string
}

// routeEvents finds the events of routes that a rule is about.
func (f *finder) routeEvents(ctx context.Context, r *Rule) error {
	if len(r.Prefixes)+len(r.ASes) == 0 {
		return nil
	}
	condition, args := about(r, "origin_asn = ? OR list_contains(string_split(others, ','), ?)", func(asn uint32) []any {
		return []any{int64(asn), strconv.FormatUint(uint64(asn), 10)}
	})
	result, err := f.engine.Query(ctx, `SELECT kind, CAST(coalesce(family, 0) AS BIGINT), prefix, CAST(origin_asn AS BIGINT), CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END,
    others, covered_by, not_before, seen_from, last_seen, gone_by, peak_full_feed_peers, peak_full_feed_total, detail, seen_by, as_path, array_to_string(innocent, ', ')
    FROM (SELECT *, CASE WHEN prefix <> '' THEN CAST(split_part(prefix, '/', 2) AS BIGINT) END AS prefix_length FROM route_events) WHERE `+condition+`
    ORDER BY seen_from, kind, family, prefix, origin_asn, origin_set`, args...)
	if err != nil {
		return err
	}
	for _, row := range result.Rows {
		e := routeEvent{kind: row[0].(string), family: uint32(row[1].(int64)), prefix: row[2].(string), origin: uint32(row[3].(int64)), originText: row[4].(string), coveredBy: row[6].(string),
			notBefore: moment(row[7]), from: row[8].(time.Time), last: row[9].(time.Time), goneBy: moment(row[10]), feeds: known(row[11]), feedsOf: known(row[12]),
			detail: row[13].(string), seenBy: row[14].(string), path: row[15].(string), innocent: row[16].(string)}
		for other := range strings.SplitSeq(row[5].(string), ",") {
			if asn, err := strconv.ParseUint(other, 10, 32); err == nil {
				e.others = append(e.others, uint32(asn))
			}
		}
		if kind := kindsOfEvents[e.kind]; r.looksFor(kind) && r.concerns(kind, &e) {
			f.addEvent(r, kind, &e)
		}
	}
	return nil
}

// moment returns a time, or nil for null.
func moment(value any) *time.Time {
	if t, ok := value.(time.Time); ok {
		return &t
	}
	return nil
}

// concerns reports whether an event is one for the rule: where the rule itself says what is expected, routes are compared with that.
func (r *Rule) concerns(kind string, e *routeEvent) bool {
	var watched netip.Prefix
	isInside := false
	if p, err := netip.ParsePrefix(e.prefix); err == nil {
		watched, isInside = r.covering(p)
	}
	ofAS := slices.ContainsFunc(r.ASes, func(asn uint32) bool { return slices.Contains(e.others, asn) })
	switch kind {
	case newOrigin:
		return !r.own(e.origin) && (isInside && len(r.Origins) == 0 || ofAS && !isInside)
	case moreSpecific:
		return !isInside && ofAS && !r.own(e.origin)
	case lostVisibility:
		if isInside {
			return e.prefix != watched.String() || r.visibility(e.family) == 0
		}
		return slices.Contains(r.ASes, e.origin) || ofAS
	}
	return isInside || slices.Contains(r.ASes, e.origin)
}

// addEvent adds an event, unless all that is known of it comes from hours that are not whole.
func (f *finder) addEvent(r *Rule, kind string, e *routeEvent) {
	if !f.isWhole(e.from, e.family) && !f.isWhole(e.last, e.family) {
		return
	}
	a := Alert{Subject: e.subject(), NotBefore: e.notBefore, SeenFrom: e.from, LastSeen: e.last, GoneBy: f.wholeSince(e.goneBy, e.family)}
	if e.innocent != "" && kind == newOrigin {
		a.Severity = "info"
	}
	a.Text = e.text(kind) + ", " + when(a.NotBefore, a.SeenFrom) + ", " + until(a.GoneBy, a.LastSeen) + "."
	var what []string
	for _, part := range []struct{ name, text string }{{"", e.detail}, {"seen by ", e.seenBy}, {"path ", e.path}} {
		if part.text != "" {
			what = append(what, part.name+part.text)
		}
	}
	a.Evidence = f.evidence(datasets.RouteEvents.Schema, time.Time{}, "", strings.Join(what, "; "))
	a.Prefix = timeLineOf(r, e.prefix)
	a.Page = page(r, e.prefix, append([]uint32{e.origin}, e.others...)...)
	f.add(r, kind, a)
}

// wholeSince returns the first whole hour at or after the one by which an event was over; nil if there is none yet.
func (f *finder) wholeSince(goneBy *time.Time, family uint32) *time.Time {
	if goneBy == nil {
		return nil
	}
	for i := range f.hours {
		if h := &f.hours[i]; !h.at.Before(*goneBy) && (family == 0 || h.family == family) && h.why == "" {
			return &h.at
		}
	}
	return nil
}

func (e *routeEvent) subject() string {
	switch {
	case e.prefix == "":
		return "AS" + e.originText
	case e.originText == "0":
		return e.prefix
	}
	return e.prefix + " AS" + e.originText
}

// text says what happened, how far it was seen, and what speaks for an innocent reading.
func (e *routeEvent) text(kind string) string {
	origin := "AS" + e.originText
	var text string
	switch {
	case e.kind == "as-vanished":
		text = origin + " originates none of its prefixes any longer"
	case e.kind == "lost-visibility":
		text = e.prefix + " of " + asList(e.others) + " is no longer seen by most"
	case kind == moreSpecific:
		text = fmt.Sprintf("%s announces %s, inside %s", origin, e.prefix, e.coveredBy)
	case kind == newOrigin:
		text = origin + " announces " + e.prefix
	case kind == routeLeak:
		text = fmt.Sprintf("%s of %s is leaked", e.prefix, origin)
	case kind == "aspa-invalid":
		text = fmt.Sprintf("%s of %s has a path that is invalid by ASPAs", e.prefix, origin)
	case kind == "new-bogon":
		text = fmt.Sprintf("%s of %s is a bogon", e.prefix, origin)
	default:
		text = fmt.Sprintf("%s of %s is invalid by ROAs", e.prefix, origin)
	}
	if len(e.others) > 0 && kind != lostVisibility {
		text += ", which was of " + asList(e.others)
	}
	if e.feeds != nil && e.feedsOf != nil {
		what := "at most"
		if kind == lostVisibility {
			what = "before"
		}
		text += fmt.Sprintf(" (%s %d of %d full feeds)", what, *e.feeds, *e.feedsOf)
	}
	if e.innocent != "" {
		text += "; for an innocent reading: " + e.innocent
	}
	return text
}

// asList returns AS numbers as a list in a sentence.
func asList(asns []uint32) string {
	var all []string
	for _, asn := range asns {
		all = append(all, fmt.Sprintf("AS%d", asn))
	}
	return strings.Join(all, ", ")
}
