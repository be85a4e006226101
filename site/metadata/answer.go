package metadata

import (
	"cmp"

	"tidemark/analysis"
	"tidemark/site/format"
	"tidemark/site/terms"
)

// answerMetadata says in JSON what an answer is, what it says, and what that rests on. Context, URL and TableSchema are those of CSV on
// the Web (https://www.w3.org/TR/tabular-metadata/), so that its readers know the columns of the CSV file.
type answerMetadata struct {
	Context        []any                      `json:"@context"`
	URL            string                     `json:"url"` // of the CSV file beside it
	Slug           string                     `json:"slug"`
	Question       string                     `json:"question"`
	Lead           string                     `json:"lead"`
	Text           string                     `json:"text,omitempty"`
	Standing       analysis.Standing          `json:"standing"`
	Figures        []*analysis.AnsweredFigure `json:"figures,omitempty"`
	ComparableBy   []string                   `json:"comparable_by"` // columns that must be equal for two rows to be comparable
	InstantColumn  string                     `json:"instant_column"`
	BreakColumn    string                     `json:"break_column,omitempty"`
	KnownColumn    string                     `json:"known_column,omitempty"`
	OfColumn       string                     `json:"of_column,omitempty"`
	Definition     string                     `json:"definition"`
	Notes          []string                   `json:"notes,omitempty"`
	Others         string                     `json:"measured_by,omitempty"` // empty: Tidemark
	RFCs           []int                      `json:"rfcs,omitempty"`
	Publisher      string                     `json:"publisher"`
	License        string                     `json:"license,omitempty"`
	Citation       string                     `json:"citation"`
	Page           string                     `json:"page,omitempty"` // address; empty: unknown
	Sources        []terms.Terms              `json:"sources,omitempty"`
	RowSources     *RowSources                `json:"row_sources,omitempty"`
	TableSchema    tableSchema                `json:"tableSchema"`
	MetadataFormat int                        `json:"metadata_version"`
}

type tableSchema struct {
	Columns []describedColumn `json:"columns"`
}

// describedColumn is a column with everything that a figure taken from it needs.
type describedColumn struct {
	Name        string   `json:"name"`
	Titles      string   `json:"titles"`
	Datatype    string   `json:"datatype"`
	Separator   string   `json:"separator,omitempty"` // between the elements of a list
	Description string   `json:"dc:description,omitempty"`
	Unit        string   `json:"unit,omitempty"`
	Dataset     string   `json:"dataset,omitempty"` // that defines it; empty: the query computes it
	Sources     []string `json:"sources,omitempty"` // publishers, whose licences answerMetadata.Sources has
	AsOf        string   `json:"as_of,omitempty"`
	License     string   `json:"license,omitempty"`
	Citation    string   `json:"citation"`
}

var csvwTypes = map[string]string{"string": "string", "boolean": "boolean", "integer": "integer", "number": "double", "datetime": "dateTime", "date": "date"}

// AnswerMetadata describes an answer in JSON: its words, its figures with their coverage, the columns of its table and how rows are compared
// by them, whose data it was computed from, and how to cite it.
func AnswerMetadata(site Site, a *analysis.Answer, as *Answer) ([]byte, error) {
	q, b := a.Question, &a.Question.Basis
	reference := ReferenceTo(site, as)
	m := answerMetadata{Context: []any{"http://www.w3.org/ns/csvw", map[string]string{"@language": "en"}}, URL: q.Slug + ".csv",
		Slug: q.Slug, Question: q.Title, Lead: a.Lead, Text: a.Text, Standing: a.Standing, Figures: a.Figures, ComparableBy: b.Series, InstantColumn: b.AsOf,
		BreakColumn: b.Break, KnownColumn: b.Known, OfColumn: b.Of, Definition: q.Definition, Notes: q.Notes, Others: q.Others, RFCs: q.RFCs,
		Publisher: site.Publisher, License: site.License, Citation: reference.Text(), Page: reference.URL, Sources: as.Sources, RowSources: as.RowSources, MetadataFormat: 2}
	for i, f := range as.Schema.Fields {
		c := describedColumn{Name: f.Name, Titles: cmp.Or(format.Heading(f.Name), f.Name), Datatype: csvwTypes[f.Type], Description: f.Description, Unit: f.Unit, Dataset: f.Dataset,
			Sources: f.Sources, AsOf: as.AsOf, License: site.License, Citation: reference.Text()}
		if isList(a.Result.Columns[i].Type) {
			c.Separator = " "
		}
		m.TableSchema.Columns = append(m.TableSchema.Columns, c)
	}
	return marshal(m)
}
