package site

import (
	"cmp"
	"encoding/json"
	"slices"

	"tidemark/site/headers"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

// sqlView is what the SQL page knows before it loads anything.
type sqlView struct {
	Examples  []sqlExample
	Questions []questionLink
	Datasets  []sqlDataset
	Tables    map[string]*sqlTable // that are published, by name
	Bytes     int64                // of the database
}

// sqlDataset is a dataset with its columns.
type sqlDataset struct {
	Name, Row string
	Columns   []columnDoc
	Table     *sqlTable // nil: not published
}

// sqlTable says what a query that names a dataset loads.
type sqlTable struct {
	Package     string // path of its Data Package, seen from the page
	Files       int
	Bytes       int64
	Rows        int64
	First, Last string // days of the first and the last published partition; empty: they have none
	Left        int    // older partitions that are not published
}

// questionQuery is the query of a question, for the page's editor.
type questionQuery struct{ Slug, SQL string }

const (
	sqlQuestionsPath = "sql/questions.json"
	codeMirrorPath   = "assets/codemirror/codemirror.js"
)

// sqlPages returns the page that queries the published files in the browser, and writes the queries of the questions for it.
func sqlPages(f *facts, stage *publish.Stage) ([]*page, error) {
	v := sqlView{Examples: sqlExamples, Tables: map[string]*sqlTable{}, Bytes: f.duckDBBytes}
	queries := []questionQuery{}
	for _, a := range f.Answers {
		v.Questions = append(v.Questions, questionLink{a.Question.Slug, a.Question.Title})
		queries = append(queries, questionQuery{a.Question.Slug, a.Question.SQL})
	}
	for _, s := range f.Datasets {
		d := sqlDataset{Name: s.Name, Row: s.Row}
		for _, c := range s.Columns {
			d.Columns = append(d.Columns, columnDoc{c, s.Name})
		}
		if p := f.packages[s.Name]; p != nil {
			d.Table = sqlTableOf(p)
			v.Tables[s.Name] = d.Table
		}
		v.Datasets = append(v.Datasets, d)
	}
	p := &page{frame: f.frame, Path: headers.SQLPage, Title: "SQL", Nav: "Data", Body: "sql.html", Description: "Ask the published tables anything, in the browser.", Data: v}
	if !f.HasDuckDB {
		return []*page{p}, nil
	}
	p.Modules = []string{"assets/sql.js"}
	p.Policies = headers.SQLPolicy
	content, err := json.Marshal(queries)
	if err != nil {
		return nil, err
	}
	return []*page{p}, stage.Add(sqlQuestionsPath, content)
}

// sqlTableOf sums up the files that the page reads of a dataset: that with all rows, or else one for each partition.
func sqlTableOf(p *datasetPackage) *sqlTable {
	t := &sqlTable{Package: metadata.PackagePath(p.Schema.Name), Files: len(p.Partitions), Rows: p.Rows, Left: p.Left}
	for _, m := range p.Partitions {
		t.Bytes += m.Bytes
	}
	if n := len(p.Partitions); n > 0 {
		t.Last = dayOf(p.Partitions[n-1])
		t.First = cmp.Or(dayOf(p.Partitions[0]), t.Last)
	}
	if i := slices.IndexFunc(p.Combined, func(d metadata.Download) bool { return d.Format == "Parquet" }); i >= 0 {
		t.Files, t.Bytes = 1, p.Combined[i].Bytes
	}
	return t
}

// SQLFiles returns the links to what the page loads when it needs it. One that the program was built without is missing.
func (p *page) SQLFiles() (map[string]string, error) {
	links := map[string]string{}
	for part, path := range map[string]string{"module": duckDBPath, "worker": workerPath, "wasm": wasmPath, "codemirror": codeMirrorPath, "echarts": echartsPath,
		"editor": "assets/sql-editor.js", "table": tableScript, "chart": "assets/sql-chart.js", "questions": sqlQuestionsPath} {
		if _, built := p.file(path); !built && (part == "codemirror" || part == "echarts") {
			continue
		}
		link, err := p.Asset(path)
		if err != nil {
			return nil, err
		}
		links[part] = link
	}
	return links, nil
}
