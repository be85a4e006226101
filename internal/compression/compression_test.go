package compression_test

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"tidemark/internal/compression"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
)

const bz2 = "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2"

func read(b []byte) ([]byte, error) {
	r, err := compression.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func file(t testing.TB, name string) []byte {
	b, err := os.ReadFile(testkit.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBzip2LikeStandard takes the standard library as oracle.
func TestBzip2LikeStandard(t *testing.T) {
	for _, name := range []string{bz2, "mrt/libbgpstream/updates.example.bz2", "mrt/pyasn/bview.20140112.1600_3samples.bz2"} {
		b := file(t, name)
		want, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(b)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(b)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes (%v), want %d", name, len(got), err, len(want))
		}
		// Two streams one after the other are one (as bzip2 -c a b writes them).
		if got, err = read(append(bytes.Clone(b), b...)); err != nil || len(got) != 2*len(want) {
			t.Errorf("%s twice: %d bytes (%v), want %d", name, len(got), err, 2*len(want))
		}
	}
}

func TestPlainAndEmpty(t *testing.T) {
	for _, s := range []string{"", "a", "BZ", "\x1f", "plain text", strings.Repeat("x", 1<<20)} {
		if got, err := read([]byte(s)); string(got) != s || err != nil {
			t.Errorf("%.10q: %d bytes, %v", s, len(got), err)
		}
	}
}

// TestDamage delivers what stands before the damage, and says where that is.
func TestDamage(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	want := bytes.Repeat([]byte("tidemark "), 1<<18)
	for i := range want {
		want[i] += byte(i >> 10)
	}
	w.Write(want)
	w.Close()
	bz := file(t, bz2)
	plain, _ := io.ReadAll(bzip2.NewReader(bytes.NewReader(bz)))
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 0x10
		return b
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  []byte
		least int
	}{
		{"gz cut", z.Bytes()[:z.Len()/2], want, len(want) / 4},
		{"gz without its check sum", z.Bytes()[:z.Len()-6], want, len(want)},
		{"gz with a flipped check sum", flip(z.Bytes(), z.Len()-7), want, len(want)},
		{"bz2 cut", bz[:len(bz)/2], plain, len(plain) / 3},
		{"bz2 flipped", flip(bz, len(bz)/2), plain, len(plain) / 3},
		{"bz2 without its end", bz[:len(bz)-5], plain, len(plain) - 900_000},
	} {
		got, err := read(c.bytes)
		if err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "compressed offset") {
			t.Errorf("%s: error %v", c.name, err)
		}
		if len(got) < c.least || !bytes.HasPrefix(c.want, got) {
			t.Errorf("%s: %d bytes before the damage, want at least %d that are right", c.name, len(got), c.least)
		}
	}
}

func FuzzNewReader(t *testing.F) {
	f := fuzz.With(t)
	f.Add([]byte("BZh91AY&SY"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte("BZh9\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := compression.NewReader(bytes.NewReader(b))
		if err != nil {
			return
		}
		defer r.Close()
		io.Copy(io.Discard, io.LimitReader(r, 1<<24))
	})
}

func BenchmarkBzip2(b *testing.B) {
	in := file(b, bz2)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := read(in); err != nil {
			b.Fatal(err)
		}
	}
}
