package routes

import (
	"net/netip"
	"strings"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// entries writes rib_entries.
type entries struct {
	dump
	out        *table.Writer[datasets.RIBEntry]
	batch      []datasets.RIBEntry
	attributes bgp.Attributes
	columns    columns
	peers      []peerEntry
	prefix     netip.Prefix
	text       string // of prefix
}

// peerEntry is the latest row of a peer: its next one mostly has the same attributes.
type peerEntry struct {
	bytes  []byte // of the attributes
	form   bgp.Form
	filled bool
	row    datasets.RIBEntry
}

func newEntries(d dump, key table.Key, into *table.Commit) (*entries, error) {
	out, err := datasets.RIBEntries.Create(into, key)
	if err != nil {
		return nil, err
	}
	out.Unit = "RIB entry"
	return &entries{dump: d, out: out, batch: make([]datasets.RIBEntry, 0, 4096)}, nil
}

func (w *entries) add(e *mrt.Entry, peer *mrt.Peer) error {
	for len(w.peers) <= e.Peer {
		w.peers = append(w.peers, peerEntry{})
	}
	p := &w.peers[e.Peer]
	if !p.filled || p.form != e.Form || string(p.bytes) != string(e.Attributes) {
		p.filled = false
		if err := w.attributes.Decode(e.Attributes, e.Form); err != nil {
			w.out.Reject("malformed path attributes", 1)
			return nil
		}
		for _, problem := range w.attributes.Problems() {
			w.out.Note(problem, 1)
		}
		p.bytes, p.form, p.filled = append(p.bytes[:0], e.Attributes...), e.Form, len(w.attributes.Problems()) == 0
		c := w.columns.of(&w.attributes)
		p.row = datasets.RIBEntry{
			Collector: w.collector, DumpTime: w.time, PeerAddress: peer.Address.String(), PeerASN: peer.ASN,
			ASPath: c.asPath, OriginASN: c.originASN, Origin: c.origin, NextHop: c.nextHop, MED: c.med, LocalPref: c.localPref,
			AtomicAggregate: c.atomicAggregate, Aggregator: c.aggregator, Communities: c.communities, LargeCommunities: c.largeCommunities,
			ExtendedCommunities: c.extCommunities, OriginatorID: c.originatorID, ClusterList: c.clusterList, OTC: c.otc, OtherAttributes: c.others,
		}
	}
	row := p.row
	if e.Prefix.IsValid() {
		if e.Prefix != w.prefix {
			w.prefix, w.text = e.Prefix, e.Prefix.String()
		}
		row.Family, row.Prefix, row.PrefixLength = family(e.Prefix), w.text, uint32(e.Prefix.Bits())
	} else {
		texts, _ := bgp.Describe(e.AFI, e.SAFI, e.NLRI, false)
		row.Prefix = strings.Join(texts, " ")
	}
	row.SAFI = uint32(e.SAFI)
	row.Originated = time.Unix(int64(e.Originated), 0).UTC()
	if e.HasPathID {
		id := int64(e.PathID)
		row.PathID = &id
	}
	w.out.Keep(1)
	if w.batch = append(w.batch, row); len(w.batch) < cap(w.batch) {
		return nil
	}
	return w.flush()
}

func (w *entries) flush() error {
	err := w.out.Append(w.batch...)
	w.batch = w.batch[:0]
	return err
}
