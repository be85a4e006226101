package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"tidemark/internal/atomicfile"
)

const (
	unfinished = ".half-made" // folder of a version until it is complete
	nextLink   = ".next"      // the new link until it replaces the old one
	olderKept  = 1            // versions kept before the published one: for transfers under way, and to go back to
)

// shelf is the folder that holds the versions of a site.
type shelf struct {
	link string // the site: data/site
	dir  string // data/site-versions
}

// published returns the folder of the published version: the target of the link, or the site itself where it is a folder,
// as earlier programs left it; "" where there is neither.
func (s shelf) published() (string, error) {
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
		return "", nil // somebody removed it
	}
	return path, nil
}

// numbers returns the numbers of the versions, oldest first.
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

// next returns the number of the next version.
func (s shelf) next() (int, error) {
	numbers, err := s.numbers()
	if err != nil || len(numbers) == 0 {
		return 1, err
	}
	return numbers[len(numbers)-1] + 1, nil
}

// show switches the link to a version. Where the site was a folder, there is a moment without a site, once.
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
	return atomicfile.SyncDir(filepath.Dir(s.link))
}

// removeOld removes all versions but the published one and olderKept before it.
func (s shelf) removeOld(published int) error {
	numbers, err := s.numbers()
	if err != nil {
		return err
	}
	older := slices.DeleteFunc(numbers, func(n int) bool { return n >= published })
	for _, n := range older[:max(0, len(older)-olderKept)] {
		if err := os.RemoveAll(filepath.Join(s.dir, strconv.Itoa(n))); err != nil {
			return err
		}
	}
	return nil
}
