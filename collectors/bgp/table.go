package bgp

import "encoding/binary"

// AppendTable appends the block of attributes that a was decoded from, as TABLE_DUMP_V2 holds them (RFC 6396 section
// 4.3.4): AS numbers of four octets with the AS4 attributes merged in, MP_UNREACH_NLRI left out, and of MP_REACH_NLRI the
// next hop alone. That, or NEXT_HOP, is left out as well where it is not the route's: multi says that the route came
// in MP_REACH_NLRI.
func (a *Attributes) AppendTable(to, block []byte, form Form, multi bool) []byte {
	for len(block) > 0 {
		flags, kind, value, rest, err := nextAttribute(block)
		if err != nil {
			return to // Decode has followed the block
		}
		block = rest
		switch kind {
		case TypeUnreach, TypeAS4Path, TypeAS4Aggregator:
			if form.ASSize == 2 || kind == TypeUnreach {
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
			if a.Reach.AFI != 0 && len(value) > 4 { // the full form
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
		const extended = 0x10
		if len(value) > 255 {
			to = append(to, flags|extended, kind)
			to = binary.BigEndian.AppendUint16(to, uint16(len(value)))
		} else {
			to = append(to, flags&^extended, kind, byte(len(value)))
		}
		to = append(to, value...)
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
