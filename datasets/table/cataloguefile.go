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
	Size     int64             // 0: a change since then need not show, see cachefile.Settled
	Modified int64             // nanoseconds since 1970
	Labels   map[string]string // of the partition, where it had to be read for them
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
		c.found, c.sorted, c.segments, c.stale, c.unpacked, c.changed = partitions{}, map[string][]*catalogued{}, map[string]segment{}, map[string]bool{}, nil, true
		c.packed, c.removed = map[string]*packedSegment{}, map[string]string{}
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
			name := segmentOf(e.File)
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
	for i, e := range entries {
		one.Stamps[i] = e.stamp
	}
	if known && !c.stale[name] {
		return one, nil
	}
	manifests := make([]*Manifest, len(entries))
	for i, e := range entries {
		m, err := c.manifest(e)
		if err != nil {
			return one, err
		}
		manifests[i] = m
	}
	now, b, err := newSegment(name, manifests)
	if err != nil {
		return one, err
	}
	c.packed[name] = &packedSegment{Segment: now, file: b}
	c.pack(entries, c.packed[name])
	if !known || now != one.Segment {
		one.Segment = now
		if err := tree.MakeFolder(c.index, path.Dir(name)); err != nil {
			return one, err
		}
		err = writeSegment(c.segmentFile(name), b)
	}
	return one, err
}

// pack holds manifests as the rows of a segment from now on.
func (c *catalogue) pack(entries []*catalogued, in *packedSegment) {
	for i, e := range entries {
		e.Manifest, e.segment, e.row = nil, in, int32(i)
	}
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
	c.segments, c.packed = map[string]segment{}, map[string]*packedSegment{}
	c.sorted = map[string][]*catalogued{}
	saved, err := cachefile.Read[segment](c.file, s.catalogueHeader())
	if err != nil {
		s.unusable("the catalogue of manifests", err)
		c.changed = true
		return loaded
	}
	for _, one := range saved {
		if err := c.load(loaded, one); err != nil {
			s.unusable("a segment of the index", err)
			c.changed = true
			continue
		}
		one.Stamps = nil
		c.segments[one.Name] = one
	}
	return loaded
}

// load adds the partitions of a segment.
func (c *catalogue) load(loaded partitions, one segment) error {
	in, err := c.readSegment(one)
	if err != nil {
		return err
	}
	entries := make([]catalogued, 0, len(one.Stamps))
	rows, err := in.list(func(file string, bytes int64) {
		if row := len(entries); row < len(one.Stamps) {
			entries = append(entries, catalogued{File: file, Bytes: bytes, stamp: one.Stamps[row], segment: in, row: int32(row)})
		}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", one.Name, err)
	}
	if rows != len(one.Stamps) || rows != one.Partitions {
		return fmt.Errorf("%s: it has other rows than the catalogue", one.Name)
	}
	for i := range entries {
		loaded.set(entries[i].File, &entries[i])
	}
	c.packed[one.Name] = in
	return nil
}

func (s *Store) unusable(what string, err error) {
	if s.Log != nil {
		s.Log.Debug(what+" cannot be used; the manifests are read instead", "error", err)
	}
}

// readSegment returns a segment, if its file still has the bytes that this installation wrote.
func (c *catalogue) readSegment(one segment) (*packedSegment, error) {
	f, err := tree.Open(c.index, one.Name+".parquet")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != one.Bytes {
		return nil, fmt.Errorf("%s: it has %d bytes (want %d)", one.Name, info.Size(), one.Bytes)
	}
	b := make([]byte, one.Bytes)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("%s: %w", one.Name, err)
	}
	return &packedSegment{Segment: one.Segment, file: b}, one.check(b)
}
