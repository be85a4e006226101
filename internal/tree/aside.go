package tree

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"tidemark/internal/atomicfile"
	"tidemark/internal/redact"
)

// DamagedDir is the folder of a tree for what is no longer as it was written. Its dot hides it from readers of hive folders.
const DamagedDir = ".damaged"

// reasonSuffix ends the names of the texts in DamagedDir that say why a file is there.
const reasonSuffix = ".reason.txt"

// SetAside moves files below dir into DamagedDir, as far as they are there, and writes why beside the one called name. A pipe, a socket
// or a device has nothing to keep, and a confined process may not make one, at no other place either: it is removed.
func SetAside(dir, name string, why error, files ...string) error {
	root, err := makeRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Join(DamagedDir, filepath.FromSlash(path.Dir(name))), 0o755); err != nil {
		return err
	}
	for _, file := range files {
		file = filepath.FromSlash(file)
		if stat, err := root.Lstat(file); err == nil && stat.Mode()&(fs.ModeNamedPipe|fs.ModeSocket|fs.ModeDevice) != 0 {
			if err := root.Remove(file); err != nil {
				return err
			}
			continue
		}
		if err := root.Rename(file, filepath.Join(DamagedDir, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return atomicfile.WriteUnsynced(filepath.Join(dir, DamagedDir, filepath.FromSlash(name)+reasonSuffix), []byte(redact.Text(why.Error())+"\n"))
}

// Reasons returns why files below dir were set aside, by the path at which each lies now.
func Reasons(dir string) (map[string]string, error) {
	reasons := map[string]string{}
	err := filepath.WalkDir(filepath.Join(dir, DamagedDir), func(file string, d fs.DirEntry, err error) error {
		name, is := strings.CutSuffix(file, reasonSuffix)
		if err != nil || d.IsDir() || !is {
			return err
		}
		why, err := atomicfile.Read(file)
		reasons[name] = strings.TrimSpace(string(why))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return reasons, nil
	}
	return reasons, err
}
