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

	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
)

// maxCopied is how large the partitions of a period may be together for a copy in one file, in bytes: where each is large, opening
// it costs little beside reading it.
const maxCopied = 64 << 20

// copies keeps the partitions of closed periods in one file each, as DuckDB opens a file for each partition and each query. What changes a
// partition changes the name of the copy, so that the old one is not read.
type copies struct {
	e      *Engine
	folder string // of the dataset
	store  *table.Store
	schema *table.Schema
	used   map[string]bool // names of the copies that stand for present partitions
}

// readable returns the files with the rows of a dataset's partitions, in the order of their days: of each year before that
// of the newest partition one copy, of each month of the newest year before its own one, and the rest as they are.
func (e *Engine) readable(store *table.Store, schema *table.Schema, folder string) (files []string, err error) {
	manifests := e.partitions[schema.Name]
	if folder == "" || len(manifests) == 0 {
		return pathsOf(store, manifests)
	}
	c := copies{e, filepath.Join(folder, schema.Name), store, schema, map[string]bool{}}
	newest := manifests[len(manifests)-1].Day()
	for _, year := range periods(manifests, "2006") {
		if year[0].Day().Year() < newest.Year() && copied(year) {
			if files, err = c.append(files, "2006", year); err != nil {
				return nil, err
			}
			continue
		}
		for _, month := range periods(year, "2006-01") {
			of := "2006-01"
			if !copied(month) || month[0].Day().Format(of) == newest.Format(of) {
				of = ""
			}
			if files, err = c.append(files, of, month); err != nil {
				return nil, err
			}
		}
	}
	return files, c.sweep()
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

// append appends the file with a copy of a period, which it makes where it is missing; without a layout the partitions themselves.
func (c *copies) append(files []string, layout string, period []*table.Manifest) ([]string, error) {
	paths, err := pathsOf(c.store, period)
	if layout == "" || err != nil {
		return append(files, paths...), err
	}
	path, err := filepath.Abs(filepath.Join(c.folder, c.name(layout, period)))
	if err != nil {
		return nil, err
	}
	c.used[filepath.Base(path)] = true
	if _, err := os.Lstat(path); err == nil {
		return append(files, path), nil
	}
	return append(files, path), c.write(path, paths)
}

// name returns the name of a period's copy: the period, and a hash of the partitions' bytes in their order.
func (c *copies) name(layout string, period []*table.Manifest) string {
	h := sha256.New()
	fmt.Fprintln(h, "copy 1, schema", c.schema.Version)
	for _, m := range period {
		fmt.Fprintln(h, m.SHA256)
	}
	return period[0].Day().Format(layout) + "-" + hex.EncodeToString(h.Sum(nil)[:16]) + ".parquet"
}

func (c *copies) write(path string, from []string) error {
	if err := os.MkdirAll(c.folder, 0o755); err != nil {
		return err
	}
	temp := filepath.Join(c.folder, atomicfile.TempPrefix+filepath.Base(path))
	statement := "COPY (SELECT * FROM " + parquetFiles(from) + ") TO " + quote(temp) + " (FORMAT parquet, COMPRESSION zstd)"
	if _, err := c.e.db.Exec(statement); err != nil {
		return fmt.Errorf("copying partitions of dataset %s into %s: %w", c.schema.Name, path, err)
	}
	if err := sync(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return atomicfile.SyncDir(c.folder)
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

// sweep removes the copies of partitions that changed, and what a killed process left.
func (c *copies) sweep() error {
	entries, err := os.ReadDir(c.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, f := range entries {
		if !c.used[f.Name()] {
			if err := os.Remove(filepath.Join(c.folder, f.Name())); err != nil {
				return err
			}
		}
	}
	return err
}

// pathsOf returns the absolute paths of partitions.
func pathsOf(store *table.Store, manifests []*table.Manifest) ([]string, error) {
	paths := make([]string, len(manifests))
	for i, m := range manifests {
		var err error
		if paths[i], err = filepath.Abs(store.Path(m)); err != nil {
			return nil, err
		}
	}
	return paths, nil
}
