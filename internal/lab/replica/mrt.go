package replica

import (
	"bytes"
	"fmt"
	"net/netip"
	"os/exec"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	"github.com/osrg/gobgp/v3/pkg/packet/mrt"

	"tidemark/internal/lab/mrtwriter"
)

// model is a collector that dumps a small Internet, which grows by one network a month. The collectors' names are real,
// so that the layout is; the contents of their dumps are not.
type model struct {
	name, id      string
	host, folder  string
	table, update string // layouts of file names
	ending        string
	peers         []uint32
	squeeze       func([]byte) ([]byte, error)
}

func models() []model {
	routeViews := func(name, id string, peers ...uint32) model {
		return model{name: name, id: id, host: RouteViews, folder: "/" + name + "/bgpdata/", table: "2006.01/RIBS/rib.20060102.1504",
			update: "2006.01/UPDATES/updates.20060102.1504", ending: ".bz2", peers: peers, squeeze: bzip2ed}
	}
	ris := func(name, id string, peers ...uint32) model {
		return model{name: name, id: id, host: RIS, folder: "/" + name + "/", table: "2006.01/bview.20060102.1504",
			update: "2006.01/updates.20060102.1504", ending: ".gz", peers: peers, squeeze: gzipped}
	}
	return []model{
		routeViews("route-views2", "198.51.100.2", 64496, 64497, 64498, 64499),
		routeViews("route-views.linx", "198.51.100.3", 64497, 64500, 64501),
		ris("rrc00", "198.51.100.4", 64496, 64500, 64502),
		ris("rrc03", "198.51.100.5", 64498, 64503),
	}
}

// gzipped returns gzip without a time or name in its header.
func gzipped(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	err := z.Close()
	return out.Bytes(), err
}

func bzip2ed(b []byte) ([]byte, error) {
	c := exec.Command("bzip2", "-c")
	c.Stdin = bytes.NewReader(b)
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("the command bzip2: %w", err)
	}
	return out, nil
}

var beginning = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

type network struct {
	prefix netip.Prefix
	origin uint32
}

// networks returns those of a day, in the order of a dump: IPv4, then IPv6.
func networks(day time.Time) (all []network) {
	n := 40 + int(day.Sub(beginning)/(24*time.Hour))/30%1000
	for i := range n {
		all = append(all, network{netip.PrefixFrom(netip.AddrFrom4([4]byte{60, byte(i >> 8), byte(i), 0}), 24), 65000 + uint32(i%500)})
	}
	for i := range n / 4 {
		all = append(all, network{netip.PrefixFrom(netip.AddrFrom16([16]byte{0x2a, 0x0f, byte(i >> 8), byte(i)}), 32), 65000 + uint32(i%500)})
	}
	return all
}

func (n network) attributes(peer uint32) []bgp.PathAttributeInterface {
	path := []uint32{peer, 64510 + n.origin%3, n.origin}
	attributes := []bgp.PathAttributeInterface{
		bgp.NewPathAttributeOrigin(bgp.BGP_ORIGIN_ATTR_TYPE_IGP),
		bgp.NewPathAttributeAsPath([]bgp.AsPathParamInterface{bgp.NewAs4PathParam(bgp.BGP_ASPATH_ATTR_TYPE_SEQ, path)}),
	}
	if n.prefix.Addr().Is4() {
		return append(attributes, bgp.NewPathAttributeNextHop("198.51.100.250"))
	}
	return append(attributes, bgp.NewPathAttributeMpReachNLRI("2001:db8::250", []bgp.AddrPrefixInterface{mrtwriter.NLRI(n.prefix)}))
}

func (c model) address(i int) string { return fmt.Sprintf("198.51.100.%d", 100+i) }

// dump returns a TABLE_DUMP_V2 file (RFC 6396 section 4.3).
func (c model) dump(at time.Time) ([]byte, error) {
	var w mrtwriter.File
	var peers []*mrt.Peer
	for i, asn := range c.peers {
		peers = append(peers, mrt.NewPeer(fmt.Sprintf("192.0.2.%d", i+1), c.address(i), asn, true))
	}
	w.Peers(at, c.id, peers)
	for i, n := range networks(at) {
		var entries []*mrt.RibEntry
		for j, asn := range c.peers {
			entries = append(entries, mrt.NewRibEntry(uint16(j), uint32(at.Unix())-3600, 0, n.attributes(asn), false))
		}
		w.RIB(at, uint32(i), n.prefix, entries)
	}
	return w.Bytes()
}

// updates returns a BGP4MP file: each peer announces some of its networks again.
func (c model) updates(at time.Time) ([]byte, error) {
	var w mrtwriter.File
	all := networks(at)
	for i, asn := range c.peers {
		for j := range 10 {
			n := all[j]
			m := bgp.NewBGPUpdateMessage(nil, n.attributes(asn), []*bgp.IPAddrPrefix{mrtwriter.IPv4(n.prefix)})
			w.Record(at.Add(time.Duration(j)*time.Second), mrt.BGP4MP, mrt.MESSAGE_AS4, mrt.NewBGP4MPMessage(asn, 64511, 0, c.address(i), c.id, true, m))
		}
	}
	return w.Bytes()
}
