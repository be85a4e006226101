package history

import (
	"slices"
	"strings"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Lineage is which drafts replaced which, and which RFCs drafts became, by all answers of the Datatracker that are at hand.
type Lineage struct {
	replaces, replacedBy map[string][]string // each sorted
	became               map[string]uint32
}

// Line is a document under its names as a draft, and the RFCs that it became.
type Line struct {
	Names []string // oldest first; of drafts that were merged, by name
	RFCs  []uint32
}

// ReadLineage reads the relations of all snapshots: a draft that became an RFC is in no later one.
func ReadLineage(store *table.Store) (Lineage, error) {
	l := Lineage{map[string][]string{}, map[string][]string{}, map[string]uint32{}}
	snapshots, err := DraftSnapshots(store)
	if err != nil {
		return l, err
	}
	for _, s := range snapshots {
		drafts, relations, err := s.Read(store)
		if err != nil {
			return l, err
		}
		l.add(drafts, relations)
	}
	return l, nil
}

func (l Lineage) add(drafts []datasets.Draft, relations []datasets.DraftRelation) {
	for _, d := range drafts {
		if d.PublishedAs > 0 {
			l.became[d.Name] = d.PublishedAs
		}
	}
	for _, r := range relations {
		switch {
		case r.Relation == "became-rfc" && r.TargetNumber > 0:
			l.became[r.Source] = r.TargetNumber
		case r.Relation == "replaces" && strings.HasPrefix(r.Source, "draft-") && strings.HasPrefix(r.Target, "draft-"):
			insert(l.replaces, r.Source, r.Target)
			insert(l.replacedBy, r.Target, r.Source)
		}
	}
}

func insert(lists map[string][]string, key, value string) {
	if at, found := slices.BinarySearch(lists[key], value); !found {
		lists[key] = slices.Insert(lists[key], at, value)
	}
}

// Line returns the line of a draft: those that it replaced, itself, those that replaced it, and what they became. Drafts that were merged
// with it into another one are not among them.
func (l Lineage) Line(draft string) (line Line) {
	line.Names = reach(l.replaces, draft)
	slices.Reverse(line.Names)
	for _, name := range reach(l.replacedBy, draft) {
		if !slices.Contains(line.Names, name) { // else the records go round in a circle
			line.Names = append(line.Names, name)
		}
	}
	for _, name := range line.Names {
		if n := l.became[name]; n > 0 && !slices.Contains(line.RFCs, n) {
			line.RFCs = append(line.RFCs, n)
		}
	}
	return line
}

// reach returns what can be reached from a draft, nearest first, beginning with itself.
func reach(next map[string][]string, draft string) []string {
	reached := []string{draft}
	for i := 0; i < len(reached); i++ {
		for _, name := range next[reached[i]] {
			if !slices.Contains(reached, name) {
				reached = append(reached, name)
			}
		}
	}
	return reached
}
