// Package table turns a dataset's declaration into its Arrow schema, its Parquet writer and reader, its data dictionary,
// and the partitions and manifests on disk. It is the only importer of Arrow.
//
// A dataset is a Go struct whose fields carry tags:
//
//	Prefix string `col:"prefix" unit:"" doc:"address block in CIDR notation" rfc:"4632,4291"`
//
// A time.Time is a UTC timestamp in microseconds, or a day with `col:"name,date"`; a pointer is a nullable column. New
// panics on a column without documentation.
//
// A column declared as a label, `col:"collector,label"`, identifies the partition: the value in its first row is also
// written into the manifest, so that a plan over thousands of partitions opens none of them. Dataset.Labels reads it.
//
// A partition exists once its manifest does, a JSON file beside it. The index lists the manifests in Parquet files, so that a process need not
// read a hundred thousand small ones; see Store.LoadCatalogue.
//
// A column declared as a place, `col:"run_id,place"`, begins with the name of the place that measured. Where a partition of another
// installation is adopted, that name gets the installation's behind it, so that no series has the rows of both.
package table

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Type is the type of a column.
type Type int

// The column types. AS numbers and other numbers without a sign are stored as int64, because many readers of Parquet for the JVM refuse
// unsigned columns. They are never nullable: no dataset needs that.
const (
	String Type = iota
	Bool
	Int64
	Uint32
	Float64
	Timestamp // UTC, microseconds
	Date
	Strings
	Uint32s
)

var typeNames = [...]struct{ name, sql string }{
	String:    {"string", "VARCHAR"},
	Bool:      {"bool", "BOOLEAN"},
	Int64:     {"int64", "BIGINT"},
	Uint32:    {"int64", "BIGINT"},
	Float64:   {"float64", "DOUBLE"},
	Timestamp: {"timestamp[us]", "TIMESTAMP"},
	Date:      {"date", "DATE"},
	Strings:   {"list<string>", "VARCHAR[]"},
	Uint32s:   {"list<int64>", "BIGINT[]"},
}

// String returns the name that the dictionary shows.
func (t Type) String() string { return typeNames[t].name }

// SQL returns the name of the type in DuckDB.
func (t Type) SQL() string { return typeNames[t].sql }

// Column is one documented column.
type Column struct {
	Name     string
	Type     Type
	Nullable bool
	Label    bool   // the first row's value is in the manifest too
	Place    bool   // the value begins with the name of the place that measured, which ends at a slash
	Unit     string // empty: a plain value
	Doc      string
	RFCs     []int // documents that define the value

	offset uintptr // of the field in the row struct
}

// Doc describes a dataset.
type Doc struct {
	Name      string // plural, snake_case
	Version   int    // of the schema; part of the path on disk
	Derived   bool   // made from other datasets instead of one source file
	Joined    bool   // a derived partition depends on which others of its inputs there are: those of two stores do not fit together
	ByPrefix  bool   // rows are in the order of their prefixes, and looked up by them
	Partition string // what one file holds, for example "a dump"
	Row       string // what one row is, as a sentence

	ValidFor []Validity // how long a file's lines prove something; those that are not named hold until a newer file
}

// Schema is a dataset without its row type, which the dictionary, the engine and Verify do not need.
type Schema struct {
	Doc
	Columns []Column
}

// Dataset is a declared table whose rows are the struct Row.
type Dataset[Row any] struct{ *Schema }

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// New declares a dataset. It panics on a field without a col or doc tag, and on a type that has no column type: a wrong
// declaration is a bug that must not survive the program's start.
func New[Row any](doc Doc) *Dataset[Row] {
	row := reflect.TypeFor[Row]()
	if err := checkValidity(doc.ValidFor); err != nil {
		panic(fmt.Sprintf("table: dataset %q: %v", doc.Name, err))
	}
	if !snakeCase.MatchString(doc.Name) || doc.Version < 1 || doc.Row == "" || doc.Partition == "" {
		panic(fmt.Sprintf("table: dataset %q of %s needs a snake_case name, a version, and what a row and a partition are", doc.Name, row))
	}
	s := &Schema{Doc: doc}
	for i := range row.NumField() {
		c, err := columnOf(row.Field(i))
		if err != nil {
			panic(fmt.Sprintf("table: %s.%s: %v", row, row.Field(i).Name, err))
		}
		s.Columns = append(s.Columns, c)
	}
	return &Dataset[Row]{s}
}

func columnOf(f reflect.StructField) (Column, error) {
	name, list, _ := strings.Cut(f.Tag.Get("col"), ",")
	date := false
	c := Column{Name: name, Unit: f.Tag.Get("unit"), Doc: f.Tag.Get("doc"), offset: f.Offset}
	if !snakeCase.MatchString(name) {
		return c, fmt.Errorf("column name %q is not snake_case", name)
	}
	if name == "year" || name == "month" || name == "day" {
		return c, fmt.Errorf("column %s would be hidden by the folder of that name: readers of hive partitions prefer the path", name)
	}
	if c.Doc == "" {
		return c, fmt.Errorf("column %s has no doc", name)
	}
	for _, s := range strings.FieldsFunc(f.Tag.Get("rfc"), func(r rune) bool { return r == ',' }) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return c, fmt.Errorf("column %s: invalid rfc %q (want a number)", name, s)
		}
		c.RFCs = append(c.RFCs, n)
	}
	for option := range strings.SplitSeq(list, ",") {
		switch option {
		case "":
		case "date":
			date = true
		case "label":
			c.Label = true
		case "place":
			c.Place = true
		default:
			return c, fmt.Errorf("column %s: unknown option %q (want date, label or place)", name, option)
		}
	}
	if err := c.setType(f.Type, date); err != nil {
		return c, fmt.Errorf("column %s: %w", name, err)
	}
	return c, nil
}

// setType derives the column type from that of the field.
func (c *Column) setType(t reflect.Type, date bool) error {
	if t.Kind() == reflect.Pointer {
		c.Nullable, t = true, t.Elem()
	}
	switch t {
	case reflect.TypeFor[string]():
		c.Type = String
	case reflect.TypeFor[bool]():
		c.Type = Bool
	case reflect.TypeFor[int64]():
		c.Type = Int64
	case reflect.TypeFor[uint32]():
		c.Type = Uint32
	case reflect.TypeFor[float64]():
		c.Type = Float64
	case reflect.TypeFor[time.Time]():
		c.Type = Timestamp
		if date {
			c.Type = Date
		}
	case reflect.TypeFor[[]string]():
		c.Type = Strings
	case reflect.TypeFor[[]uint32]():
		c.Type = Uint32s
	default:
		return fmt.Errorf("no column type for %s", t)
	}
	if date && c.Type != Date {
		return fmt.Errorf("%s cannot be a date", t)
	}
	if c.Nullable && c.Type != Int64 && c.Type != Float64 && c.Type != Timestamp && c.Type != Date {
		return fmt.Errorf("%s cannot be nullable", c.Type)
	}
	if c.Place && c.Type != String {
		return fmt.Errorf("%s cannot begin with the name of a place", c.Type)
	}
	if c.Label && (c.Nullable || !c.Type.canLabel()) {
		return fmt.Errorf("%s cannot be a label (want a string, an integer, a timestamp or a date, never null)", c.Type)
	}
	return nil
}

// Column returns the column of that name, if there is one.
func (s *Schema) Column(name string) (Column, bool) {
	for _, c := range s.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}
