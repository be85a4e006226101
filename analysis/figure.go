package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/quantity"
)

// Figure is a key figure of the front page: the sum of a column over the newest rows of one series.
type Figure struct {
	Label   string // for example "IPv4 prefixes"
	Column  string
	Over    string            // column that it is divided by; empty: none
	Unit    string            // what the column counts, in the plural; "%": the column is a share
	Where   map[string]string // rows that the figure is about, by column; without any there is no figure
	Count   map[string]string // those of them that are counted; without any the figure is 0
	Highest string            // of several series at the newest instant, that with the largest value here; empty: the first
	Lead    bool              // one of the few at the top of the front page
}

// AnsweredFigure is a key figure with what it rests on.
type AnsweredFigure struct {
	Label    string        `json:"label"`
	Unit     string        `json:"unit"`
	Value    *float64      `json:"value"`              // null: withheld
	Withheld string        `json:"withheld,omitempty"` // why there is no value, and what would bring it
	AsOf     string        `json:"as_of"`              // day or year
	Source   []string      `json:"source,omitempty"`   // what was measured: the values of the basis' series that Where leaves open
	Known    *int64        `json:"known"`              // things that the value knows; null: the question has no unknown
	Of       *int64        `json:"of"`                 // things that it is about
	Things   string        `json:"things,omitempty"`
	Feeds    *int64        `json:"feeds"`    // ASes with full feeds behind the value; null: unknown, or not a matter of feeds
	FeedsOf  *int64        `json:"feeds_of"` // ASes with full feeds in all tables of that instant
	Lead     bool          `json:"lead,omitempty"`
	Change   *Change       `json:"change"`
	History  []FigurePoint `json:"history,omitempty"` // comparable values, oldest first, with Value last
}

// Change compares a figure with the one before it.
type Change struct {
	Since         string   `json:"since"`                    // day or year
	Before        *float64 `json:"before"`                   // null: not comparable
	NotComparable string   `json:"not_comparable,omitempty"` // why
}

// FigurePoint is the value of a figure at a day or in a year.
type FigurePoint struct {
	At    string  `json:"at"`
	Value float64 `json:"value"`
}

// maxHistory is the number of values that a key figure keeps.
const maxHistory = 24

// figureOf returns a key figure of an answer; nil if no row is about it.
func figureOf(q *Question, f Figure, result *table.Result) *AnsweredFigure {
	return figureWith(q, f, result, (*AnsweredFigure).compare)
}

// Yearly returns a figure of the answer that is compared with the one of a year before, and whose history has a value a year; nil if no
// row is about it.
func (a *Answer) Yearly(f Figure) *AnsweredFigure {
	return figureWith(a.Question, f, a.Result, (*AnsweredFigure).compareYears)
}

// figureWith returns a figure with history and change as compare sets them.
func figureWith(q *Question, f Figure, result *table.Result, compare func(*AnsweredFigure, *Basis, Figure, []row)) *AnsweredFigure {
	b := &q.Basis
	rows := matching(rowsOf(result), f.Where)
	newest := oneSeries(b, f, b.newestRows(rows))
	if len(newest) == 0 {
		return nil
	}
	series := b.series(newest[0])
	rows = slices.DeleteFunc(rows, func(r row) bool { return b.series(r) != series })
	a := &AnsweredFigure{Label: f.Label, Unit: f.Unit, Lead: f.Lead, AsOf: b.instant(newest[0]).day(), Source: openSeries(b, f, newest[0]), Things: b.Things}
	a.Known, a.Of = b.coverage(newest)
	a.Feeds, a.FeedsOf = b.feeds(newest)
	value := total(f, newest)
	if !b.covers(newest) || !value.known {
		a.Withheld = withheld(b, a)
		return a
	}
	a.Value = &value.n
	compare(a, b, f, rows)
	return a
}

// matching returns the rows with the values in their columns.
func matching(rows []row, values map[string]string) (found []row) {
	for _, r := range rows {
		ok := true
		for column, value := range values {
			ok = ok && plain(r[column]) == value
		}
		if ok {
			found = append(found, r)
		}
	}
	return found
}

// oneSeries returns the rows of one series.
func oneSeries(b *Basis, f Figure, rows []row) (found []row) {
	if len(rows) == 0 {
		return nil
	}
	best := rows[0]
	if f.Highest != "" {
		for _, r := range rows {
			if x, y := amountOf(r[f.Highest]), amountOf(best[f.Highest]); x.known && (!y.known || x.n > y.n) {
				best = r
			}
		}
	}
	for _, r := range rows {
		if b.series(r) == b.series(best) {
			found = append(found, r)
		}
	}
	return found
}

// openSeries returns the values of the series that the figure does not prescribe.
func openSeries(b *Basis, f Figure, r row) (values []string) {
	for _, c := range b.Series {
		if _, prescribed := f.Where[c]; !prescribed {
			if text := plain(r[c]); text != "" {
				values = append(values, text)
			}
		}
	}
	return values
}

func total(f Figure, rows []row) amount {
	rows = matching(rows, f.Count)
	value := sum(f.Column, rows)
	if f.Over == "" {
		return value
	}
	over := sum(f.Over, rows)
	if !value.known || !over.known || over.n <= 0 {
		return amount{}
	}
	value.n /= over.n
	return value
}

// withheld returns why a figure has no value.
func withheld(b *Basis, a *AnsweredFigure) string {
	if a.Of == nil || *a.Of == *a.Known {
		return "Its value is not known."
	}
	unknown := *a.Of - *a.Known
	verb := " are"
	if unknown == 1 {
		verb = " is"
	}
	text := quantity.Count(unknown) + " of " + plural(*a.Of, singular[b.Things], b.Things) + verb + " unknown."
	if b.Remedy != "" {
		text += " To know them, collect " + b.Remedy + "."
	}
	return text
}

// compare sets the history and the change of a figure. rows are those of its series.
func (a *AnsweredFigure) compare(b *Basis, f Figure, rows []row) {
	instants := instantsOf(b, rows)
	a.History = []FigurePoint{{a.AsOf, *a.Value}}
	for i := len(instants) - 1; i > 0 && len(a.History) < maxHistory; i-- {
		now, then := instants[i], instants[i-1]
		why := b.notComparable(then[0], now, then)
		value := total(f, then)
		if why == "" && !value.known {
			why = "the earlier value is unknown"
		}
		if i == len(instants)-1 {
			a.Change = &Change{Since: b.instant(then[0]).day(), NotComparable: why}
			if why == "" {
				a.Change.Before = &value.n
			}
		}
		if why != "" {
			break
		}
		a.History = slices.Insert(a.History, 0, FigurePoint{b.instant(then[0]).day(), value.n})
	}
}

// How far values are apart, in days, that are compared as of a year before: dumps come late, and months differ.
const (
	MinYear = 350
	MaxYear = 400
)

// compareYears sets history and change as compare does, of instants that are a year apart. What lies between must be comparable too.
func (a *AnsweredFigure) compareYears(b *Basis, f Figure, rows []row) {
	instants := instantsOf(b, rows)
	a.History = []FigurePoint{{a.AsOf, *a.Value}}
	kept := len(instants) - 1
	for i := kept; i > 0 && len(a.History) < maxHistory; i-- {
		now, then := instants[i], instants[i-1]
		if b.notComparable(then[0], now, then) != "" {
			break
		}
		value := total(f, then)
		if b.instant(instants[kept][0]).time.Sub(b.instant(then[0]).time) < MinYear*24*time.Hour || !value.known {
			continue
		}
		kept = i - 1
		at := b.instant(then[0]).day()
		a.History = slices.Insert(a.History, 0, FigurePoint{at, value.n})
		if a.Change == nil {
			a.Change = &Change{Since: at, Before: &value.n}
		}
	}
}

// instantsOf groups rows by their instants, oldest first. Rows without one are left out.
func instantsOf(b *Basis, rows []row) (groups [][]row) {
	byInstant := map[int64][]row{}
	var order []int64
	for _, r := range rows {
		at := b.instant(r).order
		if at == 0 {
			continue
		}
		if byInstant[at] == nil {
			order = append(order, at)
		}
		byInstant[at] = append(byInstant[at], r)
	}
	slices.Sort(order)
	for _, at := range order {
		groups = append(groups, byInstant[at])
	}
	return groups
}

// Text returns the value as it is printed; "" if it is withheld.
func (a *AnsweredFigure) Text() string {
	if a.Value == nil {
		return ""
	}
	if a.Unit == "%" {
		return quantity.Percent(*a.Value)
	}
	return thousands(*a.Value)
}

// Basis returns what the value rests on, in words: "As of 2020-02-01, rrc00, rib; 12 of 30 ASes with full feeds".
func (a *AnsweredFigure) Basis() string {
	measured := strings.Join(append([]string{"As of " + a.AsOf}, a.Source...), ", ")
	return strings.Join(append([]string{measured}, a.Backing()...), "; ")
}

// Backing returns how many full feeds are behind the value and how much it knows, each only where it matters.
func (a *AnsweredFigure) Backing() []string {
	return backing(a.Feeds, a.FeedsOf, a.Known, a.Of, a.Things)
}

// Changed returns the difference from the comparable value before, for example "+42,017 (+4.4 %)"; "" if there is none or
// the values print the same.
func (a *AnsweredFigure) Changed() string {
	if a.Value == nil || a.Change == nil || a.Change.Before == nil {
		return ""
	}
	return difference(*a.Change.Before, *a.Value, a.Unit == "%")
}

// difference returns how a value differs from the one before, "" if they print the same.
func difference(before, now float64, share bool) string {
	sign, by := "+", now-before
	if by < 0 {
		sign, by = "−", -by
	}
	if share {
		points := strconv.FormatFloat(100*by, 'f', 1, 64)
		if points == "0.0" {
			return ""
		}
		return sign + points + " points"
	}
	if thousands(before) == thousands(now) {
		return ""
	}
	text := sign + thousands(by)
	if before > 0 {
		text += fmt.Sprintf(" (%s%s %%)", sign, quantity.Fixed(100*by/before, 1))
	}
	return text
}
