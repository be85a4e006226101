package table

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"tidemark/internal/cachefile"
	"tidemark/internal/tree"
)

// catalogue answers for the manifests of a store from memory. The zero catalogue is closed, and the store then reads each manifest
// from the disk whenever it is asked for it.
//
// What is the same as in the index it holds as segments, a tenth of the size, and unpacks those that are asked for.
//
// An open one looks at the disk once, at the first question, and from then on is kept current by this store's commits and
// removals only. What other processes commit it shows after Refresh.
type catalogue struct {
	mu       sync.Mutex
	index    string // folder of the index
	file     string // of what files the index was made
	open     bool
	listed   bool  // found is what the disk has
	listings int32 // how often the disk was looked at
	changed  bool  // since it was loaded or saved
	found    partitions
	sorted   map[string][]*catalogued // by folder, in the order of the files, where it was asked for
	damaged  map[string]error         // by folder, the first manifest that cannot be read

	segments map[string]segment        // of the index, as they were loaded or saved, without stamps
	packed   map[string]*packedSegment // of these, what was read
	removed  map[string]string         // SHA-256 of partitions that were removed here, by file: elsewhere they may still be
	unpacked []unpacked                // in the order in which they were asked for
	stale    map[string]bool           // segments that have other manifests than the disk
}

// partitions are manifests by folder of the store, for example routes/v3, and then by file.
type partitions map[string]map[string]*catalogued

func (p partitions) find(file string) *catalogued { return p[folderOf(file)][file] }

func (p partitions) set(file string, e *catalogued) {
	folder := folderOf(file)
	if p[folder] == nil {
		p[folder] = map[string]*catalogued{}
	}
	p[folder][file] = e
}

// unpacked is a segment with one of its manifests, which keeps all of them.
type unpacked struct {
	segment *packedSegment
	one     *Manifest
}

// catalogued is a manifest as it was found on the disk.
type catalogued struct {
	File  string // of the partition
	Bytes int64  // of the partition
	stamp

	Manifest *Manifest // nil: it is a row of the segment
	segment  *packedSegment
	row      int32
	listing  int32 // that found it last
	away     bool  // it is elsewhere, and not on the disk
}

// manifest returns the manifest as its file has it.
func (c *catalogue) manifest(e *catalogued) (*Manifest, error) {
	if e.Manifest != nil {
		return e.Manifest, nil
	}
	all, err := e.segment.manifests(c.nameOf)
	if err != nil {
		return nil, err
	}
	return &all[e.row], nil
}

// labelled returns the manifest with the labels that were read of the partition.
func (c *catalogue) labelled(e *catalogued) (*Manifest, error) {
	m, err := c.manifest(e)
	if err != nil || e.Labels == nil {
		return m, err
	}
	with := *m // which does not keep the others of its segment
	with.Labels = e.Labels
	return &with, nil
}

// maxUnpacked is how many manifests stay unpacked besides those of the segment that was asked for last: callers ask for one after the other.
const maxUnpacked = 20_000

// hold keeps the segment of an entry unpacked, which was asked for alone, and lets go those for which that was longest ago.
func (c *catalogue) hold(e *catalogued, m *Manifest) {
	if e.segment == nil {
		return
	}
	last := unpacked{e.segment, m}
	c.unpacked = append(slices.DeleteFunc(c.unpacked, func(u unpacked) bool { return u.segment == e.segment }), last)
	total := 0
	for i, u := range slices.Backward(c.unpacked) {
		if total += u.segment.Partitions; total > maxUnpacked && u != last {
			c.unpacked = slices.Delete(c.unpacked, 0, i+1)
			break
		}
	}
}

// nameOf returns the text with which the catalogue knows a file, so that it is in memory once.
func (c *catalogue) nameOf(file string) string {
	if e := c.found.find(file); e != nil {
		return e.File
	}
	return file
}

// LoadCatalogue makes the store answer Manifests and Manifest from memory. A folder has the index: the manifests of a dataset in a year in
// a Parquet file, which SaveCatalogue writes. The manifests stay the truth: none is taken from the index whose file has another size or
// time than the one that the index was made of, as the catalogue's file says, and no segment is believed that has other bytes than were
// written. What is missing, damaged or of another program only costs time. Nothing is read before the first question.
func (s *Store) LoadCatalogue(index, file string) {
	c := &s.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	c.index, c.file, c.open, c.listed, c.found = index, file, true, false, nil
}

// Refresh makes a store with a catalogue look at the disk again, where another process may have committed or removed
// partitions.
func (s *Store) Refresh() {
	s.catalogue.mu.Lock()
	defer s.catalogue.mu.Unlock()
	s.catalogue.listed = false
}

// each calls found with the whole commits' manifests in a folder of the store, with the fields of some columns or, if none is named, all; ok
// is false for a closed catalogue.
func (c *catalogue) each(s *Store, folder string, columns []string, found func(*Manifest)) (ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.list(s); !c.listed {
		return false, err
	}
	if err := c.damaged[folder]; err != nil {
		return false, err
	}
	parts := partReader{name: c.nameOf, columns: columns}
	for _, e := range c.inOrder(folder) {
		var m *Manifest
		if len(columns) > 0 && e.segment != nil {
			m, err = parts.manifest(e)
		} else {
			m, err = c.labelled(e)
		}
		if err != nil {
			return false, err
		}
		if c.whole(m) {
			found(m)
		}
	}
	return true, nil
}

func (c *catalogue) inOrder(folder string) []*catalogued {
	sorted, ok := c.sorted[folder]
	if !ok {
		sorted = slices.SortedFunc(maps.Values(c.found[folder]), compareFiles)
		c.sorted[folder] = sorted
	}
	return sorted
}

func compareFiles(a, b *catalogued) int { return strings.Compare(a.File, b.File) }

// at returns the manifest of the partition with that path in the store, if its commit is whole; ok is false where the disk has to tell.
func (c *catalogue) at(s *Store, file string) (m *Manifest, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.list(s); !c.listed {
		return nil, false, err
	}
	if c.damaged[folderOf(file)] != nil {
		return nil, false, nil // perhaps this one: see for yourself
	}
	e := c.found.find(file)
	if e == nil {
		return nil, true, nil
	}
	if m, err = c.manifest(e); err != nil || !c.whole(m) {
		return nil, err == nil, err
	}
	c.hold(e, m)
	m, err = c.labelled(e)
	return m, err == nil, err
}

func (c *catalogue) whole(m *Manifest) bool {
	for _, file := range m.Together {
		if c.found.find(file) == nil {
			return false
		}
	}
	return c.found.find(m.File) != nil
}

// folder returns the folder of the schema's partitions in the store, with slashes.
func (s *Schema) folder() string { return fmt.Sprintf("%s/v%d", s.Name, s.Version) }

// folderOf returns the first two elements of a file's path in the store: dataset and version.
func folderOf(file string) string {
	dataset := strings.IndexByte(file, '/') + 1
	version := strings.IndexByte(file[dataset:], '/')
	return file[:dataset+max(version, 0)]
}

// add puts a manifest that was just written into an open catalogue, as it is read again.
func (c *catalogue) add(written []byte) {
	m, err := parseManifest(written)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.listed {
		return
	}
	c.set(m.File, &catalogued{File: m.File, Bytes: m.Bytes, Manifest: m})
	delete(c.removed, m.File)
}

// addLabels completes a manifest of an earlier release, so that its labels need not be read again.
func (c *catalogue) addLabels(m *Manifest, labels map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.found.find(m.File)
	if !c.listed || old == nil {
		return
	}
	if now, err := c.manifest(old); err == nil && now.SHA256 == m.SHA256 {
		old.Labels, c.changed = labels, true
	}
}

func (c *catalogue) set(file string, e *catalogued) {
	c.found.set(file, e)
	c.changes(file)
}

// changes says that another manifest belongs to the file from now on, or none.
func (c *catalogue) changes(file string) {
	delete(c.sorted, folderOf(file))
	c.stale[segmentOf(file)] = true
	c.changed = true
}

// remove removes a partition, also as it is elsewhere: the index there has it until somebody removes it there.
func (c *catalogue) remove(file string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.found.find(file)
	if e == nil {
		return
	}
	if m, err := c.manifest(e); err == nil {
		c.removed[file] = m.SHA256
	}
	c.drop(file)
}

// drop removes a partition as it is on the disk. Where it is elsewhere too, the next look at the disk finds it there.
func (c *catalogue) drop(file string) {
	delete(c.found[folderOf(file)], file)
	c.changes(file)
}

// list brings an open catalogue up to what is on the disk, unless it is already.
func (c *catalogue) list(s *Store) error {
	if !c.open || c.listed {
		return nil
	}
	if c.found == nil {
		c.stale = map[string]bool{}
		c.found, c.removed = s.loadCatalogue(), map[string]string{}
	}
	c.listings++
	damaged, sorted := map[string]error{}, map[string][]*catalogued{}
	err := s.listPartitions("", func(file string, d, partition fs.DirEntry) error {
		folder, known := folderOf(file), c.found.find(file)
		now, err := s.lookAt(file, d, partition, known)
		switch {
		case errors.Is(err, errDamaged) || errors.Is(err, errManifest) && s.OnDamage != nil:
			return s.damaged(file, err)
		case err != nil && damaged[folder] == nil:
			damaged[folder] = err
		case err == nil && now != nil:
			now.listing, now.away = c.listings, false
			sorted[folder] = append(sorted[folder], now)
			if now != known {
				c.set(file, now)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.addAway(s, sorted); err != nil {
		return err
	}
	c.removeUnlisted()
	for _, all := range sorted {
		slices.SortFunc(all, compareFiles) // they are nearly in order
	}
	c.damaged, c.sorted, c.listed = damaged, sorted, true
	return nil
}

// removeUnlisted removes what the last look at the disk did not find.
func (c *catalogue) removeUnlisted() {
	for _, files := range c.found {
		for file, e := range files {
			if e.listing != c.listings {
				delete(files, file)
				c.changes(file)
			}
		}
	}
}

// errDamaged says that a partition is not the one that its manifest describes.
var errDamaged = errors.New("the partition is damaged")

// lookAt returns known if the manifest of a file is still the same, and otherwise reads it; nil if it is gone.
func (s *Store) lookAt(file string, d, partition fs.DirEntry, known *catalogued) (*catalogued, error) {
	info, err := d.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e := known
	if e == nil || e.Size == 0 || e.Size != info.Size() || e.Modified != info.ModTime().UnixNano() {
		e, err = s.readEntry(file, info)
	}
	if err == nil {
		info, err = partition.Info()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if bad := damage(e.File, e.Bytes, info); bad != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, bad)
	}
	return e, nil
}

// readEntry reads the manifest of a file, and notes what info tells of it.
func (s *Store) readEntry(file string, info fs.FileInfo) (*catalogued, error) {
	m, err := s.readManifest(file)
	if err != nil {
		return nil, err
	}
	e := &catalogued{File: file, Bytes: m.Bytes, Manifest: m}
	if cachefile.Settled(info) {
		e.Size, e.Modified = info.Size(), info.ModTime().UnixNano()
	}
	return e, nil
}

// listPartitions calls found with every partition in a folder of the store, and below, that has its manifest beside it: its path in the
// store and the entries of both. Symbolic links to folders are not followed.
func (s *Store) listPartitions(folder string, found func(file string, manifest, partition fs.DirEntry) error) error {
	entries, err := os.ReadDir(s.path(folder)) // in the order of the names
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if folder != "" {
		folder += "/"
	}
	for _, d := range entries {
		name := d.Name()
		switch {
		case d.IsDir() && name == tree.DamagedDir:
		case d.IsDir():
			err = s.listPartitions(folder+name, found)
		case isManifest(name):
			partition := FileOfManifest(name)
			if at, ok := slices.BinarySearchFunc(entries, partition, func(e fs.DirEntry, name string) int { return strings.Compare(e.Name(), name) }); ok {
				err = found(folder+partition, d, entries[at])
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isManifest(name string) bool { return FileOfManifest(name) != "" }
