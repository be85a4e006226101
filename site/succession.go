package site

import (
	"cmp"
	"slices"

	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
)

// succession is a document among those that replaced each other.
type succession struct {
	Obsolete bool
	By       []inTime // documents that obsolete it, by number
	Of       []inTime // documents that it obsoletes
	Line     []inTime // all before and after it, oldest first; none if By and Of say the same
}

// inTime is a document with when it was published.
type inTime struct {
	Number    int
	Title     string
	Published string // as precisely as the index says; empty: unknown
	Obsolete  bool
	Here      bool // the document whose page it is
}

// Since returns when the first document was published that obsoletes this one; empty: unknown.
func (s succession) Since() (since string) {
	for _, by := range s.By {
		if since == "" || by.Published != "" && by.Published < since {
			since = by.Published
		}
	}
	return since
}

// isObsolete reports whether another document replaced this one, as far as an index tells.
func isObsolete(r *dossier.RFC) bool {
	return r.Entry != nil && r.Entry.Standing == "obsoleted" || len(successors(r)) > 0
}

// Obsolete reports the same of the document of that number.
func (f *frame) Obsolete(number uint32) bool {
	r := f.rfcs[int(number)]
	return r != nil && isObsolete(r)
}

// maxLine bounds the documents of a line.
const maxLine = 40

// succession returns what the document replaced, and what replaced it.
func (f *facts) succession(r *dossier.RFC) succession {
	s := succession{Obsolete: isObsolete(r), By: f.inTime(r.Number, successors(r)), Of: f.inTime(r.Number, predecessors(r))}
	before, after := f.reach(r, predecessors), f.reach(r, successors)
	if len(before)+len(after) <= len(s.By)+len(s.Of) && (len(before) == 0 || len(after) == 0) {
		return s
	}
	s.Line = f.inTime(r.Number, slices.Concat(before, []int{r.Number}, after))
	slices.SortStableFunc(s.Line, func(a, b inTime) int {
		return cmp.Or(cmp.Compare(a.Published, b.Published), cmp.Compare(a.Number, b.Number))
	})
	return s
}

// reach returns the documents that next leads to from one, over any number of steps, nearest first.
func (f *facts) reach(r *dossier.RFC, next func(*dossier.RFC) []int) (all []int) {
	met := map[int]bool{r.Number: true}
	open := next(r)
	for len(open) > 0 && len(all) < maxLine {
		n := open[0]
		open = open[1:]
		if met[n] {
			continue
		}
		met[n] = true
		all = append(all, n)
		if other := f.rfcs[n]; other != nil {
			open = append(open, next(other)...)
		}
	}
	return all
}

// inTime describes documents by their numbers.
func (f *facts) inTime(here int, numbers []int) (all []inTime) {
	for _, n := range numbers {
		t := inTime{Number: n, Here: n == here}
		if r := f.rfcs[n]; r != nil {
			t.Obsolete = isObsolete(r)
			if r.Entry != nil {
				t.Title, t.Published = r.Entry.Title, history.Published(r.Entry)
			}
		}
		all = append(all, t)
	}
	return all
}

// successors returns the numbers of the documents that obsolete this one.
func successors(r *dossier.RFC) []int { return related(r, "obsoleted-by") }

// predecessors returns the numbers of those that it obsoletes.
func predecessors(r *dossier.RFC) []int { return related(r, "obsoletes") }

// related returns the numbers of the documents that have a relation to this one, which either may state.
func related(r *dossier.RFC, relation string) (all []int) {
	for _, s := range r.Relations {
		switch {
		case s.TargetNumber == 0 || s.TargetNumber == s.Number:
		case int(s.Number) == r.Number && s.Relation == relation:
			all = append(all, int(s.TargetNumber))
		case int(s.TargetNumber) == r.Number && s.Relation == inverse[relation]:
			all = append(all, int(s.Number))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
