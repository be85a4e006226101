package routes

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bgp/gobgp"
	"tidemark/collectors/mrt"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// updates writes the rows of an update file. Peers and attributes, which many rows share, are added once to a row group.
type updates struct {
	dump
	errors  *updateErrors
	out     *table.Writer[datasets.Update]
	stream  *stream
	attrs   bgp.Attributes
	columns columns

	group    int // the row group of all numbers below
	byPeer   *table.Part[datasets.Update]
	bySet    *table.Part[datasets.Update]
	peers    map[updatePeer]int32
	sets     attributeSets
	current  bool // the next two are of the current field of NLRI
	peer     int32
	set      int32
	withdraw int32 // of withdrawals; -1: the row group has none yet

	message, field, full datasets.Update // the row that a message's rows are like, that a field's are like, and one with all attributes
	pathID               int64

	block []byte // of the current message's attributes
	form  bgp.Form
	key   []byte
}

// updatePeer tells peers apart.
type updatePeer struct {
	address string
	asn     uint32
}

func decodeUpdates(ctx context.Context, d dump, key table.Key, s *stream, rec *mrt.Record, into *table.Commit) error {
	out, err := datasets.Updates.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "element"
	wrong, err := newUpdateErrors(into, key)
	if err != nil {
		return err
	}
	u := &updates{
		dump: d, errors: wrong, out: out, stream: s, group: out.Group(), peers: map[updatePeer]int32{}, sets: newAttributeSets(), withdraw: -1,
		byPeer: out.Part("peer_address", "peer_asn"),
		bySet: out.Part("kind", "as_path", "origin_asn", "origin", "next_hop", "med", "local_pref", "atomic_aggregate", "aggregator", "communities",
			"large_communities", "extended_communities", "originator_id", "cluster_list", "otc", "other_attributes", "old_state", "new_state"),
	}
	for err = nil; err == nil; rec, err = s.next() {
		if rec.Number%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := u.record(rec); err != nil {
			return err
		}
	}
	if err != io.EOF {
		return err
	}
	return wrong.flush()
}

func (u *updates) record(rec *mrt.Record) error {
	m, err := rec.ParseMessage()
	cut := errors.Is(err, bgp.ErrCut)
	switch {
	case errors.Is(err, mrt.ErrNotDecoded):
		u.out.Note("record "+rec.Name()+" not decoded", 1)
		return nil
	case m.Local:
		u.out.Note("message sent by the collector", 1)
		return nil
	case cut:
		u.reject(rec, "end of a message that its writer cut", err) // what is before it counts
	case err != nil:
		u.reject(rec, "malformed record", err)
		return nil
	}
	row := &u.message
	*row = datasets.Update{
		Collector: u.collector, Time: rec.Time(),
		PeerAddress: u.columns.hops.text(m.Peer.Address), PeerASN: m.Peer.ASN,
	}
	if m.StateChange {
		row.Kind, row.OldState, row.NewState = "state", uint32(m.OldState), uint32(m.NewState)
		u.out.See(1)
		u.current = false
		return u.append(row)
	}
	switch m.Kind {
	case bgp.MessageUpdate:
		return u.update(rec, m, row)
	case bgp.MessageOpen, bgp.MessageNotification, bgp.MessageKeepalive, bgp.MessageRouteRefresh:
		u.out.Note(messageNames[m.Kind]+" message", 1)
	default:
		u.reject(rec, "unknown BGP message type", fmt.Errorf("BGP message type %d", m.Kind))
	}
	return nil
}

var messageNames = map[bgp.MessageType]string{bgp.MessageOpen: "OPEN", bgp.MessageNotification: "NOTIFICATION", bgp.MessageKeepalive: "KEEPALIVE", bgp.MessageRouteRefresh: "ROUTE-REFRESH"}

// reject counts one element that cannot be read, and reports the damage with its place.
func (u *updates) reject(rec *mrt.Record, reason string, err error) {
	u.out.See(1)
	u.out.Reject(reason, 1)
	u.stream.damage(rec.Offset, inRecord(rec, u.file, err))
}

func (u *updates) update(rec *mrt.Record, m mrt.Message, row *datasets.Update) error {
	ipv4Unicast := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	msg, err := bgp.ParseUpdate(m.Body)
	if err != nil {
		u.reject(rec, "malformed UPDATE", err)
		return u.errors.add(row, "UPDATE", bgp.Malformed, bgp.SessionReset) // RFC 7606 section 3 (b)
	}
	row.Kind = "withdraw"
	if err := u.nlri(rec, msg.Withdrawn, ipv4Unicast, "Withdrawn Routes", m.Form, row); err != nil {
		return err
	}
	a := &u.attrs
	u.block, u.form = msg.Attributes, m.Form
	if err := a.DecodeUpdate(&msg, m.Form); err != nil {
		u.reject(rec, "malformed path attributes", err)
	}
	handling := a.Handling(m.Internal())
	for _, problem := range a.Problems() {
		u.out.Note(problem.String()+": "+problem.Handling(m.Internal()).String(), 1)
		if err := u.errors.add(row, problem.Attribute.String(), problem.Fault, problem.Handling(m.Internal())); err != nil {
			return err
		}
		if a.Malformed(problem.Attribute) && (problem.Attribute == bgp.TypeReach || problem.Attribute == bgp.TypeUnreach) {
			u.reject(rec, problem.String(), errors.New(problem.String())) // counts once: the number of its prefixes is unknown
		}
	}
	if a.Has(bgp.TypeUnreach) {
		if err := u.multi(rec, a.Unreach.Family, a.Unreach.NLRI, "MP_UNREACH_NLRI", m.Form, row); err != nil {
			return err
		}
	}
	if _, is := msg.EndOfRIB(a); is {
		u.out.Note("End-of-RIB", 1)
		return nil
	}
	if len(msg.NLRI) == 0 && !a.Has(bgp.TypeReach) {
		if len(msg.Withdrawn) == 0 && !a.Has(bgp.TypeUnreach) && handling == bgp.Accept {
			u.out.Note("UPDATE without prefixes", 1)
		}
		return nil
	}
	announced := handling < bgp.TreatAsWithdraw
	if announced {
		row.Kind, row.NextHop = "announce", u.columns.hops.text(a.Hop(false))
	}
	if err := u.nlri(rec, msg.NLRI, ipv4Unicast, "NLRI", m.Form, row); err != nil {
		return err
	}
	if !a.Has(bgp.TypeReach) {
		return nil
	}
	if announced {
		row.NextHop = u.columns.hops.text(a.Hop(true))
	}
	return u.multi(rec, a.Reach.Family, a.Reach.NLRI, "MP_REACH_NLRI", m.Form, row)
}

// multi reads the NLRI of a multiprotocol attribute, whose rows are like a given one.
func (u *updates) multi(rec *mrt.Record, family bgp.Family, b []byte, attribute string, form bgp.Form, like *datasets.Update) error {
	if family.Native() {
		return u.nlri(rec, b, family, attribute, form, like)
	}
	if len(b) == 0 {
		return nil
	}
	u.current = false
	row := &u.field
	*row = *like
	texts, read := gobgp.DescribeField(family, b, form.AddPath)
	u.out.Note(attribute+" of "+family.String(), len(texts))
	if !read {
		u.out.Note(attribute+" of "+family.String()+" kept in hex", 1)
	}
	for _, text := range texts {
		u.out.See(1)
		row.SAFI, row.Prefix = uint32(family.SAFI), text
		if err := u.append(row); err != nil {
			return err
		}
	}
	return nil
}

// nlri writes a row like a given one for each prefix of a field.
func (u *updates) nlri(rec *mrt.Record, b []byte, of bgp.Family, field string, form bgp.Form, like *datasets.Update) error {
	if len(b) == 0 {
		return nil
	}
	u.current = false
	row := &u.field
	*row = *like
	row.SAFI = uint32(of.SAFI)
	if said := form.AddPath; bgp.PathIDs(b, of, said) != said {
		form.AddPath = !said
		if said {
			u.out.Note("NLRI without path identifiers in an ADD-PATH record", 1)
		} else {
			u.out.Note("ADD-PATH NLRI in a record that does not say so", 1)
		}
	}
	for prefixes := bgp.Prefixes(b, of, form.AddPath); prefixes.More(); {
		prefix, pathID, err := prefixes.Next()
		if err != nil {
			u.reject(rec, "malformed NLRI", err)
			return u.errors.add(row, field, bgp.Malformed, bgp.SessionReset) // RFC 7606 section 3 (j)
		}
		u.out.See(1)
		row.Family, row.Prefix, row.PrefixLength = netaddr.Family(prefix.Addr()), prefix.String(), uint32(prefix.Bits())
		if form.AddPath {
			u.pathID = int64(pathID)
			row.PathID = &u.pathID
		}
		if err := u.append(row); err != nil {
			return err
		}
	}
	return nil
}

func (u *updates) append(row *datasets.Update) error {
	if group := u.out.Group(); group != u.group {
		u.group, u.current, u.withdraw = group, false, -1
		clear(u.peers)
		u.sets.clear()
	}
	if !u.current {
		u.peer, u.set, u.current = u.peerOf(row), u.setOf(row), true
	}
	u.out.Keep(1)
	return u.out.AppendParts(row, u.peer, u.set)
}

// peerOf returns the number of a row's peer.
func (u *updates) peerOf(row *datasets.Update) int32 {
	peer := updatePeer{row.PeerAddress, row.PeerASN}
	number, known := u.peers[peer]
	if !known {
		number = u.byPeer.Add(row)
		u.peers[peer] = number
	}
	return number
}

// setOf returns the number of what a row says beside its peer, time and prefix. Of an announcement the attributes are those of the
// current message, and the next hop is the row's.
func (u *updates) setOf(row *datasets.Update) int32 {
	switch {
	case row.Kind == "withdraw" && u.withdraw >= 0:
		return u.withdraw
	case row.Kind == "withdraw":
		u.withdraw = u.bySet.Add(row)
		return u.withdraw
	case row.Kind != "announce":
		return u.bySet.Add(row)
	}
	u.setKey(row.NextHop)
	number, hash, known := u.sets.find(u.key)
	if !known {
		u.full = *row
		u.fill(&u.full)
		number = u.bySet.Add(&u.full)
		u.sets.add(u.key, hash, number)
	}
	return number
}

// setKey sets the key of the current attributes. NLRI are not part of it: the attributes of IPv6 routes are the same for all of a peer's
// prefixes as those of IPv4 routes are.
func (u *updates) setKey(hop string) {
	key := append(appendForm(u.key[:0], u.form), byte(len(hop)))
	key = append(key, hop...)
	if !u.attrs.Has(bgp.TypeReach) && !u.attrs.Has(bgp.TypeUnreach) {
		u.key = append(key, u.block...)
		return
	}
	for attribute := range bgp.Split(u.block) {
		if attribute.Type != bgp.TypeReach && attribute.Type != bgp.TypeUnreach {
			key = append(key, attribute.Flags, byte(attribute.Type), byte(len(attribute.Value)>>8), byte(len(attribute.Value)))
			key = append(key, attribute.Value...)
		}
	}
	u.key = key
}

// fill sets the columns that hold path attributes, except the next hop.
func (u *updates) fill(row *datasets.Update) {
	c := u.columns.fill(&u.attrs)
	row.ASPath, row.OriginASN, row.Origin = c.asPath, c.originASN, c.origin
	row.MED, row.LocalPref, row.OTC, row.AtomicAggregate, row.Aggregator = c.med, c.localPref, c.otc, c.atomicAggregate, c.aggregator
	row.Communities, row.LargeCommunities, row.ExtCommunities = c.communities, c.largeCommunities, c.extCommunities
	row.OriginatorID, row.ClusterList, row.OtherAttributes = c.originatorID, c.clusterList, c.others
}
