package site

import (
	"slices"

	"tidemark/analysis"
	"tidemark/site/publish"
)

// area is a part of the site with an entry in the navigation.
type area struct {
	Name string // as questions name their section
	Path string // of its first page
	Lead string // what it is about, in a sentence
}

var areas = []area{
	{"Routing", "routing.html", "How the global routing table grows and changes, who originates what, and which routes should not be there."},
	{"RPKI", "rpki.html", "How many routes the holders of their prefixes have authorised, and how far networks reject the others."},
	{"IPv6", "ipv6.html", "How far IPv6 is deployed, and where it is broken."},
	{"Standards", "rfcs/index.html", "What the RFC series says, how it changes, and what measurements say about it."},
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
	Subjects []subjectView
	Reports  []reportLink // newest first
	Regions  bool         // there are pages of countries and registries, which it leads to
	Lists    bool         // there are pages of lists of domains, which it leads to
	Needs    bool         // there is a page that says what is missing
}

// reportLink leads to the report of a year.
type reportLink struct {
	Year int
	Path string
}

// reportsIn returns the reports of an area, newest first. They are all about routing.
func (f *facts) reportsIn(name string) (all []reportLink) {
	if name == "Routing" {
		for _, r := range slices.Backward(f.Reports) {
			all = append(all, reportLink{r.Year, reportPath(r.Year)})
		}
	}
	return all
}

// areaPages returns the pages of the areas that have questions only.
func areaPages(f *facts, _ *publish.Stage) (pages []*page, err error) {
	for _, name := range []string{"Routing", "RPKI", "IPv6"} {
		at := areaOf(name)
		pages = append(pages, &page{frame: f.frame, Path: at.Path, Title: name, Nav: name, Body: "area.html", Description: at.Lead,
			Data: areaView{at, f.subjectsIn(name), f.reportsIn(name), name == "Routing" && len(f.Regions.Countries) > 0, name == "IPv6" && len(f.Campaigns.All) > 0, f.HasNeeds}})
	}
	return pages, nil
}

// Areas returns the entries of the navigation. An area of questions of which none has been answered is left out.
func (p *page) Areas() []area {
	return slices.DeleteFunc(slices.Clone(areas), func(a area) bool { return p.empty[a.Name] })
}

// Area returns the area that the page belongs to.
func (p *page) Area() area { return areaOf(p.Nav) }

// emptyAreas returns the areas of questions only of which none has been answered.
func emptyAreas(answers []*analysis.Answer) map[string]bool {
	empty := map[string]bool{"Routing": true, "RPKI": true, "IPv6": true}
	for _, a := range answers {
		if answered(a) {
			delete(empty, a.Question.Section)
		}
	}
	return empty
}
