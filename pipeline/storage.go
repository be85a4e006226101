package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"tidemark/site/headers"

	"tidemark/collectors/archive"
	"tidemark/datasets/mirror"
	"tidemark/datasets/table"
)

// ErrNoStorage says that Sync has no copy to bring up to date.
var ErrNoStorage = errors.New(`no storage is configured; give the table [storage] archive, datasets or site, such as archive = "s3://bucket/archive"`)

// SyncOptions say what Sync does.
type SyncOptions struct {
	Pull, Push bool
	DryRun     bool // only report what would be copied and removed
	Raw        bool // pull raw files too, not only their notes
	RemoveAll  bool // remove in storage whatever was removed here, however much it is
}

// SyncReport is what Sync did, or would do.
type SyncReport struct {
	Report
	Trees []mirror.Report
}

// Sync brings the data folder and its copies up to date. It is for a session of Begin.
func (s *Session) Sync(ctx context.Context, o SyncOptions) (SyncReport, error) {
	r, err := s.sync(ctx, o)
	return r, s.step(r.Problems, err)
}

func (s *Session) sync(ctx context.Context, o SyncOptions) (report SyncReport, err error) {
	mirrors, err := s.openMirrors(ctx)
	if err != nil {
		return report, err
	}
	defer closeAll(mirrors)
	if len(mirrors) == 0 {
		return report, ErrNoStorage
	}
	if !o.DryRun {
		var release func()
		if ctx, release, err = lockAll(ctx, mirrors); err != nil {
			return report, err
		}
		defer release()
	}
	for _, m := range mirrors {
		if s.isLake(m) {
			tree, err := s.syncLake(ctx, m, o)
			if err != nil {
				report.Problems = append(report.Problems, s.problem("syncing", m.Name, err))
			}
			report.Trees = append(report.Trees, tree)
			continue
		}
		tree, problems := s.syncTree(ctx, m, o)
		report.Problems = append(report.Problems, problems...)
		report.Trees = append(report.Trees, tree)
		if ctx.Err() != nil {
			return report, context.Cause(ctx)
		}
	}
	return report, nil
}

func (s *Session) syncTree(ctx context.Context, m *mirror.Mirror, o SyncOptions) (tree mirror.Report, problems []Problem) {
	tree = mirror.Report{Tree: m.Name}
	if o.Pull {
		defer s.store.Refresh()
		pulled, err := m.Pull(ctx, o.Raw, o.DryRun)
		if err != nil {
			problems = append(problems, s.problem("pulling", m.Name, err))
		}
		tree = pulled
	}
	if o.Push {
		pushed, err := m.Push(ctx, mirror.PushOptions{Remove: true, RemoveAll: o.RemoveAll, Dry: o.DryRun})
		if err != nil {
			problems = append(problems, s.problem("pushing", m.Name, err))
		}
		pushed.Down = tree.Down
		tree = pushed
	}
	return tree, problems
}

// copies are the open copies of a session.
type copies struct {
	mirrors []*mirror.Mirror
	archive *mirror.Mirror // of the archive, in a session of BeginMirrored; nil: none
	release func()         // unlocks the copies; nil: they are not locked, and nothing is pushed
	closing []func()
}

func (c *copies) close() {
	if c.release != nil {
		c.release()
	}
	for _, f := range c.closing {
		f()
	}
	closeAll(c.mirrors)
	*c = copies{}
}

// openMirrors connects the configured copies. Raw bytes come down when they are read, their notes always.
func (p *Pipeline) openMirrors(ctx context.Context) (mirrors []*mirror.Mirror, err error) {
	storage := p.options.Storage
	for _, one := range []struct {
		address string
		tree    mirror.Tree
	}{
		{storage.Archive, p.archiveTree()},
		{storage.Datasets, mirror.Tree{Name: "datasets", Dir: p.store.Dir, Vouches: table.FileOfManifest, Header: dataHeader}},
		{storage.Site, mirror.Tree{Name: "site", Dir: p.SiteDir(), Rank: siteRank, Header: siteHeader}},
	} {
		if one.address == "" {
			continue
		}
		m, err := p.openMirror(ctx, one.tree, one.address)
		if err != nil {
			closeAll(mirrors)
			return nil, err
		}
		mirrors = append(mirrors, m)
		if p.isLake(m) {
			if err := m.Forget(); err != nil {
				closeAll(mirrors)
				return nil, err
			}
		}
	}
	return mirrors, nil
}

func (p *Pipeline) archiveTree() mirror.Tree {
	return mirror.Tree{Name: "archive", Dir: p.files.Dir, Vouches: archive.FileOfNote, Lazy: true, Fixed: true, Header: dataHeader}
}

// storagePatience is how many times fetch.stall a transfer to or from storage may bring too little: an upload shows only whole parts.
const storagePatience = 5

func (p *Pipeline) openMirror(ctx context.Context, tree mirror.Tree, address string) (*mirror.Mirror, error) {
	tree.State = filepath.Join(p.stateDir(), "storage")
	m, err := mirror.Open(ctx, tree, address, p.options.Storage.Base)
	if err != nil {
		return nil, err
	}
	m.Log = p.log
	if stall := p.options.Fetch.Stall; stall > 0 {
		m.Patience = storagePatience * stall
	}
	if rate := p.options.Fetch.Rate; rate > 0 {
		m.Rate = rate
	}
	return m, nil
}

func closeAll(mirrors []*mirror.Mirror) {
	for _, m := range mirrors {
		m.Close()
	}
}

// lockAll makes this data folder the only writer of all copies. The returned context ends when one of the locks is lost.
func lockAll(ctx context.Context, mirrors []*mirror.Mirror) (locked context.Context, release func(), err error) {
	var held []func()
	release = func() {
		for i := range held {
			held[len(held)-1-i]()
		}
	}
	for _, m := range mirrors {
		var one func()
		if ctx, one, err = m.Lock(ctx); err != nil {
			release()
			if errors.Is(err, mirror.ErrHeld) {
				err = fmt.Errorf("%w: %w", ErrLocked, err)
			}
			return nil, nil, err
		}
		held = append(held, one)
	}
	return ctx, release, nil
}

// pull locks the copies and brings down what is missing here. The returned context ends when a lock is lost.
func (s *Session) pull(ctx context.Context) (context.Context, error) {
	mirrors, err := s.openMirrors(ctx)
	if err != nil || len(mirrors) == 0 {
		return ctx, err
	}
	s.copies.mirrors = mirrors
	if s.options.Storage.Archive != "" {
		s.copies.archive = mirrors[0]
	}
	locked, release, err := lockAll(ctx, mirrors)
	if errors.Is(err, ErrLocked) {
		return nil, err
	}
	if err != nil {
		if fresh, freshErr := mirrors[0].Fresh(); fresh || freshErr != nil {
			return nil, errors.Join(err, freshErr)
		}
		s.problems = append(s.problems, s.problem("storage", "", err))
		s.bringFrom(ctx, s.copies.archive)
		return ctx, nil
	}
	s.copies.release = release
	s.bringFrom(locked, s.copies.archive)
	defer s.store.Refresh()
	for _, m := range mirrors {
		pull := s.pullTree
		if s.isLake(m) {
			pull = s.pullLake
		}
		if err := pull(locked, m); err != nil {
			return nil, err
		}
	}
	return locked, nil
}

func (s *Session) pullTree(ctx context.Context, m *mirror.Mirror) error {
	fresh, err := m.Fresh()
	if err != nil {
		return err
	}
	pulled, err := m.Pull(ctx, false, false)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && fresh:
		return fmt.Errorf("pulling %s: %w", m.Name, err)
	case err != nil:
		s.problems = append(s.problems, s.problem("pulling", m.Name, err))
	}
	if len(pulled.Down) > 0 {
		s.log.Info("pulled", "tree", m.Name, "objects", len(pulled.Down))
	}
	return nil
}

// push copies up what is new here. After a step that stopped only raw files go up: they cannot be fetched again.
func (s *Session) push(ctx context.Context) error {
	if s.copies.release == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// What steps with problems did not make again was not removed on purpose.
	whole := !s.stopped && !s.partial
	for _, m := range s.copies.mirrors {
		if s.stopped && m.Name != "archive" {
			continue
		}
		if s.isLake(m) {
			if err := s.pushLake(ctx, whole); err != nil {
				return err
			}
			continue
		}
		pushed, err := m.Push(ctx, mirror.PushOptions{Remove: whole || m.Name == "site"})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			s.problems = append(s.problems, s.problem("pushing", m.Name, err))
		}
		if len(pushed.Up)+len(pushed.Removed) > 0 {
			s.log.Info("pushed", "tree", m.Name, "objects", len(pushed.Up), "removed", len(pushed.Removed))
		}
	}
	return nil
}

// bringFrom lets the session read raw files of which only the note is here.
func (s *Session) bringFrom(ctx context.Context, from *mirror.Mirror) {
	if from == nil {
		return
	}
	s.files.Stored = s.copies.stored
	s.files.Bring = func(raw archive.Raw) error {
		s.log.Debug("bringing", "file", raw.ID())
		return bring(ctx, from, raw)
	}
	s.files.OnDamage = func(id string, why error) error {
		if err := s.setAsideDamaged(id, why, s.files.SetAside); err != nil {
			return err
		}
		if err := from.BringNote(ctx, id); err != nil {
			s.tell("not brought from storage", id, err)
		}
		return nil
	}
}

// bringLazily is bringFrom for a copy that is opened when the first file is wanted from it.
func (p *Pipeline) bringLazily(ctx context.Context, c *copies) {
	address := p.options.Storage.Archive
	if address == "" {
		return
	}
	open := sync.OnceValues(func() (*mirror.Mirror, error) {
		m, err := p.openMirror(ctx, p.archiveTree(), address)
		if err == nil {
			c.closing = append(c.closing, func() { m.Close() })
		}
		return m, err
	})
	p.files.Bring = func(raw archive.Raw) error {
		from, err := open()
		if err != nil {
			return err
		}
		p.log.Debug("bringing", "file", raw.ID())
		return bring(ctx, from, raw)
	}
}

// stored reports whether the bytes of a raw file lie in the archive's copy, as far as this session knows.
func (c *copies) stored(raw archive.Raw) bool {
	sum, bytes := raw.Held()
	return c.archive != nil && c.archive.Holds(raw.ID(), sum, bytes)
}

// bring copies the bytes of a raw file from storage to their place.
func bring(ctx context.Context, from *mirror.Mirror, raw archive.Raw) error {
	sum, bytes := raw.Held()
	return from.Get(ctx, raw.ID(), sum, bytes)
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
