package derive

import (
	"context"
	"fmt"
	"testing"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// TestFullFeeds: one full feed gives no verdict, also with many sessions; another minimum makes the partition anew; and of a table
// that names no peers nothing is 0.
func TestFullFeeds(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	put(t, store, on(2020), "few", func(into *table.Commit, key table.Key) error {
		route := datasets.Route{Collector: "few", DumpTime: on(2020), Family: 4, Prefix: "20.1.0.0/16", PrefixLength: 16, OriginASN: 3356, Peers: count(3), FullFeedPeers: count(3), SeenBy: []uint32{0, 1, 2}}
		if err := rows(datasets.Routes, into, key, []datasets.Route{route}); err != nil {
			return err
		}
		var all []datasets.Peer
		for i, asn := range []uint32{64, 64, 65} {
			all = append(all, datasets.Peer{Collector: "few", DumpTime: on(2020), PeerIndex: uint32(i), Address: fmt.Sprintf("192.0.2.%d", i), ASN: asn, IPv4FullFeed: true})
		}
		return rows(datasets.Peers, into, key, all)
	})
	put(t, store, on(2021), "nameless", func(into *table.Commit, key table.Key) error {
		return rows(datasets.Routes, into, key, []datasets.Route{{Collector: "pfx2as", DumpTime: on(2021), Family: 4, Prefix: "20.1.0.0/16", PrefixLength: 16, OriginASN: 3356}})
	})
	states := func(minFullFeeds, made int) (few, nameless datasets.RouteState) {
		t.Helper()
		changed, err := Run(context.Background(), store, []Derivation{RouteStates(minFullFeeds)})
		if err != nil {
			t.Fatal(err)
		}
		if changed != made {
			t.Errorf("with a minimum of %d, %d partitions are made, want %d", minFullFeeds, changed, made)
		}
		manifests, err := store.Manifests(datasets.RouteStates.Schema)
		if err != nil {
			t.Fatal(err)
		}
		var all []datasets.RouteState
		for row, err := range datasets.RouteStates.Scan(paths(store, manifests)...) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, row)
		}
		if len(all) != 2 {
			t.Fatalf("%d rows, want 2", len(all))
		}
		return all[0], all[1]
	}
	few, nameless := states(MinFullFeeds, 2)
	if few.Verdict != "unknown" || *few.FullFeedASes != 2 || *few.FullFeedTotal != 3 || *few.FullFeedPeers != 3 || *few.Visibility != 1 || *few.Peers != 3 || *few.PeerASes != 2 {
		t.Errorf("three full feeds of two ASes: %+v", few)
	}
	if n := nameless; n.Verdict != "unknown" || n.Peers != nil || n.PeerASes != nil || n.FullFeedPeers != nil || n.FullFeedTotal != nil || n.FullFeedASes != nil || n.Visibility != nil {
		t.Errorf("a table without peers has numbers: %+v", n)
	}
	states(MinFullFeeds, 0)
	if few, _ := states(2, 1); few.Verdict != "global" { // the table without peers does not depend on it
		t.Errorf("with a minimum of two the verdict is %s, want global", few.Verdict)
	}
}
