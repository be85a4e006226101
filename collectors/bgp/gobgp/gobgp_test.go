package gobgp_test

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"testing"

	packet "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bgp/gobgp"
)

// TestFamilies encodes NLRI of every kind of family with GoBGP and reads them: prefixes with package bgp, the rest as text.
func TestFamilies(t *testing.T) {
	rd, err := packet.ParseRouteDistinguisher("64496:7")
	if err != nil {
		t.Fatal(err)
	}
	mac, _ := net.ParseMAC("00:53:00:00:00:01")
	rule := packet.NewFlowSpecIPv4Unicast([]packet.FlowSpecComponentInterface{packet.NewFlowSpecDestinationPrefix(packet.NewIPAddrPrefix(24, "203.0.113.0"))})
	for _, c := range []struct {
		family packet.RouteFamily
		nlri   []packet.AddrPrefixInterface
	}{
		{packet.RF_IPv4_UC, []packet.AddrPrefixInterface{packet.NewIPAddrPrefix(24, "203.0.113.0"), packet.NewIPAddrPrefix(0, "0.0.0.0")}},
		{packet.RF_IPv6_UC, []packet.AddrPrefixInterface{packet.NewIPv6AddrPrefix(33, "2001:db8:8000::"), packet.NewIPv6AddrPrefix(128, "2001:db8::1")}},
		{packet.RF_IPv4_MC, []packet.AddrPrefixInterface{packet.NewIPAddrPrefix(25, "203.0.113.128")}},
		{packet.RF_IPv6_MC, []packet.AddrPrefixInterface{packet.NewIPv6AddrPrefix(48, "2001:db8:7::")}},
		{packet.RF_IPv4_VPN, []packet.AddrPrefixInterface{packet.NewLabeledVPNIPAddrPrefix(24, "203.0.113.0", *packet.NewMPLSLabelStack(16), rd), packet.NewLabeledVPNIPAddrPrefix(16, "10.0.0.0", *packet.NewMPLSLabelStack(17, 18), rd)}},
		{packet.RF_IPv6_VPN, []packet.AddrPrefixInterface{packet.NewLabeledVPNIPv6AddrPrefix(48, "2001:db8:7::", *packet.NewMPLSLabelStack(16), rd)}},
		{packet.RF_IPv4_MPLS, []packet.AddrPrefixInterface{packet.NewLabeledIPAddrPrefix(24, "203.0.113.0", *packet.NewMPLSLabelStack(16))}},
		{packet.RF_IPv6_MPLS, []packet.AddrPrefixInterface{packet.NewLabeledIPv6AddrPrefix(48, "2001:db8:7::", *packet.NewMPLSLabelStack(16))}},
		{packet.RF_EVPN, []packet.AddrPrefixInterface{
			packet.NewEVPNMacIPAdvertisementRoute(rd, packet.EthernetSegmentIdentifier{}, 5, mac.String(), "192.0.2.1", []uint32{9}),
			packet.NewEVPNIPPrefixRoute(rd, packet.EthernetSegmentIdentifier{}, 5, 24, "203.0.113.0", "192.0.2.2", 9),
		}},
		{packet.RF_RTC_UC, []packet.AddrPrefixInterface{packet.NewRouteTargetMembershipNLRI(64496, packet.NewTwoOctetAsSpecificExtended(packet.EC_SUBTYPE_ROUTE_TARGET, 64496, 1, true))}},
		{packet.RF_EVPN, []packet.AddrPrefixInterface{
			packet.NewEVPNEthernetAutoDiscoveryRoute(rd, packet.EthernetSegmentIdentifier{}, 5, 9), packet.NewEVPNMulticastEthernetTagRoute(rd, 5, "192.0.2.1"),
			packet.NewEVPNEthernetSegmentRoute(rd, packet.EthernetSegmentIdentifier{}, "2001:db8::1"),
		}},
		{packet.RF_FS_IPv4_UC, []packet.AddrPrefixInterface{rule}},
		{packet.RF_FS_IPv4_VPN, []packet.AddrPrefixInterface{packet.NewFlowSpecIPv4VPN(rd, rule.Value)}},
		{packet.RF_VPLS, []packet.AddrPrefixInterface{packet.NewVPLSNLRI(rd, 1, 2, 8, 100), packet.NewVPLSNLRI(rd, 1, 2, 8, 101)}},
		{packet.RF_IPv4_ENCAP, []packet.AddrPrefixInterface{packet.NewEncapNLRI("192.0.2.1")}},
		{packet.RF_IPv6_ENCAP, []packet.AddrPrefixInterface{&packet.NewEncapv6NLRI("2001:db8::1").EncapNLRI}},
		{packet.RF_SR_POLICY_IPv4, []packet.AddrPrefixInterface{packet.NewSRPolicyIPv4(packet.SRPolicyIPv4NLRILen, 1, 2, net.IP{192, 0, 2, 1}), packet.NewSRPolicyIPv4(packet.SRPolicyIPv4NLRILen, 2, 2, net.IP{192, 0, 2, 1})}},
		{packet.RF_MUP_IPv4, []packet.AddrPrefixInterface{
			packet.NewMUPInterworkSegmentDiscoveryRoute(rd, netip.MustParsePrefix("203.0.113.0/24")), packet.NewMUPDirectSegmentDiscoveryRoute(rd, netip.MustParseAddr("192.0.2.1")),
		}},
	} {
		afi, safi := packet.RouteFamilyToAfiSafi(c.family)
		family := bgp.Family{AFI: bgp.AFI(afi), SAFI: bgp.SAFI(safi)}
		for _, addPath := range []bool{false, true} {
			var b []byte
			var want []string
			for i, n := range c.nlri {
				one, err := n.Serialize()
				if err != nil {
					t.Fatal(c.family, err)
				}
				text := n.String()
				if !family.Native() {
					var ok bool
					if text, ok = gobgp.Describe(family, one); !ok {
						t.Errorf("%s: %x cannot be read", c.family, one)
					}
				}
				if addPath {
					b = append(b, 0, 0, 0, byte(7+i))
					if !family.Native() {
						text += fmt.Sprintf(" path-id %d", 7+i)
					}
				}
				b = append(b, one...)
				want = append(want, text)
				if !addPath && !family.Native() {
					if size, err := bgp.NLRILength(append(one, 1, 2, 3), family); err != nil || size != len(one) {
						t.Errorf("%s: NLRI of %d octets: length %d, error %v", c.family, len(one), size, err)
					}
				}
			}
			var got []string
			if family.Native() {
				for all := bgp.Prefixes(b, family, addPath); all.More(); {
					p, id, err := all.Next()
					if err != nil || addPath && id != uint32(7+len(got)) {
						t.Fatal(c.family, id, err)
					}
					got = append(got, p.String())
				}
			} else {
				var ok bool
				if got, ok = gobgp.DescribeField(family, b, addPath); !ok {
					t.Errorf("%s: GoBGP cannot read what it wrote: %v", c.family, got)
				}
				if cut, ok := gobgp.DescribeField(family, b[:len(b)-1], addPath); ok || len(cut) != 1 || cut[0] != hex.EncodeToString(b[:len(b)-1]) {
					t.Errorf("%s, cut: %v %v", c.family, cut, ok)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: read %v, written %v", c.family, got, want)
			}
		}
	}
}

// TestFamilyNames compares our names of families with GoBGP's.
func TestFamilyNames(t *testing.T) {
	afis := []int{0, 1, 2, 3, 25, 16387, 16388, 16397, 65535}
	for family := range packet.AddressFamilyNameMap {
		afi, _ := packet.RouteFamilyToAfiSafi(family)
		afis = append(afis, int(afi))
	}
	for _, afi := range afis {
		for safi := range 1 << 8 {
			want, known := packet.AddressFamilyNameMap[packet.AfiSafiToRouteFamily(uint16(afi), uint8(safi))]
			if !known {
				want = fmt.Sprintf("afi %d safi %d", afi, safi)
			}
			if name := (bgp.Family{AFI: bgp.AFI(afi), SAFI: bgp.SAFI(safi)}).String(); name != want {
				t.Fatalf("AFI %d SAFI %d is called %q, GoBGP calls it %q", afi, safi, name, want)
			}
		}
	}
}
