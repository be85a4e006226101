package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tidemark/datasets/mirror/bucket"
)

// Pull copies the objects that are new there, and those that changed there and not here. With all it also copies the bytes
// of a lazy tree; with dry it only reports what it would do. Objects that could not be copied are returned as joined errors;
// they do not stop the others.
func (m *Mirror) Pull(ctx context.Context, all, dry bool) (Report, error) {
	report := Report{Tree: m.Name, URL: m.address}
	if m.Vouches == nil {
		return report, nil
	}
	if err := m.list(ctx); err != nil {
		return report, err
	}
	wanted, err := m.wantedNotes(ctx)
	if err != nil {
		return report, err
	}
	var raw []string // wanted without their notes
	if all && m.Lazy {
		for _, key := range slices.Sorted(maps.Keys(m.there)) {
			if m.isNote(key) {
				raw = append(raw, key)
			}
		}
	}
	if dry {
		keys := slices.Concat(wanted, m.lacking(raw))
		if !m.Lazy {
			keys = append(keys, m.lacking(wanted)...)
		}
		report.addDown(m, keys)
		return report, nil
	}
	notes, failed := m.readNotes(ctx, wanted)
	groups := m.groups(notes)
	failed = errors.Join(failed, each(ctx, slices.Sorted(maps.Keys(groups)), func(ctx context.Context, first string) error {
		down, err := m.bringGroup(ctx, groups[first], notes)
		m.mu.Lock()
		defer m.mu.Unlock()
		report.addDown(m, down)
		return err
	}))
	failed = errors.Join(failed, each(ctx, m.lacking(raw), func(ctx context.Context, key string) error {
		n, err := m.noteHere(key)
		if err == nil {
			err = m.Get(ctx, key, n.SHA256, n.Bytes)
		}
		if err != nil {
			return err
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		report.addDown(m, []string{key})
		return m.arrived(key, n.SHA256)
	}))
	return report, errors.Join(failed, m.record.save())
}

func (r *Report) addDown(m *Mirror, keys []string) {
	for _, key := range keys {
		r.Down = append(r.Down, Object{key, m.there[key].size})
	}
	slices.SortFunc(r.Down, func(a, b Object) int { return strings.Compare(a.Key, b.Key) })
	r.Same = len(m.there) - len(r.Down)
}

// wantedNotes returns the notes that are new or changed there, and were neither removed nor changed here.
func (m *Mirror) wantedNotes(ctx context.Context) ([]string, error) {
	var wanted, unsure []string
	for _, key := range slices.Sorted(maps.Keys(m.there)) {
		if !m.isNote(key) || m.changedHere(key) || !m.changedThere(key) {
			continue
		}
		if _, here := m.here[key]; here {
			unsure = append(unsure, key)
		} else {
			wanted = append(wanted, key)
		}
	}
	if err := m.sumsThere(ctx, unsure); err != nil {
		return nil, err
	}
	for _, key := range unsure {
		if sum := m.sumOf(key); sum == m.record.entries[key].sum {
			m.remember(key, sum)
		} else {
			wanted = append(wanted, key)
		}
	}
	slices.Sort(wanted)
	return wanted, nil
}

// lacking returns the keys of the notes' bytes that are there and not here.
func (m *Mirror) lacking(notes []string) []string {
	var keys []string
	for _, key := range notes {
		of := m.Vouches(key)
		_, here := m.here[of]
		if _, there := m.there[of]; there && !here {
			keys = append(keys, of)
		}
	}
	return keys
}

type readNote struct {
	note
	content []byte
}

func (m *Mirror) readNotes(ctx context.Context, keys []string) (map[string]readNote, error) {
	notes := map[string]readNote{}
	err := each(ctx, keys, func(ctx context.Context, key string) error {
		var content []byte
		err := m.Watched(ctx, m.url(key), func(ctx context.Context, moved func(int)) error {
			r, err := m.bucket.Open(ctx, key)
			if err != nil {
				return err
			}
			defer r.Close()
			if content, err = io.ReadAll(io.LimitReader(&bucket.Counted{Reader: r, Moved: moved}, maxNote)); err != nil {
				return err
			}
			n, err := m.parse(key, content)
			m.mu.Lock()
			defer m.mu.Unlock()
			if err == nil {
				notes[key] = readNote{n, content}
			}
			return err
		})
		return err
	})
	return notes, err
}

// noteHere reads the note that vouches for the file with key of.
func (m *Mirror) noteHere(of string) (note, error) {
	key := m.noted[of]
	content, err := m.readHere(key)
	if err != nil {
		return note{}, err
	}
	n, err := m.parse(key, content)
	if err != nil {
		return n, fmt.Errorf("%s: %w", m.path(key), err)
	}
	return n, nil
}

// groups returns the notes that were committed together, by the first of their files.
func (m *Mirror) groups(notes map[string]readNote) map[string][]string {
	groups := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(notes)) {
		first := slices.Min(append(slices.Clone(notes[key].Together), m.Vouches(key)))
		groups[first] = append(groups[first], key)
	}
	return groups
}

// bringGroup copies the bytes of a group and then its notes. A note that is replaced is removed before its bytes are, so that
// no note is ever beside bytes that it does not vouch for.
func (m *Mirror) bringGroup(ctx context.Context, keys []string, notes map[string]readNote) (down []string, err error) {
	for _, key := range keys {
		of, n := m.Vouches(key), notes[key]
		m.mu.Lock()
		_, here := m.here[of]
		m.mu.Unlock()
		if here {
			sum, err := m.hashHere(of)
			if err != nil {
				return down, err
			}
			if sum == n.SHA256 {
				continue
			}
			if m.Fixed {
				return down, fmt.Errorf("%s vouches for SHA-256 %s, but %s has %s; decide which of them is right, and remove the other with its note",
					m.url(key), n.SHA256, m.path(of), sum)
			}
		} else if m.Lazy {
			continue
		}
		if err := m.removeHere(key); err != nil {
			return down, err
		}
		if err := m.Get(ctx, of, n.SHA256, n.Bytes); err != nil {
			return down, err
		}
		m.mu.Lock()
		err := m.arrived(of, n.SHA256)
		m.mu.Unlock()
		if err != nil {
			return down, err
		}
		down = append(down, of)
	}
	for _, key := range keys {
		content := notes[key].content
		if err := m.place(key, bytes.NewReader(content), nil); err != nil {
			return down, err
		}
		sum := sha256.Sum256(content)
		m.mu.Lock()
		err := m.arrived(key, hex.EncodeToString(sum[:]))
		m.mu.Unlock()
		if err != nil {
			return down, err
		}
		down = append(down, key)
	}
	return down, nil
}

// Get copies an object to its file. It fails if the object does not have the SHA-256 and size given, those of its note.
func (m *Mirror) Get(ctx context.Context, key, sum string, size int64) error {
	if !ours(key) {
		return fmt.Errorf("%q cannot be the name of a file in this tree", key)
	}
	return m.Watched(ctx, m.url(key), func(ctx context.Context, moved func(int)) error {
		r, err := m.bucket.Open(ctx, key)
		if err != nil {
			return err
		}
		defer r.Close()
		h := sha256.New()
		in := m.counted(io.TeeReader(io.LimitReader(r, size+1), h), moved)
		return m.place(key, in, func(n int64) error {
			switch got := hex.EncodeToString(h.Sum(nil)); {
			case n > size:
				return fmt.Errorf("the object has more than the %d bytes that its note vouches for", size)
			case n < size:
				return fmt.Errorf("the object has %d bytes, but its note vouches for %d", n, size)
			case got != sum:
				return fmt.Errorf("the object has SHA-256 %s, but its note vouches for %s", got, sum)
			}
			return nil
		})
	})
}

// GetNote copies a note to its file. It needs no listing.
func (m *Mirror) GetNote(ctx context.Context, key string) error {
	if !ours(key) {
		return fmt.Errorf("%q cannot be the name of a file in this tree", key)
	}
	notes, err := m.readNotes(ctx, []string{key})
	if err != nil {
		return err
	}
	return m.place(key, bytes.NewReader(notes[key].content), nil)
}

// BringNote copies the note that vouches for a file again, where it was damaged or lost here and not removed on purpose.
func (m *Mirror) BringNote(ctx context.Context, of string) error {
	m.mu.Lock()
	key, known := m.noted[of]
	_, there := m.there[key]
	m.mu.Unlock()
	if !known || !there {
		return fmt.Errorf("%s has no note of %s", m.address, of)
	}
	notes, err := m.readNotes(ctx, []string{key})
	if err != nil {
		return err
	}
	content := notes[key].content
	if err := m.place(key, bytes.NewReader(content), nil); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.arrived(key, hex.EncodeToString(sum[:]))
}
