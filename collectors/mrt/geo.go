package mrt

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"

	"tidemark/collectors/bgp"
)

// GeoPeerTable holds the places of a collector and its peers (RFC 6397), in degrees; NaN if a place is kept private.
type GeoPeerTable struct {
	CollectorID         netip.Addr
	View                string
	Latitude, Longitude float32
	Peers               []GeoPeer
}

// GeoPeer is a peer with its place. It has the same index in the peer index table.
type GeoPeer struct {
	Peer
	Latitude, Longitude float32
}

// ParseGeoPeerTable parses a GEO_PEER_TABLE record.
func (r *Record) ParseGeoPeerTable() (g GeoPeerTable, err error) {
	b := r.Body
	if len(b) < 6 {
		return g, fmt.Errorf("geo peer table: %w", bgp.ErrShort)
	}
	g.CollectorID = addressOf(b[:4])
	view := int(binary.BigEndian.Uint16(b[4:]))
	b = b[6:]
	if len(b) < view+10 {
		return g, fmt.Errorf("view name of %d octets and place: %w", view, bgp.ErrShort)
	}
	g.View = string(b[:view])
	b = b[view:]
	g.Latitude, g.Longitude = degrees(b), degrees(b[4:])
	n := int(binary.BigEndian.Uint16(b[8:]))
	b = b[10:]
	for i := range n {
		p, size, err := parsePeer(b)
		if err != nil || len(b) < size+8 {
			return g, fmt.Errorf("peer %d of %d: %w", i, n, bgp.ErrShort)
		}
		g.Peers = append(g.Peers, GeoPeer{p, degrees(b[size:]), degrees(b[size+4:])})
		b = b[size+8:]
	}
	return g, nil
}

func degrees(b []byte) float32 { return math.Float32frombits(binary.BigEndian.Uint32(b)) }
