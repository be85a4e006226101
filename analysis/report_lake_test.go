package analysis

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/analysis/report"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// What a report of 2024 reads beyond the lake's own partitions: tables at the ends of four years and a week before the last, and a
// month of updates of three years.
const (
	lakeYear         = 2024
	lakeUpdatedIPv4  = 200_000
	lakeUpdatedIPv6  = 50_000
	lakeUpdateDays   = 31
	lakeUpdatedYears = 3
)

// makeYears adds to the lake what the report of lakeYear reads, unless it is there.
func makeYears(b *testing.B, store *table.Store) {
	done := filepath.Join(store.Dir, "..", "years")
	if _, err := os.Stat(done); err == nil {
		return
	}
	end := time.Date(lakeYear+1, 1, 1, 0, 0, 0, 0, time.UTC)
	commit := func(name string, write func(into *table.Commit)) {
		into := store.Begin(table.Input{Name: "raw/" + name})
		write(into)
		if _, err := into.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	for n, at := range []time.Time{end.AddDate(-3, 0, 0), end.AddDate(-2, 0, 0), end.AddDate(-1, 0, 0), end.AddDate(0, 0, -7), end} {
		commit(fmt.Sprintf("end%d", n), func(into *table.Commit) { lakeDump(b, into, at, lakeDumps+n) })
	}
	for year := range lakeUpdatedYears {
		for day := range lakeUpdateDays {
			at := end.AddDate(-year, 0, -1-day)
			commit("updates"+at.Format(time.DateOnly), func(into *table.Commit) { lakeUpdates(b, into, at) })
		}
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		b.Fatal(err)
	}
}

func lakeUpdates(b *testing.B, into *table.Commit, day time.Time) {
	w, err := datasets.PrefixUpdates.Create(into, table.Key{Day: day, Name: "lake"})
	if err != nil {
		b.Fatal(err)
	}
	batch := make([]datasets.PrefixUpdate, 0, 4096)
	for i := range lakeUpdatedIPv4 + lakeUpdatedIPv6 {
		u := datasets.PrefixUpdate{Collector: "lake", Day: day, Family: 4, OriginASN: uint32(1 + i/13%60_000), Peers: lakePeers, Announcements: 30, Withdrawals: 2,
			First: lakePeers, Longer: 3, Shorter: 3, SameLength: 2, Attributes: 1, Duplicates: 1, Withdrawn: 2, Gap: 130, Events: 24, EventSeconds: 200, SingleEvents: 20}
		if i < lakeUpdatedIPv4 {
			u.Prefix = netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + i>>16), byte(i >> 8), byte(i)}), 24).String()
		} else {
			j := i - lakeUpdatedIPv4
			u.Family, u.Prefix = 6, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x2a, byte(j >> 16), byte(j >> 8), byte(j)}), 48).String()
		}
		if batch = append(batch, u); len(batch) == cap(batch) || i == lakeUpdatedIPv4+lakeUpdatedIPv6-1 {
			w.See(len(batch))
			w.Keep(len(batch))
			if err := w.Append(batch...); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
}

// BenchmarkReport makes the report of a year over the lake.
func BenchmarkReport(b *testing.B) {
	store := makeLake(b)
	makeYears(b, store)
	for range b.N {
		os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
		start := time.Now()
		r, err := report.Make(context.Background(), store, lakeYear)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/report")
		b.ReportMetric(peakMemory(b), "MB/report")
		for _, s := range r.Sections {
			if s.Slug == "turnover" && s.Years[0].Rows[0].Values[2] == nil {
				b.Fatal("the report knows nothing of the year")
			}
		}
	}
}
