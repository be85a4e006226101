package watch_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/analysis/watch"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/cli"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit/program"
	"tidemark/internal/testkit/tables"
)

// dump commits what ten full feeds of a collector show at a time: each route as prefix, origin and how many of them carry it.
func (w *world) dump(at time.Time, routes ...string) {
	w.t.Helper()
	key := table.Key{Day: at.Truncate(24 * hours), Name: "rrc00." + at.Format("1504")}
	into := w.store.Begin(table.Input{Name: "mrt/rrc00/" + at.Format("2006-01-02T15")})
	var rows []datasets.Route
	for _, text := range routes {
		r := datasets.Route{Collector: "rrc00", DumpTime: at, PathLengthMin: ptr[int64](2), PathLengthMax: ptr[int64](4)}
		var feeds int64
		if _, err := fmt.Sscan(text, &r.Prefix, &r.OriginASN, &feeds); err != nil {
			w.t.Fatal(err)
		}
		p := netip.MustParsePrefix(r.Prefix)
		r.Family, r.PrefixLength, r.Peers, r.PeerASes, r.FullFeedPeers = netaddr.Family(p.Addr()), uint32(p.Bits()), &feeds, &feeds, &feeds
		for i := range feeds {
			r.SeenBy = append(r.SeenBy, uint32(i))
		}
		rows = append(rows, r)
	}
	var peers []datasets.Peer
	for i := range 10 {
		peers = append(peers, datasets.Peer{Collector: "rrc00", DumpTime: at, PeerIndex: uint32(i), Address: fmt.Sprint("192.0.2.", i), ASN: uint32(100 + i), IPv4FullFeed: true, IPv6FullFeed: true})
	}
	tables.Write(w.t, into, datasets.Routes, key, rows...)
	tables.Write(w.t, into, datasets.Peers, key, peers...)
	if _, err := into.Commit(); err != nil {
		w.t.Fatal(err)
	}
}

// updates commits an update file of a collector, a line a message: minute after at(0), address, AS, and a prefix with its path or without.
func (w *world) updates(from time.Time, lines ...string) {
	w.t.Helper()
	var rows []datasets.Update
	for _, line := range lines {
		var minute int
		u := datasets.Update{Collector: "rrc00", Kind: "withdraw", SAFI: 1}
		if _, err := fmt.Sscan(line, &minute, &u.PeerAddress, &u.PeerASN, &u.Prefix); err != nil {
			w.t.Fatal(err)
		}
		u.Time = at(0).Add(time.Duration(minute) * time.Minute)
		if u.ASPath = strings.Join(strings.Fields(line)[4:], " "); u.ASPath != "" {
			u.Kind = "announce"
		}
		p := netip.MustParsePrefix(u.Prefix)
		u.Family, u.PrefixLength = netaddr.Family(p.Addr()), uint32(p.Bits())
		rows = append(rows, u)
	}
	tables.Commit(w.t, w.store, datasets.Updates, table.Key{Day: from.Truncate(24 * hours), Name: "rrc00.updates." + from.Format("1504")}, rows...)
}

// timeLine compares what tidemark prefix --since --until prints with the golden file of the test.
func (w *world) timeLine(prefix, since, until string, flags ...string) {
	w.t.Helper()
	out, errs, code := program.Run(w.t, cli.Main, append([]string{"prefix", prefix, "--since", since, "--until", until, "--data", filepath.Dir(w.store.Dir)}, flags...)...)
	if code != 0 || errs != "" {
		w.t.Errorf("prefix %s: %d\n%s", prefix, code, errs)
	}
	golden := filepath.Join("testdata", strings.Join(append([]string{w.t.Name(), strings.NewReplacer("/", "_", ":", "-").Replace(prefix)}, flags...), ".")+".golden")
	if *update {
		if err := os.WriteFile(golden, []byte(out), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != out {
		w.t.Errorf("prefix %s (%v) prints\n%s\nwant\n%s", prefix, err, out, want)
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// derive makes what rules are judged on from what was committed.
func (w *world) derive() {
	w.t.Helper()
	if _, err := derive.Run(w.t.Context(), w.store, []derive.Derivation{derive.RouteStates(derive.MinFullFeeds), derive.ROAChanges, derive.RouteMarks, derive.RouteEvents("")}); err != nil {
		w.t.Fatal(err)
	}
}

// payloads commits the ROA payloads of a day, each as prefix, maximum length and AS.
func (w *world) payloads(day time.Time, payloads ...string) {
	w.t.Helper()
	var rows []datasets.ROA
	for _, text := range payloads {
		r := datasets.ROA{FileDate: day, Family: 4, TrustAnchor: "ripe"}
		if _, err := fmt.Sscan(text, &r.Prefix, &r.MaxLength, &r.ASN); err != nil {
			w.t.Fatal(err)
		}
		r.PrefixLength = uint32(netip.MustParsePrefix(r.Prefix).Bits())
		rows = append(rows, r)
	}
	tables.Commit(w.t, w.store, datasets.ROAs, table.Key{Day: day, Name: "vrps"}, rows...)
}

// TestMistakenMaxLength: the holder publishes a ROA for the /16 alone while it announces a /20 inside, and corrects it the next day.
func TestMistakenMaxLength(t *testing.T) {
	w := newWorld(t)
	tables.Commit(t, w.store, datasets.AddressBlocks, table.Key{Day: at(0), Name: "iana-ipv4-space"},
		datasets.AddressBlock{RegistryDate: at(0), Registry: "iana-ipv4-space", Family: 4, Prefix: "193.0.0.0/8", PrefixLength: 8, Designation: "RIPE NCC", Status: "allocated"})
	for day, length := range []int{24, 16, 24} {
		w.payloads(at(24*day), fmt.Sprint("193.0.0.0/16 ", length, " 3333"))
		w.dump(at(24*day+8), "193.0.0.0/16 3333 10", "193.0.16.0/20 3333 9")
	}
	w.derive()
	w.want([]watch.Rule{{ASes: []uint32{3333}}},
		"roa-changed ROA 193.0.0.0/16-16 AS3333 warning 0<24..24<24",
		"rov-invalid 193.0.16.0/20 AS3333 critical 8<32..32<56",
		"roa-changed ROA 193.0.0.0/16-24 AS3333 warning 24<48..48<48")
	w.timeLine("193.0.16.0/20", "2020-01-01", "2020-01-03")
}

// TestAnycast: a second origin of a root server's prefix raises info only, and one of another prefix is critical.
func TestAnycast(t *testing.T) {
	w := newWorld(t)
	w.dump(at(0), "192.5.5.0/24 3557 10", "193.0.0.0/21 3333 10")
	w.dump(at(8), "192.5.5.0/24 3557 6", "192.5.5.0/24 30122 4", "193.0.0.0/21 3333 6", "193.0.0.0/21 30122 4")
	w.dump(at(16), "192.5.5.0/24 3557 10", "193.0.0.0/21 3333 10")
	w.derive()
	w.want([]watch.Rule{{Prefixes: []string{"192.5.5.0/24", "193.0.0.0/21"}, Kinds: []string{"new-origin", "lost-visibility", "more-specific"}}},
		"new-origin 192.5.5.0/24 AS30122 info 0<8..8<16",
		"new-origin 193.0.0.0/21 AS30122 critical 0<8..8<16")
	w.timeLine("192.5.5.0/24", "2020-01-01", "2020-01-01")
}

// TestAdvertisingBogons: a network announces shared address space (RFC 6598) for a while.
func TestAdvertisingBogons(t *testing.T) {
	w := newWorld(t)
	tables.Commit(t, w.store, datasets.SpecialPrefixes, table.Key{Day: at(0), Name: "iana-ipv4-special-registry"},
		datasets.SpecialPrefix{RegistryDate: at(0), Registry: "iana-ipv4-special-registry", Family: 4, Prefix: "100.64.0.0/10", Name: "Shared Address Space", GloballyReachable: "false"})
	w.dump(at(0), "193.0.0.0/21 3333 10")
	w.dump(at(8), "193.0.0.0/21 3333 10", "100.64.8.0/24 3333 5")
	w.dump(at(16), "193.0.0.0/21 3333 10", "100.64.8.0/24 3333 5")
	w.dump(at(24), "193.0.0.0/21 3333 10")
	w.derive()
	w.want([]watch.Rule{{ASes: []uint32{3333}}}, "new-bogon 100.64.8.0/24 AS3333 warning 0<8..16<24")
	w.timeLine("100.64.0.0/10", "2020-01-01", "2020-01-02")
}

// TestFullTableLeak follows the leak of 12 June 2015: AS4788 passed the table of its peers and providers on to AS3549, its provider, from
// 08:43 to 10:45 UTC. Each watched route is leaked once; a rule without leaked routes hears nothing.
func TestFullTableLeak(t *testing.T) {
	w := newWorld(t)
	const path = "100 3549 4788 3356 3333"
	for hour := 8; hour <= 11; hour++ {
		w.dump(at(hour), "193.0.0.0/21 3333 10", "193.1.0.0/21 3333 10", "193.2.0.0/21 3334 10")
		into := w.store.Begin(table.Input{Name: fmt.Sprint("leaks of ", hour)})
		key := table.Key{Day: at(0), Name: at(hour).Format("2006-01-02T15")}
		var leaks []datasets.RouteLeak
		if hour == 9 || hour == 10 {
			for _, prefix := range []string{"193.0.0.0/21", "193.1.0.0/21"} {
				leaks = append(leaks, datasets.RouteLeak{Time: at(hour), Family: 4, Prefix: prefix, OriginASN: 3333, LeakASN: 4788, Valley: "3549 (provider) < 4788 < 3356 (provider)", Paths: 1, Path: path, SeenBy: "rrc00/192.0.2.0/AS100"})
			}
		}
		tables.Write(t, into, datasets.RouteLeaks, key, leaks...)
		tables.Write[datasets.OTCState](t, into, datasets.OTCStates, key)
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	w.derive()
	w.want([]watch.Rule{{ASes: []uint32{3333}}, {ASes: []uint32{3334}}},
		"route-leak 193.0.0.0/21 AS3333 warning 8<9..10<11",
		"route-leak 193.1.0.0/21 AS3333 warning 8<9..10<11")
	found, err := watch.Find(t.Context(), w.store, []watch.Rule{{Name: "x", ASes: []uint32{3333}}})
	if err != nil || len(found.Alerts) == 0 || !strings.Contains(found.Alerts[0].Evidence[0].Text, "3549 (provider) < 4788 < 3356 (provider)") || !strings.Contains(found.Alerts[0].Evidence[0].Text, path) {
		t.Errorf("the evidence does not name the valley and the path: %+v, %v", found, err)
	}
	w.timeLine("193.0.0.0/21", "2020-01-01", "2020-01-01")
}

// TestOriginHijack follows the hijack of 24 April 2018: AS10297 announced /24s inside the prefixes of Amazon's name servers from 11:05 to 12:55
// UTC. One more has a forged path that ends in the holder's own AS: a rule of the AS alone takes it for the holder's.
func TestOriginHijack(t *testing.T) {
	w := newWorld(t)
	w.dump(at(0), "205.251.192.0/21 16509 10")
	w.dump(at(11), "205.251.192.0/21 16509 10", "205.251.193.0/24 10297 4", "205.251.195.0/24 16509 4")
	w.dump(at(13), "205.251.192.0/21 16509 10")
	w.derive()
	w.want([]watch.Rule{{Prefixes: []string{"205.251.192.0/21"}, Origins: []uint32{16509}}},
		"more-specific 205.251.193.0/24 AS10297 critical 0<11..11<13",
		"more-specific 205.251.195.0/24 AS16509 critical 0<11..11<13")
	w.want([]watch.Rule{{ASes: []uint32{16509}}}, "more-specific 205.251.193.0/24 AS10297 critical 0<11..11<13")
	w.updates(at(10), "665 192.0.2.1 101 205.251.193.0/24 101 6939 10297", "666 192.0.2.2 102 205.251.193.0/24 102 6939 6939 10297",
		"700 192.0.2.2 102 205.251.193.0/24 102 3356 10297", "771 192.0.2.2 102 205.251.193.0/24", "775 192.0.2.1 101 205.251.193.0/24")
	w.timeLine("205.251.192.0/21", "2020-01-01", "2020-01-01")
	w.timeLine("205.251.192.0/21", "2020-01-01", "2020-01-01", "--paths")
	w.timeLine("205.251.192.0/21", "2020-01-01", "2020-01-01", "--csv")
	w.timeLine("205.251.192.0/21", "2020-01-01", "2020-01-01", "--csv", "--paths")
	w.timeLine("205.251.192.0/21", "2020-01-01", "2020-01-01", "--paths", "--limit=1")
}
