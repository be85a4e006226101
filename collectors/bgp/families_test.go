package bgp_test

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	gobgp "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"tidemark/collectors/bgp"
)

// TestFamilies writes NLRI of every kind of family with GoBGP and reads them back: prefixes here, the rest as text.
func TestFamilies(t *testing.T) {
	rd, err := gobgp.ParseRouteDistinguisher("64496:7")
	if err != nil {
		t.Fatal(err)
	}
	mac, _ := net.ParseMAC("00:53:00:00:00:01")
	rule := gobgp.NewFlowSpecIPv4Unicast([]gobgp.FlowSpecComponentInterface{gobgp.NewFlowSpecDestinationPrefix(gobgp.NewIPAddrPrefix(24, "203.0.113.0"))})
	for _, c := range []struct {
		family gobgp.RouteFamily
		nlri   []gobgp.AddrPrefixInterface
	}{
		{gobgp.RF_IPv4_UC, []gobgp.AddrPrefixInterface{gobgp.NewIPAddrPrefix(24, "203.0.113.0"), gobgp.NewIPAddrPrefix(0, "0.0.0.0")}},
		{gobgp.RF_IPv6_UC, []gobgp.AddrPrefixInterface{gobgp.NewIPv6AddrPrefix(33, "2001:db8:8000::"), gobgp.NewIPv6AddrPrefix(128, "2001:db8::1")}},
		{gobgp.RF_IPv4_MC, []gobgp.AddrPrefixInterface{gobgp.NewIPAddrPrefix(25, "203.0.113.128")}},
		{gobgp.RF_IPv6_MC, []gobgp.AddrPrefixInterface{gobgp.NewIPv6AddrPrefix(48, "2001:db8:7::")}},
		{gobgp.RF_IPv4_VPN, []gobgp.AddrPrefixInterface{gobgp.NewLabeledVPNIPAddrPrefix(24, "203.0.113.0", *gobgp.NewMPLSLabelStack(16), rd), gobgp.NewLabeledVPNIPAddrPrefix(16, "10.0.0.0", *gobgp.NewMPLSLabelStack(17, 18), rd)}},
		{gobgp.RF_IPv6_VPN, []gobgp.AddrPrefixInterface{gobgp.NewLabeledVPNIPv6AddrPrefix(48, "2001:db8:7::", *gobgp.NewMPLSLabelStack(16), rd)}},
		{gobgp.RF_IPv4_MPLS, []gobgp.AddrPrefixInterface{gobgp.NewLabeledIPAddrPrefix(24, "203.0.113.0", *gobgp.NewMPLSLabelStack(16))}},
		{gobgp.RF_IPv6_MPLS, []gobgp.AddrPrefixInterface{gobgp.NewLabeledIPv6AddrPrefix(48, "2001:db8:7::", *gobgp.NewMPLSLabelStack(16))}},
		{gobgp.RF_EVPN, []gobgp.AddrPrefixInterface{
			gobgp.NewEVPNMacIPAdvertisementRoute(rd, gobgp.EthernetSegmentIdentifier{}, 5, mac.String(), "192.0.2.1", []uint32{9}),
			gobgp.NewEVPNIPPrefixRoute(rd, gobgp.EthernetSegmentIdentifier{}, 5, 24, "203.0.113.0", "192.0.2.2", 9),
		}},
		{gobgp.RF_RTC_UC, []gobgp.AddrPrefixInterface{gobgp.NewRouteTargetMembershipNLRI(64496, gobgp.NewTwoOctetAsSpecificExtended(gobgp.EC_SUBTYPE_ROUTE_TARGET, 64496, 1, true))}},
		{gobgp.RF_FS_IPv4_UC, []gobgp.AddrPrefixInterface{rule}},
	} {
		afi, safi := gobgp.RouteFamilyToAfiSafi(c.family)
		for _, addPath := range []bool{false, true} {
			var b []byte
			var want []string
			for i, n := range c.nlri {
				one, err := n.Serialize()
				if err != nil {
					t.Fatal(c.family, err)
				}
				text := n.String()
				if addPath {
					b = append(b, 0, 0, 0, byte(7+i))
					if !bgp.Native(afi, safi) {
						text += fmt.Sprintf(" path-id %d", 7+i)
					}
				}
				b = append(b, one...)
				want = append(want, text)
				if !addPath && !bgp.Native(afi, safi) {
					if size, err := bgp.NLRILength(afi, safi, append(one, 1, 2, 3)); err != nil || size != len(one) {
						t.Errorf("%s: NLRI of %d octets is told to have %d, %v", c.family, len(one), size, err)
					}
				}
			}
			var got []string
			if bgp.Native(afi, safi) {
				for all := bgp.Prefixes(b, afi, addPath); all.More(); {
					p, id, err := all.Next()
					if err != nil || addPath && id != uint32(7+len(got)) {
						t.Fatal(c.family, id, err)
					}
					got = append(got, p.String())
				}
			} else {
				var ok bool
				if got, ok = bgp.Describe(afi, safi, b, addPath); !ok {
					t.Errorf("%s: GoBGP cannot read what it wrote: %v", c.family, got)
				}
				if cut, ok := bgp.Describe(afi, safi, b[:len(b)-1], addPath); ok || len(cut) != 1 || cut[0] != hex.EncodeToString(b[:len(b)-1]) {
					t.Errorf("%s, cut: %v %v", c.family, cut, ok)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: read %v, written %v", c.family, got, want)
			}
			if name := bgp.FamilyName(afi, safi); name != c.family.String() {
				t.Errorf("%s is called %s", c.family, name)
			}
		}
	}
	if name := bgp.FamilyName(9, 99); name != "afi 9 safi 99" {
		t.Error(name)
	}
}

// TestEveryAttribute writes every attribute that GoBGP knows and reads it back: into its field, or raw.
func TestEveryAttribute(t *testing.T) {
	prefix := []gobgp.AddrPrefixInterface{gobgp.NewIPv6AddrPrefix(32, "2001:db8::")}
	attributes := []gobgp.PathAttributeInterface{
		gobgp.NewPathAttributeOrigin(2),
		gobgp.NewPathAttributeAsPath([]gobgp.AsPathParamInterface{
			gobgp.NewAs4PathParam(gobgp.BGP_ASPATH_ATTR_TYPE_CONFED_SEQ, []uint32{64512}), gobgp.NewAs4PathParam(gobgp.BGP_ASPATH_ATTR_TYPE_SEQ, []uint32{64496, 4200000000}),
			gobgp.NewAs4PathParam(gobgp.BGP_ASPATH_ATTR_TYPE_SET, []uint32{1, 2})}),
		gobgp.NewPathAttributeNextHop("192.0.2.1"), gobgp.NewPathAttributeMultiExitDisc(3), gobgp.NewPathAttributeLocalPref(4),
		gobgp.NewPathAttributeAtomicAggregate(), gobgp.NewPathAttributeAggregator(uint32(70000), "192.0.2.2"),
		gobgp.NewPathAttributeCommunities([]uint32{64496<<16 | 5, 0xffffff01}), gobgp.NewPathAttributeOriginatorId("192.0.2.3"), gobgp.NewPathAttributeClusterList([]string{"192.0.2.4", "192.0.2.5"}),
		gobgp.NewPathAttributeMpReachNLRI("2001:db8::1", prefix), gobgp.NewPathAttributeMpUnreachNLRI(prefix),
		gobgp.NewPathAttributeExtendedCommunities([]gobgp.ExtendedCommunityInterface{
			gobgp.NewTwoOctetAsSpecificExtended(gobgp.EC_SUBTYPE_ROUTE_TARGET, 64496, 6, true), gobgp.NewIPv4AddressSpecificExtended(gobgp.EC_SUBTYPE_ROUTE_ORIGIN, "192.0.2.6", 7, true),
			gobgp.NewFourOctetAsSpecificExtended(gobgp.EC_SUBTYPE_ROUTE_TARGET, 70000, 8, true), gobgp.NewValidationExtended(gobgp.VALIDATION_STATE_VALID)}),
		gobgp.NewPathAttributePmsiTunnel(gobgp.PMSI_TUNNEL_TYPE_INGRESS_REPL, false, 9, &gobgp.IngressReplTunnelID{Value: net.IP{192, 0, 2, 7}}),
		gobgp.NewPathAttributeAigp([]gobgp.AigpTLVInterface{gobgp.NewAigpTLVIgpMetric(10)}),
		gobgp.NewPathAttributeLargeCommunities([]*gobgp.LargeCommunity{{ASN: 1, LocalData1: 2, LocalData2: 3}}),
		gobgp.NewPathAttributeUnknown(gobgp.BGP_ATTR_FLAG_OPTIONAL|gobgp.BGP_ATTR_FLAG_TRANSITIVE, 35, []byte{0, 0, 0xfb, 0xf0}),
		gobgp.NewPathAttributeUnknown(gobgp.BGP_ATTR_FLAG_OPTIONAL|gobgp.BGP_ATTR_FLAG_TRANSITIVE, 200, []byte{1, 2, 3}),
	}
	var block []byte
	for _, a := range attributes {
		b, err := a.Serialize()
		if err != nil {
			t.Fatal(err)
		}
		block = append(block, b...)
	}
	var a bgp.Attributes
	if err := a.Decode(block, bgp.Form{ASSize: 4}); err != nil || len(a.Problems()) > 0 {
		t.Fatal(err, a.Problems())
	}
	var others []string
	for _, o := range a.Others {
		others = append(others, fmt.Sprintf("%s %x", bgp.TypeName(o.Type), o.Value))
	}
	got := fmt.Sprint(a.Origin, "|", &a.Path, "|", a.NextHop, "|", a.MED, "|", a.LocalPref, "|", a.Has(bgp.TypeAtomicAggregate), "|", a.Aggregator, "|", string(a.AppendCommunities(nil)), "|",
		a.OriginatorID, "|", string(a.AppendClusterList(nil)), "|", a.Reach.NextHop, "|", len(a.Reach.NLRI), "|", len(a.Unreach.NLRI), "|", string(a.AppendExtCommunities(nil)), "|",
		string(a.AppendLargeCommunities(nil)), "|", a.OTC, "|", strings.Join(others, ", "))
	want := "2|(64512) 64496 4200000000 {1,2}|[192 0 2 1]|3|4|true|70000 192.0.2.2|64496:5 no-export|[192 0 2 3]|192.0.2.4 192.0.2.5|2001:db8::1|5|5|" +
		"rt:64496:6 soo:192.0.2.6:7 rt:70000:8 0x4300000000000000|1:2:3|64496|PMSI_TUNNEL 0006000009c0000207, AIGP 01000b000000000000000a, attribute 200 010203"
	if got != want {
		t.Errorf("read\n%s\nwant\n%s", got, want)
	}
	var table bgp.Attributes
	if err := table.Decode(a.AppendTable(nil, block, bgp.Form{ASSize: 4}, true), bgp.Form{ASSize: 4, RIB: true}); err != nil || len(table.Problems()) > 0 ||
		table.Path.String() != a.Path.String() || table.Reach.NextHop != a.Reach.NextHop || table.Has(bgp.TypeUnreach) || table.Has(bgp.TypeNextHop) || len(table.Others) != 3 {
		t.Errorf("as a table: %v, %v, %+v", err, table.Problems(), table)
	}
}

// TestPackageTable holds the table of the package documentation to the code.
func TestPackageTable(t *testing.T) {
	text, err := os.ReadFile("bgp.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^//\t(.+?)  +this package`).FindAllStringSubmatch(string(text), -1) {
		for _, name := range regexp.MustCompile(`[A-Z][A-Za-z0-9_]*(?: COMMUNITIES)?`).FindAllString(strings.ReplaceAll(line[1], "NLRI of", ""), -1) {
			listed[name] = true
		}
	}
	for kind := range 256 {
		name := bgp.TypeName(uint8(kind))
		if is := bgp.Decoded[kind>>6]&(1<<(kind&63)) != 0; is != listed[name] {
			t.Errorf("%s: decoded %v, in the table %v", name, is, listed[name])
		}
		// What is decoded must not stand among the others as well.
		var a bgp.Attributes
		if err := a.Decode([]byte{0xc0, byte(kind), 0}, bgp.Form{ASSize: 4}); err == nil && len(a.Others) > 0 == listed[name] {
			t.Errorf("%s: kept raw %v, in the table %v", name, len(a.Others) > 0, listed[name])
		}
	}
}
