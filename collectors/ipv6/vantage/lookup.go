package vantage

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/ipv6/failure"
	"tidemark/collectors/ipv6/nat64"
	"tidemark/internal/netaddr"
)

// ednsSize is the UDP payload size that queries announce, in bytes: such responses pass every IPv6 link unfragmented (DNS
// Flag Day 2020).
const ednsSize = 1232

// lookup asks a resolver, over TCP if the response over UDP is truncated. It sends a query over UDP at most twice.
func (r *runner) lookup(ctx context.Context, purpose, resolver, name string, qtype uint16) event {
	e := event{Kind: "lookup", Purpose: purpose, Resolver: resolver, Name: strings.TrimSuffix(name, "."), QType: dns.TypeToString[qtype], Result: "ok"}
	if e.Name == "" {
		e.Name = "."
	}
	if a, err := netip.ParseAddrPort(resolver); err == nil {
		e.Family = netaddr.Family(a.Addr().Unmap())
	}
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), qtype)
	q.SetEdns0(ednsSize, false)
	q.AuthenticatedData = true // asks for the AD bit without signatures (RFC 6840 section 5.7)
	udp := &dns.Client{Net: "udp", Timeout: r.Timeout / 2, UDPSize: ednsSize}
	start := time.Now()
	answer, _, err := udp.ExchangeContext(ctx, q, resolver)
	if err != nil && class(err) == "timeout" && ctx.Err() == nil {
		answer, _, err = udp.ExchangeContext(ctx, q, resolver)
	}
	if err == nil && answer.Truncated {
		answer, _, err = (&dns.Client{Net: "tcp", Timeout: r.Timeout}).ExchangeContext(ctx, q, resolver)
	}
	e.MS = milliseconds(time.Since(start))
	if err == nil {
		answer.Id = 0 // chance, and of no meaning
		e.Response, err = answer.Pack()
	}
	if err != nil {
		e.Result, e.Error, e.MS = class(err), failure.Text(err), 0
	}
	return e
}

// message returns the response of a lookup, or nil if there is none that can be read.
func (e *event) message() *dns.Msg {
	m := new(dns.Msg)
	if len(e.Response) == 0 || m.Unpack(e.Response) != nil {
		return nil
	}
	return m
}

// answers returns the addresses of the query type, in the order of the response.
func (e *event) answers() (all []netip.Addr) {
	m := e.message()
	if m == nil {
		return nil
	}
	for _, rr := range m.Answer {
		var a netip.Addr
		var ok bool
		switch rr := rr.(type) {
		case *dns.A:
			a, ok = netip.AddrFromSlice(rr.A.To4())
			ok = ok && e.QType == "A"
		case *dns.AAAA:
			a, ok = netip.AddrFromSlice(rr.AAAA.To16())
			ok = ok && e.QType == "AAAA"
		}
		if ok && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// prefixesOf returns the translation prefixes that the resolvers' responses show.
func prefixesOf(events []event) (all []netip.Prefix) {
	for i := range events {
		if e := &events[i]; e.Kind == "lookup" && e.Purpose == "dns64" {
			for _, p := range nat64.Discover(e.answers()) {
				if !slices.Contains(all, p) {
					all = append(all, p)
				}
			}
		}
	}
	return all
}

// synthesised returns the prefix from which a DNS64 synthesised an AAAA record, or the zero prefix if it did not.
func synthesised(a netip.Addr, prefixes []netip.Prefix) netip.Prefix {
	for _, p := range prefixes {
		if p.Contains(a) {
			return p
		}
	}
	return netip.Prefix{}
}

// class returns the class of a failure. A socket that the system refuses for lack of the family counts as unreachable.
func class(err error) string { return failure.Class(err, syscall.EAFNOSUPPORT) }

// milliseconds returns the duration in milliseconds, with three decimals.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
