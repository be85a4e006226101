package gzip

import "math/bits"

// Sizes of the alphabets (RFC 1951 sections 3.2.5 and 3.2.7).
const (
	maxCode       = 15 // bits
	literals      = 256
	endOfBlock    = 256
	lengthCodes   = 286 // of literals, lengths and the end of the block
	maxLengths    = 288 // of the fixed code, with two that are not valid
	distanceCodes = 30
	maxDistances  = 32 // of the fixed code, with two that are not valid
	sizeCodes     = 19
)

// tableBits is how many bits of the stream are looked up at once; longer codes are walked.
const (
	tableBits = 11
	tableSize = 1 << tableBits
)

// entry is what the next bits of the stream mean. Its lowest byte is how many bits that takes, extra bits included; 0 if the
// code is longer than the table, or no symbol has it.
//
//	one literal      isLiteral | 1<<24 | literal<<8 | bits
//	two literals     isLiteral | 2<<24 | second<<16 | first<<8 | bits
//	others           base<<16 | bits of the code alone<<8 | bits
//	end of block     isEnd | the same
type entry uint32

const (
	isLiteral entry = 1 << 31
	isEnd     entry = 1 << 30
	single          = isLiteral | 1<<24
	pair            = isLiteral | 2<<24
	kindMask        = 0xff << 24
)

// huffman decodes a prefix code.
type huffman struct {
	table   [tableSize]entry
	counts  [maxCode + 1]uint16 // of symbols, by the length of their codes
	symbols [maxLengths]uint16  // in the order of their codes
}

// of returns the meaning of a symbol whose code has so many bits; the alphabet's own entries have no bits but extra ones.
func of(alphabet []entry, symbol int, length uint) entry {
	e := alphabet[symbol]
	if e == 0 {
		return 0
	}
	if e&isLiteral != 0 {
		return e | entry(length)
	}
	return e + entry(length)<<8 + entry(length)
}

// init makes the decoder of a code from the lengths of its symbols' codes, and reports whether they are those of a code. Only one
// of a single symbol, of one bit, may be incomplete (RFC 1951 section 3.2.7); and one without symbols, which then must not occur.
func (h *huffman) init(lengths []uint8) bool {
	h.counts = [maxCode + 1]uint16{}
	for _, length := range lengths {
		h.counts[length]++
	}
	h.counts[0] = 0
	var at [maxCode + 1]int // the place in symbols of the next one, by length
	used, free := 0, 1
	for length := 1; length <= maxCode; length++ {
		at[length] = used
		used += int(h.counts[length])
		if free = 2*free - int(h.counts[length]); free < 0 {
			return false
		}
	}
	if free > 0 && used > 0 && !(used == 1 && h.counts[1] == 1) {
		return false
	}
	for symbol, length := range lengths {
		if length > 0 {
			h.symbols[at[length]] = uint16(symbol)
			at[length]++
		}
	}
	return true
}

// tabulate makes the table. The codes of each length are put into one of as many bits, which is doubled for the next length.
func (h *huffman) tabulate(alphabet []entry) {
	h.table[0] = 0
	code, from := 0, 0
	for length := 1; length <= tableBits; length++ {
		half := 1 << (length - 1)
		copy(h.table[half:2*half], h.table[:half])
		code <<= 1
		to := from + int(h.counts[length])
		for _, symbol := range h.symbols[from:to] {
			h.table[bits.Reverse16(uint16(code))>>(16-length)] = of(alphabet, int(symbol), uint(length))
			code++
		}
		from = to
	}
}

// pairUp joins two literals that the bits of a table's index hold into one entry. From the end, since an entry refers to smaller ones.
func (h *huffman) pairUp() {
	for i := tableSize - 1; i >= 0; i-- {
		first := h.table[i]
		if first&kindMask != single {
			continue
		}
		length := first & 0xff
		second := h.table[i>>(length&15)]
		if second&kindMask == single && length+second&0xff <= tableBits {
			h.table[i] = pair | second<<8&0xff0000 | first&0xff00 | (length + second&0xff)
		}
	}
}

// walk returns the symbol that the bits begin with and the length of its code, a bit at a time; length 0 if no symbol has it.
func (h *huffman) walk(bits uint64) (symbol int, length uint) {
	code, first, at := 0, 0, 0
	for length := 1; length <= maxCode; length++ {
		code |= int(bits & 1)
		bits >>= 1
		count := int(h.counts[length])
		if code < first+count {
			return int(h.symbols[at+code-first]), uint(length)
		}
		at += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, 0
}

// The meanings of the alphabets' symbols, without their codes' lengths.
var (
	lengthAlphabet   = makeLengths()
	distanceAlphabet = makeDistances()
)

func makeLengths() (all [maxLengths]entry) {
	for i := range literals {
		all[i] = single | entry(i)<<8
	}
	all[endOfBlock] = isEnd
	base := entry(3)
	for i := range entry(28) {
		extra := max(i/4, 1) - 1
		all[literals+1+i] = base<<16 | extra
		base += 1 << extra
	}
	all[lengthCodes-1] = 258 << 16
	return all
}

func makeDistances() (all [maxDistances]entry) {
	base := entry(1)
	for i := range entry(distanceCodes) {
		extra := max(i/2, 1) - 1
		all[i] = base<<16 | extra
		base += 1 << extra
	}
	return all
}

// fixedCodes are those of RFC 1951 section 3.2.6.
func fixedCodes() (lengths, distances *huffman) {
	var l [maxLengths]uint8
	for i := range l {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	var d [maxDistances]uint8
	for i := range d {
		d[i] = 5
	}
	lengths, distances = new(huffman), new(huffman)
	lengths.init(l[:])
	lengths.tabulate(lengthAlphabet[:])
	lengths.pairUp()
	distances.init(d[:])
	distances.tabulate(distanceAlphabet[:])
	return lengths, distances
}
