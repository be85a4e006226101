package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"tidemark/datasets/mirror/bucket"
)

// A push that would remove more than maxRemovals objects, and more than one in maxRemovedShare, removes none unless RemoveAll
// is set: damage to the data folder must not spread to its copy.
const (
	maxRemovals     = 100
	maxRemovedShare = 10
)

// ErrTooMany means that a push removed no object because there were too many to remove.
var ErrTooMany = errors.New("removals held back")

// PushOptions choose what a push does besides copying.
type PushOptions struct {
	Remove    bool // removes objects whose files were removed here since the last time
	RemoveAll bool // even if they are many
	Dry       bool // only reports what would be done
}

// Push copies the files that are new or changed here, and then removes the objects whose files were removed here since the
// last time. Bytes are copied before their note; in a tree without notes each rank is copied before the next. Files that
// could not be copied are returned as joined errors; they do not stop the others.
func (m *Mirror) Push(ctx context.Context, o PushOptions) (Report, error) {
	report := Report{Tree: m.Name, URL: m.address}
	if err := m.list(ctx); err != nil {
		return report, err
	}
	plan, failed := m.plan(ctx)
	if ctx.Err() != nil {
		return report, failed
	}
	var remove []string
	if o.Remove && !m.Fixed {
		remove = m.removed()
		if n := len(remove); n > maxRemovals && n*maxRemovedShare > len(m.there) && !o.RemoveAll {
			failed = errors.Join(failed, fmt.Errorf("%s: %w: %d of %d objects are no longer in %s; if they were removed on purpose, tidemark sync push --remove-all removes them there too",
				m.address, ErrTooMany, n, len(m.there), m.Dir))
			remove = nil
		}
	}
	if o.Dry {
		for _, key := range slices.Sorted(maps.Keys(plan)) {
			report.Up = append(report.Up, Object{key, m.here[key].size})
		}
		report.addRemoved(m, remove)
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

func (r *Report) addRemoved(m *Mirror, keys []string) {
	for _, key := range keys {
		r.Removed = append(r.Removed, Object{key, m.there[key].size})
	}
}

// plan returns the SHA-256 of each file to copy, by its key.
func (m *Mirror) plan(ctx context.Context) (map[string]string, error) {
	plan := map[string]string{}
	var unsure []string
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(m.here)) {
		if of := m.noteOnly(key); of != "" && m.record.entries[of].there != "" {
			errs = append(errs, fmt.Errorf("%s: it was in storage and is missing now, and so is %s", m.url(of), m.path(of)))
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
			errs = append(errs, fmt.Errorf("%s has SHA-256 %s, but %s has %s; decide which of them is right, and remove the other with its note",
				m.url(key), m.sumOf(key), m.path(key), plan[key]))
			delete(plan, key)
			delete(plan, m.noted[key])
		case m.changedThere(key) && m.record.entries[key].there != "":
			m.Log.Warn("the object was changed in storage by others; it is replaced", "object", m.url(key))
		}
	}
	return plan, errors.Join(errs...)
}

// noteOnly returns the key of the bytes that a note vouches for if they are on neither side, or "".
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

// counts reports whether a file is copied: in a tree with notes, only notes and the files that they vouch for.
func (m *Mirror) counts(key string) bool {
	return ours(key) && (m.Vouches == nil || m.isNote(key) || m.noted[key] != "")
}

// sumHere returns the SHA-256 of a file. If it has a note, that is the one in the note, and put checks it.
func (m *Mirror) sumHere(key string) (string, error) {
	if m.Vouches != nil && !m.isNote(key) {
		n, err := m.noteHere(key)
		return n.SHA256, err
	}
	return m.hashHere(key)
}

// removed returns the objects that were on both sides and are no longer here, notes first.
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

// rank orders copies; removals are done in the reverse order.
func (m *Mirror) rank(key string) int {
	switch {
	case m.isNote(key):
		return 1
	case m.Rank != nil:
		return m.Rank(key)
	}
	return 0
}

// send copies the planned files, rank by rank.
func (m *Mirror) send(ctx context.Context, plan map[string]string, report *Report) error {
	// Where bytes change, their old note must not stay beside the new bytes.
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
			sum, err := m.hashHere(n)
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
			return failed // no page before the files it refers to
		}
		failed = errors.Join(failed, each(ctx, ranks[rank], func(ctx context.Context, key string) error {
			if m.isNote(key) && m.lost(key, plan) {
				return nil // its bytes failed, and that is reported
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

// lost reports whether the bytes of a note should have been copied and were not.
func (m *Mirror) lost(key string, plan map[string]string) bool {
	of := m.Vouches(key)
	m.mu.Lock()
	defer m.mu.Unlock()
	_, planned := plan[of]
	return planned && m.record.entries[of].sum != plan[of]
}

// put copies a file and checks that it arrived.
func (m *Mirror) put(ctx context.Context, key, sum string) error {
	return m.Watched(ctx, m.url(key), func(ctx context.Context, moved func(int)) error {
		f, err := m.openHere(key)
		if err != nil {
			return err
		}
		defer f.Close()
		size := m.here[key].size
		in := bucket.NewChecked(m.counted(f, moved), func(got string, _ int64) error {
			if got != sum {
				return fmt.Errorf("not copied: %s has SHA-256 %s instead of %s: it is damaged or is being changed", m.path(key), got, sum)
			}
			return nil
		})
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
			return fmt.Errorf("the object has %d bytes, but %d were sent; the next run sends it again", o.Size, size)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.there[key] = stamp{o.Size, m.mark(o)}
		delete(m.unsure, key)
		m.remember(key, sum)
		return nil
	})
}

// counted reports the size of each read as moved.
func (m *Mirror) counted(r io.Reader, moved func(int)) *bucket.Counted {
	return &bucket.Counted{Reader: r, Moved: func(n int) {
		moved(n)
		if m.Moved != nil {
			m.Moved(int64(n))
		}
	}}
}

// remove removes objects there, in order. The report is nil for objects that are about to be copied again.
func (m *Mirror) remove(ctx context.Context, keys []string, report *Report) error {
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && m.rank(keys[n]) == m.rank(keys[0]) {
			n++
		}
		err := each(ctx, keys[:n], func(ctx context.Context, key string) error {
			return m.Watched(ctx, m.url(key), func(ctx context.Context, _ func(int)) error {
				if err := m.bucket.Remove(ctx, key); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				m.mu.Lock()
				defer m.mu.Unlock()
				if report != nil {
					report.addRemoved(m, []string{key})
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
