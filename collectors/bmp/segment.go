package bmp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// flow is one direction of a TCP connection.
type flow struct{ from, to netip.AddrPort }

// segment is a TCP segment.
type segment struct {
	flow
	sequence uint32
	syn      bool
	end      bool // FIN or RST
	payload  []byte
}

// linkHeaders are the sizes of link headers and the places of the EtherType in them, by the link type of pcap; -1: there is none.
var linkHeaders = map[uint32]struct{ size, ether int }{
	0: {4, -1}, 1: {14, 12}, 12: {0, -1}, 14: {0, -1}, 101: {0, -1}, 113: {16, 14}, 228: {0, -1}, 229: {0, -1}, 276: {20, 0},
}

// segmentOf returns the TCP segment in a packet; of a packet without one it returns what it is instead.
func segmentOf(b []byte, link uint32) (s segment, other string) {
	head, known := linkHeaders[link]
	if !known {
		return s, fmt.Sprintf("link type %d", link)
	}
	if len(b) < head.size {
		return s, cutPacket
	}
	if head.ether >= 0 {
		const vlan, serviceVLAN, ipv4, ipv6, arp = 0x8100, 0x88a8, 0x0800, 0x86dd, 0x0806
		kind := binary.BigEndian.Uint16(b[head.ether:])
		b = b[head.size:]
		for (kind == vlan || kind == serviceVLAN) && len(b) >= 4 {
			kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
		}
		switch kind {
		case ipv4, ipv6:
		case arp:
			return s, "ARP"
		default:
			return s, fmt.Sprintf("EtherType 0x%04x", kind)
		}
	} else {
		b = b[head.size:]
	}
	from, to, b, other := ipOf(b)
	if other != "" {
		return s, other
	}
	if len(b) < 20 || int(b[12]>>4)*4 < 20 || len(b) < int(b[12]>>4)*4 {
		return s, cutPacket
	}
	const fin, syn, rst = 1, 2, 4
	s.flow = flow{netip.AddrPortFrom(from, binary.BigEndian.Uint16(b)), netip.AddrPortFrom(to, binary.BigEndian.Uint16(b[2:]))}
	s.sequence, s.syn, s.end, s.payload = binary.BigEndian.Uint32(b[4:]), b[13]&syn != 0, b[13]&(fin|rst) != 0, b[int(b[12]>>4)*4:]
	return s, ""
}

// What packets are that have no TCP segment.
const (
	cutPacket = "packets without their ends"
	fragment  = "IP fragments"
)

// ipOf returns what an IP packet holds of TCP; of another one it returns what it is instead.
func ipOf(b []byte) (from, to netip.Addr, rest []byte, other string) {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
		const fragmentBits = 0x3fff
		switch {
		case binary.BigEndian.Uint16(b[6:])&fragmentBits != 0:
			other = fragment
		case b[9] != tcp:
			other = protocolName(b[9])
		case head < 20 || total < head || total > len(b):
			other = cutPacket
		default:
			return netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:])), b[head:total], ""
		}
	case len(b) >= 40 && b[0]>>4 == 6:
		total := 40 + int(binary.BigEndian.Uint16(b[4:]))
		switch {
		case b[6] != tcp:
			other = protocolName(b[6])
		case total > len(b):
			other = cutPacket
		default:
			return netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:])), b[40:total], ""
		}
	default:
		other = cutPacket
	}
	return from, to, nil, other
}

const tcp = 6

// protocolName returns the name of a protocol over IP (IANA's registry of protocol numbers).
func protocolName(number uint8) string {
	names := map[uint8]string{1: "ICMP", 2: "IGMP", 17: "UDP", 44: fragment, 58: "ICMPv6", 89: "OSPF"}
	if name, ok := names[number]; ok {
		return name
	}
	return fmt.Sprintf("IP protocol %d", number)
}
