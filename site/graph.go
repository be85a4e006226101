package site

import (
	"slices"
	"strconv"

	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
)

// graph is a drawing of a document's relations: what it changes to the left, what changes it to the right.
type graph struct {
	Width, Height int
	Nodes         []node
	Lines         []line
}

type node struct {
	Kind                string // here, rfc or draft
	Label, URL          string
	X, Y, Width         int
	TextX, TextY, Right int
}

// line is a curve from the document that changes to the one that is changed.
type line struct {
	Kind                   string // obsoletes, updates or pending
	X1, Y1, X2, Y2, Middle int
}

const (
	nodeWidth, draftWidth = 110, 330
	nodeGap, nodeStep     = 120, 38
)

// graphOf draws the relations by which a document changes others and others change it; nil where there are none. link
// returns the address of another document.
func graphOf(r *dossier.RFC, relations []relation, link func(number int) string) *graph {
	var left, right []relation
	for _, o := range relations {
		switch o.Kind {
		case "obsoletes", "updates":
			left = append(left, o)
		case "obsoleted-by", "updated-by":
			right = append(right, o)
		}
	}
	drafts := slices.DeleteFunc(slices.Clone(r.Drafts), func(d dossier.Draft) bool { return d.Intent.Relation == history.UnknownRelation })
	rows := max(len(left), len(right)+len(drafts))
	if rows == 0 {
		return nil
	}
	g := &graph{Height: rows*nodeStep + 4}
	place := func(kind, label, url string, x, width, i, of int) node {
		y := 2 + i*nodeStep + (rows-of)*nodeStep/2
		return node{Kind: kind, Label: label, URL: url, X: x, Y: y, Width: width, TextX: x + width/2, TextY: y + 19, Right: x + width}
	}
	x := 2
	if len(left) > 0 {
		x += nodeWidth + nodeGap
	}
	here := place("here", "RFC "+strconv.Itoa(r.Number), "", x, nodeWidth, 0, 1)
	join := func(from, to node, kind string) {
		g.Lines = append(g.Lines, line{kind, from.Right, from.Y + 14, to.X, to.Y + 14, (from.Right + to.X) / 2})
	}
	for i, o := range left {
		n := place("rfc", o.Target, link(o.Number), 2, nodeWidth, i, len(left))
		g.Nodes = append(g.Nodes, n)
		join(n, here, o.Kind)
	}
	g.Nodes = append(g.Nodes, here)
	g.Width = here.Right + 2
	for i, o := range right {
		n := place("rfc", o.Target, link(o.Number), here.Right+nodeGap, nodeWidth, i, len(right)+len(drafts))
		g.Nodes = append(g.Nodes, n)
		join(here, n, map[string]string{"obsoleted-by": "obsoletes", "updated-by": "updates"}[o.Kind])
		g.Width = max(g.Width, n.Right+2)
	}
	for i, d := range drafts {
		n := place("draft", d.Name, "https://datatracker.ietf.org/doc/"+d.Name+"/", here.Right+nodeGap, draftWidth, len(right)+i, len(right)+len(drafts))
		g.Nodes = append(g.Nodes, n)
		join(here, n, "pending")
		g.Width = max(g.Width, n.Right+2)
	}
	return g
}
