package bzip2

import "io"

const (
	blockMagic  = 0x314159265359
	maxBlock    = 900_000 // bytes before runs are expanded
	maxTables   = 6
	groupLength = 50 // symbols decoded with one table
)

// tables are the tables that precede the symbols of a block.
type tables struct {
	bytes     [256]byte // the bytes that occur in it
	byteCount int
	codes     [maxTables]huffman
	selectors [1 << 15]uint8 // the code of each group of symbols
	groups    int
}

// read reads the tables.
func (t *tables) read(r *bitReader) error {
	t.readBytes(r)
	if t.byteCount == 0 {
		return Error("no byte occurs in it")
	}
	count := int(r.read(3))
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

// readBytes reads which bytes occur: first which ranges of 16, then which bytes of each range.
func (t *tables) readBytes(r *bitReader) {
	t.byteCount = 0
	ranges := r.read(16)
	for high := range 16 {
		if ranges<<high&0x8000 == 0 {
			continue
		}
		occur := r.read(16)
		for low := range 16 {
			if occur<<low&0x8000 != 0 {
				t.bytes[t.byteCount] = byte(high<<4 | low)
				t.byteCount++
			}
		}
	}
}

// readSelectors reads the selectors: each is a position in the list of codes, most recently used first. There may be more
// of them than the symbols of a block need.
func (t *tables) readSelectors(r *bitReader, count int) error {
	t.groups = int(r.read(15))
	recent := [maxTables]uint8{0, 1, 2, 3, 4, 5}
	for g := range t.groups {
		place := 0
		for r.read(1) != 0 {
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

// readLengths reads a Huffman code: the lengths of the symbols' codes, each as steps up or down from the previous one.
func (t *tables) readLengths(r *bitReader, code *huffman) error {
	var lengths [maxSymbols]uint8
	n := r.read(5)
	for s := range t.byteCount + 2 {
		for {
			if n < 1 || n > maxCode {
				return Error("a Huffman code has not 1 to 20 bits")
			}
			if r.read(1) == 0 {
				break
			}
			n += 1 - 2*r.read(1)
			if r.pastEnd() {
				return io.ErrUnexpectedEOF
			}
		}
		lengths[s] = uint8(n)
	}
	code.build(lengths[:t.byteCount+2])
	return nil
}

// readRows decodes the symbols. A byte is encoded as its position in the list of bytes, most recently used first. The
// positions start at 1, because repetitions of the most recent byte are encoded as a number: its digits are worth 1 or 2,
// times 1, 2, 4 and so on.
func (t *tables) readRows(r *bitReader, sorted *transformed) error {
	var (
		endOfBlock = uint(t.byteCount + 1)
		recent     = newRecent(t.bytes[:t.byteCount])
		rows       = &sorted.rows
		next       [256]uint32 // for each byte, the value of the next row with it
		n          int         // rows so far
		run        int         // repetitions so far
		digit      = 1         // what the next digit is worth
	)
	for b := range next {
		next[b] = uint32(b)
	}
	b, at, held, bits := r.b, r.next, r.held, r.n // local copies, for speed
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
				return sorted.finish(n, &next)
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
