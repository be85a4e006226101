package record

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/inflated"
)

// fiveMinutes returns the UPDATE messages that a collector of RIS received in five minutes, by peer.
func fiveMinutes(b *testing.B) map[mrt.Peer][][]byte {
	messages := map[mrt.Peer][][]byte{}
	content := inflated.Open(b, testkit.Data(b, "mrt/bgp-rs/updates.20190101.0000.gz"))
	for rec, err := range mrt.NewReader(content, "updates").Records() {
		if err != nil {
			b.Fatal(err)
		}
		if m, err := rec.ParseMessage(); err == nil && m.Kind == bgp.MessageUpdate && m.Form.ASSize == 4 && !m.Form.AddPath {
			messages[m.Peer] = append(messages[m.Peer], bgp.AppendMessage(nil, bgp.MessageUpdate, m.Body))
		}
	}
	return messages
}

// BenchmarkSession sends the messages of five minutes of a RIS collector, with all its peers, through one session, again and again. An
// operation is one message; each is counted when it arrives in the file.
func BenchmarkSession(b *testing.B) {
	var messages [][]byte
	for _, of := range fiveMinutes(b) {
		messages = append(messages, of...)
	}
	p := newPlace(b)
	s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
	o := p.options()
	o.Clock = nil
	r, err := Open(s, o)
	if err != nil {
		b.Fatal(err)
	}
	peer := talk(b, r, s, everything(64501, false))
	peer.send(keepalive)
	until(b, "a session", func() bool { return r.messages() == 2 })
	b.ResetTimer()
	var batch []byte
	size := 0
	for i := range b.N {
		batch = append(batch, messages[i%len(messages)]...)
		if len(batch) > 32<<10 || i == b.N-1 {
			peer.send(batch)
			size += len(batch)
			batch = batch[:0]
		}
	}
	until(b, "all messages", func() bool { return r.messages() == int64(b.N)+2 })
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	b.SetBytes(int64(size / b.N))
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(memory.HeapInuse)/1e6, "MB-heap")
	if err := r.stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, rec := range p.records("updates.") {
		if m, err := rec.ParseMessage(); err == nil && m.Kind == bgp.MessageUpdate {
			n++
		}
	}
	if n != b.N {
		b.Fatalf("%d messages are in the files, %d were sent", n, b.N)
	}
}

// BenchmarkDay sends a day of a full feed through a session: the messages of five minutes of the busiest peer of a RIS collector, 288 times.
// An operation is a day. The recorder's clock is that of the day, so that it makes 288 files and three table dumps, and
// brings them into the archive meanwhile; it moves on once the five minutes before are received. Each message is in the file of its five
// minutes, as it was sent and where it was sent.
func BenchmarkDay(b *testing.B) {
	messages := slices.MaxFunc(slices.Collect(maps.Values(fiveMinutes(b))), func(x, y [][]byte) int { return cmp.Compare(len(x), len(y)) })
	const intervals = 288
	for range b.N {
		p := newPlace(b)
		p.clock.Store(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).UnixMicro())
		s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
		s.listenAddrs = []netip.AddrPort{netip.MustParseAddrPort(testkit.FreeAddress(b))}
		r := p.open(s)
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		peer := connected(b, s.listenAddrs[0].String())
		began, peak := time.Now(), uint64(0)
		for i := range intervals {
			for batch := range slices.Chunk(messages, 256) {
				peer.send(slices.Concat(batch...))
			}
			until(b, "the messages of five minutes", func() bool { return r.messages() == int64((i+1)*len(messages))+2 })
			p.clock.Add(int64(5 * time.Minute / time.Microsecond))
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			peak = max(peak, memory.HeapInuse)
		}
		received := time.Since(began)
		cancel()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(intervals*len(messages)), "messages")
		b.ReportMetric(received.Seconds(), "s-received")
		b.ReportMetric(time.Since(began).Seconds(), "s-archived")
		b.ReportMetric(day.Seconds()/time.Since(began).Seconds(), "times-real")
		b.ReportMetric(float64(peak)/1e6, "MB-heap")
		checkDay(b, p, messages, intervals)
	}
}

// checkDay checks that each file of updates has the messages in their order, and that there are three table dumps.
func checkDay(b *testing.B, p *place, messages [][]byte, intervals int) {
	raws, err := p.files.List(kind)
	if err != nil {
		b.Fatal(err)
	}
	files, dumps := 0, 0
	for _, raw := range raws {
		if strings.HasPrefix(raw.Name, tablePrefix) {
			dumps++
			continue
		}
		n := updatesAsSent(b, raw, messages)
		if n == 0 && files == intervals { // of the moment at which the day was over
			continue
		}
		if n != len(messages) {
			b.Errorf("%s has %d messages, want %d", raw.Name, n, len(messages))
		}
		files++
	}
	if files != intervals || dumps != 3 {
		b.Errorf("%d files of updates and %d dumps", files, dumps)
	}
}

// updatesAsSent returns how many UPDATE messages of a file are those that were sent, from the first one on.
func updatesAsSent(b *testing.B, raw archive.Raw, messages [][]byte) (n int) {
	in, err := raw.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	for rec, err := range mrt.NewReader(in, raw.Name).Records() {
		if err != nil {
			b.Fatal(err)
		}
		m, err := rec.ParseMessage()
		if err != nil || m.StateChange || m.Kind != bgp.MessageUpdate {
			continue
		}
		if n == len(messages) || !bytes.Equal(m.Body, messages[n][messageHeader:]) {
			b.Fatalf("%s: message %d is another one", raw.Name, n+1)
		}
		n++
	}
	return n
}
