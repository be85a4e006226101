package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// IRRRoute is a route or route6 object of an Internet Routing Registry.
type IRRRoute struct {
	FileDate     time.Time  `col:"file_date,date" doc:"day of the dump"`
	Source       string     `col:"source" doc:"registry that holds the object, as it says itself, in capitals: RIPE, RADB, ARIN and so on" rfc:"2622"`
	Family       uint32     `col:"family" doc:"4 for a route object, 6 for a route6 object" rfc:"2622,4012"`
	Prefix       string     `col:"prefix" doc:"address block in CIDR notation" rfc:"2622,4012"`
	PrefixLength uint32     `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	OriginASN    uint32     `col:"origin_asn" doc:"AS that originates the prefix" rfc:"2622"`
	MntBy        string     `col:"mnt_by" doc:"maintainers of the object, with a space between; empty: none is named" rfc:"2622"`
	MemberOf     string     `col:"member_of" doc:"route sets that the object asks to be a member of, with a space between; empty: none" rfc:"2622"`
	Created      *time.Time `col:"created" doc:"time at which the object was created, UTC; null: the dump does not say"`
	LastModified *time.Time `col:"last_modified" doc:"time at which the object was last changed, UTC; null: the dump does not say"`
}

// IRRRoutes has one row for each route object of each dump.
var IRRRoutes = table.New[IRRRoute](table.Doc{
	Name: "irr_routes", Version: 1, Partition: "a dump",
	Row: "A route object: that an AS originates a prefix, as a registry of routes says (RPSL, RFC 2622 and RFC 4012).",
	ValidFor: []table.Validity{
		{Days: 8, Why: "registries publish a dump every day, objects change slowly, and a week is the longest sensible pause between two fetches"},
	},
})
