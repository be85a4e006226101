package operator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
)

// ROA is a validated payload of the time of the view.
type ROA struct {
	Prefix      string `json:"prefix"`
	MaxLength   int64  `json:"max_length"`
	Origin      string `json:"origin"` // 0: no AS may originate it
	TrustAnchor string `json:"trust_anchor,omitempty"`
	Expires     string `json:"expires,omitempty"` // empty: the file does not say
}

// maxROAs is how many payloads are shown.
const maxROAs = 200

// newestROAs selects the newest payloads of each trust anchor from those of the time.
const newestROAs = `WITH newest AS (
    SELECT trust_anchor, max(file_date) AS file_date FROM roas WHERE file_date <= ? AND file_date >= ? GROUP BY trust_anchor)
`

// roas returns the payloads that meet a condition, the most specific first, how many there are, and the days of all payloads by which the
// condition was examined; no day if there are no payloads of the time.
func (v *View) roas(ctx context.Context, where string, args ...any) (all []ROA, total int64, days string, err error) {
	when := []any{v.Time, v.oldest(datasets.ROAs.DaysValid(""))}
	of, err := v.engine.Query(ctx, newestROAs+"SELECT DISTINCT file_date FROM newest ORDER BY file_date", when...)
	if err != nil {
		return nil, 0, "", err
	}
	var dates []string
	for _, r := range of.Rows {
		dates = append(dates, r[0].(time.Time).Format(time.DateOnly))
	}
	found, err := v.engine.Query(ctx, newestROAs+`SELECT prefix, CAST(max_length AS BIGINT) AS longest, CAST(asn AS VARCHAR) AS origin, trust_anchor, expires, count(*) OVER () AS total
    FROM (SELECT prefix, prefix_length, max_length, asn, trust_anchor, max(expires) AS expires FROM roas JOIN newest USING (trust_anchor, file_date) WHERE `+where+` GROUP BY ALL) AS payloads
    ORDER BY prefix_length DESC, prefix, longest, asn, trust_anchor LIMIT ?`, slices.Concat(when, args, []any{int64(maxROAs)})...)
	if err != nil {
		return nil, 0, "", err
	}
	for _, r := range found.Rows {
		p := ROA{Prefix: r[0].(string), MaxLength: r[1].(int64), Origin: r[2].(string), TrustAnchor: r[3].(string)}
		if at, known := r[4].(time.Time); known {
			p.Expires = at.UTC().Format(time.RFC3339)
		}
		all, total = append(all, p), r[5].(int64)
	}
	return all, total, strings.Join(dates, ","), nil
}

// Allows says what the payload authorises: 192.0.2.0/24 up to /25.
func (p ROA) Allows() string { return fmt.Sprintf("%s up to /%d", p.Prefix, p.MaxLength) }
