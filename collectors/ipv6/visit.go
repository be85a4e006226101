package ipv6

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tidemark/collectors/ipv6/failure"
	"tidemark/collectors/ipv6/resolver"
	"tidemark/collectors/ipv6/special"

	"github.com/miekg/dns"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/sync/errgroup"
)

// Limits on what a hostile zone can make the probe do.
const (
	maxHosts     = 16               // name servers or mail exchangers
	maxAddresses = 16               // of a family that a service of the domain is tested at, spread over its hosts
	maxTime      = 90 * time.Second // that the connections of a domain take together; what failed by then is not repeated
)

// visit is a domain while it is probed: its line of the transcript, and what is needed until that is written.
type visit struct {
	line  domain
	place int               // in the order of the run
	due   bool              // a test has not been made, or failed and may be repeated
	pass  int               // that makes, or made, the tests; a failed test is repeated in a later one
	spent atomic.Int64      // time.Duration of all connections, without the waits that manners ask for
	pages map[pageKey]*page // by URL and family: each is fetched once

	again time.Time // when the next pass may begin
	ended int64     // round in which the last pass ended
	bytes int64     // its size then
}

func (p *prober) newVisit(d listed) *visit {
	v := &visit{line: domain{Rank: d.rank, Domain: d.domain, Panel: d.panel, Refreshed: d.fresh, Baseline: p.header.Baseline}, due: true}
	if p.manners.out.host(d.domain) {
		v.line.Skipped, v.due = "the domain is on the opt-out list", false
		return v
	}
	for _, t := range []string{"A", "AAAA", "NS", "MX", "HTTPS"} {
		v.add("apex", d.domain, t)
	}
	if www := "www." + d.domain; len(www) <= maxName && strings.Contains(strings.Trim(d.domain, "."), ".") { // the www of a top-level domain is another's
		for _, t := range []string{"A", "AAAA", "HTTPS"} {
			v.add("www", www, t)
		}
	}
	return v
}

// add adds a lookup that is not there yet, and reports whether it did.
func (v *visit) add(kind, host, qtype string) bool {
	if v.find(kind, host, qtype) != nil {
		return false
	}
	v.line.Lookups = append(v.line.Lookups, &lookup{Kind: kind, Host: host, QType: qtype})
	return true
}

// due reports whether a test is to be made in a pass. A skipped one stays skipped, and a failed one waits for a later pass.
func (t *try) due(pass int) bool {
	return t.pass != pass && (t.Attempts == 0 && t.Failure == "" || t.Attempts < attempts && t.Failure != "" && t.Failure != "skipped")
}

// tries returns all tests of the domain so far.
func (v *visit) tries() (all []*try) {
	for _, q := range v.line.Lookups {
		all = append(all, &q.try)
	}
	for _, q := range v.line.Authority {
		all = append(all, &q.try)
	}
	for _, c := range v.line.Connects {
		all = append(all, &c.try)
	}
	for _, w := range v.line.Ways {
		all = append(all, &w.try)
	}
	if v.line.Front != nil {
		for _, s := range v.line.Front.Tested {
			for _, q := range s.Lookups {
				all = append(all, &q.try)
			}
			for _, c := range s.Connects {
				all = append(all, &c.try)
			}
		}
	}
	return all
}

// forget removes the failures of tests that began in a round or later, in which the network may have been down.
func (v *visit) forget(round int64) {
	for _, t := range v.tries() {
		if t.round >= round && t.Failure != "" && t.Attempts > 0 {
			t.Attempts--
			v.due = true
		}
	}
	if v.due {
		v.spent.Store(0)
	}
}

// testBytes is about how much memory a test takes beside the answer.
const testBytes = 512

// size returns about how many bytes a visit that is not under way takes.
func (v *visit) size() int64 {
	n := testBytes * len(v.tries())
	for _, q := range v.line.Lookups {
		n += 2 * len(q.Response) // it is held as read, too
	}
	for _, q := range v.line.Authority {
		n += len(q.Response)
	}
	for _, x := range v.line.Walked {
		n += testBytes + len(x.Response)
	}
	for _, p := range v.pages {
		n += testBytes + 4*cap(p.words)
	}
	if v.pages == nil { // or else the connections have the same pages
		for _, c := range v.line.Connects {
			if c.HTTP != nil {
				n += 4 * cap(c.HTTP.words)
			}
		}
	}
	return int64(n)
}

// failed reports whether a test of the domain failed.
func (v *visit) failed() bool {
	return slices.ContainsFunc(v.tries(), func(t *try) bool { return t.Failure != "" && t.Attempts > 0 })
}

// visit makes a pass: the tests of a domain that are due, each step using the results of the one before. Its error is the
// context's.
func (p *prober) visit(ctx context.Context, v *visit) error {
	v.pass++
	for more := true; more; more = v.addHosts(p.smtp) {
		if err := p.lookups(ctx, v); err != nil {
			return err
		}
	}
	v.addAuthority(p)
	if err := p.authorities(ctx, v); err != nil {
		return err
	}
	if p.header.Baseline && len(p.RootServers) > 0 {
		v.addWays(p.smtp)
		if err := p.ways(ctx, v); err != nil {
			return err
		}
	}
	v.addConnects(p)
	if err := p.connects(ctx, v); err != nil {
		return err
	}
	if p.Packets != nil {
		v.addHTTP3()
		if err := p.connects(ctx, v); err != nil {
			return err
		}
	}
	if err := p.subresources(ctx, v); err != nil {
		return err
	}
	v.addRedirects()
	if err := p.lookups(ctx, v); err != nil {
		return err
	}
	v.due = v.spent.Load() < int64(maxTime) && slices.ContainsFunc(v.tries(), func(t *try) bool { return t.due(v.pass + 1) })
	if !v.due {
		v.pages = nil
		v.line.Connects = slices.DeleteFunc(v.line.Connects, func(c *connect) bool { return c.Attempts == 0 && c.Failure == "" })
	}
	return nil
}

// find returns a lookup of the domain, or nil.
func (v *visit) find(kind, host, qtype string) *lookup {
	for _, q := range v.line.Lookups {
		if q.Kind == kind && q.Host == host && q.QType == qtype {
			return q
		}
	}
	return nil
}

// unchecked is the kind of a lookup that asks the resolver not to validate, where it failed: if there is an answer then, DNSSEC is
// what failed.
const unchecked = "unchecked"

// addHosts adds the lookups that follow from those made so far: of the zone around a name that is none itself, and of the
// addresses of name servers and mail exchangers. It reports whether there are any.
func (v *visit) addHosts(smtp bool) (added bool) {
	zone := v.zone()
	if q := v.find("apex", v.line.Domain, "NS"); q != nil && q.read != nil && q.read.rcode == "SERVFAIL" {
		added = v.add(unchecked, v.line.Domain, "NS")
	}
	if parent := v.above(zone); parent != "" {
		added = v.add("zone", parent, "NS") || added
	} else if len(zone.named()) > 0 && zone.Host != rootZone { // nobody delegates the root
		added = v.add(zone.Kind, zone.Host, "DS") || added
	}
	for _, named := range []struct {
		kind  string
		hosts []string
	}{{"ns", zone.named()}, {"mx", v.exchangers(smtp)}} {
		for _, host := range named.hosts[:min(len(named.hosts), maxHosts)] {
			added = v.add(named.kind, host, "A") || added
			added = v.add(named.kind, host, "AAAA") || added
		}
	}
	return added
}

// named returns the hosts that the answer to an NS or MX lookup names; none if there is no answer.
func (q *lookup) named() []string {
	if q == nil || q.read == nil {
		return nil
	}
	return q.read.targets
}

// zone returns the NS lookup of the zone that the domain is in, as far up as it was looked for; nil if the domain was not
// looked up.
func (v *visit) zone() *lookup {
	q := v.find("apex", v.line.Domain, "NS")
	for q != nil {
		up := v.find("zone", v.above(q), "NS")
		if up == nil {
			break
		}
		q = up
	}
	return q
}

// above returns the parent of a name that turned out not to be the top of a zone: it has no NS records, or is an alias. It
// is empty where that is not so, and above the registered domain.
func (v *visit) above(q *lookup) string {
	if q == nil || q.read == nil || q.Failure != "" || q.read.result() != "no-data" && len(q.read.chain) == 0 {
		return ""
	}
	if top, err := publicsuffix.EffectiveTLDPlusOne(v.line.Domain); err != nil || q.Host == top {
		return ""
	}
	_, parent, _ := strings.Cut(q.Host, ".")
	return parent
}

// exchangers returns the mail exchangers. Without an MX record the domain itself is the mail host (RFC 5321 section 5.1),
// which only a connection can show.
func (v *visit) exchangers(smtp bool) []string {
	q := v.find("apex", v.line.Domain, "MX")
	if smtp && q != nil && q.read != nil && q.Failure == "" && q.read.result() == "no-data" {
		return []string{v.line.Domain}
	}
	return q.named()
}

// spot is an address that a lookup found.
type spot struct {
	*lookup
	netip.Addr
}

// spread returns the addresses of a family at which hosts of some kinds are tested: in ascending order, the first of each
// host before the second of any, and at most maxAddresses. What the resolver's DNS64 made is not tested.
func (v *visit) spread(p *prober, qtype string, kinds ...string) (all []spot) {
	var hosts [][]spot
	for _, q := range v.line.Lookups {
		if q.QType != qtype || q.read == nil || !slices.Contains(kinds, q.Kind) {
			continue
		}
		var v4 *answer
		if other := v.find(q.Kind, q.Host, "A"); other != nil {
			v4 = other.read
		}
		var of []spot
		for _, a := range slices.SortedFunc(slices.Values(q.read.addresses), netip.Addr.Compare) {
			if qtype == "A" || !throughDNS64(a, p.header.DNS64, v4) {
				of = append(of, spot{q, a})
			}
		}
		hosts = append(hosts, of)
	}
	for i, more := 0, true; more; i++ {
		more = false
		for _, of := range hosts {
			if i < len(of) && len(all) < maxAddresses {
				all, more = append(all, of[i]), true
			}
		}
	}
	return all
}

// addAuthority adds the questions to the name servers.
func (v *visit) addAuthority(p *prober) {
	zone := v.zone()
	for _, qtype := range []string{"A", "AAAA"} {
		for _, s := range v.spread(p, qtype, "ns") {
			if slices.ContainsFunc(v.line.Authority, func(old *authority) bool { return old.Host == s.Host && old.Address == s.Addr }) {
				continue
			}
			q := &authority{Host: s.Host, QType: qtype, Address: s.Addr}
			if zone.Host != v.line.Domain {
				q.Zone = zone.Host
			}
			p.shun(&q.try, s)
			v.line.Authority = append(v.line.Authority, q)
		}
	}
}

// services are those that a connection tests, by the kinds of hosts that offer them.
var services = []struct {
	name  string
	port  uint16
	kinds []string
}{{"https", 443, []string{"apex", "www"}}, {"http", 80, []string{"apex", "www"}}, {"smtp", 25, []string{"mx"}}}

// addConnects adds the connections to the addresses of web hosts, and of mail exchangers where port 25 is opted in.
func (v *visit) addConnects(p *prober) {
	for _, qtype := range []string{"A", "AAAA"} {
		for _, service := range services {
			if service.name == "smtp" && !p.smtp {
				continue
			}
			for _, s := range v.spread(p, qtype, service.kinds...) {
				if slices.ContainsFunc(v.line.Connects, func(old *connect) bool {
					return old.Kind == s.Kind && old.Host == s.Host && old.Address == s.Addr && old.Service == service.name
				}) {
					continue
				}
				c := &connect{Kind: s.Kind, Host: s.Host, QType: qtype, Service: service.name, Address: s.Addr, Port: service.port}
				p.shun(&c.try, s)
				v.line.Connects = append(v.line.Connects, c)
			}
		}
	}
}

// addRedirects adds the address lookups of the hosts outside the site to which its pages over IPv6 redirect.
func (v *visit) addRedirects() {
	n := 0
	for _, c := range v.line.Connects {
		if host := c.HTTP.away(v.line.Domain); host != "" && c.QType == "AAAA" && n < maxHosts {
			v.add("redirect", host, "A")
			v.add("redirect", host, "AAAA")
			n++
		}
	}
}

func (p *prober) lookups(ctx context.Context, v *visit) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, q := range v.line.Lookups {
		if q.due(v.pass) {
			q.pass = v.pass
			group.Go(func() error { return p.lookup(ctx, q) })
		}
	}
	return group.Wait()
}

// lookup asks the resolver when that is polite. Its error is the context's.
func (p *prober) lookup(ctx context.Context, q *lookup) error {
	if err := p.manners.all.Wait(ctx); err != nil {
		return err
	}
	return p.ask(ctx, p.dns, q)
}

// ask asks the resolver. Its error is the context's.
func (p *prober) ask(ctx context.Context, client *resolver.Client, q *lookup) error {
	ask := client.Lookup
	if q.Kind == unchecked {
		ask = client.LookupUnchecked
	}
	x, err := ask(ctx, q.Host, dns.StringToType[q.QType])
	if e := ctx.Err(); e != nil {
		return e
	}
	q.begin(p, cmp.Or(x.At, p.Now()).UTC())
	q.Response, q.TCP, q.read, q.MS = x.Response, x.TCP, nil, milliseconds(x.RTT)
	if err == nil {
		q.read, err = readAnswer(q.Host, q.QType, x.Response)
	}
	if err != nil {
		q.Failure, q.Error = failure.Class(err), failure.Text(err)
		return nil
	}
	if q.Error = q.read.wrong(); q.Error != "" {
		q.Failure = q.read.result()
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// begin counts an attempt.
func (t *try) begin(p *prober, at time.Time) {
	t.At, t.MS, t.Failure, t.Error = at, 0, "", ""
	t.Attempts++
	t.round = p.round.Load()
	p.idle.test()
}

// authorities asks the name servers, those of one host at a time.
func (p *prober) authorities(ctx context.Context, v *visit) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, q := range v.line.Authority {
		if q.due(v.pass) {
			q.pass = v.pass
			group.Go(func() error { return p.authority(ctx, cmp.Or(q.Zone, v.line.Domain), q) })
		}
	}
	return group.Wait()
}

// authority asks a name server for the zone's SOA, without recursion.
func (p *prober) authority(ctx context.Context, zone string, q *authority) error {
	release, err := p.manners.visit(ctx, q.Address, operator(q.Host))
	if err != nil {
		return err
	}
	defer release()
	x, err := p.dns.Ask(ctx, netip.AddrPortFrom(q.Address, 53), zone, dns.TypeSOA)
	if e := ctx.Err(); e != nil {
		return e
	}
	q.begin(p, cmp.Or(x.At, p.Now()).UTC())
	q.Response, q.TCP, q.MS = x.Response, x.TCP, milliseconds(x.RTT)
	if err != nil {
		q.Failure, q.Error = failure.Class(err), failure.Text(err)
		return nil
	}
	q.Failure, q.Error = judgeAuthority(zone, x.Response)
	return nil
}

// judgeAuthority returns what is wrong with a name server's answer, or two empty strings if it is authoritative.
func judgeAuthority(zone string, response []byte) (result, why string) {
	a, err := readAnswer(zone, "SOA", response)
	if err != nil {
		return "error", err.Error()
	}
	if ok, why := a.authoritative(); !ok {
		return "lame", why
	}
	return "", ""
}

// shun skips a test at an address that must not be connected to.
func (p *prober) shun(t *try, s spot) {
	if why := p.shuns(s); why != "" {
		t.At, t.Failure, t.Error = p.Now().UTC(), "skipped", why
	}
}

// shuns returns why an address must not be connected to; empty: it may be. Whoever runs the name at the end of an alias runs
// the server.
func (p *prober) shuns(s spot) string {
	class := special.Class(s.Addr)
	switch {
	case p.manners.out.host(s.Host):
		return "the host is on the opt-out list"
	case slices.ContainsFunc(s.read.chain, p.manners.out.host):
		return "the host is an alias of a name on the opt-out list"
	case p.manners.out.address(s.Addr):
		return "the address is on the opt-out list"
	case class != "": // it is not a public server, and perhaps one of this network
		return "a special-purpose address (" + class + ") is not connected to"
	}
	return ""
}
