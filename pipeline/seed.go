package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"tidemark/datasets/seed"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
)

// SeedOptions say what Seed fetches.
type SeedOptions struct {
	URL      string    // of a site that Tidemark published
	Datasets []string  // by name; none: all
	Since    time.Time // days of partitions, both included; zero: no bound
	Until    time.Time
	Known    string // name behind those of the site's places here; empty: as before, or else the address
	DryRun   bool   // only report what would be fetched
}

// SeedReport is what Seed did, or would do.
type SeedReport struct {
	Report
	Plan       *seed.Plan
	Partitions int   // that were fetched
	Bytes      int64 // of these
}

// Seed adds the partitions that another installation publishes and this one does not have. Those that were made here stay.
func (s *Session) Seed(ctx context.Context, o SeedOptions) (SeedReport, error) {
	r, err := s.seed(ctx, o)
	return r, s.step(r.Problems, err)
}

func (s *Session) seed(ctx context.Context, o SeedOptions) (report SeedReport, err error) {
	options := s.options.Fetch
	options.Budget = 0 // which is that of a run
	client := fetch.New(options)
	defer client.Close()
	from, err := seed.Open(ctx, client, o.URL)
	if err != nil {
		return report, err
	}
	folder := filepath.Join(s.stateDir(), "seed")
	report.Plan, err = from.Plan(ctx, s.store, seed.Want{
		Datasets: o.Datasets, Since: o.Since, Until: o.Until, Known: o.Known, Own: s.options.Site.URL, Now: s.now().UTC(),
	}, folder)
	if err != nil || o.DryRun {
		return report, err
	}
	_, bytes := report.Plan.Total()
	s.options.Observer.Begin("fetching", bytes)
	defer s.options.Observer.End()
	err = report.Plan.Fetch(ctx, s.store, folder, seed.Report{
		Fetched: func(m *table.Manifest, bytes int64) {
			s.log.Debug("fetched", "partition", m.File, "bytes", bytes)
			report.Partitions++
			report.Bytes += bytes
			s.options.Observer.Advance(bytes)
		},
		Failed: func(file string, err error) {
			report.Problems = append(report.Problems, s.problem("cannot fetch", file, err))
		},
	})
	if err == nil && len(report.Problems) == 0 { // nothing is left to resume
		err = os.RemoveAll(folder)
	}
	return report, err
}
