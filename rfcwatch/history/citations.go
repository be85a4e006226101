package history

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Citations are the references among RFCs, as far as texts of RFCs are at hand.
type Citations struct {
	Rows  []datasets.RFCCitation // by the number of the RFC that cites, then of the one that is cited
	Texts map[uint32]bool        // RFCs whose text is at hand
	From  []*table.Manifest      // partitions of the texts
}

// Kinds are the kinds of references, the strongest first.
var Kinds = []string{"normative", "unstated", "informative"}

// ReadCitations returns who cites whom by the texts at hand, and what the index says of both.
func ReadCitations(store *table.Store, state *State) (*Citations, error) {
	c := &Citations{Texts: map[uint32]bool{}}
	var paths [2][]table.Path
	for i, schema := range []*table.Schema{datasets.RFCTexts.Schema, datasets.RFCReferences.Schema} {
		manifests, err := store.Manifests(schema)
		if err != nil {
			return nil, err
		}
		c.From = append(c.From, manifests...)
		for _, m := range manifests {
			paths[i] = append(paths[i], store.Path(m))
		}
	}
	for t, err := range datasets.RFCTexts.Scan(paths[0]...) {
		if err != nil {
			return nil, err
		}
		if number := numberOf(t.Document); number > 0 {
			c.Texts[number] = true
		}
	}
	kinds := map[[2]uint32]string{}
	for r, err := range datasets.RFCReferences.Scan(paths[1]...) {
		if err != nil {
			return nil, err
		}
		number := numberOf(r.Document)
		for _, cited := range r.RFCs {
			pair := [2]uint32{number, cited}
			old := kinds[pair]
			if number > 0 && cited != number && (old == "" || slices.Index(Kinds, r.Kind) < slices.Index(Kinds, old)) {
				kinds[pair] = r.Kind
			}
		}
	}
	successors := state.successors()
	for _, pair := range slices.SortedFunc(maps.Keys(kinds), func(a, b [2]uint32) int { return slices.Compare(a[:], b[:]) }) {
		c.Rows = append(c.Rows, state.citation(pair[0], pair[1], kinds[pair], successors))
	}
	return c, nil
}

// numberOf returns the number of an RFC from the name of a document; 0 if it is not an RFC.
func numberOf(document string) uint32 {
	digits, is := strings.CutPrefix(document, "RFC")
	if !is {
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// citation returns the row of a reference.
func (s *State) citation(number, cited uint32, kind string, successors map[uint32][]uint32) datasets.RFCCitation {
	row := datasets.RFCCitation{IndexDate: s.Day, Number: number, Cited: cited, Kind: kind, Obsolete: "unknown"}
	if d := s.Documents[number]; d != nil {
		row.Status = d.Status
	}
	if d := s.Documents[cited]; d != nil && !d.NotIssued {
		row.CitedStatus = d.Status
		switch {
		case len(successors[cited]) > 0 || d.Standing == "obsoleted":
			row.Obsolete = "yes"
		case d.Standing == "current" || s.tellsObsolete():
			row.Obsolete = "no"
		}
		row.ReplacedBy = ends(successors, cited)
	}
	row.Downward = downward(kind, row.Status, row.CitedStatus)
	return row
}

// tellsObsolete reports whether the index tells which documents are obsolete.
func (s *State) tellsObsolete() bool {
	return !s.Told["obsoleted-by"].IsZero() || !s.Told["obsoletes"].IsZero()
}

// successors returns the RFCs that obsolete each one.
func (s *State) successors() map[uint32][]uint32 {
	all := map[uint32][]uint32{}
	for e := range s.edges() {
		if e.Relation == "obsoletes" {
			all[e.To] = append(all[e.To], e.From)
		}
	}
	return all
}

// ends returns the RFCs at the ends of the chains of successors of an RFC, by number; none if it has no successor.
func ends(successors map[uint32][]uint32, number uint32) (last []uint32) {
	met, open := map[uint32]bool{number: true}, slices.Clone(successors[number])
	for len(open) > 0 {
		n := open[0]
		open = open[1:]
		if met[n] {
			continue
		}
		met[n] = true
		if next := successors[n]; len(next) > 0 {
			open = append(open, next...)
		} else {
			last = append(last, n)
		}
	}
	slices.Sort(last)
	return last
}

// maturities are the lowest and the highest maturity that a status may mean, as a document that is cited has it. What is not listed is
// less mature than the standards track.
var maturities = map[string][2]int{
	"proposed standard": {1, 1}, "draft standard": {2, 2}, "internet standard": {3, 3}, "best current practice": {3, 3}, StandardsTrack: {1, 3},
}

// downward reports whether a reference is one to a less mature document (RFC 3967): yes, no or unknown.
func downward(kind, status, citedStatus string) string {
	needs, bound := maturities[status]
	switch {
	case status == "" || citedStatus == "" || kind == "unstated" && bound:
		return "unknown"
	case !bound || kind != "normative":
		return "no"
	case status == "best current practice":
		needs = [2]int{1, 1}
	}
	switch has := maturities[citedStatus]; {
	case has[1] < needs[0]:
		return "yes"
	case has[0] >= needs[1]:
		return "no"
	}
	return "unknown"
}

// CitedAt is a citation with how many steps it is away from the document that was asked for.
type CitedAt struct {
	datasets.RFCCitation
	Distance int
}

// Of returns what a document cites, or what cites it, over at most the given number of steps: each RFC once, at its smallest distance.
// With normative, only normative references count.
func (c *Citations) Of(number uint32, citing, normative bool, distance int) (all []CitedAt) {
	next := map[uint32][]datasets.RFCCitation{}
	for _, row := range c.Rows {
		if normative && row.Kind != "normative" {
			continue
		}
		from := row.Number
		if citing {
			from = row.Cited
		}
		next[from] = append(next[from], row)
	}
	met, open := map[uint32]bool{number: true}, []uint32{number}
	for step := 1; step <= distance && len(open) > 0; step++ {
		var found []uint32
		for _, n := range open {
			for _, row := range next[n] {
				to := row.Cited
				if citing {
					to = row.Number
				}
				if !met[to] {
					met[to] = true
					found = append(found, to)
					all = append(all, CitedAt{row, step})
				}
			}
		}
		open = found
	}
	slices.SortStableFunc(all, func(a, b CitedAt) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Cited, b.Cited))
	})
	return all
}

// Edges returns the normative references over which a document reaches others, and others reach it, in the given number of steps.
func (c *Citations) Edges(number uint32, distance int) (edges []Edge) {
	for _, citing := range []bool{false, true} {
		for _, at := range c.Of(number, citing, true, distance) {
			if e := (Edge{From: at.Number, Relation: "cites", To: at.Cited, StatedBy: "from"}); !slices.Contains(edges, e) {
				edges = append(edges, e)
			}
		}
	}
	return edges
}
