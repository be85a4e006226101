package compression_test

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"testing"

	"github.com/klauspost/compress/gzip"

	"tidemark/internal/compression"
	"tidemark/internal/testkit"
)

// zeros returns n zero bytes.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// bombs are streams that inflate to ten gigabytes, in gzip and bzip2: of one compressed piece, many times.
func bombs(t testing.TB) map[string]io.Reader {
	t.Helper()
	const piece = 100 << 20
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
	if _, err := io.Copy(w, zeros(piece)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	c := exec.Command(testkit.Need(t, "bzip2"), "-c")
	c.Stdin = zeros(piece)
	b, err := c.Output()
	if err != nil {
		t.Fatalf("bzip2: %v", err)
	}
	again := func(b []byte) io.Reader {
		var all []io.Reader
		for range 100 {
			all = append(all, bytes.NewReader(b))
		}
		return io.MultiReader(all...)
	}
	return map[string]io.Reader{"gzip": again(z.Bytes()), "bzip2": again(b), "bzip2 of some hundred bytes": bytes.NewReader(b)}
}

// TestBombs: they stop at the limit, and say so.
func TestBombs(t *testing.T) {
	for name, in := range bombs(t) {
		r, err := compression.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		r.Close()
		var bomb *compression.Bomb
		if !errors.As(err, &bomb) {
			t.Errorf("%s: after %d bytes the error is %v, want a Bomb", name, n, err)
		}
		if most := compression.DefaultLimit().Free + 2<<20; n > most {
			t.Errorf("%s: %d bytes were delivered, want at most %d", name, n, most)
		}
	}
}

// TestLimits: what stays below is read to its end, however well it is compressed, and the absolute limit holds.
func TestLimits(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.Copy(w, zeros(4<<20))
	w.Close()
	for _, c := range []struct {
		limit compression.Limit
		fails bool
	}{
		{compression.DefaultLimit(), false},
		{compression.Limit{}, false},
		{compression.Limit{Free: 1 << 20, Ratio: 2000, Max: 8 << 20}, false},
		{compression.Limit{Free: 1 << 20, Ratio: 100, Max: 8 << 20}, true},
		{compression.Limit{Free: 8 << 20, Ratio: 1, Max: 1 << 20}, true},
	} {
		r, err := compression.Open(bytes.NewReader(z.Bytes()), compression.Options{Limit: c.limit})
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		r.Close()
		var bomb *compression.Bomb
		if errors.As(err, &bomb) != c.fails {
			t.Errorf("%+v: the error is %v, a Bomb expected: %v", c.limit, err, c.fails)
		}
		if !c.fails && n != 4<<20 {
			t.Errorf("%+v: %d bytes were delivered, want %d", c.limit, n, 4<<20)
		}
	}
}
