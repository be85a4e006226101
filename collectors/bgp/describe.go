package bgp

import (
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/netip"
	"strconv"
)

// AppendNLRI appends the text of one NLRI of a family that is not Native and reports whether it is well formed and of a
// family that this package can read: labelled and VPN prefixes, route target memberships and EVPN. Two NLRI that differ have
// texts that differ.
//
//	203.0.113.0/24 label 16,17                            RFC 8277
//	64496:7:203.0.113.0/24 label 16                       RFC 4364, behind the route distinguisher
//	64496:rt:64496:1/96                                   RFC 4684: origin AS, route target, length
//	[type:2][rd:64496:7][esi:0][etag:5][mac:…][ip:…][label:0x000091]   RFC 7432, RFC 9136
func AppendNLRI(to []byte, f Family, nlri []byte) ([]byte, bool) {
	n, err := NLRILength(nlri, f)
	if err != nil || n != len(nlri) {
		return to, false
	}
	r := reader{to: to, b: nlri, ok: true}
	ip := f.AFI == IPv4 || f.AFI == IPv6
	switch {
	case ip && f.SAFI == safiLabeled:
		r.labelled(f, false)
	case ip && (f.SAFI == safiVPN || f.SAFI == safiVPNMulticast):
		r.labelled(f, true)
	case f.SAFI == safiRTC:
		r.routeTarget()
	case f == Family{afiL2VPN, safiEVPN}:
		r.evpn()
	default:
		return to, false
	}
	if !r.ok || len(r.b) > 0 {
		return to, false
	}
	return r.to, true
}

// reader turns the fields of an NLRI into text, from left to right.
type reader struct {
	to, b []byte
	ok    bool
}

// take returns the next n octets, or zeros if there are fewer; then the NLRI is malformed.
func (r *reader) take(n int) []byte {
	if len(r.b) < n {
		r.ok, r.b = false, nil
		return make([]byte, n)
	}
	field := r.b[:n]
	r.b = r.b[n:]
	return field
}

func (r *reader) text(s string)   { r.to = append(r.to, s...) }
func (r *reader) number(v uint64) { r.to = strconv.AppendUint(r.to, v, 10) }
func (r *reader) hex(b []byte)    { r.to = hex.AppendEncode(append(r.to, "0x"...), b) }
func (r *reader) tag(name string) { r.to = append(append(append(r.to, '['), name...), ':') }
func (r *reader) end()            { r.to = append(r.to, ']') }

// labelled reads a stack of labels, a route distinguisher in a VPN, and a prefix (RFC 8277 section 2, RFC 4364 section 4.3.4).
func (r *reader) labelled(f Family, vpn bool) {
	bits := int(r.take(1)[0])
	var stack []byte
	for {
		label := r.take(3)
		stack = append(stack, label...)
		bits -= 24
		value := uint32(label[0])<<16 | uint32(label[1])<<8 | uint32(label[2])
		if !r.ok || value&1 != 0 || value == 0x800000 || value == 0 { // the bottom of the stack, or a withdrawal's
			break
		}
	}
	if vpn {
		r.distinguisher(r.take(8))
		r.text(":")
		bits -= 64
	}
	if bits < 0 || bits > f.bits() {
		r.ok = false
		return
	}
	r.prefix(f, bits, r.take((bits+7)/8))
	r.text(" label ")
	for i := 0; i < len(stack); i += 3 {
		if i > 0 {
			r.text(",")
		}
		value := uint32(stack[i])<<16 | uint32(stack[i+1])<<8 | uint32(stack[i+2])
		r.number(uint64(value >> 4))
		if last := i+3 == len(stack); last && value&0xf != 1 || !last && value&0xf != 0 { // traffic class, or no bottom
			r.text("/")
			r.number(uint64(value & 0xf))
		}
	}
}

func (r *reader) prefix(f Family, bits int, b []byte) {
	address := make([]byte, f.bits()/8)
	copy(address, b)
	a, _ := netip.AddrFromSlice(address) // it has 4 or 16 octets
	r.to = netip.PrefixFrom(a, bits).Masked().AppendTo(r.to)
}

// distinguisher writes a route distinguisher: an AS number, an address or an AS number with a point, so that they differ, and
// a number (RFC 4364 section 4.2); hexadecimal digits if it is of another type.
func (r *reader) distinguisher(b []byte) {
	r.administrator(binary.BigEndian.Uint16(b), b[2:], b)
}

// administrator writes the six octets of a route distinguisher or route target; all is what stands for an unknown kind.
func (r *reader) administrator(kind uint16, b, all []byte) {
	switch kind {
	case 0:
		r.number(uint64(binary.BigEndian.Uint16(b)))
		r.text(":")
		r.number(uint64(binary.BigEndian.Uint32(b[2:])))
	case 1:
		r.to = appendIPv4(r.to, [4]byte(b))
		r.text(":")
		r.number(uint64(binary.BigEndian.Uint16(b[4:])))
	case 2:
		r.number(uint64(binary.BigEndian.Uint16(b)))
		r.text(".")
		r.number(uint64(binary.BigEndian.Uint16(b[2:])))
		r.text(":")
		r.number(uint64(binary.BigEndian.Uint16(b[4:])))
	default:
		r.hex(all)
	}
}

// routeTarget reads a membership (RFC 4684 section 4): a prefix of an AS number and a route target, of 0 or 32 to 96 bits.
func (r *reader) routeTarget() {
	bits := int(r.take(1)[0])
	if bits == 0 {
		r.text("default")
		return
	}
	if bits < 32 || bits > 96 {
		r.ok = false
		return
	}
	r.number(uint64(binary.BigEndian.Uint32(r.take(4))))
	r.text(":")
	target := r.take((bits - 32 + 7) / 8)
	const routeTarget = 2
	switch {
	case len(target) == 8 && bits == 96 && target[0] <= 2 && target[1] == routeTarget:
		r.text("rt:")
		r.administrator(uint16(target[0]), target[2:], target)
	case len(target) > 0:
		masked := append([]byte(nil), target...)
		spare := 8*len(masked) - (bits - 32)
		masked[len(masked)-1] &= 0xff << spare
		r.hex(masked)
	}
	r.text("/")
	r.number(uint64(bits))
}

// The route types of EVPN (RFC 7432 section 7, RFC 9136 section 3.1).
const (
	evpnDiscovery = 1
	evpnMACIP     = 2
	evpnMulticast = 3
	evpnSegment   = 4
	evpnPrefix    = 5
)

// evpn reads an EVPN route. Routes of other types are given in hexadecimal.
func (r *reader) evpn() {
	kind := r.take(2)[0]
	r.tag("type")
	r.number(uint64(kind))
	r.end()
	if kind < evpnDiscovery || kind > evpnPrefix {
		r.hex(r.take(len(r.b)))
		return
	}
	r.tag("rd")
	r.distinguisher(r.take(8))
	r.end()
	if kind != evpnMulticast {
		r.tag("esi")
		r.to = hex.AppendEncode(r.to, r.take(10))
		r.end()
	}
	if kind != evpnSegment {
		r.tag("etag")
		r.number(uint64(binary.BigEndian.Uint32(r.take(4))))
		r.end()
	}
	switch kind {
	case evpnDiscovery:
		r.label()
	case evpnMACIP:
		if r.take(1)[0] != 48 {
			r.ok = false
			return
		}
		r.tag("mac")
		r.text(net.HardwareAddr(r.take(6)).String())
		r.end()
		r.address(int(r.take(1)[0]))
		r.label()
		if len(r.b) > 0 {
			r.label()
		}
	case evpnMulticast, evpnSegment:
		r.address(int(r.take(1)[0]))
	case evpnPrefix:
		bits, f := int(r.take(1)[0]), Family{AFI: IPv4}
		if len(r.b) > 4+4+3 {
			f.AFI = IPv6
		}
		if bits > f.bits() {
			r.ok = false
			return
		}
		r.tag("prefix")
		r.prefix(f, bits, r.take(f.bits()/8))
		r.end()
		gateway, _ := netip.AddrFromSlice(r.take(f.bits() / 8))
		r.tag("gateway")
		r.to = append(gateway.AppendTo(r.to), ']')
		r.label()
	}
}

// label reads an MPLS label or a VNI, which has all 24 bits.
func (r *reader) label() {
	b := r.take(3)
	r.tag("label")
	r.hex(b)
	r.end()
}

// address reads an address of 0, 32 or 128 bits.
func (r *reader) address(bits int) {
	if bits != 0 && bits != 32 && bits != 128 {
		r.ok = false
		return
	}
	if a, ok := netip.AddrFromSlice(r.take(bits / 8)); ok {
		r.tag("ip")
		r.to = append(a.AppendTo(r.to), ']')
	}
}
