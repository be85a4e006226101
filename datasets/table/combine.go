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
	"github.com/apache/arrow/go/v17/arrow/memory"
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
	asGroups, err := newParquetWriter(asParquet, of.Columns, schema)
	if err != nil {
		return err
	}
	flat, err := ipc.NewFileWriter(&positioned{Writer: asArrow}, ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	groups := newRegrouper(asGroups, of)
	cells := make([]string, len(columns))
	for _, m := range partitions {
		err := s.batches(of, m, batchRows, func(batch []arrow.Array, rows int) (more bool, err error) {
			if err := groups.add(batch, rows); err != nil {
				return false, err
			}
			if err := flat.Write(array.NewRecord(schema, batch, int64(rows))); err != nil {
				return false, err
			}
			for row := range rows {
				for i, c := range columns {
					cells[i] = c.csv(valueAt(batch[i], row))
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
	return errors.Join(out.Error(), groups.close(), flat.Close())
}

// regrouper makes row groups of one size of batches, whatever their sizes.
type regrouper struct {
	to      *parquetWriter
	most    int // rows of a row group
	waiting [][]arrow.Array
	rows    int
}

// newRegrouper returns a regrouper that writes row groups of the dataset's size.
func newRegrouper(to *parquetWriter, of *Schema) *regrouper {
	return &regrouper{to: to, most: of.groupRows()}
}

func (g *regrouper) add(batch []arrow.Array, rows int) error {
	for from := 0; from < rows; {
		n := min(rows-from, g.most-g.rows)
		g.waiting = append(g.waiting, sliceAll(batch, from, from+n))
		g.rows, from = g.rows+n, from+n
		if g.rows == g.most {
			if err := g.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *regrouper) flush() error {
	if g.rows == 0 {
		return nil
	}
	group := make([]arrow.Array, len(g.to.columns))
	parts := make([]arrow.Array, len(g.waiting))
	for i := range group {
		for n, batch := range g.waiting {
			parts[n] = batch[i]
		}
		if g.to.columns[i].Type == String {
			group[i] = numbered(parts)
			continue
		}
		var err error
		if group[i], err = array.Concatenate(parts, memory.DefaultAllocator); err != nil {
			return err
		}
	}
	g.waiting, g.rows = nil, 0
	return g.to.write(group)
}

func (g *regrouper) close() error {
	if err := g.flush(); err != nil {
		return err
	}
	return g.to.close()
}

// numbered returns the texts of arrays as a stringBuilder stores them.
func numbered(parts []arrow.Array) arrow.Array {
	b := newStringBuilder()
	for _, part := range parts {
		texts := part.(*array.String)
		for i := range texts.Len() {
			b.append(texts.Value(i))
		}
	}
	return b.finish()
}

// Head returns at most limit rows from the start of a partition.
func (s *Store) Head(of *Schema, m *Manifest, limit int) (*Result, error) {
	r := &Result{Columns: of.ResultColumns()}
	if limit < 1 {
		return r, nil
	}
	err := s.batches(of, m, min(limit, batchRows), func(batch []arrow.Array, rows int) (more bool, err error) {
		for row := range min(rows, limit-len(r.Rows)) {
			values := make([]any, len(r.Columns))
			for i := range values {
				values[i] = valueAt(batch[i], row)
			}
			r.Rows = append(r.Rows, values)
		}
		return len(r.Rows) < limit, nil
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

// batches calls use for the rows of a partition in batches of at most so many, until it returns false for more.
func (s *Store) batches(of *Schema, m *Manifest, most int, use func(batch []arrow.Array, rows int) (more bool, err error)) error {
	path := s.Path(m)
	in, err := openParquet(path, of, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer in.Close()
	in.most = int64(most)
	for more := true; more; {
		batch, rows, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			more, err = use(batch, rows)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
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
			case *array.Int64:
				list = append(list, strconv.FormatInt(values.Value(int(j)), 10))
			}
		}
		return list
	}
	return nil
}
