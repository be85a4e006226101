package publish

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"

	"tidemark/internal/checksum"
)

// Version is a published version of the site; the zero Version is empty.
type Version struct {
	dir  string
	root *os.Root
	sums *checksum.Ledger
	made map[string]string // SHA-256 of the files that the rendering made, in contrast to those that others added
}

func openVersion(dir string, sums *checksum.Ledger) (*Version, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	v := &Version{dir: dir, root: root, sums: sums, made: map[string]string{}}
	content, err := root.ReadFile(SumsPath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		root.Close()
		return nil, err
	}
	for line := range bytes.Lines(content) {
		sum, name, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte("  "))
		if ok && filepath.IsLocal(filepath.FromSlash(string(name))) {
			v.made[string(name)] = string(sum)
		}
	}
	if len(content) > 0 {
		v.made[SumsPath] = ""
	}
	return v, nil
}

func (v *Version) close() error {
	if v.root == nil {
		return nil
	}
	return v.root.Close()
}

// Names returns the names of the files that the rendering made, in no order.
func (v *Version) Names() iter.Seq[string] { return maps.Keys(v.made) }

// Has reports whether the version has a regular file of that name.
func (v *Version) Has(name string) bool {
	_, regular := v.size(name)
	return regular
}

// File returns a file that the rendering made; not ok where there is none of that name, or its bytes are no longer those that
// were published.
func (v *Version) File(name string) (f File, ok bool) {
	f = File{SHA256: v.made[name], From: v.path(name)}
	if f.SHA256 == "" || !v.Has(name) {
		return f, false
	}
	sum, size, err := v.sums.Sum(f.From)
	f.Bytes = size
	return f, err == nil && sum == f.SHA256
}

// ReadFile returns the content of a file of the version.
func (v *Version) ReadFile(name string) ([]byte, error) {
	if v.root == nil {
		return nil, fs.ErrNotExist
	}
	return v.root.ReadFile(filepath.FromSlash(name))
}

// path returns the path of a file on this machine.
func (v *Version) path(name string) string { return filepath.Join(v.dir, filepath.FromSlash(name)) }

// size returns the size of a regular file.
func (v *Version) size(name string) (bytes int64, regular bool) {
	if v.root == nil {
		return 0, false
	}
	info, err := v.root.Lstat(filepath.FromSlash(name))
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

// holds reports whether the file has that content, byte by byte, so that a version that somebody changed is repaired.
func (v *Version) holds(name string, content []byte) bool {
	if size, regular := v.size(name); !regular || size != int64(len(content)) {
		return false
	}
	old, err := v.ReadFile(name)
	return err == nil && bytes.Equal(old, content)
}

// lists reports whether the version has the file under that name.
func (v *Version) lists(name string, f File) bool {
	if size, regular := v.size(name); !regular || v.made[name] != f.SHA256 || size != f.Bytes {
		return false
	}
	_, whole := v.File(name)
	return whole
}

// others returns the files that no rendering made and whose names are not needed now, such as a proof of ownership.
func (v *Version) others(needed map[string]File) (names []string, err error) {
	if v.root == nil {
		return nil, nil
	}
	err = fs.WalkDir(v.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == unfinished {
			return fs.SkipDir
		}
		_, replaced := needed[name]
		if _, made := v.made[name]; d.Type().IsRegular() && !made && !replaced {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}
