package site

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
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
func sums(files map[string][]byte, standing map[string]onDisk) []byte {
	all := map[string]string{}
	for name, content := range files {
		all[name] = sha256Hex(content)
	}
	for name, file := range standing {
		all[name] = file.SHA256
	}
	var list bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&list, "%s  %s\n", all[name], name)
	}
	return list.Bytes()
}

// onDisk is a file that is on the disk already, too large to be held in memory: a partition, or a download of an earlier
// rendering. It is published as a hard link, or copied where the disk has none.
type onDisk struct {
	from   string // its path on this machine
	Bytes  int64
	SHA256 string
}

// lay gives the file its place in a version.
func (s onDisk) lay(into string) error {
	if os.Link(s.from, into) == nil {
		return nil
	}
	in, err := os.Open(s.from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(into)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	return err
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
func publish(link string, files map[string][]byte, standing map[string]onDisk) (written, removed int, err error) {
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
	for name, file := range standing {
		if !was.lists(name, file) {
			changed[name] = true
		}
	}
	for name := range was.made {
		_, still := files[name]
		if _, stands := standing[name]; !still && !stands && was.has(name) {
			removed++
		}
	}
	linked := current != "" && current != s.link
	if linked && len(changed) == 0 && removed == 0 {
		return 0, 0, nil
	}
	number, err := s.lay(was, linked, files, standing, changed)
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
func (s shelf) lay(was *version, linked bool, files map[string][]byte, standing map[string]onDisk, changed map[string]bool) (number int, err error) {
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
	others, err := was.others(files, standing)
	if err != nil {
		return 0, err
	}
	folders := map[string]bool{".": true}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(files)), slices.Collect(maps.Keys(standing)), others) {
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
	for name, file := range standing {
		work.Go(func() error {
			if linked && !changed[name] && was.link(name, making) == nil {
				return nil
			}
			return file.lay(filepath.Join(making, filepath.FromSlash(name)))
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
	made map[string]string // the files that the rendering made, in contrast to what others put there, with their SHA-256
}

func openVersion(dir string) (*version, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	v := &version{dir: dir, root: root, made: map[string]string{}}
	content, err := root.ReadFile(sumsPath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		root.Close()
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		if sum, name, ok := strings.Cut(lines.Text(), "  "); ok && filepath.IsLocal(filepath.FromSlash(name)) {
			v.made[name] = sum
		}
	}
	if len(content) > 0 {
		v.made[sumsPath] = ""
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

// lists tells whether the version has the file, going by its list and the size: what stands may be too large to be read.
func (v *version) lists(name string, file onDisk) bool {
	if v.root == nil || v.made[name] != file.SHA256 {
		return false
	}
	info, err := v.root.Lstat(filepath.FromSlash(name))
	return err == nil && info.Mode().IsRegular() && info.Size() == file.Bytes
}

// link gives the file a second name in another version.
func (v *version) link(name, into string) error {
	place := filepath.FromSlash(name)
	return os.Link(filepath.Join(v.dir, place), filepath.Join(into, place))
}

// others are the files that no rendering made and whose names are not needed now, such as a proof of ownership.
func (v *version) others(files map[string][]byte, standing map[string]onDisk) (names []string, err error) {
	if v.root == nil {
		return nil, nil
	}
	err = fs.WalkDir(v.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == halfMade {
			return fs.SkipDir
		}
		_, needed := files[name]
		_, stands := standing[name]
		if _, made := v.made[name]; d.Type().IsRegular() && !made && !needed && !stands {
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
