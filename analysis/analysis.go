// Package analysis holds the questions that Tidemark answers. Each question is a short Go file with its title, datasets and
// chart, and two files that are named after its slug: the query (.sql) and the words (.tmpl). A question reads datasets and
// returns one small table.
package analysis

import (
	"strings"
	"time"

	"tidemark/datasets/table"
)

// Question is one question with everything that its page needs except the answer.
type Question struct {
	Slug       string          // file name of the page and of the downloads
	Title      string          // as a question, ending in "?"
	Section    string          // Routing, RPKI, IPv6 or Standards
	Subject    string          `json:"-"` // name of one of Subjects, of the same section
	Tab        string          `json:"-"` // the title in a word or two, for the tabs of the subject
	RFCs       []int           // documents on which the question rests
	Datasets   []*table.Schema // that the query reads
	Basis      Basis           // what the numbers of the answer rest on
	SQL        string
	Continued  *Continuation // how the answer goes on from the one before; nil: it is asked anew
	Definition string        // exact definition of what is counted; blank lines separate paragraphs
	Lead       string        // text/template over the answer's rows: the sentence that answers the title, at most 30 words
	Prose      string        // likewise, the sentences that follow it; may be empty
	Figures    []Figure      // key figures for the front page
	Chart      *Chart        // nil if the answer is shown as a table only
	Notes      []string      // limits and caveats, a sentence each
	Others     string        // who measured the figures of the answer; empty if Tidemark did

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

// Chart says how an answer is drawn; the site turns it into ECharts options and a static SVG.
type Chart struct {
	Kind   string // line, bar or stacked; stacked shares over time are areas, where their dates are many
	X      string // column of the abscissa: a Date or Timestamp gives a time axis, anything else categories
	Y      string // column of the values
	Series string // column that divides the rows into series; empty if there is one series, named after YName
	YName  string // name of the ordinate with its unit
	Log    bool   // logarithmic ordinate
	Low    string // of a line over time: lower bound of the spread around Y, drawn as a band; empty if there is none
	High   string // upper bound of the spread
	Band   string // what the spread is, for example "the lowest and the highest day"
	Break  string // column that says what changed since the row before in the series; its texts are marked in the chart

	Share    bool              // Y, Low and High are shares from 0 to 1, which are drawn in percent
	Whole    bool              // stacked values are the parts of a whole, and are drawn in percent of it
	Panels   []string          // columns that divide stacked shares: each combination of their values is a whole with a panel of its own
	Headline map[string]string // rows that the lead is about, by column: their series come first, so that none is left out before others
}

// Answer is a question's table as of the committed partitions, with the partitions behind it.
type Answer struct {
	Question *Question
	Result   *table.Result
	Lead     string            // the executed lead, or why there is none
	Text     string            // the executed prose; may be empty
	Standing Standing          // what the newest numbers rest on
	Figures  []*AnsweredFigure // the key figures that any row is about
	From     []*table.Manifest // every partition that the query could read
}

// Words returns the lead and the prose as one text.
func (a *Answer) Words() string { return strings.TrimSpace(a.Lead + " " + a.Text) }
