package vantage

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"tidemark/collectors/ipv6/failure"
	"tidemark/collectors/ipv6/special"
	"tidemark/internal/netaddr"
)

// global is the unicast space from which addresses are delegated (RFC 4291 section 2.4).
var global = netip.MustParsePrefix("2000::/3")

// scopeOf returns the scope of an address, also of a truncated one: the class of special-purpose address that it is, global
// or other.
func scopeOf(a netip.Addr) string {
	switch class := special.Class(a); {
	case class != "":
		return class
	case a.Is4() || global.Contains(a.WithZone("")):
		return "global"
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
