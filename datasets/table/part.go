package table

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Part is some of a Writer's columns, in which rows have few different combinations of values, as routes have of path attributes. A
// combination is added once to a row group, and rows name it by number: that costs a fraction of appending its values to each row.
type Part[Row any] struct {
	columns []*columnBuilder
	added   int32   // combinations in the row group
	numbers []int32 // of the rows
}

// Part makes columns, which are not lists and in no other part, a part. It is called before the first row, and then all rows are
// appended with AppendParts.
func (w *Writer[Row]) Part(columns ...string) *Part[Row] {
	p := new(Part[Row])
	for i := range w.schema.Columns {
		c := &w.schema.Columns[i]
		if !slices.Contains(columns, c.Name) {
			continue
		}
		w.columns[i].release()
		w.columns[i] = c.sharedBuilder()
		p.columns = append(p.columns, w.columns[i])
	}
	if len(p.columns) != len(columns) {
		panic(fmt.Sprintf("table: %s lacks some of the columns %v", w.schema.Name, columns))
	}
	w.own = slices.DeleteFunc(w.own, func(b *columnBuilder) bool { return !slices.Contains(w.columns, b) })
	w.parts = append(w.parts, p)
	return p
}

// Add adds the values that a row has in the part's columns, and returns their number. It holds within the current row group.
func (p *Part[Row]) Add(row *Row) int32 {
	for _, c := range p.columns {
		c.append(unsafe.Pointer(row))
	}
	p.added++
	return p.added - 1
}

// Group returns the number of the current row group. It changes with an appended row.
func (w *Writer[Row]) Group() int { return w.group }

// AppendParts adds a row, without retaining it. Of each part, in the order in which they were made, it has the values with the given
// number; row has those of the other columns, and labels.
func (w *Writer[Row]) AppendParts(row *Row, numbers ...int32) error {
	if w.Rows() == 0 {
		w.first = w.schema.labels(unsafe.Pointer(row))
	}
	for i, p := range w.parts {
		p.numbers = append(p.numbers, numbers[i])
	}
	for _, c := range w.own {
		c.append(unsafe.Pointer(row))
	}
	if w.waiting++; w.waiting == rowGroupRows {
		return w.flush()
	}
	return nil
}

// finish makes the part's columns those of the rows, and begins the next row group.
func (p *Part[Row]) finish() {
	for _, c := range p.columns {
		c.spread(p.numbers)
	}
	p.numbers, p.added = p.numbers[:0], 0
}

// sharedBuilder returns a builder for a column of a part.
func (c *Column) sharedBuilder() *columnBuilder {
	if c.Type == String {
		b := newStringBuilder()
		b.shared = true
		return &columnBuilder{append: func(row unsafe.Pointer) { b.append(field[string](row, c)) }, spread: b.spread, finish: b.finish, release: b.release}
	}
	b := array.NewBuilder(memory.DefaultAllocator, arrowTypes[c.Type])
	var column arrow.Array
	return &columnBuilder{
		append: c.appender(b), spread: func(rows []int32) { column = spread(b.NewArray(), rows) },
		finish: func() arrow.Array { return column }, release: b.Release,
	}
}

// spread returns an array that has for each row the value at its index.
func spread(a arrow.Array, rows []int32) arrow.Array {
	defer a.Release()
	if bits, ok := a.(*array.Boolean); ok {
		b := array.NewBooleanBuilder(memory.DefaultAllocator)
		defer b.Release()
		b.Reserve(len(rows))
		for _, i := range rows {
			b.UnsafeAppend(bits.Value(int(i)))
		}
		return b.NewArray()
	}
	var values []byte
	switch a.DataType().(arrow.FixedWidthDataType).Bytes() {
	case 4:
		values = arrow.Uint32Traits.CastToBytes(spreadValues(arrow.GetValues[uint32](a.Data(), 1), rows))
	case 8:
		values = arrow.Uint64Traits.CastToBytes(spreadValues(arrow.GetValues[uint64](a.Data(), 1), rows))
	}
	var valid *memory.Buffer
	nulls := 0
	if a.NullN() > 0 {
		bits := make([]byte, (len(rows)+7)/8)
		for n, i := range rows {
			if a.IsNull(int(i)) {
				nulls++
			} else {
				bits[n>>3] |= 1 << (n & 7)
			}
		}
		valid = memory.NewBufferBytes(bits)
	}
	data := array.NewData(a.DataType(), len(rows), []*memory.Buffer{valid, memory.NewBufferBytes(values)}, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

func spreadValues[T any](values []T, rows []int32) []T {
	of := make([]T, len(rows))
	for n, i := range rows {
		of[n] = values[i]
	}
	return of
}
