package table

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
)

const (
	batchRows    = 64 << 10 // rows handed to the Parquet writer at a time
	rowGroupRows = 1 << 20
)

// Writer writes one partition. It counts its input in the embedded Tally.
type Writer[Row any] struct {
	Tally
	schema  *Schema
	file    string // in the store
	temp    string
	out     *os.File
	pq      *pqarrow.FileWriter
	batch   *array.RecordBuilder
	add     []func(unsafe.Pointer)
	waiting int
	rows    int64

	records chan arrow.Record // to a goroutine that writes them
	written chan error        // from it, once, when records is closed
}

// Create opens a partition within a commit. Until the commit nobody sees it.
func (d *Dataset[Row]) Create(c *Commit, k Key) (*Writer[Row], error) {
	w := &Writer[Row]{schema: d.Schema, file: d.File(k), Tally: Tally{Unit: "row"}}
	w.temp = c.store.temp(w.file)
	if err := os.MkdirAll(filepath.Dir(w.temp), 0o755); err != nil {
		return nil, err
	}
	var err error
	if w.out, err = os.Create(w.temp); err != nil {
		return nil, err
	}
	schema := d.Arrow()
	if w.pq, err = pqarrow.NewFileWriter(schema, w.out, writerProperties(d.Columns), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema())); err != nil {
		w.out.Close()
		return nil, fmt.Errorf("%s: %w", w.file, err)
	}
	w.batch = array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range d.Columns {
		w.add = append(w.add, d.Columns[i].appender(w.batch.Field(i)))
	}
	c.parts = append(c.parts, w)
	return w, nil
}

// writerProperties keep to what strict readers accept: a required root, data pages V1, no statistics on list leaves
// (Arrow v17 gets those of unsigned lists wrong), and nothing that depends on the clock.
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
		if c.Type == Uint32s || c.Type == Strings {
			options = append(options, parquet.WithStatsFor(c.Name+".list.element", false))
		}
	}
	return parquet.NewWriterProperties(options...)
}

// Append adds rows. It keeps nothing of them; handing over many at a time is faster.
func (w *Writer[Row]) Append(rows ...Row) error {
	for len(rows) > 0 {
		n := min(len(rows), batchRows-w.waiting)
		for _, add := range w.add {
			for i := range rows[:n] {
				add(unsafe.Pointer(&rows[i]))
			}
		}
		w.waiting += n
		rows = rows[n:]
		if w.waiting == batchRows {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Rows is how many rows were appended.
func (w *Writer[Row]) Rows() int64 { return w.rows + int64(w.waiting) }

// flush hands the batch to a goroutine: encoding and compressing it takes as long as making it.
func (w *Writer[Row]) flush() error {
	if w.waiting == 0 {
		return nil
	}
	if w.records == nil {
		w.records, w.written = make(chan arrow.Record), make(chan error, 1)
		go w.write()
	}
	w.rows += int64(w.waiting)
	w.waiting = 0
	select {
	case w.records <- w.batch.NewRecord():
		w.batch.Reserve(batchRows)
		return nil
	case err := <-w.written:
		w.written <- err // close gives it again
		return err
	}
}

// write writes the records until there are no more, or one fails.
func (w *Writer[Row]) write() {
	var err error
	for record := range w.records {
		err = w.pq.WriteBuffered(record)
		record.Release()
		if err != nil {
			err = fmt.Errorf("%s: %w", w.file, err)
			break
		}
	}
	w.written <- err
}

// wait ends write, and gives its error.
func (w *Writer[Row]) wait() error {
	if w.records == nil {
		return nil
	}
	close(w.records)
	w.records = nil
	return <-w.written
}

func (w *Writer[Row]) tally() *Tally { return &w.Tally }

func (w *Writer[Row]) place() (*Schema, string) { return w.schema, w.file }

// close finishes and syncs the temporary file. The Parquet writer closes the file it writes to, so the sync needs it
// opened again.
func (w *Writer[Row]) close() (int64, error) {
	err := w.flush()
	if e := w.wait(); err == nil {
		err = e
	}
	if e := w.pq.Close(); err == nil && e != nil {
		err = fmt.Errorf("%s: %w", w.file, e)
	}
	w.batch.Release()
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
