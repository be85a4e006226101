// Package collectors holds what it takes to turn a source into rows: the Collector with its two halves, and the archive
// of raw bytes between them. Fetch sees the network and no rows; Decode sees bytes, no network and no clock.
package collectors

import (
	"context"
	"time"

	"tidemark/datasets/table"
)

// Collector turns one kind of source into rows.
type Collector interface {
	// Kind names what it reads, as in the configuration and in `tidemark import KIND`.
	Kind() string
	// Fetch brings what the source has for a day, and the archive has not yet, into the archive.
	Fetch(ctx context.Context, from Source, day time.Time, keep *Archive) (Fetched, error)
	// Decode turns one raw file into partitions. An error means that nothing of it can be kept; damage that costs only
	// a part goes to into.Damage. It depends on nothing but raw.
	Decode(ctx context.Context, raw Raw, into *table.Commit) error
}

// Source is one [[source]] of the configuration.
type Source struct {
	Name      string   // unique
	Kind      string   // of the collector that reads it
	Collector string   // route collector (rrc00) or registry (ripencc); part of the archive path
	URLs      []string // https://, http:// or file://, with {yyyy}, {mm}, {dd} where the day goes
	Date      string   // day that the bytes speak of, YYYY-MM-DD, where neither they nor their name tell

	Entries bool // of kind mrt: rib_entries is wanted too

	RFCs   []int    // watched, for sources of kind rfc-texts and datatracker
	Drafts []string // likewise
	Groups []string // likewise: working groups by their acronyms

	Base string // folder that relative file: URLs start from: that of the configuration file

	Probe Probe // for ipv6-probes only
}

// Probe is what a source of kind ipv6-probes adds.
type Probe struct {
	Domains  string   // file with a domain, or rank,domain, a line
	Resolver string   // address and port of a recursive resolver, or "sample" for the sample's own servers
	Limit    int      // at most so many domains from the top of the list; 0: all
	Rate     int      // lookups and connections a second at most; 0: the default of 50
	Controls []string // host:port pairs that are known to work over both families: the baseline
}

// Fetched counts what a Fetch did.
type Fetched struct {
	New       int // files that the archive did not have
	Unchanged int // files that were there already
}
