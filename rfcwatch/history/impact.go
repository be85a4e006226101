package history

import (
	"tidemark/rfcwatch/event"

	"tidemark/datasets"
)

// Resting is something whose definition rests on RFCs.
type Resting struct {
	Kind string // question or column
	Name string
	RFCs []int
}

// Impact is an RFC that something rests on, with what happened to it.
type Impact struct {
	Kind, Name string // of what rests on it
	Number     int    // of the RFC
	Events     []datasets.RFCEvent
}

// Impacts returns what rests on RFCs to which something happened after which a definition may no longer hold, in the order
// given.
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
