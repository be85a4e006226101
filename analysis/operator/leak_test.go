package operator

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestLeakToACollector is the case of AS 32590: the dump of one collector has two blocks that no registry has handed out,
// seen only over the network's own session, while everybody sees its real prefixes. The verdict is self-feed-only, and the
// session is named.
func TestLeakToACollector(t *testing.T) {
	store := tables.Store(t)
	at := time.Date(2020, 1, 1, 0, 0, 5, 0, time.UTC)
	key := func(name string) table.Key { return table.Key{Day: at.Truncate(24 * time.Hour), Name: name} }
	route := func(collector, prefix string, seenBy ...uint32) datasets.Route {
		p := netip.MustParsePrefix(prefix)
		r := datasets.Route{Collector: collector, DumpTime: at, Family: 4, Prefix: prefix, PrefixLength: uint32(p.Bits()), OriginASN: 32590, Peers: number(len(seenBy)),
			PeerASes: number(len(seenBy)), FullFeedPeers: number(len(seenBy)), SeenBy: seenBy}
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
		r.FullFeedPeers, r.OriginPeers = number(0), number(1)
		a = append(a, r)
	}
	putDump := func(collector string, routes []datasets.Route, peers []datasets.Peer) {
		into := store.Begin(table.Input{Name: "raw/" + collector})
		defer into.Abort()
		tables.Write(t, into, datasets.Routes, key(collector), routes...)
		tables.Write(t, into, datasets.Peers, key(collector), peers...)
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	putDump("rrc-a", a, peers("rrc-a", 3356, 1299, 32590))
	putDump("rrc-b", []datasets.Route{route("rrc-b", "103.10.124.0/24", 0, 1, 2)}, peers("rrc-b", 174, 2914, 3257))
	tables.Commit(t, store, datasets.Delegations, key("delegated"),
		datasets.Delegation{FileDate: at, Registry: "apnic", Country: "SG", Type: "ipv4", Start: "103.10.124.0", Value: 1024, Status: "allocated", OpaqueID: "h1"},
		datasets.Delegation{FileDate: at, Registry: "ripencc", Type: "ipv4", Start: "155.133.226.0", Value: 512, Status: "reserved"},
		datasets.Delegation{FileDate: at, Registry: "arin", Country: "US", Type: "asn", Start: "32590", Value: 1, Status: "assigned", OpaqueID: "h2"})
	tables.Commit(t, store, datasets.SpecialPrefixes, key("special"), datasets.SpecialPrefix{
		RegistryDate: at, Registry: "iana-ipv4-special", Family: 4, Prefix: "10.0.0.0/8", PrefixLength: 8, Name: "Private-Use", Reference: "[RFC1918]", GloballyReachable: "false"})
	if _, err := derive.Run(t.Context(), store, []derive.Derivation{derive.RouteStates(derive.MinFullFeeds)}); err != nil {
		t.Fatal(err)
	}
	view := opened(t, store, at.AddDate(0, 1, 0))
	for _, text := range leaked {
		s, err := view.Prefix(t.Context(), netip.MustParsePrefix(text), 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Routes) != 1 {
			t.Fatalf("%s: %d routes, want 1", text, len(s.Routes))
		}
		r := s.Routes[0]
		if r.Verdict != "self-feed-only" {
			t.Errorf("%s: verdict %s, want self-feed-only", text, r.Verdict)
		}
		if r.SeenBy != "rrc-a/198.51.100.3/AS32590" {
			t.Errorf("%s: seen by %s, want the network's own session", text, r.SeenBy)
		}
		if r.Bogon != "unallocated" {
			t.Errorf("%s: bogon class %s, want unallocated", text, r.Bogon)
		}
		if !strings.Contains(r.Reason, "reserved") {
			t.Errorf("%s: reason %q does not name the reservation", text, r.Reason)
		}
		if r.Visibility == nil || *r.Visibility != 0 {
			t.Errorf("%s: visibility %v, want 0", text, r.Visibility)
		}
		if got := r.Reach(); got != "0 of 5 full feeds" {
			t.Errorf("%s: carried by %s", text, got)
		}
		if !slices.ContainsFunc(s.Checks, func(c Check) bool { return c.Item == itemBogon && c.State == stateToDo }) {
			t.Errorf("%s: checks %v do not object to the bogon", text, s.Checks)
		}
	}
	whole, err := view.AS(t.Context(), 32590)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(whole.Verdicts); got != "map[global:1 self-feed-only:2]" {
		t.Errorf("verdicts of AS32590: %s", got)
	}
	if whole.Bogons != 2 {
		t.Errorf("AS32590 has %d bogons, want 2", whole.Bogons)
	}
	if whole.Delegation != "arin US assigned h2 (file of "+at.Format(time.DateOnly)+")" {
		t.Errorf("AS32590 is delegated as %q", whole.Delegation)
	}
}

func number(n int) *int64 {
	v := int64(n)
	return &v
}
