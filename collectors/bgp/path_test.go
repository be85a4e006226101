package bgp

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// seg writes a segment of AS_PATH with 2- or 4-octet AS numbers.
func seg(asSize int, kind byte, asns ...uint32) []byte {
	b := []byte{kind, byte(len(asns))}
	for _, asn := range asns {
		if asSize == 2 {
			b = binary.BigEndian.AppendUint16(b, uint16(asn))
		} else {
			b = binary.BigEndian.AppendUint32(b, asn)
		}
	}
	return b
}

func segs(parts ...[]byte) []byte { return slices.Concat(parts...) }

func seg4(kind byte, asns ...uint32) []byte { return seg(4, kind, asns...) }
func seg2(kind byte, asns ...uint32) []byte { return seg(2, kind, asns...) }

func numbers(from, n int) (asns []uint32) {
	for i := range n {
		asns = append(asns, uint32(from+i))
	}
	return asns
}

func TestPath(t *testing.T) {
	long := segs(seg4(asSequence, numbers(1, 255)...), seg4(asSequence, numbers(256, 45)...))
	longText := strings.Trim(fmt.Sprint(numbers(1, 300)), "[]")
	for _, c := range []struct {
		name           string
		value          []byte
		asSize         int
		text           string
		origin         uint32
		set            []uint32
		sent, stripped int
	}{
		{"empty", nil, 4, "", 0, nil, 0, 0},
		{"one sequence", seg4(asSequence, 64496, 64497, 4200000000), 4, "64496 64497 4200000000", 4200000000, nil, 3, 3},
		{"2 octets", seg2(asSequence, 64496, 23456), 2, "64496 23456", 23456, nil, 2, 2},
		{"prepending", seg4(asSequence, 1, 2, 2, 2, 3, 3), 4, "1 2 2 2 3 3", 3, nil, 6, 3},
		{"an AS that returns is not prepended", seg4(asSequence, 1, 2, 1), 4, "1 2 1", 1, nil, 3, 3},
		{"set counts 1", segs(seg4(asSequence, 1, 2), seg4(asSet, 9, 7, 7, 8)), 4, "1 2 {9,7,7,8}", 0, []uint32{7, 8, 9}, 3, 3},
		{"singleton set", seg4(asSet, 5), 4, "{5}", 0, []uint32{5}, 1, 1},
		{"set inside", segs(seg4(asSequence, 1), seg4(asSet, 2, 3), seg4(asSequence, 1, 4)), 4, "1 {2,3} 1 4", 4, nil, 4, 4},
		{"confederation counts 0", segs(seg4(confedSequence, 65001, 65002), seg4(confedSet, 65003, 65004), seg4(asSequence, 1, 2)), 4,
			"(65001 65002) [65003,65004] 1 2", 2, nil, 2, 2},
		{"ends in a confederation", segs(seg4(asSequence, 1), seg4(confedSequence, 65001)), 4, "1 (65001)", 0, nil, 1, 1},
		{"prepending across segments", segs(seg4(asSequence, 1, 2), seg4(asSequence, 2, 3)), 4, "1 2 2 3", 3, nil, 4, 3},
		{"over 255 ASes", long, 4, longText, 300, nil, 300, 300},
	} {
		var p Path
		if !p.decode(c.value, c.asSize) {
			t.Errorf("%s: taken for malformed", c.name)
			continue
		}
		if p.String() != c.text {
			t.Errorf("%s: %q, want %q", c.name, p.String(), c.text)
		}
		if origin, set := p.Origin(); origin != c.origin || !slices.Equal(set, c.set) {
			t.Errorf("%s: origin %d %v, want %d %v", c.name, origin, set, c.origin, c.set)
		}
		if sent, stripped := p.Length(); sent != c.sent || stripped != c.stripped {
			t.Errorf("%s: lengths %d and %d, want %d and %d", c.name, sent, stripped, c.sent, c.stripped)
		}
	}
}

func TestSequence(t *testing.T) {
	var p Path
	p.decode(segs(seg4(confedSequence, 65001), seg4(asSequence, 1, 1, 2), seg4(asSet, 8, 9), seg4(asSequence, 2, 3, 3)), 4)
	if got, want := p.Sequence([]uint32{1}), []uint32{1, 1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestMalformedPath(t *testing.T) {
	for name, v := range map[string][]byte{
		"half a header": {2}, "unknown segment type": {5, 0}, "segment type 0": {0, 1, 0, 0, 0, 1},
		"ends inside a segment": seg4(asSequence, 1, 2)[:7], "4 octets read as 2": append(seg2(asSequence, 1), 0, 1),
	} {
		var p Path
		if p.decode(v, 4) && p.decode(v, 2) {
			t.Errorf("%s: taken for well-formed: %s", name, &p)
		}
	}
}

// RFC 6793 section 4.2.3.
func TestMergeAS4Path(t *testing.T) {
	const T = TransASN
	for _, c := range []struct {
		name     string
		old, as4 []byte
		want     string
	}{
		{"same length", seg2(asSequence, 1, T, T), seg4(asSequence, 1, 70000, 70001), "1 70000 70001"},
		{"old speakers in front", seg2(asSequence, 9, 8, T, T), seg4(asSequence, 70000, 70001), "9 8 70000 70001"},
		{"AS4_PATH longer: ignored", seg2(asSequence, T, 2), seg4(asSequence, 7, 70000, 2), "23456 2"},
		{"empty AS4_PATH", seg2(asSequence, 1, T), nil, "1 23456"},
		{"boundary inside the second segment", segs(seg2(asSequence, 1, 2), seg2(asSequence, 3, T, T)), seg4(asSequence, 70000, 70001),
			"1 2 3 70000 70001"},
		{"boundary inside the first segment", segs(seg2(asSequence, 1, 2, 3), seg2(asSequence, T)), seg4(asSequence, 2, 3, 70000), "1 2 3 70000"},
		{"segments counted otherwise", seg2(asSequence, 1, T, T, T), segs(seg4(asSequence, 70000), seg4(asSequence, 70001, 70002)),
			"1 70000 70001 70002"},
		{"set counts 1", segs(seg2(asSequence, 1, T), seg2(asSet, T, 5)), segs(seg4(asSequence, 70000), seg4(asSet, 70001, 5)),
			"1 70000 {70001,5}"},
		{"set in front stays", segs(seg2(asSet, 1, 2), seg2(asSequence, 3, T)), seg4(asSequence, 70000), "{1,2} 3 70000"},
		{"leading confederation stays", segs(seg2(confedSequence, 65001), seg2(asSequence, 1, T)), seg4(asSequence, 1, 70000),
			"(65001) 1 70000"},
		{"confederation in AS4_PATH dropped", seg2(asSequence, 1, T), segs(seg4(confedSequence, 65001), seg4(asSequence, 1, 70000)), "1 70000"},
	} {
		var p Path
		p.decode(c.old, 2)
		if !p.mergeAS4(c.as4) {
			t.Errorf("%s: taken for malformed", c.name)
		}
		if p.String() != c.want {
			t.Errorf("%s: %q, want %q", c.name, &p, c.want)
		}
	}
	var p Path
	p.decode(seg2(asSequence, 1, T), 2)
	if p.mergeAS4([]byte{2, 9, 0}) || p.String() != "1 23456" {
		t.Errorf("malformed AS4_PATH: %q", &p)
	}
}
