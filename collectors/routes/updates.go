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

// updates writes the rows of an update file.
type updates struct {
	dump
	errors  *updateErrors
	out     *table.Writer[datasets.Update]
	stream  *stream
	attrs   bgp.Attributes
	columns columns
	peers   addressTexts
	batch   []datasets.Update
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
	u := &updates{dump: d, errors: wrong, out: out, stream: s, batch: make([]datasets.Update, 0, 4096)}
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
	if err := wrong.flush(); err != nil {
		return err
	}
	return out.Append(u.batch...)
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
	row := datasets.Update{
		Collector: u.collector, Time: rec.Time(),
		PeerAddress: u.peers.text(m.Peer.Address), PeerASN: m.Peer.ASN,
	}
	if m.StateChange {
		row.Kind, row.OldState, row.NewState = "state", uint32(m.OldState), uint32(m.NewState)
		u.out.See(1)
		return u.append(&row)
	}
	switch m.Kind {
	case bgp.MessageUpdate:
		return u.update(rec, m, &row)
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
		u.fill(row)
		row.NextHop = u.columns.hops.text(a.Hop(false))
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
	row := *like
	texts, read := gobgp.DescribeField(family, b, form.AddPath)
	u.out.Note(attribute+" of "+family.String(), len(texts))
	if !read {
		u.out.Note(attribute+" of "+family.String()+" kept in hex", 1)
	}
	for _, text := range texts {
		u.out.See(1)
		row.SAFI, row.Prefix = uint32(family.SAFI), text
		if err := u.append(&row); err != nil {
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
	row := *like
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
			return u.errors.add(&row, field, bgp.Malformed, bgp.SessionReset) // RFC 7606 section 3 (j)
		}
		u.out.See(1)
		row.Family, row.Prefix, row.PrefixLength = netaddr.Family(prefix.Addr()), prefix.String(), uint32(prefix.Bits())
		if form.AddPath {
			id := int64(pathID)
			row.PathID = &id
		}
		if err := u.append(&row); err != nil {
			return err
		}
	}
	return nil
}

func (u *updates) append(row *datasets.Update) error {
	u.out.Keep(1)
	if u.batch = append(u.batch, *row); len(u.batch) < cap(u.batch) {
		return nil
	}
	err := u.out.Append(u.batch...)
	u.batch = u.batch[:0]
	return err
}

// fill sets the columns that hold path attributes.
func (u *updates) fill(row *datasets.Update) {
	c := u.columns.fill(&u.attrs)
	row.Kind, row.ASPath, row.OriginASN, row.Origin, row.NextHop = "announce", c.asPath, c.originASN, c.origin, c.nextHop
	row.MED, row.LocalPref, row.OTC, row.AtomicAggregate, row.Aggregator = c.med, c.localPref, c.otc, c.atomicAggregate, c.aggregator
	row.Communities, row.LargeCommunities, row.ExtCommunities = c.communities, c.largeCommunities, c.extCommunities
	row.OriginatorID, row.ClusterList, row.OtherAttributes = c.originatorID, c.clusterList, c.others
}
