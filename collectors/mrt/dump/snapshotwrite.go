package dump

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"net/netip"

	"tidemark/collectors/mrt"
)

// WriteTo writes the table as an MRT file of the snapshot's time (TABLE_DUMP_V2, RFC 6396 section 4.3 and RFC 8050),
// ordered by family, prefix and peer.
func (s *Snapshot) WriteTo(out io.Writer) (int64, error) {
	w := &tableWriter{Writer: bufio.NewWriterSize(out, 1<<20), seconds: uint32(s.At.Unix())}
	w.record(peerIndexTable, s.peerTable())
	var b []byte
	for _, network := range s.networks() {
		routes := s.routes(network)
		for len(routes) > 0 {
			n := 1 // routes in one record
			for n < len(routes) && n < math.MaxUint16 && network.together(&routes[0], &routes[n]) {
				n++
			}
			b = w.start(b[:0], network, &routes[0], s.octets[routes[0].nlri])
			b = binary.BigEndian.AppendUint16(b, uint16(n))
			for _, r := range routes[:n] {
				b = binary.BigEndian.AppendUint16(b, r.peer)
				b = binary.BigEndian.AppendUint32(b, r.since)
				if r.hasID && !network.generic() {
					b = binary.BigEndian.AppendUint32(b, r.pathID)
				}
				b = binary.BigEndian.AppendUint16(b, uint16(len(s.octets[r.attributes])))
				b = append(b, s.octets[r.attributes]...)
			}
			w.record(mrt.RIBSubtype(network.family, routes[0].hasID), b)
			routes = routes[n:]
		}
	}
	return w.n, w.Flush()
}

const peerIndexTable = 1

// generic reports whether routes to the network stand in RIB_GENERIC or RIB_GENERIC_ADDPATH.
func (n network) generic() bool { return !mrt.HasRIBSubtype(n.family) }

// together reports whether two routes to the network may stand in one record: in RIB_GENERIC they share the NLRI, which holds
// the path identifier (RFC 8050 section 4.2).
func (n network) together(a, b *held) bool {
	return a.hasID == b.hasID && (!n.generic() || a.nlri == b.nlri && a.pathID == b.pathID)
}

// tableWriter writes records of one time.
type tableWriter struct {
	*bufio.Writer
	seconds  uint32
	sequence uint32
	n        int64
}

func (w *tableWriter) record(subtype uint16, body []byte) {
	var head [12]byte
	binary.BigEndian.PutUint32(head[:], w.seconds)
	binary.BigEndian.PutUint16(head[4:], uint16(mrt.TableDumpV2))
	binary.BigEndian.PutUint16(head[6:], subtype)
	binary.BigEndian.PutUint32(head[8:], uint32(len(body)))
	w.Write(head[:]) // a bufio.Writer keeps its error for Flush
	w.Write(body)
	w.n += int64(len(head) + len(body))
}

// start appends the sequence number and the NLRI of a record.
func (w *tableWriter) start(b []byte, network network, r *held, nlri string) []byte {
	b = binary.BigEndian.AppendUint32(b, w.sequence)
	w.sequence++
	if network.generic() {
		b = append(binary.BigEndian.AppendUint16(b, uint16(network.family.AFI)), byte(network.family.SAFI))
		if r.hasID {
			b = binary.BigEndian.AppendUint32(b, r.pathID)
		}
	}
	if !network.family.Native() {
		return append(b, nlri...)
	}
	b = append(b, byte(network.prefix.Bits()))
	return append(b, network.prefix.Addr().AsSlice()[:(network.prefix.Bits()+7)/8]...)
}

// peerTable returns the body of the PEER_INDEX_TABLE. The collector is named where there is only one.
func (s *Snapshot) peerTable() []byte {
	collector := s.collector()
	if !collector.IsValid() {
		collector = netip.IPv4Unspecified()
	}
	b := append(make([]byte, 0, 4096), collector.AsSlice()...)
	b = append(b, 0, 0) // no name of a view
	b = binary.BigEndian.AppendUint16(b, uint16(len(s.peers)))
	for _, p := range s.peers {
		const as4, ipv6 = 2, 1
		kind := byte(as4)
		if p.Address.Is6() {
			kind |= ipv6
		}
		id := netip.IPv4Unspecified()
		if p.BGPID.IsValid() {
			id = p.BGPID
		}
		b = append(append(append(b, kind), id.AsSlice()...), p.Address.AsSlice()...)
		b = binary.BigEndian.AppendUint32(b, p.ASN)
	}
	return b
}
