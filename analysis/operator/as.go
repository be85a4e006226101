package operator

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/internal/netaddr"
)

// AS is what the dumps show of an AS.
type AS struct {
	ASN        uint32           `json:"asn"`
	Name       string           `json:"name,omitempty"`
	Time       string           `json:"time"`
	Delegation string           `json:"delegation,omitempty"` // of its number, with the day of the file
	Operator   *Organisation    `json:"organisation"`         // null: no as2org file of the time is at hand
	IPv4       int64            `json:"ipv4_prefixes"`
	IPv6       int64            `json:"ipv6_prefixes"`
	Verdicts   map[string]int64 `json:"verdicts"`
	ROV        map[string]int64 `json:"rov_states"`
	IRR        map[string]int64 `json:"irr_states"` // of routes by the route objects of their prefix; empty without dumps
	IRRDumps   []IRRDump        `json:"irr_dumps"`
	Bogons     int64            `json:"bogons"`
	Unjudged   int64            `json:"bogons_unknown"` // routes of which it is not known whether they are bogons
	Shared     int64            `json:"moas"`           // prefixes that other ASes originate too
	Routes     []Route          `json:"routes"`
	Topology   []Topology       `json:"topology"` // by family; empty where the paths do not show the AS
	History    []Sighting       `json:"history"`
	ASPA       *ASPA            `json:"aspa"`        // null: no ASPAs of the time are at hand
	Payloads   []Sighting       `json:"roa_changes"` // of ROA payloads with its number, the newest ones
	Events     []Event          `json:"events"`      // in which it is the origin, or was before, the newest ones

	Standing analysis.Standing `json:"standing"`
}

// AS returns what the dumps show of an AS.
func (v *View) AS(ctx context.Context, n uint32) (*AS, error) {
	s := &AS{ASN: n, Time: v.Time.Format(time.RFC3339), Standing: v.Standing, Verdicts: map[string]int64{}, ROV: map[string]int64{}, IRR: map[string]int64{}}
	var err error
	if s.Routes, err = v.routes(ctx, "origin_asn = ? ORDER BY family, prefix", int64(n)); err != nil {
		return nil, err
	}
	if err := sortByAddress(s.Routes); err != nil {
		return nil, err
	}
	if s.IRRDumps, err = v.irrDumps(ctx); err != nil {
		return nil, err
	}
	if err := v.judgeByIRR(ctx, s.IRRDumps, s.Routes, "origin_asn = ?", int64(n)); err != nil {
		return nil, err
	}
	for _, r := range s.Routes {
		s.Verdicts[r.Verdict]++
		s.ROV[r.ROV]++
		if r.IRR != "" {
			s.IRR[r.IRR]++
		}
		if r.family() == "IPv6" {
			s.IPv6++
		} else {
			s.IPv4++
		}
		switch {
		case r.isBogon():
			s.Bogons++
		case r.Bogon == "unknown":
			s.Unjudged++
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
    WHERE type = 'asn' AND status IN ('allocated', 'assigned', 'available', 'reserved') AND file_date <= ? AND TRY_CAST(start AS BIGINT) <= ? AND TRY_CAST(start AS BIGINT) + value > ? ORDER BY file_date DESC, registry LIMIT 1`, v.Time, int64(n), int64(n))
	if err != nil {
		return nil, err
	}
	if len(holder.Rows) > 0 {
		s.Delegation = fmt.Sprintf("%s (file of %s)", strings.TrimSpace(holder.Rows[0][0].(string)), holder.Rows[0][1].(time.Time).Format(time.DateOnly))
	}
	if s.Operator, err = v.organisation(ctx, n); err != nil {
		return nil, err
	}
	if s.ASPA, err = v.aspa(ctx, n); err != nil {
		return nil, err
	}
	if s.Payloads, err = v.payloadChanges(ctx, "asn = ?", int64(n)); err != nil {
		return nil, err
	}
	if s.Events, err = v.events(ctx, "origin_asn = ? OR list_contains(string_split(others, ','), CAST(? AS VARCHAR))", int64(n), int64(n)); err != nil {
		return nil, err
	}
	if s.Topology, err = v.topologies(ctx, n); err != nil {
		return nil, err
	}
	s.History, err = v.asHistory(ctx, n)
	return s, err
}

// sortByAddress sorts routes by family, address and length: as text, addresses sort in another order.
func sortByAddress(routes []Route) error {
	prefixes := make(map[string]netip.Prefix, len(routes))
	for _, r := range routes {
		p, err := netip.ParsePrefix(r.Prefix)
		if err != nil {
			return err
		}
		prefixes[r.Prefix] = p
	}
	slices.SortStableFunc(routes, func(a, b Route) int { return netaddr.ComparePrefixes(prefixes[a.Prefix], prefixes[b.Prefix]) })
	return nil
}

// Basis says by which full feeds, payloads and registries the routes are judged; all are judged by the same.
type Basis struct{ Verdict, ROV, Bogon string }

// Basis returns by what the routes are judged.
func (s *AS) Basis() (b Basis) {
	if len(s.Routes) == 0 {
		return b
	}
	first := s.Routes[0]
	b = Basis{Verdict: "the tables do not name their peers", ROV: first.Validation(), Bogon: first.Registries()}
	if feeds := s.fullFeeds(); feeds != "" {
		b.Verdict = feeds
	}
	if first.ROADate != "" {
		b.ROV = first.payloads()
	}
	return b
}

// Bases returns the parts of the basis that there are. The site's templates call it.
func (s *AS) Bases() []string {
	b := s.Basis()
	irr := s.IRRBasis()
	if irr != "" {
		irr = "route objects in the dumps of " + irr
	}
	return slices.DeleteFunc([]string{b.Verdict, b.ROV, irr, b.Bogon}, func(text string) bool { return text == "" })
}

// fullFeeds returns how many full feeds of how many ASes there are, by family.
func (s *AS) fullFeeds() string {
	var all []string
	for _, family := range []string{"IPv4", "IPv6"} {
		for i := range s.Routes {
			r := &s.Routes[i]
			if r.family() == family && r.FullFeedTotal != nil {
				all = append(all, fmt.Sprintf("%s: full feeds %d, of %d ASes", family, *r.FullFeedTotal, *r.FullFeedASes))
				break
			}
		}
	}
	return strings.Join(all, "; ")
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
