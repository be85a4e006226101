// Package operator answers what an operator asks of his prefixes and his AS: what the dumps show of them, how routes are
// judged, and what is missing.
package operator

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// Route is a (prefix, origin) at the time that is shown.
type Route struct {
	Prefix     string  `json:"prefix"`
	Origin     string  `json:"origin"` // AS number, or an AS_SET
	Name       string  `json:"origin_name,omitempty"`
	Verdict    string  `json:"verdict"`
	Visibility float64 `json:"visibility"` // share of the full-feed peers
	Peers      int64   `json:"peers"`
	SeenBy     string  `json:"seen_by,omitempty"`
	ROV        string  `json:"rov_state"`
	ROVReason  string  `json:"rov_reason,omitempty"`
	Bogon      string  `json:"bogon_class"`
	Reason     string  `json:"bogon_reason,omitempty"`
	MOAS       bool    `json:"moas"`
	Delegation string  `json:"delegation,omitempty"`
	LeftOut    string  `json:"left_out,omitempty"`
	New        string  `json:"newly_seen"` // yes, no or unknown
	Before     string  `json:"origins_before,omitempty"`
}

const routeColumns = `prefix, CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END, verdict, visibility,
    CAST(peers AS BIGINT), seen_by, rov_state, rov_reason, bogon_class, bogon_reason, moas, delegation, left_out, newly_seen, origins_before,
    coalesce((SELECT arg_max(name, file_date) FROM as_names WHERE asn = origin_asn AND origin_asn > 0), '')`

func routesOf(rows [][]any) []Route {
	all := make([]Route, 0, len(rows))
	for _, r := range rows {
		all = append(all, Route{Prefix: r[0].(string), Origin: r[1].(string), Verdict: r[2].(string), Visibility: r[3].(float64), Peers: r[4].(int64),
			SeenBy: r[5].(string), ROV: r[6].(string), ROVReason: r[7].(string), Bogon: r[8].(string), Reason: r[9].(string), MOAS: r[10].(bool),
			Delegation: r[11].(string), LeftOut: r[12].(string), New: r[13].(string), Before: r[14].(string), Name: r[15].(string)})
	}
	return all
}

// Witness is a peer that carries a remarkable route.
type Witness struct {
	Origin    string `json:"origin"`
	Why       string `json:"why"` // bogon, rov-invalid, moas, new
	Collector string `json:"collector"`
	Peer      string `json:"peer"`
	PeerASN   int64  `json:"peer_asn"`
	Name      string `json:"peer_name,omitempty"`
	Path      string `json:"as_path"` // with prepending removed
}

// Sighting is what one hour's dumps showed of a prefix or an AS.
type Sighting struct {
	Time   string `json:"time"`
	Origin string `json:"origin,omitempty"`
	What   string `json:"what"`
}

// View asks route_states for one time.
type View struct {
	Time time.Time         // of the dumps that are shown
	From []*table.Manifest // partitions of that time

	e   *engine.Engine
	ctx context.Context
}

// ErrNoStates is returned where the store has no routes to show.
var ErrNoStates = errors.New("no dump of that time or before is at hand; collect or import one, then run tidemark analyse")

// Open opens the newest dumps at or before a time; the zero time means the newest of all. Without any the error is
// ErrNoStates.
func Open(ctx context.Context, store *table.Store, at time.Time) (*View, error) {
	e, err := engine.Open(store, []*table.Schema{datasets.RouteStates.Schema, datasets.Delegations.Schema, datasets.Witnesses.Schema, datasets.ASNames.Schema}, engine.Options{})
	if err != nil {
		return nil, err
	}
	newest, err := e.Query(ctx, "SELECT max(time) FROM route_states WHERE ? OR time <= ?", at.IsZero(), at)
	if err == nil && (len(newest.Rows) == 0 || newest.Rows[0][0] == nil) {
		err = ErrNoStates
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	v := &View{Time: newest.Rows[0][0].(time.Time), e: e, ctx: ctx}
	for _, m := range e.Partitions(datasets.RouteStates.Schema) {
		if m.Day().Equal(v.Time.Truncate(24 * time.Hour)) {
			v.From = append(v.From, m)
		}
	}
	return v, nil
}

// Close releases the database.
func (v *View) Close() error { return v.e.Close() }

// Prefix is what the world sees of a prefix.
type Prefix struct {
	Prefix       string     `json:"prefix"`
	Time         string     `json:"time"`
	Announced    bool       `json:"announced"`
	Routes       []Route    `json:"routes"`
	Covering     []Route    `json:"covering"`      // the most specific first
	MoreSpecific []Route    `json:"more_specific"` // at most so many as are shown
	Specifics    int        `json:"more_specific_count"`
	History      []Sighting `json:"history"`
	Witnesses    []Witness  `json:"witnesses"`
	Checks       []Check    `json:"checks"`
}

// mostSpecifics bounds the list of more specific routes.
const mostSpecifics = 100

// Prefix shows a prefix. origin is the AS that should announce it; 0: any.
func (v *View) Prefix(p netip.Prefix, origin uint32) (*Prefix, error) {
	s := &Prefix{Prefix: p.String(), Time: v.Time.Format(time.RFC3339)}
	ask := func(where string, args ...any) ([]Route, error) {
		result, err := v.e.Query(v.ctx, "SELECT "+routeColumns+" FROM route_states WHERE time = ? AND "+where, append([]any{v.Time}, args...)...)
		if err != nil {
			return nil, err
		}
		return routesOf(result.Rows), nil
	}
	var err error
	if s.Routes, err = ask("prefix = ? ORDER BY origin_asn, origin_set", s.Prefix); err != nil {
		return nil, err
	}
	s.Announced = len(s.Routes) > 0
	var covering []string
	for bits := p.Bits() - 1; bits >= 0; bits-- {
		covering = append(covering, netip.PrefixFrom(p.Addr(), bits).Masked().String())
	}
	if s.Covering, err = ask("list_contains(string_split(?, ' '), prefix) ORDER BY prefix_length DESC, origin_asn", strings.Join(covering, " ")); err != nil {
		return nil, err
	}
	inside, err := ask("family = ? AND prefix_length > ? AND starts_with(prefix, ?) ORDER BY prefix_length, prefix, origin_asn", netaddr.Family(p.Addr()), p.Bits(), stem(p))
	if err != nil {
		return nil, err
	}
	inside = slices.DeleteFunc(inside, func(r Route) bool {
		q, err := netip.ParsePrefix(r.Prefix)
		return err != nil || !p.Contains(q.Addr())
	})
	slices.SortStableFunc(inside, func(a, b Route) int { // the text of an address is not in its order
		p, q := netip.MustParsePrefix(a.Prefix), netip.MustParsePrefix(b.Prefix)
		return cmp.Or(cmp.Compare(p.Bits(), q.Bits()), p.Addr().Compare(q.Addr()))
	})
	s.Specifics, s.MoreSpecific = len(inside), inside[:min(len(inside), mostSpecifics)]
	past, err := v.e.Query(v.ctx, `SELECT time, CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END,
    verdict || ', ' || rov_state || CASE WHEN bogon_class IN ('none', 'unknown') THEN '' ELSE ', ' || bogon_class END
    FROM route_states WHERE prefix = ? AND time <= ? ORDER BY time, origin_asn`, s.Prefix, v.Time)
	if err != nil {
		return nil, err
	}
	for _, r := range past.Rows {
		s.History = append(s.History, Sighting{r[0].(time.Time).Format(time.RFC3339), r[1].(string), r[2].(string)})
	}
	if s.Witnesses, err = v.witnesses(s.Prefix); err != nil {
		return nil, err
	}
	s.Checks = checklist(p, s, origin)
	return s, nil
}

// mostWitnesses bounds their list; a prefix with several origins may have one at every peer.
const mostWitnesses = 200

func (v *View) witnesses(prefix string) ([]Witness, error) {
	all := []Witness{}
	result, err := v.e.Query(v.ctx, `SELECT CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END AS origin, why, collector, peer_address,
    CAST(peer_asn AS BIGINT), coalesce((SELECT arg_max(name, file_date) FROM as_names WHERE asn = peer_asn), ''), as_path
    FROM witnesses WHERE time = ? AND prefix = ? ORDER BY origin, collector, peer_asn, peer_address, as_path LIMIT ?`, v.Time, prefix, int64(mostWitnesses))
	if err != nil {
		return nil, err
	}
	for _, r := range result.Rows {
		all = append(all, Witness{r[0].(string), r[1].(string), r[2].(string), r[3].(string), r[4].(int64), r[5].(string), r[6].(string)})
	}
	return all, nil
}

// stem is the text that every more specific prefix begins with; it may be that of others too.
func stem(p netip.Prefix) string {
	text := p.Addr().String()
	if p.Addr().Is4() {
		parts := strings.SplitAfter(text, ".")
		return strings.Join(parts[:p.Bits()/8], "")
	}
	// The short form of IPv6 addresses writes whole groups; a group of zeros may be hidden in ::.
	groups := p.Addr().As16()
	out := ""
	for i := 0; (i+1)*16 <= p.Bits(); i++ {
		group := uint16(groups[2*i])<<8 | uint16(groups[2*i+1])
		if group == 0 {
			break
		}
		out += strconv.FormatUint(uint64(group), 16) + ":"
	}
	return out
}

// AS is what the world sees of an AS.
type AS struct {
	ASN        uint32           `json:"asn"`
	Name       string           `json:"name,omitempty"`
	Time       string           `json:"time"`
	Delegation string           `json:"delegation,omitempty"`
	Verdicts   map[string]int64 `json:"verdicts"`
	ROV        map[string]int64 `json:"rov_states"`
	Bogons     int64            `json:"bogons"`
	Shared     int64            `json:"moas"` // prefixes that others originate too
	Routes     []Route          `json:"routes"`
	History    []Sighting       `json:"history"`
}

// AS shows an AS.
func (v *View) AS(n uint32) (*AS, error) {
	s := &AS{ASN: n, Time: v.Time.Format(time.RFC3339), Verdicts: map[string]int64{}, ROV: map[string]int64{}}
	result, err := v.e.Query(v.ctx, "SELECT "+routeColumns+" FROM route_states WHERE time = ? AND origin_asn = ? ORDER BY family, prefix_length, prefix", v.Time, int64(n))
	if err != nil {
		return nil, err
	}
	s.Routes = routesOf(result.Rows)
	for _, r := range s.Routes {
		s.Verdicts[r.Verdict]++
		s.ROV[r.ROV]++
		if r.Bogon != "none" && r.Bogon != "unknown" {
			s.Bogons++
		}
		if r.MOAS {
			s.Shared++
		}
	}
	name, err := v.e.Query(v.ctx, "SELECT name FROM as_names WHERE asn = ? ORDER BY file_date DESC LIMIT 1", int64(n))
	if err != nil {
		return nil, err
	}
	if len(name.Rows) > 0 {
		s.Name = name.Rows[0][0].(string)
	}
	holder, err := v.e.Query(v.ctx, `SELECT registry || ' ' || country || ' ' || status || ' ' || opaque_id, file_date FROM delegations
    WHERE type = 'asn' AND file_date <= ? AND TRY_CAST(start AS BIGINT) <= ? AND TRY_CAST(start AS BIGINT) + value > ? ORDER BY file_date DESC, registry LIMIT 1`, v.Time, int64(n), int64(n))
	if err != nil {
		return nil, err
	}
	if len(holder.Rows) > 0 {
		s.Delegation = strings.TrimSpace(holder.Rows[0][0].(string))
	}
	past, err := v.e.Query(v.ctx, `SELECT time, count(*) FILTER (WHERE family = 4) || ' IPv4 and ' || count(*) FILTER (WHERE family = 6) || ' IPv6 prefixes'
    FROM route_states WHERE origin_asn = ? AND time <= ? GROUP BY time ORDER BY time`, int64(n), v.Time)
	if err != nil {
		return nil, err
	}
	for _, r := range past.Rows {
		s.History = append(s.History, Sighting{Time: r[0].(time.Time).Format(time.RFC3339), What: r[1].(string)})
	}
	return s, nil
}
