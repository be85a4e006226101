package bgp_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	gobgp "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"tidemark/collectors/bgp"
)

// TestLikeGoBGP uses GoBGP's encoder as an oracle: we must decode what it was told to encode.
func TestLikeGoBGP(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	asns := func(n int) (list []uint32) {
		for range n {
			list = append(list, random.Uint32N(5_000_000))
		}
		return list
	}
	var a bgp.Attributes
	for range 500 {
		var want [6]string
		var attrs []gobgp.PathAttributeInterface

		sequence, set := asns(1+random.IntN(20)), asns(random.IntN(3))
		params := []gobgp.AsPathParamInterface{gobgp.NewAs4PathParam(gobgp.BGP_ASPATH_ATTR_TYPE_SEQ, sequence)}
		for i, asn := range sequence {
			want[0] += fmt.Sprintf("%.*s%d", min(i, 1), " ", asn)
		}
		if len(set) > 0 {
			params = append(params, gobgp.NewAs4PathParam(gobgp.BGP_ASPATH_ATTR_TYPE_SET, set))
			want[0] += " {"
			for i, asn := range set {
				want[0] += fmt.Sprintf("%.*s%d", min(i, 1), ",", asn)
			}
			want[0] += "}"
		}
		attrs = append(attrs, gobgp.NewPathAttributeOrigin(uint8(random.IntN(3))), gobgp.NewPathAttributeAsPath(params))

		med := random.Uint32()
		attrs = append(attrs, gobgp.NewPathAttributeMultiExitDisc(med))
		want[1] = fmt.Sprint(med)

		var communities []uint32
		var large []*gobgp.LargeCommunity
		for i := range 1 + random.IntN(80) {
			c := random.Uint32N(0xffff0000)
			communities = append(communities, c)
			want[2] += fmt.Sprintf("%.*s%d:%d", min(i, 1), " ", c>>16, c&0xffff)
			l := &gobgp.LargeCommunity{ASN: random.Uint32(), LocalData1: random.Uint32(), LocalData2: random.Uint32()}
			large = append(large, l)
			want[3] += fmt.Sprintf("%.*s%d:%d:%d", min(i, 1), " ", l.ASN, l.LocalData1, l.LocalData2)
		}
		attrs = append(attrs, gobgp.NewPathAttributeCommunities(communities), gobgp.NewPathAttributeLargeCommunities(large))

		aggregator := random.Uint32()
		attrs = append(attrs, gobgp.NewPathAttributeAggregator(aggregator, "192.0.2.7"))
		want[4] = fmt.Sprintf("%d 192.0.2.7", aggregator)

		var nlri []gobgp.AddrPrefixInterface
		for range random.IntN(30) {
			var address [16]byte
			for i := range address {
				address[i] = byte(random.Uint32())
			}
			prefix := netip.PrefixFrom(netip.AddrFrom16(address), random.IntN(129)).Masked()
			nlri = append(nlri, gobgp.NewIPv6AddrPrefix(uint8(prefix.Bits()), prefix.Addr().String()))
			want[5] += prefix.String() + " "
		}
		attrs = append(attrs, gobgp.NewPathAttributeMpReachNLRI("2001:db8::1", nlri))

		written, err := gobgp.NewBGPUpdateMessage(nil, attrs, nil).Serialize(&gobgp.MarshallingOption{})
		if err != nil {
			t.Fatal(err)
		}
		kind, body, err := bgp.ParseHeader(written)
		if err != nil || kind != bgp.MessageUpdate {
			t.Fatal(kind, err)
		}
		u, err := bgp.ParseUpdate(body)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Decode(u.Attributes, bgp.Form{ASSize: 4}); err != nil || len(a.Problems()) > 0 {
			t.Fatal(err, a.Problems())
		}
		got := [6]string{a.Path.String(), fmt.Sprint(a.MED), string(a.AppendCommunities(nil)), string(a.AppendLargeCommunities(nil)), a.Aggregator.String()}
		for n := bgp.Prefixes(a.Reach.NLRI, a.Reach.Family, false); n.More(); {
			prefix, _, err := n.Next()
			if err != nil {
				t.Fatal(err)
			}
			got[5] += prefix.String() + " "
		}
		if got != want {
			t.Fatalf("read %q\nwritten %q", got, want)
		}
	}
}
