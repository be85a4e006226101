package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/text"
)

// Known is a text that is null in JSON where it is not known.
type Known string

// MarshalJSON returns the text as a JSON string, or null.
func (k Known) MarshalJSON() ([]byte, error) {
	if k == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(k))
}

// About is what the index, the errata and the drafts said about an RFC on a day. A list is null in JSON where no source of
// that day or before tells it, and empty where one says that there is nothing.
type About struct {
	Number            uint32            `json:"number"`
	Title             string            `json:"title"`
	NotIssued         bool              `json:"not_issued,omitempty"`
	Authors           []string          `json:"authors"`
	Published         Known             `json:"published"` // as precisely as the index says
	Status            Known             `json:"status"`
	Obsolete          *bool             `json:"obsolete"` // whether another document obsoletes it; null: no index tells
	PublicationStatus string            `json:"publication_status,omitempty"`
	Stream            string            `json:"stream,omitempty"`
	Area              string            `json:"area,omitempty"`
	WG                string            `json:"wg,omitempty"`
	Draft             string            `json:"draft,omitempty"`
	DOI               string            `json:"doi,omitempty"`
	Keywords          []string          `json:"keywords,omitempty"`
	Abstract          string            `json:"abstract,omitempty"`
	Index             string            `json:"index"`           // day of the snapshot, YYYY-MM-DD
	Told              map[string]string `json:"told"`            // by field or relation, the day of the snapshot that it comes from
	Later             string            `json:"later,omitempty"` // the later snapshot that dates the document before this day, if no earlier one has it
	Relations         []AboutRelation   `json:"relations"`
	Errata            []AboutErratum    `json:"errata"`
	TextAtHand        bool              `json:"text_at_hand"`           // whether the errata could be looked for in the text
	ErrataLater       string            `json:"errata_later,omitempty"` // the later list whose days of submission tell the errata, if no earlier one is at hand
	Pending           []AboutDraft      `json:"pending"`
	PendingAsOf       string            `json:"pending_as_of,omitempty"` // day of the Datatracker's answers
	DraftsCiting      int               `json:"drafts_citing"`           // active ones, of that day
	DraftsUnread      int               `json:"drafts_unread"`           // those of them of which no header could be read: what they would change is unknown
}

// AboutRelation is a relation to another document.
type AboutRelation struct {
	Relation string `json:"relation"` // from this document: obsoletes, obsoleted-by and so on
	Document string `json:"document"`
	Title    string `json:"title,omitempty"`
	StatedBy string `json:"stated_by"`
	Later    string `json:"later,omitempty"` // the later index that proves it, if no earlier one could know
}

// AboutErratum is a reported error.
type AboutErratum struct {
	ID        uint32 `json:"erratum"`
	Status    Known  `json:"status"`
	Type      string `json:"type"`
	Section   string `json:"section"`
	Submitted string `json:"submitted,omitempty"`
	Submitter string `json:"submitter"`
	Original  string `json:"original_text"`
	Corrected string `json:"corrected_text"`
	Notes     string `json:"notes"`

	Place *AboutPlace `json:"place"` // null: the text is not at hand, or does not have what the erratum quotes
}

// AboutPlace is where the text of a document has what an erratum quotes.
type AboutPlace struct {
	First      int     `json:"first_paragraph"` // from 1, as in rfc_paragraphs
	Last       int     `json:"last_paragraph"`
	Section    string  `json:"section"`
	Heading    string  `json:"heading"`
	Confidence float64 `json:"confidence"` // see text.Place
}

// AboutDraft is an active draft that would change the document, or might.
type AboutDraft struct {
	Name           string `json:"name"`
	Revision       string `json:"revision"`
	Relation       string `json:"relation"`                  // updates, obsoletes or unknown
	KnownBy        string `json:"known_by"`                  // header, datatracker, text or name
	HeaderRevision string `json:"header_revision,omitempty"` // whose header was read
	Dated          string `json:"dated,omitempty"`           // day of that revision
	State          string `json:"state"`
	IESGState      string `json:"iesg_state,omitempty"`
	RFCEditorState string `json:"rfc_editor_state,omitempty"`
	WG             string `json:"wg,omitempty"`
	Title          string `json:"title"`

	Sections []string `json:"sections"` // of the document, that the text of header_revision says it would change; null: no text is at hand
}

func aboutDraft(p Pending) AboutDraft {
	about := AboutDraft{Name: p.Name, Revision: p.Revision, Relation: p.Intent.Relation, KnownBy: p.Intent.KnownBy, HeaderRevision: p.Intent.HeaderRevision,
		State: p.State, IESGState: p.IESGState, RFCEditorState: p.RFCEditorState, WG: p.Intent.WG, Title: p.Title}
	if p.Intent.Dated != nil {
		about.Dated = p.Intent.Dated.Format(time.DateOnly)
	}
	return about
}

// Reads are the datasets that Describe and DescribeSeries read.
var Reads = []*table.Schema{datasets.RFCs.Schema, datasets.RFCRelations.Schema, datasets.RFCErrata.Schema, datasets.Drafts.Schema, datasets.DraftRelations.Schema,
	datasets.DraftHeaders.Schema, datasets.Paragraphs.Schema}

// Describe returns what was said about an RFC on a day.
func Describe(store *table.Store, number uint32, day time.Time) (*About, error) {
	state, err := At(store, day)
	if err != nil {
		return nil, err
	}
	d := state.Documents[number]
	if d == nil {
		return describeLater(store, state, number, day)
	}
	about := &About{
		Number: number, Title: d.Title, NotIssued: d.NotIssued, Authors: d.Authors, Published: Known(Published(&d.RFC)), Status: Known(d.Status),
		Obsolete: state.obsolete(number), Told: state.toldDays(d),
		PublicationStatus: d.PublicationStatus, Stream: d.Stream, Area: d.Area, WG: d.WG, Draft: d.Draft, DOI: d.DOI, Keywords: d.Keywords,
		Abstract: d.Abstract, Index: state.Day.Format(time.DateOnly), Relations: relations(state, number),
	}
	if d.NotIssued {
		about.Title = "(not issued)"
	}
	if err := about.addProven(store, state, day); err != nil {
		return nil, err
	}
	if err := about.addErrata(store, day); err != nil {
		return nil, err
	}
	paragraphs, err := Text(store, documentName(number), "")
	if err != nil {
		return nil, err
	}
	about.TextAtHand = len(paragraphs) > 0
	place(about.Errata, paragraphs)
	tracker, err := ReadTracker(store, day)
	if err != nil {
		return nil, err
	}
	if !tracker.Day.IsZero() {
		about.Pending, about.PendingAsOf = []AboutDraft{}, tracker.Day.Format(time.DateOnly)
		about.DraftsCiting, about.DraftsUnread = tracker.Cited[number], len(tracker.Unread[number])
	}
	for _, p := range tracker.Pending[number] {
		pending := aboutDraft(p)
		if pending.HeaderRevision != "" {
			draft, err := Text(store, p.Name, pending.HeaderRevision)
			if err != nil {
				return nil, err
			}
			pending.Sections = append([]string{}, text.Touched(draft, int(number))...)
		}
		about.Pending = append(about.Pending, pending)
	}
	return about, nil
}

// addProven adds the relations that a later index proves: those to RFCs that were published by the day, but after the index that tells
// the relations.
func (about *About) addProven(store *table.Store, state *State, day time.Time) error {
	newest, err := At(store, time.Time{})
	if err != nil || day.IsZero() || newest.Day.Equal(state.Day) {
		return err
	}
	known := state.edges()
	for e, by := range newest.edges() {
		from := newest.Documents[e.From]
		told := latest(state.Told[e.Relation], state.Told[passives[e.Relation]])
		if _, is := known[e]; is || e.From != about.Number && e.To != about.Number || from == nil || from.Year == 0 || day.Before(publishedBy(&from.RFC)) || state.issued[told][e.From] {
			continue
		}
		if e.Relation == "obsoletes" && e.To == about.Number {
			yes := true
			about.Obsolete = &yes
		}
		if about.Relations != nil {
			e.StatedBy = by
			r := e.seenFrom(about.Number, newest)
			r.Later = newest.Day.Format(time.DateOnly)
			about.Relations = append(about.Relations, r)
		}
	}
	sortRelations(about.Relations)
	return nil
}

// addErrata adds the errata of the day. Where no list of that day or before is at hand, the next one tells which of its errata had been
// submitted, and the status of those that were not saved since.
func (about *About) addErrata(store *table.Store, day time.Time) error {
	errata, err := Errata(store, about.Number, day)
	if err != nil {
		return err
	}
	if errata != nil {
		about.Errata = []AboutErratum{}
		for _, e := range errata {
			about.Errata = append(about.Errata, aboutErratum(e))
		}
		return nil
	}
	lists, _, err := ErrataLists(store)
	if err != nil || len(lists) == 0 {
		return err
	}
	if errata, err = Errata(store, about.Number, lists[0].Day()); err != nil {
		return err
	}
	about.Errata, about.ErrataLater = []AboutErratum{}, lists[0].Day().Format(time.DateOnly)
	for _, e := range errata {
		if e.Submitted == nil || e.Submitted.After(day) {
			continue
		}
		then := aboutErratum(e)
		if e.Updated == nil && e.Status != "reported" || e.Updated != nil && !e.Updated.Before(day.AddDate(0, 0, 1)) {
			then.Status = ""
		}
		about.Errata = append(about.Errata, then)
	}
	return nil
}

// describeLater returns what a later index proves about an RFC that the index of the day does not list: that it was published
// by then. It is an error if none proves it.
func describeLater(store *table.Store, state *State, number uint32, day time.Time) (*About, error) {
	missing := fmt.Errorf("the index of %s has no RFC %d", state.Day.Format(time.DateOnly), number)
	newest, err := At(store, time.Time{})
	if err != nil {
		return nil, err
	}
	d := newest.Documents[number]
	if d == nil || day.IsZero() || d.Year == 0 || day.Before(publishedBy(&d.RFC)) {
		return nil, missing
	}
	return &About{Number: number, Title: d.Title, Authors: d.Authors, Published: Known(Published(&d.RFC)), PublicationStatus: d.PublicationStatus,
		Draft: d.Draft, DOI: d.DOI, Index: state.Day.Format(time.DateOnly), Later: newest.Day.Format(time.DateOnly)}, nil
}

// publishedBy returns the last day on which the RFC may have been published.
func publishedBy(r *datasets.RFC) time.Time {
	switch {
	case r.Month == 0:
		return time.Date(int(r.Year), time.December, 31, 0, 0, 0, 0, time.UTC)
	case r.Day == 0:
		return time.Date(int(r.Year), time.Month(r.Month)+1, 0, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(int(r.Year), time.Month(r.Month), int(r.Day), 0, 0, 0, 0, time.UTC)
}

// obsolete reports whether another document obsoletes the RFC, by the relations or by what its own entry says; nil if the
// index tells neither.
func (s *State) obsolete(number uint32) *bool {
	yes, no := true, false
	for k := range s.edges() {
		if k.Relation == "obsoletes" && k.To == number {
			return &yes
		}
	}
	d := s.Documents[number]
	switch {
	case d.Standing == "obsoleted":
		return &yes
	case d.Standing == "current" || s.tellsObsolete():
		return &no
	}
	return nil
}

// toldDays returns the day of the snapshot that each field of the document and each kind of relation comes from.
func (s *State) toldDays(d *Document) map[string]string {
	days := map[string]string{}
	add := func(name string, day time.Time) {
		if !day.IsZero() {
			days[name] = day.Format(time.DateOnly)
		}
	}
	for i, f := range Fields {
		add(f.Name, d.Told[i])
	}
	for relation, day := range s.Told {
		add(relation, day)
	}
	return days
}

// relations returns the relations of an RFC; nil if the index tells none of any document.
func relations(state *State, number uint32) (all []AboutRelation) {
	if len(state.Told) > 0 {
		all = []AboutRelation{}
	}
	for _, e := range state.Graph(number, 1) {
		if e.From == number || e.To == number {
			all = append(all, e.seenFrom(number, state))
		}
	}
	for s := range state.Relations {
		if s.Number == number && (s.Relation == "is-also" || s.Relation == "see-also") {
			all = append(all, AboutRelation{Relation: s.Relation, Document: s.Target, StatedBy: "from"})
		}
	}
	sortRelations(all)
	return all
}

// sortRelations orders relations by name and document, RFCs by their numbers.
func sortRelations(all []AboutRelation) {
	slices.SortStableFunc(all, func(a, b AboutRelation) int {
		return cmp.Or(cmp.Compare(a.Relation, b.Relation), cmp.Compare(len(a.Document), len(b.Document)), cmp.Compare(a.Document, b.Document))
	})
}

// seenFrom returns the relation from the side of one of its documents.
func (e Edge) seenFrom(number uint32, state *State) AboutRelation {
	if number == e.From {
		return AboutRelation{Relation: e.Relation, Document: documentName(e.To), Title: state.Title(e.To), StatedBy: e.StatedBy}
	}
	return AboutRelation{Relation: passives[e.Relation], Document: documentName(e.From), Title: state.Title(e.From), StatedBy: e.StatedBy}
}

func aboutErratum(e datasets.RFCErratum) AboutErratum {
	about := AboutErratum{
		ID: e.ID, Status: Known(e.Status), Type: e.Type, Section: e.Section, Submitter: e.Submitter, Original: e.Original, Corrected: e.Corrected, Notes: e.Notes,
	}
	if e.Submitted != nil {
		about.Submitted = e.Submitted.Format(time.DateOnly)
	}
	return about
}

// Title returns the title of an RFC, or an empty text if it is not in the index.
func (s *State) Title(number uint32) string {
	if d := s.Documents[number]; d != nil {
		return d.Title
	}
	return ""
}

// Published returns when an RFC was published, as precisely as the index says: YYYY, YYYY-MM, YYYY-MM-DD or an empty text.
func Published(r *datasets.RFC) string {
	switch {
	case r.Year == 0:
		return ""
	case r.Month == 0:
		return fmt.Sprintf("%04d", r.Year)
	case r.Day == 0:
		return fmt.Sprintf("%04d-%02d", r.Year, r.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", r.Year, r.Month, r.Day)
}
