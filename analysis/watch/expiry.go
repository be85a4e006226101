package watch

import (
	"context"
	"fmt"
	"time"

	"tidemark/datasets"
)

// maxRest is for how long a payload is valid when it is told that it expires. Manifests and revocation lists, on whose time a payload's
// depends as well, are often issued for a day or two, but then every few hours anew.
const maxRest = 48 * time.Hour

// expiring finds the payloads that are about to expire and that nobody renews: the newest file has no later time of expiry than that of
// an earlier day. Of several files of a day the one that knows the latest counts.
func (f *finder) expiring(ctx context.Context, r *Rule) error {
	if !r.looksFor(roaExpiring) {
		return nil
	}
	condition, args := about(r, "asn = ?", func(asn uint32) []any { return []any{int64(asn)} })
	result, err := f.engine.Query(ctx, `SELECT prefix, CAST(max_length AS BIGINT) AS longest, CAST(asn AS BIGINT) AS origin, file_date, max(expires) FROM roas WHERE `+condition+`
    GROUP BY ALL ORDER BY prefix, longest, origin, file_date`, args...)
	if err != nil {
		return err
	}
	for rows := range grouped(result.Rows, 3) {
		p := vrp{rows[0][0].(string), rows[0][1].(int64), uint32(rows[0][2].(int64))}
		if page(r, p.prefix, p.asn) != "" {
			f.expiringPayload(r, p, rows)
		}
	}
	return nil
}

// expiringPayload finds the days on which a payload is about to expire. Each row has a day and the time of expiry, if that is known.
func (f *finder) expiringPayload(r *Rule, p vrp, rows [][]any) {
	expires := map[time.Time]*time.Time{}
	for _, row := range rows {
		expires[row[3].(time.Time)] = moment(row[4])
	}
	var judged []*hour
	var sights []sight
	var before *time.Time
	for _, d := range f.wholeDays(datasets.ROAs.Schema) {
		end, there := expires[d.at]
		if there && end == nil {
			continue
		}
		judged = append(judged, d)
		if there && before != nil && !end.After(*before) && end.Sub(d.at) <= maxRest {
			sights = append(sights, sight{at: d.at, text: "expires " + clock(*end)})
		}
		before = end
	}
	for _, s := range spans(judged, sights) {
		a := s.alert()
		a.Subject = p.subject()
		a.Text = fmt.Sprintf("%s %s and was not renewed, %s, %s.", p, s.first.text, when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
		a.Evidence = f.ofDay(datasets.ROAs.Schema, a.SeenFrom, s.first.text)
		a.Page = page(r, p.prefix, p.asn)
		f.add(r, roaExpiring, a)
	}
}

// lacksExpiry says that no payload of a rule has a time of expiry.
func (f *finder) lacksExpiry(ctx context.Context, r *Rule) (string, error) {
	condition, args := about(r, "asn = ?", func(asn uint32) []any { return []any{int64(asn)} })
	result, err := f.engine.Query(ctx, "SELECT count(*), count(expires) FROM roas WHERE "+condition, args...)
	switch {
	case err != nil:
		return "", err
	case result.Rows[0][0].(int64) == 0:
		return "no payload of it is at hand", nil
	case result.Rows[0][1].(int64) == 0:
		return "no payload of it says when it expires", nil
	}
	return "", nil
}
