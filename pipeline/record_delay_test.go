package pipeline_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/analysis/watch"
	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/collectors/record"
	"tidemark/collectors/routes"
	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/inflated"
	"tidemark/pipeline"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
)

// announcement returns an UPDATE that announces an IPv4 prefix with a path.
func announcement(prefix netip.Prefix, path ...uint32) []byte {
	attributes := []byte{0x40, 1, 1, 0, 0x40, 3, 4, 192, 0, 2, 1, 0x40, 2, byte(2 + 4*len(path)), 2, byte(len(path))}
	for _, asn := range path {
		attributes = binary.BigEndian.AppendUint32(attributes, asn)
	}
	body := binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(len(attributes)))
	body = append(append(body, attributes...), byte(prefix.Bits()))
	return bgp.AppendMessage(nil, bgp.MessageUpdate, append(body, prefix.Addr().AsSlice()[:(prefix.Bits()+7)/8]...))
}

// busy returns the UPDATE messages of five minutes of a collector of RIS with all its peers, which are more than a minute of any one.
func busy(b *testing.B) (all []byte, messages int) {
	content := inflated.Open(b, testkit.Data(b, "mrt/bgp-rs/updates.20190101.0000.gz"))
	for rec, err := range mrt.NewReader(content, "updates").Records() {
		if err != nil {
			b.Fatal(err)
		}
		if m, err := rec.ParseMessage(); err == nil && m.Kind == bgp.MessageUpdate && m.Form.ASSize == 4 && !m.Form.AddPath {
			all = append(all, bgp.AppendMessage(nil, bgp.MessageUpdate, m.Body)...)
			messages++
		}
	}
	return all, messages
}

// watching is a recorder with a peer, and rules for what that announces.
type watching struct {
	p     *pipeline.Pipeline
	conn  net.Conn
	told  chan string  // what the webhook is sent
	ahead atomic.Int64 // of the time of day
}

func (w *watching) clock() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// passTo sets the clock to the next time that is a multiple of a duration, as if nothing happened until then.
func (w *watching) passTo(step time.Duration) {
	now := w.clock()
	w.ahead.Add(int64(now.Truncate(step).Add(step).Sub(now)))
}

// watchRecorder starts a recorder with files of five minutes and a peer that has a number of routes. It returns when a run has decoded its first dump.
func watchRecorder(tb testing.TB, routeCount int) *watching {
	w := &watching{told: make(chan string, 64)}
	noc := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.told <- string(text)
	}))
	tb.Cleanup(noc.Close)
	ours := alert.Watch{Rule: watch.Rule{Name: "ours", Prefixes: []string{"203.0.113.0/24"}, Origins: []uint32{64496}, Kinds: []string{"origin-violates-rule"}}, Tell: []string{"noc"}}
	if err := ours.Check(); err != nil {
		tb.Fatal(err)
	}
	var err error
	w.p, err = pipeline.Open(pipeline.Options{
		Dir: tb.TempDir(), Kinds: []collectors.Kind{routes.MRT{}}, Clock: w.clock,
		Derivations: func(*archive.Archive) []derive.Derivation {
			return []derive.Derivation{derive.RouteStates(1), derive.WatchedUpdates(watch.Prefixes([]watch.Rule{ours.Rule})), derive.RouteEvents("")}
		},
		Sinks:   map[string]sink.Settings{"noc": {Kind: "webhook", URL: sink.Secret(noc.URL), Timeout: "10s"}},
		Watches: []alert.Watch{ours},
	})
	if err != nil {
		tb.Fatal(err)
	}
	conn, stop := feed(tb, w.p, routeCount)
	w.conn = conn
	tb.Cleanup(stop)
	time.Sleep(3 * time.Second) // until all is received
	w.passTo(8 * time.Hour)
	until(tb, "a table dump", func() bool {
		w.run(tb)
		return w.dumps(tb) > 0
	})
	return w
}

// run runs once; not if the recorder is bringing a file into the archive.
func (w *watching) run(tb testing.TB) {
	session, ctx, err := w.p.Begin(tb.Context())
	if errors.Is(err, pipeline.ErrLocked) {
		return
	} else if err != nil {
		tb.Fatal(err)
	}
	_, err = session.Run(ctx)
	_, endErr := session.End(ctx)
	if err := errors.Join(err, endErr); err != nil {
		tb.Fatal(err)
	}
}

// dumps returns how many table dumps were decoded.
func (w *watching) dumps(tb testing.TB) int {
	all, err := w.p.Store().Manifests(datasets.Routes.Schema)
	if err != nil {
		tb.Fatal(err)
	}
	return len(all)
}

// announce sends messages and, after them, a hijack of the watched prefix.
func (w *watching) announce(tb testing.TB, messages []byte, hijacker uint32) {
	if _, err := w.conn.Write(append(slices.Clone(messages), announcement(netip.MustParsePrefix("203.0.113.0/24"), 64501, hijacker)...)); err != nil {
		tb.Fatal(err)
	}
	time.Sleep(3 * time.Second) // until all is received
}

// feedRoutes is how many routes the peer holds before anything happens.
const feedRoutes = 200_000

// BenchmarkAlertDelay measures the delay from the end of an interval of five minutes to the alert at a webhook, for a hijack that came over
// BGP among the messages of a busy minute right before it. No table is dumped. A run begins as soon as the update file is in the archive. What is not in the
// figures: the wait for the end of the interval, which is [record] rotate at most, and for the run.
func BenchmarkAlertDelay(b *testing.B) {
	w := watchRecorder(b, feedRoutes)
	minute, messages := busy(b)
	var delays []time.Duration
	for i := range b.N {
		hijacker := uint32(65000 + i%500)
		w.announce(b, minute, hijacker)
		w.passTo(5 * time.Minute)
		delays = append(delays, w.delayOf(b, fmt.Sprintf("AS%d", hijacker), time.Now()))
	}
	slices.Sort(delays)
	b.ReportMetric(delays[len(delays)/2].Seconds(), "s-median")
	b.ReportMetric(delays[len(delays)-1].Seconds(), "s-worst")
	b.ReportMetric(float64(messages), "messages-before")
}

// TestAlertAfterRotation: a hijack is told of after the update file that has it, and its end after that which has the end; no table is dumped meanwhile.
func TestAlertAfterRotation(t *testing.T) {
	w := watchRecorder(t, 100)
	w.announce(t, nil, 65001)
	w.passTo(5 * time.Minute)
	w.delayOf(t, "AS65001", time.Now())
	w.announce(t, nil, 64496)
	w.passTo(5 * time.Minute)
	w.delayOf(t, "over by", time.Now())
	if n := w.dumps(t); n != 1 {
		t.Errorf("%d tables were dumped", n)
	}
}

// delayOf runs whatever is in the archive until the sink hears of something, and returns how long that took.
func (w *watching) delayOf(tb testing.TB, of string, began time.Time) time.Duration {
	for deadline := began.Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		w.run(tb)
		for {
			select {
			case text := <-w.told:
				if strings.Contains(text, of) {
					return time.Since(began)
				}
				continue
			default:
			}
			break
		}
	}
	tb.Fatalf("nothing is told of %s within 5 minutes", of)
	return 0
}

// feed starts a recorder and a session over which it has a table, and returns the session.
func feed(tb testing.TB, p *pipeline.Pipeline, routeCount int) (conn net.Conn, stop func()) {
	address := testkit.FreeAddress(tb)
	settings := record.Settings{
		Collector: "here", ASN: 64500, RouterID: "10.0.0.1", Listen: []string{address}, Rotate: "5m", Dump: "8h", Peers: []record.Peer{{Address: "127.0.0.1", ASN: 64501, Passive: true}},
	}
	if err := settings.Check(""); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(tb.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.RecordRoutes(ctx, &settings) }()
	until(tb, "a connection", func() bool {
		var err error
		conn, err = net.Dial("tcp4", address)
		return err == nil
	})
	go io.Copy(io.Discard, conn)
	all := bgp.Capabilities{ASN: 64501, FourOctets: true, Families: map[bgp.Family]bool{{AFI: bgp.IPv4, SAFI: bgp.Unicast}: true}}.AppendOpen(nil, 0, netip.MustParseAddr("10.0.0.9"))
	all = append(all, bgp.AppendMessage(nil, bgp.MessageKeepalive, nil)...)
	for i := range routeCount {
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(20 + i>>16), byte(i >> 8), byte(i), 0}), 24)
		all = append(all, announcement(prefix, 64501, uint32(100+i%2000), uint32(10000+i%40000))...)
	}
	if _, err := conn.Write(all); err != nil {
		tb.Fatal(err)
	}
	return conn, func() {
		conn.Close()
		cancel()
		<-ended
	}
}
