package bgp

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
)

// LargeCommunity is one value of LARGE_COMMUNITY (RFC 8092): global administrator and two local parts.
type LargeCommunity [3]uint32

func (a *Attributes) decodeCommunities(v []byte) bool {
	if len(v) == 0 || len(v)%4 != 0 {
		return false
	}
	for ; len(v) > 0; v = v[4:] {
		a.Communities = append(a.Communities, binary.BigEndian.Uint32(v))
	}
	return true
}

func (a *Attributes) decodeLargeCommunities(v []byte) bool {
	if len(v) == 0 || len(v)%12 != 0 {
		return false
	}
	for ; len(v) > 0; v = v[12:] {
		a.LargeCommunities = append(a.LargeCommunities, LargeCommunity{
			binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:]), binary.BigEndian.Uint32(v[8:]),
		})
	}
	return true
}

// AppendCommunities appends the COMMUNITIES as 64496:1, space-separated, in the order sent. The well-known ones of RFC
// 1997 appear under bgpdump's names.
func (a *Attributes) AppendCommunities(to []byte) []byte {
	for i, c := range a.Communities {
		if i > 0 {
			to = append(to, ' ')
		}
		switch c {
		case 0xffffff01:
			to = append(to, "no-export"...)
		case 0xffffff02:
			to = append(to, "no-advertise"...)
		case 0xffffff03:
			to = append(to, "local-AS"...)
		default:
			to = strconv.AppendUint(to, uint64(c>>16), 10)
			to = append(to, ':')
			to = strconv.AppendUint(to, uint64(c&0xffff), 10)
		}
	}
	return to
}

// AppendExtCommunities appends the EXTENDED COMMUNITIES, space-separated (RFC 4360): rt:64496:1 and soo:64496:1 for route
// targets and route origins of any form, 0x and sixteen hexadecimal digits for all others.
func (a *Attributes) AppendExtCommunities(to []byte) []byte {
	const twoOctetAS, ipv4, fourOctetAS = 0, 1, 2
	for v := a.ExtCommunities; len(v) >= 8; v = v[8:] {
		if len(v) != len(a.ExtCommunities) {
			to = append(to, ' ')
		}
		kind, subtype := v[0]&^0x40, v[1] // bit 0x40: not transitive
		if kind > fourOctetAS || v[0]&0x40 != 0 || subtype != 2 && subtype != 3 {
			to = append(to, "0x"...)
			to = hex.AppendEncode(to, v[:8])
			continue
		}
		if subtype == 2 {
			to = append(to, "rt:"...)
		} else {
			to = append(to, "soo:"...)
		}
		switch kind {
		case twoOctetAS:
			to = strconv.AppendUint(to, uint64(binary.BigEndian.Uint16(v[2:])), 10)
			to = append(to, ':')
			to = strconv.AppendUint(to, uint64(binary.BigEndian.Uint32(v[4:])), 10)
		case ipv4:
			to = appendIPv4(to, [4]byte(v[2:6]))
			to = append(to, ':')
			to = strconv.AppendUint(to, uint64(binary.BigEndian.Uint16(v[6:])), 10)
		case fourOctetAS:
			to = strconv.AppendUint(to, uint64(binary.BigEndian.Uint32(v[2:])), 10)
			to = append(to, ':')
			to = strconv.AppendUint(to, uint64(binary.BigEndian.Uint16(v[6:])), 10)
		}
	}
	return to
}

// AppendClusterList appends the cluster identifiers as dotted quads, space-separated (RFC 4456).
func (a *Attributes) AppendClusterList(to []byte) []byte {
	for i := 0; i+4 <= len(a.ClusterList); i += 4 {
		if i > 0 {
			to = append(to, ' ')
		}
		to = appendIPv4(to, [4]byte(a.ClusterList[i:]))
	}
	return to
}

func appendIPv4(to []byte, a [4]byte) []byte { return netip.AddrFrom4(a).AppendTo(to) }

// AppendLargeCommunities appends the LARGE_COMMUNITY values as 64496:1:2, space-separated.
func (a *Attributes) AppendLargeCommunities(to []byte) []byte {
	for i, c := range a.LargeCommunities {
		if i > 0 {
			to = append(to, ' ')
		}
		for j, part := range c {
			if j > 0 {
				to = append(to, ':')
			}
			to = strconv.AppendUint(to, uint64(part), 10)
		}
	}
	return to
}
