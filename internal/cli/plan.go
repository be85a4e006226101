package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"tidemark/internal/quantity"
	"tidemark/pipeline/schedule"
)

type planVerb struct {
	Source []string `arg:"" optional:"" complete:"sources" help:"Names of sources in the configuration (default: all)."`
	Files  bool     `help:"Name each file."`
	JSON   bool     `name:"json" help:"As JSON."`
}

// Help shows examples.
func (planVerb) Help() string {
	return examples("tidemark plan", "tidemark plan --files rrc00", "tidemark plan --json")
}

type planLine struct {
	Source  string     `json:"source"`
	Every   string     `json:"every,omitempty"`
	Asked   bool       `json:"asked"`           // false: it brought what its period holds, or waits after a failure
	Again   *time.Time `json:"again,omitempty"` // when it is asked then
	Waiting int        `json:"waiting"`         // files that failed and are not tried yet
	Error   string     `json:"error,omitempty"`
	planCost
	Oldest *time.Time `json:"oldest,omitempty"` // that a due file speaks of
	URLs   []string   `json:"urls,omitempty"`
}

type planCost struct {
	schedule.Cost
	Seconds *float64 `json:"seconds"` // null where no earlier run tells
}

func costOf(c schedule.Cost) planCost {
	line := planCost{Cost: c}
	if c.Untimed == 0 {
		s := c.Time.Seconds()
		line.Seconds = &s
	}
	return line
}

// Run shows what a run would bring now. It reads listings, and downloads nothing.
func (v *planVerb) Run(env *environment) error {
	tasks, err := env.tasks(v.Source)
	if err != nil {
		return err
	}
	state, err := schedule.Load(env.sourcesFile())
	if err != nil {
		slog.Warn(err.Error())
	}
	plan, err := schedule.Plan(env.ctx, tasks, state, env.now(), env.archive, len(v.Source) > 0)
	if err != nil {
		return err
	}
	budget := env.config.Run.Budget
	by, now, left := schedule.Costs(plan, state, budget)
	var lines []planLine
	partly := false
	for i, p := range plan {
		line := planLine{Source: p.Source.Name, Every: p.Source.Every.String(), Asked: p.Asked, Waiting: len(p.Waiting), planCost: costOf(by[i])}
		if !p.Again.IsZero() {
			line.Again = &p.Again
		}
		if p.Err != nil {
			line.Error, partly = p.Err.Error(), true
		}
		for _, item := range p.Items {
			if !item.Time.IsZero() && (line.Oldest == nil || item.Time.Before(*line.Oldest)) {
				line.Oldest = &item.Time
			}
			if v.Files {
				line.URLs = append(line.URLs, item.URL)
			}
		}
		lines = append(lines, line)
	}
	if v.JSON {
		err = writeJSON(env.stdout, map[string]any{"at": env.now().UTC(), "sources": lines, "this_run": costOf(now), "left": costOf(left)})
	} else {
		err = env.showPlan(lines, now, left)
	}
	if err == nil && partly {
		err = errPartly
	}
	return err
}

func (env *environment) showPlan(lines []planLine, now, left schedule.Cost) error {
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "source\tevery\tfiles\tbytes\ttime\tfrom\t")
	var errs []error
	for _, l := range lines {
		from := ""
		switch {
		case l.Again != nil:
			from = "asked again at " + l.Again.Format("2006-01-02 15:04")
		case l.Oldest != nil:
			from = l.Oldest.Format(time.DateOnly)
		}
		if l.Waiting > 0 {
			from += fmt.Sprintf(" (%d more failed and wait)", l.Waiting)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t\n", l.Source, l.Every, l.Files, bytesOf(l.Cost), timeOf(l.Cost), from)
		for _, u := range l.URLs {
			fmt.Fprintf(w, "\t\t\t\t\t%s\t\n", u)
		}
		if l.Error != "" {
			errs = append(errs, fmt.Errorf("source %s: %s", l.Source, l.Error))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "This run would bring %d files, %s, in %s.\n", now.Files, bytesOf(now), timeOf(now))
	if left.Files > 0 {
		fmt.Fprintf(env.stdout, "Its budget leaves %d files, %s, to the next runs.\n", left.Files, bytesOf(left))
	}
	if err := errors.Join(errs...); err != nil {
		report("the plan has gaps", err)
	}
	return nil
}

// bytesOf and timeOf say a cost as far as it is known.
func bytesOf(c schedule.Cost) string {
	switch {
	case c.Files == c.Unsized && c.Files > 0:
		return "?"
	case c.Unsized > 0:
		return quantity.ShortBytes(c.Bytes) + "+?"
	}
	return quantity.ShortBytes(c.Bytes)
}

func timeOf(c schedule.Cost) string {
	switch {
	case c.Files == c.Untimed && c.Files > 0:
		return "?"
	case c.Untimed > 0:
		return c.Time.Round(time.Second).String() + "+?"
	}
	return c.Time.Round(time.Second).String()
}
