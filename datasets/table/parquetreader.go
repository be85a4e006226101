package table

import (
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// batchRows is how many rows are decoded at a time.
const batchRows = 4 << 10

// maxPageRead is the longest page that is read, in bytes. It leaves room for a row that is longer than maxPage by itself.
const maxPageRead = 4 * maxPage

// parquetReader reads the rows of a partition in batches.
type parquetReader struct {
	in      *file.Reader
	file    io.ReaderAt
	size    int64 // of the file
	columns []*columnReader
	group   int   // next row group
	left    int64 // rows of the current one
	most    int64 // rows of a batch
}

// openParquet opens a partition to read some columns of a dataset, given by their indexes, or all if that is nil. The file
// must have the columns of the dataset and their types.
func openParquet(path Path, of *Schema, some []int) (*parquetReader, error) {
	in, err := path.Open()
	if err != nil {
		return nil, err
	}
	info, err := in.Stat()
	if err != nil {
		in.Close()
		return nil, err
	}
	r, err := newParquetReader(in, info.Size(), of, some)
	if err != nil {
		in.Close()
	}
	return r, err
}

// newParquetReader is openParquet for a file of that size that is open already. Closing the reader closes it.
func newParquetReader(in parquet.ReaderAtSeeker, size int64, of *Schema, some []int) (r *parquetReader, err error) {
	defer recovered(&err)
	r = &parquetReader{file: in, most: batchRows, size: size}
	if r.in, err = file.NewParquetReader(in, file.WithReadProps(parquet.NewReaderProperties(limited{memory.DefaultAllocator, "page", maxPageRead}))); err != nil {
		return nil, err
	}
	has := r.in.MetaData().Schema
	if n := has.NumColumns(); n != len(of.Columns) {
		return nil, fmt.Errorf("it has %d columns (want %d, as schema version %d of %s)", n, len(of.Columns), of.Version, of.Name)
	}
	root, err := schema.FromParquet(schema.ToThrift(parquetRoot(of.Columns))) // as a file has it
	if err != nil {
		return nil, err
	}
	want := schema.NewSchema(root.(*schema.GroupNode))
	for i := range of.Columns {
		if got, want := has.Column(i), want.Column(i); got.Path() != want.Path() {
			return nil, fmt.Errorf("column %d is %s (want %s)", i+1, got.Path(), want.Path())
		} else if (!got.Equals(want) || !got.LogicalType().Equals(want.LogicalType())) && !of.Columns[i].isUnsigned(got, want) {
			return nil, fmt.Errorf("column %s is stored as %s (want %s)", want.Path(), storage(got), storage(want))
		}
	}
	if some == nil {
		for i := range of.Columns {
			some = append(some, i)
		}
	}
	for _, i := range some {
		r.columns = append(r.columns, newColumnReader(&of.Columns[i], has.Column(i), i))
	}
	return r, nil
}

// isUnsigned reports whether a file stores the column as unsigned numbers of 32 bits, as all files did once.
func (c *Column) isUnsigned(got, want *schema.Column) bool {
	of, _ := c.Type.element()
	return of == Uint32 && got.PhysicalType() == parquet.Types.Int32 && got.LogicalType().Equals(schema.NewIntLogicalType(32, false)) &&
		got.SchemaNode().RepetitionType() == want.SchemaNode().RepetitionType() &&
		got.MaxDefinitionLevel() == want.MaxDefinitionLevel() && got.MaxRepetitionLevel() == want.MaxRepetitionLevel()
}

// storage describes how a Parquet file stores a column.
func storage(c *schema.Column) string {
	return fmt.Sprintf("%s %s %s", c.SchemaNode().RepetitionType(), c.PhysicalType(), c.LogicalType())
}

// maxColumnRead is how many bytes the values of a column of a batch may take. A short page can name one long text for every row.
const maxColumnRead = 1 << 30

// limited refuses to allocate what no partition of the writer needs, whatever the file says.
type limited struct {
	memory.Allocator
	what string
	most int
}

func (a limited) Allocate(size int) []byte {
	a.check(size)
	return a.Allocator.Allocate(size)
}

func (a limited) Reallocate(size int, b []byte) []byte {
	a.check(size)
	return a.Allocator.Reallocate(size, b)
}

func (a limited) check(size int) {
	if size > a.most {
		panic(fmt.Sprintf("a %s of %d bytes (want at most %d)", a.what, size, a.most))
	}
}

// recovered makes an error of a panic: Arrow's decoders panic on some damaged pages.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the file is damaged: %v", r)
	}
}

func (r *parquetReader) Close() error {
	for _, c := range r.columns {
		c.close()
	}
	return r.in.Close()
}

// next returns the columns of the next rows, and io.EOF after the last.
func (r *parquetReader) next() (columns []arrow.Array, rows int, err error) {
	defer recovered(&err)
	for r.left == 0 {
		if r.group == r.in.NumRowGroups() {
			return nil, 0, io.EOF
		}
		group := r.in.RowGroup(r.group)
		if r.left = group.NumRows(); r.left < 0 {
			return nil, 0, fmt.Errorf("row group %d has %d rows", r.group, r.left)
		}
		for _, c := range r.columns {
			if err := c.begin(group, r.file, r.size); err != nil {
				return nil, 0, fmt.Errorf("row group %d, column %s: %w", r.group, c.name, err)
			}
		}
		r.group++
	}
	rows = int(min(r.left, r.most))
	r.left -= int64(rows)
	for _, c := range r.columns {
		column, err := c.read(rows)
		if err != nil {
			return nil, 0, fmt.Errorf("row group %d, column %s: %w", r.group-1, c.name, err)
		}
		columns = append(columns, column)
	}
	return columns, rows, nil
}

// columnReader decodes one column.
type columnReader struct {
	name   string
	index  int  // in the file
	is     Type // of a value
	narrow bool // the file has numbers without a sign in 32 bits
	leaf   arrow.DataType
	list   arrow.DataType // nil: a plain column
	filled int16          // definition level of a value
	chunk  *chunk         // that is read; nil: none yet
	file.RecordReader
}

func newColumnReader(c *Column, stored *schema.Column, index int) *columnReader {
	of, list := c.Type.element()
	r := &columnReader{name: c.Name, index: index, is: of, leaf: arrowTypes[of], filled: stored.MaxDefinitionLevel()}
	r.narrow = of == Uint32 && stored.PhysicalType() == parquet.Types.Int32
	levels := file.LevelInfo{NullSlotUsage: 1, DefLevel: r.filled, RepLevel: stored.MaxRepetitionLevel()}
	if list {
		r.list = arrowTypes[c.Type]
		levels.RepeatedAncestorDefLevel = r.filled // so that nulls take no room among the elements
	}
	r.RecordReader = file.NewRecordReader(stored, levels, r.leaf, limited{memory.DefaultAllocator, "column", maxColumnRead}, nil)
	return r
}

// begin sets the row group to read.
func (r *columnReader) begin(group *file.RowGroupReader, in io.ReaderAt, size int64) error {
	of, err := group.MetaData().ColumnChunk(r.index)
	if err != nil {
		return err
	}
	if r.chunk == nil {
		r.chunk = chunks.Get().(*chunk)
	}
	pages, err := r.chunk.read(in, of, size)
	if err != nil {
		return err
	}
	r.SetPageReader(pages)
	return nil
}

func (r *columnReader) close() {
	if r.chunk != nil {
		r.chunk.release()
		r.chunk = nil
	}
}

// read returns the next rows.
func (r *columnReader) read(rows int) (arrow.Array, error) {
	r.Reset()
	n, err := r.ReadRecords(int64(rows))
	if err == nil {
		err = r.RecordReader.(interface{ Err() error }).Err()
	}
	if err == nil && n != int64(rows) {
		err = fmt.Errorf("it ends %d rows early", int64(rows)-n)
	}
	if err != nil {
		return nil, err
	}
	if r.list == nil {
		return r.values(rows)
	}
	return r.lists(rows)
}

// values returns the decoded values, which must be that many.
func (r *columnReader) values(count int) (arrow.Array, error) {
	var a arrow.Array
	if texts, ok := r.RecordReader.(file.BinaryRecordReader); ok {
		a = array.MakeFromData(texts.GetBuilderChunks()[0].Data())
	} else {
		n, nulls, valid := r.ValuesWritten(), int(r.NullCount()), r.ReleaseValidBits()
		values := r.ReleaseValues()
		switch {
		case r.leaf.ID() == arrow.BOOL:
			values = packed(values.Bytes()[:n])
		case r.narrow:
			values = widened(values.Bytes()[:4*n])
		case r.is == Uint32:
			if err := checkUnsigned(values.Bytes()[:8*n]); err != nil {
				return nil, err
			}
		}
		a = array.MakeFromData(array.NewData(r.leaf, n, []*memory.Buffer{valid, values}, nil, nulls, 0))
	}
	if a.Len() != count {
		return nil, fmt.Errorf("it has %d values for %d", a.Len(), count)
	}
	return a, nil
}

// packed returns truth values as bits.
func packed(bools []byte) *memory.Buffer {
	bits := make([]byte, (len(bools)+7)/8)
	for i, b := range bools {
		bits[i/8] |= (b & 1) << (i % 8)
	}
	return memory.NewBufferBytes(bits)
}

// widened returns numbers of 32 bits without a sign as such of 64.
func widened(narrow []byte) *memory.Buffer {
	numbers := arrow.Uint32Traits.CastFromBytes(narrow)
	wide := make([]int64, len(numbers))
	for i, n := range numbers {
		wide[i] = int64(n)
	}
	return memory.NewBufferBytes(arrow.Int64Traits.CastToBytes(wide))
}

// checkUnsigned is an error if one of the numbers has a sign or more than 32 bits.
func checkUnsigned(values []byte) error {
	for _, n := range arrow.Int64Traits.CastFromBytes(values) {
		if n != int64(uint32(n)) {
			return fmt.Errorf("it has %d (want 0 to %d)", n, uint32(math.MaxUint32))
		}
	}
	return nil
}

// lists returns the decoded lists.
func (r *columnReader) lists(rows int) (arrow.Array, error) {
	definitions, repetitions := r.DefLevels()[:r.LevelsPos()], r.RepLevels()[:r.LevelsPos()]
	offsets := make([]int32, 1, rows+1)
	var elements int32
	for i, level := range definitions {
		if repetitions[i] == 0 && i > 0 {
			offsets = append(offsets, elements)
		}
		switch level {
		case r.filled:
			elements++
		case r.filled - 1:
			return nil, fmt.Errorf("null in a list")
		}
	}
	offsets = append(offsets, elements)
	if len(offsets) != rows+1 {
		return nil, fmt.Errorf("it has %d lists for %d rows", len(offsets)-1, rows)
	}
	values, err := r.values(int(elements))
	if err != nil {
		return nil, err
	}
	data := array.NewData(r.list, rows, []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets))}, []arrow.ArrayData{values.Data()}, 0, 0)
	return array.NewListData(data), nil
}
