package vantage

import (
	"bytes"
	"cmp"
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/ipv6/nat64"
)

// probeName is the name that has IPv4 addresses only (RFC 7050, RFC 8880).
const probeName = "ipv4only.arpa"

// runner runs the checks once.
type runner struct {
	Options
	prefersIPv4 bool // as the source addresses have it (RFC 6724)
}

// Run runs the checks and returns the transcript. A failed check is a result; an error means that there is no transcript.
func Run(ctx context.Context, s Options) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	s.Name = cmp.Or(s.Name, hostname())
	s.Timeout = cmp.Or(s.Timeout, defaultTimeout)
	started := time.Now().UTC()
	events := append(addresses(), sources()...)
	v4, v6 := sourcesOf(events)
	r := &runner{s, prefersIPv4(v4, v6)}
	if s.Advertisements {
		events = append(events, advertisements(ctx)...)
	}
	if s.DHCP {
		events = append(events, ipv6Only(ctx)...)
	}
	asked := atOnce(s.Resolvers, func(resolver string) []event { return r.ask(ctx, resolver) })
	asked = append(asked, r.names(ctx, prefixesOf(asked))...)
	events = append(events, asked...)
	prefixes := translators(events)
	controls := atOnce(s.Controls, func(control string) []event { return r.control(ctx, control, prefixes) })
	events = append(events, controls...)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err := writeTranscript(&b, header{Format: 1, Run: s.Name + "/" + started.Format("20060102T150405Z"), Vantage: s.Name, Started: started.Truncate(time.Millisecond),
		Resolvers: s.Resolvers, Controls: s.Controls, Asked: s.Advertisements}, events)
	return b.Bytes(), err
}

// atOnce runs the function on all elements concurrently and returns the joined results in the order of the elements.
func atOnce(all []string, work func(string) []event) []event {
	given := make([][]event, len(all))
	var group sync.WaitGroup
	for i, one := range all {
		group.Go(func() { given[i] = work(one) })
	}
	group.Wait()
	return slices.Concat(given...)
}

// ask sends the queries that show what a resolver can do. If it does not answer the first, no more are sent.
func (r *runner) ask(ctx context.Context, resolver string) []event {
	events := []event{r.lookup(ctx, "a4", resolver, probeName, dns.TypeA)}
	if events[0].Result != "ok" {
		return events
	}
	events = append(events, r.lookup(ctx, "dns64", resolver, probeName, dns.TypeAAAA), r.lookup(ctx, "dnssec", resolver, ".", dns.TypeSOA))
	for _, control := range r.Controls {
		if host, _, _ := net.SplitHostPort(control); net.ParseIP(host) == nil {
			return append(events, r.lookup(ctx, "aaaa", resolver, host, dns.TypeAAAA))
		}
	}
	return events
}

// names looks up the name of each translator, which a network must have for the prefix to be trusted (RFC 7050 section 3.1).
func (r *runner) names(ctx context.Context, prefixes []netip.Prefix) (events []event) {
	for _, p := range prefixes {
		a, err := nat64.Embed(p, nat64.WellKnownIPv4[0])
		if err != nil {
			continue
		}
		reverse, err := dns.ReverseAddr(a.String())
		if err != nil {
			continue
		}
		e := r.lookup(ctx, "name", r.Resolvers[0], reverse, dns.TypePTR)
		e.Prefix = p.String()
		events = append(events, e)
	}
	return events
}

// control looks up a control and tries it over both families and over each NAT64.
func (r *runner) control(ctx context.Context, control string, prefixes []netip.Prefix) (events []event) {
	host, portText, _ := net.SplitHostPort(control)
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return []event{{Kind: "connect", Target: control, Result: "error", Error: "the port is not a number"}}
	}
	var v4, v6 netip.Addr
	if a, err := netip.ParseAddr(host); err == nil {
		if v6 = a; a.Is4() {
			v4, v6 = a, netip.Addr{}
		}
	} else {
		for _, resolver := range r.Resolvers {
			a4, a6 := r.lookup(ctx, "control", resolver, host, dns.TypeA), r.lookup(ctx, "control", resolver, host, dns.TypeAAAA)
			a4.Target, a6.Target = control, control
			events = append(events, a4, a6)
			if all := a4.answers(); len(all) > 0 {
				v4 = all[0]
			}
			if all := a6.answers(); len(all) > 0 && !all[0].Is4In6() { // such an address would lead to IPv4
				v6 = all[0]
			}
			if a4.Result == "ok" && a6.Result == "ok" {
				break
			}
		}
	}
	if v6.IsValid() && synthesised(v6, prefixes).IsValid() {
		v6 = netip.Addr{} // the translator is tried below
	}
	for _, a := range []netip.Addr{v6, v4} {
		if !a.IsValid() {
			continue
		}
		to := netip.AddrPortFrom(a, uint16(port))
		e := r.connect(ctx, control, to)
		if events = append(events, e); e.Result == "ok" {
			events = append(events, r.large(ctx, control, to)...)
		}
	}
	if !v4.IsValid() {
		return events
	}
	if v6.IsValid() {
		events = append(events, r.race(ctx, control, netip.AddrPortFrom(v6, uint16(port)), netip.AddrPortFrom(v4, uint16(port))))
	}
	for _, p := range prefixes {
		a, err := nat64.Embed(p, v4)
		if err != nil || !translatable(p, v4) {
			continue
		}
		e := r.connect(ctx, control, netip.AddrPortFrom(a, uint16(port)))
		e.Prefix = p.String()
		events = append(events, e)
	}
	return events
}

// translatable reports whether a translator may be asked to reach an address: the well-known prefix must not represent
// non-global ones (RFC 6052 section 3.1), and no other machine reaches our loopback.
func translatable(p netip.Prefix, v4 netip.Addr) bool {
	switch scopeOf(v4) {
	case "global":
		return true
	case "loopback", "link-local":
		return false
	}
	return p != nat64.WellKnown
}
