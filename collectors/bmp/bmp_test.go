package bmp_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bmp"
	"tidemark/collectors/mrt"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
	"tidemark/internal/testkit/inflated"
)

// message is a BMP message.
func message(kind byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32([]byte{3}, uint32(6+len(body))), kind), body...)
}

// peer is a per-peer header of 192.0.2.1, AS 70000, at 1700000000.5.
func peer(kind, flags byte) []byte {
	b := append([]byte{kind, flags}, make([]byte, 8+12)...)
	b = binary.BigEndian.AppendUint32(append(b, 192, 0, 2, 1), 70000)
	b = binary.BigEndian.AppendUint32(append(b, 10, 0, 0, 1), 1700000000)
	return binary.BigEndian.AppendUint32(b, 500000)
}

func pdu(kind byte, body ...byte) []byte {
	b := append(bytes.Repeat([]byte{0xff}, 16), 0, 0, kind)
	binary.BigEndian.PutUint16(b[16:], uint16(19+len(body)))
	return append(b, body...)
}

// open is an OPEN with the capabilities of four-octet AS numbers and of path identifiers for IPv4 unicast.
func open(asn uint32, addPath byte) []byte {
	capabilities := binary.BigEndian.AppendUint32([]byte{65, 4}, asn)
	capabilities = append(capabilities, 69, 4, 0, 1, 1, addPath)
	return pdu(1, append([]byte{4, 0x5b, 0xa0, 0, 90, 10, 0, 0, 2, byte(2 + len(capabilities)), 2, byte(len(capabilities))}, capabilities...)...)
}

func peerUp(sent, received []byte) []byte {
	local := append(make([]byte, 12), 192, 0, 2, 254)
	return message(3, peer(0, 0), local, []byte{0, 179, 0x30, 0x39}, sent, received)
}

var withdrawal = pdu(2, 0, 4, 24, 203, 0, 113, 0, 0)

// records gives the records of a stream as text, and what was reported.
func records(t *testing.T, in io.Reader) (got []string, wrong []error) {
	t.Helper()
	r := bmp.NewReader(in, "f", func(err error) { wrong = append(wrong, err) })
	return recordsOf(t, r, &wrong), wrong
}

func recordsOf(t *testing.T, in io.Reader, wrong *[]error) (got []string) {
	t.Helper()
	for rec, err := range mrt.NewReader(in, "f").Records() {
		if err != nil {
			*wrong = append(*wrong, err)
			continue
		}
		m, err := rec.ParseMessage()
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%d.%06d %s %s AS%d %s AS%d", rec.Seconds, rec.Micros, rec.SubtypeName(), m.Peer.Address, m.Peer.ASN, m.Collector.Address, m.Collector.ASN)
		if m.StateChange {
			text += fmt.Sprintf(" %d→%d", m.OldState, m.NewState)
		}
		got = append(got, text)
	}
	return got
}

// TestMessages: which records each message becomes.
func TestMessages(t *testing.T) {
	t.Parallel()
	const when, ends = "1700000000.500000 ", " 192.0.2.1 AS70000 192.0.2.254 AS65000"
	up := []string{when + "MESSAGE_AS4_LOCAL" + ends, when + "MESSAGE_AS4" + ends, when + "STATE_CHANGE_AS4" + ends + " 5→6"}
	for _, c := range []struct {
		name    string
		stream  [][]byte
		want    []string
		reports string
	}{
		{"Peer Up", [][]byte{peerUp(open(65000, 1), open(70000, 1))}, up, ""},
		{"Route Monitoring", [][]byte{peerUp(open(65000, 1), open(70000, 1)), message(0, peer(0, 0), withdrawal)}, append(slices.Clone(up), when+"MESSAGE_AS4"+ends), ""},
		{"path identifiers that the peer sends", [][]byte{peerUp(open(65000, 1), open(70000, 2)), message(0, peer(0, 0), withdrawal)}, append(slices.Clone(up), when+"MESSAGE_AS4_ADDPATH"+ends), ""},
		{"path identifiers that the peer receives", [][]byte{peerUp(open(65000, 2), open(70000, 1)), message(0, peer(0, 0), withdrawal)}, append(slices.Clone(up), when+"MESSAGE_AS4"+ends), ""},
		{"Adj-RIB-Out", [][]byte{message(0, peer(0, 0x10), withdrawal)}, []string{when + "MESSAGE_AS4_LOCAL 192.0.2.1 AS70000 0.0.0.0 AS0"}, ""},
		{"AS numbers of two octets", [][]byte{message(0, peer(0, 0x20), withdrawal)}, []string{when + "MESSAGE 192.0.2.1 AS23456 0.0.0.0 AS0"}, ""},
		{"after policy", [][]byte{message(0, peer(0, 0x40), withdrawal)}, nil, "1 messages of RIBs after policy are left out"},
		{"Loc-RIB, whose flags have other meanings", [][]byte{message(0, peer(3, 0x80), withdrawal)}, []string{when + "MESSAGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0"}, ""},
		{"Peer Down with a NOTIFICATION", [][]byte{message(2, peer(0, 0), []byte{3}, pdu(3, 6, 2))}, []string{when + "MESSAGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0", when + "STATE_CHANGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0 6→1"}, ""},
		{"Route Monitoring after Peer Down", [][]byte{peerUp(open(65000, 1), open(70000, 2)), message(2, peer(0, 0), []byte{4}), message(0, peer(0, 0), withdrawal)},
			append(slices.Clone(up), when+"STATE_CHANGE_AS4"+ends+" 6→1", when+"MESSAGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0"), ""},
		{"Peer Down without", [][]byte{message(2, peer(0, 0), []byte{4})}, []string{when + "STATE_CHANGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0 6→1"}, ""},
		{"Route Mirroring", [][]byte{message(6, peer(0, 0), []byte{0, 1, 0, 2, 0, 0, 0, 0, 0, byte(len(withdrawal))}, withdrawal)}, []string{when + "MESSAGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0"}, ""},
		{"Initiation, Statistics, Termination", [][]byte{message(4, []byte{0, 2, 0, 1, 'r'}), message(1, peer(0, 0), make([]byte, 4)), message(5)}, nil, ""},
		{"behind OpenBMP's header", [][]byte{append([]byte("OBMP\x01\x07\x00\x0e\x00\x00\x00\x00ab"), message(0, peer(0, 0), withdrawal)...)}, []string{when + "MESSAGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0"}, ""},
		{"a message that lies about the BGP message", [][]byte{message(0, peer(0, 0), withdrawal[:20]), message(0, peer(0, 0), withdrawal)}, []string{when + "MESSAGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0"}, "BGP message of 27 octets"},
		{"cut off", [][]byte{message(0, peer(0, 0), withdrawal), message(0, peer(0, 0), withdrawal)[:30]}, []string{when + "MESSAGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0"}, "ends inside a BMP message"},
		{"no BMP behind it", [][]byte{message(0, peer(0, 0), withdrawal), []byte("hello world")}, []string{when + "MESSAGE_AS4 192.0.2.1 AS70000 0.0.0.0 AS0"}, "no BMP message here"},
	} {
		stream := bytes.Join(c.stream, nil)
		if !bmp.Is(stream[:min(512, len(stream))]) && c.name != "no BMP behind it" {
			t.Errorf("%s: not seen to be BMP", c.name)
		}
		got, wrong := records(t, bytes.NewReader(stream))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if text := fmt.Sprint(errors.Join(wrong...)); c.reports == "" && len(wrong) > 0 || !strings.Contains(text, c.reports) {
			t.Errorf("%s: reported %s, want %q", c.name, text, c.reports)
		}
	}
}

// TestIs: MRT is not taken for BMP.
func TestIs(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"", "\x03", "\x65\x53\xf1\x00\x00\x0d\x00\x01\x00\x00\x00\x14", "\x03\x00\x00\x00\x06\x09", "\x03\x00\x00\x00\x05\x04", "hello, world", "OBMP"} {
		if bmp.Is([]byte(start)) {
			t.Errorf("%q is taken for BMP", start)
		}
	}
}

// capture is a pcap file of segments from 192.0.2.1 to 192.0.2.2, in the order given.
func capture(segments ...[]byte) []byte {
	b := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0}
	for _, s := range segments {
		packet := append(make([]byte, 12), 0x08, 0x00)
		packet = append(packet, s...)
		b = binary.LittleEndian.AppendUint32(b, 1700000001)
		b = binary.LittleEndian.AppendUint32(b, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(packet)))
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(packet))), packet...)
	}
	return b
}

// segment is an IP packet with a TCP segment.
func segment(sequence uint32, flags byte, payload []byte) []byte {
	b := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
	binary.BigEndian.PutUint16(b[2:], uint16(40+len(payload)))
	tcp := binary.BigEndian.AppendUint32([]byte{0x30, 0x39, 0x13, 0x88}, sequence)
	return append(append(append(b, tcp...), 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0), payload...)
}

// TestCaptures: the same messages come of segments in any order, repeated, or around a gap.
func TestCaptures(t *testing.T) {
	t.Parallel()
	one, two := message(0, peer(0, 0), withdrawal), message(0, peer(0, 0x10), withdrawal)
	stream := slices.Concat(one, two, one)
	const start = 1<<32 - 40 // the sequence number passes 0
	at := func(from, to int) []byte { return segment(uint32(start+1+from), 0x10, stream[from:to]) }
	n := len(stream)
	for _, c := range []struct {
		name     string
		segments [][]byte
		want     int
		reports  string
	}{
		{"in order", [][]byte{segment(start, 2, nil), at(0, 50), at(50, n)}, 3, ""},
		{"out of order", [][]byte{segment(start, 2, nil), at(50, n), at(0, 50)}, 3, ""},
		{"repeated, with another size", [][]byte{segment(start, 2, nil), at(0, 50), at(0, 60), at(20, n)}, 3, ""},
		{"with data in the SYN", [][]byte{segment(start, 2, stream[:50]), at(50, n)}, 3, ""},
		{"with data in a SYN that is not counted", [][]byte{segment(start+1, 2, stream[:50]), at(50, n)}, 3, ""},
		{"begun in the middle", [][]byte{at(len(one), n)}, 2, ""},
		{"with a gap", [][]byte{segment(start, 2, nil), at(0, len(one)), at(2*len(one), n)}, 2, "octets of the connection are not in the capture"},
		{"cut off", [][]byte{segment(start, 2, nil), at(0, n-5)}, 2, "ends inside a BMP message"},
		{"of something else", [][]byte{segment(start, 0x10, []byte("GET / HTTP/1.1\r\n\r\n"))}, 0, "without BMP"},
	} {
		file := capture(c.segments...)
		if !bmp.IsCapture(file) {
			t.Fatal("not seen to be a capture")
		}
		var wrong []error
		r, err := bmp.NewCaptureReader(bytes.NewReader(file), "f", func(err error) { wrong = append(wrong, err) })
		if err != nil {
			t.Fatal(err)
		}
		got := recordsOf(t, r, &wrong)
		if text := fmt.Sprint(errors.Join(wrong...)); len(got) != c.want || c.reports == "" && len(wrong) > 0 || !strings.Contains(text, c.reports) {
			t.Errorf("%s: %d records, want %d; reported %s, want %q", c.name, len(got), c.want, text, c.reports)
		}
	}
}

// messages counts what messages of BMP become.
type messages struct{ updates, opens, changes int }

// countedByTshark counts the messages of a capture with Wireshark's dissector, which knows nothing of MRT.
func countedByTshark(t *testing.T, tshark, file string) (n messages) {
	t.Helper()
	const port = "1790"
	out, err := exec.Command(tshark, "-r", file, "-d", "tcp.port=="+port+",bmp", "-Y", "bmp", "-T", "fields", "-E", "separator=;",
		"-e", "bmp.type", "-e", "bmp.peer.type", "-e", "bmp.peer.flags").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) { // of a packet: lists of the messages' fields
		fields := strings.Split(strings.TrimSpace(line), ";")
		kinds, flags := strings.Split(fields[1], ","), strings.Split(fields[2], ",")
		for _, kind := range strings.Split(fields[0], ",") {
			if kind == "4" || kind == "5" {
				continue // no peer
			}
			var flag uint8
			if _, err := fmt.Sscanf(flags[0], "0x%x", &flag); err != nil {
				t.Fatal(line, err)
			}
			const locRIB, postPolicy = "3", 0x40
			switch {
			case kind == "0" && (kinds[0] == locRIB || flag&postPolicy == 0):
				n.updates++
			case kind == "2":
				n.changes++
			case kind == "3":
				n.changes++
				n.opens += 2
			}
			kinds, flags = kinds[1:], flags[1:]
		}
	}
	return n
}

// TestRealCaptures reads captures of Cisco, Huawei and FRR sessions, and finds as many messages as tshark.
func TestRealCaptures(t *testing.T) {
	t.Parallel()
	tshark := testkit.Need(t, "tshark")
	files, err := filepath.Glob(testkit.Data(t, "mrt/bmp") + "/*.pcap*")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	var all messages
	for _, name := range files {
		base := filepath.Base(name)
		r, err := bmp.NewCaptureReader(inflated.Open(t, name), base, func(err error) { t.Log(err) })
		if err != nil {
			t.Fatal(err)
		}
		var got messages
		for rec, err := range mrt.NewReader(r, base).Records() {
			if err != nil {
				t.Errorf("%s: %v", base, err)
				continue
			}
			m, err := rec.ParseMessage()
			switch {
			case err != nil:
				t.Errorf("%s: %v", base, err)
			case m.StateChange:
				got.changes++
			case m.Kind == bgp.MessageOpen:
				got.opens++
			case m.Kind == bgp.MessageUpdate:
				got.updates++
			}
		}
		if want := countedByTshark(t, tshark, name); got != want {
			t.Errorf("%s: %+v, tshark has %+v", base, got, want)
		}
		all.updates, all.opens, all.changes = all.updates+got.updates, all.opens+got.opens, all.changes+got.changes
	}
	if all.updates == 0 || all.opens == 0 || all.changes == 0 {
		t.Errorf("only %+v were compared", all)
	}
	t.Logf("%d captures: %+v", len(files), all)
}

// FuzzReader feeds anything as BMP and as a capture of BMP or BGP, in either format: nothing panics, and what comes out is MRT.
func FuzzReader(t *testing.F) {
	f := fuzz.With(t)
	f.Add(slices.Concat(peerUp(open(65000, 1), open(70000, 2)), message(0, peer(0, 0), withdrawal), message(2, peer(0, 0), []byte{4})))
	f.Add(capture(segment(1, 2, nil), segment(2, 0x10, message(0, peer(0, 0), withdrawal))))
	f.Add(capture(with(179, segment(0, 2, nil)), with(179, segment(1, 0x10, open(70000, 3))), back(with(179, segment(1, 0x10, open(70001, 3)))),
		with(179, segment(uint32(1+len(open(70000, 3))), 0x11, slices.Concat(pdu(4), path(4), pdu(3, 6, 2))))))
	f.Add(slices.Concat(section(binary.BigEndian), describe(binary.BigEndian, 101, []byte{9, 0x8a}), enhanced(binary.BigEndian, 0, 99<<10, segment(1, 0x10, path(2)))))
	f.Fuzz(func(t *testing.T, b []byte) {
		read := []io.Reader{bmp.NewReader(bytes.NewReader(b), "f", func(error) {})}
		if bmp.IsCapture(b) {
			if r, err := bmp.NewCaptureReader(bytes.NewReader(b), "f", func(error) {}); err == nil {
				read = append(read, r)
			}
		}
		for _, r := range read {
			out, _ := io.ReadAll(r)
			for at := 0; at < len(out); {
				if len(out)-at < 12 {
					t.Fatal("half a header")
				}
				at += 12 + int(binary.BigEndian.Uint32(out[at+8:]))
				if at > len(out) {
					t.Fatal("half a record")
				}
			}
		}
	})
}
