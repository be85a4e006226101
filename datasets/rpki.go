package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// ROA is a validated ROA payload (RFC 6811 section 2).
type ROA struct {
	FileDate     time.Time  `col:"file_date,date" doc:"day on which the payload was valid"`
	ASN          uint32     `col:"asn" doc:"AS that may originate the prefix; 0: no AS may" rfc:"6811,6483"`
	Family       uint32     `col:"family" doc:"4 or 6"`
	Prefix       string     `col:"prefix" doc:"address block in CIDR notation"`
	PrefixLength uint32     `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	MaxLength    uint32     `col:"max_length" unit:"bits" doc:"longest more specific prefix that is authorised" rfc:"6482,9582"`
	TrustAnchor  string     `col:"trust_anchor" doc:"trust anchor under which the payload was validated, as the file names it; empty: the file does not say" rfc:"8630"`
	Expires      *time.Time `col:"expires" doc:"time until which the payload is valid, as far as the file says; null: it does not"`
}

// ROAs has one row for each validated payload of each file.
var ROAs = table.New[ROA](table.Doc{
	Name: "roas", Version: 2, Partition: "a registry file",
	Row: "A validated ROA payload (VRP): an AS that is authorised to originate a prefix.",
	ValidFor: []table.Validity{
		{Days: 3, Why: "ROAs are issued and revoked every day, and each trust anchor's payloads say something of the prefixes of its own registry only"},
	},
})

// ASPA is an AS that another one authorises as its provider.
type ASPA struct {
	FileDate    time.Time  `col:"file_date,date" doc:"day on which the ASPA was valid"`
	Customer    uint32     `col:"customer_asn" doc:"AS that names its providers"`
	Provider    uint32     `col:"provider_asn" doc:"one of them; 0: the customer has none"`
	TrustAnchor string     `col:"trust_anchor" doc:"trust anchor under which the ASPA was validated; empty: the file does not say" rfc:"8630"`
	Expires     *time.Time `col:"expires" doc:"time until which the ASPA is valid, as far as the file says; null: it does not"`
}

// ASPAs has one row for each provider of each ASPA of each file.
var ASPAs = table.New[ASPA](table.Doc{
	Name: "aspas", Version: 1, Partition: "a registry file",
	Row: "A provider that an AS authorises to pass its routes on (ASPA, draft-ietf-sidrops-aspa-profile).",
	ValidFor: []table.Validity{
		{Days: 3, Why: "ASPAs are issued and revoked every day"},
	},
})

// RouterKey is a key with which routers of an AS may sign paths.
type RouterKey struct {
	FileDate    time.Time  `col:"file_date,date" doc:"day on which the key was valid"`
	ASN         uint32     `col:"asn" doc:"AS whose routers sign with the key" rfc:"8635"`
	SKI         string     `col:"subject_key_identifier" doc:"identifier of the key, in hexadecimal" rfc:"8635,8608"`
	Key         string     `col:"public_key" doc:"the key, in base 64" rfc:"8608"`
	TrustAnchor string     `col:"trust_anchor" doc:"trust anchor under which the key was validated; empty: the file does not say" rfc:"8630"`
	Expires     *time.Time `col:"expires" doc:"time until which the key is valid, as far as the file says; null: it does not"`
}

// RouterKeys has one row for each key of each file.
var RouterKeys = table.New[RouterKey](table.Doc{
	Name: "router_keys", Version: 1, Partition: "a registry file",
	Row: "A key with which the routers of an AS may sign BGP paths (BGPsec).",
})
