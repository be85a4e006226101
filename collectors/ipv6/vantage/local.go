package vantage

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"tidemark/collectors/ipv6/failure"
	"tidemark/internal/netaddr"
)

// scopes lists address blocks with the scope of their addresses; the first block that matches counts.
var scopes = []struct {
	block netip.Prefix
	name  string
}{
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared"},          // RFC 6598
	{netip.MustParsePrefix("192.0.0.0/29"), "464xlat"},          // RFC 7335: the IPv4 side of a CLAT (RFC 6877)
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},    // RFC 5737
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"}, //
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},  //
	{netip.MustParsePrefix("0.0.0.0/0"), "global"},              // the rest of IPv4
	{netip.MustParsePrefix("::1/128"), "loopback"},              //
	{netip.MustParsePrefix("fe80::/10"), "link-local"},          //
	{netip.MustParsePrefix("fc00::/7"), "unique-local"},         // RFC 4193
	{netip.MustParsePrefix("2001::/32"), "teredo"},              // RFC 4380
	{netip.MustParsePrefix("2002::/16"), "6to4"},                // RFC 3056
	{netip.MustParsePrefix("2001:db8::/32"), "documentation"},   // RFC 3849
	{netip.MustParsePrefix("2000::/3"), "global"},
}

// scopeOf returns the scope of an address, also of a truncated one.
func scopeOf(a netip.Addr) string {
	a = a.WithZone("") // a prefix contains no address with a zone
	for _, s := range scopes {
		if s.block.Contains(a) {
			return s.name
		}
	}
	return "other"
}

// cut truncates an address to its network, because transcripts are published.
func cut(a netip.Addr) string {
	bits := 48
	if a.Is4() {
		bits = 24
	}
	if scope := scopeOf(a); scope == "loopback" || scope == "link-local" {
		return a.WithZone("").String()
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// isEUI64 reports whether the interface identifier is derived from a hardware address.
func isEUI64(a netip.Addr) bool {
	b := a.As16()
	return a.Is6() && b[11] == 0xff && b[12] == 0xfe && b[8]&2 != 0
}

// addresses returns the machine's own addresses except loopback and link-local ones; equal ones are counted.
func addresses() (events []event) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return []event{{Kind: "address", Result: "error", Error: err.Error()}}
	}
	for _, one := range all {
		p, err := netip.ParsePrefix(one.String())
		if err != nil {
			continue
		}
		a := p.Addr().Unmap()
		if scope := scopeOf(a); scope == "loopback" || scope == "link-local" {
			continue
		}
		e := event{Kind: "address", Family: netaddr.Family(a.Unmap()), Result: "ok", Address: cut(a), EUI64: isEUI64(a)}
		i := slices.IndexFunc(events, func(o event) bool { return o.Address == e.Address && o.EUI64 == e.EUI64 })
		if i < 0 {
			events, i = append(events, e), len(events)
		}
		events[i].Count++
	}
	slices.SortFunc(events, func(a, b event) int {
		if a.Family != b.Family {
			return int(a.Family) - int(b.Family)
		}
		return strings.Compare(a.Address, b.Address)
	})
	return events
}

// remote holds addresses that are reached by a default route only: those of a root name server. Nothing is sent to them;
// connecting a UDP socket only makes the system choose a route and a source address (RFC 6724).
var remote = []string{"198.41.0.4:53", "[2001:503:ba3e::2:30]:53"}

// sources returns the source addresses that the system would use towards the Internet, by family.
func sources() (events []event) {
	for i, target := range remote {
		e := event{Kind: "source", Family: []uint32{4, 6}[i], Result: "ok"}
		c, err := net.Dial("udp", target)
		if err != nil {
			e.Result, e.Error = class(err), failure.Text(err)
		} else {
			if a, ok := netip.AddrFromSlice(c.LocalAddr().(*net.UDPAddr).IP); ok {
				e.Address, e.EUI64 = cut(a.Unmap()), isEUI64(a.Unmap())
			}
			c.Close()
		}
		events = append(events, e)
	}
	return events
}
