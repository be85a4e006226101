package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"tidemark/internal/atomicfile"
	"tidemark/internal/fault"
)

// Session is the only writer of a data folder until it ends. Its steps may be called in any order, one at a time.
type Session struct {
	*Pipeline
	lock      *flock.Flock
	copies    copies
	mu        sync.Mutex
	problems  []Problem // of all steps so far
	underived []Problem // of the last Derive
	partial   bool      // whether a step had problems
	stopped   bool      // whether a step stopped
	aside     bool      // whether anything was set aside, which may have come back since it was looked for
}

const (
	lockPatience = 200 * time.Millisecond // status and doctor hold the lock for a moment, to see whether it is free
	lockPoll     = lockPatience / 10
)

func (p *Pipeline) lockFile() string { return filepath.Join(p.stateDir(), "lock") }

// cleanFile marks a data folder whose last session came to its end. Without it all files are looked at for what a killed
// session left.
func (p *Pipeline) cleanFile() string { return filepath.Join(p.stateDir(), "clean") }

// Begin locks the data folder and removes what a killed session left. It returns ErrLocked while another session is at
// work. The copies in storage are left alone; raw bytes that lie only there are brought when they are read.
//
// The session's steps belong under the returned context. It ends with ctx and, in a session of BeginMirrored, when a lock
// in storage is lost.
func (p *Pipeline) Begin(ctx context.Context) (*Session, context.Context, error) {
	s, err := p.lockFolder(ctx)
	if err != nil {
		return nil, nil, err
	}
	s.bringLazily(ctx, &s.copies)
	return s, ctx, nil
}

// BeginMirrored is Begin for a session between a pull from the copies in storage and a push to them. While storage cannot
// be reached, the session works on what is here; on a new machine it does not begin, as it would collect anew what is there.
func (p *Pipeline) BeginMirrored(ctx context.Context) (*Session, context.Context, error) {
	s, err := p.lockFolder(ctx)
	if err != nil {
		return nil, nil, err
	}
	mirrored, err := s.pull(ctx)
	if err != nil {
		s.stopped = true
		s.close(ctx)
		return nil, nil, err
	}
	return s, mirrored, nil
}

// End pushes to the copies of BeginMirrored and releases the locks. The report has the problems of the whole session.
func (s *Session) End(ctx context.Context) (Report, error) {
	err := s.push(ctx)
	if err != nil {
		s.stopped = true
	}
	s.close(ctx)
	return Report{Problems: s.problems}, err
}

// Report is what a step has to tell besides its results.
type Report struct {
	Problems []Problem
}

func (p *Pipeline) lockFolder(ctx context.Context) (*Session, error) {
	if err := os.MkdirAll(p.stateDir(), 0o755); err != nil {
		return nil, err
	}
	if err := p.lockable(); err != nil {
		return nil, err
	}
	lock := flock.New(p.lockFile())
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	held, err := lock.TryLockContext(patient, lockPoll)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	if !held {
		return nil, ErrLocked
	}
	own := *p
	files := *p.files // with the session's own way to storage
	own.files = &files
	s := &Session{Pipeline: &own, lock: lock}
	s.files.OnDamage = func(id string, err error) error { return s.setAsideDamaged(id, err, s.files.SetAside) }
	s.atWork.Store(s)
	if err = s.sweep(); err == nil {
		err = s.setAsideState()
	}
	if err != nil {
		s.atWork.Store(nil)
		lock.Unlock()
		return nil, err
	}
	s.store.Refresh()
	return s, nil
}

// lockable returns an error if something lies at the place of the lock file that cannot be one: a pipe would be waited for.
func (p *Pipeline) lockable() error {
	if stat, err := os.Stat(p.lockFile()); err == nil && !stat.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file; remove it", p.lockFile())
	}
	return nil
}

// sweep removes what no transfer goes on with, and what a killed session or killed workers left. While workers are alive it leaves that
// to a later session.
func (p *Pipeline) sweep() error {
	if err := p.files.SweepParts(); err != nil {
		return fmt.Errorf("sweeping parts of transfers: %w", err)
	}
	clean, err := p.removeClean()
	if err != nil {
		return err
	}
	worked, err := p.workersCame()
	if err != nil || clean && !worked {
		return err
	}
	err = p.sweepAlone()
	if errors.Is(err, ErrWorkers) {
		p.log.Info("workers are alive: what killed ones left stays until they have ended")
		return nil
	}
	return err
}

// removeClean removes the mark that the last session came to its end, and reports whether there was one.
func (p *Pipeline) removeClean() (clean bool, err error) {
	err = os.Remove(p.cleanFile())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, atomicfile.SyncDir(p.stateDir())
}

// close releases the locks, and marks the folder as clean unless a step stopped.
func (s *Session) close(ctx context.Context) {
	s.logRequests()
	s.copies.close()
	s.saveCatalogues()
	s.atWork.Store(nil)
	if !s.stopped && ctx.Err() == nil {
		if err := atomicfile.Write(s.cleanFile(), nil); err != nil {
			s.log.Debug("the next run looks at every file", "because", err)
		}
	}
	s.lock.Unlock()
}

// saveCatalogues saves what the session read of manifests, notes and partitions, so that the next process need not read it again.
func (s *Session) saveCatalogues() {
	if err := errors.Join(s.store.SaveCatalogue(), s.files.Catalogue.Save(), s.sums.Save()); err != nil {
		s.log.Debug("the next run reads every manifest and note", "because", err)
	}
}

// step records how a step ended, and returns its error.
func (s *Session) step(problems []Problem, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, problems...)
	s.partial = s.partial || len(problems) > 0
	s.stopped = s.stopped || err != nil
	return err
}

// problem logs and returns something that could not be done while the rest goes on.
func (p *Pipeline) problem(what, where string, err error) Problem {
	message := what
	if where != "" {
		message += " " + where
	}
	attributes := []any{"error", err}
	var f *fault.Error
	if errors.As(err, &f) {
		attributes = append(attributes, "stack", string(f.Stack))
	}
	p.log.Error(message, attributes...)
	return Problem{What: what, Where: where, Err: err}
}

// Running reports whether a session is at work on the data folder.
func (p *Pipeline) Running() (bool, error) {
	if _, err := os.Stat(p.lockFile()); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err := p.lockable(); err != nil {
		return false, err
	}
	lock := flock.New(p.lockFile(), flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if free {
		lock.Unlock()
	}
	return !free, err
}
