package dossier

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
)

// texts are paragraphs by document and revision; the revision of an RFC is empty.
type texts map[string]map[string][]text.Paragraph

// texts reads the texts that the watched documents are compared by, and those that have what an erratum quotes.
func (r *reader) texts() error {
	all := texts{}
	for _, document := range r.watched {
		for _, d := range document.Drafts {
			all[d.Name] = map[string][]text.Paragraph{}
		}
		for _, s := range document.successions() {
			all[rfcName(s.Before)] = map[string][]text.Paragraph{}
			all[rfcName(s.Now)] = map[string][]text.Paragraph{}
		}
	}
	if err := r.readTexts(all); err != nil {
		return err
	}
	for _, document := range r.watched {
		for i := range document.Drafts {
			all.describe(&document.Drafts[i], document.Number)
		}
		for _, s := range document.successions() {
			before, now := all[rfcName(s.Before)][""], all[rfcName(s.Now)][""]
			if len(before) > 0 && len(now) > 0 {
				s.Changes = text.Compare(before, now)
				s.Summary = text.Summarize(before, now, s.Changes)
				document.Successors = append(document.Successors, s)
			}
		}
	}
	return nil
}

// readTexts reads the paragraphs of the documents that are keys of all, and finds the places of errata in the others: ten thousand texts
// are more than memory should hold.
func (r *reader) readTexts(all texts) error {
	quoted := map[string]*RFC{}
	for _, document := range r.documents {
		if len(document.Errata) > 0 {
			quoted[rfcName(document.Number)] = document
		}
	}
	manifests, err := r.store.Manifests(datasets.Paragraphs.Schema)
	if err != nil || len(manifests) == 0 || len(all)+len(quoted) == 0 {
		return err
	}
	var paths []table.Path
	for _, m := range manifests {
		paths = append(paths, r.store.Path(m))
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	var of datasets.Paragraph // one of the document that is being read
	var paragraphs []text.Paragraph
	end := func() {
		read := paragraphs
		paragraphs = nil
		if revisions := all[of.Document]; revisions != nil {
			revisions[of.Revision] = append(revisions[of.Revision], read...)
		}
		if document := quoted[of.Document]; document != nil && len(read) > 0 {
			delete(quoted, of.Document) // a second form of the text has the same places
			group.Go(func() error {
				document.Place(read)
				return nil
			})
		}
	}
	for p, err := range datasets.Paragraphs.Scan(paths...) {
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		if p.Document != of.Document || p.Revision != of.Revision {
			end()
			of = p
		}
		if all[p.Document] != nil || quoted[p.Document] != nil {
			paragraphs = append(paragraphs, text.Paragraph{Section: p.Section, Heading: p.Heading, Text: p.Text, Figure: p.Figure})
		}
	}
	end()
	return group.Wait()
}

// Place finds the places of the errata in the text of the document.
func (document *RFC) Place(paragraphs []text.Paragraph) {
	document.Searched = true
	errata := make([]datasets.RFCErratum, len(document.Errata))
	for i, e := range document.Errata {
		errata[i] = e.RFCErratum
	}
	for i, described := range history.Placed(errata, paragraphs) {
		if p := described.Place; p != nil {
			document.Errata[i].Place, document.Errata[i].Quoted = p, slices.Clone(paragraphs[p.First-1:p.Last])
		}
	}
}

// describe adds what the newest text of a draft says about the RFC with the number, and what it changed of the text before.
func (t texts) describe(d *Draft, number int) {
	revisions := slices.DeleteFunc(slices.Sorted(maps.Keys(t[d.Name])), func(r string) bool { return r > d.Revision })
	n := len(revisions)
	if n == 0 {
		return
	}
	d.Read = revisions[n-1]
	d.Passages = text.Passages(t[d.Name][d.Read], number)
	d.Touched = text.Touched(t[d.Name][d.Read], number)
	if n > 1 {
		d.Before, d.Now = revisions[n-2], d.Read
		before, now := t[d.Name][d.Before], t[d.Name][d.Now]
		d.Changes = text.Compare(before, now)
		d.Summary = text.Summarize(before, now, d.Changes)
	}
}

// successions returns the pairs of this document and those that it obsoletes or that obsolete it, without their changes.
func (document *RFC) successions() (all []Successor) {
	for _, s := range document.Relations {
		if int(s.Number) != document.Number {
			continue
		}
		switch s.Relation {
		case "obsoletes":
			all = append(all, Successor{Before: int(s.TargetNumber), Now: document.Number})
		case "obsoleted-by":
			all = append(all, Successor{Before: document.Number, Now: int(s.TargetNumber)})
		}
	}
	return all
}

func rfcName(number int) string { return fmt.Sprintf("RFC%d", number) }
