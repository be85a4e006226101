package derive

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/gaissmai/bart"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// blockFile holds IANA's blocks of addresses as one file of each family has them.
type blockFile struct {
	blocks bart.Table[datasets.AddressBlock]
	day    map[uint32]time.Time // of the file, by family
}

func (f *blockFile) read(store *table.Store, files []*table.Manifest) error {
	f.day = map[uint32]time.Time{}
	for row, err := range datasets.AddressBlocks.Scan(paths(store, files)...) {
		if err != nil {
			return err
		}
		f.day[row.Family] = row.RegistryDate
		if err := insert(&f.blocks, row.Prefix, row); err != nil {
			return err
		}
	}
	return nil
}

// blockLine is what a file says of a prefix.
type blockLine struct {
	at     netip.Prefix // the block that contains the prefix
	block  datasets.AddressBlock
	status string // allocated, reserved, unallocated; divided: it contains blocks; outside: no block of the file contains it
}

func (f *blockFile) find(prefix netip.Prefix) blockLine {
	at, block, found := f.blocks.LookupPrefixLPM(prefix)
	if !found {
		for range f.blocks.Subnets(prefix) {
			return blockLine{status: "divided"}
		}
		return blockLine{status: "outside"}
	}
	status := block.Status
	if status == "legacy" {
		status = "allocated"
	}
	return blockLine{at, block, status}
}

// isFree reports whether nobody holds any of the addresses.
func (l *blockLine) isFree() bool { return l.status != "allocated" && l.status != "divided" }

// text says what a file of a day has.
func (l *blockLine) text(verb string, day time.Time) string {
	if l.status == "outside" {
		return fmt.Sprintf("outside of what IANA %s assigned on %s [RFC4291]", verb, day.Format(time.DateOnly))
	}
	return fmt.Sprintf("IANA %s %s as %s on %s", verb, l.at, l.status, day.Format(time.DateOnly))
}

// registryOf returns the regional registry that delegates a prefix: by the delegation files, else by the block that IANA has
// allocated to it; empty if neither says.
func (b *bogons) registryOf(prefix netip.Prefix) string {
	if held := b.delegated.find(prefix); held != nil {
		if registry := registryIn(held.row.Registry); registry != "" {
			return registry
		}
	}
	if line := b.space.find(prefix); line.status == "allocated" {
		if registry := registryIn(line.block.Designation); registry != "" {
			return registry
		}
	}
	line := b.spaceLate.find(prefix)
	if since := month(line.block.Allocated); line.status == "allocated" && !since.IsZero() && !since.After(b.day) {
		return registryIn(line.block.Designation)
	}
	return ""
}
