package ipv6_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6"
	"tidemark/collectors/ipv6/delegation"
	"tidemark/collectors/ipv6/readiness"
	"tidemark/datasets"
	"tidemark/internal/testkit"
)

// Addresses of the trial's replica: root and TLDs have servers of their own, so that a delegation is one.
const (
	trialRoot4, trialRoot6 = "45.80.250.1", "2a0f:1000:f::1"
	trialTLD4, trialTLD6   = "45.80.250.2", "2a0f:1000:f::2"
)

// moreTrialZones are zones of the trial that its folder does not have.
var moreTrialZones = map[string]string{
	"ns-oldglue.com": "@ NS a.ns-oldglue.com.\n@ A 45.80.106.1\n@ AAAA 2a0f:1000:6a::1\n@ MX 0 .\na A 45.80.1.1\na AAAA 2a0f:1000:1::1\n",
	"ns-parent.com":  "@ NS ns1.hoster.net.\n@ A 45.80.106.1\n@ AAAA 2a0f:1000:6a::1\n@ MX 0 .\n",
	"ns-one6.com":    "@ NS ns1.hoster.net.\n@ NS ns4.hoster.net.\n@ A 45.80.106.1\n@ AAAA 2a0f:1000:6a::1\n@ MX 0 .\n",
	"ns-lame.com":    "@ NS lame.lame.net.\n@ A 45.80.106.1\n@ AAAA 2a0f:1000:6a::1\n@ MX 0 .\n",
	"lame.net":       "@ NS ns1.hoster.net.\nlame A 45.80.1.1\nlame AAAA 2a0f:1000:f::2\n",
	"r-cdn.com":      "@ NS ns1.hoster.net.\n@ A 45.80.106.1\n@ AAAA 2a0f:1000:6a::1\nwww CNAME cdn.deepv4.org.\n@ MX 0 .\n",
	"r-mxdeep.com":   "@ NS ns1.hoster.net.\n@ A 45.80.106.1\n@ AAAA 2a0f:1000:6a::1\nwww A 45.80.106.1\nwww AAAA 2a0f:1000:6a::1\n@ MX 10 mx.deepv4.org.\n",
	"circle.org":     "@ NS ns1.circle.net.\n@ A 45.80.106.1\n@ AAAA 2a0f:1000:6a::1\n",
	"circle.net":     "@ NS ns1.circle.org.\nns1 A 45.80.1.1\nns1 AAAA 2a0f:1000:1::1\n",
	"ns-trunc.com":   "@ NS a.ns-trunc.com.\n@ A 45.80.106.1\n@ AAAA 2a0f:1000:6a::1\n@ MX 0 .\na A 45.80.1.1\na AAAA 2a0f:1000:5b::1\n",
}

// trial starts root, TLDs and the zones of the trial on NSD, behind unbound, with nginx and mail servers.
func trial(t *testing.T) *replica {
	r := newReplica(t)
	folder := testkit.Data(t, "trials/ipv6/zones")
	files, err := filepath.Glob(filepath.Join(folder, "*.zone"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	texts := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(f), ".zone")] = string(b)
	}
	texts["deepv4.org"] += "cdn A 45.80.106.1\ncdn AAAA 2a0f:1000:6a::1\nmx A 45.80.3.1\nmx AAAA 2a0f:1000:3::1\n"
	for name, records := range moreTrialZones {
		texts[name] = "$ORIGIN " + name + ".\n$TTL 60\n@ SOA ns1.hoster.net. h.hoster.net. 1 3600 600 86400 60\n" + records
	}
	parents := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		r.zones[name] = "zone." + name
		file(t, filepath.Join(r.dir, r.zones[name]), texts[name])
		_, parent, _ := strings.Cut(name, ".")
		parents[parent] += inParent(t, name, texts[name])
	}
	top := map[string]string{}
	rootRecords := "@ IN NS a.root.\na.root. IN A " + trialRoot4 + "\na.root. IN AAAA " + trialRoot6 + "\na.tld. IN A " + trialTLD4 + "\na.tld. IN AAAA " + trialTLD6 + "\nipv4only.arpa. IN A 192.0.0.170\n"
	for name, records := range parents {
		top[name] = "zone." + name
		file(t, filepath.Join(r.dir, top[name]), "$ORIGIN "+name+".\n$TTL 300\n@ IN SOA a.tld. h.tld. 1 3600 600 86400 60\n@ IN NS a.tld.\n"+records)
		rootRecords += name + ". IN NS a.tld.\n"
	}
	file(t, filepath.Join(r.dir, "zone.root"), "$TTL 300\n. IN SOA a.root. h.root. 1 3600 600 86400 60\n"+rootRecords)
	r.nsd("nsd-root", map[string]string{".": "zone.root"}, trialRoot4, trialRoot6)
	r.nsd("nsd-tld", top, trialTLD4, trialTLD6)
	r.nsd("nsd", r.zones, "45.80.1.1", "45.80.1.2", "45.80.1.4", "45.80.1.5", "2a0f:1000:1::1", "2a0f:1000:1::2",
		"45.80.105.1", "45.80.105.2", "2a0f:1000:69::1", "2a0f:1000:69::2", "45.80.89.1", "45.80.89.2")
	r.overUDPOnly(false, "2a0f:1000:59::1", "2a0f:1000:59::2")
	r.overUDPOnly(true, "2a0f:1000:5b::1")
	r.unboundAt(resolverAt, trialRoot4, "")

	cert := r.certificate("any", time.Now().Add(time.Hour), "www.control.net")
	server := func(listen, name, say string) string {
		return fmt.Sprintf("server { %s server_name %s;\nssl_certificate %s.pem; ssl_certificate_key %[3]s.key;\nlocation / { %s } }\n", listen, name, cert, say)
	}
	const everywhere = "listen 80%[1]s; listen [::]:80%[1]s; listen 443 ssl%[1]s; listen [::]:443 ssl%[1]s;"
	const page = "return 200 \"<title>$host</title> one page for both families\";"
	r.nginx(server(fmt.Sprintf(everywhere, " default_server"), "_", page) +
		server(fmt.Sprintf(everywhere, ""), "w-away.com www.w-away.com", "return 301 http://v4site.net/;") +
		server("listen [2a0f:1000:94::2]:80; listen [2a0f:1000:94::2]:443 ssl;", "_", "return 503;"))
	r.greets("0.0.0.0:25")
	r.greets("[2a0f:1000:3::1]:25")
	eventually(t, "nginx answers", func() bool {
		c, err := net.Dial("tcp", "[2a0f:1000:c6::1]:443")
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return r
}

// inParent returns a zone's records in its parent: its NS records, and glue for those inside it.
func inParent(t *testing.T, name, text string) (records string) {
	parser := dns.NewZoneParser(strings.NewReader(text), name+".", "")
	switch name { // the parent differs from the zone
	case "ns-oldglue.com":
		return name + ". NS a." + name + ".\na." + name + ". A 45.80.1.1\na." + name + ". AAAA 2a0f:1000:f::dead\n"
	case "ns-parent.com":
		return name + ". NS ns4.hoster.net.\n"
	}
	var all []dns.RR
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		all = append(all, rr)
	}
	if err := parser.Err(); err != nil {
		t.Fatal(err)
	}
	for _, rr := range all {
		ns, is := rr.(*dns.NS)
		if !is || ns.Hdr.Name != name+"." {
			continue
		}
		records += ns.String() + "\n"
		for _, rr := range all {
			kind := rr.Header().Rrtype
			if rr.Header().Name == ns.Ns && dns.IsSubDomain(name+".", ns.Ns) && (kind == dns.TypeA || kind == dns.TypeAAAA && name != "ns-noglue.com") {
				records += rr.String() + "\n"
			}
		}
	}
	return records
}

// overUDPOnly relays queries to addresses to NSD over UDP; over TCP nobody is there. Truncating ones answer with the TC bit.
func (r *replica) overUDPOnly(truncating bool, addresses ...string) {
	for _, a := range addresses {
		conn, err := net.ListenPacket("udp", net.JoinHostPort(a, "53"))
		if err != nil {
			r.t.Fatal(err)
		}
		s := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
			m, _, err := new(dns.Client).Exchange(q, "45.80.1.1:53")
			if err != nil {
				return
			}
			if truncating {
				m.Answer, m.Truncated = nil, true
			}
			w.WriteMsg(m)
		})}
		go s.ActivateAndServe()
		r.t.Cleanup(func() { s.Shutdown() })
	}
}

// greets is a mail server.
func (r *replica) greets(at string) {
	network := "tcp4"
	if netip.MustParseAddrPort(at).Addr().Is6() {
		network = "tcp6"
	}
	l, err := net.Listen(network, at)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.WriteString(c, "220 mx.mailer.net ESMTP\r\n")
				bufio.NewReader(c).ReadString('\n')
			}()
		}
	}()
}

// failsOnce relays to a resolver, and answers the first query for each of some names and types with SERVFAIL.
func (r *replica) failsOnce(at string, queries ...string) {
	conn, err := net.ListenPacket("udp", at)
	if err != nil {
		r.t.Fatal(err)
	}
	var asked [8]atomic.Bool
	s := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		if i := slices.Index(queries, q.Question[0].Name+" "+dns.TypeToString[q.Question[0].Qtype]); i >= 0 && !asked[i].Swap(true) {
			w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeServerFailure))
			return
		}
		if m, _, err := new(dns.Client).Exchange(q, resolverAt); err == nil {
			w.WriteMsg(m)
		}
	})}
	go s.ActivateAndServe()
	r.t.Cleanup(func() { s.Shutdown() })
}

func (r *replica) trialSource(domains ...string) collectors.Source {
	from := r.source(domains...)
	settings(from).Controls = []string{"www.control.net:443"}
	return from
}

// TestTrial gives the right verdicts on what the trial of November 2026 found to be judged wrongly.
func TestTrial(t *testing.T) {
	if !inNamespace(t, "nsd", "unbound", "nginx") {
		return
	}
	r := trial(t)
	r.failsOnce("127.0.0.1:5301", "mxv4.com. MX", "ns-no6.com. NS")
	n := r.network()
	n.Resolver = "127.0.0.1:5301"
	cases := []struct{ domain, service, want string }{
		{"mxv4.com", "mail", "none no-aaaa"},  // F1: the lookup fails once
		{"ns-no6.com", "dns", "none no-aaaa"}, // F1
		{"ns-trunc.com", "dns", "broken refused"},
		{"w-second503.com", "web", "partial differs"},          // F4
		{"mximpl4.com", "mail", "broken refused"},              // F9
		{"w-away.com", "web", "partial redirect-without-aaaa"}, // F12
		{"w-many.com", "https", "ready"},                       // F15
		{"shop.subs.com", "dns", "ready"},                      // F20
		{"www.ns-no6.com", "dns", "none no-aaaa"},              // F20
	}
	var domains []string
	for _, c := range cases {
		domains = append(domains, c.domain)
	}
	rows, _ := r.probeRows(r.trialSource(domains...), n)
	for _, c := range cases {
		if got := classes(rows, c.domain)[c.service]; got != c.want {
			t.Errorf("%s: %s is %q, want %q", c.domain, c.service, got, c.want)
		}
	}
	remedies := (&readiness.Judge{HaveRegistry: true, Special: reserved}).Remedies(slices.DeleteFunc(slices.Clone(rows), func(p datasets.IPv6Probe) bool { return p.Domain != "ns-trunc.com" }), nil)
	if !slices.ContainsFunc(remedies, func(m readiness.Remedy) bool { return strings.HasPrefix(m.Fix, "Let the name server answer over TCP") }) {
		t.Errorf("ns-trunc.com: nothing is said about TCP: %+v", remedies)
	}

	// F32: whoever runs the name at the end of an alias may opt out of it.
	from := r.trialSource("chain.com")
	settings(from).OptOut = file(t, filepath.Join(r.dir, "opt-out"), "edgetwo.org\nmailer.net\n")
	rows, _ = r.probeRows(from, r.network())
	skipped := map[string]int{}
	for _, p := range rows {
		switch {
		case p.Host != "www.chain.com" && p.Host != "mx.mailer.net" || p.Test != "connect":
		case p.Result != "skipped":
			t.Errorf("%s %s %s is %s, though its alias is on the opt-out list", p.Host, p.Service, p.Address, p.Result)
		default:
			skipped[p.Host]++
		}
	}
	if skipped["www.chain.com"] != 4 || skipped["mx.mailer.net"] != 2 {
		t.Errorf("skipped connections: %v", skipped)
	}
}

// TestFollowed follows the trial's delegations from the root over IPv6 alone, to the step that fails, and compares with unbound
// that has no IPv4.
func TestFollowed(t *testing.T) {
	if !inNamespace(t, "nsd", "unbound", "nginx", "dig") {
		return
	}
	r := trial(t)
	const without4 = "[::1]:53"
	r.unboundAt(without4, trialRoot6, "  do-ip4: no\n  do-ip6: yes")
	cases := []struct{ domain, kind, host, want, zone string }{
		{"chain.com", "zone", "chain.com", "yes", ""},
		{"chain.com", "www", "www.chain.com", "yes", ""},
		{"chain.com", "mx", "mx.mailer.net", "yes", ""},
		{"ns-one6.com", "zone", "ns-one6.com", "yes", ""},
		{"ns-no6.com", "zone", "ns-no6.com", "no no-aaaa", "ns-no6.com"},
		{"ns-noglue.com", "zone", "ns-noglue.com", "no no-glue", "ns-noglue.com"},
		{"ns-oldglue.com", "zone", "ns-oldglue.com", "no no-answer", "ns-oldglue.com"},
		{"ns-parent.com", "zone", "ns-parent.com", "no no-aaaa", "ns-parent.com"},
		{"ns-lame.com", "zone", "ns-lame.com", "no no-answer", "ns-lame.com"},
		{"ns-v4hostdeep.com", "zone", "ns-v4hostdeep.com", "no ns-zone", "deepv4.org"},
		{"ns-udponly.com", "zone", "ns-udponly.com", "yes", ""},
		{"r-cdn.com", "zone", "r-cdn.com", "yes", ""},
		{"r-cdn.com", "www", "www.r-cdn.com", "no no-aaaa", "deepv4.org"},
		{"r-mxdeep.com", "mx", "mx.deepv4.org", "no no-aaaa", "deepv4.org"},
		{"com", "zone", "com", "yes", ""},
		{".", "zone", ".", "yes", ""},
	}
	var domains []string
	for _, c := range cases {
		if !slices.Contains(domains, c.domain) {
			domains = append(domains, c.domain)
		}
	}
	n := r.network()
	n.RootServers, n.Timeout = []netip.Addr{netip.MustParseAddr(trialRoot6)}, 3*time.Second
	domains[slices.Index(domains, "com")] = "com."
	ways, exchanges := r.followed(r.trialSource(domains...), n)
	sameMessages(t, exchanges)
	for _, c := range cases {
		i := slices.IndexFunc(ways, func(d datasets.DomainDelegation) bool {
			return d.Domain == c.domain && d.Kind == c.kind && d.Host == c.host
		})
		if i < 0 {
			t.Errorf("%s: %s was not followed", c.domain, c.host)
			continue
		}
		if got := strings.TrimSpace(ways[i].Resolvable + " " + ways[i].Step); got != c.want || ways[i].Zone != c.zone {
			t.Errorf("%s: %s is %q at %q (%s), want %q at %q", c.domain, c.host, got, ways[i].Zone, ways[i].Reason, c.want, c.zone)
		}
		qtype := "AAAA"
		if c.kind == "zone" {
			qtype = "SOA"
		}
		out, _ := exec.Command("dig", "@::1", "+time=8", "+tries=1", c.host, qtype).Output()
		if found := strings.Contains(string(out), "status: NOERROR") && !strings.Contains(string(out), "ANSWER: 0,"); found != (ways[i].Resolvable == "yes") {
			t.Errorf("%s is %s (%s), and unbound without IPv4 says\n%s", c.host, ways[i].Resolvable, ways[i].Reason, out)
		}
	}
	udp := slices.IndexFunc(ways, func(d datasets.DomainDelegation) bool { return d.Domain == "ns-udponly.com" && d.NameServer != "" })
	if d := ways[max(0, udp)]; d.Result != "ok" || d.TCPResult != "refused" || !d.Glue {
		t.Errorf("ns-udponly.com: %+v", d)
	}
	if !t.Failed() {
		return
	}
	for _, d := range ways {
		t.Logf("%s %s %s: %s %s at %s [%s] %s %s glue=%t %s %s %s", d.Domain, d.Kind, d.Host, d.Resolvable, d.Step, d.Zone, d.Zones, d.NameServer, d.Address, d.Glue, d.Result, d.TCPResult, d.Reason)
	}
}

// sameMessages compares the exchanges of a transcript with what dig gets from the same servers, record by record.
func sameMessages(t *testing.T, exchanges []delegation.Exchange) {
	compared := map[string]bool{}
	for _, x := range exchanges {
		command := []string{"@" + x.Server.String(), "+norecurse", "+noall", "+answer", "+authority", "+additional", "+time=2", x.Name, x.QType}
		if x.TCP {
			command = append(command, "+tcp")
		}
		if line := strings.Join(command, " "); len(x.Response) == 0 || compared[line] {
			continue
		} else {
			compared[line] = true
		}
		m := new(dns.Msg)
		if err := m.Unpack(x.Response); err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for _, rr := range slices.Concat(m.Answer, m.Ns, m.Extra) {
			if rr.Header().Rrtype != dns.TypeOPT {
				got = append(got, strings.Join(strings.Fields(rr.String()), " "))
			}
		}
		out, err := exec.Command("dig", command...).Output()
		if err != nil {
			t.Fatal(command, err)
		}
		for line := range strings.Lines(string(out)) {
			if fields := strings.Fields(line); len(fields) > 0 && fields[0][0] != ';' {
				want = append(want, strings.Join(fields, " "))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("dig %s:\n%s\nthe transcript:\n%s", strings.Join(command, " "), strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	}
	if len(compared) < 20 {
		t.Errorf("only %d messages to compare", len(compared))
	}
}

// followed runs a probe and returns the names that it followed, and the exchanges with name servers.
func (r *replica) followed(from collectors.Source, n ipv6.Network) ([]datasets.DomainDelegation, []delegation.Exchange) {
	r.t.Helper()
	keep := &archive.Archive{Dir: r.t.TempDir()}
	if err := ipv6.Probe(context.Background(), from, today, keep, n); err != nil {
		r.t.Fatal(err)
	}
	raws, err := keep.List("ipv6-probes")
	if err != nil || len(raws) != 1 {
		r.t.Fatal(raws, err)
	}
	_, _, ways, err := decodeAll(r.t, ipv6.Probes{}, raws[0])
	if err != nil {
		r.t.Fatal(err)
	}
	in, err := raws[0].Open()
	if err != nil {
		r.t.Fatal(err)
	}
	defer in.Close()
	var exchanges []delegation.Exchange
	for lines := json.NewDecoder(in); ; {
		var line struct{ Walked []delegation.Exchange }
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			return ways, exchanges
		}
		if err != nil {
			r.t.Fatal(err)
		}
		exchanges = append(exchanges, line.Walked...)
	}
}
