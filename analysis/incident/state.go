package incident

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// state is a history as it is written. Events are packed as spans.
type state struct {
	Marks  int
	Newest time.Time
	Ended  []byte
	Sets   []string
	Gaps   map[uint32][]Interval
	Series []seriesState
}

// seriesState is a set of collectors, with the events that go on.
type seriesState struct {
	Name    string
	Last    time.Time
	Gaps    []Interval
	Open    []byte
	Others  [][]Origin // by open event
	Blurred []bool
}

// MarshalBinary returns the history as bytes, from which UnmarshalBinary continues it. It is called before Events.
func (h *History) MarshalBinary() ([]byte, error) {
	s := state{Marks: h.marks, Newest: h.newest}
	packed := spans{sets: slices.Clone(h.ended.sets), gaps: maps.Clone(h.ended.gaps)}
	var err error
	for _, name := range slices.Sorted(maps.Keys(h.series)) {
		of := h.series[name]
		one := seriesState{Name: name, Last: of.last, Gaps: of.gaps}
		open := slices.SortedFunc(maps.Values(of.open), func(a, b *tracked) int { return a.First - b.First })
		var all []span
		for _, t := range open {
			all = append(all, packed.pack(&t.Event))
			one.Others, one.Blurred = append(one.Others, t.others), append(one.Blurred, t.blurred)
		}
		if one.Open, err = binary.Append(nil, binary.LittleEndian, all); err != nil {
			return nil, err
		}
		s.Series = append(s.Series, one)
	}
	s.Sets, s.Gaps = packed.sets, packed.gaps
	if s.Ended, err = binary.Append(nil, binary.LittleEndian, h.ended.all); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = gob.NewEncoder(&b).Encode(&s)
	return b.Bytes(), err
}

// UnmarshalBinary sets a new history to what MarshalBinary returned of another.
func (h *History) UnmarshalBinary(b []byte) error {
	var s state
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&s); err != nil {
		return err
	}
	h.marks, h.newest, h.series = s.Marks, s.Newest, map[string]*series{}
	h.ended = spans{sets: s.Sets, gaps: s.Gaps}
	var err error
	if h.ended.all, err = h.ended.unpack(s.Ended); err != nil {
		return err
	}
	for _, one := range s.Series {
		of := &series{open: map[Key]*tracked{}, last: one.Last, gaps: one.Gaps, replaced: map[netip.Prefix][]*tracked{}}
		open, err := h.ended.unpack(one.Open)
		if err != nil {
			return err
		}
		if len(one.Others) != len(open) || len(one.Blurred) != len(open) {
			return fmt.Errorf("%d events go on, with the origins of %d and %d blurred", len(open), len(one.Others), len(one.Blurred))
		}
		for i := range open {
			t := &tracked{Event: h.ended.event(&open[i]), others: one.Others[i], blurred: one.Blurred[i]}
			delete(h.ended.gaps, open[i].First) // they are the event's
			of.open[t.Key] = t
			if t.Kind == OriginChange {
				of.replaced[t.Prefix] = append(of.replaced[t.Prefix], t)
			}
		}
		h.series[one.Name] = of
	}
	return nil
}

// unpack reads spans.
func (s *spans) unpack(b []byte) ([]span, error) {
	size := binary.Size(span{})
	if len(b)%size > 0 {
		return nil, fmt.Errorf("%d bytes are not events of %d", len(b), size)
	}
	all := make([]span, len(b)/size)
	if _, err := binary.Decode(b, binary.LittleEndian, all); err != nil {
		return nil, err
	}
	for i := range all {
		if p := &all[i]; int(p.Kind) >= len(kinds) || int(p.Status) >= len(statuses) || int(p.Set) > len(s.sets) || p.Bits > 128 || p.Family == 4 && p.Bits > 32 {
			return nil, fmt.Errorf("event %d has a kind, a status, a set or a prefix that there is not", i)
		}
	}
	return all, nil
}
