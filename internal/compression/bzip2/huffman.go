package bzip2

const (
	maxCode    = 20      // bits of the longest code
	maxSymbols = 256 + 2 // all bytes but the most recent, two digits, and the end of the block
	fastBits   = 10      // codes up to this length are looked up in one step
)

// huffman is a canonical Huffman code.
type huffman struct {
	fast    [1 << fastBits]uint16 // by the next bits: symbol<<5 | length of its code; 0 if the code is longer
	limit   [maxCode + 1]uint32   // by length: maxCode bits are below it if their code has at most that length
	offset  [maxCode + 1]uint32   // by length: added to a code it gives the index of its symbol
	symbols [maxSymbols]uint16    // in the order of their codes
}

// build makes the code from the lengths of the symbols' codes. Codes may be left over; decoding one fails. If there are
// too few codes for the symbols, decoding any fails, but build does not: some encoders write codes that they never use.
func (h *huffman) build(lengths []uint8) {
	*h = huffman{}
	var count [maxCode + 1]uint32
	for _, n := range lengths {
		count[n]++
	}
	var (
		code, index uint32
		limit       [maxCode + 1]uint32
		first       [maxCode + 1]uint32 // index in symbols
	)
	for n := 1; n <= maxCode; n++ {
		code <<= 1
		first[n] = index
		h.offset[n] = index - code
		code += count[n]
		index += count[n]
		if code > 1<<n {
			return
		}
		limit[n] = code << (maxCode - n)
	}
	h.limit = limit
	for s, n := range lengths {
		h.symbols[first[n]] = uint16(s)
		first[n]++
	}
	at := 0
	for _, s := range h.symbols[:len(lengths)] {
		n := lengths[s]
		if n > fastBits {
			break
		}
		for range 1 << (fastBits - n) {
			h.fast[at] = s<<5 | uint16(n)
			at++
		}
	}
}

// long looks up a code longer than fastBits in the top bits of held. It returns an entry like those of fast, or 0 if there
// is no such code.
func (h *huffman) long(held uint64) uint16 {
	top := uint32(held >> (64 - maxCode))
	for n := fastBits + 1; n <= maxCode; n++ {
		if top < h.limit[n] {
			return h.symbols[h.offset[n]+top>>(maxCode-n)]<<5 | uint16(n)
		}
	}
	return 0
}
