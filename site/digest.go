package site

import (
	"slices"
	"strings"
	"time"

	"tidemark/rfcwatch/digest"
	"tidemark/site/feed"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

const (
	digestPath = "rfcs/digest.html"
	weeklyFeed = "feeds/weekly"
	maxWeeks   = 53 // on the page and in the feed, which has at most those of the page
)

// watch returns what the site watches.
func (in *Input) watch() digest.Watch {
	var numbers []int
	for _, r := range in.RFCs {
		numbers = append(numbers, r.Number)
	}
	return digest.NewWatch(numbers, in.Followed.Drafts, in.Followed.Groups, in.Standards.Lineage)
}

// weeks returns the newest weeks in which something changed around what is watched.
func (in *Input) weeks() []digest.Week {
	weeks := in.watch().Weeks(in.Standards.Of(in.Standards.Events))
	return weeks[:min(len(weeks), maxWeeks)]
}

// collectedUntil returns the newest day on which index, errata, drafts or registries were collected.
func (in *Input) collectedUntil() time.Time {
	days := []time.Time{in.Standards.Day, in.Standards.ErrataDay, in.Standards.DraftsDay}
	for _, m := range in.Standards.Registries {
		days = append(days, m.Day())
	}
	return slices.MaxFunc(days, time.Time.Compare)
}

// digestFeed returns the feed of the weeks that are over: what has been read changes no more, unless a late snapshot says more of it. It is
// nil if there is none.
func digestFeed(in Input, site metadata.Site, weeks []digest.Week) *feed.Feed {
	f := &feed.Feed{Path: weeklyFeed, Title: site.Title + ": the weeks of the watched documents", Page: digestPath}
	for _, w := range weeks {
		if w.Over(in.collectedUntil()) {
			f.Entries = append(f.Entries, feed.Entry{ID: feed.UUID("week\x00" + site.URL + "\x00" + w.Name()), Title: w.Title(),
				Summary: strings.Join(w.Sentences(), " "), Link: feedSite(site).Place(digestPath + "#" + w.Name()), Updated: w.Newest()})
		}
	}
	if len(f.Entries) == 0 {
		return nil
	}
	return f
}

// digestView is the page of the weeks.
type digestView struct {
	Weeks []digest.Week // newest first
	Until time.Time     // newest day on which something was collected
	Feed  string        // path without the ending
}

// digestPages returns the page of the weeks; none if nothing has changed yet.
func digestPages(f *facts, _ *publish.Stage) ([]*page, error) {
	if len(f.weeks) == 0 {
		return nil, nil
	}
	return []*page{{frame: f.frame, Path: digestPath, Nav: "Standards", Body: "digest.html", Title: "Week by week", Words: "what changed this week", Feeds: f.feedsAt(weeklyFeed),
		Data:        digestView{f.weeks, f.collectedUntil(), weeklyFeed},
		Description: "What changed around the watched RFCs and drafts, in sentences, by the week in which it was seen."}}, nil
}
