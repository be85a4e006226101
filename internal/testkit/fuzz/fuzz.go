// Package fuzz runs the fuzzers of the tests with a second engine beside that of go test: variations of the inputs that are known, without
// coverage and in the fuzzer's own process.
//
// The engine of go test finds inputs that reach new code, but writes each input as text, hands it to another process and clears counters:
// a parser that needs a microsecond is given some 80,000 inputs a second. In a loop it is given up to two million. So the one
// finds the inputs and the other varies them.
package fuzz

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// The environment turns the second engine on: FUZZVARY is how long it runs (as in 30s), FUZZSEED the first of its random numbers, FUZZCORPUS a
// folder of more inputs, in the form of go test.
const varyFor, seedOf, corpusDir = "FUZZVARY", "FUZZSEED", "FUZZCORPUS"

// An input that needs this long is a hang.
const longest = 30 * time.Second

// Each batch of inputs is a test of its own, so that folders and other things that a target leaves to the end of its test do not pile up.
const batch = 1000

// F is a fuzzer that either engine runs.
type F struct {
	*testing.F
	seeds []input
}

// input is the arguments of a target after its *testing.T.
type input []reflect.Value

// With returns f as a fuzzer that the environment may give to the second engine.
func With(f *testing.F) *F { return &F{F: f} }

// Add adds an input to those that both engines begin with.
func (f *F) Add(args ...any) {
	f.F.Add(args...)
	var in input
	for _, a := range args {
		in = append(in, reflect.ValueOf(a))
	}
	f.seeds = append(f.seeds, in)
}

// Fuzz calls target with inputs, as [testing.F.Fuzz] does. Where FUZZVARY is set, it tries variations for that long and then prints how many
// there were, in the words of go test. An input that fails, panics or needs 30 s is written into testdata/fuzz, from where each later test tries
// it.
func (f *F) Fuzz(target any) {
	text, on := os.LookupEnv(varyFor)
	if !on {
		f.F.Fuzz(target)
		return
	}
	total, err := time.ParseDuration(text)
	if err != nil {
		f.Fatalf("%s=%s: want for example 30s or 10m", varyFor, text)
	}
	number, err := strconv.ParseUint(os.Getenv(seedOf), 10, 64)
	if err != nil && os.Getenv(seedOf) != "" {
		f.Fatalf("%s=%s: want a number", seedOf, os.Getenv(seedOf))
	}
	kept := filepath.Join("testdata", "fuzz", f.Name())
	kind := reflect.TypeOf(target)
	for _, dir := range []string{kept, os.Getenv(corpusDir)} {
		known, err := readCorpus(dir, kind)
		if err != nil {
			f.Fatal(err)
		}
		f.seeds = append(f.seeds, known...)
	}
	if len(f.seeds) == 0 {
		f.Fatal("no input to vary: add one")
	}
	l := &loop{call: caller(target), vary: newVariator(number, f.seeds), kept: kept}
	begun := time.Now()
	stop := l.watch()
	defer stop()
	// go test calls what follows once for each seed, with a test for it: the first becomes the loop.
	f.F.Fuzz(reflect.MakeFunc(kind, func(args []reflect.Value) []reflect.Value {
		t := args[0].Interface().(*testing.T)
		for time.Since(begun) < total && !t.Failed() {
			t.Run("", l.batch)
		}
		return nil
	}).Interface())
	elapsed := time.Since(begun).Round(time.Second)
	fmt.Printf("fuzz: elapsed: %ds, execs: %d (seed %d)\n", int(elapsed.Seconds()), l.done.Load(), number)
}

// loop calls a target with one variation after another.
type loop struct {
	call func(*testing.T, input)
	vary *variator
	kept string // the folder for inputs that fail
	now  input  // the last that was made
	done atomic.Int64
}

// batch tries some inputs, and keeps the one that fails.
func (l *loop) batch(t *testing.T) {
	finished := false
	defer func() {
		if finished && !t.Failed() {
			return
		}
		path, err := keep(l.kept, l.now)
		if err != nil {
			t.Errorf("the failing input cannot be kept: %v", err)
		}
		t.Logf("Failing input written to %s", path)
	}()
	for begun, i := time.Now(), 0; i < batch && !t.Failed(); i++ {
		l.now = l.vary.next()
		l.done.Add(1) // what watch reads of now happened before
		l.call(t, l.now)
		if i%64 == 0 && time.Since(begun) > time.Second {
			break
		}
	}
	finished = true
}

// watch ends the process when one input takes too long; the function that it returns ends the watch.
func (l *loop) watch() (stop func()) {
	end := make(chan struct{})
	go func() {
		last := int64(-1)
		for tick := time.NewTicker(longest); ; {
			select {
			case <-end:
				tick.Stop()
				return
			case <-tick.C:
			}
			done := l.done.Load()
			if done == last {
				path, err := keep(l.kept, l.now)
				panic(fmt.Sprintf("an input takes more than %v: Failing input written to %s (%v)", longest, path, err))
			}
			last = done
		}
	}()
	return func() { close(end) }
}

// caller returns a function that calls target; the commonest kinds without reflection, which costs as much as a fast target.
func caller(target any) func(*testing.T, input) {
	switch f := target.(type) {
	case func(*testing.T, []byte):
		return func(t *testing.T, in input) { f(t, in[0].Bytes()) }
	case func(*testing.T, string):
		return func(t *testing.T, in input) { f(t, in[0].String()) }
	}
	f := reflect.ValueOf(target)
	return func(t *testing.T, in input) { f.Call(append([]reflect.Value{reflect.ValueOf(t)}, in...)) }
}
