package analysis

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/analysis/report"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// growthRoutes is how many routes the small dumps of BenchmarkGrowth have, growthPeers of how many full feeds.
const (
	growthRoutes = 500
	growthPeers  = 6
)

// growthDerivations returns those that need no raw bytes.
func growthDerivations(histories string) []derive.Derivation {
	return []derive.Derivation{
		derive.RouteStates(derive.MinFullFeeds), derive.RouteCounts, derive.Countries, derive.IRRStats, derive.Aggregation, derive.DecoderNotes, derive.ROAChanges, derive.RouteMarks,
		derive.RouteEvents(histories),
	}
}

// growthRegistries commits the registries by which the dumps are judged: they stay the same.
func growthRegistries(b testing.TB, store *table.Store) {
	day := lakeEnd.AddDate(-12, 0, 0)
	tables.Commit(b, store, datasets.SpecialPrefixes, table.Key{Day: day, Name: "special"},
		datasets.SpecialPrefix{RegistryDate: day, Registry: "iana-ipv4-special", Family: 4, Prefix: "100.64.0.0/10", PrefixLength: 10, Name: "Shared Address Space", Reference: "[RFC6598]",
			AllocationDate: "2012-04", Source: "true", Destination: "true", Forwardable: "true"})
}

// growthDay commits what a day brings: the table of the dump, its peers and its statistics, and payloads.
func growthDay(b testing.TB, store *table.Store, n int) {
	at := lakeEnd.AddDate(0, 0, n)
	key := table.Key{Day: at, Name: "rib"}
	into := store.Begin(table.Input{Name: fmt.Sprintf("raw/dump%d", n)})
	defer into.Abort()
	var peers []datasets.Peer
	all := make([]uint32, growthPeers)
	for i := range all {
		p := lakePeer(i)
		p.Collector, p.DumpTime = "lake", at
		peers, all[i] = append(peers, p), uint32(i)
	}
	tables.Write(b, into, datasets.Peers, key, peers...)
	whole := int64(growthPeers)
	var routes []datasets.Route
	for i := range growthRoutes {
		r := datasets.Route{Collector: "lake", DumpTime: at, Family: 4, PrefixLength: 24, OriginASN: uint32(1 + i/5), Peers: &whole, PeerASes: &whole, FullFeedPeers: &whole, SeenBy: all}
		if i < growthRoutes*4/5 {
			r.Prefix = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, byte(60 + i>>6), byte(i), 0}), 24).String()
		} else {
			r.Family, r.PrefixLength, r.Prefix = 6, 48, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x2a, 1, 0, byte(i >> 8), 0, byte(i)}), 48).String()
		}
		if (i+n)%97 == 0 { // another origin than the day before
			r.OriginASN += 1000
		}
		routes = append(routes, r)
	}
	tables.Write(b, into, datasets.Routes, key, routes...)
	lakeStats(b, into, at, growthPeers, float64(n+4000)/4000)
	if _, err := into.Commit(); err != nil {
		b.Fatal(err)
	}
	tables.Commit(b, store, datasets.ROAs, table.Key{Day: at, Name: "roas"},
		datasets.ROA{FileDate: at, ASN: 1, Family: 4, Prefix: "100.64.0.0/16", PrefixLength: 16, MaxLength: 24, TrustAnchor: "ripencc"})
}

// cpuSeconds returns how much time of processors the process has used.
func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// BenchmarkGrowth analyses one new day in lakes of small dumps, a dump a day, of 1, 3 and 10 years.
func BenchmarkGrowth(b *testing.B) {
	for _, years := range []int{1, 3, 10} {
		b.Run(fmt.Sprintf("years=%d", years), func(b *testing.B) {
			dir := b.TempDir()
			if keep := os.Getenv("TIDEMARK_LAKE"); keep != "" {
				dir = filepath.Join(keep, fmt.Sprintf("growth-%d", years))
			}
			store := &table.Store{Dir: filepath.Join(dir, "datasets"), Program: "bench"}
			analyse := func() (derived, answered, reported float64) {
				start := cpuSeconds(b)
				store.LoadCatalogue(filepath.Join(dir, "index"), filepath.Join(dir, "catalogue"))
				if _, err := derive.Run(context.Background(), store, growthDerivations(filepath.Join(dir, "histories"))); err != nil {
					b.Fatal(err)
				}
				if _, err := derive.Run(context.Background(), store, derive.Compactions(datasets.All())); err != nil {
					b.Fatal(err)
				}
				between := cpuSeconds(b)
				if _, err := Run(context.Background(), store, filepath.Join(dir, "answers"), Questions(), Questions()); err != nil {
					b.Fatal(err)
				}
				after := cpuSeconds(b)
				if _, err := report.Update(context.Background(), store, filepath.Join(dir, "reports")); err != nil {
					b.Fatal(err)
				}
				if err := store.SaveCatalogue(); err != nil {
					b.Fatal(err)
				}
				return between - start, after - between, cpuSeconds(b) - after
			}
			days := 0
			if routes, err := store.Manifests(datasets.Routes.Schema); err != nil {
				b.Fatal(err)
			} else if days = len(routes); days == 0 {
				growthRegistries(b, store)
				for ; days < 365*years; days++ {
					growthDay(b, store, days-365*years)
				}
				analyse()
			}
			b.ResetTimer()
			for range b.N {
				growthDay(b, store, days-365*years)
				days++
				derived, answered, reported := analyse()
				b.ReportMetric(derived, "cpu-s/derive")
				b.ReportMetric(answered, "cpu-s/answers")
				b.ReportMetric(reported, "cpu-s/reports")
			}
		})
	}
}

// TestAnswersFromCompacted: answers and reports are the same, byte for byte, whether they are read from the partitions or from compacted ones, also when a
// partition of a closed period was made again, and one came late.
func TestAnswersFromCompacted(t *testing.T) {
	store, dir := tables.Store(t), t.TempDir()
	growthRegistries(t, store)
	answer := func(from string) {
		t.Helper()
		if made, err := Run(t.Context(), store, filepath.Join(dir, from), Questions(), Questions()); err != nil || len(made) == 0 {
			t.Fatalf("answers from %s: %v, %v", from, made, err)
		}
		if years, err := report.Update(t.Context(), store, filepath.Join(dir, "reports "+from)); err != nil || len(years) == 0 {
			t.Fatalf("reports from %s: %v, %v", from, years, err)
		}
	}
	for _, days := range [][]int{{-800, -799, -400, -399, -70, -69, -68, -40, -1, 0}, {-798, -400, 1}} {
		for _, n := range days {
			growthDay(t, store, n)
		}
		if _, err := derive.Run(t.Context(), store, growthDerivations(filepath.Join(dir, "histories"))); err != nil {
			t.Fatal(err)
		}
		answer("stale")
		for _, s := range datasets.All() {
			made, err := store.Manifests(s.Compacted())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range made {
				if err := store.Remove(m); err != nil {
					t.Fatal(err)
				}
			}
		}
		answer("partitions")
		if _, err := derive.Run(t.Context(), store, derive.Compactions(datasets.All())); err != nil {
			t.Fatal(err)
		}
		answer("compacted")
		for _, q := range Questions() {
			want, err := os.ReadFile(answerPath(filepath.Join(dir, "partitions"), q))
			if err != nil {
				t.Fatal(err)
			}
			for _, from := range []string{"stale", "compacted"} {
				if got, err := os.ReadFile(answerPath(filepath.Join(dir, from), q)); err != nil || string(got) != string(want) {
					t.Errorf("%s is another answer from %s partitions: %v", q.Slug, from, err)
				}
			}
		}
		sameReports(t, filepath.Join(dir, "reports partitions"), filepath.Join(dir, "reports stale"))
		sameReports(t, filepath.Join(dir, "reports partitions"), filepath.Join(dir, "reports compacted"))
	}
	if made, err := store.Manifests(datasets.TableStats.Compacted()); err != nil || len(made) < 2 {
		t.Errorf("compacted table_stats: %v, %v", made, err)
	}
}

// sameReports compares the reports in two folders.
func sameReports(t *testing.T, want, got string) {
	t.Helper()
	all, err := os.ReadDir(want)
	if err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	for _, f := range all {
		a, err := os.ReadFile(filepath.Join(want, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(got, f.Name())); err != nil || string(a) != string(b) {
			t.Errorf("%s differs in %s: %v", f.Name(), got, err)
		}
	}
}
