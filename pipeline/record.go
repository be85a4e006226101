package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"tidemark/collectors/archive"
	"tidemark/collectors/record"
)

// ErrRecording says that another process records into the data folder.
var ErrRecording = errors.New("another process records into this data folder already")

func (p *Pipeline) recordFile() string { return filepath.Join(p.stateDir(), "record.json") }

// RecordSessions records BGP sessions and BMP into the archive until ctx ends, and returns why that ended. It needs no session: each finished file
// is brought into the archive in a short one of its own, or later if another session is at work.
func (p *Pipeline) RecordSessions(ctx context.Context, s *record.Settings) error {
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
	recorder, err := record.Open(s, record.Options{Files: p.files, Keep: p.keepRecorded, State: p.recordFile(), Clock: p.options.Clock, Log: p.log})
	if err != nil {
		return err
	}
	if err := recorder.Run(ctx); err != nil {
		return err
	}
	return context.Cause(ctx)
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
