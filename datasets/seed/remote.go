package seed

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/fault"
	"tidemark/internal/fetch"
	"tidemark/internal/quantity"
)

const (
	maxMissing = 1 << 30     // bytes of partitions that Open fetches
	minAge     = time.Minute // of an index before the site is asked for it again
)

// Remote is a published site whose partitions are fetched when they are asked for, as they are published. Its methods may be called
// concurrently.
type Remote struct {
	url    string
	client *fetch.Client
	dir    string

	mu     sync.Mutex
	store  *table.Store
	site   *Site     // as it was read last; nil: never
	asked  time.Time // when the site was asked for its index
	listed map[string]listing
}

// listing is what a site publishes of a dataset.
type listing struct {
	read       File              // manifests from which it was read
	partitions []*table.Manifest // in the order of their files
	left       int
}

// NewRemote returns the site at an address. What is fetched is kept in dir.
func NewRemote(client *fetch.Client, address, dir string) (*Remote, error) {
	base, err := Address(address)
	if err != nil {
		return nil, err
	}
	return &Remote{url: base, client: client, dir: dir, store: &table.Store{Dir: filepath.Join(dir, "datasets")}, listed: map[string]listing{}}, nil
}

// String returns the address.
func (r *Remote) String() string { return r.url }

// Partitions returns the partitions of a dataset that the site publishes, oldest day first, and how many older ones it leaves out.
func (r *Remote) Partitions(ctx context.Context, schema *table.Schema) (partitions []*table.Manifest, left int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, err := r.list(ctx, schema)
	return l.partitions, l.left, err
}

// At returns the manifest of the partition with that path in a store; nil if the site does not publish it.
func (r *Remote) At(ctx context.Context, file string) (*table.Manifest, error) {
	name, _, _ := strings.Cut(file, "/")
	all := datasets.All()
	i := slices.IndexFunc(all, func(s *table.Schema) bool { return s.Name == name })
	if i < 0 {
		return nil, nil
	}
	partitions, _, err := r.Partitions(ctx, all[i])
	if err != nil {
		return nil, err
	}
	at, found := slices.BinarySearchFunc(partitions, file, func(m *table.Manifest, file string) int { return strings.Compare(m.File, file) })
	if !found {
		return nil, nil
	}
	return partitions[at], nil
}

// Open returns a store that has the partitions of these datasets that the site publishes, and fetches those that are missing.
func (r *Remote) Open(ctx context.Context, schemas []*table.Schema) (*table.Store, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	missing, room := map[*table.Schema][]*table.Manifest{}, int64(maxMissing)
	for _, schema := range schemas {
		l, err := r.list(ctx, schema)
		if err != nil {
			return nil, err
		}
		if missing[schema], err = r.missing(schema, l.partitions); err != nil {
			return nil, err
		}
		for _, m := range missing[schema] {
			if room -= m.Bytes; room < 0 {
				return nil, fmt.Errorf("more than %s would have to be fetched from %s, with the partitions of %s: ask about fewer datasets, or download them", quantity.Bytes(maxMissing), r, schema.Name)
			}
		}
	}
	for _, schema := range schemas {
		for _, m := range missing[schema] {
			if err := r.fetch(ctx, schema, m); err != nil {
				return nil, err
			}
		}
	}
	return r.store, nil
}

// list returns what the site publishes of a dataset.
func (r *Remote) list(ctx context.Context, schema *table.Schema) (l listing, err error) {
	if err := r.refresh(ctx); err != nil {
		return l, err
	}
	of, err := r.site.published(schema)
	if err != nil || of.Partitions == 0 {
		return l, err
	}
	if of.Schema != schema.Version {
		return l, fmt.Errorf("%s has version %d of %s, this program version %d: one of the two is too old", r, of.Schema, schema.Name, schema.Version)
	}
	if l, is := r.listed[schema.Name]; is && l.read == of.Manifests {
		return l, nil
	}
	delete(r.listed, schema.Name)
	held := of.Manifests.Bytes
	for _, other := range r.listed {
		held += other.read.Bytes
	}
	if held > maxManifests { // of all that are held at once
		clear(r.listed)
	}
	l = listing{read: of.Manifests, left: of.Left}
	if err := r.site.manifests(ctx, schema, of.Manifests, r.parts(), r.client.Now(), func(m *table.Manifest) error {
		l.partitions = append(l.partitions, m)
		return nil
	}); err != nil {
		return listing{}, r.failed(fmt.Errorf("%s: %w", schema.Name, err))
	}
	r.listed[schema.Name] = l
	return l, nil
}

// refresh reads the site's index, unless it is unchanged or was asked for a moment ago.
func (r *Remote) refresh(ctx context.Context) error {
	now, since := r.client.Now(), fetch.Validators{}
	if r.site != nil {
		if since = r.site.since; now.Sub(r.asked) < minAge {
			return nil
		}
	}
	site, err := open(ctx, r.client, r.url, since)
	switch {
	case err == nil:
		r.site = site
	case r.site == nil || !errors.Is(err, fetch.ErrNotModified):
		return err
	}
	r.asked = now
	return nil
}

// failed returns an error, after which the whole index is read again: the site may have been published anew, even twice in a second.
func (r *Remote) failed(err error) error {
	r.asked, r.site.since = time.Time{}, fetch.Validators{}
	return err
}

// parts is the folder of transfers.
func (r *Remote) parts() string { return filepath.Join(r.dir, "parts") }

// missing returns the partitions that the store does not have, after it removed those that are not published any more.
func (r *Remote) missing(schema *table.Schema, partitions []*table.Manifest) (missing []*table.Manifest, err error) {
	have, err := r.store.Manifests(schema)
	if err != nil {
		return nil, err
	}
	published, found := map[string]string{}, map[string]bool{}
	for _, m := range partitions {
		published[m.File] = m.SHA256
	}
	for _, m := range have {
		if found[m.File] = published[m.File] == m.SHA256; found[m.File] {
			continue
		}
		if err := r.store.Remove(m); err != nil {
			return nil, err
		}
	}
	for _, m := range partitions {
		if !found[m.File] {
			missing = append(missing, m)
		}
	}
	return missing, nil
}

// fetch fetches a partition into the store.
func (r *Remote) fetch(ctx context.Context, schema *table.Schema, m *table.Manifest) error {
	part, err := r.site.file(ctx, Folder+m.File, File{m.Bytes, m.SHA256}, r.parts())
	if err != nil {
		return r.failed(err)
	}
	defer part.remove()
	as := table.Adoption{Schema: schema, Manifest: m, From: part.path}
	if by := m.MeasuredBy; by != nil {
		as.Known, as.Named = by.Known, true
	}
	if err := fault.Caught(func() error { _, err := r.store.Adopt(as); return err }); err != nil {
		return r.failed(err)
	}
	return nil
}
