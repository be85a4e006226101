package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tidemark/datasets/seed"
	"tidemark/datasets/table"
	"tidemark/internal/quantity"
	"tidemark/pipeline"
)

type seedVerb struct {
	URL     string   `arg:"" optional:"" help:"Address of a site that Tidemark published."`
	Dataset []string `placeholder:"NAME" complete:"datasets" help:"Only these datasets (default: all)."`
	Since   string   `placeholder:"DAY" help:"Only partitions of this day or a later one, YYYY-MM-DD."`
	Until   string   `placeholder:"DAY" help:"Only partitions of this day or an earlier one."`
	As      string   `placeholder:"NAME" help:"What the names of the site's vantages end with here, behind an @ (default: its address)."`
	Remove  string   `placeholder:"PUBLISHER" help:"Remove what this publisher measured, named by the address of its site or by what its vantages end with here."`
	DryRun  bool     `short:"n" help:"Only show what would be fetched, or removed."`
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

// Run fetches what is missing, or removes what a publisher measured.
func (v *seedVerb) Run(ctx context.Context, env *environment) error {
	if v.Remove != "" {
		return v.remove(ctx, env)
	}
	if v.URL == "" {
		return usageError{errors.New("seed wants the address of a site, or --remove PUBLISHER")}
	}
	o := pipeline.SeedOptions{URL: v.URL, Datasets: v.Dataset, Known: v.As, DryRun: v.DryRun}
	if _, err := seed.Address(v.URL); err != nil {
		return usageError{err}
	}
	var err error
	if o.Since, err = flagDay("--since", v.Since); err != nil {
		return err
	}
	if o.Until, err = flagDay("--until", v.Until); err != nil {
		return err
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

// unseeded is what the verb shows of a removal.
type unseeded struct {
	table.Measurer
	DryRun bool `json:"dry_run"`
}

func (v *seedVerb) remove(ctx context.Context, env *environment) error {
	if v.URL != "" || len(v.Dataset) > 0 || v.Since != "" || v.Until != "" || v.As != "" {
		return usageError{errors.New("--remove removes all that a publisher measured: it goes with --dry-run and --json only")}
	}
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		of, err := s.Unseed(ctx, v.Remove, v.DryRun)
		if err != nil {
			return err
		}
		return env.show(v.JSON, unseeded{of, v.DryRun}, func(out io.Writer) {
			did := "were removed; tidemark analyse and tidemark render make anew what rests on them"
			if v.DryRun {
				did = "would be removed"
			}
			printf(out, "%d partitions that %s, %s, measured %s\n", of.Partitions, of.Name, of.URL, did)
		})
	})
}

func (r seeded) write(out io.Writer) {
	license := ""
	if r.License != "" {
		license = ", " + r.License
	}
	printf(out, "%s, measured by %s%s; its vantages are known here as …@%s\n\n", r.URL, r.Publisher, license, r.Known)
	printf(out, "dataset\tmissing\tbytes\tfrom\tto\there\town\tnot published\t\n")
	for _, d := range r.Datasets {
		if d.Why == "" {
			printf(out, "%s\t%d\t%d\t%s\t%s\t%d\t%d\t%d\t\n", d.Name, d.Partitions, d.Bytes, d.First, d.Last, d.Present, d.Own, d.Left)
		}
	}
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
