package operator

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// UpdateRun are update files of a collector that follow each other without a gap, as far as they are of the time line's time.
type UpdateRun struct {
	Collector string    `json:"collector"`
	Files     int       `json:"files"`
	From      time.Time `json:"from"`  // minute of the first record
	Until     time.Time `json:"until"` // newest record
}

// maxUpdateGap is how far the beginnings of two files that follow each other are apart at most, whatever their usual distance, as in
// update_stats.
const maxUpdateGap = time.Hour

// readUpdateRuns reads of which times there are update files.
func (c *chronicle) readUpdateRuns(ctx context.Context, store *table.Store) error {
	starts := map[string][]time.Time{}
	for _, m := range c.engine.Partitions(datasets.Updates.Schema) {
		labels, ok, err := datasets.Updates.Labels(store, m)
		if err != nil {
			return err
		}
		if ok {
			starts[labels.Collector] = append(starts[labels.Collector], labels.Time.UTC())
		}
	}
	if len(starts) == 0 {
		return nil
	}
	found, err := c.engine.Query(ctx, "SELECT collector, max(time) FROM updates GROUP BY collector, date_trunc('minute', time) ORDER BY collector, max(time)")
	if err != nil {
		return err
	}
	records := map[string][]time.Time{}
	for _, r := range found.Rows {
		records[r[0].(string)] = append(records[r[0].(string)], r[1].(time.Time).UTC())
	}
	for _, collector := range slices.Sorted(maps.Keys(starts)) {
		for _, run := range runsOf(collector, starts[collector], records[collector]) {
			if run.From.Before(c.line.Until) && !run.Until.Before(c.line.Since) {
				run.From, run.Until = latest(run.From, c.line.Since), earliest(run.Until, c.line.Until)
				c.line.Updates = append(c.line.Updates, run)
			}
		}
	}
	return nil
}

// runsOf joins the files of a collector, whose beginnings are given, to runs. records are the times of its records, ascending, as far as
// they matter: the newest of each minute.
func runsOf(collector string, starts, records []time.Time) (runs []UpdateRun) {
	slices.SortFunc(starts, time.Time.Compare)
	longest := min(2*usualStep(starts), maxUpdateGap)
	for i, at := range starts {
		if i == 0 || at.Sub(starts[i-1]) > longest {
			runs = append(runs, UpdateRun{Collector: collector, From: at.Truncate(time.Minute)})
		}
		run := &runs[len(runs)-1]
		run.Files++
		next := len(records)
		if i+1 < len(starts) {
			next, _ = slices.BinarySearchFunc(records, starts[i+1], time.Time.Compare)
		}
		run.Until = at
		if next > 0 {
			run.Until = latest(at, records[next-1])
		}
	}
	return runs
}

// usualStep returns the median distance of times, ascending; 0 if there are fewer than two.
func usualStep(times []time.Time) time.Duration {
	if len(times) < 2 {
		return 0
	}
	var steps []time.Duration
	for i, at := range times[1:] {
		steps = append(steps, at.Sub(times[i]))
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}

// updateGaps returns the times of which update files of a collector are missing, where it has some.
func (c *chronicle) updateGaps() (gaps []Gap) {
	for i, run := range c.line.Updates {
		from, first := c.line.Since, i == 0 || c.line.Updates[i-1].Collector != run.Collector
		if !first {
			from = c.line.Updates[i-1].Until
		}
		if run.From.After(from) {
			gaps = append(gaps, Gap{run.Collector, from, run.From})
		}
		last := i+1 == len(c.line.Updates) || c.line.Updates[i+1].Collector != run.Collector
		if last && run.Until.Before(c.line.Until) {
			gaps = append(gaps, Gap{run.Collector, run.Until, c.line.Until})
		}
	}
	return gaps
}

// cutUpdates ends the runs where messages are read no longer.
func (c *chronicle) cutUpdates(at time.Time) {
	c.line.Updates = slices.DeleteFunc(c.line.Updates, func(run UpdateRun) bool { return run.From.After(at) })
	for i := range c.line.Updates {
		c.line.Updates[i].Until = earliest(c.line.Updates[i].Until, at)
	}
}

// runAt returns the run of a collector that covers a time; nil if none does.
func (c *chronicle) runAt(collector string, at time.Time) *UpdateRun {
	for i := range c.line.Updates {
		if run := &c.line.Updates[i]; run.Collector == collector && !at.Before(run.From) && !at.After(run.Until) {
			return run
		}
	}
	return nil
}

// runEnds returns the runs by their end.
func (c *chronicle) runEnds() []UpdateRun {
	return slices.SortedStableFunc(slices.Values(c.line.Updates), func(a, b UpdateRun) int {
		return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Collector, b.Collector))
	})
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
