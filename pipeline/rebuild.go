package pipeline

import (
	"context"
	"os"
	"slices"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// RebuildReport compares the partitions with those before.
type RebuildReport struct {
	Report
	Same    int // made again with the same bytes
	Changed int // made with other bytes, made for the first time, or not made again
	Kept    int // left alone, as their raw files were cleared away or are another installation's
	Files   int // of the site that changed
}

// Rebuild makes datasets, answers and site again from the archive. The archive, the journal, the partitions of raw files that
// were cleared away, those of other installations, and the published site, until the new one is whole, stay as they are.
//
// It removes the datasets first: whether a partition is made is decided by its absence, for decoders and derivations alike,
// and a derivation that met old partitions beside new ones would be made twice. A rebuild that is killed is finished by the
// next run, which makes what is missing.
func (s *Session) Rebuild(ctx context.Context) (RebuildReport, error) {
	r, err := s.rebuild(ctx)
	return r, s.step(r.Problems, err)
}

func (s *Session) rebuild(ctx context.Context) (report RebuildReport, err error) {
	before, kept, err := s.removePartitions()
	if err != nil {
		return report, err
	}
	report.Kept = kept
	if err := s.saveUnreadable(nil); err != nil {
		return report, err
	}
	for _, made := range []string{s.answersDir(), s.reportsDir(), HistoriesDir(s.options.Dir)} {
		if err := os.RemoveAll(made); err != nil {
			return report, err
		}
	}
	decoded, err := s.decode(ctx)
	report.Report = decoded.Report
	if err != nil {
		return report, err
	}
	if _, err := s.analyse(ctx, nil); err != nil {
		return report, err
	}
	rendered, err := s.render(ctx, nil, s.watched(ctx))
	if err != nil {
		return report, err
	}
	report.Files = rendered.Changed
	same, changed, err := s.compare(before)
	report.Same, report.Changed = same-kept, changed
	return report, err
}

// removePartitions removes the partitions that can be made again. It returns the hashes of all that there were, by file, and
// how many stay.
func (s *Session) removePartitions() (before map[string]string, kept int, err error) {
	cleared := map[string]bool{}
	for raw, err := range s.files.All("") {
		if err != nil {
			return nil, 0, err
		}
		if raw.Cleared {
			cleared[raw.ID()] = true
		}
	}
	all, err := s.partitions()
	if err != nil {
		return nil, 0, err
	}
	before = map[string]string{}
	for _, m := range all {
		before[m.File] = m.SHA256
	}
	for _, m := range all {
		if m.MeasuredBy != nil || slices.ContainsFunc(m.Inputs, func(in table.Input) bool { return cleared[in.Name] }) {
			kept++
		} else if err := s.store.Remove(m); err != nil {
			return nil, 0, err
		}
	}
	return before, kept, nil
}

// compare counts the partitions that are the same as before and those that are not.
func (s *Session) compare(before map[string]string) (same, changed int, err error) {
	all, err := s.partitions()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range all {
		if before[m.File] == m.SHA256 {
			same++
		} else {
			s.log.Info("not as before", "partition", m.File)
			changed++
		}
		delete(before, m.File)
	}
	for file := range before {
		s.log.Info("not made again", "partition", file)
		changed++
	}
	return same, changed, nil
}

// partitions returns the partitions of all datasets, also those that compact others.
func (p *Pipeline) partitions() (all []*table.Manifest, err error) {
	for _, schema := range withCompacted() {
		manifests, err := p.store.Manifests(schema)
		if err != nil {
			return nil, err
		}
		all = append(all, manifests...)
	}
	return all, nil
}

// adopted returns the partitions that other installations measured, with the fields that say so.
func (p *Pipeline) adopted() (all []*table.Manifest, err error) {
	for _, schema := range datasets.All() {
		err := p.store.EachManifest(schema, []string{"measured_by"}, func(m *table.Manifest) {
			if m.MeasuredBy != nil {
				one := *m // which does not keep the others
				all = append(all, &one)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
