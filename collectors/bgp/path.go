package bgp

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// Types of AS_PATH segments (RFC 4271 section 4.3, RFC 5065 section 3).
const (
	asSet          = 1
	asSequence     = 2
	confedSequence = 3
	confedSet      = 4
)

// Path is an AS_PATH. Its zero value is the empty path.
type Path struct {
	segments []segment
	asns     []uint32 // of all segments, one after the other
	zero     bool     // AS 0, which no path may contain (RFC 7607), was met in decoding
}

type segment struct {
	kind  uint8
	count int
}

// reset empties the path but keeps its memory.
func (p *Path) reset() { *p = Path{segments: p.segments[:0], asns: p.asns[:0]} }

// decode appends the segments of an AS_PATH value and reports whether it is well formed: it is not if a segment has an
// unknown type, is empty or ends early (RFC 7606 section 7.2).
func (p *Path) decode(v []byte, asSize int) bool {
	for len(v) > 0 {
		if len(v) < 2 || v[0] < asSet || v[0] > confedSet || v[1] == 0 {
			return false
		}
		kind, n := v[0], int(v[1])
		v = v[2:]
		if len(v) < n*asSize {
			return false
		}
		zero := p.zero
		if asSize == 2 {
			for rest := v[:2*n]; len(rest) >= 2; rest = rest[2:] {
				asn := uint32(binary.BigEndian.Uint16(rest))
				p.asns = append(p.asns, asn)
				zero = zero || asn == 0
			}
		} else {
			for rest := v[:4*n]; len(rest) >= 4; rest = rest[4:] {
				asn := binary.BigEndian.Uint32(rest)
				p.asns = append(p.asns, asn)
				zero = zero || asn == 0
			}
		}
		p.zero = zero
		v = v[n*asSize:]
		p.segments = append(p.segments, segment{kind, n})
	}
	return true
}

// count returns the length that RFC 6793 compares: a set counts 1, a confederation segment 0.
func (p *Path) count() (n int) {
	for _, s := range p.segments {
		switch s.kind {
		case asSequence:
			n += s.count
		case asSet:
			n++
		}
	}
	return n
}

// mergeAS4 rebuilds the path behind a 2-octet speaker: as many leading ASes of AS_PATH as AS4_PATH lacks, then AS4_PATH
// (RFC 6793 section 4.2.3). An AS4_PATH longer than AS_PATH is ignored, and confederation segments in it are dropped
// (section 6). It reports whether AS4_PATH is well formed, which it is not with AS 0 (RFC 7607 section 2).
func (p *Path) mergeAS4(v []byte) bool {
	var as4 Path
	if !as4.decode(v, 4) || as4.zero {
		return false
	}
	as4.dropConfederations()
	lead := p.count() - as4.count()
	if lead < 0 {
		return true
	}
	merged := Path{zero: p.zero}
	at := 0
	for _, s := range p.segments {
		asns := p.asns[at : at+s.count]
		at += s.count
		confed := s.kind == confedSequence || s.kind == confedSet
		if lead == 0 && !confed {
			break
		}
		switch s.kind {
		case asSequence:
			asns = asns[:min(lead, len(asns))]
			lead -= len(asns)
		case asSet:
			lead--
		}
		merged.add(s.kind, asns)
	}
	at = 0
	for _, s := range as4.segments {
		merged.add(s.kind, as4.asns[at:at+s.count])
		at += s.count
	}
	*p = merged
	return true
}

// add appends a segment. A sequence that follows a sequence extends it.
func (p *Path) add(kind uint8, asns []uint32) {
	p.asns = append(p.asns, asns...)
	if last := len(p.segments) - 1; last >= 0 && kind == asSequence && p.segments[last].kind == asSequence {
		p.segments[last].count += len(asns)
		return
	}
	p.segments = append(p.segments, segment{kind, len(asns)})
}

func (p *Path) dropConfederations() {
	var kept Path
	at := 0
	for _, s := range p.segments {
		if s.kind == asSequence || s.kind == asSet {
			kept.add(s.kind, p.asns[at:at+s.count])
		}
		at += s.count
	}
	*p = kept
}

// Origin returns the last AS if the path ends in a sequence, 0 and the members in ascending order if it ends in an
// AS_SET, and 0 and nil if it is empty or ends in a confederation segment.
func (p *Path) Origin() (asn uint32, set []uint32) {
	if len(p.segments) == 0 {
		return 0, nil
	}
	last := p.segments[len(p.segments)-1]
	asns := p.asns[len(p.asns)-last.count:]
	switch last.kind {
	case asSequence:
		return asns[len(asns)-1], nil
	case asSet:
		set = slices.Clone(asns)
		slices.Sort(set)
		return 0, slices.Compact(set)
	}
	return 0, nil
}

// Length returns the number of ASes as sent, and with prepending removed. A set counts 1, a confederation segment 0.
func (p *Path) Length() (sent, stripped int) {
	at := 0
	previous, any := uint32(0), false
	for _, s := range p.segments {
		asns := p.asns[at : at+s.count]
		at += s.count
		switch s.kind {
		case asSequence:
			sent += len(asns)
			for _, asn := range asns {
				if !any || asn != previous {
					stripped++
				}
				previous, any = asn, true
			}
		case asSet:
			sent++
			stripped++
			any = false
		}
	}
	return sent, stripped
}

// Has reports which kinds of segments the path has beside sequences.
func (p *Path) Has() (set, confederation bool) {
	for _, s := range p.segments {
		set = set || s.kind == asSet || s.kind == confedSet
		confederation = confederation || s.kind == confedSequence || s.kind == confedSet
	}
	return set, confederation
}

// Sequence appends the ASes of the path's sequences, with prepending removed.
func (p *Path) Sequence(to []uint32) []uint32 {
	from := len(to)
	at := 0
	for _, s := range p.segments {
		if s.kind == asSequence {
			for _, asn := range p.asns[at : at+s.count] {
				if len(to) == from || to[len(to)-1] != asn {
					to = append(to, asn)
				}
			}
		}
		at += s.count
	}
	return to
}

// Strip removes prepending from the path's sequences.
func (p *Path) Strip() {
	var kept Path
	at := 0
	for _, s := range p.segments {
		asns := p.asns[at : at+s.count]
		at += s.count
		if s.kind == asSequence {
			asns = slices.Compact(slices.Clone(asns))
			if n := len(kept.segments); n > 0 && kept.segments[n-1].kind == asSequence && kept.asns[len(kept.asns)-1] == asns[0] {
				asns = asns[1:]
			}
		}
		if len(asns) > 0 {
			kept.add(s.kind, asns)
		}
	}
	*p = kept
}

// Append appends the path in bgpdump's notation: 1 2 for a sequence, {1,2} for a set, (1 2) for a confederation sequence,
// [1,2] for a confederation set.
func (p *Path) Append(to []byte) []byte {
	at := 0
	for i, s := range p.segments {
		if i > 0 {
			to = append(to, ' ')
		}
		open, separator, end := byte(0), byte(' '), byte(0)
		switch s.kind {
		case asSet:
			open, separator, end = '{', ',', '}'
		case confedSequence:
			open, end = '(', ')'
		case confedSet:
			open, separator, end = '[', ',', ']'
		}
		if open != 0 {
			to = append(to, open)
		}
		for j, asn := range p.asns[at : at+s.count] {
			if j > 0 {
				to = append(to, separator)
			}
			to = strconv.AppendUint(to, uint64(asn), 10)
		}
		if end != 0 {
			to = append(to, end)
		}
		at += s.count
	}
	return to
}

// String returns the path in the notation of Append.
func (p *Path) String() string { return string(p.Append(nil)) }

// AppendJSON appends the path as a JSON array: an AS of a sequence is a number, every other segment an object,
// {"set":[64496,64499]}, {"confed_sequence":[…]} or {"confed_set":[…]}.
func (p *Path) AppendJSON(to []byte) []byte {
	to = append(to, '[')
	at := 0
	for i, s := range p.segments {
		if i > 0 {
			to = append(to, ',')
		}
		if s.kind != asSequence {
			to = append(append(append(to, `{"`...), [...]string{asSet: "set", confedSequence: "confed_sequence", confedSet: "confed_set"}[s.kind]...), `":[`...)
		}
		for j, asn := range p.asns[at : at+s.count] {
			if j > 0 {
				to = append(to, ',')
			}
			to = strconv.AppendUint(to, uint64(asn), 10)
		}
		if s.kind != asSequence {
			to = append(to, "]}"...)
		}
		at += s.count
	}
	return append(to, ']')
}
