package pipeline

import (
	"context"
	"slices"
	"sync"

	"tidemark/analysis/derive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// DeriveReport is what Derive did.
type DeriveReport struct {
	Report
	Partitions int // that were made or removed
}

// Derive makes the derived datasets, removes the partitions of earlier schemas that were made again, and compacts small ones.
func (s *Session) Derive(ctx context.Context) (DeriveReport, error) {
	r, err := s.derive(ctx)
	return r, s.step(r.Problems, err)
}

func (s *Session) derive(ctx context.Context) (report DeriveReport, err error) {
	var mu sync.Mutex
	runner := derive.Runner{Workers: s.options.Workers, Fault: func(what string, err error) {
		mu.Lock()
		defer mu.Unlock()
		report.Problems = append(report.Problems, s.problem(what, "", err))
	}}
	report.Partitions, err = runner.Run(ctx, s.store, s.options.Derivations(s.files))
	s.underived = report.Problems
	if err != nil {
		return report, err
	}
	if err := s.removeReplaced(); err != nil {
		return report, err
	}
	if _, err := runner.Run(ctx, s.store, derive.Compactions(datasets.All())); ctx.Err() != nil {
		return report, context.Cause(ctx)
	} else if err != nil { // the small partitions are read in their place
		report.Problems = append(report.Problems, s.problem("compacting", "datasets", err))
	}
	return report, nil
}

// removeReplaced removes the partitions of earlier schemas that were made again in the newest one. Those of cleared files
// and of other installations stay: they can be read, though no question reads them.
func (s *Session) removeReplaced() error {
	var replaced []*table.Manifest
	kept := 0
	for _, schema := range withCompacted() {
		older, err := s.older(schema)
		if err != nil {
			return err
		}
		if len(older) == 0 {
			continue
		}
		newest, err := s.store.Manifests(schema)
		if err != nil {
			return err
		}
		made := map[string]bool{}
		for _, m := range newest {
			for _, in := range m.Inputs {
				made[in.Name] = true
			}
		}
		for _, m := range older {
			if schema.Derived && m.MeasuredBy == nil || len(m.Inputs) == 1 && made[m.Inputs[0].Name] {
				replaced = append(replaced, m)
			} else {
				kept++
			}
		}
	}
	if len(replaced) == 0 {
		return nil
	}
	for _, m := range replaced {
		if err := s.store.Remove(m); err != nil {
			return err
		}
	}
	s.log.Info("partitions of earlier schemas were replaced", "removed", len(replaced), "kept", kept)
	return s.store.Prune()
}

// withCompacted returns the datasets, and those of their compacted partitions.
func withCompacted() []*table.Schema {
	all := datasets.All()
	for _, schema := range slices.Clone(all) {
		all = append(all, schema.Compacted())
	}
	return all
}

// older returns the partitions of a dataset's earlier schemas.
func (s *Session) older(schema *table.Schema) (all []*table.Manifest, err error) {
	versions, err := s.store.Versions(schema)
	if err != nil {
		return nil, err
	}
	for _, version := range versions {
		if version > schema.Version {
			s.log.Warn("a newer program wrote partitions that this one does not read", "dataset", schema.Name, "version", version)
			continue
		}
		earlier := *schema
		earlier.Version = version
		manifests, err := s.store.Manifests(&earlier)
		if err != nil {
			return nil, err
		}
		all = append(all, manifests...)
	}
	return all, nil
}
