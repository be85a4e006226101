package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// About is what the index, the errata and the drafts said about an RFC on a day.
type About struct {
	Number            uint32          `json:"number"`
	Title             string          `json:"title"`
	NotIssued         bool            `json:"not_issued,omitempty"`
	Authors           []string        `json:"authors"`
	Published         string          `json:"published"` // as precisely as the index says
	Status            string          `json:"status"`
	PublicationStatus string          `json:"publication_status,omitempty"`
	Stream            string          `json:"stream,omitempty"`
	Area              string          `json:"area,omitempty"`
	WG                string          `json:"wg,omitempty"`
	Draft             string          `json:"draft,omitempty"`
	DOI               string          `json:"doi,omitempty"`
	Keywords          []string        `json:"keywords,omitempty"`
	Abstract          string          `json:"abstract,omitempty"`
	Index             string          `json:"index"` // day of the snapshot, YYYY-MM-DD
	Relations         []AboutRelation `json:"relations"`
	Errata            []AboutErratum  `json:"errata"`
	Pending           []AboutDraft    `json:"pending"`
}

// AboutRelation is a relation to another document.
type AboutRelation struct {
	Relation string `json:"relation"` // from this document: obsoletes, obsoleted-by and so on
	Document string `json:"document"`
	Title    string `json:"title,omitempty"`
	StatedBy string `json:"stated_by"`
}

// AboutErratum is a reported error.
type AboutErratum struct {
	ID        uint32 `json:"erratum"`
	Status    string `json:"status"`
	Type      string `json:"type"`
	Section   string `json:"section"`
	Submitted string `json:"submitted,omitempty"`
	Submitter string `json:"submitter"`
	Original  string `json:"original_text"`
	Corrected string `json:"corrected_text"`
	Notes     string `json:"notes"`
}

// AboutDraft is a draft that would change the document.
type AboutDraft struct {
	Name     string `json:"name"`
	Revision string `json:"revision"`
	Relation string `json:"relation"`
	State    string `json:"state"`
	Title    string `json:"title"`
}

// Describe returns what was said about an RFC on a day.
func Describe(store *table.Store, number uint32, day time.Time) (*About, error) {
	state, err := At(store, day)
	if err != nil {
		return nil, err
	}
	d := state.Documents[number]
	if d == nil {
		return nil, fmt.Errorf("the index of %s has no RFC %d", state.Day.Format(time.DateOnly), number)
	}
	about := &About{
		Number: number, Title: d.Title, NotIssued: d.NotIssued, Authors: d.Authors, Published: Published(&d.RFC), Status: d.Status,
		PublicationStatus: d.PublicationStatus, Stream: d.Stream, Area: d.Area, WG: d.WG, Draft: d.Draft, DOI: d.DOI, Keywords: d.Keywords,
		Abstract: d.Abstract, Index: state.Day.Format(time.DateOnly), Relations: relations(state, number),
	}
	if d.NotIssued {
		about.Title = "(not issued)"
	}
	errata, err := Errata(store, number, day)
	if err != nil {
		return nil, err
	}
	for _, e := range errata {
		about.Errata = append(about.Errata, aboutErratum(e))
	}
	tracker, err := ReadTracker(store, day)
	if err != nil {
		return nil, err
	}
	for _, p := range tracker.Pending[number] {
		about.Pending = append(about.Pending, AboutDraft{p.Name, p.Revision, p.Relation, p.State, p.Title})
	}
	return about, nil
}

func relations(state *State, number uint32) (all []AboutRelation) {
	for _, e := range state.Graph(number, 1) {
		switch number {
		case e.From:
			all = append(all, AboutRelation{e.Relation, fmt.Sprintf("RFC %d", e.To), state.Title(e.To), e.StatedBy})
		case e.To:
			passive := map[string]string{"obsoletes": "obsoleted-by", "updates": "updated-by"}[e.Relation]
			all = append(all, AboutRelation{passive, fmt.Sprintf("RFC %d", e.From), state.Title(e.From), e.StatedBy})
		}
	}
	for s := range state.Relations {
		if s.Number == number && (s.Relation == "is-also" || s.Relation == "see-also") {
			all = append(all, AboutRelation{Relation: s.Relation, Document: s.Target, StatedBy: "from"})
		}
	}
	slices.SortStableFunc(all, func(a, b AboutRelation) int { return strings.Compare(a.Relation+a.Document, b.Relation+b.Document) })
	return all
}

func aboutErratum(e datasets.RFCErratum) AboutErratum {
	about := AboutErratum{
		ID: e.ID, Status: e.Status, Type: e.Type, Section: e.Section, Submitter: e.Submitter, Original: e.Original, Corrected: e.Corrected, Notes: e.Notes,
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
