package rislive

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tidemark/internal/testkit"
)

// BenchmarkDelay replays what a full feed sent in its busiest minute, at the times at which it sent it, and measures how long each message
// takes from before the server's write to the function that it is delivered to.
func BenchmarkDelay(b *testing.B) {
	r := record(b, testkit.Data(b, "mrt/bgpdump/test_data/updates.et-header.2015.gz"), 1<<20)
	var delays []time.Duration
	for b.Loop() {
		sent := make([]time.Time, len(r.frames))
		url := serve(b, func(ctx context.Context, conn *websocket.Conn) {
			conn.Read(ctx)
			began := time.Now()
			for i, text := range r.frames {
				time.Sleep(r.at[i].Sub(r.at[0]) - time.Since(began))
				sent[i] = time.Now()
				send(ctx, conn, text)
			}
			conn.Read(ctx)
		})
		c, said := client(b, url, quick)
		n := 0
		err := c.Listen(b.Context(), func(Message) error {
			delays = append(delays, time.Since(sent[n]))
			if n++; n == len(sent) {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			b.Fatalf("%v after %d messages of %d; reported: %s", err, n, len(sent), said.all())
		}
	}
	slices.Sort(delays)
	micros := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
	b.ReportMetric(micros(delays[len(delays)/2]), "µs-median")
	b.ReportMetric(micros(delays[len(delays)*99/100]), "µs-99%")
	b.ReportMetric(micros(delays[len(delays)-1]), "µs-worst")
	b.ReportMetric(float64(len(r.frames))/r.at[len(r.at)-1].Sub(r.at[0]).Seconds(), "messages/s")
}
