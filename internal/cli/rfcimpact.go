package cli

import (
	"io"
	"maps"
	"slices"

	"tidemark/datasets"
	"tidemark/rfcwatch/history"
)

type rfcImpactVerb struct {
	Since string `placeholder:"DAY" help:"Only changes on that day or later."`
	JSON  bool   `help:"As JSON."`
}

// rfcImpact is a document that changed, with what rests on it.
type rfcImpact struct {
	Number    int        `json:"rfc"`
	Questions []string   `json:"questions"`
	Columns   []string   `json:"columns"`
	Events    []rfcEvent `json:"events"`
}

// Run lists what rests on changed documents.
func (v *rfcImpactVerb) Run(env *environment) error {
	since, err := flagDay("--since", v.Since)
	if err != nil {
		return err
	}
	events, err := history.Events(env.Store(), nil, since)
	if err != nil {
		return err
	}
	all := history.Impacts(events, env.resting())
	return env.show(v.JSON, byDocument(all), func(w io.Writer) {
		for _, i := range all {
			last := shownEvents(i.Events[len(i.Events)-1:])[0]
			printf(w, "%s\t%s\tRFC %d\t%d changes, the last by %s: %s %s %s\n", i.Kind, i.Name, i.Number, len(i.Events), last.Until, last.Kind, last.Relation, last.Now)
		}
	})
}

// byDocument returns the impacts by document, whose events are many and the same for all that rests on it.
func byDocument(all []history.Impact) []rfcImpact {
	documents := map[int]*rfcImpact{}
	for _, i := range all {
		d := documents[i.Number]
		if d == nil {
			d = &rfcImpact{Number: i.Number, Questions: []string{}, Columns: []string{}, Events: shownEvents(i.Events)}
			documents[i.Number] = d
		}
		if i.Kind == "question" {
			d.Questions = append(d.Questions, i.Name)
		} else {
			d.Columns = append(d.Columns, i.Name)
		}
	}
	shown := make([]rfcImpact, 0, len(documents))
	for _, n := range slices.Sorted(maps.Keys(documents)) {
		shown = append(shown, *documents[n])
	}
	return shown
}

// resting returns the questions and columns, which name the RFCs that define what they measure.
func (env *environment) resting() (all []history.Resting) {
	for _, q := range env.Questions {
		all = append(all, history.Resting{Kind: "question", Name: q.Slug, RFCs: q.RFCs})
	}
	for _, s := range datasets.All() {
		for _, c := range s.Columns {
			all = append(all, history.Resting{Kind: "column", Name: s.Name + "." + c.Name, RFCs: c.RFCs})
		}
	}
	return all
}
