package table

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow/array"
)

// TestNotUTF8: text from outside that is not UTF-8 never reaches a file, which other readers would refuse as a whole.
func TestNotUTF8(t *testing.T) {
	for _, n := range []int{1, 3 * trialRows} { // with a dictionary, and plainly
		b := newStringBuilder()
		for i := range n {
			b.append(fmt.Sprintf("prefix that is shared %08d \xc7\xc3O", i))
		}
		a := b.finish()
		values, plain := a.(*array.String)
		if !plain {
			values = a.(*array.Dictionary).Dictionary().(*array.String)
		}
		for i := range values.Len() {
			if text := values.Value(i); !utf8.ValidString(text) || !strings.HasSuffix(text, " \ufffdO") {
				t.Fatalf("%d strings: %q", n, text)
			}
		}
		a.Release()
		b.release()
	}
}
