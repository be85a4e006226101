package table

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// parquetWriter writes Arrow arrays as a Parquet file. It does not use Arrow's own package for that, pqarrow: it would bring
// gRPC and a compute engine along, and writes wrong statistics of dictionaries and of unsigned columns. Nor does it use Arrow's
// file.Writer, which looks every value of a dictionary column up in a hash table; Arrow writes the pages and the footer.
type parquetWriter struct {
	columns    []Column
	sink       *sink
	footer     *metadata.FileMetaDataBuilder
	groups     int16
	properties *parquet.WriterProperties // of the next row group; the footer reads them whenever a column begins

	definitions, repetitions []int16      // of the current column
	numbers                  []int32      // of the current column
	page                     []byte       // of the current column
	trial                    []byte       // of the current column, perhaps not to be written
	compressed               bytes.Buffer // of the current column
}

// sink remembers the first error of a writer and from then on pretends to write, because Arrow drops or reduces errors.
type sink struct {
	io.Writer
	err     error
	written int64
}

func (s *sink) Write(b []byte) (int, error) {
	if s.err == nil {
		_, s.err = s.Writer.Write(b)
	}
	s.written += int64(len(b))
	return len(b), nil
}

// Tell returns the offset in the file.
func (s *sink) Tell() int64 { return s.written }

// magic begins and ends a Parquet file.
const magic = "PAR1"

// newParquetWriter begins a file of the columns. The schema's metadata becomes the file's. If there is any, the schema itself
// does too, as readers of Arrow expect it: it has the documentation of the columns.
func newParquetWriter(w io.Writer, columns []Column, of *arrow.Schema) (*parquetWriter, error) {
	meta := metadata.NewKeyValueMetadata()
	for i, key := range of.Metadata().Keys() {
		if err := meta.Append(key, of.Metadata().Values()[i]); err != nil {
			return nil, err
		}
	}
	if of.HasMetadata() {
		var b bytes.Buffer
		if err := ipc.NewWriter(&b, ipc.WithSchema(of)).Close(); err != nil {
			return nil, err
		}
		if err := meta.Append("ARROW:schema", base64.StdEncoding.EncodeToString(b.Bytes())); err != nil {
			return nil, err
		}
	}
	p := &parquetWriter{columns: columns, sink: &sink{Writer: w}, properties: writerProperties(columns, nil)}
	p.footer = metadata.NewFileMetadataBuilder(schema.NewSchema(parquetRoot(columns)), p.properties, meta)
	io.WriteString(p.sink, magic)
	return p, p.sink.err
}

// write writes a row group, or several where a column is too long for one.
func (p *parquetWriter) write(group []arrow.Array) error {
	if len(group) == 0 || group[0].Len() == 0 {
		return nil
	}
	for _, column := range group {
		if rows := column.Len(); rows > 1 && leafBytes(leaf(column)) > maxPage {
			if err := p.write(sliceAll(group, 0, rows/2)); err != nil {
				return err
			}
			return p.write(sliceAll(group, rows/2, rows))
		}
	}
	*p.properties = *writerProperties(p.columns, group)
	out := p.footer.AppendRowGroup()
	written := int64(0)
	for i, column := range group {
		n, err := p.writeChunk(out.NextColumnChunk(), &p.columns[i], column, int16(i))
		if p.sink.err != nil {
			return p.sink.err
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", p.columns[i].Name, err)
		}
		written += n
	}
	out.SetNumRows(group[0].Len())
	err := out.Finish(written, p.groups)
	p.groups++
	return err
}

// writeChunk writes a column of a row group, and returns how many bytes that took.
func (p *parquetWriter) writeChunk(meta *metadata.ColumnChunkMetaDataBuilder, c *Column, a arrow.Array, ordinal int16) (int64, error) {
	path := meta.Descr().Path()
	pages, err := file.NewPageWriter(p.sink, p.properties.CompressionFor(path), p.properties.CompressionLevelFor(path), meta, p.groups, ordinal,
		p.properties.Allocator(), false, nil, nil)
	if err != nil {
		return 0, err
	}
	if texts, ok := a.(*array.Dictionary); ok {
		column := numberedTexts(texts, p.page[:0])
		return p.writeNumbered(meta, pages, &column)
	}
	if c.Type == Uint32 && !c.Nullable {
		column := numberedIntegers(a, p.numbers[:0], p.page[:0])
		p.numbers = column.numbers
		if !p.plainIsSmaller(pages, &column, a) {
			return p.writeNumbered(meta, pages, &column)
		}
		return p.writePlain(meta, pages, &column, plainIntegers(a))
	}
	to := file.NewColumnChunkWriter(meta, pages, p.properties)
	if err := p.writeColumn(to, a, c.Nullable); err != nil {
		return 0, err
	}
	err = to.Close()
	return to.TotalBytesWritten(), err
}

// fewNumbers is up to how many distinct values a dictionary is smaller than the values, without a trial: each row takes a byte.
const fewNumbers = 256

// plainIsSmaller reports whether the values of a column of integers are smaller than their dictionary and numbers, compressed. AS numbers
// in the order of prefixes are: they repeat in runs and nearby, and the dictionary has most of them once more.
func (p *parquetWriter) plainIsSmaller(pages file.PageWriter, n *numberedColumn, a arrow.Array) bool {
	if n.count <= fewNumbers {
		return false
	}
	size := func(page []byte) int {
		p.compressed.Reset()
		return len(pages.Compress(&p.compressed, page))
	}
	p.trial = appendRuns(p.trial[:0], n.numbers, n.width())
	return size(plainIntegers(a)) < size(n.values)+size(p.trial)
}

// plainIntegers returns integers as a data page has them.
func plainIntegers(a arrow.Array) []byte {
	return arrow.Int64Traits.CastToBytes(arrow.GetValues[int64](a.Data(), 1))
}

// statistics sets the bounds of a column that is never null.
func (p *parquetWriter) statistics(meta *metadata.ColumnChunkMetaDataBuilder, n *numberedColumn) (metadata.EncodedStatistics, error) {
	bounds := metadata.NewStatistics(meta.Descr(), p.properties.Allocator())
	n.bounds(bounds)
	statistics, err := bounds.Encode()
	if err != nil {
		return statistics, err
	}
	statistics.ApplyStatSizeLimits(maxStatistics)
	statistics.Signed = meta.Descr().SortOrder() == schema.SortSIGNED
	meta.SetStats(statistics)
	return statistics, nil
}

// writePlain writes the values of a column that is never null as a data page.
func (p *parquetWriter) writePlain(meta *metadata.ColumnChunkMetaDataBuilder, pages file.PageWriter, n *numberedColumn, values []byte) (int64, error) {
	statistics, err := p.statistics(meta, n)
	if err != nil {
		return 0, err
	}
	p.compressed.Reset()
	page := file.NewDataPageV1WithStats(memory.NewBufferBytes(pages.Compress(&p.compressed, values)), int32(len(n.numbers)),
		parquet.Encodings.Plain, parquet.Encodings.RLE, parquet.Encodings.RLE, int32(len(values)), statistics)
	written, err := pages.WriteDataPage(page)
	if err != nil {
		return 0, err
	}
	return written, pages.Close(false, false)
}

// writeNumbered writes the dictionary page and the data page of a column that is never null.
func (p *parquetWriter) writeNumbered(meta *metadata.ColumnChunkMetaDataBuilder, pages file.PageWriter, n *numberedColumn) (int64, error) {
	statistics, err := p.statistics(meta, n)
	if err != nil {
		return 0, err
	}
	dictionary, err := pages.WriteDictionaryPage(file.NewDictionaryPage(memory.NewBufferBytes(n.values), int32(n.count), p.properties.DictionaryPageEncoding()))
	if err != nil {
		return 0, err
	}
	p.page = append(n.values[:0], byte(n.width()))
	p.page = appendRuns(p.page, n.numbers, n.width())
	p.compressed.Reset()
	data := file.NewDataPageV1WithStats(memory.NewBufferBytes(pages.Compress(&p.compressed, p.page)), int32(len(n.numbers)),
		p.properties.DictionaryIndexEncoding(), parquet.Encodings.RLE, parquet.Encodings.RLE, int32(len(p.page)), statistics)
	rows, err := pages.WriteDataPage(data)
	if err != nil {
		return 0, err
	}
	return dictionary + rows, pages.Close(true, false)
}

// sliceAll returns the rows of a row group from one to before another.
func sliceAll(group []arrow.Array, from, to int) []arrow.Array {
	parts := make([]arrow.Array, len(group))
	for i, column := range group {
		parts[i] = array.NewSlice(column, int64(from), int64(to))
	}
	return parts
}

// close writes the footer. It does not close the writer beneath.
func (p *parquetWriter) close() error {
	footer, err := p.footer.Finish()
	if err != nil {
		return err
	}
	size, err := footer.WriteTo(p.sink, nil)
	if err != nil {
		return err
	}
	p.sink.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(size)), magic...))
	return p.sink.err
}

// writeColumn writes the values of an array that are not null, and the levels that say where they belong.
func (p *parquetWriter) writeColumn(to file.ColumnChunkWriter, a arrow.Array, nullable bool) error {
	p.definitions, p.repetitions = p.definitions[:0], p.repetitions[:0]
	if list, ok := a.(*array.List); ok {
		p.listLevels(list, nullable)
		return writeLeaf(to, leaf(list), p.definitions, p.repetitions)
	}
	if !nullable {
		return writeLeaf(to, a, nil, nil)
	}
	for i := range a.Len() {
		var level int16
		if a.IsValid(i) {
			level = 1
		}
		p.definitions = append(p.definitions, level)
	}
	return writeLeaf(to, a, p.definitions, nil)
}

// listLevels sets the levels of a list column, whose elements are optional in the schema but never null. Without the level for
// null, where the column cannot be that, an empty list has level 0 and an element 2.
func (p *parquetWriter) listLevels(list *array.List, nullable bool) {
	var empty int16
	if nullable {
		empty = 1
	}
	for i := range list.Len() {
		from, to := list.ValueOffsets(i)
		switch {
		case list.IsNull(i):
			p.definitions, p.repetitions = append(p.definitions, 0), append(p.repetitions, 0)
		case from == to:
			p.definitions, p.repetitions = append(p.definitions, empty), append(p.repetitions, 0)
		default:
			p.definitions, p.repetitions = append(p.definitions, empty+2), append(p.repetitions, 0)
			for range to - from - 1 {
				p.definitions, p.repetitions = append(p.definitions, empty+2), append(p.repetitions, 1)
			}
		}
	}
}

func writeLeaf(to file.ColumnChunkWriter, a arrow.Array, definitions, repetitions []int16) (err error) {
	switch to := to.(type) {
	case *file.BooleanColumnChunkWriter:
		a := a.(*array.Boolean)
		values := make([]bool, a.Len())
		for i := range values {
			values[i] = a.Value(i)
		}
		_, err = to.WriteBatch(present(a, values), definitions, repetitions)
	case *file.Int32ColumnChunkWriter:
		_, err = to.WriteBatch(present(a, arrow.GetValues[int32](a.Data(), 1)), definitions, repetitions)
	case *file.Int64ColumnChunkWriter:
		_, err = to.WriteBatch(present(a, arrow.GetValues[int64](a.Data(), 1)), definitions, repetitions)
	case *file.Float64ColumnChunkWriter:
		_, err = to.WriteBatch(present(a, arrow.GetValues[float64](a.Data(), 1)), definitions, repetitions)
	case *file.ByteArrayColumnChunkWriter:
		_, err = to.WriteBatch(present(a, textsOf(a.(*array.String))), definitions, repetitions)
	default:
		err = fmt.Errorf("a %s cannot be stored as %s", a.DataType(), to.Type())
	}
	return err
}

// textsOf returns the texts of an array without copying them.
func textsOf(a *array.String) []parquet.ByteArray {
	all := a.ValueBytes()
	if all == nil {
		all = []byte{} // because nil is not a minimum
	}
	texts := make([]parquet.ByteArray, a.Len())
	for i := range texts {
		text := a.ValueLen(i)
		texts[i], all = all[:text:text], all[text:]
	}
	return texts
}

// present returns the values that are not null.
func present[T any](a arrow.Array, values []T) []T {
	if a.NullN() == 0 {
		return values
	}
	some := make([]T, 0, a.Len()-a.NullN())
	for i, v := range values {
		if a.IsValid(i) {
			some = append(some, v)
		}
	}
	return some
}
