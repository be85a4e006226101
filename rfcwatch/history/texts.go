package history

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/text"
)

// Text returns the paragraphs of a document, RFC6052 or a draft's name with its revision; none if the text is not at hand.
func Text(store *table.Store, document, revision string) (all []text.Paragraph, err error) {
	manifests, err := store.Manifests(datasets.Paragraphs.Schema)
	if err != nil {
		return nil, err
	}
	for _, manifest := range manifests {
		for p, err := range datasets.Paragraphs.Scan(store.Path(manifest)) {
			if err != nil {
				return nil, err
			}
			if p.Document != document || p.Revision != revision {
				break
			}
			all = append(all, text.Paragraph{Section: p.Section, Heading: p.Heading, Text: p.Text, Figure: p.Figure})
		}
		if len(all) > 0 {
			return all, nil
		}
	}
	return nil, nil
}

// Placed returns the errata of a document as JSON has them, with their places in its text; paragraphs is empty where the text is not
// at hand.
func Placed(errata []datasets.RFCErratum, paragraphs []text.Paragraph) []AboutErratum {
	all := make([]AboutErratum, 0, len(errata))
	for _, e := range errata {
		all = append(all, aboutErratum(e))
	}
	place(all, paragraphs)
	return all
}

// place sets the places of errata in a text.
func place(errata []AboutErratum, paragraphs []text.Paragraph) {
	if len(errata) == 0 || len(paragraphs) == 0 {
		return
	}
	locator := text.NewLocator(paragraphs)
	for i := range errata {
		e := &errata[i]
		if at, found := locator.Find(e.Original, text.StatedSection(e.Section)); found {
			first := paragraphs[at.First]
			e.Place = &AboutPlace{First: at.First + 1, Last: at.Last + 1, Section: first.Section, Heading: first.Heading, Confidence: at.Confidence}
		}
	}
}
