package site

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"tidemark/analysis"
	"tidemark/site/chart"
)

// story is a figure that changed, with its chart.
type story struct {
	figureCard
	Chart *chart.Chart
}

const (
	maxStories = 3

	// A smaller number jumps by chance.
	leastCounted = 20
)

// stories returns the figures that changed the most in a year, one of a question, the largest change first and of equal ones the first;
// what is historic comes after all others. A change across a break of the series has no size.
func (f *facts) stories(cards []figureCard) (all []story) {
	sorted := slices.Clone(cards)
	slices.SortStableFunc(sorted, func(a, b figureCard) int {
		return cmp.Or(oneIf(a.Age.Historic())-oneIf(b.Age.Historic()), cmp.Compare(b.changeSize(), a.changeSize()))
	})
	told := map[string]bool{}
	for _, c := range sorted {
		slug := c.Answer.Question.Slug
		drawn := f.charts[slug]
		if c.changeSize() == 0 || told[slug] || drawn == nil || len(all) == maxStories {
			continue
		}
		told[slug] = true
		all = append(all, story{c, drawn})
	}
	return all
}

// changeSize returns how much a figure changed in a year, from 0 to 1: a share by its difference, a count by that difference in the larger
// of both. It is 0 where the change is not comparable, or not one of a year.
func (c figureCard) changeSize() float64 {
	if c.Changed() == "" {
		return 0
	}
	since, err := time.Parse(time.DateOnly, c.Change.Since)
	until, err2 := time.Parse(time.DateOnly, c.AsOf)
	if days := until.Sub(since).Hours() / 24; err != nil || err2 != nil || days < analysis.MinYear || days > analysis.MaxYear {
		return 0
	}
	before, now := *c.Change.Before, *c.Value
	size, larger := math.Abs(now-before), math.Max(math.Abs(now), math.Abs(before))
	if c.Unit == "%" {
		return math.Min(size, 1)
	}
	if larger < leastCounted {
		return 0
	}
	return math.Min(size/larger, 1)
}

// Sentence tells the change.
func (s story) Sentence() string {
	return fmt.Sprintf("%s: from %s on %s to %s on %s, %s.", s.Label, valueText(*s.Change.Before, s.Unit), inWords(s.Change.Since), s.Text(), inWords(s.AsOf), s.Changed())
}
