package report

import (
	"context"
	_ "embed"
	"fmt"
)

var (
	//go:embed aggregation.sql
	aggregationSQL string
	//go:embed homing.sql
	homingSQL string
	//go:embed states.sql
	statesSQL string
	//go:embed regions.sql
	regionsSQL string
)

// derivedFigures are figures that a query names. It is asked for a family, collector and time, and returns name, value, and the lowest
// and highest of the full feeds where the value is their median.
type derivedFigures struct {
	sql, need string // need: what they need; %d is the year behind the report's
	figures   []derivedFigure
}

type derivedFigure struct {
	name, label, unit string
	digits            int
	grows             bool
	zero              bool // a table with other names of the query has none of this
	only              int  // family; 0: both
}

var aggregation = derivedFigures{aggregationSQL, "needs the routes of the table of about 1 January %d, and their aggregation by tidemark analyse", []derivedFigure{
	{name: "announced", label: "Pairs of prefix and origin", unit: "routes", grows: true},
	{name: "aggregated", label: "After maximum aggregation", unit: "routes", grows: true},
	{name: "saved", label: "Saved by it", unit: "%", digits: 1},
	{name: "factor", label: "Deaggregation factor of a full feed", unit: "times", digits: 2},
	{name: "top10", label: "More specifics of the 10 ASes with the most", unit: "%", digits: 1},
	{name: "top100", label: "More specifics of the 100 ASes with the most", unit: "%", digits: 1},
}}

var homing = derivedFigures{homingSQL, "needs dumps with paths of about 1 January %d, and the relations of their ASes by tidemark analyse", []derivedFigure{
	{name: "one", label: "Origin ASes with one provider", unit: "ASes", grows: true},
	{name: "two", label: "Origin ASes with two providers", unit: "ASes", grows: true},
	{name: "more", label: "Origin ASes with three providers and more", unit: "ASes", grows: true},
	{name: "multi", label: "Multihomed, of those with a provider", unit: "%", digits: 1},
	{name: "none", label: "Origin ASes without a known provider", unit: "ASes", grows: true},
	{name: "top", label: "Origin ASes at the top, which have none", unit: "ASes"},
}}

var states = derivedFigures{statesSQL, "needs the states of the routes of about 1 January %d: their dump, payloads and registry files of the day, and tidemark analyse", []derivedFigure{
	{name: "rov_state valid", label: "ROV-valid", unit: "routes", grows: true, zero: true},
	{name: "rov_state invalid-origin", label: "ROV-invalid by origin", unit: "routes", grows: true, zero: true},
	{name: "rov_state invalid-length", label: "ROV-invalid by length", unit: "routes", grows: true, zero: true},
	{name: "rov_state not-found", label: "Without a payload", unit: "routes", grows: true, zero: true},
	{name: "rov_state unknown", label: "ROV state unknown", unit: "routes", zero: true},
	{name: "bogon_class special-purpose", label: "Bogon: special-purpose space", unit: "routes", zero: true},
	{name: "bogon_class unallocated", label: "Bogon: space not allocated", unit: "routes", zero: true},
	{name: "bogon_class listed", label: "Bogon: on a list", unit: "routes", zero: true},
	{name: "bogon_class unallocated-asn", label: "Bogon: AS number not allocated", unit: "routes", zero: true},
	{name: "bogon_class reserved-asn", label: "Bogon: reserved AS number", unit: "routes", zero: true},
	{name: "bogon_class private-asn", label: "Bogon: private AS number", unit: "routes", zero: true},
	{name: "bogon_class documentation-asn", label: "Bogon: AS number for documentation", unit: "routes", zero: true},
	{name: "bogon_class path-asn", label: "Bogon: such a number in the path", unit: "routes", zero: true},
	{name: "bogon_class unknown", label: "Bogon or not: unknown", unit: "routes", zero: true},
}}

var regions = derivedFigures{regionsSQL, "needs the delegation files of all five registries and a dump of about 1 January %d", regionFigures()}

func regionFigures() (figures []derivedFigure) {
	for _, r := range append(registryNames[:len(registryNames):len(registryNames)], struct{ name, label string }{"unknown", "Not known"}) {
		figures = append(figures,
			derivedFigure{name: r.name + " prefixes", label: r.label + ": prefixes", unit: "prefixes", grows: true, zero: true},
			derivedFigure{name: r.name + " ases", label: r.label + ": origin ASes", unit: "ASes", grows: true, zero: true},
			derivedFigure{name: r.name + " span", label: r.label + ": space", unit: "addresses", grows: true, zero: true, only: 4},
			derivedFigure{name: r.name + " span", label: r.label + ": space", unit: "/64s", grows: true, zero: true, only: 6})
	}
	return figures
}

// derived returns the figures of a query for the ends of the years.
func (m *maker) derived(ctx context.Context, family int, of derivedFigures) (Years, error) {
	y := m.yearsTable(family, "")
	var found [4]map[string][3]*float64
	for i, e := range m.ends[family] {
		if e.time.IsZero() {
			continue
		}
		result, err := m.engine.Query(ctx, of.sql, family, m.series[family].collector, e.time)
		if err != nil {
			return y, err
		}
		found[i] = map[string][3]*float64{}
		for _, r := range result.Rows {
			if v := number(r[1]); v != nil {
				found[i][r[0].(string)] = [3]*float64{v, number(r[2]), number(r[3])}
			}
		}
	}
	for _, f := range of.figures {
		if f.only != 0 && f.only != family {
			continue
		}
		row := Row{Label: f.label, Unit: f.unit, Digits: f.digits}
		var values [4]*float64
		for i := range values {
			v, ok := found[i][f.name]
			switch {
			case ok:
				values[i] = v[0]
				if i > 0 {
					row.Low[i-1], row.High[i-1] = v[1], v[2]
				}
			case f.zero && len(found[i]) > 0:
				values[i] = pointer(0)
			}
		}
		row.setValues(values)
		if f.grows {
			y.Growth = true
			m.setGrowth(&row, values, family)
		}
		if row.Values[2] == nil {
			if row.Need = m.need(family); row.Need == "" {
				row.Need = fmt.Sprintf(of.need, m.year+1)
			}
		}
		y.Rows = append(y.Rows, row)
	}
	return y, nil
}

// fillDerived returns the function for a section of such figures, with a sentence and a chart of those of a unit.
func fillDerived(of derivedFigures, unit string, about saying) func(*maker, context.Context, *Section) error {
	return func(m *maker, ctx context.Context, s *Section) error {
		for _, family := range families {
			y, err := m.derived(ctx, family, of)
			if err != nil {
				return err
			}
			s.Years, s.Text = append(s.Years, y), s.Text+m.say(about, family, y)
		}
		plotRows(s, unit)
		return nil
	}
}
