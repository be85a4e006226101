package bgp_test

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	gobgp "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"tidemark/collectors/bgp"
)

// TestEveryAttribute encodes every attribute that GoBGP knows and decodes it: into its field, or raw.
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
		others = append(others, fmt.Sprintf("%s %x", o.Type, o.Value))
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

// TestPackageTable compares the table of the package documentation with the code.
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
		name := bgp.AttributeType(kind).String()
		all := bgp.TypeSet{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
		undecoded := all.Undecoded()
		if is := !undecoded.Has(bgp.AttributeType(kind)); is != listed[name] {
			t.Errorf("%s: decoded %v, in the table %v", name, is, listed[name])
		}
		// What is decoded must not appear among the others as well.
		var a bgp.Attributes
		if err := a.Decode([]byte{0xc0, byte(kind), 0}, bgp.Form{ASSize: 4}); err == nil && len(a.Others) > 0 == listed[name] {
			t.Errorf("%s: kept raw %v, in the table %v", name, len(a.Others) > 0, listed[name])
		}
	}
}
