package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark/analysis/operator"
)

type prefixVerb struct {
	Prefix []string `arg:"" help:"Prefixes or addresses."`
	Origin uint32   `placeholder:"ASN" help:"AS that should originate them; the checklist then names what is missing."`
	At     string   `placeholder:"TIME" help:"Use the newest dumps at or before that time."`
	JSON   bool     `help:"As JSON."`
}

type asVerb struct {
	ASN  string `arg:"" name:"asn" help:"AS number."`
	At   string `placeholder:"TIME" help:"Use the newest dumps at or before that time."`
	JSON bool   `help:"As JSON."`
}

// Run shows the prefixes.
func (v *prefixVerb) Run(ctx context.Context, env *environment) error {
	prefixes, err := parsePrefixes(v.Prefix)
	if err != nil {
		return usageError{err}
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
	})
}

// writePrefix writes a table of its own: other prefixes need other widths.
func writePrefix(out io.Writer, s *operator.Prefix) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	state := "announced"
	if !s.Announced {
		state = "not announced"
	}
	printf(w, "%s\t%s in the dumps of %s\n", s.Prefix, state, s.Time)
	writeRoutes(w, "route", s.Routes)
	writeRoutes(w, "covered by", s.Covering)
	writeRoutes(w, "more specific", s.MoreSpecific)
	if s.Specifics > len(s.MoreSpecific) {
		printf(w, "more specific\t%d in all\n", s.Specifics)
	}
	for _, h := range s.History {
		printf(w, "history\t%s\tAS%s\t%s\n", h.Time, h.Origin, h.What)
	}
	for _, x := range s.Witnesses {
		printf(w, "witness\t%s %s\tAS%d%s\tpath %s\t%s\n", x.Collector, x.Peer, x.PeerASN, parenthesis(x.Name), x.Path, x.Why)
	}
	for _, c := range s.Checks {
		printf(w, "%s\t%s\t%s\n", c.State, c.Item, c.Text)
	}
}

func writeRoutes(w io.Writer, kind string, routes []operator.Route) {
	for _, r := range routes {
		printf(w, "%s\t%s AS%s%s\t%s, %.0f %% of full feeds, %d peers%s\tROV %s%s\t%s\n", kind, r.Prefix, r.Origin, parenthesis(r.Name), r.Verdict, 100*r.Visibility, r.Peers, novelty(r),
			r.ROV, parenthesis(r.ROVReason), strings.TrimSpace(bogonText(r)+" "+r.Delegation))
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

func bogonText(r operator.Route) string {
	if r.Bogon == "none" || r.Bogon == "unknown" {
		return ""
	}
	return "bogon: " + r.Bogon + ", " + r.Reason + "; "
}

// Run shows the AS.
func (v *asVerb) Run(ctx context.Context, env *environment) error {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(v.ASN), "AS"), 10, 32)
	if err != nil {
		return usageError{fmt.Errorf("invalid AS number %q (want for example 64496 or AS64496)", v.ASN)}
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
	return env.show(v.JSON, s, func(w io.Writer) { writeAS(w, s) })
}

func writeAS(w io.Writer, s *operator.AS) {
	printf(w, "AS%d%s\t%d prefixes in the dumps of %s\n", s.ASN, parenthesis(s.Name), len(s.Routes), s.Time)
	if s.Delegation != "" {
		printf(w, "delegation\t%s\n", s.Delegation)
	}
	printf(w, "verdicts\t%s\n", counts(s.Verdicts))
	printf(w, "ROV\t%s\n", counts(s.ROV))
	printf(w, "bogons\t%d\n", s.Bogons)
	printf(w, "with other origins\t%d\n", s.Shared)
	for _, r := range s.Routes {
		printf(w, "route\t%s\t%s, %.0f %% of full feeds\tROV %s%s\t%s\n", r.Prefix, r.Verdict, 100*r.Visibility, r.ROV, parenthesis(r.ROVReason), strings.TrimSpace(bogonText(r)+" "+r.Delegation))
	}
	for _, h := range s.History {
		printf(w, "history\t%s\t%s\n", h.Time, h.What)
	}
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
