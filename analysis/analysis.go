// Package analysis holds the questions that Tidemark answers. Each is a short Go file with its title, datasets and chart, and
// two files beside it that are named after its slug: the query (.sql) and the words (.tmpl). A question reads datasets and
// gives one small table.
package analysis

import (
	"time"

	"tidemark/datasets/table"
)

// Question is one question with everything that its page needs but the answer.
type Question struct {
	Slug       string          // file name of the page and of the downloads
	Title      string          // as a question, ending in "?"
	Section    string          // Routing, IPv6 or Standards
	RFCs       []int           // documents that the question rests on
	Datasets   []*table.Schema // that the query reads
	SQL        string
	Definition string   // exact definition of what is counted; blank lines separate paragraphs
	Prose      string   // text/template over the answer's rows; one or two sentences that answer the title
	Figures    []Figure // key figures for the front page
	Chart      *Chart   // nil: a table only
	Notes      []string // limits and caveats, a sentence each
	Others     string   // who measured what the answer shows; empty: Tidemark did

	// Alerts returns what in the answer a person should be told of; nil: the question raises no alerts. It fails if the
	// answer does not have the columns that it needs.
	Alerts func(*table.Result) ([]Alert, error) `json:"-"`
}

// Alert is something in an answer that a person should be told of.
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
	Series string // column that divides the rows into series; empty: one series named after YName
	YName  string // name of the ordinate with its unit
	Log    bool   // logarithmic ordinate
	Low    string // of a line over time: columns of the spread around Y, drawn as a band; empty: none
	High   string
	Break  string // column that says what changed at a row since the one before it in its series; its texts are marked
}

// Answer is a question's table as of the committed partitions, with the partitions behind it.
type Answer struct {
	Question *Question
	Result   *table.Result
	Text     string            // the prose, executed
	Figures  []AnsweredFigure  // the key figures, executed; none where there are no data
	From     []*table.Manifest // every partition that the query could read
}

// AnsweredFigure is a key figure with its value.
type AnsweredFigure struct {
	Label, Value string
	Lead         bool          `json:",omitempty"`
	History      []FigurePoint `json:",omitempty"` // earlier values, oldest first, and Value last; none where the answer has no time
}

// FigurePoint is a key figure computed from the rows up to a time.
type FigurePoint struct {
	At    string // the day, or the year where the answer counts by year
	Value string
}
