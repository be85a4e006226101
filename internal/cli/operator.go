package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/operator"
)

// viewTime is the flag that chooses the dumps of a view.
type viewTime struct {
	At string `placeholder:"TIME" help:"Use the newest dumps at or before that time."`
}

type prefixVerb struct {
	Prefix []string `arg:"" help:"Prefixes or addresses."`
	Origin uint32   `placeholder:"ASN" help:"AS that should originate them; the checklist then names what is missing."`
	viewTime
	timeLineFlags
	JSON bool `help:"As JSON."`
}

type asVerb struct {
	ASN string `arg:"" name:"asn" help:"AS number."`
	viewTime
	Limit int  `default:"20" placeholder:"N" help:"How many routes are shown."`
	All   bool `help:"Show all routes."`
	JSON  bool `help:"As JSON, with all routes."`
}

// Run shows the prefixes.
func (v *prefixVerb) Run(ctx context.Context, env *environment) error {
	prefixes, err := parsePrefixes(v.Prefix)
	if err != nil {
		return usageError{err}
	}
	if v.Since != "" || v.Until != "" {
		return v.showTimeLines(ctx, env, prefixes)
	}
	if err := v.timeLineFlags.check(); err != nil {
		return err
	}
	view, err := env.view(ctx, v.At)
	if err != nil {
		return err
	}
	defer view.Close()
	shown := []*operator.Prefix{}
	for _, p := range prefixes {
		s, err := view.Prefix(ctx, p, v.Origin)
		if err != nil {
			return err
		}
		shown = append(shown, s)
	}
	return env.show(v.JSON, shown, func(w io.Writer) {
		for _, s := range shown {
			writePrefix(w, s)
		}
		printf(w, "\n%s\n", view.Standing.Words())
	})
}

// writePrefix writes the answer in blocks, each a table of its own: other rows need other widths.
func writePrefix(out io.Writer, s *operator.Prefix) {
	state := "announced"
	switch {
	case s.Collectors == "":
		state = "not known whether announced, as its family has no routes"
	case !s.Announced:
		state = "not announced"
	}
	if s.Asked != "" {
		printf(out, "%s is in %s, ", s.Asked, s.Prefix)
	} else {
		printf(out, "%s: ", s.Prefix)
	}
	printf(out, "%s in the dumps of %s\n", state, s.Time)
	block(out, func(w io.Writer) {
		for _, c := range urgentFirst(s.Checks) {
			printf(w, "%s\t%s\t%s\n", c.State, c.Item, c.Text)
		}
	})
	block(out, func(w io.Writer) {
		writeRoutes(w, "route", s.Routes)
		writeRoutes(w, "covered by", s.Covering)
		writeRoutes(w, "more specific", s.MoreSpecific)
		if s.Specifics > len(s.MoreSpecific) {
			printf(w, "more specific\t%d in all\n", s.Specifics)
		}
	})
	block(out, func(w io.Writer) {
		for _, x := range s.Witnesses {
			printf(w, "witness\t%s %s\tAS%d%s\tpath %s\t%s\n", x.Collector, x.Peer, x.PeerASN, parenthesis(x.Name), x.Path, x.Why)
		}
	})
	block(out, func(w io.Writer) {
		for _, h := range s.History {
			origin := ""
			if h.Origin != "" {
				origin = "AS" + h.Origin
			}
			printf(w, "history\t%s\t%s\t%s\tby %s\n", h.Time, origin, h.What, operator.Few(h.Collectors))
		}
	})
	block(out, func(w io.Writer) {
		for _, o := range s.IRRObjects {
			printf(w, "IRR object\t%s AS%s\t%s%s\t%s%s\n", o.Prefix, o.Origin, o.Source, parenthesis(o.MntBy), o.Agreement, lastModified(o))
		}
		if more := s.IRRTotal - int64(len(s.IRRObjects)); more > 0 {
			printf(w, "IRR object\t%d more\n", more)
		}
		if basis := s.IRRBasis(); basis != "" {
			if s.IRRTotal == 0 {
				printf(w, "IRR object\tnone has it or covers it\n")
			}
			printf(w, "IRR dumps\t%s\n", basis)
		}
	})
	writeEvents(out, s.Events)
	writeROAs(out, s.ROAs, int64(len(s.ROAs)), s.ROADate)
	writePayloads(out, s.Payloads)
}

// urgentFirst returns what is to do, what is unknown, and what is well, in this order.
func urgentFirst(checks []operator.Check) []operator.Check {
	place := func(c operator.Check) int { return slices.Index([]string{"to do", "unknown", "ok"}, c.State) }
	return slices.SortedStableFunc(slices.Values(checks), func(a, b operator.Check) int { return place(a) - place(b) })
}

func lastModified(o operator.IRRObject) string {
	if o.Modified == "" {
		return ""
	}
	return " (changed " + o.Modified + ")"
}

// writeEvents writes what happened, and whether it is over.
func writeEvents(out io.Writer, events []operator.Event) {
	block(out, func(w io.Writer) {
		for _, e := range events {
			origin := ""
			if e.Origin != "" {
				origin = "AS" + e.Origin
			}
			printf(w, "event\t%s, %s\t%s\t%s\n", e.Began(), e.Over(), origin, e.What())
		}
	})
}

// writePayloads writes what changed about ROA payloads.
func writePayloads(out io.Writer, changes []operator.Sighting) {
	block(out, func(w io.Writer) {
		for _, c := range changes {
			printf(w, "ROA\t%s\tAS%s\t%s\n", c.Time, c.Origin, c.What)
		}
	})
}

// block writes rows below an empty line, which parts their columns from those above; nothing where there are no rows.
func block(out io.Writer, rows func(w io.Writer)) {
	var text bytes.Buffer
	rows(&text)
	if text.Len() > 0 {
		printf(out, "\n")
		out.Write(text.Bytes())
	}
}

func writeRoutes(w io.Writer, kind string, routes []operator.Route) {
	for _, r := range routes {
		printf(w, "%s\t%s AS%s%s\t%s, %s, %s%s\tROV %s%s%s\t%s\n", kind, r.Prefix, r.Origin, parenthesis(r.Name), r.Verdict, r.Reach(), r.PeerCount(), novelty(r),
			r.ROV, parenthesis(r.Validation()), irrText(r), bogonText(r)+holder(r))
		if r.SeenBy != "" && kind == "route" {
			printf(w, "  seen by\t%s\n", strings.ReplaceAll(r.SeenBy, ",", ", "))
		}
	}
}

func parenthesis(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// novelty says that a route was not there before.
func novelty(r operator.Route) string {
	switch {
	case r.New != "yes":
		return ""
	case r.Before == "":
		return ", new"
	}
	return ", new: before AS" + strings.ReplaceAll(r.Before, ",", ", AS")
}

// irrText says what route objects say of a route, where dumps of them are at hand.
func irrText(r operator.Route) string {
	if r.IRR == "" {
		return ""
	}
	return ", IRR " + r.IRR
}

func bogonText(r operator.Route) string {
	switch r.Bogon {
	case "none":
		return "no bogon" + parenthesis(r.Registries())
	case "unknown":
		return "bogon: unknown" + parenthesis(r.Reason)
	}
	return "bogon: " + r.Bogon + parenthesis(r.Reason)
}

func holder(r operator.Route) string {
	if r.Delegation == "" {
		return ""
	}
	return "; " + r.Delegation
}

// Run shows the AS.
func (v *asVerb) Run(ctx context.Context, env *environment) error {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(v.ASN), "AS"), 10, 32)
	if err != nil {
		return usageError{fmt.Errorf("invalid AS number %q (want for example 64496 or AS64496)", v.ASN)}
	}
	if v.Limit < 1 {
		return usageError{fmt.Errorf("--limit %d: want 1 or more routes", v.Limit)}
	}
	view, err := env.view(ctx, v.At)
	if err != nil {
		return err
	}
	defer view.Close()
	s, err := view.AS(ctx, uint32(n))
	if err != nil {
		return err
	}
	shown := len(s.Routes)
	if !v.All {
		shown = min(shown, v.Limit)
	}
	return env.show(v.JSON, s, func(w io.Writer) { writeAS(w, s, shown) })
}

// writeAS writes totals first, then as many routes as are to be shown.
func writeAS(out io.Writer, s *operator.AS, shown int) {
	printf(out, "AS%d%s: %s in the dumps of %s\n", s.ASN, parenthesis(s.Name), count(int64(len(s.Routes)), "prefix", "prefixes"), s.Time)
	basis := s.Basis()
	block(out, func(w io.Writer) {
		for _, c := range urgentFirst(s.Checks) {
			printf(w, "%s\t%s\t%s\n", c.State, c.Item, c.Text)
		}
	})
	block(out, func(w io.Writer) {
		for i := range s.Families {
			writeFamily(w, &s.Families[i])
		}
		if s.Delegation != "" {
			printf(w, "delegation\t%s\n", s.Delegation)
		}
		if s.Operator != nil {
			for _, line := range s.Operator.Lines() {
				printf(w, "organisation\t%s\n", line)
			}
		}
		if len(s.Routes) == 0 {
			return
		}
		printf(w, "verdicts\t%s%s\n", counts(s.Verdicts), parenthesis(basis.Verdict))
		printf(w, "ROV\t%s%s\n", counts(s.ROV), parenthesis(basis.ROV))
		if len(s.IRRDumps) > 0 {
			printf(w, "IRR\t%s (dumps of %s)\n", counts(s.IRR), s.IRRBasis())
		}
		printf(w, "bogons\t%d, unknown %d%s\n", s.Bogons, s.Unjudged, parenthesis(basis.Bogon))
		printf(w, "with other origins\t%d\n", s.Shared)
	})
	block(out, func(w io.Writer) {
		for _, r := range s.Routes[:shown] {
			reason := "" // that of the others stands above
			if r.ROV != "unknown" {
				reason = r.ROVReason
			}
			bogon := "no bogon"
			if r.Bogon != "none" {
				bogon = "bogon: " + r.Bogon
			}
			printf(w, "%s\t%s, %s\tROV %s%s%s\t%s%s\n", r.Prefix, r.Verdict, r.Reach(), r.ROV, parenthesis(reason), irrText(r), bogon, holder(r))
		}
	})
	if more := len(s.Routes) - shown; more > 0 {
		printf(out, "%d more: --all\n", more)
	}
	for i := range s.Topology {
		writeTopology(out, &s.Topology[i])
	}
	block(out, func(w io.Writer) {
		for _, h := range s.History {
			printf(w, "history\t%s\t%s\tby %s\n", h.Time, h.What(), operator.Few(h.Collectors()))
		}
	})
	writeEvents(out, s.Events)
	writeROAs(out, s.ROAs, s.ROATotal, s.ROADate)
	block(out, func(w io.Writer) {
		for _, o := range s.IRRObjects[:min(len(s.IRRObjects), shown)] {
			printf(w, "IRR object\t%s\t%s%s\t%s%s\n", o.Prefix, o.Source, parenthesis(o.MntBy), cmp.Or(o.Agreement, "not announced by it"), lastModified(o))
		}
		if more := s.IRRTotal - int64(min(len(s.IRRObjects), shown)); more > 0 {
			printf(w, "IRR object\t%d more\n", more)
		}
	})
	writePayloads(out, s.Payloads)
	block(out, func(w io.Writer) {
		if s.ASPA != nil {
			for _, line := range s.ASPA.Lines(s.ASN) {
				printf(w, "ASPA\t%s\n", line)
			}
		}
	})
	printf(out, "\n%s\n", s.Standing.Words())
}

// writeFamily writes how the routes of a family are judged.
func writeFamily(w io.Writer, f *operator.ASFamily) {
	printf(w, "%s\t%s", f.Family, count(f.Prefixes, "prefix", "prefixes"))
	if f.Prefixes > 0 {
		printf(w, ": %s; ROV %s", counts(f.Verdicts), counts(f.ROV))
		if len(f.IRR) > 0 {
			printf(w, "; IRR %s", counts(f.IRR))
		}
		printf(w, "; bogons %d, unknown %d; with other origins %d", f.Bogons, f.Unjudged, f.Shared)
	}
	printf(w, "\n")
}

// writeROAs writes the payloads that there are.
func writeROAs(out io.Writer, payloads []operator.ROA, total int64, days string) {
	block(out, func(w io.Writer) {
		for _, p := range payloads {
			expires := ""
			if p.Expires != "" {
				expires = "expires " + p.Expires
			}
			printf(w, "payload\t%s\tAS%s\t%s\t%s\n", p.Allows(), p.Origin, p.TrustAnchor, expires)
		}
		if more := total - int64(len(payloads)); more > 0 {
			printf(w, "payload\t%d more\n", more)
		}
		if total == 0 && days != "" {
			printf(w, "payload\tnone among those of %s\n", days)
		}
	})
}

// shownNeighbours is how many neighbours of a relation are written; --json has more.
const shownNeighbours = 10

// writeTopology writes the place of the AS in the topology of a family, and its neighbours with the evidence for what they are.
func writeTopology(out io.Writer, t *operator.Topology) {
	block(out, func(w io.Writer) {
		top := ""
		if t.Clique {
			top = ", at the top"
		}
		printf(w, "%s neighbours\t%s, %s, %s, %d unknown%s\n", t.Family, count(t.Providers, "provider", "providers"), count(t.Peers, "peer", "peers"),
			count(t.Customers, "customer", "customers"), t.Unknown, top)
		printf(w, "customer cone\t%s, %s\n", count(t.ConeASes, "AS", "ASes"), count(t.ConePrefixes, "prefix", "prefixes"))
		printf(w, "hegemony\t%s\n", t.Share())
		for _, d := range t.Dependencies {
			printf(w, "depends on\tAS%d%s\tlocal hegemony %s\n", d.ASN, parenthesis(d.Name), d.Share())
		}
		for _, relation := range t.Relations() {
			all := t.Of(relation)
			for _, n := range all[:min(len(all), shownNeighbours)] {
				printf(w, "%s\tAS%d%s\t%s, %d of %s\tsince %s\n", relation, n.ASN, parenthesis(n.Name), count(n.Paths, "path", "paths"), n.Vantages,
					count(t.Vantages, "vantage point", "vantage points"), n.Since)
			}
			if more := t.Total(relation) - shownNeighbours; more > 0 {
				printf(w, "%s\t%d more\n", relation, more)
			}
		}
	})
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// counts writes a tally in the order of its names.
func counts(tally map[string]int64) string {
	var names []string
	for name := range tally {
		names = append(names, name)
	}
	slices.Sort(names)
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, tally[name]))
	}
	return strings.Join(parts, ", ")
}

// view opens what the newest dumps show, as of a time if one is given.
func (env *environment) view(ctx context.Context, at string) (*operator.View, error) {
	var moment time.Time // the newest
	if at != "" {
		var err error
		if moment, err = parseTime(at); err != nil {
			return nil, usageError{err}
		}
	}
	return env.View(ctx, moment)
}
