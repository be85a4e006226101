package metadata

import (
	"math"
	"strings"

	"tidemark/datasets/table"
	"tidemark/site/format"
)

// Schema is the table schema of a Data Package.
type Schema struct {
	Fields        []Field  `json:"fields"`
	MissingValues []string `json:"missingValues"`
}

// Field is a column of a table.
type Field struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Description string   `json:"description,omitempty"`
	Unit        string   `json:"unit,omitempty"` // beyond the standard
	Sum         *float64 `json:"sum,omitempty"`  // likewise: to check that a table was read right
	SQL         string   `json:"sql,omitempty"`  // likewise: the type in DuckDB
	Dataset     string   `json:"-"`              // that defines the column; empty: the query computes it
	Sources     []string `json:"-"`              // publishers of what the column was computed from
}

var fieldTypes = map[table.Type]string{
	table.String: "string", table.Bool: "boolean", table.Int64: "integer", table.Uint32: "integer", table.Float64: "number",
	table.Timestamp: "datetime", table.Date: "date", table.Strings: "string", table.Uint32s: "string",
}

const listNote = "elements are separated by spaces in CSV"

// fieldOf describes a column of a dataset.
func fieldOf(c table.Column) Field {
	f := Field{Name: c.Name, Type: fieldTypes[c.Type], Description: c.Doc, Unit: c.Unit, SQL: c.Type.SQL()}
	if isList(c.Type) {
		f.Description += "; " + listNote
	}
	return f
}

func isList(t table.Type) bool { return t == table.Strings || t == table.Uint32s }

// AnswerSchema describes the columns of an answer. known are those of them that the dictionary has.
func AnswerSchema(r *table.Result, known []table.Column) *Schema {
	schema := &Schema{MissingValues: []string{""}}
	for i, c := range r.Columns {
		f := Field{Name: c.Name, Type: fieldTypes[c.Type], Sum: sumOf(r, i)}
		for _, d := range known {
			if d.Name == c.Name {
				f.Description, f.Unit = d.Doc, d.Unit
			}
		}
		if isList(c.Type) {
			f.Description = strings.TrimPrefix(f.Description+"; "+listNote, "; ")
		}
		schema.Fields = append(schema.Fields, f)
	}
	return schema
}

// sumOf returns the sum of a column of numbers; nil for other columns, and where JSON has no such number.
func sumOf(r *table.Result, column int) *float64 {
	if !format.IsNumber(r.Columns[column].Type) {
		return nil
	}
	sum := 0.0
	for _, row := range r.Rows {
		if v := format.Float(row[column]); v != nil {
			sum += *v
		}
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil
	}
	return &sum
}
