package watch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tidemark/datasets"
)

// upstreams compares the neighbours of the rule's ASes, hour by hour, with those that it expects. Customers are none of its business.
func (f *finder) upstreams(ctx context.Context, r *Rule) error {
	if !r.looksFor("upstream-violates-rule") {
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
	for rows := result.Rows; len(rows) > 0; {
		neighbour := rows[0][1].(int64)
		var sights []sight
		for len(rows) > 0 && rows[0][1].(int64) == neighbour {
			row := rows[0]
			rows = rows[1:]
			if h := at[row[0].(time.Time)]; h != nil && row[2].(string) != "customer" {
				sights = append(sights, sight{at: h.at, collectors: h.collectors, text: fmt.Sprintf("relation %s, %d paths, %d of %d vantage points", row[2], row[3], row[4], row[5])})
			}
		}
		if slices.Contains(r.Upstreams, uint32(neighbour)) || r.own(uint32(neighbour)) {
			continue
		}
		for _, s := range spans(hours, sights) {
			a := s.alert()
			a.Subject = fmt.Sprintf("AS%d beside AS%d IPv%d", neighbour, asn, family)
			a.Text = fmt.Sprintf("AS%d is beside AS%d on IPv%d paths and not among its upstreams, %s, %s.", neighbour, asn, family, when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
			a.Evidence = f.ofHour(datasets.ASLinks.Schema, a.SeenFrom, s.first.text)
			a.Page = page(r, "", asn)
			f.add(r, "upstream-violates-rule", a)
		}
	}
	return nil
}
