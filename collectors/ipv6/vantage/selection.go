package vantage

import (
	"fmt"
	"net/netip"

	"tidemark/internal/netaddr"
)

// ulaRevision is the revision of RFC 6724 by which a host prefers its own unique-local prefixes to IPv4.
const ulaRevision = "draft-ietf-6man-rfc6724-update"

// sourcesOf returns the source addresses, cut, that the system chose towards the Internet; zero where it has none.
func sourcesOf(events []event) (v4, v6 netip.Addr) {
	for i := range events {
		e := &events[i]
		p, err := netip.ParsePrefix(e.Address)
		if e.Kind != "source" || e.Result != "ok" || err != nil || netaddr.Family(p.Addr()) != e.Family {
			continue
		}
		if e.Family == 4 {
			v4 = p.Addr()
		} else {
			v6 = p.Addr()
		}
	}
	return v4, v6
}

// prefersIPv4 reports whether IPv4 comes before IPv6 towards the Internet: it does where the label of the IPv6 source is not that of the
// Internet's addresses (RFC 6724 section 6, rule 5).
func prefersIPv4(v4, v6 netip.Addr) bool {
	return v4.IsValid() && v6.IsValid() && scopeOf(v6) != "global"
}

// selection adds which family programs try first by the source addresses of this machine, and where its unique-local prefixes are in
// that order.
func (d *decoder) selection() {
	v4, v6 := sourcesOf(d.events)
	if v4.IsValid() && v6.IsValid() {
		r := d.row("address-selection", 6)
		r.Result, r.RFC, r.Class, r.Detail = "ok", "RFC 6724", scopeOf(v6), "programs try IPv6 before IPv4 (precedence 40 against 35)"
		if prefersIPv4(v4, v6) {
			r.Family = 4
			r.Detail = fmt.Sprintf("programs try IPv4 before IPv6: the label of a source that is %s does not fit the Internet’s addresses (rule 5)", r.Class)
		}
		d.add(r)
	}
	for _, e := range d.eventsOf("address") {
		p, err := netip.ParsePrefix(e.Address)
		if err != nil || e.Family != 6 || scopeOf(p.Addr()) != "unique-local" || !v4.IsValid() {
			continue
		}
		r := d.row("ula-preference", 6)
		r.Result, r.Target, r.RFC, r.Class = "ok", p.String(), "RFC 6724", "unique-local"
		r.Detail = "IPv4 comes before this prefix (precedence 35 against 3); by the revision, " + ulaRevision + ", the prefix is known-local and comes first (45)"
		d.add(r)
	}
}

// races adds which family a client chose at each control of both families, and after what time it was connected.
func (d *decoder) races() {
	for _, e := range d.eventsOf("race") {
		r := d.row("dual-stack", e.Family)
		r.Target, r.RFC = clean(e.Target), "RFC 8305"
		setOutcome(&r, e)
		switch {
		case r.Result != "ok":
			r.Family = 0 // neither won
		case e.Family == 6:
			r.Detail = "IPv6 wins"
		default:
			r.Detail = fmt.Sprintf("IPv4 wins; IPv6 had %d ms before it, or failed", attemptDelay)
		}
		d.add(r)
	}
}
