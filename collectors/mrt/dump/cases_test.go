package dump_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/collectors/mrt/dump"
)

// TestCases compares the text of each file of testdata/cases, as lines of bgpdump and as JSON, and what is reported, with
// its golden file. The files are the smallest that show a kind of fault, constructed after public bug reports and the RFCs
// with addresses and numbers of documentation ranges; nobody's data are in them.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/cases/*.mrt")
	if err != nil || len(names) < 40 {
		t.Fatalf("%d cases, %v", len(names), err)
	}
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, format := range []dump.Format{dump.Machine, dump.JSON} {
			got, wrong := showFrom(t, bytes.NewReader(file), &dump.Options{Format: format})
			if lines := strings.SplitAfter(got, "\n"); len(lines) > 40 {
				got = strings.Join(lines[:20], "") + fmt.Sprintf("… of %d lines\n", len(lines)-1)
			}
			text.WriteString(got)
			for _, err := range wrong {
				fmt.Fprintf(&text, "! %v\n", err)
			}
		}
		golden := strings.TrimSuffix(name, ".mrt") + ".txt"
		if *update {
			if err := os.WriteFile(golden, []byte(text.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if text.String() != string(want) {
			t.Errorf("%s: %s", name, firstDifference(text.String(), string(want)))
		}
	}
}

const at = 1700000000

func rec(kind mrt.Type, subtype uint16, body ...byte) []byte {
	return encode(&mrt.Record{Seconds: at, Type: kind, Subtype: subtype, Body: body})
}

// bgpMessage is a record of a session between AS 64496 and AS 64497, both of four octets, with a BGP message.
func bgpMessage(subtype uint16, kind byte, body ...byte) []byte {
	session := []byte{0, 0, 0xfb, 0xf0, 0, 0, 0xfb, 0xf1, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254}
	message := binary.BigEndian.AppendUint16(slices.Repeat([]byte{0xff}, 16), uint16(19+len(body)))
	return rec(mrt.BGP4MP, subtype, slices.Concat(session, message, []byte{kind}, body)...)
}

func updateBody(withdrawn, attributes, nlri []byte) []byte {
	b := append(binary.BigEndian.AppendUint16(nil, uint16(len(withdrawn))), withdrawn...)
	return slices.Concat(binary.BigEndian.AppendUint16(b, uint16(len(attributes))), attributes, nlri)
}

const as4, as4Local, as4AddPath = 4, 7, 9

func updateOf(withdrawn, attributes, nlri []byte) []byte {
	return bgpMessage(as4, 2, updateBody(withdrawn, attributes, nlri)...)
}

var (
	usual   = []byte{0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf0, 0x40, 3, 4, 192, 0, 2, 1} // ORIGIN, AS_PATH 64496, NEXT_HOP
	noHop   = usual[:len(usual)-7]
	prefix  = []byte{24, 203, 0, 113}
	peers   = rec(mrt.TableDumpV2, 1, 192, 0, 2, 254, 0, 0, 0, 1, 2, 192, 0, 2, 1, 192, 0, 2, 1, 0, 0, 0xfb, 0xf0)
	vpnRD   = []byte{0, 0, 0xfb, 0xf0, 0, 0, 0, 7}
	vpnNLRI = slices.Concat([]byte{112, 0, 1, 1}, vpnRD, []byte{203, 0, 113})
)

// reach is MP_REACH_NLRI with a next hop.
func reach(afi uint16, safi byte, hop []byte, nlri ...byte) []byte {
	v := slices.Concat(binary.BigEndian.AppendUint16(nil, afi), []byte{safi, byte(len(hop))}, hop, []byte{0}, nlri)
	return append([]byte{0x80, 14, byte(len(v))}, v...)
}

// generic is RIB_GENERIC, or RIB_GENERIC_ADDPATH, with one entry.
func generic(subtype uint16, afi uint16, safi byte, nlri []byte, entry ...byte) []byte {
	attributes := slices.Concat(noHop, entry)
	body := slices.Concat([]byte{0, 0, 0, 1}, binary.BigEndian.AppendUint16(nil, afi), []byte{safi}, nlri, []byte{0, 1, 0, 0, 0, 0, 0, 0, 0, byte(len(attributes))}, attributes)
	return rec(mrt.TableDumpV2, subtype, body...)
}

// TestFurtherCases has one more case for each kind of fault than testdata/cases. The JSON must hold the texts of want, or not
// those behind a !.
func TestFurtherCases(t *testing.T) {
	long := slices.Repeat([]byte{8, 10}, 30)
	cut := updateOf(nil, usual, long)
	cut = slices.Concat(cut[:8], binary.BigEndian.AppendUint32(nil, uint32(len(cut)-12-3)), cut[12:len(cut)-3])
	table := func(index byte) []byte { // with an entry of a peer
		return rec(mrt.TableDumpV2, 2, slices.Concat([]byte{0, 0, 0, 0}, prefix, []byte{0, 1, 0, index, 0, 0, 0, 0, 0, byte(len(usual))}, usual)...)
	}
	for _, c := range []struct {
		name    string
		in      []byte
		options dump.Options
		want    []string
		rows    int
		errors  int
	}{
		{"K01 years apart, then damage", slices.Concat(updateOf(nil, usual, prefix), []byte("<junk>"), encode(&mrt.Record{Seconds: 9, Type: mrt.BGP4MP, Subtype: 4, Body: updateOf(nil, usual, prefix)[12:]})),
			dump.Options{}, []string{`"time":"1970-01-01T00:00:09Z"`}, 2, 1},
		{"K02 many unknown records in a row", slices.Concat(slices.Repeat(rec(77, 1, updateOf(nil, usual, prefix)...), 20), updateOf(nil, usual, prefix)),
			dump.Options{}, []string{`"prefix":"203.0.113.0/24"`}, 21, 0},
		{"K03 IPv6, and GoBGP's form", slices.Concat(peers, generic(12, 2, 1, []byte{0, 0, 0, 9, 32, 0x20, 1, 0xd, 0xb8}),
			rec(mrt.TableDumpV2, 12, slices.Concat([]byte{0, 0, 0, 1, 0, 1, 1}, prefix, []byte{0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, byte(len(usual))}, usual)...)),
			dump.Options{}, []string{`"prefix":"2001:db8::/32","path_id":9`, `"prefix":"203.0.113.0/24","path_id":7`}, 3, 0},
		{"K04 MUP, CAR and SFC", slices.Concat(peers, generic(6, 1, 85, []byte{1, 0, 1, 3, 1, 2, 3}), generic(6, 1, 83, []byte{4, 1, 1, 2, 3}), generic(6, 31, 9, []byte{0, 1, 0, 2, 8, 9})),
			dump.Options{}, []string{`"family":"ipv4-mup"`, `"family":"afi 1 safi 83"`, `"family":"afi 31 safi 9"`}, 4, 0},
		{"K05 BGP-LS in the full form", slices.Concat(peers, generic(6, 16388, 71, []byte{0, 9, 0, 1, 7}, reach(16388, 71, []byte{192, 0, 2, 9})...)),
			dump.Options{}, []string{`"next_hop":"192.0.2.9"`, `!problems`}, 2, 0},
		{"K06 a malformed field whose other reading has a large identifier", updateOf(nil, usual, []byte{33, 1, 2, 3, 8, 5}), dump.Options{}, []string{"!prefix"}, 0, 1},
		{"K06 identifiers that the record does not tell", updateOf(nil, usual, []byte{0, 0, 0, 7, 24, 203, 0, 113}), dump.Options{}, []string{`"prefix":"203.0.113.0/24","path_id":7`}, 1, 0},
		{"K06 two default routes that are the same", bgpMessage(as4AddPath, 2, updateBody(nil, usual, []byte{32, 10, 0, 0, 0, 32, 10, 0, 0, 0})...), dump.Options{}, []string{`"prefix":"10.0.0.0/32"`, "!path_id"}, 2, 0},
		{"K07 each its own next hop", updateOf(nil, append(reach(2, 1, slices.Concat([]byte{0x20, 1, 0xd, 0xb8}, make([]byte, 12)), 0), usual...), prefix),
			dump.Options{}, []string{`"prefix":"203.0.113.0/24","origin":"igp","as_path":[64496],"origin_asn":64496,"next_hop":"192.0.2.1"`, `"prefix":"::/0","origin":"igp","as_path":[64496],"origin_asn":64496,"next_hop":"2001:db8::"`}, 2, 0},
		{"K08 an empty MP_UNREACH_NLRI and ORIGIN", updateOf(nil, []byte{0x80, 15, 3, 0, 2, 1, 0x40, 1, 1, 0}, nil), dump.Options{}, []string{`"kind":"update"`}, 1, 0},
		{"K08 End-of-RIB", updateOf(nil, []byte{0x90, 15, 0, 3, 0, 2, 1}, nil), dump.Options{}, []string{`"kind":"end-of-rib"`, `"family":"ipv6-unicast"`}, 1, 0},
		{"K09 withdrawn, of IPv6", updateOf(nil, []byte{0x80, 15, 8, 0, 2, 3, 32, 0x20, 1, 0xd, 0xb8}, nil), dump.Options{Format: dump.Machine}, []string{"|W|192.0.2.1|64496|2001:db8::/32"}, 1, 0},
		{"K10 without any next hop", slices.Concat(peers, generic(6, 1, 1, prefix)), dump.Options{Format: dump.Machine}, []string{"|IGP|255.255.255.255|"}, 1, 0},
		{"K11 a withdrawal that the collector sent", bgpMessage(as4Local, 2, updateBody(prefix, nil, nil)...), dump.Options{Format: dump.CSV}, []string{"withdraw,192.0.2.254,64497,"}, 1, 0},
		{"K11 by the collector's address", bgpMessage(as4Local, 2, updateBody(prefix, nil, nil)...), dump.Options{Filter: dump.Filter{Peers: []netip.Addr{netip.MustParseAddr("192.0.2.254")}}}, []string{`"local":true`}, 1, 0},
		{"K12 EVPN under a prefix filter", updateOf(nil, append(reach(25, 70, []byte{192, 0, 2, 1}, 9, 1, 7), usual...), prefix),
			dump.Options{Filter: dump.Filter{Less: []netip.Prefix{netip.MustParsePrefix("203.0.113.7/32")}}}, []string{`"prefix":"203.0.113.0/24"`}, 1, 0},
		{"K13 of two fields one fits", updateOf([]byte{8, 10}, usual, prefix), dump.Options{Format: dump.Human, Filter: dump.Filter{Exact: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}},
			[]string{"WITHDRAW\n  10.0.0.0/8", "!ANNOUNCE"}, -1, 0},
		{"K14 undecoded records under a filter", slices.Concat(peers, rec(mrt.OSPFv2, 0, 1, 2)), dump.Options{Filter: dump.Filter{Origins: []uint32{7}}}, nil, 0, 0},
		{"K17 a missing AS_PATH and an empty segment", slices.Concat(updateOf(nil, slices.Concat(usual[:4], usual[13:]), prefix), updateOf(nil, slices.Concat(usual[:4], []byte{0x40, 2, 2, 2, 0}, usual[13:]), prefix)),
			dump.Options{}, []string{`"problems":["missing AS_PATH"],"handling":"treat-as-withdraw"`, `"problems":["malformed AS_PATH"],"handling":"treat-as-withdraw"`}, 2, 0},
		{"K17 an aggregator of AS 0", updateOf(nil, append([]byte{0xc0, 7, 8, 0, 0, 0, 0, 192, 0, 2, 3}, usual...), prefix), dump.Options{}, []string{`"problems":["AS 0 in AGGREGATOR"],"handling":"attribute discard"`}, 1, 0},
		{"K25 an OPEN whose parameters end early", bgpMessage(as4, 1, 4, 0xfb, 0xf0, 0, 180, 192, 0, 2, 1, 9, 2), dump.Options{}, []string{`"kind":"open"`, `"body":"04fbf000b4c00002010902"`}, 1, 1},
		{"K26 route distinguishers of two types", updateOf(nil, append(reach(1, 128, append(make([]byte, 8), 192, 0, 2, 1), slices.Concat(vpnNLRI, vpnNLRI[:4], []byte{0, 2, 0, 0, 0xfb, 0xf0, 0, 7, 203, 0, 113})...), noHop...), nil),
			dump.Options{}, []string{`"nlri":["64496:7:203.0.113.0/24 label 16","0.64496:7:203.0.113.0/24 label 16"]`}, 1, 0},
		{"K27 a message of type 0", bgpMessage(as4, 0, 1, 2), dump.Options{}, []string{`"kind":"unknown"`, `"message_type":0,"body":"0102"`}, 1, 0},
		{"K28 a cut keepalive-like UPDATE", cut, dump.Options{}, []string{`"prefix":"10.0.0.0/8"`}, 28, 1},
		{"K29 until the middle of a second", slices.Concat(encode(&mrt.Record{Seconds: at, Micros: 100000, Type: mrt.BGP4MPET, Subtype: 4, Body: updateOf(prefix, nil, nil)[12:]}), encode(&mrt.Record{Seconds: at, Micros: 600000, Type: mrt.BGP4MPET, Subtype: 4, Body: updateOf(prefix, nil, nil)[12:]})),
			dump.Options{Filter: dump.Filter{Until: time.Unix(at, 500_000_000)}}, []string{"20.100000Z"}, 1, 0},
		{"K32 Zebra's message without addresses, AS known", rec(mrt.BGP4MP, 1, slices.Concat([]byte{0xfb, 0xf0, 0xfb, 0xf1}, updateOf(prefix, nil, nil)[32:])...), dump.Options{Format: dump.Machine}, []string{"|W|0.0.0.0|64496|203.0.113.0/24"}, 1, 0},
		{"K34 EVPN in a table", slices.Concat(peers, generic(6, 25, 70, []byte{9, 1, 7})), dump.Options{Format: dump.CSV}, []string{"l2vpn-evpn,[type:9]0x07,"}, 1, 0},
		{"K35 octets behind the last peer", append(rec(mrt.TableDumpV2, 1, append(slices.Clone(peers[12:]), 0, 0)...), table(0)...), dump.Options{}, []string{`"kind":"rib"`}, 2, 1},
		{"K36 a table entry without a next hop", slices.Concat(peers, generic(6, 1, 133, []byte{3, 1, 8, 10}, 0x80, 14, 1, 0)), dump.Options{Format: dump.Human}, []string{"MP_REACH_NLRI", "!NEXT_HOP"}, -1, 0},
		{"K37 IPv6 with AS numbers of four octets", rec(mrt.TableDump, 4, slices.Concat([]byte{0, 0, 0, 1, 0x20, 1, 0xd, 0xb8}, make([]byte, 12), []byte{32, 1, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8}, make([]byte, 11), []byte{1, 0, 1, 0x11, 0x70, 0, byte(len(noHop))}, noHop)...),
			dump.Options{Format: dump.Machine}, []string{"TABLE_DUMP|1700000000|B|2001:db8::1|70000|2001:db8::/32|64496|"}, 1, 0},
	} {
		if c.options.Format == dump.Human && c.rows >= 0 {
			c.options.Format = dump.JSON
		}
		got, wrong := showFrom(t, bytes.NewReader(c.in), &c.options)
		for _, want := range c.want {
			not, is := strings.CutPrefix(want, "!")
			if strings.Contains(got, not) == is {
				t.Errorf("%s: want %s in\n%s", c.name, want, got)
			}
		}
		if rows := strings.Count(got, "\n"); c.rows >= 0 && rows != c.rows || len(wrong) != c.errors {
			t.Errorf("%s: %d lines, want %d; errors %v\n%s", c.name, rows, c.rows, wrong, got)
		}
		if records, ok := slowRecords(c.in); ok && len(records) > 0 {
			if err := besideSlow(c.in, new(compared)); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// TestFamiliesInStat counts each NLRI of a field, of whatever family.
func TestFamiliesInStat(t *testing.T) {
	in := updateOf(nil, append(reach(25, 70, []byte{192, 0, 2, 1}, 9, 1, 7, 9, 1, 8, 9, 0), noHop...), nil)
	s, err := dump.Measure(t.Context(), bytes.NewReader(in), "f")
	if err != nil || s.Families["l2vpn-evpn"] != 3 || s.Elements["announce"] != 3 {
		t.Errorf("families %v, elements %v, %v", s.Families, s.Elements, err)
	}
	var text strings.Builder // K31 in text: NLRI withdrawn and announced, of two families
	in = slices.Concat(in, updateOf([]byte{8, 10, 8, 11}, append([]byte{0x80, 15, 9, 0, 25, 70, 9, 1, 7, 9, 1, 8}, usual...), prefix))
	if s, err = dump.Measure(t.Context(), bytes.NewReader(in), "f"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`l2vpn-evpn +5`, `ipv4-unicast +3`, `announce +4`, `withdraw +4`} {
		if !regexp.MustCompile(`(?m)^ *` + line + `$`).MatchString(text.String()) {
			t.Errorf("no line %q in\n%s", line, text.String())
		}
	}
	many := slices.Repeat(updateOf(nil, usual, []byte{33, 1, 2, 3, 4, 5}), 150)
	if s, err = dump.Measure(t.Context(), bytes.NewReader(many), "f"); err != nil || s.Places != 150 || len(s.Skipped) != 101 || !strings.Contains(s.Skipped[1], "record 2,") {
		t.Errorf("%d places, %d of them named, %v", s.Places, len(s.Skipped), err)
	}
	if (bgp.Family{AFI: 1, SAFI: 83}).Named() {
		t.Error("a family without a name has one")
	}
}
