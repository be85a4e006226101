package metadata

import (
	"encoding/json"
	"path"
	"strings"

	"tidemark/datasets/table"
	"tidemark/site/format"
	"tidemark/site/headers"
	"tidemark/site/terms"
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
	Sources      []terms.Terms `json:"sources,omitempty"` // publishers, with what they ask for, beyond the standard
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
	Name        string  `json:"name"`
	Path        any     `json:"path,omitempty"` // a string, or several
	Data        any     `json:"data,omitempty"` // in place of a path
	Title       string  `json:"title,omitempty"`
	Description string  `json:"description,omitempty"`
	Version     string  `json:"version,omitempty"` // beyond the standard: the day of which an answer speaks
	Format      string  `json:"format"`
	MediaType   string  `json:"mediatype,omitempty"`
	Encoding    string  `json:"encoding,omitempty"`
	Bytes       int64   `json:"bytes,omitempty"`
	Hash        string  `json:"hash,omitempty"`
	Rows        int64   `json:"rowCount,omitempty"` // beyond the standard
	Type        string  `json:"type,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`

	Sources  []terms.Terms `json:"sources,omitempty"` // of the publishers of what it was made from
	Licenses []license     `json:"licenses,omitempty"`
}

type partitionFile struct {
	Path   string `json:"path"`
	Rows   int64  `json:"rowCount"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Dataset is what is published of a dataset.
type Dataset struct {
	Schema     *table.Schema
	Partitions []*table.Manifest // that are published, oldest day first
	Rows       int64             // of these
	Sources    []terms.Terms     // of the publishers of what they were made from
	Left       int               // older partitions that are not published
	Combined   []Download        // the rows of all partitions in one file; none where they are too many
	MadeFrom   string            // hash of what the combined files were made from; empty: there are none
}

// PublishedDataset is a dataset with the size and the SHA-256 of its Data Package.
type PublishedDataset struct {
	Schema   *table.Schema
	Bytes    int64
	SHA256   string
	Newest   string        // day of its newest partition; empty: it has none
	Sources  []terms.Terms // of the publishers of what it was made from
	Combined []Download    // its rows in one file; none where they are too many
}

// SitePackage returns the Data Package of the site, in JSON: it describes the answers and names the packages of the datasets.
func SitePackage(site Site, answers []Answer, datasets []PublishedDataset) ([]byte, error) {
	p := newPackage(site, "tidemark", site.Title, "Answers to questions on how the Internet evolves, as tables. The datasets that they are computed from are packages of their own in "+DatasetsFolder+".", site.Newest)
	p.Sources = site.Sources
	for _, a := range answers {
		for _, d := range a.Downloads {
			r := resourceOf("", d, a.Title, a.Text, a.Rows, a.Schema)
			r.Version, r.Sources, r.Licenses = a.AsOf, a.Sources, p.Licenses
			p.Resources = append(p.Resources, r)
		}
	}
	for _, d := range datasets {
		p.Resources = append(p.Resources, resource{Name: "dataset-" + d.Schema.Name, Path: PackagePath(d.Schema.Name), Title: "Data Package of " + d.Schema.Name, Description: d.Schema.Row,
			Format: "json", MediaType: "application/json", Bytes: d.Bytes, Hash: "sha256:" + d.SHA256})
	}
	p.Resources = append(p.Resources, resource{Name: "citation", Path: CitationPath, Title: "How to cite", Format: "cff", MediaType: "text/plain"})
	return marshal(p)
}

// DatasetPackage returns the Data Package of a dataset, in JSON.
func DatasetPackage(site Site, d Dataset) ([]byte, error) {
	s := d.Schema
	newest := ""
	for _, m := range d.Partitions {
		newest = max(newest, format.Day(m.Day()))
	}
	out := newPackage(site, s.Name, s.Name, s.Description(), newest)
	out.MadeFrom, out.Left, out.Sources = d.MadeFrom, d.Left, d.Sources
	schema := &Schema{MissingValues: []string{""}}
	for _, c := range s.Columns {
		schema.Fields = append(schema.Fields, fieldOf(c))
	}
	folder := DatasetsFolder + s.Name + "/"
	for _, file := range d.Combined {
		out.Resources = append(out.Resources, resourceOf(folder, file, s.Name+" as "+file.Format, s.Row, d.Rows, schema))
	}
	paths := []string{}
	for _, m := range d.Partitions {
		relative := strings.TrimPrefix(PartitionPath(m), folder)
		paths = append(paths, relative)
		out.Partitions = append(out.Partitions, partitionFile{relative, m.Rows, m.Bytes, m.SHA256})
	}
	if len(paths) > 0 {
		out.Resources = append(out.Resources, resource{Name: "partitions", Path: paths, Title: s.Name + " as Parquet files, " + s.Partition + " each",
			Description: s.Row, Format: "parquet", MediaType: headers.ContentType(".parquet"), Rows: d.Rows})
	}
	if len(out.Resources) == 0 { // the standard requires one; this one says which columns there will be
		out.Resources = append(out.Resources, resource{Name: "columns", Data: schema.Fields, Description: "There are no data yet; these will be the columns.", Format: "json"})
	}
	return marshal(struct {
		dataPackage
		Columns []Field `json:"columns"` // beyond the standard: also where there is no CSV
	}{out, schema.Fields})
}

// newPackage returns a package without resources.
func newPackage(site Site, name, title, description, version string) dataPackage {
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
func resourceOf(folder string, d Download, title, description string, rows int64, schema *Schema) resource {
	ending := strings.TrimPrefix(path.Ext(d.Path), ".")
	r := resource{Name: path.Base(d.Path), Path: strings.TrimPrefix(d.Path, folder), Title: title, Description: description, Format: ending,
		MediaType: headers.MediaType(d.Path), Bytes: d.Bytes, Hash: "sha256:" + d.SHA256, Rows: rows}
	if ending == "csv" {
		r.Encoding, r.Type, r.Schema = "utf-8", "table", schema
	}
	return r
}

func marshal(v any) ([]byte, error) {
	content, err := json.MarshalIndent(v, "", " ")
	return append(content, '\n'), err
}
