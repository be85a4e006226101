package delegation

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"tidemark/internal/bounded"
)

// internet is a set of zones and of who serves them.
type internet struct {
	t       *testing.T
	zones   map[string][]dns.RR
	servers map[string][]string // zones by address
	optOut  string              // an address that must not be asked

	mu    sync.Mutex
	asked map[string]int // by address
}

var rootServer = netip.MustParseAddr("2001:db8::1")

func newInternet(t *testing.T) *internet {
	i := &internet{t: t, zones: map[string][]dns.RR{}, servers: map[string][]string{}, asked: map[string]int{}}
	i.serve(".", "", rootServer.String())
	return i
}

// serve adds records to a zone, and serves it at addresses.
func (i *internet) serve(zone, records string, addresses ...string) {
	i.t.Helper()
	for line := range strings.Lines(records) {
		rr, err := dns.NewRR(line)
		if err != nil {
			i.t.Fatal(err)
		}
		if rr != nil {
			i.zones[zone] = append(i.zones[zone], rr)
		}
	}
	for _, a := range addresses {
		i.servers[a] = append(i.servers[a], zone)
	}
}

// ask answers as the server at an address does.
func (i *internet) ask(_ context.Context, server netip.Addr, _, name string, qtype uint16, _ bool) (Answer, error) {
	m, err := i.answer(server, name, qtype)
	if err != nil {
		return Answer{At: time.Now()}, err
	}
	wire, err := m.Pack()
	return Answer{At: time.Now(), Response: wire}, err
}

func (i *internet) answer(server netip.Addr, name string, qtype uint16) (*dns.Msg, error) {
	if server.String() == i.optOut {
		return nil, ErrSkipped
	}
	i.mu.Lock()
	i.asked[server.String()]++
	i.mu.Unlock()
	apex := ""
	for _, zone := range i.servers[server.String()] {
		if dns.IsSubDomain(zone, name) && len(zone) > len(apex) {
			apex = zone
		}
	}
	m := new(dns.Msg).SetQuestion(name, qtype)
	m.Response = true
	if len(i.servers[server.String()]) == 0 {
		return nil, errors.New("nobody is there")
	} else if apex == "" {
		m.Rcode = dns.RcodeRefused
		return m, nil
	}
	for _, rr := range i.zones[apex] {
		ns, is := rr.(*dns.NS)
		if !is || ns.Hdr.Name == apex || !dns.IsSubDomain(ns.Hdr.Name, name) {
			continue
		}
		m.Ns = append(m.Ns, rr)
		for _, glue := range i.zones[apex] {
			if glue.Header().Name == ns.Ns && glue.Header().Rrtype == dns.TypeAAAA {
				m.Extra = append(m.Extra, glue)
			}
		}
	}
	if len(m.Ns) > 0 {
		return m, nil
	}
	m.Authoritative = true
	if qtype == dns.TypeSOA {
		m.Answer = []dns.RR{&dns.SOA{Hdr: dns.RR_Header{Name: apex, Rrtype: dns.TypeSOA, Class: dns.ClassINET}, Ns: ".", Mbox: "."}}
		return m, nil
	}
	for _, rr := range i.zones[apex] {
		if rr.Header().Name == name && (rr.Header().Rrtype == qtype || rr.Header().Rrtype == dns.TypeCNAME) {
			m.Answer = append(m.Answer, rr)
		}
	}
	for _, rr := range m.Answer {
		for _, glue := range i.zones[apex] {
			if ns, is := rr.(*dns.NS); is && glue.Header().Name == ns.Ns && glue.Header().Rrtype == dns.TypeAAAA {
				m.Extra = append(m.Extra, glue)
			}
		}
	}
	return m, nil
}

func (i *internet) walker() *Walker {
	return New(Network{
		Ask:     i.ask,
		HasAAAA: func(_ context.Context, host string) (bool, error) { return strings.Contains(host, "six"), nil },
		Class:   func(error) string { return "timeout" },
	}, []netip.Addr{rootServer}, time.Minute)
}

func unasked(netip.Addr) (result, text string, ok bool) { return "", "", false }

// model has a top-level domain and a hoster.
func model(t *testing.T) *internet {
	i := newInternet(t)
	i.serve(".", ". NS a.root.\na.root. AAAA 2001:db8::1\ncom. NS a.nic.com.\na.nic.com. AAAA 2001:db8::2\nnet. NS a.nic.com.\n")
	i.serve("com.", `
hoster.com. NS ns1.hoster.com.
hoster.com. NS ns2.hoster.com.
ns1.hoster.com. AAAA 2001:db8::3
ns2.hoster.com. AAAA 2001:db8::4
good.com. NS ns1.hoster.com.
good.com. NS ns2.hoster.com.
noglue.com. NS six.noglue.com.
four.com. NS a.four.com.
circle.com. NS ns.circle.net.
deep.com. NS ns.noglue.com.
dead.com. NS ns.dead.com.
ns.dead.com. AAAA 2001:db8::dead
lame.com. NS ns1.lame.com.
ns1.lame.com. AAAA 2001:db8::3
shy.com. NS ns.shy.com.
ns.shy.com. AAAA 2001:db8::9
`, "2001:db8::2")
	i.serve("net.", "circle.net. NS ns.circle.com.\n", "2001:db8::2")
	i.serve("hoster.com.", "ns1.hoster.com. AAAA 2001:db8::3\nns2.hoster.com. AAAA 2001:db8::4\n", "2001:db8::3", "2001:db8::4")
	i.serve("good.com.", "www.good.com. CNAME www.noglue.com.\na.good.com. CNAME b.good.com.\nb.good.com. CNAME a.good.com.\n", "2001:db8::3", "2001:db8::4")
	i.serve("shy.com.", "", "2001:db8::9")
	i.optOut = "2001:db8::9"
	return i
}

func word(f Failure) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Verdict, f.Step, f.Zone))
}

func TestSteps(t *testing.T) {
	w := model(t).walker()
	for range 2 { // the second time from the cache
		for zone, want := range map[string]string{
			"good.com": "yes", "noglue.com": "no no-glue noglue.com.", "four.com": "no no-aaaa four.com.", "deep.com": "no ns-zone noglue.com.", "dead.com": "no no-answer dead.com.",
			"lame.com": "no no-answer lame.com.", "shy.com": "unknown not-tested shy.com.", "com": "yes", "circle.com": "no ns-zone circle.com.", "nothere.com": "no no-answer com.", ".": "yes",
		} {
			z, err := w.Begin().Zone(t.Context(), zone, unasked)
			if err != nil || word(z.Failure) != want {
				t.Errorf("%s: %s (%s, %v), want %s", zone, word(z.Failure), z.Error, err, want)
			}
		}
		for name, want := range map[string]string{
			"good.com": "yes", "www.good.com": "no no-glue noglue.com.", "a.good.com": "no loop good.com.", "www.dead.com": "no no-answer dead.com.", "x.shy.com": "unknown not-tested shy.com.",
		} {
			p, err := w.Begin().Name(t.Context(), name)
			if err != nil || word(p.Failure) != want {
				t.Errorf("%s: %s (%s, %v), want %s", name, word(p.Failure), p.Error, err, want)
			}
		}
	}
	z, err := w.Begin().Zone(t.Context(), ".", unasked)
	if err != nil || !slices.Equal(z.Zones, []string{"."}) || len(z.Servers) != 1 || z.Servers[0].Address != rootServer || !z.Servers[0].Glue || z.Servers[0].Result != "ok" {
		t.Errorf("the root: %+v, %v", z, err)
	}
	p, err := w.Begin().Name(t.Context(), "www.good.com")
	if want := []string{".", "com.", "good.com.", "noglue.com."}; err != nil || !slices.Equal(p.Zones, want) {
		t.Errorf("passed %v, want %v", p.Zones, want)
	}
}

// TestProof: the exchanges of a walk are enough to come to its verdict again, also where zones were known from other domains.
func TestProof(t *testing.T) {
	w := model(t).walker()
	for _, warm := range []bool{false, true} {
		for _, zone := range []string{"good.com", "noglue.com", "four.com", "deep.com", "dead.com", "lame.com", "com", "nothere.com"} {
			if !warm {
				w = model(t).walker()
			}
			walk := w.Begin()
			want, err := walk.Zone(t.Context(), zone, unasked)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := walk.Name(t.Context(), "www."+zone); err != nil {
				t.Fatal(err)
			}
			again := replay(walk.Exchanges()).Begin()
			got, err := again.Zone(t.Context(), zone, unasked)
			if err != nil || word(got.Failure) != word(want.Failure) {
				t.Errorf("%s: %s (%s), and from its exchanges %s (%s), %v", zone, word(want.Failure), want.Error, word(got.Failure), got.Error, err)
			}
		}
	}
}

// replay returns a walker that hears what exchanges have, and nothing else.
func replay(all []*Exchange) *Walker {
	return New(Network{
		Ask: func(_ context.Context, server netip.Addr, _, name string, qtype uint16, tcp bool) (Answer, error) {
			for up := name; ; up = parentOf(up) { // a question for a name below a cut is answered with the delegation
				for _, x := range all {
					if x.Server != server || tcp || dns.Fqdn(x.Name) != up || x.QType != dns.TypeToString[qtype] && (up == name || x.QType != "NS") {
						continue
					}
					if x.Error != "" {
						return Answer{At: x.At}, errors.New(x.Error)
					}
					return Answer{At: x.At, Response: x.Response}, nil
				}
				if up == "." {
					return Answer{At: time.Now()}, fmt.Errorf("%s was not asked for %s", server, name)
				}
			}
		},
		HasAAAA: func(_ context.Context, host string) (bool, error) { return strings.Contains(host, "six"), nil },
		Class:   func(error) string { return "timeout" },
	}, []netip.Addr{rootServer}, time.Minute)
}

// TestNoRoot: without a root server nothing is known of a domain.
func TestNoRoot(t *testing.T) {
	i := model(t)
	i.servers[rootServer.String()] = nil
	z, err := i.walker().Begin().Zone(t.Context(), "good.com", unasked)
	if err != nil || word(z.Failure) != "unknown root ." {
		t.Errorf("%s, %v", word(z.Failure), err)
	}
}

// TestCost: TLDs and hosters are asked once, so that a domain more costs its referral and little else.
func TestCost(t *testing.T) {
	i := model(t)
	for n := range 1000 {
		name := fmt.Sprintf("d%d.com.", n)
		i.serve("com.", name+" NS ns1.hoster.com.\n"+name+" NS ns2.hoster.com.\n")
		i.serve(name, "www."+name+" AAAA 2001:db8::80\n", "2001:db8::3", "2001:db8::4")
	}
	w, total := i.walker(), 0
	for n := range 1000 {
		walk := w.Begin()
		name := fmt.Sprintf("d%d.com", n)
		z, err := walk.Zone(t.Context(), name, func(netip.Addr) (result, text string, ok bool) { return "ok", "", true }) // as the probe's own test has it
		if err != nil || z.Verdict != Yes {
			t.Fatal(z, err)
		}
		p, err := walk.Name(t.Context(), "www."+name)
		if err != nil || p.Verdict != Yes {
			t.Fatal(p, err)
		}
		total += walk.Queries
	}
	t.Logf("%.2f queries a domain, %d of 1000 to the root", float64(total)/1000, i.asked[rootServer.String()])
	if total > 2100 || i.asked[rootServer.String()] > 2 {
		t.Errorf("%d queries for 1000 domains, %d to the root", total, i.asked[rootServer.String()])
	}
}

// TestBudget: a zone whose name servers lead ever further costs no more than a domain may.
func TestBudget(t *testing.T) {
	i := model(t)
	for n := range 200 {
		for k := range 5 {
			i.serve("com.", fmt.Sprintf("z%d.com. NS ns.z%d.com.\n", n, 5*n+k+1))
		}
	}
	walk := i.walker().Begin()
	z, err := walk.Zone(t.Context(), "z0.com", unasked)
	if err != nil || z.Verdict == Yes || walk.Queries > maxQueries {
		t.Errorf("%s after %d queries, %v", word(z.Failure), walk.Queries, err)
	}
}

// TestSize: what a cache counts of zones and paths is about the memory that they take, since it is all that bounds it.
func TestSize(t *testing.T) {
	const count = 2000
	for _, answer := range []int{40, 300, maxMessage} {
		var counted int64
		zones, paths := make([]*zone, count), make([]*Path, count)
		before := liveBytes()
		for i := range count {
			name := fmt.Sprintf("a-domain-%d.example.", i)
			z := &zone{name: name, glue: map[string][]netip.Addr{}}
			for n := range 2 {
				host := fmt.Sprintf("ns%d.%s", n, name)
				z.names = append(z.names, host)
				z.servers = append(z.servers, server{host, rootServer})
				z.proof = append(z.proof, &Exchange{Server: rootServer, Host: plain(host), Name: plain(name), QType: "SOA", Response: make([]byte, answer)})
			}
			zones[i] = z
			paths[i] = &Path{Zones: []string{".", "example.", strings.Clone(name)}, addresses: []netip.Addr{rootServer}, proof: []*Exchange{{Server: rootServer, Name: strings.Clone(name), Response: make([]byte, answer)}}}
			counted += zones[i].size() + paths[i].size()
		}
		taken := liveBytes() - before
		if ratio := float64(counted) / float64(taken); ratio < 0.8 || ratio > 2.5 {
			t.Errorf("answers of %d bytes: %d bytes are counted of %d that are taken", answer, counted, taken)
		}
		runtime.KeepAlive(zones)
		runtime.KeepAlive(paths)
	}
}

func liveBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestForgetting: a walker whose caches hold a few zones comes to the same verdicts, by the same exchanges, with more questions and less memory.
func TestForgetting(t *testing.T) {
	const count = 400
	walk := func(bytes int64) (found []string, asked int, taken int64) {
		i := model(t)
		for n := range count {
			i.serve("com.", fmt.Sprintf("z%d.com. NS ns%d.hoster.com.\nz%[1]d.com. NS ns.z%[1]d.com.\nns.z%[1]d.com. AAAA 2001:db8:1::%[3]x\n", n, 1+n%2, n+1))
			i.serve(fmt.Sprintf("z%d.com.", n), "", fmt.Sprintf("2001:db8:1::%x", n+1), "2001:db8::3", "2001:db8::4")
		}
		w := i.walker()
		if bytes > 0 {
			w.zones, w.hosts, w.tcp = bounded.NewCache[string, *zone](bytes), bounded.NewCache[string, *Path](bytes), bounded.NewCache[netip.Addr, outcome](bytes)
		}
		before := liveBytes()
		for n := range count {
			one := w.Begin()
			z, err := one.Zone(t.Context(), fmt.Sprintf("z%d.com", n*7%count), unasked)
			if err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf("%s %v %+v", word(z.Failure), z.Zones, z.Servers)
			for _, x := range one.Exchanges() {
				text += fmt.Sprintf("\n%s %s %s %x %s", x.Server, x.Name, x.QType, x.Response[min(2, len(x.Response)):], x.Error) // without the ID
			}
			found = append(found, text)
		}
		for n := range count { // by now the first are forgotten
			path, err := w.Begin().Name(t.Context(), fmt.Sprintf("www.z%d.com", n*7%count))
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, fmt.Sprintf("%s %v", word(path.Failure), path.Zones))
		}
		taken = liveBytes() - before
		for _, n := range i.asked {
			asked += n
		}
		runtime.KeepAlive(w)
		return found, asked, taken - int64(size(found))
	}
	all, askedAll, takenAll := walk(0)
	few, askedFew, takenFew := walk(16 << 10)
	for n := range all {
		if all[n] != few[n] {
			t.Fatalf("zone %d: %s\nwith small caches: %s", n, all[n], few[n])
		}
	}
	if askedFew <= askedAll || takenFew > takenAll/4 {
		t.Errorf("%d questions and %d bytes, with small caches %d and %d", askedAll, takenAll, askedFew, takenFew)
	}
}

// size returns the bytes of texts.
func size(texts []string) (bytes int) {
	for _, text := range texts {
		bytes += len(text)
	}
	return bytes
}
