package table

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// readRuns is the slow twin of appendRuns: it reads the hybrid of runs and bit-packed groups bit by bit, up to the count.
func readRuns(t *testing.T, b []byte, width, count int) (numbers []int32) {
	for len(numbers) < count {
		header, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatalf("no header behind %d numbers", len(numbers))
		}
		b = b[n:]
		if header&1 == 0 {
			octets := (width + 7) / 8
			v := int32(0)
			for i, octet := range b[:octets] {
				v |= int32(octet) << (8 * i)
			}
			numbers = append(numbers, slices.Repeat([]int32{v}, int(header>>1))...)
			b = b[octets:]
			continue
		}
		values := int(header>>1) * 8
		for i := range values {
			v := int32(0)
			for bit := range width {
				at := i*width + bit
				v |= int32(b[at/8]>>(at%8)&1) << bit
			}
			numbers = append(numbers, v)
		}
		b = b[values*width/8:]
	}
	if len(b) > 0 || len(numbers) >= count+8 {
		t.Fatalf("%d bytes and %d numbers behind the last", len(b), len(numbers)-count)
	}
	return numbers[:count]
}

func TestRunsComeBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, width := range []int{1, 2, 7, 8, 9, 16, 17, 24, 31} {
		for _, rows := range []int{1, 7, 8, 9, 63*8 - 1, 63 * 8, 63*8 + 1, 2000} {
			for _, run := range []int{1, 3, 8, 20, 3000} {
				numbers := make([]int32, 0, rows)
				for len(numbers) < rows {
					v, n := random.Int32N(1<<width-1)+random.Int32N(2), 1+random.IntN(run)
					numbers = append(numbers, slices.Repeat([]int32{v}, min(n, rows-len(numbers)))...)
				}
				if got := readRuns(t, appendRuns(nil, numbers, width), width, rows); !slices.Equal(got, numbers) {
					t.Fatalf("%d numbers of %d bits in runs of up to %d are not the same", rows, width, run)
				}
			}
		}
	}
}

// TestRunsBytes: the bytes are those of Arrow's encoder, so that files made anew are the same.
func TestRunsBytes(t *testing.T) {
	for _, c := range []struct {
		numbers []int32
		width   int
		want    []byte
	}{
		{[]int32{1, 1, 1}, 1, []byte{3 << 1, 1}},
		{[]int32{0, 1, 2, 3, 4, 5, 6, 7}, 3, []byte{1<<1 | 1, 0x88, 0xc6, 0xfa}},
		{[]int32{0, 1, 2, 3, 4, 5, 6, 7, 2, 2}, 3, []byte{2<<1 | 1, 0x88, 0xc6, 0xfa, 0x12, 0, 0}},
		{slices.Repeat([]int32{0x1234}, 100), 13, []byte{200, 1, 0x34, 0x12}},
		{append(slices.Repeat([]int32{1}, 9), 2), 2, []byte{9 << 1, 1, 1 << 1, 2}},
	} {
		if got := appendRuns(nil, c.numbers, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%v in %d bits: %x, want %x", c.numbers, c.width, got, c.want)
		}
	}
}
