// Package atomicfile replaces files as a whole, so that a reader, or a run after a crash, sees the old bytes or the new.
package atomicfile

import (
	"os"
	"path/filepath"
)

// TempPrefix begins the name of a file that is being written. Readers of hive folders skip names with a dot.
const TempPrefix = ".tmp-"

// Write replaces the file at path with b: temporary file, sync, rename, sync of the folder.
func Write(path string, b []byte) error {
	dir, base := filepath.Split(path)
	temp := dir + TempPrefix + base
	f, err := os.Create(temp)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	if dir == "" {
		dir = "."
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
