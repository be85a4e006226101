package ipv6

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"tidemark/collectors/ipv6/delegation"
)

// format is the version of the transcripts. Format 1 had lookups and connections only.
const format = 2

// header is the first line of a transcript. A transcript is gzipped JSON lines: a header, a line for each domain in the order in
// which they began, and a footer that says how the run ended. It has DNS messages as received, and the outcome of each
// connection.
type header struct {
	Format     int            `json:"tidemark_probe"`
	Run        string         `json:"run"`
	VantageASN uint32         `json:"vantage_asn,omitempty"`
	List       listID         `json:"list"`
	Resolver   string         `json:"resolver"`
	Agent      string         `json:"user_agent"`
	SMTP       bool           `json:"smtp"` // port 25 was opted in
	Order      uint64         `json:"order_seed"`
	Sample     draw           `json:"sample"`
	Started    time.Time      `json:"started"`
	Baseline   bool           `json:"baseline_ok"`
	Pages      bool           `json:"pages,omitempty"` // what pages load from, and HTTP/3, were tested; earlier versions did not
	DNS64      []netip.Prefix `json:"dns64,omitempty"` // prefixes of the resolver's DNS64 (RFC 7050)
	Controls   controls       `json:"controls"`
}

// listID identifies the list that was probed.
type listID struct {
	ID       string   `json:"id"`
	Date     string   `json:"date,omitempty"` // YYYY-MM-DD
	SHA256   string   `json:"sha256"`
	Domains  int      `json:"domains"`            // in the list
	Rejected int      `json:"rejected,omitempty"` // lines that are not a domain
	Bad      []string `json:"bad,omitempty"`      // the first of them
	campaign
}

// campaign is what the configuration says of a list.
type campaign struct {
	Title   string `json:"title,omitempty"`
	Owner   string `json:"owner,omitempty"`
	URL     string `json:"url,omitempty"`
	Country string `json:"country,omitempty"`
	Sector  string `json:"sector,omitempty"`
}

// domain is the line of a domain: all its tests.
type domain struct {
	Rank      uint32       `json:"rank,omitempty"`
	Domain    string       `json:"domain"`
	Panel     bool         `json:"panel,omitempty"`
	Refreshed bool         `json:"refreshed,omitempty"`
	Baseline  bool         `json:"baseline_ok"`
	Skipped   string       `json:"skipped,omitempty"` // why it was not probed
	Lookups   []*lookup    `json:"lookups,omitempty"`
	Authority []*authority `json:"authority,omitempty"`
	Connects  []*connect   `json:"connects,omitempty"`
	Ways      []*way       `json:"ways,omitempty"`
	// Walked has the exchanges with name servers that the ways rest on, those of zones that many domains share too.
	Walked []*delegation.Exchange `json:"walked,omitempty"`
	Front  *front                 `json:"front,omitempty"` // nil: no page over IPv6
}

// try is common to all tests: when the last attempt began, how many there were, and what failed.
type try struct {
	At       time.Time `json:"at"`
	MS       float64   `json:"ms"`
	Attempts uint32    `json:"attempts"`
	Failure  string    `json:"failure,omitempty"` // a result other than ok
	Error    string    `json:"error,omitempty"`

	round int64 // of the run, in which the last attempt began
	pass  int   // of the visit, in which it was made
}

// lookup is a question to the resolver.
type lookup struct {
	Kind  string `json:"kind"` // apex, www, ns, mx, zone, redirect or control
	Host  string `json:"host"`
	QType string `json:"qtype"`
	try
	TCP      bool   `json:"tcp,omitempty"`
	Response []byte `json:"response,omitempty"` // as received, with ID 0

	read *answer // of Response, once it is read
}

// authority is a question for the zone's SOA to an address of one of its name servers.
type authority struct {
	Zone    string     `json:"zone,omitempty"` // empty: the domain is one
	Host    string     `json:"host"`
	QType   string     `json:"qtype"` // that gave the address
	Address netip.Addr `json:"address"`
	try
	TCP      bool   `json:"tcp,omitempty"`
	Response []byte `json:"response,omitempty"`
}

// way is a name of the domain, and whether a resolver without IPv4 gets to it from the root.
type way struct {
	Kind string `json:"kind"` // zone, apex, www, mx or https
	Host string `json:"host"`
	try
	delegation.Path
	Servers []delegation.Server `json:"servers,omitempty"` // of a zone
}

// connect is a TCP connection and what was said over it.
type connect struct {
	Kind    string     `json:"kind"`
	Host    string     `json:"host"`
	QType   string     `json:"qtype"` // that gave the address
	Service string     `json:"service"`
	Address netip.Addr `json:"address"`
	Port    uint16     `json:"port"`
	try
	Connected bool     `json:"connected,omitempty"` // the handshake of TCP, or of QUIC, was completed, in MS
	Segment   int      `json:"mss,omitempty"`       // maximum segment size of the TCP connection, in bytes; 0: unknown
	FirstMS   *float64 `json:"first_ms,omitempty"`  // from the request to the first byte of the answer
	TLS       *secured `json:"tls,omitempty"`
	HTTP      *page    `json:"http,omitempty"`
	Banner    string   `json:"banner,omitempty"`
}

// secured is a completed TLS handshake.
type secured struct {
	MS          *float64  `json:"ms,omitempty"` // that it took; nil: part of another handshake, or of an earlier version of the program
	Version     string    `json:"version"`
	Certificate string    `json:"certificate_error,omitempty"`
	Expires     time.Time `json:"expires"`
}

// page is the answer to a GET.
type page struct {
	Status     int      `json:"status"`
	URL        string   `json:"url"`
	Hops       []hop    `json:"hops,omitempty"` // redirects followed to reach it
	Location   string   `json:"location,omitempty"`
	Type       string   `json:"content_type,omitempty"`
	Bytes      int      `json:"bytes"`
	Whole      bool     `json:"whole"` // the body was read to its end
	SHA256     string   `json:"sha256"`
	Similarity *float64 `json:"similarity,omitempty"` // to the body over the other family
	Steady     *float64 `json:"steady,omitempty"`     // to the body of a second request over the same family; nil: none was made
	Part       bool     `json:"part,omitempty"`       // only the beginning was read: another address of the host gave the page, or it did not end in time
	Stalled    bool     `json:"stalled,omitempty"`    // the rest did not come in time
	HTTP3      bool     `json:"http3,omitempty"`      // its Alt-Svc field offers HTTP/3

	words   []uint32 // of the body
	origins []origin // from which it loads something
}

type hop struct {
	URL    string `json:"url"`
	Status int    `json:"status"`
}

type footer struct {
	End     bool   `json:"end"`
	Domains int    `json:"domains"`
	Stopped string `json:"stopped,omitempty"` // why it ended before the list did
}

// maxTranscriptLine is the longest line read, in bytes: some hundred messages of up to 64 KiB.
const maxTranscriptLine = 32 << 20

// readTranscript calls each for the line of every domain, with its number; where wants is not nil, only for lines that it reports true for,
// and the others are counted without being parsed. wants must report true for the last line. It calls bad for a malformed line,
// and for damage of the compressed stream, which ends the reading. It returns why the run ended before its list did, if the last line
// says so.
func readTranscript(in io.Reader, start func(header) error, wants func(line []byte) bool, each func(line int, d *domain) error, bad func(line int, err error)) (stopped string, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxTranscriptLine)
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return "", fmt.Errorf("line 1: %w", err)
		}
		return "", errors.New("line 1: the transcript is empty")
	}
	var h header
	if err := json.Unmarshal(lines.Bytes(), &h); err != nil || h.Format == 0 {
		return "", errors.New("line 1: this is not a transcript of a probe")
	}
	if h.Format != format {
		return "", fmt.Errorf("line 1: the transcript has format %d (want %d): another version of the program wrote it", h.Format, format)
	}
	if err := start(h); err != nil {
		return "", err
	}
	n, domains := 1, 0
	for lines.Scan() {
		n++
		if wants != nil && !wants(lines.Bytes()) {
			domains++
			continue
		}
		var line struct {
			domain
			footer
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			domains++
			bad(n, err)
			continue
		}
		if line.End {
			if line.footer.Domains != domains {
				bad(n, fmt.Errorf("the last line counts %d domains, but there are %d", line.footer.Domains, domains))
			}
			return line.Stopped, nil
		}
		domains++
		if line.Domain == "" {
			bad(n, errors.New("a line without a domain"))
			continue
		}
		if err := each(n, &line.domain); err != nil {
			return "", err
		}
	}
	if err := lines.Err(); err != nil {
		bad(n+1, err)
		return "", nil
	}
	bad(n, errors.New("the transcript has no last line: the run was cut off"))
	return "", nil
}
