package site

import (
	"tidemark/site/headers"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

// sqlView is what the SQL page knows before it loads anything.
type sqlView struct {
	Questions []questionQuery
	Datasets  []sqlDataset
	Tables    map[string]string // path of a dataset's Data Package, seen from the page, by its name
	HasDuckDB bool
	Bytes     int64 // to be loaded before the first query
}

type questionQuery struct{ Slug, Title, SQL string }

type sqlDataset struct {
	*datasetPackage
	Name, Row string
	Columns   []columnDoc
}

// sqlPages returns the page that queries the published files in the browser.
func sqlPages(f *facts, _ *publish.Stage) ([]*page, error) {
	v := sqlView{Tables: map[string]string{}, HasDuckDB: f.HasDuckDB, Bytes: f.duckDBBytes}
	for _, a := range f.Answers {
		v.Questions = append(v.Questions, questionQuery{a.Question.Slug, a.Question.Title, a.Question.SQL})
	}
	for _, s := range f.Datasets {
		d := sqlDataset{datasetPackage: f.packages[s.Name], Name: s.Name, Row: s.Row}
		for _, c := range s.Columns {
			d.Columns = append(d.Columns, columnDoc{c, s.Name})
		}
		v.Datasets = append(v.Datasets, d)
		if d.datasetPackage != nil {
			v.Tables[s.Name] = metadata.PackagePath(s.Name)
		}
	}
	p := &page{frame: f.frame, Path: headers.SQLPage, Title: "SQL", Nav: "Data", Body: "sql.html", Description: "Ask the published tables anything, in the browser.", Data: v}
	if v.HasDuckDB {
		p.Modules = []string{"assets/sql.js"}
		p.Policies = headers.SQLPolicy
	}
	return []*page{p}, nil
}

// SQLFiles returns the links to the parts of DuckDB.
func (p *page) SQLFiles() (map[string]string, error) {
	links := map[string]string{}
	for part, path := range map[string]string{"module": duckDBPath, "worker": workerPath, "wasm": wasmPath} {
		link, err := p.Asset(path)
		if err != nil {
			return nil, err
		}
		links[part] = link
	}
	return links, nil
}
