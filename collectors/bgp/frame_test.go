package bgp

import (
	"testing"

	"tidemark/internal/testkit/fuzz"
)

// frameLikeDecode compares the quick look at a block with the whole decoding of it.
func frameLikeDecode(t *testing.T, b []byte, form Form) {
	t.Helper()
	var f Frame
	var a Attributes
	f.Parse(b, form)
	err := a.Decode(b, form)
	if f.Short != (err != nil) {
		t.Fatalf("%x: short %v, error %v", b, f.Short, err)
	}
	if err != nil {
		return
	}
	var p Path
	ok := f.DecodePath(&p, form)
	pathIsWell := ok && f.Has(TypeASPath)
	want := a.Present
	for i := range want {
		got := f.Present[i]
		if i == 0 && f.Has(TypeASPath) && !pathIsWell {
			got &^= 1 << TypeASPath
		}
		if got != want[i] {
			t.Fatalf("%x: present %x, decoded %x", b, f.Present, want)
		}
	}
	if !ok {
		return
	}
	if f.Problem != (len(a.Problems()) > 0) {
		t.Fatalf("%x: problem %v, decoded %v", b, f.Problem, a.Problems())
	}
	if p.String() != a.Path.String() {
		t.Fatalf("%x: path %s, decoded %s", b, &p, &a.Path)
	}
}

var forms = []Form{{ASSize: 4}, {ASSize: 2}, {ASSize: 4, RIB: true}, {ASSize: 2, RIB: true}, {ASSize: 4, AddPath: true}}

func FuzzFrame(t *testing.F) {
	f := fuzz.With(t)
	for _, b := range [][]byte{
		nil, attr(1, 0), attr(2, seg4(2, 1, 2, 3)...), attr(2, seg4(1, 1, 2)...), attr(3, 1, 2, 3, 4), attr(7, 0, 0, 91, 160, 10, 0, 0, 1), attr(8, 1, 2, 3, 4, 5),
		segs(attr(2, seg2(2, 23456, 7)...), attr(17, seg4(2, 70000, 7)...)),
		segs(attr(2, seg2(2, 23456, 7)...), attr(7, 0, 5, 1, 1, 1, 1), attr(17, seg4(2, 70000, 7)...), attr(18, 0, 1, 17, 112, 1, 1, 1, 1)),
		attr(14, append([]byte{16}, make([]byte, 16)...)...), attr(14, 0, 1, 1, 4, 1, 2, 3, 4, 0, 8, 10), attr(15, 0, 2, 1), attr(32, 1, 2, 3), attr(35, 0, 0, 0, 9), attr(99, 1),
	} {
		for i := range forms {
			f.Add(b, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, form uint8) { frameLikeDecode(t, b, forms[int(form)%len(forms)]) })
}
