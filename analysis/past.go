package analysis

import (
	"fmt"
	"slices"
	"time"

	"tidemark/datasets/table"
)

// pastLimit is how many times back a key figure is followed.
const pastLimit = 24

// pastOf is a key figure as it was: its template over the rows up to each of the newest times. Only the series that
// reach the newest time take part, as another collector's figure would be no earlier state of this one; where time is a
// category (a year, or the text of an hour), series are parts of a whole and all take part.
func pastOf(q *Question, f Figure, result *table.Result) (past []FigurePoint, err error) {
	if q.Chart == nil {
		return nil, nil
	}
	at := slices.IndexFunc(result.Columns, func(c table.ResultColumn) bool { return c.Name == q.Chart.X })
	if at < 0 {
		return nil, fmt.Errorf("the answer lacks the column %s", q.Chart.X)
	}
	c := result.Columns[at]
	overTime := c.Type == table.Date || c.Type == table.Timestamp
	by := slices.IndexFunc(result.Columns, func(c table.ResultColumn) bool { return c.Name == q.Chart.Series })
	order := func(row []any) int64 { return timeOrder(row[at]) }
	newest := int64(0)
	for _, row := range result.Rows {
		newest = max(newest, order(row))
	}
	reach := map[any]bool{}
	for _, row := range result.Rows {
		if by >= 0 && order(row) == newest {
			reach[row[by]] = true
		}
	}
	var rows [][]any
	for _, row := range result.Rows {
		if by < 0 || !overTime || reach[row[by]] {
			rows = append(rows, row)
		}
	}
	var times []int64
	for _, row := range rows {
		if t := order(row); t > 0 {
			times = append(times, t)
		}
	}
	slices.Sort(times)
	times = slices.Compact(times)
	for _, t := range times[max(0, len(times)-pastLimit):] {
		then := &table.Result{Columns: result.Columns}
		day := ""
		for _, row := range rows {
			if order(row) <= t {
				then.Rows = append(then.Rows, row)
			}
			if order(row) == t {
				day = timeText(row[at])
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

// timeOrder orders times, years, and texts that start with an hour; 0: it is none of them.
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

func timeText(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.DateOnly)
	case string:
		return v[:len(time.DateOnly)]
	}
	return fmt.Sprint(v)
}
