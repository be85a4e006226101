package watch

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets/table"
)

// Explanation is what a rule means on the data that are there.
type Explanation struct {
	Rule    string     `json:"rule"`
	Matches []Match    `json:"matches"`
	Kinds   []Judgment `json:"kinds"`
}

// Match is what the data show of something that is watched.
type Match struct {
	Subject string `json:"subject"`
	Found   string `json:"found"`
	Count   int64  `json:"count"` // routes, runs or events that the rule is compared with; 0: none
}

// Judgment reports whether a kind of alert can be judged.
type Judgment struct {
	Kind     string   `json:"kind"`
	Severity string   `json:"severity"`
	Finds    string   `json:"finds"`
	Missing  []string `json:"missing,omitempty"` // datasets without which it cannot be judged
	Lacks    string   `json:"lacks,omitempty"`   // what those that are there do not say, so that it cannot be judged on them
	From     string   `json:"from,omitempty"`    // first day of the data that it is judged on
	To       string   `json:"to,omitempty"`      // last day
	Late     string   `json:"late,omitempty"`    // how long after a message on the wire an alert can come, and by which inputs
}

// Judged reports whether the kind can be judged.
func (j *Judgment) Judged() bool { return len(j.Missing) == 0 && j.Lacks == "" }

// Mute reports whether none of the rule's kinds can be judged.
func (e *Explanation) Mute() bool {
	return !slices.ContainsFunc(e.Kinds, func(j Judgment) bool { return j.Judged() })
}

// lacks are questions to the data at hand: what they do not say, so that a kind cannot be judged though they are there; empty: nothing.
var lacks = map[string]func(*finder, context.Context, *Rule) (string, error){
	roaExpiring: (*finder).lacksExpiry, anchorMissing: (*finder).lacksAnchors, oneFamily: (*finder).lacksFamilies,
	countryLost: (*finder).lacksCountry, countryInvalid: (*finder).lacksCountry,
}

// Explain says what each rule looks at in the store, which kinds can be judged, and which hours with dumps are left out.
func Explain(ctx context.Context, store *table.Store, rules []Rule) ([]Explanation, []Hour, error) {
	f, err := newFinder(ctx, store)
	if err != nil {
		return nil, nil, err
	}
	defer f.engine.Close()
	if err := f.readUpdates(ctx, rules); err != nil {
		return nil, nil, err
	}
	all := []Explanation{}
	for i := range rules {
		r := &rules[i]
		e := Explanation{Rule: r.Name, Matches: []Match{}}
		if e.Matches, err = f.matches(ctx, r); err != nil {
			return nil, nil, err
		}
		for _, k := range r.kinds() {
			j, err := f.judgment(ctx, r, k)
			if err != nil {
				return nil, nil, err
			}
			e.Kinds = append(e.Kinds, j)
		}
		all = append(all, e)
	}
	return all, f.leftOut(), nil
}

// judgment says on what a kind is judged.
func (f *finder) judgment(ctx context.Context, r *Rule, k *Kind) (Judgment, error) {
	j := Judgment{Kind: k.Name, Severity: k.Severity, Finds: k.Finds}
	if s, set := r.Severity[k.Name]; set {
		j.Severity = s
	}
	for _, s := range k.Needs {
		partitions := f.partitionsOf(s)
		if len(partitions) == 0 {
			j.Missing = append(j.Missing, s.Name)
			continue
		}
		first, last := partitions[0].Day().Format(time.DateOnly), partitions[len(partitions)-1].Day().Format(time.DateOnly)
		if j.From == "" || first < j.From { // route_events has one partition, of the newest day
			j.From = first
		}
		j.To = max(j.To, last)
	}
	if len(j.Missing) > 0 {
		j.From, j.To = "", ""
		return j, nil
	}
	j.Late = f.late(r, k)
	if ask := lacks[k.Name]; ask != nil {
		var err error
		j.Lacks, err = ask(f, ctx, r)
		return j, err
	}
	return j, nil
}

// matches says what the newest data show of each thing that is watched.
func (f *finder) matches(ctx context.Context, r *Rule) (all []Match, err error) {
	add := func(subject, unit, query string, args ...any) {
		if err != nil {
			return
		}
		var m Match
		m, err = f.match(ctx, subject, unit, query, args...)
		all = append(all, m)
	}
	for _, p := range slices.Backward(r.prefixes()) { // the shortest first
		m, found := f.routesInside(ctx, r, p)
		if found != nil {
			return nil, found
		}
		all = append(all, m)
	}
	for _, asn := range r.ASes {
		add(fmt.Sprintf("AS%d", asn), "routes of it", "SELECT count(*), max(time) FROM route_states WHERE origin_asn = ? AND time = (SELECT max(time) FROM route_states)", int64(asn))
	}
	for _, code := range r.Countries {
		add("country "+code, "prefixes that its ASes originate", "SELECT CAST(coalesce(sum(prefixes), 0) AS BIGINT), max(time) FROM country_stats WHERE registration = 'as' AND country = ? AND time = (SELECT max(time) FROM country_stats)", code)
	}
	for _, domain := range r.Domains {
		add(domain, "runs that judged it", "SELECT count(*), max(run_time) FROM domain_readiness WHERE domain = ? AND service = 'domain'", domain)
	}
	for _, n := range r.RFCs {
		add("RFC "+strconv.Itoa(n), "events", "SELECT count(*), max(until) FROM rfc_events WHERE list_contains(concerns, CAST(? AS UINTEGER))", int64(n))
	}
	for _, draft := range r.Drafts {
		add(draft, "events", "SELECT count(*), max(until) FROM rfc_events WHERE document = ?", draft)
	}
	for _, group := range r.Groups {
		add("group "+group, "events of its drafts", "SELECT count(*), max(until) FROM rfc_events WHERE starts_with(document, ?)", "draft-ietf-"+group+"-")
	}
	for _, registry := range r.Registries {
		add("registry "+registry, "events", "SELECT count(*), max(until) FROM assignment_events WHERE registry = ?", registry)
	}
	return all, err
}

// match asks for a count and the time of the newest.
func (f *finder) match(ctx context.Context, subject, unit, query string, args ...any) (Match, error) {
	result, err := f.engine.Query(ctx, query, args...)
	if err != nil {
		return Match{}, err
	}
	m := Match{Subject: subject, Count: result.Rows[0][0].(int64), Found: "none on record"}
	if at, ok := result.Rows[0][1].(time.Time); ok {
		m.Found = fmt.Sprintf("%s: %d, the newest of %s", unit, m.Count, clock(at))
	}
	return m, nil
}

// routesInside says which routes of the newest hour with a prefix, or with one inside it, the rule is compared with.
func (f *finder) routesInside(ctx context.Context, r *Rule, p netip.Prefix) (Match, error) {
	m := Match{Subject: p.String(), Found: "in no dump"}
	hours := slices.DeleteFunc(slices.Clone(f.hours), func(h hour) bool { return h.family != familyOf(p) })
	if len(hours) == 0 {
		return m, nil
	}
	newest := hours[len(hours)-1].at
	condition, args := inside(p)
	result, err := f.queryStates(ctx, "SELECT prefix, CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END AS origin, visibility FROM route_states WHERE time = ? AND "+condition+" ORDER BY prefix_length, prefix, origin",
		append([]any{newest}, args...)...)
	if err != nil {
		return m, err
	}
	var own []string
	inside := 0
	for _, row := range result.Rows {
		q, err := netip.ParsePrefix(row[0].(string))
		switch {
		case err != nil:
			return m, err
		case q == p:
			text := "AS" + row[1].(string)
			if share, ok := row[2].(float64); ok {
				text += fmt.Sprintf(" (visibility %.2f)", share)
			}
			own = append(own, text)
		case within(q, p):
			inside++
		}
	}
	m.Count = int64(len(own) + inside)
	m.Found = "not announced"
	if len(own) > 0 {
		m.Found = "announced by " + strings.Join(own, ", ")
	}
	m.Found += fmt.Sprintf("; routes inside it: %d, in the dumps of %s", inside, clock(newest))
	return m, nil
}
