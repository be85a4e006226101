package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// ASLink is a pair of neighbouring ASes on the paths of an hour's dumps.
type ASLink struct {
	Time     time.Time `col:"time,label" doc:"hour of the dumps whose paths are read together, UTC"`
	Family   uint32    `col:"family" doc:"4 or 6; the relations of each family are inferred from its own paths"`
	ASNA     uint32    `col:"as_a" doc:"the lower AS number of the two"`
	ASNB     uint32    `col:"as_b" doc:"the higher AS number"`
	Relation string    `col:"relation" doc:"what as_a is to as_b: provider, customer or peer, inferred as in Luckie et al., AS Relationships, Customer Cones, and Validation (IMC 2013); unknown: the paths do not show it"`
	Basis    string    `col:"basis" doc:"step of the method that decided: clique, top-down, partial-vantage, larger-customer, no-provider, stub-of-clique, folded-peers, nothing-else; undecided where the relation is unknown"`
	Paths    int64     `col:"paths" unit:"paths" doc:"distinct paths, without prepending, on which the two are neighbours"`
	Vantages int64     `col:"vantages" unit:"ASes" doc:"distinct ASes at the beginning of those paths: the vantage points that show the link"`
	Of       int64     `col:"vantages_total" unit:"ASes" doc:"all vantage points of the hour and family"`
}

// ASLinks has one row for each pair of neighbours of each hour that has dumps with paths.
var ASLinks = table.New[ASLink](table.Doc{
	Name: "as_links", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "Two ASes that are neighbours on a path: what they are to each other, and the evidence for it. Route servers that the configuration names (analysis.route_servers) are removed from the paths; any other one is a neighbour.",
})

// ASTopology is where an AS stands among the others on the paths of an hour's dumps.
type ASTopology struct {
	Time          time.Time `col:"time,label" doc:"hour of the dumps whose paths are read together, UTC"`
	Family        uint32    `col:"family" doc:"4 or 6"`
	ASN           uint32    `col:"asn" doc:"the AS"`
	Clique        bool      `col:"in_clique" doc:"it is one of the ASes at the top, which peer with each other and have no provider"`
	TransitDegree int64     `col:"transit_degree" unit:"ASes" doc:"neighbours that appear beside it where it is inside a path"`
	Providers     int64     `col:"providers" unit:"ASes" doc:"neighbours that are its providers, its upstreams"`
	Peers         int64     `col:"peers" unit:"ASes" doc:"neighbours that are its peers"`
	Customers     int64     `col:"customers" unit:"ASes" doc:"neighbours that are its customers"`
	Unknown       int64     `col:"unknown_neighbours" unit:"ASes" doc:"neighbours of which the relation is unknown"`
	ConeASes      int64     `col:"cone_ases" unit:"ASes" doc:"its customer cone: itself, and the ASes that its providers and peers are seen to reach over its customers (provider/peer observed cone)"`
	ConePrefixes  int64     `col:"cone_prefixes" unit:"prefixes" doc:"prefixes of the filtered table that originate in the cone; of several origins the one with the most peers counts"`
	ConeAddresses int64     `col:"cone_addresses" unit:"addresses" doc:"IPv4 addresses, or IPv6 /48, of which the most specific of these prefixes originates in the cone"`
	Hegemony      *float64  `col:"hegemony" unit:"share" doc:"share of the paths of full-feed peers, weighted by addresses, that it lies on: mean over their ASes without the tenth with the largest and the tenth with the smallest share, rounded up (Fontugne, Shah, Aben, The (thin) Bridges of AS Connectivity, PAM 2018); null: fewer than three ASes send a full table"`
	FullFeeds     int64     `col:"full_feed_ases" unit:"ASes" doc:"distinct ASes that send a full table of the family"`
	Vantages      int64     `col:"vantages_total" unit:"ASes" doc:"all vantage points of the hour and family"`
}

// ASDependency is an AS on many of the paths to another.
type ASDependency struct {
	Time      time.Time `col:"time,label" doc:"hour of the dumps whose paths are read together, UTC"`
	Family    uint32    `col:"family" doc:"4 or 6"`
	ASN       uint32    `col:"asn" doc:"origin AS, to which the paths lead"`
	On        uint32    `col:"on_asn" doc:"AS that lies on them"`
	Hegemony  float64   `col:"hegemony" unit:"share" doc:"local hegemony: share of the paths of full-feed peers to the origin, weighted by addresses, that the AS lies on; mean over the ASes of the peers without the tenth with the largest and the tenth with the smallest share, rounded up (Fontugne, Shah, Aben, The (thin) Bridges of AS Connectivity, PAM 2018)"`
	FullFeeds int64     `col:"full_feed_ases" unit:"ASes" doc:"distinct ASes, other than the origin, that send a full table and have a path to the origin; with fewer than three there is no row"`
}

// ASDependencies has one row for each AS on a twentieth or more of the paths to an origin, for each hour that has dumps with paths.
var ASDependencies = table.New[ASDependency](table.Doc{
	Name: "as_dependencies", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "An AS on which another depends: its local hegemony of 0.05 or more.",
})

// ASTopologies has one row for each AS on the paths of each hour that has dumps with paths.
var ASTopologies = table.New[ASTopology](table.Doc{
	Name: "as_topology", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "An AS at a time: its neighbours by relation, its customer cone, its hegemony.",
})
