// Package schedule decides what a run brings: what is due, in which order, within which time and bytes, and when what
// failed is tried again. What is in the archive decides; its own state only spares requests, and may be lost.
package schedule

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors"
	"tidemark/collectors/archive"
)

// Task is a source with the collector that reads it.
type Task struct {
	Source    collectors.Source
	Collector collectors.Kind
}

// Planned is what a source has to do now.
type Planned struct {
	Task
	Asked   bool              // whether it was asked; a source that has brought what its period holds is not
	Items   []collectors.Item // to be brought, oldest first
	Waiting []collectors.Item // that failed, and are not tried again yet
	Again   time.Time         // when it is asked again, where it was not asked; zero: at the next run
	Err     error             // what the source could not tell
}

// asking is how many sources are asked side by side.
const asking = 4

// Plan asks the sources what is due. With all, also those that were asked in this period, and what waits after a failure.
func Plan(ctx context.Context, tasks []Task, state *State, now time.Time, keep *archive.Archive, all bool) ([]Planned, error) {
	plan := make([]Planned, len(tasks))
	var group errgroup.Group
	group.SetLimit(asking)
	for i, task := range tasks {
		known := state.of(task.Source.Name)
		plan[i] = Planned{Task: task}
		if again := known.again(task.Source, now); !all && again.After(now) {
			plan[i].Again = again
			continue
		}
		group.Go(func() error {
			p := &plan[i]
			p.Asked = true
			items, err := task.Collector.Due(ctx, task.Source, now, keep)
			p.Err = err
			for _, item := range items {
				if failed := known.Items[item.URL]; !all && failed != nil && failed.again().After(now) {
					p.Waiting = append(p.Waiting, item)
				} else {
					p.Items = append(p.Items, item)
				}
			}
			return ctx.Err()
		})
	}
	return plan, group.Wait()
}

// entry is an item in the order in which items are brought.
type entry struct {
	item   collectors.Item
	source int // in the plan
	bytes  int64
}

// order puts first what cannot be caught up later (a URL that always gives the newest, and a probe), then what speaks of
// the oldest time; sources in the order of the configuration.
func order(plan []Planned, state *State) (all []entry) {
	for i, p := range plan {
		mean := state.of(p.Source.Name).meanBytes()
		for _, item := range p.Items {
			all = append(all, entry{item, i, cmp.Or(item.Bytes, mean)})
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int {
		if x, y := passing(a.item), passing(b.item); x != y {
			if x {
				return -1
			}
			return 1
		}
		return a.item.Time.Compare(b.item.Time)
	})
	return all
}

// passing tells whether an item can be had now only.
func passing(item collectors.Item) bool {
	if item.Newer {
		return true
	}
	u, err := url.Parse(item.URL)
	return err == nil && u.Scheme == "probe"
}

// host is what an item is brought from; items of a host are brought one after the other.
func host(item collectors.Item) string {
	u, err := url.Parse(item.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Budget bounds what a run brings. Zero: no bound.
type Budget struct {
	Time  time.Duration
	Bytes int64
}

// takes tells whether a further item fits. The first is always begun: a file that is larger than the budget comes in parts, a
// run each.
func (b Budget) takes(spent, bytes int64) bool {
	return b.Bytes == 0 || spent == 0 || spent+bytes <= b.Bytes
}

// Cost is what a plan would do, as far as listings and earlier runs tell.
type Cost struct {
	Files   int           `json:"files"`
	Bytes   int64         `json:"bytes"`   // as listed, or as the files of the source were in the mean
	Unsized int           `json:"unsized"` // files of which neither is known
	Time    time.Duration `json:"-"`
	Untimed int           `json:"untimed"` // files of sources that brought nothing yet, so that no time can be told
}

func (c *Cost) add(e entry, known *Source) {
	c.Files++
	c.Bytes += e.bytes
	if e.bytes == 0 {
		c.Unsized++
	}
	switch {
	case known.Files == 0 || known.Seconds == 0:
		c.Untimed++
	case e.bytes > 0 && known.Bytes > 0:
		c.Time += time.Duration(float64(e.bytes) / float64(known.Bytes) * known.Seconds * float64(time.Second))
	default:
		c.Time += time.Duration(known.Seconds / float64(known.Files) * float64(time.Second))
	}
}

// Costs tells what the plan would cost by source, what of all fits into the budget, and what would be left.
func Costs(plan []Planned, state *State, budget Budget) (by []Cost, now, left Cost) {
	by = make([]Cost, len(plan))
	for _, e := range order(plan, state) {
		known := state.of(plan[e.source].Source.Name)
		by[e.source].add(e, known)
		if left.Files == 0 && budget.takes(now.Bytes, e.bytes) && (budget.Time == 0 || now.Time < budget.Time) {
			now.add(e, known)
		} else {
			left.add(e, known)
		}
	}
	return by, now, left
}
