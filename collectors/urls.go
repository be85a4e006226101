package collectors

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"tidemark/collectors/fetch"
)

// UserAgent is how Tidemark names itself to servers; main sets version and contact.
var UserAgent = "tidemark"

// FetchURLs brings the URLs of a source into the archive: the Fetch of every collector whose source is plain files.
// {yyyy}, {mm} and {dd} stand for the day. A file: URL may hold a pattern of path.Match and be relative to the
// configuration's folder. What is there already is not fetched again. One URL that fails does not keep the others from
// being fetched; the errors come back joined.
func FetchURLs(ctx context.Context, from Source, day time.Time, keep *Archive) (Fetched, error) {
	var done Fetched
	var errs []error
	given := time.Time{}
	if from.Date != "" {
		var err error
		if given, err = time.Parse(time.DateOnly, from.Date); err != nil {
			return done, fmt.Errorf("source %s: date %q is not a day as YYYY-MM-DD", from.Name, from.Date)
		}
	}
	client := fetch.New(UserAgent)
	for _, template := range from.URLs {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		address := strings.NewReplacer("{yyyy}", day.Format("2006"), "{mm}", day.Format("01"), "{dd}", day.Format("02")).Replace(template)
		raw := Raw{Kind: from.Kind, Collector: from.Collector, URL: address, Day: given, Entries: from.Entries}
		var err error
		switch scheme, rest, _ := strings.Cut(address, ":"); scheme {
		case "file":
			err = fetchFiles(rest, from.Base, raw, keep, &done)
		case "http", "https":
			if raw.Day.IsZero() && address == template {
				raw.Day = day // the URL always gives the newest: it stands so today
			}
			err = fetchURL(ctx, client, raw, keep, &done)
		default:
			err = fmt.Errorf("%s: not an https:, http: or file: URL", address)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return done, errors.Join(errs...)
}

func fetchFiles(pattern, base string, raw Raw, keep *Archive, done *Fetched) error {
	pattern = filepath.FromSlash(strings.TrimPrefix(pattern, "//"))
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(base, pattern)
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		return fmt.Errorf("%s: %w", raw.URL, err)
	}
	if len(files) == 0 {
		return fmt.Errorf("%s: no such file", raw.URL)
	}
	var errs []error
	for _, file := range files {
		added, err := addFile(file, raw, keep)
		switch {
		case err != nil:
			errs = append(errs, err)
		case added:
			done.New++
		default:
			done.Unchanged++
		}
	}
	return errors.Join(errs...)
}

// AddFile keeps a local file in the archive. Its name is the last element of the path. A file of the same size and
// modification time as the one that is there is taken to be the same.
func (a *Archive) AddFile(file string, raw Raw) (added bool, err error) {
	raw.URL = "file:" + filepath.Base(file)
	return addFile(file, raw, a)
}

func addFile(file string, raw Raw, keep *Archive) (bool, error) {
	in, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer in.Close()
	stat, err := in.Stat()
	if err != nil {
		return false, err
	}
	if stat.IsDir() {
		return false, fmt.Errorf("%s is a folder, not a file", file)
	}
	raw.Name = filepath.Base(file)
	// The full local path would differ between machines, and a rebuild must not.
	raw.URL = "file:" + raw.Name
	raw.Modified = stat.ModTime().UTC().Format(time.RFC3339Nano)
	old, err := keep.Get(raw)
	if err != nil {
		return false, err
	}
	if old != nil && old.Modified == raw.Modified && old.Bytes == stat.Size() {
		return false, nil
	}
	raw.Fetched = time.Now().UTC()
	_, added, err := keep.Add(raw, in)
	return added, err
}

func fetchURL(ctx context.Context, client *fetch.Client, raw Raw, keep *Archive, done *Fetched) error {
	u, err := url.Parse(raw.URL)
	if err != nil {
		return err
	}
	raw.Name = path.Base(u.Path)
	old, err := keep.Get(raw)
	if err != nil {
		return err
	}
	if old != nil {
		done.Unchanged++
		return nil
	}
	since, err := keep.newest(raw)
	if err != nil {
		return err
	}
	body, now, err := client.Get(ctx, raw.URL, since)
	if errors.Is(err, fetch.ErrNotModified) {
		done.Unchanged++
		return nil
	}
	if err != nil {
		return err
	}
	defer body.Close()
	raw.ETag, raw.Modified, raw.Fetched = now.ETag, now.LastModified, time.Now().UTC()
	if _, _, err := keep.Add(raw, body); err != nil {
		return err
	}
	done.New++
	return nil
}

// newest gives the validators of the newest file that was fetched from the same URL.
func (a *Archive) newest(raw Raw) (fetch.Validators, error) {
	var since fetch.Validators
	kept, err := a.List(raw.Kind)
	if err != nil {
		return since, err
	}
	var day time.Time
	for _, k := range kept {
		if k.URL == raw.URL && !k.Day.Before(day) {
			day, since = k.Day, fetch.Validators{ETag: k.ETag, LastModified: k.Modified}
		}
	}
	return since, nil
}
