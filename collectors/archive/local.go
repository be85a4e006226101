package archive

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// AddFile keeps a local file in the archive. Its name is the last element of the path. A file of the same size and
// modification time as the one that is there is taken to be the same.
func (a *Archive) AddFile(file string, raw Raw) (added bool, err error) {
	in, err := os.Open(file)
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
	raw.Name = filepath.Base(file)
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
