package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"tidemark/datasets/mirror/bucket"
	"tidemark/datasets/table"
)

// Only who holds the lock of the storage calls what is in this file.

// CatchUp reads the index again, makes it anew where there is none, and merges what workers left word of.
func (l *Lake) CatchUp(ctx context.Context) error {
	err := l.Refresh(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return l.Rebuild(ctx)
	}
	if err != nil {
		return err
	}
	return l.merge(ctx)
}

// Rebuild makes the index anew from the manifests in the bucket. The same manifests give the same bytes.
func (l *Lake) Rebuild(ctx context.Context) error {
	objects, err := l.list(ctx, "")
	if err != nil {
		return err
	}
	sizes := map[string]int64{}
	for _, o := range objects {
		sizes[o.Key] = o.Size
	}
	var files []string
	for _, o := range objects {
		if file := table.FileOfManifest(o.Key); file != "" && !strings.HasPrefix(o.Key, hidden) {
			files = append(files, file)
		}
	}
	var mu sync.Mutex
	all := map[string]*table.Manifest{}
	err = concurrently(ctx, len(files), func(ctx context.Context, i int) error {
		content, err := l.get(ctx, table.ManifestName(files[i]), maxNews)
		if err != nil {
			return err
		}
		m, err := table.ParseManifest(files[i], content)
		if err == nil && sizes[m.File] != m.Bytes {
			err = fmt.Errorf("%s has %d bytes, but its manifest says %d", l.url(m.File), sizes[m.File], m.Bytes)
		}
		if err != nil {
			l.log.Warn("a partition in storage does not count", "partition", files[i], "because", err)
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		all[m.File] = m
		return nil
	})
	if err != nil {
		return err
	}
	var index []table.Segment
	if err := l.putSegments(ctx, all, &index); err != nil {
		return err
	}
	l.mu.Lock()
	l.index = []table.Segment{}
	l.mu.Unlock()
	if err := l.replaceIndex(ctx, index); err != nil {
		return err
	}
	return l.merge(ctx)
}

// putSegments stores the segments of the index that have these manifests, and appends them to index.
func (l *Lake) putSegments(ctx context.Context, all map[string]*table.Manifest, index *[]table.Segment) error {
	manifests := slices.SortedFunc(maps.Values(all), func(a, b *table.Manifest) int { return strings.Compare(a.File, b.File) })
	return table.Segments(manifests, func(one table.Segment, file []byte) error {
		*index = append(*index, one)
		return l.put(ctx, segments+one.SHA256+".parquet", file, bucket.Upload{})
	})
}

// replaceIndex stores a list of segments that are stored, and then removes those that it no longer has.
func (l *Lake) replaceIndex(ctx context.Context, index []table.Segment) error {
	slices.SortFunc(index, func(a, b table.Segment) int { return strings.Compare(a.Name, b.Name) })
	b, err := json.MarshalIndent(stored{format, index}, "", " ")
	if err != nil {
		return err
	}
	if err := l.put(ctx, listKey, append(b, '\n'), bucket.Upload{}); err != nil {
		return err
	}
	l.mu.Lock()
	before := l.index
	err = l.see(index, append(b, '\n'))
	l.mu.Unlock()
	for _, old := range before {
		if err == nil && !slices.ContainsFunc(index, func(one table.Segment) bool { return one.SHA256 == old.SHA256 }) {
			err = l.remove(ctx, segments+old.SHA256+".parquet")
		}
	}
	return err
}

// merge brings what workers left word of into the index.
func (l *Lake) merge(ctx context.Context) error {
	found, err := l.list(ctx, news)
	if err != nil || len(found) == 0 {
		return err
	}
	words := make([]word, len(found))
	err = concurrently(ctx, len(found), func(ctx context.Context, i int) (err error) {
		words[i], err = l.word(ctx, found[i].Key)
		return err
	})
	if err != nil {
		return err
	}
	c, err := l.changeOf(ctx, words)
	if err != nil {
		return err
	}
	if err := l.apply(ctx, c); err != nil {
		return err
	}
	return concurrently(ctx, len(found), func(ctx context.Context, i int) error { return l.remove(ctx, found[i].Key) })
}

// word reads what a worker left.
func (l *Lake) word(ctx context.Context, key string) (w word, err error) {
	content, err := l.get(ctx, key, maxNews)
	if err != nil {
		return w, err
	}
	if path.Base(key) != sumOf(content)+".json" {
		return w, fmt.Errorf("%s: the object has other bytes than its name says; remove it, and see tidemark datasets index --rebuild", l.url(key))
	}
	if err := json.Unmarshal(content, &w); err != nil {
		return w, fmt.Errorf("%s: %w", l.url(key), err)
	}
	for i, m := range w.Made {
		b, err := json.Marshal(m)
		if err == nil && m == nil {
			err = errors.New("it is null")
		}
		if err == nil {
			w.Made[i], err = table.ParseManifest(m.File, b)
		}
		if err != nil {
			return w, fmt.Errorf("%s: manifest %d: %w", l.url(key), i, err)
		}
	}
	return w, nil
}

// change is what becomes different in the index.
type change struct {
	made    map[string]*table.Manifest // by path
	removed map[string]string          // SHA-256 by path
}

// changeOf returns what words change. Where they contradict each other or the index, the manifest in the bucket decides.
func (l *Lake) changeOf(ctx context.Context, words []word) (c change, err error) {
	c = change{map[string]*table.Manifest{}, map[string]string{}}
	unsure := map[string]bool{}
	index, err := l.Index()
	if err != nil {
		return c, err
	}
	known := map[string]map[string]*table.Manifest{}
	for _, w := range words {
		maps.Copy(c.removed, w.Replaced)
		for _, m := range w.Made {
			name := table.SegmentOf(m.File)
			if known[name] == nil {
				if known[name], err = l.manifests(name, index); err != nil {
					return c, err
				}
			}
			if old := known[name][m.File]; old != nil && old.SHA256 != m.SHA256 {
				unsure[m.File] = true
			}
			if other := c.made[m.File]; other != nil && (other.SHA256 != m.SHA256 || madeFrom(other) != madeFrom(m)) {
				unsure[m.File] = true
			}
			c.made[m.File] = m
		}
	}
	for file := range unsure {
		s, err := l.standing(ctx, file)
		if err != nil {
			return c, err
		}
		if c.made[file] = s.Manifest; s.Manifest == nil {
			delete(c.made, file)
		}
	}
	for file, sum := range c.removed {
		if m := c.made[file]; m != nil && m.SHA256 != sum {
			delete(c.removed, file) // made anew since
		}
	}
	return c, nil
}

// apply brings a change into the index and then removes the objects of the partitions that it no longer has.
func (l *Lake) apply(ctx context.Context, c change) error {
	old, err := l.Index()
	if err != nil {
		return err
	}
	changed := map[string]bool{}
	for file := range c.made {
		changed[table.SegmentOf(file)] = true
	}
	for file := range c.removed {
		changed[table.SegmentOf(file)] = true
	}
	index := slices.DeleteFunc(slices.Clone(old), func(one table.Segment) bool { return changed[one.Name] })
	var gone []string
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		all, err := l.manifests(name, old)
		if err != nil {
			return err
		}
		for file, m := range c.made {
			if table.SegmentOf(file) == name {
				all[file] = m
			}
		}
		for file, sum := range c.removed {
			if m := all[file]; m != nil && m.SHA256 == sum && c.made[file] == nil {
				delete(all, file)
				gone = append(gone, file)
			}
		}
		if err := l.putSegments(ctx, all, &index); err != nil {
			return err
		}
	}
	if err := l.replaceIndex(ctx, index); err != nil {
		return err
	}
	return concurrently(ctx, len(gone), func(ctx context.Context, i int) error {
		return l.remove(ctx, table.ManifestName(gone[i]), gone[i])
	})
}
