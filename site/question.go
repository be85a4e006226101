package site

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis"
	"tidemark/datasets/table"
	"tidemark/site/chart"
	"tidemark/site/format"
	"tidemark/site/metadata"
	"tidemark/site/publish"
	"tidemark/site/terms"
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
	Reuse      reuse
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

// questionPath returns the path of a question's page. The files of its answer lie beside the folder and are named after it.
func questionPath(slug string) string { return "q/" + slug + "/index.html" }

// answerPath returns the path of a file of a question's answer.
func answerPath(slug, ending string) string { return "q/" + slug + "." + ending }

// answerTable is the table of an answer as the site publishes it.
type answerTable struct {
	*analysis.Answer
	Columns   []columnDoc // of the table, as far as the dictionary has them
	Downloads []metadata.Download
	described metadata.Answer // as the catalogues describe it
}

// publishAnswers writes the whole tables of the answers in each format, and what describes each.
func publishAnswers(site metadata.Site, lineage lineage, answers []*analysis.Answer, memory *memory, stage *publish.Stage) ([]answerTable, error) {
	all := make([]answerTable, len(answers))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, a := range answers {
		group.Go(func() (err error) {
			if all[i], err = publishAnswer(site, lineage, a, memory, stage); err != nil {
				return fmt.Errorf("question %s: %w", a.Question.Slug, err)
			}
			return nil
		})
	}
	return all, group.Wait()
}

func publishAnswer(site metadata.Site, lineage lineage, a *analysis.Answer, memory *memory, stage *publish.Stage) (t answerTable, err error) {
	q := a.Question
	t.Answer, t.Columns = a, columnDocs(q, a.Result)
	if t.Downloads, err = publishResult(q.Slug, a.Result, memory, stage); err != nil {
		return t, err
	}
	t.described = metadata.Answer{Slug: q.Slug, Title: q.Title, Page: questionPath(q.Slug), Lead: a.Lead, Text: strings.TrimSpace(a.Words() + " " + a.Standing.Words()), AsOf: a.Standing.Day(),
		Rows: int64(len(a.Result.Rows)), Sources: lineage.terms(a.From), RowSources: lineage.rowSources(a.Result, a.From)}
	t.described.Schema = answerSchema(lineage, a, t.Columns, t.described.Sources)
	content, err := metadata.AnswerMetadata(site, a, &t.described)
	if err != nil {
		return t, err
	}
	d := metadata.Download{Format: "Metadata (JSON)", Path: answerPath(q.Slug, "metadata.json"), Bytes: int64(len(content)), SHA256: sha256Hex(content)}
	t.Downloads = append(t.Downloads, d)
	t.described.Downloads = t.Downloads
	return t, stage.Add(d.Path, content)
}

// answerSchema describes the columns of an answer, which rests on data under the given terms: those that a dataset defines as it does, and with
// whose data they were computed from.
func answerSchema(lineage lineage, a *analysis.Answer, columns []columnDoc, all []terms.Terms) *metadata.Schema {
	var known []table.Column
	for _, c := range columns {
		known = append(known, c.Column)
	}
	schema := metadata.AnswerSchema(a.Result, known)
	sources := map[string][]string{"": publishers(all)} // by dataset
	for i := range schema.Fields {
		f := &schema.Fields[i]
		if at := slices.IndexFunc(columns, func(c columnDoc) bool { return c.Name == f.Name }); at >= 0 {
			f.Dataset = columns[at].Dataset
		}
		if _, known := sources[f.Dataset]; !known {
			sources[f.Dataset] = publishers(lineage.terms(slices.DeleteFunc(slices.Clone(a.From), func(m *table.Manifest) bool { return m.Dataset != f.Dataset })))
		}
		f.Sources = sources[f.Dataset]
	}
	return schema
}

// questionTables returns the table of each answer, and writes the rows that its page does not have.
func (f *facts) questionTables(stage *publish.Stage) ([]tableView, error) {
	tables := make([]tableView, len(f.answers))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, a := range f.answers {
		group.Go(func() error {
			q := a.Question
			tables[i] = f.tableOf(q.Slug, q.Title, a.Result, q.Chart, maxListed)
			if err := f.publishTable(&tables[i], a.Result, stage); err != nil {
				return fmt.Errorf("question %s: %w", q.Slug, err)
			}
			return nil
		})
	}
	return tables, group.Wait()
}

// questionPages returns the page of each answer, and writes its list of sources.
func questionPages(f *facts, stage *publish.Stage) (pages []*page, err error) {
	tables, err := f.questionTables(stage)
	if err != nil {
		return nil, err
	}
	for i, a := range f.answers {
		q, path := a.Question, questionPath(a.Question.Slug)
		v := questionView{answerTable: a, Table: tables[i], Chart: f.charts[q.Slug], Sums: sums(a.described.Schema), Snippets: answerSnippets(q.Slug), Dated: f.dated[q.Slug], Tabs: f.tabsOf(q), Reuse: f.reuseOf(&a)}
		if v.Chart != nil {
			v.Table.PerPage = rowsBelowChart
		}
		if v.Provenance, err = f.provenanceOf(a.From, answerPath(q.Slug, "sources.csv"), stage); err != nil {
			return nil, fmt.Errorf("question %s: %w", q.Slug, err)
		}
		if err := stage.Alias(latestFolder+q.Slug+".sources.csv", v.Provenance.CSV); err != nil {
			return nil, err
		}
		text := strings.Join(append([]string{a.Words()}, format.Paragraphs(q.Definition)...), " ")
		v.JSONLD = metadata.Structured(f.Site, path, q.Title, text, a.Standing.Day(), v.Downloads, a.described.Schema.Fields, a.described.Sources)
		p := &page{frame: f.frame, Path: path, Scripts: []string{tableScript, "assets/reuse.js"}, Nav: q.Section, Body: "question.html", Kind: kindQuestion, Words: questionWords(q),
			Title: q.Title, Description: a.Lead, AsOf: a.Standing.Day(), Unlisted: !answered(a.Answer), Data: v}
		if v.Chart != nil {
			p.Charts, p.Shown = true, v.Chart.Picture
			if err := f.publishOEmbed(p, &a, v.Chart, stage); err != nil {
				return nil, err
			}
			pages = append(pages, f.embedPage(&a, v.Chart))
		}
		if err := v.Reuse.publish(stage); err != nil {
			return nil, err
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

// publishResult writes the result of a question in each format.
func publishResult(slug string, r *table.Result, memory *memory, stage *publish.Stage) ([]metadata.Download, error) {
	return makeFiles(memory, answerPath(slug, "csv"), r, stage, func(add adder) (all []metadata.Download, err error) {
		for _, f := range []struct {
			name, ending string
			write        func(io.Writer) error
		}{{"CSV", "csv", r.WriteCSV}, {"JSON", "json", r.WriteJSON}, {"Parquet", "parquet", r.WriteParquet}, {"Arrow IPC", "arrow", r.WriteArrow}} {
			content, err := written(f.write)
			if err != nil {
				return nil, fmt.Errorf("writing %s: %w", f.name, err)
			}
			d := metadata.Download{Format: f.name, Path: answerPath(slug, f.ending), Bytes: int64(len(content)), SHA256: sha256Hex(content)}
			if err := add(d.Path, content); err != nil {
				return nil, err
			}
			all = append(all, d)
		}
		return all, nil
	})
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
