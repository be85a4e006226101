package analysis

import (
	"fmt"
	"slices"
	"time"

	"tidemark/datasets/table"
)

// maxPast is the number of earlier values that a key figure keeps.
const maxPast = 24

// pastOf returns the earlier values of a key figure: its template executed over the rows up to each of the newest times. Only
// the series that reach the newest time are used, because the figure of another collector is not an earlier state of this
// one. If time is a category (a year, or an hour as text), series are parts of a whole, and all are used.
func pastOf(q *Question, f Figure, result *table.Result) (past []FigurePoint, err error) {
	if q.Chart == nil {
		return nil, nil
	}
	x := slices.IndexFunc(result.Columns, func(c table.ResultColumn) bool { return c.Name == q.Chart.X })
	if x < 0 {
		return nil, fmt.Errorf("the answer lacks the column %s", q.Chart.X)
	}
	rows := result.Rows
	series := slices.IndexFunc(result.Columns, func(c table.ResultColumn) bool { return c.Name == q.Chart.Series })
	if t := result.Columns[x].Type; series >= 0 && (t == table.Date || t == table.Timestamp) {
		rows = rowsOfCurrentSeries(rows, x, series)
	}
	for _, t := range newestTimes(rows, x) {
		then := &table.Result{Columns: result.Columns}
		day := ""
		for _, row := range rows {
			if timeOrder(row[x]) <= t {
				then.Rows = append(then.Rows, row)
			}
			if timeOrder(row[x]) == t {
				day = timeText(row[x])
			}
		}
		value, err := fill(f.Value, then)
		if err != nil {
			return nil, err
		}
		if value != "" {
			past = append(past, FigurePoint{day, value})
		}
	}
	if now, err := fill(f.Value, result); err != nil || len(past) == 0 || past[len(past)-1].Value != now {
		return nil, err
	}
	return past, nil
}

// rowsOfCurrentSeries returns the rows of the series that have a row at the newest time. x and series are columns.
func rowsOfCurrentSeries(rows [][]any, x, series int) (kept [][]any) {
	newest := int64(0)
	for _, row := range rows {
		newest = max(newest, timeOrder(row[x]))
	}
	current := map[any]bool{}
	for _, row := range rows {
		if timeOrder(row[x]) == newest {
			current[row[series]] = true
		}
	}
	for _, row := range rows {
		if current[row[series]] {
			kept = append(kept, row)
		}
	}
	return kept
}

// newestTimes returns the newest distinct times of the column x in the order of timeOrder, at most maxPast.
func newestTimes(rows [][]any, x int) (times []int64) {
	for _, row := range rows {
		if t := timeOrder(row[x]); t > 0 {
			times = append(times, t)
		}
	}
	slices.Sort(times)
	times = slices.Compact(times)
	return times[max(0, len(times)-maxPast):]
}

// timeOrder returns a number that orders times, years, or texts that begin with an hour, and 0 for any other value.
func timeOrder(v any) int64 {
	switch v := v.(type) {
	case time.Time:
		return v.Unix()
	case int64:
		if v >= 1000 && v < 3000 {
			return v
		}
	case string:
		const hour = "2006-01-02 15:04"
		if t, err := time.Parse(hour, v[:min(len(v), len(hour))]); err == nil {
			return t.Unix()
		}
	}
	return 0
}

// timeText returns the day, or the year if the value is one.
func timeText(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.DateOnly)
	case string:
		return v[:len(time.DateOnly)]
	}
	return fmt.Sprint(v)
}
