package history

import (
	"cmp"
	"slices"
)

// Edge is a relation between two RFCs in its active form: RFC 8200 obsoletes RFC 2460.
type Edge struct {
	From     uint32 `json:"from"`
	Relation string `json:"relation"` // obsoletes or updates; cites: normatively
	To       uint32 `json:"to"`
	StatedBy string `json:"stated_by"` // from, to or both
}

// Graph returns the relations among the RFCs that are at most the given number of steps away from one.
func (s *State) Graph(number uint32, distance int) []Edge {
	stated := s.edges()
	within := map[uint32]bool{number: true}
	for range distance {
		var found []uint32
		for e := range stated {
			if within[e.From] != within[e.To] {
				found = append(found, e.From, e.To)
			}
		}
		for _, n := range found {
			within[n] = true
		}
	}
	var edges []Edge
	for e, by := range stated {
		if within[e.From] && within[e.To] {
			e.StatedBy = by
			edges = append(edges, e)
		}
	}
	slices.SortFunc(edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.To, b.To))
	})
	return edges
}

// edges returns who states each edge, by the edge without StatedBy.
func (s *State) edges() map[Edge]string {
	stated := map[Edge]string{}
	add := func(e Edge, by string) {
		if old, known := stated[e]; known && old != by {
			by = "both"
		}
		stated[e] = by
	}
	for k, r := range s.Relations {
		if r.TargetNumber == 0 {
			continue
		}
		switch k.Relation {
		case "obsoletes", "updates":
			add(Edge{From: k.Number, Relation: k.Relation, To: r.TargetNumber}, "from")
		case "obsoleted-by":
			add(Edge{From: r.TargetNumber, Relation: "obsoletes", To: k.Number}, "to")
		case "updated-by":
			add(Edge{From: r.TargetNumber, Relation: "updates", To: k.Number}, "to")
		}
	}
	return stated
}
