package chart

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xo/echartsgoja"

	"tidemark/analysis"
	"tidemark/datasets/table"
)

// box is a rectangle around a text of a drawing.
type box struct {
	text                     string
	left, top, right, bottom float64
}

// boxes returns the size of a drawing and the boxes of its texts, as wide as the widest font makes them.
func boxes(t *testing.T, svg []byte) (width, height float64, all []box) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		return v
	}
	var open map[string]string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return width, height, all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			attr := map[string]string{}
			for _, a := range e.Attr {
				attr[a.Name.Local] = a.Value
			}
			switch e.Name.Local {
			case "svg":
				width, height = number(attr["width"]), number(attr["height"])
			case "text":
				open = attr
			}
		case xml.CharData:
			if open == nil {
				continue
			}
			size, _, _ := strings.Cut(strings.TrimPrefix(open["style"], "font-size:"), "px")
			f := font{number(size), strings.Contains(open["style"], "bold")}
			x, y, w := number(open["x"]), number(open["y"]), f.width(string(e))
			switch open["text-anchor"] {
			case "middle":
				x -= w / 2
			case "end":
				x -= w
			}
			all = append(all, box{string(e), x, y - 0.85*f.size, x + w, y + 0.22*f.size})
		case xml.EndElement:
			if e.Name.Local == "text" {
				open = nil
			}
		}
	}
}

// collisions returns what is wrong with the texts of a drawing: those that overlap, and those that are cut.
func collisions(t *testing.T, svg []byte) (faults []string) {
	t.Helper()
	width, height, all := boxes(t, svg)
	for i, a := range all {
		if a.left < -0.6 || a.right > width+0.6 || a.top < -0.6 || a.bottom > height+0.6 {
			faults = append(faults, fmt.Sprintf("%q is cut: from %.1f, %.1f to %.1f, %.1f of %g by %g", a.text, a.left, a.top, a.right, a.bottom, width, height))
		}
		for _, b := range all[:i] {
			if a.left < b.right-0.6 && b.left < a.right-0.6 && a.top < b.bottom-0.6 && b.top < a.bottom-0.6 {
				faults = append(faults, fmt.Sprintf("%q and %q overlap", a.text, b.text))
			}
		}
	}
	return faults
}

// TestCollisions: the check finds what it is for.
func TestCollisions(t *testing.T) {
	for texts, want := range map[string]int{
		`<text x="5" y="20" style="font-size:12px">one</text><text x="40" y="20" style="font-size:12px">two</text>`:                      0,
		`<text x="5" y="20" style="font-size:12px">one</text><text x="20" y="24" style="font-size:12px">two</text>`:                      1,
		`<text x="90" y="20" style="font-size:12px">one</text><text x="4" y="20" text-anchor="middle" style="font-size:12px">two</text>`: 2,
	} {
		if got := collisions(t, []byte(`<svg width="100" height="40">`+texts+`</svg>`)); len(got) != want {
			t.Errorf("%s: %q, want %d", texts, got, want)
		}
	}
}

// randomAnswer returns an answer as questions give them: over time or by category, with few and many series, long names, spreads,
// breaks, events, shares, and values of any size.
func randomAnswer(random *rand.Rand) *analysis.Answer {
	kind := []string{"line", "bar", "stacked"}[random.IntN(3)]
	x := []table.Type{table.Date, table.Timestamp, table.String, table.Int64}[random.IntN(4)]
	names := [][]string{
		{"IPv4", "IPv6"}, {"IPv4 at rrc00", "IPv4 at route-views.jinx", "IPv6 at rrc00", "IPv6 at routeviews-pfx2as"}, {"valid", "invalid-origin", "not-found", "unknown: no payloads"},
		{"IPv4, end of 2022", "IPv4, end of 2023", "IPv4, end of 2024", "IPv6, end of 2022", "IPv6, end of 2023", "IPv6, end of 2024"},
		{"web, 1k", "web, 10k", "dns, 1k", "dns, 10k", "mail, 1k", "mail, 10k"}, {"a name that has more words than any legend or label has room for in a row"},
		{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"},
	}[random.IntN(7)]
	size := []float64{1, 60, 1e4, 3e6, 5e10}[random.IntN(5)]
	share := random.IntN(4) == 0
	if share {
		size = 1 / float64(len(names))
	}
	places, start := 1+random.IntN(25), date(1998+random.IntN(20), 1+random.IntN(12), 3)
	step := []time.Duration{time.Hour, 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour}[random.IntN(4)]
	var rows [][]any
	for i := range places {
		for n, name := range names {
			if random.IntN(8) == 0 {
				continue
			}
			var at any
			switch x {
			case table.Date, table.Timestamp:
				at = start.Add(time.Duration(i) * step)
			case table.Int64:
				at = int64(1990 + i)
			default:
				at = fmt.Sprintf("AS%d (%s)", 64496+i, strings.Repeat("Model ", i%9+1))
			}
			y := any(size * random.Float64())
			broken := ""
			if random.IntN(20) == 0 {
				y = nil
			}
			if random.IntN(10) == 0 {
				broken = fmt.Sprintf("full feeds: %d → %d", n, i)
			}
			var low, high any
			if v, known := y.(float64); known {
				low, high = v*0.9, min(v*1.1, size)
			}
			rows = append(rows, []any{at, name, y, low, high, broken})
		}
	}
	a := answerOf(kind, x, rows)
	a.Result.Columns = append(a.Result.Columns, table.ResultColumn{Name: "low", Type: table.Float64}, table.ResultColumn{Name: "high", Type: table.Float64}, table.ResultColumn{Name: "broken"})
	a.Question.Slug, a.Question.RFCs = []string{"table-growth", "registry-pools", "q"}[random.IntN(3)], []int{6811}
	return with(a, func(c *analysis.Chart) {
		c.Share, c.Log = share, kind == "line" && !share && random.IntN(2) == 0
		if kind == "line" {
			c.Low, c.High, c.Break = "low", "high", "broken"
		}
	})
}

// TestTexts: whatever the answer, no text of a drawing overlaps another or is cut, at both widths and in the export; an axis of
// shares ends at 100 %.
func TestTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(31, 4))
	for i := range 150 {
		a := randomAnswer(random)
		d, err := New(a)
		if err != nil {
			t.Fatal(err)
		}
		if d == nil {
			continue
		}
		name := fmt.Sprintf("answer %d, %s of %d rows", i, a.Question.Chart.Kind, len(a.Result.Rows))
		words := Words{Title: "On 2 January 2025, the IPv4 table of sample-a had 1,001,874 prefixes, 5.2 % more than a year before", Place: "As of 2025-01-02; 5 of 6 ASes with full feeds", Footer: strings.Repeat("Tidemark · Sources: IANA, RIPE NCC · Licence: CC-BY-4.0 ", 3)}
		for kind, svg := range map[string][]byte{"wide": d.Wide, "narrow": d.Phone, "titled": d.Export(words)} {
			for _, fault := range collisions(t, svg) {
				t.Errorf("%s, %s: %s", name, kind, fault)
			}
			if strings.Contains(string(svg), "NaN") || strings.Contains(string(svg), "Inf") {
				t.Errorf("%s, %s: a coordinate is not a number", name, kind)
			}
			for _, m := range percents.FindAllStringSubmatch(string(svg), -1) {
				if v, err := strconv.ParseFloat(m[1], 64); a.Question.Chart.Share && (err != nil || v < 0 || v > 100.05) {
					t.Errorf("%s, %s: the axis has %s", name, kind, m[0])
				}
			}
		}
		if t.Failed() {
			t.Fatalf("the first: %s", d.Wide)
		}
	}
}

// TestEvents: the list is dated and sourced, and a chart has the events that concern it and lie within it.
func TestEvents(t *testing.T) {
	for i, c := range concerns {
		if !strings.HasPrefix(c.Source, "https://") || len(c.about) == 0 || c.Text == "" || i > 0 && c.Time < concerns[i-1].Time {
			t.Errorf("event %+v", c)
		}
	}
	a := answerOf("line", table.Date, [][]any{{date(2010, 1, 1), "IPv4", 1.0}, {date(2012, 1, 1), "IPv4", 2.0}})
	a.Question.Slug = "table-growth"
	d, svg := drawn(t, a)
	if len(d.Events) != 1 || d.Events[0].Day() != "2011-02-03" || !strings.Contains(svg, ">IANA has no IPv4 left</text>") || !strings.Contains(contentOf(t, d), `"id":"events"`) {
		t.Errorf("events %+v in %s", d.Events, svg)
	}
	if !strings.Contains(d.Alt, "2011-02-03: IANA has no IPv4 left") {
		t.Error(d.Alt)
	}
}

// TestMostEvents: a chart marks the newest three of the events that concern it, and in small panels none.
func TestMostEvents(t *testing.T) {
	var rows [][]any
	for i := range 5 {
		name := fmt.Sprintf("registry %d", i)
		rows = append(rows, []any{date(2010, 1, 1), name, 1.0}, []any{date(2022, 1, 1), name, 2.0})
		a := answerOf("line", table.Date, rows)
		a.Question.Slug = "registry-pools"
		var days []string
		for _, e := range plotted(t, a).events {
			days = append(days, e.Day())
		}
		want := "2015-09-24 2019-11-25 2020-08-19"
		if i == 4 {
			want = ""
		}
		if got := strings.Join(days, " "); got != want {
			t.Errorf("%d series mark %q, want %q", i+1, got, want)
		}
	}
}

// TestOneDate: one date is never a line, and one number no chart.
func TestOneDate(t *testing.T) {
	for _, kind := range []string{"line", "bar", "stacked"} {
		d, svg := drawn(t, answerOf(kind, table.Date, [][]any{{date(2014, 5, 30), "IPv4", 496_164.0}, {date(2014, 5, 30), "IPv6", 17_000.0}}))
		if strings.Contains(svg, "stroke-width=\"2\"") || strings.Count(svg, "<rect ") < 2 || len(d.Small.Lines) > 0 || len(d.Small.Bars) == 0 || d.Tools.From != "" {
			t.Errorf("%s: one date is drawn as %s, %+v", kind, svg, d.Small)
		}
	}
	if d, err := New(answerOf("line", table.Date, [][]any{{date(2014, 5, 30), "IPv4", 1.0}})); d != nil || err != nil {
		t.Errorf("one number is drawn: %v", err)
	}
	p := plotted(t, answerOf("line", table.Date, [][]any{{date(2014, 5, 30), "a", 1.0}, {date(2015, 5, 30), "b", 1.0}}))
	if got := strings.Join(p.categories, "; "); got != "b, 2015-05-30; a, 2014-05-30" {
		t.Errorf("single values of several dates: %q", got)
	}
}

// TestYears: the years of a family are shades of its colour in a panel of their own.
func TestYears(t *testing.T) {
	var rows [][]any
	for _, s := range []string{"IPv4, end of 2022", "IPv4, end of 2023", "IPv4, end of 2024", "IPv6, end of 2023", "IPv6, end of 2024"} {
		rows = append(rows, []any{"Prefixes of origin", s, 1.0})
	}
	p := plotted(t, answerOf("bar", table.String, rows))
	var got []string
	for _, panel := range p.panels() {
		for _, s := range panel.series {
			got = append(got, fmt.Sprint(panel.title, " ", s.label, " ", s.colour, s.shade))
		}
	}
	if want := "IPv4 end of 2022 0 2; IPv4 end of 2023 0 1; IPv4 end of 2024 0 0; IPv6 end of 2023 1 1; IPv6 end of 2024 1 0"; strings.Join(got, "; ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "; "), want)
	}
}

// TestLiveOptions: ECharts draws the options of the live chart.
func TestLiveOptions(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 7))
	pen := echartsgoja.New()
	for range 2 {
		d, err := New(randomAnswer(random))
		if err != nil {
			t.Fatal(err)
		}
		if d == nil {
			continue
		}
		_, content, _ := strings.Cut(contentOf(t, d), `"options":`)
		var options any
		if err := decodeFirst(content, &options); err != nil {
			t.Fatal(err)
		}
		text, err := encode(options)
		if err != nil {
			t.Fatal(err)
		}
		if svg, err := pen.RenderOptions(t.Context(), text); err != nil || !strings.Contains(svg, "<path") {
			t.Errorf("ECharts draws %q, %v", svg, err)
		}
	}
}

// decodeFirst decodes the JSON value that a text begins with.
func decodeFirst(text string, into any) error {
	return json.NewDecoder(strings.NewReader(text)).Decode(into)
}

func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
