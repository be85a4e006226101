package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"tidemark/datasets/seed"
	"tidemark/internal/quantity"
	"tidemark/pipeline"
)

type seedVerb struct {
	URL     string   `arg:"" help:"Address of a site that Tidemark published."`
	Dataset []string `placeholder:"NAME" complete:"datasets" help:"Only these datasets (default: all)."`
	Since   string   `placeholder:"DAY" help:"Only partitions of this day or a later one, YYYY-MM-DD."`
	Until   string   `placeholder:"DAY" help:"Only partitions of this day or an earlier one."`
	As      string   `placeholder:"NAME" help:"What the names of the site's vantages end with here, behind an @ (default: its address)."`
	DryRun  bool     `short:"n" help:"Only show what would be fetched."`
	JSON    bool     `help:"As JSON."`
}

// seeded is what the verb shows.
type seeded struct {
	URL        string             `json:"url"`
	Publisher  string             `json:"publisher"`
	License    string             `json:"license,omitempty"`
	Known      string             `json:"known_as"`
	Datasets   []seed.DatasetPlan `json:"datasets"`
	DryRun     bool               `json:"dry_run"`
	Partitions int                `json:"partitions"` // that were fetched
	Bytes      int64              `json:"bytes"`      // of these
}

// Run fetches what is missing.
func (v *seedVerb) Run(ctx context.Context, env *environment) error {
	o := pipeline.SeedOptions{URL: v.URL, Datasets: v.Dataset, Known: v.As, DryRun: v.DryRun}
	if _, err := seed.Address(v.URL); err != nil {
		return usageError{err}
	}
	for _, bound := range []struct {
		flag, text string
		into       *time.Time
	}{{"--since", v.Since, &o.Since}, {"--until", v.Until, &o.Until}} {
		if bound.text == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, bound.text)
		if err != nil {
			return usageError{fmt.Errorf("%s %q is not a day as YYYY-MM-DD", bound.flag, bound.text)}
		}
		*bound.into = day
	}
	if !o.Until.IsZero() && o.Until.Before(o.Since) {
		return usageError{fmt.Errorf("--until %s is before --since %s", v.Until, v.Since)}
	}
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		r, err := s.Seed(ctx, o)
		if r.Plan == nil {
			return err
		}
		shown := seeded{r.Plan.URL, r.Plan.Index.Publisher, r.Plan.Index.License, r.Plan.Known, r.Plan.Datasets, v.DryRun, r.Partitions, r.Bytes}
		if e := env.show(v.JSON, shown, shown.write); err == nil {
			err = e
		}
		return err
	})
}

func (r seeded) write(out io.Writer) {
	license := ""
	if r.License != "" {
		license = ", " + r.License
	}
	printf(out, "%s, measured by %s%s; its vantages are known here as …@%s\n\n", r.URL, r.Publisher, license, r.Known)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	printf(w, "dataset\tmissing\tbytes\tfrom\tto\there\town\tnot published\t\n")
	for _, d := range r.Datasets {
		if d.Why == "" {
			printf(w, "%s\t%d\t%d\t%s\t%s\t%d\t%d\t%d\t\n", d.Name, d.Partitions, d.Bytes, d.First, d.Last, d.Present, d.Own, d.Left)
		}
	}
	w.Flush()
	for _, d := range r.Datasets {
		if d.Why != "" {
			printf(out, "%s: left out, as %s\n", d.Name, d.Why)
		}
	}
	printf(out, "\n")
	missing, bytes := 0, int64(0)
	for _, d := range r.Datasets {
		missing, bytes = missing+d.Partitions, bytes+d.Bytes
	}
	switch {
	case missing == 0:
		printf(out, "nothing is missing\n")
	case r.DryRun:
		printf(out, "%d partitions of %s would be fetched\n", missing, quantity.Bytes(bytes))
	default:
		printf(out, "%d of %d partitions were fetched, %s; tidemark analyse and tidemark render bring them to the site\n", r.Partitions, missing, quantity.Bytes(r.Bytes))
	}
}
