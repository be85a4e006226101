package dump

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// machine prints the lines of bgpdump -m and -M.
type machine struct {
	*Options
	peers  []peerText // by peer index
	number int        // of the record that prefix belongs to
	prefix []byte     // with the separator
}

// peerText is the text that consecutive lines of a peer share: many prefixes in a row have the same attributes.
type peerText struct {
	peer       *mrt.Peer
	head       []byte // the line up to the prefix
	time       uint32
	label      string
	index      int
	attributes []byte // of the previous entry
	form       bgp.Form
	tail       []byte // the line from these attributes on
}

func newMachine(o *Options) *machine { return &machine{Options: o} }

func (p *machine) appendTime(to []byte, seconds uint32, micros string) []byte {
	if p.Format == Machine {
		return append(strconv.AppendUint(to, uint64(seconds), 10), micros...)
	}
	return append(time.Unix(int64(seconds), 0).UTC().AppendFormat(to, dateLayout), micros...)
}

// dateLayout is how bgpdump prints dates.
const dateLayout = "01/02/06 15:04:05"

// start appends the line up to and including the field that says what it is: B, A, W or STATE.
func (p *machine) start(to []byte, label string, number int, seconds uint32, micros, what string) []byte {
	to = append(to, label...)
	to = append(to, '|')
	if p.PacketIndex {
		to = strconv.AppendInt(to, int64(number), 10)
		to = append(to, '|')
	}
	to = p.appendTime(to, seconds, micros)
	to = append(to, '|')
	to = append(to, what...)
	return append(to, '|')
}

func appendPeer(to []byte, peer *mrt.Peer) []byte {
	to = appendAddress(to, peer.Address)
	to = append(to, '|')
	return strconv.AppendUint(to, uint64(peer.ASN), 10)
}

func (p *machine) entry(to []byte, r *ribEntry) ([]byte, error) {
	if !r.Family.Native() {
		return to, nil // bgpdump has no line for it; JSON shows it
	}
	if p.number != r.rec.Number || r.rec.Type == mrt.TableDump { // batched TABLE_DUMP entries have a prefix each
		p.number = r.rec.Number
		p.prefix = append(appendNetwork(p.prefix[:0], r.Prefix), '|')
	}
	for len(p.peers) <= r.Peer {
		p.peers = append(p.peers, peerText{})
	}
	t := &p.peers[r.Peer]
	seconds := r.rec.Seconds
	if p.Changed {
		seconds = r.Originated
	}
	label := "TABLE_DUMP"
	if r.rec.Type == mrt.TableDumpV2 {
		label = "TABLE_DUMP2"
		if r.HasPathID {
			label = "TABLE_DUMP2_AP"
		}
	}
	if t.peer != r.peer || t.time != seconds || t.label != label || p.PacketIndex && t.index != r.index {
		if t.peer != r.peer {
			t.attributes = nil
		}
		t.peer, t.time, t.label, t.index = r.peer, seconds, label, r.index
		t.head = p.start(t.head[:0], label, r.index, seconds, "", "B")
		t.head = append(appendPeer(t.head, r.peer), '|')
	}
	if t.attributes == nil || t.form != r.Form || !bytes.Equal(t.attributes, r.Attributes) {
		a, err := r.attributes()
		if err != nil {
			return to, err
		}
		if t.attributes == nil {
			t.attributes = []byte{}
		}
		t.attributes, t.form = append(t.attributes[:0], r.Attributes...), r.Form
		t.tail = p.appendTail(t.tail[:0], a, r.Attributes, a.TableHop(), false)
	}
	to = append(to, t.head...)
	to = append(to, p.prefix...)
	if r.HasPathID {
		to = strconv.AppendUint(to, uint64(r.PathID), 10)
		to = append(to, '|')
	}
	return append(to, t.tail...), nil
}

// noHop is what bgpdump writes for a route without a next hop.
var noHop = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// malformedPath is what bgpdump writes for a malformed AS_PATH.
const malformedPath = "! Error !"

var originNames = [...]string{"IGP", "EGP", "INCOMPLETE"}

// originName returns bgpdump's name of the ORIGIN; if there is none it is INCOMPLETE.
func originName(a *bgp.Attributes) string {
	if a.Has(bgp.TypeOrigin) {
		return originNames[a.Origin]
	}
	return "INCOMPLETE"
}

// appendTail appends the line from the path on; a was decoded from block. For legacy records, MRT type 5, bgpdump omits an empty
// field of communities, and those of -l and -u.
func (p *machine) appendTail(to []byte, a *bgp.Attributes, block []byte, hop netip.Addr, legacy bool) []byte {
	if a.Malformed(bgp.TypeASPath) {
		to = append(to, malformedPath...)
	} else {
		to = a.Path.Append(to)
	}
	to = append(to, '|')
	to = append(to, originName(a)...)
	if p.Format == MachineDate {
		return append(to, '\n')
	}
	to = append(to, '|')
	if !hop.IsValid() {
		hop = noHop
	}
	to = appendAddress(to, hop)
	to = append(to, '|')
	to = strconv.AppendUint(to, uint64(a.LocalPref), 10)
	to = append(to, '|')
	to = strconv.AppendUint(to, uint64(a.MED), 10)
	to = append(to, '|')
	if !legacy || a.Has(bgp.TypeCommunities) {
		to = append(a.AppendCommunities(to), '|')
	}
	if p.LargeCommunities && !legacy {
		to = a.AppendLargeCommunities(to)
		to = append(to, '|')
	}
	if a.Has(bgp.TypeAtomicAggregate) {
		to = append(to, "AG|"...)
	} else {
		to = append(to, "NAG|"...)
	}
	if a.Has(bgp.TypeAggregator) {
		to = strconv.AppendUint(to, uint64(a.Aggregator.ASN), 10)
		to = append(to, ' ')
		to = appendIPv4(to, a.Aggregator.Address)
	}
	to = append(to, '|')
	if p.Unassigned && !legacy {
		to = appendUnassigned(to, a, block)
		to = append(to, '|')
	}
	return append(to, '\n')
}

// appendUnassigned appends the attributes of the block that bgpdump has no name for, in the order sent, as type:flags:value in
// hexadecimal, space-separated.
func appendUnassigned(to []byte, a *bgp.Attributes, block []byte) []byte {
	from := len(to)
	for raw := range unnamed(a, block) {
		if len(to) > from {
			to = append(to, ' ')
		}
		to = fmt.Appendf(to, "%02x:%02x:%x", uint8(raw.Type), raw.Flags, raw.Value)
	}
	return to
}

func (p *machine) message(to []byte, m *message) []byte {
	label, micros := "BGP4MP", ""
	switch m.rec.Type {
	case mrt.BGP:
		label = "BGP"
	case mrt.BGP4MPET:
		label, micros = "BGP4MP_ET", microText(m.rec)
	}
	if m.Local {
		label += "_LOCAL"
	}
	if m.StateChange {
		to = p.start(to, label, m.index, m.rec.Seconds, micros, "STATE")
		to = append(appendPeer(to, &m.Peer), '|')
		to = strconv.AppendUint(to, uint64(m.OldState), 10)
		to = append(to, '|')
		to = strconv.AppendUint(to, uint64(m.NewState), 10)
		return append(to, '\n')
	}
	for _, part := range m.parts {
		if !part.family.Native() {
			continue
		}
		for all := bgp.Prefixes(part.nlri, part.family, part.addPath); all.More(); {
			prefix, id, err := all.Next()
			if err != nil || !m.filter.prefix(prefix) {
				continue
			}
			name := label
			if part.addPath {
				name += "_AP"
			}
			what := "W"
			if part.announce {
				what = "A"
			}
			to = p.start(to, name, m.index, m.rec.Seconds, micros, what)
			to = append(appendPeer(to, m.sender()), '|')
			to = appendNetwork(to, prefix)
			if part.addPath {
				to = append(to, '|')
				to = strconv.AppendUint(to, uint64(id), 10)
			}
			if !part.announce {
				to = append(to, '\n')
				continue
			}
			to = append(to, '|')
			to = p.appendTail(to, m.attrs, m.update.Attributes, m.attrs.Hop(part.multi), m.rec.Type == mrt.BGP)
		}
	}
	return to
}

// microText returns the fraction of a record's time as bgpdump prints it.
func microText(rec *mrt.Record) string {
	text := strconv.Itoa(int(rec.Micros))
	for len(text) < 6 {
		text = "0" + text
	}
	return "." + text
}

func (*machine) other(to []byte, _ *mrt.Record, _ string) []byte { return to }
