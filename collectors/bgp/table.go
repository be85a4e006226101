package bgp

import "encoding/binary"

// AppendTable appends the block of attributes that a was decoded from, re-encoded for TABLE_DUMP_V2 (RFC 6396 section
// 4.3.4): AS numbers have four octets, the AS4 attributes are merged in, MP_UNREACH_NLRI is dropped and MP_REACH_NLRI is
// reduced to the next hop. multi says that the route was announced in MP_REACH_NLRI; of NEXT_HOP and MP_REACH_NLRI only
// the one that holds the route's next hop is kept. Malformed and repeated attributes are left out, as RFC 7606 asks.
func (a *Attributes) AppendTable(to, block []byte, form Form, multi bool) []byte {
	var written TypeSet
	for attribute, err := range Split(block) {
		if err != nil {
			return to // Decode has followed the block
		}
		if len(a.problems) > 0 {
			if a.Malformed(attribute.Type) || written.Has(attribute.Type) {
				continue
			}
			written.Add(attribute.Type)
		}
		value := attribute.Value
		switch attribute.Type {
		case TypeUnreach:
			continue
		case TypeAS4Path, TypeAS4Aggregator:
			if form.ASSize == 2 {
				continue
			}
		case TypeNextHop:
			if multi && a.Reach.NextHop.IsValid() {
				continue
			}
		case TypeReach:
			if !multi && !form.RIB {
				continue
			}
			if a.Reach.Family.AFI != 0 && len(value) > 4 { // the full form
				value = value[3 : 4+int(value[3])]
			}
		case TypeASPath:
			if form.ASSize == 2 && a.Has(TypeASPath) {
				value = a.Path.appendWire(nil)
			}
		case TypeAggregator:
			if form.ASSize == 2 && a.Has(TypeAggregator) {
				value = append(binary.BigEndian.AppendUint32(nil, a.Aggregator.ASN), a.Aggregator.Address[:]...)
			}
		}
		attribute.Value = value
		to = attribute.Append(to)
	}
	return to
}

// appendWire appends the path with AS numbers of four octets.
func (p *Path) appendWire(to []byte) []byte {
	at := 0
	for _, s := range p.segments {
		asns := p.asns[at : at+s.count]
		at += s.count
		for len(asns) > 0 { // merging can make a sequence longer than a segment
			n := min(len(asns), 255)
			to = append(to, s.kind, byte(n))
			for _, asn := range asns[:n] {
				to = binary.BigEndian.AppendUint32(to, asn)
			}
			asns = asns[n:]
		}
	}
	return to
}
