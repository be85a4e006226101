package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tidemark/internal/quantity"

	"tidemark/pipeline"
	"tidemark/pipeline/schedule"
)

type planVerb struct {
	Source []string `arg:"" optional:"" complete:"sources" help:"Names of sources in the configuration (default: all)."`
	Files  bool     `help:"Name each file."`
	JSON   bool     `name:"json" help:"As JSON."`
}

// Run shows what a run would bring now. It reads listings, and downloads nothing.
func (v *planVerb) Run(ctx context.Context, env *environment) error {
	plan, err := env.Plan(ctx, v.Files, v.Source...)
	if err != nil {
		return err
	}
	if err := env.show(v.JSON, plan, func(w io.Writer) { writePlan(w, plan) }); err != nil {
		return err
	}
	if len(plan.Problems) == 0 {
		return nil
	}
	if !v.JSON {
		var errs []error
		for _, p := range plan.Problems {
			errs = append(errs, fmt.Errorf("source %s: %w", p.Where, p.Err))
		}
		env.log.Error("the plan has gaps", "error", errors.Join(errs...))
	}
	return errPartly
}

func writePlan(w io.Writer, plan *pipeline.Plan) {
	if len(plan.Sources) == 0 {
		printf(w, "No source is configured.\n")
		return
	}
	printf(w, "source\tevery\tfiles\tbytes\ttime\tfrom\t\n")
	for _, l := range plan.Sources {
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
		printf(w, "%s\t%s\t%d\t%s\t%s\t%s\t\n", l.Source, l.Every, l.Files, bytesOf(l.Cost), timeOf(l.Cost), from)
		for _, u := range l.URLs {
			printf(w, "\t\t\t\t\t%s\t\n", u)
		}
	}
	now, left := plan.ThisRun.Cost, plan.Left.Cost
	printf(w, "This run would bring %d files, %s, in %s.\n", now.Files, bytesOf(now), timeOf(now))
	if left.Files > 0 {
		printf(w, "Its budget leaves %d files, %s, to the next runs.\n", left.Files, bytesOf(left))
	}
	writeNeed(w, plan)
}

// writeNeed says what a year takes, as far as it was measured.
func writeNeed(w io.Writer, plan *pipeline.Plan) {
	var unknown []string
	for _, l := range plan.Sources {
		if l.Need.DiskBytes == nil {
			unknown = append(unknown, l.Source)
		}
	}
	year := plan.Year
	if year.Requests != nil {
		printf(w, "The sources of single files and the Datatracker are asked at least %.0f times a day.\n", *year.Requests)
	}
	if year.DiskBytes != nil {
		printf(w, "By the last %.0f days: %s of new files a day; the raw files of a year take %s.\n",
			year.MeasuredFor, quantity.ShortBytes(int64(*year.BytesADay)), quantity.ShortBytes(int64(*year.DiskBytes)))
	}
	if len(unknown) > 0 && len(unknown) < len(plan.Sources) {
		printf(w, "Not counted, because they brought nothing for a day yet: %s.\n", strings.Join(unknown, ", "))
	}
}

// bytesOf returns the bytes of a cost as far as they are known.
func bytesOf(c schedule.Cost) string {
	switch {
	case c.Files == c.Unsized && c.Files > 0:
		return "?"
	case c.Unsized > 0:
		return quantity.ShortBytes(c.Bytes) + "+?"
	}
	return quantity.ShortBytes(c.Bytes)
}

// timeOf returns the time of a cost as far as it is known.
func timeOf(c schedule.Cost) string {
	switch {
	case c.Files == c.Untimed && c.Files > 0:
		return "?"
	case c.Untimed > 0:
		return c.Time.Round(time.Second).String() + "+?"
	}
	return c.Time.Round(time.Second).String()
}
