package valuehash_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"tidemark/internal/valuehash"
)

type inner struct {
	Name  string
	count int
}

type outer struct {
	A, B   string
	List   []string
	Map    map[string]*inner
	Any    any
	Inner  *inner
	Time   time.Time
	Call   func(string) string
	offset uintptr
	hidden [2]float64
}

func sample() *outer {
	return &outer{A: "a", B: "b", List: []string{"x", "yz"}, Map: map[string]*inner{"k": {"n", 1}, "l": {"m", 2}, "o": nil}, Any: int64(3), Inner: &inner{"i", 4},
		Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Call: strings.ToLower, offset: 8, hidden: [2]float64{1, math.NaN()}}
}

func sumOf(t *testing.T, v any) valuehash.Sum {
	t.Helper()
	sum, err := valuehash.New(reflect.TypeFor[inner]()).Sum(v)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestSum: equal values have one hash, and each change has another one.
func TestSum(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*outer){
		"nothing":             func(*outer) {},
		"a field":             func(o *outer) { o.A = "A" },
		"a border":            func(o *outer) { o.A, o.B = "ab", "" },
		"a border of a list":  func(o *outer) { o.List = []string{"xy", "z"} },
		"an element":          func(o *outer) { o.List = append(o.List, "") },
		"an empty list":       func(o *outer) { o.List = []string{} },
		"no list":             func(o *outer) { o.List = nil },
		"an unexported field": func(o *outer) { o.Map["k"].count = 9 },
		"a value of a map":    func(o *outer) { o.Map["k"], o.Map["l"] = o.Map["l"], o.Map["k"] },
		"a key of a map":      func(o *outer) { delete(o.Map, "o") },
		"an empty map":        func(o *outer) { o.Map = map[string]*inner{} },
		"no map":              func(o *outer) { o.Map = nil },
		"a type":              func(o *outer) { o.Any = 3 },
		"another type":        func(o *outer) { o.Any = "\x03" },
		"nil in an interface": func(o *outer) { o.Any = nil },
		"a pointer's target":  func(o *outer) { o.Inner.Name = "j" },
		"a nil pointer":       func(o *outer) { o.Inner = nil },
		"a time":              func(o *outer) { o.Time = o.Time.Add(1) },
		"a function":          func(o *outer) { o.Call = strings.ToUpper },
		"an offset":           func(o *outer) { o.offset = 16 },
		"no function":         func(o *outer) { o.Call = nil },
		"a hidden number":     func(o *outer) { o.hidden[0] = -1 },
	}
	met := map[valuehash.Sum]string{}
	for name, change := range changes {
		o := sample()
		change(o)
		sum := sumOf(t, o)
		if other, known := met[sum]; known {
			t.Errorf("%s and %s have the same hash", name, other)
		}
		met[sum] = name
	}
	if met[sumOf(t, sample())] != "nothing" {
		t.Error("two equal values have different hashes")
	}
}

// TestShared: values of shared types are hashed once, and their addresses stay theirs.
func TestShared(t *testing.T) {
	t.Parallel()
	h := valuehash.New(reflect.TypeFor[inner]())
	met := map[valuehash.Sum]int{}
	for n := range 10_000 { // were the hasher to forget what an address belongs to, the next value could have it
		sum, err := h.Sum(&inner{"n", n})
		if err != nil {
			t.Fatal(err)
		}
		if other, known := met[sum]; known {
			t.Fatalf("%d and %d have the same hash", n, other)
		}
		met[sum] = n
	}
	one := &inner{"n", 7}
	first, err := h.Sum([]*inner{one, one})
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := h.Sum([]*inner{one, {"n", 7}}); first != second {
		t.Error("the hash depends on whether two pointers are the same")
	}
}

// TestHidden: what cannot be read is an error.
func TestHidden(t *testing.T) {
	t.Parallel()
	captured := ""
	self := new(any)
	*self = self
	for name, v := range map[string]any{
		"closure":      func() string { return captured },
		"method value": time.Now().String,
		"channel":      make(chan int),
		"address":      unsafe.Pointer(new(int)),
		"circle":       self,
	} {
		if _, err := valuehash.New().Sum([]any{v}); !errors.Is(err, valuehash.ErrHidden) {
			t.Errorf("%s: %v, want %v", name, err, valuehash.ErrHidden)
		}
	}
}
