package ipv6

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// A transcript is JSON lines: a header, a line for each domain in the order of the list, and a last line that says that
// the run came to its end.
type transcript struct {
	header  header
	domains []domain
}

type header struct {
	Format   int       `json:"tidemark_probe"` // 1
	Run      string    `json:"run"`
	List     string    `json:"list"`
	Resolver string    `json:"resolver"`
	Seed     uint64    `json:"seed"` // of the order in which the domains were probed
	Started  time.Time `json:"started"`
	Baseline bool      `json:"baseline_ok"`
	Controls []connect `json:"controls"`
}

type domain struct {
	Rank     uint32    `json:"rank"`
	Domain   string    `json:"domain"`
	Lookups  []lookup  `json:"lookups"`
	Connects []connect `json:"connects"`
}

// lookup is a DNS exchange; Response is the message as it came.
type lookup struct {
	Kind     string    `json:"kind"` // apex, www, ns or mx
	Host     string    `json:"host"`
	QType    string    `json:"qtype"`
	At       time.Time `json:"at"`
	Attempts uint32    `json:"attempts"`
	Response []byte    `json:"response,omitempty"`
	Failure  string    `json:"failure,omitempty"` // timeout, unreachable, refused or error
	Error    string    `json:"error,omitempty"`
}

// connect is a TCP connection.
type connect struct {
	Kind     string    `json:"kind"`
	Host     string    `json:"host"`
	QType    string    `json:"qtype"` // that gave the address
	Service  string    `json:"service"`
	Address  string    `json:"address"`
	Port     uint32    `json:"port"`
	At       time.Time `json:"at"`
	MS       float64   `json:"ms"`
	Attempts uint32    `json:"attempts"`
	Result   string    `json:"result"` // ok, or as a lookup's failure
	Error    string    `json:"error,omitempty"`
}

type footer struct {
	End     bool `json:"end"`
	Domains int  `json:"domains"`
}

func (t *transcript) write(w io.Writer) error {
	e := json.NewEncoder(w)
	if err := e.Encode(t.header); err != nil {
		return err
	}
	for i := range t.domains {
		if err := e.Encode(&t.domains[i]); err != nil {
			return err
		}
	}
	return e.Encode(footer{true, len(t.domains)})
}

// maxTranscriptLine bounds a domain's line: some hundred messages of up to 64 KiB.
const maxTranscriptLine = 16 << 20

// readTranscript calls each with every domain's line, by its number; a line that is none goes to bad.
func readTranscript(in io.Reader, start func(header) error, each func(line int, d *domain) error, bad func(line int, err error)) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxTranscriptLine)
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return err
		}
		return fmt.Errorf("line 1: the transcript is empty")
	}
	var h header
	if err := json.Unmarshal(lines.Bytes(), &h); err != nil || h.Format != 1 {
		return fmt.Errorf("line 1: this is no transcript of a probe")
	}
	if err := start(h); err != nil {
		return err
	}
	n, domains := 1, 0
	for lines.Scan() {
		n++
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
			if line.Domains != domains {
				bad(n, fmt.Errorf("the last line counts %d domains, there are %d", line.Domains, domains))
			}
			return nil
		}
		domains++
		if err := each(n, &line.domain); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		bad(n+1, err)
		return nil
	}
	bad(n, fmt.Errorf("the transcript has no last line: the run was cut off"))
	return nil
}
