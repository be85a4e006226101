package site

import (
	"time"

	"tidemark/site/feed"
	"tidemark/site/metadata"
)

// Told are the newest messages about the alerts of a watch rule, the newest first. They have a feed.
type Told struct {
	Watch    string // name of the rule
	Slug     string // the same in addresses
	Messages []ToldMessage
}

// ToldMessage is a message that begins or ends an alert.
type ToldMessage struct {
	ID, Title, Text string
	Page            string // of the site; empty: that of the feed
	At              time.Time
}

// toldFeed returns the feed of a rule. It belongs to the page about the runs, if there is one.
func toldFeed(t Told, site metadata.Site, runs bool) *feed.Feed {
	f := &feed.Feed{Path: "feeds/watch/" + t.Slug, Title: site.Title + ": alerts of " + t.Watch, Page: "index.html"}
	if runs {
		f.Page = statusPath
	}
	of := feedSite(site)
	for _, m := range t.Messages[:min(len(t.Messages), feed.MaxEntries)] {
		page := f.Page
		if m.Page != "" {
			page = m.Page
		}
		f.Entries = append(f.Entries, feed.Entry{ID: feed.UUID("told\x00" + t.Watch + "\x00" + m.ID), Title: m.Title, Summary: m.Text, Link: f.Place(of, page), Updated: m.At})
	}
	return f
}
