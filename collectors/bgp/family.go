package bgp

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	gobgp "github.com/osrg/gobgp/v3/pkg/packet/bgp"
)

// Family is an address family: AFI and SAFI (RFC 4760).
type Family struct {
	AFI  uint16
	SAFI uint8
}

// Native tells whether the family's NLRI are prefixes that Prefixes reads.
func (f Family) Native() bool { return Native(f.AFI, f.SAFI) }

// String is FamilyName's text.
func (f Family) String() string { return FamilyName(f.AFI, f.SAFI) }

// Native tells whether the NLRI of a family are prefixes that Prefixes reads.
func Native(afi uint16, safi uint8) bool {
	return (afi == IPv4 || afi == IPv6) && (safi == Unicast || safi == Multicast)
}

// FamilyName is the name of an address family (IANA registries of AFI and SAFI), such as "ipv4-unicast" or
// "l2vpn-evpn", or its numbers.
func FamilyName(afi uint16, safi uint8) string {
	if name, ok := gobgp.AddressFamilyNameMap[gobgp.AfiSafiToRouteFamily(afi, safi)]; ok {
		return name
	}
	return fmt.Sprintf("afi %d safi %d", afi, safi)
}

// Describe reads NLRI of a family that is not Native with GoBGP, and gives one text each, with the path identifier behind
// it where there is one. Where GoBGP cannot read them it is false, and the one text is the bytes in hex.
func Describe(afi uint16, safi uint8, nlri []byte, addPath bool) (texts []string, ok bool) {
	raw := []string{hex.EncodeToString(nlri)}
	defer func() {
		if recover() != nil { // a foreign parser on foreign bytes
			texts, ok = raw, false
		}
	}()
	for len(nlri) > 0 {
		id := ""
		if addPath {
			if len(nlri) < 4 {
				return raw, false
			}
			id = fmt.Sprintf(" path-id %d", binary.BigEndian.Uint32(nlri))
			nlri = nlri[4:]
		}
		size, err := NLRILength(afi, safi, nlri)
		if err != nil {
			return raw, false
		}
		one, err := gobgp.NewPrefixFromRouteFamily(afi, safi)
		if err != nil {
			return raw, false
		}
		if err := one.DecodeFromBytes(nlri[:size]); err != nil {
			return raw, false
		}
		texts = append(texts, one.String()+id)
		nlri = nlri[size:]
	}
	return texts, true
}
