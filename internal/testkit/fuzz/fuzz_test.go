package fuzz

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// With FUZZ_BREAK in the environment, FuzzPair fails in the way that it names, for some of its inputs.
const breakBy = "FUZZ_BREAK"

func FuzzPair(t *testing.F) {
	f := With(t)
	f.Add([]byte("\x00\x04abcd\x00\x02ef"), "name", uint8(3), true, -5)
	f.Add([]byte{}, "", uint8(0), false, 0)
	by := os.Getenv(breakBy)
	f.Fuzz(func(t *testing.T, b []byte, s string, kind uint8, on bool, n int) {
		if len(b) > maxInput || len(s) > maxInput {
			t.Fatalf("inputs of %d and %d bytes", len(b), len(s))
		}
		if !on || !bytes.Contains(b, []byte{0xFF}) {
			return
		}
		switch by {
		case "error":
			t.Error("FF came")
		case "panic":
			panic("FF came")
		}
	})
}

// runs FuzzPair in a process of its own, with the variations, and returns what it printed and the inputs that it kept.
func runs(t *testing.T, by string) (printed string, kept []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := exec.Command(self, "-test.run", "^FuzzPair$", "-test.v")
	c.Dir = dir
	c.Env = append(os.Environ(), varyFor+"=300ms", breakBy+"="+by)
	out, err := c.CombinedOutput()
	if failed := err != nil; failed != (by != "") {
		t.Fatalf("%v\n%s", err, out)
	}
	kept, err = filepath.Glob(filepath.Join(dir, "testdata", "fuzz", "FuzzPair", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return string(out), kept
}

func TestSoundTarget(t *testing.T) {
	printed, kept := runs(t, "")
	var seconds, execs int
	at := strings.Index(printed, "fuzz: elapsed:")
	if at < 0 || len(kept) > 0 {
		t.Fatalf("kept %v\n%s", kept, printed)
	}
	if _, err := fmt.Sscanf(printed[at:], "fuzz: elapsed: %ds, execs: %d", &seconds, &execs); err != nil || execs < batch {
		t.Errorf("%d inputs, %v\n%s", execs, err, printed)
	}
}

// What fails is kept in the form of go test, for the next test to try; it is the input that failed, not one before or after it.
func TestFailuresAreKept(t *testing.T) {
	for _, by := range []string{"error", "panic"} {
		printed, kept := runs(t, by)
		if len(kept) == 0 || !strings.Contains(printed, "Failing input written to "+filepath.Join("testdata", "fuzz", "FuzzPair", filepath.Base(kept[0]))) {
			t.Fatalf("%s: kept %v\n%s", by, kept, printed)
		}
		text, err := os.ReadFile(kept[0])
		if err != nil {
			t.Fatal(err)
		}
		in, err := parseInput(string(text), reflect.TypeFor[func(*testing.T, []byte, string, uint8, bool, int)]())
		if err != nil {
			t.Fatalf("%s: %v\n%s", by, err, text)
		}
		if !in[3].Bool() || !bytes.Contains(in[0].Bytes(), []byte{0xFF}) {
			t.Errorf("%s: the kept input does not fail:\n%s", by, text)
		}
	}
}

func TestSameSeedSameVariations(t *testing.T) {
	seeds := []input{{reflect.ValueOf([]byte("hello, here is a text")), reflect.ValueOf("and a second one")}, {reflect.ValueOf([]byte{}), reflect.ValueOf("x")}}
	one, two, other := newVariator(1, seeds), newVariator(1, seeds), newVariator(2, seeds)
	same, different := 0, map[string]bool{}
	for range 2000 {
		a := fmt.Sprintf("%q", one.next())
		if b := fmt.Sprintf("%q", two.next()); a != b {
			t.Fatalf("%s and %s", a, b)
		}
		if a == fmt.Sprintf("%q", other.next()) {
			same++
		}
		different[a] = true
	}
	if same > 200 || len(different) < 500 {
		t.Errorf("%d of 2000 are those of another seed, %d differ", same, len(different))
	}
	if string(seeds[0][0].Bytes()) != "hello, here is a text" {
		t.Errorf("a seed became %q", seeds[0][0].Bytes())
	}
}

// The form is that of go test: what one writes the other reads.
func TestInputForm(t *testing.T) {
	kind := reflect.TypeFor[func(*testing.T, []byte, string, uint8, bool, int)]()
	in := input{reflect.ValueOf([]byte("a\x00\"\xff\n")), reflect.ValueOf("ü\xff`"), reflect.ValueOf(uint8(200)), reflect.ValueOf(true), reflect.ValueOf(-7)}
	path, err := keep(t.TempDir(), in)
	if err != nil {
		t.Fatal(err)
	}
	all, err := readCorpus(filepath.Dir(path), kind)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	for i, v := range all[0] {
		if !reflect.DeepEqual(v.Interface(), in[i].Interface()) {
			t.Errorf("argument %d: %v, want %v", i, v, in[i])
		}
	}
	in, err = parseInput("go test fuzz v1\n[]byte(\"\")\nstring(\"\")\nbyte('\\x07')\nbool(false)\nint(-3)\n", kind)
	if err != nil || in[2].Uint() != 7 || in[3].Bool() || in[4].Int() != -3 {
		t.Error(in, err)
	}
	for _, bad := range []string{"", "go test fuzz v1\nint(1)\n", "go test fuzz v2\n[]byte(\"\")\nstring(\"\")\nbyte(1)\nbool(true)\nint(1)\n",
		"go test fuzz v1\n[]byte(\"\")\nstring(\"\")\nbyte()\nbool(true)\nint(1)\n", "go test fuzz v1\n[]byte(\"\")\nx\nbyte(1)\nbool(true)\nint(1)\n"} {
		if in, err := parseInput(bad, kind); err == nil {
			t.Errorf("%q was read as %v", bad, in)
		}
	}
}
