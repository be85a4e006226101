package table

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// arrowTypes gives timestamps no zone: all are UTC, and a reader's own zone must not move them.
var arrowTypes = [...]arrow.DataType{
	String:    arrow.BinaryTypes.String,
	Bool:      arrow.FixedWidthTypes.Boolean,
	Int64:     arrow.PrimitiveTypes.Int64,
	Uint32:    arrow.PrimitiveTypes.Int64,
	Float64:   arrow.PrimitiveTypes.Float64,
	Timestamp: &arrow.TimestampType{Unit: arrow.Microsecond},
	Date:      arrow.FixedWidthTypes.Date32,
	Strings:   arrow.ListOf(arrow.BinaryTypes.String),
	Uint32s:   arrow.ListOf(arrow.PrimitiveTypes.Int64),
}

// Arrow returns the dataset's Arrow schema. Each field carries its documentation as metadata.
func (s *Schema) Arrow() *arrow.Schema {
	fields := make([]arrow.Field, len(s.Columns))
	for i, c := range s.Columns {
		keys, values := []string{"doc"}, []string{c.Doc}
		if c.Unit != "" {
			keys, values = append(keys, "unit"), append(values, c.Unit)
		}
		if len(c.RFCs) > 0 {
			var rfcs []string
			for _, n := range c.RFCs {
				rfcs = append(rfcs, "RFC"+strconv.Itoa(n))
			}
			keys, values = append(keys, "defined_by"), append(values, strings.Join(rfcs, " "))
		}
		fields[i] = arrow.Field{Name: c.Name, Type: arrowTypes[c.Type], Nullable: c.Nullable, Metadata: arrow.NewMetadata(keys, values)}
	}
	meta := arrow.NewMetadata([]string{"dataset", "schema_version", "row"},
		[]string{s.Name, strconv.Itoa(s.Version), s.Row})
	return arrow.NewSchema(fields, &meta)
}

// field returns the column's value in a row.
func field[T any](row unsafe.Pointer, c *Column) T { return *(*T)(unsafe.Add(row, c.offset)) }

func setField[T any](row unsafe.Pointer, c *Column, v T) { *(*T)(unsafe.Add(row, c.offset)) = v }

func dateOf(t time.Time) arrow.Date32 { return arrow.Date32FromTime(t) }

func timestampOf(t time.Time) arrow.Timestamp { return arrow.Timestamp(t.UnixMicro()) }

// columnBuilder collects a column of a row group.
type columnBuilder struct {
	append  func(row unsafe.Pointer)
	spread  func(rows []int32) // of a part, before finish: what was appended becomes the column that has for each row the value at its index
	finish  func() arrow.Array // returns the column and begins the next
	release func()
}

func (c *Column) builder() *columnBuilder {
	if c.Type == String {
		b := newStringBuilder()
		return &columnBuilder{append: func(row unsafe.Pointer) { b.append(field[string](row, c)) }, finish: b.finish, release: b.release}
	}
	b := array.NewBuilder(memory.DefaultAllocator, arrowTypes[c.Type])
	return &columnBuilder{append: c.appender(b), finish: b.NewArray, release: b.Release}
}

// appender returns the function that copies the column's field of a row into its builder. Fields are reached by offset:
// reflection for each value would cost more than everything else.
func (c *Column) appender(b array.Builder) func(row unsafe.Pointer) {
	switch c.Type {
	case Bool:
		b := b.(*array.BooleanBuilder)
		return func(row unsafe.Pointer) { b.Append(field[bool](row, c)) }
	case Int64:
		b := b.(*array.Int64Builder)
		if c.Nullable {
			return func(row unsafe.Pointer) { appendPointer(b, field[*int64](row, c), b.Append) }
		}
		return func(row unsafe.Pointer) { b.Append(field[int64](row, c)) }
	case Uint32:
		b := b.(*array.Int64Builder)
		return func(row unsafe.Pointer) { b.Append(int64(field[uint32](row, c))) }
	case Float64:
		b := b.(*array.Float64Builder)
		if c.Nullable {
			return func(row unsafe.Pointer) { appendPointer(b, field[*float64](row, c), b.Append) }
		}
		return func(row unsafe.Pointer) { b.Append(field[float64](row, c)) }
	case Timestamp:
		b := b.(*array.TimestampBuilder)
		appendTime := func(t time.Time) { b.Append(timestampOf(t)) }
		if c.Nullable {
			return func(row unsafe.Pointer) { appendPointer(b, field[*time.Time](row, c), appendTime) }
		}
		return func(row unsafe.Pointer) { appendTime(field[time.Time](row, c)) }
	case Date:
		b := b.(*array.Date32Builder)
		appendDate := func(t time.Time) { b.Append(dateOf(t)) }
		if c.Nullable {
			return func(row unsafe.Pointer) { appendPointer(b, field[*time.Time](row, c), appendDate) }
		}
		return func(row unsafe.Pointer) { appendDate(field[time.Time](row, c)) }
	case Strings:
		b := b.(*array.ListBuilder)
		values := b.ValueBuilder().(*array.StringBuilder)
		return func(row unsafe.Pointer) {
			b.Append(true)
			for _, v := range field[[]string](row, c) {
				values.Append(valid(v))
			}
		}
	case Uint32s:
		b := b.(*array.ListBuilder)
		values := b.ValueBuilder().(*array.Int64Builder)
		return func(row unsafe.Pointer) {
			b.Append(true)
			numbers := field[[]uint32](row, c)
			values.Reserve(len(numbers))
			for _, n := range numbers {
				values.UnsafeAppend(int64(n))
			}
		}
	}
	panic(fmt.Sprintf("table: column %s has no appender", c.Name))
}

func appendPointer[T any](b array.Builder, v *T, add func(T)) {
	if v == nil {
		b.AppendNull()
		return
	}
	add(*v)
}

// setter returns the function that copies value i of an array into the column's field of a row.
func (c *Column) setter(a arrow.Array) func(row unsafe.Pointer, i int) {
	switch a := a.(type) {
	case *array.String:
		var last string // shared by rows that follow each other
		return func(row unsafe.Pointer, i int) {
			if text := a.Value(i); text != last {
				last = strings.Clone(text)
			}
			setField(row, c, last)
		}
	case *array.Boolean:
		return func(row unsafe.Pointer, i int) { setField(row, c, a.Value(i)) }
	case *array.Int64:
		switch {
		case c.Type == Uint32:
			return func(row unsafe.Pointer, i int) { setField(row, c, uint32(a.Value(i))) }
		case c.Nullable:
			return setPointer(c, a, a.Value)
		}
		return func(row unsafe.Pointer, i int) { setField(row, c, a.Value(i)) }
	case *array.Float64:
		if c.Nullable {
			return setPointer(c, a, a.Value)
		}
		return func(row unsafe.Pointer, i int) { setField(row, c, a.Value(i)) }
	case *array.Timestamp:
		value := func(i int) time.Time { return time.UnixMicro(int64(a.Value(i))).UTC() }
		if c.Nullable {
			return setPointer(c, a, value)
		}
		return func(row unsafe.Pointer, i int) { setField(row, c, value(i)) }
	case *array.Date32:
		value := func(i int) time.Time { return a.Value(i).ToTime().UTC() }
		if c.Nullable {
			return setPointer(c, a, value)
		}
		return func(row unsafe.Pointer, i int) { setField(row, c, value(i)) }
	case *array.List:
		switch values := a.ListValues().(type) {
		case *array.String:
			return func(row unsafe.Pointer, i int) {
				from, to := a.ValueOffsets(i)
				list := make([]string, 0, to-from)
				for j := from; j < to; j++ {
					list = append(list, strings.Clone(values.Value(int(j))))
				}
				setField(row, c, list)
			}
		case *array.Int64:
			return func(row unsafe.Pointer, i int) {
				from, to := a.ValueOffsets(i)
				var list []uint32
				if to > from {
					list = make([]uint32, 0, to-from)
				}
				for _, n := range values.Int64Values()[from:to] {
					list = append(list, uint32(n))
				}
				setField(row, c, list)
			}
		}
	}
	panic(fmt.Sprintf("table: column %s has no setter", c.Name))
}

func setPointer[T any](c *Column, a arrow.Array, value func(int) T) func(unsafe.Pointer, int) {
	return func(row unsafe.Pointer, i int) {
		if a.IsNull(i) {
			return
		}
		v := value(i)
		setField(row, c, &v)
	}
}
