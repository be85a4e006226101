package dump

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bgp/gobgp"
	"tidemark/collectors/mrt"
)

// csvLines prints one line per element (RFC 4180, except that lines end in LF). Of a family without prefixes, the prefix is the
// text of the NLRI.
type csvLines struct{}

const csvHeader = "time,kind,peer_address,peer_asn,family,prefix,path_id,as_path,origin_asn,origin,next_hop,med,local_pref,atomic_aggregate,aggregator," +
	"communities,large_communities,extended_communities,originator_id,cluster_list,otc,other_attributes,originated,old_state,new_state\n"

func csvStart(to []byte, rec *mrt.Record, kind string, peer *mrt.Peer, family string) []byte {
	to = appendRFC3339(to, rec)
	to = append(append(append(to, ','), kind...), ',')
	to = peer.Address.AppendTo(to)
	to = append(to, ',')
	to = strconv.AppendUint(to, uint64(peer.ASN), 10)
	return append(append(append(to, ','), family...), ',')
}

func csvRoute(to []byte, prefix string, hasID bool, id uint32) []byte {
	to = csvText(to, prefix)
	to = append(to, ',')
	if hasID {
		to = strconv.AppendUint(to, uint64(id), 10)
	}
	return append(to, ',')
}

// csvText appends a text without quotation marks, quoted if it holds a comma.
func csvText(to []byte, text string) []byte {
	if strings.Contains(text, ",") {
		return append(append(append(to, '"'), text...), '"')
	}
	return append(to, text...)
}

// csvAttributes appends the fields from as_path to other_attributes, with the next hop; they are empty if a is nil.
func csvAttributes(to []byte, a *bgp.Attributes, hop netip.Addr) []byte {
	if a == nil {
		return append(to, ",,,,,,,,,,,,,,"...)
	}
	to = append(csvText(to, a.Path.String()), ',')
	field := func(is bool, v uint32) {
		if is {
			to = strconv.AppendUint(to, uint64(v), 10)
		}
		to = append(to, ',')
	}
	asn, _ := a.Path.Origin()
	field(asn != 0, asn)
	if a.Has(bgp.TypeOrigin) {
		to = append(to, originWords[a.Origin]...)
	}
	to = append(to, ',')
	if hop.IsValid() {
		to = hop.AppendTo(to)
	}
	to = append(to, ',')
	field(a.Has(bgp.TypeMED), a.MED)
	field(a.Has(bgp.TypeLocalPref), a.LocalPref)
	to = strconv.AppendBool(to, a.Has(bgp.TypeAtomicAggregate))
	to = append(to, ',')
	if a.Has(bgp.TypeAggregator) {
		to = append(to, a.Aggregator.String()...)
	}
	to = append(to, ',')
	to = append(a.AppendCommunities(to), ',')
	to = append(a.AppendLargeCommunities(to), ',')
	to = append(a.AppendExtCommunities(to), ',')
	if a.Has(bgp.TypeOriginatorID) {
		to = appendIPv4(to, a.OriginatorID)
	}
	to = append(to, ',')
	to = append(a.AppendClusterList(to), ',')
	field(a.Has(bgp.TypeOTC), a.OTC)
	for i, o := range a.Others {
		if i > 0 {
			to = append(to, ' ')
		}
		to = strconv.AppendUint(to, uint64(o.Type), 10)
		to = append(to, ':')
		to = hex.AppendEncode(to, o.Value)
	}
	return to
}

func (csvLines) entry(to []byte, r *ribEntry) ([]byte, error) {
	a, err := r.attributes()
	if err != nil {
		return to, err
	}
	to = csvStart(to, r.rec, "rib", r.peer, r.Family.String())
	if r.Family.Native() {
		to = csvRoute(to, r.Prefix.String(), r.HasPathID, r.PathID)
	} else {
		text, _ := gobgp.Describe(r.Family, r.NLRI)
		to = csvRoute(to, text, r.HasPathID, r.PathID)
	}
	to = append(csvAttributes(to, a, a.TableHop()), ',')
	to = time.Unix(int64(r.Originated), 0).UTC().AppendFormat(to, time.RFC3339)
	return append(to, ",,\n"...), nil
}

func (csvLines) message(to []byte, m *message) []byte {
	if m.StateChange {
		to = csvStart(to, m.rec, "state", &m.Peer, "")
		to = append(csvAttributes(append(to, ",,"...), nil, netip.Addr{}), ",,"...)
		to = strconv.AppendUint(to, uint64(m.OldState), 10)
		to = append(to, ',')
		to = strconv.AppendUint(to, uint64(m.NewState), 10)
		return append(to, '\n')
	}
	for _, p := range m.parts {
		kind, attributes, hop := "withdraw", (*bgp.Attributes)(nil), netip.Addr{}
		if p.announce {
			kind, attributes, hop = "announce", m.attrs, m.attrs.Hop(p.multi)
		}
		line := func(text string, id uint32) {
			to = csvStart(to, m.rec, kind, m.sender(), p.family.String())
			to = csvRoute(to, text, p.addPath, id)
			to = append(csvAttributes(to, attributes, hop), ",,,\n"...)
		}
		if !p.family.Native() {
			for one, err := range p.family.Split(p.nlri, p.addPath) {
				if err != nil {
					break // the worker reports it
				}
				text, _ := gobgp.Describe(p.family, one.NLRI)
				line(text, one.PathID)
			}
			continue
		}
		for all := bgp.Prefixes(p.nlri, p.family, p.addPath); all.More(); {
			prefix, id, err := all.Next()
			if err != nil || !m.filter.prefix(prefix) {
				continue
			}
			line(prefix.String(), id)
		}
	}
	return to
}

func (csvLines) other(to []byte, _ *mrt.Record, _ string) []byte { return to }
