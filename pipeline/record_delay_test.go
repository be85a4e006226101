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

// feedRoutes is how many routes the peer holds before anything happens.
const feedRoutes = 200_000

// BenchmarkAlertDelay measures the delay from the end of an interval with a table dump to the alert at a webhook, for a hijack that came over
// BGP among the messages of a busy minute right before it. A run begins as soon as the dump is in the archive. What is not in the figures:
// the wait for the dump, which is [record] dump at most, and for the run.
func BenchmarkAlertDelay(b *testing.B) {
	told := make(chan string, 16)
	noc := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		told <- string(text)
	}))
	defer noc.Close()
	var ahead atomic.Int64 // of the time of day
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	ours := alert.Watch{Rule: watch.Rule{Name: "ours", Prefixes: []string{"203.0.113.0/24"}, Origins: []uint32{64496}, Kinds: []string{"origin-violates-rule"}}, Tell: []string{"noc"}}
	if err := ours.Check(); err != nil {
		b.Fatal(err)
	}
	p, err := pipeline.Open(pipeline.Options{
		Dir: b.TempDir(), Kinds: []collectors.Kind{routes.MRT{}}, Clock: clock,
		Derivations: func(*archive.Archive) []derive.Derivation {
			return []derive.Derivation{derive.RouteStates(1), derive.RouteEvents("")}
		},
		Sinks:   map[string]sink.Settings{"noc": {Kind: "webhook", URL: sink.Secret(noc.URL), Timeout: "10s"}},
		Watches: []alert.Watch{ours},
	})
	if err != nil {
		b.Fatal(err)
	}
	conn, stop := feed(b, p)
	defer stop()
	minute, messages := busy(b)
	var delays []time.Duration
	for i := range b.N {
		hijacker := uint32(65000 + i%500)
		if _, err := conn.Write(append(slices.Clone(minute), announcement(netip.MustParsePrefix("203.0.113.0/24"), 64501, hijacker)...)); err != nil {
			b.Fatal(err)
		}
		time.Sleep(3 * time.Second) // until all is received
		now := clock()
		ahead.Add(int64(now.Truncate(time.Hour).Add(time.Hour).Sub(now)))
		began := time.Now()
		delays = append(delays, delayOf(b, p, told, fmt.Sprintf("AS%d", hijacker), began))
	}
	slices.Sort(delays)
	b.ReportMetric(delays[len(delays)/2].Seconds(), "s-median")
	b.ReportMetric(delays[len(delays)-1].Seconds(), "s-worst")
	b.ReportMetric(float64(messages), "messages-before")
}

// delayOf runs whatever is in the archive until the sink hears of an AS, and returns how long that took.
func delayOf(b *testing.B, p *pipeline.Pipeline, told <-chan string, of string, began time.Time) time.Duration {
	for deadline := began.Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		session, ctx, err := p.Begin(b.Context())
		if errors.Is(err, pipeline.ErrLocked) {
			continue
		} else if err != nil {
			b.Fatal(err)
		}
		_, err = session.Run(ctx)
		_, endErr := session.End(ctx)
		if err := errors.Join(err, endErr); err != nil {
			b.Fatal(err)
		}
		for {
			select {
			case text := <-told:
				if strings.Contains(text, of) {
					return time.Since(began)
				}
				continue
			default:
			}
			break
		}
	}
	b.Fatalf("nothing is told of %s within 5 minutes", of)
	return 0
}

// feed starts a recorder and a session over which it has a table, and returns the session.
func feed(b *testing.B, p *pipeline.Pipeline) (conn net.Conn, stop func()) {
	address := testkit.FreeAddress(b)
	settings := record.Settings{
		Collector: "here", ASN: 64500, RouterID: "10.0.0.1", Listen: []string{address}, Dump: "1h", Peers: []record.Peer{{Address: "127.0.0.1", ASN: 64501, Passive: true}},
	}
	if err := settings.Check(""); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.RecordRoutes(ctx, &settings) }()
	until(b, "a connection", func() bool {
		var err error
		conn, err = net.Dial("tcp4", address)
		return err == nil
	})
	go io.Copy(io.Discard, conn)
	all := bgp.Capabilities{ASN: 64501, FourOctets: true, Families: map[bgp.Family]bool{{AFI: bgp.IPv4, SAFI: bgp.Unicast}: true}}.AppendOpen(nil, 0, netip.MustParseAddr("10.0.0.9"))
	all = append(all, bgp.AppendMessage(nil, bgp.MessageKeepalive, nil)...)
	for i := range feedRoutes {
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(20 + i>>16), byte(i >> 8), byte(i), 0}), 24)
		all = append(all, announcement(prefix, 64501, uint32(100+i%2000), uint32(10000+i%40000))...)
	}
	if _, err := conn.Write(all); err != nil {
		b.Fatal(err)
	}
	return conn, func() {
		conn.Close()
		cancel()
		<-ended
	}
}
