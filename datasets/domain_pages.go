package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// DomainPage is a web host of a domain in one run: its page over both families side by side, and what the page needs of others.
type DomainPage struct {
	RunID      string    `col:"run_id,place" doc:"the probe run"`
	RunTime    time.Time `col:"run_time" doc:"start of the run, UTC"`
	VantageASN uint32    `col:"vantage_asn" doc:"AS in which the probe ran, as configured; 0: not configured"`
	ListID     string    `col:"list_id" doc:"list from which the domain was taken"`
	Rank       uint32    `col:"rank" doc:"rank of the domain in the list; 0: none"`
	Stratum    string    `col:"stratum" doc:"1k, 10k, 100k or 1M: the smallest of these heads of the list that contains the rank; empty: none"`
	Panel      bool      `col:"panel" doc:"the domain is in the fixed panel: for trends"`
	Refreshed  bool      `col:"refreshed" doc:"the domain was drawn for this run, or the whole list was probed: for the level"`
	Domain     string    `col:"domain" doc:"domain as listed, in A-labels" rfc:"5890"`
	Host       string    `col:"host" doc:"the domain itself, or its www"`
	Service    string    `col:"service" doc:"https, or http where no address of the host speaks https"`
	Front      bool      `col:"front" doc:"this is the domain's front page: of the first host that gives a page of its own over IPv6 or, if none does, of the first host"`

	Quality string `col:"quality" doc:"whether the host is as good over IPv6 as over IPv4, by the first of these that applies: unknown (not tested, or it works over neither family), no-ipv6 (no global IPv6 address), ipv6-only, fails (it works over IPv4 only), large-lost (the connection opens over IPv6, but what is larger than a small packet does not arrive), differs (status, redirect, certificate or body), slower (eyeballs_v3 is ipv4), no-http3 (HTTP/3 works over IPv4 only), alike" rfc:"8305,8201,9114"`
	Differs string `col:"differs" doc:"what differs between the families: certificate, status, redirect, body, comma-separated; empty: nothing, or there is nothing to compare"`

	Connect4   *float64 `col:"ipv4_connect_ms" unit:"ms" doc:"duration of the TCP handshake over IPv4 with the first address that answers, in ascending order; null: none does"`
	Connect6   *float64 `col:"ipv6_connect_ms" unit:"ms" doc:"the same over IPv6"`
	TLS4       *float64 `col:"ipv4_tls_ms" unit:"ms" doc:"duration of the TLS handshake that followed over IPv4; null: none completed, or the run is older than the test"`
	TLS6       *float64 `col:"ipv6_tls_ms" unit:"ms" doc:"the same over IPv6"`
	FirstByte4 *float64 `col:"ipv4_first_byte_ms" unit:"ms" doc:"time from the request to the first byte of the answer over IPv4; null: no answer, or the run is older than the test"`
	FirstByte6 *float64 `col:"ipv6_first_byte_ms" unit:"ms" doc:"the same over IPv6"`
	Eyeballs   string   `col:"eyeballs" doc:"family that a client of RFC 8305 uses, which begins with IPv6 and tries IPv4 250 ms later: ipv4 if its TCP handshake ends first; empty: a family was not tested" rfc:"8305"`
	EyeballsV3 string   `col:"eyeballs_v3" doc:"the same by draft-ietf-happy-happyeyeballs-v3, in which the race ends with the TLS handshake; that of http ends with TCP; empty: a family was not tested, or the run is older than the test"`
	HTTP3      string   `col:"http3" doc:"over which families HTTP/3 works, where the host offers it: both, ipv4, ipv6, neither, not-offered, or unknown (the host does not answer, a family was not tested, or the run is older than the test)" rfc:"9114,9000"`
	Segment4   *int64   `col:"ipv4_max_segment" unit:"bytes" doc:"maximum segment size of the TCP connection over IPv4; null: unknown" rfc:"9293"`
	Segment6   *int64   `col:"ipv6_max_segment" unit:"bytes" doc:"the same over IPv6; at most 1,220 says that packets are kept within IPv6's minimum MTU" rfc:"8200,9293"`
	Bytes4     *int64   `col:"ipv4_bytes" unit:"bytes" doc:"size of the body over IPv4, of which at most 500,000 bytes are read; null: none"`
	Bytes6     *int64   `col:"ipv6_bytes" unit:"bytes" doc:"the same over IPv6"`
	Large      string   `col:"large_answer" doc:"whether what needs more than a small packet arrives over IPv6: arrives (a body of more than 1,500 bytes), lost (the connection opens, and TLS or the page hangs or breaks off, where over IPv4 it does not), small (the page is smaller), or empty: unknown" rfc:"8201,4890"`

	PageHosts    *int64 `col:"page_hosts" doc:"hosts outside the site from which the front page over IPv6 loads scripts, styles, images, frames or media; what these load in turn is not known; null: this is not the front page, there is none over IPv6, or the run is older than the test"`
	HostsWorking *int64 `col:"page_hosts_ipv6" doc:"of those that were tested and work at all, the hosts that accept a connection over IPv6, with TLS where the page uses https; null: see page_hosts"`
	HostsFailing *int64 `col:"page_hosts_ipv4_only" doc:"of these, the hosts that work over IPv4 only; null: see page_hosts"`
	HostsUnknown *int64 `col:"page_hosts_unknown" doc:"hosts that were not tested, or of which a test says nothing; null: see page_hosts"`
	Failing      string `col:"hosts_failing" doc:"the hosts that work over IPv4 only, as host=reason (no-aaaa, or the result of the connection), comma-separated; empty: none"`
	WithoutIPv4  string `col:"without_ipv4" doc:"what a browser without IPv4 shows of the front page: whole (the page, and every host from which it loads works over IPv6), part (a host from which it loads works over IPv4 only), nothing (the page works over IPv4 only), or unknown; empty: this is not the front page, or it works over neither family"`
	BaselineOK   bool   `col:"baseline_ok" doc:"the control hosts were reachable over IPv6 in this run"`
}

// DomainPages has one row for each web host that answers for each domain of each probe run.
var DomainPages = table.New[DomainPage](table.Doc{
	Name: "domain_pages", Version: 1, Derived: true, Partition: "a probe run",
	Row: "A web host of a domain in a probe run: its times, HTTP/3, sizes and page over both families, and whether what the page loads from others works without IPv4.",
})
