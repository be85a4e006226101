package table

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"tidemark/internal/cachefile"
	"tidemark/internal/tree"
)

// segment is a file of the index as this installation wrote it last, and the files of the manifests that it was made of.
type segment struct {
	Segment
	Stamps []stamp // of the manifests, in the order of the rows
}

// stamp is what the file of a manifest was when it was read.
type stamp struct {
	Size     int64             // 0: a change since then need not show
	Modified int64             // nanoseconds since 1970
	Labels   map[string]string // of the partition, where it had to be read for them
}

func (e *catalogued) stamp() stamp {
	if !e.Settled {
		return stamp{Labels: e.Labels}
	}
	return stamp{e.Size, e.Modified, e.Labels}
}

// catalogueHeader returns the header of the file. It changes with the program and with the fields of manifests.
func (s *Store) catalogueHeader() string {
	return fmt.Sprint(s.Program, reflect.VisibleFields(reflect.TypeFor[Manifest]()), reflect.VisibleFields(reflect.TypeFor[Input]()), reflect.VisibleFields(reflect.TypeFor[indexed]()))
}

// SaveCatalogue brings the index up to date, and writes the file that LoadCatalogue named, for the next process. It does nothing where
// there is nothing new to save. Only who holds the lock of the data folder may call it. A kill at any point, and the loss of any file,
// cost the next process the time of reading manifests.
func (s *Store) SaveCatalogue() error {
	c := &s.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.listed || !c.changed {
		return nil
	}
	segments, err := c.saveIndex()
	if err != nil {
		return err
	}
	if err := cachefile.Write(c.file, s.catalogueHeader(), slices.Values(slices.SortedFunc(maps.Values(segments), compareSegments))); err != nil {
		return err
	}
	c.segments, c.stale, c.changed = segments, map[string]bool{}, false
	return nil
}

// UpdateIndex looks at the disk and saves the index; anew: without what was known of the manifests, every one of which is read again. Only
// who holds the lock of the data folder may call it.
func (s *Store) UpdateIndex(anew bool) error {
	c := &s.catalogue
	c.mu.Lock()
	c.listed = false
	if anew {
		c.found, c.sorted, c.segments, c.stale, c.changed = partitions{}, map[string][]*catalogued{}, map[string]segment{}, map[string]bool{}, true
	}
	err := c.list(s)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return s.SaveCatalogue()
}

// Index returns the segments of the index as they were saved, in the order of their names.
func (s *Store) Index() (all []Segment) {
	c := &s.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(c.segments)) {
		all = append(all, c.segments[name].Segment)
	}
	return all
}

// compareSegments orders segments by year.
func compareSegments(a, b segment) int {
	return cmp.Or(strings.Compare(path.Base(a.Name), path.Base(b.Name)), strings.Compare(a.Name, b.Name))
}

// saveIndex writes the segments of the index that are not as they should be, and removes all that belong to no partition.
func (c *catalogue) saveIndex() (map[string]segment, error) {
	if err := os.MkdirAll(c.index, 0o755); err != nil {
		return nil, err
	}
	all := map[string][]*catalogued{}
	for folder := range c.found {
		for _, e := range c.inOrder(folder) {
			name := segmentOf(e.Manifest.File)
			all[name] = append(all[name], e)
		}
	}
	segments := map[string]segment{}
	for name, entries := range all {
		one, err := c.saveSegment(name, entries)
		if err != nil {
			return nil, err
		}
		segments[name] = one
	}
	return segments, c.removeOthers(segments)
}

// saveSegment writes a segment, unless what is there has the same bytes.
func (c *catalogue) saveSegment(name string, entries []*catalogued) (segment, error) {
	one, known := c.segments[name]
	one.Name, one.Partitions, one.Stamps = name, len(entries), make([]stamp, len(entries))
	manifests := make([]*Manifest, len(entries))
	for i, e := range entries {
		one.Stamps[i], manifests[i] = e.stamp(), e.Manifest
	}
	if known && !c.stale[name] {
		return one, nil
	}
	now, b, err := newSegment(name, manifests)
	if err != nil {
		return one, err
	}
	if !known || now != one.Segment {
		one.Segment = now
		if err := tree.MakeFolder(c.index, path.Dir(name)); err != nil {
			return one, err
		}
		err = writeSegment(c.segmentFile(name), b)
	}
	return one, err
}

func (c *catalogue) segmentFile(name string) string {
	return filepath.Join(c.index, filepath.FromSlash(name)+".parquet")
}

// removeOthers removes the files of the index that are none of these segments.
func (c *catalogue) removeOthers(segments map[string]segment) error {
	return filepath.WalkDir(c.index, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || file == c.index {
			return err
		}
		name, err := filepath.Rel(c.index, strings.TrimSuffix(file, ".parquet"))
		if err != nil {
			return err
		}
		if _, ok := segments[filepath.ToSlash(name)]; ok && strings.HasSuffix(file, ".parquet") {
			return nil
		}
		return os.Remove(file)
	})
}

// loadCatalogue reads what SaveCatalogue saved. What is missing, damaged or of another program is left out.
func (s *Store) loadCatalogue() partitions {
	c := &s.catalogue
	loaded := partitions{}
	c.segments = map[string]segment{}
	c.sorted = map[string][]*catalogued{}
	saved, err := cachefile.Read[segment](c.file, s.catalogueHeader())
	if err != nil {
		s.unusable("the catalogue of manifests", err)
		c.changed = true
		return loaded
	}
	var from *indexReader
	year := ""
	for _, one := range saved {
		if of := path.Base(one.Name); from == nil || of != year { // what is committed together is of one day
			from, year = newIndexReader(), of
		}
		manifests, err := c.readSegment(from, one)
		if err != nil {
			s.unusable("a segment of the index", err)
			c.changed = true
			continue
		}
		for i, m := range manifests {
			stamp := one.Stamps[i]
			loaded.set(m.File, &catalogued{Manifest: m, Size: stamp.Size, Modified: stamp.Modified, Settled: stamp.Size > 0, Labels: stamp.Labels})
		}
		one.Stamps = nil
		c.segments[one.Name] = one
	}
	return loaded
}

func (s *Store) unusable(what string, err error) {
	if s.Log != nil {
		s.Log.Debug(what+" cannot be used; the manifests are read instead", "error", err)
	}
}

// readSegment returns the manifests of a segment, if it still has the bytes that this installation wrote: no others are believed.
func (c *catalogue) readSegment(from *indexReader, one segment) ([]*Manifest, error) {
	f, err := tree.Open(c.index, one.Name+".parquet")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, one.Bytes+1))
	if err != nil {
		return nil, err
	}
	manifests, err := from.segment(one.Segment, b)
	if err == nil && len(manifests) != len(one.Stamps) {
		err = fmt.Errorf("%s: it has other rows than the catalogue", one.Name)
	}
	return manifests, err
}
