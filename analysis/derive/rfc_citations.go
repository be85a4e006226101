package derive

import (
	"context"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/history"
)

// RFCCitations makes rfc_citations: the references among RFCs whose texts are at hand, judged by the newest index.
var RFCCitations = Derivation{Of: datasets.RFCCitations.Schema, Plan: planRFCCitations}

func planRFCCitations(store *table.Store) ([]Job, error) {
	chain, _, err := history.ReadChain(store)
	if err != nil || len(chain) == 0 {
		return nil, err
	}
	texts, err := store.Manifests(datasets.RFCReferences.Schema)
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	newest := chain.UpTo(len(chain) - 1)
	var inputs []table.Input
	for _, s := range newest {
		inputs = append(inputs, s.Inputs()...)
	}
	for _, m := range texts {
		inputs = append(inputs, m.AsInput())
	}
	key := table.Key{Day: chain[len(chain)-1].Day(), Name: "citations"}
	return []Job{{Key: key, Inputs: inputs, Run: func(_ context.Context, into *table.Commit) error {
		state, err := history.Read(store, newest)
		if err != nil {
			return err
		}
		citations, err := history.ReadCitations(store, state)
		if err != nil {
			return err
		}
		out, err := datasets.RFCCitations.Create(into, key)
		if err != nil {
			return err
		}
		out.Unit = "pair of RFCs"
		out.See(len(citations.Rows))
		out.Keep(len(citations.Rows))
		return out.Append(citations.Rows...)
	}}}, nil
}
