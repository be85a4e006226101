package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/cite"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
	"tidemark/site/publish"
)

// citations are the documents that a document cites, or that cite it.
type citations struct {
	Cites, CitedBy   []citation
	Citing, Cited    int  // of all documents, not only those that are shown
	Read             bool // whether the document's own text is at hand
	Texts, Documents int  // RFCs whose text is at hand, of those in the index
}

// citation is one of these, with what the index says of it.
type citation struct {
	datasets.RFCCitation
	Other  int // number of the other document
	Title  string
	Status string
}

// maxCitations bounds the rows of each table; tidemark rfc cites shows all.
const maxCitations = 150

// citationsOf returns who cites the document and whom it cites, normative references first; nil if no text of an RFC is at hand.
func (f *facts) citationsOf(r *dossier.RFC) *citations {
	if len(f.Standards.Texts) == 0 {
		return nil
	}
	c := &citations{Citing: len(r.CitedBy), Cited: len(r.Cites), Read: f.Standards.Texts[uint32(r.Number)], Texts: len(f.Standards.Texts)}
	c.Documents, _, _ = f.Standards.Issued()
	describe := func(rows []datasets.RFCCitation, other func(*datasets.RFCCitation) (uint32, string)) (all []citation) {
		for _, row := range rows {
			number, status := other(&row)
			all = append(all, citation{row, int(number), f.titleOf(number), status})
		}
		slices.SortStableFunc(all, func(a, b citation) int {
			return cmp.Or(cmp.Compare(slices.Index(history.Kinds, a.Kind), slices.Index(history.Kinds, b.Kind)), cmp.Compare(a.Other, b.Other))
		})
		return all[:min(len(all), maxCitations)]
	}
	c.Cites = describe(r.Cites, func(row *datasets.RFCCitation) (uint32, string) { return row.Cited, row.CitedStatus })
	c.CitedBy = describe(r.CitedBy, func(row *datasets.RFCCitation) (uint32, string) { return row.Number, row.Status })
	return c
}

// titleOf returns the title of a document in the newest index; empty if that does not have it.
func (f *facts) titleOf(number uint32) string {
	i, found := slices.BinarySearchFunc(f.Standards.Index, number, func(d datasets.RFC, number uint32) int { return cmp.Compare(d.Number, number) })
	if !found {
		return ""
	}
	return f.Standards.Index[i].Title
}

// placedErratum is an erratum with the part of the text that it quotes.
type placedErratum struct {
	datasets.RFCErratum
	Place      *history.AboutPlace // nil: not found, or no text is at hand
	Paragraphs []text.Paragraph
}

// maxQuoted bounds the paragraphs of the text that are shown with an erratum.
const maxQuoted = 5

// Percent returns the confidence in the place.
func (e placedErratum) Percent() int { return int(100*e.Place.Confidence + 0.5) }

// placedErrata returns the errata in the order of their places in the text, then those that have none, by number.
func placedErrata(r *dossier.RFC) (all []placedErratum) {
	for i, described := range history.Placed(r.Errata, r.Text) {
		placed := placedErratum{RFCErratum: r.Errata[i], Place: described.Place}
		if p := placed.Place; p != nil {
			placed.Paragraphs = r.Text[p.First-1 : min(p.Last, p.First-1+maxQuoted)]
		}
		all = append(all, placed)
	}
	order := func(e placedErratum) int {
		if e.Place == nil {
			return 1 << 30
		}
		return e.Place.First
	}
	slices.SortStableFunc(all, func(a, b placedErratum) int { return cmp.Compare(order(a), order(b)) })
	return all
}

// errataVersion is the version of errataFile: higher where a field has another meaning or is gone.
const errataVersion = 1

// errataFile is the errata of a document as JSON.
type errataFile struct {
	Version    int                    `json:"version"`
	Number     int                    `json:"number"`
	AsOf       string                 `json:"as_of"`        // day of the list of errata
	TextAtHand bool                   `json:"text_at_hand"` // whether the places were looked for: only in texts of watched RFCs
	Errata     []history.AboutErratum `json:"errata"`
}

// errataPath returns where the site has the errata of a document.
func errataPath(number int) string { return fmt.Sprintf("data/errata/rfc%d.json", number) }

// addErrata writes the errata of each RFC that has some, and of each watched one, if there is a list of errata.
func (f *facts) addErrata(stage *publish.Stage) error {
	if f.Standards.ErrataDay.IsZero() {
		return nil
	}
	add := func(number int, errata []datasets.RFCErratum, paragraphs []text.Paragraph) error {
		file := errataFile{errataVersion, number, f.Standards.ErrataDay.Format(time.DateOnly), len(paragraphs) > 0, history.Placed(errata, paragraphs)}
		content, err := json.MarshalIndent(file, "", "  ")
		if err != nil {
			return err
		}
		return stage.Add(errataPath(number), append(content, '\n'))
	}
	for _, r := range f.RFCs {
		if err := add(r.Number, r.Errata, r.Text); err != nil {
			return err
		}
	}
	for _, number := range slices.Sorted(maps.Keys(f.Standards.Errata)) {
		if f.watched[int(number)] {
			continue
		}
		if err := add(int(number), f.Standards.Errata[number], nil); err != nil {
			return err
		}
	}
	return nil
}

// citeFormats names the formats of references on a page.
var citeFormats = []fact{{"Text", "text"}, {"BibTeX", "bibtex"}, {"XML for xml2rfc", "xml"}, {"APA", "apa"}}

// references returns references to the document in each format; none if no index has it.
func references(r *dossier.RFC) (all []fact) {
	if r.Entry == nil {
		return nil
	}
	var also []string
	for _, s := range r.Relations {
		if int(s.Number) == r.Number && s.Relation == "is-also" {
			also = append(also, s.Target)
		}
	}
	for _, f := range citeFormats {
		if reference, err := cite.Reference(r.Entry, also, f.Value); err == nil {
			all = append(all, fact{f.Name, reference})
		}
	}
	return all
}
