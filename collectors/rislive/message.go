package rislive

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors/bgp"
)

// frame is one message of the server. Only what every message needs is decoded; a field that is wrong and not needed costs nothing.
type frame struct {
	Type string `json:"type"`
	Data struct {
		Message string `json:"message"` // of an error

		ID        string   `json:"id"`
		Timestamp float64  `json:"timestamp"` // seconds since 1970
		Host      string   `json:"host"`
		Peer      string   `json:"peer"`
		PeerASN   asNumber `json:"peer_asn"`
		Kind      string   `json:"type"`
		Raw       string   `json:"raw"` // in hexadecimal
		State     string   `json:"state"`
		Direction string   `json:"direction"`
		fields
	} `json:"data"`
}

// asNumber is an AS number as a JSON number or, as RIS Live has it, a string.
type asNumber uint32

// UnmarshalJSON implements json.Unmarshaler.
func (n *asNumber) UnmarshalJSON(b []byte) error {
	text := string(b)
	if len(text) >= 2 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	asn, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return fmt.Errorf("invalid AS number %.20q", text)
	}
	*n = asNumber(asn)
	return nil
}

// Types of frames.
const (
	typeMessage      = "ris_message"
	typeError        = "ris_error"
	typeAcknowledged = "ris_subscribe_ok"
	typePong         = "pong"
)

// parseFrame parses a message of the server. If it is one of a collector, an error says what is wrong with its fields.
func parseFrame(b []byte) (f frame, err error) {
	err = json.Unmarshal(b, &f)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && f.Type != typeMessage && f.Type != "" {
		err = nil // the data of other messages have other fields
	}
	return f, err
}

// collectorName is the name of a collector of RIS. It becomes the name of a file.
var collectorName = regexp.MustCompile(`^rrc[0-9]{2}$`)

// hostSuffix is behind the names of collectors in the stream, and not in those of their archives.
const hostSuffix = ".ripe.net"

// messages returns what a message of a collector says. An UPDATE without its octets may give several, since one UPDATE has one next hop for
// each family.
func (f *frame) messages() ([]Message, error) {
	m, err := f.session()
	if err != nil {
		return nil, err
	}
	d := &f.Data
	switch {
	case d.Kind == "RIS_PEER_STATE" || d.Kind == "STATE":
		m.OldState, m.NewState, err = states(d.State)
		return []Message{m}, err
	case d.Raw != "":
		err = f.octets(&m)
		return []Message{m}, err
	case d.Kind == "UPDATE":
		return d.fields.updates(m)
	}
	return nil, fmt.Errorf("%.20q without its octets", d.Kind)
}

// session returns a message with what each says of its session.
func (f *frame) session() (m Message, err error) {
	d := &f.Data
	if !(d.Timestamp > 0 && d.Timestamp < math.MaxUint32) {
		return m, fmt.Errorf("timestamp %g is not one of MRT (want seconds since 1970)", d.Timestamp)
	}
	m.Time = time.UnixMicro(int64(math.Round(d.Timestamp * 1e6))).UTC()
	if m.Host = strings.TrimSuffix(d.Host, hostSuffix); !collectorName.MatchString(m.Host) {
		return m, fmt.Errorf("host %.40q is not a collector of RIS (want for example rrc00)", d.Host)
	}
	address, err := netip.ParseAddr(d.Peer)
	if err != nil || address.Zone() != "" {
		return m, fmt.Errorf("peer %.60q is not an address", d.Peer)
	}
	m.PeerAddress, m.PeerASN = address.Unmap(), uint32(d.PeerASN)
	return m, nil
}

// States of a session (RFC 6396 section 4.4.1).
const (
	idle        = 1
	connect     = 2
	openConfirm = 5
	established = 6
)

// states returns the states before and after a change, of which RIS Live says the latter in the words of ExaBGP.
func states(word string) (from, to uint16, err error) {
	switch word {
	case "down":
		return established, idle, nil
	case "connected":
		return idle, connect, nil
	case "up":
		return openConfirm, established, nil
	}
	return 0, 0, fmt.Errorf("unknown state %.20q of a peer (want up, connected or down)", word)
}

// kinds are the messages of BGP that RIS Live sends.
var kinds = map[string]bgp.MessageType{
	"OPEN": bgp.MessageOpen, "UPDATE": bgp.MessageUpdate, "NOTIFICATION": bgp.MessageNotification, "KEEPALIVE": bgp.MessageKeepalive,
}

// octets sets the octets of a message.
func (f *frame) octets(m *Message) error {
	d := &f.Data
	raw, err := hex.DecodeString(d.Raw)
	if err != nil {
		return fmt.Errorf("raw: %w", err)
	}
	kind, body, err := bgp.ParseHeader(raw)
	switch {
	case err != nil:
		return fmt.Errorf("raw: %w", err)
	case len(raw) != headerSize+len(body):
		return fmt.Errorf("raw: %d octets behind a message of %d", len(raw)-headerSize-len(body), headerSize+len(body))
	case kinds[d.Kind] != kind:
		return fmt.Errorf("raw: a message of type %d, said to be %.20q", kind, d.Kind)
	}
	m.Raw, m.Local = raw, d.Direction == "sent"
	m.TwoOctets = kind == bgp.MessageUpdate && twoOctets(body, d.Path)
	return nil
}

// headerSize is that of a BGP message, in octets.
const headerSize = 19

// twoOctets reports whether the AS_PATH of an UPDATE has AS numbers of two octets, which RIS Live does not say: whether only so it can be
// read, or both ways and only so as long as RIS Live says.
func twoOctets(body []byte, said json.RawMessage) bool {
	update, err := bgp.ParseUpdate(body)
	if err != nil {
		return false
	}
	read := func(form bgp.Form) (hops int, ok bool) {
		var outline bgp.Frame
		var path bgp.Path
		outline.Parse(update.Attributes, form)
		ok = outline.DecodePath(&path, form)
		hops, _ = path.Length()
		return hops, ok
	}
	wide, readable := read(bgp.Form{ASSize: 4})
	narrow, alsoReadable := read(bgp.Form{ASSize: 2})
	if !readable || !alsoReadable {
		return !readable && alsoReadable
	}
	var hops []json.RawMessage
	return wide != narrow && json.Unmarshal(said, &hops) == nil && len(hops) == narrow
}
