package report

import (
	"math"
	"testing"
	"time"
)

// TestFit continues points of a known line and parabola.
func TestFit(t *testing.T) {
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, curve := range []func(x float64) float64{
		func(x float64) float64 { return 500_000 + 40_000*x },
		func(x float64) float64 { return 500_000 + 40_000*x - 3_000*x*x },
	} {
		var points []Point
		for day := 0; day < 5*365; day += 30 {
			at := start.AddDate(0, 0, day)
			points = append(points, Point{Time: at, Value: curve(yearsBetween(start, at))})
		}
		m, ok := fit(points, 2)
		later := start.AddDate(9, 0, 0)
		if want := curve(yearsBetween(start, later)); !ok || math.Abs(m.at(later)/want-1) > 1e-6 || fitError(m, points) > 1e-9 {
			t.Errorf("%v, %v, want %v", m.at(later), ok, want)
		}
		if _, ok := fit(points[:minFit-1], 1); ok {
			t.Error("too few points are continued")
		}
	}
}

func TestEndPoint(t *testing.T) {
	at := func(year, month, day int) Point {
		return Point{Time: time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)}
	}
	points := []Point{at(2014, 5, 30), at(2015, 1, 3), at(2015, 1, 8), at(2015, 6, 1), at(2015, 12, 30), at(2016, 1, 5)}
	for year, want := range map[int]string{2013: "", 2014: "2015-01-03", 2015: "2015-12-30", 2016: ""} {
		got := ""
		if p := endPoint(points, year); p != nil {
			got = p.Time.Format(time.DateOnly)
		}
		if got != want {
			t.Errorf("the table that ends %d is of %q, want %q", year, got, want)
		}
	}
}

func TestPrintedSigns(t *testing.T) {
	for v, want := range map[float64]string{0.04: "+0.040", -0.04: "−0.040", 1234.56: "+1,234.6", -2: "−2.0"} {
		if got := signed(v, 1); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
	if got := escaped("<b>|_a_"); got != `&lt;b&gt;\|\_a\_` {
		t.Errorf("%q", got)
	}
}
