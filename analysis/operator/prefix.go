package operator

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/internal/netaddr"
)

// ParsePrefix parses a prefix, or an address as the prefix of that address alone. Bits after the prefix length are cleared.
func ParsePrefix(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is neither a prefix nor an address", text)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// Prefix is what the dumps show of a prefix.
type Prefix struct {
	Prefix       string      `json:"prefix"`
	Asked        string      `json:"asked,omitempty"` // the address that was asked about, if the prefix is the one that covers it
	Time         string      `json:"time"`
	Announced    bool        `json:"announced"`
	Collectors   string      `json:"collectors"` // whose dumps have routes of its family, comma-separated; empty: none, so that it is not known whether it is announced
	Routes       []Route     `json:"routes"`
	Covering     []Route     `json:"covering"`      // the most specific first
	MoreSpecific []Route     `json:"more_specific"` // the first ones only
	Specifics    int         `json:"more_specific_count"`
	History      []Sighting  `json:"history"`
	Payloads     []Sighting  `json:"roa_changes"`             // of the ROA payloads that cover it, the newest ones
	ROAs         []ROA       `json:"roas"`                    // payloads that cover it, the most specific first
	ROADate      string      `json:"roa_file_date,omitempty"` // days of the payloads, comma-separated; empty: none of the time are at hand
	IRRDumps     []IRRDump   `json:"irr_dumps"`
	IRRObjects   []IRRObject `json:"irr_objects"` // of the prefix and of those that cover it; the first ones
	IRRTotal     int64       `json:"irr_object_count"`
	Events       []Event     `json:"events"` // of the prefix, the newest ones
	Witnesses    []Witness   `json:"witnesses"`
	Checks       []Check     `json:"checks"`

	Standing analysis.Standing `json:"standing"`
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

// maxMoreSpecific bounds the list of more specific routes, maxWitnesses that of witnesses: a prefix with several origins may
// have a witness at every peer.
const (
	maxMoreSpecific = 100
	maxWitnesses    = 200
)

// Prefix returns what the dumps show of a prefix; of an address that is not announced itself, what they show of the most
// specific prefix that covers it. origin is the AS that should announce it; 0 means any.
func (v *View) Prefix(ctx context.Context, p netip.Prefix, origin uint32) (*Prefix, error) {
	s, err := v.prefix(ctx, p, origin)
	if err != nil || s.Announced || !p.IsSingleIP() {
		return s, err
	}
	for _, above := range s.Covering {
		if above.LeftOut != "" {
			continue // a default route says nothing of the address
		}
		covering, err := netip.ParsePrefix(above.Prefix)
		if err != nil {
			return nil, err
		}
		asked := s.Prefix
		s, err = v.prefix(ctx, covering, origin)
		if err == nil {
			s.Asked = asked
		}
		return s, err
	}
	return s, nil
}

func (v *View) prefix(ctx context.Context, p netip.Prefix, origin uint32) (*Prefix, error) {
	s := &Prefix{Prefix: p.String(), Time: v.Time.Format(time.RFC3339), Collectors: v.collectors(familyOf(p.Addr())), Standing: v.Standing}
	var err error
	if s.Routes, err = v.routes(ctx, "prefix = ? ORDER BY origin_asn, origin_set", s.Prefix); err != nil {
		return nil, err
	}
	s.Announced = len(s.Routes) > 0
	if s.Covering, err = v.covering(ctx, p); err != nil {
		return nil, err
	}
	inside, err := v.moreSpecific(ctx, p)
	if err != nil {
		return nil, err
	}
	s.Specifics, s.MoreSpecific = len(inside), inside[:min(len(inside), maxMoreSpecific)]
	if s.History, err = v.prefixHistory(ctx, p); err != nil {
		return nil, err
	}
	if s.Payloads, err = v.payloadsOfPrefix(ctx, p); err != nil {
		return nil, err
	}
	if s.ROAs, _, s.ROADate, err = v.roas(ctx, "list_contains(string_split(?, ' '), prefix)", strings.Join(coveringTexts(p), " ")); err != nil {
		return nil, err
	}
	if err := v.setIRR(ctx, p, s); err != nil {
		return nil, err
	}
	if s.Events, err = v.events(ctx, "prefix = ?", s.Prefix); err != nil {
		return nil, err
	}
	if s.Witnesses, err = v.witnesses(ctx, s.Prefix); err != nil {
		return nil, err
	}
	notPublic, err := v.special(ctx, p)
	if err != nil {
		return nil, err
	}
	s.Checks = checklist(p, s, notPublic, origin)
	return s, nil
}

// Basis says by which payloads and registries the routes are judged; empty if there are none. The site's templates call it.
func (s *Prefix) Basis() string {
	if len(s.Routes) == 0 {
		return ""
	}
	first, all := &s.Routes[0], []string(nil)
	if first.ROADate != "" {
		all = append(all, first.payloads())
	}
	if text := first.Registries(); text != "" {
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// covering returns the less specific routes that cover a prefix.
func (v *View) covering(ctx context.Context, p netip.Prefix) ([]Route, error) {
	shorter := coveringTexts(p)[1:]
	return v.routes(ctx, "list_contains(string_split(?, ' '), prefix) ORDER BY prefix_length DESC, origin_asn", strings.Join(shorter, " "))
}

// moreSpecific returns the routes inside a prefix, ordered by length and address.
func (v *View) moreSpecific(ctx context.Context, p netip.Prefix) ([]Route, error) {
	inside, err := v.routes(ctx, "family = ? AND prefix_length > ? AND starts_with(prefix, ?) ORDER BY prefix_length, prefix, origin_asn",
		netaddr.Family(p.Addr()), p.Bits(), Stem(p))
	if err != nil {
		return nil, err
	}
	inside = slices.DeleteFunc(inside, func(r Route) bool {
		q, err := netip.ParsePrefix(r.Prefix)
		return err != nil || !p.Contains(q.Addr())
	})
	slices.SortStableFunc(inside, func(a, b Route) int { // as text, addresses sort in another order
		p, q := netip.MustParsePrefix(a.Prefix), netip.MustParsePrefix(b.Prefix)
		return cmp.Or(cmp.Compare(p.Bits(), q.Bits()), p.Addr().Compare(q.Addr()))
	})
	return inside, nil
}

// Stem returns a text with which every more specific prefix begins; others may begin with it too.
func Stem(p netip.Prefix) string {
	text := p.Addr().String()
	if p.Addr().Is4() {
		parts := strings.SplitAfter(text, ".")
		return strings.Join(parts[:p.Bits()/8], "")
	}
	// IPv6 addresses are written in whole groups; a group of zeros may be hidden in ::.
	groups := p.Addr().As16()
	stem := ""
	for i := 0; (i+1)*16 <= p.Bits(); i++ {
		group := uint16(groups[2*i])<<8 | uint16(groups[2*i+1])
		if group == 0 {
			break
		}
		stem += strconv.FormatUint(uint64(group), 16) + ":"
	}
	return stem
}

const notInDumps = "not in the dumps"

// prefixHistory returns what the hours showed of a prefix, from the first in which it was seen; of successive ones without it the first.
func (v *View) prefixHistory(ctx context.Context, prefix netip.Prefix) (history []Sighting, err error) {
	past, err := v.pastStates(ctx, `SELECT time, `+originSQL+`,
        'verdict ' || verdict || ', ROV ' || rov_state || CASE WHEN bogon_class IN ('none', 'unknown') THEN '' ELSE ', ' || bogon_class END, visibility
    FROM route_states WHERE prefix = ? AND time <= ? ORDER BY time, origin_asn, origin_set`, prefix.String(), v.Time)
	if err != nil || len(past.Rows) == 0 {
		return nil, err
	}
	seen := map[time.Time][]Sighting{}
	for _, r := range past.Rows {
		at := r[0].(time.Time)
		seen[at] = append(seen[at], Sighting{Origin: r[1].(string), What: r[2].(string), Visibility: known[float64](r[3])})
	}
	for _, h := range v.hours[familyOf(prefix.Addr())] {
		routes := seen[h.time]
		if missed := len(history) > 0 && history[len(history)-1].What != notInDumps; len(routes) == 0 && missed {
			routes = []Sighting{{What: notInDumps}}
		}
		for _, s := range routes {
			s.Time, s.Collectors = h.time.Format(time.RFC3339), h.collectors
			history = append(history, s)
		}
	}
	return history, nil
}

func (v *View) witnesses(ctx context.Context, prefix string) ([]Witness, error) {
	all := []Witness{}
	result, err := v.engine.Query(ctx, `SELECT `+originSQL+` AS origin, why, collector, peer_address,
    CAST(peer_asn AS BIGINT), coalesce((SELECT arg_max(name, (file_date, name)) FROM as_names WHERE asn = peer_asn), ''), as_path
    FROM witnesses WHERE time = ? AND prefix = ? ORDER BY origin, collector, peer_asn, peer_address, as_path LIMIT ?`, v.Time, prefix, int64(maxWitnesses))
	if err != nil {
		return nil, err
	}
	for _, r := range result.Rows {
		all = append(all, Witness{r[0].(string), r[1].(string), r[2].(string), r[3].(string), r[4].(int64), r[5].(string), r[6].(string)})
	}
	return all, nil
}
