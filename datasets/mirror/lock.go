package mirror

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tidemark/datasets/mirror/bucket"
	"tidemark/internal/atomicfile"
)

// lockKey is the key of an object that exists while a working copy writes. It is hidden, so it belongs to no tree.
const lockKey = ".tidemark-lock"

// A lock is renewed every lockRenew while its holder runs; one that was not renewed for lockLife was left by a machine that died.
const (
	lockLife  = time.Hour
	lockRenew = 10 * time.Minute
)

// ErrHeld means that another working copy is writing.
var ErrHeld = errors.New("another machine is writing to this storage")

var errLockLost = errors.New("another machine took over the lock, which had not been renewed for an hour")

// holder is the content of the lock.
type holder struct {
	Owner string    `json:"owner"` // name of the working copy
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// maxLock is the longest lock accepted, in bytes.
const maxLock = 16 << 10

// Lock makes this working copy the only writer until release is called. The returned context ends if the lock is lost. The
// caller must be the only process on the working copy: a lock that an earlier one left behind counts as its own.
func (m *Mirror) Lock(ctx context.Context) (locked context.Context, release func(), err error) {
	owner, err := m.owner()
	if err != nil {
		return nil, nil, err
	}
	host, _ := os.Hostname()
	mine := holder{Owner: owner, Host: host, Since: time.Now().UTC()}
	if err := m.Watched(ctx, m.url(lockKey), func(ctx context.Context, _ func(int)) error { return m.acquire(ctx, mine) }); err != nil {
		return nil, nil, err
	}
	locked, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.renew(locked, cancel, mine)
	}()
	return locked, func() {
		cancel(nil)
		<-ended
		m.unlock(context.WithoutCancel(ctx), mine)
	}, nil
}

// renew renews the lock until the context ends, and cancels the context if another machine has the lock.
func (m *Mirror) renew(ctx context.Context, cancel context.CancelCauseFunc, mine holder) {
	ticks := time.NewTicker(lockRenew)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		err := m.Watched(ctx, m.url(lockKey), func(ctx context.Context, _ func(int)) error {
			held, _, err := m.readLock(ctx)
			if err == nil && held.Owner != mine.Owner {
				return errLockLost
			}
			return m.writeLock(ctx, mine, false)
		})
		if errors.Is(err, errLockLost) {
			cancel(err)
			return
		}
		if err != nil && ctx.Err() == nil {
			m.Log.Warn("the lock could not be renewed", "object", m.url(lockKey), "error", err)
		}
	}
}

// unlock removes the lock unless another machine has it.
func (m *Mirror) unlock(ctx context.Context, mine holder) {
	ctx, cancel := context.WithTimeout(ctx, min(m.Patience, 30*time.Second))
	defer cancel()
	if held, _, err := m.readLock(ctx); err == nil && held.Owner != mine.Owner {
		return
	}
	if err := m.bucket.Remove(ctx, lockKey); err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.Log.Warn("the lock could not be removed; it expires in an hour", "object", m.url(lockKey), "error", err)
	}
}

// acquire writes the lock if there is none, if it is ours already or if it has expired, and reads it back.
func (m *Mirror) acquire(ctx context.Context, mine holder) error {
	held, since, err := m.readLock(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = m.writeLock(ctx, mine, true)
		if errors.Is(err, fs.ErrExist) {
			err = nil // another machine was faster, or this one when an answer was lost
		} else if err != nil { // some servers refuse conditional writes
			err = m.writeLock(ctx, mine, false)
		}
	case err != nil:
		return err
	case held.Owner == mine.Owner:
		return m.writeLock(ctx, mine, false)
	case time.Since(since) < lockLife:
		return held.refuse()
	default:
		m.Log.Warn("took over a lock that was not renewed", "object", m.url(lockKey), "host", held.Host, "since", held.Since)
		err = m.writeLock(ctx, mine, false)
	}
	if err != nil {
		return err
	}
	held, _, err = m.readLock(ctx)
	if err == nil && held.Owner != mine.Owner {
		return held.refuse()
	}
	return err
}

func (h holder) refuse() error {
	return fmt.Errorf("%w: %q, since %s", ErrHeld, h.Host, h.Since.Format(time.RFC3339))
}

func (m *Mirror) readLock(ctx context.Context) (h holder, since time.Time, err error) {
	o, err := m.bucket.Stat(ctx, lockKey)
	if err != nil {
		return h, since, err
	}
	r, err := m.bucket.Open(ctx, lockKey)
	if err != nil {
		return h, since, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, maxLock))
	if err != nil {
		return h, since, err
	}
	_ = json.Unmarshal(content, &h) // an object that is not a lock of ours has a holder without a name
	return h, o.Modified, nil
}

func (m *Mirror) writeLock(ctx context.Context, h holder, onlyNew bool) error {
	content, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return m.bucket.Write(ctx, lockKey, bucket.Upload{
		Content: bytes.NewReader(content), Size: int64(len(content)),
		ContentType: "application/json", CacheControl: "no-store", OnlyNew: onlyNew,
	})
}

// owner returns the name of this working copy: a random text, made once and used only in locks.
func (m *Mirror) owner() (string, error) {
	path := filepath.Join(m.State, "owner")
	content, err := atomicfile.Read(path)
	if owner := strings.TrimSpace(string(content)); err == nil && owner != "" {
		return owner, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, atomicfile.ErrForeign) {
		return "", err
	}
	owner := rand.Text()
	if err := os.MkdirAll(m.State, 0o755); err != nil {
		return "", err
	}
	return owner, atomicfile.WriteUnsynced(path, []byte(owner+"\n"))
}
