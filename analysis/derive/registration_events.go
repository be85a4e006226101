package derive

import (
	"context"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/event"
)

// registrationJobs turn what happened to entries of IANA's registries into events of the RFCs that these entries refer to.
func registrationJobs(store *table.Store) (jobs []Job, err error) {
	manifests, err := store.Manifests(datasets.AssignmentEvents.Schema)
	if err != nil {
		return nil, err
	}
	for _, m := range manifests {
		key := table.Key{Day: m.Day(), Name: "registry." + m.Name()}
		jobs = append(jobs, Job{Key: key, Inputs: []table.Input{m.AsInput()}, Run: func(_ context.Context, into *table.Commit) error {
			return writeRegistrations(store, m, key, into)
		}})
	}
	return jobs, nil
}

func writeRegistrations(store *table.Store, from *table.Manifest, key table.Key, into *table.Commit) error {
	out, err := datasets.RFCEvents.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "event of an entry"
	for e, err := range datasets.AssignmentEvents.Scan(store.Path(from)) {
		if err != nil {
			return err
		}
		out.See(1)
		if len(e.RFCs) == 0 {
			out.Reject("refers to no RFC", 1)
			continue
		}
		out.Keep(1)
		if err := out.Append(registrationEvent(&e)); err != nil {
			return err
		}
	}
	return nil
}

func registrationEvent(e *datasets.AssignmentEvent) datasets.RFCEvent {
	found := datasets.RFCEvent{After: e.After, Until: e.Until, Date: e.Date, Document: event.EntryName(e.Registry, e.List, e.Value),
		Kind: string(event.Registration(e.Event)), Relation: e.Field, Before: e.Before, Now: e.Now, Title: e.Title, Concerns: e.RFCs}
	if found.Title == "" { // the CSV form has none
		found.Title = e.List
	}
	switch event.Kind(found.Kind) {
	case event.RegistrationAdded:
		found.Now = e.Name
	case event.RegistrationRemoved:
		found.Before = e.Name
	}
	return found
}
