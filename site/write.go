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
	"strings"
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

// halfMade holds files until they are whole.
const halfMade = ".half-made"

// write makes dir hold files. It changes what differs, each file at once, and removes what an earlier rendering made
// and files does not have.
func write(dir string, files map[string][]byte) (written, removed int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, 0, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, 0, err
	}
	defer root.Close()
	earlier, err := listed(root)
	if err != nil {
		return 0, 0, err
	}
	if err := root.RemoveAll(halfMade); err != nil {
		return 0, 0, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == sumsPath {
			continue // last, so that a killed rendering forgets no file
		}
		changed, err := replace(root, name, files[name])
		if err != nil {
			return written, removed, err
		}
		if changed {
			written++
		}
	}
	for _, name := range earlier {
		if _, still := files[name]; still {
			continue
		}
		err := root.Remove(filepath.FromSlash(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return written, removed, err
		}
		if err == nil {
			removed++
		}
		_ = root.Remove(path.Dir(name)) // succeeds for a folder that is now empty
	}
	if changed, err := replace(root, sumsPath, files[sumsPath]); err != nil {
		return written, removed, err
	} else if changed {
		written++
	}
	return written, removed, root.RemoveAll(halfMade)
}

// replace puts content under the name, unless it is there already.
func replace(root *os.Root, name string, content []byte) (changed bool, err error) {
	place := filepath.FromSlash(name)
	old, err := root.ReadFile(place)
	if err == nil && bytes.Equal(old, content) {
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	for _, folder := range []string{halfMade, filepath.Dir(place)} {
		if err := root.MkdirAll(folder, 0o755); err != nil {
			return false, err
		}
	}
	temp := filepath.Join(halfMade, "file")
	if err := root.WriteFile(temp, content, 0o644); err != nil {
		return false, err
	}
	return true, root.Rename(temp, place)
}

// listed are the files that an earlier rendering made.
func listed(root *os.Root) ([]string, error) {
	content, err := root.ReadFile(sumsPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		if _, name, ok := strings.Cut(lines.Text(), "  "); ok && filepath.IsLocal(filepath.FromSlash(name)) {
			names = append(names, name)
		}
	}
	return names, lines.Err()
}
