package operator

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/internal/netaddr"
	"tidemark/internal/quantity"
)

// AS is what the dumps show of an AS.
type AS struct {
	ASN        uint32        `json:"asn"`
	Name       string        `json:"name,omitempty"`
	Time       string        `json:"time"`
	Delegation string        `json:"delegation,omitempty"` // of its number, with the day of the file
	Operator   *Organisation `json:"organisation"`         // null: no as2org file of the time is at hand
	IPv4       *int64        `json:"ipv4_prefixes"`        // null: no dump of that hour has routes of the family
	IPv6       *int64        `json:"ipv6_prefixes"`
	Tally                    // of all routes
	Families   []ASFamily    `json:"families"` // IPv4, then IPv6; those of which dumps have routes
	Checks     []Check       `json:"checks"`
	Routes     []Route       `json:"routes"`
	ROAs       []ROA         `json:"roas"` // payloads with its number, the first ones
	ROATotal   int64         `json:"roa_count"`
	ROADate    string        `json:"roa_file_date,omitempty"` // days of the payloads, comma-separated; empty: none of the time are at hand
	IRRDumps   []IRRDump     `json:"irr_dumps"`
	IRRObjects []IRRObject   `json:"irr_objects"` // that name it as the origin, the first ones
	IRRTotal   int64         `json:"irr_object_count"`
	Topology   []Topology    `json:"topology"`    // by family; empty where the paths do not show the AS
	History    []ASCount     `json:"history"`     // by the time of the dumps
	ASPA       *ASPA         `json:"aspa"`        // null: no ASPAs of the time are at hand
	Payloads   []Sighting    `json:"roa_changes"` // of ROA payloads with its number, the newest ones
	Events     []Event       `json:"events"`      // in which it is the origin, or was before, the newest ones

	Standing analysis.Standing `json:"standing"`
}

// Tally counts routes by how they are judged.
type Tally struct {
	Verdicts map[string]int64 `json:"verdicts"`
	ROV      map[string]int64 `json:"rov_states"`
	IRR      map[string]int64 `json:"irr_states"` // by the route objects of their prefix; empty without dumps
	Bogons   int64            `json:"bogons"`
	Unjudged int64            `json:"bogons_unknown"` // of which it is not known whether they are bogons
	Shared   int64            `json:"moas"`           // with a prefix that other ASes originate too
}

// ASFamily counts the routes of a family.
type ASFamily struct {
	Family   string `json:"family"` // IPv4 or IPv6
	Prefixes int64  `json:"prefixes"`
	Tally
}

// ASCount is what the dumps of one hour showed of an AS.
type ASCount struct {
	Time string       `json:"time"`
	IPv4 *FamilyCount `json:"ipv4"` // null: no dump of that hour has routes of the family
	IPv6 *FamilyCount `json:"ipv6"`
}

// FamilyCount is how many prefixes of a family an AS originated, and how many of them with the verdict global.
type FamilyCount struct {
	Prefixes   int64  `json:"prefixes"`
	Global     *int64 `json:"global"`     // null: no route has a verdict
	Collectors string `json:"collectors"` // whose dumps have routes of the family, comma-separated
}

// What says how many prefixes there were.
func (c ASCount) What() string {
	var v4, v6 *int64
	if c.IPv4 != nil {
		v4 = &c.IPv4.Prefixes
	}
	if c.IPv6 != nil {
		v6 = &c.IPv6.Prefixes
	}
	return prefixes(v4, v6)
}

// Collectors returns those whose dumps they were, comma-separated.
func (c ASCount) Collectors() string {
	var all []string
	for _, f := range []*FamilyCount{c.IPv4, c.IPv6} {
		if f != nil {
			all = append(all, strings.Split(f.Collectors, ",")...)
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ",")
}

// Prefixes says how many prefixes it originates.
func (s *AS) Prefixes() string { return prefixes(s.IPv4, s.IPv6) }

// prefixes says how many prefixes of each family there are; nil where no dump has routes of the family.
func prefixes(v4, v6 *int64) string {
	switch {
	case v4 == nil && v6 == nil:
		return "no prefixes"
	case v6 == nil:
		return onlyOf("IPv4", *v4, "IPv6")
	case v4 == nil:
		return onlyOf("IPv6", *v6, "IPv4")
	}
	return fmt.Sprintf("%s IPv4 and %s IPv6 prefixes", quantity.Count(*v4), quantity.Count(*v6))
}

func onlyOf(family string, n int64, other string) string {
	noun := "prefixes"
	if n == 1 {
		noun = "prefix"
	}
	return fmt.Sprintf("%s %s %s (the dumps have none of %s)", quantity.Count(n), family, noun, other)
}

func newTally() Tally {
	return Tally{Verdicts: map[string]int64{}, ROV: map[string]int64{}, IRR: map[string]int64{}}
}

// add counts a route.
func (t *Tally) add(r *Route) {
	t.Verdicts[r.Verdict]++
	t.ROV[r.ROV]++
	if r.IRR != "" {
		t.IRR[r.IRR]++
	}
	switch {
	case r.isBogon():
		t.Bogons++
	case r.Bogon == "unknown":
		t.Unjudged++
	}
	if r.MOAS {
		t.Shared++
	}
}

// AS returns what the dumps show of an AS.
func (v *View) AS(ctx context.Context, n uint32) (*AS, error) {
	s := &AS{ASN: n, Time: v.Time.Format(time.RFC3339), Standing: v.Standing, Tally: newTally()}
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
	if err := v.setOthers(ctx, n, s.Routes); err != nil {
		return nil, err
	}
	s.count(v.collectors)
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
	if s.ROAs, s.ROATotal, s.ROADate, err = v.roas(ctx, "asn = ?", int64(n)); err != nil {
		return nil, err
	}
	if s.IRRObjects, s.IRRTotal, err = v.irrObjects(ctx, "origin_asn = ?", int64(n)); err != nil {
		return nil, err
	}
	for i := range s.IRRObjects {
		o := &s.IRRObjects[i]
		if slices.ContainsFunc(s.Routes, func(r Route) bool { return r.Prefix == o.Prefix }) {
			o.Agreement = announcedOrigin
		}
	}
	if s.History, err = v.asHistory(ctx, n); err != nil {
		return nil, err
	}
	s.Checks = asChecklist(s)
	return s, nil
}

// count sets the numbers of routes, in all and by those families of which collectors have routes.
func (s *AS) count(collectors func(family string) string) {
	for _, family := range []struct {
		name     string
		prefixes **int64
	}{{"IPv4", &s.IPv4}, {"IPv6", &s.IPv6}} {
		if collectors(family.name) == "" {
			continue
		}
		f := ASFamily{Family: family.name, Tally: newTally()}
		for i := range s.Routes {
			if r := &s.Routes[i]; r.Family() == family.name {
				f.Prefixes++
				f.add(r)
				s.add(r)
			}
		}
		s.Families = append(s.Families, f)
		*family.prefixes = &f.Prefixes
	}
}

// setOthers sets which other ASes originate the prefixes of routes of an AS.
func (v *View) setOthers(ctx context.Context, n uint32, routes []Route) error {
	found, err := v.engine.Query(ctx, `SELECT prefix, string_agg(`+originSQL+`, ',' ORDER BY origin_asn, origin_set) FROM route_states
    WHERE time = ? AND origin_asn <> ? AND prefix IN (SELECT prefix FROM route_states WHERE time = ? AND origin_asn = ? AND moas) GROUP BY prefix`, v.Time, int64(n), v.Time, int64(n))
	if err != nil {
		return err
	}
	others := map[string]string{}
	for _, r := range found.Rows {
		others[r[0].(string)] = r[1].(string)
	}
	for i := range routes {
		routes[i].Others = others[routes[i].Prefix]
	}
	return nil
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
			if r.Family() == family && r.FullFeedTotal != nil {
				all = append(all, fmt.Sprintf("%s: full feeds %d, of %d ASes", family, *r.FullFeedTotal, *r.FullFeedASes))
				break
			}
		}
	}
	return strings.Join(all, "; ")
}

// asHistory returns what the hours showed of an AS, from the first in which it was seen.
func (v *View) asHistory(ctx context.Context, n uint32) (history []ASCount, err error) {
	past, err := v.pastStates(ctx, `SELECT time, 'IPv' || family, count(*),
        CASE WHEN count(*) FILTER (WHERE verdict <> 'unknown') > 0 THEN count(*) FILTER (WHERE verdict = 'global') END
    FROM route_states WHERE origin_asn = ? AND time <= ? GROUP BY time, family ORDER BY time, family`, int64(n), v.Time)
	if err != nil || len(past.Rows) == 0 {
		return nil, err
	}
	first := past.Rows[0][0].(time.Time)
	counts := map[string]map[time.Time]*FamilyCount{"IPv4": {}, "IPv6": {}}
	for _, r := range past.Rows {
		counts[r[1].(string)][r[0].(time.Time)] = &FamilyCount{Prefixes: r[2].(int64), Global: known[int64](r[3])}
	}
	at := map[time.Time]*ASCount{}
	for family, seen := range counts {
		for _, h := range v.hours[family] {
			if h.time.Before(first) {
				continue
			}
			if at[h.time] == nil {
				at[h.time] = &ASCount{Time: h.time.Format(time.RFC3339)}
			}
			count := seen[h.time]
			if count == nil {
				count = &FamilyCount{Global: new(int64)}
			}
			count.Collectors = h.collectors
			if family == "IPv4" {
				at[h.time].IPv4 = count
			} else {
				at[h.time].IPv6 = count
			}
		}
	}
	for _, t := range slices.SortedFunc(maps.Keys(at), time.Time.Compare) {
		history = append(history, *at[t])
	}
	return history, nil
}
