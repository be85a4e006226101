// Package metadata describes the downloads of the site for programs: as Data Packages, in Croissant and DCAT, as datasets of schema.org, in
// CITATION.cff, and in llms.txt; and says how to cite a table.
package metadata

import (
	"strings"

	"tidemark/datasets/seed"
	"tidemark/datasets/table"
	"tidemark/site/terms"
)

// Paths of the descriptions of the whole site.
const (
	SitePackagePath = "datapackage.json"
	CroissantPath   = "croissant.json"
	CitationPath    = "CITATION.cff"
	DCATPath        = "dcat.jsonld"
	LLMsPath        = "llms.txt"
)

// DatasetsFolder holds a folder for each dataset, with its partitions and its Data Package.
const DatasetsFolder = seed.Folder

// PartitionPath returns the path of a partition in the site.
func PartitionPath(m *table.Manifest) string { return DatasetsFolder + m.File }

// PackagePath returns the path of a dataset's Data Package in the site.
func PackagePath(dataset string) string { return DatasetsFolder + dataset + "/datapackage.json" }

// Site is how the site names itself.
type Site struct {
	Title     string
	URL       string // ending in a slash; empty: unknown
	Program   string // name and version
	Publisher string
	License   string        // of the data, an SPDX identifier; empty: none is stated
	Sources   []terms.Terms // of the publishers of what all data were made from
	Newest    string        // day of the newest data, YYYY-MM-DD; empty: there are none
}

// address returns the address of a file as seen from a page: absolute where the site's is known.
func (site Site) address(from, path string) string {
	if site.URL != "" {
		return site.URL + path
	}
	return strings.Repeat("../", strings.Count(from, "/")) + path
}

// page returns the address of a page as seen from the front page. On the web a folder is one; on a disk its index is.
func (site Site) page(path string) string {
	if site.URL != "" {
		path = strings.TrimSuffix(path, "index.html")
	}
	return site.address("", path)
}

// Answer is the table of an answered question.
type Answer struct {
	Slug, Title string // of the question
	Page        string // path of its page
	Lead        string // sentence that answers the question
	Text        string // of the answer, and what it rests on
	AsOf        string // day of which the answer speaks; empty: it has none
	Rows        int64
	Downloads   []Download // the table in each format
	Schema      *Schema
	Sources     []terms.Terms // of the publishers of what the rows were computed from
	RowSources  *RowSources   // nil: no column names the source of a row
}

// RowSources says whose data each row of a table is from.
type RowSources struct {
	Column string      `json:"column"` // that names the source of a row
	Values []RowSource `json:"values"`
}

// RowSource is a value of RowSources.Column, with the publishers of that source as Answer.Sources names them.
type RowSource struct {
	Value      string   `json:"value"`
	Publishers []string `json:"publishers"`
}

// Download is a file with a whole table.
type Download struct {
	Format string // CSV, Parquet or Arrow IPC
	Path   string // in the site
	Bytes  int64
	SHA256 string
}
