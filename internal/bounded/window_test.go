package bounded_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"tidemark/internal/bounded"
)

// TestWindow: values pass that fit, however many; one that does not ends the reading before it is in memory.
func TestWindow(t *testing.T) {
	const max = 4 << 10
	for _, c := range []struct {
		length int // of each of a thousand values
		fits   bool
	}{{10, true}, {max - 10, true}, {max + 10, false}, {100 * max, false}} {
		text := strings.Repeat(fmt.Sprintf("%q\n", strings.Repeat("x", c.length)), 1000)
		for name, read := range map[string]func(*bounded.Window) (int, error){
			"JSON": func(w *bounded.Window) (n int, err error) {
				d := json.NewDecoder(w)
				for ; ; n++ {
					w.Slide(d.InputOffset())
					var s string
					if err := d.Decode(&s); err != nil {
						return n, err
					}
				}
			},
			"CSV": func(w *bounded.Window) (n int, err error) {
				d := csv.NewReader(w)
				for ; ; n++ {
					w.Slide(d.InputOffset())
					if _, err := d.Read(); err != nil {
						return n, err
					}
				}
			},
		} {
			from := strings.NewReader(text)
			n, err := read(bounded.NewWindow(from, max))
			if c.fits && (n != 1000 || err != io.EOF) {
				t.Errorf("%s, %d bytes: %d values, %v", name, c.length, n, err)
			}
			if read := len(text) - from.Len(); !c.fits && (n != 0 || !strings.Contains(err.Error(), "longer than 4096 bytes") || read > max) {
				t.Errorf("%s, %d bytes: %d values, %v, %d bytes read", name, c.length, n, err, read)
			}
		}
	}
}
