package bgp

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// AFI is an address family identifier (RFC 4760, IANA registry "Address Family Numbers").
type AFI uint16

// The address families whose NLRI are prefixes.
const (
	IPv4 AFI = 1
	IPv6 AFI = 2
)

// SAFI is a subsequent address family identifier (RFC 4760, IANA registry "SAFI Values").
type SAFI uint8

// The subsequent address families whose NLRI are prefixes.
const (
	Unicast   SAFI = 1
	Multicast SAFI = 2
	Both      SAFI = 3 // unicast and multicast, of RFC 2858; RFC 4760 gave it up
)

// Family is an address family: AFI and SAFI (RFC 4760).
type Family struct {
	AFI  AFI
	SAFI SAFI
}

// Native reports whether the family's NLRI are prefixes, which Prefixes reads.
func (f Family) Native() bool {
	return (f.AFI == IPv4 || f.AFI == IPv6) && f.SAFI >= Unicast && f.SAFI <= Both
}

// bits returns the size of the family's addresses.
func (f Family) bits() int {
	if f.AFI == IPv6 {
		return 128
	}
	return 32
}

const (
	afiL2VPN  AFI = 25
	afiSFC    AFI = 31
	afiLS     AFI = 16388
	afiOpaque AFI = 16397

	safiLabeled      SAFI = 4   // RFC 8277
	safiMVPN         SAFI = 5   // RFC 6514
	safiEncap        SAFI = 7   // RFC 5512, obsoleted by RFC 9012
	safiMVPLS        SAFI = 8   // RFC 7117
	safiSFC          SAFI = 9   // RFC 9015
	safiVPLS         SAFI = 65  // RFC 4761
	safiEVPN         SAFI = 70  // RFC 7432
	safiLS           SAFI = 71  // RFC 9552
	safiLSVPN        SAFI = 72  // RFC 9552
	safiSRPolicy     SAFI = 73  // RFC 9830
	safiSDWAN        SAFI = 74  // draft-ietf-idr-sdwan-edge-discovery
	safiMcastTree    SAFI = 78  // draft-ietf-bess-bgp-multicast
	safiCAR          SAFI = 83  // RFC 9871
	safiCARVPN       SAFI = 84  // RFC 9871
	safiMUP          SAFI = 85  // draft-ietf-bess-mup-safi
	safiVPN          SAFI = 128 // RFC 4364
	safiVPNMulticast SAFI = 129 // RFC 6513
	safiRTC          SAFI = 132 // RFC 4684
	safiFlow         SAFI = 133 // RFC 8955
	safiFlowVPN      SAFI = 134 // RFC 8955
	safiKeyValue     SAFI = 241 // GoBGP's own
)

// familyNames are the names that GoBGP and its command line use.
var familyNames = map[Family]string{
	{IPv4, Unicast}: "ipv4-unicast", {IPv6, Unicast}: "ipv6-unicast",
	{IPv4, Multicast}: "ipv4-multicast", {IPv6, Multicast}: "ipv6-multicast",
	{IPv4, safiLabeled}: "ipv4-labelled-unicast", {IPv6, safiLabeled}: "ipv6-labelled-unicast",
	{IPv4, safiVPN}: "l3vpn-ipv4-unicast", {IPv6, safiVPN}: "l3vpn-ipv6-unicast",
	{IPv4, safiVPNMulticast}: "l3vpn-ipv4-multicast", {IPv6, safiVPNMulticast}: "l3vpn-ipv6-multicast",
	{IPv4, safiFlow}: "ipv4-flowspec", {IPv6, safiFlow}: "ipv6-flowspec",
	{IPv4, safiFlowVPN}: "l3vpn-ipv4-flowspec", {IPv6, safiFlowVPN}: "l3vpn-ipv6-flowspec", {afiL2VPN, safiFlowVPN}: "l2vpn-flowspec",
	{IPv4, safiEncap}: "ipv4-encap", {IPv6, safiEncap}: "ipv6-encap",
	{IPv4, safiSRPolicy}: "ipv4-srpolicy", {IPv6, safiSRPolicy}: "ipv6-srpolicy",
	{IPv4, safiMUP}: "ipv4-mup", {IPv6, safiMUP}: "ipv6-mup",
	{afiL2VPN, safiVPLS}: "l2vpn-vpls", {afiL2VPN, safiEVPN}: "l2vpn-evpn",
	{IPv4, safiRTC}: "rtc", {afiLS, safiLS}: "ls", {afiOpaque, safiKeyValue}: "opaque",
}

// Compare orders families by AFI and SAFI.
func (f Family) Compare(g Family) int {
	return cmp.Or(cmp.Compare(f.AFI, g.AFI), cmp.Compare(f.SAFI, g.SAFI))
}

// FamilyNames returns the names of families, sorted.
func FamilyNames() []string { return slices.Sorted(maps.Values(familyNames)) }

// FamilyNamed returns the family of a name; ok is false if there is none.
func FamilyNamed(name string) (f Family, ok bool) {
	for f, is := range familyNames {
		if is == name {
			return f, true
		}
	}
	return f, false
}

// Named reports whether the family has a name; then the form of its NLRI is known.
func (f Family) Named() bool {
	_, ok := familyNames[f]
	return ok
}

// String returns the family's name, for example "ipv4-unicast" or "l2vpn-evpn", or its numbers if it has none.
func (f Family) String() string {
	if name, ok := familyNames[f]; ok {
		return name
	}
	return fmt.Sprintf("afi %d safi %d", uint16(f.AFI), uint8(f.SAFI))
}
