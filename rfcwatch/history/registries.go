package history

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// RegistrySnapshots returns the snapshots of IANA's registries by the name of the registry's file, oldest first. It quarantines one with
// less than half of the entries of the one before: the file was cut.
func RegistrySnapshots(store *table.Store) (snapshots map[string][]*table.Manifest, quarantined []Quarantined, err error) {
	all, err := store.Manifests(datasets.Assignments.Schema)
	if err != nil {
		return nil, nil, err
	}
	snapshots = map[string][]*table.Manifest{}
	for _, m := range all {
		// The name without its ending and a day: snapshots are of one registry whether they were fetched or imported.
		registry, _, _ := strings.Cut(path.Base(m.Inputs[0].Name), ".")
		earlier := snapshots[registry]
		if n := len(earlier); n > 0 && 2*m.Rows < earlier[n-1].Rows {
			quarantined = append(quarantined, Quarantined{m.Inputs[0].Name, m.Rows, earlier[n-1].Rows})
			continue
		}
		snapshots[registry] = append(earlier, m)
	}
	return snapshots, quarantined, nil
}

// Assignments returns what IANA's registries held on a day, in the order of registry, list and entry, and the partitions that it was read
// from. The zero time means the newest snapshots.
func Assignments(store *table.Store, day time.Time) (entries []datasets.Assignment, from []*table.Manifest, err error) {
	snapshots, _, err := RegistrySnapshots(store)
	if err != nil {
		return nil, nil, err
	}
	for _, registry := range slices.Sorted(maps.Keys(snapshots)) {
		m := newestOf(snapshots[registry], day)
		if m == nil {
			continue
		}
		from = append(from, m)
		for entry, err := range datasets.Assignments.Scan(store.Path(m)) {
			if err != nil {
				return nil, nil, err
			}
			entries = append(entries, entry)
		}
	}
	return entries, from, nil
}

// AssignmentEvents returns what happened to entries of IANA's registries since a day, oldest first.
func AssignmentEvents(store *table.Store, since time.Time) (events []datasets.AssignmentEvent, err error) {
	manifests, err := store.Manifests(datasets.AssignmentEvents.Schema)
	if err != nil {
		return nil, err
	}
	for _, m := range manifests {
		if m.Day().Before(since) {
			continue
		}
		for e, err := range datasets.AssignmentEvents.Scan(store.Path(m)) {
			if err != nil {
				return nil, err
			}
			if !registeredOn(&e).Before(since) {
				events = append(events, e)
			}
		}
	}
	slices.SortStableFunc(events, func(a, b datasets.AssignmentEvent) int {
		return cmp.Or(registeredOn(&a).Compare(registeredOn(&b)), a.Until.Compare(b.Until))
	})
	return events, nil
}

// registeredOn returns the day under which an event is shown: the date that the entry states, or the day of the first snapshot that has it.
func registeredOn(e *datasets.AssignmentEvent) time.Time {
	if e.Date != nil {
		return *e.Date
	}
	return e.Until
}
