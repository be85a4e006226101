// Package dossier collects what the store has about each RFC: the entry in the index with its relations, events, errata and
// their places in the text, drafts that would change the document, and, of watched ones, differences between texts. It reads each
// table once, however many documents are watched.
package dossier

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
)

// RFC is what the datasets have about one document.
type RFC struct {
	Number     int
	Watched    bool
	Entry      *datasets.RFC          // in the newest index; nil if the document is not in it
	Told       map[string]time.Time   // by field of the entry (status, title, stream, area, wg), the day of the index that tells it
	Relations  []datasets.RFCRelation // of that index, stated by this document or about it
	Related    []datasets.RFC         // entries of the other documents in those relations, by number
	Events     []datasets.RFCEvent    // oldest first
	Errata     []Erratum              // by number
	Searched   bool                   // the errata were looked for in the text; false: it is not at hand, or there are none
	Cites      []datasets.RFCCitation // by the number that is cited
	CitedBy    []datasets.RFCCitation // by the number that cites
	Drafts     []Draft                // active ones that would change the document, or are named after it
	Unread     []history.Pending      // active drafts that cite it, of which no header could be read
	Cited      int                    // how many active drafts cite it
	Successors []Successor            // differences between this document and those that obsolete it or that it obsoletes, if it is watched
	Citing     []string               // documents that cite it normatively, according to the Datatracker
	Registered []datasets.Assignment  // entries of IANA's registries that refer to it
}

// Erratum is an erratum with the part of the text that it quotes.
type Erratum struct {
	datasets.RFCErratum
	Place  *history.AboutPlace // nil: not found, or no text is at hand
	Quoted []text.Paragraph    // those of the place
}

// Draft is a draft that would change the document; of a watched one, with what it says about that and what its newest revision changed.
type Draft struct {
	history.Pending
	Passages    []text.Passage // of its newest text, about the document
	Touched     []string       // numbers of the document's sections that this text says it would change
	Read        string         // the revision that they are of; empty: no text is at hand
	Before, Now string         // the compared revisions; empty if the store has fewer than two texts
	Changes     []text.Change
	Summary     text.Summary // of the changes
}

// Successor is a pair of documents of which the second obsoletes the first.
type Successor struct {
	Before, Now int // RFC numbers
	Changes     []text.Change
	Summary     text.Summary
}

// Series is what the store has about the RFC series as a whole.
type Series struct {
	Others []*RFC // the documents that are not watched, by number: those of the newest index, numbers that were never issued, and those with errata

	Index  []datasets.RFC       // the newest index, by number
	Day    time.Time            // of that index
	Status map[uint32]time.Time // by number, the day of the index that tells the status
	Events []datasets.RFCEvent  // oldest first
	From   []*table.Manifest    // the partitions that the series and the dossiers were read from

	history.News                 // which of the events were seen to happen
	Lineage      history.Lineage // of the drafts
	DraftsDay    time.Time       // of the newest snapshot of the drafts; zero: there is none
	ErrataDay    time.Time       // of the newest list of errata; zero: there is none

	Active      []datasets.Draft // active drafts of the newest snapshot, by name
	Members     []history.Member // of the sub-series, by name and number
	MembersTold time.Time        // day of the newest index that tells them; zero: none does

	Texts     map[uint32]bool    // RFCs whose text is at hand: only those are known to cite
	FullTexts []history.FullText // the texts of RFCs in the index, by number

	Registries []*table.Manifest // newest snapshots of IANA's registries
}

// Issued returns how many documents of the index were issued and how many numbers never will be, with the day of the newest
// index that lists such numbers: the form of the newest index may not.
func (s *Series) Issued() (issued, never int, neverOn time.Time) {
	for _, d := range s.Index {
		if !d.NotIssued {
			issued++
			continue
		}
		never++
		if d.SnapshotDate.After(neverOn) {
			neverOn = d.SnapshotDate
		}
	}
	return issued, never, neverOn
}

// Read returns what the store has about the documents with the given numbers, in their order, and about the series. A
// property that the form of the newest index lacks comes from the newest indexes of other forms; an index that lost
// documents is ignored. A number that is not positive or occurs twice is an error.
func Read(store *table.Store, numbers []int) ([]*RFC, Series, error) {
	r := reader{store: store, documents: map[uint32]*RFC{}}
	for _, n := range numbers {
		if n < 1 {
			return nil, Series{}, fmt.Errorf("invalid RFC number %d (want 1 or more)", n)
		}
		if r.documents[uint32(n)] != nil {
			return nil, Series{}, fmt.Errorf("RFC %d is watched twice", n)
		}
		document := &RFC{Number: n, Watched: true}
		r.watched = append(r.watched, document)
		r.documents[uint32(n)] = document
	}
	for _, step := range []func() error{r.index, r.events, r.errata, r.drafts, r.texts, r.registries} {
		if err := step(); err != nil {
			return nil, Series{}, err
		}
	}
	for _, number := range slices.Sorted(maps.Keys(r.documents)) {
		if document := r.documents[number]; !document.Watched {
			r.series.Others = append(r.series.Others, document)
		}
	}
	return r.watched, r.series, nil
}

// reader fills in the dossiers.
type reader struct {
	store     *table.Store
	watched   []*RFC
	documents map[uint32]*RFC // all, by number
	series    Series
}

// document returns the dossier of an RFC, which it begins if there is none yet.
func (r *reader) document(number uint32) *RFC {
	document := r.documents[number]
	if document == nil {
		document = &RFC{Number: int(number)}
		r.documents[number] = document
	}
	return document
}

// index reads the newest index.
func (r *reader) index() error {
	chain, _, err := history.ReadChain(r.store)
	if err != nil || len(chain) == 0 {
		return err
	}
	newest := chain.UpTo(len(chain) - 1)
	state, err := history.Read(r.store, newest)
	if err != nil {
		return err
	}
	for _, s := range newest {
		r.series.From = append(r.series.From, s.RFCs, s.Relations)
	}
	r.series.Day = state.Day
	r.series.Status = map[uint32]time.Time{}
	for _, d := range state.Documents {
		r.document(d.Number)
		r.series.Index = append(r.series.Index, d.RFC)
		if told := d.ToldOn(event.Status); d.Status != "" && !told.IsZero() {
			r.series.Status[d.Number] = told
		}
	}
	slices.SortFunc(r.series.Index, func(a, b datasets.RFC) int { return cmp.Compare(a.Number, b.Number) })
	r.series.Members, r.series.MembersTold = state.Members(), state.Told["is-also"]
	for _, s := range state.Relations {
		r.relate(s.Number, s)
		if s.TargetNumber != s.Number {
			r.relate(s.TargetNumber, s)
		}
	}
	for _, document := range r.documents {
		document.describe(state)
	}
	return r.citations(state)
}

// citations reads who cites whom.
func (r *reader) citations(state *history.State) error {
	citations, err := history.ReadCitations(r.store, state)
	if err != nil {
		return err
	}
	r.series.From = append(r.series.From, citations.From...)
	r.series.Texts = citations.Texts
	if r.series.FullTexts, err = history.FullTexts(r.store, state); err != nil {
		return err
	}
	for _, c := range citations.Rows {
		if document := r.documents[c.Number]; document != nil {
			document.Cites = append(document.Cites, c)
		}
		if document := r.documents[c.Cited]; document != nil {
			document.CitedBy = append(document.CitedBy, c)
		}
	}
	return nil
}

func (r *reader) relate(number uint32, relation datasets.RFCRelation) {
	if document := r.documents[number]; document != nil {
		document.Relations = append(document.Relations, relation)
	}
}

// describe sets the entries of the document and of those that it is related to.
func (document *RFC) describe(state *history.State) {
	slices.SortFunc(document.Relations, func(a, b datasets.RFCRelation) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.TargetNumber, b.TargetNumber), cmp.Compare(a.Target, b.Target))
	})
	own := uint32(document.Number)
	if d := state.Documents[own]; d != nil {
		document.Entry = &d.RFC
		document.Told = map[string]time.Time{}
		for i, f := range history.Fields {
			if !d.Told[i].IsZero() {
				document.Told[f.Name] = d.Told[i]
			}
		}
	}
	met := map[uint32]bool{}
	for _, s := range document.Relations {
		other := s.Number
		if other == own {
			other = s.TargetNumber
		}
		if d := state.Documents[other]; d != nil && !met[other] {
			met[other] = true
			document.Related = append(document.Related, d.RFC)
		}
	}
	slices.SortFunc(document.Related, func(a, b datasets.RFC) int { return cmp.Compare(a.Number, b.Number) })
}

// events reads all events.
func (r *reader) events() (err error) {
	manifests, err := r.store.Manifests(datasets.RFCEvents.Schema)
	if err != nil {
		return err
	}
	r.series.From = append(r.series.From, manifests...)
	if r.series.News, err = history.ReadNews(r.store); err != nil {
		return err
	}
	if r.series.Events, err = history.Events(r.store, nil, time.Time{}); err != nil {
		return err
	}
	for _, e := range r.series.Events {
		for _, n := range e.Concerns {
			if document := r.documents[n]; document != nil {
				document.Events = append(document.Events, e)
			}
		}
	}
	return nil
}

// errata reads the newest list of errata.
func (r *reader) errata() error {
	lists, _, err := history.ErrataLists(r.store)
	if err != nil || len(lists) == 0 {
		return err
	}
	newest := lists[len(lists)-1]
	r.series.ErrataDay = newest.Day()
	r.series.From = append(r.series.From, newest)
	for e, err := range datasets.RFCErrata.Scan(r.store.Path(newest)) {
		if err != nil {
			return err
		}
		document := r.document(e.Number)
		document.Errata = append(document.Errata, Erratum{RFCErratum: e})
	}
	return nil
}

// drafts reads which documents cite another one normatively, and which drafts would change one.
func (r *reader) drafts() error {
	var err error
	if r.series.Lineage, err = history.ReadLineage(r.store); err != nil {
		return err
	}
	tracker, err := history.ReadTracker(r.store, time.Time{})
	if err != nil {
		return err
	}
	r.series.From = append(r.series.From, tracker.From...)
	r.series.DraftsDay, r.series.Active = tracker.Day, tracker.Active
	for number, document := range r.documents {
		document.Citing, document.Unread, document.Cited = tracker.Citing[number], tracker.Unread[number], tracker.Cited[number]
		for _, p := range tracker.Pending[number] {
			document.Drafts = append(document.Drafts, Draft{Pending: p})
		}
	}
	return nil
}

// registries reads which entries of IANA's registries refer to which document.
func (r *reader) registries() error {
	entries, from, err := history.Assignments(r.store, time.Time{})
	if err != nil {
		return err
	}
	r.series.Registries = from
	r.series.From = append(r.series.From, from...)
	for _, entry := range entries {
		for _, n := range entry.RFCs {
			if document := r.documents[n]; document != nil {
				document.Registered = append(document.Registered, entry)
			}
		}
	}
	return nil
}
