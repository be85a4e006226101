package vantage

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"tidemark/collectors/ipv6/failure"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv6"
)

// pref64 is a translation prefix that a router advertises (RFC 8781).
type pref64 struct {
	Prefix   netip.Prefix
	Lifetime time.Duration // 0: it is no longer to be used
}

const (
	advertisementLength = 16 // of the fixed part (RFC 4861 section 4.2)
	optionPREF64        = 38
)

// plc holds the prefix lengths by the option's prefix length code (RFC 8781 section 4).
var plc = [6]int{96, 64, 56, 48, 40, 32}

// parseAdvertisement returns the PREF64 options of a router advertisement, which starts with its ICMPv6 header.
func parseAdvertisement(b []byte) (found []pref64, err error) {
	if len(b) < advertisementLength || b[0] != byte(ipv6.ICMPTypeRouterAdvertisement) || b[1] != 0 {
		return nil, fmt.Errorf("byte 0: no router advertisement (RFC 4861 section 4.2)")
	}
	for at := advertisementLength; at < len(b); {
		if len(b)-at < 2 || b[at+1] == 0 || at+8*int(b[at+1]) > len(b) {
			return found, fmt.Errorf("byte %d: an option without length or over the end (RFC 4861 section 4.6)", at)
		}
		option := b[at : at+8*int(b[at+1])]
		at += len(option)
		if option[0] != optionPREF64 {
			continue
		}
		scaled := binary.BigEndian.Uint16(option[2:])
		if len(option) != 16 || int(scaled&7) >= len(plc) {
			continue // RFC 8781 section 4: such an option is ignored
		}
		var address [16]byte
		copy(address[:12], option[4:])
		prefix := netip.PrefixFrom(netip.AddrFrom16(address), plc[scaled&7]).Masked()
		found = append(found, pref64{prefix, time.Duration(scaled>>3) * 8 * time.Second})
	}
	return found, nil
}

// maxLifetime is the longest that the option can say (RFC 8781 section 4).
const maxLifetime = 8191 * 8 * time.Second

// shorterThanRouter is how the detail of a prefix says that its lifetime is too short.
const shorterThanRouter = "shorter than the router's lifetime of"

// routerLifetime returns for how long the sender of an advertisement is a default router (RFC 4861 section 4.2).
func routerLifetime(b []byte) time.Duration {
	return time.Duration(binary.BigEndian.Uint16(b[6:])) * time.Second
}

// translators returns the prefixes through which IPv4 may be reached: those that the resolvers use, and those that routers
// advertise and have not withdrawn.
func translators(events []event) []netip.Prefix {
	all := prefixesOf(events)
	for i := range events {
		if events[i].Kind != "advertisement" || events[i].Result != "ok" {
			continue
		}
		found, _ := parseAdvertisement(events[i].Packet) // what precedes the damage holds
		for _, p := range found {
			if p.Lifetime > 0 && !slices.Contains(all, p.Prefix) {
				all = append(all, p.Prefix)
			}
		}
	}
	return all
}

// advertisementWait is how long to wait for responses to a solicitation: routers delay them by at most half a second
// (RFC 4861 section 6.2.6).
const advertisementWait = 1500 * time.Millisecond

// maxAdvertisements is the largest number of advertisements recorded in a run.
const maxAdvertisements = 32

// advertisements asks the routers of every link.
func advertisements(ctx context.Context) (events []event) {
	c, err := icmp.ListenPacket("ip6:ipv6-icmp", "::")
	if err != nil {
		return []event{{Kind: "advertisement", Family: 6, Result: "error", Error: failure.Text(err)}}
	}
	defer c.Close()
	p := c.IPv6PacketConn()
	var only ipv6.ICMPFilter
	only.SetAll(true)
	only.Accept(ipv6.ICMPTypeRouterAdvertisement)
	if err := p.SetICMPFilter(&only); err != nil {
		return []event{{Kind: "advertisement", Family: 6, Result: "error", Error: failure.Text(err)}}
	}
	p.SetControlMessage(ipv6.FlagHopLimit|ipv6.FlagInterface, true)
	names := map[int]string{}
	links, _ := net.Interfaces()
	routers := net.ParseIP("ff02::2")
	solicitation := []byte{byte(ipv6.ICMPTypeRouterSolicitation), 0, 0, 0, 0, 0, 0, 0} // the system fills in the checksum
	for i, link := range links {
		names[link.Index] = link.Name
		if link.Flags&net.FlagUp == 0 || link.Flags&net.FlagMulticast == 0 || link.Flags&net.FlagLoopback != 0 {
			continue
		}
		p.WriteTo(solicitation, &ipv6.ControlMessage{HopLimit: 255, IfIndex: links[i].Index}, &net.IPAddr{IP: routers, Zone: link.Name})
	}
	deadline := time.Now().Add(advertisementWait)
	p.SetReadDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { p.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	packet := make([]byte, 64<<10)
	for len(events) < maxAdvertisements {
		n, control, _, err := p.ReadFrom(packet)
		if err != nil {
			break
		}
		if control == nil || control.HopLimit != 255 || n < advertisementLength || packet[0] != byte(ipv6.ICMPTypeRouterAdvertisement) {
			continue // not from the link (RFC 4861 section 6.1.2)
		}
		e := event{Kind: "advertisement", Family: 6, Result: "ok", Interface: names[control.IfIndex], Packet: onlyPREF64(packet[:n])}
		if !slices.ContainsFunc(events, func(o event) bool { return o.Interface == e.Interface && slices.Equal(o.Packet, e.Packet) }) {
			events = append(events, e)
		}
	}
	return events
}

// onlyPREF64 returns an advertisement without the options that identify the router's hardware and the machine's own
// prefix, and without the checksum, which covers addresses that are not recorded.
func onlyPREF64(b []byte) []byte {
	kept := slices.Clone(b[:advertisementLength])
	kept[2], kept[3] = 0, 0
	for at := advertisementLength; len(b)-at >= 2 && b[at+1] > 0 && at+8*int(b[at+1]) <= len(b); at += 8 * int(b[at+1]) {
		if b[at] == optionPREF64 {
			kept = append(kept, b[at:at+8*int(b[at+1])]...)
		}
	}
	return kept
}
