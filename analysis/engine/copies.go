package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
	"tidemark/internal/checksum"
)

// maxCopied is how large the partitions of a period may be together for a copy in one file, in bytes: where each is large, opening
// it costs little beside reading it.
const maxCopied = 64 << 20

// copies keeps the partitions of closed periods in one file each, as DuckDB opens a file for each partition and each query. The name of a
// copy has the period, a hash of its partitions, and the size and SHA-256 of the copy: what changes a partition leaves the old copy behind,
// and a copy that is not as it was written is not read but made again. They are never needed: where none can be made, as on a full disk,
// the partitions are read.
type copies struct {
	e      *Engine
	folder string // of the dataset
	store  *table.Store
	schema *table.Schema
	sums   *checksum.Ledger
	names  []string // of what lies in the folder
	failed error    // why no more copies are made
}

// closed is a period that is over.
type closed struct {
	layout     string // of package time, shows the period; empty: it is not over, or not worth a copy
	partitions []*table.Manifest
}

// closedPeriods divides the partitions of a dataset: each year before that of the newest partition, each month of the newest year before
// its own, and the rest.
func closedPeriods(manifests []*table.Manifest) (all []closed) {
	newest := manifests[len(manifests)-1].Day()
	for _, year := range periods(manifests, "2006") {
		if year[0].Day().Year() < newest.Year() && copied(year) {
			all = append(all, closed{"2006", year})
			continue
		}
		for _, month := range periods(year, "2006-01") {
			layout := "2006-01"
			if !copied(month) || month[0].Day().Format(layout) == newest.Format(layout) {
				layout = ""
			}
			all = append(all, closed{layout, month})
		}
	}
	return all
}

// readable returns the files with the rows of a dataset's partitions, in the order of their days: of each period that is over one copy,
// and the rest as they are. sums is what is known of copies; nil: none are kept.
func (e *Engine) readable(store *table.Store, schema *table.Schema, folder string, sums *checksum.Ledger) (files []string, err error) {
	manifests := e.partitions[schema.Name]
	if sums == nil {
		return e.hold(store, manifests)
	}
	c := copies{e: e, folder: filepath.Join(folder, schema.Name), store: store, schema: schema, sums: sums}
	var periods []closed
	if len(manifests) > 0 {
		periods = closedPeriods(manifests)
	}
	c.failed = c.sweep(periods)
	for _, p := range periods {
		some, err := c.filesOf(p)
		if err != nil {
			return nil, err
		}
		files = append(files, some...)
	}
	if c.failed != nil && store.Log != nil {
		store.Log.Warn("closed years and months are read from their partitions, as no copy of them can be made", "dataset", schema.Name, "error", c.failed)
	}
	return files, nil
}

// periods divides partitions by the period of their days that a layout of package time shows.
func periods(manifests []*table.Manifest, layout string) (all [][]*table.Manifest) {
	for len(manifests) > 0 {
		period := manifests[0].Day().Format(layout)
		n := slices.IndexFunc(manifests, func(m *table.Manifest) bool { return m.Day().Format(layout) != period })
		if n < 0 {
			n = len(manifests)
		}
		all, manifests = append(all, manifests[:n]), manifests[n:]
	}
	return all
}

// copied reports whether the partitions of a period have a copy in one file.
func copied(period []*table.Manifest) bool {
	var bytes int64
	for _, m := range period {
		bytes += m.Bytes
	}
	return len(period) > 1 && bytes <= maxCopied
}

// filesOf returns the file with a copy of a period, which it makes where there is none as it was written; the partitions themselves where
// there cannot be one.
func (c *copies) filesOf(p closed) ([]string, error) {
	if p.layout == "" {
		return c.e.hold(c.store, p.partitions)
	}
	stem := c.stem(p)
	for _, name := range c.names {
		if !strings.HasPrefix(name, stem) {
			continue
		}
		path := filepath.Join(c.folder, name)
		if c.isWhole(path, stem) {
			return []string{path}, nil
		}
		if err := os.RemoveAll(path); err != nil {
			c.failed = err
		}
	}
	paths, err := c.e.hold(c.store, p.partitions)
	if err != nil || c.failed != nil {
		return paths, err
	}
	path, err := c.write(stem, paths)
	if err != nil {
		c.failed = err
		return paths, nil
	}
	return []string{path}, nil
}

// stem returns how the name of a period's copy begins: the period, and a hash of the partitions' bytes in their order.
func (c *copies) stem(p closed) string {
	h := sha256.New()
	fmt.Fprintln(h, "copy 2, schema", c.schema.Version)
	for _, m := range p.partitions {
		fmt.Fprintln(h, m.SHA256)
	}
	return p.partitions[0].Day().Format(p.layout) + "-" + hex.EncodeToString(h.Sum(nil)[:16]) + "-"
}

// copyName returns the name of a copy of so many bytes with this SHA-256.
func copyName(stem string, size int64, sum string) string {
	return fmt.Sprintf("%s%d-%s.parquet", stem, size, sum)
}

// isWhole reports whether a copy has the bytes that its name says. Of another size it is not read.
func (c *copies) isWhole(path, stem string) bool {
	info, err := os.Lstat(path)
	if err != nil || !strings.HasPrefix(filepath.Base(path), fmt.Sprintf("%s%d-", stem, info.Size())) {
		return false
	}
	sum, size, err := c.sums.Sum(path)
	return err == nil && filepath.Base(path) == copyName(stem, size, sum)
}

// write makes a copy of partitions and returns its path. If it fails it leaves nothing.
func (c *copies) write(stem string, from []string) (path string, err error) {
	if err := os.MkdirAll(c.folder, 0o755); err != nil {
		return "", err
	}
	temp := filepath.Join(c.folder, atomicfile.TempPrefix+stem)
	defer func() {
		if err != nil {
			os.Remove(temp)
		}
	}()
	statement := "COPY (SELECT * FROM " + parquetFiles(from) + ") TO " + quote(temp) + " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
	if _, err := c.e.db.Exec(statement); err != nil {
		return "", fmt.Errorf("copying partitions of dataset %s into %s: %w", c.schema.Name, temp, err)
	}
	if err := sync(temp); err != nil {
		return "", err
	}
	sum, size, err := c.sums.Sum(temp)
	if err != nil {
		return "", err
	}
	path = filepath.Join(c.folder, copyName(stem, size, sum))
	if err := os.Rename(temp, path); err != nil {
		return "", err
	}
	return path, atomicfile.SyncDir(c.folder)
}

// sync waits until the disk has the file.
func sync(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// sweep removes what is no copy of these periods, as of partitions that changed or were removed, and what a killed process left; first, as
// the disk may be full. It notes what stays.
func (c *copies) sweep(periods []closed) error {
	if info, err := os.Lstat(c.folder); err == nil && !info.IsDir() { // a link would lead out of the data folder
		if err := os.Remove(c.folder); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(c.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var stems []string
	for _, p := range periods {
		if p.layout != "" {
			stems = append(stems, c.stem(p))
		}
	}
	for _, f := range entries {
		if slices.ContainsFunc(stems, func(stem string) bool { return strings.HasPrefix(f.Name(), stem) }) {
			c.names = append(c.names, f.Name())
		} else {
			err = errors.Join(err, os.RemoveAll(filepath.Join(c.folder, f.Name())))
		}
	}
	return err
}

// hold returns the absolute paths of files with partitions, which stay at hand as long as the engine is open.
func (e *Engine) hold(store *table.Store, manifests []*table.Manifest) ([]string, error) {
	paths, release, err := store.Hold(manifests)
	if err != nil {
		return nil, err
	}
	e.held = append(e.held, release)
	for i := range paths {
		if paths[i], err = filepath.Abs(paths[i]); err != nil {
			return nil, err
		}
	}
	return paths, nil
}
