package ipv6_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6"
)

// simulated is an Internet inside the process: names nNNNNNNN below four top-level domains, whose websites are in ten states by their
// number. Every fourth has name servers of its own, and every page loads from a host that no other page has, so that whatever a run remembers
// grows with the list, if it is not bounded. Nothing waits, so that a run is as fast as the program.
type simulated struct{ now time.Time }

// The servers of the simulation.
var (
	simulatedResolver = "192.0.2.53:53"
	simulatedRoot     = netip.MustParseAddr("2a0f::1")
	simulatedTLD      = netip.MustParseAddr("2a0f::2")
)

func simulatedName(i int) string {
	return fmt.Sprintf("n%07d.%s", i, [...]string{"com", "net", "org", "info"}[i%4])
}

// simulatedSource returns a source of probes of so many simulated domains, whose list it writes to the folder, without limits of rates.
func simulatedSource(t testing.TB, dir string, size int) collectors.Source {
	var list strings.Builder
	for i := range size {
		fmt.Fprintf(&list, "%d,%s\n", i+1, simulatedName(i))
	}
	const most = 1 << 30
	return collectors.Source{Name: "simulated", Kind: "ipv6-probes", Settings: &ipv6.Settings{
		Domains: file(t, filepath.Join(dir, "simulated.2025-06-01.csv"), list.String()), Resolver: simulatedResolver, Controls: []string{"control.org:80"},
		Rate: most, AddressRate: most, PrefixRate: most, OperatorRate: most,
	}}
}

// simulatedHoster returns the number of who runs the name servers of a name.
func simulatedHoster(i int) int {
	if i%4 == 0 {
		return 200 + i
	}
	return i % 200
}

// records returns the records of a name and type, and whether the name exists.
func (s simulated) records(name string, qtype uint16) (records string, known bool) {
	var i, hoster int
	rest := strings.TrimPrefix(name, "www.")
	switch {
	case name == "ipv4only.arpa.":
		return map[uint16]string{dns.TypeA: "A 192.0.0.170"}[qtype], true
	case name == "control.org.":
		i = 0
	case strings.Contains(name, ".hoster"):
		if _, err := fmt.Sscanf(name, "ns1.hoster%d.net.", &hoster); err != nil {
			return "", false
		}
		return map[uint16]string{dns.TypeA: fmt.Sprintf("A 60.%d.%d.%d", 64+hoster>>16, hoster>>8&255, hoster&255), dns.TypeAAAA: fmt.Sprintf("AAAA 2a0f:%x:%x::53", 256+hoster>>16, hoster&0xffff)}[qtype], true
	case strings.HasPrefix(rest, "hoster"):
		fmt.Sscanf(rest, "hoster%d.", &hoster)
		return map[uint16]string{dns.TypeNS: fmt.Sprintf("NS ns1.hoster%d.net.", hoster), dns.TypeSOA: "SOA . . 1 1 1 1 1"}[qtype], true
	default:
		if _, err := fmt.Sscanf(rest, "n%07d.", &i); err != nil {
			return "", false
		}
	}
	if i%10 == 9 {
		return "", false
	}
	host := i % 50_000
	switch qtype {
	case dns.TypeA:
		return fmt.Sprintf("A 60.2.%d.%d", host>>8, host&255), true
	case dns.TypeAAAA:
		switch {
		case i%10 < 3:
			return fmt.Sprintf("AAAA 2a0f:2:%x::80", host), true
		case i%10 == 3:
			return fmt.Sprintf("AAAA 2a0f:3:%x::81", host), true // refuses
		}
	case dns.TypeNS:
		if name == rest {
			return fmt.Sprintf("NS ns1.hoster%d.net.", simulatedHoster(i)), true
		}
	case dns.TypeSOA:
		if name == rest {
			return "SOA . . 1 1 1 1 1", true
		}
	case dns.TypeMX:
		return "MX 0 .", true
	}
	return "", true
}

// answer answers as a server does.
func (s simulated) answer(server netip.AddrPort, query []byte) []byte {
	q := new(dns.Msg)
	if q.Unpack(query) != nil {
		return nil
	}
	m := new(dns.Msg).SetReply(q)
	name, qtype := dns.CanonicalName(q.Question[0].Name), q.Question[0].Qtype
	add := func(to *[]dns.RR, text string) {
		rr, err := dns.NewRR(text)
		if err != nil {
			panic(err) // a mistake in this file
		}
		*to = append(*to, rr)
	}
	labels := dns.SplitDomainName(name)
	switch server.Addr() {
	case simulatedRoot:
		if len(labels) == 0 {
			m.Authoritative = true
			break
		}
		tld := labels[len(labels)-1]
		add(&m.Ns, tld+". 300 IN NS a.nic.net.")
		add(&m.Extra, "a.nic.net. 300 IN AAAA "+simulatedTLD.String())
	case simulatedTLD:
		if len(labels) < 2 {
			m.Authoritative = true
			add(&m.Answer, name+" 300 IN SOA . . 1 1 1 1 1")
			break
		}
		zone := dns.Fqdn(strings.Join(labels[len(labels)-2:], "."))
		ns, known := s.records(zone, dns.TypeNS)
		if m.Authoritative = !known; !known {
			m.Rcode = dns.RcodeNameError
			break
		}
		add(&m.Ns, zone+" 300 IN "+ns)
		if strings.HasPrefix(zone, "hoster") {
			glue, _ := s.records("ns1."+zone, dns.TypeAAAA)
			add(&m.Extra, "ns1."+zone+" 300 IN "+glue)
		}
	default:
		m.Authoritative, m.RecursionAvailable = true, server.String() == simulatedResolver
		records, known := s.records(name, qtype)
		if !known {
			m.Rcode = dns.RcodeNameError
		}
		if records != "" {
			add(&m.Answer, name+" 300 IN "+records)
		}
	}
	out, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return out
}

// network returns what a probe reaches.
func (s simulated) network() ipv6.Network {
	return ipv6.Network{
		Resolver: simulatedResolver, RootServers: []netip.Addr{simulatedRoot}, Timeout: 10 * time.Second, Patience: time.Minute,
		Now: func() time.Time { return s.now },
		Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			to := netip.MustParseAddrPort(address)
			waiting := 1
			if address == simulatedResolver {
				waiting = 4096
			}
			c := &simulatedConn{to: to, received: make(chan []byte, waiting), closed: make(chan struct{})}
			switch {
			case to.Port() == 53 && network == "tcp":
				c.answer = func(query []byte) []byte {
					out := s.answer(to, query[2:])
					return append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...)
				}
			case to.Port() == 53:
				c.answer = func(query []byte) []byte { return s.answer(to, query) }
			case to.Port() == 80 && !strings.HasSuffix(to.Addr().String(), "::81"):
				c.answer = func(request []byte) []byte {
					_, host, _ := strings.Cut(string(request), "\r\nHost: ")
					host, _, _ = strings.Cut(host, "\r\n")
					page := "<title>A simulated page</title><script src=//script-of-" + host + "></script>"
					return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(page), page)
				}
			default:
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
			}
			return c, nil
		},
	}
}

// simulatedConn answers each write at once.
type simulatedConn struct {
	to       netip.AddrPort
	answer   func([]byte) []byte
	received chan []byte
	closed   chan struct{}
	once     sync.Once
	left     []byte
}

func (c *simulatedConn) Write(b []byte) (int, error) {
	select {
	case c.received <- c.answer(b):
	default: // lost
	}
	return len(b), nil
}

func (c *simulatedConn) Read(b []byte) (int, error) {
	if len(c.left) == 0 {
		select {
		case c.left = <-c.received:
		case <-c.closed:
			return 0, net.ErrClosed
		}
	}
	n := copy(b, c.left)
	c.left = c.left[n:]
	return n, nil
}

func (c *simulatedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}
func (c *simulatedConn) LocalAddr() net.Addr              { return &net.UDPAddr{} }
func (c *simulatedConn) RemoteAddr() net.Addr             { return net.UDPAddrFromAddrPort(c.to) }
func (c *simulatedConn) SetDeadline(time.Time) error      { return nil }
func (c *simulatedConn) SetReadDeadline(time.Time) error  { return nil }
func (c *simulatedConn) SetWriteDeadline(time.Time) error { return nil }

// memory is what the process takes.
type memory struct{ live, resident int } // MB

// memoryNow returns what is reachable after a collection, and the resident memory before it.
func memoryNow(t testing.TB) (m memory) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(b, []byte("VmRSS:"))
	kilobytes := 0
	fmt.Sscan(string(rest), &kilobytes)
	runtime.GC()
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	return memory{int(heap.HeapAlloc >> 20), kilobytes >> 10}
}

// BenchmarkMillionDomains probes a million domains of a simulated Internet, one run whole and one cut off halfway, whose transcripts
// must have the same lines; then the program takes the transcript to the site, each phase once whole and once killed halfway.
func BenchmarkMillionDomains(b *testing.B) {
	size := 1_000_000
	if text := os.Getenv("TIDEMARK_DOMAINS"); text != "" {
		fmt.Sscan(text, &size)
	}
	dir := b.TempDir()
	from := simulatedSource(b, dir, size)
	probe := func(keep *archive.Archive, cut int) {
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		start := time.Now()
		f := from
		f.Runtime.Progress = func(done, _ int) {
			if cut > 0 && done >= cut {
				cancel()
			}
			if done%max(1, size/10) == 0 {
				m := memoryNow(b)
				fmt.Printf("%d of %d domains after %.0f s: %d MB live, %d MB resident\n", done, size, time.Since(start).Seconds(), m.live, m.resident)
			}
		}
		if err := ipv6.Probe(ctx, f, today, keep, simulated{today}.network()); err != nil && (cut == 0 || !errors.Is(err, context.Canceled)) {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		whole, halved := &archive.Archive{Dir: filepath.Join(dir, "whole")}, &archive.Archive{Dir: filepath.Join(dir, "halved")}
		start := time.Now()
		probe(whole, 0)
		took := time.Since(start)
		probe(halved, size/2)
		probe(halved, 0)
		transcript, want := transcriptOf(b, whole)
		if _, got := transcriptOf(b, halved); got != want {
			b.Error("the run that was cut off and continued has other lines")
		}
		b.ReportMetric(float64(size)/took.Seconds(), "domains/s")
		b.ReportMetric(float64(bytesBelow(b, transcript)), "transcript-B")

		p := newTool(b, dir, "[site]\ntitle = \"A million\"\n")
		data, killed := filepath.Join(dir, "data"), filepath.Join(dir, "killed")
		p.phase(data, killed, "datasets", "import", "ipv6-probes", "--collector", "million", "--date", "2025-06-01", transcript)
		p.phase(data, killed, "answers", "analyse")
		p.phase(data, killed, "site-versions", "render")
		b.ReportMetric(float64(p.kilobytes>>10), "peak-MB")
	}
}

// transcriptOf returns the file of the only transcript of an archive, and the hash of its lines.
func transcriptOf(t testing.TB, keep *archive.Archive) (path, lines string) {
	raws, err := keep.List("ipv6-probes")
	if err != nil || len(raws) != 1 {
		t.Fatal(raws, err)
	}
	in, err := raws[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(keep.Dir, func(file string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(file, ".jsonl.gz") {
			path = file
		}
		return err
	})
	if err != nil || path == "" {
		t.Fatal("no transcript", err)
	}
	return path, hex.EncodeToString(sum.Sum(nil))
}
