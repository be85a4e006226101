package dump

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// csvLines prints one line per element (RFC 4180, except that lines end in LF). Only a path with an AS_SET can hold a
// comma; it is quoted.
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

func csvRoute(to []byte, prefix netip.Prefix, hasID bool, id uint32) []byte {
	to = prefix.AppendTo(to)
	to = append(to, ',')
	if hasID {
		to = strconv.AppendUint(to, uint64(id), 10)
	}
	return append(to, ',')
}

// csvAttributes appends the fields from as_path to other_attributes; they are empty if a is nil.
func csvAttributes(to []byte, a *bgp.Attributes) []byte {
	if a == nil {
		return append(to, ",,,,,,,,,,,,,,"...)
	}
	from := len(to)
	to = a.Path.Append(append(to, '"'))
	quote := false
	for _, c := range to[from+1:] {
		quote = quote || c == ','
	}
	if quote {
		to = append(to, '"')
	} else {
		to = append(to[:from], to[from+1:]...)
	}
	to = append(to, ',')
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
	if a.Reach.NextHop.IsValid() {
		to = a.Reach.NextHop.AppendTo(to)
	} else if a.Has(bgp.TypeNextHop) {
		to = nextHopOf(a).AppendTo(to)
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
	if err != nil || !r.Family.Native() {
		return to, err
	}
	to = csvStart(to, r.rec, "rib", r.peer, r.Family.String())
	to = csvRoute(to, r.Prefix, r.HasPathID, r.PathID)
	to = append(csvAttributes(to, a), ',')
	to = time.Unix(int64(r.Originated), 0).UTC().AppendFormat(to, time.RFC3339)
	return append(to, ",,\n"...), nil
}

func (csvLines) message(to []byte, m *message) []byte {
	if m.StateChange {
		to = csvStart(to, m.rec, "state", &m.Peer, "")
		to = append(csvAttributes(append(to, ",,"...), nil), ",,"...)
		to = strconv.AppendUint(to, uint64(m.OldState), 10)
		to = append(to, ',')
		to = strconv.AppendUint(to, uint64(m.NewState), 10)
		return append(to, '\n')
	}
	for _, p := range m.parts {
		if !p.family.Native() {
			continue
		}
		kind, attributes := "withdraw", (*bgp.Attributes)(nil)
		if p.announce {
			kind, attributes = "announce", m.attrs
		}
		for all := bgp.Prefixes(p.nlri, p.family, p.addPath); all.More(); {
			prefix, id, err := all.Next()
			if err != nil || !m.filter.prefix(prefix) {
				continue
			}
			to = csvStart(to, m.rec, kind, &m.Peer, p.family.String())
			to = csvRoute(to, prefix, p.addPath, id)
			to = append(csvAttributes(to, attributes), ",,,\n"...)
		}
	}
	return to
}

func (csvLines) other(to []byte, _ *mrt.Record, _ string) []byte { return to }
