// Package tree opens, makes and moves files below one folder only: a symbolic link that leads out of it is an error. Names in it have
// slashes.
package tree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrIrregular says that at the place of a file there is a folder, a pipe or a device.
var ErrIrregular = errors.New("this is not a regular file")

// Open opens a regular file below dir.
func Open(dir, name string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	local := filepath.FromSlash(name)
	if stat, err := root.Stat(local); err != nil {
		return nil, err
	} else if !stat.Mode().IsRegular() { // a pipe would be waited for
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
