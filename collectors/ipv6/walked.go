package ipv6

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6/delegation"
)

// Walked is what the transcript of a run has of the way from the root to the names of a domain.
type Walked struct {
	Run       string     `json:"run"`
	Domain    string     `json:"domain"`
	Exchanges []Exchange `json:"exchanges"`
}

// Exchange is a question to a name server and its answer, with records in presentation form (RFC 1035 section 5.1). The texts are foreign.
type Exchange struct {
	At         time.Time  `json:"at"`
	Server     netip.Addr `json:"server"`
	Host       string     `json:"host,omitempty"` // name of the server; empty: a root server
	Name       string     `json:"name"`
	QType      string     `json:"qtype"`
	TCP        bool       `json:"tcp"`
	Bytes      int        `json:"bytes"`            // of the answer; 0: there is none
	Whole      bool       `json:"whole"`            // the transcript has the answer; the longest are left out
	Status     string     `json:"status,omitempty"` // response code
	Flags      []string   `json:"flags,omitempty"`
	Answer     []string   `json:"answer,omitempty"`
	Authority  []string   `json:"authority,omitempty"`
	Additional []string   `json:"additional,omitempty"`
	Error      string     `json:"error,omitempty"`
}

// errFound ends the reading of a transcript.
var errFound = errors.New("found")

// ReadWalked returns what a transcript has of a domain, whose name may be written as in a list; nil if the run did not probe it.
func ReadWalked(ctx context.Context, raw archive.Raw, name string) (*Walked, error) {
	wanted, err := domainOf(name)
	if err != nil {
		return nil, err
	}
	in, err := raw.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var found *Walked
	run := ""
	_, err = readTranscript(in, func(h header) error {
		run = runName(raw.Collector, h)
		return nil
	}, func(line []byte) bool {
		return ctx.Err() != nil || mayBe(line, wanted)
	}, func(_ int, d *domain) error {
		if d.Domain != wanted {
			return ctx.Err()
		}
		found = &Walked{Run: run, Domain: d.Domain, Exchanges: []Exchange{}}
		for _, x := range d.Walked {
			if x != nil {
				found.Exchanges = append(found.Exchanges, shownExchange(x))
			}
		}
		return errFound
	}, func(int, error) {}) // a damaged line is not the domain's
	if err != nil && !errors.Is(err, errFound) {
		return nil, fmt.Errorf("%s: %w", raw.ID(), err)
	}
	return found, nil
}

// mayBe reports whether a line can be that of a domain, or the last one, without parsing it: it has the name as the value of "domain", or an
// escape that may be a letter of either.
func mayBe(line []byte, name string) bool {
	if bytes.Contains(line, []byte(`\u`)) || bytes.Contains(line, []byte(`"end"`)) {
		return true
	}
	const key, space = `"domain"`, " \t\r"
	for rest := line; ; {
		before, after, found := bytes.Cut(rest, []byte(`"`+name+`"`))
		if !found {
			return false
		}
		before, is := bytes.CutSuffix(bytes.TrimRight(before, space), []byte{':'})
		before = bytes.TrimRight(before, space)
		if is && len(before) >= len(key) && bytes.EqualFold(before[len(before)-len(key):], []byte(key)) {
			return true
		}
		rest = after
	}
}

// shownExchange returns an exchange with its message read.
func shownExchange(x *delegation.Exchange) Exchange {
	shown := Exchange{At: x.At, Server: x.Server, Host: x.Host, Name: x.Name, QType: x.QType, TCP: x.TCP, Bytes: len(x.Response) + x.LeftOut, Whole: x.LeftOut == 0, Error: x.Error}
	m := new(dns.Msg)
	if len(x.Response) == 0 {
		return shown
	}
	if err := m.Unpack(x.Response); err != nil {
		if shown.Error == "" {
			shown.Error = "malformed message: " + err.Error()
		}
		return shown
	}
	if shown.Status = dns.RcodeToString[m.Rcode]; shown.Status == "" {
		shown.Status = fmt.Sprint("RCODE", m.Rcode)
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"qr", m.Response}, {"aa", m.Authoritative}, {"tc", m.Truncated}, {"rd", m.RecursionDesired}, {"ra", m.RecursionAvailable}, {"ad", m.AuthenticatedData}, {"cd", m.CheckingDisabled}} {
		if flag.set {
			shown.Flags = append(shown.Flags, flag.name)
		}
	}
	shown.Answer, shown.Authority, shown.Additional = presented(m.Answer), presented(m.Ns), presented(m.Extra)
	return shown
}

// presented returns records in presentation form, without OPT, which is not one.
func presented(all []dns.RR) (lines []string) {
	for _, rr := range all {
		if rr.Header().Rrtype != dns.TypeOPT {
			lines = append(lines, strings.Join(strings.Fields(rr.String()), " "))
		}
	}
	return lines
}
