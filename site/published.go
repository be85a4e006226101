package site

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

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
	for line := range bytes.Lines(content) {
		sum, name, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte("  "))
		if ok && filepath.IsLocal(filepath.FromSlash(string(name))) {
			v.made[string(name)] = string(sum)
		}
	}
	if len(content) > 0 {
		v.made[sumsPath] = ""
	}
	return v, nil
}

func (v *version) close() error {
	if v.root == nil {
		return nil
	}
	return v.root.Close()
}

// path is where the version has a file.
func (v *version) path(name string) string { return filepath.Join(v.dir, filepath.FromSlash(name)) }

func (v *version) has(name string) bool {
	_, regular := v.stat(name)
	return regular
}

// stat is the size of a regular file of the version.
func (v *version) stat(name string) (size int64, regular bool) {
	if v.root == nil {
		return 0, false
	}
	info, err := v.root.Lstat(filepath.FromSlash(name))
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

// file is a file that the rendering made.
func (v *version) file(name string) (file, bool) {
	size, there := v.stat(name)
	sum := v.made[name]
	return file{size, sum, v.path(name)}, there && sum != ""
}

// holds tells whether the file has that content, byte by byte: a version that somebody changed is mended.
func (v *version) holds(name string, content []byte) bool {
	if size, there := v.stat(name); !there || size != int64(len(content)) {
		return false
	}
	old, err := v.root.ReadFile(filepath.FromSlash(name))
	return err == nil && bytes.Equal(old, content)
}

// lists tells whether the version has the file, going by its list and the size: what stands may be too large to be read.
func (v *version) lists(name string, f file) bool {
	size, there := v.stat(name)
	return there && v.made[name] == f.SHA256 && size == f.Bytes
}

// others are the files that no rendering made and whose names are not needed now, such as a proof of ownership.
func (v *version) others(needed map[string]file) (names []string, err error) {
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
		_, replaced := needed[name]
		if _, made := v.made[name]; d.Type().IsRegular() && !made && !replaced {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}
