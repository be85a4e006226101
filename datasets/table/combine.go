package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
)

// Combine writes the rows of partitions, in their order, as one CSV, one Parquet and one uncompressed Arrow IPC file. It
// holds a batch of rows and the open row groups of the Parquet file in memory.
func (s *Store) Combine(of *Schema, partitions []*Manifest, asCSV, asParquet, asArrow io.Writer) (err error) {
	out := csv.NewWriter(asCSV)
	columns := of.ResultColumns()
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	if err := out.Write(header); err != nil {
		return err
	}
	schema := of.Arrow()
	pq, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{asParquet}, writerProperties(of.Columns), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return err
	}
	flat, err := ipc.NewFileWriter(&positioned{Writer: asArrow}, ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	cells := make([]string, len(columns))
	for _, m := range partitions {
		err := s.records(of, m, func(record arrow.Record) (more bool, err error) {
			same := array.NewRecord(schema, record.Columns(), record.NumRows())
			defer same.Release()
			if err := pq.WriteBuffered(same); err != nil {
				return false, err
			}
			if err := flat.Write(same); err != nil {
				return false, err
			}
			for row := range int(record.NumRows()) {
				for i, c := range columns {
					cells[i] = c.csv(valueAt(record.Column(i), row))
				}
				if err := out.Write(cells); err != nil {
					return false, err
				}
			}
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	out.Flush()
	return errors.Join(out.Error(), pq.Close(), flat.Close())
}

// Head returns at most limit rows from the start of a partition.
func (s *Store) Head(of *Schema, m *Manifest, limit int) (*Result, error) {
	r := &Result{Columns: of.ResultColumns()}
	err := s.records(of, m, func(record arrow.Record) (more bool, err error) {
		for row := range int(record.NumRows()) {
			if len(r.Rows) == limit {
				return false, nil
			}
			values := make([]any, len(r.Columns))
			for i := range values {
				values[i] = valueAt(record.Column(i), row)
			}
			r.Rows = append(r.Rows, values)
		}
		return true, nil
	})
	return r, err
}

// ResultColumns returns the columns of the dataset as a Result has them: whole numbers as Int64, lists as Strings.
func (s *Schema) ResultColumns() []ResultColumn {
	columns := make([]ResultColumn, len(s.Columns))
	for i, c := range s.Columns {
		columns[i] = ResultColumn{Name: c.Name, Type: c.Type}
		switch c.Type {
		case Uint32:
			columns[i].Type = Int64
		case Uint32s:
			columns[i].Type = Strings
		}
	}
	return columns
}

// records calls use for the rows of a partition in batches, until it returns false for more.
func (s *Store) records(of *Schema, m *Manifest, use func(arrow.Record) (more bool, err error)) error {
	path := s.Path(m)
	in, err := file.OpenParquetFile(path, false)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer in.Close()
	if n := in.MetaData().Schema.NumColumns(); n != len(of.Columns) {
		return fmt.Errorf("%s has %d columns (want %d, as schema version %d of %s)", path, n, len(of.Columns), of.Version, of.Name)
	}
	records, err := recordsOf(in, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer records.Release()
	for records.Next() {
		if more, err := use(records.Record()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		} else if !more {
			return nil
		}
	}
	if err := records.Err(); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// valueAt returns value i of an array as a Result holds it.
func valueAt(a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Boolean:
		return a.Value(i)
	case *array.Int64:
		return a.Value(i)
	case *array.Uint32:
		return int64(a.Value(i))
	case *array.Float64:
		return a.Value(i)
	case *array.Timestamp:
		return a.Value(i).ToTime(arrow.Microsecond).UTC()
	case *array.Date32:
		return a.Value(i).ToTime().UTC()
	case *array.List:
		from, to := a.ValueOffsets(i)
		list := make([]string, 0, to-from)
		for j := from; j < to; j++ {
			switch values := a.ListValues().(type) {
			case *array.String:
				list = append(list, values.Value(int(j)))
			case *array.Uint32:
				list = append(list, strconv.FormatUint(uint64(values.Value(int(j))), 10))
			}
		}
		return list
	}
	return nil
}
