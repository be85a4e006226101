package sample

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	"github.com/osrg/gobgp/v3/pkg/packet/mrt"

	"tidemark/internal/lab/mrtwriter"
)

// selfFeeder is an AS that sends one collector only its own routes.
const selfFeeder = 41770

// peer is a session of a collector.
type peer struct {
	asn     uint32
	address string
	partial bool // sends a twentieth of its table
	self    bool // sends only its own routes
}

type routeCollector struct {
	name, id string
	local    string
	peers    []peer
}

func routeCollectors() []routeCollector {
	return []routeCollector{
		{"sample-a", "198.51.100.1", "198.51.100.1", []peer{
			{asn: transits[0], address: "198.51.100.11"}, {asn: transits[1], address: "198.51.100.12"}, {asn: transits[2], address: "198.51.100.13"},
			{asn: transits[3], address: "198.51.100.14"}, {asn: transits[4], address: "2001:db8:100::15"}, {asn: 41007, address: "198.51.100.16", partial: true},
		}},
		{"sample-b", "198.51.100.2", "198.51.100.2", []peer{
			{asn: transits[1], address: "198.51.100.22"}, {asn: transits[4], address: "198.51.100.25"}, {asn: transits[5], address: "198.51.100.26"},
			{asn: selfFeeder, address: "198.51.100.27", self: true},
		}},
	}
}

// carries reports whether a peer sends a route.
func (p peer) carries(r route, i int) bool {
	switch {
	case r.seenBy != nil:
		return slices.Contains(r.seenBy, p.asn)
	case p.self:
		return false
	case p.partial:
		return i%20 == 0
	}
	return true
}

// path returns a peer's path to a route: over the origin's upstream, and over one more transit AS if the peer is not
// that upstream.
func (p peer) path(r route) (sequence, set []uint32) {
	sequence = []uint32{p.asn}
	if p.asn != r.origin {
		up := r.upstream[int(p.asn)%len(r.upstream)]
		if up != p.asn {
			sequence = append(sequence, up)
		}
	}
	if r.set != nil {
		return sequence, r.set
	}
	if p.asn == r.origin {
		return sequence, nil
	}
	for range r.prepends + 1 {
		sequence = append(sequence, r.origin)
	}
	return sequence, nil
}

func (p peer) attributes(r route) []bgp.PathAttributeInterface {
	sequence, set := p.path(r)
	path := []bgp.AsPathParamInterface{bgp.NewAs4PathParam(bgp.BGP_ASPATH_ATTR_TYPE_SEQ, sequence)}
	if set != nil {
		path = append(path, bgp.NewAs4PathParam(bgp.BGP_ASPATH_ATTR_TYPE_SET, set))
	}
	attributes := []bgp.PathAttributeInterface{
		bgp.NewPathAttributeOrigin(bgp.BGP_ORIGIN_ATTR_TYPE_IGP),
		bgp.NewPathAttributeAsPath(path),
	}
	if r.prefix.Addr().Is4() {
		attributes = append(attributes, bgp.NewPathAttributeNextHop("198.51.100.250"))
	} else {
		attributes = append(attributes, bgp.NewPathAttributeMpReachNLRI("2001:db8:100::250", []bgp.AddrPrefixInterface{mrtwriter.NLRI(r.prefix)}))
	}
	return append(attributes, bgp.NewPathAttributeCommunities([]uint32{p.asn<<16&0xffff0000 | 100}))
}

// dump returns a TABLE_DUMP_V2 file (RFC 6396 section 4.3).
func (c routeCollector) dump(at time.Time) ([]byte, error) {
	var w mrtwriter.File
	var peers []*mrt.Peer
	for i, p := range c.peers {
		peers = append(peers, mrt.NewPeer(fmt.Sprintf("192.0.2.%d", i+1), p.address, p.asn, true))
	}
	w.Peers(at, c.id, peers)
	all := routesOn(at)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		p, q := all[a].prefix, all[b].prefix
		return cmp.Or(cmp.Compare(p.Addr().BitLen(), q.Addr().BitLen()), p.Addr().Compare(q.Addr()), cmp.Compare(p.Bits(), q.Bits()))
	})
	sequence := uint32(0)
	for from := 0; from < len(order); {
		prefix := all[order[from]].prefix
		to := from
		var entries []*mrt.RibEntry
		for ; to < len(order) && all[order[to]].prefix == prefix; to++ {
			r := all[order[to]]
			for i, p := range c.peers {
				// Of a prefix with two origins a peer has one.
				if p.carries(r, order[to]) && (to == from || i%2 == 1) {
					entries = slices.DeleteFunc(entries, func(e *mrt.RibEntry) bool { return int(e.PeerIndex) == i })
					entries = append(entries, mrt.NewRibEntry(uint16(i), uint32(at.Unix())-3600, 0, p.attributes(r), false))
				}
			}
		}
		if len(entries) > 0 {
			w.RIB(at, sequence, prefix, entries)
			sequence++
		}
		from = to
	}
	return w.Bytes()
}

// updates returns a BGP4MP file: a flapping prefix, a new one, a withdrawal, and a session that goes down and up.
func (c routeCollector) updates(at time.Time) ([]byte, error) {
	var w mrtwriter.File
	const localAS = 41999
	second := func(n int) time.Time { return at.Add(time.Duration(n) * time.Second) }
	send := func(when time.Time, p peer, m *bgp.BGPMessage) {
		w.Record(when, mrt.BGP4MP, mrt.MESSAGE_AS4, mrt.NewBGP4MPMessage(p.asn, localAS, 0, p.address, c.local, true, m))
	}
	announced := routes(at.Year())
	for i, p := range c.peers {
		if p.self || netip.MustParseAddr(p.address).Is6() {
			continue
		}
		for n, r := range announced[:24] {
			when := second(2*n + i)
			if r.prefix.Addr().Is4() {
				prefix := []*bgp.IPAddrPrefix{mrtwriter.IPv4(r.prefix)}
				if n%6 == 5 {
					send(when, p, bgp.NewBGPUpdateMessage(prefix, nil, nil))
				}
				send(when, p, bgp.NewBGPUpdateMessage(nil, p.attributes(r), prefix))
				continue
			}
			if n%6 == 5 {
				send(when, p, bgp.NewBGPUpdateMessage(nil, []bgp.PathAttributeInterface{bgp.NewPathAttributeMpUnreachNLRI([]bgp.AddrPrefixInterface{mrtwriter.NLRI(r.prefix)})}, nil))
			}
			send(when, p, bgp.NewBGPUpdateMessage(nil, p.attributes(r), nil))
		}
	}
	p := c.peers[0]
	for n, r := range announced[1:5] { // with Only to Customer (RFC 9234): of the origin, of its provider, or of an AS that the path lacks
		otc := binary.BigEndian.AppendUint32(nil, []uint32{r.origin, r.upstream[0], localAS}[n%3])
		attributes := append(p.attributes(r), bgp.NewPathAttributeUnknown(bgp.BGP_ATTR_FLAG_OPTIONAL|bgp.BGP_ATTR_FLAG_TRANSITIVE, 35, otc))
		var prefixes []*bgp.IPAddrPrefix
		if r.prefix.Addr().Is4() {
			prefixes = append(prefixes, mrtwriter.IPv4(r.prefix))
		}
		send(second(80+n), p, bgp.NewBGPUpdateMessage(nil, attributes, prefixes))
	}
	for n, states := range [][2]mrt.BGPState{{mrt.ESTABLISHED, mrt.IDLE}, {mrt.IDLE, mrt.ACTIVE}, {mrt.OPENCONFIRM, mrt.ESTABLISHED}} {
		w.Record(second(100+10*n), mrt.BGP4MP, mrt.STATE_CHANGE_AS4, mrt.NewBGP4MPStateChange(p.asn, localAS, 0, p.address, c.local, true, states[0], states[1]))
	}
	return w.Bytes()
}
