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

// uncovered finds the routes of watched prefixes that no ROA covers, hour by hour. Where the state is not known nothing is judged.
func (f *finder) uncovered(ctx context.Context, r *Rule) error {
	if !r.looksFor(roaViolates) {
		return nil
	}
	condition, args := inside(r.prefixes()...)
	result, err := f.queryStates(ctx, `SELECT prefix, CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END AS origin, time, collectors, rov_state, roa_date
    FROM route_states WHERE `+condition+` ORDER BY prefix, origin, time`, args...)
	if err != nil {
		return err
	}
	slices.SortStableFunc(result.Rows, func(a, b []any) int { // of days after days
		return cmp.Or(cmp.Compare(a[0].(string), b[0].(string)), cmp.Compare(a[1].(string), b[1].(string)))
	})
	for rows := range grouped(result.Rows, 2) {
		p, err := netip.ParsePrefix(rows[0][0].(string))
		if err != nil {
			return err
		}
		if _, ok := r.covering(p); ok {
			f.uncoveredRoute(r, p, rows[0][1].(string), rows)
		}
	}
	return nil
}

// uncoveredRoute finds the hours at which no ROA covers a route. Each row has an hour, its collectors, the state and the payloads' days.
func (f *finder) uncoveredRoute(r *Rule, p netip.Prefix, origin string, rows [][]any) {
	unknown := map[time.Time]bool{}
	var sights []sight
	for _, row := range rows {
		at, collectors := row[2].(time.Time), strings.Split(row[3].(string), ",")
		switch row[4] {
		case "unknown":
			unknown[at] = true
		case "not-found":
			sights = append(sights, sight{at: at, collectors: collectors, text: "ROV not-found, by the payloads of " + row[5].(string)})
		}
	}
	judged := slices.DeleteFunc(f.whole(familyOf(p)), func(h *hour) bool { return unknown[h.at] })
	f.routes += int64(len(rows) - len(unknown))
	for _, s := range spans(judged, sights) {
		a := s.alert()
		a.Subject = p.String() + " AS" + origin
		a.Text = fmt.Sprintf("%s of AS%s is covered by no ROA, %s, %s.", p, origin, when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
		a.Evidence = f.ofHour(datasets.RouteStates.Schema, a.SeenFrom, s.first.text)
		a.Page = page(r, p.String())
		f.add(r, roaViolates, a)
	}
}

// tooLong finds the payloads of watched prefixes, and inside them, that authorise longer prefixes than the rule expects, day by day.
func (f *finder) tooLong(ctx context.Context, r *Rule) error {
	if !r.looksFor(maxLengthViolates) {
		return nil
	}
	condition, args := inside(r.prefixes()...)
	result, err := f.engine.Query(ctx, `SELECT DISTINCT prefix, CAST(max_length AS BIGINT) AS longest, CAST(asn AS BIGINT) AS origin, file_date FROM roas WHERE asn <> 0 AND `+condition+`
    ORDER BY prefix, longest, origin, file_date`, args...)
	if err != nil {
		return err
	}
	sights := map[vrp][]sight{}
	for _, row := range result.Rows {
		payload := vrp{row[0].(string), row[1].(int64), uint32(row[2].(int64))}
		p, err := netip.ParsePrefix(payload.prefix)
		if err != nil {
			return err
		}
		_, isInside := r.covering(p)
		if longest := r.MaxLength.of(familyOf(p)); isInside && longest > 0 && payload.maxLength > int64(longest) {
			sights[payload] = append(sights[payload], sight{at: row[3].(time.Time), text: fmt.Sprintf("maxLength %d, expected at most %d", payload.maxLength, longest)})
		}
	}
	order := slices.SortedFunc(maps.Keys(sights), func(a, b vrp) int { return strings.Compare(a.subject(), b.subject()) })
	for _, payload := range order {
		for _, s := range spans(f.wholeDays(datasets.ROAs.Schema), sights[payload]) {
			a := s.alert()
			a.Subject = payload.subject()
			a.Text = fmt.Sprintf("%s, is there: %s, %s, %s.", payload, s.first.text, when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
			a.Evidence = f.ofDay(datasets.ROAs.Schema, a.SeenFrom, s.first.text)
			a.Page = page(r, payload.prefix)
			f.add(r, maxLengthViolates, a)
		}
	}
	return nil
}
