package rislive

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
)

// realFrames are what RIS Live sent on 2026-09-10.
func realFrames(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile(testkit.File(t, "rislive/ris-2026.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// describe returns a message as a line.
func describe(t testing.TB, m *Message) string {
	t.Helper()
	in := mrt.NewReader(bytes.NewReader(m.AppendMRT(nil)), "record")
	rec, err := in.Next()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := rec.ParseMessage()
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Peer.Address != m.PeerAddress || parsed.Peer.ASN != m.PeerASN && !m.TwoOctets || !rec.Time().Equal(m.Time) || parsed.Local != m.Local {
		t.Fatalf("message %+v became the record %+v of %s", m, parsed, rec.Time())
	}
	line := fmt.Sprintf("%s %s %s AS%d %s", m.Time.Format("15:04:05.000000"), m.Host, m.PeerAddress, m.PeerASN, rec.SubtypeName())
	if parsed.StateChange {
		return fmt.Sprintf("%s %d to %d", line, parsed.OldState, parsed.NewState)
	}
	line += fmt.Sprintf(" type %d", parsed.Kind)
	if parsed.Kind != bgp.MessageUpdate {
		return line
	}
	u, err := bgp.ParseUpdate(parsed.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a bgp.Attributes
	if err := a.DecodeUpdate(&u, parsed.Form); err != nil || len(a.Problems()) > 0 {
		t.Fatal(err, a.Problems())
	}
	withdrawn, _ := texts(u.Withdrawn, bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast})
	more, _ := texts(a.Unreach.NLRI, a.Unreach.Family)
	announced, _ := texts(a.Reach.NLRI, a.Reach.Family)
	own, _ := texts(u.NLRI, bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast})
	return fmt.Sprintf("%s, path %s, -%v, +%v by %s %s", line, a.Path.String(), append(withdrawn, more...), append(own, announced...), a.TableHop(), a.Reach.LinkLocal)
}

// TestRealFrames: what each message of the stream becomes.
func TestRealFrames(t *testing.T) {
	want := []string{
		"05:53:21.670000 rrc01 2001:7f8:4::3:2be1:1 AS207841 MESSAGE_AS4 type 2, path 207841 6939 216211 206069 204211 57330 57330 57330, -[], +[2a12:3fc6::/48] by 2001:7f8:4::3:2be1:1 fe80::3efd:feff:feee:62ca",
		"05:53:26.210000 rrc03 2001:7f8:1::a501:3030:1 AS13030 MESSAGE_AS4 type 2, path 13030 2914 32098 28438, -[2a12:ca42::/32 2a12:ca45::/32 2a12:ca46::/32 2a12:ca47::/32 2a12:ca43::/32 2a12:ca40::/32 2a12:ca40::/29 2a12:ca41::/32 2a12:ca44::/32], +[2806:320:340::/42] by 2001:7f8:1::a501:3030:1 fe80::fe0a:81ff:fefe:2c15",
		"05:53:21.670000 rrc01 2001:7f8:4::3:2be1:1 AS207841 MESSAGE_AS4 type 2, path 207841 28458, -[], +[2806:202::/32] by 2001:7f8:4::6f2a:1 invalid IP",
		"05:53:38.680000 rrc01 2001:7f8:4::3:2be1:1 AS207841 MESSAGE_AS4 type 4",
		"05:53:21.760000 rrc13 195.208.209.55 AS29479 STATE_CHANGE_AS4 1 to 2",
		"05:53:25.850000 rrc00 102.67.56.1 AS328474 MESSAGE_AS4 type 1",
		"05:53:27.200000 rrc24 45.165.81.17 AS53427 MESSAGE_AS4 type 3",
	}
	frames := realFrames(t)
	if len(frames) != len(want) {
		t.Fatalf("%d messages", len(frames))
	}
	for i, text := range frames {
		f, err := parseFrame([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all, err := f.messages()
		if err != nil || len(all) != 1 {
			t.Fatalf("message %d: %d messages, %v", i, len(all), err)
		}
		if got := describe(t, &all[0]); got != want[i] {
			t.Errorf("message %d\n got %s\nwant %s", i, got, want[i])
		}
	}
}

// update is a message with the given fields behind those of its session.
func update(fields string) string {
	return `{"type":"ris_message","data":{"timestamp":1789019601.5,"peer":"192.0.2.1","peer_asn":"64500","id":"1","host":"rrc00","type":"UPDATE",` + fields + `}}`
}

// TestFields: UPDATE messages without their octets.
func TestFields(t *testing.T) {
	for _, c := range []struct {
		fields string
		want   []string // behind time and session
	}{
		{`"path":[64500,[64510,64499],64501],"origin":"igp","announcements":[{"next_hop":"192.0.2.9","prefixes":["198.51.100.0/24","203.0.113.0/24"]}]`,
			[]string{"path 64500 {64510,64499} 64501, -[], +[198.51.100.0/24 203.0.113.0/24] by 192.0.2.9 invalid IP"}},
		{`"path":["64500",4200000000],"origin":"INCOMPLETE","med":7,"aggregator":"65000:8.42.232.1","community":[[64500,666]],"announcements":[{"next_hop":"2001:db8::1","prefixes":["198.51.100.0/24"]}]`,
			[]string{"path 64500 4200000000, -[], +[198.51.100.0/24] by 2001:db8::1 invalid IP"}},
		{`"path":[64500],"origin":"EGP","announcements":[{"next_hop":"192.0.2.9","prefixes":["198.51.100.0/24"]},{"next_hop":"2001:db8::1,fe80::1","prefixes":["2001:db8:1::/48"]}],"withdrawals":["203.0.113.0/24","2001:db8:2::/48"]`,
			[]string{
				"path , -[203.0.113.0/24 2001:db8:2::/48], +[] by invalid IP invalid IP",
				"path 64500, -[], +[198.51.100.0/24] by 192.0.2.9 invalid IP",
				"path 64500, -[], +[2001:db8:1::/48] by 2001:db8::1 fe80::1",
			}},
	} {
		f, err := parseFrame([]byte(update(c.fields)))
		if err != nil {
			t.Fatal(err)
		}
		all, err := f.messages()
		if err != nil {
			t.Fatalf("%s: %v", c.fields, err)
		}
		for i := range max(len(all), len(c.want)) {
			const session = "05:53:21.500000 rrc00 192.0.2.1 AS64500 MESSAGE_AS4 type 2, "
			if i >= len(all) || i >= len(c.want) || describe(t, &all[i]) != session+c.want[i] {
				t.Fatalf("%s: %d messages, want %q", c.fields, len(all), c.want)
			}
		}
	}
}

// TestRefused: what cannot be read, and why.
func TestRefused(t *testing.T) {
	good := `"path":[64500],"origin":"igp","announcements":[{"next_hop":"192.0.2.9","prefixes":["198.51.100.0/24"]}]`
	header := strings.Repeat("FF", 16)
	for _, c := range []struct{ text, want string }{
		{`{`, "unexpected end"},
		{`[]`, "cannot unmarshal"},
		{`{"type":"ris_message","data":[]}`, "cannot unmarshal"},
		{strings.Repeat("[", 100_000), "exceeded max depth"},
		{strings.Replace(update(good), "1789019601.5", "1e300", 1), "timestamp 1e+300"},
		{strings.Replace(update(good), "1789019601.5", "1e999", 1), "1e999"},
		{strings.Replace(update(good), "1789019601.5", "-1", 1), "timestamp -1"},
		{strings.Replace(update(good), "1789019601.5", "4294967296", 1), "timestamp 4.294967296e+09"},
		{strings.Replace(update(good), "1789019601.5", `"now"`, 1), "cannot unmarshal"},
		{strings.Replace(update(good), `"64500"`, `"4294967296"`, 1), "invalid AS number"},
		{strings.Replace(update(good), `"64500"`, `-1`, 1), "invalid AS number"},
		{strings.Replace(update(good), `"64500"`, `{}`, 1), "invalid AS number"},
		{strings.Replace(update(good), "192.0.2.1", "fe80::1%eth0", 1), `peer "fe80::1%eth0" is not an address`},
		{strings.Replace(update(good), "rrc00", "../../rrc00", 1), `host "../../rrc00" is not a collector of RIS`},
		{strings.Replace(update(good), `"UPDATE"`, `"KEEPALIVE"`, 1), `"KEEPALIVE" without its octets`},
		{strings.Replace(update(good), `"UPDATE"`, `"STATE"`, 1), "unknown state"},
		{update(`"raw":"0G"`), "raw: encoding/hex"},
		{update(`"raw":"FFFF"`), "raw: BGP message header"},
		{update(`"raw":"` + header + `001402"`), "raw: BGP message claims 20 octets of 19"},
		{update(`"raw":"` + header + `00130400"`), "raw: 1 octets behind a message of 19"},
		{update(`"raw":"` + header + `001304"`), `raw: a message of type 4, said to be "UPDATE"`},
		{update(`"announcements":[]`), "neither announces nor withdraws"},
		{update(`"announcements":{}`), "announcements: json: cannot unmarshal"},
		{update(`"announcements":[{"next_hop":"192.0.2.9","prefixes":["eor"]}]`), `invalid prefix "eor"`},
		{update(`"announcements":[{"next_hop":"192.0.2.9","prefixes":[]}]`), "prefixes of one family"},
		{update(`"announcements":[{"next_hop":"192.0.2.9","prefixes":["198.51.100.0/33"]}]`), `invalid prefix "198.51.100.0/33"`},
		{update(`"announcements":[{"next_hop":"192.0.2.9","prefixes":["2001:db8::/32"]}]`), "next hop 192.0.2.9 of prefixes of IPv6"},
		{update(`"announcements":[{"next_hop":"192.0.2.9,fe80::1","prefixes":["198.51.100.0/24"]}]`), "invalid next hop"},
		{update(`"withdrawals":["` + strings.Repeat(`198.51.100.0/24","`, 1100) + `203.0.113.0/24"]`), "too long message length"},
		{strings.Replace(update(good), `[64500]`, `[[]]`, 1), "an AS_SET of 0 ASes"},
		{strings.Replace(update(good), `[64500]`, `[null]`, 1), "path"},
		{strings.Replace(update(good), `[64500]`, `[[[1]]]`, 1), "path"},
		{strings.Replace(update(good), `"igp"`, `"ibgp"`, 1), `unknown origin "ibgp"`},
		{update(good + `,"aggregator":"64500"`), "invalid aggregator"},
		{update(good + `,"community":[[1]]`), "community: 1 numbers"},
		{update(good + `,"community":[[1,65536]]`), "community: json"},
		{update(good + `,"med":1e12`), "med: json"},
	} {
		f, err := parseFrame([]byte(c.text))
		if err == nil {
			_, err = f.messages()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.200s: %v, want %s", c.text, err, c.want)
		}
	}
}

// TestTwoOctets: in which form a path is, where it can be read in both.
func TestTwoOctets(t *testing.T) {
	// Read with two octets: 64500 64501 {64502}; with four: 2^32 and more in one sequence of two.
	both := []byte{0, 0, 0, 13, 0x40, 2, 10, 2, 2, 0xfb, 0xf4, 0xfb, 0xf5, 1, 1, 0xfb, 0xf6}
	for said, want := range map[string]bool{`[64500,64501,[64502]]`: true, `[4227136501,16907254]`: false, `[]`: false, `{`: false} {
		if got := twoOctets(both, []byte(said)); got != want {
			t.Errorf("%s: %v", said, got)
		}
	}
}

// FuzzMessage: whatever the server sends, it becomes records that can be read again, or an error.
func FuzzMessage(t *testing.F) {
	f := fuzz.With(t)
	for _, text := range realFrames(f) {
		f.Add([]byte(text))
		if at := strings.Index(text, `,"raw"`); at >= 0 {
			f.Add([]byte(text[:at] + "}}"))
		}
	}
	f.Add([]byte(update(`"path":[64500,[64510,64499]],"origin":"igp","med":0,"aggregator":"65000:8.42.232.1","community":[[1,2]],"announcements":[{"next_hop":"192.0.2.9","prefixes":["198.51.100.0/24"]}],"withdrawals":["::/0"]`)))
	f.Fuzz(func(t *testing.T, text []byte) {
		frame, err := parseFrame(text)
		if err != nil {
			return
		}
		all, err := frame.messages()
		if err != nil {
			return
		}
		var records []byte
		for i := range all {
			records = all[i].AppendMRT(records)
		}
		in := mrt.NewReader(bytes.NewReader(records), "records")
		for i := range all {
			rec, err := in.Next()
			if err != nil {
				t.Fatalf("record %d of %d: %v", i, len(all), err)
			}
			m, err := rec.ParseMessage()
			if err != nil || !rec.Time().Equal(all[i].Time) || m.Peer.Address != all[i].PeerAddress {
				t.Fatalf("message %+v became the record %+v of %s: %v", all[i], m, rec.Time(), err)
			}
		}
		if len(all) == 0 || !collectorName.MatchString(all[0].Host) {
			t.Fatalf("%d messages without an error", len(all))
		}
	})
}
