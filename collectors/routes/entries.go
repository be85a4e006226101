package routes

import (
	"net/netip"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bgp/gobgp"
	"tidemark/collectors/mrt"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// entries writes rib_entries. What many entries share, their peer, prefix or attributes, is added once to a row group.
type entries struct {
	dump
	out        *table.Writer[datasets.RIBEntry]
	row        datasets.RIBEntry // the columns that the current entry has to itself
	full       datasets.RIBEntry // the attributes that are added
	pathID     int64
	attributes bgp.Attributes
	columns    columns

	group    int // the row group of all numbers below
	byPeer   *table.Part[datasets.RIBEntry]
	byPrefix *table.Part[datasets.RIBEntry]
	bySet    *table.Part[datasets.RIBEntry]
	peers    []entryPeer // by the peer's number
	family   bgp.Family  // of prefix
	prefix   netip.Prefix
	ofPrefix int32 // number of prefix, if that is valid
	sets     attributeSets
	key      []byte // of the current entry's attributes
}

// entryPeer is a peer with its number in the row group, and the attributes of its latest entry: neighbouring prefixes often share
// them. A later peer table may assign the peer's own number to another.
type entryPeer struct {
	mrt.Peer
	known  bool
	number int32
	key    []byte
	set    int32
}

func newEntries(d dump, key table.Key, into *table.Commit) (*entries, error) {
	out, err := datasets.RIBEntries.Create(into, key)
	if err != nil {
		return nil, err
	}
	out.Unit = "RIB entry"
	return &entries{
		dump: d, out: out, group: out.Group(), sets: newAttributeSets(),
		byPeer:   out.Part("collector", "dump_time", "peer_address", "peer_asn"),
		byPrefix: out.Part("family", "safi", "prefix", "prefix_length"),
		bySet: out.Part("as_path", "origin_asn", "origin", "next_hop", "med", "local_pref", "atomic_aggregate", "aggregator", "communities",
			"large_communities", "extended_communities", "originator_id", "cluster_list", "otc", "other_attributes"),
	}, nil
}

func (w *entries) add(e *mrt.Entry, peer *mrt.Peer) error {
	if group := w.out.Group(); group != w.group {
		w.group = group
		w.sets.clear()
		clear(w.peers)
		w.prefix = netip.Prefix{}
	}
	for len(w.peers) <= e.Peer {
		w.peers = append(w.peers, entryPeer{})
	}
	from := &w.peers[e.Peer]
	set, ok := w.set(e, from)
	if !ok {
		w.out.Reject("malformed path attributes", 1)
		return nil
	}
	w.row.Originated, w.row.PathID = time.Unix(int64(e.Originated), 0).UTC(), nil
	if e.HasPathID {
		w.pathID = int64(e.PathID)
		w.row.PathID = &w.pathID
	}
	w.out.Keep(1)
	return w.out.AppendParts(&w.row, w.peer(from, peer), w.prefixOf(e), set)
}

// peer returns the number of an entry's peer.
func (w *entries) peer(of *entryPeer, peer *mrt.Peer) int32 {
	if !of.known || of.Peer != *peer {
		of.Peer, of.known = *peer, true
		of.number = w.byPeer.Add(&datasets.RIBEntry{
			Collector: w.collector, DumpTime: w.time, PeerAddress: w.columns.hops.text(peer.Address), PeerASN: peer.ASN,
		})
	}
	return of.number
}

// prefixOf returns the number of an entry's prefix.
func (w *entries) prefixOf(e *mrt.Entry) int32 {
	if e.Prefix.IsValid() && e.Prefix == w.prefix && e.Family == w.family {
		return w.ofPrefix
	}
	row := datasets.RIBEntry{SAFI: uint32(e.Family.SAFI)}
	if e.Prefix.IsValid() {
		row.Family, row.Prefix, row.PrefixLength = netaddr.Family(e.Prefix.Addr()), e.Prefix.String(), uint32(e.Prefix.Bits())
	} else {
		row.Prefix, _ = gobgp.Describe(e.Family, e.NLRI)
	}
	w.prefix, w.family, w.ofPrefix = e.Prefix, e.Family, w.byPrefix.Add(&row)
	return w.ofPrefix
}

// set returns the number of an entry's attributes, and reports whether they are well formed.
func (w *entries) set(e *mrt.Entry, from *entryPeer) (number int32, ok bool) {
	w.key = append(appendForm(w.key[:0], e.Form), e.Attributes...)
	if string(w.key) == string(from.key) {
		return from.set, true
	}
	number, hash, known := w.sets.find(w.key)
	if !known {
		if err := w.attributes.Decode(e.Attributes, e.Form); err != nil {
			return 0, false
		}
		number = w.addSet(&w.attributes)
		problems := w.attributes.Problems()
		for _, problem := range problems {
			w.out.Note(problem.String(), 1)
		}
		if len(problems) > 0 { // they are decoded each time, so that every problem is counted
			return number, true
		}
		w.sets.add(w.key, hash, number)
	}
	from.key, from.set = append(from.key[:0], w.key...), number
	return number, true
}

func (w *entries) addSet(a *bgp.Attributes) int32 {
	c := w.columns.fill(a)
	w.full = datasets.RIBEntry{
		ASPath: c.asPath, OriginASN: c.originASN, Origin: c.origin, NextHop: c.nextHop, MED: c.med, LocalPref: c.localPref,
		AtomicAggregate: c.atomicAggregate, Aggregator: c.aggregator, Communities: c.communities, LargeCommunities: c.largeCommunities,
		ExtendedCommunities: c.extCommunities, OriginatorID: c.originatorID, ClusterList: c.clusterList, OTC: c.otc, OtherAttributes: c.others,
	}
	return w.bySet.Add(&w.full)
}
