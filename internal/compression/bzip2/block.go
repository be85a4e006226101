package bzip2

import "io"

const (
	blockMagic  = 0x314159265359
	maxBlock    = 900_000 // bytes before runs are expanded
	maxTables   = 6
	groupLength = 50 // symbols decoded with one table
)

// tables is what a block tells before its symbols.
type tables struct {
	bytes     [256]byte // those that occur
	byteCount int
	codes     [maxTables]huffman
	selectors [1 << 15]uint8 // the code of each group of symbols
	groups    int
}

// read reads what stands between the row of the text and the symbols.
func (t *tables) read(r *bitReader) error {
	t.readBytes(r)
	if t.byteCount == 0 {
		return Error("no byte occurs in it")
	}
	count := int(r.take(3))
	if count < 2 || count > maxTables {
		return Error("the number of its Huffman codes is not 2 to 6")
	}
	if err := t.readSelectors(r, count); err != nil {
		return err
	}
	for i := range count {
		if err := t.readLengths(r, &t.codes[i]); err != nil {
			return err
		}
	}
	return nil
}

// readBytes reads which bytes occur: of which ranges of 16, and then of each range which.
func (t *tables) readBytes(r *bitReader) {
	t.byteCount = 0
	ranges := r.take(16)
	for high := range 16 {
		if ranges<<high&0x8000 == 0 {
			continue
		}
		occur := r.take(16)
		for low := range 16 {
			if occur<<low&0x8000 != 0 {
				t.bytes[t.byteCount] = byte(high<<4 | low)
				t.byteCount++
			}
		}
	}
}

// readSelectors reads the selectors: each is a place in the list of codes, the latest used first. There may be more of
// them than the symbols of a block need.
func (t *tables) readSelectors(r *bitReader, count int) error {
	t.groups = int(r.take(15))
	recent := [maxTables]uint8{0, 1, 2, 3, 4, 5}
	for g := range t.groups {
		place := 0
		for r.take(1) != 0 {
			place++
			if place == count {
				return Error("a selector is out of range")
			}
		}
		s := recent[place]
		copy(recent[1:place+1], recent[:place])
		recent[0] = s
		t.selectors[g] = s
	}
	return nil
}

// readLengths reads a Huffman code: the lengths of the symbols' codes, each as steps up and down from the one before.
func (t *tables) readLengths(r *bitReader, code *huffman) error {
	var lengths [maxSymbols]uint8
	n := r.take(5)
	for s := range t.byteCount + 2 {
		for {
			if n < 1 || n > maxCode {
				return Error("a Huffman code has not 1 to 20 bits")
			}
			if r.take(1) == 0 {
				break
			}
			n += 1 - 2*r.take(1)
			if r.past() {
				return io.ErrUnexpectedEOF
			}
		}
		lengths[s] = uint8(n)
	}
	code.build(lengths[:t.byteCount+2])
	return nil
}

// readRows decodes the symbols. A byte is given as its place among the bytes that occur, the latest first; places are
// counted from 1, as the latest byte's repetition is given as a number of its own: in digits that are worth 1 or 2, times
// 1, 2, 4 and so on.
func (t *tables) readRows(r *bitReader, sorted *transformed) error {
	var (
		endOfBlock = uint(t.byteCount + 1)
		recent     = newRecent(t.bytes[:t.byteCount])
		rows       = &sorted.rows
		next       [256]uint32 // by byte, the row it would give next
		n          int         // rows so far
		run        int         // repetitions so far
		digit      = 1         // worth of the next digit
	)
	for b := range next {
		next[b] = uint32(b)
	}
	b, at, held, bits := r.b, r.next, r.held, r.n // of r, for speed
	for _, s := range t.selectors[:t.groups] {
		code := &t.codes[s]
		for range groupLength {
			if bits < maxCode {
				held |= load(b, at) >> bits
				at += int(63-bits) >> 3
				bits |= 56
			}
			entry := code.fast[held>>(64-fastBits)]
			if entry == 0 {
				if entry = code.long(held); entry == 0 {
					return Error("a symbol has no such Huffman code")
				}
			}
			held <<= entry & 31
			bits -= uint(entry & 31)
			symbol := uint(entry >> 5)
			if symbol < 2 {
				run += digit << symbol
				digit <<= 1
				if run > maxBlock {
					return errTooLong
				}
				continue
			}
			if n+run > maxBlock {
				return errTooLong
			}
			latest := recent.first()
			row := next[latest]
			for range run {
				rows[n] = row
				row += 1 << 8
				n++
			}
			next[latest] = row
			run, digit = 0, 1
			if symbol == endOfBlock {
				r.next, r.held, r.n = at, held, bits
				return sorted.counted(n, &next)
			}
			if n == maxBlock {
				return errTooLong
			}
			c := recent.toFront(symbol - 1)
			row = next[c]
			rows[n] = row
			next[c] = row + 1<<8
			n++
		}
		if at*8-int(bits) > r.end {
			return io.ErrUnexpectedEOF
		}
	}
	return Error("it has more symbols than selectors")
}
