// Package bgp decodes BGP UPDATE messages and path attributes, a file per attribute. Values are decoded without copying
// where the caller may keep the bytes; addresses leave as netip values.
//
//	attribute or field                                          decoded by
//	ORIGIN, NEXT_HOP, MULTI_EXIT_DISC, LOCAL_PREF               this package (RFC 4271)
//	AS_PATH, AS4_PATH merged in                                 this package (RFC 4271, 5065, 6793)
//	ATOMIC_AGGREGATE, AGGREGATOR, AS4_AGGREGATOR merged in      this package (RFC 4271, 6793)
//	COMMUNITIES, LARGE_COMMUNITY, EXTENDED COMMUNITIES          this package (RFC 1997, 8092, 4360)
//	ORIGINATOR_ID, CLUSTER_LIST, OTC                            this package (RFC 4456, 9234)
//	MP_REACH_NLRI, MP_UNREACH_NLRI: framing and next hop        this package (RFC 4760, 2545, 8950)
//	NLRI of IPv4 and IPv6 unicast and multicast, ADD-PATH       this package (RFC 4271, 4760, 7911)
//	NLRI of VPN, EVPN, FlowSpec, BGP-LS and other families      GoBGP (Describe); kept raw where it cannot
//	every other attribute                                       kept raw, in the order of the message
package bgp

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Address families (RFC 4760, IANA registry) that are decoded.
const (
	IPv4      = 1
	IPv6      = 2
	Unicast   = 1
	Multicast = 2
)

// Attribute type codes (IANA registry "BGP Path Attributes").
const (
	TypeOrigin          = 1
	TypeASPath          = 2
	TypeNextHop         = 3
	TypeMED             = 4
	TypeLocalPref       = 5
	TypeAtomicAggregate = 6
	TypeAggregator      = 7
	TypeCommunities     = 8
	TypeOriginatorID    = 9
	TypeClusterList     = 10
	TypeReach           = 14
	TypeUnreach         = 15
	TypeExtCommunities  = 16
	TypeAS4Path         = 17
	TypeAS4Aggregator   = 18
	TypeLargeCommunity  = 32
	TypeOTC             = 35
)

// TransASN stands for an ASN that a 2-octet speaker cannot carry (RFC 6793 section 9).
const TransASN = 23456

// ErrShort says that the bytes end inside a field.
var ErrShort = errors.New("the bytes end inside the field")

// Attribute is one path attribute as it stands in the message.
type Attribute struct {
	Flags uint8
	Type  uint8
	Value []byte // lent: valid as long as the message's bytes
}

// Attributes are the decoded path attributes of a route.
type Attributes struct {
	Present          [4]uint64 // bit set of the attribute types that were read
	Origin           uint8     // 0 IGP, 1 EGP, 2 INCOMPLETE
	Path             Path      // AS4_PATH merged in
	NextHop          [4]byte
	MED              uint32
	LocalPref        uint32
	Aggregator       Aggregator
	Communities      []uint32
	LargeCommunities []LargeCommunity
	ExtCommunities   []byte // of eight octets each; lent
	OriginatorID     [4]byte
	ClusterList      []byte // of four octets each; lent
	OTC              uint32 // Only to Customer (RFC 9234)
	Reach            Reach
	Unreach          Unreach
	Others           []Attribute // lent

	unnamed       []Attribute
	met           [4]uint64 // attribute types that were met, well formed or not
	as4Path       []byte
	as4Aggregator []byte
	problems      []string
}

// Has tells whether the attribute was there and well formed.
func (a *Attributes) Has(kind uint8) bool { return a.Present[kind>>6]&(1<<(kind&63)) != 0 }

// Problems names what was malformed, such as "COMMUNITIES"; those attributes are left out (RFC 7606).
func (a *Attributes) Problems() []string { return a.problems }

// reset makes a ready for the next route; slices keep their room.
func (a *Attributes) reset() {
	*a = Attributes{
		Path:        Path{segments: a.Path.segments[:0], asns: a.Path.asns[:0]},
		Communities: a.Communities[:0], LargeCommunities: a.LargeCommunities[:0], Others: a.Others[:0],
		unnamed: a.unnamed[:0], problems: a.problems[:0],
	}
}

// Form says how a table or session writes its attributes.
type Form struct {
	ASSize  int  // octets of an AS number in AS_PATH and AGGREGATOR: 2 or 4
	AddPath bool // NLRI carry path identifiers
	RIB     bool // MP_REACH_NLRI may hold the next hop alone (RFC 6396 section 4.3.4)
}

// Decode reads a block of path attributes. What is malformed inside one attribute costs that attribute and is named by
// Problems; an error means that the block itself cannot be followed, which costs the route.
func (a *Attributes) Decode(b []byte, form Form) error {
	a.reset()
	for len(b) > 0 {
		flags, kind, value, rest, err := nextAttribute(b)
		if err != nil {
			return err
		}
		b = rest
		if a.met[kind>>6]&(1<<(kind&63)) != 0 { // RFC 7606 section 3 (g): all but the first are discarded
			if kind == TypeReach || kind == TypeUnreach {
				return fmt.Errorf("attribute %d stands twice", kind)
			}
			a.problems = append(a.problems, repeated[kind])
			continue
		}
		a.met[kind>>6] |= 1 << (kind & 63)
		if a.decodeOne(flags, kind, value, form) {
			a.Present[kind>>6] |= 1 << (kind & 63)
		} else {
			a.problems = append(a.problems, malformed[kind])
		}
	}
	if form.ASSize == 2 { // between 4-octet speakers they have no meaning (RFC 6793 section 4.1)
		a.merge()
	}
	return nil
}

// nextAttribute parts the first attribute off a block.
func nextAttribute(b []byte) (flags, kind uint8, value, rest []byte, err error) {
	if len(b) < 3 {
		return 0, 0, nil, nil, errAttributeHeader
	}
	flags, kind = b[0], b[1]
	size, head := int(b[2]), 3
	if flags&0x10 != 0 { // extended length
		if len(b) < 4 {
			return 0, 0, nil, nil, errAttributeHeader
		}
		size, head = int(binary.BigEndian.Uint16(b[2:])), 4
	}
	if len(b) < head+size {
		return 0, 0, nil, nil, fmt.Errorf("attribute %d of %d octets: %w", kind, size, ErrShort)
	}
	return flags, kind, b[head : head+size], b[head+size:], nil
}

var errAttributeHeader = fmt.Errorf("attribute header: %w", ErrShort)

func (a *Attributes) decodeOne(flags, kind uint8, v []byte, form Form) bool {
	switch kind {
	case TypeOrigin:
		if len(v) != 1 || v[0] > 2 {
			return false
		}
		a.Origin = v[0]
	case TypeASPath:
		return a.Path.decode(v, form.ASSize)
	case TypeNextHop:
		if len(v) != 4 {
			return false
		}
		a.NextHop = [4]byte(v)
	case TypeMED:
		if len(v) != 4 {
			return false
		}
		a.MED = binary.BigEndian.Uint32(v)
	case TypeLocalPref:
		if len(v) != 4 {
			return false
		}
		a.LocalPref = binary.BigEndian.Uint32(v)
	case TypeAtomicAggregate:
		return len(v) == 0
	case TypeAggregator:
		return a.Aggregator.decode(v, form.ASSize)
	case TypeCommunities:
		return a.decodeCommunities(v)
	case TypeReach:
		return a.Reach.decode(v, form)
	case TypeUnreach:
		return a.Unreach.decode(v, form)
	case TypeAS4Path:
		a.as4Path = v
	case TypeAS4Aggregator:
		if len(v) != 8 {
			return false
		}
		a.as4Aggregator = v
	case TypeLargeCommunity:
		return a.decodeLargeCommunities(v)
	case TypeExtCommunities:
		if len(v)%8 != 0 {
			return false
		}
		a.ExtCommunities = v
		a.unnamed = append(a.unnamed, Attribute{flags, kind, v})
	case TypeOriginatorID:
		if len(v) != 4 {
			return false
		}
		a.OriginatorID = [4]byte(v)
	case TypeClusterList:
		if len(v)%4 != 0 {
			return false
		}
		a.ClusterList = v
	case TypeOTC:
		if len(v) != 4 {
			return false
		}
		a.OTC = binary.BigEndian.Uint32(v)
		a.unnamed = append(a.unnamed, Attribute{flags, kind, v})
	default:
		a.Others = append(a.Others, Attribute{flags, kind, v})
		a.unnamed = append(a.unnamed, Attribute{flags, kind, v})
	}
	return true
}

// merge brings AS4_PATH and AS4_AGGREGATOR in (RFC 6793 section 4.2.3).
func (a *Attributes) merge() {
	if a.as4Aggregator != nil && a.Has(TypeAggregator) {
		if a.Aggregator.ASN != TransASN {
			return // the route was aggregated by a 2-octet speaker since: both AS4 attributes are ignored
		}
		a.Aggregator.decode(a.as4Aggregator, 4)
	}
	if a.as4Path != nil && !a.Path.mergeAS4(a.as4Path) {
		a.problems = append(a.problems, malformed[TypeAS4Path])
	}
}

var typeNames = map[uint8]string{
	TypeOrigin: "ORIGIN", TypeASPath: "AS_PATH", TypeNextHop: "NEXT_HOP", TypeMED: "MULTI_EXIT_DISC", TypeLocalPref: "LOCAL_PREF",
	TypeAtomicAggregate: "ATOMIC_AGGREGATE", TypeAggregator: "AGGREGATOR", TypeCommunities: "COMMUNITIES", TypeOriginatorID: "ORIGINATOR_ID",
	TypeClusterList: "CLUSTER_LIST", TypeReach: "MP_REACH_NLRI", TypeUnreach: "MP_UNREACH_NLRI", TypeExtCommunities: "EXTENDED COMMUNITIES",
	TypeAS4Path: "AS4_PATH", TypeAS4Aggregator: "AS4_AGGREGATOR", 22: "PMSI_TUNNEL", 23: "Tunnel Encapsulation",
	25: "IPv6 Address Specific Extended Community", 26: "AIGP", 27: "PE Distinguisher Labels", 29: "BGP-LS", TypeLargeCommunity: "LARGE_COMMUNITY",
	33: "BGPsec_Path", 34: "BGP Community Container", TypeOTC: "OTC", 36: "D-PATH", 37: "SFP", 38: "BFD Discriminator", 40: "BGP Prefix-SID",
	128: "ATTR_SET",
}

// The names of all types and of what can be wrong with them, made once: they are counted by the million.
var names, malformed, repeated = func() (name, malformed, repeated [256]string) {
	for kind := range name {
		name[kind] = fmt.Sprintf("attribute %d", kind)
		if known, ok := typeNames[uint8(kind)]; ok {
			name[kind] = known
		}
		malformed[kind], repeated[kind] = "malformed "+name[kind], "repeated "+name[kind]
	}
	return name, malformed, repeated
}()

// Decoded is the bit set of the attribute types that Attributes has a field for.
var Decoded = func() (set [4]uint64) {
	for _, kind := range []uint8{
		TypeOrigin, TypeASPath, TypeNextHop, TypeMED, TypeLocalPref, TypeAtomicAggregate, TypeAggregator, TypeCommunities, TypeOriginatorID,
		TypeClusterList, TypeReach, TypeUnreach, TypeExtCommunities, TypeAS4Path, TypeAS4Aggregator, TypeLargeCommunity, TypeOTC,
	} {
		set[kind>>6] |= 1 << (kind & 63)
	}
	return set
}()

// TypeName is the registry's name of an attribute type, or its number.
func TypeName(kind uint8) string { return names[kind] }

// Unnamed are the attributes that bgpdump has no name for, as they stand in the message: extended communities, OTC and
// Others.
func (a *Attributes) Unnamed() []Attribute { return a.unnamed }
