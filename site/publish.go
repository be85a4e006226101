package site

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets/table"
)

// sumsPath lists every file of the site as sha256sum -c reads it. It also tells the next rendering which files this one
// made.
const sumsPath = "SHA256SUMS"

// sums is the content of that file.
func sums(files map[string][]byte) []byte {
	var list bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&list, "%s  %s\n", sha256Hex(files[name]), name)
	}
	return list.Bytes()
}

const (
	halfMade  = ".half-made" // a version until it is whole
	nextLink  = ".next"      // the link until it takes the place of the one before
	olderKept = 1            // versions before the published one that stay: for transfers under way, and to go back to
	writers   = 8            // files that are synced side by side: the disk makes them durable together
)

// shelf is where the versions of a site stand. The site itself is a symbolic link to one of them.
type shelf struct {
	link string // the site: data/site
	dir  string // data/site-versions
}

// publish makes the site at link hold files. They are laid down as a new version beside the published one, files that
// did not change as hard links, and made durable; then the link is switched by a rename. So a visitor sees the one
// version or the other, and a machine that fails at any moment has one of them. What somebody else put into the site goes
// along. Where nothing differs, nothing is touched.
func publish(link string, files map[string][]byte) (written, removed int, err error) {
	s := shelf{link, link + "-versions"}
	current, err := s.current()
	if err != nil {
		return 0, 0, err
	}
	was := &version{}
	if current != "" {
		if was, err = openVersion(current); err != nil {
			return 0, 0, err
		}
		defer was.root.Close()
	}
	changed := map[string]bool{}
	for name, content := range files {
		if !was.holds(name, content) {
			changed[name] = true
		}
	}
	for _, name := range was.made {
		if _, still := files[name]; !still && was.has(name) {
			removed++
		}
	}
	linked := current != "" && current != s.link
	if linked && len(changed) == 0 && removed == 0 {
		return 0, 0, nil
	}
	number, err := s.lay(was, linked, files, changed)
	if err != nil {
		return 0, 0, err
	}
	if err := s.show(number, current); err != nil {
		return 0, 0, err
	}
	return len(changed), removed, s.clear(number)
}

// current is the folder of the published version: the target of the link, the site itself where it is a folder, as
// earlier programs left it, or nothing.
func (s shelf) current() (string, error) {
	info, err := os.Lstat(s.link)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return s.link, nil
	}
	target, err := os.Readlink(s.link)
	if err != nil {
		return "", err
	}
	shelf, number := filepath.Split(target)
	if _, err := strconv.Atoi(number); err != nil || filepath.Clean(shelf) != filepath.Base(s.dir) {
		return "", fmt.Errorf("%s is a link to %s, which Tidemark did not make; remove it, and let the web server show %s itself", s.link, target, s.link)
	}
	path := filepath.Join(s.dir, number)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil // somebody cleared it away
	}
	return path, nil
}

// numbers are the versions on the shelf, oldest first.
func (s shelf) numbers() (numbers []int, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// lay makes a new version and returns its number.
func (s shelf) lay(was *version, linked bool, files map[string][]byte, changed map[string]bool) (number int, err error) {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return 0, err
	}
	numbers, err := s.numbers()
	if err != nil {
		return 0, err
	}
	number = 1
	if len(numbers) > 0 {
		number = numbers[len(numbers)-1] + 1
	}
	if !linked {
		number++ // the folder that stands in the link's place becomes the version before
	}
	making := filepath.Join(s.dir, halfMade)
	if err := os.RemoveAll(making); err != nil {
		return 0, err
	}
	if err := os.Mkdir(making, 0o755); err != nil {
		return 0, err
	}
	root, err := os.OpenRoot(making)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	others, err := was.others(files)
	if err != nil {
		return 0, err
	}
	folders := map[string]bool{".": true}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(files)), others) {
		for dir := path.Dir(name); !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		if err := root.MkdirAll(filepath.FromSlash(dir), 0o755); err != nil {
			return 0, err
		}
	}
	var work errgroup.Group
	work.SetLimit(writers)
	for name, content := range files {
		work.Go(func() error {
			if linked && !changed[name] && was.link(name, making) == nil {
				return nil
			}
			return writeSynced(root, name, content)
		})
	}
	for _, name := range others {
		work.Go(func() error {
			if linked && was.link(name, making) == nil {
				return nil
			}
			content, err := was.root.ReadFile(filepath.FromSlash(name))
			if err != nil {
				return err
			}
			return writeSynced(root, name, content)
		})
	}
	if err := work.Wait(); err != nil {
		return 0, err
	}
	for dir := range folders {
		if err := table.SyncDir(filepath.Join(making, filepath.FromSlash(dir))); err != nil {
			return 0, err
		}
	}
	if err := os.Rename(making, filepath.Join(s.dir, strconv.Itoa(number))); err != nil {
		return 0, err
	}
	return number, table.SyncDir(s.dir)
}

// show switches the link to a version. Where a folder stood in its place, there is a moment without a site, once.
func (s shelf) show(number int, current string) error {
	next := filepath.Join(s.dir, nextLink)
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// The target is relative, so that the data folder can be moved.
	if err := os.Symlink(filepath.Join(filepath.Base(s.dir), strconv.Itoa(number)), next); err != nil {
		return err
	}
	if current == s.link {
		if err := os.Rename(s.link, filepath.Join(s.dir, strconv.Itoa(number-1))); err != nil {
			return err
		}
	}
	if err := os.Rename(next, s.link); err != nil {
		return err
	}
	return table.SyncDir(filepath.Dir(s.link))
}

// clear removes the versions that are older than those kept.
func (s shelf) clear(shown int) error {
	numbers, err := s.numbers()
	if err != nil {
		return err
	}
	older := slices.DeleteFunc(numbers, func(n int) bool { return n >= shown })
	for _, n := range older[:max(0, len(older)-olderKept)] {
		if err := os.RemoveAll(filepath.Join(s.dir, strconv.Itoa(n))); err != nil {
			return err
		}
	}
	return nil
}

// version is a published version of the site; the zero version is empty.
type version struct {
	dir  string
	root *os.Root
	made []string // the files that the rendering made, in contrast to what others put there
}

func openVersion(dir string) (*version, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	v := &version{dir: dir, root: root}
	content, err := root.ReadFile(sumsPath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		root.Close()
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		if _, name, ok := strings.Cut(lines.Text(), "  "); ok && filepath.IsLocal(filepath.FromSlash(name)) {
			v.made = append(v.made, name)
		}
	}
	if len(content) > 0 {
		v.made = append(v.made, sumsPath)
	}
	return v, lines.Err()
}

func (v *version) has(name string) bool {
	if v.root == nil {
		return false
	}
	_, err := v.root.Lstat(filepath.FromSlash(name))
	return err == nil
}

// holds tells whether the file has that content, byte by byte: a version that somebody changed is mended.
func (v *version) holds(name string, content []byte) bool {
	if v.root == nil {
		return false
	}
	info, err := v.root.Lstat(filepath.FromSlash(name))
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(content)) {
		return false
	}
	old, err := v.root.ReadFile(filepath.FromSlash(name))
	return err == nil && bytes.Equal(old, content)
}

// link gives the file a second name in another version.
func (v *version) link(name, into string) error {
	place := filepath.FromSlash(name)
	return os.Link(filepath.Join(v.dir, place), filepath.Join(into, place))
}

// others are the files that no rendering made and whose names are not needed now, such as a proof of ownership.
func (v *version) others(files map[string][]byte) (names []string, err error) {
	if v.root == nil {
		return nil, nil
	}
	made := map[string]bool{}
	for _, name := range v.made {
		made[name] = true
	}
	err = fs.WalkDir(v.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == halfMade {
			return fs.SkipDir
		}
		if _, needed := files[name]; d.Type().IsRegular() && !made[name] && !needed {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

func writeSynced(root *os.Root, name string, content []byte) error {
	f, err := root.Create(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
