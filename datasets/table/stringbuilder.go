package table

import (
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// stringBuilder collects a string column of a row group. Most columns have few distinct strings, in runs: it stores numbers
// and a dictionary, which Parquet accepts as they are. A string at the same address and of the same length as an earlier one
// is the same without comparing it. A column whose strings are mostly distinct is stored plainly from then on.
type stringBuilder struct {
	numbers    []int32
	dictionary *array.StringBuilder
	known      map[string]int32
	recent     [256]struct { // by address
		text   string
		number int32
	}
	plain *array.StringBuilder // instead of numbers, once the strings are mostly distinct
}

const (
	trialRows     = 16 << 10 // after which a column shows whether its strings repeat
	minRepeats    = 2        // of the average string that make a dictionary worthwhile
	maxDictionary = 16 << 20 // bytes of a row group's dictionary, beyond which strings are stored plainly
)

func newStringBuilder() *stringBuilder {
	return &stringBuilder{dictionary: array.NewStringBuilder(memory.DefaultAllocator), known: map[string]int32{}}
}

func (b *stringBuilder) append(text string) {
	if b.plain != nil {
		b.plain.Append(text)
		return
	}
	address := uintptr(unsafe.Pointer(unsafe.StringData(text)))
	slot := &b.recent[(address>>3^address>>11)%uintptr(len(b.recent))]
	if len(slot.text) == len(text) && len(text) > 0 && unsafe.StringData(slot.text) == unsafe.StringData(text) {
		b.numbers = append(b.numbers, slot.number)
		return
	}
	number, known := b.known[text]
	if !known {
		number = int32(len(b.known))
		b.known[text] = number
		b.dictionary.Append(text)
		if len(b.numbers) >= trialRows && b.distinct() || b.dictionary.DataLen() > maxDictionary {
			b.numbers = append(b.numbers, number)
			b.unfold()
			return
		}
	}
	slot.text, slot.number = text, number
	b.numbers = append(b.numbers, number)
}

// distinct reports whether too few strings repeat for a dictionary.
func (b *stringBuilder) distinct() bool { return len(b.known)*minRepeats > len(b.numbers) }

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

func (b *stringBuilder) reset() {
	b.numbers = nil
	clear(b.known)
	clear(b.recent[:])
}

var dictionaryType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// finish returns the column and begins the next.
func (b *stringBuilder) finish() arrow.Array {
	if b.plain == nil && b.distinct() {
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
	b.numbers = make([]int32, 0, rows)
	return array.NewDictionaryArray(dictionaryType, numbers, values)
}

func (b *stringBuilder) release() {
	b.dictionary.Release()
	if b.plain != nil {
		b.plain.Release()
	}
}
