package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// DomainDelegation is a name of a domain and whether a resolver without IPv4 gets to it; of a zone, one of its name servers.
type DomainDelegation struct {
	RunID      string    `col:"run_id,label,place" doc:"the probe run"`
	StartedAt  time.Time `col:"started_at" doc:"time at which the last attempt to follow the name began, UTC"`
	ListID     string    `col:"list_id" doc:"list from which the domain was taken"`
	Domain     string    `col:"domain" doc:"domain as listed, in A-labels" rfc:"5890"`
	Kind       string    `col:"kind" doc:"what the name is to the domain: zone (its own zone, with a row for each address of each name server in the parent's delegation), apex (the domain itself, where it is an alias), www, mx or https (a host of an HTTPS record)"`
	Host       string    `col:"host" doc:"the name that was followed from the root servers over IPv6 alone"`
	Zones      string    `col:"zones" doc:"zones that were passed, from the root (.) on, through aliases, separated by spaces"`
	Resolvable string    `col:"resolvable" doc:"whether a resolver without IPv4 gets to the zone of the name: yes, no or unknown" rfc:"3901"`
	Step       string    `col:"failing_step" doc:"the step that fails: no-aaaa (no name server of the zone has an AAAA record), no-glue (its name servers are inside the zone, and the parent has no AAAA glue for them), ns-zone (the names of its name servers cannot be reached), no-answer (no name server answers for the zone over IPv6), loop, not-tested (opted out, or the domain's budget of queries is used up), root (no root server answers, which is likely the vantage's fault); empty: none" rfc:"1034,9471"`
	Zone       string    `col:"failing_zone" doc:"zone at which it fails; empty: none"`
	Reason     string    `col:"reason" doc:"what failed, in words; empty: nothing"`
	NameServer string    `col:"name_server" doc:"name server of the zone as the parent has it; empty: the name is not a zone, or its delegation was not reached"`
	Address    string    `col:"address" doc:"IPv6 address of the name server; empty: none was found"`
	Glue       bool      `col:"glue" doc:"the parent's servers gave the address with the delegation" rfc:"9471"`
	Result     string    `col:"result" doc:"what the address answers to a query for the zone's SOA over UDP: ok, lame, timeout, refused, unreachable, special (a special-purpose address), skipped, unknown or error; without an address why there is none: no-aaaa, no-glue, ns-zone or unknown; empty: there is no name server"`
	TCPResult  string    `col:"tcp_result" doc:"the same over TCP, asked once a run and address; empty: it was not asked, since the address does not answer over UDP" rfc:"7766,9210"`
	Error      string    `col:"error" doc:"what went wrong with the name server, in words; empty: nothing"`
	Attempts   uint32    `col:"attempts" doc:"attempts to follow the name until this result"`
}

// DomainDelegations has the names of each domain of a run, followed from the root over IPv6.
var DomainDelegations = table.New[DomainDelegation](table.Doc{
	Name: "domain_delegations", Version: 1, Partition: "a probe run",
	Row: "A name of a domain and whether a resolver without IPv4 gets to it from the root; of the domain's own zone, an address of one of its name servers.",
})
