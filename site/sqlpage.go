package site

import (
	"context"

	"tidemark/site/headers"
)

const (
	sqlPath    = "sql.html"
	duckDBPath = "assets/duckdb/duckdb.js"
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

// HasDuckDB tells whether DuckDB-WASM is built in, so that the SQL page can answer.
func (b *builder) HasDuckDB() bool { return b.stage.Has(duckDBPath) }

// sqlPage adds the page that queries the published files in the browser.
func (b *builder) sqlPage(context.Context) error {
	v := sqlView{Tables: map[string]string{}, HasDuckDB: b.HasDuckDB()}
	for _, name := range []string{duckDBPath, "assets/duckdb/worker.js", "assets/duckdb/duckdb.wasm"} {
		part, _ := b.stage.File(name)
		v.Bytes += part.Bytes
	}
	if !v.HasDuckDB {
		b.notes = append(b.notes, "the SQL page does not answer: the program was built without site/"+duckDBPath+"; build it with make where npm is")
	}
	for _, a := range b.Answers {
		v.Questions = append(v.Questions, questionQuery{a.Question.Slug, a.Question.Title, a.Question.SQL})
	}
	for _, s := range b.Datasets {
		d := sqlDataset{datasetPackage: b.packages[s.Name], Name: s.Name, Row: s.Row}
		for _, c := range s.Columns {
			d.Columns = append(d.Columns, columnDoc{c, s.Name})
		}
		v.Datasets = append(v.Datasets, d)
		if d.datasetPackage != nil {
			v.Tables[s.Name] = datasetPackagePath(s.Name)
		}
	}
	p := &page{builder: b, Path: sqlPath, Title: "SQL", Nav: "Data", Body: "sql.html", Description: "Ask the published tables anything, in the browser.", Data: v}
	if v.HasDuckDB {
		p.Modules = []string{"assets/sql.js"}
		p.Policies = headers.SQLPolicy
	}
	b.pages = append(b.pages, p)
	return nil
}
