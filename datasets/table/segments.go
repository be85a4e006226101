package table

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/internal/atomicfile"
	"tidemark/internal/tree"
)

// Segments calls found with the segments of the index that have these manifests, and their bytes. The manifests are in the order of their
// files.
func Segments(manifests []*Manifest, found func(one Segment, file []byte) error) error {
	return eachSegment(manifests, newSegment, found)
}

// Segments is Segments of manifests of this store. Those that are as in its index are not encoded again.
func (s *Store) Segments(manifests []*Manifest, found func(one Segment, file []byte) error) error {
	return eachSegment(manifests, func(name string, some []*Manifest) (Segment, []byte, error) {
		if p := s.catalogue.packedAs(name, some); p != nil {
			return p.Segment, p.file, nil
		}
		return newSegment(name, some)
	}, found)
}

// packedAs returns the segment of the index that these are all manifests of, as they were unpacked; nil if there is none.
func (c *catalogue) packedAs(name string, manifests []*Manifest) *packedSegment {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.packed[name]
	if p == nil || !p.has(manifests) {
		return nil
	}
	return p
}

func eachSegment(manifests []*Manifest, segment func(name string, manifests []*Manifest) (Segment, []byte, error), found func(one Segment, file []byte) error) error {
	for len(manifests) > 0 {
		name, n := segmentOf(manifests[0].File), 1
		for n < len(manifests) && segmentOf(manifests[n].File) == name {
			n++
		}
		one, b, err := segment(name, manifests[:n])
		if err == nil {
			err = found(one, b)
		}
		if err != nil {
			return err
		}
		manifests = manifests[n:]
	}
	return nil
}

// Manifests returns the manifests of a segment with that file.
func (of Segment) Manifests(file []byte) ([]*Manifest, error) {
	if err := of.check(file); err != nil {
		return nil, err
	}
	all, err := newIndexReader(once()).read(file, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", of.Name, err)
	}
	for i := range all {
		m := &all[i]
		if err := m.check(m.File); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", of.Name, m.File, err)
		}
		if segmentOf(m.File) != of.Name {
			return nil, fmt.Errorf("%s: it has the partition %q of another segment", of.Name, m.File)
		}
	}
	return pointers(all), nil
}

// SegmentOf returns the name of the segment that has the partition with that path in the store.
func SegmentOf(file string) string { return segmentOf(file) }

// ManifestName returns the path of the manifest of the partition with that path in the store, with slashes.
func ManifestName(file string) string { return filepath.ToSlash(manifestFile(file)) }

// ParseManifest reads the manifest of the partition with that path in the store. Its errors name the partition.
func ParseManifest(file string, b []byte) (*Manifest, error) {
	m, err := parseManifest(b)
	if err == nil {
		err = m.check(file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", file, errManifest, err)
	}
	return m, nil
}

// Placed is a partition of a store and where it is.
type Placed struct {
	File  string // path in the store, with slashes
	Bytes int64
	Away  bool // it is elsewhere alone
}

// Day returns the day in the partition's path.
func (p Placed) Day() time.Time { return (&Manifest{File: p.File}).Day() }

// Placed returns where each partition is, in the order of their files. It reads no manifest.
func (s *Store) Placed() (all []Placed, err error) {
	c := &s.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.list(s); err != nil {
		return nil, err
	}
	for folder := range c.found {
		for _, e := range c.inOrder(folder) {
			all = append(all, Placed{e.File, e.Bytes, e.away})
		}
	}
	slices.SortFunc(all, func(a, b Placed) int { return strings.Compare(a.File, b.File) })
	return all, nil
}

// All returns the manifests of the partitions that are wanted, in the order of their files, by path and by whether they are elsewhere alone.
func (s *Store) All(wanted func(file string, away bool) bool) (all []*Manifest, err error) {
	c := &s.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.list(s); err != nil {
		return nil, err
	}
	if !c.listed {
		return nil, errors.New("the store has no catalogue")
	}
	for folder := range c.found {
		for _, e := range c.inOrder(folder) {
			if !wanted(e.File, e.away) {
				continue
			}
			m, err := c.manifest(e)
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	slices.SortFunc(all, compareManifests)
	return all, nil
}

// Receive puts the file of a partition that is elsewhere, and its manifest, into the folder.
func (s *Store) Receive(m *Manifest, file string, manifest []byte) error {
	if err := tree.MakeFolder(s.Dir, path.Dir(m.File)); err != nil {
		return err
	}
	to := s.path(m.File)
	if err := s.receive(to, file); err != nil {
		return err
	}
	return atomicfile.Write(manifestFile(to), manifest)
}

func (s *Store) receive(to, file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := atomicfile.Create(filepath.Split(to))
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = out.ReadFrom(in)
	if err == nil {
		err = errors.Join(out.Chmod(0o444), out.Sync()) // as Writer does
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if err := os.Rename(out.Name(), to); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(to))
}
