package operator

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// put commits partitions of one source.
func put[A, B any](t *testing.T, store *table.Store, key table.Key, of *table.Dataset[A], rows []A, with *table.Dataset[B], more []B) {
	t.Helper()
	into := store.Begin(table.Input{Name: "raw/" + key.Name})
	fill(t, into, key, of, rows)
	if with != nil {
		fill(t, into, key, with, more)
	}
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
}

func fill[Row any](t *testing.T, into *table.Commit, key table.Key, of *table.Dataset[Row], rows []Row) {
	t.Helper()
	w, err := of.Create(into, key)
	if err != nil {
		t.Fatal(err)
	}
	w.Unit = "row"
	w.See(len(rows))
	w.Keep(len(rows))
	if err := w.Append(rows...); err != nil {
		t.Fatal(err)
	}
}

// TestLeakToACollector is the case of AS 32590: two blocks that no registry has handed out stand in one collector's dump,
// seen over the network's own session alone, while its real prefixes are seen by everybody. The verdict is
// self-feed-only, and the session is named.
func TestLeakToACollector(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	at := time.Date(2020, 1, 1, 0, 0, 5, 0, time.UTC)
	key := func(name string) table.Key { return table.Key{Day: at.Truncate(24 * time.Hour), Name: name} }
	route := func(collector, prefix string, seenBy ...uint32) datasets.Route {
		p := netip.MustParsePrefix(prefix)
		r := datasets.Route{Collector: collector, DumpTime: at, Family: 4, Prefix: prefix, PrefixLength: uint32(p.Bits()), OriginASN: 32590, Peers: uint32(len(seenBy)),
			PeerASes: uint32(len(seenBy)), FullFeedPeers: uint32(len(seenBy)), SeenBy: seenBy}
		return r
	}
	peers := func(collector string, asns ...uint32) (all []datasets.Peer) {
		for i, asn := range asns {
			all = append(all, datasets.Peer{Collector: collector, DumpTime: at, PeerIndex: uint32(i), Address: fmt.Sprintf("198.51.100.%d", i+1), ASN: asn, IPv4FullFeed: asn != 32590})
		}
		return all
	}
	leaked := []string{"155.133.226.0/24", "155.133.227.0/24"}
	a := []datasets.Route{route("rrc-a", "103.10.124.0/24", 0, 1, 2)}
	for _, p := range leaked {
		r := route("rrc-a", p, 2)
		r.FullFeedPeers, r.OriginPeers = 0, 1
		a = append(a, r)
	}
	put(t, store, key("rrc-a"), datasets.Routes, a, datasets.Peers, peers("rrc-a", 3356, 1299, 32590))
	put(t, store, key("rrc-b"), datasets.Routes, []datasets.Route{route("rrc-b", "103.10.124.0/24", 0, 1)}, datasets.Peers, peers("rrc-b", 174, 2914))
	put[datasets.Delegation, datasets.Delegation](t, store, key("delegated"), datasets.Delegations, []datasets.Delegation{
		{FileDate: at, Registry: "apnic", Country: "SG", Type: "ipv4", Start: "103.10.124.0", Value: 1024, Status: "allocated", OpaqueID: "h1"},
		{FileDate: at, Registry: "ripencc", Type: "ipv4", Start: "155.133.226.0", Value: 512, Status: "reserved"},
		{FileDate: at, Registry: "arin", Country: "US", Type: "asn", Start: "32590", Value: 1, Status: "assigned", OpaqueID: "h2"},
	}, nil, nil)
	put[datasets.SpecialPrefix, datasets.SpecialPrefix](t, store, key("special"), datasets.SpecialPrefixes, []datasets.SpecialPrefix{
		{RegistryDate: at, Registry: "iana-ipv4-special", Family: 4, Prefix: "10.0.0.0/8", PrefixLength: 8, Name: "Private-Use", Reference: "[RFC1918]", GloballyReachable: "false"},
	}, nil, nil)
	if _, err := derive.Run(context.Background(), store, []derive.Derivation{derive.RouteStates}); err != nil {
		t.Fatal(err)
	}
	view, err := Open(context.Background(), store, at.AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	for _, text := range leaked {
		s, err := view.Prefix(netip.MustParsePrefix(text), 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Routes) != 1 {
			t.Fatalf("%s: %d routes", text, len(s.Routes))
		}
		r := s.Routes[0]
		if r.Verdict != "self-feed-only" || r.SeenBy != "rrc-a/198.51.100.3/AS32590" || r.Bogon != "unallocated" || !strings.Contains(r.Reason, "reserved") || r.Visibility != 0 {
			t.Errorf("%s: %+v", text, r)
		}
		if len(s.ToDo()) == 0 || !strings.Contains(fmt.Sprint(s.ToDo()), "It is a bogon (unallocated)") {
			t.Errorf("%s: checks %v", text, s.Checks)
		}
	}
	whole, err := view.AS(32590)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(whole.Verdicts) != "map[global:1 self-feed-only:2]" || whole.Bogons != 2 || whole.Delegation != "arin US assigned h2" {
		t.Errorf("AS32590: %+v", whole)
	}
}
