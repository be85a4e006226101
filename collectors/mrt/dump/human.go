package dump

import (
	"fmt"
	"iter"
	"net/netip"
	"strings"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bgp/gobgp"
	"tidemark/collectors/mrt"
)

// human prints the blocks of bgpdump -H.
type human struct{}

func date(seconds uint32) string { return time.Unix(int64(seconds), 0).UTC().Format(dateLayout) }

func (human) entry(to []byte, r *ribEntry) ([]byte, error) {
	a, err := r.attributes()
	if err != nil {
		return to, err
	}
	to = fmt.Appendf(to, "TIME: %s\n", date(r.rec.Seconds))
	from := fmt.Sprintf("%s AS%d\nORIGINATED: %s\n", appendAddress(nil, r.peer.Address), r.peer.ASN, date(r.Originated))
	prefix := appendPrefix(nil, r.Family, r.Prefix, r.NLRI)
	if r.rec.Type == mrt.TableDump {
		inet := "INET"
		if r.Family.AFI == bgp.IPv6 {
			inet = "INET6"
		}
		if r.peer.Address == netip.IPv4Unspecified() {
			from = "N/A" + strings.TrimPrefix(from, r.peer.Address.String())
		}
		to = fmt.Appendf(to, "TYPE: TABLE_DUMP/%s\nVIEW: %d\nSEQUENCE: %d\nPREFIX: %s\nFROM:%s", inet, r.View, r.Sequence, prefix, from)
		to = appendAttributes(to, a, r.Attributes, r.Family.AFI)
		return fmt.Appendf(to, "STATUS: 0x%x\n\n", r.Status), nil
	}
	family, suffix, id := "IPV4", "UNICAST", ""
	if r.Family.AFI == bgp.IPv6 {
		family = "IPV6"
	}
	if r.Family.SAFI == bgp.Multicast {
		suffix = "MULTICAST"
	}
	if !r.Family.Native() || r.Family.SAFI == bgp.Both {
		family, suffix = "GENERIC", strings.ToUpper(r.Family.String())
	}
	if r.HasPathID {
		suffix += "_ADDPATH"
		id = fmt.Sprintf(" PATH_ID: %d", r.PathID)
	}
	to = fmt.Appendf(to, "TYPE: TABLE_DUMP_V2/%s_%s\nPREFIX: %s%s\nSEQUENCE: %d\nFROM: %s", family, suffix, prefix, id, r.Sequence, from)
	return append(appendAttributes(to, a, r.Attributes, r.Family.AFI), '\n'), nil
}

// endpoint appends one end of a session, unless its AS is 0.
func endpoint(to []byte, name string, p *mrt.Peer) []byte {
	if p.ASN == 0 {
		return to
	}
	return fmt.Appendf(to, "%s: %s AS%d\n", name, addressOrNone(p.Address), p.ASN)
}

func addressOrNone(a netip.Addr) string {
	if a == netip.IPv4Unspecified() {
		return "N/A"
	}
	return string(appendAddress(nil, a))
}

var stateNames = [...]string{"Unknown", "Idle", "Connect", "Active", "Opensent", "Openconfirm", "Established", "Clearing", "Deleted"}

func stateName(state uint16) string {
	if int(state) < len(stateNames) {
		return stateNames[state]
	}
	return stateNames[0]
}

func (human) message(to []byte, m *message) []byte {
	kind := "BGP4MP"
	micros := ""
	switch m.rec.Type {
	case mrt.BGP:
		kind = "BGP"
	case mrt.BGP4MPET:
		kind, micros = "BGP4MP_ET", microText(m.rec)
	}
	to = fmt.Appendf(to, "TIME: %s%s\n", date(m.rec.Seconds), micros)
	if m.StateChange {
		return fmt.Appendf(to, "TYPE: %s/STATE_CHANGE\nPEER: %s AS%d\nSTATE: %s/%s\n\n", kind, addressOrNone(m.Peer.Address), m.Peer.ASN, stateName(m.OldState), stateName(m.NewState))
	}
	kind += "/MESSAGE"
	if m.Local {
		kind += "_LOCAL"
	}
	if m.Form.AddPath {
		kind += "_ADDPATH"
	}
	name, known := map[bgp.MessageType]string{
		bgp.MessageOpen: "Open", bgp.MessageUpdate: "Update", bgp.MessageNotification: "Notify", bgp.MessageKeepalive: "Keepalive",
		bgp.MessageRouteRefresh: "Route-Refresh",
	}[m.Kind]
	if !known {
		name = fmt.Sprintf("Unknown (%d)", m.Kind)
	}
	to = fmt.Appendf(to, "TYPE: %s/%s\n", kind, name)
	to = endpoint(to, "FROM", m.sender())
	to = endpoint(to, "TO", m.receiver())
	switch m.Kind {
	case bgp.MessageUpdate:
		to = m.appendUpdate(to)
	case bgp.MessageOpen:
		if o, err := bgp.ParseOpen(m.Body); err == nil {
			to = fmt.Appendf(to, "VERSION: %d\nAS: %d\nHOLD_TIME: %d\nID: %s\nOPT_PARM_LEN: %d\n", o.Version, o.AS, o.HoldTime, o.ID, len(o.Parameters))
		}
	case bgp.MessageNotification:
		to = appendNotification(to, m.Body)
	}
	return append(to, '\n')
}

// appendUpdate appends the attributes, withdrawals and announcements of an UPDATE.
func (m *message) appendUpdate(to []byte) []byte {
	if m.attrs != nil {
		to = appendAttributes(to, m.attrs, m.update.Attributes, 0)
	}
	for _, announce := range []bool{false, true} {
		title := "WITHDRAW\n"
		if announce {
			title = "ANNOUNCE\n"
		}
		for _, p := range m.parts {
			if p.announce != announce {
				continue
			}
			to = append(to, title...)
			title = ""
			if !p.family.Native() {
				texts, _ := gobgp.DescribeField(p.family, p.nlri, p.addPath)
				for _, text := range texts {
					to = fmt.Appendf(to, "  %s\n", text)
				}
				continue
			}
			for all := bgp.Prefixes(p.nlri, p.family, p.addPath); all.More(); {
				prefix, id, err := all.Next()
				if err != nil || !m.filter.prefix(prefix) {
					continue
				}
				to = append(to, "  "...)
				to = appendNetwork(to, prefix)
				if p.addPath {
					to = fmt.Appendf(to, " PATH_ID: %d", id)
				}
				to = append(to, '\n')
			}
		}
	}
	return to
}

// familyTitle returns bgpdump's name of a family.
func familyTitle(f bgp.Family) string {
	inet := map[bgp.AFI]string{bgp.IPv4: "IPv4", bgp.IPv6: "IPv6"}[f.AFI]
	switch {
	case inet != "" && f.SAFI == bgp.Unicast:
		return "(" + inet + " Unicast)"
	case inet != "" && f.SAFI == bgp.Multicast:
		return "(" + inet + " Multicast)"
	}
	return "(" + f.String() + ")"
}

// unnamed iterates over the attributes of the block, from which a was decoded, that bgpdump has no name for, in the order sent.
func unnamed(a *bgp.Attributes, block []byte) iter.Seq[bgp.Attribute] {
	return func(yield func(bgp.Attribute) bool) {
		unknown := a.Present.Undecoded()
		var seen bgp.TypeSet
		for raw, err := range bgp.Split(block) {
			if err != nil {
				return // Decode has followed the block
			}
			named := raw.Type != bgp.TypeExtCommunities && raw.Type != bgp.TypeOTC && !unknown.Has(raw.Type)
			if named || !a.Has(raw.Type) || seen.Has(raw.Type) {
				continue
			}
			seen.Add(raw.Type)
			if !yield(raw) {
				return
			}
		}
	}
}

// appendAttributes appends the attributes a, decoded from block, in the order of bgpdump. In a table MP_REACH_NLRI may
// name no family; afi is that of the entry.
func appendAttributes(to []byte, a *bgp.Attributes, block []byte, afi bgp.AFI) []byte {
	if a.Has(bgp.TypeOrigin) {
		to = fmt.Appendf(to, "ORIGIN: %s\n", originName(a))
	}
	if a.Has(bgp.TypeASPath) {
		to = append(to, "ASPATH: "...)
		to = append(a.Path.Append(to), '\n')
	} else if a.Malformed(bgp.TypeASPath) {
		to = append(append(append(to, "ASPATH: "...), malformedPath...), '\n')
	}
	if a.Has(bgp.TypeNextHop) {
		to = fmt.Appendf(to, "NEXT_HOP: %s\n", a.Hop(false))
	}
	if a.Has(bgp.TypeMED) {
		to = fmt.Appendf(to, "MULTI_EXIT_DISC: %d\n", a.MED)
	}
	if a.Has(bgp.TypeLocalPref) {
		to = fmt.Appendf(to, "LOCAL_PREF: %d\n", a.LocalPref)
	}
	if a.Has(bgp.TypeAtomicAggregate) {
		to = append(to, "ATOMIC_AGGREGATE\n"...)
	}
	if a.Has(bgp.TypeAggregator) {
		to = fmt.Appendf(to, "AGGREGATOR: AS%d %s\n", a.Aggregator.ASN, netip.AddrFrom4(a.Aggregator.Address))
	}
	if a.Has(bgp.TypeOriginatorID) {
		to = fmt.Appendf(to, "ORIGINATOR_ID: %s\n", netip.AddrFrom4(a.OriginatorID))
	}
	if a.Has(bgp.TypeClusterList) {
		to = append(to, "CLUSTER_LIST: "...)
		for i := 0; i+4 <= len(a.ClusterList); i += 4 {
			to = netip.AddrFrom4([4]byte(a.ClusterList[i:])).AppendTo(to)
			to = append(to, ' ')
		}
		to = append(to, '\n')
	}
	for raw := range unnamed(a, block) {
		to = fmt.Appendf(to, "   UNKNOWN_ATTR(%d, %d, %d):", raw.Flags, raw.Type, len(raw.Value))
		for _, c := range raw.Value {
			to = fmt.Appendf(to, " %02x", c)
		}
		to = append(to, '\n')
	}
	if a.Has(bgp.TypeReach) {
		family := a.Reach.Family
		if family.AFI == 0 {
			family = bgp.Family{AFI: afi, SAFI: bgp.Unicast}
		}
		to = append(to, "MP_REACH_NLRI"+familyTitle(family)+"\n"...)
		if a.Reach.NextHop.IsValid() {
			to = append(appendAddress(append(to, "NEXT_HOP: "...), a.Reach.NextHop), '\n')
		}
		if a.Reach.LinkLocal.IsValid() {
			to = append(appendAddress(append(to, "NEXT_HOP: "...), a.Reach.LinkLocal), '\n')
		}
	}
	if a.Has(bgp.TypeUnreach) {
		to = append(to, "MP_UNREACH_NLRI"+familyTitle(a.Unreach.Family)+"\n"...)
	}
	if a.Has(bgp.TypeCommunities) {
		to = append(to, "COMMUNITY:"...)
		if len(a.Communities) > 0 {
			to = append(to, ' ')
		}
		to = append(a.AppendCommunities(to), '\n')
	}
	if a.Has(bgp.TypeLargeCommunity) {
		to = append(to, "LARGE_COMMUNITY: "...)
		to = append(a.AppendLargeCommunities(to), '\n')
	}
	return to
}

// Error codes and subcodes of NOTIFICATION (RFC 4271 section 4.5) as bgpdump writes them.
var notificationNames = map[uint8]struct {
	name string
	sub  []string
}{
	1: {"Message Header Error", []string{"", "Connection Not Synchronized", "Bad Message Length", "Bad Message Type"}},
	2: {"OPEN Message Error", []string{"", "Unsupported Version Number", "Bad Peer AS", "Bad BGP Identifier", "Unsupported Optional Parameter", "Authentication Failure", "Unacceptable Hold Time"}},
	3: {"UPDATE Message Error", []string{"", "Malformed Attribute List", "Unrecognized Well-known Attribute", "Missing Well-known Attribute", "Attribute Flags Error", "Attribute Length Error", "Invalid ORIGIN Attribute",
		"AS Routing Loop", "Invalid NEXT-HOP Attribute", "Optional Attribute Error", "Invalid Network Field", "Malformed AS-PATH"}},
	4: {"Hold Timer Expired", nil},
	5: {"Finite State Machine Error", nil},
	6: {"Cease", nil},
}

func appendNotification(to, body []byte) []byte {
	if len(body) < 2 {
		return to
	}
	code := uint16(body[0])
	is, known := notificationNames[body[0]]
	if !known {
		return fmt.Appendf(to, "    ERROR CODE  : %d\n", code)
	}
	to = fmt.Appendf(to, "    ERROR CODE  : %d (%s)\n", code, is.name)
	switch sub := int(body[1]); {
	case is.sub == nil:
	case sub > 0 && sub < len(is.sub):
		to = fmt.Appendf(to, "    SUB ERROR   : %d (%s)\n", sub, is.sub[sub])
	default:
		to = fmt.Appendf(to, "    SUB ERROR   : %d\n", sub)
	}
	return to
}

func (human) other(to []byte, rec *mrt.Record, note string) []byte {
	if note == "" {
		return to
	}
	return fmt.Appendf(to, "TIME: %s\nTYPE: %s %s\n\n", date(rec.Seconds), rec.Name(), note)
}

// appendPrefix appends a prefix, or the NLRI of a family that has none.
func appendPrefix(to []byte, family bgp.Family, prefix netip.Prefix, nlri []byte) []byte {
	if family.Native() {
		return appendNetwork(to, prefix)
	}
	text, _ := gobgp.Describe(family, nlri)
	return append(to, text...)
}
