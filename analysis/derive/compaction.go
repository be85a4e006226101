package derive

import (
	"context"
	"fmt"
	"time"

	"tidemark/datasets/table"
)

// Small partitions are compacted: the rows of those of a year that is over, or of a month, are also in one file, which is cheaper to read. Large
// partitions gain nothing, as opening a file then costs little beside reading it.
const (
	smallPartition = 1 << 20  // bytes: those of a period are compacted if they have less on average
	maxCompactYear = 64 << 20 // bytes of a year's partitions, beyond which its months are compacted
	monthLayout    = "2006-01"
	yearLayout     = "2006"
	compactedMonth = "month" // names of compacted partitions
	compactedYear  = "year"
)

// Compactions returns a derivation for each dataset, of its compacted partitions. Their inputs are the partitions, which stay: answers,
// derivations and seeds name them, and their raw files are found by them.
func Compactions(all []*table.Schema) (compactions []Derivation) {
	for _, schema := range all {
		compactions = append(compactions, Derivation{Of: schema.Compacted(), Plan: func(store *table.Store) ([]Job, error) {
			partitions, err := store.ManifestFields(schema, "sha256", "bytes", "rows")
			if err != nil {
				return nil, err
			}
			var jobs []Job
			for _, p := range closedPeriods(partitions) {
				jobs = append(jobs, p.job(store, schema))
			}
			return jobs, nil
		}})
	}
	return compactions
}

// closedPeriod is a year or a month that is over, with the partitions of its days.
type closedPeriod struct {
	name       string
	partitions []*table.Manifest
}

// closedPeriods returns the periods of a dataset that are compacted: each year before that of the newest partition, and months before its
// own of other years.
func closedPeriods(partitions []*table.Manifest) (all []closedPeriod) {
	if len(partitions) == 0 {
		return nil
	}
	newest := partitions[len(partitions)-1].Day()
	for _, year := range periods(partitions, yearLayout) {
		if year[0].Day().Year() < newest.Year() && bytesOf(year) <= maxCompactYear {
			if areSmall(year) {
				all = append(all, closedPeriod{compactedYear, year})
			}
			continue
		}
		for _, month := range periods(year, monthLayout) {
			if areSmall(month) && month[0].Day().Format(monthLayout) != newest.Format(monthLayout) {
				all = append(all, closedPeriod{compactedMonth, month})
			}
		}
	}
	return all
}

// periods divides partitions by the period of their days that a layout of package time shows.
func periods(partitions []*table.Manifest, layout string) (all [][]*table.Manifest) {
	from, period := 0, ""
	for i, m := range partitions {
		if p := m.Day().Format(layout); p != period {
			if i > from {
				all = append(all, partitions[from:i])
			}
			from, period = i, p
		}
	}
	return append(all, partitions[from:])
}

// areSmall reports whether one file is better than these, of which there are several.
func areSmall(partitions []*table.Manifest) bool {
	n := int64(len(partitions))
	return n > 1 && bytesOf(partitions) < n*smallPartition
}

func bytesOf(partitions []*table.Manifest) (sum int64) {
	for _, m := range partitions {
		sum += m.Bytes
	}
	return sum
}

func (p closedPeriod) job(store *table.Store, schema *table.Schema) Job {
	first := p.partitions[0].Day()
	day := time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, time.UTC)
	if p.name == compactedYear {
		day = time.Date(first.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	job := Job{Key: table.Key{Day: day, Name: p.name}}
	rows := int64(0)
	for _, m := range p.partitions {
		job.Inputs = append(job.Inputs, m.AsInput())
		rows += m.Rows
	}
	job.Run = func(ctx context.Context, into *table.Commit) error {
		files, err := store.Files(schema, p.partitions) // a year's may be those of its months
		if err != nil {
			return err
		}
		w, err := schema.CreateCompacted(into, job.Key)
		if err != nil {
			return err
		}
		for _, file := range files {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := w.AppendFile(store.Path(file)); err != nil {
				return err
			}
		}
		if w.Rows() != rows {
			return fmt.Errorf("the partitions have %d rows, but their manifests say %d", w.Rows(), rows)
		}
		return nil
	}
	return job
}
