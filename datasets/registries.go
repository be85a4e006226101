package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// SpecialPrefix is a block of the IANA special-purpose address registries (RFC 6890, RFC 8190).
type SpecialPrefix struct {
	RegistryDate       time.Time `col:"registry_date,date" doc:"day of the registry"`
	Registry           string    `col:"registry,label" doc:"iana-ipv4-special or iana-ipv6-special" rfc:"6890"`
	Family             uint32    `col:"family" doc:"4 or 6"`
	Prefix             string    `col:"prefix" doc:"address block in CIDR notation" rfc:"4632,4291"`
	PrefixLength       uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	Name               string    `col:"name" doc:"name of the block in the registry"`
	Reference          string    `col:"reference" doc:"defining documents as given by the registry, for example [RFC6598]"`
	AllocationDate     string    `col:"allocation_date" doc:"month of the allocation, YYYY-MM, as given by the registry"`
	TerminationDate    string    `col:"termination_date" doc:"month of the termination; empty if the registry says N/A"`
	Source             string    `col:"source" doc:"valid as a source address: true, false or n/a" rfc:"6890"`
	Destination        string    `col:"destination" doc:"valid as a destination address: true, false or n/a" rfc:"6890"`
	Forwardable        string    `col:"forwardable" doc:"a router may forward it: true, false or n/a" rfc:"6890"`
	GloballyReachable  string    `col:"globally_reachable" doc:"may be reached from the whole Internet: true, false or n/a" rfc:"8190"`
	ReservedByProtocol string    `col:"reserved_by_protocol" doc:"IP implementations must treat it specially: true, false or n/a" rfc:"6890"`
}

// SpecialPrefixes has one row for each block of each registry file.
var SpecialPrefixes = table.New[SpecialPrefix](table.Doc{
	Name: "special_prefixes", Version: 1, Partition: "a registry file",
	Row: "An address block with a special purpose, in the IANA registry of a day.",
})

// Delegation is a record of an RIR's delegation statistics.
type Delegation struct {
	FileDate time.Time  `col:"file_date,date" doc:"end date in the file's version line, otherwise the day given for the file"`
	Registry string     `col:"registry,label" doc:"afrinic, apnic, arin, lacnic, ripencc or iana"`
	Country  string     `col:"country" doc:"ISO 3166 code of the organisation; empty or ZZ if none is given"`
	Type     string     `col:"type" doc:"asn, ipv4 or ipv6"`
	Start    string     `col:"start" doc:"first address or AS number of the range"`
	Value    int64      `col:"value" doc:"number of addresses (ipv4), of AS numbers (asn), or the prefix length (ipv6)"`
	Date     *time.Time `col:"date,date" doc:"day of the delegation; null if the file has none"`
	Status   string     `col:"status" doc:"allocated, assigned, available or reserved; in IANA’s own file the registry that holds the range, iana or ietf"`
	OpaqueID string     `col:"opaque_id" doc:"holder's handle in the extended format; empty in the plain one"`
}

// Delegations has one row for each record of each file.
var Delegations = table.New[Delegation](table.Doc{
	Name: "delegations", Version: 1, Partition: "a registry file",
	Row: "A range of addresses or AS numbers that a regional registry has delegated, reserved or still holds.",
	ValidFor: []table.Validity{
		{Lines: "available", Days: 31, Why: "a registry may delegate available resources at any time"},
		{Lines: "reserved", Days: 366, Why: "a registry may release reserved resources within a year"},
	},
})

// NamesRegistry reports whether the record is one of IANA's own file, which tells the registry in charge of a range and not
// whether that has delegated it.
func (d *Delegation) NamesRegistry() bool {
	switch d.Status {
	case "allocated", "assigned", "available", "reserved":
		return false
	}
	return true
}

// LocalException is a filter or an assertion of a SLURM file.
type LocalException struct {
	FileDate     time.Time `col:"file_date,date" doc:"first day on which the file applies; it applies until the next one"`
	Object       string    `col:"object" doc:"what the exception is to: roa or aspa" rfc:"8416"`
	Action       string    `col:"action" doc:"filter: matching objects are ignored; assert: one is added" rfc:"8416"`
	ASN          *int64    `col:"asn" doc:"AS of the payloads, or customer of the ASPAs; null: a filter for any AS" rfc:"8416"`
	Provider     *int64    `col:"provider_asn" doc:"provider that an assertion of an ASPA adds; null otherwise"`
	Prefix       string    `col:"prefix" doc:"of a filter, the block of its payloads, empty for any; of an assertion, its prefix" rfc:"8416"`
	PrefixLength uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix; 0 without one"`
	MaxLength    uint32    `col:"max_length" unit:"bits" doc:"longest more specific prefix that an assertion authorises; 0 for a filter" rfc:"8416"`
	Comment      string    `col:"comment" doc:"comment of the file's author"`
}

// LocalExceptions has one row for each filter and assertion of each file; an assertion of an ASPA has one for each provider.
var LocalExceptions = table.New[LocalException](table.Doc{
	Name: "local_exceptions", Version: 2, Partition: "a SLURM file",
	Row: "A local exception to the validated payloads or ASPAs (RFC 8416, draft-ietf-sidrops-aspa-slurm).",
})
