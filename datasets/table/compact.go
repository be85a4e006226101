package table

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// compacted is what the name of a dataset of compacted partitions ends in. No dataset that is declared has a dot in its name.
const compacted = ".compacted"

// Compacted returns the dataset whose partitions have the rows of many of this one's, in their order, each in one file. It lies in a folder
// beside this one's, where no pattern over the files of this one meets it. Its partitions are read through Files.
func (s *Schema) Compacted() *Schema {
	c := *s
	c.Name += compacted
	c.Derived = true
	return &c
}

// Files returns the partitions whose files have the rows of partitions, in their order: a compacted partition in place of those that it was made
// of, if all of these are among the partitions, one behind the other and with the same bytes, and otherwise the partitions themselves. They
// must be in the order of Manifests, with their SHA-256.
func (s *Store) Files(schema *Schema, partitions []*Manifest) (files []*Manifest, err error) {
	if len(partitions) < 2 {
		return partitions, nil
	}
	all, err := s.ManifestFields(schema.Compacted(), "inputs", "rows", "bytes", "sha256")
	if err != nil {
		return nil, err
	}
	starts := map[int]*Manifest{} // the first partition of a compacted one
	covered := make([]bool, len(partitions))
	for _, c := range mostFirst(all) {
		from, current := findInputs(partitions, c.Inputs)
		if !current || slices.Contains(covered[from:from+len(c.Inputs)], true) {
			continue
		}
		starts[from] = c
		for i := range c.Inputs {
			covered[from+i] = true
		}
	}
	for i, m := range partitions {
		if c := starts[i]; c != nil {
			files = append(files, c)
		} else if !covered[i] {
			files = append(files, m)
		}
	}
	return files, nil
}

// mostFirst returns compacted partitions with those that were made of the most partitions first: a year before its months, which are there
// both until the months are removed.
func mostFirst(all []*Manifest) []*Manifest {
	return slices.SortedStableFunc(slices.Values(all), func(a, b *Manifest) int { return cmp.Compare(len(b.Inputs), len(a.Inputs)) })
}

// findInputs returns where in the partitions the inputs of a compacted one begin, and reports whether they are there as they were.
func findInputs(partitions []*Manifest, inputs []Input) (from int, current bool) {
	if len(inputs) == 0 {
		return 0, false
	}
	from, current = slices.BinarySearchFunc(partitions, inputs[0].Name, func(m *Manifest, file string) int { return strings.Compare(m.File, file) })
	if !current || len(partitions)-from < len(inputs) {
		return 0, false
	}
	for i, in := range inputs {
		if m := partitions[from+i]; m.File != in.Name || m.SHA256 != in.SHA256 {
			return 0, false
		}
	}
	return from, true
}

// Compaction writes a compacted partition. Its bytes depend on the rows and their order only.
type Compaction struct {
	Tally
	of     *Schema // of the rows
	file   string  // in the store
	out    *os.File
	groups *regrouper
	stop   <-chan struct{} // of the commit
}

// CreateCompacted opens the partition of that key of the compacted dataset within a commit.
func (s *Schema) CreateCompacted(c *Commit, k Key) (*Compaction, error) {
	file := s.Compacted().File(k)
	out, err := c.createTemp(file)
	if err != nil {
		return nil, err
	}
	to, err := newParquetWriter(out, s.Columns, s.Arrow())
	if err != nil {
		out.Close()
		os.Remove(out.Name())
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	w := &Compaction{Tally: Tally{Unit: "row"}, of: s, file: file, out: out, groups: newRegrouper(to, s), stop: c.Stop}
	c.parts = append(c.parts, w)
	return w, nil
}

// AppendFile appends the rows of a partition's file.
func (w *Compaction) AppendFile(path Path) error {
	in, err := openParquet(path, w.of, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer in.Close()
	for {
		batch, rows, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		select {
		case <-w.stop:
			return errStopped
		default:
		}
		w.See(rows)
		w.Keep(rows)
		if err := w.groups.add(batch, rows); err != nil {
			return fmt.Errorf("%s: %w", w.file, err)
		}
	}
}

// Rows returns how many rows were appended.
func (w *Compaction) Rows() int64 { return w.kept }

func (w *Compaction) counts() *Tally { return &w.Tally }

func (w *Compaction) place() (*Schema, string, string) { return w.of.Compacted(), w.file, w.out.Name() }

func (w *Compaction) labels() map[string]string { return nil }

func (w *Compaction) close() (int64, error) {
	err := w.groups.close()
	if err != nil {
		err = fmt.Errorf("%s: %w", w.file, err)
	}
	return w.kept, seal(w.out, err)
}

func (w *Compaction) discard() {
	w.out.Close() // which fails where it is closed
	os.Remove(w.out.Name())
}
