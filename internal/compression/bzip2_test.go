package compression

import (
	"bytes"
	stdbzip2 "compress/bzip2"
	stdgzip "compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"tidemark/internal/testkit"
)

const (
	gzipDump   = "mrt/bgpdump/test_data/updates.20160811.1600.gz"
	bzip2Dump  = "mrt/libbgpstream/updates.example.bz2"
	bzip2Table = "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testkit.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inflate reads all through the reader under test.
func inflate(t testing.TB, b []byte) ([]byte, error) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return io.ReadAll(r)
}

func standard(t testing.TB, b []byte) ([]byte, error) {
	t.Helper()
	if b[0] == 'B' {
		return io.ReadAll(stdbzip2.NewReader(bytes.NewReader(b)))
	}
	r, err := stdgzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// Cut in the number behind the last block, the stream still gives that block: its own check sum vouches for it.
func TestCutBehindTheLastBlock(t *testing.T) {
	whole := read(t, bzip2Dump)
	plain, err := standard(t, whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{1, 5, 9} {
		got, err := inflate(t, whole[:len(whole)-cut])
		if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.Equal(got, plain) {
			t.Errorf("without the last %d bytes: %d bytes and error %v, want all %d", cut, len(got), err, len(plain))
		}
	}
}

// A damaged block gives none of its bytes, and those behind it all of theirs.
func TestDamagedBlock(t *testing.T) {
	whole := read(t, bzip2Table)
	segments, texts := blocks(t, whole)
	for _, c := range []struct {
		name string
		at   int64 // byte of the compressed stream to change
		lost []int // blocks
	}{
		{"in the first block", segments[0].at + 1000, []int{0}},
		{"in a block", segments[5].at + 1000, []int{5}},
		{"in the number that opens a block", segments[7].at + 3, []int{7}},
		{"in the last block", segments[len(texts)-1].at + 1000, []int{len(texts) - 1}},
	} {
		damaged := bytes.Clone(whole)
		damaged[c.at] ^= 0x10
		var want []byte
		for i, text := range texts {
			if !slices.Contains(c.lost, i) {
				want = append(want, text...)
			}
		}
		r, err := NewReader(bytes.NewReader(damaged))
		if err != nil {
			t.Fatal(err)
		}
		var (
			got  []byte
			gaps []error
			gap  *Gap
		)
		for {
			b, err := io.ReadAll(r)
			got = append(got, b...)
			if !errors.As(err, &gap) {
				if err != nil {
					t.Errorf("%s: error %v", c.name, err)
				}
				break
			}
			gaps = append(gaps, gap)
		}
		r.Close()
		if len(gaps) != len(c.lost) || !strings.Contains(gaps[0].Error(), "breaks in the block at compressed offset ") {
			t.Errorf("%s: %v", c.name, gaps)
		} else if off := gap.Offset - segments[c.lost[0]].at; off < 0 || off > 1 {
			t.Errorf("%s: %v, want it at %d", c.name, gap, segments[c.lost[0]].at)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d", c.name, len(got), len(want))
		}
	}
}

// blocks cuts a stream and inflates its blocks.
func blocks(t *testing.T, stream []byte) (segments []segment, texts [][]byte) {
	t.Helper()
	if err := split(bytes.NewReader(stream), func(s segment) bool { segments = append(segments, s); return true }); err != io.EOF {
		t.Fatal(err)
	}
	for _, s := range segments {
		if i := (inflating{segment: s}); !s.end {
			if i.inflate(); i.err != nil || i.used != i.bits {
				t.Fatalf("block at %d: %d of %d bits, error %v", s.at, i.used, i.bits, i.err)
			}
			texts = append(texts, i.out)
		}
	}
	return segments, texts
}

func TestMissingBlock(t *testing.T) {
	segments, _ := blocks(t, read(t, bzip2Table))
	b := &bzip2Reader{segments: make(chan *inflating, len(segments)), scanErr: io.EOF}
	for i, s := range segments {
		if i == 1 {
			continue
		}
		in := &inflating{segment: s, done: make(chan struct{})}
		close(in.done)
		if !s.end {
			in.inflate()
		}
		b.segments <- in
	}
	close(b.segments)
	if _, err := io.ReadAll(b); err == nil || !strings.Contains(err.Error(), "misses blocks") {
		t.Errorf("error %v", err)
	}
}

// The bits of a magic number inside a block cut it in two: both parts together must still be read.
func TestMagicInsideBlock(t *testing.T) {
	segments, texts := blocks(t, read(t, bzip2Dump))
	for _, at := range []uint{80, 1000, 4003, 70001} {
		whole := segments[1]
		first, second := whole, whole
		first.bits = at
		first.bytes = whole.bytes[:(whole.shift+at+7)/8]
		second.shift, second.bits = (whole.shift+at)%8, whole.bits-at
		second.bytes = whole.bytes[(whole.shift+at)/8:]
		b := &bzip2Reader{segments: make(chan *inflating, 2), scanErr: io.EOF}
		for _, s := range []segment{first, second} {
			in := &inflating{segment: s, done: make(chan struct{})}
			close(in.done)
			if in.inflate(); in.err == nil {
				t.Fatalf("cut at bit %d: half a block passes as whole", at)
			}
			b.segments <- in
		}
		close(b.segments)
		if got, err := io.ReadAll(b); err != nil || !bytes.Equal(got, texts[1]) {
			t.Errorf("cut at bit %d: %d bytes and error %v, want %d bytes", at, len(got), err, len(texts[1]))
		}
	}
}

func TestAfterTheEnd(t *testing.T) {
	for _, name := range []string{gzipDump, bzip2Dump} {
		whole := read(t, name)
		plain, err := standard(t, whole)
		if err != nil {
			t.Fatal(err)
		}
		got, err := inflate(t, append(bytes.Clone(whole), "an error page appended"...))
		if err == nil || !strings.Contains(err.Error(), "compressed offset") {
			t.Errorf("%s: error %v", name, err)
		}
		if !bytes.Equal(got, plain) {
			t.Errorf("%s: %d bytes, want all %d", name, len(got), len(plain))
		}
	}
}

func TestSourceFails(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, name := range []string{gzipDump, bzip2Dump} {
		r, err := NewReader(io.MultiReader(bytes.NewReader(read(t, name)[:20000]), iotest.ErrReader(broken)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, broken) {
			t.Errorf("%s: error %v", name, err)
		}
		r.Close()
	}
	if _, err := NewReader(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestCloseEarly(t *testing.T) {
	for _, name := range []string{gzipDump, bzip2Dump} {
		r, err := NewReader(bytes.NewReader(read(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(make([]byte, 10)); err != nil {
			t.Error(err)
		}
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Error(err)
		}
	}
}

// A stream without a single block must not be held in memory to its end.
func TestEndlessBlock(t *testing.T) {
	r, err := NewReader(io.MultiReader(strings.NewReader("BZh9"), io.LimitReader(zeros{}, 1<<40)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadAll(r); err == nil || !strings.Contains(err.Error(), "no block follows") {
		t.Errorf("error %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
