package bzip2

const (
	maxCode    = 20      // bits of the longest code
	maxSymbols = 256 + 2 // all bytes but the latest, two digits, and the end of the block
	fastBits   = 10      // codes up to this length are found in one step
)

// huffman is a canonical Huffman code.
type huffman struct {
	fast    [1 << fastBits]uint16 // by the next bits: symbol<<5 | length of its code; 0 where it is longer
	limit   [maxCode + 1]uint32   // by length: what maxCode bits are below if their code is so long, or shorter
	offset  [maxCode + 1]uint32   // by length: what to add to a code to find its symbol
	symbols [maxSymbols]uint16    // in the order of their codes
}

// build makes the code from the symbols' lengths. There may be codes left over: who meets one fails. With fewer codes
// than symbols all fails, but not here: some encoders write codes they do not use.
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

// long finds the code on top of held that is longer than fastBits: as an entry of fast, 0 where there is none.
func (h *huffman) long(held uint64) uint16 {
	top := uint32(held >> (64 - maxCode))
	for n := fastBits + 1; n <= maxCode; n++ {
		if top < h.limit[n] {
			return h.symbols[h.offset[n]+top>>(maxCode-n)]<<5 | uint16(n)
		}
	}
	return 0
}
