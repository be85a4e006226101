package derive

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// hierarchy is a dump of three vantage points: 1, 2 and 3 peer at the top, 11, 12 and 13 are their customers, and the ASes from
// 21 on those of 11 to 13; 12 and 13 peer. AS 12 announces a prefix of which AS 22 announces a part.
const hierarchy = `
10.11.0.0/16 11
10.11.0.0/16 12 2 1 11
10.11.0.0/16 13 3 1 11
20.12.0.0/16 11 1 2 12
20.12.0.0/16 12
20.12.0.0/16 13 12
20.12.128.0/17 11 1 2 12 22
20.12.128.0/17 12 22
20.12.128.0/17 13 12 22
20.21.0.0/16 11 21
20.21.0.0/16 12 2 1 11 21
20.21.0.0/16 13 3 1 11 21
20.23.0.0/16 11 1 3 13 23
20.23.0.0/16 12 2 3 13 23
20.23.0.0/16 13 23
20.24.0.0/24 11 1 24 {65000,65001}
20.25.0.0/25 11 1 25`

// putHierarchy commits the routes of the hierarchy, and returns the entries of its dump.
func putHierarchy(t *testing.T, store *table.Store) (entries []PathEntry) {
	t.Helper()
	type origin struct {
		prefix netip.Prefix
		asn    uint32
	}
	vantages := []uint32{11, 12, 13}
	seenBy := map[origin][]uint32{}
	var order []origin
	for line := range strings.Lines(strings.TrimSpace(hierarchy)) {
		prefix, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		fields := strings.Fields(path)
		vantage, _ := strconv.Atoi(fields[0])
		asn, _ := strconv.Atoi(fields[len(fields)-1])
		o := origin{netip.MustParsePrefix(prefix), uint32(asn)}
		if seenBy[o] == nil {
			order = append(order, o)
		}
		seenBy[o] = append(seenBy[o], uint32(slices.Index(vantages, uint32(vantage))))
		entries = append(entries, PathEntry{Prefix: o.prefix, OriginASN: o.asn, PeerAddress: "192.0.2." + fields[0], PeerASN: uint32(vantage), Path: path})
	}
	put(t, store, on(2020), "a", func(into *table.Commit, key table.Key) error {
		var all []datasets.Route
		for _, o := range order {
			r := datasets.Route{Collector: "a", DumpTime: on(2020), Family: 4, Prefix: o.prefix.String(), PrefixLength: uint32(o.prefix.Bits()), OriginASN: o.asn,
				Peers: count(len(seenBy[o])), SeenBy: seenBy[o]}
			if o.prefix.Bits() > 24 {
				r.LeftOut = "too-long"
			}
			all = append(all, r)
		}
		if err := rows(datasets.Routes, into, key, all); err != nil {
			return err
		}
		var peers []datasets.Peer
		for i, asn := range vantages {
			peers = append(peers, datasets.Peer{Collector: "a", DumpTime: on(2020), PeerIndex: uint32(i), Address: fmt.Sprintf("192.0.2.%d", asn), ASN: asn, IPv4FullFeed: true})
		}
		return rows(datasets.Peers, into, key, peers)
	})
	return entries
}

func TestTopology(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	dumps := pathDumps{"raw/2020-01-01/a": putHierarchy(t, store)}
	derivations := []Derivation{RouteStates(MinFullFeeds), Topology(dumps, nil)}
	if _, err := Run(context.Background(), store, derivations); err != nil {
		t.Fatal(err)
	}
	links, err := store.Manifests(datasets.ASLinks.Schema)
	if err != nil || len(links) != 1 {
		t.Fatal(links, err)
	}
	if m := links[0]; m.Seen != 16 || m.Kept != 15 || m.Rejected["AS_SET or confederation in the path"] != 1 {
		t.Errorf("of %d paths %d are kept, rejected %v", m.Seen, m.Kept, m.Rejected)
	}
	got := map[string]string{}
	for l, err := range datasets.ASLinks.Scan(store.Path(links[0])) {
		if err != nil {
			t.Fatal(err)
		}
		got[fmt.Sprintf("%d-%d", l.ASNA, l.ASNB)] = fmt.Sprintf("%s, %d paths, %d of %d vantages", l.Relation, l.Paths, l.Vantages, l.Of)
	}
	want := map[string]string{
		"1-2": "peer, 4 paths, 2 of 3 vantages", "1-3": "peer, 3 paths, 2 of 3 vantages", "2-3": "peer, 1 paths, 1 of 3 vantages",
		"1-11": "provider, 7 paths, 3 of 3 vantages", "2-12": "provider, 5 paths, 2 of 3 vantages", "3-13": "provider, 4 paths, 3 of 3 vantages",
		"11-21": "provider, 3 paths, 3 of 3 vantages", "12-22": "provider, 3 paths, 3 of 3 vantages", "13-23": "provider, 3 paths, 3 of 3 vantages",
		"12-13": "peer, 2 paths, 1 of 3 vantages",
	}
	if !maps.Equal(got, want) {
		for _, l := range slices.Sorted(maps.Keys(got)) {
			t.Logf("%s: %s", l, got[l])
		}
		t.Errorf("links differ, want %v", want)
	}
	ases, err := store.Manifests(datasets.ASTopologies.Schema)
	if err != nil || len(ases) != 1 {
		t.Fatal(ases, err)
	}
	var standings []datasets.ASTopology
	for a, err := range datasets.ASTopologies.Scan(store.Path(ases[0])) {
		if err != nil {
			t.Fatal(err)
		}
		standings = append(standings, a)
	}
	if !slices.IsSortedFunc(standings, func(a, b datasets.ASTopology) int { return cmp.Compare(a.ASN, b.ASN) }) {
		t.Error("the ASes are not in order")
	}
	i := slices.IndexFunc(standings, func(a datasets.ASTopology) bool { return a.ASN == 12 })
	s := standings[i]
	if s.Providers != 1 || s.Customers != 1 || s.Peers != 1 || s.Clique || s.ConeASes != 2 || s.ConePrefixes != 2 || s.ConeAddresses != 1<<16 || s.FullFeeds != 3 {
		t.Errorf("AS12: %+v", s)
	}
	if s.Hegemony == nil || *s.Hegemony <= 0 || *s.Hegemony >= 1 {
		t.Errorf("hegemony of AS12: %v", s.Hegemony)
	}
	if changed, err := Run(context.Background(), store, derivations); changed != 0 || err != nil {
		t.Errorf("a second run makes %d partitions: %v", changed, err)
	}
}

// TestTopologyWithoutDump has no row where the archive has lost the dump, and says so.
func TestTopologyWithoutDump(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	putHierarchy(t, store)
	if _, err := Run(context.Background(), store, []Derivation{RouteStates(MinFullFeeds), Topology(pathDumps{}, nil)}); err != nil {
		t.Fatal(err)
	}
	links, err := store.Manifests(datasets.ASLinks.Schema)
	if err != nil || len(links) != 1 || links[0].Rows != 0 || links[0].Noted["dump no longer in the archive"] != 1 {
		t.Errorf("%+v, %v", links, err)
	}
}

// TestDependencies: the share of the median of three vantage points decides; two of them reach AS21 over AS1, and AS23 over AS3.
func TestDependencies(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	dumps := pathDumps{"raw/2020-01-01/a": putHierarchy(t, store)}
	if _, err := Run(context.Background(), store, []Derivation{RouteStates(MinFullFeeds), Topology(dumps, nil)}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range derivedRows(t, store, datasets.ASDependencies) {
		got = append(got, fmt.Sprintf("%d on %d: %.2f of %d", d.ASN, d.On, d.Hegemony, d.FullFeeds))
	}
	if want := []string{"21 on 1: 1.00 of 3", "21 on 11: 1.00 of 3", "22 on 12: 1.00 of 3", "23 on 3: 1.00 of 3", "23 on 13: 1.00 of 3"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
