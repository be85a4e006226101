// Package families has, for tests, NLRI of every address family that GoBGP can encode.
package families

import (
	"net"
	"net/netip"
	"testing"

	packet "github.com/osrg/gobgp/v3/pkg/packet/bgp"
)

// Family is an address family and some of its NLRI, in the order in which a table is written, with the texts that GoBGP gives
// them.
type Family struct {
	AFI   uint16
	SAFI  uint8
	NLRI  [][]byte
	Texts []string
}

// All returns every family, encoded by GoBGP.
func All(t testing.TB) (all []Family) {
	t.Helper()
	rd, err := packet.ParseRouteDistinguisher("64496:7")
	if err != nil {
		t.Fatal(err)
	}
	const mac = "00:53:00:00:00:01"
	station, err := net.ParseMAC(mac)
	if err != nil {
		t.Fatal(err)
	}
	flow := []packet.FlowSpecComponentInterface{packet.NewFlowSpecDestinationPrefix(packet.NewIPAddrPrefix(24, "203.0.113.0"))}
	flow6 := []packet.FlowSpecComponentInterface{packet.NewFlowSpecDestinationPrefix6(packet.NewIPv6AddrPrefix(32, "2001:db8::"), 0)}
	frames := []packet.FlowSpecComponentInterface{packet.NewFlowSpecSourceMac(station)}
	ipv6 := func(s string) net.IP { return net.ParseIP(s).To16() }
	node := func(asn uint32) packet.AddrPrefixInterface {
		descriptor := packet.NewLsTLVNodeDescriptor(&packet.LsNodeDescriptor{Asn: asn, IGPRouterID: "\x00\x00\x00\x00\x00\x01"}, packet.LS_TLV_LOCAL_NODE_DESC)
		n := &packet.LsNodeNLRI{LsNLRI: packet.LsNLRI{NLRIType: packet.LS_NLRI_TYPE_NODE, Length: uint16(9 + descriptor.Len()), ProtocolID: packet.LS_PROTOCOL_ISIS_L2}, LocalNodeDesc: &descriptor}
		return &packet.LsAddrPrefix{Type: packet.LS_NLRI_TYPE_NODE, Length: n.Length, NLRI: n}
	}
	esi := packet.EthernetSegmentIdentifier{}
	for _, f := range []struct {
		family packet.RouteFamily
		nlri   []packet.AddrPrefixInterface
	}{
		{packet.RF_IPv4_UC, []packet.AddrPrefixInterface{packet.NewIPAddrPrefix(0, "0.0.0.0"), packet.NewIPAddrPrefix(24, "203.0.113.0")}},
		{packet.RF_IPv4_MC, []packet.AddrPrefixInterface{packet.NewIPAddrPrefix(25, "203.0.113.128")}},
		{packet.RF_IPv4_MPLS, []packet.AddrPrefixInterface{packet.NewLabeledIPAddrPrefix(24, "203.0.113.0", *packet.NewMPLSLabelStack(16))}},
		{packet.RF_IPv4_ENCAP, []packet.AddrPrefixInterface{packet.NewEncapNLRI("192.0.2.1")}},
		{packet.RF_SR_POLICY_IPv4, []packet.AddrPrefixInterface{packet.NewSRPolicyIPv4(packet.SRPolicyIPv4NLRILen, 1, 2, net.IP{192, 0, 2, 1}), packet.NewSRPolicyIPv4(packet.SRPolicyIPv4NLRILen, 2, 2, net.IP{192, 0, 2, 1})}},
		{packet.RF_MUP_IPv4, []packet.AddrPrefixInterface{
			packet.NewMUPInterworkSegmentDiscoveryRoute(rd, netip.MustParsePrefix("203.0.113.0/24")), packet.NewMUPDirectSegmentDiscoveryRoute(rd, netip.MustParseAddr("192.0.2.1")),
		}},
		{packet.RF_IPv4_VPN, []packet.AddrPrefixInterface{packet.NewLabeledVPNIPAddrPrefix(16, "10.0.0.0", *packet.NewMPLSLabelStack(17, 18), rd), packet.NewLabeledVPNIPAddrPrefix(24, "203.0.113.0", *packet.NewMPLSLabelStack(16), rd)}},
		{packet.RF_RTC_UC, []packet.AddrPrefixInterface{packet.NewRouteTargetMembershipNLRI(64496, packet.NewTwoOctetAsSpecificExtended(packet.EC_SUBTYPE_ROUTE_TARGET, 64496, 1, true))}},
		{packet.RF_FS_IPv4_UC, []packet.AddrPrefixInterface{packet.NewFlowSpecIPv4Unicast(flow)}},
		{packet.RF_FS_IPv4_VPN, []packet.AddrPrefixInterface{packet.NewFlowSpecIPv4VPN(rd, flow)}},
		{packet.RF_IPv6_UC, []packet.AddrPrefixInterface{packet.NewIPv6AddrPrefix(128, "2001:db8::1"), packet.NewIPv6AddrPrefix(33, "2001:db8:8000::")}},
		{packet.RF_IPv6_MC, []packet.AddrPrefixInterface{packet.NewIPv6AddrPrefix(48, "2001:db8:7::")}},
		{packet.RF_IPv6_MPLS, []packet.AddrPrefixInterface{packet.NewLabeledIPv6AddrPrefix(48, "2001:db8:7::", *packet.NewMPLSLabelStack(16))}},
		{packet.RF_IPv6_ENCAP, []packet.AddrPrefixInterface{&packet.NewEncapv6NLRI("2001:db8::1").EncapNLRI}},
		{packet.RF_SR_POLICY_IPv6, []packet.AddrPrefixInterface{packet.NewSRPolicyIPv6(packet.SRPolicyIPv6NLRILen, 1, 2, ipv6("2001:db8::1")), packet.NewSRPolicyIPv6(packet.SRPolicyIPv6NLRILen, 1, 3, ipv6("2001:db8::1"))}},
		{packet.RF_MUP_IPv6, []packet.AddrPrefixInterface{packet.NewMUPDirectSegmentDiscoveryRoute(rd, netip.MustParseAddr("2001:db8::1"))}},
		{packet.RF_IPv6_VPN, []packet.AddrPrefixInterface{packet.NewLabeledVPNIPv6AddrPrefix(48, "2001:db8:7::", *packet.NewMPLSLabelStack(16), rd)}},
		{packet.RF_FS_IPv6_UC, []packet.AddrPrefixInterface{packet.NewFlowSpecIPv6Unicast(flow6)}},
		{packet.RF_FS_IPv6_VPN, []packet.AddrPrefixInterface{packet.NewFlowSpecIPv6VPN(rd, flow6)}},
		{packet.RF_VPLS, []packet.AddrPrefixInterface{packet.NewVPLSNLRI(rd, 1, 2, 8, 100), packet.NewVPLSNLRI(rd, 1, 2, 8, 101)}},
		{packet.RF_EVPN, []packet.AddrPrefixInterface{
			packet.NewEVPNEthernetAutoDiscoveryRoute(rd, esi, 5, 9), packet.NewEVPNMacIPAdvertisementRoute(rd, esi, 5, mac, "192.0.2.1", []uint32{9}),
			packet.NewEVPNMulticastEthernetTagRoute(rd, 5, "192.0.2.1"), packet.NewEVPNEthernetSegmentRoute(rd, esi, "2001:db8::1"),
			packet.NewEVPNIPPrefixRoute(rd, esi, 5, 24, "203.0.113.0", "192.0.2.2", 9),
		}},
		{packet.RF_FS_L2_VPN, []packet.AddrPrefixInterface{packet.NewFlowSpecL2VPN(rd, frames)}},
		{packet.RF_LS, []packet.AddrPrefixInterface{node(64496), node(64497)}},
		{packet.RF_OPAQUE, []packet.AddrPrefixInterface{packet.NewOpaqueNLRI([]byte("key"), []byte("value"))}},
	} {
		afi, safi := packet.RouteFamilyToAfiSafi(f.family)
		one := Family{AFI: afi, SAFI: safi}
		for _, n := range f.nlri {
			b, err := n.Serialize()
			if err != nil {
				t.Fatalf("%s: %v", f.family, err)
			}
			one.NLRI, one.Texts = append(one.NLRI, b), append(one.Texts, n.String())
		}
		all = append(all, one)
	}
	return all
}
