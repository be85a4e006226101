package operator

import (
	"context"
	"strings"
	"time"
)

// AS is what the dumps show of an AS.
type AS struct {
	ASN        uint32           `json:"asn"`
	Name       string           `json:"name,omitempty"`
	Time       string           `json:"time"`
	Delegation string           `json:"delegation,omitempty"`
	Verdicts   map[string]int64 `json:"verdicts"`
	ROV        map[string]int64 `json:"rov_states"`
	Bogons     int64            `json:"bogons"`
	Shared     int64            `json:"moas"` // prefixes that other ASes originate too
	Routes     []Route          `json:"routes"`
	History    []Sighting       `json:"history"`
}

// AS returns what the dumps show of an AS.
func (v *View) AS(ctx context.Context, n uint32) (*AS, error) {
	s := &AS{ASN: n, Time: v.Time.Format(time.RFC3339), Verdicts: map[string]int64{}, ROV: map[string]int64{}}
	var err error
	if s.Routes, err = v.routes(ctx, "origin_asn = ? ORDER BY family, prefix_length, prefix", int64(n)); err != nil {
		return nil, err
	}
	for _, r := range s.Routes {
		s.Verdicts[r.Verdict]++
		s.ROV[r.ROV]++
		if r.isBogon() {
			s.Bogons++
		}
		if r.MOAS {
			s.Shared++
		}
	}
	name, err := v.engine.Query(ctx, "SELECT name FROM as_names WHERE asn = ? ORDER BY file_date DESC LIMIT 1", int64(n))
	if err != nil {
		return nil, err
	}
	if len(name.Rows) > 0 {
		s.Name = name.Rows[0][0].(string)
	}
	holder, err := v.engine.Query(ctx, `SELECT registry || ' ' || country || ' ' || status || ' ' || opaque_id, file_date FROM delegations
    WHERE type = 'asn' AND file_date <= ? AND TRY_CAST(start AS BIGINT) <= ? AND TRY_CAST(start AS BIGINT) + value > ? ORDER BY file_date DESC, registry LIMIT 1`, v.Time, int64(n), int64(n))
	if err != nil {
		return nil, err
	}
	if len(holder.Rows) > 0 {
		s.Delegation = strings.TrimSpace(holder.Rows[0][0].(string))
	}
	s.History, err = v.asHistory(ctx, n)
	return s, err
}

func (v *View) asHistory(ctx context.Context, n uint32) (history []Sighting, err error) {
	past, err := v.engine.Query(ctx, `SELECT time, count(*) FILTER (WHERE family = 4) || ' IPv4 and ' || count(*) FILTER (WHERE family = 6) || ' IPv6 prefixes'
    FROM route_states WHERE origin_asn = ? AND time <= ? GROUP BY time ORDER BY time`, int64(n), v.Time)
	if err != nil {
		return nil, err
	}
	for _, r := range past.Rows {
		history = append(history, Sighting{Time: r[0].(time.Time).Format(time.RFC3339), What: r[1].(string)})
	}
	return history, nil
}
