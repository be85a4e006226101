package incident

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"tidemark/internal/netaddr"
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
	Peak      Peak
	First     int // index of the mark with which it began, as given to Add
	Earlier   int // events of the same key before
}

// Peak is when the most full feeds carried a route.
type Peak struct {
	Feeds, Of, OfASes int64 // as of a Mark
	Time              time.Time
}

// Status says whether an event is over.
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

// History joins marks to events.
type History struct {
	open   map[string]map[Key]*tracked // by series
	last   map[string]time.Time        // newest hour of each series
	newest time.Time
	past   []Event
	marks  int

	// replaced has, by series and prefix, the origins that lost it in an origin change that goes on.
	replaced map[string]map[netip.Prefix][]*tracked
}

// tracked is an event that is going on.
type tracked struct {
	Event
	others  []Origin
	blurred bool
}

// Add adds the marks of an hour. Hours are added in the order of time.
func (h *History) Add(hour Hour, marks []Mark) {
	if h.open == nil {
		h.open, h.last, h.replaced = map[string]map[Key]*tracked{}, map[string]time.Time{}, map[string]map[netip.Prefix][]*tracked{}
	}
	if h.open[hour.Series] == nil {
		h.open[hour.Series], h.replaced[hour.Series] = map[Key]*tracked{}, map[netip.Prefix][]*tracked{}
	}
	h.last[hour.Series], h.newest = hour.Time, hour.Time
	for pass := range 2 { // what begins is judged by what went on before the hour
		for i := range marks {
			m := &marks[i]
			if (m.Edge == Begins) != (pass == 0) {
				continue
			}
			if m.Edge == Begins {
				h.begin(hour, m, h.marks+i)
				continue
			}
			for _, kind := range kindsOf(m) {
				h.move(hour, Key{kind, m.Prefix, m.Origin}, m)
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
func (h *History) begin(hour Hour, m *Mark, number int) {
	key := Key{m.Kind, m.Prefix, m.Origin}
	if t := h.open[hour.Series][key]; t != nil {
		t.blurred = false
		t.raise(hour, m)
		return
	}
	if (m.Kind == OriginChange || m.Kind == MOAS) && h.returns(hour.Series, m) || m.Kind == LostVisibility && h.unwanted(hour, m) {
		return
	}
	t := &tracked{Event: Event{Key: key, SeenFrom: hour.Time, First: number, Peak: Peak{m.Feeds, m.Of, m.OfASes, hour.Time}}, others: m.Others}
	if m.Dated {
		t.NotBefore = hour.Before
	}
	h.open[hour.Series][key] = t
	if m.Kind == OriginChange {
		h.replaced[hour.Series][m.Prefix] = append(h.replaced[hour.Series][m.Prefix], t)
	}
}

// returns reports whether the origin is one that an origin change, which goes on, had replaced.
func (h *History) returns(series string, m *Mark) bool {
	return slices.ContainsFunc(h.replaced[series][m.Prefix], func(t *tracked) bool { return slices.Contains(t.others, m.Origin) })
}

// unwanted reports whether what is lost is a bogon, or a more specific prefix that another AS had added: that it goes is the end of that
// event.
func (h *History) unwanted(hour Hour, m *Mark) bool {
	for _, o := range m.Others {
		for _, kind := range []string{Bogon, MoreSpecific} {
			if t := h.open[hour.Series][Key{kind, m.Prefix, o}]; t != nil && t.SeenFrom.Before(hour.Time) {
				return true
			}
		}
	}
	return false
}

// move applies a mark to an event that goes on.
func (h *History) move(hour Hour, key Key, m *Mark) {
	t := h.open[hour.Series][key]
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
		h.past = append(h.past, t.Event)
		delete(h.open[hour.Series], key)
		if key.Kind == OriginChange {
			replaced := h.replaced[hour.Series]
			replaced[key.Prefix] = slices.DeleteFunc(replaced[key.Prefix], func(other *tracked) bool { return other == t })
			if len(replaced[key.Prefix]) == 0 {
				delete(replaced, key.Prefix)
			}
		}
	}
}

func (t *tracked) raise(hour Hour, m *Mark) {
	if m.Feeds > t.Peak.Feeds {
		t.Peak = Peak{m.Feeds, m.Of, m.OfASes, hour.Time}
	}
}

// Events returns the events of all hours by their beginning. Those of one key in several sets of collectors are one, unless both sets
// show that it was over between. It is called once, after the last hour.
func (h *History) Events() []Event {
	all := h.past
	for series, open := range h.open {
		for _, t := range open {
			e := t.Event
			e.Status = Still
			if !t.blurred {
				e.LastSeen = h.last[series]
			}
			if t.blurred || h.newest.Sub(h.last[series]) > MaxGap {
				e.Status = Unclear
			}
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b Event) int {
		return cmp.Or(compareKeys(a.Key, b.Key), a.earliest().Compare(b.earliest()), a.SeenFrom.Compare(b.SeenFrom))
	})
	merged := all[:0]
	var until time.Time // of the last event
	for _, e := range all {
		if n := len(merged); n > 0 && merged[n-1].Key == e.Key {
			if until.IsZero() || e.earliest().Before(until) {
				end := later(until, e.latest())
				merged[n-1].merge(&e, !end.Equal(until) || end.Equal(e.latest()) && e.Status == Ended)
				until = end
				continue
			}
			e.Earlier = merged[n-1].Earlier + 1
		}
		until = e.latest()
		merged = append(merged, e)
	}
	slices.SortStableFunc(merged, func(a, b Event) int { return a.SeenFrom.Compare(b.SeenFrom) })
	return merged
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

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), comparePrefixes(a.Prefix, b.Prefix), CompareOrigins(a.Origin, b.Origin))
}

// comparePrefixes compares prefixes of one kind of event, which are all valid or all invalid.
func comparePrefixes(a, b netip.Prefix) int {
	if !a.IsValid() || !b.IsValid() {
		return 0
	}
	return netaddr.ComparePrefixes(a, b)
}
