package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// IPv6Probe is one result of a probe run: a record that a lookup returned, a name server's answer for its zone, or how far a
// connection to one address got.
type IPv6Probe struct {
	RunID      string     `col:"run_id,label,place" doc:"the run, named by its source and start"`
	StartedAt  time.Time  `col:"started_at" doc:"time at which the last attempt of this test began, UTC"`
	VantageASN uint32     `col:"vantage_asn" doc:"AS in which the probe ran, as configured; 0: not configured"`
	ListID     string     `col:"list_id" doc:"list from which the domain was taken, for example its ID at Tranco"`
	ListDate   *time.Time `col:"list_date,date" doc:"day of the list; null: unknown"`
	Rank       uint32     `col:"rank" doc:"rank of the domain in the list; 0: the list has no ranks"`
	Stratum    string     `col:"stratum" doc:"1k, 10k, 100k or 1M: the smallest of these heads of the list that contains the rank; empty: none"`
	Panel      bool       `col:"panel" doc:"the domain is in the fixed panel, which is the same in every run: for trends"`
	Refreshed  bool       `col:"refreshed" doc:"the domain was drawn for this run, or the whole list was probed: for the level"`
	SampleSeed int64      `col:"sample_seed" doc:"seed with which the refreshed sample was drawn; 0: none was drawn"`
	Domain     string     `col:"domain" doc:"domain as listed, in A-labels" rfc:"5890"`
	HostKind   string     `col:"host_kind" doc:"apex, www, ns, mx, zone (the zone around a domain that is not one itself), redirect (a host outside the site to which a page over IPv6 redirects), subresource (a host outside the site from which the front page over IPv6 loads scripts, styles, images, frames or media; it is tested once a run, and each page that names it has the result), unchecked (the domain, where the resolver answered SERVFAIL: the same query without validation, CD bit), or control for the hosts of the baseline"`
	Host       string     `col:"host" doc:"host that was looked up, queried or connected to"`
	Resolver   string     `col:"resolver" doc:"recursive resolver that was queried"`
	Test       string     `col:"test" doc:"lookup: a query to the resolver; authority: a query to a name server of the domain; connect: a TCP connection, or a QUIC connection for http3, with the protocol spoken over it"`

	QType             string   `col:"qtype" doc:"A, AAAA, NS, MX, HTTPS, DS or SOA; for a connection, the type of the record with the address" rfc:"1035,3596,9460"`
	RCode             string   `col:"rcode" doc:"response code, for example NOERROR or SERVFAIL; empty: no response" rfc:"1035,6895"`
	Authoritative     bool     `col:"authoritative" doc:"AA bit of the response" rfc:"1035"`
	AuthenticatedData bool     `col:"authenticated_data" doc:"AD bit of the response" rfc:"4035"`
	OverTCP           bool     `col:"over_tcp" doc:"the answer over UDP was truncated, so it was asked for over TCP" rfc:"7766"`
	AnswerMS          *float64 `col:"answer_ms" unit:"ms" doc:"time from query to answer; null: no answer, or a connection"`
	TTL               *int64   `col:"ttl" unit:"seconds" doc:"smallest TTL of the answer; null if there is none" rfc:"1035"`
	CNAMEChain        string   `col:"cname_chain" doc:"names in the chain of CNAMEs, space-separated" rfc:"1034"`
	Target            string   `col:"target" doc:"host of an NS, MX or HTTPS record, one row each; of a connection, the host outside the site to which the page redirects; empty: another kind of record, a null MX, or no such redirect" rfc:"7505,9460"`

	Address      string `col:"address" doc:"address of an A or AAAA record, or hint of an HTTPS record, one row each; in other tests, the address that was queried or connected to; empty: the lookup returned none"`
	SpecialClass string `col:"special_class" doc:"what the format of the address alone says: link-local, unique-local, v4-mapped, nat64, nat64-local, 6to4, teredo, documentation and so on; empty: nothing. domain_readiness judges by IANA's registry" rfc:"4291,4193,6052,8215,3849,6890"`
	EmbeddedIPv4 string `col:"embedded_ipv4" doc:"IPv4 address that the format of the IPv6 address embeds; empty: none" rfc:"4291,6052,3056,4380"`
	ThroughDNS64 bool   `col:"through_dns64" doc:"the address is in a prefix from which the resolver's DNS64 synthesises answers, so it says nothing about the domain" rfc:"6147,7050"`

	Service   string   `col:"service" doc:"dns, http, https, http3 or smtp; empty for a lookup"`
	Port      uint32   `col:"port" doc:"port that was queried or connected to; 0 for a lookup" rfc:"9293"`
	Family    uint32   `col:"family" doc:"4 or 6; 0 if it does not apply"`
	Result    string   `col:"result" doc:"ok, no-data, nxdomain, null-mx, lame (answers without authority), refused, timeout, unreachable, tls_error, http_error, smtp_error, skipped or error; an error never means absence" rfc:"7505"`
	ConnectMS *float64 `col:"connect_ms" unit:"ms" doc:"duration of the TCP handshake, of http3 that of QUIC; null if there was none. Of the first web host with both families one connection over each is made after the other, beginning with IPv4 at every other domain"`
	Segment   *int64   `col:"max_segment" unit:"bytes" doc:"maximum segment size of the TCP connection after its handshake, which the offer of the other side and the known path limit; null: unknown" rfc:"6691,9293"`

	TLSOK              bool       `col:"tls_ok" doc:"the TLS handshake completed and the certificate is valid for the host; false also if none was attempted" rfc:"8446,9525,9846"`
	TLSMS              *float64   `col:"tls_ms" unit:"ms" doc:"duration of the TLS handshake, after that of TCP; null: it did not complete, it is a part of QUIC's, or the run is older than the test" rfc:"9846"`
	TLSVersion         string     `col:"tls_version" doc:"TLS 1.3 and so on; empty: no handshake completed"`
	CertificateError   string     `col:"certificate_error" doc:"why the certificate is not valid: expired, not-yet-valid, wrong-name, unknown-authority or other; empty: it is valid, or there was none" rfc:"5280,9525"`
	CertificateExpires *time.Time `col:"certificate_expires" doc:"end of the certificate's validity, UTC; null: there was none" rfc:"5280"`
	HTTPStatus         *int64     `col:"http_status" doc:"status of the answer to one GET of /, after redirects within the site; null: no answer" rfc:"9110"`
	FirstByteMS        *float64   `col:"first_byte_ms" unit:"ms" doc:"time from the request for / to the first byte of the answer; null: no answer, or the run is older than the test"`
	HTTP3Offered       string     `col:"http3_offered" doc:"whether the host says that it speaks HTTP/3, in an HTTPS record or in an Alt-Svc field, so that http3 is tested: yes or no; empty: not an answer over https, or the run is older than the test" rfc:"9114,9460,7838"`
	PageHosts          *int64     `col:"page_hosts" doc:"number of hosts outside the site from which the front page over IPv6 loads, of which the first 12 are tested as subresource; null: this is not the front page over IPv6"`
	HTTPURL            string     `col:"http_url" doc:"URL to which the status belongs"`
	Redirects          uint32     `col:"redirects" doc:"redirects that were followed to that URL, within the site and over the same family" rfc:"9110"`
	HTTPBytes          *int64     `col:"http_bytes" unit:"bytes" doc:"size of the body, of which at most 500,000 bytes are read; null: no body"`
	HTTPStalled        bool       `col:"http_stalled" doc:"the answer began, and the rest of its body did not come in time"`
	BodySimilarity     *float64   `col:"body_similarity" unit:"share" doc:"share of the body that is the same over the other family, counted in words (Dice); null: at least one body is missing, or another address of the host has the comparison"`
	BodySteady         *float64   `col:"body_steady" unit:"share" doc:"share of the body that is the same in a second request over the same family, made over IPv4 where the families differ: the most that body_similarity can be expected to be; null: none was made"`
	Banner             string     `col:"banner" doc:"first line of a mail server's greeting" rfc:"5321"`

	Attempts   uint32 `col:"attempts" doc:"attempts until this result"`
	Error      string `col:"error" doc:"what went wrong, in words; empty: nothing"`
	BaselineOK bool   `col:"baseline_ok" doc:"the control hosts were reachable over IPv6 in this run; if not, the run gives no IPv6 verdict"`
}

// IPv6Probes has one row for each lookup result, each name server's answer and each connection of each run.
var IPv6Probes = table.New[IPv6Probe](table.Doc{
	Name: "ipv6_probes", Version: 4, Partition: "a probe run",
	Row: "A DNS lookup, a query to a name server, or a connection of a probe run, with its result.",
})
