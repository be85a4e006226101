package archive

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// FileName returns the name in the archive of a local file: the last element of its path, with what is behind a #.
func FileName(file string) string {
	path, member, inside := strings.Cut(file, "#")
	if !inside {
		return filepath.Base(file)
	}
	return filepath.Base(path) + "#" + member
}

// AddFile keeps a local file in the archive. What is behind a # names the file that is wanted of a zip or tar. A file of the same size and
// modification time as the one that is there is taken to be the same.
func (a *Archive) AddFile(file string, raw Raw) (added bool, err error) {
	path, _, _ := strings.Cut(file, "#")
	in, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer in.Close()
	stat, err := in.Stat()
	if err != nil {
		return false, err
	}
	if stat.IsDir() {
		return false, fmt.Errorf("%s is a folder, not a file", file)
	}
	raw.Name = FileName(file)
	// The full local path would differ between machines, and a rebuild must not.
	raw.URL = "file:" + raw.Name
	if same, err := a.HasFile(raw, stat); same || err != nil {
		return false, err
	}
	raw.Modified = fileTime(stat)
	raw.Fetched = a.Now()
	_, added, err = a.Add(raw, in)
	return added, err
}

func fileTime(stat os.FileInfo) string { return stat.ModTime().UTC().Format(time.RFC3339Nano) }

// HasFile tells whether the archive took a file of this size and time at the place that raw names.
func (a *Archive) HasFile(raw Raw, stat os.FileInfo) (bool, error) {
	old, err := a.Get(raw)
	return old != nil && old.Modified == fileTime(stat) && old.Bytes == stat.Size(), err
}
