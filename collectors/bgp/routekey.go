package bgp

import "slices"

// RouteKey returns the part of one NLRI that tells routes apart: without labels (RFC 8277 section 2.4), and in EVPN
// without the fields that are not part of the route key (RFC 7432 section 7, RFC 9136 section 3.1). A withdrawal need not repeat
// those. The key may share memory with the NLRI.
func (f Family) RouteKey(nlri []byte) []byte {
	switch {
	case f.SAFI == safiLabeled || f.SAFI == safiVPN:
		return withoutLabels(nlri)
	case f == Family{AFI: afiL2VPN, SAFI: safiEVPN}:
		return evpnKey(nlri)
	}
	return nlri
}

// withoutLabels returns an NLRI whose prefix follows a stack of labels, without them, and with the length of what is left.
func withoutLabels(nlri []byte) []byte {
	if len(nlri) < 1 {
		return nlri
	}
	bits, b := int(nlri[0]), nlri[1:]
	for len(b) >= 3 && bits >= 24 {
		label := uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
		bits, b = bits-24, b[3:]
		if label&1 != 0 || label == 0x800000 || label == 0 { // bottom of the stack, or withdrawn
			break
		}
	}
	return append([]byte{byte(bits)}, b...)
}

// evpnKey returns what tells EVPN routes apart.
func evpnKey(nlri []byte) []byte {
	const (
		discovery = 1 // RD, ESI, Ethernet tag; then a label
		macIP     = 2 // RD; then the ESI; Ethernet tag, MAC, IP; then labels
		ipPrefix  = 5 // RD; then the ESI; Ethernet tag, prefix; then the gateway and a label
	)
	const head, rd, esi, tag = 2, 8, 10, 4
	if len(nlri) < head+rd+esi+tag {
		return nlri
	}
	kind, after := slices.Concat(nlri[:1], nlri[head:head+rd]), nlri[head+rd+esi:]
	switch nlri[0] {
	case discovery:
		return append(kind, nlri[head+rd:head+rd+esi+tag]...)
	case macIP:
		end := tag + 1 + 6 + 1
		if len(after) < end {
			return nlri
		}
		end += int(after[end-1]) / 8
		if len(after) < end {
			return nlri
		}
		return append(kind, after[:end]...)
	case ipPrefix:
		address := (len(after) - tag - 1 - 3) / 2 // the prefix and the gateway have one size
		if address != 4 && address != 16 {
			return nlri
		}
		return append(kind, after[:tag+1+address]...)
	}
	return nlri
}
