package chart

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tidemark/analysis"
	"tidemark/datasets/table"
)

// drawn returns the drawing of an answer and its SVG.
func drawn(t *testing.T, a *analysis.Answer) (*Drawing, string) {
	t.Helper()
	d, err := New(a)
	if err != nil {
		t.Fatal(err)
	}
	if d == nil {
		t.Fatal("nothing is drawn")
	}
	for _, svg := range [][]byte{d.Wide, d.Phone, d.Export(Words{Title: a.Question.Title, Footer: "Tidemark"})} {
		if err := checkSVG(string(svg)); err != nil {
			t.Error(err)
		}
	}
	return d, string(d.Wide)
}

// with returns the answer with another chart.
func with(a *analysis.Answer, change func(*analysis.Chart)) *analysis.Answer {
	q := *a.Question
	c := *q.Chart
	change(&c)
	q.Chart, a.Question = &c, &q
	return a
}

var hatched = regexp.MustCompile(`<rect [^>]* fill="url\(#[^"]*\)"`)

// TestUnknownIsHatched: the unknown is hatched and grey in the drawings for both grounds, in the options of the live chart and
// in the legend; other series are not, and a gap is not a bar.
func TestUnknownIsHatched(t *testing.T) {
	rows := [][]any{
		{date(2001, 1, 1), "valid", 1.0}, {date(2001, 1, 1), "unknown: no payloads", 2.0}, {date(2002, 1, 1), "valid", 3.0}, {date(2002, 1, 1), "unknown: no payloads", nil},
	}
	d, svg := drawn(t, answerOf("stacked", table.Date, rows))
	bars := hatched.FindAllStringSubmatch(svg, -1)
	if len(bars) != 2 { // one bar and its key: 2002 is a gap
		t.Errorf("%d shapes are hatched, want a bar and a key:\n%s", len(bars), svg)
	}
	if !regexp.MustCompile(`(?s)<pattern .*fill="#5b6670".*</pattern>`).MatchString(svg) {
		t.Errorf("the hatching is not grey:\n%s", svg)
	}
	if dark := string(Darkened([]byte(svg))); !regexp.MustCompile(`(?s)<pattern .*fill="#b4bec8".*</pattern>`).MatchString(dark) || strings.Contains(dark, "#5b6670") {
		t.Errorf("the hatching on a dark ground:\n%s", dark)
	}
	if n := strings.Count(contentOf(t, d), `"decal":`); n != 1 {
		t.Errorf("the live chart has %d hatched series, want 1: %s", n, contentOf(t, d))
	}
	keys := fmt.Sprint(d.Tools.Keys)
	if want := "[{valid  bar 0 2} {unknown: no payloads  hatched 1 6}]"; keys != want {
		t.Errorf("keys %s, want %s", keys, want)
	}
	marked := 0
	for _, b := range d.Small.Bars {
		if b.Unknown != (b.Series == unknownColour) {
			t.Errorf("bar %+v of the thumbnail", b)
		}
		if b.Unknown {
			marked++
		}
	}
	if marked != 1 {
		t.Errorf("the thumbnail has %d unknown bars, want 1", marked)
	}

	_, svg = drawn(t, answerOf("bar", table.String, [][]any{{"a network", "x", 1.0}, {"unknown: no routing table", "x", 2.0}}))
	if n := len(hatched.FindAllString(svg, -1)); n != 1 {
		t.Errorf("%d categories are hatched, want 1:\n%s", n, svg)
	}
	_, svg = drawn(t, answerOf("bar", table.String, [][]any{{"a network", "x", 1.0}, {"another", "x", 2.0}}))
	if strings.Contains(svg, "<pattern") {
		t.Errorf("what is known is hatched:\n%s", svg)
	}
	line, _ := drawn(t, answerOf("line", table.Date, [][]any{{date(2001, 1, 1), "IPv4 unknown", 1.0}, {date(2002, 1, 1), "IPv4 unknown", 2.0}, {date(2001, 1, 1), "IPv4 valid", 1.0}}))
	if keys := fmt.Sprint(line.Tools.Keys); keys != "[{IPv4 unknown 2 3 triangle 0 6} {IPv4 valid  triangle 1 2}]" {
		t.Errorf("keys of lines %s", keys)
	}
}

// TestStateColours: a state has the same colour whatever else is in the chart, and nothing else has it, nor grey.
func TestStateColours(t *testing.T) {
	for _, names := range [][]string{
		{"valid", "unknown", "a", "b"}, {"a", "IPv4 not-found", "IPv6 not-found", "invalid-origin", "invalid-length, list", "valid", "c"},
		{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"},
	} {
		p := &plot{}
		for _, n := range names {
			p.series = append(p.series, series{name: n})
		}
		p.setColours()
		states := map[int]bool{unknownColour: true}
		for _, s := range p.series {
			if want, is := stateColours[stateOf(s.name)]; is {
				if states[want] = true; s.colour != want {
					t.Errorf("%s has colour %d, want %d", s.name, s.colour, want)
				}
			}
		}
		for _, s := range p.series {
			if _, is := stateColours[stateOf(s.name)]; !is && states[s.colour] {
				t.Errorf("%s among %v has colour %d of a state", s.name, names, s.colour)
			}
		}
	}
	if got := slices.Sorted(maps.Keys(stateColours)); len(got) != 22 {
		t.Errorf("states %v", got)
	}
}

var percents = regexp.MustCompile(`>(-?[0-9.,]+) %</text>`)

// TestShareAxis: the axis of shares is labelled in percent and stays between 0 and 100 %, whatever the values.
func TestShareAxis(t *testing.T) {
	for _, kind := range []string{"line", "stacked", "bar"} {
		for _, values := range [][2]float64{{0, 0.02}, {0.001, 1}, {0.7, 0.3}, {0.95, 0.050000000001}, {0, 0}, {1, 1}} {
			rows := [][]any{{date(2001, 1, 1), "a", values[0], 0.0, 1.0}, {date(2001, 1, 1), "b", values[1], nil, nil}, {date(2002, 1, 1), "a", values[1], nil, nil}}
			if kind == "stacked" && values[0]+values[1] > 1.1 {
				continue
			}
			a := with(answerOf(kind, table.Date, rows), func(c *analysis.Chart) { c.Share = true })
			a.Result.Columns = append(a.Result.Columns, table.ResultColumn{Name: "low", Type: table.Float64}, table.ResultColumn{Name: "high", Type: table.Float64})
			if kind == "line" {
				with(a, func(c *analysis.Chart) { c.Low, c.High = "low", "high" })
			}
			d, svg := drawn(t, a)
			labels := percents.FindAllStringSubmatch(svg, -1)
			if len(labels) < 2 || labels[0][1] != "0" {
				t.Fatalf("%s of %v: labels %q", kind, values, labels)
			}
			for _, l := range labels {
				var n float64
				if _, err := fmt.Sscan(l[1], &n); err != nil || n < 0 || n > 100 {
					t.Errorf("%s of %v: the axis has the label %s", kind, values, l[0])
				}
			}
			if d.Tools.Scale || d.Tools.Show != "" {
				t.Errorf("%s: shares can be shown on a logarithmic axis or as %q", kind, d.Tools.Show)
			}
			if !strings.Contains(contentOf(t, d), `"unit":" %"`) {
				t.Errorf("%s: the live chart has no unit", kind)
			}
		}
	}
	p := plotted(t, with(answerOf("line", table.Date, [][]any{{date(2001, 1, 1), "a", 0.278}, {date(2002, 1, 1), "a", 0.3}}), func(c *analysis.Chart) { c.Share = true }))
	if b, err := json.Marshal(p.series[0].points[0].y); err != nil || string(b) != "27.8" {
		t.Errorf("0.278 is drawn as %s, %v", b, err)
	}
}

// TestHeadline: the series of the lead come first, and more lines than a reader can follow are divided into panels by a part of their names.
func TestHeadline(t *testing.T) {
	var rows [][]any
	for i := range 16 {
		service := []string{"dns", "domain", "mail", "web"}[i/4]
		rows = append(rows, []any{date(2001, 1, 1), fmt.Sprintf("%s, %d", service, i%4), 1.0, service}, []any{date(2002, 1, 1), fmt.Sprintf("%s, %d", service, i%4), 1.0, service})
	}
	a := with(answerOf("line", table.Date, rows), func(c *analysis.Chart) { c.Headline = map[string]string{"service": "web"} })
	a.Result.Columns = append(a.Result.Columns, table.ResultColumn{Name: "service"})
	p := plotted(t, a)
	var titles []string
	for _, panel := range p.panels() {
		titles = append(titles, fmt.Sprint(panel.title, len(panel.series), panel.series[0].label))
	}
	if got, want := strings.Join(titles, " "), "web40 dns40 domain40 mail40"; got != want || len(p.notes) > 0 {
		t.Errorf("panels %s, want %s; notes %q", got, want, p.notes)
	}
	if _, err := plotOf(with(a, func(c *analysis.Chart) { c.Headline = map[string]string{"nothing": "web"} })); err == nil {
		t.Error("a headline about a column that the answer lacks was accepted")
	}
}

// TestBandIsNamed: the text alternative says what the bands are, as the question declares it, else their columns.
func TestBandIsNamed(t *testing.T) {
	a := answerOf("line", table.Date, [][]any{{date(2001, 1, 1), "a", 2.0, 1.0, 3.0}, {date(2002, 1, 1), "a", 2.0, 1.0, 3.0}})
	a.Result.Columns = append(a.Result.Columns, table.ResultColumn{Name: "lowest_day", Type: table.Float64}, table.ResultColumn{Name: "highest_day", Type: table.Float64})
	with(a, func(c *analysis.Chart) { c.Low, c.High = "lowest_day", "highest_day" })
	if text := plotted(t, a).describe(); !strings.Contains(text, "Bands show the range from “lowest day” to “highest day”.") {
		t.Error(text)
	}
	with(a, func(c *analysis.Chart) { c.Band = "the lowest and the highest day" })
	if text := plotted(t, a).describe(); !strings.Contains(text, "Bands show the lowest and the highest day.") {
		t.Error(text)
	}
}

// TestUnknownFirst: a hatched series before the others does not shift their colours.
func TestUnknownFirst(t *testing.T) {
	_, svg := drawn(t, answerOf("stacked", table.Date, [][]any{{date(2001, 1, 1), "unknown", 2.0}, {date(2001, 1, 1), "valid", 1.0}}))
	if want := `fill="` + light.series[stateColours["valid"]] + `"`; !strings.Contains(svg, want) {
		t.Errorf("no shape has %s:\n%s", want, svg)
	}
}
