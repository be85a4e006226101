package incident

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// MaxGap is for how long the dumps of a set of collectors may be missing before it is unknown whether an event goes on.
const MaxGap = 8 * 24 * time.Hour

// Key is what an event is about.
type Key struct {
	Kind   string
	Prefix netip.Prefix // invalid: it is about an AS
	Origin Origin       // none: it is about all origins
}

// Event is something that began, and perhaps ended, with the hours between which it did.
type Event struct {
	Key
	NotBefore time.Time // last hour known to be without it; zero: unknown
	SeenFrom  time.Time // first hour with it
	LastSeen  time.Time // last hour with it
	GoneBy    time.Time // first hour known to be without it again; zero: it is still there, or that is unknown
	Status    Status
	Gaps      []Interval // of more than MaxGap, between SeenFrom and LastSeen, for which nothing says whether it went on
	Peak      Peak
	First     int // index of the mark with which it began, as given to Add
	Earlier   int // events of the same key before
}

// Peak is when the most full feeds carried a route.
type Peak struct {
	Feeds, Of, OfASes int64 // as of a Mark
	Time              time.Time
}

// Status reports whether an event is over.
type Status string

// Statuses of an event.
const (
	Still   Status = "still"   // seen in the newest dumps of its collectors
	Ended   Status = "ended"   // no longer there in the dumps of the same collectors
	Unclear Status = "unknown" // its collectors' dumps are missing since, or what is needed to judge them
)

// Hour is when dumps were compared with those before.
type Hour struct {
	Time   time.Time
	Before time.Time // of the hour before with the same collectors; zero: none
	Series string    // the collectors
}

// Interval is a time between two hours.
type Interval struct{ From, To time.Time }

// History joins marks to events. Those that go on are held in full, those that ended as a span.
type History struct {
	series map[string]*series
	newest time.Time
	ended  spans
	marks  int
}

// series is the history of a set of collectors.
type series struct {
	open map[Key]*tracked
	last time.Time  // newest hour
	gaps []Interval // without dumps for more than MaxGap

	// replaced has, by prefix, the origins that lost it in an origin change that goes on.
	replaced map[netip.Prefix][]*tracked
}

// tracked is an event that is going on.
type tracked struct {
	Event
	others  []Origin
	blurred bool
}

// Add adds the marks of an hour. Hours are added in the order of time.
func (h *History) Add(hour Hour, marks []Mark) {
	if h.series == nil {
		h.series = map[string]*series{}
	}
	s := h.series[hour.Series]
	if s == nil {
		s = &series{open: map[Key]*tracked{}, replaced: map[netip.Prefix][]*tracked{}}
		h.series[hour.Series] = s
	}
	if !hour.Before.IsZero() && hour.Time.Sub(hour.Before) > MaxGap {
		s.gaps = append(s.gaps, Interval{hour.Before, hour.Time})
	}
	s.last, h.newest = hour.Time, hour.Time
	for pass := range 2 { // what begins is judged by what went on before the hour
		for i := range marks {
			m := &marks[i]
			if (m.Edge == Begins) != (pass == 0) {
				continue
			}
			if m.Edge == Begins {
				s.begin(hour, m, h.marks+i)
				continue
			}
			for _, kind := range kindsOf(m) {
				if e := s.move(hour, Key{kind, m.Prefix, m.Origin}, m); e != nil {
					h.ended.add(e)
				}
			}
		}
	}
	h.marks += len(marks)
}

// changes are the kinds of which a route with a new origin is part.
var changes = []string{OriginChange, MOAS, MoreSpecific}

func kindsOf(m *Mark) []string {
	if m.Kind == AnyChange {
		return changes
	}
	return []string{m.Kind}
}

// begin opens an event, unless it goes on already or is but the end of another: of an origin change, a bogon or a more specific prefix.
func (s *series) begin(hour Hour, m *Mark, number int) {
	key := Key{m.Kind, m.Prefix, m.Origin}
	if t := s.open[key]; t != nil {
		if t.blurred && hour.Time.Sub(t.LastSeen) > MaxGap {
			t.Gaps = append(t.Gaps, Interval{t.LastSeen, hour.Time})
		}
		t.blurred = false
		t.raise(hour, m)
		return
	}
	if (m.Kind == OriginChange || m.Kind == MOAS) && s.returns(m) || m.Kind == LostVisibility && s.unwanted(hour, m) {
		return
	}
	t := &tracked{Event: Event{Key: key, SeenFrom: hour.Time, First: number, Peak: Peak{m.Feeds, m.Of, m.OfASes, hour.Time}}, others: m.Others}
	if m.Dated {
		t.NotBefore = hour.Before
	}
	s.open[key] = t
	if m.Kind == OriginChange {
		s.replaced[m.Prefix] = append(s.replaced[m.Prefix], t)
	}
}

// returns reports whether the origin is one that an origin change, which goes on, had replaced.
func (s *series) returns(m *Mark) bool {
	return slices.ContainsFunc(s.replaced[m.Prefix], func(t *tracked) bool { return slices.Contains(t.others, m.Origin) })
}

// unwanted reports whether what is lost is a bogon, or a more specific prefix that another AS had added: that it goes is the end of that
// event.
func (s *series) unwanted(hour Hour, m *Mark) bool {
	for _, o := range m.Others {
		for _, kind := range []string{Bogon, MoreSpecific} {
			if t := s.open[Key{kind, m.Prefix, o}]; t != nil && t.SeenFrom.Before(hour.Time) {
				return true
			}
		}
	}
	return false
}

// move applies a mark to an event that goes on, and returns the event if that ends it.
func (s *series) move(hour Hour, key Key, m *Mark) *Event {
	t := s.open[key]
	switch {
	case t == nil:
	case m.Edge == Rises:
		t.raise(hour, m)
	case m.Edge == Blurs:
		t.blurred, t.LastSeen = true, hour.Before
	default:
		if !t.blurred {
			t.LastSeen = hour.Before
		}
		t.GoneBy, t.Status = hour.Time, Ended
		delete(s.open, key)
		if key.Kind == OriginChange {
			s.replaced[key.Prefix] = slices.DeleteFunc(s.replaced[key.Prefix], func(other *tracked) bool { return other == t })
			if len(s.replaced[key.Prefix]) == 0 {
				delete(s.replaced, key.Prefix)
			}
		}
		s.addGaps(&t.Event)
		return &t.Event
	}
	return nil
}

// addGaps adds the times without dumps to those in which an event could not be judged.
func (s *series) addGaps(e *Event) {
	for _, g := range s.gaps {
		if !g.From.Before(e.SeenFrom) && !g.To.After(e.LastSeen) {
			e.Gaps = append(e.Gaps, g)
		}
	}
	e.Gaps = union(e.Gaps)
}

func (t *tracked) raise(hour Hour, m *Mark) {
	if m.Feeds > t.Peak.Feeds {
		t.Peak = Peak{m.Feeds, m.Of, m.OfASes, hour.Time}
	}
}

// Events returns the events of all hours by their beginning, kind, prefix and origin. Those of one key in several sets of collectors
// are one, unless both sets show that it was over between. It is called once, after the last hour.
func (h *History) Events() iter.Seq[Event] {
	for _, name := range slices.Sorted(maps.Keys(h.series)) {
		s := h.series[name]
		for key, t := range s.open {
			e := &t.Event
			e.Status = Still
			if !t.blurred {
				e.LastSeen = s.last
			}
			if t.blurred || h.newest.Sub(s.last) > MaxGap {
				e.Status = Unclear
			}
			s.addGaps(e)
			h.ended.add(e)
			delete(s.open, key)
		}
	}
	h.ended.merge()
	return h.ended.byBeginning()
}

// earliest returns the hour after which the event may have begun.
func (e *Event) earliest() time.Time {
	if e.NotBefore.IsZero() {
		return e.SeenFrom.Add(-MaxGap)
	}
	return e.NotBefore
}

// latest returns the hour before which the event must be over; zero: it goes on.
func (e *Event) latest() time.Time {
	switch e.Status {
	case Still:
		return time.Time{}
	case Ended:
		return e.GoneBy
	}
	return e.LastSeen.Add(MaxGap)
}

// later returns the later of two ends, of which zero is none.
func later(a, b time.Time) time.Time {
	if a.IsZero() || b.IsZero() {
		return time.Time{}
	}
	if a.Before(b) {
		return b
	}
	return a
}

// merge joins an event of the same key, seen by other collectors. The beginning is of the one that was seen first, the end of the one
// that may have lasted longer.
func (e *Event) merge(other *Event, longer bool) {
	e.Gaps = between(union(append(e.stretches(), other.stretches()...)))
	if other.SeenFrom.Before(e.SeenFrom) {
		e.SeenFrom, e.NotBefore, e.First = other.SeenFrom, other.NotBefore, other.First
	}
	if longer {
		e.GoneBy, e.Status = other.GoneBy, other.Status
	}
	if other.LastSeen.After(e.LastSeen) {
		e.LastSeen = other.LastSeen
	}
	if other.Peak.Feeds > e.Peak.Feeds {
		e.Peak = other.Peak
	}
}

// stretches returns the times during which the event was seen.
func (e *Event) stretches() (all []Interval) {
	from := e.SeenFrom
	for _, g := range e.Gaps {
		all = append(all, Interval{from, g.From})
		from = g.To
	}
	return append(all, Interval{from, e.LastSeen})
}

// union returns the intervals in order, those that overlap as one. Between two that only meet, the event was seen.
func union(all []Interval) []Interval {
	slices.SortFunc(all, func(a, b Interval) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	joined := all[:0]
	for _, i := range all {
		if n := len(joined); n > 0 && i.From.Before(joined[n-1].To) {
			if i.To.After(joined[n-1].To) {
				joined[n-1].To = i.To
			}
			continue
		}
		joined = append(joined, i)
	}
	return joined
}

// between returns the intervals of more than MaxGap between those given, which are in order.
func between(all []Interval) (gaps []Interval) {
	for i := 1; i < len(all); i++ {
		if g := (Interval{all[i-1].To, all[i].From}); g.To.Sub(g.From) > MaxGap {
			gaps = append(gaps, g)
		}
	}
	return gaps
}
