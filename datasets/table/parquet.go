package table

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// leafTypes gives how Parquet stores the values of each type; a list is stored as its elements.
var leafTypes = [...]struct {
	physical parquet.Type
	logical  schema.LogicalType
}{
	String:    {parquet.Types.ByteArray, schema.StringLogicalType{}},
	Bool:      {parquet.Types.Boolean, schema.NoLogicalType{}},
	Int64:     {parquet.Types.Int64, schema.NewIntLogicalType(64, true)},
	Uint32:    {parquet.Types.Int64, schema.NewIntLogicalType(64, true)},
	Float64:   {parquet.Types.Double, schema.NoLogicalType{}},
	Timestamp: {parquet.Types.Int64, schema.NewTimestampLogicalTypeForce(false, schema.TimeUnitMicros)},
	Date:      {parquet.Types.Int32, schema.DateLogicalType{}},
}

// element returns the type of a list's elements, if t is a list.
func (t Type) element() (of Type, list bool) {
	switch t {
	case Strings:
		return String, true
	case Uint32s:
		return Uint32, true
	}
	return t, false
}

// node returns the column in a Parquet schema. List elements are optional, as in the files of most writers, but never null.
func (c *Column) node() schema.Node {
	repetition := parquet.Repetitions.Required
	if c.Nullable {
		repetition = parquet.Repetitions.Optional
	}
	of, list := c.Type.element()
	if !list {
		return leafNode(c.Name, repetition, of)
	}
	return schema.MustGroup(schema.ListOf(leafNode(c.Name, parquet.Repetitions.Optional, of), repetition, -1))
}

func leafNode(name string, repetition parquet.Repetition, t Type) schema.Node {
	leaf := leafTypes[t]
	return schema.MustPrimitive(schema.NewPrimitiveNodeLogical(name, repetition, leaf.logical, leaf.physical, -1, -1))
}

// path returns the name of the column's values in a Parquet file.
func (c *Column) path() string {
	if _, list := c.Type.element(); list {
		return c.Name + ".list.element"
	}
	return c.Name
}

// parquetRoot returns the Parquet schema of the columns. Its root is required, because strict readers want that.
func parquetRoot(columns []Column) *schema.GroupNode {
	nodes := make(schema.FieldList, len(columns))
	for i := range columns {
		nodes[i] = columns[i].node()
	}
	return schema.MustGroup(schema.NewGroupNode("schema", parquet.Repetitions.Required, nodes, -1))
}

const (
	maxDictionaryPage = 8 << 20  // bytes of texts beyond which lists and nullable columns have no dictionary
	maxPage           = 64 << 20 // bytes of a column of a row group before it is encoded
	maxStatistics     = 64       // bytes of a text beyond which no minimum and maximum is written
)

// writerProperties returns how to write a row group: data pages V1, which every reader knows, no statistics on list
// elements, and nothing that depends on the clock. Texts have a dictionary or are delta-encoded. There is one page per
// column, because Arrow v17 begins a second delta-encoded page with a reference into the first.
func writerProperties(columns []Column, group []arrow.Array) *parquet.WriterProperties {
	options := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd),
		parquet.WithCompressionLevel(3),
		parquet.WithDictionaryPageSizeLimit(1 << 40),
		parquet.WithDataPageSize(1 << 40),
		parquet.WithMaxStatsSize(maxStatistics),
		parquet.WithDataPageVersion(parquet.DataPageV1),
		parquet.WithCreatedBy("tidemark"),
	}
	for i := range columns {
		c := &columns[i]
		path := c.path()
		of, list := c.Type.element()
		if list {
			options = append(options, parquet.WithStatsFor(path, false))
		}
		switch {
		case of == Timestamp: // a dictionary makes them no smaller, and building it would cost the most time of all
			options = append(options, parquet.WithDictionaryFor(path, false))
		case of == String && group != nil && !hasDictionary(c, group[i]):
			options = append(options, parquet.WithDictionaryFor(path, false), parquet.WithEncodingFor(path, parquet.Encodings.DeltaByteArray))
		}
	}
	return parquet.NewWriterProperties(options...)
}

// hasDictionary reports whether texts are stored as numbers into a dictionary. For columns that are never null, the
// stringBuilder has decided.
func hasDictionary(c *Column, a arrow.Array) bool {
	if decided := c.Type == String && !c.Nullable; decided {
		return a.DataType().ID() == arrow.DICTIONARY
	}
	return leafBytes(leaf(a)) <= maxDictionaryPage
}

// leaf returns the elements of a list, and another array as it is.
func leaf(a arrow.Array) arrow.Array {
	list, ok := a.(*array.List)
	if !ok || list.Len() == 0 {
		return a
	}
	from, _ := list.ValueOffsets(0)
	_, to := list.ValueOffsets(list.Len() - 1)
	return array.NewSlice(list.ListValues(), from, to)
}

// leafBytes returns how many bytes the values of an array have in a Parquet file before any encoding.
func leafBytes(a arrow.Array) int {
	const width = 8
	if texts, ok := a.(*array.String); ok {
		return len(texts.ValueBytes()) + texts.Len()*width
	}
	return a.Len() * width
}
