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
	sizes := map[string]int64{} // of partitions, by path
	var manifests, former []string
	err := l.list(ctx, "", func(o bucket.Object) error {
		switch {
		case strings.HasPrefix(o.Key, segments):
			former = append(former, o.Key)
		case strings.HasPrefix(o.Key, hidden):
		case table.FileOfManifest(o.Key) != "":
			manifests = append(manifests, table.FileOfManifest(o.Key))
		default:
			sizes[o.Key] = o.Size
		}
		return nil
	})
	if err != nil {
		return err
	}
	all, err := l.readManifests(ctx, manifests, sizes)
	if err != nil {
		return err
	}
	var index []table.Segment
	if err := l.putSegments(ctx, all, &index); err != nil {
		return err
	}
	if err := l.replaceIndex(ctx, index, former); err != nil {
		return err
	}
	return l.merge(ctx)
}

// readManifests returns the manifests of partitions, by path, of those that are there in the size that their manifest says.
func (l *Lake) readManifests(ctx context.Context, files []string, sizes map[string]int64) (map[string]*table.Manifest, error) {
	var mu sync.Mutex
	all := map[string]*table.Manifest{}
	err := concurrently(ctx, len(files), func(ctx context.Context, i int) error {
		content, err := l.get(ctx, table.ManifestName(files[i]), maxManifest)
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
	return all, err
}

// putSegments stores the segments of the index that have these manifests, and appends them to index.
func (l *Lake) putSegments(ctx context.Context, all map[string]*table.Manifest, index *[]table.Segment) error {
	manifests := slices.SortedFunc(maps.Values(all), func(a, b *table.Manifest) int { return strings.Compare(a.File, b.File) })
	return table.Segments(manifests, func(one table.Segment, file []byte) error {
		*index = append(*index, one)
		return l.put(ctx, segmentKey(one), file, bucket.Upload{})
	})
}

// replaceIndex stores a list of segments that are stored, and then removes those of the former objects that it no longer has.
func (l *Lake) replaceIndex(ctx context.Context, index []table.Segment, former []string) error {
	slices.SortFunc(index, func(a, b table.Segment) int { return strings.Compare(a.Name, b.Name) })
	b, err := json.MarshalIndent(stored{format, index}, "", " ")
	if err != nil {
		return err
	}
	if err := l.put(ctx, listKey, append(b, '\n'), bucket.Upload{}); err != nil {
		return err
	}
	l.mu.Lock()
	err = l.see(index, append(b, '\n'))
	l.mu.Unlock()
	if err != nil {
		return err
	}
	current := map[string]bool{}
	for _, one := range index {
		current[segmentKey(one)] = true
	}
	return l.remove(ctx, slices.DeleteFunc(former, func(key string) bool { return current[key] })...)
}

// segmentKey returns the key of the object that has a segment.
func segmentKey(one table.Segment) string { return segments + one.SHA256 + ".parquet" }

// merge brings what workers left word of into the index.
func (l *Lake) merge(ctx context.Context) error {
	for more := true; more; {
		var found []bucket.Object
		var err error
		if found, more, err = l.portion(ctx, news); err != nil || len(found) == 0 {
			return err
		}
		if err := l.mergeWords(ctx, found); err != nil {
			return err
		}
	}
	return nil
}

// mergeWords brings some words into the index, and removes them.
func (l *Lake) mergeWords(ctx context.Context, found []bucket.Object) error {
	words := make([]word, len(found))
	err := concurrently(ctx, len(found), func(ctx context.Context, i int) (err error) {
		words[i], err = l.word(ctx, found[i])
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
func (l *Lake) word(ctx context.Context, o bucket.Object) (w word, err error) {
	key := o.Key
	content, err := l.get(ctx, key, min(o.Size, maxPortionBytes))
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
	var former []string
	index := slices.DeleteFunc(slices.Clone(old), func(one table.Segment) bool {
		if changed[one.Name] {
			former = append(former, segmentKey(one))
		}
		return changed[one.Name]
	})
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
			if table.SegmentOf(file) != name || c.made[file] != nil {
				continue
			}
			if m := all[file]; m == nil || m.SHA256 == sum { // nil: whoever removed it was killed before its objects were gone
				delete(all, file)
				gone = append(gone, file)
			}
		}
		if err := l.putSegments(ctx, all, &index); err != nil {
			return err
		}
	}
	if err := l.replaceIndex(ctx, index, former); err != nil {
		return err
	}
	return concurrently(ctx, len(gone), func(ctx context.Context, i int) error { return l.removePartition(ctx, gone[i], c.removed[gone[i]]) })
}

// removePartition removes the objects of a partition. Where its manifest no longer names that SHA-256, a worker made it anew, and they stay.
func (l *Lake) removePartition(ctx context.Context, file, sum string) error {
	s, err := l.standing(ctx, file)
	if err != nil || s.Manifest == nil || s.SHA256 != sum {
		return err
	}
	return l.remove(ctx, table.ManifestName(file), file)
}
