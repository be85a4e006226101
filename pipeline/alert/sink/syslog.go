package sink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"tidemark/internal/legible"
	"tidemark/pipeline/alert"
)

// syslog writes records of RFC 5424: a datagram each (RFC 5426), or framed by their length over TCP (RFC 6587) and TLS (RFC 5425).
type syslog struct {
	server   string
	network  string
	facility int
	host     string
	ca       authorities
}

const (
	maxDatagram  = 2048 // bytes that a receiver should accept (RFC 5426, section 3.2)
	maxRecord    = 8000 // receivers should accept 8192 bytes (RFC 5425, section 4.3.1), and rsyslog truncates at 8096
	maxMessageID = 32   // of RFC 5424
)

// facilities are those of RFC 5424, section 6.2.1, that are a user's.
var facilities = map[string]int{
	"user": 1, "daemon": 3, "local0": 16, "local1": 17, "local2": 18, "local3": 19, "local4": 20, "local5": 21, "local6": 22, "local7": 23,
}

func openSyslog(s Settings, _ Place) (alert.Sink, error) {
	if err := checkServer(s.Server); err != nil {
		return nil, err
	}
	w := &syslog{server: s.Server, network: s.Network, host: "-", ca: s.authorities()}
	switch s.Network {
	case "udp", "tcp", "tls":
	default:
		return nil, fmt.Errorf("network: %q is not udp, tcp or tls", s.Network)
	}
	if s.Facility == "" {
		s.Facility = "daemon"
	}
	var known bool
	if w.facility, known = facilities[s.Facility]; !known {
		return nil, fmt.Errorf("facility: unknown %q (want %s)", s.Facility, strings.Join(slices.Sorted(maps.Keys(facilities)), ", "))
	}
	if name, err := os.Hostname(); err == nil && name != "" {
		w.host = printable(name, 255)
	}
	return w, nil
}

// severities are those of RFC 5424, section 6.2.1.
func severity(m alert.Message) int {
	switch {
	case m.Event == alert.End:
		return 5 // notice
	case m.Event == alert.Test, m.Alert.Severity == "info":
		return 6
	case m.Alert.Severity == "critical":
		return 2
	}
	return 4
}

// printable returns the ASCII of a text without spaces, as headers of RFC 5424 have it.
func printable(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	if text == "" {
		return "-"
	}
	return text[:min(len(text), most)]
}

// record returns a message as RFC 5424 has it. Its text is one line of UTF-8.
func (s *syslog) record(m alert.Message, most int) []byte {
	head := fmt.Sprintf("<%d>1 %s %s tidemark - %s - \ufeff", s.facility*8+severity(m), occurred(m).Format("2006-01-02T15:04:05Z"), s.host, printable(m.Event, maxMessageID))
	text := legible.Line(m.Title() + ": " + strings.Join(m.Lines(), " ") + " (" + m.ID + ")")
	record := head + text
	if len(record) > most {
		record = strings.ToValidUTF8(record[:most-len("…")], "") + "…"
	}
	return []byte(record)
}

func (s *syslog) Send(ctx context.Context, m alert.Message) error {
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if end, is := ctx.Deadline(); is {
		conn.SetDeadline(end)
	}
	if s.network == "udp" {
		if _, err := conn.Write(s.record(m, maxDatagram)); err != nil {
			return err
		}
		return refusal(conn)
	}
	record := s.record(m, maxRecord)
	if _, err := conn.Write(append(fmt.Appendf(nil, "%d ", len(record)), record...)); err != nil {
		return err
	}
	return finish(conn)
}

func (s *syslog) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	if s.network != "tls" {
		return d.DialContext(ctx, s.network, s.server)
	}
	host, _, err := net.SplitHostPort(s.server)
	if err != nil {
		return nil, err
	}
	config, err := s.ca.config(host)
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", s.server)
}

// How long an answer is waited for that only some servers give.
const (
	refusalWait = 100 * time.Millisecond
	finishWait  = 5 * time.Second
)

// refusal returns an error if the host answers that nobody receives on the port.
func refusal(conn net.Conn) error {
	conn.SetReadDeadline(time.Now().Add(refusalWait))
	if _, err := conn.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return nil
}

// finish ends the connection and waits until the server has ended it too: syslog has no answers, and this is the only sign that the
// server has read the record. A server that leaves the connection open has at least its bytes.
func finish(conn net.Conn) error {
	if c, is := conn.(interface{ CloseWrite() error }); is {
		if err := c.CloseWrite(); err != nil {
			return err
		}
	}
	conn.SetReadDeadline(time.Now().Add(finishWait))
	_, err := io.Copy(io.Discard, io.LimitReader(conn, maxAnswer))
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) { // the latter is an end without a word of TLS
		return nil
	}
	return err
}
