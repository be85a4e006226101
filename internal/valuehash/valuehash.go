// Package valuehash hashes Go values by everything that can be reached from them: fields of any visibility, elements, and what pointers
// lead to. Equal values have equal hashes in every process of the same program.
package valuehash

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// ErrHidden is returned for a value that has something whose content cannot be read: a closure, a channel, or an unsafe pointer.
var ErrHidden = errors.New("the value holds something that cannot be hashed")

// Sum is the hash of a value.
type Sum [sha256.Size]byte

// Hasher hashes values several of which lead to the same large ones. Its methods may be called at the same time.
type Hasher struct {
	shared map[reflect.Type]bool

	mu    sync.RWMutex
	known map[unsafe.Pointer]map[reflect.Type]Sum // the pointers keep their values, so that no other one takes their place in memory
}

// New returns a Hasher that follows each pointer to a value of those types once. These values must not change any more, and are kept
// as long as the Hasher is.
func New(shared ...reflect.Type) *Hasher {
	h := &Hasher{shared: map[reflect.Type]bool{}, known: map[unsafe.Pointer]map[reflect.Type]Sum{}}
	for _, t := range shared {
		h.shared[t] = true
	}
	return h
}

// Sum returns the hash of v.
func (h *Hasher) Sum(v any) (Sum, error) {
	w := &walk{hasher: h}
	if err := w.value(reflect.ValueOf(v)); err != nil {
		return Sum{}, err
	}
	return w.sum(), nil
}

// maxDepth bounds how far pointers are followed: values that lead to themselves have no end.
const maxDepth = 100

// flushSize is how many bytes are hashed at a time.
const flushSize = 4096

// walk is the way through one value. What it writes can be read in one way only: texts and lists begin with their length, and what
// lies behind an interface with its type.
type walk struct {
	hasher *Hasher
	done   []byte // that is not hashed yet
	digest interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}
	depth int
}

func (w *walk) sum() (sum Sum) {
	if w.digest == nil {
		return sha256.Sum256(w.done)
	}
	w.digest.Write(w.done)
	copy(sum[:], w.digest.Sum(nil))
	return sum
}

func (w *walk) flush() {
	if len(w.done) < flushSize {
		return
	}
	if w.digest == nil {
		w.digest = sha256.New()
	}
	w.digest.Write(w.done)
	w.done = w.done[:0]
}

func (w *walk) number(n uint64) { w.done = binary.AppendUvarint(w.done, n) }

func (w *walk) text(s string) {
	w.number(uint64(len(s)))
	w.done = append(w.done, s...)
}

func (w *walk) value(v reflect.Value) error {
	w.flush()
	switch v.Kind() {
	case reflect.Invalid: // nil in an interface
		w.text("")
	case reflect.Bool:
		n := uint64(0)
		if v.Bool() {
			n = 1
		}
		w.number(n)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.done = binary.AppendVarint(w.done, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		w.number(v.Uint())
	case reflect.Float32, reflect.Float64:
		w.number(math.Float64bits(v.Float()))
	case reflect.Complex64, reflect.Complex128:
		w.number(math.Float64bits(real(v.Complex())))
		w.number(math.Float64bits(imag(v.Complex())))
	case reflect.String:
		w.text(v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			if err := w.value(v.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Slice:
		return w.slice(v)
	case reflect.Array:
		return w.elements(v)
	case reflect.Map:
		return w.entries(v)
	case reflect.Interface:
		if v = v.Elem(); v.IsValid() {
			w.text(nameOf(v.Type()))
		}
		return w.value(v)
	case reflect.Pointer:
		return w.pointer(v)
	case reflect.Func:
		return w.function(v)
	default:
		return fmt.Errorf("%w: a %s", ErrHidden, v.Type())
	}
	return nil
}

// nameOf returns the name of a type with the whole path of its package.
func nameOf(t reflect.Type) string { return t.PkgPath() + " " + t.String() }

func (w *walk) slice(v reflect.Value) error {
	if v.IsNil() { // templates and encoders tell it from an empty one
		w.number(0)
		return nil
	}
	w.number(uint64(v.Len()) + 1)
	if v.Type().Elem().Kind() == reflect.Uint8 {
		w.done = append(w.done, v.Bytes()...)
		return nil
	}
	return w.elements(v)
}

func (w *walk) elements(v reflect.Value) error {
	for i := range v.Len() {
		if err := w.value(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// entries hashes each entry of a map by itself, and sorts the hashes.
func (w *walk) entries(v reflect.Value) error {
	if v.IsNil() {
		w.number(0)
		return nil
	}
	w.number(uint64(v.Len()) + 1)
	var all []Sum
	for each := v.MapRange(); each.Next(); {
		entry := &walk{hasher: w.hasher, depth: w.depth}
		if err := errors.Join(entry.value(each.Key()), entry.value(each.Value())); err != nil {
			return err
		}
		all = append(all, entry.sum())
	}
	slices.SortFunc(all, func(a, b Sum) int { return bytes.Compare(a[:], b[:]) })
	for _, sum := range all {
		w.done = append(w.done, sum[:]...)
	}
	return nil
}

func (w *walk) pointer(v reflect.Value) error {
	if v.IsNil() {
		w.number(0)
		return nil
	}
	w.number(1)
	if w.depth++; w.depth > maxDepth {
		return fmt.Errorf("%w: a %s that leads to itself", ErrHidden, v.Type())
	}
	defer func() { w.depth-- }()
	target := v.Type().Elem()
	if !w.hasher.shared[target] {
		return w.value(v.Elem())
	}
	sum, known := w.hasher.look(v.UnsafePointer(), target)
	if !known {
		below := &walk{hasher: w.hasher, depth: w.depth}
		if err := below.value(v.Elem()); err != nil {
			return err
		}
		sum = below.sum()
		w.hasher.remember(v.UnsafePointer(), target, sum)
	}
	w.done = append(w.done, sum[:]...)
	return nil
}

func (h *Hasher) look(p unsafe.Pointer, of reflect.Type) (sum Sum, known bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	sum, known = h.known[p][of]
	return sum, known
}

func (h *Hasher) remember(p unsafe.Pointer, of reflect.Type, sum Sum) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known[p] == nil { // a struct and its first field have the same address
		h.known[p] = map[reflect.Type]Sum{}
	}
	h.known[p][of] = sum
}

// function hashes the name of a function that is declared, whose behaviour the program decides. Others may have captured anything.
func (w *walk) function(v reflect.Value) error {
	if v.IsNil() {
		w.number(0)
		return nil
	}
	f := runtime.FuncForPC(v.Pointer())
	if f == nil {
		return fmt.Errorf("%w: a %s", ErrHidden, v.Type())
	}
	_, name, _ := strings.Cut(f.Name()[strings.LastIndex(f.Name(), "/")+1:], ".")
	if strings.ContainsAny(name, ".-[") { // closures, method values, and instances of generic functions
		return fmt.Errorf("%w: %s", ErrHidden, f.Name())
	}
	w.number(1)
	w.text(f.Name())
	return nil
}
