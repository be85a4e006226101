package derive

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/incident"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/cachefile"
)

// RouteEvents makes route_events of the marks of all hours. histories is a folder in which the history is kept that was joined last, so
// that an hour more costs that hour; it may be removed or damaged, and several processes may use it. Empty: all marks are joined each time.
func RouteEvents(histories string) Derivation {
	return Derivation{Of: datasets.RouteEvents.Schema, Plan: func(store *table.Store) ([]Job, error) { return planRouteEvents(store, histories) }}
}

// markedHour is an hour with its marks.
type markedHour struct {
	incident.Hour
	marks *table.Manifest
}

// input names the marks, and what else of the hour decides.
func (h *markedHour) input() table.Input {
	input := h.marks.AsInput()
	input.With = "collectors=" + h.Series
	return input
}

func planRouteEvents(store *table.Store, histories string) ([]Job, error) {
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
		marked, inputs = append(marked, now), append(inputs, now.input())
	}
	if len(marked) == 0 {
		return nil, nil
	}
	earlier, err := earlierEvents(store, inputs)
	if err != nil {
		return nil, err
	}
	key := table.Key{Day: marked[len(marked)-1].Time.Truncate(24 * time.Hour), Name: "events"}
	j := eventsJob{store: store, hours: marked, key: key, earlier: earlier}
	if histories != "" {
		j.file = filepath.Join(histories, "route_events")
	}
	return []Job{{Key: key, Inputs: inputs, Run: j.run}}, nil
}

// earlierEvents returns the partition of events that this program made of the first of the inputs, and of all of these; nil if there is none.
// The beginnings of its events are described as they are in the marks.
func earlierEvents(store *table.Store, inputs []table.Input) (*table.Manifest, error) {
	made, err := store.Manifests(datasets.RouteEvents.Schema)
	if err != nil {
		return nil, err
	}
	for _, m := range slices.Backward(made) {
		if n := len(m.Inputs); m.MeasuredBy == nil && m.Program == store.Program && n <= len(inputs) && slices.Equal(m.Inputs, inputs[:n]) {
			return m, nil
		}
	}
	return nil, nil
}

// eventsJob joins the marks of hours to events.
type eventsJob struct {
	store   *table.Store
	hours   []markedHour
	key     table.Key
	earlier *table.Manifest // as of earlierEvents
	file    string          // has the history that was joined last; empty: none has
}

// boundColumns are what decides when events begin and end; the rest of a mark describes one.
var boundColumns = []string{"before", "kind", "edge", "prefix", "origin_asn", "origin_set", "others", "full_feed_peers", "full_feed_total", "full_feed_ases"}

// run reads marks twice: what describes the beginning of an event is read again for the events that begin in an hour.
func (j *eventsJob) run(ctx context.Context, into *table.Commit) error {
	out, err := datasets.RouteEvents.Create(into, j.key)
	if err != nil {
		return err
	}
	out.Unit = "mark"
	history, counts, err := j.join(ctx)
	if err != nil {
		return err
	}
	described := beginnings{eventsJob: j}
	for _, n := range counts {
		described.firsts = append(described.firsts, described.number)
		described.number += n
	}
	out.See(described.number)
	out.Keep(described.number)
	stop, err := described.readEarlier()
	if err != nil {
		return err
	}
	defer stop()
	for e := range history.Events() {
		first, err := described.of(&e)
		if err != nil {
			return err
		}
		if err := out.Append(eventRow(&e, first)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// join returns the history of all hours, and how many marks each has. It continues the one that was joined last, if that is of the first
// of the hours.
func (j *eventsJob) join(ctx context.Context) (*incident.History, []int, error) {
	history, counts := j.continued()
	joined := len(counts)
	var marks []incident.Mark
	for _, h := range j.hours[joined:] {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		marks = marks[:0]
		for row, err := range datasets.RouteMarks.ScanColumns(boundColumns, j.store.Path(h.marks)) {
			if err != nil {
				return nil, nil, err
			}
			m, err := markOf(&row)
			if err != nil {
				return nil, nil, err
			}
			marks = append(marks, m)
		}
		history.Add(h.Hour, marks)
		counts = append(counts, len(marks))
	}
	if joined < len(counts) {
		j.keep(history, counts)
	}
	return history, counts, nil
}

// joinedHours is a history with the hours of which it is.
type joinedHours struct {
	Hours   [][sha256.Size]byte // as of fingerprint
	Counts  []int               // marks of each hour
	History []byte
}

// fingerprint returns a hash of all that the history has of an hour.
func (h *markedHour) fingerprint() [sha256.Size]byte {
	in := h.input()
	return sha256.Sum256(fmt.Appendln(nil, in.Name, in.SHA256, in.With, h.Time.Unix(), h.Before.Unix()))
}

// historyHeader changes with what joins marks: the program, and the version of events.
func (j *eventsJob) historyHeader() string {
	return fmt.Sprintf("history 1 of %s %d by %s", datasets.RouteEvents.Name, datasets.RouteEvents.Version, j.store.Program)
}

// continued returns the history that was joined last and how many marks its hours have, if these are the first of the job's; otherwise an
// empty one.
func (j *eventsJob) continued() (*incident.History, []int) {
	if j.file == "" {
		return new(incident.History), nil
	}
	saved, err := cachefile.Read[joinedHours](j.file, j.historyHeader())
	if err != nil {
		logOf(j.store).Debug("the history of events cannot be used; all marks are read instead", "error", err)
	}
	if len(saved) != 1 || len(saved[0].Hours) > len(j.hours) || len(saved[0].Hours) != len(saved[0].Counts) {
		return new(incident.History), nil
	}
	for i, of := range saved[0].Hours {
		if j.hours[i].fingerprint() != of {
			return new(incident.History), nil
		}
	}
	history := new(incident.History)
	if err := history.UnmarshalBinary(saved[0].History); err != nil {
		logOf(j.store).Debug("the history of events cannot be used; all marks are read instead", "error", err)
		return new(incident.History), nil
	}
	return history, saved[0].Counts
}

// keep writes the history for the next time. It is never needed.
func (j *eventsJob) keep(history *incident.History, counts []int) {
	if j.file == "" {
		return
	}
	kept := joinedHours{Counts: counts}
	for i := range j.hours {
		kept.Hours = append(kept.Hours, j.hours[i].fingerprint())
	}
	var err error
	if kept.History, err = history.MarshalBinary(); err == nil {
		if err = os.MkdirAll(filepath.Dir(j.file), 0o755); err == nil {
			err = cachefile.Write(j.file, j.historyHeader(), slices.Values([]joinedHours{kept}))
		}
	}
	if err != nil {
		logOf(j.store).Debug("the next run reads all marks", "because", err)
	}
}

// beginnings finds the marks with which events begin. Events come in the order of their beginnings.
type beginnings struct {
	*eventsJob
	firsts []int // by hour: number of its first mark
	number int   // of all marks

	next  func() (datasets.RouteEvent, error, bool) // of earlier events
	row   datasets.RouteEvent
	more  bool
	at    int                               // hour of those below
	known map[eventStart]datasets.RouteMark // of the hour, from earlier events
	read  map[int]datasets.RouteMark        // of the hour, by number of the mark; nil: not yet
}

// eventStart is what begins in an hour, as rows have it.
type eventStart struct {
	kind, prefix, set string
	asn               uint32
}

// readEarlier opens the earlier events, if their file is as it was written. Otherwise the marks are read.
func (b *beginnings) readEarlier() (stop func(), err error) {
	b.at = -1
	m := b.earlier
	if m == nil {
		return func() {}, nil
	}
	if err := b.store.Check(m); err != nil {
		logOf(b.store).Debug("the earlier events cannot be used; all marks are read instead", "error", err)
		return func() {}, nil
	}
	b.next, stop = iter.Pull2(datasets.RouteEvents.Scan(b.store.Path(m)))
	b.row, err, b.more = b.next()
	return stop, err
}

// of returns the mark with which an event begins.
func (b *beginnings) of(e *incident.Event) (datasets.RouteMark, error) {
	for b.at < 0 || !b.hours[b.at].Time.Equal(e.SeenFrom) {
		b.at++
		b.known, b.read = nil, nil
	}
	if b.known == nil {
		if err := b.earlierOf(e.SeenFrom); err != nil {
			return datasets.RouteMark{}, err
		}
	}
	start := eventStart{kind: e.Kind, set: e.Origin.Set, asn: e.Origin.ASN}
	if e.Prefix.IsValid() {
		start.prefix = e.Prefix.String()
	}
	if m, is := b.known[start]; is {
		return m, nil
	}
	if b.read == nil {
		var err error
		if b.read, err = readBeginnings(b.store, b.hours[b.at].marks, b.firsts[b.at]); err != nil {
			return datasets.RouteMark{}, err
		}
	}
	return b.read[e.First], nil
}

// earlierOf reads the earlier events that begin in an hour.
func (b *beginnings) earlierOf(hour time.Time) (err error) {
	b.known = map[eventStart]datasets.RouteMark{}
	for b.more && !b.row.SeenFrom.After(hour) {
		if r := &b.row; r.SeenFrom.Equal(hour) {
			b.known[eventStart{r.Kind, r.Prefix, r.OriginSet, r.OriginASN}] = datasets.RouteMark{Family: r.Family, Prefix: r.Prefix, OriginASN: r.OriginASN,
				OriginSet: r.OriginSet, Others: r.Others, CoveredBy: r.CoveredBy, Detail: r.Detail, SeenBy: r.SeenBy, Path: r.Path, Innocent: r.Innocent}
		}
		if b.row, err, b.more = b.next(); err != nil {
			return err
		}
	}
	return nil
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
