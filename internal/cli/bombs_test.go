package cli

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"tidemark/collectors/archive"
	"tidemark/datasets/table"
	"tidemark/internal/compression"
	"tidemark/internal/testkit"
)

// TestBombs: every decoder stops at the limit of a small file that inflates to a gigabyte, or earlier at a file that is not
// of its kind, and writes nothing. Most decoders skip blank lines, so newlines reach further than zeros. The limit is lower
// than the real one, which package compression tests, so that a decoder that obeys it ends early. Allocations count for the whole process: the test is not parallel.
func TestBombs(t *testing.T) {
	limit := compression.DefaultLimit()
	limit.Free, limit.Ratio = 4<<20, 4
	const piece, pieces = 5 << 20, 200
	for _, fill := range []byte{0, '\n'} {
		text := bytes.Repeat([]byte{fill}, piece)
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(text)
		w.Close()
		c := exec.Command(testkit.Need(t, "bzip2"), "-c")
		c.Stdin = bytes.NewReader(text)
		b, err := c.Output()
		if err != nil {
			t.Fatalf("bzip2: %v", err)
		}
		for ending, content := range map[string][]byte{".gz": bytes.Repeat(z.Bytes(), pieces), ".bz2": bytes.Repeat(b, pieces)} {
			for _, c := range Kinds() {
				name := map[string]string{"rfc-texts": "rfc6052.txt"}[c.Name()]
				path := filepath.Join(t.TempDir(), name+"x"+ending)
				if name != "" {
					path = filepath.Join(t.TempDir(), name+ending)
				}
				if err := os.WriteFile(path, content, 0o644); err != nil {
					t.Fatal(err)
				}
				raw, err := archive.RawFile(c.Name(), "rrc00", path, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
				if err != nil {
					t.Fatal(err)
				}
				raw.Limit = limit
				into := (&table.Store{Dir: t.TempDir()}).Begin(raw.Input())
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				err = c.Decode(context.Background(), raw, into)
				runtime.ReadMemStats(&after)
				places, damaged := into.Damaged()
				into.Abort()
				said := ""
				if err != nil {
					said = err.Error()
				}
				for _, p := range places {
					said += p
				}
				if err == nil && damaged == 0 {
					t.Errorf("%s of %q, %s: accepted", c.Name(), fill, ending)
				}
				if !strings.Contains(said, filepath.Base(path)) {
					t.Errorf("%s of %q, %s: the error %q does not name the file", c.Name(), fill, ending, said)
				}
				if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 128 {
					t.Errorf("%s of %q, %s: %d MB were allocated", c.Name(), fill, ending, grown)
				}
			}
		}
	}
}
