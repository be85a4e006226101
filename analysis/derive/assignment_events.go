package derive

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/history"
)

// AssignmentEvents makes assignment_events: what changed between each snapshot of a registry of IANA and the next. A snapshot with less
// than half of the entries of the one before is left out: the file was cut.
var AssignmentEvents = Derivation{Of: datasets.AssignmentEvents.Schema, Plan: planAssignmentEvents}

func planAssignmentEvents(store *table.Store) (jobs []Job, err error) {
	registries, quarantined, err := history.RegistrySnapshots(store)
	if err != nil {
		return nil, err
	}
	for _, q := range quarantined {
		logOf(store).Warn("snapshot of a registry quarantined: it lost too many entries", "snapshot", q.Name, "entries", q.Documents, "before", q.Than)
	}
	for _, registry := range slices.Sorted(maps.Keys(registries)) {
		var before *table.Manifest
		for _, now := range registries[registry] {
			inputs := []table.Input{now.AsInput()}
			earlier := before
			if earlier != nil {
				inputs = append(inputs, earlier.AsInput())
			}
			key := table.Key{Day: now.Day(), Name: now.Name()}
			jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(_ context.Context, into *table.Commit) error {
				return writeAssignmentEvents(store, earlier, now, key, into)
			}})
			before = now
		}
	}
	return jobs, nil
}

func writeAssignmentEvents(store *table.Store, before, now *table.Manifest, key table.Key, into *table.Commit) error {
	entries, err := readAssignments(store, now)
	if err != nil {
		return err
	}
	seen := 0
	for _, list := range entries {
		seen += len(list)
	}
	var events []datasets.AssignmentEvent
	if before == nil {
		events = dated(entries, now.Day())
	} else {
		old, err := readAssignments(store, before)
		if err != nil {
			return err
		}
		events = compareAssignments(old, entries, before.Day(), now.Day())
	}
	slices.SortFunc(events, func(a, b datasets.AssignmentEvent) int {
		return cmp.Or(cmp.Compare(a.List, b.List), cmp.Compare(len(a.Value), len(b.Value)), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Event, b.Event),
			cmp.Compare(a.Field, b.Field), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Before, b.Before), cmp.Compare(a.Now, b.Now), cmp.Compare(a.Reference, b.Reference))
	})
	out, err := datasets.AssignmentEvents.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "entry of the later snapshot"
	out.See(seen)
	out.Keep(seen)
	return out.Append(events...)
}

// codePoint is a value of a list. A list may have several entries for it.
type codePoint struct{ list, value string }

// readAssignments returns the entries of a snapshot that are not unassigned.
func readAssignments(store *table.Store, m *table.Manifest) (map[codePoint][]datasets.Assignment, error) {
	all := map[codePoint][]datasets.Assignment{}
	for row, err := range datasets.Assignments.Scan(store.Path(m)) {
		if err != nil {
			return nil, err
		}
		if row.State != "unassigned" {
			at := codePoint{row.List, row.Value}
			all[at] = append(all[at], row)
		}
	}
	return all, nil
}

// dated returns the registrations of a first snapshot that state their date: what they say needs no earlier one.
func dated(entries map[codePoint][]datasets.Assignment, day time.Time) (events []datasets.AssignmentEvent) {
	for _, list := range entries {
		for _, entry := range list {
			if on := registered(&entry); on != nil && !on.After(day) {
				e := assignmentEvent(&entry, *on, day)
				e.Event, e.Date = "added", on
				events = append(events, e)
			}
		}
	}
	return events
}

func compareAssignments(before, now map[codePoint][]datasets.Assignment, after, until time.Time) (events []datasets.AssignmentEvent) {
	for at, entries := range now {
		old, fresh := unequal(before[at], entries)
		common := min(len(old), len(fresh))
		for i, entry := range fresh[:common] {
			events = append(events, changes(&old[i], &entry, after, until)...)
		}
		for _, entry := range fresh[common:] {
			e := assignmentEvent(&entry, after, until)
			e.Event = "added"
			if on := registered(&entry); on != nil && !on.After(until) {
				e.Date = on
			}
			events = append(events, e)
		}
		events = append(events, removals(old[common:], after, until)...)
	}
	for at, entries := range before {
		if now[at] == nil {
			events = append(events, removals(entries, after, until)...)
		}
	}
	return events
}

// unequal returns the entries of a value without those that both snapshots have, in the registry's order.
func unequal(before, now []datasets.Assignment) (old, fresh []datasets.Assignment) {
	old = slices.Clone(before)
	for _, entry := range now {
		same := slices.IndexFunc(old, func(o datasets.Assignment) bool {
			return o.Name == entry.Name && o.Description == entry.Description && o.Reference == entry.Reference
		})
		if same < 0 {
			fresh = append(fresh, entry)
		} else {
			old = slices.Delete(old, same, same+1)
		}
	}
	return old, fresh
}

func removals(entries []datasets.Assignment, after, until time.Time) (events []datasets.AssignmentEvent) {
	for _, entry := range entries {
		e := assignmentEvent(&entry, after, until)
		e.Event = "removed"
		events = append(events, e)
	}
	return events
}

// changes returns an event for each field of an entry that changed.
func changes(old, entry *datasets.Assignment, after, until time.Time) (events []datasets.AssignmentEvent) {
	for _, field := range []struct{ name, before, now string }{
		{"name", old.Name, entry.Name}, {"description", old.Description, entry.Description}, {"reference", old.Reference, entry.Reference},
	} {
		if field.before == field.now {
			continue
		}
		e := assignmentEvent(entry, after, until)
		e.Event, e.Field, e.Before, e.Now = "changed", field.name, field.before, field.now
		if field.name == "reference" {
			e.RFCs = slices.Concat(old.RFCs, entry.RFCs)
			slices.Sort(e.RFCs)
			e.RFCs = slices.Compact(e.RFCs)
		}
		events = append(events, e)
	}
	return events
}

// assignmentEvent returns an event of the entry without its kind.
func assignmentEvent(entry *datasets.Assignment, after, until time.Time) datasets.AssignmentEvent {
	return datasets.AssignmentEvent{After: after, Until: until, Registry: entry.Registry, List: entry.List, Title: entry.Title, Value: entry.Value,
		Name: entry.Name, Reference: entry.Reference, RFCs: entry.RFCs}
}

// registered returns the date of the registration, the first of the month where the entry states only that; nil if it states none.
func registered(entry *datasets.Assignment) *time.Time {
	for _, layout := range []string{time.DateOnly, "2006-01"} {
		if t, err := time.Parse(layout, entry.Registered); err == nil {
			return &t
		}
	}
	return nil
}
