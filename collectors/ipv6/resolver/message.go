package resolver

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Sizes and bits of a DNS message (RFC 1035 section 4.1, RFC 6840 section 5.7 for AD, RFC 6891 for OPT).
const (
	headerSize = 12
	maxName    = 255
	maxQuery   = headerSize + maxName + 4 + 11
	udpSize    = 1232 // fits every path without fragmentation

	flagQR  = 1 << 15
	flagAA  = 1 << 10
	flagTC  = 1 << 9
	flagRD  = 1 << 8
	flagRA  = 1 << 7
	flagAD  = 1 << 5
	flagCD  = 1 << 4
	opcodes = 0xf << 11

	classIN = 1
	typeOPT = 41

	rcodeFormErr  = 1
	rcodeNXDomain = 3
	rcodeNotImp   = 4
)

// ErrName is the error of a name that cannot be queried.
var ErrName = errors.New("no domain name")

// appendQuery appends a query with ID 0 and the given flags, with an OPT record if edns is set.
func appendQuery(b []byte, name string, qtype, flags uint16, edns bool) ([]byte, error) {
	additional := byte(0)
	if edns {
		additional = 1
	}
	b = append(b, 0, 0, byte(flags>>8), byte(flags), 0, 1, 0, 0, 0, 0, 0, additional)
	b, err := appendName(b, name)
	if err != nil {
		return nil, err
	}
	b = binary.BigEndian.AppendUint16(b, qtype)
	b = binary.BigEndian.AppendUint16(b, classIN)
	if edns {
		b = append(b, 0, 0, typeOPT, udpSize>>8, udpSize&0xff, 0, 0, 0, 0, 0, 0)
	}
	return b, nil
}

// appendName appends a name given in presentation form (RFC 1035 section 5.1: \X, \DDD), with or without a final dot.
func appendName(b []byte, name string) ([]byte, error) {
	bad := func(why string) ([]byte, error) { return nil, fmt.Errorf("%w: %q: %s", ErrName, name, why) }
	start := len(b)
	if name == "" {
		return bad("it is empty")
	}
	if name == "." {
		return append(b, 0), nil
	}
	label := len(b) // position of the label's length
	b = append(b, 0)
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '.':
			if len(b) == label+1 {
				return bad("a label is empty")
			}
			if i == len(name)-1 {
				continue
			}
			label = len(b)
			b = append(b, 0)
			continue
		case c == '\\' && i+3 < len(name) && digit(name[i+1]) && digit(name[i+2]) && digit(name[i+3]):
			n := int(name[i+1]-'0')*100 + int(name[i+2]-'0')*10 + int(name[i+3]-'0')
			if n > 255 {
				return bad(`\DDD is above 255`)
			}
			c = byte(n)
			i += 3
		case c == '\\' && i+1 < len(name) && !digit(name[i+1]):
			i++
			c = name[i]
		case c == '\\':
			return bad("a backslash stands alone")
		}
		b = append(b, c)
		if b[label]++; b[label] > 63 {
			return bad("a label has more than 63 octets")
		}
		if len(b)-start+1 > maxName {
			return bad("it has more than 255 octets")
		}
	}
	return append(b, 0), nil
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// question returns the question section of one of our queries: the octets of name, type and class.
func question(query []byte) []byte {
	end := headerSize
	for query[end] != 0 {
		end += 1 + int(query[end])
	}
	return query[headerSize : end+5]
}

func flags(message []byte) uint16 { return binary.BigEndian.Uint16(message[2:]) }

// matches reports whether a message answers the query, IDs aside: a response to the same question, ignoring case, whose
// records are complete. A truncated one may end anywhere behind the question.
func matches(query, message []byte) bool {
	if len(message) < headerSize || flags(message)&(flagQR|opcodes) != flagQR || binary.BigEndian.Uint16(message[4:]) != 1 {
		return false
	}
	want := question(query)
	if len(message) < headerSize+len(want) {
		return false
	}
	got := message[headerSize : headerSize+len(want)]
	name := len(want) - 4
	for i, c := range want[:name] {
		if lower(c) != lower(got[i]) { // a label's length is less than any letter
			return false
		}
	}
	if string(want[name:]) != string(got[name:]) {
		return false
	}
	return flags(message)&flagTC != 0 || whole(message, headerSize+len(want))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// whole reports whether all records that the header counts are inside the message.
func whole(message []byte, at int) bool {
	records := 0
	for i := 6; i < headerSize; i += 2 {
		records += int(binary.BigEndian.Uint16(message[i:]))
	}
	for range records {
		for {
			if at >= len(message) {
				return false
			}
			n := int(message[at])
			at++
			if n >= 0xc0 {
				at++
			}
			if n == 0 || n >= 0xc0 {
				break
			}
			if n > 63 {
				return false
			}
			at += n
		}
		if at+10 > len(message) {
			return false
		}
		at += 10 + int(binary.BigEndian.Uint16(message[at+8:]))
		if at > len(message) {
			return false
		}
	}
	return true
}
