package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// IPv6Probe is one result of a probe run: a lookup, or a connection to one address.
type IPv6Probe struct {
	RunID             string    `col:"run_id" doc:"the run, named by its source and start"`
	StartedAt         time.Time `col:"started_at" doc:"time at which this test began, UTC"`
	ListID            string    `col:"list_id" doc:"list that the domain was taken from"`
	Rank              uint32    `col:"rank" doc:"rank of the domain in the list; 0: the list has no ranks"`
	Domain            string    `col:"domain" doc:"domain as listed, in A-labels" rfc:"5890"`
	HostKind          string    `col:"host_kind" doc:"apex, www, ns or mx"`
	Host              string    `col:"host" doc:"host that was looked up or connected to"`
	Resolver          string    `col:"resolver" doc:"recursive resolver that was asked"`
	Test              string    `col:"test" doc:"lookup or connect"`
	QType             string    `col:"qtype" doc:"A, AAAA, NS or MX; for a connection the type that gave the address" rfc:"1035,3596"`
	RCode             string    `col:"rcode" doc:"response code such as NOERROR or SERVFAIL; empty: no response" rfc:"1035,6895"`
	AuthenticatedData bool      `col:"authenticated_data" doc:"AD bit of the response" rfc:"4035"`
	TTL               *int64    `col:"ttl" unit:"seconds" doc:"smallest TTL of the answer; null where there is none" rfc:"1035"`
	CNAMEChain        string    `col:"cname_chain" doc:"names that the CNAMEs led over, space-separated" rfc:"1034"`
	Address           string    `col:"address" doc:"address of an A or AAAA record, one row each; empty: the lookup gave none"`
	Service           string    `col:"service" doc:"http, https, smtp or dns for a connection; empty for a lookup"`
	Port              uint32    `col:"port" doc:"TCP port; 0 for a lookup" rfc:"9293"`
	Family            uint32    `col:"family" doc:"4 or 6; 0 where it does not apply"`
	Result            string    `col:"result" doc:"ok, no-data, nxdomain, null-mx, refused, timeout, unreachable or error; an error is never an absence" rfc:"7505"`
	ConnectMS         *float64  `col:"connect_ms" unit:"ms" doc:"time of the TCP handshake; null where none was made"`
	Attempts          uint32    `col:"attempts" doc:"tries until this result"`
	Error             string    `col:"error" doc:"what went wrong, in words; empty: nothing"`
	BaselineOK        bool      `col:"baseline_ok" doc:"the control hosts were reachable over IPv6 in this run; if not, it gives no IPv6 verdict"`
}

// IPv6Probes has one row for each lookup result and connection of each run.
var IPv6Probes = table.New[IPv6Probe](table.Doc{
	Name: "ipv6_probes", Version: 1, Partition: "a probe run",
	Row: "A DNS lookup or a TCP connection of a probe run, with its result.",
})

// DomainReadiness is the IPv6 class of a domain's service in one run.
type DomainReadiness struct {
	RunID       string    `col:"run_id" doc:"the probe run"`
	RunTime     time.Time `col:"run_time" doc:"start of the run, UTC"`
	ListID      string    `col:"list_id" doc:"list that the domain was taken from"`
	Rank        uint32    `col:"rank" doc:"rank of the domain in the list; 0: none"`
	Domain      string    `col:"domain" doc:"domain as listed, in A-labels" rfc:"5890"`
	Service     string    `col:"service" doc:"web (apex or www over http and https), mail (its mail exchangers) or dns (its name servers)"`
	Class       string    `col:"class" doc:"ready, partial, broken, invalid-aaaa, none, v6-only, n/a or unknown" rfc:"8305,7505"`
	Reason      string    `col:"reason" doc:"what decided, in words"`
	Addresses6  uint32    `col:"ipv6_addresses" doc:"distinct global IPv6 addresses of the service"`
	Working6    uint32    `col:"ipv6_working" doc:"those on which a connection succeeded"`
	Addresses4  uint32    `col:"ipv4_addresses" doc:"distinct IPv4 addresses of the service"`
	Working4    uint32    `col:"ipv4_working" doc:"those on which a connection succeeded"`
	SpecialDate string    `col:"special_registry_date" doc:"day of the special-purpose registry that was used, YYYY-MM-DD; empty: none"`
}

// DomainReadinesses has one row for each (domain, service) of each probe run.
var DomainReadinesses = table.New[DomainReadiness](table.Doc{
	Name: "domain_readiness", Version: 1, Derived: true, Partition: "a probe run",
	Row: "The IPv6 readiness of a domain for web, mail or DNS in a probe run.",
})
