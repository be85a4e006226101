package mrt_test

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	gobgp "github.com/osrg/gobgp/v3/pkg/packet/bgp"
	gomrt "github.com/osrg/gobgp/v3/pkg/packet/mrt"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// TestLikeGoBGP takes GoBGP as oracle, element by element, on the files that it can read: TABLE_DUMP_V2 and BGP4MP
// without the extended header.
func TestLikeGoBGP(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2", "mrt/bgpdump/test_data/bview.64k_stream_overflow.gz",
		"mrt/bgpdump/test_data/bview.ipv4_unicast_add_path.gz", "mrt/mrtparse-samples/quagga_rib", "mrt/mrtparse-samples/bird-mrtdump_rib",
		"mrt/mrtparse-samples/bird6-mrtdump_rib", "mrt/bgpdump/test_data/updates.20160811.1600.gz", "mrt/bgp-rs/updates.20190101.0000.gz",
		"mrt/bgpdump/test_data/updates.20071015.1505.gz", "mrt/libbgpstream/updates.example.bz2", "mrt/bgpdump/test_data/updates.long_withdrawal.gz",
	} {
		r, rib := open(t, name), mrt.NewRIB()
		var attrs bgp.Attributes
		var peers []*gomrt.Peer
		elements, unread := 0, 0
		for {
			rec, err := r.Next()
			if err == io.EOF {
				break
			}
			var damage *mrt.Damage
			if errors.As(err, &damage) {
				t.Fatalf("%s: %v", name, err)
			} else if err != nil {
				t.Fatal(err)
			}
			header := &gomrt.MRTHeader{Timestamp: rec.Seconds, Type: gomrt.MRTType(rec.Type), SubType: rec.Subtype, Len: uint32(len(rec.Body))}
			theirs, err := gomrt.ParseMRTBody(header, rec.Body)
			if err != nil {
				unread++ // GoBGP stops at what RFC 7606 lets pass
				continue
			}
			var got, want []string
			switch body := theirs.Body.(type) {
			case *gomrt.PeerIndexTable:
				peers = body.Peers
				before := len(rib.Peers)
				if err := rib.ReadPeerTable(rec); err != nil {
					t.Fatal(name, err)
				}
				for i, p := range peers {
					if q := rib.Peers[before+i]; q.ASN != p.AS || q.Address.String() != p.IpAddress.String() && q.Address.Unmap().String() != p.IpAddress.String() || q.BGPID.String() != p.BgpId.String() {
						t.Errorf("%s: peer %d is %v, GoBGP says %v", name, i, q, p)
					}
				}
			case *gomrt.Rib:
				if _, err := rib.Entries(rec, func(e *mrt.Entry) {
					if err := attrs.Decode(e.Attributes, e.Form); err != nil {
						t.Fatal(err)
					}
					got = append(got, fmt.Sprintf("%s %d %d %d %s", e.Prefix, rib.Peers[e.Peer].ASN, e.PathID, e.Originated, ours(&attrs)))
				}); err != nil {
					t.Fatal(name, err)
				}
				for _, e := range body.Entries {
					prefix := body.Prefix.String()
					want = append(want, fmt.Sprintf("%s %d %d %d %s", prefix, peers[e.PeerIndex].AS, e.PathIdentifier, e.OriginatedTime, gobgps(e.PathAttributes)))
				}
			case *gomrt.BGP4MPMessage:
				update, is := body.BGPMessage.Body.(*gobgp.BGPUpdate)
				if !is {
					continue
				}
				m, err := rec.ParseMessage()
				if err != nil {
					t.Fatal(err)
				}
				u, err := bgp.ParseUpdate(m.Body)
				if err != nil {
					t.Fatal(err)
				}
				if err := attrs.Decode(u.Attributes, m.Form); err != nil {
					t.Fatal(err)
				}
				list := func(b []byte, family bgp.Family) {
					for all := bgp.Prefixes(b, family, m.Form.AddPath); all.More() && family.Native(); {
						p, _, err := all.Next()
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, p.String())
					}
				}
				ipv4 := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
				list(u.Withdrawn, ipv4)
				list(attrs.Unreach.NLRI, attrs.Unreach.Family)
				list(u.NLRI, ipv4)
				list(attrs.Reach.NLRI, attrs.Reach.Family)
				for _, p := range update.WithdrawnRoutes {
					want = append(want, masked(p.String()))
				}
				for _, a := range update.PathAttributes {
					if a, is := a.(*gobgp.PathAttributeMpUnreachNLRI); is {
						for _, p := range a.Value {
							want = append(want, masked(p.String()))
						}
					}
				}
				for _, p := range update.NLRI {
					want = append(want, masked(p.String()))
				}
				for _, a := range update.PathAttributes {
					if a, is := a.(*gobgp.PathAttributeMpReachNLRI); is {
						for _, p := range a.Value {
							want = append(want, masked(p.String()))
						}
					}
				}
				if len(update.PathAttributes) > 0 && m.Form.ASSize == 4 {
					got, want = append(got, ours(&attrs)), append(want, gobgps(update.PathAttributes))
				}
			default:
				continue
			}
			elements += len(want)
			for i, w := range want {
				if cut, is := strings.CutSuffix(w, " multi ?"); is && i < len(got) && strings.HasPrefix(got[i], cut+" multi ") {
					want[i] = got[i]
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: record %d, byte %d:\n got %q\nwant %q", name, rec.Number, rec.Offset, got, want)
			}
		}
		if elements == 0 || unread > elements/100 {
			t.Errorf("%s: %d elements compared, %d records that GoBGP cannot read", name, elements, unread)
		}
	}
}

// masked clears the bits past a prefix's length, which GoBGP keeps.
func masked(s string) string {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return s
	}
	return p.Masked().String()
}

// ours is what the attributes say, in a form that GoBGP's can be brought into.
func ours(a *bgp.Attributes) string {
	path := strings.NewReplacer("{", "", "}", "", ",", " ", "(", "", ")", "", "[", "", "]", "").Replace(a.Path.String())
	s := fmt.Sprintf("origin %d path %s", a.Origin, path)
	if a.Has(bgp.TypeNextHop) {
		s += fmt.Sprintf(" hop %s", netip.AddrFrom4(a.NextHop))
	}
	if a.Has(bgp.TypeMED) {
		s += fmt.Sprintf(" med %d", a.MED)
	}
	if a.Has(bgp.TypeLocalPref) {
		s += fmt.Sprintf(" pref %d", a.LocalPref)
	}
	if a.Has(bgp.TypeCommunities) {
		s += fmt.Sprintf(" communities %v", a.Communities)
	}
	if a.Has(bgp.TypeLargeCommunity) {
		s += fmt.Sprintf(" large %s", a.AppendLargeCommunities(nil))
	}
	if a.Has(bgp.TypeAggregator) {
		s += fmt.Sprintf(" aggregator %s", a.Aggregator)
	}
	if a.Has(bgp.TypeReach) {
		s += fmt.Sprintf(" multi %s", a.Reach.NextHop)
	}
	return s
}

func gobgps(attributes []gobgp.PathAttributeInterface) string {
	by := map[gobgp.BGPAttrType]gobgp.PathAttributeInterface{}
	for _, a := range attributes {
		by[a.GetType()] = a
	}
	s := "origin 0"
	if a, is := by[gobgp.BGP_ATTR_TYPE_ORIGIN].(*gobgp.PathAttributeOrigin); is {
		s = fmt.Sprintf("origin %d", a.Value)
	}
	s += " path "
	if a, is := by[gobgp.BGP_ATTR_TYPE_AS_PATH].(*gobgp.PathAttributeAsPath); is {
		var asns []string
		for _, segment := range a.Value {
			for _, asn := range segment.GetAS() {
				asns = append(asns, fmt.Sprint(asn))
			}
		}
		s += strings.Join(asns, " ")
	}
	if a, is := by[gobgp.BGP_ATTR_TYPE_NEXT_HOP].(*gobgp.PathAttributeNextHop); is {
		s += fmt.Sprintf(" hop %s", a.Value)
	}
	if a, is := by[gobgp.BGP_ATTR_TYPE_MULTI_EXIT_DISC].(*gobgp.PathAttributeMultiExitDisc); is {
		s += fmt.Sprintf(" med %d", a.Value)
	}
	if a, is := by[gobgp.BGP_ATTR_TYPE_LOCAL_PREF].(*gobgp.PathAttributeLocalPref); is {
		s += fmt.Sprintf(" pref %d", a.Value)
	}
	if a, is := by[gobgp.BGP_ATTR_TYPE_COMMUNITIES].(*gobgp.PathAttributeCommunities); is {
		s += fmt.Sprintf(" communities %v", a.Value)
	}
	if a, is := by[gobgp.BGP_ATTR_TYPE_LARGE_COMMUNITY].(*gobgp.PathAttributeLargeCommunities); is {
		var all []string
		for _, c := range a.Values {
			all = append(all, c.String())
		}
		s += " large " + strings.Join(all, " ")
	}
	if a, is := by[gobgp.BGP_ATTR_TYPE_AGGREGATOR].(*gobgp.PathAttributeAggregator); is {
		s += fmt.Sprintf(" aggregator %d %s", a.Value.AS, a.Value.Address)
	}
	if a, is := by[gobgp.BGP_ATTR_TYPE_MP_REACH_NLRI].(*gobgp.PathAttributeMpReachNLRI); is {
		hop := a.Nexthop.String()
		if a.Nexthop == nil { // the full form in a table, which GoBGP passes over
			hop = "?"
		}
		if mapped := a.Nexthop.To4(); mapped != nil && len(a.Nexthop) == 16 {
			hop = "::ffff:" + hop
		}
		s += " multi " + hop
	}
	return s
}
