// Package lookup makes what a browser needs to answer for any AS, any prefix and any address without a server: the newest table of
// routes, cut into scripts of some tens of kilobytes. A page loads the index, which says where each script begins, and then the one or
// two that have the answer.
package lookup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Folder is where the scripts are in a site.
const Folder = "lookup/"

// IndexPath is the script that says where each of the others begins.
const IndexPath = Folder + "index.js"

// Format changes when the same partitions would make other scripts.
const Format = 2

const (
	minFeeds  = 5  // ASes with full feeds that make an hour worth more than a newer one
	mostHours = 24 // that are looked at for one
)

// Source is an hour with dumps, and what belongs to it.
type Source struct {
	Time time.Time // of the dumps

	store                                                 *table.Store
	states, links, names, aspas, blocks, delegations, all []*table.Manifest
	ranges                                                []registration
}

// Open returns the newest hour with full feeds of at least five ASes among the newest ones; where none has, the newest of all; nil where
// there is no table of routes.
func Open(store *table.Store) (*Source, error) {
	states, err := store.Manifests(datasets.RouteStates.Schema)
	if err != nil || len(states) == 0 {
		return nil, err
	}
	s := &Source{store: store}
	for i, m := range slices.Backward(states) {
		if len(states)-i > mostHours {
			break
		}
		at, enough, err := s.feeds(m)
		if err != nil {
			return nil, err
		}
		if !at.IsZero() && (enough || s.Time.IsZero()) {
			s.Time, s.states = at, []*table.Manifest{m}
		}
		if enough {
			break
		}
	}
	if s.Time.IsZero() {
		return nil, nil
	}
	for _, of := range []struct {
		schema *table.Schema
		choose func(*table.Manifest) bool // nil: those of the newest day of all
		into   *[]*table.Manifest
	}{
		{datasets.ASLinks.Schema, func(m *table.Manifest) bool {
			return m.Name() == s.states[0].Name() && m.Day().Equal(s.states[0].Day())
		}, &s.links},
		{datasets.ASPAs.Schema, func(m *table.Manifest) bool { return datasets.ASPAs.Holds("", m.Day(), s.Time.Truncate(24*time.Hour)) }, &s.aspas},
		{datasets.ASNames.Schema, nil, &s.names},
		{datasets.SpecialPrefixes.Schema, nil, &s.blocks},
	} {
		found, err := store.Manifests(of.schema)
		if err != nil {
			return nil, err
		}
		if of.choose != nil {
			found = slices.DeleteFunc(slices.Clone(found), func(m *table.Manifest) bool { return !of.choose(m) })
		}
		*of.into = newestDay(found)
	}
	if s.ranges, s.delegations, err = s.registrations(); err != nil {
		return nil, err
	}
	s.all = slices.Concat(s.states, s.links, s.names, s.delegations, s.aspas, s.blocks)
	return s, nil
}

// newestDay returns the partitions of the newest day.
func newestDay(all []*table.Manifest) []*table.Manifest {
	return slices.DeleteFunc(slices.Clone(all), func(m *table.Manifest) bool { return !m.Day().Equal(all[len(all)-1].Day()) })
}

// feeds returns the time of an hour's routes, and reports whether there are full feeds of enough ASes. All routes of a family say the same.
func (s *Source) feeds(m *table.Manifest) (at time.Time, enough bool, err error) {
	for row, err := range datasets.RouteStates.ScanColumns([]string{"time", "full_feed_ases"}, s.store.Path(m)) {
		if err != nil {
			return at, false, err
		}
		return row.Time, row.FullFeedASes != nil && *row.FullFeedASes >= minFeeds, nil
	}
	return at, false, nil
}

// From returns the partitions that the scripts are made of.
func (s *Source) From() []*table.Manifest { return s.all }

// Version returns what tells the scripts of other partitions, or of another form, from these.
func (s *Source) Version() string {
	sum := sha256.New()
	fmt.Fprintln(sum, Format)
	for _, m := range s.all {
		fmt.Fprintln(sum, m.File, m.SHA256)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// paths returns the paths of partitions.
func (s *Source) paths(all []*table.Manifest) (paths []table.Path) {
	for _, m := range all {
		paths = append(paths, s.store.Path(m))
	}
	return paths
}

// Index says where each script begins, and of which day and coverage the figures are.
type Index struct {
	Time     string           `json:"time"`
	Families map[string]Basis `json:"families"` // by 4 and 6
	Links    string           `json:"links"`    // hour of the paths that show neighbours; empty: none is at hand
	Names    string           `json:"names"`    // day of the list of names; empty: none
	ASPAs    string           `json:"aspas"`    // day; empty: none of the time is at hand
	ASes     []string         `json:"ases"`     // first key of each script
	Prefixes []string         `json:"prefixes"`
	Blocks   []block          `json:"blocks"`
	Numbers  []numbers        `json:"numbers"`

	Words   []string `json:"words"`   // first word of each script of names
	Version string   `json:"version"` // of what the scripts are made of: addresses end in it
}

// numbers are AS numbers that no public route should have.
type numbers struct {
	First uint32 `json:"first"`
	Last  uint32 `json:"last"`
	What  string `json:"what"`
}

// Basis is what the states of a family's routes rest on. Days are comma-separated.
type Basis struct {
	Routes     int64  `json:"routes"`
	Prefixes   int64  `json:"prefixes"`
	FullFeeds  *int64 `json:"full_feeds"`     // nil: no table names its peers
	FeedASes   *int64 `json:"full_feed_ases"` // likewise
	Vantages   int64  `json:"vantages"`       // ASes whose paths show the links; 0: none
	Payloads   string `json:"payloads"`       // days of the ROA payloads; empty: none
	Anchors    string `json:"anchors"`
	Registries string `json:"registries"` // days of the registries of addresses
	Special    string `json:"special"`
	UnknownROV int64  `json:"unknown_rov"` // routes
}

// Write makes all scripts, and returns their index.
func (s *Source) Write(add func(name string, content []byte) error) (*Index, error) {
	table, err := s.read()
	if err != nil {
		return nil, fmt.Errorf("reading the routes: %w", err)
	}
	index := &Index{Version: s.Version(), Time: s.Time.UTC().Format(time.RFC3339), Families: table.families}
	for _, r := range datasets.SpecialASNs {
		index.Numbers = append(index.Numbers, numbers{r.First, r.Last, r.What})
	}
	if index.Blocks, err = s.blocksIn(s.blocks); err != nil {
		return nil, err
	}
	names, err := s.namesIn(s.names)
	if err != nil {
		return nil, err
	}
	index.Names, index.ASPAs = dayOf(s.names), dayOf(s.aspas)
	if index.Prefixes, err = table.writePrefixes(names, add); err != nil {
		return nil, err
	}
	links, err := s.readLinks(table.families)
	if err != nil {
		return nil, fmt.Errorf("reading the links of ASes: %w", err)
	}
	if len(s.links) > 0 {
		index.Links = index.Time
	}
	providers, err := s.providersIn(s.aspas)
	if err != nil {
		return nil, err
	}
	var known []Title
	if index.ASes, known, err = writeASes(table, links, names, s.ranges, providers, add); err != nil {
		return nil, err
	}
	if index.Words, err = WriteWords(Folder+"names/", known, add); err != nil {
		return nil, err
	}
	content, err := json.Marshal(index)
	if err != nil {
		return nil, err
	}
	return index, add(IndexPath, fmt.Appendf(nil, "window.lookupIndex = %s;\n", content))
}

// dayOf returns the day of partitions of one day; "" of none.
func dayOf(all []*table.Manifest) string {
	if len(all) == 0 {
		return ""
	}
	return all[0].Day().Format(time.DateOnly)
}
