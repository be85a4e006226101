package pipeline

import (
	"context"
	"slices"
	"time"

	"tidemark/collectors"
	"tidemark/datasets/table"
	"tidemark/pipeline/schedule"
)

// Plan is what a session would collect now, and what that would cost.
type Plan struct {
	Problems []Problem     `json:"-"`
	At       time.Time     `json:"at"`
	Left     PlannedCost   `json:"left"` // what the budget leaves to later sessions
	Sources  []PlannedLine `json:"sources"`
	ThisRun  PlannedCost   `json:"this_run"`
	Hosts    []HostNeed    `json:"hosts"`
	Year     Need          `json:"year"` // of all sources that could be measured; its requests are those of Hosts
}

// PlannedLine is the part of one source.
type PlannedLine struct {
	Source  string     `json:"source"`
	Every   string     `json:"every,omitempty"`
	Asked   bool       `json:"asked"`           // false: it brought what its period holds, or waits after a failure
	Again   *time.Time `json:"again,omitempty"` // when it is asked then
	Waiting int        `json:"waiting"`         // files that failed and are not tried yet
	Error   string     `json:"error,omitempty"`
	PlannedCost
	Need   Need                 `json:"need"`
	Oldest *time.Time           `json:"oldest,omitempty"` // that a due file speaks of
	URLs   []string             `json:"urls,omitempty"`
	Probe  *collectors.Estimate `json:"probe,omitempty"` // of one run; null: the source does not probe
}

// PlannedCost is a cost as far as listings and earlier sessions tell.
type PlannedCost struct {
	schedule.Cost
	Seconds *float64 `json:"seconds"` // null where no earlier session tells
}

// Plan asks the named sources what is due, all where none is named. It reads listings, and downloads nothing. The lines name
// each file if urls is set.
func (p *Pipeline) Plan(ctx context.Context, urls bool, names ...string) (*Plan, error) {
	tasks, err := p.tasks(names)
	if err != nil {
		return nil, err
	}
	state := p.sourcesState()
	planned, err := p.plan(ctx, tasks, state, len(names) > 0)
	if err != nil {
		return nil, err
	}
	costs, now, left := schedule.Costs(planned, state, p.options.Budget)
	plan := &Plan{At: p.now().UTC(), ThisRun: plannedCost(now), Left: plannedCost(left)}
	var sources []collectors.Source
	var due [][]collectors.Item
	for _, s := range planned {
		sources, due = append(sources, s.Source), append(due, slices.Concat(s.Items, s.Waiting))
	}
	of, add := broughtBy(sources, p.now())
	for raw, err := range p.files.All("") {
		if err != nil {
			return nil, err
		}
		add(raw)
	}
	needs, hosts, year, err := p.needs(of, due, p.now())
	if err != nil {
		return nil, err
	}
	plan.Hosts, plan.Year = hosts, year
	for i, s := range planned {
		if s.Err != nil {
			plan.Problems = append(plan.Problems, Problem{"source", s.Source.Name, s.Err})
		}
		line := plannedLine(s, costs[i], urls)
		line.Need = needs[i]
		if line.Probe, err = p.estimate(s.Source); err != nil {
			plan.Problems = append(plan.Problems, Problem{"source", s.Source.Name, err})
		}
		plan.Sources = append(plan.Sources, line)
	}
	return plan, nil
}

// estimating is a kind that knows what a run takes.
type estimating interface {
	Estimate(from collectors.Source, store *table.Store) (*collectors.Estimate, error)
}

// estimate returns what a run of a source that probes takes; nil if it does not probe.
func (p *Pipeline) estimate(from collectors.Source) (*collectors.Estimate, error) {
	kind, err := p.Kind(from.Kind)
	if err != nil {
		return nil, err
	}
	if k, is := kind.(estimating); is {
		return k.Estimate(from, p.store)
	}
	return nil, nil
}

func plannedLine(s schedule.Planned, cost schedule.Cost, urls bool) PlannedLine {
	line := PlannedLine{Source: s.Source.Name, Every: s.Source.Every.String(), Asked: s.Asked, Waiting: len(s.Waiting), PlannedCost: plannedCost(cost)}
	if !s.Again.IsZero() {
		line.Again = &s.Again
	}
	if s.Err != nil {
		line.Error = s.Err.Error()
	}
	for _, item := range s.Items {
		if !item.Time.IsZero() && (line.Oldest == nil || item.Time.Before(*line.Oldest)) {
			line.Oldest = &item.Time
		}
		if urls {
			line.URLs = append(line.URLs, item.URL)
		}
	}
	return line
}

func plannedCost(c schedule.Cost) PlannedCost {
	planned := PlannedCost{Cost: c}
	if c.Untimed == 0 {
		s := c.Time.Seconds()
		planned.Seconds = &s
	}
	return planned
}
