package derive

import (
	"cmp"
	"context"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// ConvergenceGap separates two convergence events, unless configured otherwise: four times the 30 seconds that a router may
// wait between two announcements (MinRouteAdvertisementIntervalTimer, RFC 4271 section 10), and a margin.
const ConvergenceGap = 130 * time.Second

// maxPassRows is the most update elements whose state is in memory at the same time; each takes at most about 150 bytes.
const maxPassRows = 8_000_000

// PrefixUpdates makes prefix_updates: what all peers of a collector sent of each prefix on a day. Elements of a peer and prefix
// that follow each other within the gap are one convergence event.
func PrefixUpdates(gap time.Duration) Derivation {
	return prefixUpdates(gap, maxPassRows)
}

func prefixUpdates(gap time.Duration, passRows int64) Derivation {
	return Derivation{Of: datasets.PrefixUpdates.Schema, Plan: func(store *table.Store) ([]Job, error) {
		return planUpdateDays(store, fmt.Sprintf("gap=%s", gap), func(ctx context.Context, store *table.Store, files []updateFile, into *table.Commit, key table.Key) error {
			return writePrefixUpdates(ctx, store, files, into, key, gap, passRows)
		})
	}}
}

// writePrefixUpdates reads the files once for each part of the prefixes, so that memory does not grow with the day.
func writePrefixUpdates(ctx context.Context, store *table.Store, files []updateFile, into *table.Commit, key table.Key, gap time.Duration, passRows int64) error {
	out, err := datasets.PrefixUpdates.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "element"
	var elements int64
	for _, f := range files {
		elements += f.Rows
	}
	passes := uint32(max(1, (elements+passRows-1)/passRows))
	for pass := range passes {
		d := prefixDay{hasher: newHasher(), gap: gap, numbers: map[string]int{}, sessions: map[session]uint32{}, states: map[pathOf]*pathState{}}
		for _, f := range files {
			if err := d.read(ctx, store, f, out, pass, passes); err != nil {
				return err
			}
		}
		if err := out.Append(d.allRows(files[0].collector, key.Day)...); err != nil {
			return err
		}
	}
	return nil
}

// prefixDay counts a day's updates by prefix.
type prefixDay struct {
	hasher
	gap      time.Duration
	numbers  map[string]int // index in rows, by prefix
	rows     []datasets.PrefixUpdate
	latest   []time.Time // of the announcement that gave a row its origin
	sessions map[session]uint32
	states   map[pathOf]*pathState
}

// pathOf identifies a peer's path to a prefix.
type pathOf struct {
	session uint32
	row     int
	id      int64 // ADD-PATH identifier; -1: the session does not use it
}

// pathState is what a peer sent last of a prefix, and the convergence event that it is in.
type pathState struct {
	attributes  uint64 // or withdrawn
	path        uint64
	length      int
	first, last time.Time // of the event
	elements    int
}

// read counts the elements of a file whose prefix is of the pass.
func (d *prefixDay) read(ctx context.Context, store *table.Store, f updateFile, out *table.Writer[datasets.PrefixUpdate], pass, passes uint32) error {
	n := 0
	for row, err := range datasets.Updates.Scan(store.Path(f.Manifest)) {
		if err != nil {
			return err
		}
		if n++; n%65536 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if crc32.ChecksumIEEE([]byte(row.Prefix))%passes != pass {
			continue
		}
		out.See(1)
		switch {
		case row.Kind == "state":
			out.Reject("change of a session's state", 1)
		case row.SAFI != 1 || row.Family != 4 && row.Family != 6:
			out.Reject("family without metrics", 1)
		default:
			out.Keep(1)
			d.add(&row)
		}
	}
	return nil
}

// add counts an element.
func (d *prefixDay) add(u *datasets.Update) {
	number, known := d.numbers[u.Prefix]
	if !known {
		number = len(d.rows)
		prefix := strings.Clone(u.Prefix)
		d.numbers[prefix] = number
		d.rows = append(d.rows, datasets.PrefixUpdate{Family: u.Family, Prefix: prefix})
		d.latest = append(d.latest, time.Time{})
	}
	from, met := d.sessions[session{u.PeerAddress, u.PeerASN}]
	if !met {
		from = uint32(len(d.sessions))
		d.sessions[session{strings.Clone(u.PeerAddress), u.PeerASN}] = from
	}
	key := pathOf{from, number, -1}
	if u.PathID != nil {
		key.id = *u.PathID
	}
	row := &d.rows[number]
	now := pathState{attributes: withdrawn}
	if u.Kind == "withdraw" {
		row.Withdrawals++
	} else {
		row.Announcements++
		now = pathState{attributes: d.attributesHash(u), path: d.sum(u.ASPath), length: pathLength(u.ASPath)}
		if !u.Time.Before(d.latest[number]) {
			d.latest[number], row.OriginASN = u.Time, u.OriginASN
		}
	}
	before := d.states[key]
	if before == nil {
		row.First++
		now.first, now.last, now.elements = u.Time, u.Time, 1
		d.states[key] = &now
		return
	}
	*typeOf(row, before, &now)++
	now.first, now.last, now.elements = before.first, before.last, before.elements
	if u.Time.Sub(before.last) >= d.gap {
		endEvent(row, before)
		now.first, now.last, now.elements = u.Time, u.Time, 0
	}
	now.elements++
	if u.Time.After(now.last) { // the records of a file need not be in order
		now.last = u.Time
	}
	if u.Time.Before(now.first) {
		now.first = u.Time
	}
	*before = now
}

// typeOf returns the count of the elements that are of the type of this one.
func typeOf(row *datasets.PrefixUpdate, before, now *pathState) *int64 {
	switch {
	case before.attributes == withdrawn && now.attributes == withdrawn:
		return &row.Repeated
	case before.attributes == withdrawn:
		return &row.Reannounced
	case now.attributes == withdrawn:
		return &row.Withdrawn
	case now.length > before.length:
		return &row.Longer
	case now.length < before.length:
		return &row.Shorter
	case now.path != before.path:
		return &row.SameLength
	case now.attributes != before.attributes:
		return &row.Attributes
	}
	return &row.Duplicates
}

func endEvent(row *datasets.PrefixUpdate, s *pathState) {
	row.Events++
	row.EventSeconds += s.last.Sub(s.first).Seconds()
	if s.elements == 1 {
		row.SingleEvents++
	}
}

// allRows ends the open events and returns the rows in the order of family and prefix as text.
func (d *prefixDay) allRows(collector string, day time.Time) []datasets.PrefixUpdate {
	peers := map[[2]int]bool{}
	open := slices.SortedFunc(maps.Keys(d.states), func(a, b pathOf) int { // sums of fractions depend on their order
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.session, b.session), cmp.Compare(a.id, b.id))
	})
	for _, path := range open {
		row := &d.rows[path.row]
		endEvent(row, d.states[path])
		if peer := [2]int{path.row, int(path.session)}; !peers[peer] {
			peers[peer] = true
			row.Peers++
		}
	}
	for i := range d.rows {
		d.rows[i].Collector, d.rows[i].Day, d.rows[i].Gap = collector, day, int64(d.gap.Seconds())
	}
	slices.SortFunc(d.rows, func(a, b datasets.PrefixUpdate) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Prefix, b.Prefix))
	})
	return d.rows
}

// pathLength returns the number of ASes of a path as updates have it: a set counts 1, confederation segments 0.
func pathLength(path string) (n int) {
	confederation := false
	for hop := range strings.FieldsSeq(path) {
		confederation = confederation || hop[0] == '(' || hop[0] == '['
		if !confederation {
			n++
		}
		if last := hop[len(hop)-1]; last == ')' || last == ']' {
			confederation = false
		}
	}
	return n
}
