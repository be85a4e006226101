package bzip2

import (
	"bytes"
	stdbzip2 "compress/bzip2"
	"encoding/binary"
	"io"
	"slices"
)

const endMagic = 0x177245385090

// bitWriter is the other side of bitReader.
type bitWriter struct {
	b []byte
	n uint // bits of b
}

func (w *bitWriter) put(v uint64, n uint) {
	for n > 0 {
		n--
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>n&1) << (7 - w.n%8)
		w.n++
	}
}

// encoder makes one block of a text, in ways that bzip2 does not.
type encoder struct {
	shift    uint    // bits in front of the block
	random   bool    // sets the bit
	codes    int     // 2 where not set
	steps    int     // symbols with codes of length 1, 2, 3 and so on; the others share what is left
	second   []uint8 // lengths in the second code, where they differ
	selector int     // the first one; all others are 0
	surplus  int     // selectors more than needed
	append   []int   // symbols before that of the end

	// What is added to the right number.
	origin   int
	checkSum uint32
}

func (e encoder) block(text []byte) segment {
	var w bitWriter
	w.put(0x5a, e.shift)
	w.put(blockMagic, 48)
	w.put(uint64(new(checkSummer).sum(text)^e.checkSum), 32)
	if e.random {
		w.put(1, 1)
	} else {
		w.put(0, 1)
	}
	column, origin := transform(contract(text))
	w.put(uint64(origin+e.origin), 24)

	var occurring []byte
	for high := range 16 {
		bit := uint64(0)
		for low := range 16 {
			if bytes.IndexByte(column, byte(high<<4|low)) >= 0 {
				bit = 1
				occurring = append(occurring, byte(high<<4|low))
			}
		}
		w.put(bit, 1)
	}
	for high := range 16 {
		inRange := func(c byte) bool { return int(c>>4) == high }
		for low := range 16 {
			if slices.ContainsFunc(occurring, inRange) {
				if bytes.IndexByte(occurring, byte(high<<4|low)) >= 0 {
					w.put(1, 1)
				} else {
					w.put(0, 1)
				}
			}
		}
	}
	symbols := append(symbolsOf(column, occurring), e.append...)
	symbols = append(symbols, len(occurring)+1)

	codes := e.codes
	if codes == 0 {
		codes = 2
	}
	w.put(uint64(codes), 3)
	groups := (len(symbols) + groupLength - 1) / groupLength
	w.put(uint64(groups+e.surplus), 15)
	for i := range groups + e.surplus {
		if i == 0 {
			w.put(1<<e.selector-1, uint(e.selector))
		}
		w.put(0, 1)
	}
	lengths := e.lengths(len(occurring) + 2)
	for i := range codes {
		l := lengths
		if i == 1 && e.second != nil {
			l = e.second
		}
		n := int(l[0])
		w.put(uint64(n), 5)
		for _, to := range l {
			for ; n < int(to); n++ {
				w.put(0b10, 2)
			}
			for ; n > int(to); n-- {
				w.put(0b11, 2)
			}
			w.put(0, 1)
		}
	}
	at := make([]uint64, len(lengths)) // code of each symbol, from the shortest on
	code := uint64(0)
	for n := uint8(1); n <= maxCode; n++ {
		for s, l := range lengths {
			if l == n {
				at[s] = code
				code++
			}
		}
		code <<= 1
	}
	for _, s := range symbols {
		w.put(at[s], uint(lengths[s]))
	}
	return segment{bytes: w.b, shift: e.shift, bits: w.n - e.shift}
}

// lengths are those of a code for n symbols that leaves nothing over.
func (e encoder) lengths(n int) []uint8 {
	var l []uint8
	for i := range min(e.steps, n-2) {
		l = append(l, uint8(i+1))
	}
	flat := n - len(l)
	length := uint8(len(l))
	short := 1 // codes of the smaller length
	for ; 2*short <= flat; short *= 2 {
		length++
	}
	for i := range flat {
		if i < 2*short-flat {
			l = append(l, length)
		} else {
			l = append(l, length+1)
		}
	}
	return l
}

// contract writes of a run of four or more what it has more than four as a number.
func contract(text []byte) (out []byte) {
	for len(text) > 0 {
		n := 1
		for n < len(text) && n < 259 && text[n] == text[0] {
			n++
		}
		out = append(out, text[:min(n, 4)]...)
		if n >= 4 {
			out = append(out, byte(n-4))
		}
		text = text[n:]
	}
	return out
}

// transform sorts the rotations of a text by their first 1, 2, 4 and so on bytes. It gives the last column, and the row
// of the text.
func transform(text []byte) (column []byte, origin int) {
	n := len(text)
	rotations := make([]int, n)
	rank := make([]int, n)
	for i, c := range text {
		rotations[i], rank[i] = i, int(c)
	}
	for width := 1; width < 2*n; width *= 2 {
		by := func(a, b int) int {
			if rank[a] != rank[b] {
				return rank[a] - rank[b]
			}
			return rank[(a+width/2)%n] - rank[(b+width/2)%n]
		}
		slices.SortFunc(rotations, by)
		next := make([]int, n)
		for i := 1; i < n; i++ {
			next[rotations[i]] = next[rotations[i-1]]
			if by(rotations[i-1], rotations[i]) != 0 {
				next[rotations[i]]++
			}
		}
		rank = next
	}
	for i, r := range rotations {
		column = append(column, text[(r+n-1)%n])
		if r == 0 {
			origin = i
		}
	}
	return column, origin
}

// symbolsOf gives the places of the bytes in the list of the latest, with the repetitions as digits.
func symbolsOf(column, occurring []byte) (symbols []int) {
	recent := bytes.Clone(occurring)
	run := 0
	flush := func() {
		symbols = append(symbols, symbolsOfRun(run)...)
		run = 0
	}
	for _, c := range column {
		place := bytes.IndexByte(recent, c)
		if place <= 0 {
			run++
			continue
		}
		flush()
		symbols = append(symbols, place+1)
		copy(recent[1:], recent[:place])
		recent[0] = c
	}
	flush()
	return symbols
}

// symbolsOfRun gives a number of repetitions as digits.
func symbolsOfRun(n int) (digits []int) {
	for ; n > 0; n = (n - 1) / 2 {
		digits = append(digits, (n-1)%2)
	}
	return digits
}

// standard is what compress/bzip2 makes of a block.
func standard(s segment) ([]byte, error) {
	r := newBitReader(s.bytes, s.shift, s.bits)
	w := bitWriter{b: []byte("BZh9"), n: 32}
	var sum uint64
	for i := uint(0); i < s.bits; i += 8 {
		n := min(8, s.bits-i)
		w.put(r.read(n), n)
		if i == 72 {
			sum = uint64(binary.BigEndian.Uint32(w.b[10:]))
		}
	}
	w.put(endMagic, 48)
	w.put(sum, 32)
	return io.ReadAll(stdbzip2.NewReader(bytes.NewReader(w.b)))
}

// segment is a block in a stream.
type segment struct {
	bytes       []byte
	shift, bits uint
}

func (s segment) decode(d *Decoder) ([]byte, error) {
	text, used, err := d.Decode(nil, s.bytes, s.shift, s.bits)
	if err == nil && used != s.bits {
		err = Error("not all bits are used")
	}
	return text, err
}

// split finds the blocks of a stream.
func split(stream []byte) (blocks []segment) {
	var (
		window uint64
		open   *segment
	)
	for i, c := range stream {
		window = window<<8 | uint64(c)
		for low := range 8 {
			v := window >> low & (1<<48 - 1)
			if v != blockMagic && v != endMagic {
				continue
			}
			at := uint((i+1)*8 - low - 48)
			if open != nil {
				open.bits = at - open.bits
				open.bytes = open.bytes[:(open.shift+open.bits+7)/8]
				blocks = append(blocks, *open)
				open = nil
			}
			if v == blockMagic {
				open = &segment{bytes: stream[at/8:], shift: at % 8, bits: at}
			}
		}
	}
	return blocks
}
