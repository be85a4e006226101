// Package tree opens, makes and moves files below one folder only: a symbolic link that leads out of it is an error. Names in it have
// slashes.
package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrIrregular says that at the place of a file there is a folder, a pipe, a device, or a link to nothing or to itself.
var ErrIrregular = errors.New("this is not a regular file")

// Open opens a regular file below dir. What fs.ErrNotExist says is missing is not there as a link either.
func Open(dir, name string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	local := filepath.FromSlash(name)
	stat, err := root.Stat(local)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP) {
		if _, link := root.Lstat(local); link == nil {
			return nil, fmt.Errorf("%s: %w", name, ErrIrregular)
		}
	}
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() { // a pipe would be waited for
		return nil, fmt.Errorf("%s: %w", name, ErrIrregular)
	}
	return root.Open(local)
}

// Foreign reports whether an error of Open says that something else is there than a file of the tree. os.Root has no error of its own for
// a link that leads out, but all others are the system's.
func Foreign(err error) bool {
	var number syscall.Errno
	return err != nil && !errors.As(err, &number)
}

// MakeFolder makes a folder below dir, and dir itself.
func MakeFolder(dir, name string) error {
	root, err := makeRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.MkdirAll(filepath.FromSlash(name), 0o755)
}

func makeRoot(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return os.OpenRoot(dir)
}
