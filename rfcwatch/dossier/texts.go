package dossier

import (
	"fmt"
	"maps"
	"slices"

	"tidemark/datasets"
	"tidemark/rfcwatch/text"
)

// texts are paragraphs by document and revision; the revision of an RFC is empty.
type texts map[string]map[string][]text.Paragraph

// texts reads the texts that the dossiers compare.
func (r *reader) texts() error {
	all := texts{}
	for _, document := range r.all {
		if len(document.Errata) > 0 {
			all[rfcName(document.Number)] = map[string][]text.Paragraph{}
		}
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
	for _, document := range r.all {
		if len(document.Errata) > 0 {
			document.Text = all[rfcName(document.Number)][""]
		}
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

// readTexts reads the paragraphs of the documents that are keys of all.
func (r *reader) readTexts(all texts) error {
	if len(all) == 0 {
		return nil
	}
	manifests, err := r.store.Manifests(datasets.Paragraphs.Schema)
	if err != nil || len(manifests) == 0 {
		return err
	}
	var paths []string
	for _, m := range manifests {
		paths = append(paths, r.store.Path(m))
	}
	for p, err := range datasets.Paragraphs.Scan(paths...) {
		if err != nil {
			return err
		}
		if revisions := all[p.Document]; revisions != nil {
			revisions[p.Revision] = append(revisions[p.Revision], text.Paragraph{Section: p.Section, Heading: p.Heading, Text: p.Text, Figure: p.Figure})
		}
	}
	return nil
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
