package bzip2

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"slices"
)

// runLength is the number of equal bytes that are followed by the number of further ones.
const runLength = 4

// expand appends the text with its runs expanded.
func expand(dst, text []byte) []byte {
	dst = slices.Grow(dst, len(text))
	for len(text) > 0 {
		n := firstRun(text)
		dst = append(dst, text[:n]...)
		text = text[n:]
		if len(text) < runLength {
			dst = append(dst, text...)
			break
		}
		// A run that the block cuts before its number is whole.
		count := runLength
		c := text[0]
		text = text[runLength:]
		if len(text) > 0 {
			count += int(text[0])
			text = text[1:]
		}
		dst = slices.Grow(dst, count)
		run := dst[len(dst) : len(dst)+count]
		for i := range run {
			run[i] = c
		}
		dst = dst[:len(dst)+count]
	}
	return dst
}

// firstRun returns the index of the first of four equal bytes, or an index with fewer than four bytes left.
func firstRun(text []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
		// Of eight bytes compared with their successors, six have two more comparisons behind them.
		known = highs >> 16
	)
	i := 0
	for ; i+9 <= len(text); i += 6 {
		differ := binary.LittleEndian.Uint64(text[i:]) ^ binary.LittleEndian.Uint64(text[i+1:])
		differ |= differ>>8 | differ>>16
		if zero := (differ - ones) &^ differ & known; zero != 0 {
			return i + bits.TrailingZeros64(zero)/8 // a borrow makes false zeros, but only behind a true one
		}
	}
	for ; i+runLength <= len(text); i++ {
		if c := text[i]; c == text[i+1] && c == text[i+2] && c == text[i+3] {
			return i
		}
	}
	return min(i, len(text))
}

// checkSummer computes the CRC-32 of bzip2, which is the usual one with the bits of each byte reversed. It is a buffer for
// the reversed bytes.
type checkSummer [4096]byte

func (c *checkSummer) sum(b []byte) uint32 {
	sum := uint32(0)
	for len(b) > 0 {
		n := min(len(b), len(c))
		i := 0
		for ; i+8 <= n; i += 8 {
			binary.BigEndian.PutUint64(c[i:], bits.Reverse64(binary.LittleEndian.Uint64(b[i:])))
		}
		for ; i < n; i++ {
			c[i] = bits.Reverse8(b[i])
		}
		sum = crc32.Update(sum, crc32.IEEETable, c[:n])
		b = b[n:]
	}
	return bits.Reverse32(sum)
}
