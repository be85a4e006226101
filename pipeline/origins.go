package pipeline

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/gaissmai/bart"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

const (
	maxTableAge = 31 * 24 * time.Hour // of a routing table by which addresses are counted as an AS's
	maxTables   = 4                   // of a day that are read, if the first have one family only
)

// origin is the AS that originates a prefix, and how many peers say so.
type origin struct{ asn, peers uint32 }

var originColumns = []string{"prefix", "origin_asn", "peers", "left_out"}

// Origins reads the newest routing table at or before a day and returns a function that gives the AS that originates the longest prefix
// around an address, or 0. It returns nil if there is no table, or none is recent enough.
func (p *Pipeline) Origins(day time.Time) (func(netip.Addr) uint32, error) {
	all, err := p.store.Manifests(datasets.Routes.Schema)
	if err != nil {
		return nil, err
	}
	var newest []*table.Manifest
	for _, m := range all {
		switch at := m.Day(); {
		case at.After(day) || day.Sub(at) > maxTableAge:
		case len(newest) == 0 || at.After(newest[0].Day()):
			newest = []*table.Manifest{m}
		case at.Equal(newest[0].Day()):
			newest = append(newest, m)
		}
	}
	slices.SortFunc(newest, func(a, b *table.Manifest) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.File, b.File))
	})
	routes := new(bart.Table[origin])
	for _, m := range newest[:min(len(newest), maxTables)] {
		if routes.Size4() > 0 && routes.Size6() > 0 {
			break
		}
		if err := addOrigins(routes, p.store, m); err != nil {
			return nil, err
		}
	}
	if routes.Size() == 0 {
		return nil, nil
	}
	return func(a netip.Addr) uint32 {
		found, _ := routes.Lookup(a.Unmap().WithZone(""))
		return found.asn
	}, nil
}

// addOrigins adds the routes of a table; of several origins of a prefix that with the most peers counts, of several such the lowest AS.
func addOrigins(to *bart.Table[origin], store *table.Store, m *table.Manifest) error {
	for r, err := range datasets.Routes.ScanColumns(originColumns, store.Path(m)) {
		if err != nil {
			return err
		}
		if r.LeftOut != "" || r.OriginASN == 0 {
			continue
		}
		p, err := netip.ParsePrefix(r.Prefix)
		if err != nil {
			return fmt.Errorf("%s: %w", m.File, err)
		}
		one := origin{asn: r.OriginASN}
		if r.Peers != nil {
			one.peers = uint32(min(max(*r.Peers, 0), math.MaxUint32))
		}
		if before, known := to.Get(p); !known || cmp.Or(cmp.Compare(one.peers, before.peers), cmp.Compare(before.asn, one.asn)) > 0 {
			to.Insert(p, one)
		}
	}
	return nil
}
