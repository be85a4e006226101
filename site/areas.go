package site

import (
	"context"
	"slices"

	"tidemark/analysis"
)

// area is a part of the site with an entry in the navigation.
type area struct {
	Name string // as questions name their section
	Path string // of its first page
	Lead string // what it is about, a sentence
}

var areas = []area{
	{"Routing", "routing.html", "How the global routing table grows and changes, who originates what, and which routes should not be there."},
	{"IPv6", "ipv6.html", "How far IPv6 is deployed, and where it is broken."},
	{"Standards", "rfcs/index.html", "What the RFC series says, how it changes, and what is measured of it."},
	{"Operators", "networks/index.html", "What the world sees of the watched networks and prefixes."},
	{"Data", "datasets/index.html", "Every table with the meaning of its columns, to download and to query."},
	{"About", "about.html", "How the figures are made, how to read them, and what they cannot tell."},
}

func areaOf(name string) area {
	return areas[slices.IndexFunc(areas, func(a area) bool { return a.Name == name })]
}

// areaView is the page of an area that has questions only.
type areaView struct {
	area
	Answers []*analysis.Answer
}

// answersOf are the answers of an area, in their order.
func (b *builder) answersOf(name string) (all []*analysis.Answer) {
	for _, a := range b.Answers {
		if a.Question.Section == name {
			all = append(all, a)
		}
	}
	return all
}

// areaPages adds the pages of the areas that consist of questions.
func (b *builder) areaPages(context.Context) error {
	for _, name := range []string{"Routing", "IPv6"} {
		at := areaOf(name)
		b.pages = append(b.pages, &page{builder: b, Path: at.Path, Title: name, Nav: name, Body: "area.html", Description: at.Lead,
			Data: areaView{at, b.answersOf(name)}})
	}
	return nil
}

// Areas are the entries of the navigation.
func (p *page) Areas() []area { return areas }

// Area is the part of the site that the page belongs to.
func (p *page) Area() area { return areaOf(p.Nav) }
