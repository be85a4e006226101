package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"tidemark/collectors/archive"
	"tidemark/datasets/mirror"
	"tidemark/datasets/table"
	"tidemark/site/headers"
)

type syncVerb struct {
	Direction string `arg:"" optional:"" enum:"both,pull,push" default:"both" help:"pull: bring down what is missing here; push: copy up what is new here; both, which is the default."`
	DryRun    bool   `short:"n" help:"Only tell what would be copied and removed."`
	Raw       bool   `help:"Bring down raw files too, not only their notes. Without it they come when they are read."`
	RemoveAll bool   `help:"Remove in storage whatever was removed here, however much it is."`
	JSON      bool   `help:"As JSON."`
}

// Help shows examples.
func (syncVerb) Help() string {
	return examples("tidemark sync --dry-run", "tidemark sync pull --raw", "tidemark sync push --json")
}

// Run copies down, then up.
func (v *syncVerb) Run(env *environment) error {
	return env.locked(func() error {
		mirrors, err := env.mirrors()
		if err != nil {
			return err
		}
		defer closeAll(mirrors)
		if len(mirrors) == 0 {
			return usageError{errors.New("no storage is configured; give the table [storage] archive, datasets or site, such as archive = \"s3://bucket/archive\"")}
		}
		ctx := env.ctx
		if !v.DryRun {
			var release func()
			if ctx, release, err = lockAll(ctx, mirrors); err != nil {
				return err
			}
			defer release()
		}
		var reports []mirror.Report
		failed := false
		for _, m := range mirrors {
			report := mirror.Report{Tree: m.Name}
			if v.Direction != "push" {
				done, err := m.Pull(ctx, v.Raw, v.DryRun)
				failed = failed || told("pulling "+m.Name, err)
				report = done
			}
			if v.Direction != "pull" {
				done, err := m.Push(ctx, mirror.PushOptions{Remove: true, RemoveAll: v.RemoveAll, Dry: v.DryRun})
				failed = failed || told("pushing "+m.Name, err)
				done.Down = report.Down
				report = done
			}
			reports = append(reports, report)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		if err := v.show(env, reports); err != nil {
			return err
		}
		if failed {
			return errPartly
		}
		return nil
	})
}

func (v *syncVerb) show(env *environment, reports []mirror.Report) error {
	if v.JSON {
		return writeJSON(env.stdout, reports)
	}
	for _, r := range reports {
		for _, part := range []struct {
			what    string
			objects []mirror.Object
		}{{"down", r.Down}, {"up", r.Up}, {"remove", r.Removed}} {
			for _, o := range part.objects {
				if v.DryRun {
					fmt.Fprintf(env.stdout, "%-6s  %12d  %s/%s\n", part.what, o.Bytes, r.URL, o.Key)
				}
			}
		}
	}
	for _, r := range reports {
		fmt.Fprintf(env.stdout, "%s: %d down, %d up, %d removed, %d alike at %s\n", r.Tree, len(r.Down), len(r.Up), len(r.Removed), r.Same, r.URL)
	}
	return nil
}

// told reports an error that leaves the rest standing, and tells whether there was one.
func told(what string, err error) bool {
	if err == nil {
		return false
	}
	report(what, err)
	return true
}

// mirrors are the configured copies, opened. Bytes of the archive come down when they are read; notes always.
func (env *environment) mirrors() ([]*mirror.Mirror, error) {
	state := filepath.Join(env.data, "state", "storage")
	all := []struct {
		address string
		tree    mirror.Tree
	}{
		{env.config.Storage.Archive, mirror.Tree{
			Name: "archive", Dir: env.archive.Dir, Vouches: archive.FileOfNote, Lazy: true, Fixed: true, Header: dataHeader,
		}},
		{env.config.Storage.Datasets, mirror.Tree{
			Name: "datasets", Dir: env.store.Dir, Vouches: table.FileOfManifest, Header: dataHeader,
		}},
		{env.config.Storage.Site, mirror.Tree{
			Name: "site", Dir: env.siteDir(), Rank: siteRank, Header: siteHeader,
		}},
	}
	var mirrors []*mirror.Mirror
	for _, one := range all {
		if one.address == "" {
			continue
		}
		one.tree.State = state
		m, err := mirror.Open(env.ctx, one.tree, one.address, env.config.Base)
		if err != nil {
			closeAll(mirrors)
			return nil, err
		}
		mirrors = append(mirrors, m)
	}
	return mirrors, nil
}

func closeAll(mirrors []*mirror.Mirror) {
	for _, m := range mirrors {
		m.Close()
	}
}

// lockAll makes this data folder the only writer of all copies.
func lockAll(ctx context.Context, mirrors []*mirror.Mirror) (locked context.Context, release func(), err error) {
	var held []func()
	release = func() {
		for _, r := range held {
			r()
		}
	}
	for _, m := range mirrors {
		var one func()
		if ctx, one, err = m.Lock(ctx); err != nil {
			release()
			if errors.Is(err, mirror.ErrHeld) {
				err = fmt.Errorf("%w: %w", errLocked, err)
			}
			return nil, nil, err
		}
		held = append([]func(){one}, held...)
	}
	return ctx, release, nil
}

// mirrored runs f between a pull and a push. Where the storage cannot be reached, f works on what is here; on a new machine
// it does not, as it would collect anew what is there. When f fails, raw files go up all the same: they cannot be had again.
func (env *environment) mirrored(f func() error) error {
	mirrors, err := env.mirrors()
	if err != nil {
		return err
	}
	if len(mirrors) == 0 {
		return f()
	}
	defer closeAll(mirrors)
	if env.config.Storage.Archive != "" {
		env.archiveCopy = mirrors[0]
	}
	ctx, release, err := lockAll(env.ctx, mirrors)
	if errors.Is(err, errLocked) {
		return err
	}
	if err != nil {
		if fresh, freshErr := mirrors[0].Fresh(); fresh || freshErr != nil {
			return errors.Join(err, freshErr)
		}
		report("storage", err)
		if err := f(); err != nil {
			return err
		}
		return errPartly
	}
	defer release()
	whole := env.ctx
	env.ctx = ctx // ends when the lock is lost
	defer func() { env.ctx = whole }()
	partly := false
	for _, m := range mirrors {
		fresh, err := m.Fresh()
		if err != nil {
			return err
		}
		done, err := m.Pull(ctx, false, false)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil && fresh {
			return fmt.Errorf("pulling %s: %w", m.Name, err)
		}
		partly = told("pulling "+m.Name, err) || partly
		if len(done.Down) > 0 {
			slog.Info("pulled", "tree", m.Name, "objects", len(done.Down))
		}
	}
	ran := f()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, m := range mirrors {
		if ran != nil && !errors.Is(ran, errPartly) && m.Name != "archive" {
			continue
		}
		// What a damaged run did not make again was not removed on purpose.
		done, err := m.Push(ctx, mirror.PushOptions{Remove: ran == nil || m.Name == "site"})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		partly = told("pushing "+m.Name, err) || partly
		if len(done.Up)+len(done.Removed) > 0 {
			slog.Info("pushed", "tree", m.Name, "objects", len(done.Up), "removed", len(done.Removed))
		}
	}
	if ran == nil && partly {
		return errPartly
	}
	return ran
}

// bring gets the bytes of a raw file of which only the note is here.
func (env *environment) bring(raw archive.Raw) error {
	env.bringing.Do(func() {
		mirrors, err := env.mirrors()
		if err != nil {
			env.bringErr = err
			return
		}
		env.bringFrom = mirrors[0] // the archive, as this is asked only where it is configured
		closeAll(mirrors[1:])
	})
	if env.bringErr != nil {
		return env.bringErr
	}
	slog.Debug("bringing", "file", raw.ID())
	return env.bringFrom.Get(env.ctx, raw.ID(), raw.SHA256, raw.Bytes)
}

// stored tells whether the bytes of a raw file lie in the archive's copy, as far as this run knows.
func (env *environment) stored(raw archive.Raw) bool {
	return env.archiveCopy != nil && env.archiveCopy.Holds(raw.ID(), raw.SHA256, raw.Bytes)
}

// bringer is the archive's copy, opened when the first file is wanted from it.
type bringer struct {
	archiveCopy *mirror.Mirror // of a run, nil outside of it
	bringing    sync.Once
	bringFrom   *mirror.Mirror
	bringErr    error
}

// siteRank orders what is published: what pages show, the pages, the front page, the list of all.
func siteRank(key string) int {
	switch {
	case key == "SHA256SUMS":
		return 3
	case key == "index.html":
		return 2
	case path.Ext(key) == ".html", path.Ext(key) == ".xml", strings.HasPrefix(path.Base(key), "feed"):
		return 1
	}
	return 0
}

// siteHeader makes readers ask each time whether a file is still the same, as the site's names stay the same.
func siteHeader(key string) (contentType, cacheControl string) {
	return headers.ContentType(key), "no-cache"
}

func dataHeader(key string) (contentType, cacheControl string) {
	switch path.Ext(key) {
	case ".json":
		return "application/json", ""
	case ".parquet":
		return "application/vnd.apache.parquet", ""
	}
	return "application/octet-stream", ""
}
