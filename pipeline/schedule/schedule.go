// Package schedule decides what a run fetches: what is due, in which order, within which time and bytes, and when a failure is
// retried. What is due follows from the archive; the state of this package only saves requests, and may be lost.
package schedule

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/internal/fault"
)

// Task is a source with the collector that reads it.
type Task struct {
	Source    collectors.Source
	Collector collectors.Kind
}

// Planned is what a source has to do now.
type Planned struct {
	Task
	Asked   bool              // whether it was asked; a source that has delivered its period is not
	Items   []collectors.Item // to be fetched, oldest first
	Waiting []collectors.Item // that failed and are not retried yet
	Again   time.Time         // if it was not asked: when it will be; zero: at the next run
	Err     error             // why the source could not say what is due
}

// maxAsked is how many sources are asked concurrently.
const maxAsked = 16

// errPlanning is the cause with which a source is interrupted that takes too long to say what is due.
var errPlanning = errors.New("the source takes too long to say what is due (fetch.planning); what it has said is fetched, and it is asked again")

// Plan asks the sources what is due, each for as long as the budget allows. With all, it includes sources that have delivered this
// period, and items that wait after a failure.
func Plan(ctx context.Context, tasks []Task, state *State, budget Budget, now time.Time, keep *archive.Archive, all bool) ([]Planned, error) {
	plan := make([]Planned, len(tasks))
	var group errgroup.Group
	group.SetLimit(maxAsked)
	for i, task := range tasks {
		known := state.source(task.Source.Name)
		plan[i] = Planned{Task: task}
		if again := known.again(task.Source, now); !all && again.After(now) {
			plan[i].Again = again
			continue
		}
		group.Go(func() error {
			p := &plan[i]
			p.Asked = true
			askCtx, cancel := context.WithTimeoutCause(ctx, budget.planning(), errPlanning)
			defer cancel()
			var items []collectors.Item
			p.Err = fault.Caught(func() (err error) {
				items, err = task.Collector.Due(askCtx, task.Source, now, task.Source.Through(keep))
				return err
			})
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

// entry is an item in the order in which items are fetched.
type entry struct {
	item   collectors.Item
	source int // in the plan
	bytes  int64
}

// order returns first the items that cannot be fetched later (URLs that always give the newest file, and probes), and then the
// others by time, oldest first. Among equals the order is that of the sources in the configuration.
func order(plan []Planned, state *State) (all []entry) {
	for i, p := range plan {
		mean := state.source(p.Source.Name).meanBytes()
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

// passing reports whether an item can be fetched only now.
func passing(item collectors.Item) bool {
	if item.Newer {
		return true
	}
	u, err := url.Parse(item.URL)
	return err == nil && u.Scheme == "probe"
}

// host returns scheme and host of an item's URL. Items of a host are fetched one after the other.
func host(item collectors.Item) string {
	u, err := url.Parse(item.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Budget limits what a run fetches.
type Budget struct {
	Time  time.Duration // of fetching in all; 0: no limit
	Bytes int64         // 0: no limit

	// One host that drips must not hold the others.
	Planning time.Duration // in which a source says what is due; 0: defaultPlanning
	Host     time.Duration // that a host is fetched from; 0: defaultHost
}

const (
	defaultPlanning = 10 * time.Minute
	defaultHost     = 4 * time.Hour
)

// planning returns how long a source may take to say what is due: at most a quarter of the time.
func (b Budget) planning() time.Duration {
	limit := cmp.Or(b.Planning, defaultPlanning)
	if b.Time > 0 {
		limit = min(limit, b.Time/4)
	}
	return limit
}

// share returns how long one host is fetched from.
func (b Budget) share() time.Duration {
	share := cmp.Or(b.Host, defaultHost)
	if b.Time > 0 {
		share = min(share, b.Time)
	}
	return share
}

// fits reports whether a further item fits. The first always does: a file larger than the budget is fetched in parts, over
// several runs.
func (b Budget) fits(spent, bytes int64) bool {
	return b.Bytes == 0 || spent == 0 || spent+bytes <= b.Bytes
}

// Cost is the cost of a plan, as far as it is known from listings and earlier runs.
type Cost struct {
	Files   int           `json:"files"`
	Bytes   int64         `json:"bytes"`   // as listed, or else the mean of the source's files
	Unsized int           `json:"unsized"` // files whose size is unknown
	Time    time.Duration `json:"-"`
	Untimed int           `json:"untimed"` // files of sources that delivered nothing yet, so that their time is unknown
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

// Costs returns what the plan would cost by source, the part of all that fits into the budget, and the part that would be left.
func Costs(plan []Planned, state *State, budget Budget) (by []Cost, now, left Cost) {
	by = make([]Cost, len(plan))
	for _, e := range order(plan, state) {
		known := state.source(plan[e.source].Source.Name)
		by[e.source].add(e, known)
		if left.Files == 0 && budget.fits(now.Bytes, e.bytes) && (budget.Time == 0 || now.Time < budget.Time) {
			now.add(e, known)
		} else {
			left.add(e, known)
		}
	}
	return by, now, left
}
