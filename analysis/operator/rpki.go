package operator

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
)

// ASPA is what an AS says of its providers, and what the paths show of them.
type ASPA struct {
	Date       string        `json:"file_date"` // of the ASPAs
	Providers  []uint32      `json:"providers"` // that it lists; 0: it has none; empty: it has no ASPA
	Neighbours []Predecessor `json:"neighbours"`
	Invalid    []string      `json:"invalid_paths"` // that its ASPA makes invalid, each with its prefix; the first ones
	Routes     int64         `json:"invalid_routes"`
	History    []Sighting    `json:"history"` // days of ASPAs on which its list was another one than on the day before with any
}

// Predecessor is an AS directly before another in paths.
type Predecessor struct {
	ASN          uint32 `json:"asn"`
	Name         string `json:"name,omitempty"`
	Paths        int64  `json:"paths"`
	FullFeedASes int64  `json:"full_feed_ases"` // that send such a path, itself not counted
	Attested     string `json:"attested"`       // provider, not-provider, none
}

// maxInvalidPaths is how many invalid paths are shown, maxPredecessors how many neighbours, maxPayloadChanges how many changes.
const (
	maxInvalidPaths   = 5
	maxPredecessors   = 20
	maxPayloadChanges = 50
)

// minWitnesses is of how many ASes there must be full feeds that reach an AS over another for that one to be suggested as its provider:
// a peer or a customer passes its routes on to few.
const minWitnesses = 2

// aspa returns what an AS says of its providers; nil if no ASPAs of the time are at hand.
func (v *View) aspa(ctx context.Context, n uint32) (*ASPA, error) {
	day, err := v.engine.Query(ctx, "SELECT max(file_date) FROM aspas WHERE file_date <= ? AND file_date >= ?", v.Time, v.oldest(datasets.ASPAs.DaysValid("")))
	if err != nil || len(day.Rows) == 0 || day.Rows[0][0] == nil {
		return nil, err
	}
	at := day.Rows[0][0].(time.Time)
	s := &ASPA{Date: at.Format(time.DateOnly)}
	listed, err := v.engine.Query(ctx, "SELECT DISTINCT CAST(provider_asn AS BIGINT) AS provider FROM aspas WHERE file_date = ? AND customer_asn = ? ORDER BY provider", at, int64(n))
	if err != nil {
		return nil, err
	}
	for _, r := range listed.Rows {
		s.Providers = append(s.Providers, uint32(r[0].(int64)))
	}
	before, err := v.engine.Query(ctx, `SELECT CAST(before_asn AS BIGINT) AS neighbour, coalesce((SELECT arg_max(name, (file_date, name)) FROM as_names WHERE asn = before_asn), ''), paths, full_feed_ases, attested
    FROM aspa_hops WHERE time = ? AND asn = ? ORDER BY full_feed_ases DESC, paths DESC, neighbour LIMIT ?`, v.Time, int64(n), int64(maxPredecessors))
	if err != nil {
		return nil, err
	}
	for _, r := range before.Rows {
		s.Neighbours = append(s.Neighbours, Predecessor{uint32(r[0].(int64)), r[1].(string), r[2].(int64), r[3].(int64), r[4].(string)})
	}
	invalid, err := v.engine.Query(ctx, `SELECT prefix, invalid_path, count(*) OVER () AS routes, aspa_hop FROM aspa_states
    WHERE time = ? AND aspa_state = 'invalid' AND contains(' ' || aspa_hop, ?) ORDER BY family, prefix, origin_asn, origin_set LIMIT ?`, v.Time, fmt.Sprintf(" %d>", n), int64(maxInvalidPaths))
	if err != nil {
		return nil, err
	}
	for _, r := range invalid.Rows {
		s.Invalid = append(s.Invalid, fmt.Sprintf("%s over %s, at %s", r[0], r[1], hops(r[3].(string))))
		s.Routes = r[2].(int64)
	}
	s.History, err = v.aspaHistory(ctx, n)
	return s, err
}

// hops says of hops, each a customer and the AS that it does not list, separated by blanks, who does not list whom.
func hops(text string) string {
	var all []string
	for hop := range strings.FieldsSeq(text) {
		if customer, other, is := strings.Cut(hop, ">"); is {
			hop = "AS" + customer + " without AS" + other
		}
		all = append(all, hop)
	}
	return strings.Join(all, " and ")
}

// aspaHistory returns what an AS listed, oldest first, on the first day of ASPAs and on each day with another list than before.
func (v *View) aspaHistory(ctx context.Context, n uint32) (history []Sighting, err error) {
	found, err := v.engine.Query(ctx, `SELECT DISTINCT file_date, CAST(CASE WHEN customer_asn = ? THEN provider_asn END AS BIGINT) AS provider
    FROM aspas WHERE file_date <= ? ORDER BY file_date, provider NULLS LAST`, int64(n), v.Time)
	if err != nil {
		return nil, err
	}
	listed, last := false, []uint32(nil)
	for rows := found.Rows; len(rows) > 0; {
		day, providers := rows[0][0].(time.Time), []uint32(nil)
		for ; len(rows) > 0 && rows[0][0].(time.Time).Equal(day); rows = rows[1:] {
			if provider := known[int64](rows[0][1]); provider != nil {
				providers = append(providers, uint32(*provider))
			}
		}
		if len(history) > 0 && slices.Equal(providers, last) {
			continue
		}
		what := "lists " + asList(providers)
		switch {
		case len(providers) == 0:
			what = "no ASPA"
		case slices.Equal(providers, []uint32{0}):
			what = "states that it has no provider"
		}
		last, listed = providers, listed || len(providers) > 0
		history = append(history, Sighting{Time: day.Format(time.DateOnly), What: what})
	}
	if !listed {
		return nil, nil
	}
	return history[max(len(history)-maxPayloadChanges, 0):], nil
}

// asList returns AS numbers as text.
func asList(ases []uint32) string {
	var all []string
	for _, n := range ases {
		all = append(all, "AS"+strconv.FormatUint(uint64(n), 10))
	}
	return strings.Join(all, ", ")
}

// Unlisted returns the ASes that may be missing from the ASPA: those over which full feeds of two other ASes reach it. It is a suggestion:
// a customer or a peer may pass routes on that far too.
func (a *ASPA) Unlisted() (found []uint32) {
	for _, n := range a.Neighbours {
		if n.Attested != "provider" && n.FullFeedASes >= minWitnesses {
			found = append(found, n.ASN)
		}
	}
	slices.Sort(found)
	return found
}

// Lines says of an AS what its ASPA lists, what paths show, and what to write.
func (a *ASPA) Lines(customer uint32) (lines []string) {
	switch {
	case len(a.Providers) == 0:
		lines = append(lines, "It has no ASPA among those of "+a.Date+".")
	case slices.Equal(a.Providers, []uint32{0}):
		lines = append(lines, "Its ASPA of "+a.Date+" states that it has no provider.")
	default:
		lines = append(lines, "Its ASPA of "+a.Date+" lists "+asList(a.Providers)+".")
	}
	for _, n := range a.Neighbours {
		listed := map[string]string{"provider": "listed", "not-provider": "not listed", "none": "no ASPA to list it"}[n.Attested]
		lines = append(lines, fmt.Sprintf("Paths show AS%d%s before it: paths %d, full feeds of other ASes %d; %s.", n.ASN, nameAfter(n.Name), n.Paths, n.FullFeedASes, listed))
	}
	if len(a.Invalid) > 0 {
		lines = append(lines, fmt.Sprintf("Routes with a path that its ASPA makes invalid: %d, for example %s.", a.Routes, strings.Join(a.Invalid, "; ")))
	}
	if missing := a.Unlisted(); len(missing) > 0 {
		all := slices.Concat(slices.DeleteFunc(slices.Clone(a.Providers), func(n uint32) bool { return n == 0 }), missing)
		slices.Sort(all)
		lines = append(lines, fmt.Sprintf("If it buys transit from %s, its ASPA should be AS%d => %s: paths over an AS that an ASPA does not list become invalid. Paths alone do not prove who is a provider.",
			asList(missing), customer, asList(slices.Compact(all))))
	}
	return lines
}

// nameAfter returns a name to put after an AS number.
func nameAfter(name string) string {
	if name == "" {
		return ""
	}
	return " (" + name + ")"
}

// payloadChanges returns the newest changes of ROA payloads that meet a condition, oldest first.
func (v *View) payloadChanges(ctx context.Context, where string, args ...any) (changes []Sighting, err error) {
	found, err := v.engine.Query(ctx, `SELECT file_date, CAST(asn AS VARCHAR), event, change, prefix, CAST(max_length AS BIGINT), trust_anchor, previous_date, other_max_length, other_asn, source
    FROM roa_changes WHERE file_date <= ? AND `+where+`
    ORDER BY file_date DESC, prefix, asn, max_length, event, trust_anchor, source LIMIT ?`, slices.Concat([]any{v.Time}, args, []any{int64(maxPayloadChanges)})...)
	if err != nil {
		return nil, err
	}
	for _, r := range slices.Backward(found.Rows) {
		event, change := r[2].(string), r[3].(string)
		text := fmt.Sprintf("payload %s up to /%d", r[4], r[5])
		switch {
		case event == "first":
			text += " there since the first payloads or before"
		case event == "gone":
			text += " gone"
		default:
			text += " created"
		}
		if anchor := r[6].(string); anchor != "" {
			text += ", trust anchor " + anchor
		}
		if source := r[10].(string); source != "" {
			text += ", by " + source
		}
		if before, known := r[7].(time.Time); known {
			text += ", after " + before.Format(time.DateOnly)
		}
		if other := known[int64](r[8]); other != nil && change == "max-length" {
			text += fmt.Sprintf("; maximum length %s /%d", map[bool]string{true: "now", false: "before"}[event == "gone"], *other)
		}
		if other := known[int64](r[9]); other != nil && change == "asn" {
			text += fmt.Sprintf("; %s of AS%d", map[bool]string{true: "now", false: "before"}[event == "gone"], *other)
		}
		changes = append(changes, Sighting{Time: r[0].(time.Time).Format(time.DateOnly), Origin: r[1].(string), What: text})
	}
	return changes, nil
}

// payloadsOfPrefix returns the changes of the payloads that cover a prefix.
func (v *View) payloadsOfPrefix(ctx context.Context, p netip.Prefix) ([]Sighting, error) {
	return v.payloadChanges(ctx, "list_contains(string_split(?, ' '), prefix)", strings.Join(coveringTexts(p), " "))
}
