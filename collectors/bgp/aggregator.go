package bgp

import (
	"encoding/binary"
	"strconv"
)

// Aggregator is the AGGREGATOR attribute (RFC 4271 section 5.1.7). Its address is always IPv4.
type Aggregator struct {
	ASN     uint32
	Address [4]byte
}

func (g *Aggregator) decode(v []byte, asSize int) bool {
	switch {
	case len(v) == 8:
		g.ASN = binary.BigEndian.Uint32(v)
	case len(v) == 6 && asSize == 2:
		g.ASN = uint32(binary.BigEndian.Uint16(v))
	default:
		return false
	}
	g.Address = [4]byte(v[len(v)-4:])
	return true
}

// as4Aggregator reports whether a value of AS4_AGGREGATOR is well formed, which it is not with AS 0 (RFC 7607 section 2).
func as4Aggregator(v []byte) bool { return len(v) == 8 && binary.BigEndian.Uint32(v) != 0 }

// Append appends the AS number and the address, space-separated, as bgpdump writes them.
func (g Aggregator) Append(to []byte) []byte {
	to = append(strconv.AppendUint(to, uint64(g.ASN), 10), ' ')
	return appendIPv4(to, g.Address)
}

// String returns the text of Append.
func (g Aggregator) String() string { return string(g.Append(nil)) }
