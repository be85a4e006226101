package history

import (
	"tidemark/datasets"
	"tidemark/rfcwatch/event"
)

// Resting is something whose definition rests on RFCs.
type Resting struct {
	Kind string // question or column
	Name string
	RFCs []int
}

// Impact is an RFC on which a definition rests, with what happened to the RFC.
type Impact struct {
	Kind, Name string // of the question or column
	Number     int    // of the RFC
	Events     []datasets.RFCEvent
}

// Impacts returns the definitions that may no longer hold because of the events, with the RFC of each, in the given order.
func Impacts(events []datasets.RFCEvent, all []Resting) []Impact {
	byRFC := map[int][]datasets.RFCEvent{}
	for _, e := range events {
		if !event.MayInvalidate(&e) {
			continue
		}
		for _, n := range e.Concerns {
			if e.Number == 0 || e.Number == n {
				byRFC[int(n)] = append(byRFC[int(n)], e)
			}
		}
	}
	impacts := []Impact{}
	for _, r := range all {
		for _, n := range r.RFCs {
			if len(byRFC[n]) > 0 {
				impacts = append(impacts, Impact{r.Kind, r.Name, n, byRFC[n]})
			}
		}
	}
	return impacts
}
