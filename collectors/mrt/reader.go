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
//	TABLE_DUMP AFI_IPv4_32BIT_AS, AFI_IPv6_32BIT_AS                decoded (bgpdump's subtypes 3 and 4)
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
//	RFC 6396 section 4.4    peer headers without addresses, which Zebra wrote in 2000
//	RFC 6396 section 4.3.1  peer tables that are missing, repeated or shorter than the entries claim
//	RFC 8050                path identifiers in subtypes that have none and the reverse (see bgp.PathIDs)
//	RFC 8050 section 4.2    path identifiers in the entries of RIB_GENERIC_ADDPATH, where GoBGP puts them
//	RFC 4271 section 4.1    messages that their writer cut: FRR before 8.5 wrote at most 8,232 octets of each
//
// # Framing
//
// Length frames records: a record ends where its length says, whatever its type, time or contents. Records of types that
// nobody knows are stepped over, and records may lie years apart. Whether bytes are plausible is asked only after damage is
// proven: a length is impossible, or leads to bytes that are not the start of a record. Reading then resumes at the next chain
// of records that can be decoded, so that no row comes out of bytes that a later look at the same record would refuse. A
// Damage says what was skipped, and where.
//
// What a record says of itself holds, too, unless it cannot be decoded as it says, whole: whether NLRI have path identifiers
// (bgp.PathIDs), in which form RIB_GENERIC_ADDPATH has them, and how long a TABLE_DUMP record of 2000 is.
package mrt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
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

// Time returns the record's time, in UTC.
func (r *Record) Time() time.Time { return time.Unix(int64(r.Seconds), int64(r.Micros)*1000).UTC() }

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
	// window is the number of bytes within which a chain of records is followed.
	window = 1 << 20
	// maxVain bounds, for each byte of the file, how many bytes are decoded to find the end of damage and turn out not to be
	// records. Real damage stays far below it; headers nested in each other's bodies would make the cost quadratic.
	maxVain = 16
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
	vain   int64  // bytes decoded that were not a record
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
		if r.fill(window); !r.links(0) {
			return nil, r.resync(1, 0)
		}
		b = r.buf[r.start:]
	}
	if !plausible(b, r.last) {
		if !r.begins() {
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
		} else if r.fill(size + window); !r.framed(size) {
			if at := r.chain(1, size); at > 0 {
				return nil, r.skip(at, errors.New("a record is cut short"))
			}
		}
		// Otherwise the record is complete. If the bytes behind it are damaged, the next call reports them.
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
	r.number++
	r.rec.parse(r.buf[r.start : r.start+size])
	r.rec.Number, r.rec.Offset = r.number, r.offset
	r.last = r.rec.Seconds
	r.start += size
	r.offset += int64(size)
	return &r.rec
}

// ParseRecord returns the record that consists of the bytes, which lend it its body.
func ParseRecord(b []byte) (rec Record, err error) {
	if len(b) < headerSize {
		return rec, errTruncated
	}
	if size, ok := frame(b); !ok || size != len(b) {
		return rec, fmt.Errorf("%d octets are not one MRT record", len(b))
	}
	rec.parse(b)
	return rec, nil
}

// parse makes rec the record that consists of the bytes.
func (r *Record) parse(b []byte) {
	*r = Record{Seconds: binary.BigEndian.Uint32(b), Type: typeOf(b), Subtype: binary.BigEndian.Uint16(b[6:]), Body: b[headerSize:]}
	if extended(r.Type) && len(r.Body) >= 4 {
		r.Micros = binary.BigEndian.Uint32(r.Body)
		r.Body = r.Body[4:]
	}
}

// fill buffers at least n bytes and returns how many are available; fewer than n only at the end of the input. The buffer
// grows by what was read, not by what a length field claims. A move makes room for at least a third of the bytes it copies,
// so that a record costs no more where nearly the whole buffer is look-ahead.
func (r *Reader) fill(n int) int {
	for len(r.buf)-r.start < n && !r.eof {
		live, size := r.buf[r.start:], cap(r.buf)
		switch {
		case r.start > 0 && size-len(r.buf) < chunk/4 && len(live) <= size/4*3:
			r.buf, r.start = r.buf[:copy(r.buf[:size], live)], 0
		case len(r.buf) == size:
			r.buf, r.start = append(make([]byte, 0, 2*size), live...), 0
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

// resync skips to the next chain of records at or behind from. However much it skips is one Damage; passed is
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

// begins reports whether a record starts where the previous one ended, whatever its time and type: others follow it, or it is
// whole, or the file ends inside it, as Next will say.
func (r *Reader) begins() bool {
	r.fill(window)
	size, ok := frame(r.buf[r.start:])
	if !ok || r.framed(0) {
		return ok
	}
	have := r.fill(size)
	b := r.buf[r.start:]
	if !known(b) || have < size {
		return known(b)
	}
	var rec Record
	rec.parse(b[:size])
	whole, _ := r.try(&rec, 0)
	return whole
}

// try is rec.whole for a record i bytes behind the start that may be none. Once more than maxVain bytes for each byte of the
// file were decoded in vain, nothing is whole.
func (r *Reader) try(rec *Record, i int) (whole, decoded bool) {
	if r.vain > maxVain*(r.offset+int64(i)+window) {
		return false, true
	}
	whole, decoded = rec.whole()
	if decoded && !whole {
		r.vain += int64(len(rec.Body))
	}
	return whole, decoded
}

// framed reports whether records follow each other by their lengths from i on, whatever their times and types: until the
// second of a known type, or until the end of the file. More than maxStrange unknown ones in a row are accepted, too. Damage
// is not proven then.
func (r *Reader) framed(i int) bool {
	const maxStrange = 16
	b := r.buf[r.start:]
	for n, met := 0, 0; met < 2 && n <= maxStrange; n++ {
		if i == len(b) && r.eof {
			return n > 0
		}
		if len(b)-i < headerSize {
			return met > 0 && !r.eof // the chain runs past the buffered bytes
		}
		size, ok := frame(b[i:])
		if !ok {
			return false
		}
		if kind := typeOf(b[i:]); kind >= BGP && known(b[i:]) {
			met++
		}
		if i += size; i > len(b) {
			return met > 0 && !r.eof
		}
	}
	return true
}

// chain returns the first offset in [from, to) behind the start at which records link. It returns 0 if there is none, or if
// from is 0 and they link there.
func (r *Reader) chain(from, to int) int {
	r.fill(to + window)
	for i := from; i < to && i+headerSize <= len(r.buf)-r.start; i++ {
		if known(r.buf[r.start+i:]) && r.links(i) {
			return i
		}
	}
	return 0
}

// links reports whether damage ends at i: three records follow each other, or fewer that reach the end of the file, perhaps
// one that is cut there. Those of kinds that are decoded must be whole; of the others, and of those that do not lie in the
// buffer, the times must be plausible.
func (r *Reader) links(i int) bool {
	if !r.headers(i) {
		return false // before anything is decoded
	}
	b, previous, wholes, at := r.buf[r.start:], r.last, 0, i
	for n := range 3 {
		if i == len(b) && r.eof {
			return n > 0
		}
		if len(b)-i < headerSize {
			return wholes > 0
		}
		size, ok := frame(b[i:])
		if !ok || !known(b[i:]) {
			return false
		}
		near := plausible(b[i:], previous)
		previous = binary.BigEndian.Uint32(b[i:])
		if i+size > len(b) { // the record runs past the buffered bytes, or the file
			return wholes > 0 || near && !r.eof
		}
		var rec Record
		rec.parse(b[i : i+size])
		is, decoded := r.try(&rec, at)
		switch {
		case decoded && !is, !decoded && !near:
			r.vain += int64(i - at) // the whole records before it
			return false
		case is:
			wholes++
		}
		i += size
	}
	return true
}

// headers reports whether the lengths of the records that links would decode from i on lead to headers of known kinds.
func (r *Reader) headers(i int) bool {
	b := r.buf[r.start:]
	for range 3 {
		if len(b)-i < headerSize {
			break
		}
		size, ok := frame(b[i:])
		if !ok || !known(b[i:]) {
			return false
		}
		if i += size; i > len(b) {
			break
		}
	}
	return true
}

func typeOf(b []byte) Type { return Type(binary.BigEndian.Uint16(b[4:])) }

func extended(kind Type) bool { return kind == BGP4MPET || kind == ISISET || kind == OSPFv3ET }

// frame returns the size of the record whose header b starts with. It is not ok if no record can have that header: its length
// is over maxRecord or has no room for the microseconds, or it consists of zeros, which pad files.
func frame(b []byte) (size int, ok bool) {
	length := binary.BigEndian.Uint32(b[8:])
	if length > maxRecord || length < 4 && (extended(typeOf(b)) || [headerSize]byte(b) == [headerSize]byte{}) {
		return 0, false
	}
	return headerSize + int(length), true
}

// known reports whether a header's type and subtype exist.
func known(b []byte) bool {
	kind := typeOf(b)
	return int(kind) < len(subtypes) && binary.BigEndian.Uint16(b[6:]) < subtypes[kind]
}

// plausible reports whether b can be a record's header: it frames a record of a known kind, and its time is within a week of
// that of the previous record; last is 0 if there is none, and then the time is not before 1989, when BGP began.
func plausible(b []byte, last uint32) bool {
	const week, bgp = 7 * 86400, 600e6
	seconds := binary.BigEndian.Uint32(b)
	if apart := int64(seconds) - int64(last); last != 0 && (apart > week || apart < -week) || last == 0 && seconds < bgp {
		return false
	}
	if !known(b) {
		return false
	}
	_, ok := frame(b)
	return ok
}
