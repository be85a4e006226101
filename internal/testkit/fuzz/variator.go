package fuzz

import (
	"math/bits"
	"math/rand/v2"
	"reflect"
	"slices"
)

// maxInput bounds a variation, in bytes: inputs grow by repetition.
const maxInput = 1 << 16

// Numbers at which parsers go wrong, in one, two and four bytes.
var edges = []uint64{0, 1, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF}

// variator makes inputs of those that are known. The same number and inputs make the same variations.
type variator struct {
	random *rand.PCG
	seeds  []input
	bytes  [][]byte // what one may have from another: all texts of the seeds
	now    input
	spare  [][]byte // a buffer for each argument, which the next variation overwrites
}

func newVariator(number uint64, seeds []input) *variator {
	v := &variator{random: rand.NewPCG(number, 0x9E3779B97F4A7C15), seeds: seeds}
	for _, in := range seeds {
		for _, a := range in {
			if b := content(a); len(b) > 0 {
				v.bytes = append(v.bytes, b)
			}
		}
	}
	for _, a := range seeds[0] {
		v.now = append(v.now, reflect.New(a.Type()).Elem())
		v.spare = append(v.spare, nil)
	}
	return v
}

// content returns the bytes of an argument that has some.
func content(a reflect.Value) []byte {
	switch {
	case a.Kind() == reflect.String:
		return []byte(a.String())
	case a.Kind() == reflect.Slice:
		return a.Bytes()
	}
	return nil
}

// below returns a number from 0 to n-1; n is above 0.
func (v *variator) below(n int) int { return int(v.random.Uint64() >> 1 % uint64(n)) }

// next returns the next input. It is valid until next is called again.
func (v *variator) next() input {
	seed := v.seeds[v.below(len(v.seeds))]
	changed := v.below(len(seed)) // one argument always, any other sometimes
	for i, a := range seed {
		to := v.now[i]
		if i != changed && v.below(4) > 0 {
			to.Set(a)
			if a.Kind() == reflect.Slice {
				v.spare[i] = append(v.spare[i][:0], a.Bytes()...)
				to.SetBytes(v.spare[i])
			}
			continue
		}
		switch {
		case a.Kind() == reflect.Slice:
			v.spare[i] = v.varied(append(v.spare[i][:0], a.Bytes()...))
			to.SetBytes(v.spare[i])
		case a.Kind() == reflect.String:
			v.spare[i] = v.varied(append(v.spare[i][:0], a.String()...))
			to.SetString(string(v.spare[i]))
		case a.Kind() == reflect.Bool:
			to.SetBool(v.below(2) == 0)
		case a.CanUint():
			to.SetUint(v.number(a.Uint()))
		case a.CanInt():
			to.SetInt(int64(v.number(uint64(a.Int()))))
		default:
			panic("no variation of " + a.Type().String())
		}
	}
	return v.now
}

// number returns a number near n, at an edge, or any.
func (v *variator) number(n uint64) uint64 {
	switch v.below(4) {
	case 0:
		return n + uint64(v.below(5)) - 2
	case 1:
		return edges[v.below(len(edges))]
	case 2:
		return -edges[v.below(len(edges))]
	}
	return v.random.Uint64()
}

// varied changes b in one to eight ways, fewer more often.
func (v *variator) varied(b []byte) []byte {
	for range 1 + v.below(1+v.below(8)) {
		if len(b) == 0 {
			b = append(b, byte(v.random.Uint64()))
			continue
		}
		at := v.below(len(b))
		switch v.below(9) {
		case 0:
			b[at] ^= 1 << v.below(8)
		case 1:
			b[at] = byte(v.random.Uint64())
		case 2:
			b[at] += byte(v.below(33) - 16)
		case 3:
			b = v.edge(b, at)
		case 4: // takes a part out
			n := v.length(len(b) - at)
			b = append(b[:at], b[at+n:]...)
		case 5: // cuts the end off
			b = b[:at]
		case 6: // repeats a part
			n := v.length(len(b) - at)
			b = insert(b, at, b[at:at+n])
		case 7: // moves a part over another
			from := v.below(len(b))
			n := v.length(len(b) - max(at, from))
			copy(b[at:at+n], b[from:from+n])
		case 8: // puts a part of another input in
			if len(v.bytes) == 0 {
				continue
			}
			other := v.bytes[v.below(len(v.bytes))]
			from := v.below(len(other))
			b = insert(b, at, other[from:from+v.length(len(other)-from)])
		}
	}
	return b
}

// edge writes one of the edges over b from at, in network byte order.
func (v *variator) edge(b []byte, at int) []byte {
	n := edges[v.below(len(edges))]
	size := 1 << v.below(3)
	for i := range min(size, len(b)-at) {
		b[at+i] = byte(n >> (8 * (size - 1 - i)))
	}
	return b
}

// length returns a length from 1 to n, short ones as often as long ones.
func (v *variator) length(n int) int {
	return 1 + v.below(min(n, 1<<v.below(bits.Len(uint(n)))))
}

// insert returns b with part before at, unless that is too long.
func insert(b []byte, at int, part []byte) []byte {
	if len(b)+len(part) > maxInput {
		return b
	}
	return slices.Insert(b, at, part...)
}
