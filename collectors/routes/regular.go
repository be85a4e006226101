package routes

import (
	"context"
	"errors"
	"net/url"
	"path"
	"time"

	"tidemark/collectors"
	"tidemark/internal/fetch"
)

// regularity is how an archive names the files of a kind, and how often it makes them today. RouteViews and RIS have kept to theirs
// since 2004.
type regularity struct {
	prefix, ending string // around the time
	every          time.Duration
}

func (r regularity) name(at time.Time) string {
	return r.prefix + at.Format("20060102.1504") + r.ending
}

// publishing is how long after its time a file is expected.
const publishing = time.Hour

// named returns the dumps that are due, by their regular names, without listings: all updates, and of the table dumps that of
// the start of each period. Whether there are such files is known only when they are fetched.
func (f *finder) named() (due []collectors.Item, err error) {
	last := f.settings.end(f.now)
	if published := f.now.Add(-publishing); last.After(published) {
		last = published
	}
	for _, kind := range f.settings.files() {
		regular := f.layout.regular[kind]
		period := time.Time{}
		at := f.from.Since.UTC().Truncate(regular.every)
		if at.Before(f.from.Since) {
			at = at.Add(regular.every)
		}
		for ; !at.After(last); at = at.Add(regular.every) {
			if start := f.from.Every.Start(at); kind == "rib" && start.Equal(period) {
				continue
			} else {
				period = start
			}
			item := f.item(f.layout.roots(f.collector)[0], at.Format(f.layout.folders[kind])+regular.name(at), at)
			has, err := f.store.Has(item.Raw(f.from))
			if err != nil {
				return due, err
			}
			if !has {
				due = append(due, item)
			}
		}
	}
	return due, nil
}

// item returns a file of a root. The same file elsewhere is in the same root of the other addresses, and then in other roots.
func (f *finder) item(root, file string, at time.Time) collectors.Item {
	bases := f.settings.Listings()
	item := collectors.Item{Source: f.from.Name, Collector: f.collector, URL: bases[0] + root + file, Name: path.Base(file), Time: at}
	for _, base := range bases[1:] {
		item.Mirrors = append(item.Mirrors, base+root+file)
	}
	for _, other := range f.layout.roots(f.collector) {
		for _, base := range bases {
			if other != root {
				item.Mirrors = append(item.Mirrors, base+other+file)
			}
		}
	}
	return item
}

// dueOf returns the dumps of the collector that are due: those in the listings, or by their names if the source says so or
// robots.txt forbids the listings and not the files.
func (f *finder) dueOf(ctx context.Context) ([]collectors.Item, error) {
	if f.settings.By == "name" {
		return f.named()
	}
	listed, err := f.due(ctx)
	if !errors.Is(err, fetch.ErrRobots) {
		return listed, err
	}
	named, namedErr := f.named()
	if namedErr != nil || len(named) == 0 {
		return listed, errors.Join(err, namedErr)
	}
	file, parseErr := url.Parse(named[0].URL)
	if parseErr != nil || f.store.Client.Allowed(ctx, file) != nil {
		return listed, err
	}
	f.store.Client.Log.Info("robots.txt forbids the listings; the files are asked for by their names", "source", f.from.Name, "collector", f.collector)
	return named, nil
}
