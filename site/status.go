package site

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tidemark/pipeline/journal"
	"tidemark/pipeline/schedule"
	"tidemark/site/format"
)

const (
	statusPath = "status.html"
	alertsPath = "feeds/alerts"
	runsShown  = 100
)

// sourceView is a source by what the runs say of it.
type sourceView struct {
	Name   string
	Newest string // that something brought speaks of
	Seen   string // start of the last run that did something with it
	Last   schedule.Result
	Files  int // brought by the runs that are kept
	Bytes  int64
}

// statusView is the page about the runs.
type statusView struct {
	Sources []sourceView
	Alerts  []journal.Alert // newest first
	Runs    []runView       // newest first
	Kept    int
	Feed    *feed
}

type runView struct {
	journal.Run
	New, Failed, Left int
	Bytes             int64
}

// At is when the run began.
func (r runView) At() string { return format.Minute(r.Start) }

// statusPage adds the page of the runs and the feed of their alerts, where the runs are to be told of.
func (b *builder) statusPage(context.Context) error {
	if b.Runs == nil {
		return nil
	}
	f := &feed{Path: alertsPath, Title: b.Title + ": alerts", Page: statusPath}
	v := statusView{Kept: len(b.Runs), Feed: f}
	sources := map[string]*sourceView{}
	for _, run := range b.Runs {
		line := runView{Run: run}
		for _, s := range run.Sources {
			line.New, line.Failed, line.Left, line.Bytes = line.New+s.New, line.Failed+s.Failed, line.Left+s.Left, line.Bytes+s.Bytes
			seen := sources[s.Source]
			if seen == nil {
				seen = &sourceView{Name: s.Source}
				sources[s.Source] = seen
			}
			seen.Newest, seen.Seen, seen.Last = format.Minute(s.Have), format.Minute(run.Start), s
			seen.Files, seen.Bytes = seen.Files+s.New, seen.Bytes+s.Bytes
		}
		v.Runs = append(v.Runs, line)
		v.Alerts = append(v.Alerts, run.Alerts...)
	}
	for _, s := range sources {
		v.Sources = append(v.Sources, *s)
	}
	slices.SortFunc(v.Sources, func(a, b sourceView) int { return strings.Compare(a.Name, b.Name) })
	slices.Reverse(v.Runs)
	v.Runs = v.Runs[:min(len(v.Runs), runsShown)]
	slices.SortStableFunc(v.Alerts, func(a, b journal.Alert) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.ID, b.ID)) })
	v.Alerts = v.Alerts[:min(len(v.Alerts), longestFeed)]
	for _, a := range v.Alerts {
		f.Entries = append(f.Entries, feedEntry{ID: uuid("alert\x00" + a.ID + "\x00" + a.At.UTC().Format(time.RFC3339)), Title: a.Text,
			Summary: "Raised by the run of " + format.Minute(a.At) + " UTC.", Link: b.place(statusPath), Updated: a.At})
	}
	if err := b.addFeed(f); err != nil {
		return err
	}
	b.pages = append(b.pages, &page{builder: b, Path: statusPath, Title: "Status", Nav: "About", Body: "status.html", Data: v, Feeds: []*feed{f},
		Description: "What the runs of this site brought, how fresh its sources are, and what went wrong."})
	return nil
}

// HasRuns tells whether there is a page about the runs.
func (b *builder) HasRuns() bool { return b.Runs != nil }
