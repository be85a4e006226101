package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/routes"
	"tidemark/internal/fetch"
	"tidemark/internal/quantity"
)

type mrtGetVerb struct {
	Collector string   `arg:"" help:"Route collector: rrc00 … of RIPE RIS; route-views2, route-views.linx … of RouteViews."`
	From      string   `required:"" placeholder:"TIME" help:"Only files whose names have this time or a later one (UTC; RFC 3339 or a day)."`
	Until     string   `required:"" placeholder:"TIME" help:"Only files whose names have this time or an earlier one; of a day, all of it."`
	Files     []string `enum:"rib,updates" default:"rib,updates" help:"Kinds of files: rib, updates."`
	To        string   `placeholder:"DIR" default:"." type:"path" help:"Folder that the files are put into."`
	Mirror    []string `placeholder:"URL" help:"Address of the archive's listings, and of mirrors that are tried if it fails (default: as configured, or else the archive's own)."`
	DryRun    bool     `help:"Show what would be fetched."`
}

// Run fetches the files that the folder does not have.
func (v *mrtGetVerb) Run(ctx context.Context, env *environment) error {
	from, err := v.source(env)
	if err != nil {
		return usageError{err}
	}
	until, err := v.until()
	if err != nil {
		return usageError{err}
	}
	nowhere, err := os.MkdirTemp("", "tidemark-get-*") // an archive that has nothing yet
	if err != nil {
		return err
	}
	defer os.RemoveAll(nowhere)
	store := from.Through(&archive.Archive{Dir: nowhere, Client: env.Client()})
	due, err := routes.MRT{}.Due(ctx, from, env.Clock(), store)
	if err != nil {
		env.log.Error("not everything was found", "error", err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	due = slices.DeleteFunc(due, func(i collectors.Item) bool { return i.Time.After(until) })
	if len(due) == 0 && err == nil {
		return fmt.Errorf("%s has no file from %s to %s", v.Collector, from.Since.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	failed := err != nil
	for _, item := range due {
		switch err := v.get(ctx, env, store.Client, item); {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fetch.ErrDown), errors.Is(err, fetch.ErrRobots):
			return err
		case err != nil:
			failed = true
			env.log.Error("cannot fetch", "file", item.Name, "error", err)
		}
	}
	if failed {
		return errPartly
	}
	return nil
}

// until returns the last time that is wanted.
func (v *mrtGetVerb) until() (time.Time, error) {
	until, err := parseTime(v.Until)
	if _, e := time.Parse(time.DateOnly, v.Until); e == nil {
		until = until.Add(24*time.Hour - time.Nanosecond)
	}
	return until, err
}

// source returns the archive of the collector as a source. Addresses of listings and permissions are those of the
// configured source of that archive, if there is one.
func (v *mrtGetVerb) source(env *environment) (from collectors.Source, err error) {
	settings := &routes.Settings{Archive: "routeviews", Collectors: []string{v.Collector}, Files: v.Files, Base: v.Mirror}
	if strings.HasPrefix(v.Collector, "rrc") {
		settings.Archive = "ris"
	}
	for _, s := range env.Sources {
		configured, is := s.Settings.(*routes.Settings)
		if !is || configured.Archive != settings.Archive {
			continue
		}
		from.Robots = s.Robots
		if len(settings.Base) == 0 {
			settings.Base = configured.Base
		}
		break
	}
	from.Name, from.Kind, from.Settings = "mrt get", routes.MRT{}.Name(), settings
	if strings.ContainsAny(v.Collector, "*?[") || v.Collector == "all" {
		return from, fmt.Errorf("%q is a pattern; name one collector", v.Collector)
	}
	if from.Since, err = parseTime(v.From); err != nil {
		return from, err
	}
	until, err := v.until()
	if err != nil {
		return from, err
	}
	if until.Before(from.Since) {
		return from, fmt.Errorf("--until %s is before --from %s", v.Until, v.From)
	}
	settings.Until = until.Format(time.DateOnly)
	if from.Every, err = collectors.ParseCadence("hourly"); err != nil { // every table dump: no archive has more than one an hour
		return from, err
	}
	return from, settings.Validate(from)
}

// get fetches a file, unless the folder has one of its name. An interrupted transfer is resumed.
func (v *mrtGetVerb) get(ctx context.Context, env *environment, client *fetch.Client, item collectors.Item) error {
	path := filepath.Join(v.To, item.Name)
	if _, err := os.Lstat(path); err == nil {
		printf(env.out, "%s is there\n", path)
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if v.DryRun {
		size := "unknown size"
		if item.Bytes > 0 {
			size = "about " + quantity.Bytes(item.Bytes)
		}
		printf(env.out, "%s\t%s\n", item.URL, size)
		return nil
	}
	form := collectors.FormOf(routes.MRT{})
	file := fetch.File{
		URLs: append([]string{item.URL}, item.Mirrors...), Part: path + ".part", Bytes: form.Bytes, About: item.Bytes,
		Check: collectors.Intact(item.Name, form),
	}
	got, err := client.File(ctx, file)
	if err != nil {
		return err
	}
	// A link, unlike a rename, fails where another process has put a file of that name meanwhile.
	if err := os.Link(file.Part, path); err != nil {
		return err
	}
	if err := os.Remove(file.Part); err != nil {
		return err
	}
	file.RemoveNote()
	printf(env.out, "%s\t%s\tSHA-256 %s\n", path, quantity.Bytes(got.Bytes), got.SHA256)
	return nil
}
