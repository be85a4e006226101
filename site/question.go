package site

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tidemark/analysis"
	"tidemark/datasets/table"
	"tidemark/site/chart"
	"tidemark/site/format"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

// questionView is an answered question as its page shows it.
type questionView struct {
	answerTable
	Chart      *chart.Chart // nil: none, or nothing to draw
	Table      tableView
	Sums       []columnSum // of the columns of numbers
	Snippets   []snippet
	JSONLD     map[string]any
	Provenance *provenance
	Dated      []datedFile // versions of the table, newest first
	Tabs       []questionTab
}

// columnSum is the sum of a column, by which readers can check that they read a table right.
type columnSum struct{ Name, Sum string }

// questionLink names a question.
type questionLink struct{ Slug, Title string }

// columnDoc is a column of the answer that a dataset defines.
type columnDoc struct {
	table.Column
	Dataset string
}

func questionPath(slug string) string { return "questions/" + slug + ".html" }

// answerTable is the table of an answer as the site publishes it.
type answerTable struct {
	*analysis.Answer
	Columns   []columnDoc // of the table, as far as the dictionary has them
	Downloads []metadata.Download
	schema    *metadata.Schema
}

// publishAnswers writes the whole tables of the answers in each format, and what describes each.
func publishAnswers(site metadata.Site, answers []*analysis.Answer, stage *publish.Stage) ([]answerTable, error) {
	all := make([]answerTable, len(answers))
	for i, a := range answers {
		q := a.Question
		downloads, err := writeTable(q.Slug, a.Result, stage)
		if err != nil {
			return nil, fmt.Errorf("question %s: %w", q.Slug, err)
		}
		description, err := publishMetadata(site, a, stage)
		if err != nil {
			return nil, fmt.Errorf("question %s: %w", q.Slug, err)
		}
		downloads = append(downloads, description)
		columns := columnDocs(q, a.Result)
		var known []table.Column
		for _, c := range columns {
			known = append(known, c.Column)
		}
		all[i] = answerTable{Answer: a, Columns: columns, Downloads: downloads, schema: metadata.AnswerSchema(a.Result, known)}
	}
	return all, nil
}

// publishMetadata writes what describes an answer.
func publishMetadata(site metadata.Site, a *analysis.Answer, stage *publish.Stage) (metadata.Download, error) {
	content, err := metadata.AnswerMetadata(site, a)
	if err != nil {
		return metadata.Download{}, err
	}
	d := metadata.Download{Format: "Metadata (JSON)", Path: latestFolder + a.Question.Slug + ".metadata.json", Bytes: int64(len(content)), SHA256: sha256Hex(content)}
	return d, stage.Add(d.Path, content)
}

// questionPages returns the page of each answer, and writes its list of sources.
func questionPages(f *facts, stage *publish.Stage) (pages []*page, err error) {
	for _, a := range f.answers {
		q, path := a.Question, questionPath(a.Question.Slug)
		v := questionView{answerTable: a, Table: f.tableOf(q.Slug, q.Title, a.Result, maxListed), Chart: f.charts[q.Slug], Sums: sums(a.schema), Snippets: answerSnippets(q.Slug), Dated: f.dated[q.Slug], Tabs: f.tabsOf(q)}
		if err := f.publishTable(&v.Table, a.Result, stage); err != nil {
			return nil, fmt.Errorf("question %s: %w", q.Slug, err)
		}
		if v.Provenance, err = f.provenanceOf(a.From, latestFolder+q.Slug+".sources.csv", stage); err != nil {
			return nil, fmt.Errorf("question %s: %w", q.Slug, err)
		}
		text := strings.Join(append([]string{a.Words()}, format.Paragraphs(q.Definition)...), " ")
		v.JSONLD = metadata.Structured(f.Site, path, q.Title, text, a.Standing.Day(), v.Downloads, a.schema.Fields)
		p := &page{frame: f.frame, Path: path, Nav: q.Section, Body: "question.html", Scripts: []string{tableScript}, Kind: kindQuestion, Words: questionWords(q),
			Title: q.Title, Description: a.Lead, AsOf: a.Standing.Day(), Unlisted: !answered(a.Answer), Data: v}
		if v.Chart != nil {
			p.Charts, p.Shown = true, v.Chart.Picture
		}
		pages = append(pages, p)
	}
	return pages, nil
}

// sums returns the sums of the columns of numbers as the page shows them.
func sums(schema *metadata.Schema) (all []columnSum) {
	for _, f := range schema.Fields {
		if f.Sum != nil {
			all = append(all, columnSum{f.Name, strconv.FormatFloat(*f.Sum, 'g', 15, 64)})
		}
	}
	return all
}

// writeTable writes a result in each format.
func writeTable(slug string, r *table.Result, stage *publish.Stage) ([]metadata.Download, error) {
	var all []metadata.Download
	for _, f := range []struct {
		name, ending string
		write        func(io.Writer) error
	}{{"CSV", "csv", r.WriteCSV}, {"Parquet", "parquet", r.WriteParquet}, {"Arrow IPC", "arrow", r.WriteArrow}} {
		content, err := written(f.write)
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", f.name, err)
		}
		d := metadata.Download{Format: f.name, Path: latestFolder + slug + "." + f.ending, Bytes: int64(len(content)), SHA256: sha256Hex(content)}
		if err := stage.Add(d.Path, content); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// written returns what write writes.
func written(write func(io.Writer) error) ([]byte, error) {
	var out bytes.Buffer
	err := write(&out)
	return out.Bytes(), err
}

// columnDocs returns the columns of an answer that one of the question's datasets defines under the same name.
func columnDocs(q *analysis.Question, r *table.Result) []columnDoc {
	var all []columnDoc
	for _, c := range r.Columns {
		at := slices.IndexFunc(q.Datasets, func(s *table.Schema) bool { _, there := s.Column(c.Name); return there })
		if at >= 0 {
			column, _ := q.Datasets[at].Column(c.Name)
			all = append(all, columnDoc{column, q.Datasets[at].Name})
		}
	}
	return all
}
