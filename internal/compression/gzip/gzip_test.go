package gzip

import (
	"bytes"
	stdgzip "compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
)

// standard is the oracle: the standard library's reader.
func standard(b []byte) ([]byte, error) {
	r, err := stdgzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func compressed(t testing.TB, b []byte, level int) []byte {
	t.Helper()
	var z bytes.Buffer
	w, err := stdgzip.NewWriterLevel(&z, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(b)
	w.Close()
	return z.Bytes()
}

// contents are texts that are compressed with all kinds of blocks, codes and distances.
func contents() map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	all := map[string][]byte{"empty": nil, "byte": {0}, "zeros": make([]byte, 300_000)}
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	all["noise"] = noise
	skewed := make([]byte, 400_000) // literals with codes of one bit to fifteen
	for i := range skewed {
		skewed[i] = byte(random.ExpFloat64() * 3)
	}
	all["skewed"] = skewed
	var far, near []byte // repetitions at all distances
	for len(far) < 400_000 {
		from := random.IntN(max(1, min(len(far), window)))
		far = append(far, noise[:random.IntN(8)]...)
		at := max(0, len(far)-1-from)
		far = append(far, far[at:min(len(far), at+random.IntN(400))]...)
	}
	for distance := 1; distance < 20; distance++ {
		near = append(near, bytes.Repeat(noise[:distance], 300/distance+1)...)
	}
	all["far"], all["near"] = far, near
	return all
}

func TestLikeStandard(t *testing.T) {
	for name, content := range contents() {
		for _, level := range []int{stdgzip.HuffmanOnly, 0, 1, 6, 9} {
			z := compressed(t, content, level)
			two := slices.Concat(z, compressed(t, []byte("between"), 6), z)
			for how, r := range map[string]io.Reader{
				"whole": bytes.NewReader(two), "bytes": iotest.OneByteReader(bytes.NewReader(two)), "with its end": iotest.DataErrReader(bytes.NewReader(two)),
			} {
				want := slices.Concat(content, []byte("between"), content)
				if got, err := io.ReadAll(NewReader(r)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s, level %d, %s: %d bytes (%v), want %d", name, level, how, len(got), err, len(want))
				}
			}
		}
	}
}

func TestRealFiles(t *testing.T) {
	for _, name := range []string{"mrt/bgpdump/test_data/bview.20020722.2337.gz", "mrt/bgpdump/test_data/updates.20160811.1600.gz"} {
		b, err := os.ReadFile(testkit.Data(t, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := standard(b)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(NewReader(bytes.NewReader(b))); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes (%v), want %d", name, len(got), err, len(want))
		}
	}
}

// compare reads a stream with both readers. Of a stream that is cut the standard library may leave out the last symbols.
func compare(t *testing.T, b []byte) {
	t.Helper()
	want, wrong := standard(b)
	z := NewReader(bytes.NewReader(b))
	got, err := io.ReadAll(z)
	if (err == nil) != (wrong == nil) {
		t.Fatalf("%x: error %v, want %v", b, err, wrong)
	}
	if wrong == io.ErrUnexpectedEOF && len(got) > len(want) {
		got = got[:len(want)]
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%x: %d bytes, want %d: %v, %v", b, len(got), len(want), err, wrong)
	}
	if z.Offset() > int64(len(b)) || err == nil && z.Offset() != int64(len(b)) {
		t.Fatalf("%x: offset %d of %d", b, z.Offset(), len(b))
	}
}

// Cut anywhere, and with any bit flipped, a stream gives what the standard library makes of it.
func TestDamage(t *testing.T) {
	text := []byte(strings.Repeat("Tidemark measures how the Internet evolves: ", 2))
	for i := range 12 {
		text = fmt.Appendf(text, "198.51.%d.0/24 ", i*i)
	}
	for _, level := range []int{0, 6, stdgzip.HuffmanOnly} {
		z := compressed(t, text, level)
		for i := 1; i < len(z); i++ {
			compare(t, z[:i])
		}
		const flags = 3
		for i := range 8 * len(z) {
			if i/8 != flags { // reserved ones are refused here
				flipped := bytes.Clone(z)
				flipped[i/8] ^= 1 << (i % 8)
				compare(t, flipped)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	plain := compressed(t, []byte("content"), 6)
	header := func(flags byte, fields ...string) []byte {
		return slices.Concat(plain[:3], []byte{flags}, plain[4:10], []byte(strings.Join(fields, "")), plain[10:])
	}
	for name, c := range map[string]struct {
		stream []byte
		wrong  string // "" if the content is read
		offset int
	}{
		"a name and a comment":        {stream: header(flagName|flagComment, "n\x00", "c\x00")},
		"extra":                       {stream: header(flagExtra, "\x03\x00abc")},
		"a long name":                 {stream: header(flagName, strings.Repeat("n", 1<<20), "\x00")},
		"an endless name":             {header(flagName, strings.Repeat("n", maxText+1)), "over 16777216 bytes", 10 + maxText},
		"no end of the name":          {header(flagName, "n")[:11], "unexpected EOF", 11},
		"extra cut":                   {header(flagExtra, "\xff\xff")[:20], "unexpected EOF", 12},
		"a wrong header sum":          {header(flagHeaderSum, "\x00\x00"), "check sum of the header", 12},
		"a reserved flag":             {header(0x20), "not a gzip header", 10},
		"no deflate":                  {append([]byte("\x1f\x8b\x07"), plain[3:]...), "not a gzip header", 10},
		"another member's header cut": {slices.Concat(plain, plain[:4]), "unexpected EOF", len(plain)},
		"text behind":                 {slices.Concat(plain, []byte("<html>not found")), "not a gzip header", len(plain) + 10},
		"a wrong sum":                 {slices.Concat(plain[:len(plain)-8], make([]byte, 8)), "check sum or the length", len(plain)},
	} {
		z := NewReader(bytes.NewReader(c.stream))
		got, err := io.ReadAll(z)
		switch {
		case c.wrong == "" && (err != nil || string(got) != "content"):
			t.Errorf("%s: %q, %v", name, got, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: error %v, want %s", name, err, c.wrong)
		case c.wrong != "" && z.Offset() != int64(c.offset):
			t.Errorf("%s: offset %d, want %d", name, z.Offset(), c.offset)
		}
	}
}

// A stream must not refer to what lies before it, such as the content of the member before.
func TestDistanceBeforeMember(t *testing.T) {
	first := compressed(t, []byte("secret of the first member"), 6)
	// A block of the fixed codes: a match of three bytes at distance 1.
	second := slices.Concat(first[:10], []byte{0x03, 0x02, 0x00}, make([]byte, 8))
	got, err := io.ReadAll(NewReader(bytes.NewReader(slices.Concat(first, second))))
	if err != errDistance || string(got) != "secret of the first member" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSourceFails(t *testing.T) {
	broken := errors.New("disk on fire")
	z := compressed(t, contents()["noise"], 6)
	got, err := io.ReadAll(NewReader(io.MultiReader(bytes.NewReader(z[:50_000]), iotest.ErrReader(broken))))
	if err != broken || len(got) < 40_000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := io.ReadAll(NewReader(silent{})); err != io.ErrNoProgress {
		t.Errorf("a source without bytes: %v", err)
	}
}

// silent is a source that neither gives bytes nor ends.
type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

// Every entry of the tables says what walking the code bit by bit says.
func TestTablesLikeWalk(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	h := new(huffman)
	for range 200 {
		lengths := randomLengths(random)
		if !h.init(lengths) {
			t.Fatalf("%v is not accepted", lengths)
		}
		h.tabulate(lengthAlphabet[:])
		h.pairUp()
		for i := range tableSize {
			var want entry
			if symbol, length := h.walk(uint64(i)); length > 0 && length <= tableBits {
				want = of(lengthAlphabet[:], symbol, length)
				if next, more := h.walk(uint64(i) >> length); symbol < literals && next < literals && more > 0 && length+more <= tableBits {
					want = pair | entry(next)<<16 | entry(symbol)<<8 | entry(length+more)
				}
			}
			if h.table[i] != want {
				t.Fatalf("%v: entry %#x is %#x, want %#x", lengths, i, h.table[i], want)
			}
		}
	}
}

// randomLengths returns the lengths of a complete code: those of one of two symbols, of which some are split, again and again.
func randomLengths(random *rand.Rand) []uint8 {
	codes := []uint8{1, 1}
	for n := random.IntN(lengthCodes - 2); len(codes) < n; {
		if i := random.IntN(len(codes)); codes[i] < maxCode {
			codes[i]++
			codes = append(codes, codes[i])
		}
	}
	lengths := make([]uint8, lengthCodes)
	for i, symbol := range random.Perm(lengthCodes)[:len(codes)] {
		lengths[symbol] = codes[i]
	}
	return lengths
}

func TestAllocations(t *testing.T) {
	z := compressed(t, contents()["far"], 6)
	r := NewReader(&repeated{b: z})
	p := make([]byte, 1<<16)
	if n := testing.AllocsPerRun(100, func() { r.Read(p) }); n > 0 {
		t.Errorf("%v allocations a read", n)
	}
}

// repeated is a source of the same bytes again and again.
type repeated struct {
	b  []byte
	at int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.b[r.at:])
	r.at = (r.at + n) % len(r.b)
	return n, nil
}

// FuzzReader wraps bytes as the content of a member, and compares what both readers make of them.
func FuzzReader(t *testing.F) {
	f := fuzz.With(t)
	for _, content := range [][]byte{nil, []byte("a"), []byte(strings.Repeat("abcabcd", 50))} {
		for _, level := range []int{0, 1, 9, stdgzip.HuffmanOnly} {
			f.Add(compressed(f, content, level)[10:])
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		compare(t, append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), b...))
	})
}

func BenchmarkReader(b *testing.B) {
	content := make([]byte, 0, 4<<20)
	random := rand.New(rand.NewPCG(5, 6))
	for len(content) < cap(content)-200 { // records that share much with those before, like a table dump
		content = binary.BigEndian.AppendUint32(content, random.Uint32())
		at := max(0, len(content)-random.IntN(20_000))
		content = append(content, content[at:min(len(content), at+random.IntN(90))]...)
	}
	z := compressed(b, content, 6)
	for name, read := range map[string]func(io.Reader) io.Reader{
		"own":      func(r io.Reader) io.Reader { return NewReader(r) },
		"standard": func(r io.Reader) io.Reader { s, _ := stdgzip.NewReader(r); return s },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				if _, err := io.Copy(io.Discard, read(bytes.NewReader(z))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
