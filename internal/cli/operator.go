package cli

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark/analysis/operator"
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

// Run shows the prefixes.
func (v *prefixVerb) Run(env *environment) error {
	var prefixes []netip.Prefix
	for _, text := range v.Prefix {
		p, err := operator.ParsePrefix(text)
		if err != nil {
			return usageError{err}
		}
		prefixes = append(prefixes, p)
	}
	view, err := env.view(v.At)
	if err != nil {
		return err
	}
	defer view.Close()
	shown := []*operator.Prefix{}
	for _, p := range prefixes {
		s, err := view.Prefix(p, v.Origin)
		if err != nil {
			return err
		}
		shown = append(shown, s)
	}
	if v.JSON {
		return writeJSON(env.stdout, shown)
	}
	for _, s := range shown {
		if err := writePrefix(env.stdout, s); err != nil {
			return err
		}
	}
	return nil
}

func writePrefix(out io.Writer, s *operator.Prefix) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	state := "announced"
	if !s.Announced {
		state = "not announced"
	}
	fmt.Fprintf(w, "%s\t%s in the dumps of %s\n", s.Prefix, state, s.Time)
	list := func(kind string, routes []operator.Route) {
		for _, r := range routes {
			fmt.Fprintf(w, "%s\t%s AS%s%s\t%s, %.0f %% of full feeds, %d peers%s\tROV %s%s\t%s\n", kind, r.Prefix, plain(r.Origin), parenthesis(r.Name), r.Verdict, 100*r.Visibility, r.Peers, novelty(r),
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
	for _, x := range s.Witnesses {
		fmt.Fprintf(w, "witness\t%s %s\tAS%d%s\tpath %s\t%s\n", plain(x.Collector), x.Peer, x.PeerASN, parenthesis(x.Name), plain(x.Path), x.Why)
	}
	for _, c := range s.Checks {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.State, c.Item, plain(c.Text))
	}
	return w.Flush()
}

func parenthesis(s string) string {
	if s == "" {
		return ""
	}
	return " (" + plain(s) + ")"
}

// novelty says that a route was not there before.
func novelty(r operator.Route) string {
	switch {
	case r.New != "yes":
		return ""
	case r.Before == "":
		return ", new"
	}
	return ", new: before AS" + plain(strings.ReplaceAll(r.Before, ",", ", AS"))
}

func bogonText(r operator.Route) string {
	if r.Bogon == "none" || r.Bogon == "unknown" {
		return ""
	}
	return "bogon: " + r.Bogon + ", " + r.Reason + "; "
}

// Run shows the AS.
func (v *asVerb) Run(env *environment) error {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(v.ASN), "AS"), 10, 32)
	if err != nil {
		return usageError{fmt.Errorf("%q is no AS number", v.ASN)}
	}
	view, err := env.view(v.At)
	if err != nil {
		return err
	}
	defer view.Close()
	s, err := view.AS(uint32(n))
	if err != nil {
		return err
	}
	if v.JSON {
		return writeJSON(env.stdout, s)
	}
	return writeAS(env.stdout, s)
}

func writeAS(out io.Writer, s *operator.AS) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "AS%d%s\t%d prefixes in the dumps of %s\n", s.ASN, parenthesis(s.Name), len(s.Routes), s.Time)
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

// view opens what stood at a time, or the newest where none is given.
func (env *environment) view(at string) (*operator.View, error) {
	var moment time.Time // the newest
	if at != "" {
		var err error
		if moment, err = parseTime(at); err != nil {
			return nil, usageError{err}
		}
	}
	return operator.Open(env.ctx, env.store, moment)
}
