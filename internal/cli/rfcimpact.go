package cli

import (
	"io"

	"tidemark/datasets"
	"tidemark/rfcwatch/history"
)

type rfcImpactVerb struct {
	Since string `placeholder:"DAY" help:"Only changes on that day or later."`
	JSON  bool   `help:"As JSON."`
}

// rfcImpact is something that rests on a document, and what happened to that.
type rfcImpact struct {
	Kind   string     `json:"kind"` // question or column
	Name   string     `json:"name"`
	Number int        `json:"rfc"`
	Events []rfcEvent `json:"events"`
}

// Run lists what rests on changed documents.
func (v *rfcImpactVerb) Run(env *environment) error {
	since, err := sinceDay(v.Since)
	if err != nil {
		return err
	}
	events, err := history.Events(env.Store(), nil, since)
	if err != nil {
		return err
	}
	impacts := []rfcImpact{}
	for _, i := range history.Impacts(events, env.resting()) {
		impacts = append(impacts, rfcImpact{i.Kind, i.Name, i.Number, shownEvents(i.Events)})
	}
	return env.show(v.JSON, impacts, func(w io.Writer) {
		for _, i := range impacts {
			last := i.Events[len(i.Events)-1]
			printf(w, "%s\t%s\tRFC %d\t%d changes, the last by %s: %s %s %s\n", i.Kind, i.Name, i.Number, len(i.Events), last.Until, last.Kind, last.Relation, last.Now)
		}
	})
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
