package derive

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/analysis/incident"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// BenchmarkRouteEvents joins two million marks of 500 days to events. One in two begins an event, and most of these end a few days later.
func BenchmarkRouteEvents(b *testing.B) {
	store := &table.Store{Dir: b.TempDir()}
	hours := putMarks(b, store, 500, 4000)
	for b.Loop() {
		var peak atomic.Uint64
		done := make(chan bool)
		go func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(20 * time.Millisecond):
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					peak.Store(max(peak.Load(), m.HeapInuse))
				}
			}
		}()
		key := table.Key{Day: hours[len(hours)-1].Time, Name: "events"}
		into := store.Begin()
		if err := (&eventsJob{store: store, hours: hours, key: key}).run(context.Background(), into); err != nil {
			b.Fatal(err)
		}
		made, err := into.Commit()
		if err != nil {
			b.Fatal(err)
		}
		close(done)
		b.ReportMetric(float64(peak.Load())/1e6, "peak-MB")
		content, err := os.ReadFile(store.Path(made[0]).String())
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("%d events, %x", made[0].Rows, sha256.Sum256(content))
	}
}

// putMarks commits the marks of a number of days, and returns their hours.
func putMarks(tb testing.TB, store *table.Store, days, marks int) (hours []markedHour) {
	tb.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var open []datasets.RouteMark
	var before time.Time
	for d := range days {
		now := on(2020).AddDate(0, 0, d)
		var all []datasets.RouteMark
		for range marks {
			var m datasets.RouteMark
			n := len(open)
			switch {
			case n > marks && random.IntN(2) == 0:
				i := random.IntN(n)
				m = open[i]
				m.Edge, m.Detail, m.SeenBy, m.Path, m.Others, m.Innocent = string(incident.Ends), "", "", "", "", nil
				open[i] = open[n-1]
				open = open[:n-1]
			default:
				family, feeds, of := int64(4), int64(random.IntN(20)), int64(20)
				number := random.IntN(400_000)
				m = datasets.RouteMark{Kind: incident.States[random.IntN(4)], Edge: string(incident.Begins), Family: &family,
					Prefix: fmt.Sprintf("%d.%d.%d.0/24", 1+number>>16, number>>8&255, number&255), OriginASN: uint32(64500 + number%70_000),
					FullFeedPeers: &feeds, FullFeedTotal: &of, FullFeedASes: &of, Detail: fmt.Sprintf("invalid-asn: AS%d by payload %d", number%70_000, number),
					Others: fmt.Sprint(number % 1000),
					SeenBy: fmt.Sprintf("rrc00/192.0.2.%d/AS%d,rrc01/192.0.2.%d/AS%d", number%250, number%5000, number%249, number%4999), Path: fmt.Sprintf("%d %d %d", number%5000, number%999, number%70_000)}
				open = append(open, m)
			}
			m.Time = now
			if d > 0 {
				m.Before = &before
			}
			all = append(all, m)
		}
		key := table.Key{Day: now, Name: "hour"}
		into := store.Begin()
		if err := rows(datasets.RouteMarks, into, key, all); err != nil {
			tb.Fatal(err)
		}
		made, err := into.Commit()
		if err != nil {
			tb.Fatal(err)
		}
		hours = append(hours, markedHour{incident.Hour{Time: now, Before: before, Series: "a"}, made[0]})
		before = now
	}
	return hours
}
