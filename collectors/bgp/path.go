package bgp

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// Segment types of AS_PATH (RFC 4271 section 4.3, RFC 5065 section 3).
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
}

type segment struct {
	kind  uint8
	count int
}

// decode reads the attribute's value; an unknown segment type or a segment that ends early makes it malformed.
func (p *Path) decode(v []byte, asSize int) bool {
	for len(v) > 0 {
		if len(v) < 2 || v[0] < asSet || v[0] > confedSet {
			return false
		}
		kind, n := v[0], int(v[1])
		v = v[2:]
		if len(v) < n*asSize {
			return false
		}
		for i := range n {
			if asSize == 2 {
				p.asns = append(p.asns, uint32(binary.BigEndian.Uint16(v[2*i:])))
			} else {
				p.asns = append(p.asns, binary.BigEndian.Uint32(v[4*i:]))
			}
		}
		v = v[n*asSize:]
		if n > 0 {
			p.segments = append(p.segments, segment{kind, n})
		}
	}
	return true
}

// count is the length that RFC 6793 compares: a set counts 1, confederation segments 0.
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

// mergeAS4 rebuilds the path of a 2-octet speaker: as many leading ASes of AS_PATH as AS4_PATH lacks, then AS4_PATH
// (RFC 6793 section 4.2.3). A longer AS4_PATH is ignored; its confederation segments are dropped (section 6).
func (p *Path) mergeAS4(v []byte) bool {
	var as4 Path
	if !as4.decode(v, 4) {
		return false
	}
	as4.dropConfederations()
	lead := p.count() - as4.count()
	if lead < 0 {
		return true
	}
	var merged Path
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

// add appends a segment; a sequence after a sequence joins it.
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

// Origin is the last AS where the path ends in a sequence; 0 and the set's members, ascending, where it ends in an
// AS_SET; 0 and nil where it is empty or ends in a confederation segment.
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

// Length is the number of ASes, as sent and with prepending removed. A set counts 1, confederation segments count 0.
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

// Sequence appends the ASes of the path's sequences with prepending removed: what transit and origin are told from.
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

// Strip takes prepending out of the path's sequences.
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

// Append appends the path as bgpdump writes it: sequences as numbers, {set}, (confederation sequence), [confederation
// set].
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

// String is Append's text.
func (p *Path) String() string { return string(p.Append(nil)) }

// AppendJSON appends the path as a JSON list: an AS of a sequence is a number, other segments are objects such as
// {"set":[64496,64499]}, {"confed_sequence":[…]} and {"confed_set":[…]}.
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
