package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"tidemark/internal/legible"
	"tidemark/rfcwatch/history"
)

// indexDay is the flag that chooses the index of RFCs.
type indexDay struct {
	AsOf string `placeholder:"DAY" help:"Use the index of that day."`
}

type rfcGraphVerb struct {
	Number rfcNumber `arg:"" help:"RFC number."`
	indexDay
	Distance  int  `default:"2" help:"Maximum distance, in relations."`
	Citations bool `help:"Add the normative references of the RFCs within that distance, as far as their texts are at hand."`
	JSON      bool `help:"As JSON."`
	DOT       bool `name:"dot" help:"As a Graphviz graph (DOT)."`
}

// Run shows the relations around the document.
func (v *rfcGraphVerb) Run(env *environment) error {
	day, err := flagDay("--as-of", v.AsOf)
	if err != nil {
		return err
	}
	state, err := history.At(env.Store(), day)
	if err != nil {
		return err
	}
	if state.Documents[uint32(v.Number)] == nil {
		return fmt.Errorf("the index of %s has no RFC %d", state.Day.Format(time.DateOnly), v.Number)
	}
	edges := state.Graph(uint32(v.Number), v.Distance)
	if v.Citations {
		citations, err := history.ReadCitations(env.Store(), state)
		if err != nil {
			return err
		}
		edges = append(edges, citations.Edges(uint32(v.Number), v.Distance)...)
	}
	type titled struct {
		history.Edge
		FromTitle string `json:"from_title"`
		ToTitle   string `json:"to_title"`
	}
	shown := make([]titled, 0, len(edges))
	for _, e := range edges {
		shown = append(shown, titled{e, state.Title(e.From), state.Title(e.To)})
	}
	return env.show(v.JSON, shown, func(w io.Writer) {
		if v.DOT {
			writeDOT(w, state, edges)
			return
		}
		for _, e := range edges {
			printf(w, "RFC %d\t%s\tRFC %d\n", e.From, e.Relation, e.To)
		}
		writeTitles(w, state, edges)
	})
}

// writeTitles writes the documents of a graph, each once.
func writeTitles(w io.Writer, state *history.State, edges []history.Edge) {
	var named []uint32
	for _, e := range edges {
		named = append(named, e.From, e.To)
	}
	slices.Sort(named)
	for i, n := range slices.Compact(named) {
		if i == 0 {
			printf(w, "\n")
		}
		printf(w, "RFC %d\t%s\n", n, cmp.Or(state.Title(n), "title unknown"))
	}
}

func writeDOT(w io.Writer, state *history.State, edges []history.Edge) {
	printf(w, "digraph rfcs {\n")
	named := map[uint32]bool{}
	for _, e := range edges {
		for _, n := range []uint32{e.From, e.To} {
			if !named[n] {
				named[n] = true
				label := fmt.Sprintf("RFC %d\n%s", n, legible.Line(state.Title(n)))
				printf(w, "  rfc%d [label=%s];\n", n, strconv.Quote(label))
			}
		}
		style := map[string]string{"obsoletes": "bold", "updates": "dashed", "cites": "dotted"}[e.Relation]
		printf(w, "  rfc%d -> rfc%d [label=%q, style=%s];\n", e.From, e.To, e.Relation, style)
	}
	printf(w, "}\n")
}
