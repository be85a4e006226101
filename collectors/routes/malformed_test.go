package routes_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"tidemark/datasets"
)

// update is a BGP4MP MESSAGE_AS4 record with an UPDATE of nothing but these path attributes.
func update(attributes ...byte) []byte {
	body := binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(len(attributes)))
	body = append(body, attributes...)
	message := binary.BigEndian.AppendUint16(slices.Repeat([]byte{0xff}, 16), uint16(19+len(body)))
	message = append(append(message, 2), body...)
	session := []byte{0, 0, 0xfb, 0xf0, 0, 0, 0xfb, 0xf1, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 2}
	header := []byte{0x53, 0x72, 0x4e, 0, 0, 16, 0, 4, 0, 0}
	return append(binary.BigEndian.AppendUint16(header, uint16(len(session)+len(message))), append(session, message...)...)
}

// Nothing that a message carries may vanish: it is a row, rejected, or noted.
func TestNothingVanishes(t *testing.T) {
	for _, c := range []struct {
		name       string
		attributes []byte
		rows       int64
		rejected   string
		noted      string
	}{
		{"an IPv6 route", []byte{0x40, 1, 1, 0, 0x40, 2, 0, 0x80, 14, 26, 0, 2, 1, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 32, 0x20, 1, 0xd, 0xb8}, 1, "", ""},
		{"a truncated MP_REACH_NLRI", []byte{0x80, 14, 4, 0, 2, 1, 16}, 0, "malformed MP_REACH_NLRI", ""},
		{"a truncated MP_UNREACH_NLRI", []byte{0x80, 15, 2, 0, 2}, 0, "malformed MP_UNREACH_NLRI", ""},
		{"a prefix that is too long", []byte{0x80, 15, 4, 0, 2, 1, 129}, 0, "malformed NLRI", ""},
		{"a block that cannot be followed", []byte{0x80, 15, 9, 0}, 0, "malformed path attributes", ""},
		{"End-of-RIB", []byte{0x80, 15, 3, 0, 2, 1}, 0, "", "End-of-RIB"},
		{"attributes without a prefix", []byte{0x40, 1, 1, 0}, 0, "", "UPDATE without prefixes"},
	} {
		_, m, err := decodeFile(t, write(t, "updates", slices.Repeat(update(c.attributes...), 3)), "test")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		u := m["updates"]
		if u.Rows != 3*c.rows || c.rejected != "" && u.Rejected[c.rejected] != 3 || c.noted != "" && u.Noted[c.noted] != 3 {
			t.Errorf("%s: %d rows, rejected %v, noted %v", c.name, u.Rows, u.Rejected, u.Noted)
		}
		if (c.rejected != "") != (len(u.Damage) == 3) || len(u.Damage) > 0 && !strings.HasPrefix(u.Damage[0], "mrt/test/undated/updates: record 1, byte 0: BGP4MP MESSAGE_AS4: ") {
			t.Errorf("%s: damage %q", c.name, u.Damage)
		}
	}
}

// TestUpdateErrors: each error of a peer is counted with its attribute and what RFC 7606 prescribes.
func TestUpdateErrors(t *testing.T) {
	file := slices.Concat(
		update(0x40, 1, 1, 7), update(0x40, 1, 1, 7), // ORIGIN 7
		update(0x40, 1, 1, 0, 0x40, 1, 1, 0), // twice
		update(0xc0, 7, 3, 0, 0, 0),          // AGGREGATOR of 3 octets
		update(0x80, 15, 9, 0),               // beyond the block
		update(0x80, 15, 4, 0, 2, 1, 129),    // a prefix that is too long
		update(0x80, 15, 3, 0, 2, 1),
	)
	store, m, err := decodeFile(t, write(t, "updates", file), "test")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := range datasets.UpdateErrors.Scan(store.Path(m["update_errors"])) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Collector != "test" || row.PeerAddress != "192.0.2.1" || row.PeerASN != 64496 || row.Time.Unix() != 0x53724e00 {
			t.Errorf("%+v", row)
		}
		got = append(got, fmt.Sprintf("%s, %s, %s, %d", row.Attribute, row.Fault, row.Handling, row.Messages))
	}
	want := []string{
		"ORIGIN, malformed, treat-as-withdraw, 2", "ORIGIN, repeated, attribute discard, 1", "AGGREGATOR, malformed, attribute discard, 1",
		"MP_UNREACH_NLRI, overrun, treat-as-withdraw, 1", "MP_UNREACH_NLRI, malformed, session reset, 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, m, err = decodeFile(t, write(t, "updates", update(0x80, 15, 3, 0, 2, 1)), "test"); err != nil || m["update_errors"] == nil || m["update_errors"].Rows != 0 {
		t.Errorf("of a file without errors: %v, %v", m["update_errors"], err)
	}
}

// Of more kinds of errors than are counted at a time, each is a row.
func TestManyUpdateErrors(t *testing.T) {
	const many = 40_000
	var file []byte
	for i := range many {
		one := update(0x40, 1, 1, 7)
		binary.BigEndian.PutUint32(one[12:], uint32(1+i)) // the peer's AS
		file = append(file, one...)
	}
	_, m, err := decodeFile(t, write(t, "updates", file), "test")
	if err != nil || m["update_errors"].Rows != many {
		t.Errorf("%v, %v", m["update_errors"], err)
	}
}
