package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// AddressBlock is a line of IANA's registries of IPv4 address space and of IPv6 global unicast assignments.
type AddressBlock struct {
	RegistryDate time.Time `col:"registry_date,date" doc:"day of the registry"`
	Registry     string    `col:"registry,label" doc:"iana-ipv4-space or iana-ipv6-unicast" rfc:"7249"`
	Family       uint32    `col:"family" doc:"4 or 6"`
	Prefix       string    `col:"prefix" doc:"address block in CIDR notation" rfc:"4632,4291"`
	PrefixLength uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	Designation  string    `col:"designation" doc:"registry or organisation that has the block"`
	Allocated    string    `col:"allocated" doc:"date of the allocation, as given by the registry: YYYY-MM or YYYY-MM-DD; empty: unknown"`
	Status       string    `col:"status" doc:"allocated, legacy, reserved or unallocated"`
	Note         string    `col:"note" doc:"note of the registry"`
}

// AddressBlocks has one row for each block of each registry file.
var AddressBlocks = table.New[AddressBlock](table.Doc{
	Name: "address_blocks", Version: 1, Partition: "a registry file",
	Row: "A block of addresses that IANA has allocated to a regional registry, or holds itself.",
	ValidFor: []table.Validity{
		{Lines: "unallocated", Days: 31, Why: "IANA may allocate such a block at any time, and a later file says since when"},
		{Lines: "reserved", Days: 366, Why: "reservations end rarely, and with a document of the IETF"},
		{Lines: "outside", Days: 31, Why: "addresses that no block contains may be allocated at any time"},
	},
})

// ASBlock is a line of IANA's registry of AS numbers.
type ASBlock struct {
	RegistryDate time.Time `col:"registry_date,date" doc:"day of the registry"`
	First        uint32    `col:"first_asn" doc:"first AS number of the range" rfc:"6793"`
	Last         uint32    `col:"last_asn" doc:"last AS number of the range" rfc:"6793"`
	Status       string    `col:"status" doc:"assigned, reserved or unallocated"`
	Description  string    `col:"description" doc:"description in the registry, for example Assigned by LACNIC"`
	Assigned     string    `col:"assigned" doc:"date of the assignment, as given by the registry; empty: unknown"`
	Reference    string    `col:"reference" doc:"defining documents, for example [RFC6996]; empty: none"`
}

// ASBlocks has one row for each range of each registry file.
var ASBlocks = table.New[ASBlock](table.Doc{
	Name: "as_blocks", Version: 1, Partition: "a registry file",
	Row: "A range of AS numbers that IANA has assigned to a regional registry, reserves or still holds.",
	ValidFor: []table.Validity{
		{Lines: "unallocated", Days: 31, Why: "IANA may assign such a range at any time"},
	},
})

// ASName is the name under which an AS is registered.
type ASName struct {
	FileDate time.Time `col:"file_date,date" doc:"day of the name"`
	ASN      uint32    `col:"asn" doc:"AS number" rfc:"6793"`
	Name     string    `col:"name" doc:"name and organisation, as given by the list"`
	Country  string    `col:"country" doc:"ISO 3166 code at the end of the name; empty: none"`
}

// ASNames has one row for each AS of each list.
var ASNames = table.New[ASName](table.Doc{
	Name: "as_names", Version: 1, Partition: "a list",
	Row: "The name of an AS on a day.",
})

// BogonPrefix is a line of a list of bogons.
type BogonPrefix struct {
	FileDate     time.Time `col:"file_date,date" doc:"day of the list"`
	List         string    `col:"list" doc:"file name of the list"`
	Family       uint32    `col:"family,label" doc:"4 or 6"`
	Prefix       string    `col:"prefix" doc:"address block in CIDR notation: every prefix in it is a bogon"`
	PrefixLength uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
}

// BogonPrefixes has one row for each block of each list.
var BogonPrefixes = table.New[BogonPrefix](table.Doc{
	Name: "bogon_prefixes", Version: 1, Partition: "a list",
	Row: "A block in a list of bogons, for example Team Cymru's, on a day.",
	ValidFor: []table.Validity{
		{Days: 31, Why: "such a list changes whenever a registry delegates a block"},
	},
})
