package dump_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/collectors/mrt/dump"
	"tidemark/internal/testkit/families"
)

// tableOf is a table dump of one collector and peer. GoBGP encoded its NLRI, each with an entry, or, if ids is set, two path
// identifiers. Families and NLRI have the order in which a table is written.
func tableOf(all []families.Family, ids bool) (file []byte) {
	sequence := uint32(0)
	record := func(f families.Family, parts ...[]byte) {
		file = append(file, rec(mrt.TableDumpV2, subtypeOf(f, ids), append(binary.BigEndian.AppendUint32(nil, sequence), slices.Concat(parts...)...)...)...)
		sequence++
	}
	entry := func(id ...byte) []byte {
		return slices.Concat([]byte{0, 0, 0x65, 0, 0, 0}, id, []byte{0, byte(len(usual))}, usual)
	}
	file = slices.Clone(peers)
	for _, f := range all {
		own := subtypeOf(f, false) != 6
		family := append(binary.BigEndian.AppendUint16(nil, f.AFI), f.SAFI)
		for _, nlri := range f.NLRI {
			first, second := []byte{0, 0, 0, 7}, []byte{0xff, 0, 0, 8}
			switch {
			case own && ids:
				record(f, nlri, []byte{0, 2}, entry(first...), entry(second...))
			case own:
				record(f, nlri, []byte{0, 1}, entry())
			case ids: // RFC 8050 section 4.2: the path identifier is part of the NLRI
				record(f, family, first, nlri, []byte{0, 1}, entry())
				record(f, family, second, nlri, []byte{0, 1}, entry())
			default:
				record(f, family, nlri, []byte{0, 1}, entry())
			}
		}
	}
	return file
}

// subtypeOf returns the subtype that RFC 6396 section 4.3 and RFC 8050 section 4 give a family.
func subtypeOf(f families.Family, ids bool) uint16 {
	of := map[string][2]uint16{"1/1": {2, 8}, "1/2": {3, 9}, "2/1": {4, 10}, "2/2": {5, 11}}
	own, is := of[fmt.Sprintf("%d/%d", f.AFI, f.SAFI)]
	if !is {
		own = [2]uint16{6, 12}
	}
	if ids {
		return own[1]
	}
	return own[0]
}

// withBoth returns the families and SAFI 3, of RFC 2858, where they belong.
func withBoth(all []families.Family) []families.Family {
	all = append(all, families.Family{AFI: 1, SAFI: 3, NLRI: [][]byte{{0}, {24, 203, 0, 113}}}, families.Family{AFI: 2, SAFI: 3, NLRI: [][]byte{{32, 0x20, 1, 0xd, 0xb8}}})
	slices.SortStableFunc(all, func(a, b families.Family) int {
		return (int(a.AFI)<<8 | int(a.SAFI)) - (int(b.AFI)<<8 | int(b.SAFI))
	})
	return all
}

// written loads a file of tables and writes the table of its time.
func written(t *testing.T, file []byte) []byte {
	t.Helper()
	s := dump.NewSnapshot(time.Unix(at, 0), &dump.Filter{})
	if err := s.LoadTables(t.Context(), bytes.NewReader(file), "f", func(err error) { t.Error(err) }); err != nil {
		t.Fatal(err)
	}
	s.Finish(func(err error) { t.Error(err) })
	var out bytes.Buffer
	if _, err := s.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTableRoundTrip writes the table of a dump of every family as the bytes that were read.
func TestTableRoundTrip(t *testing.T) {
	for _, f := range withBoth(families.All(t)) {
		for _, ids := range []bool{false, true} {
			want := tableOf([]families.Family{f}, ids)
			if got := written(t, want); !bytes.Equal(got, want) {
				t.Errorf("AFI %d SAFI %d, path identifiers %v:\nwritten %x\nread    %x", f.AFI, f.SAFI, ids, got, want)
			}
			if err := besideSlow(want, new(compared)); err != nil {
				t.Errorf("AFI %d SAFI %d, path identifiers %v: %v", f.AFI, f.SAFI, ids, err)
			}
		}
	}
	for _, ids := range []bool{false, true} {
		want := tableOf(withBoth(families.All(t)), ids)
		if got := written(t, want); !bytes.Equal(got, want) {
			t.Errorf("all families, path identifiers %v: %d bytes written, %d read", ids, len(got), len(want))
		}
	}
}

// TestTableOfUpdates announces every NLRI in an UPDATE and finds it in the table as RFC 6396 has it.
func TestTableOfUpdates(t *testing.T) {
	for _, f := range withBoth(families.All(t)) {
		if f.AFI == 1 && f.SAFI == 1 {
			continue // not in MP_REACH_NLRI
		}
		for _, ids := range []bool{false, true} {
			file := slices.Clone(peers)
			for _, nlri := range f.NLRI {
				subtype := uint16(as4)
				if ids {
					subtype, nlri = as4AddPath, append([]byte{0, 0, 0, 7}, nlri...)
				}
				file = append(file, bgpMessage(subtype, 2, updateBody(nil, append(reach(f.AFI, f.SAFI, []byte{192, 0, 2, 9}, nlri...), noHop...), nil)...)...)
			}
			s := dump.NewSnapshot(time.Unix(at, 0), &dump.Filter{})
			if err := s.LoadTables(t.Context(), bytes.NewReader(file), "f", func(err error) { t.Error(err) }); err != nil {
				t.Fatal(err)
			}
			s.Finish(func(error) {}) // no dump has the family
			var out bytes.Buffer
			if _, err := s.WriteTo(&out); err != nil {
				t.Fatal(err)
			}
			if err := besideSlow(out.Bytes(), new(compared)); err != nil {
				t.Errorf("AFI %d SAFI %d, path identifiers %v: %v", f.AFI, f.SAFI, ids, err)
			}
			rows := 0
			for r := range mrt.NewReader(&out, "f").Records() {
				if !r.IsPeerTable() {
					rows++
				}
				if nlri := f.NLRI[max(rows-1, 0)]; rows > 0 && !strings.Contains(hex.EncodeToString(r.Body), hex.EncodeToString(nlri)) {
					t.Errorf("AFI %d SAFI %d: %x lacks %x", f.AFI, f.SAFI, r.Body, nlri)
				}
				if rows > 0 && r.Subtype != subtypeOf(f, ids) {
					t.Errorf("AFI %d SAFI %d: subtype %d", f.AFI, f.SAFI, r.Subtype)
				}
			}
			if rows != len(f.NLRI) {
				t.Errorf("AFI %d SAFI %d, path identifiers %v: %d records of %d NLRI", f.AFI, f.SAFI, ids, rows, len(f.NLRI))
			}
		}
	}
}

// TestGoBGPTable takes path identifiers from the entries of RIB_GENERIC_ADDPATH, where GoBGP has them, and writes them where RFC
// 8050 has them.
func TestGoBGPTable(t *testing.T) {
	for _, f := range withBoth(families.All(t)) {
		if subtypeOf(f, false) != 6 {
			continue
		}
		file := slices.Clone(peers)
		for i, nlri := range f.NLRI {
			body := slices.Concat([]byte{0, 0, 0, byte(i), byte(f.AFI >> 8), byte(f.AFI), f.SAFI}, nlri, []byte{0, 2})
			for _, id := range []byte{1, 2} {
				body = slices.Concat(body, []byte{0, 0, 0x65, 0, 0, 0, 0, 0, 0, id, 0, byte(len(usual))}, usual)
			}
			file = append(file, rec(mrt.TableDumpV2, 12, body...)...)
		}
		got := written(t, file)
		if err := besideSlow(file, new(compared)); err != nil {
			t.Errorf("AFI %d SAFI %d: %v", f.AFI, f.SAFI, err)
		}
		family := bgp.Family{AFI: bgp.AFI(f.AFI), SAFI: bgp.SAFI(f.SAFI)}
		rib, rows := mrt.NewRIB(), 0
		for r := range mrt.NewReader(bytes.NewReader(got), "f").Records() {
			if _, err := rib.Entries(r, func(e *mrt.Entry) {
				if e.Family != family || e.PathID != uint32(1+rows%2) || !e.HasPathID {
					t.Errorf("%s: entry %d is of %s, path %d", family, rows, e.Family, e.PathID)
				}
				rows++
			}); err != nil {
				t.Errorf("%s: %v", family, err)
			}
		}
		if rows != 2*len(f.NLRI) {
			t.Errorf("%s: %d routes of %d", family, rows, 2*len(f.NLRI))
		}
	}
}
