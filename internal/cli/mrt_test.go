package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/testkit"
)

// records builds MRT files of one peer: 192.0.2.1, AS 64496, of the collector 198.51.100.1.
type records struct{ bytes.Buffer }

func (r *records) record(seconds uint32, kind, subtype uint16, body []byte) *records {
	b := binary.BigEndian.AppendUint32(nil, seconds)
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, kind), subtype)
	r.Write(append(binary.BigEndian.AppendUint32(b, uint32(len(body))), body...))
	return r
}

// peers appends a PEER_INDEX_TABLE.
func (r *records) peers(seconds uint32, collector, view string, asn uint32) *records {
	b := append(netip.MustParseAddr(collector).AsSlice(), byte(len(view)>>8), byte(len(view)))
	b = append(append(b, view...), 0, 1, 2, 192, 0, 2, 1, 192, 0, 2, 1)
	return r.record(seconds, 13, 1, binary.BigEndian.AppendUint32(b, asn))
}

func attribute(flags, kind byte, value ...byte) []byte {
	return append([]byte{flags, kind, byte(len(value))}, value...)
}

// route are the attributes of a route of 64496 with one more AS.
func route(origin uint32) []byte {
	path := binary.BigEndian.AppendUint32([]byte{2, 2, 0, 0, 0xfb, 0xf0}, origin)
	return bytes.Join([][]byte{attribute(0x40, 1, 0), attribute(0x40, 2, path...), attribute(0x40, 3, 192, 0, 2, 1)}, nil)
}

func prefix(s string) []byte {
	p := netip.MustParsePrefix(s)
	return append([]byte{byte(p.Bits())}, p.Addr().AsSlice()[:(p.Bits()+7)/8]...)
}

// rib appends a RIB record of the prefix with entries.
func (r *records) rib(seconds uint32, p string, entries ...[]byte) *records {
	subtype := uint16(2)
	if strings.Contains(p, ":") {
		subtype = 4
	}
	b := binary.BigEndian.AppendUint16(append([]byte{0, 0, 0, 0}, prefix(p)...), uint16(len(entries)))
	for _, a := range entries {
		b = binary.BigEndian.AppendUint32(append(b, 0, 0), seconds)
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(a))), a...)
	}
	return r.record(seconds, 13, subtype, b)
}

// session is the peer header of BGP4MP.
func session(asn uint32, four bool) (b []byte) {
	for _, n := range []uint32{asn, 65000} {
		if four {
			b = binary.BigEndian.AppendUint32(b, n)
		} else {
			b = binary.BigEndian.AppendUint16(b, uint16(n))
		}
	}
	return append(b, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254)
}

// update appends an UPDATE.
func (r *records) update(seconds uint32, asn uint32, withdrawn, attributes, nlri []byte) *records {
	body := binary.BigEndian.AppendUint16(nil, uint16(len(withdrawn)))
	body = append(binary.BigEndian.AppendUint16(append(body, withdrawn...), uint16(len(attributes))), attributes...)
	body = append(body, nlri...)
	message := append(bytes.Repeat([]byte{0xff}, 16), 0, 0, 2)
	binary.BigEndian.PutUint16(message[16:], uint16(19+len(body)))
	return r.record(seconds, 16, 4, append(session(asn, true), append(message, body...)...))
}

// state appends a change of state; of two octets where four is not set.
func (r *records) state(seconds uint32, asn uint32, four bool, from, to byte) *records {
	subtype := uint16(0)
	if four {
		subtype = 5
	}
	return r.record(seconds, 16, subtype, append(session(asn, four), 0, from, 0, to))
}

// dumpOf is a table dump with a route to each prefix.
func dumpOf(seconds uint32, prefixes ...string) *records {
	r := new(records).peers(seconds, "198.51.100.1", "", 64496)
	for _, p := range prefixes {
		r.rib(seconds, p, route(64500))
	}
	return r
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// prefixesOf returns the prefixes in bgpdump's lines.
func prefixesOf(text string) string {
	var all []string
	for line := range strings.Lines(text) {
		all = append(all, strings.Split(line, "|")[5])
	}
	return strings.Join(all, " ")
}

const at = 1700000000

// TestTableOfSeveralFiles: which routes the table has, by the files it is made of.
func TestTableOfSeveralFiles(t *testing.T) {
	t.Parallel()
	v6 := new(records).peers(at, "198.51.100.1", "master6", 64496).rib(at, "2001:db8::/32", route(64500))
	as4 := new(records).peers(at, "198.51.100.1", "", 4200000001).rib(at, "203.0.113.0/24", route(64500))
	same := func(r *records) []byte { return r.Bytes() }
	withdrawOne := new(records).update(at+1, 64496, prefix("203.0.113.0/24"), nil, nil)
	for _, c := range []struct {
		name  string
		files [][]byte
		want  string
		code  int
	}{
		{"a dump per family", [][]byte{same(dumpOf(at, "203.0.113.0/24")), same(v6)}, "203.0.113.0/24 2001:db8::/32", 0},
		{"the dumps of two collectors", [][]byte{same(dumpOf(at, "203.0.113.0/24")),
			same(new(records).peers(at, "198.51.100.2", "", 64497).rib(at, "203.0.113.0/24", route(64500)))}, "203.0.113.0/24 203.0.113.0/24", 0},
		{"an update of a session that two collectors have", [][]byte{same(dumpOf(at, "203.0.113.0/24")),
			same(new(records).peers(at, "198.51.100.2", "", 64496).rib(at, "203.0.113.0/24", route(64500))), same(withdrawOne)}, "203.0.113.0/24 203.0.113.0/24", exitPartly},
		{"the newer of two dumps", [][]byte{same(dumpOf(at, "198.51.100.0/24")), same(dumpOf(at+5, "203.0.113.0/24"))}, "203.0.113.0/24", 0},
		{"the same dump twice", [][]byte{same(dumpOf(at, "203.0.113.0/24")), same(dumpOf(at, "203.0.113.0/24"))}, "203.0.113.0/24", 0},
		{"a dump behind one of a later family", [][]byte{same(v6), same(dumpOf(at-100, "203.0.113.0/24")),
			same(new(records).state(at-50, 64496, true, 6, 1))}, "2001:db8::/32", 0},
		{"two dumps in one file, the second after the time", [][]byte{append(same(dumpOf(at, "203.0.113.0/24")), same(dumpOf(at+100, "198.51.100.0/24"))...)}, "203.0.113.0/24", 0},
		{"two dumps in one file, both before it", [][]byte{append(same(dumpOf(at, "198.51.100.0/24")), same(dumpOf(at+10, "203.0.113.0/24"))...)}, "203.0.113.0/24", 0},
		{"a dump behind a change of state", [][]byte{append(same(new(records).state(at-1, 64496, true, 5, 6)), same(dumpOf(at, "203.0.113.0/24"))...)}, "203.0.113.0/24", 0},
		{"updates in the file of the dump", [][]byte{append(same(dumpOf(at, "203.0.113.0/24", "198.51.100.0/24")), same(withdrawOne)...)}, "198.51.100.0/24", 0},
		{"a session of AS_TRANS ends", [][]byte{same(as4), same(new(records).state(at+1, 23456, false, 6, 1))}, "", 0},
		{"a session of another AS ends", [][]byte{same(as4), same(new(records).state(at+1, 64499, false, 6, 1))}, "203.0.113.0/24", 0},
		{"a second connection that is not established", [][]byte{same(dumpOf(at, "203.0.113.0/24")), same(new(records).state(at+1, 64496, true, 4, 1))}, "203.0.113.0/24", 0},
		{"a new session begins empty", [][]byte{same(dumpOf(at, "203.0.113.0/24")), same(new(records).state(at+1, 64496, true, 5, 6))}, "", 0},
		{"an empty interval", [][]byte{same(dumpOf(at, "203.0.113.0/24")), gzipped(t, nil)}, "203.0.113.0/24", 0},
		{"no octets", [][]byte{same(dumpOf(at, "203.0.113.0/24")), nil}, "203.0.113.0/24", exitPartly},
		{"text", [][]byte{same(dumpOf(at, "203.0.113.0/24")), []byte("hello")}, "203.0.113.0/24", exitPartly},
		{"two entries of a peer", [][]byte{same(new(records).peers(at, "198.51.100.1", "", 64496).rib(at, "203.0.113.0/24", route(64500), route(64501)))}, "203.0.113.0/24 203.0.113.0/24", 0},
		{"two entries of a peer, withdrawn", [][]byte{same(new(records).peers(at, "198.51.100.1", "", 64496).rib(at, "203.0.113.0/24", route(64500), route(64501))), same(withdrawOne)}, "", 0},
		{"updates of a family without a dump", [][]byte{same(v6), same(new(records).update(at+1, 64496, nil, route(64500), prefix("203.0.113.0/24")))}, "203.0.113.0/24 2001:db8::/32", exitPartly},
	} {
		args := []string{"mrt", "rib", "--at", "1700000030", "-m"}
		for _, content := range c.files {
			args = append(args, write(t, "f.mrt", content))
		}
		stdout, stderr, code := runProgram(t, args...)
		if got := prefixesOf(stdout); got != c.want || code != c.code {
			t.Errorf("%s: %q, exit code %d, want %q and %d\n%s", c.name, got, code, c.want, c.code, stderr)
		}
	}
}

// TestMalformedUpdates: what RFC 7606 does to the routes of a malformed UPDATE.
func TestMalformedUpdates(t *testing.T) {
	t.Parallel()
	good := route(64501)
	without := func(kind byte) (kept []byte) {
		for b := good; len(b) > 0; b = b[3+int(b[2]):] {
			if b[1] != kind {
				kept = append(kept, b[:3+int(b[2])]...)
			}
		}
		return kept
	}
	for _, c := range []struct {
		name       string
		attributes []byte
		stays      bool // the new route; if not, there is none
	}{
		{"well formed", good, true},
		{"ORIGIN 3", append(without(1), attribute(0x40, 1, 3)...), false},
		{"no ORIGIN", without(1), false},
		{"no AS_PATH", without(2), false},
		{"no NEXT_HOP", without(3), false},
		{"NEXT_HOP of 16 octets", append(without(3), attribute(0x40, 3, make([]byte, 16)...)...), false},
		{"MED of 3 octets", append(good, attribute(0x80, 4, 1, 2, 3)...), false},
		{"COMMUNITIES of 5 octets", append(good, attribute(0xc0, 8, 1, 2, 3, 4, 5)...), false},
		{"LARGE_COMMUNITY of 5 octets", append(good, attribute(0xc0, 32, 1, 2, 3, 4, 5)...), false},
		{"OTC of 2 octets", append(good, attribute(0xc0, 35, 1, 2)...), false},
		{"an attribute behind the block", append(good, 0xc0, 8, 200, 1), false},
		{"AGGREGATOR of 3 octets", append(good, attribute(0xc0, 7, 1, 2, 3)...), true},
		{"ATOMIC_AGGREGATE of 1 octet", append(good, attribute(0x40, 6, 1)...), true},
	} {
		table := write(t, "rib.mrt", dumpOf(at, "203.0.113.0/24").Bytes())
		updates := write(t, "u.mrt", new(records).update(at+1, 64496, nil, c.attributes, prefix("203.0.113.0/24")).Bytes())
		stdout, stderr, code := runProgram(t, "mrt", "rib", "--at", "1700000030", "-m", table, updates)
		if is := strings.Contains(stdout, "64501"); is != c.stays || !is && stdout != "" {
			t.Errorf("%s: %q", c.name, stdout)
		}
		if !c.stays && (code != exitPartly || !strings.Contains(stderr, "RFC 7606")) {
			t.Errorf("%s: exit code %d: %s", c.name, code, stderr)
		}
		written, _, _ := runProgram(t, "mrt", "rib", "--at", "1700000030", "--mrt", table, updates)
		if c.stays && c.name != "well formed" && bytes.Contains([]byte(written), c.attributes[len(good):]) {
			t.Errorf("%s: the attribute that was discarded is in the table", c.name)
		}
	}
}

// TestOtherFamilies: labelled routes stay apart by prefix, not by label, and come back as they were sent.
func TestOtherFamilies(t *testing.T) {
	t.Parallel()
	labelled := func(label byte) []byte { return []byte{48, 0, 0, label<<4 | 1, 203, 0, 113} }
	reach := func(nlri []byte) []byte {
		return attribute(0x80, 14, append([]byte{0, 1, 4, 4, 192, 0, 2, 1, 0}, nlri...)...)
	}
	withdraw := attribute(0x80, 15, 0, 1, 4, 48, 0x80, 0, 0, 203, 0, 113)
	base := func() *records {
		b := append([]byte{0, 0, 0, 0, 0, 1, 4}, labelled(1)...)
		a := route(64500)
		b = binary.BigEndian.AppendUint32(append(b, 0, 1, 0, 0), at)
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(a))), a...)
		return new(records).peers(at, "198.51.100.1", "", 64496).record(at, 13, 6, b)
	}
	for _, c := range []struct {
		name    string
		updates *records
		want    int
	}{
		{"as dumped", new(records).state(at+1, 64496, true, 4, 1), 1},
		{"another label", new(records).update(at+1, 64496, nil, append(route(64500), reach(labelled(2))...), nil), 1},
		{"withdrawn without its label", new(records).update(at+1, 64496, nil, withdraw, nil), 0},
	} {
		args := []string{"mrt", "rib", "--at", "1700000030", "--json", "--kind", "rib", write(t, "rib.mrt", base().Bytes()), write(t, "u.mrt", c.updates.Bytes())}
		stdout, stderr, code := runProgram(t, args...)
		if n := strings.Count(stdout, `"kind":"rib"`); n != c.want || code != 0 {
			t.Errorf("%s: %d routes, exit code %d, want %d\n%s%s", c.name, n, code, c.want, stdout, stderr)
		}
	}
}

// TestTableFromPipes reads table and updates from pipes, each once.
func TestTableFromPipes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	feed := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			testkit.Missing(t, "%v", err)
		}
		go os.WriteFile(path, content, 0o600)
		return path
	}
	table, updates := feed("rib", gzipped(t, dumpOf(at, "203.0.113.0/24", "198.51.100.0/24").Bytes())), feed("updates", new(records).update(at+1, 64496, prefix("203.0.113.0/24"), nil, nil).Bytes())
	stdout, stderr, code := runProgram(t, "mrt", "rib", "--at", "1700000030", "-m", table, updates)
	if got := prefixesOf(stdout); got != "198.51.100.0/24" || code != 0 {
		t.Errorf("%q, exit code %d\n%s", got, code, stderr)
	}
	var out, errs bytes.Buffer
	if code := Main(t.Context(), []string{"mrt", "rib", "--at", "1700000030", "-m", "-"}, dumpOf(at, "203.0.113.0/24"), &out, &errs); code != 0 || prefixesOf(out.String()) != "203.0.113.0/24" {
		t.Errorf("standard input: exit code %d: %s%s", code, out.String(), errs.String())
	}
}

// stuck is a stream that never ends.
type stuck struct{ io.Reader }

func (stuck) Read([]byte) (int, error) { select {} }

// TestInterruptedAtOnce: each verb ends soon after it is told to, though nobody writes what it waits for.
func TestInterruptedAtOnce(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		testkit.Missing(t, "%v", err)
	}
	for _, args := range [][]string{{"dump", "-"}, {"stat", "-"}, {"rib", "--at", "1700000030", "-"}, {"diff", "-", "x"}, {"dump", fifo}, {"stat", fifo}, {"rib", "--at", "1700000030", fifo}, {"diff", fifo, "x"}} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		started := time.Now()
		if code := Main(ctx, append([]string{"mrt"}, args...), stuck{}, io.Discard, io.Discard); code != exitFailed {
			t.Errorf("%v: exit code %d, want %d", args, code, exitFailed)
		}
		if took := time.Since(started); took > 10*time.Second {
			t.Errorf("%v: ended after %v", args, took)
		}
	}
}

// TestEmptyIsNotWhole: what each verb says of a file that holds nothing, and its exit code.
func TestEmptyIsNotWhole(t *testing.T) {
	t.Parallel()
	noPeers := new(records).record(at, 13, 1, []byte{198, 51, 100, 1, 0, 0, 0, 0})
	for _, c := range []struct {
		name, says string
		content    []byte
		code       int
	}{
		{"no octets", "has no octets", nil, exitPartly},
		{"a quiet interval", "quiet interval", gzipped(t, nil), 0},
		{"a dump without peers", "without peers", noPeers.Bytes(), exitPartly},
		{"a web page", "a web page (HTML)", []byte("<!DOCTYPE html>\n<html>"), exitPartly},
		{"text in gzip", "this is text", gzipped(t, []byte("the archive has moved\n")), exitPartly},
		{"bgpdump's text", "the text of bgpdump", []byte("TABLE_DUMP2|1700000000|B|192.0.2.1|\n"), exitPartly},
		{"a capture of something else", "a packet capture without BMP or BGP", []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + strings.Repeat("\x00", 12) + "\x01\x00\x00\x00"), exitPartly},
		{"a damaged capture in the newer format", "a section of pcapng without its byte order", []byte("\x0a\x0d\x0d\x0a" + strings.Repeat("\x00", 20)), exitPartly},
		{"a table in text without a day", "rename the file", []byte("BGP table version is 7, local router ID is 192.0.2.1\n"), exitPartly},
		{"a zip", "an empty zip", []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), exitPartly},
	} {
		path := write(t, "f", c.content)
		for _, args := range [][]string{{"dump", path}, {"stat", path}, {"rib", "--at", "1700000030", "-m", write(t, "rib", dumpOf(at, "203.0.113.0/24").Bytes()), path}} {
			stdout, stderr, code := runProgram(t, append([]string{"mrt"}, args...)...)
			if !strings.Contains(stdout+stderr, c.says) || code != c.code {
				t.Errorf("%s: %s: exit code %d, want %d and %q\n%s", c.name, args[0], code, c.code, c.says, stderr)
			}
		}
		if c.name == "a dump without peers" {
			continue // it is compared, and reported
		}
		if _, stderr, code := runProgram(t, "mrt", "diff", path, path); code != exitFailed || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: diff: exit code %d: %s", c.name, code, stderr)
		}
	}
}

// TestTextOfRouters dumps the text of show ip bgp, whole and with a line that is damaged.
func TestTextOfRouters(t *testing.T) {
	t.Parallel()
	const heading = "   Network          Next Hop            Metric LocPrf Weight Path\n*> 3.0.0.0          192.0.2.1                              0 64496 64499 i\n"
	const want = "TABLE_DUMP|1004097600|B|192.0.2.1|64496|3.0.0.0/8|64496 64499|IGP|192.0.2.1|0|0||NAG||\n"
	for text, code := range map[string]int{heading: 0, heading + "*> 300.0.0.0        192.0.2.1                              0 64496 i\n": exitPartly} {
		stdout, stderr, got := runProgram(t, "mrt", "dump", "-m", write(t, "oix-full-snapshot-2001-10-26-1200.dat", []byte(text)))
		if stdout != want || got != code {
			t.Errorf("exit code %d, want %d\n%s%s", got, code, stdout, stderr)
		}
	}
}

// TestDiff compares two tables.
func TestDiff(t *testing.T) {
	t.Parallel()
	both := func(r *records) *records { return r.rib(at, "192.0.2.0/24", route(64500)) }
	longer := bytes.Join([][]byte{attribute(0x40, 1, 0), attribute(0x40, 2, 2, 3, 0, 0, 0xfb, 0xf0, 0, 0, 0xfb, 0xf1, 0, 0, 0xfb, 0xf4), attribute(0x40, 3, 192, 0, 2, 1)}, nil)
	before := both(dumpOf(at)).rib(at, "198.51.100.0/24", route(64500)).rib(at, "203.0.113.0/24", route(64500)).rib(at, "203.0.113.0/25", route(64500)).rib(at, "203.0.114.0/24", route(64500))
	after := both(dumpOf(at+60)).rib(at, "10.0.0.0/8", route(64500)).rib(at, "203.0.113.0/24", route(64501)).rib(at, "203.0.113.0/25", longer).
		rib(at, "203.0.114.0/24", append(route(64500), attribute(0x80, 4, 0, 0, 0, 9)...))
	a, b := write(t, "a", before.Bytes()), write(t, "b", gzipped(t, after.Bytes()))
	want := strings.Join([]string{
		"+ came       10.0.0.0/8               192.0.2.1 AS64496: 64496 64500",
		"- went       198.51.100.0/24          192.0.2.1 AS64496: 64496 64500",
		"  origin     203.0.113.0/24           192.0.2.1 AS64496: 64496 64500 → 64496 64501",
		"  path       203.0.113.0/25           192.0.2.1 AS64496: 64496 64500 → 64496 64497 64500",
	}, "\n") + "\n"
	stdout, stderr, code := runProgram(t, "mrt", "diff", a, b)
	if stdout != want || code != 0 || !strings.Contains(stderr, "1 other attributes") {
		t.Errorf("exit code %d\n%s%swant\n%s", code, stdout, stderr, want)
	}
	if stdout, _, _ := runProgram(t, "mrt", "diff", "--all", "--more", "203.0.114.0/24", a, b); stdout != "  attributes 203.0.114.0/24           192.0.2.1 AS64496: 64496 64500\n" {
		t.Errorf("--all: %q", stdout)
	}
	stdout, _, _ = runProgram(t, "mrt", "diff", "--json", a, b)
	for line := range strings.Lines(stdout) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
	if n := strings.Count(stdout, "\n"); n != 4 || !strings.Contains(stdout, `"new_origin_asn":64501`) {
		t.Errorf("JSON: %s", stdout)
	}
	if stdout, _, _ := runProgram(t, "mrt", "diff", "--csv", "--peer", "192.0.2.1", a, b); strings.Count(stdout, "\n") != 5 || !strings.Contains(stdout, "\nwent,ipv4-unicast,198.51.100.0/24,,192.0.2.1,64496,true,64496 64500,,64500,\n") {
		t.Errorf("CSV: %s", stdout)
	}
	if stdout, _, code := runProgram(t, "mrt", "diff", a, a); stdout != "" || code != 0 {
		t.Errorf("a table differs from itself: exit code %d: %s", code, stdout)
	}
}

// TestTableTrials runs the files of the trial that made these verbs what they are.
func TestTableTrials(t *testing.T) {
	t.Parallel()
	file := func(name string) string { return testkit.Data(t, "trials/mrt/"+name) }
	for _, c := range []struct {
		files  []string
		routes int
	}{
		{[]string{"k16-rib.mrt", "k16-origin3.mrt"}, 0}, {[]string{"k16-rib.mrt", "k16-overrun.mrt"}, 0}, {[]string{"k16-rib.mrt", "k16-med3.mrt"}, 0},
		{[]string{"k18-v4.mrt", "k18-v6.mrt"}, 2}, {[]string{"k19-rib.mrt", "k19-down-as-trans.mrt"}, 0}, {[]string{"k20-rib.mrt", "k20-u.mrt"}, 2},
		{[]string{"k21-rib.mrt", "k21-empty.bz2"}, 1}, {[]string{"k22-twice.mrt"}, 2}, {[]string{"k23-rib.mrt", "k23-withdraw-id.mrt"}, 0}, {[]string{"k39-two-dumps.mrt"}, 1},
	} {
		args := []string{"mrt", "rib", "--at", "1700000030", "-m"}
		for _, name := range c.files {
			args = append(args, file(name))
		}
		if stdout, stderr, _ := runProgram(t, args...); strings.Count(stdout, "\n") != c.routes {
			t.Errorf("%v: want %d routes\n%s%s", c.files, c.routes, stdout, stderr)
		}
	}
	if stdout, _, _ := runProgram(t, "mrt", "rib", "--at", "1700000030", "--json", file("k22-labelled.mrt")); strings.Count(stdout, `"kind":"rib"`) != 2 {
		t.Errorf("labelled routes: %s", stdout)
	}
	for _, moment := range []string{"99999999999", "2106-02-08", "1969-12-31"} {
		if _, _, code := runProgram(t, "mrt", "rib", "--at", moment, file("k24-rib.mrt")); code != exitUsage {
			t.Errorf("--at %s: exit code %d, want %d", moment, code, exitUsage)
		}
	}
}
