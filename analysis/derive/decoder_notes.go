package derive

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// DecoderNotes makes decoder_notes of what the manifests of observed datasets count, a month at a time.
var DecoderNotes = Derivation{Of: datasets.DecoderNotes.Schema, Plan: planDecoderNotes}

func planDecoderNotes(store *table.Store) ([]Job, error) {
	months := map[time.Time][]*table.Manifest{}
	for _, s := range datasets.All() {
		if s.Derived {
			continue
		}
		manifests, err := store.Manifests(s)
		if err != nil {
			return nil, err
		}
		for _, m := range manifests {
			if len(m.Rejected)+len(m.Noted) > 0 {
				month := time.Date(m.Day().Year(), m.Day().Month(), 1, 0, 0, 0, 0, time.UTC)
				months[month] = append(months[month], m)
			}
		}
	}
	var jobs []Job
	for _, month := range slices.SortedFunc(maps.Keys(months), time.Time.Compare) {
		key := table.Key{Day: month, Name: month.Format("2006-01")}
		var inputs []table.Input
		for _, m := range months[month] {
			inputs = append(inputs, m.AsInput())
		}
		jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(_ context.Context, into *table.Commit) error {
			out, err := datasets.DecoderNotes.Create(into, key)
			if err != nil {
				return err
			}
			rows := notesOf(months[month])
			out.Unit = "kind of finding"
			out.See(len(rows))
			out.Keep(len(rows))
			return out.Append(rows...)
		}})
	}
	return jobs, nil
}

func notesOf(manifests []*table.Manifest) (rows []datasets.DecoderNote) {
	for _, m := range manifests {
		add := func(findings map[string]int64, rejected bool) {
			for finding, n := range findings {
				rows = append(rows, datasets.DecoderNote{Dataset: m.Dataset, Partition: m.File, FileDate: m.Day(), Finding: finding, Rejected: rejected, Occurrences: n})
			}
		}
		add(m.Rejected, true)
		add(m.Noted, false)
	}
	slices.SortFunc(rows, func(a, b datasets.DecoderNote) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Finding, b.Finding))
	})
	return rows
}
