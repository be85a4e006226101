package sample

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/ipv6"
)

// domains is the number of domains in the model's list.
const domains = 40

func domainName(i int) string { return fmt.Sprintf("site%02d.example", i+1) }

// domainList returns a list in Tranco's format.
func domainList() []byte {
	var b bytes.Buffer
	for i := range domains {
		fmt.Fprintf(&b, "%d,%s\n", 1+i*i*i*15, domainName(i)) // ranks spread over all strata
	}
	return b.Bytes()
}

// host is how an address of the model responds to connections.
type host int

const (
	answers host = iota
	refuses
	unreachable
	lame     // a name server that knows none of the zones
	other    // a web server with a page of its own
	root     // the root server
	registry // the name server of the top-level domain
)

// Addresses of the root server and of the only top-level domain's.
const (
	rootAddress     = "2a0f:1000:f::1"
	registryAddress = "2a0f:1000:f::2"
)

// world is the DNS and the hosts of the model in a year.
type world struct {
	records  map[string][]dns.RR // by name and type
	servfail map[string]bool     // names
	cut      map[string]bool     // names whose answers over UDP are truncated (RFC 1035 section 4.2.1)
	expired  map[string]bool     // names whose certificates have expired
	signed   map[string]bool     // zones that the resolver validates
	bogus    map[string]bool     // zones whose signatures do not hold
	hosts    map[netip.Addr]host
}

func (w *world) add(text string) {
	rr, err := dns.NewRR(text)
	if err != nil {
		panic(fmt.Sprintf("sample: record %q: %v", text, err)) // a mistake in this file
	}
	key := rr.Header().Name + dns.TypeToString[rr.Header().Rrtype]
	w.records[key] = append(w.records[key], rr)
}

func (w *world) address(name, address string, does host) {
	a := netip.MustParseAddr(address)
	kind := "A"
	if a.Is6() {
		kind = "AAAA"
	}
	w.add(fmt.Sprintf("%s. 300 IN %s %s", name, kind, address))
	w.hosts[a] = does
}

// control is the host of the baseline.
const control = "control.example"

// Hosts from which some pages load scripts: one gets IPv6 in 2023, the other never does.
const (
	sharedScripts = "scripts.dns1.example"
	oldScripts    = "scripts.dns2.example"
)

// loads are the hosts from which the page of a site loads, by the last digit of its number.
var loads = map[byte][]string{'2': {sharedScripts}, '5': {sharedScripts}, '6': {sharedScripts, oldScripts}, '9': {oldScripts}}

// scripts returns what a page loads, as HTML.
func scripts(host string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(host, "www."), ".example")
	var b strings.Builder
	for _, from := range loads[name[len(name)-1]] {
		fmt.Fprintf(&b, "<script src=https://%s/a.js></script>", from)
	}
	return b.String()
}

// worldOf builds the zones of a year. Each domain becomes ready in its own year; some never do, each for its own
// reason.
func worldOf(year int) *world {
	w := &world{map[string][]dns.RR{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[netip.Addr]host{}}
	w.address(control, "60.0.1.1", answers)
	w.address(control, "2a0f:1000:1::1", answers)
	for n := range 6 { // name servers of three operators: one without IPv6 until 2023, one whose servers are lame over it
		name := fmt.Sprintf("ns%d.dns%d.example", n%2+1, n/2+1)
		w.address(name, fmt.Sprintf("60.0.0.%d", 10+n), answers)
		switch {
		case n > 3:
			w.address(name, fmt.Sprintf("2a0f:1000::%d", 10+n), lame)
		case n < 2 || year >= 2023:
			w.address(name, fmt.Sprintf("2a0f:1000::%d", 10+n), answers)
		}
	}
	w.address("mx.mail.example", "60.1.16.25", answers)
	if year >= 2022 {
		w.address("mx.mail.example", "2a0f:1001::25", answers)
	}
	w.address("mx2.mail.example", "60.1.16.26", answers)
	w.address("mx3.mail.example", "60.1.16.27", answers)
	w.address("mx3.mail.example", "2a0f:1001::27", refuses)
	w.address(sharedScripts, "60.1.16.80", answers)
	if year >= 2023 {
		w.address(sharedScripts, "2a0f:1001::80", answers)
	}
	w.address(oldScripts, "60.1.16.81", answers)
	w.hosts[netip.MustParseAddr(rootAddress)], w.hosts[netip.MustParseAddr(registryAddress)] = root, registry
	w.zone("dns1.example", "ns1.dns1.example", "ns2.dns1.example")
	w.zone("dns2.example", "ns1.dns2.example", "ns2.dns2.example")
	w.zone("dns3.example", "ns1.dns1.example")
	w.zone("mail.example", "ns1.dns1.example")
	w.zone("dns4.example", "ns1.dns5.example") // which has IPv4 only
	w.zone("dns5.example", "ns1.dns1.example")
	w.zone("circle1.example", "ns.circle2.example") // each is found by the other only
	w.zone("circle2.example", "ns.circle1.example")
	w.address("ns1.dns4.example", "60.0.0.20", answers)
	w.address("ns1.dns4.example", "2a0f:1000::20", answers)
	w.address("ns1.dns5.example", "60.0.0.21", answers)
	w.address("mx.dns4.example", "60.1.16.28", answers)
	w.address("mx.dns4.example", "2a0f:1001::28", answers)
	for n := range 2 {
		w.address(fmt.Sprintf("ns.circle%d.example", n+1), fmt.Sprintf("60.0.0.%d", 22+n), answers)
		w.address(fmt.Sprintf("ns.circle%d.example", n+1), fmt.Sprintf("2a0f:1000::%d", 22+n), answers)
	}
	for i := range domains {
		w.domain(i, year)
	}
	return w
}

// zone delegates a zone to name servers.
func (w *world) zone(name string, servers ...string) {
	for _, s := range servers {
		w.add(fmt.Sprintf("%s. 300 IN NS %s.", name, s))
	}
}

// nameServers are those of the domains that a resolver without IPv4 does not find, each for another reason; an operator's
// serve the others.
var nameServers = map[int][]string{
	14: {"ns1.site15.example", "ns2.site15.example"}, // inside the zone, and without glue
	16: {"ns1.dns4.example"},                         // with an AAAA record in a zone on servers with IPv4 only
	28: {"ns1.dns5.example"},                         // with IPv4 only
	38: {"ns.circle1.example"},                       // in a circle of delegations
}

func (w *world) domain(i, year int) {
	name, www := domainName(i), "www."+domainName(i)
	w.add(fmt.Sprintf("%s. 300 IN SOA ns1.dns1.example. hostmaster.example. %d 7200 3600 1209600 300", name, year))
	operator := i%2 + 1
	if i%10 == 5 {
		operator = 3
	}
	switch {
	case i%10 == 1:
		w.signed[name] = true
		w.add(fmt.Sprintf("%s. 300 IN DS 1 13 2 %064x", name, i))
	case i == 3:
		w.bogus[name] = true
	}
	servers := nameServers[i]
	if servers == nil {
		servers = []string{fmt.Sprintf("ns1.dns%d.example", operator), fmt.Sprintf("ns2.dns%d.example", operator)}
	}
	w.zone(name, servers...)
	if i == 14 {
		for n := range servers {
			w.address(servers[n], fmt.Sprintf("60.0.0.%d", 30+n), answers)
			w.address(servers[n], fmt.Sprintf("2a0f:1000::%d", 30+n), answers)
		}
	}
	switch {
	case i == 26: // a mail exchanger in a zone on servers with IPv4 only
		w.add(fmt.Sprintf("%s. 300 IN MX 10 mx.dns4.example.", name))
	case i%8 == 7:
		w.add(fmt.Sprintf("%s. 300 IN MX 0 .", name)) // RFC 7505
	case i%9 == 4:
		w.add(fmt.Sprintf("%s. 300 IN MX 10 mx3.mail.example.", name))
	case i%3 == 0:
		w.add(fmt.Sprintf("%s. 300 IN MX 10 mx2.mail.example.", name))
	default:
		w.add(fmt.Sprintf("%s. 300 IN MX 10 mx.mail.example.", name))
	}
	v4 := fmt.Sprintf("60.%d.%d.80", i, 16*(i%8))
	v6 := fmt.Sprintf("2a0f:%x::80", 0x1000+i)
	both := func(address string, does host) {
		w.address(name, address, does)
		w.add(fmt.Sprintf("%s. 300 IN CNAME %s.", www, name))
	}
	switch i {
	case 3: // its zone is broken
		w.servfail[name], w.servfail[www] = true, true
		return
	case 9:
		both(v4, answers)
		w.address(name, "fe80::1", unreachable)
	case 12:
		both(v4, answers)
		w.address(name, "fd00:12::80", unreachable)
	case 15:
		both(v4, answers)
		w.address(name, "2001:db8::80", unreachable)
	case 18:
		both(v4, answers)
		w.address(name, "64:ff9b::3c12:2050", unreachable)
	case 21: // an AAAA record whose address has no listener
		both(v4, answers)
		w.address(name, v6, refuses)
	case 22: // www is an alias in a zone on servers with IPv4 only
		w.address(name, v4, answers)
		w.address(name, v6, answers)
		w.add(fmt.Sprintf("%s. 300 IN CNAME site23.dns4.example.", www))
		w.address("site23.dns4.example", v4, answers)
		w.address("site23.dns4.example", v6, answers)
	case 24:
		both(v4, answers)
		w.address(name, v6, answers)
		w.address(name, v6+"1", unreachable)
	case 27:
		both(v6, answers)
	case 30: // a long answer
		both(v4, answers)
		w.cut[name] = true
	case 33: // no address at all
		return
	case 34: // another page over IPv6
		both(v4, answers)
		w.address(name, v6, other)
	case 36: // an expired certificate, over both families
		both(v4, answers)
		w.address(name, v6, answers)
		w.expired[name], w.expired[www] = true, true
		w.add(fmt.Sprintf("%s. 300 IN HTTPS 1 . alpn=\"h2\" ipv6hint=%s", name, v6))
	case 37: // a loop of CNAMEs
		w.address(name, v4, answers)
		w.add(fmt.Sprintf("%s. 300 IN CNAME a.%s.", www, www))
		w.add(fmt.Sprintf("a.%s. 300 IN CNAME %s.", www, www))
	default:
		both(v4, answers)
		if year >= 2018+i%11 {
			w.address(name, v6, answers)
		}
	}
}

// answer returns the response of the model's resolver, or, for a question without recursion, of its name servers.
func (w *world) answer(q *dns.Msg, overUDP bool) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable, m.Authoritative = q.RecursionDesired, !q.RecursionDesired
	name, kind := strings.ToLower(q.Question[0].Name), q.Question[0].Qtype
	bare := strings.TrimSuffix(name, ".")
	switch {
	case w.servfail[bare] && !(w.bogus[bare] && q.CheckingDisabled):
		m.Rcode = dns.RcodeServerFailure
		return m
	case overUDP && w.cut[bare]:
		m.Truncated = true
		return m
	}
	m.AuthenticatedData = q.RecursionDesired && w.signed[bare]
	known := false
	for range 8 { // CNAMEs
		for _, t := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeNS, dns.TypeMX, dns.TypeSOA, dns.TypeCNAME} {
			known = known || len(w.records[name+dns.TypeToString[t]]) > 0
		}
		m.Answer = append(m.Answer, w.records[name+dns.TypeToString[kind]]...)
		alias := w.records[name+"CNAME"]
		if len(alias) == 0 || kind == dns.TypeCNAME {
			break
		}
		m.Answer = append(m.Answer, alias...)
		name = alias[0].(*dns.CNAME).Target
	}
	if !known {
		m.Rcode = dns.RcodeNameError
	}
	return m
}

// delegation returns the answer of the root server, or of the top-level domain's, which refer to the servers below. The glue is
// that of servers inside the zone; one domain has none.
func (w *world) delegation(top bool) func(q *dns.Msg, overUDP bool) *dns.Msg {
	return func(q *dns.Msg, _ bool) *dns.Msg {
		m := new(dns.Msg).SetReply(q)
		name := dns.CanonicalName(q.Question[0].Name)
		labels := dns.SplitDomainName(name)
		switch {
		case len(labels) == 0 || labels[len(labels)-1] != "example":
			m.Authoritative, m.Rcode = true, dns.RcodeNameError
			return m
		case top:
			for _, text := range []string{"example. 300 IN NS a.nic.example.", "a.nic.example. 300 IN AAAA " + registryAddress} {
				rr, err := dns.NewRR(text)
				if err != nil {
					panic(err) // a mistake in this file
				}
				if rr.Header().Rrtype == dns.TypeNS {
					m.Ns = append(m.Ns, rr)
				} else {
					m.Extra = append(m.Extra, rr)
				}
			}
			return m
		}
		cut := dns.Fqdn(strings.Join(labels[max(0, len(labels)-2):], "."))
		m.Ns = w.records[cut+"NS"]
		if len(m.Ns) == 0 {
			m.Authoritative, m.Rcode = true, dns.RcodeNameError
			return m
		}
		for _, rr := range m.Ns {
			if host := rr.(*dns.NS).Ns; dns.IsSubDomain(cut, host) && cut != "site15.example." {
				m.Extra = append(m.Extra, w.records[host+"AAAA"]...)
			}
		}
		return m
	}
}

// firstProbe is the first year with a probe run.
const firstProbe = 2021

// Probes returns the days of the model that are probed, and how.
func Probes() ipv6.Sample {
	s := ipv6.Sample{Run: probeDay}
	for year := firstProbe; year <= lastYear; year++ {
		s.Days = append(s.Days, time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	return s
}

// probeDay starts the model's servers on loopback and calls run with a network that leads to them. Every address of the
// model is mapped to loopback, so that nothing leaves the machine. The network's clock stays at the model's day, so
// that two runs give the same transcript.
func probeDay(ctx context.Context, day time.Time, run func(n ipv6.Network) error) error {
	w := worldOf(day.Year())
	var started servers
	defer started.stop()
	resolver, err := started.dns(w.answer)
	if err != nil {
		return err
	}
	ignorant, err := started.dns(func(q *dns.Msg, _ bool) *dns.Msg {
		return new(dns.Msg).SetRcode(q, dns.RcodeRefused)
	})
	if err != nil {
		return err
	}
	above, err := started.dns(w.delegation(true))
	if err != nil {
		return err
	}
	example, err := started.dns(w.delegation(false))
	if err != nil {
		return err
	}
	issuer, err := newIssuer(day, w.expired)
	if err != nil {
		return err
	}
	pages, err := started.web(issuer, "This is ")
	if err != nil {
		return err
	}
	others, err := started.web(issuer, "A page under construction, not ")
	if err != nil {
		return err
	}
	mail, err := started.mail()
	if err != nil {
		return err
	}
	dialer := &net.Dialer{}
	return run(ipv6.Network{
		Resolver:    resolver,
		RootServers: []netip.Addr{netip.MustParseAddr(rootAddress)},
		Roots:       issuer.roots(),
		Timeout:     10 * time.Second, // the machine may be busy
		Now:         func() time.Time { return day },
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == resolver {
				return dialer.DialContext(ctx, network, address)
			}
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return nil, err
			}
			does, known := w.hosts[to.Addr()]
			switch {
			case !known || does == unreachable:
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}
			case does == refuses:
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
			}
			server := map[uint16]string{25: mail, 80: pages.http, 443: pages.https, 53: resolver}[to.Port()]
			switch {
			case does == other && to.Port() != 443:
				server = others.http
			case does == other:
				server = others.https
			case does == lame:
				server = ignorant
			case does == root:
				server = above
			case does == registry:
				server = example
			}
			return dialer.DialContext(ctx, network, server)
		},
	})
}
