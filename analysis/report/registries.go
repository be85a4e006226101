package report

import (
	"context"
	_ "embed"
	"fmt"
	"time"
)

//go:embed asns.sql
var asnsSQL string

// maxFileAge is the age up to which delegation files speak of the end of a year.
const maxFileAge = 31 * 24 * time.Hour

// registries returns what the registries have delegated at the end of each year, beside what is announced.
func (m *maker) registries(ctx context.Context, family int) (Years, error) {
	y := m.yearsTable(family, "")
	unit := "addresses"
	if family == 6 {
		unit = "/64s"
	}
	delegated, announced, share := Row{Label: "Space delegated", Unit: unit}, Row{Label: "Of that, announced", Unit: unit}, Row{Label: "Announced, of delegated", Unit: "%", Digits: 1}
	asns, visible := Row{Label: "AS numbers of 32 bits delegated", Unit: "ASes"}, Row{Label: "Seen as origins, against those", Unit: "%", Digits: 1}
	for i := range 3 {
		e := m.ends[family][i+1]
		if e.time.IsZero() {
			continue
		}
		use, err := m.engine.Query(ctx, `SELECT any_value(delegated) FILTER (WHERE registry = ''), any_value(announced) FILTER (WHERE registry = ''), count(*) FILTER (WHERE registry <> '')
			FROM address_use WHERE family = ? AND time = date_trunc('hour', CAST(? AS TIMESTAMP))`, family, e.time)
		if err != nil {
			return y, err
		}
		if r := use.Rows[0]; r[2].(int64) == 5 { // with fewer files, the space of a registry would be missing
			delegated.Values[i], announced.Values[i] = number(r[0]), number(r[1])
			if d := number(r[0]); d != nil && *d > 0 {
				share.Values[i] = pointer(100 * *number(r[1]) / *d)
			}
		}
		if family == 6 {
			continue
		}
		numbers, err := m.engine.Query(ctx, asnsSQL, e.time, e.time.Add(-maxFileAge))
		if err != nil {
			return y, err
		}
		if r := numbers.Rows[0]; r[1].(int64) == 5 {
			asns.Values[i] = number(r[0])
			if seen := known(e.values, "asns_32bit"); seen != nil && *asns.Values[i] > 0 {
				visible.Values[i] = pointer(100 * *seen / *asns.Values[i])
			}
		}
	}
	y.Rows = []Row{delegated, announced, share}
	if family == 4 {
		y.Rows = append(y.Rows, asns, visible)
	}
	for i := range y.Rows {
		if y.Rows[i].Values[2] == nil {
			if y.Rows[i].Need = m.need(family); y.Rows[i].Need == "" {
				y.Rows[i].Need = fmt.Sprintf("needs the delegation files of all five registries of about 1 January %d", m.year+1)
			}
		}
	}
	return y, nil
}
