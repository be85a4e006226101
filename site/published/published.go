// Package published reads the datasets of a published site: it asks for the site's Data Packages, and keeps the partitions that are
// wanted in a store, each after its size and SHA-256 were compared with what the packages say.
package published

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/internal/quantity"
	"tidemark/site/metadata"
)

// maxMissing is how many bytes of partitions Open fetches at once.
const maxMissing = 1 << 30

// minAge is how old the site's Data Package is before it is asked for again.
const minAge = time.Minute

// Site is a published site. Its methods may be called concurrently.
type Site struct {
	address string // ending in a slash
	client  *fetch.Client
	dir     string

	mu       sync.Mutex
	store    *table.Store
	index    []byte // the site's Data Package
	since    fetch.Validators
	asked    time.Time           // when the site was asked for its Data Package
	packages map[string]document // of datasets, by name
}

// document is a Data Package of a dataset as it was read.
type document struct {
	sum        string
	partitions []*table.Manifest
	left       int
}

// New returns the site at the address of its front page. Partitions are kept in dir.
func New(client *fetch.Client, address, dir string) (*Site, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("invalid address of a site: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("invalid address of a site %q (want for example https://tidemark.example.net/)", u.Redacted())
	}
	u.Path = strings.TrimSuffix(u.Path, "index.html")
	return &Site{address: strings.TrimSuffix(u.String(), "/") + "/", client: client, dir: dir,
		store: &table.Store{Dir: filepath.Join(dir, "datasets")}, packages: map[string]document{}}, nil
}

// String returns the address, without a password.
func (s *Site) String() string {
	u, err := url.Parse(s.address)
	if err != nil {
		return s.address
	}
	return u.Redacted()
}

// Partitions returns the partitions of a dataset that the site publishes, and how many older ones it leaves out.
func (s *Site) Partitions(ctx context.Context, schema *table.Schema) (partitions []*table.Manifest, left int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return nil, 0, err
	}
	p, err := s.read(ctx, schema)
	return p.partitions, p.left, err
}

// Open returns a store that has the partitions of these datasets that the site publishes, and fetches those that are missing.
func (s *Site) Open(ctx context.Context, schemas []*table.Schema) (*table.Store, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	missing, room := map[*table.Schema][]*table.Manifest{}, int64(maxMissing)
	for _, schema := range schemas {
		p, err := s.read(ctx, schema)
		if err != nil {
			return nil, err
		}
		if missing[schema], err = s.missing(schema, p.partitions); err != nil {
			return nil, err
		}
		for _, m := range missing[schema] {
			if room -= m.Bytes; room < 0 {
				return nil, fmt.Errorf("more than %s would have to be fetched from %s, with the partitions of %s: ask about fewer datasets, or download them", quantity.Bytes(maxMissing), s, schema.Name)
			}
		}
	}
	for _, schema := range schemas {
		for _, m := range missing[schema] {
			if err := s.fetch(ctx, schema, m); err != nil {
				return nil, err
			}
		}
	}
	return s.store, nil
}

// refresh reads the site's Data Package, unless it is unchanged or was asked for a moment ago.
func (s *Site) refresh(ctx context.Context) error {
	if s.index != nil && s.client.Now().Sub(s.asked) < minAge {
		return nil
	}
	address := s.address + metadata.SitePackagePath
	index, since, err := s.client.Read(ctx, address, s.since)
	if errors.Is(err, fetch.ErrNotModified) && s.index != nil {
		s.asked = s.client.Now()
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := metadata.Packages(index); err != nil {
		return fmt.Errorf("%s is not the Data Package of a site made by Tidemark: %w", address, err)
	}
	s.index, s.since, s.asked = index, since, s.client.Now()
	return nil
}

// read returns what the Data Package of a dataset says.
func (s *Site) read(ctx context.Context, schema *table.Schema) (p document, err error) {
	all, err := metadata.Packages(s.index)
	if err != nil {
		return p, err
	}
	listed, ok := all[schema.Name]
	if !ok {
		return p, nil // nothing is published of it
	}
	if p, ok := s.packages[schema.Name]; ok && p.sum == listed.SHA256 {
		return p, nil
	}
	address := s.address + listed.Path
	content, _, err := s.client.Read(ctx, address, fetch.Validators{})
	if err != nil {
		return p, err
	}
	sum := sha256.Sum256(content)
	if p.sum = hex.EncodeToString(sum[:]); p.sum != listed.SHA256 {
		return p, s.changed(address, fmt.Errorf("it has the SHA-256 %s (want %s)", p.sum, listed.SHA256))
	}
	if p.partitions, p.left, err = metadata.Published(schema, content); err != nil {
		return p, fmt.Errorf("%s: %w", address, err)
	}
	s.packages[schema.Name] = p
	return p, nil
}

// changed says that a file of the site is not the one that the site describes.
func (s *Site) changed(address string, err error) error {
	s.asked = time.Time{}
	return fmt.Errorf("%s is not the file that the site describes: %w; it may be published anew just now: ask again in a minute, and if it stays so, tell the site's operator", address, err)
}

// missing returns the partitions that the store does not have, after it removed those that are not published any more.
func (s *Site) missing(schema *table.Schema, partitions []*table.Manifest) (missing []*table.Manifest, err error) {
	have, err := s.store.Manifests(schema)
	if err != nil {
		return nil, err
	}
	wanted, found := map[string]string{}, map[string]bool{}
	for _, m := range partitions {
		wanted[m.File] = m.SHA256
	}
	for _, m := range have {
		if found[m.File] = wanted[m.File] == m.SHA256; found[m.File] {
			continue
		}
		if err := s.store.Remove(m); err != nil {
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
func (s *Site) fetch(ctx context.Context, schema *table.Schema, m *table.Manifest) error {
	address := s.address + metadata.PartitionPath(m)
	file := fetch.File{URLs: []string{address}, Part: filepath.Join(s.dir, m.SHA256+".part"), Bytes: m.Bytes, Crawled: true}
	if _, err := s.client.File(ctx, file); err != nil {
		return err
	}
	defer file.RemoveNote()
	if err := s.store.Adopt(schema, m, file.Part); err != nil {
		os.Remove(file.Part) // it is fetched again
		return s.changed(address, err)
	}
	return nil
}
