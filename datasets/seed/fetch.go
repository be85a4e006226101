package seed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets/table"
	"tidemark/internal/fault"
	"tidemark/internal/fetch"
)

// file fetches a file of the site into the folder. A transfer that broke resumes.
func (s *Site) file(ctx context.Context, path string, want File, folder string) (*part, error) {
	return s.fetch(ctx, s.URL+path, want, folder)
}

func (s *Site) fetch(ctx context.Context, url string, want File, folder string) (*part, error) {
	sum := sha256.Sum256([]byte(url))
	p := &part{path: filepath.Join(folder, hex.EncodeToString(sum[:16]))}
	p.File = fetch.File{URLs: []string{url}, Part: p.path, Bytes: want.Bytes}
	got, err := s.client.File(ctx, p.File)
	if err != nil {
		return nil, err
	}
	if got.Bytes != want.Bytes || got.SHA256 != want.SHA256 {
		p.remove()
		return nil, fmt.Errorf("%s has %d bytes with SHA-256 %s, but the site says %d and %s; if the site was published anew meanwhile, try again", url, got.Bytes, got.SHA256, want.Bytes, want.SHA256)
	}
	return p, nil
}

const (
	maxFailures = 10 // commits that cannot be fetched, after which the others are not tried
	workers     = 2  // commits that are fetched at the same time
)

// errFailures says that too much failed.
var errFailures = errors.New("too many partitions could not be fetched; the others were not tried")

// Report is told how a Fetch goes. Its functions are not called at the same time.
type Report struct {
	Fetched func(m *table.Manifest, bytes int64) // a partition is in the store
	Failed  func(file string, err error)
}

// Fetch fetches the partitions into the store, those that were committed together in one commit each. One that fails holds no other.
// Files of its own, with the transfers that broke, are in the folder.
func (p *Plan) Fetch(ctx context.Context, store *table.Store, folder string, report Report) error {
	var mu sync.Mutex
	failures := 0
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, commit := range p.commits {
		group.Go(func() error {
			if within.Err() != nil {
				return nil
			}
			made, err := p.commit(within, store, commit, folder)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				for i, m := range made {
					report.Fetched(m, commit[i].bytes)
				}
				return nil
			case within.Err() != nil && ctx.Err() == nil: // why is told by the commit that failed
				return nil
			case ctx.Err() != nil, errors.Is(err, fetch.ErrSpace), errors.Is(err, fetch.ErrDown), errors.Is(err, fetch.ErrRobots), errors.Is(err, fetch.ErrBudget):
				return err
			}
			report.Failed(commit[0].as.File, err)
			if failures++; failures >= maxFailures {
				return errFailures
			}
			return nil
		})
	}
	err := group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// commit fetches partitions that belong together, and commits them.
func (p *Plan) commit(ctx context.Context, store *table.Store, all []partition, folder string) (made []*table.Manifest, err error) {
	var parts []*part
	var adopted []table.Adoption
	for _, one := range all {
		part, err := p.fetch(ctx, one.url, File{one.bytes, one.sha256}, folder)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		adopted = append(adopted, table.Adoption{Schema: one.schema, Manifest: one.as, From: part.path, Known: one.as.MeasuredBy.Known, Named: one.named})
	}
	err = fault.Caught(func() (err error) {
		made, err = store.Adopt(adopted...)
		return err
	})
	for _, part := range parts {
		part.remove()
	}
	return made, err
}
