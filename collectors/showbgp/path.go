package showbgp

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Types of AS_PATH segments (RFC 4271 section 4.3, RFC 5065 section 3).
const (
	asSet          = 1
	asSequence     = 2
	confedSequence = 3
	confedSet      = 4
)

// maxPath is the longest path accepted, in octets; with the other attributes it stays below the 65,535 octets of a record's block.
const maxPath = 60_000

// path is an AS path, one segment after the other.
type path []segment

type segment struct {
	kind byte
	asns []uint32
}

// parsePath parses the AS path of a line: 1 2 is a sequence, {1,2} a set, (1 2) a sequence of a confederation, [1,2] a set of one.
func parsePath(text string) (p path, err error) {
	kind, end, octets := byte(asSequence), byte(0), 0
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeft(text, " ,") {
		switch c := text[0]; {
		case strings.IndexByte("{([", c) >= 0 && end == 0:
			at := strings.IndexByte("{([", c)
			kind, end = [...]byte{asSet, confedSequence, confedSet}[at], "})]"[at]
			p, text = append(p, segment{kind: kind}), text[1:]
		case c == end && end != 0:
			if len(p[len(p)-1].asns) == 0 {
				return nil, fmt.Errorf("an empty segment in the path")
			}
			kind, end, text = asSequence, 0, text[1:]
		default:
			n := strings.IndexAny(text, " ,{}()[]")
			if n < 0 {
				n = len(text)
			}
			asn, err := parseASN(text[:n])
			if err != nil {
				return nil, err
			}
			if octets += 2 + 4; octets > maxPath { // as if each AS began a segment
				return nil, fmt.Errorf("the path has over %d ASes", maxPath/(2+4))
			}
			if last := len(p) - 1; last < 0 || p[last].kind != kind || len(p[last].asns) == 255 {
				p = append(p, segment{kind: kind})
			}
			p[len(p)-1].asns = append(p[len(p)-1].asns, asn)
			text = text[n:]
		}
	}
	if end != 0 {
		return nil, fmt.Errorf("the path lacks a %c", end)
	}
	return p, nil
}

// parseASN parses an AS number, 3.10 being 196618 (RFC 5396).
func parseASN(text string) (uint32, error) {
	high, low, dotted := strings.Cut(text, ".")
	if !dotted {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return 0, fmt.Errorf("invalid AS number %.20q in the path", text)
		}
		return uint32(n), nil
	}
	a, err := strconv.ParseUint(high, 10, 16)
	b, err2 := strconv.ParseUint(low, 10, 16)
	if err != nil || err2 != nil {
		return 0, fmt.Errorf("invalid AS number %.20q in the path", text)
	}
	return uint32(a<<16 | b), nil
}

// first returns the first AS of the path outside a confederation; 0 if there is none.
func (p path) first() uint32 {
	for _, s := range p {
		if s.kind == asSequence {
			return s.asns[0]
		}
	}
	return 0
}

func (p path) append(to []byte) []byte {
	for _, s := range p {
		to = append(to, s.kind, byte(len(s.asns)))
		for _, asn := range s.asns {
			to = binary.BigEndian.AppendUint32(to, asn)
		}
	}
	return to
}
