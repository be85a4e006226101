package table

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
)

// TestDictionaryLikeMap numbers the same texts with a map, over several row groups.
func TestDictionaryLikeMap(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	b := newStringBuilder()
	defer b.release()
	for group := range 3 {
		known := map[string]int32{}
		var want []int32
		for range 100_000 {
			text := strings.Repeat(fmt.Sprint(random.IntN(3000)), random.IntN(4))
			if _, ok := known[text]; !ok {
				known[text] = int32(len(known))
			}
			want = append(want, known[text])
			b.append(text)
		}
		a := b.finish().(*array.Dictionary)
		texts := a.Dictionary().(*array.String)
		if texts.Len() != len(known) {
			t.Fatalf("row group %d: %d texts, want %d", group, texts.Len(), len(known))
		}
		for i, number := range want {
			if got := a.GetValueIndex(i); int32(got) != number || known[texts.Value(got)] != number {
				t.Fatalf("row group %d, row %d: text %d, want %d", group, i, got, number)
			}
		}
		a.Release()
	}
}
