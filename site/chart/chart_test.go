package chart

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/analysis"
	"tidemark/datasets/table"
)

// answerOf returns an answer with a chart of that kind over the columns x, by and y.
func answerOf(kind string, x table.Type, rows [][]any) *analysis.Answer {
	return &analysis.Answer{
		Question: &analysis.Question{Slug: "q", Title: "Why?", Chart: &analysis.Chart{Kind: kind, X: "x", Y: "y", Series: "by", YName: "Things"}},
		Result: &table.Result{Rows: rows, Columns: []table.ResultColumn{
			{Name: "x", Type: x}, {Name: "by"}, {Name: "y", Type: table.Float64}}},
	}
}

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func plotted(t *testing.T, a *analysis.Answer) *plot {
	t.Helper()
	p, err := plotOf(a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlotKeepsGaps(t *testing.T) {
	p := plotted(t, answerOf("line", table.Date, [][]any{{date(2002, 1, 1), "a", 2.0}, {date(2000, 1, 1), "a", 1.0}, {date(2001, 1, 1), "a", nil}, {nil, "a", 9.0}}))
	values := fmt.Sprint(len(p.series[0].points), p.series[0].points[1].y == nil, *p.series[0].points[2].y)
	if values != "3 true 2" {
		t.Errorf("points in the order of time with the gap: %s", values)
	}
	if p := plotted(t, answerOf("line", table.Date, [][]any{{date(2002, 1, 1), "a", nil}})); p != nil {
		t.Error("a chart without a value is drawn")
	}
	stacked := plotted(t, answerOf("stacked", table.Int64, [][]any{{int64(1), "a", 1.0}, {int64(2), "b", 2.0}, {nil, "a", 9.0}}))
	if got := fmt.Sprint(stacked.values(stacked.series[0]), stacked.values(stacked.series[1])); got != "[1 -] [- 2]" {
		t.Errorf("categories that a series lacks: %s", got)
	}
	over := plotted(t, answerOf("stacked", table.Date, [][]any{{date(2002, 1, 1), "a", 1.0}, {date(2001, 1, 1), "b", 2.0}, {date(2002, 1, 1), "b", 3.0}}))
	for i, want := range []string{"2001 true 2002 false", "2001 false 2002 false"} {
		got := []string{}
		for _, n := range over.series[i].points {
			got = append(got, fmt.Sprint(time.UnixMilli(n.time).UTC().Year(), n.y == nil))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("times that a series of bars lacks: %s", got)
		}
	}
}

func TestPlotIsBounded(t *testing.T) {
	var points, bars, many [][]any
	for i := range 40_000 {
		points = append(points, []any{date(2000, 1, 1).Add(time.Duration(i) * time.Hour), strconv.Itoa(i % 4), float64(i)})
	}
	for i := range 100 {
		bars = append(bars, []any{fmt.Sprintf("category %d", i), "a", float64(i)})
		many = append(many, []any{date(2000, 1, 1), fmt.Sprint(i), float64(i)}, []any{date(2001, 1, 1), fmt.Sprint(i), float64(i + 1)})
	}
	for name, test := range map[string]struct {
		a    *analysis.Answer
		max  int
		note string
	}{
		"line":       {answerOf("line", table.Timestamp, points), maxPoints, "of 40,000 points"},
		"bars":       {answerOf("bar", table.Timestamp, points), maxPoints, "newest 1,250 of 40,000 bars"},
		"categories": {answerOf("bar", table.String, bars), maxRanks, "first 15 of 100 categories"},
		"series":     {answerOf("line", table.Date, many), 2 * maxPanels, "9 of 100 series"},
	} {
		p := plotted(t, test.a)
		n := 0
		for _, s := range p.series {
			n += len(s.points)
		}
		if n > test.max {
			t.Errorf("%s: %d points, want at most %d", name, n, test.max)
		}
		if n < test.max/4 {
			t.Errorf("%s: only %d points of at most %d", name, n, test.max)
		}
		if notes := strings.Join(p.notes, " "); !strings.Contains(notes, test.note) {
			t.Errorf("%s: notes %q, want %q", name, notes, test.note)
		}
	}
	twice := plotted(t, answerOf("bar", table.Int64, [][]any{{int64(1), "a", 1.0}, {int64(1), "a", 2.0}}))
	if len(twice.notes) != 1 {
		t.Errorf("two rows for one bar: notes %q", twice.notes)
	}
	if y := *twice.series[0].points[0].y; y != 1 {
		t.Errorf("two rows for one bar: it shows %g, want the first", y)
	}
	a := answerOf("line", table.Date, [][]any{{date(2000, 1, 1), "a", 0.0}, {date(2001, 1, 1), "a", 5.0}})
	a.Question.Chart.Log = true
	p := plotted(t, a)
	if p.static().series[0].points[0].y != nil {
		t.Error("zero on a logarithmic axis: the drawing has a point for it")
	}
	if *p.series[0].points[0].y != 0 {
		t.Error("zero on a logarithmic axis: the script has lost it")
	}
	if len(p.notes) != 1 {
		t.Errorf("zero on a logarithmic axis: notes %q", p.notes)
	}
}

// TestThin: the extremes, the ends, the order and at least one gap survive.
func TestThin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		points := make([]point, 10+random.IntN(3000))
		lowest, highest, gaps := math.Inf(1), math.Inf(-1), 0
		for i := range points {
			points[i].time = int64(i)
			if random.IntN(50) == 0 {
				gaps++
				continue
			}
			y := random.NormFloat64()
			points[i].y = &y
			lowest, highest = min(lowest, y), max(highest, y)
		}
		limit := 8 + random.IntN(1000)
		kept := thin(points, limit)
		low, high, left := math.Inf(1), math.Inf(-1), 0
		for i, at := range kept {
			if i > 0 && at.time <= kept[i-1].time {
				t.Fatal("out of order")
			}
			if at.y == nil {
				left++
				continue
			}
			low, high = min(low, *at.y), max(high, *at.y)
		}
		if len(kept) > limit {
			t.Fatalf("%d of %d points kept, limit %d", len(kept), len(points), limit)
		}
		if low != lowest {
			t.Fatalf("lowest value %g, was %g", low, lowest)
		}
		if high != highest {
			t.Fatalf("highest value %g, was %g", high, highest)
		}
		if kept[0] != points[0] {
			t.Fatal("the first point is lost")
		}
		if kept[len(kept)-1] != points[len(points)-1] {
			t.Fatal("the last point is lost")
		}
		if left == 0 && gaps > 0 {
			t.Fatalf("all %d gaps are lost", gaps)
		}
	}
}

func TestCheckSVG(t *testing.T) {
	for svg, want := range map[string]string{
		`<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/><text style="font:1px">a &lt; b</text></svg>`: "",
		`<svg><script>alert(1)</script></svg>`:     "the element script",
		`<svg><path onload="alert(1)"/></svg>`:     "element path of the SVG has the attribute onload",
		`<svg><a href="https://x.example"/></svg>`: "the element a",
		`<svg><text>` + "\x01" + `</text></svg>`:   "not well-formed",
		`<svg><text></svg>`:                        "not well-formed",
	} {
		err := checkSVG(svg)
		if want == "" && err != nil {
			t.Errorf("%s: %v", svg, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", svg, err, want)
		}
	}
}

// TestTheme: the colours of charts are tokens of the style sheet, whose contrasts a test of the site computes.
func TestTheme(t *testing.T) {
	css, err := os.ReadFile("../assets/site.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(css), 2)
	for i, look := range []theme{light, dark} {
		tokens := map[string]string{"ink": look.ink, "muted": look.muted, "rule": look.rule, "ground": look.ground}
		for n, colour := range look.series {
			tokens[fmt.Sprint("c", n)] = colour
		}
		for name, colour := range tokens {
			if !strings.Contains(blocks[i][1], fmt.Sprintf("--%s: %s;", name, colour)) {
				t.Errorf("the style sheet has another colour for %s than %s", name, colour)
			}
		}
	}
}

// TestSpreadAndBreaks: the band of a series is its low values and the differences to its high ones, with gaps where the
// spread is unknown; breaks at one time share a line.
func TestSpreadAndBreaks(t *testing.T) {
	a := answerOf("line", table.Date, [][]any{
		{date(2000, 1, 1), "a", 2.0, 1.0, 4.0, ""}, {date(2001, 1, 1), "a", 3.0, nil, nil, "source: <x>"}, {date(2002, 1, 1), "a", 5.0, 4.0, 6.0, ""},
		{date(2001, 1, 1), "b", 3.0, nil, nil, "peers came"}, {date(2002, 1, 1), "b", 3.0, nil, nil, ""},
	})
	a.Result.Columns = append(a.Result.Columns, table.ResultColumn{Name: "low", Type: table.Float64}, table.ResultColumn{Name: "high", Type: table.Float64}, table.ResultColumn{Name: "broken"})
	q := *a.Question
	q.Chart = &analysis.Chart{Kind: "line", X: "x", Y: "y", Series: "by", YName: "Things", Low: "low", High: "high", Break: "broken", Log: true}
	a.Question = &q
	p := plotted(t, a)
	bands := p.bands(light)
	if len(bands) != 2 { // b has none
		t.Fatalf("%d parts of bands", len(bands))
	}
	for i, want := range []string{"[[946684800000,1],[978307200000,null],[1009843200000,4]]", "[[946684800000,3],[978307200000,null],[1009843200000,2]]"} {
		if got := fmt.Sprintf("%s", bands[i].(map[string]any)["data"]); got != want {
			t.Errorf("part %d of the band: %s, want %s", i, got, want)
		}
	}
	marks := p.marks(light)
	lines := marks[0].(map[string]any)["markLine"].(map[string]any)["data"].([]any)
	if len(lines) != 1 {
		t.Fatalf("two breaks at one time have %d lines", len(lines))
	}
	if name := lines[0].(map[string]any)["name"]; name != "source: <x>; peers came" {
		t.Errorf("the line of two breaks is called %q", name)
	}
	if len(p.breaks) != 2 {
		t.Fatalf("%d breaks, want 2", len(p.breaks))
	}
	if day := p.breaks[0].Day(); day != "2001-01-01" {
		t.Errorf("the first break is on %s", day)
	}
	if text := p.describe(); !strings.Contains(text, "Breaks in the series are marked: 2") {
		t.Errorf("the description does not mention the breaks: %s", text)
	}
	q.Chart.Break = "nowhere"
	if _, err := plotOf(a); err == nil {
		t.Error("a column of breaks that the answer lacks was accepted")
	}
	var many [][]any
	for i := range 100 {
		many = append(many, []any{date(2000, 1, 1+i), "a", 2.0, 1.0, 4.0, fmt.Sprint("break ", i)})
	}
	q.Chart.Break, a.Result.Rows = "broken", many
	p = plotted(t, a)
	if lines := p.marks(light)[0].(map[string]any)["markLine"].(map[string]any)["data"].([]any); len(lines) != maxBreaks {
		t.Errorf("%d breaks are marked, want %d", len(lines), maxBreaks)
	}
	if len(p.breaks) != 100 {
		t.Errorf("%d breaks are listed, want 100", len(p.breaks))
	}
	if len(p.notes) != 1 {
		t.Errorf("notes %q, want one on the breaks that are not marked", p.notes)
	}
}

func TestSparkline(t *testing.T) {
	for _, values := range [][]float64{nil, {1, 2}, {3, 3, 3}} {
		if got := NewSparkline(values); got != nil {
			t.Errorf("%v is drawn: %+v", values, got)
		}
	}
	if got, want := *NewSparkline([]float64{0, 10, 5}), (Sparkline{"4,28 60,4 116,16", "116", "16"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestTimeData: the data of a live chart are what encoding/json would make of them; what JSON has no number for is a gap.
func TestTimeData(t *testing.T) {
	var points []point
	for i, y := range []float64{0, -3, 1.5, 1e-7, 123456789012, 1e21, 0.1 + 0.2, -2.25e-9, math.MaxFloat64} {
		points = append(points, point{time: int64(i) * 86_400_000, y: &y})
	}
	points = append(points, point{time: -1})
	type item struct {
		Value []any `json:"value"`
	}
	want := []item{}
	for _, at := range points {
		want = append(want, item{[]any{at.time, at.y}})
	}
	value := func(at point) *float64 { return at.y }
	text, err := json.Marshal(want)
	if got := timeData(points, `{"value":[`, "]}", value); err != nil || string(got) != string(text) {
		t.Errorf("got\n%s\nwant\n%s, error %v", got, text, err)
	}
	infinite := math.Inf(1)
	if got := timeData([]point{{time: 1, y: &infinite}}, "[", "]", value); string(got) != "[[1,null]]" {
		t.Errorf("infinity is %s", got)
	}
	if got := timeData(nil, "[", "]", value); string(got) != "[]" {
		t.Errorf("no points are %s", got)
	}
}
