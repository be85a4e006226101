package derive

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

// RFCHistory makes rfc_history: each fact of the index with the days between which it was true.
var RFCHistory = Derivation{Of: datasets.RFCHistory.Schema, Plan: planRFCHistory}

func planRFCHistory(store *table.Store) ([]Job, error) {
	chain, _, err := history.ReadChain(store)
	if err != nil || len(chain) == 0 {
		return nil, err
	}
	var inputs []table.Input
	for _, s := range chain {
		inputs = append(inputs, s.Inputs()...)
	}
	key := table.Key{Day: chain[len(chain)-1].Day(), Name: "history"}
	return []Job{{Key: key, Inputs: inputs, Run: func(_ context.Context, into *table.Commit) error {
		rows, err := validities(store, chain)
		if err != nil {
			return err
		}
		out, err := datasets.RFCHistory.Create(into, key)
		if err != nil {
			return err
		}
		out.Unit = "fact"
		out.See(len(rows))
		out.Keep(len(rows))
		return out.Append(rows...)
	}}}, nil
}

// fact is what a snapshot may say of a document. A field has one value at a time, a relation any number of targets.
type fact struct {
	number       uint32
	field, value string
}

// validities returns every fact of the snapshots with the days on which it began and ended.
func validities(store *table.Store, chain history.Chain) ([]datasets.RFCValidity, error) {
	var ended []datasets.RFCValidity
	holding := map[fact]*datasets.RFCValidity{}
	told := map[string]time.Time{} // by field, the last snapshot that has it
	for i := range chain {
		now, err := history.Read(store, chain[i:i+1])
		if err != nil {
			return nil, err
		}
		facts := factsOf(now)
		tells := map[string]bool{}
		for f := range facts {
			tells[f.field] = true
		}
		for f, v := range holding {
			if !facts[f] && tells[f.field] && !isEmpty(now, f) && !isConfirmed(now, f) {
				day := now.Day
				v.ValidTo = &day
				ended = append(ended, *v)
				delete(holding, f)
			}
		}
		for f := range facts {
			if v := holding[f]; v != nil {
				v.LastSeen = now.Day
				continue
			}
			if f.value == history.StandardsTrack && holdsLevel(holding, f) {
				continue // the level is known, and not contradicted
			}
			v := &datasets.RFCValidity{Number: f.number, Field: f.field, Value: f.value, ValidFrom: now.Day, LastSeen: now.Day}
			if last, known := told[f.field]; known {
				v.After = &last
			}
			holding[f] = v
		}
		for field := range tells {
			told[field] = now.Day
		}
	}
	for _, v := range holding {
		ended = append(ended, *v)
	}
	slices.SortFunc(ended, func(a, b datasets.RFCValidity) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Field, b.Field), a.ValidFrom.Compare(b.ValidFrom), cmp.Compare(a.Value, b.Value))
	})
	return ended, nil
}

func factsOf(s *history.State) map[fact]bool {
	facts := map[fact]bool{}
	for n, d := range s.Documents {
		if d.NotIssued {
			facts[fact{n, "not-issued", "yes"}] = true
			continue
		}
		for _, f := range history.Fields {
			if value := *f.Of(&d.RFC); value != "" {
				facts[fact{n, f.Name, value}] = true
			}
		}
	}
	for r := range s.Relations {
		facts[fact{r.Number, r.Relation, r.Target}] = true
	}
	return facts
}

// isConfirmed reports whether the fact is a status that the snapshot confirms in other words: it tells only that the document
// is on the standards track, and the fact names a level of that.
func isConfirmed(s *history.State, f fact) bool {
	d := s.Documents[f.number]
	return f.field == string(event.Status) && d != nil && f.value != history.StandardsTrack && history.SameStatus(d.Status, f.value)
}

// holdsLevel reports whether a level of the standards track is among the facts of the document.
func holdsLevel(holding map[fact]*datasets.RFCValidity, f fact) bool {
	for _, level := range history.Levels {
		if holding[fact{f.number, f.field, level}] != nil {
			return true
		}
	}
	return false
}

// isEmpty reports whether the fact is about a field that the snapshot leaves empty, for a document that the snapshot has.
func isEmpty(s *history.State, f fact) bool {
	d := s.Documents[f.number]
	for _, field := range history.Fields {
		if field.Name == f.field {
			return d != nil && *field.Of(&d.RFC) == ""
		}
	}
	return false
}
