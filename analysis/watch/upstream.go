package watch

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
)

// upstreams compares the neighbours of the rule's ASes, hour by hour, with those that it expects. Customers are none of its business.
func (f *finder) upstreams(ctx context.Context, r *Rule) error {
	if !r.looksFor(upstreamViolates) {
		return nil
	}
	judged, err := f.engine.Query(ctx, "SELECT DISTINCT time, CAST(family AS BIGINT) FROM as_links")
	if err != nil {
		return err
	}
	for _, asn := range r.ownASes() {
		for _, family := range []uint32{4, 6} {
			hours := slices.DeleteFunc(f.whole(family), func(h *hour) bool {
				return !slices.ContainsFunc(judged.Rows, func(row []any) bool { return row[0].(time.Time).Equal(h.at) && uint32(row[1].(int64)) == family })
			})
			if err := f.upstreamsOf(ctx, r, asn, family, hours); err != nil {
				return err
			}
		}
	}
	return nil
}

// upstreamsOf finds the unexpected neighbours of an AS in a family, of which hours were judged.
func (f *finder) upstreamsOf(ctx context.Context, r *Rule, asn, family uint32, hours []*hour) error {
	at := map[time.Time]*hour{}
	for _, h := range hours {
		at[h.at] = h
	}
	result, err := f.engine.Query(ctx, `SELECT time, CAST(CASE WHEN as_a = $1 THEN as_b ELSE as_a END AS BIGINT) AS neighbour,
        CASE WHEN as_a <> $1 THEN relation WHEN relation = 'provider' THEN 'customer' WHEN relation = 'customer' THEN 'provider' ELSE relation END AS is_a, paths, vantages, vantages_total
    FROM as_links WHERE family = $2 AND (as_a = $1 OR as_b = $1) ORDER BY neighbour, time`, int64(asn), int64(family))
	if err != nil {
		return err
	}
	sights, isCustomer := map[uint32][]sight{}, map[uint32][]time.Time{}
	for _, row := range result.Rows {
		neighbour := uint32(row[1].(int64))
		h := at[row[0].(time.Time)]
		switch {
		case h == nil:
		case row[2] == "customer":
			isCustomer[neighbour] = append(isCustomer[neighbour], h.at)
		default:
			sights[neighbour] = append(sights[neighbour], sight{at: h.at, collectors: h.collectors, text: fmt.Sprintf("relation %s, %d paths, %d of %d vantage points", row[2], row[3], row[4], row[5])})
		}
	}
	if len(hours) > 0 { // otherwise nothing is known of customers
		f.addBeside(r, asn, family, sights, func(neighbour uint32, at time.Time) bool {
			newest := newestUpTo(hours, at)
			return newest != nil && slices.ContainsFunc(isCustomer[neighbour], newest.at.Equal)
		})
	}
	all := f.pathHours(family, hours)
	for _, neighbour := range slices.Sorted(maps.Keys(sights)) {
		if slices.Contains(r.Upstreams, neighbour) || r.own(neighbour) {
			continue
		}
		for _, s := range spans(all, lasting(all, sights[neighbour])) {
			if newest := newestUpTo(hours, s.first.at); s.notBefore == nil && s.first.isOfUpdates && newest != nil {
				s.notBefore = &newest.at
			}
			a := s.alert()
			a.Subject = fmt.Sprintf("AS%d beside AS%d IPv%d", neighbour, asn, family)
			a.Text = fmt.Sprintf("AS%d is beside AS%d on IPv%d paths and not among its upstreams, %s, %s.", neighbour, asn, family, when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
			a.Evidence = f.ofSight(datasets.ASLinks.Schema, &s.first)
			a.Page = page(r, "", asn)
			f.add(r, upstreamViolates, a)
		}
	}
	return nil
}

// newestUpTo returns the newest of the hours, oldest first, that is not after a time; nil if there is none.
func newestUpTo(hours []*hour, at time.Time) *hour {
	for _, h := range slices.Backward(hours) {
		if !h.at.After(at) {
			return h
		}
	}
	return nil
}

// addBeside adds the ends of update files at which a session carries a route of an AS inside a watched prefix over a neighbour, unless this is left out.
func (f *finder) addBeside(r *Rule, asn, family uint32, sights map[uint32][]sight, leftOut func(neighbour uint32, at time.Time) bool) {
	origin := strconv.FormatUint(uint64(asn), 10)
	for _, m := range f.moments[family] {
		beside := map[uint32]*sight{}
		for _, v := range m.views {
			for key, carriers := range v.carried {
				if key.origin != origin || !r.isInside(key.prefix) {
					continue
				}
				for p, a := range carriers {
					neighbour, ok := neighbourOf(a.path)
					if !ok || leftOut(neighbour, m.at) {
						continue
					}
					s := beside[neighbour]
					if s == nil {
						s = &sight{at: m.at, isOfUpdates: true}
						beside[neighbour] = s
					}
					s.heard = union(s.heard, []string{v.run})
					s.by = append(s.by, carrier{a, v.collector, p})
				}
			}
		}
		for neighbour, s := range beside {
			sights[neighbour] = append(sights[neighbour], *s)
		}
	}
}

// isInside reports whether a prefix is a watched one, or inside one.
func (r *Rule) isInside(prefix string) bool {
	p, err := netip.ParsePrefix(prefix)
	_, is := r.covering(p)
	return err == nil && is
}

// neighbourOf returns the AS beside the origin of a path without prepending.
func neighbourOf(path string) (asn uint32, ok bool) {
	all := strings.Fields(path)
	if len(all) < 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(all[len(all)-2], 10, 32)
	return uint32(n), err == nil
}
