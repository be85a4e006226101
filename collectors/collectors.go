// Package collectors holds what it takes to turn a source into rows: the Collector with its halves, and the archive of
// raw bytes between them. Due and Fetch see the network and no rows; Decode sees bytes, no network and no clock.
package collectors

import (
	"context"
	"errors"
	"time"

	"tidemark/collectors/archive"
	"tidemark/datasets/table"
)

// Collector turns one kind of source into rows.
type Collector interface {
	// Kind names what it reads, as in the configuration and in `tidemark import KIND`.
	Kind() string
	// Due lists what the source should have brought by now and the archive has not, oldest first. It may read listings
	// over the network. What it cannot find out it says in the error and lists the rest.
	Due(ctx context.Context, from Source, now time.Time, keep *archive.Archive) ([]Item, error)
	// Fetch brings one item into the archive. It may be called for several items at once.
	Fetch(ctx context.Context, from Source, item Item, keep *archive.Archive) (Fetched, error)
	// Decode turns one raw file into partitions. An error means that nothing of it can be kept; damage that costs only
	// a part goes to into.Damage. It depends on nothing but raw.
	Decode(ctx context.Context, raw archive.Raw, into *table.Commit) error
}

// Item is one thing that a source should have brought: a file under a URL, or a probe run of a day.
type Item struct {
	Source    string    // name of the source
	Collector string    // route collector or registry; may be empty
	URL       string    // https://, http://, file:// with the whole path, or probe:NAME
	Name      string    // in the archive
	Day       time.Time // in the archive: given for the bytes; zero where they tell it themselves
	Time      time.Time // that the bytes speak of, as far as their name or the configuration tells; zero: not known
	Bytes     int64     // as the source tells; 0: not known
	Mirrors   []string  // the same elsewhere, asked where URL fails
	Listed    string    // how the source's listing shows it; empty: it was not found in one
	Newer     bool      // the URL is always the same: only something newer than what is kept is brought
}

// Collect brings all that is due. One item that fails does not keep the others from being brought; the errors come back
// joined.
func Collect(ctx context.Context, c Collector, from Source, now time.Time, keep *archive.Archive) (Fetched, error) {
	items, err := c.Due(ctx, from, now, keep)
	errs := []error{err}
	var all Fetched
	for _, item := range items {
		if err := ctx.Err(); err != nil {
			return all, err
		}
		done, err := c.Fetch(ctx, from, item, keep)
		all.New += done.New
		all.Unchanged += done.Unchanged
		all.Bytes += done.Bytes
		errs = append(errs, err)
	}
	return all, errors.Join(errs...)
}

// Source is one [[source]] of the configuration.
type Source struct {
	Name      string   // unique
	Kind      string   // of the collector that reads it
	Collector string   // route collector (rrc00) or registry (ripencc); part of the archive path
	URLs      []string // https://, http:// or file://, with {yyyy}, {mm}, {dd} where the day goes
	Date      string   // day that the bytes speak of, YYYY-MM-DD, where neither they nor their name tell

	Every Cadence   // how often something new is expected; of files whose names tell their time, which are wanted
	Since time.Time // files before are not wanted; zero: only what was missed since the archive has some

	Find Find // of kind mrt: dumps are found in an archive, and URLs has none

	Entries bool // of kind mrt: rib_entries is wanted too

	RFCs   []int    // watched, for sources of kind rfc-texts and datatracker
	Drafts []string // likewise
	Groups []string // likewise: working groups by their acronyms

	Base string // folder that relative file: URLs start from: that of the configuration file

	Probe Probe // for ipv6-probes and ipv6-vantage only
}

// Find says which dumps of an archive of route collectors are wanted. Of the table dumps it is the first of each period of
// the source's cadence.
type Find struct {
	Archive    string    // routeviews or ris; empty: none
	Base       []string  // instead of the archive's own address, without a slash at the end; the later ones are mirrors
	List       string    // instead of the address of the archive's list of collectors
	Collectors []string  // names, patterns of path.Match, or "all"
	Files      []string  // rib, updates; none: rib
	Until      time.Time // last day; zero: on and on
}

// Probe is what a source of kind ipv6-probes or ipv6-vantage adds. Rates are in tests a second: lookups, questions to name servers and
// connections; 0 stands for a default that is gentle.
type Probe struct {
	Domains  string   // file with a domain, or rank,domain, a line
	ListID   string   // of the list; empty: by the file's name
	ListDate string   // day of the list, YYYY-MM-DD; empty: by the file's name
	Ranked   bool     // a list without ranks is in their order
	Limit    int      // at most so many domains from the top of the list; 0: all
	Panel    int      // so many domains of each stratum of ranks, the same in each run; 0: none
	Sample   int      // so many domains of each stratum, drawn anew for each run; 0 with Panel 0: the whole list
	Seed     int64    // of the draws
	Resolver string   // address and port of a recursive resolver, or "sample" for the sample's own servers
	Controls []string // host:port pairs that are known to work over both families: the baseline

	Mail         bool   // connect to port 25 of mail exchangers, read the greeting, say QUIT
	Rate         int    // at most, of all
	AddressRate  int    // to an address
	PrefixRate   int    // to a /24 or a /48
	OperatorRate int    // to the name servers of an operator
	OptOut       string // file with the domains, addresses and prefixes to be left alone
	StopFile     string // while it is there no domain is begun
	VantageASN   uint32 // AS that the probe runs in
	Agent        string // how web servers are told who asks; empty: tidemark

	Advertisements bool // of kind ipv6-vantage: ask the routers of each link for their advertisements

	Progress func(done, all int) // is told how many domains are done; nil: nobody looks
}

// Fetched counts what a Fetch did.
type Fetched struct {
	New       int   // files that the archive did not have
	Unchanged int   // files of which the source had nothing newer, or the archive the same bytes
	Bytes     int64 // of the new files
}
