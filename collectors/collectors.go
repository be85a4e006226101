// Package collectors defines what turns a source into rows: the Kind with its two halves, and between them the archive of
// raw bytes. Due and Fetch see the network but no rows; Decode sees bytes, but neither the network nor a clock.
package collectors

import (
	"context"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/collectors/archive"
	"tidemark/datasets/table"
)

// Kind turns one kind of source into rows.
type Kind interface {
	// Name is the kind's name in the configuration, in the archive and in `tidemark import KIND`.
	Name() string
	// Settings returns an empty struct for the keys that only sources of this kind have; nil if there are none.
	Settings() Settings
	// Cadence returns how often a source whose configuration does not say is expected to have something new.
	Cadence(from Source) Cadence
	// Due lists what the source should have published by now and the archive does not have, oldest first. It may read
	// listings over the network. What it cannot find out goes into the error; the items that it did find are still returned.
	Due(ctx context.Context, from Source, now time.Time, store *archive.Archive) ([]Item, error)
	// Fetch brings one item into the archive. It may be called for several items at once.
	Fetch(ctx context.Context, from Source, item Item, store *archive.Archive) (Fetched, error)
	// Decode turns one raw file into partitions. An error means that nothing of the file can be used; damage that costs only
	// a part of it is reported to into.Damage. The result depends on raw alone.
	Decode(ctx context.Context, raw archive.Raw, into *table.Commit) error
}

// A Kind that knows what its files look like has a method Form() Form, and FormOf returns it.

// Copies is a Kind whose files are copies of documents that never change: of several copies of one document, only the last in
// the order of the archive is decoded.
type Copies interface {
	// CopyOf returns the document that a raw file is a copy of; empty if its name does not tell.
	CopyOf(raw archive.Raw) string
}

// Bundles is a Kind with files so small that processes which share the decoding should be given several at once.
type Bundles interface {
	// BundleOf returns a name that the files of one collector which belong together have in common; empty: the file stands alone.
	BundleOf(raw archive.Raw) string
}

// Settings are the keys that only sources of one kind have: a pointer to a struct with toml tags.
type Settings interface {
	// Validate reports what is wrong with the settings of a source. It makes relative paths start from the source's Base.
	Validate(from Source) error
}

// Item is something that a source should have published: a file under a URL, or a probe run of a day.
type Item struct {
	Source    string    // name of the source
	Collector string    // route collector or registry; may be empty
	URL       string    // https://, http://, file:// with an absolute path, or probe:NAME
	Name      string    // in the archive
	Day       time.Time // in the archive: the day assigned to the bytes; zero if they state it themselves
	Time      time.Time // that the bytes describe, as far as their name or the configuration tells; zero: unknown
	Bytes     int64     // according to the source; 0: unknown
	Mirrors   []string  // the same file elsewhere, tried if URL fails
	Listed    string    // how the source's listing shows the file; empty if it was not found in a listing
	Newer     bool      // the URL never changes: only something newer than the archive's copy is fetched
	Entries   bool      // of an MRT file: rib_entries is wanted too
}

// Raw is the item's place in the archive.
func (i Item) Raw(from Source) archive.Raw {
	return archive.Raw{Source: from.Name, Kind: from.Kind, Collector: i.Collector, Name: i.Name, URL: i.URL, Day: i.Day, Listed: i.Listed, Entries: i.Entries}
}

// Source is one [[source]] of the configuration.
type Source struct {
	Name      string   // unique
	Kind      string   // name of the Kind that reads it
	Collector string   // route collector (rrc00) or registry (ripencc); part of the path in the archive
	URLs      []string // https://, http:// or file://, with {yyyy}, {mm}, {dd} for the day
	Mirrors   []string // of the one URL, tried in order if it fails; with the same placeholders
	Robots    string   // by whose permission robots.txt is not obeyed; empty: it is
	Date      string   // day that the bytes describe, YYYY-MM-DD, where neither they nor their name tell

	Every Cadence   // how often something new is expected; if names contain a time, which files are wanted
	Since time.Time // earlier files are not wanted; zero: only what was missed since the archive has any

	Settings Settings // the keys of the kind alone; nil if it has none

	Base    string  // folder that relative file: URLs start from: that of the configuration file
	Runtime Runtime // from outside the [[source]] table
}

// Through returns the archive with a client that may ask what the source may ask.
func (s Source) Through(a *archive.Archive) *archive.Archive {
	if s.Robots == "" || a.Client == nil {
		return a
	}
	permitted := *a
	permitted.Client = a.Client.Permitted()
	return &permitted
}

// Addresses returns the URLs that the source asks, its own or those that its settings stand for, and the mirrors of the latter.
func (s Source) Addresses() []string {
	if servers, is := s.Settings.(interface{ Listings() []string }); is {
		return append(slices.Clone(s.URLs), servers.Listings()...)
	}
	return s.URLs
}

// Paths returns the files and folders of this machine that the source reads: those of its file: URLs and of its settings. Of a
// pattern it is the folder that the pattern starts from, and what matches it now, which may be links that lead elsewhere.
func (s Source) Paths() (paths []string) {
	for _, address := range s.URLs {
		if pattern, is := strings.CutPrefix(address, "file:"); is {
			pattern, _ = s.filesOf(pattern)
			folder := filepath.Dir(pattern)
			for strings.ContainsAny(folder, `*?[\`) {
				folder = filepath.Dir(folder)
			}
			paths = append(paths, folder)
			matches, _ := filepath.Glob(pattern) // a malformed pattern is an error of the source
			for _, file := range matches {
				paths = append(paths, filepath.Dir(file), file)
			}
		}
	}
	if files, is := s.Settings.(interface{ Paths() []string }); is {
		paths = append(paths, files.Paths()...)
	}
	return paths
}

// Runtime is what a source is told by the program that runs it, and by the configuration outside its own table.
type Runtime struct {
	Contact   string                // mail address or URL for whoever is probed
	UserAgent string                // how servers are told who asks; empty: the kind's own default
	StopFile  string                // probes stop while this file exists, unless their settings name another
	Watch     Watch                 // documents to follow
	Progress  func(done, total int) // called as a probe run advances; may be nil
	Log       *slog.Logger          // set by the pipeline; nil: nothing is logged
	Form      Form                  // likewise: that of the kind's files

	// Origins reads the newest routing table at or before a day and returns a function that gives the AS that originates the route to an
	// address, or 0; it returns nil if there is no such table. It is set by the pipeline; nil: there are no tables.
	Origins func(day time.Time) (func(netip.Addr) uint32, error)
}

// Watch is the part of the watch list that decides what is fetched.
type Watch struct {
	RFCs   []int
	Drafts []string // names without the revision
	Groups []string // acronyms of working groups
}

// Estimate is what one run of a source that probes takes.
type Estimate struct {
	Domains       int     `json:"domains"`
	Tests         float64 `json:"tests"` // lookups, queries and connections, repeated ones too
	Connections   float64 `json:"connections"`
	Packets       float64 `json:"packets"` // of both directions, at least
	Bytes         float64 `json:"bytes"`   // of DNS answers and pages
	RatePerSecond int     `json:"tests_a_second"`
	Seconds       float64 `json:"seconds"`
	Measured      string  `json:"measured_by,omitempty"` // run that the figures of a domain are from; empty: they are assumed
}

// Fetched counts what a Fetch did.
type Fetched struct {
	New       int   // files that the archive did not have
	Unchanged int   // files for which the source had nothing newer, or the archive the same bytes
	Bytes     int64 // of the new files
}
