package watch

import "time"

// sight is what an hour shows of a subject: the state that a rule is about, and which collectors show it.
type sight struct {
	at         time.Time
	collectors []string
	text       string // what was seen
}

// span is a state of a subject from its beginning to its end.
type span struct {
	first, last sight
	notBefore   *time.Time // newest hour before it, of the same collectors, without the state; nil: there is none
	goneBy      *time.Time // first hour after it, of the same collectors, without the state; nil: there is none
}

// spans joins sights, oldest first, to spans. hours are those that can show the state, oldest first. An hour without the dumps of all
// collectors that showed it neither begins nor ends anything.
func spans(hours []*hour, sights []sight) (all []span) {
	var open *span
	for i, h := range hours {
		for len(sights) > 0 && sights[0].at.Before(h.at) {
			sights = sights[1:]
		}
		switch seen := len(sights) > 0 && sights[0].at.Equal(h.at); {
		case seen && open == nil:
			all = append(all, span{first: sights[0], last: sights[0], notBefore: newestWith(hours[:i], sights[0].collectors)})
			open = &all[len(all)-1]
		case seen:
			open.last = sights[0]
		case open != nil && h.has(open.last.collectors):
			open.goneBy, open = &h.at, nil
		}
	}
	return all
}

// newestWith returns the newest of the hours that has dumps of all those collectors; nil if none has.
func newestWith(hours []*hour, collectors []string) *time.Time {
	for i := len(hours) - 1; i >= 0; i-- {
		if hours[i].has(collectors) {
			return &hours[i].at
		}
	}
	return nil
}
