package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"tidemark/internal/atomicfile"
)

// Workers are processes that decode and derive beside each other, and beside a session. Each holds the same lock, shared, while it is
// alive: what they have half written may only be removed by who holds it alone.

// ErrWorkers says that workers of the data folder are alive.
var ErrWorkers = fmt.Errorf("%w: workers are alive; try again when all have ended", ErrLocked)

func (p *Pipeline) workersDir() string { return filepath.Join(p.stateDir(), "workers") }

func (p *Pipeline) workersFile() string { return filepath.Join(p.workersDir(), "alive") }

// cameFile marks a data folder in which workers were since it was last swept.
func (p *Pipeline) cameFile() string { return filepath.Join(p.workersDir(), "came") }

const (
	sweepPatience = 10 * time.Minute // that a worker has while a session sweeps
	sweepPoll     = 200 * time.Millisecond
)

// come makes the process one of the workers until the returned lock is released.
func (p *Pipeline) come(ctx context.Context) (*flock.Flock, error) {
	if _, err := os.Stat(p.workersDir()); err != nil {
		return nil, fmt.Errorf("nothing was listed in this data folder, or it is not mounted: %w", err)
	}
	lock := flock.New(p.workersFile())
	patient, cancel := context.WithTimeout(ctx, sweepPatience)
	defer cancel()
	held, err := lock.TryRLockContext(patient, sweepPoll)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%w: it sweeps", ErrLocked)
	case err != nil || !held:
		return nil, fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	if err := atomicfile.Write(p.cameFile(), nil); err != nil {
		lock.Unlock()
		return nil, err
	}
	return lock, nil
}

// workersCame reports whether workers were in the data folder since it was last swept.
func (p *Pipeline) workersCame() (bool, error) {
	_, err := os.Lstat(p.cameFile())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// sweepAlone removes what killed sessions and workers left; ErrWorkers if a worker is alive, who may be about to commit it.
func (p *Pipeline) sweepAlone() error {
	if err := os.MkdirAll(p.workersDir(), 0o755); err != nil {
		return err
	}
	lock := flock.New(p.workersFile())
	alone, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	if !alone {
		return ErrWorkers
	}
	defer lock.Unlock()
	if err := p.files.Sweep(); err != nil {
		return fmt.Errorf("sweeping the archive: %w", err)
	}
	if err := p.store.Sweep(); err != nil {
		return fmt.Errorf("sweeping the datasets: %w", err)
	}
	if err := os.Remove(p.cameFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
