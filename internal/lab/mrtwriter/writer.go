// Package mrtwriter makes MRT files of invented collectors for the sample and the replica. Tidemark itself only reads
// MRT: GoBGP encodes the records, so that writer and reader do not share a misreading of RFC 6396.
package mrtwriter

import (
	"bytes"
	"net/netip"
	"time"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	"github.com/osrg/gobgp/v3/pkg/packet/mrt"
)

// File is an MRT file being written. The zero File is empty.
type File struct {
	records bytes.Buffer
	err     error
}

// Bytes returns the records, or the first error of encoding one.
func (f *File) Bytes() ([]byte, error) { return f.records.Bytes(), f.err }

// Record adds a record of any type.
func (f *File) Record(at time.Time, kind mrt.MRTType, subtype mrt.MRTSubTyper, body mrt.Body) {
	if f.err != nil {
		return
	}
	message, err := mrt.NewMRTMessage(uint32(at.Unix()), kind, subtype, body)
	if err == nil {
		var b []byte
		if b, err = message.Serialize(); err == nil {
			f.records.Write(b)
		}
	}
	f.err = err
}

// Peers adds the PEER_INDEX_TABLE that begins a TABLE_DUMP_V2 file (RFC 6396 section 4.3.1).
func (f *File) Peers(at time.Time, collector string, peers []*mrt.Peer) {
	f.Record(at, mrt.TABLE_DUMPv2, mrt.PEER_INDEX_TABLE, mrt.NewPeerIndexTable(collector, "", peers))
}

// RIB adds the entries of a prefix (RFC 6396 section 4.3.2).
func (f *File) RIB(at time.Time, sequence uint32, prefix netip.Prefix, entries []*mrt.RibEntry) {
	subtype := mrt.RIB_IPV4_UNICAST
	if prefix.Addr().Is6() {
		subtype = mrt.RIB_IPV6_UNICAST
	}
	f.Record(at, mrt.TABLE_DUMPv2, subtype, mrt.NewRib(sequence, NLRI(prefix), entries))
}

// NLRI returns a prefix as GoBGP's type.
func NLRI(p netip.Prefix) bgp.AddrPrefixInterface {
	if p.Addr().Is4() {
		return IPv4(p)
	}
	return bgp.NewIPv6AddrPrefix(uint8(p.Bits()), p.Addr().String())
}

// IPv4 returns an IPv4 prefix as GoBGP's type for the NLRI and withdrawn-routes fields of an UPDATE.
func IPv4(p netip.Prefix) *bgp.IPAddrPrefix {
	return bgp.NewIPAddrPrefix(uint8(p.Bits()), p.Addr().String())
}
