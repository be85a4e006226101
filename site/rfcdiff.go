package site

import (
	"fmt"
	"strings"

	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/text"
)

// comparison is the difference between a document and its predecessor: the RFC that it obsoletes, or an earlier revision of a draft.
type comparison struct {
	Path        string
	Before, Now string // names of the documents
	Command     string // that shows it on the command line
	Watched     int    // number of the RFC that it concerns
	Summary     text.Summary
	Changes     []difference
	Total       int
}

// Title says what is compared.
func (c *comparison) Title() string { return c.Now + " compared with " + c.Before }

// difference is a paragraph that differs.
type difference struct {
	text.Change
	Place string
	From  string // of a moved one, where it was
}

// Title reports whether it is a heading.
func (d difference) Title() bool { return d.here().Title }

// Figure reports whether it is a figure, whose lines are kept.
func (d difference) Figure() bool { return d.here().Figure }

// here returns the paragraph in the new document, or else in the old one.
func (d difference) here() *text.Paragraph {
	if d.Now != nil {
		return d.Now
	}
	return d.Before
}

// maxComparison bounds the paragraphs of a difference on a page; tidemark rfc diff shows all.
const maxComparison = 1500

// comparisons returns the differences between texts that concern the document.
func comparisons(r *dossier.RFC) (all []*comparison) {
	add := func(c comparison, changes []text.Change) {
		c.Watched, c.Total = r.Number, len(changes)
		for _, change := range changes[:min(len(changes), maxComparison)] {
			d := difference{Change: change}
			d.Place = place(d.here())
			if change.Kind == "moved" {
				d.From = place(change.Before)
			}
			c.Changes = append(c.Changes, d)
		}
		all = append(all, &c)
	}
	for _, d := range r.Drafts {
		if d.Now != "" {
			before, now := d.Name+"-"+d.Before, d.Name+"-"+d.Now
			add(comparison{Path: "rfcs/" + now + "-from-" + d.Before + ".html", Before: before, Now: now, Command: before + " " + now, Summary: d.Summary}, d.Changes)
		}
	}
	for _, s := range r.Successors {
		add(comparison{Path: fmt.Sprintf("rfcs/rfc%d-from-rfc%d.html", s.Now, s.Before), Before: fmt.Sprintf("RFC %d", s.Before), Now: fmt.Sprintf("RFC %d", s.Now),
			Command: fmt.Sprintf("rfc%d rfc%d", s.Before, s.Now), Summary: s.Summary}, s.Changes)
	}
	return all
}

func place(p *text.Paragraph) string { return strings.TrimSpace(p.Section + " " + p.Heading) }

// comparisonPages returns a page for each pair of texts that is compared, once for all watched documents that it concerns.
func (f *facts) comparisonPages() (pages []*page) {
	made := map[string]bool{}
	for _, r := range f.RFCs {
		for _, c := range comparisons(r) {
			if made[c.Path] {
				continue
			}
			made[c.Path] = true
			pages = append(pages, &page{frame: f.frame, Path: c.Path, Nav: "Standards", Body: "rfcdiff.html", Title: c.Title(), Data: c,
				Description: fmt.Sprintf("Paragraph by paragraph what %s changed of %s, with the requirement words that were lost, gained or moved.", c.Now, c.Before)})
		}
	}
	return pages
}
