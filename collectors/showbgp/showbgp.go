// Package showbgp reads what routers print for "show ip bgp" as MRT: the form in which Route-Views kept tables from 1997 on, and
// in which people paste them. Each line becomes a TABLE_DUMP record of RFC 6396.
//
// The text has neither the peers nor the age of a route. The peer of an entry is its next hop with the first AS of its path, which
// is right where a collector has no other sessions than with its peers, and the time of its last change is that of the table.
package showbgp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// maxLine is the longest line accepted, in bytes; an AS path of 4,096 octets is shorter.
const maxLine = 64 << 10

// Is reports whether content begins like such a table. start should have 512 bytes.
func Is(start []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(start, " \r\n\t"), []byte("BGP table version is ")) || bytes.Contains(start, []byte("Network ")) && bytes.Contains(start, []byte(" Next Hop "))
}

var timeInName = regexp.MustCompile(`((?:19|20)\d\d)-?(\d\d)-?(\d\d)[-._T]?([01]\d|2[0-3])([0-5]\d)(?:\D|$)`)

// TimeOf returns the time of a table of a day, whose file may state it behind the day, as oix-full-snapshot-2001-10-26-1200.dat
// does; otherwise the beginning of the day.
func TimeOf(name string, day time.Time) time.Time {
	if m := timeInName.FindStringSubmatch(name); m != nil {
		if at, err := time.Parse("200601021504", strings.Join(m[1:], "")); err == nil && at.Truncate(24*time.Hour).Equal(day) {
			return at
		}
	}
	return day
}

// NewReader returns the entries of a table as MRT records with a time. Errors name the file; lines that cannot be read are passed
// to report. History entries, which a router keeps of withdrawn routes, are left out.
func NewReader(in io.Reader, file string, at time.Time, report func(error)) io.Reader {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	return &reader{lines: lines, file: file, at: uint32(at.Unix()), report: report}
}

type reader struct {
	lines    *bufio.Scanner
	file     string
	at       uint32
	report   func(error)
	out      []byte // encoded, and not yet read
	number   int    // of the line
	sequence uint16
	table    table
	done     bool
}

// Read implements io.Reader.
func (r *reader) Read(b []byte) (int, error) {
	for len(r.out) == 0 {
		if r.done {
			return 0, io.EOF
		}
		if !r.lines.Scan() {
			r.done = true
			if err := r.lines.Err(); err != nil {
				if !errors.Is(err, bufio.ErrTooLong) {
					return 0, err
				}
				r.report(fmt.Errorf("%s: line %d is over %d bytes; what follows is left out", r.file, r.number+1, maxLine))
			}
			if err := r.table.end(); err != nil {
				r.report(fmt.Errorf("%s: line %d: %w", r.file, r.number, err))
			}
			continue
		}
		r.number++
		e, err := r.table.line(r.lines.Text())
		if err != nil {
			r.report(fmt.Errorf("%s: line %d: %w", r.file, r.number, err))
		}
		if e != nil {
			r.encode(e)
		}
	}
	n := copy(b, r.out)
	r.out = r.out[n:]
	return n, nil
}

// encode writes an entry as a record of the subtype AFI_IPv4_AS4 or AFI_IPv6_AS4.
func (r *reader) encode(e *entry) {
	const tableDump, ipv4, ipv6 = 12, 3, 4
	subtype := uint16(ipv4)
	if e.prefix.Addr().Is6() {
		subtype = ipv6
	}
	attributes := e.attributes()
	body := binary.BigEndian.AppendUint16(nil, 0)
	body = binary.BigEndian.AppendUint16(body, r.sequence)
	body = append(body, e.prefix.Addr().AsSlice()...)
	body = append(body, byte(e.prefix.Bits()), 1)
	body = binary.BigEndian.AppendUint32(body, r.at)
	body = append(body, e.hop.AsSlice()...)
	body = binary.BigEndian.AppendUint32(body, e.path.first())
	body = binary.BigEndian.AppendUint16(body, uint16(len(attributes)))
	body = append(body, attributes...)
	r.sequence++
	out := binary.BigEndian.AppendUint32(r.out[:0], r.at)
	out = binary.BigEndian.AppendUint16(out, tableDump)
	out = binary.BigEndian.AppendUint16(out, subtype)
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	r.out = append(out, body...)
}

// entry is a line of a table.
type entry struct {
	prefix         netip.Prefix
	hop            netip.Addr
	med, localPref *uint32
	path           path
	origin         byte
}

func (e *entry) attributes() []byte {
	b := []byte{0x40, 1, 1, e.origin}
	segments := e.path.append(nil)
	b = append(b, 0x50, 2, byte(len(segments)>>8), byte(len(segments)))
	b = append(b, segments...)
	if e.hop.Is4() {
		b = append(append(b, 0x40, 3, 4), e.hop.AsSlice()...)
	} else {
		b = append(append(b, 0x80, 14, 17, 16), e.hop.AsSlice()...)
	}
	if e.med != nil {
		b = binary.BigEndian.AppendUint32(append(b, 0x80, 4, 4), *e.med)
	}
	if e.localPref != nil {
		b = binary.BigEndian.AppendUint32(append(b, 0x40, 5, 4), *e.localPref)
	}
	return b
}

// parseNetwork parses the text of the column Network: a prefix, or an IPv4 network without length, which has the one of its class
// (RFC 791 section 3.2).
func parseNetwork(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	if !a.Is4() {
		return netip.Prefix{}, fmt.Errorf("%s has no length", text)
	}
	length := 0
	switch b := a.As4()[0]; {
	case a.IsUnspecified():
	case b < 128:
		length = 8
	case b < 192:
		length = 16
	case b < 224:
		length = 24
	default:
		return netip.Prefix{}, fmt.Errorf("%s has no length, and its class none", text)
	}
	return netip.PrefixFrom(a, length).Masked(), nil
}
