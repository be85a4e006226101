package report

import (
	"fmt"
	"slices"
	"time"
)

// The daily rate is taken from medians, so that a leak or a lost peer of a few days does not count as growth: of all tables within
// smoothing of a time, and between two such medians that are about a month apart.
const (
	smoothing = 7*24*time.Hour + 12*time.Hour
	rateLeast = 26 * 24 * time.Hour
	rateMost  = 33 * 24 * time.Hour
	minRates  = 6 // of a year
)

// smoothed returns each point with the median of the values about it.
func smoothed(points []Point) []Point {
	all := make([]Point, 0, len(points))
	first, behind := 0, 0
	for _, p := range points {
		for p.Time.Sub(points[first].Time) > smoothing {
			first++
		}
		for behind < len(points) && points[behind].Time.Sub(p.Time) <= smoothing {
			behind++
		}
		var values []float64
		for _, near := range points[first:behind] {
			values = append(values, near.Value)
		}
		all = append(all, Point{Time: p.Time, Value: median(values)})
	}
	return all
}

// median returns the median of values, of which there is one at least; it sorts them.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// dailyRates returns by how much a series grew a day, at the end of each month that begins at a point: the points are smoothed.
func dailyRates(points []Point) (rates []Point) {
	points = smoothed(points)
	next := 0
	for _, p := range points {
		for next < len(points) && points[next].Time.Sub(p.Time) < rateLeast {
			next++
		}
		if next == len(points) {
			break
		}
		if month := points[next].Time.Sub(p.Time); month <= rateMost {
			rates = append(rates, Point{Time: points[next].Time, Value: (points[next].Value - p.Value) / (month.Hours() / 24)})
		}
	}
	return rates
}

// smoothedGrowth returns the median, lowest and highest daily rate of each metric within each year.
func (m *maker) smoothedGrowth(family int) []Row {
	var rows []Row
	for _, s := range projected {
		row := Row{Label: s.label + " a day, smoothed", Unit: s.units[family], Digits: 1}
		if s.metric == "address_span" {
			row.Digits = 0
		}
		rates := dailyRates(m.points[m.series[family]][s.metric])
		for i, year := range m.years() {
			var of []float64
			for _, r := range rates {
				if r.Time.After(endOf(year-1)) && !r.Time.After(endOf(year).Add(maxFromEnd)) {
					of = append(of, r.Value)
				}
			}
			if len(of) >= minRates {
				row.Values[i], row.Low[i], row.High[i] = pointer(median(of)), pointer(slices.Min(of)), pointer(slices.Max(of))
			}
		}
		if row.Values[2] == nil {
			row.Need = fmt.Sprintf("needs %d pairs of tables of one collector a month apart within %d", minRates, m.year)
		}
		rows = append(rows, row)
	}
	return rows
}

// plotRates draws the daily rates of prefixes in the three years.
func (m *maker) plotRates(s *Section, family int) {
	for _, r := range dailyRates(m.points[m.series[family]]["prefixes"]) {
		if r.Time.After(endOf(m.year - 3)) {
			if s.Plot == nil {
				s.Plot = &Plot{Unit: "prefixes a day, smoothed"}
			}
			r.Series = fmt.Sprintf("IPv%d", family)
			s.Plot.Points = append(s.Plot.Points, r)
		}
	}
}
