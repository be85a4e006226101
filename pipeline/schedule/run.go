package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/internal/fault"
	"tidemark/internal/fetch"
	"tidemark/internal/redact"
)

// Result is the outcome of a source in a run.
type Result struct {
	Source    string    `json:"source"`
	New       int       `json:"new,omitempty"`
	Unchanged int       `json:"unchanged,omitempty"`
	Failed    int       `json:"failed,omitempty"`  // files and listings that could not be fetched
	Waiting   int       `json:"waiting,omitempty"` // files that failed earlier and were not tried
	Left      int       `json:"left,omitempty"`    // files that the budget left
	Bytes     int64     `json:"bytes,omitempty"`
	Seconds   float64   `json:"seconds,omitempty"`
	Fault     bool      `json:"fault,omitempty"`  // a failure was a fault of the program
	Have      time.Time `json:"have,omitzero"`    // newest time covered by the fetched files, of this and earlier runs
	Errors    []string  `json:"errors,omitempty"` // the first maxErrors of them
	errs      []error
}

// Err returns all errors of the source, joined.
func (r *Result) Err() error { return errors.Join(r.errs...) }

// maxErrors is how many errors of a source the record of a run holds.
const maxErrors = 5

func (r *Result) fail(err error) {
	r.Failed++
	var f *fault.Error
	r.Fault = r.Fault || errors.As(err, &f)
	r.errs = append(r.errs, err)
	if len(r.Errors) < maxErrors {
		r.Errors = append(r.Errors, redact.Text(err.Error()))
	}
}

// maxHosts is how many hosts are fetched from concurrently.
const maxHosts = 16

// errTime is the cause with which running transfers are cancelled when the time is used up.
var errTime = errors.New("the run's time is used up")

// errHost is the cause with which they are cancelled when their host took too much of it.
var errHost = errors.New("the host's share of the run's time is used up (fetch.host)")

// Run fetches what is planned, within the budget, and records in state what it learned, at times of clock. The error is that of
// the context; failures are in the results, which are in the order of the plan.
func Run(ctx context.Context, plan []Planned, state *State, budget Budget, clock func() time.Time, keep *archive.Archive) ([]Result, error) {
	r := &runner{plan: plan, state: state, budget: budget, started: time.Now(), keep: keep, results: make([]Result, len(plan)), met: make([]map[string]error, len(plan))}
	for i, p := range plan {
		r.results[i] = Result{Source: p.Source.Name, Waiting: len(p.Waiting), Have: state.source(p.Source.Name).Have}
		r.met[i] = map[string]error{}
		if p.Err != nil {
			r.results[i].fail(p.Err)
		}
	}
	fetchCtx := ctx
	if budget.Time > 0 {
		var cancel context.CancelFunc
		fetchCtx, cancel = context.WithDeadlineCause(ctx, r.started.Add(budget.Time), errTime)
		defer cancel()
	}
	queues := map[string][]entry{}
	var names []string
	for _, e := range order(plan, state) {
		name := host(e.item)
		if queues[name] == nil {
			names = append(names, name)
		}
		queues[name] = append(queues[name], e)
	}
	var group errgroup.Group
	group.SetLimit(maxHosts)
	for _, name := range names {
		group.Go(func() error {
			hostCtx, cancel, share := fetchCtx, func() {}, time.Duration(0)
			if strings.HasPrefix(name, "http") {
				share = budget.share()
				hostCtx, cancel = context.WithTimeoutCause(fetchCtx, share, errHost)
			}
			defer cancel()
			for _, e := range queues[name] {
				r.fetch(hostCtx, e, share, clock())
			}
			return nil
		})
	}
	group.Wait()
	r.learn(clock())
	return r.results, ctx.Err()
}

type runner struct {
	plan    []Planned
	state   *State
	budget  Budget
	started time.Time
	keep    *archive.Archive

	mu      sync.Mutex
	spent   int64
	full    bool
	results []Result
	met     []map[string]error // by source: the error, or nil, of each URL that was tried
	alive   []int
}

// fetch fetches an item if the budget allows. share is how long its host is fetched from; 0: it has no host.
func (r *runner) fetch(ctx context.Context, e entry, share time.Duration, now time.Time) {
	p, result := r.plan[e.source], &r.results[e.source]
	r.mu.Lock()
	r.full = r.full || !passing(e.item) && !r.budget.fits(r.spent, e.bytes) || r.budget.Time > 0 && time.Since(r.started) >= r.budget.Time
	if r.full || ctx.Err() != nil {
		result.Left++
		r.mu.Unlock()
		return
	}
	r.spent += e.bytes
	r.mu.Unlock()

	begun := time.Now()
	var done collectors.Fetched
	err := fault.Caught(func() (err error) {
		done, err = p.Collector.Fetch(ctx, p.Source, e.item, p.Source.Through(r.keep))
		return err
	})
	took := time.Since(begun)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.spent += done.Bytes - e.bytes
	switch {
	case err != nil && held(ctx, err, took, share):
		result.fail(fmt.Errorf("%w; most of that time went to this one file, in vain: the host hangs, or is too slow for the limit", err))
	case err != nil && (ctx.Err() != nil || errors.Is(err, fetch.ErrBudget)): // cut off; the next run continues
		r.full = r.full || errors.Is(err, fetch.ErrBudget)
		result.Left++
		return
	case err != nil:
		result.fail(err)
	default:
		result.New += done.New
		result.Unchanged += done.Unchanged
		result.Bytes += done.Bytes
		result.Seconds += took.Seconds()
		r.alive = append(r.alive, e.source)
		have := e.item.Time
		if passing(e.item) {
			have = now
		}
		if have.After(result.Have) {
			result.Have = have
		}
	}
	r.met[e.source][e.item.URL] = err
}

// held reports whether a fetch that was cut off failed all the same: it took most of its host's time, and nothing of it is there to go
// on with. The next run would fare no better, and nobody would hear of it.
func held(ctx context.Context, err error, took, share time.Duration) bool {
	cause := context.Cause(ctx)
	return (errors.Is(cause, errHost) || errors.Is(cause, errTime)) && share > 0 && took >= share/2 && !errors.Is(err, fetch.ErrBegun)
}

// learn records the results in the state.
func (r *runner) learn(now time.Time) {
	for i, p := range r.plan {
		if !p.Asked {
			continue
		}
		s, result := r.state.source(p.Source.Name), r.results[i]
		r.state.Sources[p.Source.Name] = s
		s.Asked, s.Left, s.Have, s.Error, s.Fault = now, result.Left, result.Have, "", result.Fault
		s.Before = s.Alive
		if slices.Contains(r.alive, i) {
			s.Alive = now
		}
		s.Files, s.Bytes, s.Seconds = s.Files+result.New, s.Bytes+result.Bytes, s.Seconds+result.Seconds
		switch {
		case result.Failed == 0:
			s.Failures = 0
		default:
			s.Failures++
			s.Error = result.Errors[len(result.Errors)-1]
			if p.Err == nil && result.New+result.Unchanged > 0 { // the source answers; each of its files waits by itself
				s.Failures = 1
			}
		}
		due := map[string]bool{}
		for _, item := range slices.Concat(p.Items, p.Waiting) {
			due[item.URL] = true
		}
		for url := range s.Items {
			if !due[url] && p.Err == nil { // fetched otherwise, or no longer due
				delete(s.Items, url)
			}
		}
		for url, err := range r.met[i] {
			if err == nil {
				if s.Items[url] == nil || !s.Items[url].Refused { // else decoding it tells
					delete(s.Items, url)
				}
				continue
			}
			s.fail(url, now, redact.Text(err.Error()))
		}
	}
}
