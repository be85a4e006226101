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
	if err := write(path, b, true); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// WriteUnsynced is Write for what may be lost when the power fails: it does not wait for the disk, which for ten thousand files takes a
// minute.
func WriteUnsynced(path string, b []byte) error { return write(path, b, false) }

func write(path string, b []byte, synced bool) error {
	dir, base := filepath.Split(path)
	f, err := Create(dir, base)
	if err != nil {
		return err
	}
	temp := f.Name()
	_, err = f.Write(b)
	if err == nil && synced {
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
	}
	return err
}

// Create creates a temporary file in a folder for what will be called base. No other call, of this or another process, gets
// the same file.
func Create(dir, base string) (*os.File, error) {
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, TempPrefix+base[:min(len(base), maxBase)]+"-*")
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, err
	}
	return f, nil
}

// maxBase is how much of a name a temporary one repeats, in bytes: a file system allows 255 in all.
const maxBase = 200

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
