package table

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"unsafe"

	"tidemark/internal/atomicfile"
	"tidemark/internal/tree"

	"github.com/apache/arrow/go/v17/arrow"
)

// Rows of a row group, of which one is collected in memory while another is written. Readers skip the groups in whose bounds a prefix is not, so that
// where rows are in the order of their prefixes smaller ones make lookups faster; elsewhere they make files larger, as each has its dictionaries.
const (
	rowGroupRows = 256 << 10
	byPrefixRows = 64 << 10
)

// groupRows returns how many rows a row group of the dataset has.
func (s *Schema) groupRows() int {
	if s.ByPrefix {
		return byPrefixRows
	}
	return rowGroupRows
}

// Writer writes one partition. It counts its input in the embedded Tally.
type Writer[Row any] struct {
	Tally
	schema  *Schema
	file    string // in the store
	temp    string
	out     *os.File
	parquet *parquetWriter
	columns []*columnBuilder
	parts   []*Part[Row]
	own     []*columnBuilder // the columns of no part
	waiting int
	rows    int64
	group   int               // see Group
	stop    <-chan struct{}   // of the commit
	first   map[string]string // labels of the first row

	groups  chan []arrow.Array // columns of row groups, to a goroutine that writes them
	written chan error         // from that goroutine, once, when groups is closed
}

// Create opens a partition within a commit. Nobody sees it before Commit.
func (d *Dataset[Row]) Create(c *Commit, k Key) (*Writer[Row], error) {
	temp, err := c.createTemp(d.File(k))
	if err != nil {
		return nil, err
	}
	return d.createIn(temp, c, k)
}

// createTemp creates the temporary file of a partition, beside its place.
func (c *Commit) createTemp(partition string) (*os.File, error) {
	if err := tree.MakeFolder(c.store.Dir, path.Dir(partition)); err != nil {
		return nil, err
	}
	dir, base := filepath.Split(c.store.path(partition))
	return atomicfile.Create(dir, base)
}

// createIn is Create with an empty temporary file.
func (d *Dataset[Row]) createIn(temp *os.File, c *Commit, k Key) (w *Writer[Row], err error) {
	w = &Writer[Row]{schema: d.Schema, file: d.File(k), temp: temp.Name(), stop: c.Stop, Tally: Tally{Unit: "row"}, out: temp}
	if w.parquet, err = newParquetWriter(w.out, d.Columns, d.Arrow()); err != nil {
		w.out.Close()
		os.Remove(w.temp)
		return nil, fmt.Errorf("%s: %w", w.file, err)
	}
	for i := range d.Columns {
		w.columns = append(w.columns, d.Columns[i].builder())
	}
	w.own = slices.Clone(w.columns)
	c.parts = append(c.parts, w)
	return w, nil
}

// Append adds rows, without retaining them. Many at a time are faster.
func (w *Writer[Row]) Append(rows ...Row) error {
	if w.Rows() == 0 && len(rows) > 0 {
		w.first = w.schema.labels(unsafe.Pointer(&rows[0]))
	}
	for len(rows) > 0 {
		n := min(len(rows), w.schema.groupRows()-w.waiting)
		for _, c := range w.columns {
			for i := range rows[:n] {
				c.append(unsafe.Pointer(&rows[i]))
			}
		}
		w.waiting += n
		rows = rows[n:]
		if w.waiting == w.schema.groupRows() {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

var errStopped = errors.New("writing was stopped")

// Rows returns how many rows were appended.
func (w *Writer[Row]) Rows() int64 { return w.rows + int64(w.waiting) }

// flush hands a row group to a goroutine: encoding and compressing it costs as much time as making it.
func (w *Writer[Row]) flush() error {
	if w.waiting == 0 {
		return nil
	}
	select {
	case <-w.stop:
		return errStopped
	default:
	}
	if w.groups == nil {
		w.groups, w.written = make(chan []arrow.Array), make(chan error, 1)
		go w.write()
	}
	w.rows += int64(w.waiting)
	w.waiting = 0
	w.group++
	for _, p := range w.parts {
		p.finish()
	}
	group := make([]arrow.Array, len(w.columns))
	for i, c := range w.columns {
		group[i] = c.finish()
	}
	select {
	case w.groups <- group:
		return nil
	case err := <-w.written:
		w.written <- err // for close
		return err
	}
}

// write writes the row groups until there are no more, or one fails.
func (w *Writer[Row]) write() {
	var err error
	for group := range w.groups {
		if err = w.parquet.write(group); err != nil {
			err = fmt.Errorf("%s: %w", w.file, err)
			break
		}
	}
	w.written <- err
}

// wait ends write and returns its error.
func (w *Writer[Row]) wait() error {
	if w.groups == nil {
		return nil
	}
	close(w.groups)
	w.groups = nil
	return <-w.written
}

func (w *Writer[Row]) counts() *Tally { return &w.Tally }

func (w *Writer[Row]) labels() map[string]string { return w.first }

func (w *Writer[Row]) place() (*Schema, string, string) { return w.schema, w.file, w.temp }

// close finishes, syncs and closes the temporary file.
func (w *Writer[Row]) close() (int64, error) {
	err := w.flush()
	if e := w.wait(); err == nil {
		err = e
	}
	if err == nil {
		if err = w.parquet.close(); err != nil {
			err = fmt.Errorf("%s: %w", w.file, err)
		}
	}
	err = seal(w.out, err)
	for _, c := range w.columns {
		c.release()
	}
	w.parquet, w.out = nil, nil
	return w.rows, err
}

// seal syncs and closes the temporary file of a partition, unless writing it failed.
func seal(out *os.File, err error) error {
	if err == nil {
		err = out.Chmod(0o444) // the published site may have it under a second name
	}
	if err == nil {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	return err
}

func (w *Writer[Row]) discard() {
	w.wait()
	if w.out != nil {
		w.out.Close()
		w.out = nil
	}
	os.Remove(w.temp)
}
