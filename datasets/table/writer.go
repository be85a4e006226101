package table

import (
	"fmt"
	"os"
	"path/filepath"
	"tidemark/internal/atomicfile"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
)

// rowGroupRows bounds how much of a partition is in memory: one row group is collected while another is written.
const rowGroupRows = 256 << 10

// Writer writes one partition. It counts its input in the embedded Tally.
type Writer[Row any] struct {
	Tally
	schema  *Schema
	file    string // in the store
	temp    string
	out     *sink
	pq      *pqarrow.FileWriter
	columns []*columnBuilder
	waiting int
	rows    int64
	first   map[string]string // labels of the first row

	groups  chan []arrow.Array // columns of row groups, to a goroutine that writes them
	written chan error         // from that goroutine, once, when groups is closed
}

// Create opens a partition within a commit. Nobody sees it before Commit.
func (d *Dataset[Row]) Create(c *Commit, k Key) (*Writer[Row], error) {
	dir, base := filepath.Split(c.store.path(d.File(k)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	temp, err := atomicfile.Create(dir, base)
	if err != nil {
		return nil, err
	}
	return d.createIn(temp, c, k)
}

// createIn is Create with an empty temporary file.
func (d *Dataset[Row]) createIn(temp *os.File, c *Commit, k Key) (w *Writer[Row], err error) {
	w = &Writer[Row]{schema: d.Schema, file: d.File(k), temp: temp.Name(), Tally: Tally{Unit: "row"}, out: &sink{file: temp}}
	schema := d.Arrow()
	w.pq, err = pqarrow.NewFileWriter(schema, w.out, writerProperties(d.Columns), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err == nil {
		err = w.out.err
	}
	if err != nil {
		w.out.Close()
		os.Remove(w.temp)
		return nil, fmt.Errorf("%s: %w", w.file, err)
	}
	for i := range d.Columns {
		w.columns = append(w.columns, d.Columns[i].builder())
	}
	c.parts = append(c.parts, w)
	return w, nil
}

// sink remembers the first error of a file and from then on pretends to write: Arrow's writer panics if the first bytes
// cannot be written, and reduces other errors to their text.
type sink struct {
	file *os.File
	err  error
}

func (s *sink) Write(b []byte) (int, error) {
	if s.err == nil {
		_, s.err = s.file.Write(b)
	}
	return len(b), nil
}

func (s *sink) Close() error {
	if err := s.file.Close(); s.err == nil {
		s.err = err
	}
	return s.err
}

// writerProperties returns properties that strict readers accept: a required root, data pages V1, no statistics on list
// leaves (Arrow v17 gets those of unsigned lists wrong), and nothing that depends on the clock.
func writerProperties(columns []Column) *parquet.WriterProperties {
	options := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd),
		parquet.WithCompressionLevel(3),
		parquet.WithMaxRowGroupLength(rowGroupRows),
		parquet.WithDictionaryPageSizeLimit(8 << 20),
		parquet.WithRootRepetition(parquet.Repetitions.Required),
		parquet.WithDataPageVersion(parquet.DataPageV1),
		parquet.WithCreatedBy("tidemark"),
	}
	for _, c := range columns {
		switch c.Type {
		case Uint32s, Strings:
			options = append(options, parquet.WithStatsFor(c.Name+".list.element", false))
		case String: // for dictionaries, Arrow v17 gets the counts wrong and leaves the empty text out of the minimum
			options = append(options, parquet.WithStatsFor(c.Name, false))
		case Timestamp: // a dictionary makes them no smaller, and building it would cost the most time of all
			options = append(options, parquet.WithDictionaryFor(c.Name, false))
		}
	}
	return parquet.NewWriterProperties(options...)
}

// Append adds rows, without retaining them. Many at a time are faster.
func (w *Writer[Row]) Append(rows ...Row) error {
	if w.Rows() == 0 && len(rows) > 0 {
		w.first = w.schema.labels(unsafe.Pointer(&rows[0]))
	}
	for len(rows) > 0 {
		n := min(len(rows), rowGroupRows-w.waiting)
		for _, c := range w.columns {
			for i := range rows[:n] {
				c.append(unsafe.Pointer(&rows[i]))
			}
		}
		w.waiting += n
		rows = rows[n:]
		if w.waiting == rowGroupRows {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Rows returns how many rows were appended.
func (w *Writer[Row]) Rows() int64 { return w.rows + int64(w.waiting) }

// flush hands a row group to a goroutine: encoding and compressing it costs as much time as making it.
func (w *Writer[Row]) flush() error {
	if w.waiting == 0 {
		return nil
	}
	if w.groups == nil {
		w.groups, w.written = make(chan []arrow.Array), make(chan error, 1)
		go w.write()
	}
	w.rows += int64(w.waiting)
	w.waiting = 0
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
		w.pq.NewRowGroup()
		for _, column := range group {
			if err == nil {
				err = w.pq.WriteColumnData(column)
			}
			if w.out.err != nil {
				err = w.out.err
			}
			column.Release()
		}
		if err != nil {
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

// close finishes and syncs the temporary file. The Parquet writer closes the file it writes to, so the sync needs it
// opened again.
func (w *Writer[Row]) close() (int64, error) {
	err := w.flush()
	if e := w.wait(); err == nil {
		err = e
	}
	e := w.pq.Close()
	if w.out.err != nil {
		e = w.out.err
	}
	if err == nil && e != nil {
		err = fmt.Errorf("%s: %w", w.file, e)
	}
	for _, c := range w.columns {
		c.release()
	}
	w.pq, w.out = nil, nil
	if err != nil {
		return 0, err
	}
	f, err := os.Open(w.temp)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return w.rows, f.Sync()
}

func (w *Writer[Row]) discard() {
	w.wait()
	if w.out != nil {
		w.out.Close()
		w.out = nil
	}
	os.Remove(w.temp)
}
