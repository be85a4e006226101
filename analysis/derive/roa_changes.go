package derive

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// ROAChanges makes roa_changes: which payloads came and went between a day and the one before it, of each source and trust anchor.
// Two validators never agree on every payload, so those of one are not compared with those of another.
var ROAChanges = Derivation{Of: datasets.ROAChanges.Schema, Plan: planROAChanges}

// maxAnchorGap is for how long the payloads of a trust anchor may be missing while those of others are at hand, in days. The last day
// before counts too, however old it is.
const maxAnchorGap = 31

func planROAChanges(store *table.Store) (jobs []Job, err error) {
	files, err := store.Manifests(datasets.ROAs.Schema)
	if err != nil {
		return nil, err
	}
	for _, group := range byDay(files) {
		day := group[0].Day()
		before := comparedWith(upTo(files, day.AddDate(0, 0, -1)), group)
		var inputs []table.Input
		for _, m := range slices.Concat(group, before) {
			inputs = append(inputs, m.AsInput())
		}
		key := table.Key{Day: day, Name: day.Format(time.DateOnly)}
		jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			c := roaComparison{found: map[payload]presence{}, now: map[view]bool{}, compared: map[view]time.Time{}}
			return c.run(ctx, store, group, before, key, into)
		}})
	}
	return jobs, nil
}

// comparedWith returns the files that those of a day are compared with, oldest first: of each source those of its last day, and others for
// trust anchors that are missing then.
func comparedWith(earlier, group []*table.Manifest) (before []*table.Manifest) {
	day, met := group[0].Day(), map[string]bool{}
	for _, m := range group {
		source := m.Source()
		if met[source] {
			continue
		}
		met[source] = true
		same := slices.DeleteFunc(slices.Clone(earlier), func(m *table.Manifest) bool { return m.Source() != source })
		last := len(same) - len(asOf(same, day))
		for last > 0 && table.DaysBetween(same[last-1].Day(), day) <= maxAnchorGap {
			last--
		}
		before = append(before, same[last:]...)
	}
	slices.SortFunc(before, func(a, b *table.Manifest) int { return cmp.Or(a.Day().Compare(b.Day()), cmp.Compare(a.File, b.File)) })
	return before
}

// byDay groups files, oldest first, by their day.
func byDay(files []*table.Manifest) (days [][]*table.Manifest) {
	for len(files) > 0 {
		n := 1
		for n < len(files) && files[n].Day().Equal(files[0].Day()) {
			n++
		}
		days, files = append(days, files[:n:n]), files[n:]
	}
	return days
}

// view is what a source has of a trust anchor.
type view struct{ source, anchor string }

// payload is a VRP.
type payload struct {
	view
	prefix    netip.Prefix
	maxLength uint32
	asn       uint32
}

// presence says on which of the two days a payload is there.
type presence struct{ before, now bool }

// roaComparison compares the payloads of a day with those before.
type roaComparison struct {
	found    map[payload]presence
	now      map[view]bool      // on the day
	compared map[view]time.Time // of each, the day before
}

func (c *roaComparison) run(ctx context.Context, store *table.Store, now, before []*table.Manifest, key table.Key, into *table.Commit) error {
	seen := 0
	err := eachPayload(store, now, func(p payload) {
		seen++
		c.now[p.view] = true
		c.found[p] = presence{now: true}
	})
	if err != nil {
		return err
	}
	for _, group := range slices.Backward(byDay(before)) {
		if len(c.compared) == len(c.now) {
			break // each has been found
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		day := group[0].Day()
		err := eachPayload(store, group, func(p payload) {
			if have, known := c.compared[p.view]; !c.now[p.view] || known && !have.Equal(day) {
				return
			}
			c.compared[p.view] = day
			c.found[p] = presence{before: true, now: c.found[p].now}
		})
		if err != nil {
			return err
		}
	}
	out, err := datasets.ROAChanges.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "payload of the day"
	out.See(seen)
	out.Keep(seen)
	return out.Append(c.changes(key.Day)...)
}

// eachPayload calls each with the payloads of files. Trust anchors are named after their registry, because validators name
// them differently.
func eachPayload(store *table.Store, files []*table.Manifest, each func(payload)) error {
	anchors := map[string]string{}
	for _, m := range files {
		source := m.Source()
		for row, err := range datasets.ROAs.Scan(store.Path(m)) {
			if err != nil {
				return err
			}
			prefix, err := netip.ParsePrefix(row.Prefix)
			if err != nil {
				return err
			}
			anchor, known := anchors[row.TrustAnchor]
			if !known {
				anchor = cmp.Or(anchorRegistry(row.TrustAnchor), row.TrustAnchor)
				anchors[row.TrustAnchor] = anchor
			}
			each(payload{view{source, anchor}, prefix, row.MaxLength, row.ASN})
		}
	}
	return nil
}

// changes returns the rows of a day, ordered by prefix.
func (c *roaComparison) changes(day time.Time) (rows []datasets.ROAChange) {
	var changed []payload
	for p, on := range c.found {
		if on.before != on.now {
			changed = append(changed, p)
		}
	}
	slices.SortFunc(changed, comparePayloads)
	for len(changed) > 0 {
		n := 1
		for n < len(changed) && changed[n].prefix == changed[0].prefix && changed[n].view == changed[0].view {
			n++
		}
		rows = append(rows, c.changesOf(changed[:n], day)...)
		changed = changed[n:]
	}
	return rows
}

func comparePayloads(a, b payload) int {
	return cmp.Or(netaddr.ComparePrefixes(a.prefix, b.prefix), cmp.Compare(a.anchor, b.anchor), cmp.Compare(a.source, b.source), cmp.Compare(a.asn, b.asn), cmp.Compare(a.maxLength, b.maxLength))
}

// changesOf returns the rows of the payloads of a prefix that came or went.
func (c *roaComparison) changesOf(changed []payload, day time.Time) (rows []datasets.ROAChange) {
	var came, went []payload
	for _, p := range changed {
		if c.found[p].now {
			came = append(came, p)
		} else {
			went = append(went, p)
		}
	}
	for _, p := range changed {
		row := datasets.ROAChange{FileDate: day, Source: p.source, TrustAnchor: p.anchor, Event: "gone", Family: netaddr.Family(p.prefix.Addr()), Prefix: p.prefix.String(), MaxLength: p.maxLength, ASN: p.asn}
		others, same := came, went
		if c.found[p].now {
			row.Event, others, same = "created", went, came
		}
		if before, known := c.compared[p.view]; known {
			row.PreviousDate = &before
		} else {
			row.Event = "first"
		}
		row.Change = row.Event
		if other, change := counterpart(p, same, others); change != "" {
			asn, maxLength := int64(other.asn), int64(other.maxLength)
			row.Change, row.OtherASN, row.OtherMaxLength = change, &asn, &maxLength
		}
		rows = append(rows, row)
	}
	return rows
}

// counterpart returns the payload that took the place of p or gave it up, and what differs: the only one of the same AS, or else the only
// one at all. same has the payloads of the prefix with the event of p, others those with the other event.
func counterpart(p payload, same, others []payload) (other payload, change string) {
	ofAS := func(all []payload) (found []payload) {
		for _, o := range all {
			if o.asn == p.asn {
				found = append(found, o)
			}
		}
		return found
	}
	switch found := ofAS(others); {
	case len(found) == 1 && len(ofAS(same)) == 1:
		return found[0], "max-length"
	case len(others) == 1 && len(same) == 1:
		return others[0], "asn"
	}
	return other, ""
}
