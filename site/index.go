package site

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tidemark/analysis"
	"tidemark/site/format"
)

// indexView is the front page.
type indexView struct {
	Leads    []figureView // the few figures that matter
	Others   []figureView // that changed since the time before
	Areas    []indexArea
	Events   []happening // the newest around watched documents
	Arrived  []arrival   // the newest data
	Sources  int         // raw files below all answers
	Bytes    int64
	Datasets int // with partitions
	Rows     int64
}

// indexArea shows the first questions of an area.
type indexArea struct {
	area
	Answers []*analysis.Answer
	Total   int
}

// figureView is a key figure with where it comes from.
type figureView struct {
	analysis.AnsweredFigure
	Question *analysis.Question
	From     []datasetUse
	Change   *change // nil: the figure has no state before
	Line     *sparkline
}

// change is what became of a figure since the time before.
type change struct {
	Before, Since string
	Text          string // such as "+42,017 (+4.4 %)"; empty: it is the same
	Direction     string // up, down or same
}

// sparkline is the figure's past as a line without axes.
type sparkline struct {
	Points string // of an SVG polyline
	X, Y   string // of the newest point
	From   string
}

// arrival is the newest day of a dataset.
type arrival struct {
	Dataset, Day string
	Partitions   int
	Rows         int64
}

const (
	leadLimit    = 5
	cardLimit    = 4 // questions of an area on the front page
	arrivalLimit = 8
	eventLimit   = 6
	sparkWidth   = 120
	sparkHeight  = 32
)

func (b *builder) indexPage() *page {
	var v indexView
	for _, a := range b.Answers {
		for _, f := range a.Figures {
			v.Others = append(v.Others, figureView{f, a.Question, uses(a.From), changeOf(f.History), sparklineOf(f.History)})
		}
	}
	// Where one of the lead figures has no data, another one takes its place.
	slices.SortStableFunc(v.Others, func(a, b figureView) int { return cmp.Compare(lead(b), lead(a)) })
	v.Leads, v.Others = v.Others[:min(leadLimit, len(v.Others))], v.Others[min(leadLimit, len(v.Others)):]
	v.Others = slices.DeleteFunc(v.Others, func(f figureView) bool { return f.Change == nil || f.Change.Text == "" })
	for _, at := range areas {
		if all := b.answersOf(at.Name); len(all) > 0 {
			v.Areas = append(v.Areas, indexArea{at, all[:min(cardLimit, len(all))], len(all)})
		}
	}
	v.Events = newestHappenings(b)
	v.Events = v.Events[:min(eventLimit, len(v.Events))]
	v.Arrived = b.arrivals()
	met := map[string]bool{}
	for _, s := range b.Input.Datasets {
		for _, m := range b.Partitions[s.Name] {
			v.Rows += m.Rows
			for _, in := range b.lineage.sources(m) {
				if !met[in.Name] {
					met[in.Name] = true
					v.Sources++
					v.Bytes += in.Bytes
				}
			}
		}
		if len(b.Partitions[s.Name]) > 0 {
			v.Datasets++
		}
	}
	return &page{builder: b, Path: "index.html", Title: b.Title, Body: "index.html", Data: v,
		Description: "How the Internet evolves, in figures that can be followed back to the bytes they came from."}
}

func lead(f figureView) int {
	if f.Lead {
		return 1
	}
	return 0
}

// arrivals are the newest days of the datasets, the newest first.
func (b *builder) arrivals() (all []arrival) {
	for _, s := range b.Input.Datasets {
		at := arrival{Dataset: s.Name}
		for _, m := range slices.Backward(b.Partitions[s.Name]) {
			d := format.Day(m.Day())
			if at.Day != "" && d != at.Day {
				break
			}
			at.Day = d
			at.Partitions++
			at.Rows += m.Rows
		}
		if at.Partitions > 0 {
			all = append(all, at)
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return cmp.Compare(b.Day, a.Day) })
	return all[:min(arrivalLimit, len(all))]
}

// changeOf compares the two newest states of a figure.
func changeOf(past []analysis.FigurePoint) *change {
	if len(past) < 2 {
		return nil
	}
	before, now := past[len(past)-2], past[len(past)-1]
	c := &change{Before: before.Value, Since: before.At, Direction: "same"}
	was, percent, ok1 := amount(before.Value)
	is, _, ok2 := amount(now.Value)
	if !ok1 || !ok2 || was == is {
		return c
	}
	sign, by := "+", is-was
	c.Direction = "up"
	if by < 0 {
		sign, by, c.Direction = "−", -by, "down"
	}
	places := max(decimalsOf(before.Value), decimalsOf(now.Value))
	text := sign + format.Group(strconv.FormatFloat(by, 'f', places, 64))
	switch {
	case percent:
		text += " points"
	case was != 0:
		text += fmt.Sprintf(" (%s%s %%)", sign, strconv.FormatFloat(100*by/math.Abs(was), 'f', 1, 64))
	}
	c.Text = text
	return c
}

// amount reads a figure as prose writes it, such as 1,000,569 or 37.5 %.
func amount(text string) (value float64, percent, ok bool) {
	number, percent := strings.CutSuffix(strings.ReplaceAll(text, "\u00a0", " "), " %")
	value, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	return value, percent, err == nil && !math.IsInf(value, 0) && !math.IsNaN(value)
}

func decimalsOf(text string) int {
	number := strings.TrimRight(text, "% \u00a0")
	if i := strings.IndexByte(number, '.'); i >= 0 {
		return len(number) - i - 1
	}
	return 0
}

// sparklineOf draws the past of a figure; nil where there is too little of it.
func sparklineOf(past []analysis.FigurePoint) *sparkline {
	var values []float64
	for _, p := range past {
		v, _, ok := amount(p.Value)
		if !ok {
			return nil
		}
		values = append(values, v)
	}
	if len(values) < 3 {
		return nil
	}
	low, high := slices.Min(values), slices.Max(values)
	if low == high {
		return nil
	}
	const edge = 4
	var all []string
	s := &sparkline{From: past[0].At}
	for i, v := range values {
		s.X = coordinate(edge + float64(i)*(sparkWidth-2*edge)/float64(len(values)-1))
		s.Y = coordinate(sparkHeight - edge - (v-low)/(high-low)*(sparkHeight-2*edge))
		all = append(all, s.X+","+s.Y)
	}
	s.Points = strings.Join(all, " ")
	return s
}

func coordinate(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
