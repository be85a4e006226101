package bzip2

import "encoding/binary"

// bitReader reads the bits of a block, the most significant bit of a byte first. Behind the end it reads zeros; the caller
// checks pastEnd from time to time.
type bitReader struct {
	b    []byte
	next int    // index in b of the next byte to load
	held uint64 // the top n bits are valid; below them there may be copies of the bits that follow
	n    uint
	end  int // bit of b at which the block ends
}

func newBitReader(b []byte, shift, bits uint) bitReader {
	r := bitReader{b: b, next: int(shift / 8), end: min(int(shift+bits), 8*len(b))}
	r.read(shift % 8)
	return r
}

// refill buffers at least 56 bits.
func (r *bitReader) refill() {
	// Bits that are loaded a second time fall onto their own copies, so nothing needs masking.
	r.held |= load(r.b, r.next) >> r.n
	r.next += int(63-r.n) >> 3
	r.n |= 56
}

// load returns the eight bytes from i on; there are zeros behind the end.
func load(b []byte, i int) uint64 {
	if i+8 <= len(b) {
		return binary.BigEndian.Uint64(b[i:])
	}
	return loadEnd(b, i)
}

//go:noinline
func loadEnd(b []byte, i int) uint64 {
	var last [8]byte
	if i < len(b) {
		copy(last[:], b[i:])
	}
	return binary.BigEndian.Uint64(last[:])
}

// read reads n bits, at most 56.
func (r *bitReader) read(n uint) uint64 {
	if r.n < n {
		r.refill()
	}
	v := r.held >> 1 >> (63 - n)
	r.held <<= n
	r.n -= n
	return v
}

// offset returns the bit of b that is read next.
func (r *bitReader) offset() int { return r.next*8 - int(r.n) }

// pastEnd reports whether bits behind the block's end were read.
func (r *bitReader) pastEnd() bool { return r.offset() > r.end }
