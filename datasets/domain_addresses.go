package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// DomainAddress is an address of a host of a domain, with what the registries and the routing table at the time of the run
// say about it.
type DomainAddress struct {
	RunID    string    `col:"run_id,place" doc:"the probe run"`
	RunTime  time.Time `col:"run_time" doc:"start of the run, UTC"`
	ListID   string    `col:"list_id" doc:"list from which the domain was taken"`
	Rank     uint32    `col:"rank" doc:"rank of the domain in the list; 0: none"`
	Stratum  string    `col:"stratum" doc:"1k, 10k, 100k or 1M: the smallest of these heads of the list that contains the rank; empty: none"`
	Domain   string    `col:"domain" doc:"domain as listed, in A-labels" rfc:"5890"`
	HostKind string    `col:"host_kind" doc:"apex, www, ns or mx"`
	Host     string    `col:"host" doc:"host that has the address"`
	Family   uint32    `col:"family" doc:"4 or 6"`
	Address  string    `col:"address" doc:"address of an A or AAAA record" rfc:"1035,3596"`

	Standing     string `col:"standing" doc:"global; special: in a special-purpose block that is not globally reachable, or a translator’s; dns64: synthesised by the resolver; unknown: no special-purpose registry of that day is available" rfc:"6890,6052,6147"`
	SpecialBlock string `col:"special_block" doc:"line of the special-purpose registry that contains the address, for example fe80::/10 Link-Local Unicast [RFC4291]; empty: none" rfc:"6890,8190"`
	EmbeddedIPv4 string `col:"embedded_ipv4" doc:"IPv4 address embedded in the address; empty: none" rfc:"6052,8215,4291,3056,4380"`
	EmbeddedForm string `col:"embedded_form" doc:"how it is embedded: mapped, compatible, well-known, local-use, 6to4, teredo or isatap; empty: it is not" rfc:"6052,8215,4291,3056,4380,5214"`

	Tests   uint32 `col:"tests" doc:"services that were tested at the address, and work at some address of this host: others are not offered, or fail for a reason that is not the address's"`
	Failing string `col:"failing" doc:"of these, the services that did not work, as service=result, comma-separated; empty: none, or none was tested"`

	Routed     string   `col:"routed" doc:"yes: a prefix of the filtered table contains the address; no: none does; unknown: no table from the 31 days before the run is available"`
	Prefix     string   `col:"prefix" doc:"the longest such prefix; empty: none" rfc:"4632"`
	OriginASN  uint32   `col:"origin_asn" doc:"its origin; of several, the most visible; 0: none, or an AS_SET" rfc:"4271"`
	Origins    string   `col:"origins" doc:"all its origins, ascending, comma-separated"`
	ASName     string   `col:"as_name" doc:"name of the origin; empty: unknown"`
	Visibility *float64 `col:"visibility" unit:"share" doc:"share of the full-feed peers that carry the prefix with this origin; null: there is no route, or the table does not say"`
	Verdict    string   `col:"verdict" doc:"how far the route reaches, as in route_states; empty: no route"`
	BogonClass string   `col:"bogon_class" doc:"of the route, as in route_states; empty: no route"`
	ROVState   string   `col:"rov_state" doc:"of the route, as in route_states; empty: no route" rfc:"6811"`

	RouteTime   *time.Time `col:"route_time" doc:"hour of the routing table that was used, UTC; null: none"`
	SpecialDate string     `col:"special_registry_date" doc:"days of the special-purpose registries that were used, YYYY-MM-DD, comma-separated; empty: none"`
	NamesDate   string     `col:"as_names_date" doc:"day of the AS names that were used, which may be later than the run; empty: none"`
}

// DomainAddresses has one row for each address of each host of each domain of each probe run.
var DomainAddresses = table.New[DomainAddress](table.Doc{
	Name: "domain_addresses", Version: 3, Derived: true, Partition: "a probe run",
	Row: "An address that a host of a domain has, with its special-purpose block, the embedded IPv4 address, and its route: origin, visibility, validity.",
})
