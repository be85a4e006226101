package schedule

import "time"

// MaxAhead is how far ahead of the clock a time may lie: clocks are set, and data may carry the end of their day.
const MaxAhead = 48 * time.Hour

// Disbelieve forgets the times that lie in the future. They are of a clock that was wrong, and would keep sources from being asked, and
// from being missed, until then.
func (s *State) Disbelieve(now time.Time) {
	future := now.Add(MaxAhead)
	for _, known := range s.Sources {
		for _, t := range []*time.Time{&known.Asked, &known.Since, &known.Alive, &known.Have} {
			if t.After(future) {
				*t = time.Time{}
			}
		}
		for _, item := range known.Items {
			if item.Last.After(future) {
				item.Last = time.Time{}
			}
		}
	}
}
