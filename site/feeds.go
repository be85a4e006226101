package site

import (
	"cmp"
	"fmt"
	"maps"
	neturl "net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/digest"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/event"
	"tidemark/site/feed"
	"tidemark/site/format"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

const (
	seriesFeed  = "feeds/all"
	watchedFeed = "feeds/watched"
)

func feedPath(number int) string { return "feeds/rfc" + strconv.Itoa(number) }

// rfcFeeds returns the feeds of the RFC series, of the watch list, of its weeks, and of each watched document, by their paths. There is
// none without events.
func rfcFeeds(in Input, site metadata.Site, rfcs map[int]*dossier.RFC, weeks []digest.Week) map[string]*feed.Feed {
	feeds := map[string]*feed.Feed{}
	add := func(path, title, page string, events []datasets.RFCEvent) {
		if len(events) == 0 {
			return
		}
		feeds[path] = &feed.Feed{Path: path, Title: site.Title + ": " + title, Page: page, Entries: entriesOf(events, site.URL, rfcs)}
	}
	news := in.Standards.Of(in.Standards.Events)
	add(seriesFeed, "the RFC series", "rfcs/index.html", news)
	add(watchedFeed, "watched RFCs", "rfcs/index.html", in.watch().Events(news))
	for _, r := range in.RFCs {
		add(feedPath(r.Number), fmt.Sprintf("RFC %d", r.Number), rfcPath(r.Number), in.Standards.Of(r.Events))
	}
	for _, line := range in.draftLines() {
		events := line.events(news)
		for _, name := range line.Names {
			add(draftFeedPath(name), line.title(), "rfcs/index.html", events)
		}
	}
	if f := digestFeed(in, site, weeks); f != nil {
		feeds[f.Path] = f
	}
	return feeds
}

// feedSite returns what the feeds say of the site.
func feedSite(site metadata.Site) feed.Site {
	return feed.Site{Title: site.Title, URL: site.URL, Program: site.Program}
}

// writeFeeds writes both forms of each feed.
func writeFeeds(feeds map[string]*feed.Feed, site metadata.Site, stage *publish.Stage) error {
	of := feedSite(site)
	for _, path := range slices.Sorted(maps.Keys(feeds)) {
		f := feeds[path]
		atom, err := f.Atom(of)
		if err != nil {
			return err
		}
		if err := stage.Add(f.AtomPath(), atom); err != nil {
			return err
		}
		text, err := f.JSON(of)
		if err != nil {
			return err
		}
		if err := stage.Add(f.JSONPath(), text); err != nil {
			return err
		}
	}
	return nil
}

// entriesOf returns the entries of events, newest first; of one day publications come before all others, so that the bound on
// entries does not cut them off, and then the newest by the days that documents carry. An entry is identified by what happened, not by the interval,
// which a late snapshot may narrow; what happened again is numbered. That sources disagree is reported once.
func entriesOf(events []datasets.RFCEvent, url string, rfcs map[int]*dossier.RFC) []feed.Entry {
	sorted := slices.Clone(events)
	slices.SortStableFunc(sorted, func(x, y datasets.RFCEvent) int { return x.Until.Compare(y.Until) })
	times := map[string]int{}
	type dated struct {
		feed.Entry
		published bool
		own       time.Time // the day that the document carries, or the first that has the event
	}
	var all []dated
	for _, e := range sorted {
		id := strings.Join([]string{e.Document, e.Kind, e.Relation, e.Before, e.Now}, "\x00")
		times[id]++
		if n := times[id]; n > 1 {
			if event.Kind(e.Kind) == event.SourcesDisagree {
				continue
			}
			id += "\x00" + strconv.Itoa(n)
		}
		entry := dated{feed.Entry{ID: feed.UUID(id), Title: event.Headline(&e), Summary: summary(&e), Link: eventLink(&e, url, rfcs), Updated: e.Until},
			event.Kind(e.Kind) == event.Published, e.Until}
		if e.Date != nil {
			entry.own = *e.Date
		}
		all = append(all, entry)
	}
	slices.SortStableFunc(all, func(x, y dated) int {
		first := 0
		if x.published != y.published {
			first = map[bool]int{true: -1, false: 1}[x.published]
		}
		return cmp.Or(y.Updated.Compare(x.Updated), first, y.own.Compare(x.own), cmp.Compare(x.ID, y.ID))
	})
	entries := make([]feed.Entry, min(len(all), feed.MaxEntries))
	for i := range entries {
		entries[i] = all[i].Entry
	}
	return entries
}

// eventLink returns the address of the document's page where the site's is known, else that at the publisher of the document.
func eventLink(e *datasets.RFCEvent, url string, rfcs map[int]*dossier.RFC) string {
	if url != "" {
		for _, n := range e.Concerns {
			if rfcs[int(n)] != nil {
				return url + rfcPath(int(n))
			}
		}
	}
	switch {
	case event.Kind(e.Kind) == event.AreaReorganised:
		return "https://datatracker.ietf.org/group/" + neturl.PathEscape(e.Now) + "/about/"
	case event.Kind(e.Kind).IsRegistration():
		registry, list, _ := event.Entry(e.Document)
		return "https://www.iana.org/assignments/" + neturl.PathEscape(registry) + "/" + neturl.PathEscape(registry) + ".xhtml#" + neturl.PathEscape(list)
	case e.Number == 0:
		return "https://datatracker.ietf.org/doc/" + e.Document + "/"
	case event.Kind(e.Kind).IsErratum():
		return "https://errata.rfc-editor.org/eid" + e.Relation + "/"
	}
	return fmt.Sprintf("https://www.rfc-editor.org/info/rfc%d", e.Number)
}

// summary describes an event in sentences.
func summary(e *datasets.RFCEvent) string {
	when := "It happened between " + format.Day(e.After) + " and " + format.Day(e.Until) + "."
	if e.Date != nil {
		when = "It is dated " + publication(*e.Date) + "; first seen on " + format.Day(e.Until) + "."
	} else if e.After.Equal(e.Until) {
		when = "Seen on " + format.Day(e.Until) + "."
	}
	return e.Title + ". " + when
}
