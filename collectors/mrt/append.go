package mrt

import (
	"encoding/binary"
	"net/netip"

	"tidemark/collectors/bgp"
)

// Header is what the record of a BGP message or of a change of state says of its session (RFC 6396 section 4.4, RFC 8050 section 3).
type Header struct {
	Seconds   uint32 // since 1970
	Micros    uint32
	Peer      Peer
	Collector Peer // the other end of the session; an address of another family than the peer's is written as an unspecified one
	TwoOctets bool // the message has AS numbers of two octets
	Local     bool // the message was sent by the collector
	AddPath   bool // its NLRI have path identifiers
}

// messageSubtypes are those of BGP4MP, by local, AS numbers of two octets, and path identifiers.
var messageSubtypes = map[[3]bool]uint16{
	{false, true, false}: message, {false, false, false}: messageAS4, {true, true, false}: messageLocal, {true, false, false}: messageAS4Local,
	{false, true, true}: messageAddPath, {false, false, true}: messageAS4AddPath, {true, true, true}: messageLocalAddPath, {true, false, true}: messageAS4LocalAddPath,
}

// AppendMessage appends a record of BGP4MP_ET that holds a BGP message with its header.
func (h *Header) AppendMessage(to, message []byte) []byte {
	return h.append(to, messageSubtypes[[3]bool{h.Local, h.TwoOctets, h.AddPath}], h.TwoOctets, message)
}

// AppendState appends a record of BGP4MP_ET that holds a change of the session's state (RFC 6396 section 4.4.1).
func (h *Header) AppendState(to []byte, from, now uint16) []byte {
	return h.append(to, stateChangeAS4, false, []byte{byte(from >> 8), byte(from), byte(now >> 8), byte(now)})
}

func (h *Header) append(to []byte, subtype uint16, twoOctets bool, rest []byte) []byte {
	at := len(to)
	to = binary.BigEndian.AppendUint32(to, h.Seconds)
	to = binary.BigEndian.AppendUint16(to, uint16(BGP4MPET))
	to = binary.BigEndian.AppendUint16(to, subtype)
	to = binary.BigEndian.AppendUint32(to, 0) // the length, set below
	to = binary.BigEndian.AppendUint32(to, h.Micros)
	for _, asn := range []uint32{h.Peer.ASN, h.Collector.ASN} {
		switch {
		case !twoOctets:
			to = binary.BigEndian.AppendUint32(to, asn)
		case asn > 1<<16-1:
			to = binary.BigEndian.AppendUint16(to, bgp.TransASN)
		default:
			to = binary.BigEndian.AppendUint16(to, uint16(asn))
		}
	}
	to = append(to, 0, 0) // interface
	family, local := bgp.IPv4, h.Collector.Address
	if h.Peer.Address.Is6() {
		family = bgp.IPv6
	}
	if !local.IsValid() || local.Is4() != h.Peer.Address.Is4() {
		local = netip.IPv4Unspecified()
		if family == bgp.IPv6 {
			local = netip.IPv6Unspecified()
		}
	}
	to = binary.BigEndian.AppendUint16(to, uint16(family))
	to = append(append(to, h.Peer.Address.AsSlice()...), local.AsSlice()...)
	to = append(to, rest...)
	binary.BigEndian.PutUint32(to[at+headerSize-4:], uint32(len(to)-at-headerSize))
	return to
}

// SetTime sets the time of a record of BGP4MP_ET.
func SetTime(record []byte, seconds, micros uint32) error {
	if len(record) < headerSize+4 || typeOf(record) != BGP4MPET {
		return ErrNotDecoded
	}
	binary.BigEndian.PutUint32(record, seconds)
	binary.BigEndian.PutUint32(record[headerSize:], micros)
	return nil
}
