package site

import (
	"cmp"
	"slices"

	"tidemark/analysis"
	"tidemark/site/chart"
	"tidemark/site/format"
)

// indexView is the front page.
type indexView struct {
	Leads    []figureView // the few figures that matter
	Others   []figureView // others that changed
	Areas    []indexArea
	Events   []happening // the newest around watched documents
	Arrived  []arrival   // the newest data
	Sources  int         // raw files below all answers
	Bytes    int64
	Datasets int // with rows
	Rows     int64
}

// indexArea shows the first questions of an area.
type indexArea struct {
	area
	Answers []card
	Total   int
}

// figureView is a key figure with where it comes from.
type figureView struct {
	*analysis.AnsweredFigure
	Question *analysis.Question
	From     []datasetUse
	Line     *sparkline
}

// sparkline is the history of a figure as a line without axes.
type sparkline struct {
	*chart.Sparkline
	From string // the time of the first value
}

// arrival is the newest day of a dataset.
type arrival struct {
	Dataset, Day string
	Partitions   int
	Rows         int64
}

const (
	maxLeads    = 5
	maxCards    = 4 // of an area
	maxArrivals = 8
	maxEvents   = 6
)

// indexPage returns the front page.
func indexPage(f *facts) *page {
	var v indexView
	for _, a := range f.Answers {
		for _, figure := range a.Figures {
			v.Others = append(v.Others, figureView{figure, a.Question, uses(a.From), sparklineOf(figure.History)})
		}
	}
	// Where a lead figure has no data, another one replaces it.
	slices.SortStableFunc(v.Others, func(a, b figureView) int { return cmp.Compare(lead(b), lead(a)) })
	v.Leads, v.Others = v.Others[:min(maxLeads, len(v.Others))], v.Others[min(maxLeads, len(v.Others)):]
	v.Others = slices.DeleteFunc(v.Others, func(f figureView) bool { return f.Changed() == "" })
	for _, at := range areas {
		if all := f.answersIn(at.Name); len(all) > 0 {
			v.Areas = append(v.Areas, indexArea{at, all[:min(maxCards, len(all))], len(all)})
		}
	}
	v.Events = f.newestHappenings()
	v.Events = v.Events[:min(maxEvents, len(v.Events))]
	v.Arrived = f.arrivals()
	met := map[string]bool{}
	for _, s := range f.Datasets {
		rows := v.Rows
		for _, m := range f.Partitions[s.Name] {
			v.Rows += m.Rows
			for _, in := range f.lineage.sources(m) {
				if !met[in.Name] {
					met[in.Name] = true
					v.Sources++
					v.Bytes += in.Bytes
				}
			}
		}
		if v.Rows > rows {
			v.Datasets++
		}
	}
	return &page{frame: f.frame, Path: "index.html", Title: f.Site.Title, Body: "index.html", Data: v,
		Description: "How the Internet evolves, in figures that can be traced back to the bytes they came from."}
}

// lead returns 1 for figures that belong on top, else 0.
func lead(f figureView) int {
	if f.Lead {
		return 1
	}
	return 0
}

// arrivals returns the newest days of the datasets, newest first.
func (f *facts) arrivals() (all []arrival) {
	for _, s := range f.Datasets {
		at := arrival{Dataset: s.Name}
		for _, m := range slices.Backward(f.Partitions[s.Name]) {
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
	return all[:min(maxArrivals, len(all))]
}

// sparklineOf draws the history of a figure; nil where it is too short.
func sparklineOf(past []analysis.FigurePoint) *sparkline {
	values := make([]float64, len(past))
	for i, p := range past {
		values[i] = p.Value
	}
	line := chart.NewSparkline(values)
	if line == nil {
		return nil
	}
	return &sparkline{line, past[0].At}
}
