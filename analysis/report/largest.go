package report

import (
	"context"
	_ "embed"
	"fmt"
	"time"
)

var (
	//go:embed specifics.sql
	specificsSQL string
	//go:embed spans.sql
	spansSQL string
	//go:embed neighbours.sql
	neighboursSQL string
	//go:embed countries.sql
	countriesSQL string
)

// maxLargest is how many rows each list of the largest has.
const maxLargest = 10

// largest returns a list of rows of the family's last table.
func (m *maker) largest(ctx context.Context, family int, title, need, query string, columns []string, cells func(r []any) []string) (List, error) {
	l := List{Title: fmt.Sprintf("IPv%d: %s at the end of %d", family, title, m.year), Columns: columns}
	before, now := m.ends[family][2], m.ends[family][3]
	if l.Need = m.need(family); l.Need != "" {
		return l, nil
	}
	args := []any{family, m.series[family].collector, now.time, maxLargest}
	if query == specificsSQL || query == countriesSQL { // these compare with the year before
		if !comparable(before, now) {
			before.time = time.Time{}
		}
		args = []any{family, m.series[family].collector, before.time, now.time, maxLargest}
	}
	result, err := m.engine.Query(ctx, query, args...)
	if err != nil {
		return l, err
	}
	l.Basis = fmt.Sprintf("Table of %s of %s", m.series[family], now.time.Format(time.DateOnly))
	if query != specificsSQL {
		l.Basis = fmt.Sprintf("All tables of the hour of %s", now.time.Format("2006-01-02 15:04"))
	}
	for _, r := range result.Rows {
		l.Rows = append(l.Rows, cells(r))
	}
	if len(l.Rows) == 0 {
		l.Need = fmt.Sprintf(need, m.year+1)
	}
	return l, nil
}

// network returns the cells of an AS and its name.
func network(r []any) []string {
	name, _ := r[1].(string)
	return []string{fmt.Sprintf("AS%d", r[0]), name}
}

// cell returns an amount as it is printed; a dash if it is unknown.
func cell(v any, digits int) string {
	if n := number(v); n != nil {
		return printed(*n, digits)
	}
	return "–"
}

// inPercent returns a share as it is printed, a dash where it is unknown.
func inPercent(v any) string {
	if number(v) == nil {
		return "–"
	}
	return cell(v, 1) + " %"
}

func fillAggregation(m *maker, ctx context.Context, s *Section) error {
	if err := fillDerived(aggregation, "routes", saying{"Saved by it", "On {day}, maximum aggregation would have saved {value} % of the {family} table of {table}."})(m, ctx, s); err != nil {
		return err
	}
	for _, family := range families {
		l, err := m.largest(ctx, family, "ASes with the most more specifics", "the table has no more specific prefix, or its routes of about 1 January %d are not at hand", specificsSQL,
			[]string{"AS", "Name", "Prefixes", "More specifics", "Of all", "A year before", "After aggregation"}, func(r []any) []string {
				return append(network(r), cell(r[2], 0), cell(r[3], 0), inPercent(r[4]), cell(r[6], 0), cell(r[5], 0))
			})
		if err != nil {
			return err
		}
		s.Lists = append(s.Lists, l)
	}
	return nil
}

func fillHoming(m *maker, ctx context.Context, s *Section) error {
	if err := fillDerived(homing, "ASes", saying{"Multihomed, of those with a provider", "On {day}, {value} % of the {family} origin ASes with a known provider had several."})(m, ctx, s); err != nil {
		return err
	}
	for _, family := range families {
		l, err := m.largest(ctx, family, "ASes with the most neighbours", homing.need, neighboursSQL,
			[]string{"AS", "Name", "Neighbours", "Customers", "Peers", "Providers", "Not known", "Customer cone"}, func(r []any) []string {
				return append(network(r), cell(r[2], 0), cell(r[3], 0), cell(r[4], 0), cell(r[5], 0), cell(r[6], 0), cell(r[7], 0))
			})
		if err != nil {
			return err
		}
		s.Lists = append(s.Lists, l)
	}
	return nil
}

func fillRegions(m *maker, ctx context.Context, s *Section) error {
	if err := fillDerived(regions, "ASes", saying{"RIPE NCC: prefixes", "On {day}, ASes registered with the RIPE NCC originated {value} {family} prefixes."})(m, ctx, s); err != nil {
		return err
	}
	for _, family := range families {
		countries, err := m.largest(ctx, family, "countries with the most prefixes", regions.need, countriesSQL,
			[]string{"Code", "Prefixes", "Origin ASes", "Prefixes a year before"}, func(r []any) []string {
				return []string{fmt.Sprint(r[0]), cell(r[1], 0), cell(r[2], 0), cell(r[3], 0)}
			})
		if err != nil {
			return err
		}
		spans, err := m.largest(ctx, family, "ASes with the most space", regions.need, spansSQL,
			[]string{"AS", "Name", "Country", "Registry", "Prefixes", map[int]string{4: "Addresses", 6: "/64s"}[family]}, func(r []any) []string {
				return append(network(r), fmt.Sprint(r[2]), registryLabel(fmt.Sprint(r[3])), cell(r[4], 0), cell(r[5], 0))
			})
		if err != nil {
			return err
		}
		s.Lists = append(s.Lists, countries, spans)
	}
	return nil
}
