package mirror

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// lockKey is an object that is there while a working copy writes. It is hidden, so no tree has it.
const lockKey = ".tidemark-lock"

// A lock is renewed while its holder lives; one that was not for lockLife belongs to a machine that died.
const (
	lockLife  = time.Hour
	lockRenew = 10 * time.Minute
)

// ErrHeld says that another working copy is writing.
var ErrHeld = errors.New("another machine is writing to this storage")

var errLockLost = errors.New("another machine took the lock over, as it was not renewed for an hour")

// holder is the content of the lock.
type holder struct {
	Owner string    `json:"owner"` // working copy
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// Lock makes this working copy the only writer until release is called; the returned context ends should the lock be lost.
// The caller must be alone on the working copy itself: a lock that it left there before is its own again.
func (m *Mirror) Lock(ctx context.Context) (locked context.Context, release func(), err error) {
	owner, err := m.owner()
	if err != nil {
		return nil, nil, err
	}
	host, _ := os.Hostname()
	mine := holder{Owner: owner, Host: host, Since: time.Now().UTC()}
	if err := m.watched(ctx, m.url(lockKey), func(ctx context.Context, _ func(int)) error { return m.acquire(ctx, mine) }); err != nil {
		return nil, nil, err
	}
	locked, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticks := time.NewTicker(lockRenew)
		defer ticks.Stop()
		for {
			select {
			case <-locked.Done():
				return
			case <-ticks.C:
			}
			held, _, err := m.readLock(locked)
			if err == nil && held.Owner != owner {
				cancel(fmt.Errorf("%s: %w", m.url(lockKey), errLockLost))
				return
			}
			if err := m.writeLock(locked, mine, false); err != nil && locked.Err() == nil {
				slog.Warn("the lock could not be renewed", "object", m.url(lockKey), "error", err)
			}
		}
	}()
	return locked, func() {
		cancel(nil)
		<-ended
		ctx, end := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer end()
		if held, _, err := m.readLock(ctx); err != nil || held.Owner == owner {
			err = m.bucket.Delete(ctx, lockKey)
			if err != nil && gcerrors.Code(err) != gcerrors.NotFound {
				slog.Warn("the lock stays behind; it ends in an hour", "object", m.url(lockKey), "error", err)
			}
		}
	}, nil
}

func (m *Mirror) acquire(ctx context.Context, mine holder) error {
	held, since, err := m.readLock(ctx)
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		if err := m.writeLock(ctx, mine, true); err == nil {
			break
		} else if gcerrors.Code(err) == gcerrors.FailedPrecondition {
			return ErrHeld // since a moment
		} else if err := m.writeLock(ctx, mine, false); err != nil { // a store without conditional writes
			return err
		}
	case err != nil:
		return err
	case held.Owner == mine.Owner:
		return m.writeLock(ctx, mine, false)
	case time.Since(since) < lockLife:
		return fmt.Errorf("%w: %q, since %s", ErrHeld, held.Host, held.Since.Format(time.RFC3339))
	default:
		slog.Warn("took over a lock that was not renewed", "object", m.url(lockKey), "host", held.Host, "since", held.Since)
		if err := m.writeLock(ctx, mine, false); err != nil {
			return err
		}
	}
	if held, _, err = m.readLock(ctx); err == nil && held.Owner != mine.Owner {
		return fmt.Errorf("%w: %q, since %s", ErrHeld, held.Host, held.Since.Format(time.RFC3339))
	}
	return err
}

func (m *Mirror) readLock(ctx context.Context) (h holder, since time.Time, err error) {
	a, err := m.bucket.Attributes(ctx, lockKey)
	if err != nil {
		return h, since, err
	}
	if a.Size > maxNote {
		return h, a.ModTime, nil
	}
	content, err := m.bucket.ReadAll(ctx, lockKey)
	if err != nil {
		return h, since, err
	}
	_ = json.Unmarshal(content, &h) // what is no lock of ours is one without a name
	return h, a.ModTime, nil
}

func (m *Mirror) writeLock(ctx context.Context, h holder, onlyNew bool) error {
	content, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return m.bucket.WriteAll(ctx, lockKey, content, &blob.WriterOptions{
		ContentType: "application/json", CacheControl: "no-store", IfNotExist: onlyNew,
	})
}

// owner names this working copy. It is made once, and reaches nothing but locks.
func (m *Mirror) owner() (string, error) {
	path := filepath.Join(m.State, "owner")
	content, err := os.ReadFile(path)
	if owner := strings.TrimSpace(string(content)); err == nil && owner != "" {
		return owner, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	owner := rand.Text()
	if err := os.MkdirAll(m.State, 0o755); err != nil {
		return "", err
	}
	return owner, os.WriteFile(path, []byte(owner+"\n"), 0o644)
}
