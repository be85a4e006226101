package site

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tidemark/analysis"
	"tidemark/datasets/table"
	"tidemark/site/chart"
	"tidemark/site/format"
)

// questionView is an answered question as its page shows it.
type questionView struct {
	*analysis.Answer
	Chart      *chart.Chart // nil: none, or nothing to draw
	Table      tableView
	Columns    []columnDoc // of the table, as far as the dictionary has them
	Downloads  []download
	Sums       []columnSum // of the columns of numbers
	Snippets   []snippet
	JSONLD     map[string]any
	Provenance *provenance
}

// columnSum is the sum of a column, to check a reader by.
type columnSum struct{ Name, Sum string }

// questionLink names a question.
type questionLink struct{ Slug, Title string }

// columnDoc is a column of the answer that a dataset defines.
type columnDoc struct {
	table.Column
	Dataset string
}

// download is a file with the whole table.
type download struct {
	Format, Path string
	Bytes        int64
	SHA256       string
}

// tableView is a result as a page shows it.
type tableView struct {
	Caption string
	Columns []tableColumn
	Rows    [][]string
	Total   int // rows of the whole result
}

type tableColumn struct {
	Name  string
	Class string // n: a number, day: a time, short: texts of a word or two, empty: texts
}

const shortText = 26 // letters

func questionPath(slug string) string { return "questions/" + slug + ".html" }

// checkQuestions refuses what could become no page.
func (b *builder) checkQuestions(context.Context) error {
	for _, a := range b.Answers {
		q := a.Question
		if !slug.MatchString(q.Slug) {
			return fmt.Errorf("question %q: the slug becomes a file name, so it takes a-z, 0-9 and single - or _", q.Slug)
		}
		if !slices.Contains([]string{"Routing", "IPv6", "Standards"}, q.Section) {
			return fmt.Errorf("question %s: there is no section %q; a question is of Routing, IPv6 or Standards", q.Slug, q.Section)
		}
	}
	return nil
}

// questionPages adds the page and the downloads of each answer.
func (b *builder) questionPages(context.Context) error {
	for _, a := range b.Answers {
		q := a.Question
		v := questionView{Answer: a, Table: b.tableOf(q.Title, a.Result, listLimit), Columns: columnDocs(q, a.Result)}
		var err error
		if v.Downloads, err = b.downloads(q.Slug, a.Result); err != nil {
			return fmt.Errorf("question %s: %w", q.Slug, err)
		}
		for i, sum := range sumsOf(a.Result) {
			if sum != nil {
				v.Sums = append(v.Sums, columnSum{a.Result.Columns[i].Name, strconv.FormatFloat(*sum, 'g', 15, 64)})
			}
		}
		v.Snippets = answerSnippets(q.Slug)
		v.JSONLD = b.structured(questionPath(q.Slug), q.Title, strings.Join(append(format.Paragraphs(a.Text), format.Paragraphs(q.Definition)...), " "), v.Downloads, variablesOf(answerSchema(v).Fields))
		if v.Provenance, err = b.provenanceOf(a.From, latestFolder+q.Slug+".sources.csv"); err != nil {
			return fmt.Errorf("question %s: %w", q.Slug, err)
		}
		v.Chart = b.charts[q.Slug]
		shown := ""
		if v.Chart != nil {
			shown = v.Chart.Picture
		}
		b.pages = append(b.pages, &page{builder: b, Path: questionPath(q.Slug), Shown: shown, Nav: q.Section, Body: "question.html", Charts: v.Chart != nil,
			Kind: kindQuestion, Words: questionWords(&v), Title: q.Title, Description: strings.Join(format.Paragraphs(a.Text), " "), Data: v})
	}
	return nil
}

// downloads adds the result in each format.
func (b *builder) downloads(slug string, r *table.Result) ([]download, error) {
	var all []download
	for _, f := range []struct {
		name, ending string
		write        func(io.Writer) error
	}{{"CSV", "csv", r.WriteCSV}, {"Parquet", "parquet", r.WriteParquet}, {"Arrow IPC", "arrow", r.WriteArrow}} {
		content, err := written(f.write)
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", f.name, err)
		}
		d := download{Format: f.name, Path: latestFolder + slug + "." + f.ending, Bytes: int64(len(content)), SHA256: sha256Hex(content)}
		if err := b.stage.Add(d.Path, content); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// written is what write writes.
func written(write func(io.Writer) error) ([]byte, error) {
	var out bytes.Buffer
	err := write(&out)
	return out.Bytes(), err
}

// tableOf is the result with at most limit rows.
func (b *builder) tableOf(caption string, r *table.Result, limit int) tableView {
	v := tableView{Caption: caption, Total: len(r.Rows)}
	formats := make([]format.Column, len(r.Columns))
	for i, c := range r.Columns {
		formats[i] = format.NewColumn(r, i, b.isName(c.Name))
		column := tableColumn{Name: format.Heading(c.Name)}
		switch {
		case format.IsNumber(c.Type):
			column.Class = "n"
		case c.Type == table.Timestamp:
			column.Class, column.Name = "day", column.Name+" (UTC)"
		case c.Type == table.Date:
			column.Class = "day"
		}
		v.Columns = append(v.Columns, column)
	}
	for _, row := range r.Rows[:min(len(r.Rows), limit)] {
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = formats[i].Show(value)
		}
		v.Rows = append(v.Rows, cells)
	}
	for i, c := range v.Columns { // short texts stay in a line
		if c.Class == "" && !slices.ContainsFunc(v.Rows, func(cells []string) bool { return utf8.RuneCountInString(cells[i]) > shortText }) {
			v.Columns[i].Class = "short"
		}
	}
	return v
}

// isName tells whether the numbers of a column are names: the dictionary has it without a unit, or it holds AS numbers.
func (b *builder) isName(column string) bool {
	if column == "asn" || strings.HasSuffix(column, "_asn") || column == "rfc" {
		return true
	}
	return slices.ContainsFunc(b.Datasets, func(s *table.Schema) bool {
		c, there := s.Column(column)
		return there && c.Unit == ""
	})
}

// columnDocs are the answer's columns that one of the question's datasets defines under the same name.
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
