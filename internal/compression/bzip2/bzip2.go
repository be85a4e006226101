// Package bzip2 inflates single blocks of bzip2 streams, so that a caller who cuts the stream at the blocks' magic numbers
// can inflate them in parallel. It accepts the blocks that compress/bzip2 accepts and needs a quarter of its time; bwt.go
// explains why.
package bzip2

import "io"

// A Decoder inflates blocks, one after the other. The zero value is ready to use. It is 6.5 MB large and meant to be
// reused: decoding a block allocates nothing but the text.
type Decoder struct {
	tables tables
	sorted transformed
	sum    checkSummer
}

// An Error says what is wrong with a block.
type Error string

func (e Error) Error() string { return "invalid bzip2 block: " + string(e) }

const (
	errTooLong  = Error("it is longer than 900,000 bytes")
	errCheckSum = Error("its check sum is another")
)

// Decode appends to dst the text of the block whose magic number starts shift bits into b and which has at most the given
// number of bits; used is how many it has. On error nothing is appended. The error is io.ErrUnexpectedEOF if the block
// does not end within its bits.
func (d *Decoder) Decode(dst, b []byte, shift, bits uint) (text []byte, used uint, err error) {
	r := newBitReader(b, shift, bits)
	sum, err := d.read(&r)
	if err != nil {
		return dst, 0, err
	}
	text = expand(dst, d.sorted.restore())
	if d.sum.sum(text[len(dst):]) != sum {
		return dst, 0, errCheckSum
	}
	return text, uint(r.offset()) - shift, nil
}

// read reads the whole block and returns its check sum.
func (d *Decoder) read(r *bitReader) (sum uint32, err error) {
	if r.read(48) != blockMagic {
		return 0, Error("it does not start with the magic number")
	}
	sum = uint32(r.read(32))
	if r.read(1) != 0 {
		return 0, Error("it is randomized, as no encoder has done since 1999")
	}
	d.sorted.origin = uint32(r.read(24))
	if err := d.tables.read(r); err != nil {
		return 0, err
	}
	if err := d.tables.readRows(r, &d.sorted); err != nil {
		return 0, err
	}
	if r.pastEnd() {
		return 0, io.ErrUnexpectedEOF
	}
	return sum, nil
}
