package site

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tidemark/datasets"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

// draftName is what names of drafts look like that may become the name of a file.
var draftName = regexp.MustCompile(`^draft-[a-z0-9][a-z0-9._+-]{0,199}$`)

func draftFeedPath(name string) string { return "feeds/" + name }

// draftLine is a draft with a feed, under each of its names.
type draftLine struct{ history.Line }

// draftLines returns the lines of the drafts that are watched by name, and of those that would change a watched RFC, by their newest names.
func (in *Input) draftLines() (lines []draftLine) {
	names := slices.Clone(in.Followed.Drafts)
	for _, r := range in.RFCs {
		for _, d := range r.Drafts {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		line := draftLine{in.Standards.Lineage.Line(name)}
		line.Names = slices.DeleteFunc(line.Names, func(name string) bool { return !draftName.MatchString(name) })
		if len(line.Names) > 0 && !slices.ContainsFunc(lines, func(l draftLine) bool { return slices.Equal(l.Names, line.Names) }) {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b draftLine) int { return strings.Compare(a.Newest(), b.Newest()) })
	return lines
}

// Newest returns the last name of the draft.
func (l draftLine) Newest() string { return l.Names[len(l.Names)-1] }

// Feed returns the path of its feed without the ending.
func (l draftLine) Feed() string { return draftFeedPath(l.Newest()) }

// Earlier returns the names before the last.
func (l draftLine) Earlier() []string { return l.Names[:len(l.Names)-1] }

// Became returns the numbers of the RFCs that it became.
func (l draftLine) Became() []int {
	var all []int
	for _, n := range l.RFCs {
		all = append(all, int(n))
	}
	return all
}

// title is the one of its feed.
func (l draftLine) title() string {
	title := l.Newest()
	for _, n := range l.RFCs {
		title += ", now RFC " + strconv.Itoa(int(n))
	}
	return title
}

// events returns what happened to the draft under any of its names, and to the RFCs that it became.
func (l draftLine) events(events []datasets.RFCEvent) (found []datasets.RFCEvent) {
	for _, e := range events {
		own := event.Kind(e.Kind).IsDraft() && slices.Contains(l.Names, e.Document)
		if own || slices.ContainsFunc(l.RFCs, func(n uint32) bool { return slices.Contains(e.Concerns, n) }) {
			found = append(found, e)
		}
	}
	return found
}
