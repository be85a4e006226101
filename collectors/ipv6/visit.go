package ipv6

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"tidemark/collectors/ipv6/failure"
	"tidemark/collectors/ipv6/special"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"
)

// Limits on what a hostile zone can make the probe do.
const (
	maxHosts     = 16 // name servers or mail exchangers
	maxAddresses = 32 // of a host and family
)

// visit is a domain while it is probed: its line of the transcript, and what is needed until that is written.
type visit struct {
	line  domain
	due   bool              // a test has not been made, or failed and may be repeated
	pages map[pageKey]*page // by URL and family: each is fetched once
}

func (p *prober) newVisit(d listed) *visit {
	v := &visit{line: domain{Rank: d.rank, Domain: d.domain, Panel: d.panel, Refreshed: d.fresh, Baseline: p.header.Baseline}, due: true}
	if p.manners.out.host(d.domain) {
		v.line.Skipped, v.due = "the domain is on the opt-out list", false
		return v
	}
	for _, h := range []struct {
		kind, host string
		types      []string
	}{{"apex", d.domain, []string{"A", "AAAA", "NS", "MX", "HTTPS"}}, {"www", "www." + d.domain, []string{"A", "AAAA", "HTTPS"}}} {
		for _, t := range h.types {
			v.line.Lookups = append(v.line.Lookups, &lookup{Kind: h.kind, Host: h.host, QType: t})
		}
	}
	return v
}

// due reports whether a test is to be made. A skipped one stays skipped.
func (t *try) due() bool {
	return t.Attempts == 0 && t.Failure == "" || t.Attempts < attempts && t.Failure != "" && t.Failure != "skipped"
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
	return all
}

// forget removes the failures of a round in which the network was down.
func (v *visit) forget(round int) {
	for _, t := range v.tries() {
		if t.round == round && t.Failure != "" && t.Attempts > 0 {
			t.Attempts--
			v.due = true
		}
	}
}

// visit makes the tests of a domain that are due; each step uses the results of the one before. Its error is the context's.
func (p *prober) visit(ctx context.Context, v *visit) error {
	d := &v.line
	if err := p.lookups(ctx, d.Lookups); err != nil {
		return err
	}
	v.addHosts()
	if err := p.lookups(ctx, d.Lookups); err != nil {
		return err
	}
	v.addAuthority()
	if err := p.authorities(ctx, v); err != nil {
		return err
	}
	v.addConnects(p.smtp)
	if err := p.connects(ctx, v); err != nil {
		return err
	}
	v.due = false
	for _, t := range v.tries() {
		v.due = v.due || t.due()
	}
	if !v.due {
		v.pages = nil
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

// addHosts adds the address lookups of the name servers and mail exchangers that were found.
func (v *visit) addHosts() {
	for _, kind := range []string{"ns", "mx"} {
		q := v.find("apex", v.line.Domain, map[string]string{"ns": "NS", "mx": "MX"}[kind])
		if q.read == nil {
			continue
		}
		for _, host := range q.read.targets[:min(len(q.read.targets), maxHosts)] {
			if v.find(kind, host, "A") == nil {
				v.line.Lookups = append(v.line.Lookups, &lookup{Kind: kind, Host: host, QType: "A"}, &lookup{Kind: kind, Host: host, QType: "AAAA"})
			}
		}
	}
}

// addAuthority adds the questions to the name servers.
func (v *visit) addAuthority() {
	for _, q := range v.line.Lookups {
		if q.Kind != "ns" || q.read == nil {
			continue
		}
		for _, a := range q.read.addresses[:min(len(q.read.addresses), maxAddresses)] {
			if !slices.ContainsFunc(v.line.Authority, func(old *authority) bool { return old.Host == q.Host && old.Address == a }) {
				v.line.Authority = append(v.line.Authority, &authority{Host: q.Host, QType: q.QType, Address: a})
			}
		}
	}
}

var services = map[string][]struct {
	name string
	port uint16
}{
	"apex": {{"https", 443}, {"http", 80}},
	"www":  {{"https", 443}, {"http", 80}},
	"mx":   {{"smtp", 25}},
}

// addConnects adds the connections to each address of web hosts, and of mail exchangers where port 25 is opted in.
func (v *visit) addConnects(smtp bool) {
	for _, q := range v.line.Lookups {
		if q.read == nil || q.Kind == "mx" && !smtp || q.QType == "HTTPS" {
			continue
		}
		for _, s := range services[q.Kind] {
			for _, a := range q.read.addresses[:min(len(q.read.addresses), maxAddresses)] {
				if !slices.ContainsFunc(v.line.Connects, func(old *connect) bool {
					return old.Kind == q.Kind && old.Host == q.Host && old.Address == a && old.Port == s.port
				}) {
					v.line.Connects = append(v.line.Connects, &connect{Kind: q.Kind, Host: q.Host, QType: q.QType, Service: s.name, Address: a, Port: s.port})
				}
			}
		}
	}
}

func (p *prober) lookups(ctx context.Context, all []*lookup) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, q := range all {
		if q.due() {
			group.Go(func() error { return p.lookup(ctx, q) })
		}
	}
	return group.Wait()
}

// lookup asks the resolver. Its error is the context's.
func (p *prober) lookup(ctx context.Context, q *lookup) error {
	if err := p.manners.all.Wait(ctx); err != nil {
		return err
	}
	x, err := p.dns.Lookup(ctx, q.Host, dns.StringToType[q.QType])
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
	t.round = p.round
}

// authorities asks the name servers, those of one host at a time.
func (p *prober) authorities(ctx context.Context, v *visit) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, q := range v.line.Authority {
		if q.due() {
			group.Go(func() error { return p.authority(ctx, v.line.Domain, q) })
		}
	}
	return group.Wait()
}

// authority asks a name server for the domain's SOA, without recursion.
func (p *prober) authority(ctx context.Context, domain string, q *authority) error {
	if why := p.shuns(q.Host, q.Address); why != "" {
		q.At, q.Failure, q.Error = p.Now().UTC(), "skipped", why
		return nil
	}
	release, err := p.manners.visit(ctx, q.Address, operator(q.Host))
	if err != nil {
		return err
	}
	defer release()
	x, err := p.dns.Ask(ctx, netip.AddrPortFrom(q.Address, 53), domain, dns.TypeSOA)
	if e := ctx.Err(); e != nil {
		return e
	}
	q.begin(p, cmp.Or(x.At, p.Now()).UTC())
	q.Response, q.TCP, q.MS = x.Response, x.TCP, milliseconds(x.RTT)
	if err != nil {
		q.Failure, q.Error = failure.Class(err), failure.Text(err)
		return nil
	}
	q.Failure, q.Error = judgeAuthority(domain, x.Response)
	return nil
}

// judgeAuthority returns what is wrong with a name server's answer, or two empty strings if it is authoritative.
func judgeAuthority(domain string, response []byte) (result, why string) {
	a, err := readAnswer(domain, "SOA", response)
	if err != nil {
		return "error", err.Error()
	}
	if ok, why := a.authoritative(); !ok {
		return "lame", why
	}
	return "", ""
}

// shuns returns why a host or address must not be connected to, or "" if it may be.
func (p *prober) shuns(host string, a netip.Addr) string {
	class := special.Class(a)
	switch {
	case p.manners.out.host(host):
		return "the host is on the opt-out list"
	case p.manners.out.address(a):
		return "the address is on the opt-out list"
	case class != "": // it is not a public server, and perhaps one of this network
		return "a special-purpose address (" + class + ") is not connected to"
	}
	return ""
}
