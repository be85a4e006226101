package pipeline

import (
	"context"
	"fmt"
	"path/filepath"

	"tidemark/datasets/lake"
	"tidemark/datasets/mirror"
	"tidemark/datasets/mirror/bucket"
	"tidemark/internal/tree"
)

// newLake returns the lake that the options name.
func (p *Pipeline) newLake() *lake.Lake {
	o := p.options.Storage
	options := lake.Options{Address: o.Datasets, Base: o.Base, Dir: p.lakeDir(), Cache: p.cacheDir(), Bytes: o.Cache,
		Patience: bucket.DefaultPatience, Rate: bucket.DefaultRate, Log: p.log}
	if stall := p.options.Fetch.Stall; stall > 0 {
		options.Patience = storagePatience * stall
	}
	if rate := p.options.Fetch.Rate; rate > 0 {
		options.Rate = rate
	}
	return lake.New(options)
}

// LakeFolders makes and returns the folders that are written to when partitions in storage are read; none, where all are here.
func (p *Pipeline) LakeFolders() ([]string, error) {
	if p.lake == nil {
		return nil, nil
	}
	folders := []string{p.cacheDir(), p.lakeDir()}
	for _, dir := range folders {
		if err := tree.MakeFolder(filepath.Dir(dir), filepath.Base(dir)); err != nil {
			return nil, fmt.Errorf("%s: %w; a link to another disk is not followed, mount it there", dir, err)
		}
	}
	return folders, nil
}

func (p *Pipeline) lakeDir() string { return filepath.Join(p.stateDir(), "lake") }

func (p *Pipeline) cacheDir() string { return filepath.Join(p.options.Dir, "cache") }

// isLake reports whether a copy is the lake: it is locked as copies are, and never compared with what is here.
func (p *Pipeline) isLake(m *mirror.Mirror) bool { return p.lake != nil && m.Name == "datasets" }

// pullLake learns what is in the lake, and brings what is to be here.
func (s *Session) pullLake(ctx context.Context, m *mirror.Mirror) error {
	err := s.lake.CatchUp(ctx)
	s.store.Refresh()
	brought := 0
	if err == nil {
		brought, err = s.lake.BringKept(ctx, s.store, s.options.Storage.Keep)
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		if _, unknown := s.lake.Index(); unknown != nil { // everything would be made anew
			return err
		}
		s.problems = append(s.problems, s.problem("pulling", m.Name, err))
	}
	if brought > 0 {
		s.log.Info("pulled", "tree", m.Name, "partitions", brought)
	}
	return nil
}

// pushLake stores what is new here, and leaves to the lake what need not be here.
func (s *Session) pushLake(ctx context.Context, remove bool) error {
	pushed, err := s.lake.Push(ctx, s.store, s.options.Storage.Keep, remove, false)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		s.problems = append(s.problems, s.problem("pushing", "datasets", err))
	}
	if pushed != (lake.Pushed{}) {
		s.log.Info("pushed", "tree", "datasets", "partitions", pushed.Up, "removed", pushed.Removed, "no longer here", pushed.Left)
	}
	return nil
}

// syncLake is pullLake and pushLake for Sync.
func (s *Session) syncLake(ctx context.Context, m *mirror.Mirror, o SyncOptions) (tree mirror.Report, err error) {
	tree = mirror.Report{Tree: m.Name, URL: s.options.Storage.Datasets}
	if o.DryRun {
		return tree, nil
	}
	if err := s.lake.CatchUp(ctx); err != nil {
		return tree, err
	}
	s.store.Refresh()
	if o.Pull {
		if _, err := s.lake.BringKept(ctx, s.store, s.options.Storage.Keep); err != nil {
			return tree, err
		}
	}
	if o.Push {
		_, err = s.lake.Push(ctx, s.store, s.options.Storage.Keep, true, o.RemoveAll)
	}
	return tree, err
}

// logRequests says how many requests the session sent to storage.
func (s *Session) logRequests() {
	var n int64
	for _, m := range s.copies.mirrors {
		n += m.Requests()
	}
	if s.lake != nil {
		n += s.lake.Requests()
	}
	if n > 0 {
		s.log.Info("storage", "requests", n)
	}
}

// LakeStatus is how much of the datasets is here, and how much in storage alone.
type LakeStatus struct {
	Here  Amount `json:"here"`
	Away  Amount `json:"only_in_storage"`
	Cache int64  `json:"cache_bytes"`
}

// Amount is a number of partitions and their bytes.
type Amount struct {
	Partitions int   `json:"partitions"`
	Bytes      int64 `json:"bytes"`
}

func (p *Pipeline) lakeStatus() (*LakeStatus, error) {
	if p.lake == nil {
		return nil, nil
	}
	all, err := p.Store().Placed()
	if err != nil {
		return nil, err
	}
	s := &LakeStatus{Cache: p.lake.Cached()}
	for _, one := range all {
		to := &s.Here
		if one.Away {
			to = &s.Away
		}
		to.Partitions++
		to.Bytes += one.Bytes
	}
	return s, nil
}
