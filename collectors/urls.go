package collectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors/archive"
	"tidemark/internal/fetch"
)

// URLs is the part of a Kind that kinds share whose source is plain files: everything but Name and Decode.
type URLs struct{}

// Settings returns nil: plain files need no keys of their own.
func (URLs) Settings() Settings { return nil }

// Cadence is daily if files come over the network. A source with a date never changes.
func (URLs) Cadence(from Source) Cadence {
	if from.Date == "" && slices.ContainsFunc(from.URLs, isHTTP) {
		return Daily()
	}
	return Cadence{}
}

func isHTTP(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// Requests returns how many requests a run makes: one for each URL.
func (URLs) Requests(from Source) int {
	n := 0
	for _, address := range from.URLs {
		if isHTTP(address) {
			n++
		}
		if isListed(address) {
			n++ // the listing
		}
	}
	return n
}

// Due lists the URLs of the source whose files the archive has not. {yyyy}, {mm}, {dd} and {hh}, and {unix} in seconds since 1970, are the
// start of each period of the source's cadence, a day where it has none, from the source's first day on; a URL without them always
// gives the newest and is due until something newer was brought that day. A name with a * and a time is looked up in the listing of its
// folder: of the names that match, the first of each period is due. A file: URL may hold a pattern of path.Match and
// be relative to the configuration's folder. What is behind a # names the file that is wanted of a zip or tar.
func (URLs) Due(ctx context.Context, from Source, now time.Time, store *archive.Archive) ([]Item, error) {
	given := time.Time{}
	if from.Date != "" {
		var err error
		if given, err = time.Parse(time.DateOnly, from.Date); err != nil {
			return nil, fmt.Errorf("source %s: date %q is not a day as YYYY-MM-DD", from.Name, from.Date)
		}
	}
	today := now.UTC().Truncate(24 * time.Hour)
	var due []Item
	var errs []error
	for _, template := range from.URLs {
		item := Item{Source: from.Name, Collector: from.Collector, URL: template, Mirrors: from.Mirrors, Day: given, Time: given}
		scheme, rest, _ := strings.Cut(template, ":")
		var more []Item
		var err error
		switch {
		case scheme == "file":
			more, err = dueFiles(rest, from, item, store)
		case scheme != "http" && scheme != "https":
			err = fmt.Errorf("%s: not an https:, http: or file: URL", template)
		case isListed(template):
			more, err = dueListed(ctx, from, item, now, store)
		case onTime(template, today) != template:
			more, err = dueDated(from, item, now, store)
		default:
			if given.IsZero() {
				item.Day, item.Time, item.Newer = today, today, true // what it gives stands so today
			}
			more, err = dueURL(from, item, "", store)
		}
		due = append(due, more...)
		errs = append(errs, err)
	}
	slices.SortStableFunc(due, func(a, b Item) int { return cmp.Compare(a.Time.Unix(), b.Time.Unix()) })
	return due, errors.Join(errs...)
}

func onTime(template string, t time.Time) string {
	return strings.NewReplacer("{yyyy}", t.Format("2006"), "{mm}", t.Format("01"), "{dd}", t.Format("02"), "{hh}", t.Format("15"), "{unix}", strconv.FormatInt(t.Unix(), 10)).Replace(template)
}

// dueURL returns the item, unless the archive has it. Its name is the last element of the URL's path, after a prefix.
func dueURL(from Source, item Item, prefix string, store *archive.Archive) ([]Item, error) {
	u, err := url.Parse(item.URL)
	if err != nil {
		return nil, err
	}
	item.Name = prefix + path.Base(u.Path)
	if u.Fragment != "" { // a file in it
		item.Name += "#" + u.Fragment
	}
	old, err := store.Get(item.Raw(from))
	if old != nil || err != nil {
		return nil, err
	}
	return []Item{item}, nil
}

// timeOutsideName returns what the names of a URL's files need in front, as a template: nothing where the last element of the path
// has a time in it, or else the time that the rest has.
func timeOutsideName(template string) string {
	folder, query, _ := strings.Cut(template, "?")
	name := folder[strings.LastIndexByte(folder, '/')+1:]
	switch rest := folder + query; {
	case strings.Contains(name, "{"):
		return ""
	case strings.Contains(rest, "{hh}"):
		return "{yyyy}{mm}{dd}.{hh}00."
	case strings.Contains(rest, "{dd}"):
		return "{yyyy}{mm}{dd}."
	case strings.Contains(rest, "{mm}"):
		return "{yyyy}{mm}."
	}
	return "{yyyy}."
}

// Collision reports two URLs of the sources whose files would have the same place in the archive, as an error.
func Collision(sources []Source) error {
	taken := map[string]string{}
	for _, s := range sources {
		for _, template := range s.URLs {
			u, err := url.Parse(template)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" {
				continue
			}
			probe := time.Date(2001, 2, 3, 4, 0, 0, 0, time.UTC)
			name := path.Base(u.Path)
			if onTime(template, probe) != template {
				name = onTime(timeOutsideName(template)+name, probe)
			}
			raw := archive.Raw{Kind: s.Kind, Collector: s.Collector, Name: name}
			if s.Date != "" {
				raw.Day, _ = time.Parse(time.DateOnly, s.Date)
			}
			place := raw.Place()
			if other := taken[place]; other != "" && other != template {
				return fmt.Errorf("source %s: the files of %s and %s would have the same name, %s; put them into sources of their own, with different collectors", s.Name, other, template, name)
			}
			taken[place] = template
		}
	}
	return nil
}

// lookBack is how many periods before now are caught up of a source that has no first day, as far as the archive shows
// that it was collected before them.
const lookBack = 31

// dueDated lists the files of a URL with a time in it, a file a period.
func dueDated(from Source, item Item, now time.Time, store *archive.Archive) (due []Item, err error) {
	every := from.Every
	if every.IsZero() {
		every = Daily()
	}
	last := every.Start(now)
	first := every.Start(from.Since)
	if from.Since.IsZero() {
		first = every.Add(last, -lookBack)
	}
	kept := false
	for at := first; !at.After(last); at = every.Add(at, 1) {
		item := item
		item.Mirrors = nil
		for _, mirror := range from.Mirrors {
			item.Mirrors = append(item.Mirrors, onTime(mirror, at))
		}
		prefix := onTime(timeOutsideName(item.URL), at)
		item.URL = onTime(item.URL, at)
		if item.Time.IsZero() {
			item.Time = at
		}
		is, err := dueURL(from, item, prefix, store)
		if err != nil {
			return due, err
		}
		if from.Since.IsZero() && !kept && len(is) == 0 {
			due, kept = nil, true
		}
		due = append(due, is...)
	}
	if from.Since.IsZero() && !kept && len(due) > 1 {
		due = due[len(due)-1:]
	}
	return due, nil
}

// dueFiles lists the files of a pattern that the archive has not. A file of the same size and modification time as the
// one that is there is taken to be the same.
func dueFiles(pattern string, from Source, item Item, store *archive.Archive) ([]Item, error) {
	pattern, member := from.filesOf(pattern)
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", item.URL, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no such file", item.URL)
	}
	var due []Item
	var errs []error
	for _, file := range files {
		stat, err := os.Stat(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !stat.Mode().IsRegular() {
			errs = append(errs, fmt.Errorf("%s: not a regular file", file))
			continue
		}
		item := item
		if item.Bytes = stat.Size(); member != "" {
			file += "#" + member
		}
		item.URL, item.Name = "file://"+filepath.ToSlash(file), archive.FileName(file)
		same, err := store.HasFile(item.Raw(from), stat)
		if err != nil {
			errs = append(errs, err)
		} else if !same {
			due = append(due, item)
		}
	}
	return due, errors.Join(errs...)
}

// filesOf returns the pattern of a file: URL, as a path of this machine, and the file that is wanted of a zip or tar.
func (s Source) filesOf(pattern string) (files, member string) {
	files = filepath.FromSlash(strings.TrimPrefix(pattern, "//"))
	if !filepath.IsAbs(files) {
		files = filepath.Join(s.Base, files)
	}
	files, member, _ = strings.Cut(files, "#")
	return files, member
}

// Fetch brings a file.
func (URLs) Fetch(ctx context.Context, from Source, item Item, store *archive.Archive) (Fetched, error) {
	raw, form := item.Raw(from), from.Runtime.Form.bounded()
	raw.Stop = ctx.Done()
	if file, is := strings.CutPrefix(item.URL, "file://"); is {
		added, err := store.AddFile(ctx, filepath.FromSlash(file), raw, form.Bytes)
		return fetched(added, item.Bytes, err)
	}
	if store.Client == nil {
		return Fetched{}, fmt.Errorf("%s: the archive has no client to fetch with", item.URL)
	}
	file := fetch.File{URLs: append([]string{item.URL}, item.Mirrors...), Part: store.Part(raw), Bytes: form.Bytes, About: item.Bytes, Check: Intact(item.Name, form)}
	old, err := store.Get(raw)
	if err == nil && old == nil && item.Newer {
		old, err = store.Newest(raw)
	}
	if err != nil {
		return Fetched{}, err
	}
	if old != nil {
		file.Since, file.SinceURL = fetch.Validators{ETag: old.ETag, LastModified: old.Modified}, old.URL
	}
	got, err := store.Client.File(ctx, file)
	switch {
	case errors.Is(err, fetch.ErrNotModified):
		if old.Listed != item.Listed { // shown otherwise, and still the same
			old.Listed = item.Listed
			err = store.Annotate(*old)
		} else {
			err = nil
		}
		return fetched(false, 0, err)
	case err != nil:
		return Fetched{}, err
	}
	raw.URL, raw.ETag, raw.Modified, raw.Fetched = got.URL, got.ETag, got.LastModified, store.Now()
	raw.SHA256, raw.Bytes = got.SHA256, got.Bytes
	added := false
	if item.Newer && old != nil && old.SHA256 == got.SHA256 { // whatever the validators say
		err = store.Confirm(*old, raw, file.Part)
	} else {
		_, added, err = store.Keep(raw, file.Part)
	}
	if _, e := os.Stat(file.Part); errors.Is(e, fs.ErrNotExist) { // it has gone to its place, or into quarantine
		file.RemoveNote()
	}
	return fetched(added, got.Bytes, err)
}

func fetched(added bool, bytes int64, err error) (Fetched, error) {
	switch {
	case err != nil:
		return Fetched{}, err
	case added:
		return Fetched{New: 1, Bytes: bytes}, nil
	}
	return Fetched{Unchanged: 1}, nil
}
