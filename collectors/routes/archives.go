package routes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/listing"
	"tidemark/internal/fetch"
)

// layout describes the folders and names of an archive.
type layout struct {
	base    string // of the listings
	list    string // host of the collector list
	path    string // of the list
	folders map[string]string
	dump    *regexp.Regexp
	regular map[string]regularity
	roots   func(collector string) []string // folders that a collector's months may be in; the first is the one in use
	names   func(page []byte, host *url.URL, since time.Time, log *slog.Logger) (names []string, next string, err error)
}

// layouts are the archives that dumps can be found in. The folders are layouts of time.Format for the month.
var layouts = map[string]*layout{
	"routeviews": {
		base: "https://archive.routeviews.org", list: "https://api.routeviews.org", path: "/collector/",
		folders: map[string]string{"rib": "2006.01/RIBS/", "updates": "2006.01/UPDATES/"},
		dump:    regexp.MustCompile(`^(rib|updates)\.(\d{8})\.(\d{4})\.bz2$`),
		regular: map[string]regularity{
			"rib": {"rib.", ".bz2", 2 * time.Hour}, "updates": {"updates.", ".bz2", 15 * time.Minute}},
		roots: func(collector string) []string {
			roots := []string{"/" + collector + "/bgpdata/"}
			if collector == "route-views2" { // the first, which got a folder of its own on 9 July 2026; mirrors may have the old one
				roots = append(roots, "/bgpdata/")
			}
			return roots
		},
		names: routeViewsNames,
	},
	"ris": {
		base: "https://data.ris.ripe.net", list: "https://stat.ripe.net", path: "/data/rrc-info/data.json",
		folders: map[string]string{"rib": "2006.01/", "updates": "2006.01/"},
		dump:    regexp.MustCompile(`^(bview|updates)\.(\d{8})\.(\d{4})\.gz$`),
		regular: map[string]regularity{
			"rib": {"bview.", ".gz", 8 * time.Hour}, "updates": {"updates.", ".gz", 5 * time.Minute}},
		roots: func(collector string) []string { return []string{"/" + collector + "/"} },
		names: risNames,
	},
}

// Archives returns the names of the archives that dumps can be found in.
func Archives() []string { return []string{"ris", "routeviews"} }

// collectorName matches the names that may become part of a URL and of a path.
var collectorName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)

// risNames returns the collectors in RIPEstat's rrc-info that were active since a day.
func risNames(page []byte, _ *url.URL, since time.Time, log *slog.Logger) (names []string, next string, err error) {
	var answer struct {
		Data struct {
			RRCs []struct {
				Name        string `json:"name"`
				Deactivated string `json:"deactivated_on"`
			} `json:"rrcs"`
		} `json:"data"`
	}
	if err := json.Unmarshal(page, &answer); err != nil {
		return nil, "", err
	}
	for _, r := range answer.Data.RRCs {
		names = appendName(names, strings.ToLower(r.Name), r.Deactivated, since, log)
	}
	return names, "", nil
}

// routeViewsNames returns the collectors on a page of RouteViews' API, and the URL of the next page or "".
func routeViewsNames(page []byte, host *url.URL, since time.Time, log *slog.Logger) (names []string, next string, err error) {
	var answer struct {
		Next    *string `json:"next"`
		Results []struct {
			Name    string  `json:"name"`
			Removed *string `json:"removed"`
		} `json:"results"`
	}
	if err := json.Unmarshal(page, &answer); err != nil {
		return nil, "", err
	}
	for _, r := range answer.Results {
		if r.Name == "route-views" { // a router with a public login, without an archive
			continue
		}
		removed := ""
		if r.Removed != nil {
			removed = *r.Removed
		}
		names = appendName(names, r.Name, removed, since, log)
	}
	if answer.Next == nil || *answer.Next == "" {
		return names, "", nil
	}
	further, err := host.Parse(*answer.Next)
	if err != nil {
		return nil, "", err
	}
	if further.Host != host.Host {
		return nil, "", fmt.Errorf("the next page is on another server, %s", further.Host)
	}
	return names, further.String(), nil
}

// appendName appends a name unless it is invalid or its collector had ended a month before since.
func appendName(names []string, name, ended string, since time.Time, log *slog.Logger) []string {
	if !collectorName.MatchString(name) {
		log.Warn("an entry of the collector list is not a valid name and is ignored", "entry", name)
		return names
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01"} {
		if at, err := time.Parse(layout, ended); err == nil && at.AddDate(0, 1, 0).Before(since) {
			return names
		}
	}
	return append(names, name)
}

const (
	listAge     = 24 * time.Hour
	maxPages    = 50
	maxNames    = 1000
	listingDays = 2 // after its end a month is requested once more, and then never again
)

// findCollectors returns the collectors of a source: named ones, and those of the archive's list that match a pattern.
func findCollectors(ctx context.Context, from collectors.Source, l *layout, client *fetch.Client) (names []string, err error) {
	settings := settingsOf(from)
	var patterns []string
	for _, c := range settings.Collectors {
		switch {
		case c == "all":
			patterns = append(patterns, "*")
		case strings.ContainsAny(c, "*?["):
			patterns = append(patterns, c)
		case !collectorName.MatchString(c):
			return nil, fmt.Errorf("source %s: %q is not the name of a route collector", from.Name, c)
		default:
			names = append(names, c)
		}
	}
	if len(patterns) == 0 {
		return names, nil
	}
	list := l.list
	if settings.List != "" {
		list = strings.TrimSuffix(settings.List, "/")
	}
	next := list + l.path
	for page := 0; next != ""; page++ {
		if page == maxPages || len(names) > maxNames {
			return nil, fmt.Errorf("%s: the list of collectors has more than %d pages or %d names", next, maxPages, maxNames)
		}
		at, err := url.Parse(next)
		if err != nil {
			return nil, err
		}
		body, err := client.Cached(ctx, next, listAge)
		if err != nil {
			return nil, fmt.Errorf("list of collectors: %w", err)
		}
		found, further, err := l.names(body, at, from.Since, client.Log)
		if err != nil {
			return nil, fmt.Errorf("%s: list of collectors: %w", next, err)
		}
		for _, name := range found {
			for _, p := range patterns {
				if is, err := path.Match(p, name); err != nil {
					return nil, fmt.Errorf("source %s: collectors: %q: %w", from.Name, p, err)
				} else if is && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		next = further
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no collector of the list matches %q", list, settings.Collectors)
	}
	return names, nil
}

// Due lists the dumps of the source that the archive does not have, oldest first: those of its URLs, or those in the listings of
// RouteViews or RIS. Of table dumps it lists the first of each period of the source's cadence.
func (k MRT) Due(ctx context.Context, from collectors.Source, now time.Time, store *archive.Archive) (due []collectors.Item, err error) {
	settings := settingsOf(from)
	if settings.Archive == "" {
		due, err = k.URLs.Due(ctx, from, now, store)
	} else {
		due, err = find(ctx, from, settings, now, store)
	}
	for i := range due {
		due[i].Entries = settings.Entries
	}
	return due, err
}

// Requests returns how many requests a period of the source's cadence takes at least: of each collector its files, and the listings of
// the month. A pattern stands for one collector, and for the archive's list.
func (k MRT) Requests(from collectors.Source) int {
	settings := settingsOf(from)
	l := layouts[settings.Archive]
	if l == nil {
		return k.URLs.Requests(from)
	}
	n := 0
	at := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	folders := map[string]bool{}
	for _, kind := range settings.files() {
		folders[l.folders[kind]] = true
		if kind == "rib" || from.Every.IsZero() {
			n++
		} else {
			n += int(from.Every.Next(at).Sub(at) / l.regular[kind].every)
		}
	}
	if settings.By != "name" {
		n += len(folders)
	}
	return n * len(settings.Collectors)
}

// find lists the dumps that are due of RouteViews or RIS.
func find(ctx context.Context, from collectors.Source, settings *Settings, now time.Time, store *archive.Archive) ([]collectors.Item, error) {
	l := layouts[settings.Archive]
	switch {
	case l == nil:
		return nil, fmt.Errorf("source %s: unknown archive %q (want %s)", from.Name, settings.Archive, strings.Join(Archives(), ", "))
	case store.Client == nil:
		return nil, fmt.Errorf("source %s: the archive has no client to fetch with", from.Name)
	case from.Since.IsZero():
		return nil, fmt.Errorf("source %s: an archive needs since, the first day to fetch", from.Name)
	}
	names, err := findCollectors(ctx, from, l, store.Client)
	if err != nil {
		return nil, err
	}
	var due []collectors.Item
	var errs []error
	for _, name := range names {
		f := finder{from: from, settings: settings, layout: l, collector: name, now: now.UTC(), store: store}
		items, err := f.dueOf(ctx)
		due = append(due, items...)
		errs = append(errs, err)
		if ctx.Err() != nil || errors.Is(err, fetch.ErrDown) || errors.Is(err, fetch.ErrRobots) {
			break
		}
	}
	slices.SortStableFunc(due, func(a, b collectors.Item) int { return a.Time.Compare(b.Time) })
	return due, errors.Join(errs...)
}

// finder finds the dumps of one collector.
type finder struct {
	from      collectors.Source
	settings  *Settings
	layout    *layout
	collector string
	now       time.Time
	store     *archive.Archive
	months    map[string]months // of the collector's roots, by URL; each is requested once
	period    time.Time         // of the cadence, of the latest table dump
	served    bool              // the period has its dump
}

func (f *finder) due(ctx context.Context) (due []collectors.Item, err error) {
	last := f.settings.end(f.now)
	kinds := f.settings.files()
	var errs []error
	first := time.Date(f.from.Since.Year(), f.from.Since.Month(), 1, 0, 0, 0, 0, time.UTC)
	for month := first; !month.After(last); month = month.AddDate(0, 1, 0) {
		read := map[string]*page{} // RIS has both kinds in one folder
		for _, kind := range kinds {
			folder := month.Format(f.layout.folders[kind])
			p := read[folder]
			if p == nil {
				if p, err = f.page(ctx, folder, month); err != nil {
					errs = append(errs, err)
					if ctx.Err() != nil || errors.Is(err, fetch.ErrDown) || errors.Is(err, fetch.ErrRobots) || errors.Is(err, errNoCollector) {
						return due, errors.Join(errs...)
					}
					continue
				}
				read[folder] = p
			}
			more, err := f.missing(p, p.settled(month, f.now), folder, kind, last)
			due = append(due, more...)
			errs = append(errs, err)
		}
	}
	return due, errors.Join(errs...)
}

// missing returns the dumps of a page that are due.
func (f *finder) missing(p *page, settled bool, folder, kind string, last time.Time) (due []collectors.Item, err error) {
	var first *collectors.Item // of the period
	flush := func() {
		if first != nil && !f.served {
			due = append(due, *first)
			f.served = true
		}
		first = nil
	}
	for _, d := range p.Dumps {
		at, is, err := f.layout.read(d.Name)
		if err != nil || is != kind || at.Before(f.from.Since) || at.After(last) {
			continue
		}
		if start := f.from.Every.Start(at); kind != "rib" || !start.Equal(f.period) {
			flush()
			f.period, f.served = start, false
		}
		item := f.item(p.root, folder+d.Name, at)
		item.Bytes, item.Listed = d.Bytes, d.Listed
		switch has, changed, err := f.has(item, settled); {
		case err != nil:
			return due, err
		case changed:
			due = append(due, item)
			f.served = true
		case has:
			f.served = true
		case first == nil:
			first = &item
		}
	}
	flush()
	return due, nil
}

// has reports whether the archive has a dump, and whether its line in the listing has changed since it was fetched. Settled
// listings do not change.
func (f *finder) has(item collectors.Item, settled bool) (has, changed bool, err error) {
	raw := item.Raw(f.from)
	if settled {
		has, err = f.store.Has(raw)
		return has, false, err
	}
	old, err := f.store.Get(raw)
	if old == nil || err != nil {
		return false, false, err
	}
	return true, old.Listed != "" && old.Listed != item.Listed, nil
}

// read parses the time and the kind in a dump's name.
func (l *layout) read(name string) (at time.Time, kind string, err error) {
	m := l.dump.FindStringSubmatch(name)
	if m == nil {
		return at, "", fmt.Errorf("%q is not the name of a dump", name)
	}
	kind = m[1]
	if kind == "bview" {
		kind = "rib"
	}
	at, err = time.Parse("200601021504", m[2]+m[3])
	return at, kind, err
}

// errNoCollector says that an archive does not have a collector.
var errNoCollector = errors.New("the archive has no such collector")

// page returns the dumps of a month's folder, from its listing or from the cached part of it, of the first address that answers.
func (f *finder) page(ctx context.Context, folder string, month time.Time) (*page, error) {
	var errs []error
	for _, base := range f.settings.Listings() {
		p, err := f.pageAt(ctx, base, folder, month)
		if err == nil {
			return p, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// pageAt returns the dumps of a folder at one address, of the first of the collector's roots that has the month; none if no root has
// it. Where a root cannot be asked, the next one is not: it may hold the same dumps under older names.
func (f *finder) pageAt(ctx context.Context, base, folder string, month time.Time) (*page, error) {
	var missing error
	lacking := false // a root answered, and does not have the month
	for _, root := range f.layout.roots(f.collector) {
		p, err := f.pageIn(ctx, base+root, folder, month)
		switch {
		case errors.Is(err, errNoCollector):
			missing = err
		case err != nil:
			return nil, err
		case p == nil:
			lacking = true
		default:
			p.root = root
			return p, nil
		}
	}
	if lacking {
		return new(page), nil
	}
	return nil, missing
}

// pageIn returns the dumps of a folder below a root; nil if the root does not have the month.
func (f *finder) pageIn(ctx context.Context, root, folder string, month time.Time) (*page, error) {
	p := new(page)
	known := f.store.Client.Load("listing "+root+folder, p)
	if known && p.settled(month, f.now) {
		return p, nil
	}
	if !known { // the collector's own listing says whether it has the month
		if has, err := f.hasMonth(ctx, root, month); err != nil || !has {
			return nil, err
		}
	}
	return p, f.ask(ctx, p, root+folder, month)
}

// ask requests a listing, conditionally if it is cached.
func (f *finder) ask(ctx context.Context, p *page, address string, month time.Time) error {
	links, now, err := listing.Crawl(ctx, f.store.Client, address, p.Validators)
	var status *fetch.StatusError
	switch {
	case errors.Is(err, fetch.ErrNotModified):
	case errors.As(err, &status) && status.Code == 404:
		*p = page{} // the month has just begun
	case err != nil:
		return err
	default:
		*p = page{Validators: now, Dumps: f.layout.dumps(links, address, month, f.store.Client.Log)}
	}
	p.At = f.now
	return f.store.Client.Store("listing "+address, p)
}

// months are the folders of a root. Without the root there are none, and err says so.
type months struct {
	has map[string]bool
	err error
}

// hasMonth reports whether a month is in the listing of a collector's root.
func (f *finder) hasMonth(ctx context.Context, root string, month time.Time) (bool, error) {
	known, asked := f.months[root]
	if !asked {
		var err error
		if known, err = f.monthsOf(ctx, root); err != nil {
			return false, err
		}
		if f.months == nil {
			f.months = map[string]months{}
		}
		f.months[root] = known
	}
	return known.has[month.Format("2006.01/")], known.err
}

// monthsOf requests the listing of a root, conditionally if it is cached.
func (f *finder) monthsOf(ctx context.Context, root string) (months, error) {
	p := new(page)
	f.store.Client.Load("months "+root, p)
	links, now, err := listing.Crawl(ctx, f.store.Client, root, p.Validators)
	var status *fetch.StatusError
	switch {
	case errors.Is(err, fetch.ErrNotModified):
	case errors.As(err, &status) && status.Code == 404:
		return months{err: fmt.Errorf("%s: %w; the archive's list has its collectors", root, errNoCollector)}, nil
	case err != nil:
		return months{}, err
	default:
		*p = page{Validators: now}
		for _, l := range links {
			if _, err := time.Parse("2006.01/", l.Name); err == nil {
				p.Dumps = append(p.Dumps, l)
			}
		}
		if err := f.store.Client.Store("months "+root, p); err != nil {
			return months{}, err
		}
	}
	has := map[string]bool{}
	for _, d := range p.Dumps {
		has[d.Name] = true
	}
	return months{has: has}, nil
}
