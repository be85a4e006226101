package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

type prefixVerb struct {
	Prefix []string `arg:"" help:"Prefixes or addresses."`
	Origin uint32   `placeholder:"ASN" help:"AS that should originate them: what is missing for it is said."`
	At     string   `placeholder:"TIME" help:"As of the newest dumps at that time or before."`
	JSON   bool     `help:"As JSON."`
}

// Help shows examples.
func (prefixVerb) Help() string {
	return examples("tidemark prefix 193.0.0.0/21", "tidemark prefix --origin 64496 203.0.113.0/24 2001:db8::/32", "tidemark prefix --json --at 2014-06-01 196.46.0.0/16")
}

type asVerb struct {
	ASN  string `arg:"" name:"asn" help:"AS number."`
	At   string `placeholder:"TIME" help:"As of the newest dumps at that time or before."`
	JSON bool   `help:"As JSON."`
}

// Help shows examples.
func (asVerb) Help() string {
	return examples("tidemark as 3333", "tidemark as --json AS64496", "tidemark as --at 2014-06-01 37100")
}

// route is a (prefix, origin) at the time that is shown.
type route struct {
	Prefix     string  `json:"prefix"`
	Origin     string  `json:"origin"` // AS number, or an AS_SET
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
}

const routeColumns = `prefix, CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END, verdict, visibility,
    CAST(peers AS BIGINT), seen_by, rov_state, rov_reason, bogon_class, bogon_reason, moas, delegation, left_out`

func routesOf(rows [][]any) []route {
	all := make([]route, 0, len(rows))
	for _, r := range rows {
		all = append(all, route{r[0].(string), r[1].(string), r[2].(string), r[3].(float64), r[4].(int64), r[5].(string), r[6].(string),
			r[7].(string), r[8].(string), r[9].(string), r[10].(bool), r[11].(string), r[12].(string)})
	}
	return all
}

// sighting is what one hour's dumps showed of a prefix or an AS.
type sighting struct {
	Time   string `json:"time"`
	Origin string `json:"origin,omitempty"`
	What   string `json:"what"`
}

// operatorView asks route_states.
type operatorView struct {
	env  *environment
	e    *engine.Engine
	time time.Time // of the dumps that are shown
}

var errNoStates = errors.New("no dump of that time or before is at hand; collect or import one, then run tidemark analyse")

func (env *environment) operatorView(at string) (*operatorView, error) {
	moment := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if at != "" {
		var err error
		if moment, err = parseTime(at); err != nil {
			return nil, usageError{err}
		}
	}
	e, err := engine.Open(env.store, []*table.Schema{datasets.RouteStates.Schema, datasets.Delegations.Schema}, engine.Options{})
	if err != nil {
		return nil, err
	}
	v := &operatorView{env: env, e: e}
	newest, err := e.Query(env.ctx, "SELECT max(time) FROM route_states WHERE time <= ?", moment)
	if err == nil && (len(newest.Rows) == 0 || newest.Rows[0][0] == nil) {
		err = errNoStates
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	v.time = newest.Rows[0][0].(time.Time)
	return v, nil
}

// prefixShown is what the world sees of a prefix.
type prefixShown struct {
	Prefix       string     `json:"prefix"`
	Time         string     `json:"time"`
	Announced    bool       `json:"announced"`
	Routes       []route    `json:"routes"`
	Covering     []route    `json:"covering"`      // the most specific first
	MoreSpecific []route    `json:"more_specific"` // at most so many as are shown
	Specifics    int        `json:"more_specific_count"`
	History      []sighting `json:"history"`
	Advice       []string   `json:"advice"`
}

// mostSpecifics bounds the list of more specific routes.
const mostSpecifics = 100

// Run shows the prefixes.
func (v *prefixVerb) Run(env *environment) error {
	var prefixes []netip.Prefix
	for _, text := range v.Prefix {
		p, err := prefixOf(text)
		if err != nil {
			return usageError{err}
		}
		prefixes = append(prefixes, p)
	}
	view, err := env.operatorView(v.At)
	if err != nil {
		return err
	}
	defer view.e.Close()
	shown := []*prefixShown{}
	for _, p := range prefixes {
		s, err := view.prefix(p, v.Origin)
		if err != nil {
			return err
		}
		shown = append(shown, s)
	}
	if v.JSON {
		return writeJSON(env.stdout, shown)
	}
	for _, s := range shown {
		if err := s.write(env.stdout); err != nil {
			return err
		}
	}
	return nil
}

func prefixOf(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is neither a prefix nor an address", text)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

func (v *operatorView) prefix(p netip.Prefix, origin uint32) (*prefixShown, error) {
	s := &prefixShown{Prefix: p.String(), Time: v.time.Format(time.RFC3339)}
	ask := func(where string, args ...any) ([]route, error) {
		result, err := v.e.Query(v.env.ctx, "SELECT "+routeColumns+" FROM route_states WHERE time = ? AND "+where, append([]any{v.time}, args...)...)
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
	inside, err := ask("family = ? AND prefix_length > ? AND starts_with(prefix, ?) ORDER BY prefix_length, prefix, origin_asn", familyOf(p), p.Bits(), stem(p))
	if err != nil {
		return nil, err
	}
	inside = slices.DeleteFunc(inside, func(r route) bool {
		q, err := netip.ParsePrefix(r.Prefix)
		return err != nil || !p.Contains(q.Addr())
	})
	s.Specifics, s.MoreSpecific = len(inside), inside[:min(len(inside), mostSpecifics)]
	past, err := v.e.Query(v.env.ctx, `SELECT time, CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END,
    verdict || ', ' || rov_state || CASE WHEN bogon_class IN ('none', 'unknown') THEN '' ELSE ', ' || bogon_class END
    FROM route_states WHERE prefix = ? AND time <= ? ORDER BY time, origin_asn`, s.Prefix, v.time)
	if err != nil {
		return nil, err
	}
	for _, r := range past.Rows {
		s.History = append(s.History, sighting{r[0].(time.Time).Format(time.RFC3339), r[1].(string), r[2].(string)})
	}
	s.Advice = advice(p, s, origin)
	return s, nil
}

func familyOf(p netip.Prefix) int {
	if p.Addr().Is4() {
		return 4
	}
	return 6
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

// advice says what is not as an operator wants it, and what to do. origin is the AS that should announce; 0: any.
func advice(p netip.Prefix, s *prefixShown, origin uint32) []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	longest := 24
	if p.Addr().Is6() {
		longest = 48
	}
	if p.Bits() > longest && (s.Announced || !p.IsSingleIP()) { // an address that is asked for is no announcement
		say("It is longer than /%d: most networks filter it. Announce a covering prefix of at most /%d.", longest, longest)
	}
	if !s.Announced {
		if len(s.Covering) > 0 {
			say("No peer carries it itself; %s of AS%s covers it. Nothing is missing unless it should be routed apart.", s.Covering[0].Prefix, s.Covering[0].Origin)
		} else {
			say("No peer carries it or a prefix that covers it: it is not announced, or every peer filters it.")
		}
	}
	wanted := strconv.FormatUint(uint64(origin), 10)
	if origin != 0 && s.Announced && !slices.ContainsFunc(s.Routes, func(r route) bool { return r.Origin == wanted }) {
		say("AS%d does not originate it: the announcement is missing.", origin)
	}
	for _, r := range s.Routes {
		if origin != 0 && r.Origin != wanted {
			say("AS%s originates it as well: ask its holder to stop, or make a ROA that only AS%d meets.", r.Origin, origin)
			continue
		}
		if r.Bogon != "none" && r.Bogon != "unknown" {
			say("It is a bogon (%s): %s. Networks drop it.", r.Bogon, r.Reason)
			continue
		}
		switch r.ROV {
		case "not-found":
			say("No ROA covers it: make one for %s, AS%s, maxLength %d.", s.Prefix, r.Origin, p.Bits())
		case "invalid-length":
			say("A ROA for AS%s does not reach so far (%s): raise its maxLength to %d, or make one for %s itself.", r.Origin, r.ROVReason, p.Bits(), s.Prefix)
		case "invalid-origin":
			say("The ROAs are for other ASes (%s): make one for AS%s, or stop its announcement.", r.ROVReason, r.Origin)
		}
		switch r.Verdict {
		case "self-feed-only":
			say("Only sessions of AS%s itself show it (%s): a leak to the collector, or nobody takes it further.", r.Origin, r.SeenBy)
		case "single-feeder":
			say("One AS alone passes it on (%s).", r.SeenBy)
		case "low", "partial":
			say("%.0f %% of the full-feed peers carry it from AS%s: look for filters on the way.", 100*r.Visibility, r.Origin)
		}
		if r.Delegation == "" && r.Bogon == "none" {
			say("No delegation file at hand covers it.")
		}
	}
	if origin == 0 && len(s.Routes) > 1 {
		say("%d origins announce it: if only one is meant to, a ROA for that one makes the others invalid.", len(s.Routes))
	}
	return all
}

func (s *prefixShown) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	state := "announced"
	if !s.Announced {
		state = "not announced"
	}
	fmt.Fprintf(w, "%s\t%s in the dumps of %s\n", s.Prefix, state, s.Time)
	list := func(kind string, routes []route) {
		for _, r := range routes {
			fmt.Fprintf(w, "%s\t%s AS%s\t%s, %.0f %% of full feeds, %d peers\tROV %s%s\t%s\n", kind, r.Prefix, plain(r.Origin), r.Verdict, 100*r.Visibility, r.Peers,
				r.ROV, parenthesis(r.ROVReason), strings.TrimSpace(plain(bogonText(r)+" "+r.Delegation)))
			if r.SeenBy != "" && kind == "route" {
				fmt.Fprintf(w, "  seen by\t%s\n", plain(strings.ReplaceAll(r.SeenBy, ",", ", ")))
			}
		}
	}
	list("route", s.Routes)
	list("covered by", s.Covering)
	list("more specific", s.MoreSpecific)
	if s.Specifics > len(s.MoreSpecific) {
		fmt.Fprintf(w, "more specific\t%d in all\n", s.Specifics)
	}
	for _, h := range s.History {
		fmt.Fprintf(w, "history\t%s\tAS%s\t%s\n", h.Time, plain(h.Origin), h.What)
	}
	for _, a := range s.Advice {
		fmt.Fprintf(w, "to do\t%s\n", plain(a))
	}
	return w.Flush()
}

func parenthesis(s string) string {
	if s == "" {
		return ""
	}
	return " (" + plain(s) + ")"
}

func bogonText(r route) string {
	if r.Bogon == "none" || r.Bogon == "unknown" {
		return ""
	}
	return "bogon: " + r.Bogon + ", " + r.Reason + "; "
}

// asShown is what the world sees of an AS.
type asShown struct {
	ASN        uint32           `json:"asn"`
	Time       string           `json:"time"`
	Delegation string           `json:"delegation,omitempty"`
	Verdicts   map[string]int64 `json:"verdicts"`
	ROV        map[string]int64 `json:"rov_states"`
	Bogons     int64            `json:"bogons"`
	Shared     int64            `json:"moas"` // prefixes that others originate too
	Routes     []route          `json:"routes"`
	History    []sighting       `json:"history"`
}

// Run shows the AS.
func (v *asVerb) Run(env *environment) error {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(v.ASN), "AS"), 10, 32)
	if err != nil {
		return usageError{fmt.Errorf("%q is no AS number", v.ASN)}
	}
	view, err := env.operatorView(v.At)
	if err != nil {
		return err
	}
	defer view.e.Close()
	s, err := view.as(uint32(n))
	if err != nil {
		return err
	}
	if v.JSON {
		return writeJSON(env.stdout, s)
	}
	return s.write(env.stdout)
}

func (v *operatorView) as(n uint32) (*asShown, error) {
	s := &asShown{ASN: n, Time: v.time.Format(time.RFC3339), Verdicts: map[string]int64{}, ROV: map[string]int64{}}
	result, err := v.e.Query(v.env.ctx, "SELECT "+routeColumns+" FROM route_states WHERE time = ? AND origin_asn = ? ORDER BY family, prefix_length, prefix", v.time, int64(n))
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
	holder, err := v.e.Query(v.env.ctx, `SELECT registry || ' ' || country || ' ' || status || ' ' || opaque_id, file_date FROM delegations
    WHERE type = 'asn' AND file_date <= ? AND TRY_CAST(start AS BIGINT) <= ? AND TRY_CAST(start AS BIGINT) + value > ? ORDER BY file_date DESC, registry LIMIT 1`, v.time, int64(n), int64(n))
	if err != nil {
		return nil, err
	}
	if len(holder.Rows) > 0 {
		s.Delegation = strings.TrimSpace(holder.Rows[0][0].(string))
	}
	past, err := v.e.Query(v.env.ctx, `SELECT time, count(*) FILTER (WHERE family = 4) || ' IPv4 and ' || count(*) FILTER (WHERE family = 6) || ' IPv6 prefixes'
    FROM route_states WHERE origin_asn = ? AND time <= ? GROUP BY time ORDER BY time`, int64(n), v.time)
	if err != nil {
		return nil, err
	}
	for _, r := range past.Rows {
		s.History = append(s.History, sighting{Time: r[0].(time.Time).Format(time.RFC3339), What: r[1].(string)})
	}
	return s, nil
}

func (s *asShown) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "AS%d\t%d prefixes in the dumps of %s\n", s.ASN, len(s.Routes), s.Time)
	if s.Delegation != "" {
		fmt.Fprintf(w, "delegation\t%s\n", plain(s.Delegation))
	}
	fmt.Fprintf(w, "verdicts\t%s\n", counts(s.Verdicts))
	fmt.Fprintf(w, "ROV\t%s\n", counts(s.ROV))
	fmt.Fprintf(w, "bogons\t%d\n", s.Bogons)
	fmt.Fprintf(w, "with other origins\t%d\n", s.Shared)
	for _, r := range s.Routes {
		fmt.Fprintf(w, "route\t%s\t%s, %.0f %% of full feeds\tROV %s%s\t%s\n", r.Prefix, r.Verdict, 100*r.Visibility, r.ROV, parenthesis(r.ROVReason), strings.TrimSpace(plain(bogonText(r)+" "+r.Delegation)))
	}
	for _, h := range s.History {
		fmt.Fprintf(w, "history\t%s\t%s\n", h.Time, h.What)
	}
	return w.Flush()
}

// counts writes a tally in the order of its names.
func counts(of map[string]int64) string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, of[name]))
	}
	return strings.Join(parts, ", ")
}
