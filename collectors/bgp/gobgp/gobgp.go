// Package gobgp describes NLRI of the families that package bgp leaves undecoded (VPN, EVPN, FlowSpec, BGP-LS and others).
// It is a package of its own so that readers of MRT files need not link GoBGP.
package gobgp

import (
	"encoding/hex"
	"fmt"

	gobgp "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"tidemark/collectors/bgp"
)

// Describe returns the text of one NLRI of a family that is not Native: that of bgp.AppendNLRI, or else GoBGP's, which leaves
// out some fields, followed by the bytes in hexadecimal. NLRI that differ have texts that differ. If it cannot be read, ok is
// false and the text is the bytes.
func Describe(family bgp.Family, nlri []byte) (text string, ok bool) {
	raw := hex.EncodeToString(nlri)
	defer func() {
		if recover() != nil { // a foreign parser on foreign bytes
			text, ok = raw, false
		}
	}()
	if b, ok := bgp.AppendNLRI(nil, family, nlri); ok {
		return string(b), true
	}
	one, err := gobgp.NewPrefixFromRouteFamily(uint16(family.AFI), uint8(family.SAFI))
	if err != nil {
		return raw, false
	}
	if err := one.DecodeFromBytes(nlri); err != nil {
		return raw, false
	}
	return one.String() + " 0x" + raw, true
}

// DescribeField returns the texts of all NLRI of a field, each followed by its path identifier if addPath is set. If one of
// them cannot be read, ok is false and the only text is the field in hexadecimal.
func DescribeField(family bgp.Family, field []byte, addPath bool) (texts []string, ok bool) {
	raw := []string{hex.EncodeToString(field)}
	for one, err := range family.Split(field, addPath) {
		if err != nil {
			return raw, false
		}
		text, ok := Describe(family, one.NLRI)
		if !ok {
			return raw, false
		}
		if addPath {
			text += fmt.Sprintf(" path-id %d", one.PathID)
		}
		texts = append(texts, text)
	}
	return texts, true
}
