package dump

import (
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bgp/gobgp"
	"tidemark/collectors/mrt"
)

// jsonLines prints one object per element, with every attribute.
type jsonLines struct{}

// object starts the object of an element with the fields that every element has.
func object(to []byte, rec *mrt.Record, kind string) []byte {
	to = append(to, `{"time":"`...)
	to = appendRFC3339(to, rec)
	to = append(to, `","record":`...)
	to = strconv.AppendInt(to, int64(rec.Number), 10)
	to = append(to, `,"type":"`...)
	to = append(to, rec.Type.String()...)
	to = append(to, `","subtype":"`...)
	to = append(to, rec.SubtypeName()...)
	to = append(to, `","kind":"`...)
	to = append(to, kind...)
	return append(to, '"')
}

func appendRFC3339(to []byte, rec *mrt.Record) []byte {
	t := rec.Time()
	if rec.Type == mrt.BGP4MPET {
		return t.AppendFormat(to, "2006-01-02T15:04:05.000000Z")
	}
	return t.AppendFormat(to, time.RFC3339)
}

func peerJSON(to []byte, p *mrt.Peer) []byte {
	to = append(to, `,"peer_address":"`...)
	to = p.Address.AppendTo(to)
	to = append(to, `","peer_asn":`...)
	to = strconv.AppendUint(to, uint64(p.ASN), 10)
	if p.BGPID.IsValid() {
		to = append(to, `,"peer_bgp_id":"`...)
		to = append(p.BGPID.AppendTo(to), '"')
	}
	return to
}

// number appends a key with a number.
func number(to []byte, key string, v uint64) []byte {
	to = append(append(append(to, `,"`...), key...), `":`...)
	return strconv.AppendUint(to, v, 10)
}

// quoted appends a key with a string.
func quoted(to []byte, key, v string) []byte {
	to = append(append(append(to, `,"`...), key...), `":`...)
	return appendString(to, v)
}

// appendString appends a string as JSON, whatever bytes it has.
func appendString(to []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			b, _ := json.Marshal(s) // a string can always be marshalled
			return append(to, b...)
		}
	}
	return append(append(append(to, '"'), s...), '"')
}

// words appends a key with the space-separated words of text as an array.
func words(to []byte, key string, text []byte) []byte {
	to = append(append(append(to, `,"`...), key...), `":[`...)
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && text[end] != ' ' {
			end++
		}
		if i > 0 {
			to = append(to, ',')
		}
		to = append(append(append(to, '"'), text[i:end]...), '"')
		i = end + 1
	}
	return append(to, ']')
}

func (jsonLines) entry(to []byte, r *ribEntry) ([]byte, error) {
	a, err := r.attributes()
	if err != nil {
		return to, err
	}
	to = object(to, r.rec, "rib")
	to = peerJSON(to, r.peer)
	to = familyJSON(to, r.Family)
	if r.Family.Native() {
		to = append(to, `,"prefix":"`...)
		to = append(r.Prefix.AppendTo(to), '"')
	} else {
		to = nlriJSON(to, r.Family, r.NLRI, false)
	}
	if r.HasPathID {
		to = number(to, "path_id", uint64(r.PathID))
	}
	to = quoted(to, "originated", time.Unix(int64(r.Originated), 0).UTC().Format(time.RFC3339))
	to = number(to, "sequence", uint64(r.Sequence))
	to = attributesJSON(to, a, a.TableHop(), false)
	return append(to, "}\n"...), nil
}

func familyJSON(to []byte, f bgp.Family) []byte {
	if f.AFI == 0 || f.SAFI == bgp.Unicast && f.Native() {
		return to // the prefix shows it
	}
	return quoted(to, "family", f.String())
}

// nlriJSON appends the NLRI of a family that has no prefixes.
func nlriJSON(to []byte, f bgp.Family, nlri []byte, addPath bool) []byte {
	texts, ok := gobgp.DescribeField(f, nlri, addPath)
	key := "nlri"
	if !ok {
		key = "nlri_hex"
	}
	b, _ := json.Marshal(texts) // a list of strings can always be marshalled
	to = append(append(append(to, `,"`...), key...), `":`...)
	return append(to, b...)
}

func (jsonLines) message(to []byte, m *message) []byte {
	switch {
	case m.StateChange:
		to = m.startJSON(to, "state")
		to = number(to, "old_state", uint64(m.OldState))
		to = number(to, "new_state", uint64(m.NewState))
		return append(to, "}\n"...)
	case m.Kind != bgp.MessageUpdate:
		to = m.startJSON(to, messageKind(m.Kind))
		to = m.sessionJSON(to)
		return append(to, "}\n"...)
	case m.isEnd:
		to = m.startJSON(to, "end-of-rib")
		to = quoted(to, "family", m.ended.String())
		return append(to, "}\n"...)
	case len(m.parts) == 0 && m.attrs != nil:
		to = m.startJSON(to, "update")
		to = attributesJSON(to, m.attrs, m.attrs.Hop(m.attrs.Has(bgp.TypeReach)), m.Internal())
		return append(to, "}\n"...)
	}
	for i := range m.parts {
		to = m.partJSON(to, &m.parts[i])
	}
	return to
}

// startJSON appends the start of an object, with what the elements of a message have in common.
func (m *message) startJSON(to []byte, kind string) []byte {
	to = object(to, m.rec, kind)
	to = peerJSON(to, &m.Peer)
	if m.Local {
		to = append(to, `,"local":true`...)
	}
	return to
}

// partJSON appends the objects of the routes that a field announces or withdraws.
func (m *message) partJSON(to []byte, p *part) []byte {
	kind := "withdraw"
	if p.announce {
		kind = "announce"
	}
	end := func(to []byte) []byte {
		if p.announce {
			to = attributesJSON(to, m.attrs, m.attrs.Hop(p.multi), m.Internal())
		}
		return append(to, "}\n"...)
	}
	if !p.family.Native() {
		to = m.startJSON(to, kind)
		to = familyJSON(to, p.family)
		return end(nlriJSON(to, p.family, p.nlri, p.addPath))
	}
	for all := bgp.Prefixes(p.nlri, p.family, p.addPath); all.More(); {
		prefix, id, err := all.Next()
		if err != nil || !m.filter.prefix(prefix) {
			continue
		}
		to = m.startJSON(to, kind)
		to = familyJSON(to, p.family)
		to = append(to, `,"prefix":"`...)
		to = append(prefix.AppendTo(to), '"')
		if p.addPath {
			to = number(to, "path_id", uint64(id))
		}
		to = end(to)
	}
	return to
}

// sessionJSON appends the fields of a message other than UPDATE.
func (m *message) sessionJSON(to []byte) []byte {
	switch m.Kind {
	case bgp.MessageOpen:
		o, err := bgp.ParseOpen(m.Body)
		if err != nil { // the worker reports it
			return quoted(to, "body", hex.EncodeToString(m.Body))
		}
		to = number(to, "version", uint64(o.Version))
		to = number(to, "as", uint64(o.AS))
		to = number(to, "hold_time", uint64(o.HoldTime))
		to = quoted(to, "bgp_id", o.ID.String())
		to = quoted(to, "optional_parameters", hex.EncodeToString(o.Parameters))
	case bgp.MessageNotification:
		if len(m.Body) >= 2 {
			to = number(to, "error", uint64(m.Body[0]))
			to = number(to, "suberror", uint64(m.Body[1]))
			to = quoted(to, "data", hex.EncodeToString(m.Body[2:]))
		}
	case bgp.MessageKeepalive:
	case bgp.MessageRouteRefresh:
		to = quoted(to, "body", hex.EncodeToString(m.Body))
	default:
		to = number(to, "message_type", uint64(m.Kind))
		to = quoted(to, "body", hex.EncodeToString(m.Body))
	}
	return to
}

var originWords = [...]string{"igp", "egp", "incomplete"}

// attributesJSON appends the attributes of routes with a next hop, which is invalid if they have none. internal says that both
// ends of the session are of one AS, which decides how RFC 7606 handles some problems.
func attributesJSON(to []byte, a *bgp.Attributes, hop netip.Addr, internal bool) []byte {
	var scratch [512]byte
	if a.Has(bgp.TypeOrigin) {
		to = quoted(to, "origin", originWords[a.Origin])
	}
	if a.Has(bgp.TypeASPath) {
		to = append(to, `,"as_path":`...)
		to = a.Path.AppendJSON(to)
		if asn, _ := a.Path.Origin(); asn != 0 {
			to = number(to, "origin_asn", uint64(asn))
		}
	}
	if hop.IsValid() {
		to = append(to, `,"next_hop":"`...)
		to = append(hop.AppendTo(to), '"')
		if a.Reach.LinkLocal.IsValid() && hop == a.Reach.NextHop {
			to = append(to, `,"next_hop_link_local":"`...)
			to = append(a.Reach.LinkLocal.AppendTo(to), '"')
		}
	}
	if a.Has(bgp.TypeMED) {
		to = number(to, "med", uint64(a.MED))
	}
	if a.Has(bgp.TypeLocalPref) {
		to = number(to, "local_pref", uint64(a.LocalPref))
	}
	if a.Has(bgp.TypeAtomicAggregate) {
		to = append(to, `,"atomic_aggregate":true`...)
	}
	if a.Has(bgp.TypeAggregator) {
		to = quoted(to, "aggregator", a.Aggregator.String())
	}
	if a.Has(bgp.TypeCommunities) {
		to = words(to, "communities", a.AppendCommunities(scratch[:0]))
	}
	if a.Has(bgp.TypeLargeCommunity) {
		to = words(to, "large_communities", a.AppendLargeCommunities(scratch[:0]))
	}
	if a.Has(bgp.TypeExtCommunities) {
		to = words(to, "extended_communities", a.AppendExtCommunities(scratch[:0]))
	}
	if a.Has(bgp.TypeOriginatorID) {
		to = append(to, `,"originator_id":"`...)
		to = append(appendIPv4(to, a.OriginatorID), '"')
	}
	if a.Has(bgp.TypeClusterList) {
		to = words(to, "cluster_list", a.AppendClusterList(scratch[:0]))
	}
	if a.Has(bgp.TypeOTC) {
		to = number(to, "otc", uint64(a.OTC))
	}
	if len(a.Others) > 0 {
		to = append(to, `,"others":[`...)
		for i, o := range a.Others {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(to, `{"type":`...)
			to = strconv.AppendUint(to, uint64(o.Type), 10)
			to = quoted(to, "name", o.Type.String())
			to = number(to, "flags", uint64(o.Flags))
			to = append(to, `,"value":"`...)
			to = hex.AppendEncode(to, o.Value)
			to = append(to, `"}`...)
		}
		to = append(to, ']')
	}
	if problems := a.Problems(); len(problems) > 0 {
		b, _ := json.Marshal(problems) // a list of texts can always be marshalled
		to = append(append(to, `,"problems":`...), b...)
		to = quoted(to, "handling", a.Handling(internal).String())
	}
	return to
}

func (jsonLines) other(to []byte, rec *mrt.Record, note string) []byte {
	if note != "" {
		to = object(to, rec, "other")
		to = quoted(to, "note", note)
		to = append(to, `,"body":"`...)
		to = hex.AppendEncode(to, rec.Body)
		return append(to, "\"}\n"...)
	}
	to = object(to, rec, "peer-table")
	rib := mrt.NewRIB()
	rib.ReadPeerTable(rec) // the worker reports the error when it reads the table
	to = append(to, `,"peers":[`...)
	for i := range rib.Peers {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(to, '{')
		to = append(to, peerJSON(nil, &rib.Peers[i])[1:]...)
		to = append(to, '}')
	}
	return append(to, "]}\n"...)
}
