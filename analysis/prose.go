package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/prose"
	"tidemark/internal/quantity"
)

// row is a row of an answer by column name. Its numbers are amounts, which a template cannot print as they are.
type row map[string]any

// amount is a number of an answer that may be unknown.
type amount struct {
	n     float64
	known bool
}

// bare marks in the output a number or a time that was printed without a format; fill refuses it.
const bare = "\x00"

// Format keeps a template from printing a bare number.
func (amount) Format(f fmt.State, _ rune) { f.Write([]byte(bare)) }

// stamp is a time of an answer.
type stamp struct{ time.Time }

// Format keeps a template from printing a bare time.
func (stamp) Format(f fmt.State, _ rune) { f.Write([]byte(bare)) }

func amountOf(v any) amount {
	switch v := v.(type) {
	case amount:
		return v
	case int64:
		return amount{float64(v), true}
	case int:
		return amount{float64(v), true}
	case float64:
		return amount{v, !math.IsNaN(v) && !math.IsInf(v, 0)}
	}
	return amount{}
}

// writer executes the templates of a question over its answer, and notes whether what it printed has a day.
type writer struct {
	question *Question
	all      []row
	rows     []row // those that have an instant
	numbers  bool  // a number was printed
	times    bool  // a day, month or year was printed
}

// fill executes a template over the rows of a result that have an instant. Line breaks and spaces are folded, so that a template may be indented.
// A text with a number but without a day, and one with a bare number, is an error.
func fill(q *Question, text string, result *table.Result) (string, error) {
	w := &writer{question: q, all: rowsOf(result)}
	w.rows = slices.DeleteFunc(slices.Clone(w.all), func(r row) bool { return q.Basis.instant(r).order == 0 })
	t, err := template.New("").Funcs(w.functions()).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, w.rows); err != nil {
		return "", err
	}
	out := prose.SaidOnce(capitals.Replace("\n" + strings.Join(strings.Fields(b.String()), " "))[1:])
	switch {
	case strings.Contains(out, bare):
		return "", fmt.Errorf("the text prints a number or a time without a format: %q", strings.ReplaceAll(out, bare, "?"))
	case w.numbers && !w.times && out != "": // a condition may have asked for a change that is not printed
		return "", fmt.Errorf("the text has a number but no day: %q", out)
	}
	return out, nil
}

// capitals begins a sentence with a capital where it begins with the words for an unknown number.
var capitals = strings.NewReplacer("\nan unknown", "\nAn unknown", ". an unknown", ". An unknown")

// functions are the functions of the templates.
func (w *writer) functions() template.FuncMap {
	number := func(text string) string { w.numbers = true; return text }
	moment := func(layout string) func(v any) (string, error) {
		return func(v any) (string, error) {
			t, ok := v.(stamp)
			if !ok {
				return "", fmt.Errorf("%v is not a time", v)
			}
			w.times = true
			return t.Time.UTC().Format(layout), nil
		}
	}
	return template.FuncMap{
		"where": where,
		"undated": func() []row {
			return slices.DeleteFunc(slices.Clone(w.all), func(r row) bool { return w.question.Basis.instant(r).order != 0 })
		},
		"first":    func(rows []row) (row, error) { return pick(rows, 0) },
		"last":     func(rows []row) (row, error) { return pick(rows, len(rows)-1) },
		"newest":   w.newest,
		"oldest":   w.oldest,
		"largest":  largest,
		"sum":      sum,
		"distinct": distinct,
		"each":     func(values ...string) []string { return values },
		"share":    func(a, b any) amount { return combine(a, b, func(x, y float64) float64 { return x / y }) },
		"add":      func(a, b any) amount { return combine(a, b, func(x, y float64) float64 { return x + y }) },
		"sub":      func(a, b any) amount { return combine(a, b, func(x, y float64) float64 { return x - y }) },
		"known":    func(v any) bool { return amountOf(v).known },
		"some":     func(v any) bool { a := amountOf(v); return a.known && a.n != 0 },
		"one":      func(v any) bool { a := amountOf(v); return a.known && a.n == 1 },
		"id":       plain,
		"num":      func(v any) string { return number(words(amountOf(v), "an unknown number", thousands)) },
		"dec":      func(v any) string { return number(words(amountOf(v), "an unknown number of", decimal)) },
		"pct":      func(v any) string { return number(words(amountOf(v), "an unknown share", quantity.Percent)) },
		"count":    func(v any, one, many string) string { return number(count(amountOf(v), one, many)) },
		"change":   func(column string, r row) string { return number(w.change(column, r)) },
		"when":     w.when,
		"day":      moment("2 January 2006"),
		"hour":     moment("2 January 2006 at 15:04 UTC"),
		"month":    moment("January 2006"),
	}
}

func rowsOf(result *table.Result) []row {
	rows := make([]row, len(result.Rows))
	for i, values := range result.Rows {
		rows[i] = row{}
		for j, c := range result.Columns {
			rows[i][c.Name] = cell(c.Type, values[j])
		}
	}
	return rows
}

// cell returns a value as a template has it: numbers as amounts, times as stamps.
func cell(t table.Type, v any) any {
	switch t {
	case table.Int64, table.Uint32, table.Float64:
		return amountOf(v)
	}
	if at, ok := v.(time.Time); ok {
		return stamp{at}
	}
	return v
}

// rowsWith returns the rows of a result, or an error if it lacks one of the columns.
func rowsWith(result *table.Result, columns ...string) ([]row, error) {
	for _, name := range columns {
		if !slices.ContainsFunc(result.Columns, func(c table.ResultColumn) bool { return c.Name == name }) {
			return nil, fmt.Errorf("the answer lacks the column %s", name)
		}
	}
	return rowsOf(result), nil
}

// where returns the rows whose column has the value.
func where(column string, value any, rows []row) (found []row) {
	want := plain(value)
	for _, r := range rows {
		if plain(r[column]) == want {
			found = append(found, r)
		}
	}
	return found
}

// plain returns a value as text to compare by.
func plain(v any) string {
	if a, ok := v.(amount); ok {
		if !a.known {
			return "unknown"
		}
		return strconv.FormatFloat(a.n, 'f', -1, 64)
	}
	if at, ok := v.(stamp); ok {
		return at.Time.UTC().Format(time.RFC3339)
	}
	return fmt.Sprint(v)
}

func pick(rows []row, i int) (row, error) {
	if i < 0 || i >= len(rows) {
		return nil, errors.New("the answer has no such row")
	}
	return rows[i], nil
}

// newest returns the first row with the newest instant; nil if no row has one.
func (w *writer) newest(rows []row) row {
	if newest := w.question.Basis.newestRows(rows); len(newest) > 0 {
		return newest[0]
	}
	return nil
}

// oldest returns the first row with the oldest instant; nil if no row has one.
func (w *writer) oldest(rows []row) (oldest row) {
	var at instant
	for _, r := range rows {
		if t := w.question.Basis.instant(r); t.order != 0 && (oldest == nil || t.order < at.order) {
			oldest, at = r, t
		}
	}
	return oldest
}

// largest returns the first row with the largest known number in the column; nil if none is known.
func largest(column string, rows []row) (best row) {
	for _, r := range rows {
		if a := amountOf(r[column]); a.known && (best == nil || a.n > amountOf(best[column]).n) {
			best = r
		}
	}
	return best
}

// sum adds the numbers of a column. It is unknown if one of them is.
func sum(column string, rows []row) amount {
	total := amount{known: true}
	for _, r := range rows {
		total = combine(total, r[column], func(x, y float64) float64 { return x + y })
	}
	return total
}

// distinct returns how many values a column has.
func distinct(column string, rows []row) amount {
	values := map[string]bool{}
	for _, r := range rows {
		values[plain(r[column])] = true
	}
	return amountOf(len(values))
}

// combine computes with two numbers. The result is unknown if one of them is, or if it is not finite.
func combine(a, b any, compute func(x, y float64) float64) amount {
	x, y := amountOf(a), amountOf(b)
	if !x.known || !y.known {
		return amount{}
	}
	return amountOf(compute(x.n, y.n))
}

// change returns how a number of a row differs from the one before it in its series: "4.4 % more than on 1 January 2019",
// "as many as on 1 January 2019". It returns "" where there is no comparable one.
func (w *writer) change(column string, r row) string {
	before, why := w.question.Basis.compared(w.rows, r)
	if why != "" {
		return ""
	}
	now, then := amountOf(r[column]), amountOf(before[column])
	if !now.known || !then.known || then.n <= 0 {
		return ""
	}
	since := w.question.Basis.instant(before)
	preposition := "on "
	if since.time.IsZero() {
		preposition = "in "
	}
	by := strconv.FormatFloat(100*math.Abs(now.n/then.n-1), 'f', 1, 64)
	switch {
	case thousands(now.n) == thousands(then.n) || by == "0.0":
		return "about as many as " + preposition + since.words()
	case now.n > then.n:
		return by + " % more than " + preposition + since.words()
	}
	return by + " % fewer than " + preposition + since.words()
}

// when returns the day or the year of which a row speaks.
func (w *writer) when(r row) (string, error) {
	at := w.question.Basis.instant(r)
	if at.order == 0 {
		return "", errors.New("the row has no instant")
	}
	w.times = true
	return at.words(), nil
}

// words formats an amount, or returns the words for an unknown one.
func words(a amount, unknown string, format func(float64) string) string {
	if !a.known {
		return unknown
	}
	return format(a.n)
}

// thousands returns a number, rounded to a whole one unless that were zero, with its thousands separated.
func thousands(n float64) string {
	if rounded := math.Round(n); rounded != 0 {
		n = rounded
	}
	return quantity.Fixed(n, 0)
}

// count returns a number, rounded to a whole one, with the words that follow it: singular for 1, plural for any other number.
func count(a amount, one, many string) string {
	n := words(a, "an unknown number of", thousands)
	if n == "1" {
		return n + " " + one
	}
	return n + " " + many
}

// decimal returns a number with one decimal and its thousands separated.
func decimal(n float64) string { return quantity.Fixed(n, 1) }
