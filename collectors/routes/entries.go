package routes

import (
	"hash/maphash"
	"net/netip"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bgp/gobgp"
	"tidemark/collectors/mrt"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// entries writes rib_entries.
type entries struct {
	dump
	out        *table.Writer[datasets.RIBEntry]
	batch      []datasets.RIBEntry
	attributes bgp.Attributes
	columns    columns
	seed       maphash.Seed
	sets       []attributeSet // by their hash; a new set replaces one with the same index
	peers      []entryPeer    // by the peer's number
	prefix     netip.Prefix
	text       string // of prefix
}

// entryPeer is a peer's address with its text, and the attributes of its latest entry, which a new set may have replaced. A later
// peer table may assign the number to another peer.
type entryPeer struct {
	address netip.Addr
	text    string
	latest  *attributeSet
}

// attributeSet holds the decoded attributes of an entry. Neighbouring entries often have equal ones.
type attributeSet struct {
	bytes   []byte
	form    bgp.Form
	filled  bool
	columns attributeColumns
}

// holds reports whether the set is that of an entry.
func (s *attributeSet) holds(e *mrt.Entry) bool {
	return s.filled && s.form == e.Form && string(s.bytes) == string(e.Attributes)
}

// maxAttributeSets is how many sets are remembered; it is a power of two.
const maxAttributeSets = 1 << 15

func newEntries(d dump, key table.Key, into *table.Commit) (*entries, error) {
	out, err := datasets.RIBEntries.Create(into, key)
	if err != nil {
		return nil, err
	}
	out.Unit = "RIB entry"
	return &entries{dump: d, out: out, batch: make([]datasets.RIBEntry, 0, 1024), seed: maphash.MakeSeed(), sets: make([]attributeSet, maxAttributeSets)}, nil
}

// set returns the decoded attributes of a peer's entry, or nil if they are malformed.
func (w *entries) set(e *mrt.Entry, from *entryPeer) *attributeSet {
	if from.latest != nil && from.latest.holds(e) {
		return from.latest
	}
	s := &w.sets[maphash.Bytes(w.seed, e.Attributes)%maxAttributeSets]
	from.latest = s
	if s.holds(e) {
		return s
	}
	s.filled = false
	if err := w.attributes.Decode(e.Attributes, e.Form); err != nil {
		return nil
	}
	for _, problem := range w.attributes.Problems() {
		w.out.Note(problem.String(), 1)
	}
	// Attributes with problems are decoded each time, so that every problem is counted.
	s.bytes, s.form, s.filled = append(s.bytes[:0], e.Attributes...), e.Form, len(w.attributes.Problems()) == 0
	s.columns = w.columns.fill(&w.attributes)
	return s
}

func (w *entries) add(e *mrt.Entry, peer *mrt.Peer) error {
	for len(w.peers) <= e.Peer {
		w.peers = append(w.peers, entryPeer{})
	}
	from := &w.peers[e.Peer]
	set := w.set(e, from)
	if set == nil {
		w.out.Reject("malformed path attributes", 1)
		return nil
	}
	if from.address != peer.Address || from.text == "" {
		from.address, from.text = peer.Address, peer.Address.String()
	}
	c := &set.columns
	w.batch = append(w.batch, datasets.RIBEntry{
		Collector: w.collector, DumpTime: w.time, PeerAddress: from.text, PeerASN: peer.ASN, SAFI: uint32(e.Family.SAFI),
		Originated: time.Unix(int64(e.Originated), 0).UTC(),
		ASPath:     c.asPath, OriginASN: c.originASN, Origin: c.origin, NextHop: c.nextHop, MED: c.med, LocalPref: c.localPref,
		AtomicAggregate: c.atomicAggregate, Aggregator: c.aggregator, Communities: c.communities, LargeCommunities: c.largeCommunities,
		ExtendedCommunities: c.extCommunities, OriginatorID: c.originatorID, ClusterList: c.clusterList, OTC: c.otc, OtherAttributes: c.others,
	})
	row := &w.batch[len(w.batch)-1]
	if e.Prefix.IsValid() {
		if e.Prefix != w.prefix {
			w.prefix, w.text = e.Prefix, e.Prefix.String()
		}
		row.Family, row.Prefix, row.PrefixLength = netaddr.Family(e.Prefix.Addr()), w.text, uint32(e.Prefix.Bits())
	} else {
		row.Prefix, _ = gobgp.Describe(e.Family, e.NLRI)
	}
	if e.HasPathID {
		id := int64(e.PathID)
		row.PathID = &id
	}
	w.out.Keep(1)
	if len(w.batch) < cap(w.batch) {
		return nil
	}
	return w.flush()
}

func (w *entries) flush() error {
	err := w.out.Append(w.batch...)
	w.batch = w.batch[:0]
	return err
}
