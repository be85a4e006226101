package bzip2

import "encoding/binary"

// bitReader gives the bits of a block, the most significant of a byte first. Past the end it gives zeros: whoever reads
// asks from time to time whether it is past it.
type bitReader struct {
	b    []byte
	next int    // index into b of the next byte to load
	held uint64 // bits loaded, the next one on top; below the lowest n of them it may hold copies of what follows
	n    uint   // bits held that count
	end  int    // bit of b where the block ends
}

func newBitReader(b []byte, shift, bits uint) bitReader {
	r := bitReader{b: b, next: int(shift / 8), end: min(int(shift+bits), 8*len(b))}
	r.take(shift % 8)
	return r
}

// fill makes at least 56 bits count.
func (r *bitReader) fill() {
	// What is loaded a second time falls onto its own copy, so nothing need be masked.
	r.held |= load(r.b, r.next) >> r.n
	r.next += int(63-r.n) >> 3
	r.n |= 56
}

// load is the eight bytes from i on.
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

// take reads up to 56 bits.
func (r *bitReader) take(n uint) uint64 {
	if r.n < n {
		r.fill()
	}
	v := r.held >> 1 >> (63 - n)
	r.held <<= n
	r.n -= n
	return v
}

// at is the bit of b that is read next.
func (r *bitReader) at() int { return r.next*8 - int(r.n) }

// past tells whether bits were read that are not the block's.
func (r *bitReader) past() bool { return r.at() > r.end }
