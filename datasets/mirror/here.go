package mirror

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Whatever a bucket or a data folder says, files are opened below the tree's folder only: a link that leads out of it is an error.

// root opens the tree's folder, which is made where it is missing.
func (m *Mirror) root() (*os.Root, error) {
	if err := os.MkdirAll(m.Dir, 0o755); err != nil {
		return nil, err
	}
	return os.OpenRoot(m.Dir)
}

// openHere opens a file of the tree.
func (m *Mirror) openHere(key string) (*os.File, error) {
	root, err := m.root()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(filepath.FromSlash(key))
}

func (m *Mirror) readHere(key string) ([]byte, error) {
	f, err := m.openHere(key)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxNote))
}

func (m *Mirror) hashHere(key string) (string, error) {
	f, err := m.openHere(key)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// removeHere removes a file of the tree, if it is there.
func (m *Mirror) removeHere(key string) error {
	root, err := m.root()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Remove(filepath.FromSlash(key)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// place writes a file as a whole or not at all. It calls check with the size before the file gets its name. What a note vouches for
// cannot be changed without a deliberate chmod.
func (m *Mirror) place(key string, content io.Reader, check func(n int64) error) error {
	root, err := m.root()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.FromSlash(path.Dir(key)), 0o755); err != nil {
		return err
	}
	temp := filepath.FromSlash(path.Join(path.Dir(key), tempPrefix+rand.Text()))
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer root.Remove(temp)
	mode := fs.FileMode(0o644)
	if m.Vouches != nil && !m.isNote(key) {
		mode = 0o444
	}
	n, err := io.Copy(f, content)
	if err == nil && check != nil {
		err = check(n)
	}
	if err == nil {
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return root.Rename(temp, filepath.FromSlash(key))
}

// arrived records that an object was copied to its file.
func (m *Mirror) arrived(key, sum string) error {
	info, err := os.Lstat(m.path(key))
	if err != nil {
		return err
	}
	m.here[key] = stamp{info.Size(), markOf(info)}
	m.remember(key, sum)
	return nil
}
