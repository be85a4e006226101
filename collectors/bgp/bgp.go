// Package bgp decodes BGP UPDATE messages and path attributes without allocating: decoded slices are lent, valid as long
// as the bytes of the message, and an Attributes is meant to be used again for the next route. Malformed attributes are
// left out and named, and Problem.Handling says what RFC 7606 prescribes for each.
//
//	attribute or field                                          decoded by
//	ORIGIN, NEXT_HOP, MULTI_EXIT_DISC, LOCAL_PREF               this package (RFC 4271)
//	AS_PATH, AS4_PATH merged in                                 this package (RFC 4271, 5065, 6793)
//	ATOMIC_AGGREGATE, AGGREGATOR, AS4_AGGREGATOR merged in      this package (RFC 4271, 6793)
//	COMMUNITIES, LARGE_COMMUNITY, EXTENDED COMMUNITIES          this package (RFC 1997, 8092, 4360)
//	ORIGINATOR_ID, CLUSTER_LIST, OTC                            this package (RFC 4456, 9234)
//	MP_REACH_NLRI, MP_UNREACH_NLRI: framing and next hop        this package (RFC 4760, 2545, 8950)
//	NLRI of IPv4 and IPv6 unicast and multicast, ADD-PATH       this package (RFC 4271, 4760, 7911)
//	NLRI of labelled, VPN, RT membership and EVPN routes        text of this package (RFC 8277, 4364, 4684, 7432, 9136)
//	NLRI of FlowSpec, BGP-LS and other families                 described by package gobgp; raw here
//	every other attribute                                       raw, in the order of the message
package bgp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"
)

// AttributeType is a path attribute's type code (IANA registry "BGP Path Attributes").
type AttributeType uint8

// The attribute types that are decoded.
const (
	TypeOrigin          AttributeType = 1
	TypeASPath          AttributeType = 2
	TypeNextHop         AttributeType = 3
	TypeMED             AttributeType = 4
	TypeLocalPref       AttributeType = 5
	TypeAtomicAggregate AttributeType = 6
	TypeAggregator      AttributeType = 7
	TypeCommunities     AttributeType = 8
	TypeOriginatorID    AttributeType = 9
	TypeClusterList     AttributeType = 10
	TypeReach           AttributeType = 14
	TypeUnreach         AttributeType = 15
	TypeExtCommunities  AttributeType = 16
	TypeAS4Path         AttributeType = 17
	TypeAS4Aggregator   AttributeType = 18
	TypeLargeCommunity  AttributeType = 32
	TypeOTC             AttributeType = 35
)

// TransASN is the AS number that a 2-octet speaker sends in place of one it cannot carry (AS_TRANS, RFC 6793 section 3).
const TransASN = 23456

// ErrShort means that the bytes end inside a field.
var ErrShort = errors.New("the bytes end inside the field")

// Attribute is one path attribute as sent.
type Attribute struct {
	Flags uint8
	Type  AttributeType
	Value []byte // lent: valid as long as the message's bytes
}

// Append appends the attribute, with an extended length only if it needs one (RFC 4271 section 4.3).
func (a *Attribute) Append(to []byte) []byte {
	const extended = 0x10
	if len(a.Value) > 255 {
		to = append(to, a.Flags|extended, byte(a.Type))
		to = binary.BigEndian.AppendUint16(to, uint16(len(a.Value)))
	} else {
		to = append(to, a.Flags&^extended, byte(a.Type), byte(len(a.Value)))
	}
	return append(to, a.Value...)
}

// TypeSet is a set of attribute types: bit t&63 of word t>>6 is type t.
type TypeSet [4]uint64

// Has reports whether t is in the set.
func (s *TypeSet) Has(t AttributeType) bool { return s[t>>6]&(1<<(t&63)) != 0 }

// Add adds t to the set.
func (s *TypeSet) Add(t AttributeType) { s[t>>6] |= 1 << (t & 63) }

// Attributes are the decoded path attributes of a route.
type Attributes struct {
	Present          TypeSet // types that are present and well formed
	Origin           uint8   // 0 IGP, 1 EGP, 2 INCOMPLETE
	Path             Path    // with AS4_PATH merged in
	NextHop          [4]byte
	MED              uint32
	LocalPref        uint32
	Aggregator       Aggregator
	Communities      []uint32
	LargeCommunities []LargeCommunity
	ExtCommunities   []byte // eight octets each; lent
	OriginatorID     [4]byte
	ClusterList      []byte // four octets each; lent
	OTC              uint32 // Only to Customer (RFC 9234)
	Reach            Reach
	Unreach          Unreach
	Others           []Attribute // the types that have no field here; lent

	met           TypeSet // types present, well formed or not
	as4Path       []byte
	as4Aggregator []byte
	problems      []Problem
}

// Has reports whether the attribute is present and well formed.
func (a *Attributes) Has(t AttributeType) bool { return a.Present.Has(t) }

// Malformed reports whether the attribute is present and malformed.
func (a *Attributes) Malformed(t AttributeType) bool { return a.met.Has(t) && !a.Present.Has(t) }

// Problems returns what was wrong. Attributes with wrong flags and paths with AS 0 are decoded all the same; malformed
// attributes are left out.
func (a *Attributes) Problems() []Problem { return a.problems }

// Hop returns the next hop of the routes that were announced in MP_REACH_NLRI, or of those in the message's own field of
// NLRI: each has one of its own (RFC 4760 section 3). It is invalid if there is none.
func (a *Attributes) Hop(multi bool) netip.Addr {
	if multi {
		return a.Reach.NextHop
	}
	if a.Has(TypeNextHop) {
		return netip.AddrFrom4(a.NextHop)
	}
	return netip.Addr{}
}

// TableHop returns the next hop of a route in a table, where MP_REACH_NLRI has it if there is one. It is invalid if there is
// none.
func (a *Attributes) TableHop() netip.Addr { return a.Hop(a.Reach.NextHop.IsValid()) }

// reset clears a for the next route but keeps the capacity of its slices.
func (a *Attributes) reset() {
	*a = Attributes{
		Path:        Path{segments: a.Path.segments[:0], asns: a.Path.asns[:0]},
		Communities: a.Communities[:0], LargeCommunities: a.LargeCommunities[:0], Others: a.Others[:0],
		problems: a.problems[:0],
	}
}

// Form is how a table or session encodes its attributes.
type Form struct {
	ASSize  int  // octets of an AS number in AS_PATH and AGGREGATOR: 2 or 4
	AddPath bool // NLRI carry path identifiers
	RIB     bool // MP_REACH_NLRI may hold the next hop alone (RFC 6396 section 4.3.4)
}

// Decode decodes a block of path attributes into a. A malformed attribute is left out and reported by Problems; an error
// means that the block itself cannot be followed, so that the attributes of the route are not known.
func (a *Attributes) Decode(b []byte, form Form) error {
	a.reset()
	for len(b) > 0 {
		flags, kind, value, rest, err := nextAttribute(b)
		if err != nil {
			a.problems = append(a.problems, Problem{kind, Overrun})
			return err
		}
		b = rest
		if a.met.Has(kind) { // all but the first are discarded
			a.problems = append(a.problems, Problem{kind, Repeated})
			if kind == TypeReach || kind == TypeUnreach {
				return fmt.Errorf("%s appears twice", kind)
			}
			continue
		}
		a.met.Add(kind)
		if wrongFlags(kind, flags, form) {
			a.problems = append(a.problems, Problem{kind, WrongFlags})
		}
		if a.decodeOne(flags, kind, value, form) {
			a.Present.Add(kind)
		} else {
			a.problems = append(a.problems, Problem{kind, Malformed})
		}
	}
	if form.ASSize == 2 { // AS4 attributes mean nothing between 4-octet speakers (RFC 6793 section 4.1)
		a.merge()
	}
	if a.Path.zero {
		a.problems = append(a.problems, Problem{TypeASPath, ASZero})
	}
	if a.Has(TypeAggregator) && a.Aggregator.ASN == 0 {
		a.problems = append(a.problems, Problem{TypeAggregator, ASZero})
	}
	return nil
}

// DecodeUpdate decodes the attributes of an UPDATE as Decode does, and adds to the problems the attributes without which
// its routes cannot be (RFC 7606 section 3 (d)).
func (a *Attributes) DecodeUpdate(u *Update, form Form) error {
	if err := a.Decode(u.Attributes, form); err != nil {
		return err
	}
	require := func(kind AttributeType) {
		if !a.met.Has(kind) {
			a.problems = append(a.problems, Problem{kind, Missing})
		}
	}
	if len(u.NLRI) > 0 || len(a.Reach.NLRI) > 0 {
		require(TypeOrigin)
		require(TypeASPath)
	}
	if len(u.NLRI) > 0 {
		require(TypeNextHop)
	}
	return nil
}

// Split iterates over the attributes of a block as sent, without decoding them. An error ends the iteration.
func Split(block []byte) iter.Seq2[Attribute, error] {
	return func(yield func(Attribute, error) bool) {
		for len(block) > 0 {
			flags, kind, value, rest, err := nextAttribute(block)
			block = rest
			if !yield(Attribute{flags, kind, value}, err) || err != nil {
				return
			}
		}
	}
}

// nextAttribute returns the first attribute of a block and the rest of the block.
func nextAttribute(b []byte) (flags uint8, kind AttributeType, value, rest []byte, err error) {
	if len(b) < 3 {
		return 0, 0, nil, nil, errAttributeHeader
	}
	flags, kind = b[0], AttributeType(b[1])
	size, head := int(b[2]), 3
	if flags&0x10 != 0 { // extended length
		if len(b) < 4 {
			return 0, kind, nil, nil, errAttributeHeader
		}
		size, head = int(binary.BigEndian.Uint16(b[2:])), 4
	}
	if len(b) < head+size {
		return 0, kind, nil, nil, fmt.Errorf("attribute %d of %d octets: %w", kind, size, ErrShort)
	}
	return flags, kind, b[head : head+size], b[head+size:], nil
}

var errAttributeHeader = fmt.Errorf("attribute header: %w", ErrShort)

func (a *Attributes) decodeOne(flags uint8, kind AttributeType, v []byte, form Form) bool {
	switch kind {
	case TypeOrigin:
		if len(v) != 1 || v[0] > 2 {
			return false
		}
		a.Origin = v[0]
	case TypeASPath:
		if !a.Path.decode(v, form.ASSize) {
			a.Path.reset()
			return false
		}
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
		if !a.Reach.decode(v, form) {
			a.Reach = Reach{}
			return false
		}
	case TypeUnreach:
		return a.Unreach.decode(v, form)
	case TypeAS4Path:
		a.as4Path = v
	case TypeAS4Aggregator:
		if !as4Aggregator(v) {
			return false
		}
		a.as4Aggregator = v
	case TypeLargeCommunity:
		return a.decodeLargeCommunities(v)
	case TypeExtCommunities:
		if len(v) == 0 || len(v)%8 != 0 {
			return false
		}
		a.ExtCommunities = v
	case TypeOriginatorID:
		if len(v) != 4 {
			return false
		}
		a.OriginatorID = [4]byte(v)
	case TypeClusterList:
		if len(v) == 0 || len(v)%4 != 0 {
			return false
		}
		a.ClusterList = v
	case TypeOTC:
		if len(v) != 4 {
			return false
		}
		a.OTC = binary.BigEndian.Uint32(v)
	default:
		a.Others = append(a.Others, Attribute{flags, kind, v})
	}
	return true
}

// merge replaces AS_PATH and AGGREGATOR by what AS4_PATH and AS4_AGGREGATOR say (RFC 6793 section 4.2.3).
func (a *Attributes) merge() {
	if a.as4Aggregator != nil && a.Has(TypeAggregator) {
		if a.Aggregator.ASN != TransASN {
			return // the route was aggregated by a 2-octet speaker since: both AS4 attributes are ignored
		}
		a.Aggregator.decode(a.as4Aggregator, 4)
	}
	if a.as4Path != nil && !a.Path.mergeAS4(a.as4Path) {
		a.problems = append(a.problems, Problem{TypeAS4Path, Malformed})
	}
}

var typeNames = map[AttributeType]string{
	TypeOrigin: "ORIGIN", TypeASPath: "AS_PATH", TypeNextHop: "NEXT_HOP", TypeMED: "MULTI_EXIT_DISC", TypeLocalPref: "LOCAL_PREF",
	TypeAtomicAggregate: "ATOMIC_AGGREGATE", TypeAggregator: "AGGREGATOR", TypeCommunities: "COMMUNITIES", TypeOriginatorID: "ORIGINATOR_ID",
	TypeClusterList: "CLUSTER_LIST", TypeReach: "MP_REACH_NLRI", TypeUnreach: "MP_UNREACH_NLRI", TypeExtCommunities: "EXTENDED COMMUNITIES",
	TypeAS4Path: "AS4_PATH", TypeAS4Aggregator: "AS4_AGGREGATOR", 22: "PMSI_TUNNEL", 23: "Tunnel Encapsulation",
	25: "IPv6 Address Specific Extended Community", 26: "AIGP", 27: "PE Distinguisher Labels", 29: "BGP-LS", TypeLargeCommunity: "LARGE_COMMUNITY",
	33: "BGPsec_Path", 34: "BGP Community Container", TypeOTC: "OTC", 36: "D-PATH", 37: "SFP", 38: "BFD Discriminator", 40: "BGP Prefix-SID",
	128: "ATTR_SET",
}

// names are the texts of all types.
var names = func() (name [256]string) {
	for kind := range name {
		name[kind] = fmt.Sprintf("attribute %d", kind)
		if known, ok := typeNames[AttributeType(kind)]; ok {
			name[kind] = known
		}
	}
	return name
}()

// decoded is the set of the attribute types that Attributes has a field for.
var decoded = func() (set TypeSet) {
	for _, kind := range []AttributeType{
		TypeOrigin, TypeASPath, TypeNextHop, TypeMED, TypeLocalPref, TypeAtomicAggregate, TypeAggregator, TypeCommunities, TypeOriginatorID,
		TypeClusterList, TypeReach, TypeUnreach, TypeExtCommunities, TypeAS4Path, TypeAS4Aggregator, TypeLargeCommunity, TypeOTC,
	} {
		set.Add(kind)
	}
	return set
}()

// Undecoded returns the members of the set that Attributes has no field for and keeps in Others.
func (s TypeSet) Undecoded() TypeSet {
	for i := range s {
		s[i] &^= decoded[i]
	}
	return s
}

// String returns the registry's name of the type, or "attribute" and its number.
func (t AttributeType) String() string { return names[t] }
