package record

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"

	"tidemark/collectors/archive"
	"tidemark/internal/atomicfile"
)

// tableFile is a dump of the table that is not synced yet.
type tableFile struct {
	name string
	file *os.File
}

// readyFile is a compressed file that waits for the archive.
type readyFile struct {
	raw  archive.Raw
	path string
}

// finishAll brings what is finished into the archive. What cannot be brought now, for example because a run is at work on the data
// folder, stays for the next time.
func (r *Recorder) finishAll(ctx context.Context) {
	r.finishing.Lock()
	defer r.finishing.Unlock()
	if err := r.syncTables(); err != nil {
		r.log.Error("writing a table dump", "error", err)
	}
	names, err := r.finished()
	if err != nil {
		r.log.Error("reading the unfinished files", "error", err)
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return
		}
		if err := r.finish(ctx, name); err != nil {
			r.log.Info("a file waits for the archive", "file", name, "because", err)
		}
	}
}

// syncTables gives dumps their names once they are on the disk.
func (r *Recorder) syncTables() error {
	r.mu.Lock()
	tables := r.tables
	r.tables = nil
	r.mu.Unlock()
	var all []error
	for _, t := range tables {
		err := errors.Join(t.file.Sync(), t.file.Close())
		if err == nil {
			err = os.Rename(t.file.Name(), r.partPath(t.name))
		}
		if err != nil {
			os.Remove(t.file.Name())
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// finished returns the names of the files that are not written any more, in their order.
func (r *Recorder) finished() (names []string, err error) {
	entries, err := os.ReadDir(r.dir)
	r.meanwhile()
	r.mu.Lock() // only now, as what is begun after this is not among the entries
	defer r.mu.Unlock()
	current := ""
	if r.part != nil {
		current = r.part.name
	}
	for _, e := range entries {
		if name := e.Name(); name != current && !r.isUnsaved(name) && (strings.HasPrefix(name, updatesPrefix) || strings.HasPrefix(name, tablePrefix)) {
			names = append(names, name)
		}
	}
	return names, err
}

// finish compresses a file and brings it into the archive. It may be repeated, also after a kill: the same records give the same bytes.
func (r *Recorder) finish(ctx context.Context, name string) error {
	f, ready := r.ready[name]
	if !ready {
		var err error
		if f, err = r.compress(name); err != nil {
			return err
		}
		r.ready[name] = f
	}
	f.raw.Fetched = r.files.Now()
	err := r.keep(ctx, f.raw, f.path)
	if err != nil && !errors.Is(err, archive.ErrChanged) {
		return err
	}
	delete(r.ready, name)
	return errors.Join(err, os.Remove(r.partPath(name)), atomicfile.SyncDir(r.dir))
}

func (r *Recorder) compress(name string) (f readyFile, err error) {
	in, err := os.Open(r.partPath(name))
	if err != nil {
		return f, err
	}
	defer in.Close()
	out, err := atomicfile.Create(r.dir, name)
	if err != nil {
		return f, err
	}
	hash := sha256.New()
	z := gzip.NewWriter(io.MultiWriter(out, hash))
	_, err = io.Copy(z, in)
	err = errors.Join(err, z.Close(), out.Sync())
	stat, statErr := out.Stat()
	if err = errors.Join(err, statErr, out.Close()); err != nil {
		os.Remove(out.Name())
		return f, err
	}
	f = readyFile{r.raw(name), out.Name()}
	f.raw.SHA256, f.raw.Bytes = hex.EncodeToString(hash.Sum(nil)), stat.Size()
	return f, nil
}

// dumpTable writes the routes that are held as a table dump of a time.
func (r *Recorder) dumpTable() error {
	r.compact()
	if r.table.Size() == 0 {
		return nil // a table without routes is a gap, not a dump
	}
	name := fileName(tablePrefix, r.table.At)
	if there, err := r.isThere(name); err != nil || there {
		return err
	}
	file, err := atomicfile.Create(r.dir, name)
	if err != nil {
		return err
	}
	if _, err = r.table.WriteTo(&sparing{files: r.files, file: file}); err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	r.tables = append(r.tables, tableFile{name, file})
	return nil
}
