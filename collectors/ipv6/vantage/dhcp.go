package vantage

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"tidemark/collectors/ipv6/failure"
)

// DHCPv4 (RFC 2131, RFC 2132) as far as the IPv6-Only Preferred option (RFC 8925) takes: the network's word that a host may do without
// IPv4. Only a DISCOVER is sent; no address is requested, and an offer is not taken up.
const (
	dhcpHeader       = 240 // octets before the options, with the cookie
	optionRequested  = 55
	optionType       = 53
	optionIPv6Only   = 108
	dhcpDiscover     = 1
	dhcpOffer        = 2
	dhcpWait         = 3 * time.Second
	minIPv6Only      = 300 * time.Second // the least that a host waits, whatever the option says (RFC 8925 section 3.4)
	maxDHCPInterface = 16                // interfaces that are asked
)

var dhcpCookie = []byte{99, 130, 83, 99}

// discover returns a DHCPDISCOVER that asks for the option.
func discover(xid [4]byte, hardware net.HardwareAddr) []byte {
	m := make([]byte, dhcpHeader)
	m[0], m[1], m[2] = 1, 1, byte(len(hardware)) // a request, over Ethernet
	copy(m[4:], xid[:])
	m[10] = 0x80 // the answer is to be broadcast: this host may have no address
	copy(m[28:44], hardware)
	copy(m[236:], dhcpCookie)
	m = append(m, optionType, 1, dhcpDiscover, optionRequested, 3, 1, 3, optionIPv6Only, 255)
	return append(m, make([]byte, max(0, 300-len(m)))...) // RFC 1542 section 2.1
}

// offeredIPv6Only returns the IPv6-Only Preferred option of an offer to the request; empty: the offer has none. is reports whether the
// message is such an offer at all.
func offeredIPv6Only(m []byte, xid [4]byte) (option []byte, is bool) {
	if len(m) < dhcpHeader || m[0] != 2 || !bytes.Equal(m[4:8], xid[:]) || !bytes.Equal(m[236:240], dhcpCookie) {
		return nil, false
	}
	for rest := m[dhcpHeader:]; len(rest) > 0 && rest[0] != 255; {
		if rest[0] == 0 {
			rest = rest[1:]
			continue
		}
		if len(rest) < 2 || len(rest) < 2+int(rest[1]) {
			return nil, false
		}
		value := rest[2 : 2+int(rest[1])]
		switch rest[0] {
		case optionType:
			is = len(value) == 1 && value[0] == dhcpOffer
		case optionIPv6Only:
			option = slices.Clone(value)
		}
		rest = rest[2+len(value):]
	}
	return option, is
}

// ipv6Only asks the DHCPv4 servers of each link whether hosts may do without IPv4.
func ipv6Only(ctx context.Context) []event {
	links, err := net.Interfaces()
	if err != nil {
		return []event{{Kind: "dhcp", Family: 4, Result: "error", Error: failure.Text(err)}}
	}
	var names []string
	for _, link := range links {
		if link.Flags&net.FlagUp != 0 && link.Flags&net.FlagBroadcast != 0 && link.Flags&net.FlagLoopback == 0 && len(link.HardwareAddr) == 6 && len(names) < maxDHCPInterface {
			names = append(names, link.Name)
		}
	}
	return atOnce(names, func(name string) []event {
		e := event{Kind: "dhcp", Family: 4, Interface: name, Result: "ok"}
		if e.Packet, err = askDHCP(ctx, name); err != nil {
			e.Result, e.Error = class(err), failure.Text(err)
		}
		return []event{e}
	})
}

// askDHCP returns the option that the first offer on a link has.
func askDHCP(ctx context.Context, name string) ([]byte, error) {
	link, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	c, err := (&net.ListenConfig{Control: broadcastOn(name)}).ListenPacket(ctx, "udp4", ":68")
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(dhcpWait))
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var xid [4]byte
	rand.Read(xid[:]) // never fails
	if _, err := c.WriteTo(discover(xid, link.HardwareAddr), &net.UDPAddr{IP: net.IPv4bcast, Port: 67}); err != nil {
		return nil, err
	}
	message := make([]byte, 4<<10)
	for {
		n, _, err := c.ReadFrom(message)
		if err != nil {
			return nil, err
		}
		if option, is := offeredIPv6Only(message[:n], xid); is {
			return option, nil
		}
	}
}

// ipv6OnlyWait returns for how long a host may do without IPv4.
func ipv6OnlyWait(option []byte) (time.Duration, error) {
	if len(option) != 4 {
		return 0, errors.New("the option does not have four octets (RFC 8925 section 3.1)")
	}
	return max(minIPv6Only, time.Duration(binary.BigEndian.Uint32(option))*time.Second), nil
}

// ipv6Only adds whether the network prefers hosts without IPv4.
func (d *decoder) ipv6Only() {
	for _, e := range d.eventsOf("dhcp") {
		r := d.row("ipv6-only-preferred", 4)
		r.Target, r.RFC = clean(e.Interface), "RFC 8925"
		setOutcome(&r, e)
		switch wait, err := ipv6OnlyWait(e.Packet); {
		case r.Result == "timeout":
			r.Result, r.Detail = "absent", "no DHCPv4 server answers"
		case r.Result != "ok":
		case len(e.Packet) == 0:
			r.withoutValue("absent", "the DHCPv4 server does not offer option 108")
		case err != nil:
			r.withoutValue("error", err.Error())
		default:
			r.Value, r.Unit, r.Detail = nil, "", fmt.Sprintf("hosts that can do without IPv4 may, for %s (option 108)", wait)
		}
		d.add(r)
	}
}
