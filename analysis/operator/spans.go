package operator

import (
	"slices"
	"time"
)

// Hour is an hour with dumps, and whose.
type Hour struct {
	Time       time.Time `json:"time"`
	Collectors []string  `json:"collectors"` // ascending; empty: any
}

// Has reports whether the hour has dumps of all those collectors.
func (h *Hour) Has(collectors []string) bool {
	return !slices.ContainsFunc(collectors, func(c string) bool { return !slices.Contains(h.Collectors, c) })
}

// Span is a state from its beginning to its end.
type Span struct {
	First, Last int        // hours, as indices
	NotBefore   *time.Time // newest hour before it, of the same collectors, without the state; nil: there is none
	GoneBy      *time.Time // first hour after it, of the same collectors, without the state; nil: there is none
}

// Spans joins the hours that show a state, by the collectors that show it in each, to spans; nil says that an hour does not show it. An
// hour without the dumps of all collectors that showed the state neither begins nor ends anything.
func Spans(hours []Hour, shown [][]string) (all []Span) {
	var open *Span
	for i := range hours {
		switch {
		case shown[i] != nil && open == nil:
			all = append(all, Span{First: i, Last: i, NotBefore: newestWith(hours[:i], shown[i])})
			open = &all[len(all)-1]
		case shown[i] != nil:
			open.Last = i
		case open != nil && hours[i].Has(shown[open.Last]):
			open.GoneBy, open = &hours[i].Time, nil
		}
	}
	return all
}

// newestWith returns the newest of the hours that has dumps of all those collectors; nil if none has.
func newestWith(hours []Hour, collectors []string) *time.Time {
	for i := len(hours) - 1; i >= 0; i-- {
		if hours[i].Has(collectors) {
			return &hours[i].Time
		}
	}
	return nil
}
