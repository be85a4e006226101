package collectors

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/listing"
	"tidemark/internal/fetch"
)

// maxListings is how many listings of a URL are asked for in a run; the next run goes on.
const maxListings = 31

// listingDays is for how long after its end a period's listing is asked for; what is not there then is a gap.
const listingDays = 2

// listed finds the files of a URL whose name has a * in the listings of their folders.
type listed struct {
	from   Source
	item   Item // with the URL as a template
	now    time.Time
	store  *archive.Archive
	names  []string // that the archive has of the source
	listed int      // listings asked for
}

// isListed reports whether the name of a URL's file has to be found in a listing.
func isListed(template string) bool {
	address, _, _ := strings.Cut(template, "#")
	return strings.Contains(path.Base(address), "*")
}

// dueListed lists the files of a URL with a time and a * in its name: of each period the first by name.
func dueListed(ctx context.Context, from Source, item Item, now time.Time, store *archive.Archive) (due []Item, err error) {
	address, _, _ := strings.Cut(item.URL, "#")
	if !strings.Contains(path.Base(address), "{") {
		return nil, fmt.Errorf("%s: the name has a * and no time (want for example rpki-{yyyy}{mm}{dd}T*.tgz)", item.URL)
	}
	if store.Client == nil {
		return nil, fmt.Errorf("%s: the archive has no client to fetch with", item.URL)
	}
	kept, err := store.List(from.Kind)
	if err != nil {
		return nil, err
	}
	l := listed{from: from, item: item, now: now, store: store}
	for _, raw := range kept {
		if raw.Collector == from.Collector {
			l.names = append(l.names, raw.Name)
		}
	}
	every := from.Every
	if every.IsZero() {
		every = Daily()
	}
	last := every.Start(now)
	first := every.Start(from.Since)
	if from.Since.IsZero() {
		first = every.Add(last, -lookBack)
	}
	for at := first; !at.After(last) && l.listed < maxListings; at = every.Add(at, 1) {
		found, err := l.file(ctx, at, every.Add(at, 1))
		if found != nil {
			due = append(due, *found)
		}
		if err != nil {
			return due, err
		}
	}
	return due, nil
}

// inListing is what a listing had when it was asked for.
type inListing struct {
	At    time.Time `json:"at"`
	Name  string    `json:"name"` // of the first file that matches; empty: none
	Bytes int64     `json:"bytes,omitempty"`
}

// file returns the file of a period; nil if the archive has one, or if there is none.
func (l *listed) file(ctx context.Context, at, end time.Time) (*Item, error) {
	address, member, _ := strings.Cut(onTime(l.item.URL, at), "#")
	folder, pattern := address[:len(address)-len(path.Base(address))], path.Base(address)
	matches := func(name string) bool {
		name, _, _ = strings.Cut(name, "#")
		ok, _ := path.Match(pattern, name)
		return ok
	}
	if slices.ContainsFunc(l.names, matches) {
		return nil, nil
	}
	found := inListing{}
	key := "first of " + address
	known := l.store.Client.Load(key, &found)
	if over := end.AddDate(0, 0, listingDays); !known || found.Name == "" && !found.At.After(over) || found.At.After(l.now) {
		l.listed++
		links, _, err := listing.Crawl(ctx, l.store.Client, folder, fetch.Validators{})
		var status *fetch.StatusError
		if err != nil && !(errors.As(err, &status) && status.Code == 404) {
			return nil, err
		}
		found = inListing{At: l.now}
		for _, link := range links {
			if matches(link.Name) && (found.Name == "" || link.Name < found.Name) {
				found.Name, found.Bytes = link.Name, link.Bytes
			}
		}
		if err := l.store.Client.Store(key, found); err != nil {
			return nil, err
		}
	}
	if found.Name == "" {
		return nil, nil
	}
	item := l.item
	escaped := url.PathEscape(found.Name)
	item.URL, item.Name, item.Bytes, item.Mirrors = folder+escaped, found.Name, found.Bytes, nil
	for _, mirror := range l.item.Mirrors {
		mirror = onTime(mirror, at)
		item.Mirrors = append(item.Mirrors, mirror[:len(mirror)-len(path.Base(mirror))]+escaped)
	}
	if member != "" {
		item.URL, item.Name = item.URL+"#"+member, item.Name+"#"+member
	}
	if item.Time.IsZero() {
		item.Time = at
	}
	return &item, nil
}
