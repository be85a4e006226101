package mrt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"tidemark/collectors/bgp"
)

// session is the peer header of BGP4MP (RFC 6396 section 4.4) and what follows it.
func session(asSize int, address string, asn uint32, rest []byte) []byte {
	var b []byte
	if asSize == 2 {
		b = binary.BigEndian.AppendUint16(b, uint16(asn))
		b = append(b, 0xfd, 0xe9)
	} else {
		b = binary.BigEndian.AppendUint32(b, asn)
		b = append(b, 0, 0, 0xfd, 0xe9)
	}
	a := netip.MustParseAddr(address)
	b = append(b, 0, 7, 0, 1)
	if a.Is6() {
		b[len(b)-1] = 2
	}
	return append(append(append(b, a.AsSlice()...), a.AsSlice()...), rest...)
}

func TestParseMessage(t *testing.T) {
	update := bgpMessage(bgp.MessageUpdate, 0, 0, 0, 0)
	states := []byte{0, 6, 0, 1}
	legacy := func(rest ...byte) []byte { return append([]byte{0xfd, 0xe8, 192, 0, 2, 1}, rest...) }
	for _, c := range []struct {
		subtype string // by its name
		kind    Type
		number  uint16
		body    []byte
		want    string
	}{
		{"STATE_CHANGE", BGP4MP, 0, session(2, "192.0.2.1", 65000, states), "192.0.2.1 AS65000 6→1"},
		{"MESSAGE", BGP4MP, 1, session(2, "192.0.2.1", 65000, update), "192.0.2.1 AS65000 type 2 00000000 as2"},
		{"MESSAGE_AS4", BGP4MP, 4, session(4, "2001:db8::1", 70000, update), "2001:db8::1 AS70000 type 2 00000000 as4"},
		{"STATE_CHANGE_AS4", BGP4MP, 5, session(4, "2001:db8::1", 70000, []byte{0, 7, 0, 8}), "2001:db8::1 AS70000 7→8"},
		{"MESSAGE_LOCAL", BGP4MP, 6, session(2, "192.0.2.1", 65000, update), "192.0.2.1 AS65000 type 2 00000000 as2 local"},
		{"MESSAGE_AS4_LOCAL", BGP4MP, 7, session(4, "192.0.2.1", 70000, update), "192.0.2.1 AS70000 type 2 00000000 as4 local"},
		{"MESSAGE_ADDPATH", BGP4MP, 8, session(2, "192.0.2.1", 65000, update), "192.0.2.1 AS65000 type 2 00000000 as2 add-path"},
		{"MESSAGE_AS4_ADDPATH", BGP4MP, 9, session(4, "192.0.2.1", 70000, update), "192.0.2.1 AS70000 type 2 00000000 as4 add-path"},
		{"MESSAGE_LOCAL_ADDPATH", BGP4MP, 10, session(2, "192.0.2.1", 65000, update), "192.0.2.1 AS65000 type 2 00000000 as2 add-path local"},
		{"MESSAGE_AS4_LOCAL_ADDPATH", BGP4MP, 11, session(4, "192.0.2.1", 70000, update), "192.0.2.1 AS70000 type 2 00000000 as4 add-path local"},
		{"MESSAGE_AS4", BGP4MPET, 4, session(4, "192.0.2.1", 70000, bgpMessage(bgp.MessageKeepalive)), "192.0.2.1 AS70000 type 4  as4"},
		{"UPDATE", BGP, 1, legacy(192, 0, 2, 9, 0, 1, 0, 0, 0, 0), "192.0.2.1 AS65000 type 2 00000000 as2"},
		{"STATE_CHANGE", BGP, 3, legacy(0, 3, 0, 4), "192.0.2.1 AS65000 3→4"},
		{"OPEN", BGP, 5, legacy(192, 0, 2, 9, 0, 1, 4), "192.0.2.1 AS65000 type 1 04 as2"},
		{"NOTIFY", BGP, 6, legacy(192, 0, 2, 9, 0, 1, 6, 0), "192.0.2.1 AS65000 type 3 0600 as2"},
		{"KEEPALIVE", BGP, 7, legacy(192, 0, 2, 9, 0, 1), "192.0.2.1 AS65000 type 4  as2"},

		{"ENTRY", BGP4MP, 2, nil, "! not decoded"},
		{"SYNC", BGP, 4, legacy(), "! not decoded"},
		{"AFI_IPv4", TableDump, 1, nil, "! not decoded"},
		{"MESSAGE", BGP4MP, 1, []byte{1, 2, 3}, "! peer header: the bytes end inside the field"},
		{"MESSAGE", BGP4MP, 1, session(2, "2001:db8::1", 65000, nil)[:30], "! peer header: the bytes end inside the field"},
		{"MESSAGE", BGP4MP, 1, []byte{0, 1, 0, 2, 0, 0, 0, 9, 1, 2, 3, 4}, "! peer header has address family 9"},
		{"MESSAGE", BGP4MP, 1, session(2, "192.0.2.1", 65000, update[:18]), "! BGP message header: the bytes end inside the field"},
		{"MESSAGE", BGP4MP, 1, session(2, "192.0.2.1", 65000, update[:20]), "! BGP message claims 23 octets of 20: the message is cut"},
		{"STATE_CHANGE", BGP4MP, 0, session(2, "192.0.2.1", 65000, states[:3]), "! states: the bytes end inside the field"},
		{"UPDATE", BGP, 1, legacy(192, 0), "! collector's address: the bytes end inside the field"},
		{"UPDATE", BGP, 1, []byte{0}, "! peer header: the bytes end inside the field"},
		{"STATE_CHANGE", BGP, 3, legacy(0, 3), "! states: the bytes end inside the field"},
	} {
		rec := &Record{Type: c.kind, Subtype: c.number, Body: c.body}
		if !strings.HasSuffix(rec.Name(), " "+c.subtype) {
			t.Errorf("type %d subtype %d is called %s, not %s", c.kind, c.number, rec.Name(), c.subtype)
		}
		m, err := rec.ParseMessage()
		got := fmt.Sprintf("%s AS%d", m.Peer.Address, m.Peer.ASN)
		switch {
		case err != nil:
			got = "! " + err.Error()
		case m.StateChange:
			got += fmt.Sprintf(" %d→%d", m.OldState, m.NewState)
		default:
			got += fmt.Sprintf(" type %d %x as%d", m.Kind, m.Body, m.Form.ASSize)
			if m.Form.AddPath {
				got += " add-path"
			}
			if m.Local {
				got += " local"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", rec.Name(), got, c.want)
		}
		if (c.want == "! not decoded") != errors.Is(err, ErrNotDecoded) {
			t.Errorf("%s: error %v", rec.Name(), err)
		}
	}
}
