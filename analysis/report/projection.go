package report

import (
	"fmt"
	"math"
	"time"
)

// projected are the metrics that are continued, with their unit by family.
var projected = []struct {
	metric, label string
	units         map[int]string
}{
	{"prefixes", "Prefixes", map[int]string{4: "prefixes", 6: "prefixes"}},
	{"origin_ases", "Origin ASes", map[int]string{4: "ASes", 6: "ASes"}},
	{"address_span", "Address span", map[int]string{4: "addresses", 6: "/64s"}},
}

// minFit is the number of tables that a model needs, and fitYears from how many years at most they are.
const (
	minFit   = 5
	fitYears = 5
)

// model is a parabola over years since an origin, c0 + c1 t + c2 t², or an exponential of one.
type model struct {
	origin      time.Time
	c           [3]float64
	exponential bool
}

func (m model) at(t time.Time) float64 {
	x := yearsBetween(m.origin, t)
	y := m.c[0] + x*(m.c[1]+x*m.c[2])
	if m.exponential {
		return math.Exp(y)
	}
	return y
}

// models are the curves that continue a series, in the order of the report.
var models = []struct {
	name string
	fit  func([]Point) (model, bool)
}{
	{"line", func(points []Point) (model, bool) { return fit(points, 1) }},
	{"parabola", func(points []Point) (model, bool) { return fit(points, 2) }},
	{"exponential", fitExponential},
}

// fitExponential returns the exponential whose logarithm has the least squares; false if a value has none.
func fitExponential(points []Point) (m model, ok bool) {
	logarithms := make([]Point, len(points))
	for i, p := range points {
		if p.Value <= 0 {
			return m, false
		}
		logarithms[i] = Point{Time: p.Time, Value: math.Log(p.Value)}
	}
	m, ok = fit(logarithms, 1)
	m.exponential = true
	return m, ok
}

func yearsBetween(from, to time.Time) float64 { return to.Sub(from).Hours() / (24 * 365.2425) }

// fit returns the line (degree 1) or parabola (degree 2) with the least squares; false if the points do not determine one.
func fit(points []Point, degree int) (m model, ok bool) {
	if len(points) < minFit {
		return m, false
	}
	m.origin = points[len(points)-1].Time // near the values that matter, so that the sums stay small
	scale := points[len(points)-1].Value
	if scale == 0 {
		return m, false
	}
	n := degree + 1
	var a [3][4]float64 // normal equations
	for _, p := range points {
		x := yearsBetween(m.origin, p.Time)
		powers := [3]float64{1, x, x * x}
		for i := range n {
			for j := range n {
				a[i][j] += powers[i] * powers[j]
			}
			a[i][3] += powers[i] * p.Value / scale
		}
	}
	for i := range n { // Gauss-Jordan; the matrix is symmetric and positive unless the points are too few
		if a[i][i] < 1e-9 {
			return m, false
		}
		for j := range n {
			if j == i {
				continue
			}
			f := a[j][i] / a[i][i]
			for k := range 4 {
				a[j][k] -= f * a[i][k]
			}
		}
	}
	for i := range n {
		m.c[i] = scale * a[i][3] / a[i][i]
	}
	return m, true
}

// within returns the points of the years before a time.
func within(points []Point, until time.Time, years int) (found []Point) {
	for _, p := range points {
		if since := until.AddDate(-years, 0, 0).Add(-maxFromEnd); p.Time.After(since) && !p.Time.After(until) {
			found = append(found, p)
		}
	}
	return found
}

// projections returns what the next five years bring if each series goes on as in the last five, and how wrong the same model
// was about the year that has ended.
func (m *maker) projections(family int) List {
	l := List{Title: fmt.Sprintf("IPv%d, continued from the %d years to the end of %d", family, fitYears, m.year), Columns: []string{"Of", "Model", "Fit error"}}
	for n := 1; n <= 5; n++ {
		l.Columns = append(l.Columns, fmt.Sprintf("1 Jan %d", m.year+1+n))
	}
	l.Columns = append(l.Columns, fmt.Sprintf("Error about %d", m.year))
	last := m.ends[family][3].time
	if last.IsZero() {
		l.Need = m.need(family)
		return l
	}
	l.Basis = fmt.Sprintf("Tables of %s", m.series[family])
	for _, s := range projected {
		points := within(m.points[m.series[family]][s.metric], last, fitYears)
		label := s.label
		if unit := s.units[family]; s.metric == "address_span" {
			label += ", " + unit
		}
		for _, curve := range models {
			f, ok := curve.fit(points)
			if !ok {
				continue
			}
			row := []string{label, curve.name, printed(100*fitError(f, points), 2) + " %"}
			for n := 1; n <= 5; n++ {
				row = append(row, printed(math.Max(0, math.Round(f.at(endOf(m.year+n)))), 0))
			}
			missed := "not known"
			if then := m.ends[family][2].time; comparable(m.ends[family][2], m.ends[family][3]) {
				earlier := within(m.points[m.series[family]][s.metric], then, fitYears)
				if g, ok := curve.fit(earlier); ok {
					actual := points[len(points)-1].Value
					missed = signed(100*(g.at(last)/actual-1), 1) + " %"
				}
			}
			l.Rows = append(l.Rows, append(row, missed))
		}
	}
	if len(l.Rows) == 0 {
		l.Need = fmt.Sprintf("needs %d tables of %s or more in the %d years to the end of %d", minFit, m.series[family], fitYears, m.year)
	}
	return l
}

// fitError is the root mean square difference of a model from its points, divided by their mean.
func fitError(f model, points []Point) float64 {
	squares, sum := 0.0, 0.0
	for _, p := range points {
		d := p.Value - f.at(p.Time)
		squares += d * d
		sum += p.Value
	}
	n := float64(len(points))
	return math.Sqrt(squares/n) / (sum / n)
}

// dailyGrowth returns by how much each series grew a day within each year.
func (m *maker) dailyGrowth(family int) Years {
	y := m.yearsTable(family, "")
	for _, s := range projected {
		row := Row{Label: s.label + " a day", Unit: s.units[family], Digits: 1}
		if s.metric == "address_span" {
			row.Digits = 0
		}
		for i := range 3 {
			before, now := m.ends[family][i], m.ends[family][i+1]
			a, b := known(before.values, s.metric), known(now.values, s.metric)
			if a != nil && b != nil && comparable(before, now) {
				row.Values[i] = pointer((*b - *a) / (now.time.Sub(before.time).Hours() / 24))
			}
		}
		if row.Values[2] == nil {
			row.Need = fmt.Sprintf("needs two tables of one collector a year apart, of about 1 January %d and %d", m.year, m.year+1)
		}
		y.Rows = append(y.Rows, row)
	}
	return y
}
