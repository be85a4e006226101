package seed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/internal/legible"
)

// Site is a published site whose index was read.
type Site struct {
	URL    string // ending in a slash
	Index  Index
	client *fetch.Client
	since  fetch.Validators // of the index
}

const (
	maxDatasets = 1000 // of an index
	maxName     = 200  // of a publisher, in bytes
	notFound    = 404  // status of an answer
)

// spdx is what an identifier or an expression of SPDX looks like.
var spdx = regexp.MustCompile(`^[A-Za-z0-9.+() -]{1,100}$`)

// Address returns the address of a site as Site.URL has it.
func Address(address string) (string, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "", err
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return "", fmt.Errorf("%q is not the address of a site (want for example https://example.net/)", address)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		return "", fmt.Errorf("%s has more than scheme, host and path", u.Redacted())
	}
	u.Host = strings.ToLower(u.Host)
	u = u.JoinPath("/")
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "index.html/"), strings.TrimSuffix(u.RawPath, "index.html/")
	return u.String(), nil
}

// Open reads the index of a site.
func Open(ctx context.Context, client *fetch.Client, address string) (*Site, error) {
	base, err := Address(address)
	if err != nil {
		return nil, err
	}
	return open(ctx, client, base, fetch.Validators{})
}

// open reads the index of the site with that URL. It returns fetch.ErrNotModified if the site has nothing newer than since.
func open(ctx context.Context, client *fetch.Client, base string, since fetch.Validators) (*Site, error) {
	s := &Site{URL: base, client: client}
	var content []byte
	var err error
	content, s.since, err = client.Read(ctx, base+IndexPath, since)
	var status *fetch.StatusError
	if errors.As(err, &status) && status.Code == notFound {
		return nil, fmt.Errorf("%s publishes no datasets to start from; it lacks %s, which Tidemark writes since release 0.1.0", base, IndexPath)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, &s.Index); err != nil {
		return nil, fmt.Errorf("%s%s is not an index: %w", base, IndexPath, err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s%s: %w", base, IndexPath, err)
	}
	return s, nil
}

// check is an error unless the index can be used, and makes its texts safe to show.
func (s *Site) check() error {
	x := &s.Index
	if x.Version != indexVersion {
		return fmt.Errorf("the index has version %d (want %d): one of the two programs is too old", x.Version, indexVersion)
	}
	if len(x.Datasets) > maxDatasets {
		return fmt.Errorf("the index has %d datasets (want at most %d)", len(x.Datasets), maxDatasets)
	}
	known := map[string]bool{}
	for _, d := range x.Datasets {
		if known[d.Name] {
			return fmt.Errorf("the index has the dataset %q twice", d.Name)
		}
		known[d.Name] = true
	}
	x.Publisher = shown(x.Publisher)
	if x.Publisher == "" {
		x.Publisher = s.URL
	}
	if !spdx.MatchString(x.License) {
		x.License = ""
	}
	return nil
}

// published returns what the index says of a dataset. It has no partitions if the site publishes none.
func (s *Site) published(schema *table.Schema) (Dataset, error) {
	i := slices.IndexFunc(s.Index.Datasets, func(d Dataset) bool { return d.Name == schema.Name })
	if i < 0 || s.Index.Datasets[i].Partitions == 0 {
		return Dataset{}, nil
	}
	of := s.Index.Datasets[i]
	if of.Manifests.Bytes <= 0 || of.Manifests.Bytes > maxManifests || !isSHA256(of.Manifests.SHA256) {
		return of, fmt.Errorf("%s: the index says that its manifests have %d bytes and SHA-256 %q (want at most %d bytes)", schema.Name, of.Manifests.Bytes, of.Manifests.SHA256, maxManifests)
	}
	of.Left = max(of.Left, 0)
	return of, nil
}

// shown returns a foreign name as it may be shown.
func shown(name string) string {
	return legible.Line(strings.ToValidUTF8(strings.TrimSpace(name[:min(len(name), maxName)]), ""))
}

// unsafeInKnown is what the name that places are known by does not have.
var unsafeInKnown = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// known is what a name that places are known by looks like.
var known = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$`)

// knownByAddress returns the name that the places of a site are known by unless it is given: its address.
func knownByAddress(address string) string {
	_, name, _ := strings.Cut(address, "://")
	name = strings.Trim(unsafeInKnown.ReplaceAllString(name, "-"), "-.")
	return name[:min(len(name), 100)]
}
