package report

import (
	"context"
	_ "embed"
	"fmt"
	"time"
)

var (
	//go:embed instability.sql
	instabilitySQL string
	//go:embed window.sql
	windowSQL string
	//go:embed busiest.sql
	busiestSQL string
	//go:embed days.sql
	daysSQL string
)

// windows are the periods, in days up to the newest of a year, over which updates are counted.
var windows = []int{7, 31}

// instabilityRows are the columns of instability.sql behind the first four, in its order.
var instabilityRows = []Row{
	{Label: "Announcements a day", Unit: "elements"},
	{Label: "Withdrawals a day", Unit: "elements"},
	{Label: "Announcements for each withdrawal", Unit: "elements", Digits: 2},
	{Label: "Unstable prefixes a day", Unit: "prefixes"},
	{Label: "Updates for each unstable prefix and day", Unit: "elements", Digits: 2},
	{Label: "Convergence events a day", Unit: "events"},
	{Label: "Updates for each event", Unit: "elements", Digits: 2},
	{Label: "Mean time of an event of several updates", Unit: "s", Digits: 1},
	{Label: "Events of one update", Unit: "%", Digits: 1},
	{Label: "AA+ longer path", Unit: "%", Digits: 1},
	{Label: "AA- shorter path", Unit: "%", Digits: 1},
	{Label: "AA0 other path of the same length", Unit: "%", Digits: 1},
	{Label: "AA* same path, other attributes", Unit: "%", Digits: 1},
	{Label: "AA nothing changed", Unit: "%", Digits: 1},
	{Label: "WA announced again", Unit: "%", Digits: 1},
	{Label: "AW withdrawn", Unit: "%", Digits: 1},
	{Label: "WW withdrawn again", Unit: "%", Digits: 1},
	{Label: "Updates of the busiest 50 prefixes", Unit: "%", Digits: 1},
	{Label: "Updates of the busiest 50 origins", Unit: "%", Digits: 1},
}

// readUpdated reads the newest day with updates of each year and family.
func (m *maker) readUpdated(ctx context.Context) error {
	for _, family := range families {
		m.updated[family] = map[int]time.Time{}
	}
	result, err := m.engine.Query(ctx, `SELECT CAST(family AS BIGINT), year(update_day), max(update_day) FROM prefix_updates
		WHERE update_day >= CAST(? AS DATE) AND update_day < CAST(? AS DATE) GROUP BY ALL ORDER BY ALL`, endOf(m.year-3), endOf(m.year))
	if err != nil {
		return err
	}
	for _, r := range result.Rows {
		m.updated[int(r[0].(int64))][int(r[1].(int64))] = r[2].(time.Time)
	}
	return nil
}

// window returns the arguments of window.sql for so many days up to the newest of a year, at the collector with the most days and updates
// in them; nil if there are none.
func (m *maker) window(ctx context.Context, family, year, days int) ([]any, error) {
	last := m.updated[family][year]
	if last.IsZero() {
		return nil, nil
	}
	before := last.AddDate(0, 0, -days)
	result, err := m.engine.Query(ctx, `SELECT collector FROM prefix_updates WHERE family = ? AND update_day > CAST(? AS DATE) AND update_day <= CAST(? AS DATE)
		GROUP BY collector ORDER BY count(DISTINCT update_day) DESC, sum(announcements + withdrawals) DESC, collector LIMIT 1`, family, before, last)
	if err != nil {
		return nil, err
	}
	return []any{family, before, last, result.Rows[0][0]}, nil
}

func needUpdates(year, family int) string {
	return fmt.Sprintf("needs update files of %d with IPv%d prefixes", year, family)
}

// instability returns the figures of updates of a family over so many days, up to the newest day of each year.
func (m *maker) instability(ctx context.Context, family, days int) (Years, error) {
	y := Years{Title: fmt.Sprintf("IPv%d, %d days", family, days), Years: m.years(), AsOf: make([]string, 3)}
	y.Rows = append(y.Rows, instabilityRows...)
	gap := ""
	for i, year := range y.Years {
		window, err := m.window(ctx, family, year, days)
		if err != nil {
			return y, err
		}
		if window == nil {
			continue
		}
		result, err := m.engine.Query(ctx, windowSQL+instabilitySQL, window...)
		if err != nil {
			return y, err
		}
		if len(result.Rows) == 0 {
			continue
		}
		r := result.Rows[0]
		y.AsOf[i] = r[1].(time.Time).Format(time.DateOnly)
		y.Basis += fmt.Sprintf("%d: %s, %s of %d; ", year, r[0], counted(r[2].(int64), "day"), days)
		gap = fmt.Sprintf("convergence events with a gap of %d s", r[3])
		for n := range y.Rows {
			y.Rows[n].Values[i] = number(r[4+n])
		}
	}
	if y.Basis += gap; y.Basis == "" {
		y.Basis = "No update files of these years"
	}
	for n := range y.Rows {
		if y.Rows[n].Values[2] == nil {
			y.Rows[n].Need = needUpdates(m.year, family)
			if y.AsOf[2] != "" {
				y.Rows[n].Need = "nothing to divide: no such element, or only first ones, on these days"
			}
		}
	}
	return y, nil
}

func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// busiest returns the prefixes or origins with the most updates in the longest window of the report's year, and says which has the most.
func (m *maker) busiest(ctx context.Context, family int, what string, s *Section) (l List, err error) {
	days := windows[len(windows)-1]
	l = List{Title: fmt.Sprintf("IPv%d: the busiest %s", family, map[string]string{"prefix": "prefixes", "origin": "origins"}[what])}
	l.Columns = []string{"Prefix", "Origin", "Updates", "Share", "Events"}
	if what == "origin" {
		l.Columns = []string{"Origin", "Unstable prefixes", "Updates", "Share", "Events"}
	}
	window, err := m.window(ctx, family, m.year, days)
	if window == nil {
		l.Need = needUpdates(m.year, family)
		return l, err
	}
	result, err := m.engine.Query(ctx, windowSQL+busiestSQL, append(window, what, maxMovers)...)
	if err != nil {
		return l, err
	}
	for _, r := range result.Rows {
		l.Basis = fmt.Sprintf("Updates at %s in the %d days to %s", r[0], days, r[1].(time.Time).Format(time.DateOnly))
		first, second := fmt.Sprint(r[2]), "not known"
		if origin := r[3].(int64); origin > 0 {
			second = fmt.Sprintf("AS%d", origin)
		}
		if what == "origin" {
			first, second = second, printed(*number(r[4]), 0)
		}
		if len(l.Rows) == 0 {
			s.Text += fmt.Sprintf("In the %d days to %s, the %s with the most IPv%d updates was %s, with %s.\n", days, r[1].(time.Time).Format(longDay), what, family, first, printed(*number(r[5]), 0))
		}
		l.Rows = append(l.Rows, []string{first, second, printed(*number(r[5]), 0), inPercent(r[6]), printed(*number(r[7]), 0)})
	}
	if len(l.Rows) == 0 {
		l.Need = needUpdates(m.year, family)
	}
	return l, nil
}

// days returns what the updates of each day in the longest window of the report's year were, draws the unstable prefixes, and says on
// which day there were the most.
func (m *maker) days(ctx context.Context, family int, s *Section) (l List, err error) {
	days := windows[len(windows)-1]
	l = List{Title: fmt.Sprintf("IPv%d: updates by day", family),
		Columns: []string{"Day", "Announcements", "Withdrawals", "Unstable prefixes", "Updates for each", "Events", "Updates for each event", "Mean time, s"}}
	window, err := m.window(ctx, family, m.year, days)
	if window == nil {
		l.Need = needUpdates(m.year, family)
		return l, err
	}
	result, err := m.engine.Query(ctx, windowSQL+daysSQL, window...)
	if err != nil {
		return l, err
	}
	var most []any
	for _, r := range result.Rows {
		if most == nil || *number(r[4]) > *number(most[4]) {
			most = r
		}
		day := r[1].(time.Time)
		l.Basis = fmt.Sprintf("Updates at %s in the %d days to %s", r[0], days, day.Format(time.DateOnly))
		l.Rows = append(l.Rows, []string{day.Format(time.DateOnly), cell(r[2], 0), cell(r[3], 0), cell(r[4], 0), cell(r[5], 2), cell(r[6], 0), cell(r[7], 2), cell(r[8], 1)})
		if s.Plot == nil {
			s.Plot = &Plot{Unit: "unstable prefixes", Log: true}
		}
		s.Plot.Points = append(s.Plot.Points, Point{Time: day, Series: fmt.Sprintf("IPv%d", family), Value: *number(r[4])})
	}
	if most == nil {
		l.Need = needUpdates(m.year, family)
		return l, nil
	}
	s.Text += fmt.Sprintf("Of the %d days to %s, %s had the most unstable IPv%d prefixes: %s.\n", days, window[2].(time.Time).Format(longDay), most[1].(time.Time).Format(longDay), family, printed(*number(most[4]), 0))
	return l, nil
}
