package watch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// carrier is a session that carries a route when an update file ends.
type carrier struct {
	announced
	collector string
	peer      peer
}

// addCarried adds the ends of update files at which a session carries a route that wanted accepts to the sights of the hours with dumps.
func (f *finder) addCarried(family uint32, sights map[routeKey][]sight, wanted func(*carriage, routeKey) bool) {
	chosen := map[*carriage][]routeKey{}
	for _, m := range f.moments[family] {
		at := map[routeKey]*sight{}
		for _, v := range m.views {
			keys, met := chosen[v.carriage]
			if !met {
				for key := range v.carried {
					if wanted(v.carriage, key) {
						keys = append(keys, key)
					}
				}
				chosen[v.carriage] = keys
			}
			for _, key := range keys {
				if at[key] == nil {
					at[key] = &sight{at: m.at, isOfUpdates: true}
				}
				at[key].addView(v, key)
			}
		}
		for key, s := range at {
			sights[key] = append(sights[key], *s)
		}
	}
}

// addView adds the sessions of a view that carry a route.
func (s *sight) addView(v *view, key routeKey) {
	if v.isDry {
		s.heard = union(s.heard, []string{v.run})
	} else {
		s.collectors = union(s.collectors, []string{v.collector})
	}
	for p, a := range v.carried[key] {
		if a.in.IsZero() { // it is by the dump: the file shows that it was not withdrawn
			a.in = v.from
		}
		s.by = append(s.by, carrier{a, v.collector, p})
	}
}

// hoursOf returns the times at which something is known of a route: not from a collector of which it is unclear whether it has the route.
func (f *finder) hoursOf(family uint32, key routeKey) []*hour {
	all := f.sequence(family)
	for _, m := range f.moments[family] {
		for _, v := range m.views {
			if !v.unclear[key] {
				continue
			}
			if &all[0] == &f.sequences[family][0] {
				all = slices.Clone(all)
			}
			i, _ := slices.BinarySearchFunc(all, m.at, func(h *hour, at time.Time) int { return h.at.Compare(at) })
			h := *all[i]
			h.collectors, h.heard = without(h.collectors, []string{v.collector}), without(h.heard, []string{v.run})
			all[i] = &h
		}
	}
	return all
}

// describe says what a sight of update files shows: how many peers, each counted once however many collectors hear it, and what the first said.
func (s *sight) describe() string {
	first := s.first()
	peers := map[peer]bool{}
	for _, c := range s.by {
		peers[c.peer] = true
	}
	text := fmt.Sprintf("at the end of update files, %s, %d peers carried it", s.at.UTC().Format(time.RFC3339), len(peers))
	if len(peers) == 1 {
		text = strings.Replace(text, "1 peers", "1 peer", 1)
	}
	text += ", first " + first.collector + "/" + first.peer.String()
	if first.path != "" {
		text += fmt.Sprintf(" since the record of %s: path %s", first.since.Format("2006-01-02T15:04:05.000000Z07:00"), first.path)
	}
	return text
}

// first returns the carrier that has had the route for the shortest time of those whose announcement is on record, or else any.
func (s *sight) first() carrier {
	return slices.MinFunc(s.by, func(a, b carrier) int {
		byDump := func(c *carrier) int { return map[bool]int{true: 1}[c.since.IsZero()] }
		return cmp.Or(cmp.Compare(byDump(&a), byDump(&b)), a.since.Compare(b.since), cmp.Compare(a.collector, b.collector), cmp.Compare(a.peer.String(), b.peer.String()))
	})
}

// ofUpdates is evidence of the update files that the carriers of a sight were announced in, the first one with what it shows.
func (f *finder) ofUpdates(s *sight) []Evidence {
	first := s.first()
	files := []fileStart{{first.collector, first.in.Unix()}}
	for _, c := range s.by {
		files = append(files, fileStart{c.collector, c.in.Unix()})
	}
	return f.ofFiles(files, s.describe())
}

// ofFiles is evidence of update files, each once: the first of a list with what it shows, then the others by time.
func (f *finder) ofFiles(files []fileStart, text string) (all []Evidence) {
	others := slices.Clone(files[1:])
	slices.SortFunc(others, func(a, b fileStart) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.collector, b.collector))
	})
	others = slices.DeleteFunc(slices.Compact(others), func(at fileStart) bool { return at == files[0] })
	for _, at := range append(files[:1:1], others...) {
		if m, name := f.updateFileOf(at); m != nil {
			all = append(all, Evidence{m.Dataset, m.File, m.SHA256, strings.TrimPrefix(text+"; "+name, "; ")})
			text = ""
		}
	}
	return all
}

// ofSight is evidence of the hour of a sight, in a dataset, or of the update files that show it.
func (f *finder) ofSight(s *table.Schema, seen *sight) (all []Evidence) {
	if !seen.isOfUpdates {
		all = f.ofHour(s, seen.at, seen.text)
	}
	if len(seen.by) > 0 {
		all = append(all, f.ofUpdates(seen)...)
	}
	return all
}

// fileStart is a collector with the beginning of one of its update files, in seconds.
type fileStart struct {
	collector string
	from      int64
}

// updateFileOf returns the partition and the raw file of an update file; nil if it is not there.
func (f *finder) updateFileOf(at fileStart) (*table.Manifest, string) {
	if f.partitions == nil {
		f.partitions = map[fileStart]*table.Manifest{}
		for _, m := range f.engine.Partitions(datasets.WatchedUpdates.Schema) {
			if labels, ok, err := datasets.WatchedUpdates.Labels(f.store, m); ok && err == nil {
				f.partitions[fileStart{labels.Collector, labels.From.Unix()}] = m
			}
		}
	}
	for _, l := range f.listeners {
		for i := range l.files {
			if file := &l.files[i]; l.name == at.collector && file.from.Unix() == at.from {
				return f.partitions[at], cmp.Or(file.name, "the file of "+file.from.Format(time.RFC3339))
			}
		}
	}
	return nil, ""
}
