package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// onUpdates reports whether a kind of a rule is judged at the end of update files too. What is judged by registries, or by the relations and the
// visibility of all routes, is judged on dumps, and so is what ASes originate beyond the watched prefixes.
func (r *Rule) onUpdates(kind string, family uint32) bool {
	switch kind {
	case lostVisibility:
		return r.visibility(family) > 0
	case originViolates, moreSpecific, upstreamViolates:
		return len(r.Prefixes) > 0
	}
	return false
}

// late says how long after a message an alert of a kind can come at most, as far as the usual times of the data at hand go on; empty: it is not about
// routes, or there are too few data.
func (f *finder) late(r *Rule, k *Kind) string {
	if !slices.ContainsFunc(k.Needs, func(s *table.Schema) bool { return s == datasets.RouteStates.Schema }) {
		return ""
	}
	families := map[uint32]bool{}
	for _, p := range r.prefixes() {
		families[familyOf(p)] = true
	}
	var parts []string
	if steps := f.updateSteps(); len(steps) > 0 && (families[4] && r.onUpdates(k.Name, 4) || families[6] && r.onUpdates(k.Name, 6)) {
		files := 1
		if k.Name != originViolates && k.Name != moreSpecific {
			files = 2 // it has to last
		}
		for _, name := range slices.Sorted(maps.Keys(steps)) {
			parts = append(parts, fmt.Sprintf("%s by update files of %s", inWords(time.Duration(files)*steps[name]), name))
		}
	}
	if step := f.dumpStep(); step > 0 {
		parts = append(parts, inWords(step)+" by dumps")
	}
	if len(parts) == 0 {
		return ""
	}
	return "late at most " + strings.Join(parts, ", ") + ", and until the next run"
}

// updateSteps returns how long the update files of each collector with watched prefixes are.
func (f *finder) updateSteps() map[string]time.Duration {
	steps := map[string]time.Duration{}
	for _, l := range f.listeners {
		steps[l.name] = l.step
	}
	return steps
}

// dumpStep returns the usual distance of the dumps of the collector whose dumps are furthest apart; 0 if none has two.
func (f *finder) dumpStep() (longest time.Duration) {
	times := map[string][]time.Time{}
	for _, h := range f.hours {
		for _, c := range h.collectors {
			if of := times[c]; len(of) == 0 || !of[len(of)-1].Equal(h.at) {
				times[c] = append(of, h.at)
			}
		}
	}
	for _, of := range times {
		if len(of) > 1 {
			longest = max(longest, frequentStep(of))
		}
	}
	return longest
}

// inWords returns a time as 5 min, 8 h or 1 d.
func inWords(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}
