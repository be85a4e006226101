// Package mrt reads MRT files as route collectors have written them since 1999. Records are lent, not copied: a record
// and all that is parsed from it is valid until the next record is read.
//
// A file is read with NewReader and Reader.Records. RIB.Entries decodes the records of a table dump, Record.ParseMessage
// those of an update file; package bgp decodes the path attributes and NLRI inside them. ReadBatch and RIB.After serve
// programs that decode in several goroutines.
//
// What is read, after RFC 6396 (MRT), RFC 6397 (GEO_PEER_TABLE) and RFC 8050 (ADD-PATH):
//
//	type and subtype                                               how
//	TABLE_DUMP AFI_IPv4, AFI_IPv6                                  decoded, batched records of early 2000 included
//	TABLE_DUMP_V2 PEER_INDEX_TABLE, GEO_PEER_TABLE                 decoded
//	TABLE_DUMP_V2 RIB_IPV4_UNICAST, RIB_IPV6_UNICAST               decoded, _ADDPATH too
//	TABLE_DUMP_V2 RIB_IPV4_MULTICAST, RIB_IPV6_MULTICAST           decoded, _ADDPATH too
//	TABLE_DUMP_V2 RIB_GENERIC                                      decoded, _ADDPATH too; NLRI of other families kept raw
//	BGP4MP MESSAGE, MESSAGE_AS4, MESSAGE_LOCAL, MESSAGE_AS4_LOCAL  decoded, _ADDPATH and BGP4MP_ET too
//	BGP4MP STATE_CHANGE, STATE_CHANGE_AS4                          decoded, BGP4MP_ET and Quagga's states 7 and 8 too
//	BGP UPDATE, STATE_CHANGE, OPEN, NOTIFY, KEEPALIVE              decoded (type 5 of 1999)
//	BGP4MP ENTRY, SNAPSHOT; BGP NULL, PREF_UPDATE, SYNC            counted by name (RFC 6396 appendix B)
//	NULL, START, DIE, I_AM_DEAD, PEER_DOWN, RIP, IDRP, RIPNG       counted by name
//	BGP4PLUS, BGP4PLUS_01, OSPFv2, OSPFv3, OSPFv3_ET               counted by name
//	ISIS, ISIS_ET                                                  counted by name
//
// Beyond the RFCs it reads what writers made of them:
//
//	RFC 6396 section 4.2    TABLE_DUMP records of early 2000 hold many entries and declare four octets too few
//	RFC 6396 section 4.3.4  MP_REACH_NLRI in a RIB in the full form of RFC 4760, as Quagga writes it, too
//	RFC 6396 section 4.4.1  states 7 and 8, which Quagga added to the six of RFC 4271
//	RFC 6396 section 4.4    peer headers without addresses, which Zebra wrote in 2000 for sessions not yet open
//	RFC 6396 section 4.3.1  peer tables that are missing, repeated or shorter than the entries claim
//	RFC 8050                path identifiers in subtypes that have none and the reverse (see bgp.PathIDs)
//
// If a file is damaged, reading resumes at the next chain of plausible records; a Damage says what was skipped, and
// where.
package mrt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Record is one MRT record. Body is lent: valid until the next call of Next.
type Record struct {
	Seconds uint32 // since 1970
	Micros  uint32 // microseconds of the extended header; 0 otherwise
	Type    Type
	Subtype uint16
	Body    []byte // without the microseconds of an extended header
	Number  int    // from 1
	Offset  int64  // of the header in the decompressed stream
}

// Damage is an error that does not end reading: part of the file was skipped, or bytes are missing.
type Damage struct {
	File   string
	Record int   // number of the last good record before it
	Offset int64 // in the decompressed stream
	Length int64 // bytes skipped; 0 if the source failed here
	Err    error
}

func (d *Damage) Error() string {
	if d.Length > 0 {
		return fmt.Sprintf("%s: after record %d, byte %d: %v; %d bytes skipped", d.File, d.Record, d.Offset, d.Err, d.Length)
	}
	return fmt.Sprintf("%s: after record %d, byte %d: %v", d.File, d.Record, d.Offset, d.Err)
}

func (d *Damage) Unwrap() error { return d.Err }

const (
	headerSize = 12
	chunk      = 1 << 20
	// maxRecord bounds how much a length field can make the reader buffer. The largest real records, a prefix with 65,535
	// peers, are smaller.
	maxRecord = 32 << 20
	// window is the number of bytes within which a chain of plausible records is followed after damage.
	window = 1 << 20
)

var (
	errNotMRT    = errors.New("no plausible MRT record")
	errTruncated = errors.New("the file ends inside a record")
)

// Reader reads the records of one file.
type Reader struct {
	in     io.Reader
	file   string
	buf    []byte
	start  int   // of the bytes not yet consumed, in buf
	offset int64 // of buf[start] in the stream
	eof    bool
	failed error // the source's error, until it is returned
	lost   bool  // start need not be the start of a record
	number int
	last   uint32 // time of the last good record
	rec    Record
}

// NewReader returns a reader of the decompressed MRT file in; errors name it file. If an error of in has a method
// Continues() bool that returns true, bytes are missing there and reading resumes at the next record behind the gap.
func NewReader(in io.Reader, file string) *Reader {
	return &Reader{in: in, file: file, buf: make([]byte, 0, chunk)}
}

// Records iterates over the remaining records. An error that is a *Damage reports a gap, behind which the iteration goes
// on; the record is nil then. Any other error ends it.
func (r *Reader) Records() iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for {
			rec, err := r.Next()
			if err == io.EOF {
				return
			}
			var damage *Damage
			if !yield(rec, err) || err != nil && !errors.As(err, &damage) {
				return
			}
		}
	}
}

// Next returns the next record, or io.EOF after the last. After a *Damage the next call resumes behind the gap; any other
// error is final.
func (r *Reader) Next() (*Record, error) {
	have := r.fill(headerSize)
	if have == 0 {
		return nil, r.end()
	}
	if have < headerSize {
		return nil, r.skip(have, errTruncated)
	}
	b := r.buf[r.start:]
	if r.lost {
		r.lost = false
		if r.fill(window); !r.links(r.buf[r.start:], 0, r.last) {
			return nil, r.resync(1, 0)
		}
		b = r.buf[r.start:]
	}
	if !plausible(b, r.last) {
		// Far from the previous record in time, but right behind it and the start of a chain of its own: files were
		// joined, a clock was set, or the previous record has a wrong time.
		if r.fill(window); !r.links(r.buf[r.start:], 0, 0) {
			return nil, r.resync(1, 0)
		}
		b = r.buf[r.start:]
	}
	size := headerSize + int(binary.BigEndian.Uint32(b[8:]))
	have = r.fill(size + headerSize)
	if have < size {
		// The last record of the file, or one whose length is wrong: there may be good records inside it.
		if at := r.chain(1, have); at > 0 {
			return nil, r.skip(at, errors.New("a record claims more than there is"))
		}
		return nil, r.skip(have, errTruncated)
	}
	b = r.buf[r.start:]
	if have >= size+headerSize && !plausible(b[size:], binary.BigEndian.Uint32(b)) {
		// Early 2000 TABLE_DUMP records declare four octets too few.
		if typeOf(b) == TableDump && r.fill(size+4+headerSize) >= size+4 && r.boundary(size+4) {
			size += 4
		} else if at := r.chain(1, size); at > 0 {
			return nil, r.skip(at, errors.New("a record is cut short"))
		}
		// Otherwise the record is complete and the bytes behind it are damaged, as the next call reports.
	} else if have == size+4 && typeOf(b) == TableDump && tableDumpShort(b[headerSize:size]) {
		size += 4
	}
	return r.lend(size), nil
}

// boundary reports whether a record, or the end of the file, is i bytes behind the start.
func (r *Reader) boundary(i int) bool {
	b := r.buf[r.start:]
	if len(b) == i {
		return r.eof
	}
	return len(b) >= i+headerSize && plausible(b[i:], binary.BigEndian.Uint32(b))
}

func (r *Reader) lend(size int) *Record {
	b := r.buf[r.start : r.start+size]
	r.number++
	r.rec = Record{
		Seconds: binary.BigEndian.Uint32(b), Type: typeOf(b), Subtype: binary.BigEndian.Uint16(b[6:]),
		Body: b[headerSize:], Number: r.number, Offset: r.offset,
	}
	r.last = r.rec.Seconds
	if extended(r.rec.Type) && len(r.rec.Body) >= 4 {
		r.rec.Micros = binary.BigEndian.Uint32(r.rec.Body)
		r.rec.Body = r.rec.Body[4:]
	}
	r.start += size
	r.offset += int64(size)
	return &r.rec
}

// fill buffers at least n bytes and returns how many are available; fewer than n only at the end of the input. The buffer
// grows by what was read, not by what a length field claims.
func (r *Reader) fill(n int) int {
	for len(r.buf)-r.start < n && !r.eof {
		if r.start > 0 && cap(r.buf)-len(r.buf) < chunk/4 {
			r.buf = r.buf[:copy(r.buf[:cap(r.buf)], r.buf[r.start:])]
			r.start = 0
		}
		if len(r.buf) == cap(r.buf) {
			grown := make([]byte, len(r.buf), 2*cap(r.buf))
			copy(grown, r.buf)
			r.buf = grown
		}
		got, err := r.in.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+got]
		if err != nil {
			r.eof = true
			if err != io.EOF {
				r.failed = err
			}
		}
	}
	return len(r.buf) - r.start
}

// end returns io.EOF, but first, once, the error that ended the source or interrupted it.
func (r *Reader) end() error {
	if err := r.failed; err != nil {
		r.failed = nil
		var gap interface{ Continues() bool }
		if errors.As(err, &gap) && gap.Continues() {
			r.eof, r.lost = false, true
		}
		return &Damage{File: r.file, Record: r.number, Offset: r.offset, Err: err}
	}
	return io.EOF
}

func (r *Reader) skip(n int, why error) error {
	d := &Damage{File: r.file, Record: r.number, Offset: r.offset, Length: int64(n), Err: why}
	r.start += n
	r.offset += int64(n)
	return d
}

// resync skips to the next chain of plausible records at or behind from. However much it skips is one Damage; passed is
// how many bytes were skipped already.
func (r *Reader) resync(from int, passed int64) error {
	at, number := r.offset, r.number
	for {
		have := r.fill(window)
		if to := r.chain(from, have); to > 0 {
			r.start += to
			r.offset += int64(to)
			return &Damage{File: r.file, Record: number, Offset: at, Length: passed + int64(to), Err: errNotMRT}
		}
		if r.eof {
			r.start += have
			r.offset += int64(have)
			return &Damage{File: r.file, Record: number, Offset: at, Length: passed + int64(have), Err: errNotMRT}
		}
		step := have - headerSize
		r.start += step
		r.offset += int64(step)
		passed += int64(step)
		from = 0
	}
}

// chain returns the first offset in [from, to) behind the start at which three plausible records follow each other, or
// fewer that reach the end of the file. It returns 0 if there is none, or if from is 0 and the chain is there.
func (r *Reader) chain(from, to int) int {
	r.fill(to + window)
	b := r.buf[r.start:]
	for i := from; i < to && i+headerSize <= len(b); i++ {
		if plausible(b[i:], r.last) && r.links(b, i, r.last) {
			return i
		}
	}
	return 0
}

// links reports whether a chain starts at i whose first record is within a week of the time previous, or at any time if
// previous is 0.
func (r *Reader) links(b []byte, i int, previous uint32) bool {
	at := i
	for range 3 {
		if at == len(b) && r.eof && at > i {
			return true
		}
		if len(b)-at < headerSize {
			return false
		}
		if !plausible(b[at:], previous) {
			return false
		}
		previous = binary.BigEndian.Uint32(b[at:])
		at += headerSize + int(binary.BigEndian.Uint32(b[at+8:]))
		if at > len(b) {
			return !r.eof // the chain runs past the buffered bytes
		}
	}
	return true
}

func typeOf(b []byte) Type { return Type(binary.BigEndian.Uint16(b[4:])) }

func extended(kind Type) bool { return kind == BGP4MPET || kind == ISISET || kind == OSPFv3ET }

// plausible reports whether b can be a record's header: its type and subtype exist, its length is at most maxRecord, and
// its time is within a week of that of the previous record; last is 0 if there is none.
func plausible(b []byte, last uint32) bool {
	seconds, kind, subtype, size := binary.BigEndian.Uint32(b), typeOf(b), binary.BigEndian.Uint16(b[6:]), binary.BigEndian.Uint32(b[8:])
	const week = 7 * 86400
	if apart := int64(seconds) - int64(last); size > maxRecord || last != 0 && (apart > week || apart < -week) {
		return false
	}
	if last == 0 && seconds < 600e6 { // before 1989, when BGP began
		return false
	}
	largest, known := maxSubtype[kind]
	return known && subtype <= largest && (size >= 4 || !extended(kind))
}
