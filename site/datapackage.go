package site

import (
	"encoding/json"
	"math"
	"path"
	"strconv"
	"strings"

	"tidemark/datasets/table"
	"tidemark/site/format"
	"tidemark/site/headers"
)

// The Data Package standard, version 2: https://datapackage.org/standard/data-package/
const dataPackageProfile = "https://datapackage.org/profiles/2.0/datapackage.json"

type dataPackage struct {
	Schema       string        `json:"$schema"`
	Name         string        `json:"name"`
	Title        string        `json:"title"`
	Description  string        `json:"description"`
	Homepage     string        `json:"homepage,omitempty"`
	Version      string        `json:"version,omitempty"` // the newest day of the data
	Created      string        `json:"created,omitempty"` // likewise, so that it depends on the data only
	Contributors []contributor `json:"contributors"`
	Licenses     []license     `json:"licenses,omitempty"`
	Resources    []resource    `json:"resources"`

	MadeFrom   string          `json:"madeFrom,omitempty"`   // beyond the standard: hash of what the combined files were made from
	Left       int             `json:"left,omitempty"`       // older partitions that are not published
	Partitions []partitionFile `json:"partitions,omitempty"` // what the path of the resource "partitions" lists, with sizes and sums
}

type contributor struct {
	Title string   `json:"title"`
	Roles []string `json:"roles"`
}

type license struct {
	Name string `json:"name"`
}

type resource struct {
	Name        string       `json:"name"`
	Path        any          `json:"path"` // a string, or several
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	Format      string       `json:"format"`
	MediaType   string       `json:"mediatype"`
	Encoding    string       `json:"encoding,omitempty"`
	Bytes       int64        `json:"bytes,omitempty"`
	Hash        string       `json:"hash,omitempty"`
	Rows        int64        `json:"rowCount,omitempty"` // beyond the standard
	Type        string       `json:"type,omitempty"`
	Schema      *tableSchema `json:"schema,omitempty"`
}

type tableSchema struct {
	Fields        []tableField `json:"fields"`
	MissingValues []string     `json:"missingValues"`
}

type tableField struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Description string   `json:"description,omitempty"`
	Unit        string   `json:"unit,omitempty"` // beyond the standard
	Sum         *float64 `json:"sum,omitempty"`  // likewise: to check that a table was read right
	SQL         string   `json:"sql,omitempty"`  // likewise: the type in DuckDB
}

type partitionFile struct {
	Path   string `json:"path"`
	Rows   int64  `json:"rowCount"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

var fieldTypes = map[table.Type]string{
	table.String: "string", table.Bool: "boolean", table.Int64: "integer", table.Uint32: "integer", table.Float64: "number",
	table.Timestamp: "datetime", table.Date: "date", table.Strings: "string", table.Uint32s: "string",
}

// newPackage returns a package without resources.
func newPackage(site identity, name, title, description, version string) dataPackage {
	p := dataPackage{Schema: dataPackageProfile, Name: name, Title: title, Description: description, Homepage: site.URL, Version: version,
		Contributors: []contributor{{site.Publisher, []string{"publisher"}}}}
	if version != "" {
		p.Created = version + "T00:00:00Z"
	}
	if site.License != "" {
		p.Licenses = []license{{site.License}}
	}
	return p
}

// resourceOf describes a file beside the package in the folder.
func resourceOf(folder, name string, d download, title, description string, rows int64, schema *tableSchema) resource {
	ending := strings.TrimPrefix(path.Ext(d.Path), ".")
	r := resource{Name: name + "." + ending, Path: strings.TrimPrefix(d.Path, folder), Title: title, Description: description, Format: ending,
		MediaType: headers.MediaType(d.Path), Bytes: d.Bytes, Hash: "sha256:" + d.SHA256, Rows: rows}
	if ending == "csv" {
		r.Encoding, r.Type, r.Schema = "utf-8", "table", schema
	}
	return r
}

const listNote = "elements with a space between them in CSV"

// describe returns the Data Package of a dataset.
func (p *datasetPackage) describe(site identity) ([]byte, error) {
	s := p.schema
	newest := ""
	for _, m := range p.partitions {
		newest = max(newest, format.Day(m.Day()))
	}
	out := newPackage(site, s.Name, s.Name, s.Row, newest)
	out.MadeFrom, out.Left = p.madeFrom, p.Left
	schema := &tableSchema{MissingValues: []string{""}}
	for _, c := range s.Columns {
		schema.Fields = append(schema.Fields, fieldOf(c))
	}
	folder := datasetsFolder + s.Name + "/"
	for _, d := range p.Combined {
		out.Resources = append(out.Resources, resourceOf(folder, s.Name, d, s.Name+" as "+d.Format, s.Row, p.rows, schema))
	}
	paths := []string{}
	for _, m := range p.partitions {
		relative := strings.TrimPrefix(partitionPath(m), folder)
		paths = append(paths, relative)
		out.Partitions = append(out.Partitions, partitionFile{relative, m.Rows, m.Bytes, m.SHA256})
	}
	if len(paths) > 0 {
		out.Resources = append(out.Resources, resource{Name: "partitions", Path: paths, Title: s.Name + " as Parquet files, " + s.Partition + " each",
			Description: s.Row, Format: "parquet", MediaType: headers.ContentType(".parquet"), Rows: p.rows})
	}
	if len(out.Resources) == 0 { // the standard requires one; this one says which columns there will be
		out.Resources = append(out.Resources, resource{Name: "columns", Path: "datapackage.json", Description: "There are no data yet: the columns stand here.",
			Format: "json", MediaType: "application/json"})
	}
	content, err := json.MarshalIndent(struct {
		dataPackage
		Columns []tableField `json:"columns"` // beyond the standard: also where there is no CSV
	}{out, schema.Fields}, "", " ")
	return append(content, '\n'), err
}

// fieldOf describes a column of a dataset.
func fieldOf(c table.Column) tableField {
	f := tableField{Name: c.Name, Type: fieldTypes[c.Type], Description: c.Doc, Unit: c.Unit, SQL: c.Type.SQL()}
	if c.Type == table.Strings || c.Type == table.Uint32s {
		f.Description += "; " + listNote
	}
	return f
}

// answerSchema describes the columns of an answer, of which the dictionary has some.
func answerSchema(r *table.Result, known []columnDoc) *tableSchema {
	schema := &tableSchema{MissingValues: []string{""}}
	for i, c := range r.Columns {
		f := tableField{Name: c.Name, Type: fieldTypes[c.Type], Sum: sumOf(r, i)}
		for _, d := range known {
			if d.Name == c.Name {
				f.Description, f.Unit = d.Doc, d.Unit
			}
		}
		if c.Type == table.Strings {
			f.Description = strings.TrimPrefix(f.Description+"; "+listNote, "; ")
		}
		schema.Fields = append(schema.Fields, f)
	}
	return schema
}

// sums returns the sums of the columns of numbers as a page shows them.
func (s *tableSchema) sums() (all []columnSum) {
	for _, f := range s.Fields {
		if f.Sum != nil {
			all = append(all, columnSum{f.Name, strconv.FormatFloat(*f.Sum, 'g', 15, 64)})
		}
	}
	return all
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
