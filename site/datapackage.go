package site

import (
	"encoding/json"
	"math"
	"path"
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
	Created      string        `json:"created,omitempty"` // likewise: there is no clock here
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
	Sum         *float64 `json:"sum,omitempty"`  // likewise: to check a reader by
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

// newPackage is a package without resources.
func (b *builder) newPackage(name, title, description, version string) dataPackage {
	p := dataPackage{Schema: dataPackageProfile, Name: name, Title: title, Description: description, Homepage: b.URL, Version: version,
		Contributors: []contributor{{b.Publish.Publisher, []string{"publisher"}}}}
	if version != "" {
		p.Created = version + "T00:00:00Z"
	}
	if b.Publish.License != "" {
		p.Licenses = []license{{b.Publish.License}}
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

func (b *builder) datasetPackageJSON(p *datasetPackage) ([]byte, error) {
	s := p.schema
	newest := ""
	for _, m := range p.partitions {
		newest = max(newest, format.Day(m.Day()))
	}
	out := b.newPackage(s.Name, s.Name, s.Row, newest)
	out.MadeFrom, out.Left = p.madeFrom, p.Left
	schema := &tableSchema{MissingValues: []string{""}}
	for _, c := range s.Columns {
		f := tableField{Name: c.Name, Type: fieldTypes[c.Type], Description: c.Doc, Unit: c.Unit, SQL: c.Type.SQL()}
		if c.Type == table.Strings || c.Type == table.Uint32s {
			f.Description += "; " + listNote
		}
		schema.Fields = append(schema.Fields, f)
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
	if len(out.Resources) == 0 { // the standard wants one; this one says which columns there will be
		out.Resources = append(out.Resources, resource{Name: "columns", Path: "datapackage.json", Description: "There are no data yet: the columns stand here.",
			Format: "json", MediaType: "application/json"})
	}
	content, err := json.MarshalIndent(struct {
		dataPackage
		Columns []tableField `json:"columns"` // beyond the standard: also where there is no CSV
	}{out, schema.Fields}, "", " ")
	return append(content, '\n'), err
}

// answerSchema describes the columns of an answer.
func answerSchema(v questionView) *tableSchema {
	schema := &tableSchema{MissingValues: []string{""}}
	sums := sumsOf(v.Result)
	for i, c := range v.Result.Columns {
		f := tableField{Name: c.Name, Type: fieldTypes[c.Type], Sum: sums[i]}
		for _, d := range v.Columns {
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

// sumsOf are the sums of the columns of numbers; nil for others.
func sumsOf(r *table.Result) []*float64 {
	sums := make([]*float64, len(r.Columns))
	for i, c := range r.Columns {
		if !format.IsNumber(c.Type) {
			continue
		}
		sum := 0.0
		for _, row := range r.Rows {
			if v := format.Float(row[i]); v != nil {
				sum += *v
			}
		}
		if !math.IsNaN(sum) && !math.IsInf(sum, 0) { // JSON has no such numbers
			sums[i] = &sum
		}
	}
	return sums
}
