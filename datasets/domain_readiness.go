package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// DomainReadiness is the IPv6 class of a domain's service in one run.
type DomainReadiness struct {
	RunID       string     `col:"run_id,place" doc:"the probe run"`
	RunTime     time.Time  `col:"run_time" doc:"start of the run, UTC"`
	VantageASN  uint32     `col:"vantage_asn" doc:"AS in which the probe ran, as configured; 0: not configured"`
	ListID      string     `col:"list_id" doc:"list from which the domain was taken"`
	ListDate    *time.Time `col:"list_date,date" doc:"day of the list; null: unknown"`
	Rank        uint32     `col:"rank" doc:"rank of the domain in the list; 0: none"`
	Stratum     string     `col:"stratum" doc:"1k, 10k, 100k or 1M: the smallest of these heads of the list that contains the rank; empty: none"`
	Panel       bool       `col:"panel" doc:"the domain is in the fixed panel: for trends"`
	Refreshed   bool       `col:"refreshed" doc:"the domain was drawn for this run, or the whole list was probed: for the level"`
	SampleSeed  int64      `col:"sample_seed" doc:"seed with which the refreshed sample was drawn; 0: none was drawn"`
	Domain      string     `col:"domain" doc:"domain as listed, in A-labels" rfc:"5890"`
	Service     string     `col:"service" doc:"dns (its name servers), mail (its mail exchangers), http and https (apex and www), web (both), domain (what a client with IPv6 only gets of web and mail, to which the name servers must lead it)"`
	Class       string     `col:"class" doc:"ready, partial, broken, invalid-aaaa, none, v6-only, n/a or unknown; of domain: all (every service that it offers is ready, and a resolver without IPv4 finds it), some (one is, or a part of one), none (no service works, or none is found without IPv4), n/a (it offers neither web nor mail) or unknown" rfc:"8305,7505"`
	Cause       string     `col:"cause" doc:"the deciding cause, as a word to count by: no-aaaa, special-aaaa, lookup-failed, dns64, no-baseline, refused, timeout, unreachable, tls, http-error, smtp-error, lame, some-fail, host-without-aaaa, differs, redirect-without-aaaa, rate-limited, not-offered, no-host, nxdomain, null-mx, not-probed, skipped, no-registry; of domain: dns, resolution, resolution-unknown, services, unknown-service, or the cause of web or dns; empty: it is ready, all or some"`
	Reason      string     `col:"reason" doc:"the deciding cause, in words"`
	Resolvable  string     `col:"resolvable" doc:"whether a resolver without IPv4 finds the service, by domain_delegations: yes, some (not all of its hosts), no, unknown (a step could not be tested, or the run is older than the test); of domain: all that it offers; empty: the service is not offered" rfc:"3901"`
	FailingStep string     `col:"failing_step" doc:"the first step that fails, as in domain_delegations; empty: none"`
	FailingZone string     `col:"failing_zone" doc:"zone at which it fails; empty: none"`
	DNSSEC      string     `col:"dnssec" doc:"state of the domain's zone: secure (the parent has a DS record, and the resolver validated an answer: AD bit), signed (a DS record, but the resolver does not say that it validates), insecure (no DS record), bogus (the resolver says so, RFC 8914, or answers with SERVFAIL unless it is asked not to validate) or unknown" rfc:"4035,8914"`

	Hosts        uint32   `col:"hosts" doc:"hosts of the service: apex and www, name servers, or mail exchangers"`
	HostsIPv6    uint32   `col:"hosts_ipv6" doc:"hosts with a global AAAA"`
	Addresses6   uint32   `col:"ipv6_addresses" doc:"distinct global IPv6 addresses of the service"`
	Working6     uint32   `col:"ipv6_working" doc:"addresses on which it works for every host"`
	Special6     uint32   `col:"ipv6_special" doc:"distinct addresses of AAAA records that are special-purpose and not globally reachable, or a translator's" rfc:"6890,6052"`
	DNS64        uint32   `col:"ipv6_through_dns64" doc:"distinct addresses that the resolver's DNS64 synthesised, which do not count" rfc:"6147"`
	Addresses4   uint32   `col:"ipv4_addresses" doc:"distinct IPv4 addresses of the service"`
	Working4     uint32   `col:"ipv4_working" doc:"addresses on which it works for every host"`
	Status4      *int64   `col:"ipv4_http_status" doc:"HTTP status over IPv4 of the deciding host, or of the first; null: none" rfc:"9110"`
	Status6      *int64   `col:"ipv6_http_status" doc:"HTTP status over IPv6 of the same host; null: none" rfc:"9110"`
	Similarity   *float64 `col:"body_similarity" unit:"share" doc:"smallest share of a body that is the same over both families; null: at least one body is missing"`
	Certificates bool     `col:"certificates_ok" doc:"every certificate that was presented is valid; true if none was"`
	BaselineOK   bool     `col:"baseline_ok" doc:"the control hosts were reachable over IPv6 in this run"`
	SpecialDate  string   `col:"special_registry_date" doc:"day of the special-purpose registry that was used, YYYY-MM-DD; empty: none"`
}

// DomainReadinesses has one row for each (domain, service) of each probe run.
var DomainReadinesses = table.New[DomainReadiness](table.Doc{
	Name: "domain_readiness", Version: 4, Derived: true, Partition: "a probe run",
	Row: "The IPv6 readiness of a domain, or of one of its services, in a probe run.",
})
