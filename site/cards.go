package site

import (
	"cmp"
	"slices"

	"tidemark/analysis"
	"tidemark/site/chart"
)

// figureCard is a key figure on the front page.
type figureCard struct {
	*analysis.AnsweredFigure
	Answer *analysis.Answer
	Age    age
	Line   *sparkline // nil: too little is known of the past
}

// sparkline is the history of a figure as a line with the values at its ends.
type sparkline struct {
	*chart.Sparkline
	First, Last sparklineEnd
}

// sparklineEnd is a value at an end of a line.
type sparklineEnd struct{ Value, At string }

const maxCards = 5

// figureCards returns every key figure that has a value, compared with the one of a year before where there is one.
func (f *facts) figureCards() (all []figureCard) {
	for _, a := range f.Answers {
		for _, figure := range a.Figures {
			if figure.Value == nil {
				continue
			}
			figure = yearly(a, figure)
			all = append(all, figureCard{figure, a, ageOf(figureDay(a, figure), f.Site.Newest), sparklineOf(figure)})
		}
	}
	return all
}

// yearly returns a figure with the change of a year and the history by years, each where enough is known of the past.
func yearly(a *analysis.Answer, figure *analysis.AnsweredFigure) *analysis.AnsweredFigure {
	at := slices.IndexFunc(a.Question.Figures, func(q analysis.Figure) bool { return q.Label == figure.Label })
	if at < 0 {
		return figure
	}
	years := a.Yearly(a.Question.Figures[at])
	if years == nil || years.Value == nil {
		return figure
	}
	shown := *figure
	if years.Change != nil {
		shown.Change = years.Change
	}
	if len(years.History) >= chart.MinSparkline {
		shown.History = years.History
	}
	return &shown
}

// chosenCards returns the figures for the front page: those that lead, then others, the newer before the historic ones; shown
// last are those that are historic.
func chosenCards(all []figureCard) []figureCard {
	historic := func(c figureCard) int { return oneIf(c.Age.Historic()) }
	chosen := slices.Clone(all)
	slices.SortStableFunc(chosen, func(a, b figureCard) int {
		return cmp.Or(oneIf(b.Lead)-oneIf(a.Lead), historic(a)-historic(b))
	})
	chosen = chosen[:min(len(chosen), maxCards)]
	slices.SortStableFunc(chosen, func(a, b figureCard) int { return historic(a) - historic(b) })
	return chosen
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// headline returns the answer whose lead heads the front page: that of the newest figure that leads, of several the first one. It is nil
// where each of them is historic or has no value.
func headline(cards []figureCard) (first *analysis.Answer) {
	newest := age{}
	for _, c := range cards {
		if c.Lead && !c.Age.Historic() && (first == nil || c.Age.Days < newest.Days) {
			first, newest = c.Answer, c.Age
		}
	}
	return first
}

// sparklineOf draws the history of a figure; nil where it is too short.
func sparklineOf(figure *analysis.AnsweredFigure) *sparkline {
	past := figure.History
	values := make([]float64, len(past))
	for i, p := range past {
		values[i] = p.Value
	}
	line := chart.NewSparkline(values)
	if line == nil {
		return nil
	}
	end := func(p analysis.FigurePoint) sparklineEnd { return sparklineEnd{valueText(p.Value, figure.Unit), p.At} }
	return &sparkline{line, end(past[0]), end(past[len(past)-1])}
}

// valueText returns a value of a figure as figures are printed.
func valueText(value float64, unit string) string {
	return (&analysis.AnsweredFigure{Value: &value, Unit: unit}).Text()
}
