package lake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"tidemark/datasets/mirror/bucket"
	"tidemark/datasets/table"
)

// word is what a worker leaves about a commit, for the index.
type word struct {
	Made     []*table.Manifest `json:"made"`
	Replaced map[string]string `json:"replaced,omitempty"` // SHA-256 of the partitions that the commit replaces, by path
}

// Commit stores the partitions of a commit, whose files are at these paths, and leaves word of it. It may be repeated, and several processes
// may store the same. table.ErrNotReproducible says that the storage has other bytes that the same program made of the same inputs.
func (l *Lake) Commit(ctx context.Context, made, replaced []*table.Manifest, path func(*table.Manifest) string) error {
	if err := l.store(ctx, made, path); err != nil {
		return err
	}
	w := word{Made: made, Replaced: map[string]string{}}
	for _, m := range replaced {
		if !slices.ContainsFunc(made, func(n *table.Manifest) bool { return n.File == m.File }) {
			w.Replaced[m.File] = m.SHA256
		}
	}
	b, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return l.put(ctx, news+sumOf(b)+".json", b, bucket.Upload{})
}

// store stores partitions, and then the manifests that are not there yet.
func (l *Lake) store(ctx context.Context, made []*table.Manifest, path func(*table.Manifest) string) error {
	standing := make([]standing, len(made))
	err := concurrently(ctx, len(made), func(ctx context.Context, i int) (err error) {
		standing[i], err = l.putPartition(ctx, made[i], path(made[i]))
		return err
	})
	if err != nil {
		return err
	}
	return concurrently(ctx, len(made), func(ctx context.Context, i int) error { return l.putManifest(ctx, made[i], standing[i]) })
}

// standing is a manifest that the bucket has.
type standing struct {
	*table.Manifest // nil: none, or one that cannot be read
	content         []byte
	version         string // of the object; empty: there is none
}

// standing returns the manifest that the bucket has of a partition.
func (l *Lake) standing(ctx context.Context, file string) (s standing, err error) {
	key := table.ManifestName(file)
	o, err := l.stat(ctx, key)
	if err == nil {
		s.version = o.Version // of this content, or of an earlier one, which is then not replaced
		s.content, err = l.get(ctx, key, maxManifest)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return standing{}, nil
	}
	if err != nil {
		return s, err
	}
	if m, err := table.ParseManifest(file, s.content); err == nil {
		s.Manifest = m
	}
	return s, nil
}

func (l *Lake) stat(ctx context.Context, key string) (o bucket.Object, err error) {
	b, err := l.connect()
	if err != nil {
		return o, err
	}
	err = l.Watched(ctx, l.url(key), func(ctx context.Context, _ func(int)) error {
		o, err = b.Stat(ctx, key)
		return err
	})
	return o, err
}

// refuse returns table.ErrNotReproducible if the bucket has the partition with other bytes, which the same program made of the same inputs.
func (s standing) refuse(m *table.Manifest) error {
	if s.Manifest != nil && madeFrom(s.Manifest) == madeFrom(m) && s.SHA256 != m.SHA256 {
		return notReproducible(m, s.SHA256)
	}
	return nil
}

func notReproducible(m *table.Manifest, stands string) error {
	return fmt.Errorf("%s: %w: it stands in storage with SHA-256 %s, and %s just made %s of the same inputs; find out which machine or memory is at fault, and remove the partition if it is the wrong one",
		m.File, table.ErrNotReproducible, stands, m.Program, m.SHA256)
}

// madeFrom returns a hash of what decides about the bytes of a partition: the program, its inputs, and who measured it.
func madeFrom(m *table.Manifest) string {
	b, err := json.Marshal([]any{m.Program, m.Inputs, m.MeasuredBy})
	if err != nil {
		return "" // a manifest is read from JSON, or written to it next
	}
	return sumOf(b)
}

// maxTries is how often a writer begins again because another one was faster.
const maxTries = 5

var errOvertaken = errors.New("other writers store the same partition again and again; start again")

// putPartition stores the bytes of a partition, unless the bucket has them. Bytes of the same inputs are never overwritten, so that of two
// writers one wins, whole.
func (l *Lake) putPartition(ctx context.Context, m *table.Manifest, path string) (s standing, err error) {
	u := bucket.Upload{OnlyNew: true}
	for range maxTries {
		if s, err = l.standing(ctx, m.File); err != nil {
			return s, err
		}
		if err := s.refuse(m); err != nil || s.Manifest != nil && s.SHA256 == m.SHA256 {
			return s, err
		}
		err = l.upload(ctx, m, path, u)
		if !errors.Is(err, fs.ErrExist) {
			return s, err
		}
		o, err := l.statWhole(ctx, m.File)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			u = bucket.Upload{OnlyNew: true}
		case err != nil:
			return s, err
		case o.SHA256 == m.SHA256 && o.Size == m.Bytes:
			return s, nil
		case o.MadeFrom == madeFrom(m): // another writer's, whose manifest is still to come
			return s, notReproducible(m, o.SHA256)
		default: // of other inputs, or of another program
			u = bucket.Upload{IfVersion: o.Version}
		}
	}
	return s, fmt.Errorf("%s: %w", l.url(m.File), errOvertaken)
}

// statWhole is stat with the SHA-256 of an object that was stored without it.
func (l *Lake) statWhole(ctx context.Context, key string) (o bucket.Object, err error) {
	if o, err = l.stat(ctx, key); err != nil || o.SHA256 != "" {
		return o, err
	}
	err = l.read(ctx, key, o.Size, func(in io.Reader) error {
		h := sha256.New()
		_, err := io.Copy(h, in)
		o.SHA256 = hex.EncodeToString(h.Sum(nil))
		return err
	})
	return o, err
}

func (l *Lake) upload(ctx context.Context, m *table.Manifest, path string, u bucket.Upload) error {
	b, err := l.connect()
	if err != nil {
		return err
	}
	return l.Watched(ctx, l.url(m.File), func(ctx context.Context, moved func(int)) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		u.Content = bucket.NewChecked(&bucket.Counted{Reader: f, Moved: moved}, func(sum string, n int64) error {
			if err := m.Compare(sum, n); err != nil {
				return fmt.Errorf("not stored: %w", err)
			}
			return nil
		})
		u.Size, u.SHA256, u.MadeFrom, u.ContentType = m.Bytes, m.SHA256, madeFrom(m), parquetType
		return b.Write(ctx, m.File, u)
	})
}

// putManifest stores the manifest of a partition whose bytes are there. It replaces the one that was there when these were stored, and looks
// at one that another writer stored since.
func (l *Lake) putManifest(ctx context.Context, m *table.Manifest, s standing) error {
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	content = append(content, '\n')
	for range maxTries {
		if bytes.Equal(s.content, content) {
			return nil
		}
		u := bucket.Upload{OnlyNew: s.version == "", IfVersion: s.version}
		err := l.put(ctx, table.ManifestName(m.File), content, u)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if s, err = l.standing(ctx, m.File); err != nil {
			return err
		}
		if err := s.refuse(m); err != nil {
			return err
		}
		if o, err := l.statWhole(ctx, m.File); err != nil {
			return err
		} else if o.SHA256 != m.SHA256 {
			return fmt.Errorf("%s: another writer stored it of other inputs: %w", l.url(m.File), errOvertaken)
		}
	}
	return fmt.Errorf("%s: %w", l.url(m.File), errOvertaken)
}
