package site

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tidemark/pipeline/journal"
	"tidemark/pipeline/schedule"
	"tidemark/site/feed"
	"tidemark/site/format"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

const (
	statusPath = "status.html"
	alertsPath = "feeds/alerts"
	maxRuns    = 100 // in the list
)

// sourceView is a source's row on the status page, computed from the journal of the runs.
type sourceView struct {
	Name   string
	Newest string // time of the newest data, to the minute
	Seen   string // start of the last run that did something with it
	Last   schedule.Result
	Files  int // collected by the runs that are kept
	Bytes  int64
}

// statusView is the page about the runs.
type statusView struct {
	Sources []sourceView
	Alerts  []journal.Alert // newest first
	Runs    []runView       // newest first
	Kept    int
	Feed    *feed.Feed
	Told    []*feed.Feed // of the watch rules
	Unseen  []wildRow    // standards whose use is not measured for want of data
}

type runView struct {
	journal.Run
	New, Failed, Left int
	Bytes             int64
}

// At returns when the run began.
func (r runView) At() string { return format.Minute(r.Start) }

// statusOf sums up the runs; nil where the site does not tell of them.
func statusOf(runs []journal.Run, site metadata.Site) *statusView {
	if runs == nil {
		return nil
	}
	v := &statusView{Kept: len(runs)}
	sources := map[string]*sourceView{}
	for _, run := range runs {
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
	v.Runs = v.Runs[:min(len(v.Runs), maxRuns)]
	slices.SortStableFunc(v.Alerts, func(a, b journal.Alert) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.ID, b.ID)) })
	v.Alerts = v.Alerts[:min(len(v.Alerts), feed.MaxEntries)]
	v.Feed = alertFeed(v.Alerts, site)
	return v
}

// alertFeed returns the feed of the alerts.
func alertFeed(alerts []journal.Alert, site metadata.Site) *feed.Feed {
	f := &feed.Feed{Path: alertsPath, Title: site.Title + ": alerts", Page: statusPath}
	for _, a := range alerts {
		f.Entries = append(f.Entries, feed.Entry{ID: feed.UUID("alert\x00" + a.ID + "\x00" + a.At.UTC().Format(time.RFC3339)), Title: a.Text,
			Summary: "Raised by the run of " + format.Minute(a.At) + " UTC.", Link: feedSite(site).Place(statusPath), Updated: a.At})
	}
	return f
}

// statusPages returns the page about the runs, if the site tells of them.
func statusPages(f *facts, _ *publish.Stage) ([]*page, error) {
	if f.runs == nil {
		return nil, nil
	}
	v := *f.runs
	v.Unseen = f.wild().Unseen
	return []*page{{frame: f.frame, Path: statusPath, Title: "Status", Nav: "About", Body: "status.html", Data: v, Feeds: append([]*feed.Feed{f.runs.Feed}, f.runs.Told...),
		Description: "What the runs collected, how fresh the sources are, and what went wrong."}}, nil
}
