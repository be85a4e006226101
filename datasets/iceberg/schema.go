package iceberg

import (
	"encoding/json"
	"fmt"

	"tidemark/datasets/table"
)

// schema is the schema of a table: a struct of the dataset's columns and of those that its folders are named by, whose values no file has.
type schema struct {
	Type   string  `json:"type"`
	ID     int     `json:"schema-id"`
	Fields []field `json:"fields"`
}

type field struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Type     any    `json:"type"` // a string, or a list
	Doc      string `json:"doc,omitempty"`
}

type list struct {
	Type            string `json:"type"`
	ElementID       int    `json:"element-id"`
	Element         string `json:"element"`
	ElementRequired bool   `json:"element-required"`
}

// types names the types of columns. Iceberg has no unsigned numbers.
var types = map[table.Type]string{
	table.String: "string", table.Bool: "boolean", table.Int64: "long", table.Uint32: "long", table.Float64: "double",
	table.Timestamp: "timestamp", table.Date: "date",
}

// elements gives the type of what lists have.
var elements = map[table.Type]table.Type{table.Strings: table.String, table.Uint32s: table.Uint32}

// folders are the columns of the day that a partition's rows describe, as its folders are named.
var folders = []string{"year", "month", "day"}

// schemaOf returns the schema of a dataset's table, and the highest ID in it. The columns are numbered from 1, then the folders, then the
// elements of lists.
func schemaOf(s *table.Schema) (of schema, last int) {
	of, last = schema{Type: "struct"}, len(s.Columns)+len(folders)
	for i, c := range s.Columns {
		f := field{ID: i + 1, Name: c.Name, Required: !c.Nullable, Type: types[c.Type], Doc: c.Doc}
		if c.Unit != "" {
			f.Doc += " [" + c.Unit + "]"
		}
		if element, is := elements[c.Type]; is {
			last++
			f.Type = list{"list", last, types[element], false}
		}
		of.Fields = append(of.Fields, f)
	}
	for _, name := range folders {
		of.Fields = append(of.Fields, field{ID: len(of.Fields) + 1, Name: name, Type: "int", Doc: name + " of the day that the row's partition describes"})
	}
	return of, last
}

// mapped gives a column of the files its ID: they have names only.
type mapped struct {
	ID     int      `json:"field-id"`
	Names  []string `json:"names"`
	Fields []mapped `json:"fields,omitempty"`
}

// mapping returns the IDs of the columns that the files have, as the table property schema.name-mapping.default wants it.
func (s schema) mapping() (string, error) {
	var all []mapped
	for _, f := range s.Fields[:len(s.Fields)-len(folders)] {
		m := mapped{ID: f.ID, Names: []string{f.Name}}
		if l, is := f.Type.(list); is {
			m.Fields = []mapped{{ID: l.ElementID, Names: []string{"element"}}}
		}
		all = append(all, m)
	}
	b, err := json.Marshal(all)
	return string(b), err
}

// spec says by what the files are parted.
type spec struct {
	ID     int         `json:"spec-id"`
	Fields []specField `json:"fields"`
}

type specField struct {
	Name      string `json:"name"`
	Transform string `json:"transform"`
	Source    int    `json:"source-id"`
	ID        int    `json:"field-id"`
}

// firstSpecField is the ID from which partition fields are numbered.
const firstSpecField = 1000

func (s schema) spec() (of spec) {
	for i, name := range folders {
		of.Fields = append(of.Fields, specField{name, "identity", len(s.Fields) - len(folders) + i + 1, firstSpecField + i})
	}
	return of
}

// partitionType returns the Avro schema of the partition of a file.
func (s spec) partitionType() string {
	text := `{"type": "record", "name": "r102", "fields": [`
	for i, f := range s.Fields {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf(`{"name": %q, "type": ["null", "int"], "default": null, "field-id": %d}`, f.Name, f.ID)
	}
	return text + "]}"
}
