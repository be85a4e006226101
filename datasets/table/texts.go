package table

import (
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// texts gathers a column of texts for a row group. Most columns have few different ones, in runs: it keeps numbers and
// a dictionary, which Parquet takes as they are. A text that lies at the same place in memory as one before is the same
// without looking at it. A column whose texts are mostly different is kept as it is from then on.
type texts struct {
	numbers    []int32
	dictionary *array.StringBuilder
	known      map[string]int32
	recent     [256]struct { // by place in memory
		text   string
		number int32
	}
	plain *array.StringBuilder // instead of numbers, once the texts are mostly different
}

const (
	textsTried   = 16 << 10 // rows after which a column shows whether its texts repeat themselves
	textsRepeat  = 2        // times that the average text must stand to be worth a number
	dictionaries = 16 << 20 // bytes of a row group's dictionary, from which on texts are kept as they are
)

func newTexts() *texts {
	return &texts{dictionary: array.NewStringBuilder(memory.DefaultAllocator), known: map[string]int32{}}
}

func (t *texts) append(text string) {
	if t.plain != nil {
		t.plain.Append(text)
		return
	}
	place := uintptr(unsafe.Pointer(unsafe.StringData(text)))
	slot := &t.recent[(place>>3^place>>11)%uintptr(len(t.recent))]
	if len(slot.text) == len(text) && len(text) > 0 && unsafe.StringData(slot.text) == unsafe.StringData(text) {
		t.numbers = append(t.numbers, slot.number)
		return
	}
	number, known := t.known[text]
	if !known {
		number = int32(len(t.known))
		t.known[text] = number
		t.dictionary.Append(text)
		if n := len(t.numbers); n == textsTried && len(t.known)*textsRepeat > n || t.dictionary.DataLen() > dictionaries {
			t.numbers = append(t.numbers, number)
			t.unfold()
			return
		}
	}
	slot.text, slot.number = text, number
	t.numbers = append(t.numbers, number)
}

// unfold keeps the texts as they are from now on.
func (t *texts) unfold() {
	values := t.dictionary.NewStringArray()
	defer values.Release()
	t.plain = array.NewStringBuilder(memory.DefaultAllocator)
	t.plain.Reserve(len(t.numbers))
	for _, n := range t.numbers {
		t.plain.Append(values.Value(int(n)))
	}
	t.forget()
}

func (t *texts) forget() {
	t.numbers = nil
	clear(t.known)
	clear(t.recent[:])
}

var textNumbers = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// take gives the column and starts anew.
func (t *texts) take() arrow.Array {
	if t.plain != nil {
		return t.plain.NewStringArray()
	}
	values := t.dictionary.NewStringArray()
	defer values.Release()
	data := array.NewData(arrow.PrimitiveTypes.Int32, len(t.numbers),
		[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(t.numbers))}, nil, 0, 0)
	defer data.Release()
	numbers := array.NewInt32Data(data)
	defer numbers.Release()
	rows := len(t.numbers)
	t.forget()
	t.numbers = make([]int32, 0, rows)
	return array.NewDictionaryArray(textNumbers, numbers, values)
}

func (t *texts) release() {
	t.dictionary.Release()
	if t.plain != nil {
		t.plain.Release()
	}
}
