package derive

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// BenchmarkRouteStatesHour judges the routes of an hour in which so many collectors wrote a dump, as they did the day before. Each dump has
// more than one row group, and a route has 20 peers. It reports the most memory that the process held.
func BenchmarkRouteStatesHour(b *testing.B) {
	for _, collectors := range []int{8, 35} {
		b.Run(fmt.Sprintf("%d+%d", collectors, collectors), func(b *testing.B) {
			store := &table.Store{Dir: b.TempDir()}
			hour := putDumps(b, store, collectors)
			dumps, err := tableDumps(store)
			if err != nil {
				b.Fatal(err)
			}
			hours := dumpHours(dumps)
			h := hours[len(hours)-1]
			if len(h.dumps) != collectors || len(h.before) != collectors || !h.hour.Equal(hour) {
				b.Fatalf("%d and %d dumps of %s", len(h.dumps), len(h.before), h.hour)
			}
			for b.Loop() {
				into := store.Begin()
				if err := routeStates(context.Background(), store, h, MinFullFeeds, into); err != nil {
					b.Fatal(err)
				}
				made, err := into.Commit()
				if err != nil {
					b.Fatal(err)
				}
				b.Logf("%d rows, %s", made[0].Rows, made[0].SHA256)
			}
			if peak := peakMemory(b); peak > 0 {
				b.ReportMetric(peak, "MB-peak")
			}
		})
	}
}

// peakMemory returns the most memory that the process held, in MB; 0 where the system does not say.
func peakMemory(tb testing.TB) (mb float64) {
	tb.Helper()
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kB int
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kB); err == nil {
			mb = float64(kB) * 1024 / 1e6
		}
	}
	return mb
}

// putDumps commits a dump of two days and puts it under the names of so many collectors. It returns the hour of the newest.
func putDumps(tb testing.TB, store *table.Store, collectors int) time.Time {
	tb.Helper()
	const routes, peers = 600_000, 20
	newest := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{newest.AddDate(0, 0, -1), newest} {
		key := table.Key{Day: at, Name: "pattern"}
		into := store.Begin()
		var feeds []datasets.Peer
		var seenBy []uint32
		for i := range uint32(peers) {
			feeds = append(feeds, datasets.Peer{Collector: "rrc00", DumpTime: at, PeerIndex: i, Address: fmt.Sprintf("192.0.2.%d", i), ASN: 64500 + i, IPv4Routes: routes, IPv4FullFeed: true})
			seenBy = append(seenBy, i)
		}
		rows := make([]datasets.Route, routes)
		n := int64(peers)
		for i := range rows {
			address := netip.AddrFrom4([4]byte{byte(16 + i>>16), byte(i >> 8), byte(i)})
			rows[i] = datasets.Route{Collector: "rrc00", DumpTime: at, Family: 4, Prefix: address.String() + "/24", PrefixLength: 24,
				OriginASN: 1000 + uint32(i*7919%70_000), Peers: &n, PeerASes: &n, FullFeedPeers: &n, SeenBy: seenBy[i%peers/2:]}
		}
		tables.Write(tb, into, datasets.Peers, key, feeds...)
		tables.Write(tb, into, datasets.Routes, key, rows...)
		made, err := into.Commit()
		if err != nil {
			tb.Fatal(err)
		}
		into.Abort()
		for i := range collectors {
			putCopies(tb, store, made, fmt.Sprintf("rrc%02d", i))
		}
		for _, m := range made {
			if err := store.Remove(m); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return newest
}

// putCopies puts the partitions of a dump into the store as those of another collector: the same files, with manifests of their own.
func putCopies(tb testing.TB, store *table.Store, of []*table.Manifest, collector string) {
	tb.Helper()
	file := func(m *table.Manifest) string { return strings.Replace(m.File, "pattern", collector, 1) }
	for i, pattern := range of {
		m := *pattern
		m.File, m.Together = file(pattern), []string{file(of[1-i])}
		m.Labels = map[string]string{"collector": collector, "dump_time": pattern.Labels["dump_time"]}
		if err := os.Link(store.Path(pattern).String(), store.Path(&m).String()); err != nil {
			tb.Fatal(err)
		}
		text, err := json.Marshal(m)
		if err != nil {
			tb.Fatal(err)
		}
		dir, base := filepath.Split(store.Path(&m).String())
		if err := os.WriteFile(filepath.Join(dir, "_"+strings.TrimSuffix(base, ".parquet")+".json"), text, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
}
