package record

import (
	"context"
	"runtime"
	"testing"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/inflated"
)

// BenchmarkSession sends the messages of five minutes of a RIS collector, with all its peers, through one session, again and again. An
// operation is one message; each is counted when it arrives in the file.
func BenchmarkSession(b *testing.B) {
	var messages [][]byte
	content := inflated.Open(b, testkit.Data(b, "mrt/bgp-rs/updates.20190101.0000.gz"))
	for rec, err := range mrt.NewReader(content, "updates").Records() {
		if err != nil {
			b.Fatal(err)
		}
		if m, err := rec.ParseMessage(); err == nil && m.Kind == bgp.MessageUpdate && m.Form.ASSize == 4 && !m.Form.AddPath {
			messages = append(messages, bgp.AppendMessage(nil, bgp.MessageUpdate, m.Body))
		}
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
