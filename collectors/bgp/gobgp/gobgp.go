// Package gobgp describes NLRI of the families that package bgp leaves undecoded (VPN, EVPN, FlowSpec, BGP-LS and others).
// It is a package of its own so that readers of MRT files need not link GoBGP.
package gobgp

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	gobgp "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"tidemark/collectors/bgp"
)

// Describe returns one text for each NLRI of a family that is not Native, followed by the path identifier if addPath is
// set. If GoBGP cannot read them, ok is false and the only text is the bytes in hexadecimal.
func Describe(family bgp.Family, nlri []byte, addPath bool) (texts []string, ok bool) {
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
		size, err := bgp.NLRILength(nlri, family)
		if err != nil {
			return raw, false
		}
		one, err := gobgp.NewPrefixFromRouteFamily(uint16(family.AFI), uint8(family.SAFI))
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
