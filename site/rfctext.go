package site

import (
	"cmp"
	"slices"

	"tidemark/datasets"
	"tidemark/rfcwatch/cite"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
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

// maxCitations bounds the rows of each table, and maxShortCitations the links of each list; tidemark rfc cites shows all.
const maxCitations, maxShortCitations = 150, 40

// citationsOf returns who cites the document and whom it cites, normative references first; nil if no text of an RFC is at hand.
func (f *facts) citationsOf(r *dossier.RFC) *citations {
	if len(f.Standards.Texts) == 0 {
		return nil
	}
	c := &citations{Citing: len(r.CitedBy), Cited: len(r.Cites), Read: f.Standards.Texts[uint32(r.Number)], Texts: len(f.Standards.Texts)}
	c.Documents, _, _ = f.Standards.Issued()
	most := maxCitations
	if !r.Watched {
		most = maxShortCitations
	}
	describe := func(rows []datasets.RFCCitation, other func(*datasets.RFCCitation) (uint32, string)) (all []citation) {
		for _, row := range rows {
			number, status := other(&row)
			all = append(all, citation{row, int(number), f.titleOf(number), status})
		}
		slices.SortStableFunc(all, func(a, b citation) int {
			return cmp.Or(cmp.Compare(slices.Index(history.Kinds, a.Kind), slices.Index(history.Kinds, b.Kind)), cmp.Compare(a.Other, b.Other))
		})
		return all[:min(len(all), most)]
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
