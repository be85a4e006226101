package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
)

// maxBatchRows is the number of rows that are decoded at a time. Space is set aside for all of them, so a file of fewer rows is read in
// a batch of its size.
const maxBatchRows = 64 << 10

// Scan reads the rows of partitions, in the order of the files and of their rows. It stops at the first error.
func (d *Dataset[Row]) Scan(paths ...string) iter.Seq2[Row, error] {
	return d.ScanColumns(nil, paths...)
}

// ScanColumns is Scan for the named columns, or all if none is named; the other fields of the rows are zero.
func (d *Dataset[Row]) ScanColumns(names []string, paths ...string) iter.Seq2[Row, error] {
	columns := d.Columns
	var leaves []int // each column is one leaf of the file
	if len(names) > 0 {
		columns = nil
		for _, name := range names {
			i := slices.IndexFunc(d.Columns, func(c Column) bool { return c.Name == name })
			if i < 0 {
				panic("table: " + d.Name + " has no column " + name)
			}
			leaves = append(leaves, i)
		}
		slices.Sort(leaves)
		for _, i := range leaves {
			columns = append(columns, d.Columns[i])
		}
	}
	return func(yield func(Row, error) bool) {
		for _, path := range paths {
			if more, err := d.scan(path, columns, leaves, yield); err != nil {
				var none Row
				yield(none, fmt.Errorf("%s: %w", path, err))
				return
			} else if !more {
				return
			}
		}
	}
}

func (d *Dataset[Row]) scan(path string, columns []Column, leaves []int, yield func(Row, error) bool) (more bool, err error) {
	in, err := file.OpenParquetFile(path, false)
	if err != nil {
		return false, err
	}
	defer in.Close()
	if n := in.MetaData().Schema.NumColumns(); n != len(d.Columns) {
		return false, fmt.Errorf("it has %d columns (want %d, as schema version %d of %s)", n, len(d.Columns), d.Version, d.Name)
	}
	records, err := recordsOf(in, leaves)
	if err != nil {
		return false, err
	}
	defer records.Release()
	for records.Next() {
		record := records.Record()
		set := make([]func(unsafe.Pointer, int), len(columns))
		for i := range columns {
			if name := record.ColumnName(i); name != columns[i].Name {
				return false, fmt.Errorf("column %d is %s (want %s)", i+1, name, columns[i].Name)
			}
			if set[i], err = columns[i].setter(record.Column(i)); err != nil {
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

// recordsOf returns a reader of the columns given by leaves, or of all if that is nil, in batches. At the end its Err is io.EOF.
func recordsOf(in *file.Reader, leaves []int) (pqarrow.RecordReader, error) {
	batch := min(maxBatchRows, max(in.NumRows(), 1))
	r, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{BatchSize: batch}, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	return r.GetRecordReader(context.Background(), leaves, nil)
}
