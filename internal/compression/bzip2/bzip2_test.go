package bzip2

import (
	"bytes"
	stdbzip2 "compress/bzip2"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
)

// The real inputs: tables, updates, small, and cut short.
const (
	realTable   = "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2"
	realUpdates = "mrt/libbgpstream/updates.example.bz2"
	realSmall   = "mrt/pyasn/bview.20140112.1600_3samples.bz2"
	realCut     = "mrt/pyasn/rib.20140523.0600_firstMB.bz2"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testkit.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// shapes are texts of all kinds.
func shapes() map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(n, bytes int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.IntN(bytes))
		}
		return b
	}
	all := map[string][]byte{
		"one byte":               {7},
		"two bytes":              {7, 7},
		"text":                   bytes.Repeat([]byte("It was the best of times, it was the worst of times. "), 40),
		"periodic":               bytes.Repeat([]byte("abracadabra"), 3000),
		"zeros":                  make([]byte, 100_000),
		"noise":                  noise(30_000, 256),
		"two values":             noise(30_000, 2),
		"ten values":             noise(30_000, 10),
		"all values":             {},
		"all runs":               {},
		"runs of noise":          {},
		"runs with their length": {},
	}
	for i := range 256 {
		all["all values"] = append(all["all values"], byte(i))
	}
	for n := 1; n <= 600; n++ {
		all["all runs"] = append(all["all runs"], bytes.Repeat([]byte{byte(n % 3)}, n)...)
		all["runs of noise"] = append(all["runs of noise"], bytes.Repeat(noise(1, 256), 1+random.IntN(9))...)
	}
	for n := 4; n <= 259; n++ { // followed by the byte that also is the number of further ones
		all["runs with their length"] = append(all["runs with their length"], bytes.Repeat([]byte{byte(n - 4)}, n)...)
		all["runs with their length"] = append(all["runs with their length"], byte(n-3))
	}
	for n := range 12 {
		all[fmt.Sprintf("run of %d", n+1)] = make([]byte, n+1)
	}
	return all
}

func TestShapes(t *testing.T) {
	var d Decoder
	for name, text := range shapes() {
		t.Run(name, func(t *testing.T) {
			s := encoder{}.block(text)
			got, err := s.decode(&d)
			if err != nil || !bytes.Equal(got, text) {
				t.Fatalf("%d bytes and error %v, want %d bytes", len(got), err, len(text))
			}
			if got, err := standard(s); err != nil || !bytes.Equal(got, text) {
				t.Errorf("compress/bzip2 gives %d bytes and error %v, want %d bytes", len(got), err, len(text))
			}
		})
	}
}

func TestForms(t *testing.T) {
	var d Decoder
	for name, test := range map[string]struct {
		encoder
		shape    string
		standard bool // takes it
	}{
		"at a later bit":        {encoder{shift: 5}, "ten values", true},
		"six codes":             {encoder{codes: 6}, "ten values", true},
		"codes of 11 bits":      {encoder{steps: 10}, "ten values", true},
		"codes of 20 bits":      {encoder{steps: 12}, "noise", true},
		"surplus selectors":     {encoder{surplus: 20_000}, "ten values", true},
		"unused code with gaps": {encoder{second: slices.Repeat([]uint8{20}, 12)}, "ten values", true},
		"unused code too full":  {encoder{second: slices.Repeat([]uint8{1}, 12)}, "ten values", false},
	} {
		t.Run(name, func(t *testing.T) {
			text := shapes()[test.shape]
			s := test.block(text)
			got, err := s.decode(&d)
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("%d bytes and error %v, want %d bytes", len(got), err, len(text))
			}
			if got, err := standard(s); test.standard && (err != nil || !bytes.Equal(got, text)) {
				t.Errorf("compress/bzip2 gives %d bytes and error %v, want %d bytes", len(got), err, len(text))
			}
		})
	}
}

func TestInvalid(t *testing.T) {
	million := slices.Repeat([]int{0}, 20)                  // digits of 2^20 - 1 repetitions
	most := append(slices.Repeat([]int{0}, 18), 1)          // of 2^18 - 1 + 2^19
	full := symbolsOfRun(maxBlock - len(shapes()["noise"])) // fills the block
	var d Decoder
	for _, test := range []struct {
		want string
		encoder
		text string
	}{
		{"is randomized", encoder{random: true}, "ten values"},
		{"the row of its text is out of range", encoder{origin: 1 << 20}, "ten values"},
		{"its check sum is another", encoder{origin: 1}, "ten values"},
		{"its check sum is another", encoder{checkSum: 1}, "ten values"},
		{"no byte occurs in it", encoder{}, "nothing"},
		{"the number of its Huffman codes is not 2 to 6", encoder{codes: 1}, "ten values"},
		{"the number of its Huffman codes is not 2 to 6", encoder{codes: 7}, "ten values"},
		{"a selector is out of range", encoder{selector: 2}, "ten values"},
		{"it has more symbols than selectors", encoder{surplus: -1}, "ten values"},
		{"it has more symbols than selectors", encoder{surplus: -1}, "one byte"},
		{"a Huffman code has not 1 to 20 bits", encoder{second: []uint8{1, 21, 1}}, "one byte"},
		{"a Huffman code has not 1 to 20 bits", encoder{second: []uint8{1, 0, 1}}, "one byte"},
		{"a symbol has no such Huffman code", encoder{second: []uint8{1, 1, 1}, selector: 1}, "one byte"},
		{"a symbol has no such Huffman code", encoder{second: []uint8{11, 20, 20}, selector: 1}, "zeros"},
		{"it is longer than 900,000 bytes", encoder{append: million}, "one byte"},
		{"it is longer than 900,000 bytes", encoder{append: slices.Concat(most, []int{2}, most)}, "ten values"},
		{"it is longer than 900,000 bytes", encoder{append: append(full, 2)}, "noise"},
		{"it is longer than 900,000 bytes", encoder{append: append(full, 2, 2)}, "noise"},
	} {
		t.Run(test.want, func(t *testing.T) {
			s := test.block(shapes()[test.text])
			if got, err := s.decode(&d); err == nil || got != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%d bytes and error %v", len(got), err)
			}
			if _, err := standard(s); err == nil {
				t.Error("compress/bzip2 takes it")
			}
		})
	}
}

// Every block that is cut short is an error, and a block with one bit changed gives no other text.
func TestDamaged(t *testing.T) {
	text := []byte("If Peter Piper picked a peck of pickled peppers, where's the peck of pickled peppers Peter Piper picked?")
	whole := encoder{shift: 3, steps: 11}.block(text)
	var d Decoder
	for n := range whole.bits {
		cut := whole
		cut.bits = n
		if got, err := cut.decode(&d); err == nil || got != nil {
			t.Errorf("%d bytes and error %v of %d bits", len(got), err, n)
		}
		cut.bytes = whole.bytes[:(n+whole.shift)/8]
		cut.bits = whole.bits
		if got, err := cut.decode(&d); err == nil || got != nil {
			t.Errorf("%d bytes and error %v of %d bytes", len(got), err, len(cut.bytes))
		}
		flipped := whole
		flipped.bytes = bytes.Clone(whole.bytes)
		flipped.bytes[(n+whole.shift)/8] ^= 0x80 >> ((n + whole.shift) % 8)
		if got, err := flipped.decode(&d); err == nil && !bytes.Equal(got, text) {
			t.Errorf("another text without bit %d", n)
		}
	}
	if _, err := (segment{whole.bytes, whole.shift, whole.bits - 9}).decode(&d); err != io.ErrUnexpectedEOF {
		t.Errorf("error %v at the end of the bytes", err)
	}
}

func TestAppends(t *testing.T) {
	text := shapes()["text"]
	s := encoder{}.block(text)
	var d Decoder
	got, used, err := d.Decode([]byte("before"), append(s.bytes, "behind"...), 0, s.bits+48)
	if err != nil || string(got) != "before"+string(text) || used != s.bits {
		t.Errorf("%d bytes of %d bits and error %v", len(got), used, err)
	}
	if got, _, err := d.Decode([]byte("before"), s.bytes[1:], 0, s.bits-8); err == nil || string(got) != "before" {
		t.Errorf("%q and error %v", got, err)
	}
}

func TestAllocatesNothing(t *testing.T) {
	s := encoder{}.block(shapes()["noise"])
	d := new(Decoder)
	var text []byte
	if n := testing.AllocsPerRun(10, func() { text, _, _ = d.Decode(text[:0], s.bytes, s.shift, s.bits) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// inflate decodes all blocks of a stream.
func inflate(t *testing.T, stream []byte) (text []byte) {
	t.Helper()
	var d Decoder
	for i, s := range split(stream) {
		var (
			used uint
			err  error
		)
		if text, used, err = d.Decode(text, s.bytes, s.shift, s.bits); err != nil || used != s.bits {
			t.Fatalf("block %d: %d of %d bits used, error %v", i, used, s.bits, err)
		}
	}
	return text
}

func TestRealStreams(t *testing.T) {
	for _, name := range []string{
		realTable, realUpdates, realSmall, realCut,
		"mrt/libbgpstream/routeviews.route-views.jinx.updates.1427846400.bz2",
		"mrt/pyasn/rib.20080501.0644_firstMB.bz2",
		"mrt/pyasn/rib6.20151101.0600_firstMB.bz2",
	} {
		t.Run(name, func(t *testing.T) {
			stream := read(t, name)
			want, err := io.ReadAll(stdbzip2.NewReader(bytes.NewReader(stream)))
			got := inflate(t, stream)
			if err != nil && len(got) > 0 { // the last block has no end, and compress/bzip2 gives some of it
				if len(got) > len(want) {
					t.Fatalf("%d bytes, want %d", len(got), len(want))
				}
				want = want[:len(got)]
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%d bytes, want %d", len(got), len(want))
			}
		})
	}
}

// Blocks of full size, by bzip2 itself.
func TestCommand(t *testing.T) {
	program := testkit.Need(t, "bzip2")
	random := rand.New(rand.NewPCG(3, 4))
	var noise, runs []byte
	for range 1_000_000 {
		noise = append(noise, byte(random.Uint32()))
	}
	for len(runs) < 3_000_000 {
		runs = append(runs, bytes.Repeat([]byte{byte(random.IntN(4))}, 1+random.IntN(300))...)
	}
	for name, text := range map[string][]byte{
		"900,000 bytes": noise[:maxBlock],
		"a byte more":   noise[:maxBlock+1],
		"noise":         noise,
		"runs":          runs,
		"zeros":         make([]byte, 50_000_000),
		"periodic":      bytes.Repeat(noise[:5000], 400),
	} {
		for _, level := range []string{"-1", "-9"} {
			t.Run(name+level, func(t *testing.T) {
				cmd := exec.Command(program, "-c", level)
				cmd.Stdin = bytes.NewReader(text)
				stream, err := cmd.Output()
				if err != nil {
					t.Fatal(err)
				}
				if got := inflate(t, stream); !bytes.Equal(got, text) {
					t.Errorf("%d bytes, want %d", len(got), len(text))
				}
			})
		}
	}
}

func TestFirstRun(t *testing.T) {
	for _, text := range shapes() {
		for range 300 {
			want := 0
			for ; want+runLength <= len(text); want++ {
				if c := text[want]; text[want+1] == c && text[want+2] == c && text[want+3] == c {
					break
				}
			}
			if got := firstRun(text); got != want && len(text)-got >= runLength || got > want {
				t.Fatalf("run at %d, want %d", got, want)
			}
			if len(text) == 0 {
				break
			}
			text = text[1:]
		}
	}
}

// Either both decode to the same text, or neither does.
func FuzzDecode(t *testing.F) {
	f := fuzz.With(t)
	for _, name := range []string{realSmall, realUpdates} {
		for i, s := range split(read(f, name)) {
			if i == 0 || s.bits < 1<<17 {
				f.Add(s.bytes, s.shift, s.bits)
			}
		}
	}
	for _, e := range []encoder{{}, {steps: 12}, {surplus: 3, codes: 4}} {
		s := e.block(shapes()["runs of noise"][:300])
		f.Add(s.bytes, s.shift, s.bits)
	}
	d := new(Decoder)
	f.Fuzz(func(t *testing.T, b []byte, shift, bits uint) {
		s := segment{b, shift % 8, min(bits, uint(8*len(b)))}
		s.bits -= min(s.bits, s.shift)
		got, used, err := d.Decode(nil, s.bytes, s.shift, s.bits)
		if err == nil {
			s.bits = used
		} else if s.bits < 80 {
			return
		}
		want, standardErr := standard(s)
		if (err == nil) == (standardErr == nil) && (err != nil || bytes.Equal(got, want)) {
			return
		}
		for i := range d.tables.codes {
			if d.tables.codes[i].limit[maxCode] != 1<<maxCode {
				return // codes with gaps, or too full, are read in another way
			}
		}
		t.Errorf("%d bytes and error %v, compress/bzip2: %d bytes and error %v", len(got), err, len(want), standardErr)
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{realTable, realCut, realUpdates} {
		blocks := split(read(b, name))
		run := func(decode string, f func(segment) int) {
			b.Run(name+"/"+decode, func(b *testing.B) {
				var n int
				for b.Loop() {
					n = 0
					for _, s := range blocks {
						n += f(s)
					}
				}
				b.SetBytes(int64(n))
			})
		}
		var (
			d    Decoder
			text []byte
		)
		run("this", func(s segment) int {
			var err error
			if text, _, err = d.Decode(text[:0], s.bytes, s.shift, s.bits); err != nil {
				b.Fatal(err)
			}
			return len(text)
		})
		run("standard", func(s segment) int {
			text, err := standard(s)
			if err != nil {
				b.Fatal(err)
			}
			return len(text)
		})
	}
}
