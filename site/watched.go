package site

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
)

// Standards is what the site shows of the RFC series as a whole.
type Standards struct {
	Index  []datasets.RFC      // every document of the newest state of the index, by number
	Day    time.Time           // of that state
	Events []datasets.RFCEvent // everything that happened, oldest first
	From   []*table.Manifest   // the partitions that this, and what is known of watched documents, was read from
}

// Draft is a draft that would change a watched document, with what its newest revision changed.
type Draft struct {
	history.Pending
	Before, Now string // revisions that are compared; empty: their texts are not at hand
	Changes     []text.Change
}

// Successor is a document that obsoletes a watched one, or that it obsoletes, with what changed in the text.
type Successor struct {
	Before, Now int // RFC numbers
	Changes     []text.Change
}

// Watched reads what the store knows of the series, and of the documents with these numbers in their order. What the
// newest snapshot's form does not tell is taken from the newest snapshots of other forms; a snapshot that lost documents
// takes no part.
func Watched(store *table.Store, numbers []int) ([]*RFC, Standards, error) {
	var standards Standards
	all := make([]*RFC, len(numbers))
	byNumber := map[uint32]*RFC{}
	for i, n := range numbers {
		if n < 1 || byNumber[uint32(n)] != nil {
			return nil, standards, fmt.Errorf("RFC %d cannot be watched: give each number from 1 once", n)
		}
		all[i] = &RFC{Number: n}
		byNumber[uint32(n)] = all[i]
	}
	chain, _, err := history.ReadChain(store)
	if err != nil {
		return nil, standards, err
	}
	if len(chain) > 0 {
		newest := chain.UpTo(len(chain) - 1)
		state, err := history.Read(store, newest)
		if err != nil {
			return nil, standards, err
		}
		for _, s := range newest {
			standards.From = append(standards.From, s.RFCs, s.Relations)
		}
		standards.Day = state.Day
		for _, d := range state.Documents {
			standards.Index = append(standards.Index, d.RFC)
		}
		slices.SortFunc(standards.Index, func(a, b datasets.RFC) int { return cmp.Compare(a.Number, b.Number) })
		fillEntries(state, all, byNumber)
	}
	if standards.Events, err = history.Events(store, nil, time.Time{}); err != nil {
		return nil, standards, err
	}
	for _, e := range standards.Events {
		for _, n := range e.Concerns {
			if w := byNumber[n]; w != nil {
				w.Events = append(w.Events, e)
			}
		}
	}
	for _, of := range []*table.Schema{datasets.RFCEvents.Schema, datasets.RFCErrata.Schema, datasets.Drafts.Schema, datasets.DraftRelations.Schema} {
		manifests, err := store.Manifests(of)
		if err != nil {
			return nil, standards, err
		}
		if of != datasets.RFCEvents.Schema && len(manifests) > 0 {
			manifests = manifests[len(manifests)-1:]
		}
		standards.From = append(standards.From, manifests...)
	}
	errata, err := history.Errata(store, 0, time.Time{})
	if err != nil {
		return nil, standards, err
	}
	for _, e := range errata {
		if w := byNumber[e.Number]; w != nil {
			w.Errata = append(w.Errata, e)
		}
	}
	citing, err := history.Citing(store, time.Time{})
	if err != nil {
		return nil, standards, err
	}
	pending, err := history.DraftsByTarget(store, time.Time{})
	if err != nil {
		return nil, standards, err
	}
	texts, err := readTexts(store)
	if err != nil {
		return nil, standards, err
	}
	for _, w := range all {
		w.Citing = citing[uint32(w.Number)]
		for _, p := range pending[uint32(w.Number)] {
			w.Drafts = append(w.Drafts, texts.draft(p))
		}
		for _, r := range w.Relations {
			if int(r.Number) == w.Number && r.Relation == "obsoletes" {
				w.Successors = append(w.Successors, texts.successor(int(r.TargetNumber), w.Number)...)
			}
			if int(r.Number) == w.Number && r.Relation == "obsoleted-by" {
				w.Successors = append(w.Successors, texts.successor(w.Number, int(r.TargetNumber))...)
			}
		}
	}
	return all, standards, nil
}

// fillEntries fills in what the index says of the watched documents.
func fillEntries(state *history.State, all []*RFC, byNumber map[uint32]*RFC) {
	related := map[uint32]map[uint32]bool{} // by the watched document, the others
	relate := func(watched, other uint32, r datasets.RFCRelation) {
		if w := byNumber[watched]; w != nil {
			w.Relations = append(w.Relations, r)
			if related[watched] == nil {
				related[watched] = map[uint32]bool{}
			}
			related[watched][other] = true
		}
	}
	for _, r := range state.Relations {
		relate(r.Number, r.TargetNumber, r)
		if r.TargetNumber != r.Number {
			relate(r.TargetNumber, r.Number, r)
		}
	}
	for _, w := range all {
		slices.SortFunc(w.Relations, func(a, b datasets.RFCRelation) int {
			return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.TargetNumber, b.TargetNumber), cmp.Compare(a.Target, b.Target))
		})
		if d := state.Documents[uint32(w.Number)]; d != nil {
			w.Entry = &d.RFC
		}
		for other := range related[uint32(w.Number)] {
			if d := state.Documents[other]; d != nil {
				w.Related = append(w.Related, d.RFC)
			}
		}
		slices.SortFunc(w.Related, func(a, b datasets.RFC) int { return cmp.Compare(a.Number, b.Number) })
	}
}

// texts are the paragraphs of the documents whose texts are at hand, by document and revision.
type texts map[string]map[string][]text.Paragraph

func readTexts(store *table.Store) (texts, error) {
	manifests, err := store.Manifests(datasets.Paragraphs.Schema)
	if err != nil || len(manifests) == 0 {
		return nil, err
	}
	all := texts{}
	var paths []string
	for _, m := range manifests {
		paths = append(paths, store.Path(m))
	}
	for p, err := range datasets.Paragraphs.Scan(paths...) {
		if err != nil {
			return nil, err
		}
		if all[p.Document] == nil {
			all[p.Document] = map[string][]text.Paragraph{}
		}
		all[p.Document][p.Revision] = append(all[p.Document][p.Revision],
			text.Paragraph{Section: p.Section, Heading: p.Heading, Text: p.Text, Figure: p.Figure})
	}
	return all, nil
}

// draft compares the two newest revisions of a draft.
func (t texts) draft(p history.Pending) Draft {
	d := Draft{Pending: p}
	var revisions []string
	for r := range t[p.Name] {
		revisions = append(revisions, r)
	}
	slices.Sort(revisions)
	if n := len(revisions); n > 1 {
		d.Before, d.Now = revisions[n-2], revisions[n-1]
		d.Changes = text.Compare(t[p.Name][d.Before], t[p.Name][d.Now])
	}
	return d
}

func (t texts) successor(before, now int) []Successor {
	a, b := t[fmt.Sprintf("RFC%d", before)][""], t[fmt.Sprintf("RFC%d", now)][""]
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	return []Successor{{before, now, text.Compare(a, b)}}
}
