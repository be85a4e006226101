package assistant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// basis is what an answer rests on.
type basis struct {
	Source      string                 `json:"source" jsonschema:"where the datasets are read from"`
	AsOf        string                 `json:"as_of,omitempty" jsonschema:"day of which the answer speaks, YYYY-MM-DD; missing: the data speak of no day, or there are none"`
	Coverage    []analysis.DatasetDays `json:"coverage" jsonschema:"the days of the partitions of each dataset"`
	Words       string                 `json:"words,omitempty" jsonschema:"the same in sentences, with inputs of other days"`
	Partitions  []partition            `json:"partitions" jsonschema:"files that could be read, newest day first; only the first ones"`
	Count       int                    `json:"partition_count" jsonschema:"of all of these files"`
	SHA256      string                 `json:"partitions_sha256" jsonschema:"SHA-256 of the lines 'SHA256  FILE' of all of them, sorted by file: answers with the same value read the same data"`
	Unpublished map[string]int         `json:"unpublished,omitempty" jsonschema:"by dataset, how many older partitions the site does not publish; the answer knows nothing of them"`
}

// partition is a file that an answer could read.
type partition struct {
	File   string `json:"file"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	By     string `json:"measured_by,omitempty" jsonschema:"address of the site of whoever measured it; missing: whoever runs the source"`
}

// maxPartitions is how many partitions a basis lists.
const maxPartitions = 40

// basisOf returns the basis of an answer that was read from partitions, and that speaks of a day; the zero day means the newest of the
// partitions.
func (s *server) basisOf(ctx context.Context, day time.Time, from []*table.Manifest) (b basis, err error) {
	from = slices.Clone(from)
	slices.SortFunc(from, func(x, y *table.Manifest) int { return strings.Compare(x.File, y.File) })
	b = basis{Source: s.source.String(), Coverage: []analysis.DatasetDays{}, Partitions: []partition{}, Count: len(from)}
	if day.IsZero() {
		for _, m := range from {
			if !m.Day().Equal(datasets.Timeless) && m.Day().After(day) {
				day = m.Day()
			}
		}
	}
	standing, err := analysis.StandingOf(func(file string) (*table.Manifest, error) { return s.source.At(ctx, file) }, day, from)
	if err != nil {
		return b, err
	}
	if !day.IsZero() {
		b.AsOf, b.Words = standing.AsOf, standing.Words()
	}
	b.Coverage = append(b.Coverage, standing.Datasets...)
	sum := sha256.New()
	for _, m := range from {
		fmt.Fprintf(sum, "%s  %s\n", m.SHA256, m.File)
	}
	b.SHA256 = hex.EncodeToString(sum.Sum(nil))
	slices.SortStableFunc(from, func(x, y *table.Manifest) int { return y.Day().Compare(x.Day()) })
	for _, m := range from[:min(len(from), maxPartitions)] {
		p := partition{File: m.File, Rows: m.Rows, Bytes: m.Bytes, SHA256: m.SHA256}
		if m.MeasuredBy != nil {
			p.By = m.MeasuredBy.URL
		}
		b.Partitions = append(b.Partitions, p)
	}
	return b, s.addUnpublished(ctx, &b)
}

// addUnpublished adds what the source leaves out of the datasets of a basis.
func (s *server) addUnpublished(ctx context.Context, b *basis) error {
	for _, schema := range datasets.All() {
		if !slices.ContainsFunc(b.Coverage, func(d analysis.DatasetDays) bool { return d.Dataset == schema.Name }) {
			continue
		}
		_, left, err := s.source.Partitions(ctx, schema)
		if err != nil {
			return err
		}
		if left > 0 {
			if b.Unpublished == nil {
				b.Unpublished = map[string]int{}
			}
			b.Unpublished[schema.Name] = left
		}
	}
	return nil
}

// partitionsOf returns the partitions of datasets in a store that are of a day or before; the zero day means all.
func partitionsOf(store *table.Store, schemas []*table.Schema, until time.Time) (all []*table.Manifest, err error) {
	for _, s := range schemas {
		partitions, err := store.Manifests(s)
		if err != nil {
			return nil, err
		}
		for _, m := range partitions {
			if until.IsZero() || !m.Day().After(until) {
				all = append(all, m)
			}
		}
	}
	return all, nil
}
