package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"tidemark/datasets/mirror/bucket"
)

// A push removes objects there only with these limits, unless it is told that so many are meant: a data folder that was
// damaged must not take its copy along.
const (
	removeFreely = 100 // objects
	removeShare  = 10  // at most one in so many beyond that
)

// ErrTooMany says that a push left removals undone because they are too many to be meant.
var ErrTooMany = errors.New("removals held back")

// PushOptions choose what a push does beside copying.
type PushOptions struct {
	Remove    bool // what was removed here since the last time is removed there
	RemoveAll bool // however much that is
	Dry       bool // only tell
}

// Push copies what is new or changed here, and then removes there what was removed here since the last time. The bytes of a
// note go before it; of a tree without notes each rank goes before the next. What it could not copy comes back as joined
// errors; the rest stands.
func (m *Mirror) Push(ctx context.Context, o PushOptions) (Report, error) {
	report := Report{Tree: m.Name, URL: m.address}
	if err := m.look(ctx); err != nil {
		return report, err
	}
	plan, failed := m.plan(ctx)
	if ctx.Err() != nil {
		return report, failed
	}
	var remove []string
	if o.Remove && !m.Fixed {
		remove = m.removed()
		if n := len(remove); n > removeFreely && n*removeShare > len(m.there) && !o.RemoveAll {
			failed = errors.Join(failed, fmt.Errorf("%s: %w: %d of %d objects are no longer in %s; if they were removed on purpose, tidemark sync push --remove-all removes them there too",
				m.address, ErrTooMany, n, len(m.there), m.Dir))
			remove = nil
		}
	}
	if o.Dry {
		for _, key := range slices.Sorted(maps.Keys(plan)) {
			report.Up = append(report.Up, Object{key, m.here[key].size})
		}
		report.removed(m, remove)
		report.Same = len(m.here) - len(plan)
		return report, failed
	}
	failed = errors.Join(failed, m.send(ctx, plan, &report))
	if failed == nil || errors.Is(failed, ErrTooMany) {
		failed = errors.Join(failed, m.remove(ctx, remove, &report))
	}
	report.Same = len(m.there) - len(report.Up)
	return report, errors.Join(failed, m.record.save())
}

func (r *Report) removed(m *Mirror, keys []string) {
	for _, key := range keys {
		r.Removed = append(r.Removed, Object{key, m.there[key].size})
	}
}

// plan finds what has to go up, with the SHA-256 of each.
func (m *Mirror) plan(ctx context.Context) (map[string]string, error) {
	plan := map[string]string{}
	var unsure []string
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(m.here)) {
		if of := m.noteOnly(key); of != "" && m.record.entries[of].there != "" {
			errs = append(errs, fmt.Errorf("%s: it was there and is gone, and %s is gone too", m.url(of), m.path(of)))
		}
		changed := m.changedHere(key)
		if !changed && !m.changedThere(key) || !m.counts(key) {
			continue
		}
		sum := m.record.entries[key].sum
		if changed {
			var err error
			if sum, err = m.sumHere(key); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		plan[key] = sum
		if _, there := m.there[key]; there && m.changedThere(key) {
			unsure = append(unsure, key)
		}
	}
	if err := m.sumsThere(ctx, unsure); err != nil {
		return nil, errors.Join(append(errs, err)...)
	}
	for _, key := range slices.Sorted(maps.Keys(plan)) {
		_, there := m.there[key]
		switch {
		case !there:
		case m.sumOf(key) == plan[key]:
			m.remember(key, plan[key])
			delete(plan, key)
		case m.Fixed && !m.isNote(key) && m.changedThere(key):
			errs = append(errs, fmt.Errorf("%s has SHA-256 %s, but %s has %s; which of them is right a person must decide: remove the other with its note",
				m.url(key), m.sumOf(key), m.path(key), plan[key]))
			delete(plan, key)
			delete(plan, m.noted[key])
		case m.changedThere(key) && m.record.entries[key].there != "":
			slog.Warn("changed in storage by others; replaced", "object", m.url(key))
		}
	}
	return plan, errors.Join(errs...)
}

// noteOnly names the bytes of a note that are on neither side.
func (m *Mirror) noteOnly(key string) string {
	if !m.isNote(key) {
		return ""
	}
	of := m.Vouches(key)
	_, here := m.here[of]
	_, there := m.there[of]
	if here || there {
		return ""
	}
	return of
}

// counts tells whether a file is copied at all: of a tree with notes, notes and what they vouch for.
func (m *Mirror) counts(key string) bool {
	return ours(key) && (m.Vouches == nil || m.isNote(key) || m.noted[key] != "")
}

// sumHere is the SHA-256 of a file: that of its note, where it has one, against which it is held as it goes up.
func (m *Mirror) sumHere(key string) (string, error) {
	if m.Vouches != nil && !m.isNote(key) {
		n, err := m.noteHere(key)
		return n.SHA256, err
	}
	return sumFile(m.path(key))
}

// removed are the objects that were on both sides and are no longer here, notes first.
func (m *Mirror) removed() []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(m.record.entries)) {
		was := m.record.entries[key]
		_, here := m.here[key]
		_, there := m.there[key]
		if !here && there && was.here != "" && was.there != "" {
			keys = append(keys, key)
		}
	}
	slices.SortStableFunc(keys, func(a, b string) int { return m.rank(b) - m.rank(a) })
	return keys
}

// rank orders the copying; removals go the other way.
func (m *Mirror) rank(key string) int {
	switch {
	case m.isNote(key):
		return 1
	case m.Rank != nil:
		return m.Rank(key)
	}
	return 0
}

// send copies what is planned, rank by rank.
func (m *Mirror) send(ctx context.Context, plan map[string]string, report *Report) error {
	// Where bytes change, their old note must not stand beside the new ones.
	var stale []string
	ranks := map[int][]string{}
	for _, key := range slices.Sorted(maps.Keys(plan)) {
		ranks[m.rank(key)] = append(ranks[m.rank(key)], key)
		if _, there := m.there[key]; there && m.Vouches != nil && !m.isNote(key) {
			if _, there := m.there[m.noted[key]]; there {
				stale = append(stale, m.noted[key])
			}
		}
	}
	if err := m.remove(ctx, stale, nil); err != nil {
		return err
	}
	for _, n := range stale {
		if _, planned := plan[n]; !planned {
			sum, err := sumFile(m.path(n))
			if err != nil {
				return err
			}
			plan[n] = sum
			ranks[1] = append(ranks[1], n)
		}
	}
	var failed error
	for _, rank := range slices.Sorted(maps.Keys(ranks)) {
		if failed != nil && m.Vouches == nil {
			return failed // no page before what it shows
		}
		failed = errors.Join(failed, each(ctx, ranks[rank], func(ctx context.Context, key string) error {
			if m.isNote(key) && m.lost(key, plan) {
				return nil // said already of its bytes
			}
			if err := m.put(ctx, key, plan[key]); err != nil {
				return err
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			report.Up = append(report.Up, Object{key, m.here[key].size})
			return nil
		}))
		if errors.Is(failed, errGivenUp) || ctx.Err() != nil {
			break
		}
	}
	slices.SortFunc(report.Up, func(a, b Object) int { return strings.Compare(a.Key, b.Key) })
	return failed
}

// lost tells whether the bytes of a note were to go up and did not.
func (m *Mirror) lost(key string, plan map[string]string) bool {
	of := m.Vouches(key)
	m.mu.Lock()
	defer m.mu.Unlock()
	_, planned := plan[of]
	return planned && m.record.entries[of].sum != plan[of]
}

// put copies one file up and looks whether it arrived.
func (m *Mirror) put(ctx context.Context, key, sum string) error {
	return m.watched(ctx, m.url(key), func(ctx context.Context, moved func(int)) error {
		f, err := os.Open(m.path(key))
		if err != nil {
			return err
		}
		defer f.Close()
		size := m.here[key].size
		in := &vouched{in: f, sum: sum, path: m.path(key), hash: sha256.New(), moved: func(n int) {
			moved(n)
			if m.Moved != nil {
				m.Moved(int64(n))
			}
		}}
		upload := bucket.Upload{Content: in, Size: size, SHA256: sum}
		if m.Header != nil {
			upload.ContentType, upload.CacheControl = m.Header(key)
		}
		if upload.ContentType == "" {
			upload.ContentType = "application/octet-stream"
		}
		if err := m.bucket.Write(ctx, key, upload); err != nil {
			return err
		}
		o, err := m.bucket.Stat(ctx, key)
		if err != nil {
			return err
		}
		if o.Size != size {
			return fmt.Errorf("has %d bytes after %d were sent; the next run sends it again", o.Size, size)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.there[key] = stamp{o.Size, m.mark(o)}
		delete(m.unsure, key)
		m.remember(key, sum)
		return nil
	})
}

// vouched reads a file and fails at its end, before the copy counts, when it is not what its note vouches for.
type vouched struct {
	in        io.Reader
	sum, path string
	hash      interface {
		io.Writer
		Sum([]byte) []byte
	}
	moved func(int)
}

func (v *vouched) Read(p []byte) (int, error) {
	n, err := v.in.Read(p)
	v.hash.Write(p[:n])
	v.moved(n)
	if errors.Is(err, io.EOF) {
		if got := hex.EncodeToString(v.hash.Sum(nil)); got != v.sum {
			return n, fmt.Errorf("not copied: %s has SHA-256 %s instead of %s: it is damaged, or was changed meanwhile", v.path, got, v.sum)
		}
	}
	return n, err
}

// remove takes objects away there, in their order. A report of nil takes away what will come again.
func (m *Mirror) remove(ctx context.Context, keys []string, report *Report) error {
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && m.rank(keys[n]) == m.rank(keys[0]) {
			n++
		}
		err := each(ctx, keys[:n], func(ctx context.Context, key string) error {
			return m.watched(ctx, m.url(key), func(ctx context.Context, _ func(int)) error {
				if err := m.bucket.Remove(ctx, key); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				m.mu.Lock()
				defer m.mu.Unlock()
				if report != nil {
					report.removed(m, []string{key})
				}
				delete(m.there, key)
				m.remember(key, "")
				return nil
			})
		})
		if err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}
