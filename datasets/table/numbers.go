package table

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/metadata"
)

// numberedColumn is a column of a row group as its dictionary page and data page have it: the distinct values in the order of their
// first appearance, and for each row the number of its value.
type numberedColumn struct {
	numbers []int32
	count   int    // of distinct values
	values  []byte // PLAIN
	bounds  func(metadata.TypedStatistics)
}

// numberedTexts returns a column of which the stringBuilder has made numbers. The values are appended to scratch.
func numberedTexts(a *array.Dictionary, scratch []byte) numberedColumn {
	texts := a.Dictionary().(*array.String)
	n := numberedColumn{numbers: a.Indices().(*array.Int32).Int32Values(), count: texts.Len(), values: scratch}
	least, greatest := texts.Value(0), texts.Value(0)
	for i := range texts.Len() {
		text := texts.Value(i)
		least, greatest = min(least, text), max(greatest, text)
		n.values = binary.LittleEndian.AppendUint32(n.values, uint32(len(text)))
		n.values = append(n.values, text...)
	}
	n.bounds = func(s metadata.TypedStatistics) {
		s.(*metadata.ByteArrayStatistics).Update([]parquet.ByteArray{[]byte(least), []byte(greatest)}, 0)
	}
	return n
}

// numberedIntegers returns a column of integers. Its values mostly repeat, so that a map is seldom asked. The numbers and
// values are appended to scratch.
func numberedIntegers(a arrow.Array, numbers []int32, scratch []byte) numberedColumn {
	all := arrow.GetValues[int64](a.Data(), 1)
	n := numberedColumn{numbers: numbers, values: scratch}
	known := map[int64]int32{}
	var recent [256]struct { // by value
		value  int64
		number int32 // one more than in the column, and 0 where there is none
	}
	var distinct []int64
	for _, v := range all {
		slot := &recent[uint32(v)*0x9e3779b1>>24]
		if slot.value != v || slot.number == 0 {
			number, ok := known[v]
			if !ok {
				distinct = append(distinct, v)
				number = int32(len(distinct))
				known[v] = number
				n.values = binary.LittleEndian.AppendUint64(n.values, uint64(v))
			}
			slot.value, slot.number = v, number
		}
		n.numbers = append(n.numbers, slot.number-1)
	}
	n.count = len(distinct)
	n.bounds = func(s metadata.TypedStatistics) { s.(*metadata.Int64Statistics).Update(distinct, 0) }
	return n
}

// width returns how many bits a number has on the data page: whole bytes, as zstd finds what repeats in bytes.
func (n *numberedColumn) width() int { return (max(1, bits.Len(uint(n.count-1))) + 7) / 8 * 8 }

// appendRuns appends numbers of the width in Parquet's hybrid of runs and bit-packed groups. A group is eight numbers. One with
// equal numbers begins a run; up to maxGroups others share a header.
func appendRuns(to []byte, numbers []int32, width int) []byte {
	const group, maxGroups = 8, 63
	for len(numbers) > 0 {
		if run := runLength(numbers); run >= group || run == len(numbers) {
			to = binary.AppendUvarint(to, uint64(run)<<1)
			for v, n := uint32(numbers[0]), 0; n < width; n += 8 {
				to = append(to, byte(v>>n))
			}
			numbers = numbers[run:]
			continue
		}
		header, groups := len(to), 0
		to = append(to, 0)
		for groups < maxGroups && len(numbers) >= group && (groups == 0 || runLength(numbers[:group]) < group) {
			to = appendGroup(to, (*[group]int32)(numbers), width)
			numbers = numbers[group:]
			groups++
		}
		if groups < maxGroups && 0 < len(numbers) && len(numbers) < group {
			var last [group]int32
			copy(last[:], numbers)
			to = appendGroup(to, &last, width)
			numbers = nil
			groups++
		}
		to[header] = byte(groups<<1 | 1)
	}
	return to
}

// runLength returns how many equal numbers the list begins with.
func runLength(numbers []int32) int {
	n := 1
	for n < len(numbers) && numbers[n] == numbers[0] {
		n++
	}
	return n
}

// appendGroup appends eight numbers of the width, the first in the lowest bits.
func appendGroup(to []byte, group *[8]int32, width int) []byte {
	var waiting uint64
	have := 0
	for _, v := range group {
		waiting |= uint64(uint32(v)) << have
		if have += width; have >= 32 {
			to = binary.LittleEndian.AppendUint32(to, uint32(waiting))
			waiting >>= 32
			have -= 32
		}
	}
	for ; have > 0; have -= 8 {
		to = append(to, byte(waiting))
		waiting >>= 8
	}
	return to
}
