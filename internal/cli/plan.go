package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tidemark/collectors"
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
		writeNothingConfigured(w, 0)
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
	for _, l := range plan.Sources {
		if l.Probe != nil {
			writeProbe(w, l.Source, l.Probe)
		}
	}
	now, left := plan.ThisRun.Cost, plan.Left.Cost
	printf(w, "This run would bring %d files, %s, in %s.\n", now.Files, bytesOf(now), timeOf(now))
	if left.Files > 0 {
		printf(w, "Its budget leaves %d files, %s, to the next runs.\n", left.Files, bytesOf(left))
	}
	writeNeeds(w, plan)
}

// writeProbe says what one run of a source that probes takes.
func writeProbe(w io.Writer, source string, e *collectors.Estimate) {
	by := "assumed, because no run of it is at hand"
	if e.Measured != "" {
		by = "as measured by the run " + e.Measured
	}
	group := func(n float64) string { return quantity.Group(fmt.Sprintf("%.0f", n)) }
	printf(w, "A run of %s probes %s domains: %s tests, %s of them connections, at least %s packets and %s, in at least %s at %d tests a second (%s).\n",
		source, group(float64(e.Domains)), group(e.Tests), group(e.Connections), group(e.Packets), quantity.Bytes(int64(e.Bytes)),
		(time.Duration(e.Seconds) * time.Second).String(), e.RatePerSecond, by)
}

// writeNeeds says what each source takes, which hosts are asked how often, and what all takes together.
func writeNeeds(w io.Writer, plan *pipeline.Plan) {
	var unknown []string
	for i, l := range plan.Sources {
		if i == 0 {
			printf(w, "source\trequests a day\tnew a day\ton the disk\tat most in a year\t\n")
		}
		requests := ""
		if l.Need.Requests != nil {
			requests = fmt.Sprintf("%.2g", *l.Need.Requests)
		}
		printf(w, "%s\t%s\t%s\t%s\t%s\t\n", l.Source, requests, bytesOrUnknown(l.Need.BytesADay), bytesOrUnknown(l.Need.HeldADay), bytesOrUnknown(l.Need.DiskBytes))
		if l.Need.DiskBytes == nil {
			unknown = append(unknown, l.Source)
		}
	}
	if len(plan.Hosts) > 0 {
		var hosts []string
		for _, h := range plan.Hosts {
			hosts = append(hosts, fmt.Sprintf("%s %.3g", h.Host, h.Requests))
		}
		printf(w, "A day takes at least %.0f requests, robots.txt among them: %s.\n", *plan.Year.Requests, strings.Join(hosts, ", "))
	}
	writeNeed(w, plan.Year)
	if len(unknown) > 0 && len(unknown) < len(plan.Sources) {
		printf(w, "Not counted, because less than a day of them is known: %s.\n", strings.Join(unknown, ", "))
	}
}

// writeNeed says what a day brings and what a year takes, as far as it was measured.
func writeNeed(w io.Writer, all pipeline.Need) {
	if all.DiskBytes == nil {
		return
	}
	printf(w, "By the last %.0f days: a day brings %s, which take %s on the disk; within a year the raw files take at most %s.\n",
		all.MeasuredFor, quantity.ShortBytes(int64(*all.BytesADay)), quantity.ShortBytes(int64(*all.HeldADay)), quantity.ShortBytes(int64(*all.DiskBytes)))
}

// bytesOrUnknown returns a number of bytes, or ? where there is none.
func bytesOrUnknown(n *float64) string {
	if n == nil {
		return "?"
	}
	return quantity.ShortBytes(int64(*n))
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
