package watch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/digest"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

// documents finds what was seen to happen to watched RFCs and drafts.
func (f *finder) documents(_ context.Context, r *Rule) error {
	if len(r.RFCs)+len(r.Drafts)+len(r.Groups) == 0 {
		return nil
	}
	lineage, err := f.lineage()
	if err != nil {
		return err
	}
	news, err := f.news()
	if err != nil {
		return err
	}
	watched := digest.NewWatch(r.RFCs, r.Drafts, r.Groups, lineage)
	for _, m := range f.engine.Partitions(datasets.RFCEvents.Schema) {
		var all []datasets.RFCEvent
		for e, err := range datasets.RFCEvents.Scan(f.store.Path(m)) {
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		for _, e := range watched.Events(news.Of(all)) {
			kind := kindOfDocument(event.Kind(e.Kind))
			if !r.looksFor(kind) {
				continue
			}
			after := e.After
			a := Alert{Subject: event.Spaced(e.Document), Text: event.Sentence(&e), NotBefore: &after, SeenFrom: e.Until, LastSeen: e.Until, GoneBy: &e.Until,
				Evidence: []Evidence{{m.Dataset, m.File, m.SHA256, event.Headline(&e)}}}
			if slices.Contains(r.RFCs, int(e.Number)) {
				a.Page = event.Page(int(e.Number))
			}
			f.add(r, kind, a, e.Kind, e.Relation, e.Before, e.Now)
		}
	}
	return nil
}

// kindOfDocument returns the kind of alert that something that happened to a document is; empty: it is one of registries.
func kindOfDocument(k event.Kind) string {
	switch {
	case k.IsErratum():
		return "erratum-changed"
	case k.IsDraft():
		return "draft-changed"
	case k.IsRegistration():
		return ""
	}
	return "rfc-changed"
}

// registries finds what was seen to change in watched registries, and in entries that refer to watched RFCs.
func (f *finder) registries(_ context.Context, r *Rule) error {
	if !r.looksFor("registry-changed") {
		return nil
	}
	news, err := f.news()
	if err != nil {
		return err
	}
	for _, m := range f.engine.Partitions(datasets.AssignmentEvents.Schema) {
		for e, err := range datasets.AssignmentEvents.Scan(f.store.Path(m)) {
			if err != nil {
				return err
			}
			refers := slices.ContainsFunc(e.RFCs, func(n uint32) bool { return slices.Contains(r.RFCs, int(n)) })
			if !refers && !slices.Contains(r.Registries, e.Registry) || !e.Until.After(since(&news, &e)) {
				continue
			}
			what := e.Event
			if e.Field != "" {
				what += fmt.Sprintf(": %s %q, before %q", e.Field, e.Now, e.Before)
			}
			a := Alert{Subject: event.EntryName(e.Registry, e.List, e.Value), NotBefore: &e.After, SeenFrom: e.Until, LastSeen: e.Until, GoneBy: &e.Until}
			a.Text = fmt.Sprintf("Entry %s (%s) of %s was %s, between %s and %s.", e.Value, e.Name, cmp.Or(e.Title, e.List), what, e.After.Format(time.DateOnly), e.Until.Format(time.DateOnly))
			a.Evidence = []Evidence{{m.Dataset, m.File, m.SHA256, e.Reference}}
			f.add(r, "registry-changed", a, e.Event, e.Field, e.Before, e.Now)
		}
	}
	return nil
}

// since returns the day of the first snapshot of the registry that an entry is of.
func since(news *history.News, e *datasets.AssignmentEvent) time.Time {
	if day, alone := news.RegistriesSince[e.List]; alone { // a CSV file has one list and its name
		return day
	}
	return news.RegistriesSince[e.Registry]
}
