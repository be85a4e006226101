package gzip

import (
	"encoding/binary"
	"errors"
)

var (
	errBlock    = errors.New("invalid type of block")
	errStored   = errors.New("the length of a stored block contradicts its complement")
	errCode     = errors.New("invalid Huffman code")
	errSymbol   = errors.New("invalid symbol")
	errDistance = errors.New("a distance leads behind the beginning")
)

const (
	window   = 32 << 10 // the longest distance
	maxMatch = 258
	outSize  = 256 << 10 // of the output held, the window included

	// An iteration of fast reads at most two words of the input and writes at most two pairs of literals or one match, rounded up.
	fastIn  = 16
	fastOut = maxMatch + 16
)

// inflater inflates DEFLATE streams (RFC 1951) into a buffer of which the last bytes are the window.
type inflater struct {
	input
	out   [outSize]byte
	start int // of the stream in out, or of what is left of it
	w     int // end of what is inflated

	within kind // the current block
	last   bool // it is the last
	stored int  // bytes of it that are still to be copied

	lengths, distances           *huffman // of the current block
	ownLengths, ownDistances     huffman
	fixedLengths, fixedDistances *huffman // nil until needed
}

// kind is a kind of block.
type kind uint8

const (
	noBlock kind = iota // between blocks
	storedBlock
	codedBlock
)

// reset begins another stream.
func (d *inflater) reset() { d.start, d.within, d.last = d.w, noBlock, false }

// makeRoom drops what lies before the window if the output is full.
func (d *inflater) makeRoom() {
	if d.w > outSize-fastOut {
		from := d.w - window
		d.w = copy(d.out[:], d.out[from:d.w])
		d.start = max(d.start-from, 0)
	}
}

// inflate continues the stream until the output is full or the stream ends, and reports whether it ended.
func (d *inflater) inflate() (ended bool, err error) {
	for d.w <= outSize-fastOut {
		switch d.within {
		case noBlock:
			if d.last {
				return true, nil
			}
			err = d.header()
		case storedBlock:
			err = d.copyStored()
		case codedBlock:
			err = d.coded()
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// header reads the header of a block (RFC 1951 section 3.2.3).
func (d *inflater) header() error {
	head, err := d.take(3)
	if err != nil {
		return err
	}
	d.last = head&1 != 0
	switch head >> 1 {
	case 0:
		d.align()
		size, err := d.take(32)
		if err != nil {
			return err
		}
		if size&0xffff != ^size>>16&0xffff {
			return errStored
		}
		d.stored, d.within = int(size&0xffff), storedBlock
	case 1:
		if d.fixedLengths == nil {
			d.fixedLengths, d.fixedDistances = fixedCodes()
		}
		d.lengths, d.distances, d.within = d.fixedLengths, d.fixedDistances, codedBlock
	case 2:
		if err := d.codes(); err != nil {
			return err
		}
		d.lengths, d.distances, d.within = &d.ownLengths, &d.ownDistances, codedBlock
	default:
		return errBlock
	}
	return nil
}

// sizeOrder is the order in which a block has the lengths of the code of code lengths (RFC 1951 section 3.2.7).
var sizeOrder = [sizeCodes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// codes reads the codes of a block (RFC 1951 section 3.2.7).
func (d *inflater) codes() error {
	head, err := d.take(14)
	if err != nil {
		return err
	}
	lengths, distances, sizes := int(head&31)+257, int(head>>5&31)+1, int(head>>10&15)+4
	if lengths > lengthCodes || distances > distanceCodes {
		return errCode
	}
	var all [lengthCodes + distanceCodes]uint8
	for _, symbol := range sizeOrder[:sizes] {
		size, err := d.take(3)
		if err != nil {
			return err
		}
		all[symbol] = uint8(size)
	}
	h := &d.ownDistances // until it is needed
	if !h.init(all[:sizeCodes]) {
		return errCode
	}
	clear(all[:sizeCodes])
	for n := 0; n < lengths+distances; {
		symbol, err := d.symbol(h)
		if err != nil {
			return err
		}
		var again uint8 // the length that is repeated
		least, extra := 1, uint(0)
		switch symbol {
		default:
			again = uint8(symbol)
		case 16:
			if n == 0 {
				return errCode
			}
			again, least, extra = all[n-1], 3, 2
		case 17:
			least, extra = 3, 3
		case 18:
			least, extra = 11, 7
		}
		more, err := d.take(extra)
		if err != nil {
			return err
		}
		times := least + int(more)
		if n+times > lengths+distances {
			return errCode
		}
		for range times {
			all[n] = again
			n++
		}
	}
	if !d.ownLengths.init(all[:lengths]) || !d.ownDistances.init(all[lengths:lengths+distances]) {
		return errCode
	}
	d.ownLengths.tabulate(lengthAlphabet[:])
	d.ownLengths.pairUp()
	d.ownDistances.tabulate(distanceAlphabet[:])
	return nil
}

// copyStored copies bytes of a stored block.
func (d *inflater) copyStored() error {
	for d.stored > 0 && d.w < outSize {
		b, err := d.some(min(d.stored, outSize-d.w))
		if err != nil {
			return err
		}
		copy(d.out[d.w:], b)
		d.w += len(b)
		d.stored -= len(b)
	}
	if d.stored == 0 {
		d.within = noBlock
	}
	return nil
}

// coded inflates a block of symbols until it ends or the output is full.
func (d *inflater) coded() error {
	for d.within == codedBlock && d.w <= outSize-fastOut {
		if d.buffered(fastIn) {
			if err := d.fast(); err != nil {
				return err
			}
		} else if err := d.careful(); err != nil {
			return err
		}
	}
	return nil
}

// careful inflates one symbol. It reads no further than it must, and serves where few bytes of the input are left.
func (d *inflater) careful() error {
	symbol, err := d.symbol(d.lengths)
	if err != nil {
		return err
	}
	if symbol < literals {
		d.out[d.w] = byte(symbol)
		d.w++
		return nil
	}
	if symbol == endOfBlock {
		d.within = noBlock
		return nil
	}
	length, err := d.value(symbol, lengthAlphabet[:])
	if err != nil {
		return err
	}
	if symbol, err = d.symbol(d.distances); err != nil {
		return err
	}
	distance, err := d.value(symbol, distanceAlphabet[:])
	if err != nil {
		return err
	}
	if distance > d.w-d.start {
		return errDistance
	}
	for range length {
		d.out[d.w] = d.out[d.w-distance]
		d.w++
	}
	return nil
}

// value reads the extra bits of a length or distance.
func (d *inflater) value(symbol int, alphabet []entry) (int, error) {
	e := alphabet[symbol]
	if e == 0 {
		return 0, errSymbol
	}
	extra, err := d.take(uint(e & 0xff))
	return int(e>>16) + int(extra), err
}

// symbol reads a symbol.
func (d *inflater) symbol(h *huffman) (int, error) {
	d.fill(maxCode)
	symbol, length := h.walk(d.bits)
	switch {
	case length == 0 && d.n >= maxCode:
		return 0, errCode
	case length == 0 || length > d.n:
		return 0, d.cut()
	}
	d.bits >>= length
	d.n -= length
	return symbol, nil
}

// fast inflates symbols as long as a whole iteration fits into what is buffered. Its state lies in registers.
func (d *inflater) fast() error {
	in, out := d.buf[:d.end], &d.out
	lengths, distances := d.lengths, d.distances
	bits, n, at, w := d.bits, d.n, d.at, d.w
	var err error
	for at+fastIn <= len(in) && w <= outSize-fastOut {
		// At least 56 bits are in hand now: two table entries and the longest length with its distance take 48 at most.
		bits |= binary.LittleEndian.Uint64(in[at:at+8]) << (n & 63)
		at += int(63-n) >> 3
		n |= 56
		e := lengths.table[bits&(tableSize-1)]
		if e&isLiteral != 0 {
			out[w], out[w+1] = byte(e>>8), byte(e>>16)
			w += int(e >> 24 & 3)
			bits >>= e & 63
			n -= uint(e & 0xff)
			e = lengths.table[bits&(tableSize-1)]
			if e&isLiteral != 0 {
				out[w], out[w+1] = byte(e>>8), byte(e>>16)
				w += int(e >> 24 & 3)
				bits >>= e & 63
				n -= uint(e & 0xff)
				continue
			}
			bits |= binary.LittleEndian.Uint64(in[at:at+8]) << (n & 63)
			at += int(63-n) >> 3
			n |= 56
		}
		if e == 0 { // a long code
			symbol, size := lengths.walk(bits)
			if size == 0 {
				err = errCode
				break
			}
			if e = of(lengthAlphabet[:], symbol, size); e == 0 {
				err = errSymbol
				break
			}
			if e&isLiteral != 0 {
				out[w] = byte(e >> 8)
				w++
				bits >>= e & 63
				n -= uint(e & 0xff)
				continue
			}
		}
		extra := uint32(bits) & (1<<(e&31) - 1) >> (e >> 8 & 31)
		bits >>= e & 63
		n -= uint(e & 0xff)
		if e&isEnd != 0 {
			d.within = noBlock
			break
		}
		length := int(uint32(e>>16) + extra)
		e = distances.table[bits&(tableSize-1)]
		if e == 0 {
			symbol, size := distances.walk(bits)
			if size == 0 {
				err = errCode
				break
			}
			if e = of(distanceAlphabet[:], symbol, size); e == 0 {
				err = errSymbol
				break
			}
		}
		extra = uint32(bits) & (1<<(e&31) - 1) >> (e >> 8 & 31)
		bits >>= e & 63
		n -= uint(e & 0xff)
		distance := int(uint32(e>>16) + extra)
		from := w - distance
		if from < d.start {
			err = errDistance
			break
		}
		if distance >= 8 {
			// Words, the last of which may write beyond the match: what is there is overwritten later.
			to := w
			for w += length; to < w; to, from = to+8, from+8 {
				binary.LittleEndian.PutUint64(out[to:to+8], binary.LittleEndian.Uint64(out[from:from+8]))
			}
		} else {
			for end := w + length; w < end; w, from = w+1, from+1 {
				out[w] = out[from]
			}
		}
	}
	d.bits, d.n, d.at, d.w = bits&(1<<n-1), n, at, w
	d.giveBack()
	return err
}
