// Package report makes the report of a year: what analysts want to know of the routing table and its updates each January,
// beside the two years before. One description of its sections serves text, JSON, Markdown and the site's page.
package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Report is the report of a year.
type Report struct {
	Year     int               `json:"year"`
	Sections []Section         `json:"sections"`
	From     []*table.Manifest `json:"from,omitempty"` // partitions that it could read
}

// Section is a part of a report.
type Section struct {
	Slug  string  `json:"slug"`
	Title string  `json:"title"`
	About string  `json:"about"` // what is counted, and how
	Text  string  `json:"text"`  // what the numbers say, in sentences
	Years []Years `json:"years,omitempty"`
	Lists []List  `json:"lists,omitempty"`
	Plot  *Plot   `json:"plot,omitempty"`
}

// Years is a table with a figure a row and a year a column.
type Years struct {
	Title  string   `json:"title"`
	Basis  string   `json:"basis"` // which tables, of how many full feeds
	Years  [3]int   `json:"years"` // oldest first
	AsOf   []string `json:"as_of"` // day of each year's numbers; empty: there are none
	Rows   []Row    `json:"rows"`
	Growth bool     `json:"growth"` // the rows have it
}

// Row is a figure of three years.
type Row struct {
	Label  string      `json:"label"`
	Unit   string      `json:"unit"`
	Digits int         `json:"digits"` // after the point, where it is printed
	Values [3]*float64 `json:"values"` // null: unknown
	Low    [3]*float64 `json:"low"`    // of the vantage points, where the figure is their median
	High   [3]*float64 `json:"high"`
	Growth [3]*float64 `json:"growth_percent"` // within each year; null: not comparable, or the figure does not grow
	Need   string      `json:"need,omitempty"` // what is missing for a value of the report's year
}

// List is a table of names and numbers.
type List struct {
	Title   string     `json:"title"`
	Basis   string     `json:"basis"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Need    string     `json:"need,omitempty"` // why there are no rows
}

// Plot is what a section's chart is drawn from: values by time or name, and series.
type Plot struct {
	Bars   bool    `json:"bars"`
	Unit   string  `json:"unit"`
	Log    bool    `json:"log"`
	Points []Point `json:"points"`
}

// Point is a value of a plot.
type Point struct {
	Time   time.Time `json:"time,omitzero"`
	Name   string    `json:"name,omitempty"` // of a bar
	Series string    `json:"series"`
	Value  float64   `json:"value"`
}

// Reads are the datasets that reports read.
var Reads = []*table.Schema{datasets.TableStats.Schema, datasets.Routes.Schema, datasets.AddressUses.Schema, datasets.Delegations.Schema, datasets.PrefixUpdates.Schema, datasets.ASNames.Schema,
	datasets.Aggregations.Schema, datasets.ASTopologies.Schema, datasets.StateStats.Schema, datasets.CountryStats.Schema, datasets.ASRegistrations.Schema, datasets.Transfers.Schema}

// NoDataError says that the data have nothing of a year.
type NoDataError struct {
	Year  int
	Years []int // that have a report
}

func (e *NoDataError) Error() string {
	if len(e.Years) == 0 {
		return fmt.Sprintf("there are no data of %d, nor of any other year: collect or import dumps or update files, then run tidemark analyse", e.Year)
	}
	return fmt.Sprintf("there are no data of %d; there are reports of %s", e.Year, joined(e.Years))
}

func joined(years []int) string {
	var texts []string
	for _, y := range years {
		texts = append(texts, fmt.Sprint(y))
	}
	return strings.Join(texts, ", ")
}

// Make makes the report of a year from the committed partitions.
func Make(ctx context.Context, store *table.Store, year int) (*Report, error) {
	years, err := YearsOf(store)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(years, year) {
		return nil, &NoDataError{year, years}
	}
	all, err := allPartitions(store)
	if err != nil {
		return nil, err
	}
	return makeFrom(ctx, store, year, partitionsOf(all, year))
}

// makeFrom makes the report of a year that reads these partitions.
func makeFrom(ctx context.Context, store *table.Store, year int, from []*table.Manifest) (*Report, error) {
	files := map[string]bool{}
	for _, m := range from {
		files[m.File] = true
	}
	e, err := engine.Open(store, Reads, engine.Options{Many: true, Only: func(m *table.Manifest) bool { return files[m.File] }})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return newMaker(e, year).report(ctx, from)
}

// day returns the first of January after a year, which ends it.
func endOf(year int) time.Time { return time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC) }

// maxFromEnd is how far the table that ends a year may be from the first of January.
const maxFromEnd = 8 * 24 * time.Hour

// years returns the years of the report's columns, oldest first.
func (m *maker) years() [3]int { return [3]int{m.year - 2, m.year - 1, m.year} }

// yearOf returns the year that a table of this time is about: one of the first days of January ends the year before.
func yearOf(t time.Time) int {
	if t.Sub(endOf(t.Year()-1)) <= maxFromEnd {
		return t.Year() - 1
	}
	return t.Year()
}
