package site

import (
	"bytes"
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

	"tidemark/internal/atomicfile"

	"golang.org/x/sync/errgroup"
)

// sumsPath lists every file of the site as sha256sum -c reads it. It also tells the next rendering which files this one
// made.
const sumsPath = "SHA256SUMS"

// writers is how many files are written side by side: the disk makes them durable together.
const writers = 8

// file is a file of the site.
type file struct {
	Bytes  int64
	SHA256 string
	from   string // where it lies on this machine; empty: in the half-made version
}

// stage is the next version of a site while it is made. A file that differs from the published version is written at once,
// so that memory does not bound the size of a site; the others are taken over as hard links in the end.
type stage struct {
	shelf
	current string   // folder of the published version; empty: there is none
	was     *version // what it holds
	making  string   // folder of the version that is made

	mu      sync.RWMutex
	files   map[string]file // by path in the site, with slashes
	changed int             // files that the published version has not, or not so
	root    *os.Root        // of making; nil: nothing was written yet
	folders map[string]bool // that it has
}

// openStage begins a version of the site at link. What an earlier one left half-made is cleared away.
func openStage(link string) (*stage, error) {
	s := &stage{shelf: shelf{link, link + "-versions"}, was: &version{}, files: map[string]file{}, folders: map[string]bool{".": true}}
	s.making = filepath.Join(s.dir, halfMade)
	var err error
	if s.current, err = s.published(); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(s.making); err != nil {
		return nil, err
	}
	if s.current != "" {
		if s.was, err = openVersion(s.current); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// close clears away what was not published.
func (s *stage) close() error {
	errs := []error{s.was.close()}
	if s.root != nil {
		errs = append(errs, s.root.Close(), os.RemoveAll(s.making))
	}
	return errors.Join(errs...)
}

// add takes a file into the site. Several may be added at a time.
func (s *stage) add(name string, content []byte) error {
	f := file{Bytes: int64(len(content)), SHA256: sha256Hex(content)}
	same := s.was.holds(name, content)
	if same {
		f.from = s.was.path(name)
	}
	if err := s.take(name, f, same); err != nil || same {
		return err
	}
	if err := s.makeFolder(path.Dir(name)); err != nil {
		return err
	}
	return writeSynced(s.root, name, bytes.NewReader(content))
}

// stand takes a file into the site that lies on the disk already and may be too large to be held in memory: a partition, or
// a download of an earlier version.
func (s *stage) stand(name string, f file) error {
	same := s.was.lists(name, f)
	if same {
		f.from = s.was.path(name)
	}
	return s.take(name, f, same)
}

// again takes a file of the site into it under another name too.
func (s *stage) again(name, of string) error {
	f, there := s.file(of)
	if !there {
		return fmt.Errorf("there is no file %s", of)
	}
	if f.from == "" {
		f.from = filepath.Join(s.making, filepath.FromSlash(of))
	}
	return s.stand(name, f)
}

func (s *stage) take(name string, f file, same bool) error {
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

// file is a file of the site so far.
func (s *stage) file(name string) (file, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, there := s.files[name]
	return f, there
}

// has tells whether the site has the file so far.
func (s *stage) has(name string) bool {
	_, there := s.file(name)
	return there
}

// makeFolder makes a folder of the half-made version, and that version with its first one.
func (s *stage) makeFolder(name string) (err error) {
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

// publish makes the site hold what was added. The version is completed beside the published one and made durable; then the
// link is switched by a rename. So a visitor sees the one version or the other, and a machine that fails at any moment has
// one of them. What somebody else put into the site goes along. Where nothing differs, nothing is touched.
func (s *stage) publish() (written, removed int, err error) {
	if err := s.add(sumsPath, s.sums()); err != nil {
		return 0, 0, err
	}
	for name := range s.was.made {
		if !s.has(name) && s.was.has(name) {
			removed++
		}
	}
	linked := s.current != "" && s.current != s.link
	if linked && s.changed == 0 && removed == 0 {
		return 0, 0, nil
	}
	if err := s.complete(); err != nil {
		return 0, 0, err
	}
	number, err := s.next()
	if err != nil {
		return 0, 0, err
	}
	if s.current == s.link {
		number++ // the folder that stands in the link's place becomes the version before
	}
	if err := os.Rename(s.making, filepath.Join(s.dir, strconv.Itoa(number))); err != nil {
		return 0, 0, err
	}
	if err := atomicfile.SyncDir(s.dir); err != nil {
		return 0, 0, err
	}
	if err := s.show(number, s.current); err != nil {
		return 0, 0, err
	}
	return s.changed, removed, s.clear(number)
}

// sums is the content of the list of all files.
func (s *stage) sums() []byte {
	var list bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		fmt.Fprintf(&list, "%s  %s\n", s.files[name].SHA256, name)
	}
	return list.Bytes()
}

// complete gives the files that lie elsewhere their places.
func (s *stage) complete() error {
	elsewhere := map[string]string{} // where a file lies, by its name
	for name, f := range s.files {
		if f.from != "" {
			elsewhere[name] = f.from
		}
	}
	others, err := s.was.others(s.files)
	if err != nil {
		return err
	}
	for _, name := range others {
		elsewhere[name] = s.was.path(name)
	}
	for name := range elsewhere {
		if err := s.makeFolder(path.Dir(name)); err != nil {
			return err
		}
	}
	var work errgroup.Group
	work.SetLimit(writers)
	for name, from := range elsewhere {
		work.Go(func() error { return s.lay(name, from) })
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for dir := range s.folders {
		if err := atomicfile.SyncDir(filepath.Join(s.making, filepath.FromSlash(dir))); err != nil {
			return err
		}
	}
	return nil
}

// lay gives a file its place in the half-made version: as a hard link, or as a copy where the disk has none.
func (s *stage) lay(name, from string) error {
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
