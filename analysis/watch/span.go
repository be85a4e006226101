package watch

import (
	"cmp"
	"slices"
	"time"
)

// sight is what a time shows of a subject: the state that a rule is about, and which collectors show it.
type sight struct {
	at         time.Time
	collectors []string // that are known to show all that they carry
	heard      []string // runs of update files of other collectors
	text       string   // what was seen

	isOfUpdates bool        // otherwise of dumps
	by          []carrier   // of update files, who carried a route
	files       []fileStart // the files of the same time, where no route is
}

// span is a state of a subject from its beginning to its end.
type span struct {
	first, last sight
	notBefore   *time.Time // newest time before it, of the same collectors, without the state; nil: there is none
	goneBy      *time.Time // first time after it by which all who showed the state have been without it; nil: they have not
}

// spans joins sights, oldest first, to spans. hours are the times that can show the state, oldest first; sights at other times do not count. A state is
// over when each collector that showed it has been without it since, at the same time or one after the other: what a collector does not say is unknown.
func spans(hours []*hour, sights []sight) (all []span) {
	of := map[time.Time]sight{}
	for _, s := range sights {
		if o, has := of[s.at.UTC()]; has { // dumps and update files of the same time
			s = sight{s.at, union(o.collectors, s.collectors), union(o.heard, s.heard), cmp.Or(s.text, o.text), s.isOfUpdates && o.isOfUpdates, slices.Concat(o.by, s.by), slices.Concat(o.files, s.files)}
		}
		of[s.at.UTC()] = s
	}
	var open *span
	var owed []string // who showed the state last, and has not been without it since
	for i, h := range hours {
		s, isShown := of[h.at.UTC()]
		owed = without(owed, slices.Concat(h.collectors, h.heard))
		switch {
		case isShown && open == nil:
			all = append(all, span{first: s, last: s, notBefore: newestWith(hours[:i], &s)})
			open = &all[len(all)-1]
			owed = slices.Concat(s.collectors, s.heard)
		case isShown:
			open.last = s
			owed = union(owed, slices.Concat(s.collectors, s.heard))
		case open != nil && len(owed) == 0:
			open.goneBy, open = &h.at, nil
		}
	}
	return all
}

// newestWith returns the newest of the hours that has all collectors of a sight; nil if none has, or none of them is known to show all.
func newestWith(hours []*hour, s *sight) *time.Time {
	if len(s.collectors) == 0 && len(s.heard) > 0 {
		return nil
	}
	for _, h := range slices.Backward(hours) {
		if h.has(s.collectors) {
			return &h.at
		}
	}
	return nil
}

// convergence is for how long routers look for other paths after a change (RFC 4271 section 9.2.1.1, a few times): what is there for a shorter time, and in no
// dump, is part of the search.
const convergence = 3 * time.Minute

// lasting returns the sights without those of update files that no other one follows, or none that is long enough after it.
func lasting(hours []*hour, sights []sight) (kept []sight) {
	of := map[time.Time][]sight{}
	for _, s := range sights {
		of[s.at.UTC()] = append(of[s.at.UTC()], s)
	}
	var row []sight
	end := func() {
		isInDump := slices.ContainsFunc(row, func(s sight) bool { return !s.isOfUpdates })
		if len(row) > 0 && (isInDump || row[len(row)-1].at.Sub(row[0].at) >= convergence) {
			kept = append(kept, row...)
		}
		row = nil
	}
	for _, h := range hours {
		shown := of[h.at.UTC()]
		if len(shown) == 0 {
			end()
		}
		row = append(row, shown...)
	}
	end()
	return kept
}
