package bmp_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bmp"
	"tidemark/collectors/mrt"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/inflated"
)

// block is a block of pcapng, in either byte order.
func block(order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	body = append(slices.Clone(body), make([]byte, -len(body)&3)...)
	b := order.AppendUint32(order.AppendUint32(nil, kind), uint32(12+len(body)))
	return order.AppendUint32(append(b, body...), uint32(12+len(body)))
}

func section(order binary.AppendByteOrder) []byte {
	b := order.AppendUint16(order.AppendUint16(order.AppendUint32(nil, 0x1a2b3c4d), 1), 0)
	return block(order, 0x0a0d0d0a, order.AppendUint64(b, 1<<64-1))
}

// describe is an Interface Description Block with options of a code and a value each.
func describe(order binary.AppendByteOrder, link uint16, options ...[]byte) []byte {
	b := order.AppendUint32(order.AppendUint16(order.AppendUint16(nil, link), 0), 0)
	for _, o := range options {
		b = append(order.AppendUint16(order.AppendUint16(b, uint16(o[0])), uint16(len(o)-1)), o[1:]...)
		b = append(b, make([]byte, -len(b)&3)...)
	}
	return block(order, 1, order.AppendUint32(b, 0))
}

func enhanced(order binary.AppendByteOrder, id uint32, units uint64, data []byte) []byte {
	b := order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, id), uint32(units>>32)), uint32(units))
	b = order.AppendUint32(order.AppendUint32(b, uint32(len(data))), uint32(len(data)))
	return block(order, 6, append(b, data...))
}

// back is a segment in the other direction, and with is one between other ports.
func back(s []byte) []byte {
	return slices.Concat(s[:12], s[16:20], s[12:16], s[22:24], s[20:22], s[24:])
}

func with(port uint16, s []byte) []byte {
	s = slices.Clone(s)
	binary.BigEndian.PutUint16(s[22:], port)
	return s
}

// readCapture gives the records of a capture as text, and what was reported.
func readCapture(t *testing.T, file []byte) (got []string, wrong error) {
	t.Helper()
	var all []error
	r, err := bmp.Content(bufio.NewReader(bytes.NewReader(file)), "f", func(err error) { all = append(all, err) })
	if err != nil {
		return nil, err
	}
	got = recordsOf(t, r, &all)
	return got, errors.Join(all...)
}

// TestPcapng: packets of all kinds of blocks, in both byte orders, with the times of their interfaces.
func TestPcapng(t *testing.T) {
	t.Parallel()
	for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		offset := order.AppendUint64([]byte{14}, 1700000000)
		ethernet := append(append(make([]byte, 12), 8, 0), segment(1, 0x10, pdu(4))...)
		old := enhanced(order, 0, 1700000003e6, ethernet)
		copy(old, order.AppendUint32(nil, 2))
		copy(old[8:], order.AppendUint16(order.AppendUint16(nil, 0), 7)) // dropped packets
		file := slices.Concat(
			section(order), describe(order, 1), describe(order, 101, []byte{9, 0x80 | 10}, offset),
			block(order, 0xbad, make([]byte, 100)),
			enhanced(order, 0, 1700000001500000, ethernet),
			enhanced(order, 1, 2*1024+512, segment(20, 0x10, pdu(4))),
			old[:len(old):len(old)],
			block(order, 3, append(order.AppendUint32(nil, uint32(len(ethernet))), ethernet...)), // repeats the first
			section(order), describe(order, 101, []byte{9, 9}),
			enhanced(order, 0, 1700000004123456789, segment(39, 0x10, pdu(4))),
		)
		got, wrong := readCapture(t, file)
		const ends = " MESSAGE_AS4 192.0.2.1 AS0 192.0.2.2 AS0"
		want := []string{"1700000001.500000" + ends, "1700000002.500000" + ends, "1700000004.123456" + ends}
		if !slices.Equal(got, want) || wrong != nil {
			t.Errorf("%v: %s, want %s; reported %v", order, strings.Join(got, "\n"), strings.Join(want, "\n"), wrong)
		}
	}
}

// TestHostilePcapng: what claims more than there is.
func TestHostilePcapng(t *testing.T) {
	t.Parallel()
	o := binary.LittleEndian
	raw := segment(1, 0x10, pdu(4))
	start := slices.Concat(section(o), describe(o, 101))
	good := enhanced(o, 0, 1700000000e6, raw)
	claims := func(b []byte, at int, n uint32) []byte {
		b = slices.Clone(b)
		o.PutUint32(b[at:], n)
		return b
	}
	for _, c := range []struct {
		name, says string
		file       []byte
		records    int
	}{
		{"a block of 4 GB", "4294967292 octets are claimed", slices.Concat(start, good, claims(good, 4, 1<<32-4)), 1},
		{"an unknown block of 4 GB", "ends inside packet 2", slices.Concat(start, good, claims(block(o, 99, nil), 4, 1<<32-4)), 1},
		{"a block of 0 octets", "claims 0 octets", slices.Concat(start, good, claims(good, 4, 0)), 1},
		{"two lengths", "before and 16 after", slices.Concat(start, good, claims(good, len(good)-4, 16)), 2 - 1},
		{"a packet larger than its block", "in a block that has", slices.Concat(start, claims(good, 20, 1<<20), good), 1},
		{"an interface that is not described", "interface 7", slices.Concat(start, claims(good, 8, 7), good), 1},
		{"a time that no clock shows", "no time that MRT can say", slices.Concat(start, enhanced(o, 0, 1<<63, raw)), 1},
		{"units of a time that cannot be counted", "no time that MRT can say", slices.Concat(section(o), describe(o, 101, []byte{9, 99}), good), 1},
		{"a link type that is not known", "1 × link type 147", slices.Concat(section(o), describe(o, 147), good, describe(o, 101), enhanced(o, 1, 1, raw)), 1},
		{"cut off", "ends inside packet 2", slices.Concat(start, good, good[:30]), 1},
		{"only interfaces", "more than 4096 interfaces", slices.Concat(section(o), bytes.Repeat(describe(o, 101), 5000)), 0},
		{"nothing", "without BMP or BGP", start, 0},
	} {
		got, wrong := readCapture(t, c.file)
		if len(got) != c.records || !strings.Contains(fmt.Sprint(wrong), c.says) {
			t.Errorf("%s: %d records, want %d; reported %v, want %q", c.name, len(got), c.records, wrong, c.says)
		}
	}
}

// path is an UPDATE of 203.0.113.0/24 whose AS_PATH has numbers of so many octets.
func path(octets int) []byte {
	asns := []byte{2, 2, 0xfd, 0xe8, 0xfd, 0xe9}
	if octets == 4 {
		asns = []byte{2, 2, 0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe9}
	}
	attributes := slices.Concat([]byte{0x40, 1, 1, 0, 0x40, 3, 4, 192, 0, 2, 1, 0x40, 2, byte(len(asns))}, asns)
	return pdu(2, slices.Concat([]byte{0, 0, 0, byte(len(attributes))}, attributes, []byte{24, 203, 0, 113})...)
}

// TestSessions: what the messages of a BGP session become, with and without its beginning.
func TestSessions(t *testing.T) {
	t.Parallel()
	const a, b = "1700000001.000000 %s 192.0.2.1 AS%d 192.0.2.2 AS%d", "1700000001.000000 %s 192.0.2.2 AS%d 192.0.2.1 AS%d"
	oldOpen := pdu(1, 4, 0xfd, 0xea, 0, 90, 10, 0, 0, 2, 0) // AS 65002, without capabilities
	bgpSegment := func(sequence uint32, flags byte, parts ...[]byte) []byte {
		return with(179, segment(sequence, flags, bytes.Join(parts, nil)))
	}
	opened := func(mine, other []byte) [][]byte {
		return [][]byte{bgpSegment(0, 2), back(bgpSegment(0, 2)), bgpSegment(1, 0x10, mine), back(bgpSegment(1, 0x10, other))}
	}
	one, two := open(70000, 3), open(70001, 3)
	next := uint32(1 + len(one))
	for _, c := range []struct {
		name     string
		segments [][]byte
		want     []string
		reports  string
	}{
		{"four octets and path identifiers", append(opened(one, two), bgpSegment(next, 0x10, pdu(4), path(4))), []string{
			fmt.Sprintf(a, "MESSAGE_AS4", 70000, 0), fmt.Sprintf(b, "MESSAGE_AS4", 70001, 70000), fmt.Sprintf(a, "MESSAGE_AS4", 70000, 70001),
			fmt.Sprintf(a, "STATE_CHANGE_AS4", 70000, 70001) + " 5→6", fmt.Sprintf(a, "MESSAGE_AS4_ADDPATH", 70000, 70001)}, ""},
		{"an end with two octets", append(opened(one, oldOpen), bgpSegment(next, 0x10, path(2))), []string{
			fmt.Sprintf(a, "MESSAGE_AS4", 70000, 0), fmt.Sprintf(b, "MESSAGE_AS4", 65002, 70000), fmt.Sprintf(a, "MESSAGE", 23456, 65002)}, ""},
		{"an end of the connection", append(opened(one, two), bgpSegment(next, 0x10, pdu(4)), back(bgpSegment(next, 0x11))), []string{
			fmt.Sprintf(a, "MESSAGE_AS4", 70000, 0), fmt.Sprintf(b, "MESSAGE_AS4", 70001, 70000), fmt.Sprintf(a, "MESSAGE_AS4", 70000, 70001),
			fmt.Sprintf(a, "STATE_CHANGE_AS4", 70000, 70001) + " 5→6", fmt.Sprintf(a, "STATE_CHANGE_AS4", 70000, 70001) + " 6→1"}, ""},
		{"without OPEN", [][]byte{bgpSegment(100, 0x10, path(4))}, []string{fmt.Sprintf(a, "MESSAGE_AS4", 0, 0)}, "AS numbers of four octets are assumed (of two in 0"},
		{"without OPEN, of two octets", [][]byte{bgpSegment(100, 0x10, path(2), path(4))}, []string{fmt.Sprintf(a, "MESSAGE", 0, 0), fmt.Sprintf(a, "MESSAGE_AS4", 0, 0)}, "of two in 1"},
		{"begun inside a message", [][]byte{bgpSegment(100, 0x10, path(4)[9:], pdu(4))}, []string{fmt.Sprintf(a, "MESSAGE_AS4", 0, 0)}, ""},
		{"in segments of a few octets", [][]byte{bgpSegment(100, 0x10, pdu(4)[:7]), bgpSegment(107, 0x10, pdu(4)[7:])}, []string{fmt.Sprintf(a, "MESSAGE_AS4", 0, 0)}, ""},
		{"of another port", [][]byte{segment(100, 0x10, pdu(4))}, []string{fmt.Sprintf(a, "MESSAGE_AS4", 0, 0)}, ""},
		{"a file of messages on another port", [][]byte{segment(100, 0x10, []byte("HTTP/1.1 200 OK")), segment(115, 0x10, pdu(4)), bgpSegment(1, 0x10, pdu(4))},
			[]string{fmt.Sprintf(a, "MESSAGE_AS4", 0, 0)}, "not read, being neither BMP nor BGP: 2 × TCP port 5000"},
		{"damage", [][]byte{bgpSegment(100, 0x10, pdu(4)), bgpSegment(119, 0x10, make([]byte, 19)), bgpSegment(138, 0x10, pdu(4))},
			[]string{fmt.Sprintf(a, "MESSAGE_AS4", 0, 0), fmt.Sprintf(a, "MESSAGE_AS4", 0, 0)}, "no BGP message here"},
	} {
		got, wrong := readCapture(t, capture(c.segments...))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if c.reports == "" && wrong != nil || !strings.Contains(fmt.Sprint(wrong), c.reports) {
			t.Errorf("%s: reported %v, want %q", c.name, wrong, c.reports)
		}
	}
}

// TestRealSession reads a session of two BIRDs with path identifiers for IPv4, beside tshark.
func TestRealSession(t *testing.T) {
	t.Parallel()
	const name = "testdata/bird.pcap"
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	records, wrong := readCapture(t, file)
	if wrong != nil {
		t.Error(wrong)
	}
	count := func(text string) (n int) {
		for _, r := range records {
			if strings.Contains(r, text) {
				n++
			}
		}
		return n
	}
	for text, want := range map[string]int{
		" MESSAGE_AS4_ADDPATH 127.0.0.11 AS64501 127.0.0.12 AS4200000002": 2, " MESSAGE_AS4_ADDPATH 127.0.0.12 AS4200000002": 2, "5→6": 2, "6→1": 2,
	} {
		if got := count(text); got != want {
			t.Errorf("%d of %q, want %d in\n%s", got, text, want, strings.Join(records, "\n"))
		}
	}
	got := map[string]int{}
	for rec, err := range mrt.NewReader(must(bmp.NewCaptureReader(bytes.NewReader(file), name, func(error) {})), name).Records() {
		if err != nil {
			t.Fatal(err)
		}
		if m, err := rec.ParseMessage(); err == nil && !m.StateChange {
			got[fmt.Sprint(uint8(m.Kind))]++
		}
	}
	out, err := exec.Command(testkit.Need(t, "tshark"), "-r", name, "-Y", "bgp", "-T", "fields", "-e", "bgp.type").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for kind := range strings.FieldsFuncSeq(string(out), func(r rune) bool { return r == ',' || r == '\n' }) {
		want[kind]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || want[fmt.Sprint(uint8(bgp.MessageUpdate))] == 0 {
		t.Errorf("messages by type: %v, tshark has %v", got, want)
	}
}

func must(r io.Reader, err error) io.Reader {
	if err != nil {
		panic(err)
	}
	return r
}

// TestContainers: what Wireshark's programs make of captures is read as those are, as pcapng and with all of them in one file, whose
// packets are then of several interfaces.
func TestContainers(t *testing.T) {
	t.Parallel()
	editcap, mergecap := testkit.Need(t, "editcap"), testkit.Need(t, "mergecap")
	files, err := filepath.Glob(testkit.Data(t, "mrt/bmp") + "/*.pcap*")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	dir := t.TempDir()
	var sum []string
	for _, name := range append(files, "testdata/bird.pcap") {
		plain, err := io.ReadAll(inflated.Open(t, name))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := readCapture(t, plain)
		next := filepath.Join(dir, filepath.Base(name)+".pcapng")
		if out, err := exec.Command(editcap, "-F", "pcapng", name, next).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		file, err := os.ReadFile(next)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := readCapture(t, file); !slices.Equal(got, want) {
			t.Errorf("%s: %d records as pcapng, %d as pcap", name, len(got), len(want))
		}
		if base := filepath.Base(name); strings.HasPrefix(base, "200") || strings.HasPrefix(base, "bird") {
			sum = append(sum, want...)
		}
	}
	merged := filepath.Join(dir, "merged.pcapng")
	parts, _ := filepath.Glob(dir + "/200*")
	arguments := append([]string{"-F", "pcapng", "-w", merged, filepath.Join(dir, "bird.pcap.pcapng")}, parts...)
	if out, err := exec.Command(mergecap, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file, err := os.ReadFile(merged)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := readCapture(t, file)
	slices.Sort(got)
	slices.Sort(sum)
	if !slices.Equal(got, sum) {
		t.Errorf("%d records of merged captures, %d of each", len(got), len(sum))
	}
}
