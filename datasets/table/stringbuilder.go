package table

import (
	"math/bits"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// stringBuilder collects a string column of a row group. Most columns have few distinct strings, in runs: it stores numbers
// and a dictionary, which Parquet accepts as they are. A string at the same address and of the same length as an earlier one
// is the same without comparing it. A column whose strings are mostly distinct and smaller by what they share with their
// neighbours, such as prefixes in order, is stored plainly from then on, for delta encoding.
type stringBuilder struct {
	numbers    []int32
	dictionary *array.StringBuilder
	known      textTable
	recent     []recentText         // by address; a power of two
	empty      int32                // number of the empty string; -1 where it has none yet
	plain      *array.StringBuilder // instead of numbers, once the strings are mostly distinct
	shared     bool                 // what is appended is of a part, not of a row: whether strings repeat shows when they are spread
}

// recentText is a string of the column, by its address.
type recentText struct {
	text   *byte
	length int32
	number int32
}

const (
	trialRows     = 16 << 10 // after which a column shows whether its strings repeat
	minRepeats    = 2        // of the average string, from which on it has a dictionary in any case
	maxDictionary = 16 << 20 // bytes of a row group's dictionary, beyond which strings are stored plainly

	fewRecent  = 256  // strings that are known by their addresses
	manyRecent = 4096 // the same after trialRows
)

func newStringBuilder() *stringBuilder {
	return &stringBuilder{
		dictionary: array.NewStringBuilder(memory.DefaultAllocator), recent: make([]recentText, fewRecent), empty: -1,
	}
}

// valid returns the text with U+FFFD in place of what is not UTF-8, which Parquet requires and readers refuse a whole file without.
func valid(text string) string {
	if utf8.ValidString(text) { // several times as fast for ASCII
		return text
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

func (b *stringBuilder) append(text string) {
	if b.plain != nil {
		b.plain.Append(valid(text))
		return
	}
	if len(text) == 0 && b.empty >= 0 {
		b.add(b.empty)
		return
	}
	address := unsafe.StringData(text)
	slot := &b.recent[uint64(uintptr(unsafe.Pointer(address)))*0x9e3779b97f4a7c15>>32&uint64(len(b.recent)-1)]
	if slot.text == address && int(slot.length) == len(text) && address != nil {
		b.add(slot.number)
		return
	}
	number, known := b.number(valid(text))
	if !known && b.dictionary.DataLen() > maxDictionary {
		b.numbers = append(b.numbers, number)
		b.unfold()
		return
	}
	if len(text) == 0 {
		b.empty = number
	}
	*slot = recentText{address, int32(len(text)), number}
	b.add(number)
}

// number returns the number of a string in the dictionary, to which it adds what it does not know.
func (b *stringBuilder) number(text string) (number int32, known bool) {
	slot := b.known.find(text, b.dictionary)
	if number, known = b.known.at(slot); !known {
		number = int32(b.dictionary.Len())
		b.dictionary.Append(text)
		b.known.add(slot, number)
	}
	return number, known
}

func (b *stringBuilder) add(number int32) {
	b.numbers = append(b.numbers, number)
	if b.shared || len(b.numbers) != trialRows {
		return
	}
	if b.deltaPays() {
		b.unfold()
	} else if len(b.recent) == fewRecent {
		b.recent = make([]recentText, manyRecent)
	}
}

// deltaPays reports whether few strings repeat and those so far are smaller delta-encoded than with a dictionary, before
// compression.
func (b *stringBuilder) deltaPays() bool {
	rows, distinct := len(b.numbers), b.dictionary.Len()
	if distinct*minRepeats <= rows {
		return false
	}
	const length, lengths = 4, 2 // bytes before each string of a dictionary, and with each delta
	dictionary := b.dictionary.DataLen() + distinct*length + rows*bits.Len(uint(distinct-1))/8
	delta, last := rows*lengths, ""
	for _, n := range b.numbers {
		text := b.dictionary.Value(int(n))
		delta += len(text) - commonLength(last, text)
		last = text
	}
	return delta < dictionary
}

// commonLength returns the length of the common prefix of two strings.
func commonLength(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// unfold stores the strings plainly from now on.
func (b *stringBuilder) unfold() {
	values := b.dictionary.NewStringArray()
	defer values.Release()
	b.plain = array.NewStringBuilder(memory.DefaultAllocator)
	b.plain.Reserve(len(b.numbers))
	for _, n := range b.numbers {
		b.plain.Append(values.Value(int(n)))
	}
	b.reset()
}

// spread makes the strings that were appended those of rows, each of which has the index of its string.
func (b *stringBuilder) spread(rows []int32) {
	if b.plain == nil {
		b.numbers = spreadValues(b.numbers, rows)
		return
	}
	values := b.plain.NewStringArray()
	defer values.Release()
	b.plain.Reserve(len(rows))
	for _, i := range rows {
		b.plain.Append(values.Value(int(i)))
	}
}

func (b *stringBuilder) reset() {
	b.numbers = nil
	b.known.clear()
	clear(b.recent)
	b.empty = -1
}

var dictionaryType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// finish returns the column and begins the next.
func (b *stringBuilder) finish() arrow.Array {
	if b.plain == nil && b.deltaPays() {
		b.unfold()
	}
	if b.plain != nil {
		return b.plain.NewStringArray()
	}
	values := b.dictionary.NewStringArray()
	defer values.Release()
	data := array.NewData(arrow.PrimitiveTypes.Int32, len(b.numbers),
		[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(b.numbers))}, nil, 0, 0)
	defer data.Release()
	numbers := array.NewInt32Data(data)
	defer numbers.Release()
	rows := len(b.numbers)
	b.reset()
	if !b.shared {
		b.numbers = make([]int32, 0, rows)
	}
	return array.NewDictionaryArray(dictionaryType, numbers, values)
}

func (b *stringBuilder) release() {
	b.dictionary.Release()
	if b.plain != nil {
		b.plain.Release()
	}
}
