package history

import (
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/event"
)

// News separates what was seen to happen from what the first snapshot of a source holds, which was there before.
type News struct {
	ErrataSince, DraftsSince time.Time            // days of the first list of errata and of the first snapshot of the drafts
	RegistriesSince          map[string]time.Time // day of the first snapshot of each of IANA's registries, by the name of its file
}

// ReadNews returns since when the sources have been collected.
func ReadNews(store *table.Store) (n News, err error) {
	errata, _, err := ErrataLists(store)
	if err != nil {
		return n, err
	}
	if len(errata) > 0 {
		n.ErrataSince = errata[0].Day()
	}
	drafts, err := store.Manifests(datasets.Drafts.Schema)
	if err != nil {
		return n, err
	}
	if len(drafts) > 0 {
		n.DraftsSince = drafts[0].Day()
	}
	registries, _, err := RegistrySnapshots(store)
	if err != nil {
		return n, err
	}
	n.RegistriesSince = map[string]time.Time{}
	for file, snapshots := range registries {
		n.RegistriesSince[file] = snapshots[0].Day()
	}
	return n, nil
}

// IsNews reports whether the event was seen to happen.
func (n *News) IsNews(e *datasets.RFCEvent) bool {
	switch kind := event.Kind(e.Kind); {
	case kind.IsErratum():
		return e.Until.After(n.ErrataSince)
	case kind.IsDraft():
		return e.Until.After(n.DraftsSince)
	case kind.IsRegistration():
		file, list, _ := event.Entry(e.Document)
		if _, alone := n.RegistriesSince[list]; alone { // a CSV file has one list and its name
			file = list
		}
		return e.Until.After(n.RegistriesSince[file])
	}
	return true
}

// Of returns those of the events that were seen to happen.
func (n *News) Of(events []datasets.RFCEvent) []datasets.RFCEvent {
	return slices.DeleteFunc(slices.Clone(events), func(e datasets.RFCEvent) bool { return !n.IsNews(&e) })
}
