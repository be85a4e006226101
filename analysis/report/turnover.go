package report

import (
	"context"
	_ "embed"
	"fmt"
	"time"
)

var (
	//go:embed turnover.sql
	turnoverSQL string
	//go:embed origins.sql
	originsSQL string
	//go:embed movers.sql
	moversSQL string
	//go:embed ages.sql
	agesSQL string
)

const needTwoDumps = "needs the routes of two tables of one collector a year apart, of about 1 January %d and %d"

// turnoverRows are what can become of a prefix within a year, as turnover.sql names it.
var turnoverRows = []struct{ what, label string }{
	{"unchanged", "unchanged"}, {"rehomed", "with another origin"}, {"removed", "removed"}, {"added", "added"},
}

// turnover returns what became of the prefixes and ASes of a family within each year.
func (m *maker) turnover(ctx context.Context, family int) (Years, error) {
	y := m.yearsTable(family, "")
	unit := "addresses"
	if family == 6 {
		unit = "/64s"
	}
	prefixes, spans := make([]Row, len(turnoverRows)), make([]Row, len(turnoverRows))
	ases := []Row{{Label: "ASes added", Unit: "ASes"}, {Label: "ASes removed", Unit: "ASes"}}
	single := Row{Label: "ASes with one prefix", Unit: "ASes"}
	for n, t := range turnoverRows {
		prefixes[n] = Row{Label: "Prefixes " + t.label, Unit: "prefixes"}
		spans[n] = Row{Label: "Space " + t.label, Unit: unit}
	}
	for i := range 3 {
		before, now := m.ends[family][i], m.ends[family][i+1]
		if now.time.IsZero() {
			continue
		}
		origins, err := m.engine.Query(ctx, originsSQL, family, before.time, now.time)
		if err != nil {
			return y, err
		}
		if r := origins.Rows[0]; r[3].(int64) > 0 {
			single.Values[i] = number(r[2])
		}
		if !comparable(before, now) || origins.Rows[0][3].(int64) == 0 || origins.Rows[0][4].(int64) == 0 {
			continue
		}
		ases[0].Values[i], ases[1].Values[i] = number(origins.Rows[0][0]), number(origins.Rows[0][1])
		result, err := m.engine.Query(ctx, turnoverSQL, family, before.time, now.time)
		if err != nil {
			return y, err
		}
		for n := range turnoverRows { // what the query does not name did not happen
			prefixes[n].Values[i], spans[n].Values[i] = pointer(0), pointer(0)
		}
		for _, r := range result.Rows {
			for n, t := range turnoverRows {
				if r[0] == t.what {
					prefixes[n].Values[i], spans[n].Values[i] = number(r[1]), number(r[2])
				}
			}
		}
	}
	y.Rows = append(append(append(append(y.Rows, prefixes...), spans...), ases...), single)
	for i := range y.Rows {
		if y.Rows[i].Values[2] == nil {
			y.Rows[i].Need = fmt.Sprintf(needTwoDumps, m.year, m.year+1)
		}
	}
	return y, nil
}

// number returns a number of a result; nil for null.
func number(v any) *float64 {
	switch v := v.(type) {
	case int64:
		return pointer(float64(v))
	case float64:
		return &v
	}
	return nil
}

// ages returns of how many years the prefixes of the year's last table are.
func (m *maker) ages(ctx context.Context, family int) (List, error) {
	l := List{Title: fmt.Sprintf("Age of IPv%d prefixes at the end of %d", family, m.year), Columns: []string{"In the tables of", "Prefixes", "Share"}}
	ends := m.ends[family]
	if ends[3].time.IsZero() || ends[2].time.IsZero() {
		l.Need = fmt.Sprintf(needTwoDumps, m.year, m.year+1)
		return l, nil
	}
	result, err := m.engine.Query(ctx, agesSQL, family, ends[3].time, ends[2].time, ends[1].time, ends[0].time)
	if err != nil {
		return l, err
	}
	l.Basis = fmt.Sprintf("Tables of %s", m.series[family])
	total := 0.0
	for _, r := range result.Rows {
		total += *number(r[1])
	}
	for _, r := range result.Rows {
		years := int(r[0].(int64))
		what := fmt.Sprintf("%d only", m.year)
		if years > 0 {
			what = fmt.Sprintf("%d to %d, all", m.year-years, m.year)
		}
		l.Rows = append(l.Rows, []string{what, printed(*number(r[1]), 0), printed(100**number(r[1])/total, 1) + " %"})
	}
	if len(l.Rows) == 0 {
		l.Need = fmt.Sprintf(needTwoDumps, m.year, m.year+1)
	}
	return l, nil
}

// maxMovers is how many ASes each list of gainers and losers has.
const maxMovers = 10

// movers returns the ASes that gained and lost the most prefixes between two tables.
func (m *maker) movers(ctx context.Context, family int, span string, before, now time.Time, need string) (l List, err error) {
	l = List{Title: fmt.Sprintf("IPv%d: ASes that gained and lost the most prefixes in %s", family, span), Columns: []string{"AS", "Name", "Before", "After", "Change"}}
	if before.IsZero() || now.IsZero() {
		l.Need = need
		return l, nil
	}
	result, err := m.engine.Query(ctx, moversSQL, family, before, now, maxMovers)
	if err != nil {
		return l, err
	}
	l.Basis = fmt.Sprintf("Tables of %s of %s and %s", m.series[family], before.Format(time.DateOnly), now.Format(time.DateOnly))
	for _, r := range result.Rows {
		name, _ := r[1].(string)
		l.Rows = append(l.Rows, []string{fmt.Sprintf("AS%d", r[0]), name, printed(*number(r[2]), 0), printed(*number(r[3]), 0), signed(*number(r[4]), 0)})
	}
	if len(l.Rows) == 0 {
		l.Need = "no AS had more or fewer prefixes, or the routes of one of the two tables are not at hand"
	}
	return l, nil
}

// lastWeek returns the times of the last table of the report's year and of the one seven days before.
func (m *maker) lastWeek(family int) (before, now time.Time) {
	points := m.points[m.series[family]]["prefixes"]
	if len(points) == 0 {
		return before, now
	}
	now = m.ends[family][3].time
	for _, p := range points {
		if d := now.Sub(p.Time); d >= 6*24*time.Hour+12*time.Hour && d <= 7*24*time.Hour+12*time.Hour {
			before = p.Time
		}
	}
	return before, now
}
