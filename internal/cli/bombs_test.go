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
)

// bombsVariable marks the process of TestBombs alone. It lowers the limit, as the real one would take a minute; that this one
// holds is tested where it is.
const bombsVariable = "TIDEMARK_TEST_BOMBS"

// TestBombs: every decoder stops at the limit of a small file that inflates to a gigabyte, or earlier at a file that is not
// of its kind, and keeps nothing. The text matters: blank lines are skipped by most.
func TestBombs(t *testing.T) {
	if os.Getenv(bombsVariable) == "" {
		t.Parallel()
		cmd := exec.Command(os.Args[0], "-test.run=^TestBombs$")
		cmd.Env = append(os.Environ(), bombsVariable+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	compression.Default.Free = 4 << 20
	const piece, pieces = 5 << 20, 200
	for _, fill := range []byte{0, '\n'} {
		text := bytes.Repeat([]byte{fill}, piece)
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(text)
		w.Close()
		c := exec.Command(tool(t, "bzip2"), "-c")
		c.Stdin = bytes.NewReader(text)
		b, err := c.Output()
		if err != nil {
			t.Fatalf("bzip2: %v", err)
		}
		for ending, content := range map[string][]byte{".gz": bytes.Repeat(z.Bytes(), pieces), ".bz2": bytes.Repeat(b, pieces)} {
			for _, c := range kinds() {
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
				if err == nil && damaged == 0 || !strings.Contains(said, filepath.Base(path)) {
					t.Errorf("%s of %q, %s: not refused: %q", c.Name(), fill, ending, said)
				}
				if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 512 {
					t.Errorf("%s of %q, %s: %d MB were allocated", c.Name(), fill, ending, grown)
				}
			}
		}
	}
}
