package analysis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// The lake of the benchmark: ten years of daily table_stats of one collector with 20 full feeds, and 30 dumps of routes.
const (
	lakeDays  = 3652
	lakeDumps = 30
	lakePeers = 20
	lakeIPv4  = 1_000_000
	lakeIPv6  = 220_000
)

var lakeEnd = time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)

func lakePeer(i int) datasets.Peer {
	return datasets.Peer{PeerIndex: uint32(i), Address: fmt.Sprintf("192.0.2.%d", i+1), ASN: uint32(3000 + i), IPv4FullFeed: true, IPv6FullFeed: true}
}

// makeLake writes the lake unless it exists: if TIDEMARK_LAKE is set, the lake remains there for the next time.
func makeLake(b *testing.B) *table.Store {
	dir := os.Getenv("TIDEMARK_LAKE")
	if dir == "" {
		dir = b.TempDir()
	}
	store := &table.Store{Dir: filepath.Join(dir, "datasets"), Program: "bench"}
	done := filepath.Join(dir, "whole")
	if _, err := os.Stat(done); err == nil {
		return store
	}
	for day := 0; day < lakeDays; day += 100 {
		into := store.Begin(table.Input{Name: fmt.Sprintf("raw/stats%d", day)})
		for n := day; n < min(day+100, lakeDays); n++ {
			lakeStats(b, into, lakeEnd.AddDate(0, 0, n-lakeDays+1), lakePeers, float64(n)/lakeDays)
		}
		if _, err := into.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	for n := range lakeDumps {
		into := store.Begin(table.Input{Name: fmt.Sprintf("raw/dump%d", n)})
		lakeDump(b, into, lakeEnd.AddDate(0, 0, n-lakeDumps+1), n)
		if _, err := into.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		b.Fatal(err)
	}
	return store
}

func lakeStats(b testing.TB, into *table.Commit, at time.Time, peers int, share float64) {
	w, err := datasets.TableStats.Create(into, table.Key{Day: at, Name: "rib"})
	if err != nil {
		b.Fatal(err)
	}
	var rows []datasets.TableStat
	for _, family := range []uint32{4, 6} {
		for v := -1; v < peers; v++ {
			row := datasets.TableStat{Collector: "lake", DumpTime: at, Source: "rib", Family: family}
			if v >= 0 {
				row.VantageAddress, row.VantageASN = lakePeer(v).Address, lakePeer(v).ASN
			}
			for i, m := range datasets.Metrics {
				row.Metric, row.Key, row.Value = m.Name, "", 1e6*(0.5+share/2)+float64(v)*1000+float64(i)
				keys := []string{""}
				switch m.Name {
				case "prefixes_by_length":
					keys = strings.Fields("8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24")
				case "left_out":
					keys = []string{"default-route", "too-long"}
				case "peers", "full_feed_peers":
					if v >= 0 {
						continue
					}
					row.Value = float64(peers)
				}
				for _, row.Key = range keys {
					rows = append(rows, row)
				}
			}
		}
	}
	w.See(len(rows))
	w.Keep(len(rows))
	if err := w.Append(rows...); err != nil {
		b.Fatal(err)
	}
}

func lakeDump(b *testing.B, into *table.Commit, at time.Time, n int) {
	key := table.Key{Day: at, Name: "rib"}
	peers, err := datasets.Peers.Create(into, key)
	if err != nil {
		b.Fatal(err)
	}
	for i := range lakePeers {
		p := lakePeer(i)
		p.Collector, p.DumpTime = "lake", at
		peers.See(1)
		peers.Keep(1)
		if err := peers.Append(p); err != nil {
			b.Fatal(err)
		}
	}
	routes, err := datasets.Routes.Create(into, key)
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(11, uint64(n)))
	all := make([]uint32, lakePeers)
	for i := range all {
		all[i] = uint32(i)
	}
	whole, two, six := int64(lakePeers), int64(2), int64(6)
	mean, sent := 4.0, 4.5
	batch := make([]datasets.Route, 0, 4096)
	for i := range lakeIPv4 + lakeIPv6 {
		r := datasets.Route{Collector: "lake", DumpTime: at, Family: 4, PrefixLength: 24, OriginASN: uint32(1 + i/13%60_000), Peers: &whole, PeerASes: &whole,
			FullFeedPeers: &whole, SeenBy: all, PathLengthMin: &two, PathLengthMax: &six, PathLengthMean: &mean, PathSentMean: &sent}
		if i < lakeIPv4 {
			r.Prefix = netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + i>>16), byte(i >> 8), byte(i)}), 24).String()
		} else {
			j := i - lakeIPv4
			r.Family, r.PrefixLength = 6, 48
			r.Prefix = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x2a, byte(j >> 16), byte(j >> 8), byte(j)}), 48).String()
		}
		switch random.IntN(500) {
		case 0: // another origin than the day before
			r.OriginASN = uint32(140_000 + random.IntN(1000))
		case 1:
			r.SeenBy, r.Peers, r.PeerASes, r.FullFeedPeers = all[:2], &two, &two, &two
		}
		if batch = append(batch, r); len(batch) == cap(batch) || i == lakeIPv4+lakeIPv6-1 {
			routes.See(len(batch))
			routes.Keep(len(batch))
			if err := routes.Append(batch...); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
}

// peakMemory returns the peak memory of the process since its counter was reset, in MB.
func peakMemory(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kb float64
			fmt.Sscan(rest, &kb)
			return kb / 1024
		}
	}
	return 0
}

// BenchmarkLake derives the datasets that the questions need from the lake, and answers every question.
func BenchmarkLake(b *testing.B) {
	store := makeLake(b)
	for range b.N {
		os.RemoveAll(filepath.Join(store.Dir, "route_states"))
		os.RemoveAll(filepath.Join(store.Dir, "aggregation"))
		os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
		start := time.Now()
		if _, err := derive.Run(context.Background(), store, []derive.Derivation{derive.RouteStates(derive.MinFullFeeds), derive.Aggregation}); err != nil {
			b.Fatal(err)
		}
		derived := time.Now()
		b.ReportMetric(derived.Sub(start).Seconds(), "s/derive")
		b.ReportMetric(peakMemory(b), "MB/derive")
		os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
		made, err := Run(context.Background(), store, b.TempDir(), Questions(), Questions())
		if err != nil || len(made) != len(Questions()) {
			b.Fatal(len(made), err)
		}
		b.ReportMetric(time.Since(derived).Seconds(), "s/questions")
		b.ReportMetric(peakMemory(b), "MB/questions")
	}
}
