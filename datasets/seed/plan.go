package seed

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/internal/suggest"
)

// Want says what of a site is wanted. The zero Want wants all of it.
type Want struct {
	Datasets []string  // by name; none: all
	Since    time.Time // days of partitions, both included; zero: no bound
	Until    time.Time
	Known    string // name behind those of the site's places here; empty: as before, or else the address
	Own      string // address of this installation's own site; empty: unknown
	Now      time.Time
}

// Plan is what there is to fetch from a site.
type Plan struct {
	*Site
	Known    string // name behind those of the site's places here
	Datasets []DatasetPlan
	commits  [][]partition // each of partitions that were committed together, newest first
}

// DatasetPlan is what there is to fetch of a dataset.
type DatasetPlan struct {
	Name       string `json:"name"`
	Partitions int    `json:"partitions"` // to be fetched
	Bytes      int64  `json:"bytes"`      // of these
	First      string `json:"first,omitempty"`
	Last       string `json:"last,omitempty"`
	Present    int    `json:"present"`       // fetched before
	Own        int    `json:"own"`           // left out, as this installation made its own
	Left       int    `json:"left"`          // older ones that the site does not publish
	Why        string `json:"why,omitempty"` // nothing of the dataset is fetched; empty: it is
}

// partition is one to be fetched.
type partition struct {
	schema *table.Schema
	url    string
	bytes  int64
	sha256 string
	named  bool            // see table.Adoption
	as     *table.Manifest // as it will be here
}

// Total returns how many partitions and bytes there are to fetch.
func (p *Plan) Total() (partitions int, bytes int64) {
	for _, d := range p.Datasets {
		partitions, bytes = partitions+d.Partitions, bytes+d.Bytes
	}
	return partitions, bytes
}

// Plan reads what the site has of the wanted datasets and compares it with the store. Files of its own go to the folder.
func (s *Site) Plan(ctx context.Context, store *table.Store, w Want, folder string) (*Plan, error) {
	schemas, err := wanted(w.Datasets)
	if err != nil {
		return nil, err
	}
	if own, err := Address(w.Own); err == nil && own == s.URL {
		return nil, fmt.Errorf("%s is this installation's own site", s.URL)
	}
	names, err := knownPublishers(store)
	if err != nil {
		return nil, err
	}
	p := &Plan{Site: s}
	if p.Known, err = names.choose(s.URL, w.Known); err != nil {
		return nil, err
	}
	var all []partition
	commit := map[string]string{} // by published file, the first file of its commit
	for _, schema := range schemas {
		d, of, err := p.dataset(schema)
		if err == nil && d.Why == "" {
			var found []partition
			found, err = p.missing(ctx, store, schema, of, w, names, folder, d, commit)
			all = append(all, found...)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", schema.Name, err)
		}
		if d.Why == "" || len(w.Datasets) > 0 {
			p.Datasets = append(p.Datasets, *d)
		}
	}
	byCommit := map[string][]partition{}
	for _, one := range all {
		first := commit[one.url]
		byCommit[first] = append(byCommit[first], one)
	}
	p.commits = slices.SortedFunc(maps.Values(byCommit), func(a, b []partition) int {
		return cmp.Or(b[0].as.Day().Compare(a[0].as.Day()), cmp.Compare(a[0].url, b[0].url))
	})
	return p, nil
}

// wanted returns the datasets of those names, all where there is none.
func wanted(names []string) (schemas []*table.Schema, err error) {
	all := datasets.All()
	if len(names) == 0 {
		return all, nil
	}
	byName := map[string]*table.Schema{}
	var known []string
	for _, schema := range all {
		byName[schema.Name] = schema
		known = append(known, schema.Name)
	}
	for _, name := range names {
		schema := byName[name]
		if schema == nil {
			return nil, fmt.Errorf("no dataset is called %q%s", name, suggest.Near(name, known))
		}
		if !slices.Contains(schemas, schema) {
			schemas = append(schemas, schema)
		}
	}
	return schemas, nil
}

// dataset returns what the index says of a dataset, and why nothing of it is fetched, if that is so.
func (p *Plan) dataset(schema *table.Schema) (*DatasetPlan, Dataset, error) {
	d := &DatasetPlan{Name: schema.Name}
	of, err := p.published(schema)
	switch {
	case err != nil:
		return nil, of, err
	case of.Partitions == 0:
		d.Why = "the site publishes none"
	case schema.Derived && schema.HasPlaces():
		d.Why = "it is made here from the runs"
	case schema.Joined:
		d.Why = "it is made here from all that is here"
	case of.Schema != schema.Version:
		d.Why = fmt.Sprintf("the site has version %d of it, this program version %d", of.Schema, schema.Version)
	}
	d.Left = of.Left
	return d, of, nil
}

// missing returns the partitions of a dataset that are wanted and not here.
func (p *Plan) missing(ctx context.Context, store *table.Store, schema *table.Schema, of Dataset, w Want, names *publishers, folder string, d *DatasetPlan, commit map[string]string) (found []partition, err error) {
	met := map[string]bool{}
	err = p.manifests(ctx, schema, of.Manifests, folder, w.Now, func(m *table.Manifest) error {
		if day := m.Day(); !day.Equal(datasets.Timeless) && (day.Before(w.Since) || !w.Until.IsZero() && day.After(w.Until)) {
			return nil
		}
		one, why := p.adopt(schema, m, w, names)
		if met[one.as.File] {
			return fmt.Errorf("its manifests name %s twice, under another name too", m.File)
		}
		met[one.as.File] = true
		here, err := store.At(one.as.File)
		switch {
		case err != nil:
			return err
		case why != "" || here != nil && here.MeasuredBy == nil:
			d.Own++
			return nil
		case here != nil:
			d.Present++
			return nil
		}
		d.Partitions++
		d.Bytes += m.Bytes
		day := one.as.Day().Format(time.DateOnly)
		if d.First == "" {
			d.First = day
		}
		d.Last = day
		commit[one.url] = slices.Min(append(slices.Clone(m.Together), m.File))
		found = append(found, one)
		return nil
	})
	return found, err
}

// adopt returns a published partition as it will be here; why is not empty if it is left out.
func (p *Plan) adopt(schema *table.Schema, m *table.Manifest, w Want, names *publishers) (one partition, why string) {
	one = partition{schema: schema, url: p.URL + Folder + m.File, bytes: m.Bytes, sha256: m.SHA256}
	as := *m
	if m.MeasuredBy == nil {
		as.MeasuredBy = &table.Publisher{Name: p.Index.Publisher, URL: p.URL, License: p.Index.License, Known: p.Known, SHA256: m.SHA256, Fetched: w.Now.Format(time.DateOnly)}
		as.File = schema.AdoptedFile(m.File, p.Known)
	} else {
		by := *m.MeasuredBy
		one.named = true
		by.Through, by.Fetched = p.URL, w.Now.Format(time.DateOnly)
		as.MeasuredBy = &by
		if own, err := Address(w.Own); err == nil && own == by.URL {
			why = "it was measured here"
		} else if schema.HasPlaces() && !names.agree(by.URL, by.Known) {
			why = "its places are known by another name"
		}
	}
	one.as = &as
	return one, why
}

// publishers are those of the store's partitions, and the names that their places are known by.
type publishers struct {
	known map[string]string // by URL
	url   map[string]string // by name
}

// knownPublishers reads the publishers from the manifests of datasets that depend on the place.
func knownPublishers(store *table.Store) (*publishers, error) {
	p := &publishers{map[string]string{}, map[string]string{}}
	for _, schema := range datasets.All() {
		if !schema.HasPlaces() {
			continue
		}
		all, err := store.Manifests(schema)
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			if by := m.MeasuredBy; by != nil {
				p.known[by.URL], p.url[by.Known] = by.Known, by.URL
			}
		}
	}
	return p, nil
}

// agree reports whether the places of a publisher may be known by the name, and records that they are.
func (p *publishers) agree(url, name string) bool {
	if before, is := p.known[url]; is && before != name {
		return false
	}
	if other, is := p.url[name]; is && other != url {
		return false
	}
	p.known[url], p.url[name] = name, url
	return true
}

// choose returns the name that the places of a publisher are known by.
func (p *publishers) choose(url, name string) (string, error) {
	before := p.known[url]
	if name == "" {
		name = cmp.Or(before, knownByAddress(url))
	}
	switch {
	case !known.MatchString(name):
		return "", fmt.Errorf("%q cannot be the name behind those of places (want letters, digits, dots and hyphens); give one with --as", name)
	case before != "" && before != name:
		return "", fmt.Errorf("places of %s are known here as %s already; use that name", url, before)
	case !p.agree(url, name):
		return "", fmt.Errorf("places of %s are known as %s here; give another name with --as", p.url[name], name)
	}
	return name, nil
}

// part is a file that was fetched.
type part struct {
	fetch.File
	path string
}

// remove removes the file and what is remembered of its transfer.
func (p *part) remove() {
	os.Remove(p.path)
	p.RemoveNote()
}
