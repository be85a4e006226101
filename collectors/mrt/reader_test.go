package mrt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"tidemark/collectors/bgp"
	"tidemark/internal/testkit/fuzz"
)

const noon = 1_400_000_000 // some second

// record writes an MRT record.
func record(seconds uint32, kind Type, subtype uint16, body ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, seconds)
	b = binary.BigEndian.AppendUint16(b, uint16(kind))
	b = binary.BigEndian.AppendUint16(b, subtype)
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	return append(b, body...)
}

// keepalive is a BGP4MP record of 47 octets.
func keepalive(seconds uint32) []byte {
	return record(seconds, BGP4MP, message, session(2, "192.0.2.1", 64496, bgpMessage(bgp.MessageKeepalive))...)
}

func bgpMessage(kind bgp.MessageType, body ...byte) []byte {
	b := slices.Repeat([]byte{0xff}, 16)
	b = binary.BigEndian.AppendUint16(b, uint16(19+len(body)))
	return append(append(b, byte(kind)), body...)
}

// read gives what the reader says: a line a record or damage.
func read(in io.Reader) (said []string) {
	r := NewReader(in, "f")
	for {
		rec, err := r.Next()
		var damage *Damage
		switch {
		case err == io.EOF:
			return said
		case errors.As(err, &damage):
			said = append(said, damage.Error())
		case err != nil:
			return append(said, "fatal: "+err.Error())
		default:
			said = append(said, fmt.Sprintf("%d @%d %s %d.%06d %d", rec.Number, rec.Offset, rec.Name(), rec.Seconds, rec.Micros, len(rec.Body)))
		}
	}
}

func expect(t *testing.T, name string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestFraming(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want []string
	}{
		{"nothing", nil, nil},
		{"one", keepalive(noon), []string{"1 @0 BGP4MP MESSAGE 1400000000.000000 35"}},
		{"several", slices.Concat(keepalive(noon), record(noon+1, TableDumpV2, 1), keepalive(noon)), []string{
			"1 @0 BGP4MP MESSAGE 1400000000.000000 35", "2 @47 TABLE_DUMP_V2 PEER_INDEX_TABLE 1400000001.000000 0",
			"3 @59 BGP4MP MESSAGE 1400000000.000000 35"}},
		{"microseconds are part of the length", slices.Concat(record(noon, BGP4MPET, 0, 0, 1, 0, 0, 7), keepalive(noon)), []string{
			"1 @0 BGP4MP_ET STATE_CHANGE 1400000000.065536 1", "2 @17 BGP4MP MESSAGE 1400000000.000000 35"}},
		{"names of what is not decoded", slices.Concat(record(noon, TableDumpV2, 3), record(noon, TableDumpV2, 6), record(noon, OSPFv2, 0), record(noon, 2, 0), record(noon, BGP4MP, 3)), []string{
			"1 @0 TABLE_DUMP_V2 RIB_IPV4_MULTICAST 1400000000.000000 0", "2 @12 TABLE_DUMP_V2 RIB_GENERIC 1400000000.000000 0",
			"3 @24 OSPFv2 subtype 0 1400000000.000000 0", "4 @36 DIE subtype 0 1400000000.000000 0", "5 @48 BGP4MP SNAPSHOT 1400000000.000000 0"}},
	} {
		expect(t, c.name, read(bytes.NewReader(c.in)), c.want...)
		expect(t, c.name+", byte by byte", read(iotest.OneByteReader(bytes.NewReader(c.in))), c.want...)
	}
}

func TestDamage(t *testing.T) {
	k := keepalive(noon)
	ten := bytes.Repeat(k, 10)
	junk := bytes.Repeat([]byte("<junk>"), 20)
	changed := func(at int, to ...byte) []byte {
		b := bytes.Clone(ten)
		copy(b[at:], to)
		return b
	}
	line := func(number, offset int) string {
		return fmt.Sprintf("%d @%d BGP4MP MESSAGE 1400000000.000000 35", number, offset)
	}
	lines := func(from, to, offset int) (all []string) {
		for i := from; i <= to; i++ {
			all = append(all, line(i, offset+(i-from)*47))
		}
		return all
	}
	for _, c := range []struct {
		name string
		in   []byte
		want [][]string
	}{
		{"junk in front", slices.Concat(junk, ten), [][]string{
			{"f: after record 0, byte 0: no plausible MRT record; 120 bytes skipped"}, lines(1, 10, 120)}},
		{"junk between", slices.Concat(k, k, junk, ten), [][]string{
			lines(1, 2, 0), {"f: after record 2, byte 94: no plausible MRT record; 120 bytes skipped"}, lines(3, 12, 214)}},
		{"junk behind", slices.Concat(ten, junk), [][]string{
			lines(1, 10, 0), {"f: after record 10, byte 470: no plausible MRT record; 120 bytes skipped"}}},
		{"a record without its tail", slices.Concat(k, k, k[:30], ten), [][]string{
			lines(1, 2, 0), {"f: after record 2, byte 94: a record is cut short; 30 bytes skipped"}, lines(3, 12, 124)}},
		{"a header without its end", slices.Concat(k, k, k[:10], ten), [][]string{
			lines(1, 2, 0), {"f: after record 2, byte 94: a record claims more than there is; 10 bytes skipped"}, lines(3, 12, 104)}},
		{"an orphan tail", slices.Concat(k, k, k[20:], ten), [][]string{
			lines(1, 2, 0), {"f: after record 2, byte 94: no plausible MRT record; 27 bytes skipped"}, lines(3, 12, 121)}},
		{"a length far too large", changed(47+8, 0x7f), [][]string{
			lines(1, 1, 0), {"f: after record 1, byte 47: no plausible MRT record; 47 bytes skipped"}, lines(2, 9, 94)}},
		{"a length beyond the end", changed(47+9, 1), [][]string{
			lines(1, 1, 0), {"f: after record 1, byte 47: a record claims more than there is; 47 bytes skipped"}, lines(2, 9, 94)}},
		{"an unknown type", changed(47+4, 0x77), [][]string{
			lines(1, 1, 0), {"2 @47 type 30480 subtype 1 1400000000.000000 35"}, lines(3, 10, 94)}},
		{"the end inside a record", ten[:460], [][]string{
			lines(1, 9, 0), {"f: after record 9, byte 423: the file ends inside a record; 37 bytes skipped"}}},
		{"the end inside a header", ten[:428], [][]string{
			lines(1, 9, 0), {"f: after record 9, byte 423: the file ends inside a record; 5 bytes skipped"}}},
		{"two places", slices.Concat(ten, junk, ten, junk[:60], ten), [][]string{
			lines(1, 10, 0), {"f: after record 10, byte 470: no plausible MRT record; 120 bytes skipped"},
			lines(11, 20, 590), {"f: after record 20, byte 1060: no plausible MRT record; 60 bytes skipped"}, lines(21, 30, 1120)}},
	} {
		expect(t, c.name, read(bytes.NewReader(c.in)), slices.Concat(c.want...)...)
		expect(t, c.name+", byte by byte", read(iotest.OneByteReader(bytes.NewReader(c.in))), slices.Concat(c.want...)...)
	}
}

// Joined files jump in time, filtered ones have gaps, and a wrong time costs nothing: records follow by their lengths.
func TestTimeJumps(t *testing.T) {
	k, later := keepalive(noon), keepalive(noon+90*86400)
	wrong := keepalive(2 * noon)
	for _, c := range []struct {
		name             string
		in               []byte
		records, damages int
	}{
		{"joined", slices.Concat(k, k, k, later, later, later, k, k, k), 9, 0},
		{"joined, the last part of one record", slices.Concat(k, k, k, later), 4, 0},
		{"the first time is wrong", slices.Concat(wrong, k, k, k, k), 5, 0},
		{"a time in the middle is wrong", slices.Concat(k, k, k, wrong, k, k, k, k), 8, 0},
		{"months apart", slices.Concat(k, later, keepalive(noon+180*86400), keepalive(noon+270*86400)), 4, 0},
		{"months apart, the last one cut", slices.Concat(k, later, keepalive(noon+180*86400), keepalive(noon + 270*86400)[:40]), 3, 1},
		{"months apart, with junk between", slices.Concat(k, later, []byte("<junk>"), keepalive(noon+180*86400), keepalive(noon+270*86400), k), 5, 1},
		{"time 0", slices.Concat(keepalive(0), keepalive(0), k, keepalive(0)), 4, 0},
		{"one record of time 0", keepalive(0), 1, 0},
		{"seconds since a start", slices.Concat(keepalive(1), keepalive(70), keepalive(3000)), 3, 0},
		{"padding of zeros", slices.Concat(k, k, make([]byte, 512)), 2, 1},
		{"unknown types in a row", slices.Concat(k, slices.Repeat(record(noon, 64, 9, k...), 40), k), 42, 0},
		{"nothing but unknown types", slices.Repeat(record(noon, 64, 9, slices.Repeat(k, 3)...), 40), 40, 0},
		{"an unknown type at the end", slices.Concat(k, record(5, 64, 9, k...)), 2, 0},
	} {
		records, damages := 0, 0
		for _, said := range read(bytes.NewReader(c.in)) {
			if strings.HasPrefix(said, "f: ") {
				damages++
			} else {
				records++
			}
		}
		if records != c.records || damages != c.damages {
			t.Errorf("%s: %d records and %d damages, want %d and %d", c.name, records, damages, c.records, c.damages)
		}
	}
}

// Damage longer than the window in which a chain is looked for is one place, and reading goes on behind it.
func TestLongDamage(t *testing.T) {
	hole := bytes.Repeat([]byte{0xee}, 3*window+12345)
	k := keepalive(noon)
	got := read(bytes.NewReader(slices.Concat(k, k, hole, bytes.Repeat(k, 4))))
	if len(got) != 7 || got[2] != fmt.Sprintf("f: after record 2, byte 94: no plausible MRT record; %d bytes skipped", len(hole)) {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}

func TestSourceBreaks(t *testing.T) {
	broken := errors.New("gzip stream breaks at compressed offset 99")
	k := keepalive(noon)
	expect(t, "between records", read(io.MultiReader(bytes.NewReader(k), iotest.ErrReader(broken))),
		"1 @0 BGP4MP MESSAGE 1400000000.000000 35", "f: after record 1, byte 47: gzip stream breaks at compressed offset 99")
	expect(t, "inside a record", read(io.MultiReader(bytes.NewReader(slices.Concat(k, k[:20])), iotest.ErrReader(broken))),
		"1 @0 BGP4MP MESSAGE 1400000000.000000 35", "f: after record 1, byte 47: the file ends inside a record; 20 bytes skipped",
		"f: after record 1, byte 67: gzip stream breaks at compressed offset 99")
}

// gap is an error behind which a source goes on.
type gap struct{ error }

func (gap) Continues() bool { return true }

// holed is a source that misses bytes between its pieces.
type holed [][]byte

func (h *holed) Read(p []byte) (int, error) {
	if len((*h)[0]) == 0 {
		if *h = (*h)[1:]; len(*h) == 0 {
			*h = holed{nil}
			return 0, io.EOF
		}
		return 0, gap{errors.New("bytes are missing")}
	}
	n := copy(p, (*h)[0])
	(*h)[0] = (*h)[0][n:]
	return n, nil
}

// Behind missing bytes reading goes on at the next record, wherever the hole begins and ends.
func TestGap(t *testing.T) {
	ten := bytes.Repeat(keepalive(noon), 10)
	for from := 2 * 47; from <= 3*47; from++ {
		for to := 5*47 - 1; to <= 6*47; to++ {
			records, skipped, gaps := 0, int64(0), 0
			in := &holed{bytes.Clone(ten[:from]), bytes.Clone(ten[to:])}
			for r := NewReader(in, "f"); ; {
				_, err := r.Next()
				if err == io.EOF {
					break
				}
				var damage *Damage
				switch {
				case !errors.As(err, &damage):
					records++
				case errors.As(err, new(gap)):
					gaps++
				default:
					skipped += damage.Length
				}
			}
			wantSkipped := int64(from%47 + (47-to%47)%47)
			if want := from/47 + (10*47-to)/47; records != want || gaps != 1 || skipped != wantSkipped {
				t.Errorf("%d to %d: %d records, %d gaps, %d bytes skipped; want %d, 1, %d", from, to, records, gaps, skipped, want, wantSkipped)
			}
		}
	}
}

// Records grow past the first chunk, and records beyond it are found.
func TestLargeRecord(t *testing.T) {
	large := record(noon, TableDumpV2, ribIPv4Unicast, make([]byte, 3*chunk)...)
	expect(t, "large", read(bytes.NewReader(slices.Concat(keepalive(noon), large, keepalive(noon)))),
		"1 @0 BGP4MP MESSAGE 1400000000.000000 35", fmt.Sprintf("2 @47 TABLE_DUMP_V2 RIB_IPV4_UNICAST 1400000000.000000 %d", 3*chunk),
		fmt.Sprintf("3 @%d BGP4MP MESSAGE 1400000000.000000 35", 47+12+3*chunk))
}

// What a length field claims must not be allocated.
func TestClaimsAreNotAllocated(t *testing.T) {
	b := keepalive(noon)
	binary.BigEndian.PutUint32(b[8:], maxRecord-1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		read(bytes.NewReader(b))
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / 20; got > chunk+1<<20 {
		t.Errorf("%d bytes allocated for a file of %d", got, len(b))
	}
}

// A record of early 2000 declares four octets too few, whatever follows it.
func TestBatchedTableDump(t *testing.T) {
	batch := func(n int) []byte {
		body := []byte{0, 0, 0, 0}
		for i := range n {
			body = append(body, tableDumpEntry("10.0.0.0", byte(8+i), "192.0.2.1", 64496, originAttribute)...)
		}
		b := record(noon, TableDump, tableDumpIPv4, body...)
		binary.BigEndian.PutUint32(b[8:], uint32(len(body)-4))
		return b
	}
	whole := record(noon, TableDump, tableDumpIPv4, append([]byte{0, 0, 0, 0}, tableDumpEntry("10.0.0.0", 8, "192.0.2.1", 64496, originAttribute)...)...)
	for name, c := range map[string]struct {
		in   []byte
		want int
	}{
		"batches":              {slices.Concat(batch(3), batch(2), batch(4)), 9},
		"one":                  {batch(3), 3},
		"before a whole one":   {slices.Concat(batch(3), whole, whole), 5},
		"behind whole ones":    {slices.Concat(whole, whole, batch(3)), 5},
		"whole ones are whole": {slices.Concat(whole, whole), 2},
	} {
		r, rib := NewReader(bytes.NewReader(c.in), "f"), NewRIB()
		got := 0
		for {
			rec, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if _, err := rib.Entries(rec, func(*Entry) { got++ }); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got != c.want {
			t.Errorf("%s: %d entries, want %d", name, got, c.want)
		}
	}
}

// Reading a table allocates nothing for a record or an entry.
func TestReadAllocatesNothing(t *testing.T) {
	one := rib2("10.0.0.0/8", 0, originAttribute, originAttribute)
	file := slices.Concat(peerTable("192.0.2.1", 64496), bytes.Repeat(one, 20000))
	r, rib := NewReader(bytes.NewReader(file), "f"), NewRIB()
	var attributes bgp.Attributes
	entries := 0
	each := func(e *Entry) {
		if attributes.Decode(e.Attributes, e.Form) == nil {
			entries++
		}
	}
	step := func() {
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rib.Entries(rec, each); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if n := testing.AllocsPerRun(10000, step); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
	if entries < 20000 {
		t.Errorf("%d entries", entries)
	}
}

// inBatches gives what read gives, in batches of whatever size the source's reads lead to.
func inBatches(in io.Reader) (said []string) {
	r := NewReader(in, "f")
	var batches [2]Batch // by turns, as with two workers
	var held []string    // of the batch before: its bytes must outlive the next read
	for i := 0; ; i++ {
		b := &batches[i%2]
		err := r.ReadBatch(b)
		last := &batches[(i+1)%2]
		if i > 0 {
			said = append(said, lines(last)...)
			if again := lines(last); !slices.Equal(held, again) {
				return append(said, "the records of a batch changed while the next was read")
			}
		}
		if err == io.EOF {
			return said
		}
		if err != nil {
			return append(said, "fatal: "+err.Error())
		}
		held = lines(b)
	}
}

func lines(b *Batch) (said []string) {
	for _, rec := range b.Records {
		said = append(said, fmt.Sprintf("%d @%d %s %d.%06d %d %x", rec.Number, rec.Offset, rec.Name(), rec.Seconds, rec.Micros, len(rec.Body), rec.Body))
	}
	if b.Damage != nil {
		said = append(said, b.Damage.Error())
	}
	return said
}

// TestBatches compares batches with the records one by one.
func TestBatches(t *testing.T) {
	k := keepalive(noon)
	torn := slices.Concat(bytes.Repeat(k, 100), k[:30], bytes.Repeat(k, 50), []byte("rubbish"), bytes.Repeat(k, 70), k[:7])
	big := slices.Concat(bytes.Repeat(k, 60_000), record(noon, TableDumpV2, ribIPv4Unicast, make([]byte, 3<<20)...), bytes.Repeat(k, 60_000))
	for name, file := range map[string][]byte{"nothing": nil, "one": k, "torn": torn, "big": big} {
		var want []string
		r := NewReader(bytes.NewReader(file), "f")
		for {
			rec, err := r.Next()
			var damage *Damage
			if err == io.EOF {
				break
			} else if errors.As(err, &damage) {
				want = append(want, lines(&Batch{Damage: damage})...)
			} else {
				want = append(want, lines(&Batch{Records: []Record{*rec}})...)
			}
		}
		for how, in := range map[string]io.Reader{"whole": bytes.NewReader(file), "halves": iotest.HalfReader(bytes.NewReader(file))} {
			if got := inBatches(in); !slices.Equal(got, want) {
				t.Errorf("%s, read in %s: %d lines, want %d", name, how, len(got), len(want))
			}
		}
	}
}

func FuzzReader(t *testing.F) {
	f := fuzz.With(t)
	k := keepalive(noon)
	f.Add(slices.Concat(k, k, k[:30], k, k, k))
	f.Add(slices.Concat(peerTable("192.0.2.1", 64496), rib2("10.0.0.0/8", 0, originAttribute), rib2("2001:db8::/32", 7, originAttribute)))
	f.Add(slices.Concat(record(noon, BGP4MPET, stateChangeAS4, append([]byte{0, 0, 0, 9}, session(4, "2001:db8::1", 64496, []byte{0, 1, 0, 6})...)...), []byte("tail")))
	f.Add(record(noon, TableDump, tableDumpIPv4, append([]byte{0, 0, 0, 0}, tableDumpEntry("10.0.0.0", 8, "192.0.2.1", 64496, originAttribute)...)...))
	f.Add(record(noon, BGP, 1, make([]byte, 20)...))
	buffer := NewReader(nil, "").buf // to clear a new one takes longer than to read the input
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rib := &Reader{in: bytes.NewReader(b), file: "f", buf: buffer}, NewRIB()
		at := int64(0)
		for {
			rec, err := r.Next()
			var damage *Damage
			if err == io.EOF {
				break
			} else if errors.As(err, &damage) {
				if damage.Offset != at || damage.Length <= 0 {
					t.Fatalf("at %d: %v", at, err)
				}
				at += damage.Length
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			if rec.Offset != at {
				t.Fatalf("record %d is at %d, what stands before it ends at %d", rec.Number, rec.Offset, at)
			}
			at += int64(headerSize + len(rec.Body))
			if extended(rec.Type) {
				at += 4
			}
			given := 0
			seen, err := rib.Entries(rec, func(e *Entry) {
				given++
				if e.Family.Native() && (!e.Prefix.IsValid() || e.Prefix != e.Prefix.Masked()) || e.Peer >= len(rib.Peers) {
					t.Errorf("entry %+v of %d peers", *e, len(rib.Peers))
				}
			})
			if given > seen || err == nil && given != seen {
				t.Errorf("%d entries given, %d seen, error %v", given, seen, err)
			}
			if m, err := rec.ParseMessage(); err == nil && !m.Peer.Address.IsValid() {
				t.Errorf("message %+v", m)
			}
		}
		if at != int64(len(b)) {
			t.Errorf("%d bytes accounted for, of %d", at, len(b))
		}
	})
}

// moves reads in to its end and returns how many bytes the reader moved within its buffers, and how many it decoded in vain.
func moves(in io.Reader) (moved, vain int64) {
	r := NewReader(in, "f")
	for {
		offset, start, first := r.offset, r.start, &r.buf[:1][0]
		_, err := r.Next()
		if &r.buf[:1][0] != first || r.start < start || int64(r.start-start) != r.offset-offset {
			moved += int64(len(r.buf) - r.start)
		}
		if err == io.EOF {
			return moved, r.vain
		}
	}
}

// claims gives a record's header the length.
func claims(length int, header []byte) []byte {
	b := bytes.Clone(header)
	binary.BigEndian.PutUint32(b[8:], uint32(length))
	return b
}

// nested is a RIB record that claims 2,000 of its like, each header in an attribute of the record around it.
func nested() []byte {
	b := append(record(noon, TableDumpV2, ribIPv4Unicast), 0, 0, 0, 0, 0, 0xff, 0xff) // sequence, prefix, entries
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 3+19, 0xc0, 200, 19)                           // an entry with one attribute
	return claims(2000*len(b)-headerSize, b)
}

// The work for a record does not depend on what lies buffered behind it, whatever the file: look-ahead and damage included.
func TestWorkIsLinear(t *testing.T) {
	k, unknown, junk := keepalive(noon), record(noon, 200, 7, 1, 2, 3, 4), []byte("<junk>")
	for name, unit := range map[string][]byte{
		"known": k, "unknown": unknown, "mixed": slices.Concat(unknown, k), "damaged": slices.Concat(unknown, k, k, k, junk),
		"large claims": slices.Concat(k, k, k, claims(maxRecord-1, k[:headerSize])), "nested": nested(),
		"look-ahead of nearly the buffer": slices.Concat(k, k, k, claims(window-200, k[:headerSize])),
	} {
		file := slices.Repeat(unit, 4<<20/len(unit))
		if name == "nested" {
			file = append(junk, file...)
		}
		for how, in := range map[string]io.Reader{"whole": bytes.NewReader(file), "in halves": iotest.HalfReader(bytes.NewReader(file))} {
			moved, vain := moves(in)
			if size := int64(len(file)); moved > 6*size || vain > (maxVain+1)*(size+window) {
				t.Errorf("%s, read %s: %d bytes moved and %d decoded in vain, of %d", name, how, moved, vain, size)
			}
		}
		if r := NewReader(bytes.NewReader(file), "f"); name == "unknown" || name == "mixed" {
			batches := 0
			for b := new(Batch); r.ReadBatch(b) == nil; {
				batches++
			}
			if batches > len(file)/batchSize+1 {
				t.Errorf("%s: %d batches of %d bytes", name, batches, len(file))
			}
		}
	}
}

func BenchmarkUnknown(b *testing.B) {
	file := slices.Repeat(record(noon, 200, 7, 1, 2, 3, 4), 1_000_000)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		for r, batch := NewReader(bytes.NewReader(file), "f"), new(Batch); r.ReadBatch(batch) == nil; {
		}
	}
}
