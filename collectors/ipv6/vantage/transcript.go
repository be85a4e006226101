package vantage

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// A transcript is JSON lines: a header, a line for each thing that was looked at, in a fixed order, and a last line that
// says that the run came to its end. Own addresses are cut to /24 and /48 before they are written.

type header struct {
	Format    int       `json:"tidemark_vantage"` // 1
	Run       string    `json:"run"`
	Vantage   string    `json:"vantage"`
	Started   time.Time `json:"started"`
	Resolvers []string  `json:"resolvers"`
	Controls  []string  `json:"controls"`
	Asked     bool      `json:"advertisements"` // routers were asked for advertisements
}

// event is a line of a transcript. The fields that are set depend on its kind.
type event struct {
	Kind   string  `json:"kind"` // address, source, lookup, connect, race, exchange, advertisement or dhcp
	Family uint32  `json:"family,omitempty"`
	MS     float64 `json:"ms,omitempty"`
	Result string  `json:"result"` // ok, refused, timeout, unreachable or error
	Error  string  `json:"error,omitempty"`

	Address string `json:"address,omitempty"` // own prefix, or what was connected to
	EUI64   bool   `json:"eui64,omitempty"`   // the own address carries a hardware address (RFC 4291 appendix A)
	Count   int    `json:"count,omitempty"`   // of own addresses alike
	Target  string `json:"target,omitempty"`  // control

	Purpose  string `json:"purpose,omitempty"` // of a lookup: a4, dns64, dnssec, name or control
	Resolver string `json:"resolver,omitempty"`
	Name     string `json:"name,omitempty"`
	QType    string `json:"qtype,omitempty"`
	Response []byte `json:"response,omitempty"` // the message as it came

	Prefix string `json:"prefix,omitempty"` // through which the connection leads: of a NAT64

	Sent     int `json:"sent,omitempty"`     // bytes of the request
	Received int `json:"received,omitempty"` // bytes of the response
	Clamp    int `json:"clamp,omitempty"`    // packet size that the segments were held to; 0: none
	MTU      int `json:"mtu,omitempty"`      // of the path, as the system knew it at the end

	Interface string `json:"interface,omitempty"`
	Packet    []byte `json:"packet,omitempty"` // a router advertisement, from its ICMPv6 header; of dhcp, the value of option 108
}

type footer struct {
	End    bool `json:"end"`
	Events int  `json:"events"`
}

// maxTranscriptLine is the longest line accepted, in bytes: a DNS message of 64 KiB in base64, and some more.
const maxTranscriptLine = 256 << 10

// maxEvents is the largest number of events accepted; a run has some dozens.
const maxEvents = 20_000

func writeTranscript(w io.Writer, h header, events []event) error {
	e := json.NewEncoder(w)
	if err := e.Encode(h); err != nil {
		return err
	}
	for i := range events {
		if err := e.Encode(&events[i]); err != nil {
			return err
		}
	}
	return e.Encode(footer{true, len(events)})
}

// readTranscript returns header and events of a transcript. It calls bad for each malformed line.
func readTranscript(in io.Reader, bad func(line int, err error)) (h header, events []event, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxTranscriptLine)
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return h, nil, fmt.Errorf("line 1: %w", err)
		}
		return h, nil, fmt.Errorf("line 1: the transcript is empty")
	}
	if err := json.Unmarshal(lines.Bytes(), &h); err != nil || h.Format != 1 || h.Run == "" || h.Started.IsZero() {
		return h, nil, fmt.Errorf("line 1: this is not a transcript of tidemark's checks of a connection")
	}
	if y := h.Started.Year(); y < 1970 || y > 9999 {
		return h, nil, fmt.Errorf("line 1: the run started in the year %d", y)
	}
	n := 1
	for lines.Scan() {
		n++
		var line struct {
			event
			footer
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			bad(n, err)
			continue
		}
		if line.End {
			if line.Events != len(events) {
				bad(n, fmt.Errorf("the last line counts %d checks, there are %d", line.Events, len(events)))
			}
			return h, events, nil
		}
		if events = append(events, line.event); len(events) > maxEvents {
			return h, nil, fmt.Errorf("line %d: more than %d checks in a run", n, maxEvents)
		}
	}
	if err := lines.Err(); err != nil {
		bad(n+1, err)
	} else {
		bad(n, fmt.Errorf("the transcript has no last line: the run was cut off"))
	}
	return h, events, nil
}
