package derive

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/incident"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// RouteEvents makes route_events of the marks of all hours.
var RouteEvents = Derivation{Of: datasets.RouteEvents.Schema, Plan: planRouteEvents}

// markedHour is an hour with its marks.
type markedHour struct {
	incident.Hour
	marks *table.Manifest
}

func planRouteEvents(store *table.Store) ([]Job, error) {
	hours, before, err := judgedHours(store)
	if err != nil {
		return nil, err
	}
	var marked []markedHour
	var inputs []table.Input
	for _, h := range hours {
		m, err := store.Manifest(datasets.RouteMarks.Schema, h.key())
		if err != nil {
			return nil, err
		}
		if m == nil {
			continue
		}
		now := markedHour{incident.Hour{Time: h.hour, Series: h.series()}, m}
		if b := before[h]; b != nil {
			now.Before = b.hour
		}
		marked = append(marked, now)
		input := m.AsInput()
		input.With = "collectors=" + now.Series
		inputs = append(inputs, input)
	}
	if len(marked) == 0 {
		return nil, nil
	}
	key := table.Key{Day: marked[len(marked)-1].Time.Truncate(24 * time.Hour), Name: "events"}
	return []Job{{Key: key, Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
		return routeEvents(ctx, store, marked, key, into)
	}}}, nil
}

// boundColumns are what decides when events begin and end; the rest of a mark describes one.
var boundColumns = []string{"before", "kind", "edge", "prefix", "origin_asn", "origin_set", "others", "full_feed_peers", "full_feed_total", "full_feed_ases"}

// routeEvents reads the marks twice: what describes the beginning of an event is read again for the events that begin in an hour.
func routeEvents(ctx context.Context, store *table.Store, hours []markedHour, key table.Key, into *table.Commit) error {
	out, err := datasets.RouteEvents.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "mark"
	var history incident.History
	var firsts []int // by hour: number of its first mark
	number := 0
	var marks []incident.Mark
	for _, h := range hours {
		if err := ctx.Err(); err != nil {
			return err
		}
		marks = marks[:0]
		for row, err := range datasets.RouteMarks.ScanColumns(boundColumns, store.Path(h.marks)) {
			if err != nil {
				return err
			}
			m, err := markOf(&row)
			if err != nil {
				return err
			}
			marks = append(marks, m)
		}
		history.Add(h.Hour, marks)
		firsts = append(firsts, number)
		number += len(marks)
	}
	out.See(number)
	out.Keep(number)
	at := -1
	var begun map[int]datasets.RouteMark // of hour at, by number of the mark
	for e := range history.Events() {
		for at < 0 || !hours[at].Time.Equal(e.SeenFrom) {
			at++
			begun = nil
		}
		if begun == nil {
			if begun, err = readBeginnings(store, hours[at].marks, firsts[at]); err != nil {
				return err
			}
		}
		if err := out.Append(eventRow(&e, begun[e.First])); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readBeginnings returns the marks with which events begin, by their number; the first one of the hour has the given one.
func readBeginnings(store *table.Store, marks *table.Manifest, number int) (map[int]datasets.RouteMark, error) {
	begun := map[int]datasets.RouteMark{}
	for row, err := range datasets.RouteMarks.Scan(store.Path(marks)) {
		if err != nil {
			return nil, err
		}
		if row.Edge == string(incident.Begins) {
			begun[number] = row
		}
		number++
	}
	return begun, nil
}

// markOf returns a row as a mark.
func markOf(row *datasets.RouteMark) (m incident.Mark, err error) {
	m = incident.Mark{Kind: row.Kind, Edge: incident.Edge(row.Edge), Dated: row.Before != nil, Origin: incident.Origin{ASN: row.OriginASN, Set: row.OriginSet}}
	if row.Prefix != "" {
		if m.Prefix, err = netip.ParsePrefix(row.Prefix); err != nil {
			return m, err
		}
	}
	if row.FullFeedTotal != nil {
		m.Feeds, m.Of = *row.FullFeedPeers, *row.FullFeedTotal
	}
	if row.FullFeedASes != nil {
		m.OfASes = *row.FullFeedASes
	}
	if row.Others != "" {
		m.Others, err = parseOrigins(row.Others)
	}
	return m, err
}

// parseOrigins reads what originList writes. The members of a set, in braces, are separated by commas as well.
func parseOrigins(text string) (all []incident.Origin, err error) {
	for text != "" {
		end := strings.IndexByte(text, ',')
		if text[0] == '{' {
			end = strings.IndexByte(text, '}') + 1
		}
		field := text
		if end > 0 && end < len(text) {
			field = text[:end]
		}
		text = strings.TrimPrefix(text[len(field):], ",")
		if field[0] == '{' {
			all = append(all, incident.Origin{Set: field})
			continue
		}
		asn, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return nil, err
		}
		all = append(all, incident.Origin{ASN: uint32(asn)})
	}
	return all, nil
}

// eventRow returns an event with the evidence of its beginning.
func eventRow(e *incident.Event, first datasets.RouteMark) datasets.RouteEvent {
	row := datasets.RouteEvent{Kind: e.Kind, Family: first.Family, Prefix: first.Prefix, OriginASN: first.OriginASN, OriginSet: first.OriginSet, Others: first.Others,
		CoveredBy: first.CoveredBy, NotBefore: timeOrNil(e.NotBefore), SeenFrom: e.SeenFrom, LastSeen: e.LastSeen, GoneBy: timeOrNil(e.GoneBy), Status: string(e.Status),
		PeakTime: e.Peak.Time, Detail: first.Detail, SeenBy: first.SeenBy, Path: first.Path, Innocent: first.Innocent, Earlier: int64(e.Earlier)}
	for _, g := range e.Gaps {
		row.Unjudged = append(row.Unjudged, g.From.Format(time.RFC3339)+"/"+g.To.Format(time.RFC3339))
	}
	if e.Peak.Of > 0 {
		row.FullFeedPeers, row.FullFeedTotal, row.FullFeedASes = &e.Peak.Feeds, &e.Peak.Of, &e.Peak.OfASes
	}
	return row
}

// timeOrNil returns nil for the zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
