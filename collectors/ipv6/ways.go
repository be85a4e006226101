package ipv6

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"tidemark/collectors/ipv6/delegation"
	"tidemark/collectors/ipv6/failure"
	"tidemark/collectors/ipv6/special"
)

// maxTargets is the number of hosts of HTTPS records to which a way is looked for.
const maxTargets = 4

// publicRoots are the IPv6 addresses of the root servers (https://www.internic.net/domain/named.root).
var publicRoots = func() (all []netip.Addr) {
	for _, a := range []string{
		"2001:503:ba3e::2:30", "2801:1b8:10::b", "2001:500:2::c", "2001:500:2d::d", "2001:500:a8::e", "2001:500:2f::f", "2001:500:12::d0d",
		"2001:500:1::53", "2001:7fe::53", "2001:503:c27::2:30", "2001:7fd::1", "2001:500:9f::42", "2001:dc3::35",
	} {
		all = append(all, netip.MustParseAddr(a))
	}
	return all
}()

// rootOperator is in whose name the root servers are asked.
const rootOperator = "root-servers.net"

// newWalker returns what follows names from the root servers over IPv6, as politely as all else is asked.
func (p *prober) newWalker(roots []netip.Addr) *delegation.Walker {
	return delegation.New(delegation.Network{
		Ask:     p.askServer,
		HasAAAA: p.hasAAAA,
		Class: func(err error) string {
			if errors.Is(err, errSpecial) {
				return "special"
			}
			return failure.Class(err)
		},
	}, roots, p.Retry)
}

// errSpecial is the error of an address to which nobody can send a query.
var errSpecial = errors.New("a special-purpose address")

// askServer asks a name server when that is polite.
func (p *prober) askServer(ctx context.Context, server netip.Addr, host, name string, qtype uint16, tcp bool) (delegation.Answer, error) {
	host = bare(host)
	if host == "" {
		host = rootOperator
	}
	if p.manners.out.host(host) || p.manners.out.address(server) {
		return delegation.Answer{}, fmt.Errorf("%w: %s %s is on the opt-out list", delegation.ErrSkipped, host, server)
	}
	if class := special.Class(server); class != "" {
		return delegation.Answer{}, fmt.Errorf("%s is %w (%s)", server, errSpecial, class)
	}
	release, err := p.manners.visit(ctx, server, operator(host))
	if err != nil {
		return delegation.Answer{}, err
	}
	defer release()
	p.idle.test()
	p.asked.Add(1)
	ask := p.dns.Ask
	if tcp {
		ask = p.dns.AskTCP
	}
	x, err := ask(ctx, netip.AddrPortFrom(server, 53), name, qtype)
	return delegation.Answer{At: cmp.Or(x.At, p.Now()).UTC(), TCP: x.TCP, Response: x.Response}, err
}

// hasAAAA reports whether the resolver finds an AAAA record of a host that its DNS64 did not make.
func (p *prober) hasAAAA(ctx context.Context, host string) (bool, error) {
	q := &lookup{Kind: "ns", Host: bare(host), QType: "AAAA"}
	if err := p.lookup(ctx, q); err != nil {
		return false, err
	}
	if q.Failure != "" {
		return false, errors.New(q.Error)
	}
	return slices.ContainsFunc(q.read.addresses, func(a netip.Addr) bool { return !throughDNS64(a, p.header.DNS64, nil) }), nil
}

// addWays adds the names to which a resolver has to get: the zone, aliases of the domain, www, and where MX and HTTPS records lead.
func (v *visit) addWays(smtp bool) {
	add := func(kind, host string) {
		if host != "" && !slices.ContainsFunc(v.line.Ways, func(w *way) bool { return w.Host == host && (w.Kind == kind || kind != "zone" && w.Kind != "zone") }) {
			v.line.Ways = append(v.line.Ways, &way{Kind: kind, Host: host})
		}
	}
	switch zone := v.zone(); {
	case len(zone.named()) > 0:
		add("zone", zone.Host)
	case zone.read != nil && zone.read.rcode == "NXDOMAIN": // it does not exist
	case operator(v.line.Domain) == v.line.Domain: // a registered domain, whose name servers the resolver does not find
		add("zone", v.line.Domain)
	}
	for _, q := range v.line.Lookups {
		switch {
		case q.read == nil || q.Failure != "" || q.QType != "A" && q.QType != "AAAA":
		case q.Kind == "apex" && len(q.read.chain) > 0, q.Kind == "www" && len(q.read.addresses) > 0:
			add(q.Kind, q.Host)
		}
	}
	exchangers := v.exchangers(smtp)
	for _, host := range exchangers[:min(len(exchangers), maxHosts)] {
		if host != v.line.Domain {
			add("mx", host)
		}
	}
	for _, kind := range []string{"apex", "www"} {
		host := v.line.Domain
		if kind == "www" {
			host = "www." + host
		}
		q := v.find(kind, host, "HTTPS")
		if q == nil || q.read == nil {
			continue
		}
		for _, b := range q.read.bindings[:min(len(q.read.bindings), maxTargets)] {
			if b.target != v.line.Domain && b.target != "www."+v.line.Domain {
				add("https", b.target)
			}
		}
	}
}

// ways follows the names that are due from the root. Its error is the context's.
func (p *prober) ways(ctx context.Context, v *visit) error {
	walk := p.walker.Begin()
	for _, w := range v.line.Ways {
		if !w.due(v.pass) {
			continue
		}
		w.pass = v.pass
		w.begin(p, p.Now().UTC())
		if w.Kind != "zone" {
			path, err := walk.Name(ctx, w.Host)
			if err != nil {
				return err
			}
			w.Path = *path
		} else {
			zone, err := walk.Zone(ctx, w.Host, func(a netip.Addr) (result, text string, ok bool) { return v.served(w.Host, a) })
			if err != nil {
				return err
			}
			w.Path, w.Servers = zone.Path, zone.Servers
		}
		if w.Step == delegation.NoAnswer || w.Step == delegation.NoRoot {
			w.try.Failure, w.try.Error = "timeout", w.Path.Failure.Error
		}
	}
	for _, x := range walk.Exchanges() {
		if len(v.line.Walked) < maxWalked && !slices.ContainsFunc(v.line.Walked, x.Same) {
			v.line.Walked = append(v.line.Walked, x)
		}
	}
	return nil
}

// maxWalked is the number of exchanges with name servers that the line of a domain has at most.
const maxWalked = 128

// served returns what an address answered for a zone, if it was asked.
func (v *visit) served(zone string, a netip.Addr) (result, text string, ok bool) {
	for _, q := range v.line.Authority {
		if q.Address == a && q.Attempts > 0 && (q.Zone == zone || q.Zone == "" && v.line.Domain == zone) {
			if q.Failure == "" {
				return "ok", "", true
			}
			return q.Failure, q.Error, true
		}
	}
	return "", "", false
}
