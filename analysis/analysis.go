// Package analysis holds the questions that Tidemark answers. Each question is a short Go file with its title, datasets and
// chart, and two files that are named after its slug: the query (.sql) and the words (.tmpl). A question reads datasets and
// returns one small table.
package analysis

import (
	"time"

	"tidemark/datasets/table"
)

// Question is one question with everything that its page needs except the answer.
type Question struct {
	Slug       string          // file name of the page and of the downloads
	Title      string          // as a question, ending in "?"
	Section    string          // Routing, IPv6 or Standards
	RFCs       []int           // documents on which the question rests
	Datasets   []*table.Schema // that the query reads
	SQL        string
	Definition string   // exact definition of what is counted; blank lines separate paragraphs
	Prose      string   // text/template over the answer's rows; one or two sentences that answer the title
	Figures    []Figure // key figures for the front page
	Chart      *Chart   // nil if the answer is shown as a table only
	Notes      []string // limits and caveats, a sentence each
	Others     string   // who measured the figures of the answer; empty if Tidemark did

	// Alerts returns the alerts that the answer gives rise to, or an error if the answer lacks a column that they need. It
	// is nil if the question raises no alerts.
	Alerts func(*table.Result) ([]Alert, error) `json:"-"`
}

// Alert is something in an answer about which a person should be told.
type Alert struct {
	ID   string    // the same in each answer that shows it
	Kind string    // one word to count by
	Text string    // one sentence without a full stop
	Time time.Time // when it happened
}

// Figure is a key figure of the front page.
type Figure struct {
	Label string // for example "IPv4 prefixes"
	Value string // text/template over the answer's rows
	Lead  bool   // one of the few at the top of the front page
}

// Chart says how an answer is drawn; the site turns it into ECharts options and a static SVG.
type Chart struct {
	Kind   string // line, bar or stacked (bars)
	X      string // column of the abscissa: a Date or Timestamp gives a time axis, anything else categories
	Y      string // column of the values
	Series string // column that divides the rows into series; empty if there is one series, named after YName
	YName  string // name of the ordinate with its unit
	Log    bool   // logarithmic ordinate
	Low    string // of a line over time: lower bound of the spread around Y, drawn as a band; empty if there is none
	High   string // upper bound of the spread
	Break  string // column that says what changed since the row before in the series; its texts are marked in the chart
}

// Answer is a question's table as of the committed partitions, with the partitions behind it.
type Answer struct {
	Question *Question
	Result   *table.Result
	Text     string            // the executed prose
	Figures  []AnsweredFigure  // the executed key figures; none if there are no data
	From     []*table.Manifest // every partition that the query could read
}

// AnsweredFigure is a key figure with its value.
type AnsweredFigure struct {
	Label, Value string
	Lead         bool          `json:",omitempty"`
	History      []FigurePoint `json:",omitempty"` // earlier values, oldest first, with Value last; none if the answer has no time
}

// FigurePoint is a key figure computed from the rows up to a time.
type FigurePoint struct {
	At    string // the day, or the year where the answer counts by year
	Value string
}
