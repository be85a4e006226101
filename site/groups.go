package site

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
	"tidemark/site/publish"
)

const groupsPath = "wg/index.html"

// groupPattern is what the acronym of a working group looks like, which becomes the name of a file.
var groupPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// groupName returns the acronym of a group as its page is named; empty: it is none.
func groupName(wg string) string {
	if name := strings.ToLower(wg); name != "index" && groupPattern.MatchString(name) {
		return name
	}
	return ""
}

func groupPath(name string) string { return "wg/" + name + ".html" }

// group is a working group with its documents.
type group struct {
	Name   string
	RFCs   []*dossier.RFC   // by number
	Drafts []datasets.Draft // active ones, by name
}

// groupsOf returns the working groups that an index names, or that adopted an active draft, by name.
func groupsOf(series dossier.Series, rfcs map[int]*dossier.RFC) map[string]*group {
	all := map[string]*group{}
	in := func(wg string) *group {
		name := groupName(wg)
		if all[name] == nil {
			all[name] = &group{Name: name}
		}
		return all[name]
	}
	for _, number := range slices.Sorted(maps.Keys(rfcs)) {
		if r := rfcs[number]; r.Entry != nil {
			g := in(r.Entry.WG)
			g.RFCs = append(g.RFCs, r)
		}
	}
	for _, d := range series.Active {
		g := in(history.WorkingGroup(d.Name))
		g.Drafts = append(g.Drafts, d)
	}
	delete(all, "")
	return all
}

// groupView is the page of a working group.
type groupView struct {
	*group
	Documents []groupDocument // newest first
	Obsolete  int
	DraftsDay time.Time // of the Datatracker's answers
}

// groupDocument is an RFC of a group.
type groupDocument struct {
	Number        int
	Title, Status string
	Published     string
	By            []inTime // documents that obsolete it
	Obsolete      bool
}

// groupsView is the list of the working groups.
type groupsView struct {
	Groups []*group
	Day    time.Time
}

// groupPages returns a page for each working group, and the list of them; none if no index tells groups.
func groupPages(f *facts, _ *publish.Stage) (pages []*page, err error) {
	list := groupsView{Day: f.Standards.Day}
	for _, name := range slices.Sorted(maps.Keys(f.groups)) {
		g := f.groups[name]
		list.Groups = append(list.Groups, g)
		p := &page{frame: f.frame, Path: groupPath(name), Nav: "Standards", Body: "group.html", Title: "Working group " + name, Unlisted: true,
			Description: "RFCs of the working group with their status, obsolete ones struck through, and drafts in work."}
		p.view = func() any { return f.groupView(g) }
		pages = append(pages, p)
	}
	if len(list.Groups) == 0 {
		return nil, nil
	}
	return append(pages, &page{frame: f.frame, Path: groupsPath, Nav: "Standards", Body: "groups.html", Title: "Working groups", Data: list,
		Description: "Every working group that the RFC index names, with how many documents it has."}), nil
}

// groupView returns what the page of a group shows.
func (f *facts) groupView(g *group) groupView {
	v := groupView{group: g, DraftsDay: f.Standards.DraftsDay}
	for _, r := range slices.Backward(g.RFCs) {
		d := groupDocument{Number: r.Number, Title: r.Entry.Title, Status: r.Entry.Status, Published: history.Published(r.Entry), By: f.inTime(r.Number, successors(r)), Obsolete: isObsolete(r)}
		if d.Obsolete {
			v.Obsolete++
		}
		v.Documents = append(v.Documents, d)
	}
	slices.SortStableFunc(v.Documents, func(a, b groupDocument) int { return cmp.Compare(b.Published, a.Published) })
	return v
}
