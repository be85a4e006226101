package mrt

import "fmt"

// Type is the type of an MRT record (RFC 6396 section 4, appendix B for the deprecated ones).
type Type uint16

// The types that are decoded, and those of other protocols.
const (
	BGP         Type = 5
	OSPFv2      Type = 11
	TableDump   Type = 12
	TableDumpV2 Type = 13
	BGP4MP      Type = 16
	BGP4MPET    Type = 17
	ISIS        Type = 32
	ISISET      Type = 33
	OSPFv3      Type = 48
	OSPFv3ET    Type = 49
)

// subtypes holds the types that are known, each with the number of its subtypes.
var subtypes = [...]uint16{
	0: 2, 1: 2, 2: 2, 3: 2, 4: 2, // NULL, START, DIE, I_AM_DEAD, PEER_DOWN
	BGP: 8, 6: 8, 7: 8, 8: 8, 9: 8, 10: 8,
	OSPFv2: 2, TableDump: 5, TableDumpV2: 13, BGP4MP: 12, BGP4MPET: 12, ISIS: 1, ISISET: 1, OSPFv3: 2, OSPFv3ET: 2,
}

// TABLE_DUMP subtypes (RFC 6396 section 4.2), and two of bgpdump for AS numbers of four octets.
const (
	tableDumpIPv4    = 1
	tableDumpIPv6    = 2
	tableDumpIPv4AS4 = 3
	tableDumpIPv6AS4 = 4
)

// TABLE_DUMP_V2 subtypes (RFC 6396 section 4.3, RFC 6397, RFC 8050 section 4).
const (
	peerIndexTable          = 1
	ribIPv4Unicast          = 2
	ribIPv4Multicast        = 3
	ribIPv6Unicast          = 4
	ribIPv6Multicast        = 5
	ribGeneric              = 6
	geoPeerTable            = 7
	ribIPv4UnicastAddPath   = 8
	ribIPv4MulticastAddPath = 9
	ribIPv6UnicastAddPath   = 10
	ribIPv6MulticastAddPath = 11
	ribGenericAddPath       = 12
)

// BGP4MP subtypes (RFC 6396 section 4.4, RFC 8050 section 3).
const (
	stateChange            = 0
	message                = 1
	messageAS4             = 4
	stateChangeAS4         = 5
	messageLocal           = 6
	messageAS4Local        = 7
	messageAddPath         = 8
	messageAS4AddPath      = 9
	messageLocalAddPath    = 10
	messageAS4LocalAddPath = 11
)

var typeNames = map[Type]string{
	0: "NULL", 1: "START", 2: "DIE", 3: "I_AM_DEAD", 4: "PEER_DOWN", BGP: "BGP", 6: "RIP", 7: "IDRP", 8: "RIPNG", 9: "BGP4PLUS", 10: "BGP4PLUS_01",
	OSPFv2: "OSPFv2", TableDump: "TABLE_DUMP", TableDumpV2: "TABLE_DUMP_V2", BGP4MP: "BGP4MP", BGP4MPET: "BGP4MP_ET", ISIS: "ISIS",
	ISISET: "ISIS_ET", OSPFv3: "OSPFv3", OSPFv3ET: "OSPFv3_ET",
}

var subtypeNames = map[Type][]string{
	BGP:         {"NULL", "UPDATE", "PREF_UPDATE", "STATE_CHANGE", "SYNC", "OPEN", "NOTIFY", "KEEPALIVE"},
	TableDump:   {"subtype 0", "AFI_IPv4", "AFI_IPv6", "AFI_IPv4_32BIT_AS", "AFI_IPv6_32BIT_AS"},
	TableDumpV2: {"subtype 0", "PEER_INDEX_TABLE", "RIB_IPV4_UNICAST", "RIB_IPV4_MULTICAST", "RIB_IPV6_UNICAST", "RIB_IPV6_MULTICAST", "RIB_GENERIC", "GEO_PEER_TABLE", "RIB_IPV4_UNICAST_ADDPATH", "RIB_IPV4_MULTICAST_ADDPATH", "RIB_IPV6_UNICAST_ADDPATH", "RIB_IPV6_MULTICAST_ADDPATH", "RIB_GENERIC_ADDPATH"},
	BGP4MP:      {"STATE_CHANGE", "MESSAGE", "ENTRY", "SNAPSHOT", "MESSAGE_AS4", "STATE_CHANGE_AS4", "MESSAGE_LOCAL", "MESSAGE_AS4_LOCAL", "MESSAGE_ADDPATH", "MESSAGE_AS4_ADDPATH", "MESSAGE_LOCAL_ADDPATH", "MESSAGE_AS4_LOCAL_ADDPATH"},
}

// Name returns the IANA registry's, or bgpdump's, names of the record's type and subtype, for example "TABLE_DUMP_V2 RIB_IPV4_UNICAST".
func (r *Record) Name() string { return r.Type.String() + " " + r.SubtypeName() }

// String returns the IANA registry's name of the type, or "type" and its number.
func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("type %d", uint16(t))
}

// SubtypeName returns the IANA registry's name of the record's subtype, or "subtype" and its number.
func (r *Record) SubtypeName() string {
	t := r.Type
	if t == BGP4MPET {
		t = BGP4MP
	}
	if names := subtypeNames[t]; int(r.Subtype) < len(names) {
		return names[r.Subtype]
	}
	return fmt.Sprintf("subtype %d", r.Subtype)
}
