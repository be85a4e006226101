// Package publish replaces the versions of a site on disk: the site is a symbolic link to a folder that holds one version,
// and a new version is completed beside it before the link is switched.
package publish

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"tidemark/internal/atomicfile"
	"tidemark/internal/checksum"
)

// SumsPath is the list of all files of a site as sha256sum -c reads it. It also says which files the rendering made, in
// contrast to those that others added.
const SumsPath = "SHA256SUMS"

// Writers is how many files are worth writing at a time: while the disk makes one durable, others can be written.
const Writers = 8

// File is a file of the site.
type File struct {
	Bytes  int64
	SHA256 string // in hexadecimal digits
	From   string // path on this machine; empty: in the unfinished version
}

// Stage is the next version of a site while it is made. A file that differs from the published version is written at
// once, so that memory does not bound the size of a site; the others become hard links in the end. Its methods may be
// called at the same time, except for Publish and Close.
type Stage struct {
	shelf
	current string   // folder of the published version; empty: there is none
	before  *Version // the published version
	making  string   // folder of the version that is made
	sums    *checksum.Ledger

	mu      sync.RWMutex
	files   map[string]File // by path in the site, with slashes
	changed int             // files that are new or differ from the published version
	root    *os.Root        // of making; nil: nothing has been written yet
	folders map[string]bool // in root
	held    []func()        // let go the files that Link was given a hold of
}

// Open begins a version of the site at link. It removes what an earlier one left unfinished. Files that are linked are compared
// with their SHA-256; sums spares reading those that cannot have changed since they were read.
func Open(link string, sums *checksum.Ledger) (*Stage, error) {
	s := &Stage{shelf: shelf{link, link + "-versions"}, sums: sums, before: &Version{}, files: map[string]File{}, folders: map[string]bool{".": true}}
	s.making = filepath.Join(s.dir, unfinished)
	var err error
	if s.current, err = s.published(); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(s.making); err != nil {
		return nil, err
	}
	if s.current != "" {
		if s.before, err = openVersion(s.current, sums); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Close removes what was not published.
func (s *Stage) Close() error {
	errs := []error{s.before.close()}
	for _, release := range s.held {
		release()
	}
	if s.root != nil {
		errs = append(errs, s.root.Close(), os.RemoveAll(s.making))
	}
	return errors.Join(errs...)
}

// Before returns the published version; an empty one where there is none.
func (s *Stage) Before() *Version { return s.before }

// Add writes a file of the site.
func (s *Stage) Add(name string, content []byte) error {
	f := File{Bytes: int64(len(content)), SHA256: fmt.Sprintf("%x", sha256.Sum256(content))}
	same := s.before.holds(name, content)
	if same {
		f.From = s.before.path(name)
	}
	if err := s.enter(name, f, same); err != nil || same {
		return err
	}
	if err := s.makeFolder(path.Dir(name)); err != nil {
		return err
	}
	return writeSynced(s.root, name, bytes.NewReader(content))
}

// Keep publishes files of the published version again, of which sums has the SHA-256 by name, and reports whether that version has all of
// them with these. Otherwise it publishes none.
func (s *Stage) Keep(sums map[string]string) (bool, error) {
	all := make(map[string]File, len(sums))
	for name, sum := range sums {
		f, whole := s.before.File(name)
		if !whole || f.SHA256 != sum {
			return false, nil
		}
		all[name] = f
	}
	for name, f := range all {
		if err := s.enter(name, f, true); err != nil {
			return false, err
		}
	}
	return true, nil
}

// Link adds a file that is on the disk already, at f.From, and may be too large for memory: a partition, or a download of
// the published version. It is an error if it does not have the SHA-256 and the size of f.
func (s *Stage) Link(name string, f File) error {
	same := s.before.lists(name, f)
	if same {
		f.From = s.before.path(name)
	} else if sum, size, err := s.sums.Sum(f.From); err != nil {
		return err
	} else if sum != f.SHA256 || size != f.Bytes {
		return fmt.Errorf("%s changed: it has %d bytes with SHA-256 %s, not the %d with %s that were to be published", f.From, size, sum, f.Bytes, f.SHA256)
	}
	return s.enter(name, f, same)
}

// LinkHeld is Link for a file that hold returns the path of, and that may go once release is called. It is not asked for where the
// published version has the file.
func (s *Stage) LinkHeld(name string, f File, hold func() (path string, release func(), err error)) error {
	if !s.before.lists(name, f) {
		path, release, err := hold()
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.held = append(s.held, release)
		s.mu.Unlock()
		f.From = path
	}
	return s.Link(name, f)
}

// Alias publishes a file of this version under a second name.
func (s *Stage) Alias(name, of string) error {
	f, ok := s.File(of)
	if !ok {
		return fmt.Errorf("the site has no file %s", of)
	}
	if f.From == "" {
		f.From = filepath.Join(s.making, filepath.FromSlash(of))
	}
	return s.Link(name, f)
}

func (s *Stage) enter(name string, f File, same bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.files[name]; taken {
		return fmt.Errorf("two files want the path %s", name)
	}
	s.files[name] = f
	if !same {
		s.changed++
	}
	return nil
}

// File returns a file that was added; not ok where there is none of that name.
func (s *Stage) File(name string) (f File, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, ok = s.files[name]
	return f, ok
}

// Has reports whether a file of that name was added.
func (s *Stage) Has(name string) bool {
	_, ok := s.File(name)
	return ok
}

// Len returns the number of files that were added.
func (s *Stage) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.files)
}

// makeFolder creates a folder of the unfinished version, and that version with its first one.
func (s *Stage) makeFolder(name string) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == nil {
		if err := os.MkdirAll(s.making, 0o755); err != nil {
			return err
		}
		if s.root, err = os.OpenRoot(s.making); err != nil {
			return err
		}
	}
	if s.folders[name] {
		return nil
	}
	for dir := name; !s.folders[dir]; dir = path.Dir(dir) {
		s.folders[dir] = true
	}
	return s.root.MkdirAll(filepath.FromSlash(name), 0o755)
}

// Publish makes what was added the site, and returns how many files were written and removed. The version is completed
// and made durable beside the published one; then the link is switched by a rename. So a visitor sees the one version or
// the other, and a machine that fails at any moment has one of them. Files that others added to the site are kept. Where
// nothing differs, nothing is touched.
func (s *Stage) Publish() (written, removed int, err error) {
	if err := s.Add(SumsPath, s.list()); err != nil {
		return 0, 0, err
	}
	for name := range s.before.made {
		if !s.Has(name) && s.before.Has(name) {
			removed++
		}
	}
	linked := s.current != "" && s.current != s.link
	if linked && s.changed == 0 && removed == 0 {
		return 0, 0, nil
	}
	var sources []string
	for _, f := range s.files {
		if f.From != "" {
			sources = append(sources, f.From)
		}
	}
	return s.changed, removed, s.sums.Linking(sources, s.replace)
}

// replace completes the version, makes it the published one, and removes old ones.
func (s *Stage) replace() error {
	if err := s.complete(); err != nil {
		return err
	}
	number, err := s.next()
	if err != nil {
		return err
	}
	if s.current == s.link {
		number++ // the folder in the link's place becomes the version before
	}
	if err := os.Rename(s.making, filepath.Join(s.dir, strconv.Itoa(number))); err != nil {
		return err
	}
	if err := atomicfile.SyncDir(s.dir); err != nil {
		return err
	}
	if err := s.show(number, s.current); err != nil {
		return err
	}
	return s.removeOld(number)
}

// list returns the content of SumsPath.
func (s *Stage) list() []byte {
	var list bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		fmt.Fprintf(&list, "%s  %s\n", s.files[name].SHA256, name)
	}
	return list.Bytes()
}

// complete places the files that are not written yet.
func (s *Stage) complete() error {
	from := map[string]string{} // paths on this machine, by name
	for name, f := range s.files {
		if f.From != "" {
			from[name] = f.From
		}
	}
	others, err := s.before.others(s.files)
	if err != nil {
		return err
	}
	for _, name := range others {
		from[name] = s.before.path(name)
	}
	for name := range from {
		if err := s.makeFolder(path.Dir(name)); err != nil {
			return err
		}
	}
	var work errgroup.Group
	work.SetLimit(Writers)
	for name, path := range from {
		work.Go(func() error { return s.place(name, path) })
	}
	if err := work.Wait(); err != nil {
		return err
	}
	var names errgroup.Group
	names.SetLimit(Writers)
	for dir := range s.folders {
		names.Go(func() error { return atomicfile.SyncDir(filepath.Join(s.making, filepath.FromSlash(dir))) })
	}
	return names.Wait()
}

// place puts a file into the unfinished version: as a hard link, or as a copy where the file system has none.
func (s *Stage) place(name, from string) error {
	if os.Link(from, filepath.Join(s.making, filepath.FromSlash(name))) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return writeSynced(s.root, name, in)
}

func writeSynced(root *os.Root, name string, content io.Reader) error {
	f, err := root.Create(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
