package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
)

// readRows is how many rows are decoded at a time.
const readRows = 64 << 10

// Scan reads the rows of partitions, in the order of the files and of their rows. It stops at the first error.
func (d *Dataset[Row]) Scan(paths ...string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, path := range paths {
			if more, err := d.scan(path, yield); err != nil {
				var none Row
				yield(none, fmt.Errorf("%s: %w", path, err))
				return
			} else if !more {
				return
			}
		}
	}
}

func (d *Dataset[Row]) scan(path string, yield func(Row, error) bool) (more bool, err error) {
	in, err := file.OpenParquetFile(path, false)
	if err != nil {
		return false, err
	}
	defer in.Close()
	records, err := recordsOf(in)
	if err != nil {
		return false, err
	}
	defer records.Release()
	for records.Next() {
		record := records.Record()
		if int(record.NumCols()) != len(d.Columns) {
			return false, fmt.Errorf("has %d columns, schema version %d of %s has %d", record.NumCols(), d.Version, d.Name, len(d.Columns))
		}
		set := make([]func(unsafe.Pointer, int), len(d.Columns))
		for i := range d.Columns {
			if name := record.ColumnName(i); name != d.Columns[i].Name {
				return false, fmt.Errorf("column %d is %s, should be %s", i+1, name, d.Columns[i].Name)
			}
			if set[i], err = d.Columns[i].setter(record.Column(i)); err != nil {
				return false, err
			}
		}
		for i := range int(record.NumRows()) {
			var row Row
			for _, s := range set {
				s(unsafe.Pointer(&row), i)
			}
			if !yield(row, nil) {
				return false, nil
			}
		}
	}
	if err := records.Err(); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return true, nil
}

// recordsOf reads all columns in batches. At the end its Err is io.EOF.
func recordsOf(in *file.Reader) (pqarrow.RecordReader, error) {
	r, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{BatchSize: readRows}, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	return r.GetRecordReader(context.Background(), nil, nil)
}
