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
	"tidemark/internal/quantity"
)

// row is a row of an answer by column name.
type row map[string]any

// functions are the functions of prose templates.
var functions = template.FuncMap{
	"where": where,
	"first": func(rows []row) (row, error) { return pick(rows, 0) },
	"last":  func(rows []row) (row, error) { return pick(rows, len(rows)-1) },
	"sum":   sum,
	"distinct": func(column string, rows []row) int {
		values := map[any]bool{}
		for _, r := range rows {
			values[r[column]] = true
		}
		return len(values)
	},
	"each": func(values ...string) []string { return values },
	// The next three find the row with the newest or oldest time, or the largest value, in a column; of equal rows the first.
	"newest": func(column string, rows []row) row {
		return best(rows, func(a, b row) bool { return a[column].(time.Time).After(b[column].(time.Time)) })
	},
	"oldest": func(column string, rows []row) row {
		return best(rows, func(a, b row) bool { return a[column].(time.Time).Before(b[column].(time.Time)) })
	},
	"largest": func(column string, rows []row) row {
		return best(rows, func(a, b row) bool { return number(a[column]) > number(b[column]) })
	},
	"num":   thousands,
	"count": count,
	"dec":   decimal,
	"pct":   percent,
	"share": func(a, b any) float64 { return number(a) / number(b) },
	"add":   func(a, b any) float64 { return number(a) + number(b) },
	"sub":   func(a, b any) float64 { return number(a) - number(b) },
	"day":   func(t time.Time) string { return t.Format("2 January 2006") },
	"hour":  func(t time.Time) string { return t.Format("2 January 2006 at 15:04 UTC") },
}

// fill executes a template over the rows of a result. Line breaks and spaces are folded, so that a template may be indented.
func fill(text string, result *table.Result) (string, error) {
	t, err := template.New("").Funcs(functions).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, rowsOf(result)); err != nil {
		return "", err
	}
	return strings.Join(strings.Fields(b.String()), " "), nil
}

func rowsOf(result *table.Result) []row {
	rows := make([]row, len(result.Rows))
	for i, values := range result.Rows {
		rows[i] = row{}
		for j, c := range result.Columns {
			rows[i][c.Name] = values[j]
		}
	}
	return rows
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
	for _, r := range rows {
		if fmt.Sprint(r[column]) == fmt.Sprint(value) {
			found = append(found, r)
		}
	}
	return found
}

func pick(rows []row, i int) (row, error) {
	if i < 0 || i >= len(rows) {
		return nil, errors.New("the answer has no such row")
	}
	return rows[i], nil
}

// best returns the first row than which no other is better. There must be a row.
func best(rows []row, better func(a, b row) bool) row {
	b := rows[0]
	for _, r := range rows[1:] {
		if better(r, b) {
			b = r
		}
	}
	return b
}

func sum(column string, rows []row) (total float64) {
	for _, r := range rows {
		total += number(r[column])
	}
	return total
}

func number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case int:
		return float64(v)
	case float64:
		return v
	}
	return math.NaN()
}

// thousands returns a number, rounded to a whole one, with its thousands separated.
func thousands(v any) (string, error) {
	n := number(v)
	if math.IsNaN(n) {
		return "", fmt.Errorf("%v is not a number", v)
	}
	return quantity.Group(strconv.FormatFloat(math.Round(n), 'f', 0, 64)), nil
}

// count returns a number, rounded to a whole one, with the words that follow it: singular for 1, plural for any other number.
func count(v any, singular, plural string) (string, error) {
	n, err := thousands(v)
	if err != nil {
		return "", err
	}
	if n == "1" {
		return n + " " + singular, nil
	}
	return n + " " + plural, nil
}

// decimal returns a number with one decimal, or words for an unknown one.
func decimal(v any) string {
	n := number(v)
	if math.IsNaN(n) {
		return "an unknown number of"
	}
	return strconv.FormatFloat(n, 'f', 1, 64)
}

// percent returns a share in percent with one decimal.
func percent(v any) (string, error) {
	n := number(v)
	if math.IsNaN(n) {
		return "", fmt.Errorf("%v is not a share", v)
	}
	return strconv.FormatFloat(100*n, 'f', 1, 64) + " %", nil
}
