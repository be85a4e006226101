package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// IPv6Probe is one result of a probe run: a record that a lookup returned, a name server's answer for its zone, or how far a
// connection to one address got.
type IPv6Probe struct {
	RunID      string     `col:"run_id,label" doc:"the run, named by its source and start"`
	StartedAt  time.Time  `col:"started_at" doc:"time at which the last attempt of this test began, UTC"`
	VantageASN uint32     `col:"vantage_asn" doc:"AS that the probe ran in, as configured; 0: not told"`
	ListID     string     `col:"list_id" doc:"list that the domain was taken from, such as Tranco's ID of it"`
	ListDate   *time.Time `col:"list_date,date" doc:"day of the list; null: not told"`
	Rank       uint32     `col:"rank" doc:"rank of the domain in the list; 0: the list has no ranks"`
	Stratum    string     `col:"stratum" doc:"1k, 10k, 100k or 1M: the smallest of these heads of the list that holds the rank; empty: none"`
	Panel      bool       `col:"panel" doc:"the domain is of the fixed panel, which is the same in every run: for trends"`
	Refreshed  bool       `col:"refreshed" doc:"the domain was drawn for this run, or the whole list was probed: for the level"`
	SampleSeed int64      `col:"sample_seed" doc:"seed by which the refreshed sample was drawn; 0: none was"`
	Domain     string     `col:"domain" doc:"domain as listed, in A-labels" rfc:"5890"`
	HostKind   string     `col:"host_kind" doc:"apex, www, ns, mx, or control for the hosts of the baseline"`
	Host       string     `col:"host" doc:"host that was looked up, asked or connected to"`
	Resolver   string     `col:"resolver" doc:"recursive resolver that was asked"`
	Test       string     `col:"test" doc:"lookup: a question to the resolver; authority: one to a name server of the domain; connect: a TCP connection, with what was said over it"`

	QType             string   `col:"qtype" doc:"A, AAAA, NS, MX, HTTPS or SOA; for a connection the type that gave the address" rfc:"1035,3596,9460"`
	RCode             string   `col:"rcode" doc:"response code such as NOERROR or SERVFAIL; empty: no response" rfc:"1035,6895"`
	Authoritative     bool     `col:"authoritative" doc:"AA bit of the response" rfc:"1035"`
	AuthenticatedData bool     `col:"authenticated_data" doc:"AD bit of the response" rfc:"4035"`
	OverTCP           bool     `col:"over_tcp" doc:"the answer came over TCP, as over UDP it was truncated" rfc:"7766"`
	AnswerMS          *float64 `col:"answer_ms" unit:"ms" doc:"time from question to answer; null: no answer, or a connection"`
	TTL               *int64   `col:"ttl" unit:"seconds" doc:"smallest TTL of the answer; null where there is none" rfc:"1035"`
	CNAMEChain        string   `col:"cname_chain" doc:"names that the CNAMEs led over, space-separated" rfc:"1034"`
	Target            string   `col:"target" doc:"host of an NS, MX or HTTPS record, one row each; empty: not of such a record, or a null MX" rfc:"7505,9460"`

	Address      string `col:"address" doc:"address of an A or AAAA record, or hint of an HTTPS record, one row each; of other tests the one that was asked or connected to; empty: the lookup gave none"`
	SpecialClass string `col:"special_class" doc:"what the address alone says by the RFC of its format: link-local, unique-local, v4-mapped, nat64, nat64-local, 6to4, teredo, documentation and so on; empty: nothing. IANA's registry judges in domain_readiness" rfc:"4291,4193,6052,8215,3849,6890"`
	EmbeddedIPv4 string `col:"embedded_ipv4" doc:"IPv4 address that the format of the IPv6 address carries; empty: none" rfc:"4291,6052,3056,4380"`
	ThroughDNS64 bool   `col:"through_dns64" doc:"the address lies in a prefix that the resolver's DNS64 makes answers of: it says nothing of the domain" rfc:"6147,7050"`

	Service   string   `col:"service" doc:"dns, http, https or smtp; empty for a lookup"`
	Port      uint32   `col:"port" doc:"port that was asked or connected to; 0 for a lookup" rfc:"9293"`
	Family    uint32   `col:"family" doc:"4 or 6; 0 where it does not apply"`
	Result    string   `col:"result" doc:"ok, no-data, nxdomain, null-mx, lame (answers, but not with authority), refused, timeout, unreachable, tls_error, http_error, smtp_error, skipped or error; an error is never an absence" rfc:"7505"`
	ConnectMS *float64 `col:"connect_ms" unit:"ms" doc:"time of the TCP handshake; null where none was made"`

	TLSOK              bool       `col:"tls_ok" doc:"the TLS handshake came to its end and the certificate holds for the host; false also where none was tried" rfc:"8446,9525"`
	TLSVersion         string     `col:"tls_version" doc:"TLS 1.3 and so on; empty: no handshake came to its end"`
	CertificateError   string     `col:"certificate_error" doc:"why the certificate does not hold: expired, not-yet-valid, wrong-name, unknown-authority or other; empty: it does, or there was none" rfc:"5280,9525"`
	CertificateExpires *time.Time `col:"certificate_expires" doc:"end of the certificate's validity, UTC; null: there was none" rfc:"5280"`
	HTTPStatus         *int64     `col:"http_status" doc:"status of the answer to one GET of /, after redirects within the site; null: none was asked for (one address of a family is) or none came" rfc:"9110"`
	HTTPURL            string     `col:"http_url" doc:"URL that the status is of"`
	Redirects          uint32     `col:"redirects" doc:"redirects that were followed to it, within the site and over the same family" rfc:"9110"`
	HTTPBytes          *int64     `col:"http_bytes" unit:"bytes" doc:"size of the body, at most 500,000 being read; null: no body"`
	BodySimilarity     *float64   `col:"body_similarity" unit:"share" doc:"how much of the body is the same over the other family, counted in words (Dice); null: not both came"`
	Banner             string     `col:"banner" doc:"first line of a mail server's greeting" rfc:"5321"`

	Attempts   uint32 `col:"attempts" doc:"tries until this result"`
	Error      string `col:"error" doc:"what went wrong, in words; empty: nothing"`
	BaselineOK bool   `col:"baseline_ok" doc:"the control hosts were reachable over IPv6 in this run; if not, it gives no IPv6 verdict"`
}

// IPv6Probes has one row for each lookup result, each name server's answer and each connection of each run.
var IPv6Probes = table.New[IPv6Probe](table.Doc{
	Name: "ipv6_probes", Version: 2, Partition: "a probe run",
	Row: "A DNS lookup, a question to a name server, or a TCP connection of a probe run, with its result.",
})
