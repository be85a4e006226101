package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/watch"
)

type watchVerb struct {
	Alerts watchAlertsVerb `cmd:"" default:"withargs" help:"Show what the rules find in the datasets."`
	Check  watchCheckVerb  `cmd:"" help:"Explain the rules on the data that are there: what they match, what can be judged, what is left out."`
	Learn  watchLearnVerb  `cmd:"" help:"Print a rule for what an AS originates today, to be confirmed."`
	Test   watchTestVerb   `cmd:"" help:"Send a test message to a sink."`
}

type watchAlertsVerb struct {
	Since string `placeholder:"DAY" help:"Only what was there on that day or later."`
	Open  bool   `help:"Only what is not over."`
	JSON  bool   `help:"As JSON."`
}

type watchCheckVerb struct {
	JSON bool `help:"As JSON."`
}

type watchLearnVerb struct {
	ASN []string `arg:"" name:"asn" help:"AS numbers."`
}

// errNoRules is the answer to verbs that need rules.
var errNoRules = errors.New("the configuration has no [[watch.rule]]; tidemark watch learn AS64496 prints one for an AS")

// Run shows the alerts.
func (v *watchAlertsVerb) Run(ctx context.Context, env *environment) error {
	since, err := flagDay("--since", v.Since)
	if err != nil {
		return err
	}
	if len(env.rules) == 0 {
		return usageError{errNoRules}
	}
	found, err := watch.Find(ctx, env.Store(), env.rules)
	if err != nil {
		return err
	}
	shown := slices.DeleteFunc(append([]watch.Alert{}, found.Alerts...), func(a watch.Alert) bool {
		return v.Open && a.GoneBy != nil || a.LastSeen.Before(since)
	})
	if len(shown) == 0 {
		printf(env.err, "the rules find nothing (%s compared); tidemark watch check explains them\n", count(found.Routes, "route", "routes"))
	}
	return env.show(v.JSON, shown, func(w io.Writer) {
		for _, a := range shown {
			printf(w, "%s\t%s\t%s\t%s\n", a.Severity, a.Watch, a.Kind, a.Text)
			for _, e := range a.Evidence {
				if e.Text != "" {
					printf(w, "\t\t\t%s: %s\n", e.Dataset, e.Text)
				}
			}
		}
	})
}

// checked is what watch check answers.
type checked struct {
	Rules   []watch.Explanation `json:"rules"`
	LeftOut []watch.Hour        `json:"left_out"` // hours with dumps
}

// Run explains the rules. Those that nothing at hand can judge are an error.
func (v *watchCheckVerb) Run(ctx context.Context, env *environment) error {
	if len(env.rules) == 0 {
		return usageError{errNoRules}
	}
	rules, leftOut, err := watch.Explain(ctx, env.Store(), env.rules)
	if err != nil {
		return err
	}
	if err := env.show(v.JSON, checked{rules, append([]watch.Hour{}, leftOut...)}, func(w io.Writer) { writeRules(w, rules, leftOut) }); err != nil {
		return err
	}
	var mute []string
	for i := range rules {
		if rules[i].Mute() {
			mute = append(mute, fmt.Sprintf("%q", rules[i].Rule))
		}
	}
	if len(mute) > 0 {
		return usageError{fmt.Errorf("no dataset is there on which these rules could be judged: %s; collect what they need, then run tidemark analyse", strings.Join(mute, ", "))}
	}
	return nil
}

func writeRules(out io.Writer, rules []watch.Explanation, leftOut []watch.Hour) {
	for i, r := range rules {
		if i > 0 {
			printf(out, "\n")
		}
		printf(out, "%s\n", r.Rule)
		block(out, func(w io.Writer) {
			for _, m := range r.Matches {
				printf(w, "watches\t%s\t%s\n", m.Subject, m.Found)
			}
		})
		block(out, func(w io.Writer) {
			for _, k := range r.Kinds {
				state, on := "ok", strings.TrimSuffix("data of "+k.From+" to "+k.To+"; "+k.Late, "; ")
				switch {
				case len(k.Missing) > 0:
					state, on = "missing", "no "+strings.Join(k.Missing, ", ")
				case k.Lacks != "":
					state, on = "missing", k.Lacks
				}
				printf(w, "%s\t%s\t%s\t%s\t%s\n", state, k.Kind, k.Severity, on, k.Finds)
			}
		})
	}
	block(out, func(w io.Writer) {
		for _, h := range leftOut {
			when := h.Time.Format(time.DateOnly)
			if h.Family > 0 {
				when = fmt.Sprintf("%s IPv%d", h.Time.Format(time.RFC3339), h.Family)
			}
			printf(w, "left out\t%s\t%s\n", when, h.Why)
		}
	})
}

// Run prints the rules.
func (v *watchLearnVerb) Run(ctx context.Context, env *environment) error {
	for i, text := range v.ASN {
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(text), "AS"), 10, 32)
		if err != nil {
			return usageError{fmt.Errorf("invalid AS number %q (want for example 64496 or AS64496)", text)}
		}
		learnt, err := watch.Learn(ctx, env.Store(), uint32(n))
		if err != nil {
			return err
		}
		if i > 0 {
			printf(env.out, "\n")
		}
		for line := range strings.Lines(learnt.TOML()) {
			printf(env.out, "%s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	return nil
}
