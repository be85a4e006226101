package pipeline

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"tidemark/collectors"
	"tidemark/internal/fetch"
	"tidemark/pipeline/doctor"
	"tidemark/pipeline/schedule"
)

// Examine asks each source what a run would bring, as Plan does but whatever the schedule says, and requests the header of one
// file of each.
func (p *Pipeline) Examine(ctx context.Context) (found []doctor.Finding, err error) {
	planned, err := p.planAll(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range planned {
		found = append(found, p.examine(ctx, s).Finding())
	}
	return found, nil
}

// Record examines the sources with a client that writes every answer into the folder dir, and requests the beginning of a file of
// each. Nothing of the data folder is used or changed, so that what is recorded is what a new machine meets.
func (p *Pipeline) Record(ctx context.Context, dir string) (found []doctor.Finding, err error) {
	scratch, err := os.MkdirTemp("", "tidemark-record-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	recorder := &fetch.Recorder{Dir: dir}
	options := p.options
	options.Dir, options.Fetch.Wrap = scratch, recorder.Wrap
	options.Sources = slices.Clone(options.Sources)
	for i := range options.Sources { // the listings of one month show what those of all look like
		if s, month := &options.Sources[i], collectors.Monthly().Start(p.now()); s.Since.Before(month) && !s.Since.IsZero() {
			s.Since = month
		}
	}
	fresh, err := Open(options)
	if err != nil {
		return nil, err
	}
	planned, err := fresh.planAll(ctx)
	for _, s := range planned {
		examined := fresh.examine(ctx, s)
		if examined.Example != "" && examined.HeadErr == nil {
			_, examined.HeadErr = s.Source.Through(fresh.files).Client.Beginning(ctx, examined.Example, recordedStart)
		}
		found = append(found, examined.Finding())
	}
	return found, errors.Join(err, recorder.Err())
}

// recordedStart is how much of a file is recorded, in bytes.
const recordedStart = 64 << 10

// planAll asks all sources what is due, whatever the schedule says.
func (p *Pipeline) planAll(ctx context.Context) ([]schedule.Planned, error) {
	tasks, err := p.tasks(nil)
	if err != nil {
		return nil, err
	}
	return p.plan(ctx, tasks, p.sourcesState(), true)
}

func (p *Pipeline) examine(ctx context.Context, planned schedule.Planned) doctor.Source {
	s := doctor.Source{Name: planned.Source.Name, Files: len(planned.Items), Permission: planned.Source.Robots, Err: planned.Err}
	for _, item := range planned.Items {
		s.Bytes += item.Bytes
	}
	if s.Err != nil {
		return s
	}
	if s.Example = exampleOf(planned); s.Example != "" {
		s.Head, s.HeadErr = planned.Source.Through(p.files).Client.Head(ctx, s.Example)
	}
	return s
}

// exampleOf returns the URL of the newest file that is due, or of the source if nothing is; empty if no server is asked.
func exampleOf(s schedule.Planned) string {
	addresses := []string{}
	if n := len(s.Items); n > 0 {
		addresses = append(addresses, s.Items[n-1].URL)
	}
	for _, address := range append(addresses, s.Source.URLs...) {
		if strings.HasPrefix(address, "http") && !strings.Contains(address, "{") {
			return address
		}
	}
	return ""
}
