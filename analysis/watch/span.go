package watch

import (
	"time"

	"tidemark/analysis/operator"
)

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

// spans joins sights, oldest first, to spans. hours are those that can show the state, oldest first; sights at other times do not count.
func spans(hours []*hour, sights []sight) (all []span) {
	of := map[time.Time]sight{}
	for _, s := range sights {
		of[s.at] = s
	}
	judged, shown := make([]operator.Hour, len(hours)), make([][]string, len(hours))
	for i, h := range hours {
		judged[i] = operator.Hour{Time: h.at, Collectors: h.collectors}
		if s, is := of[h.at]; is {
			shown[i] = append([]string{}, s.collectors...)
		}
	}
	for _, s := range operator.Spans(judged, shown) {
		all = append(all, span{of[judged[s.First].Time], of[judged[s.Last].Time], s.NotBefore, s.GoneBy})
	}
	return all
}
