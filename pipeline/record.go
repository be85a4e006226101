package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"tidemark/collectors/archive"
	"tidemark/collectors/record"
)

// ErrRecording says that another process records into the data folder.
var ErrRecording = errors.New("another process records into this data folder already")

// recordFile, liveFile and routeViewsFile return the state files of what records sessions, RIS Live and RouteViews.
func (p *Pipeline) recordFile() string { return filepath.Join(p.stateDir(), "record.json") }
func (p *Pipeline) liveFile() string   { return filepath.Join(p.stateDir(), "record-ris-live.json") }
func (p *Pipeline) routeViewsFile() string {
	return filepath.Join(p.stateDir(), "record-routeviews.json")
}

// RecordRoutes records BGP sessions, BMP, RIS Live and RouteViews into the archive until ctx ends, and returns why that ended. It needs no session: each finished
// file is brought into the archive in a short one of its own, or later if another session is at work.
func (p *Pipeline) RecordRoutes(ctx context.Context, s *record.Settings) error {
	if err := os.MkdirAll(p.stateDir(), 0o755); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(p.stateDir(), "record.lock"))
	held, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	if !held {
		return ErrRecording
	}
	defer lock.Unlock()
	recorders, err := p.recorders(s)
	if err != nil {
		return err
	}
	group, all := errgroup.WithContext(ctx) // one that cannot write ends the others
	for _, r := range recorders {
		group.Go(func() error { return r.Run(all) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// recorders returns those that the settings ask for.
func (p *Pipeline) recorders(s *record.Settings) (all []*record.Recorder, err error) {
	var one sync.Mutex // of the recorders' sessions, as their files end at the same time
	keep := func(ctx context.Context, raw archive.Raw, file string) error {
		one.Lock()
		defer one.Unlock()
		return p.keepRecorded(ctx, raw, file)
	}
	o := record.Options{Files: p.files, Keep: keep, Clock: p.options.Clock, Log: p.log, UserAgent: p.options.Fetch.UserAgent}
	for _, source := range []struct {
		configured bool
		state      string
		open       func(*record.Settings, record.Options) (*record.Recorder, error)
	}{{s.Sessions(), p.recordFile(), record.Open}, {s.RISLive != nil, p.liveFile(), record.OpenRISLive}, {s.RouteViews != nil, p.routeViewsFile(), record.OpenRouteViews}} {
		if !source.configured {
			continue
		}
		o.State = source.state
		r, err := source.open(s, o)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// recording returns what the recorders last said of themselves.
func (p *Pipeline) recording() (all []record.Status, err error) {
	for _, file := range []string{p.recordFile(), p.liveFile(), p.routeViewsFile()} {
		s, err := record.ReadStatus(file)
		if err != nil {
			return nil, err
		}
		if s != nil {
			all = append(all, *s)
		}
	}
	return all, nil
}

// keepRecorded moves a finished file to its place in the archive, while no other session is at work.
func (p *Pipeline) keepRecorded(ctx context.Context, raw archive.Raw, file string) error {
	s, ctx, err := p.Begin(ctx)
	if err != nil {
		return err
	}
	_, _, err = s.files.Keep(raw, file)
	s.step(nil, err)
	_, endErr := s.End(ctx)
	return errors.Join(err, endErr)
}
