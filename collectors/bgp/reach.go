package bgp

import (
	"encoding/binary"
	"net/netip"
)

// Reach is MP_REACH_NLRI (RFC 4760 section 3). In a RIB it may hold the next hop alone; then Family is zero.
type Reach struct {
	Family  Family
	NextHop netip.Addr // the global one where there are two (RFC 2545)
	NLRI    []byte     // lent

	LinkLocal netip.Addr // the second next hop; invalid where there is none
}

// Unreach is MP_UNREACH_NLRI (RFC 4760 section 4).
type Unreach struct {
	Family Family
	NLRI   []byte // lent
}

func (r *Reach) decode(v []byte, form Form) bool {
	// The abbreviated form of RIBs is the next hop with its length, and nothing else; the full form, which Quagga and others
	// wrote into RIBs, starts with an AFI.
	if form.RIB && len(v) > 0 && len(v) == 1+int(v[0]) {
		r.NextHop, r.LinkLocal = nextHop(v[1:])
		return r.NextHop.IsValid() || len(v) == 1
	}
	if len(v) < 5 {
		return false
	}
	r.Family = Family{AFI(binary.BigEndian.Uint16(v)), SAFI(v[2])}
	n := int(v[3])
	if len(v) < 4+n+1 {
		return false
	}
	r.NextHop, r.LinkLocal = nextHop(v[4 : 4+n])
	if r.Family.hasNextHop() && !r.NextHop.IsValid() {
		return false // RFC 7606 section 7.11
	}
	r.NLRI = v[4+n:]
	// The reserved octet once counted SNPAs (RFC 2858, obsoleted by RFC 4760), each with its length in half octets.
	snpas := int(r.NLRI[0])
	r.NLRI = r.NLRI[1:]
	for ; snpas > 0; snpas-- {
		if len(r.NLRI) < 1 || len(r.NLRI) < 1+(int(r.NLRI[0])+1)/2 {
			return false
		}
		r.NLRI = r.NLRI[1+(int(r.NLRI[0])+1)/2:]
	}
	return true
}

// hasNextHop reports whether routes of the family have a next hop that is an IP address.
func (f Family) hasNextHop() bool {
	return f.Native() || (f.AFI == IPv4 || f.AFI == IPv6) && (f.SAFI == safiLabeled || f.SAFI == safiVPN || f.SAFI == safiVPNMulticast)
}

// nextHop reads an IPv4 address, an IPv6 address or two, the second link-local, each possibly behind a route
// distinguisher. For other lengths both results are invalid.
func nextHop(b []byte) (global, linkLocal netip.Addr) {
	switch len(b) {
	case 4:
		return netip.AddrFrom4([4]byte(b)), linkLocal
	case 16:
		return netip.AddrFrom16([16]byte(b)), linkLocal
	case 32:
		return netip.AddrFrom16([16]byte(b)), netip.AddrFrom16([16]byte(b[16:]))
	case 12:
		return netip.AddrFrom4([4]byte(b[8:])), linkLocal
	case 24:
		return netip.AddrFrom16([16]byte(b[8:])), linkLocal
	case 48:
		return netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[32:]))
	}
	return global, linkLocal
}

func (u *Unreach) decode(v []byte, _ Form) bool {
	if len(v) < 3 {
		return false
	}
	u.Family, u.NLRI = Family{AFI(binary.BigEndian.Uint16(v)), SAFI(v[2])}, v[3:]
	return true
}
