package archive_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/collectors/archive"
)

// TestPacked: text lies compressed, is read as it was received, and is known by the hash of what was received; everything else lies
// as it was received.
func TestPacked(t *testing.T) {
	a := &archive.Archive{Dir: t.TempDir()}
	for name, c := range map[string]struct {
		content []byte
		packed  bool
	}{
		"text":    {[]byte(strings.Repeat("192.0.2.0/24,64496 é\n", 1000)), true},
		"short":   {[]byte("192.0.2.0/24,64496\n"), false},
		"gzip":    {append([]byte{0x1f, 0x8b, 8, 0}, bytes.Repeat([]byte("x"), 8<<10)...), false},
		"bzip2":   {append([]byte("BZh91AY&SY\x01\xff"), bytes.Repeat([]byte{0xc3, 0x28}, 8<<10)...), false},
		"zeros":   {make([]byte, 8<<10), false},
		"cut é":   {[]byte(strings.Repeat("x", 511) + strings.Repeat("é", 8<<10)), true},
		"latin 1": {bytes.Repeat([]byte("caf\xe9 "), 2<<10), false},
	} {
		raw, added, err := a.Add(archive.Raw{Kind: "roas", Name: name, Day: day}, bytes.NewReader(c.content))
		if err != nil || !added {
			t.Fatal(name, err)
		}
		kept, err := a.Get(raw)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(c.content)
		if kept.SHA256 != hex.EncodeToString(sum[:]) || kept.Bytes != int64(len(c.content)) || (kept.Packed != nil) != c.packed {
			t.Errorf("%s: %+v", name, kept)
		}
		held, err := os.ReadFile(filepath.Join(a.Dir, filepath.FromSlash(kept.ID())))
		if err != nil {
			t.Fatal(err)
		}
		heldSum := sha256.Sum256(held)
		if s, n := kept.Held(); s != hex.EncodeToString(heldSum[:]) || n != int64(len(held)) || c.packed == bytes.Equal(held, c.content) {
			t.Errorf("%s: %d bytes on the disk, the note says %d with %s", name, len(held), n, s)
		}
		in, err := kept.OpenBytes()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(in); err != nil || !bytes.Equal(got, c.content) {
			t.Errorf("%s: %d bytes are read: %v", name, len(got), err)
		}
		in.Close()
		if _, added, err := a.Add(raw, bytes.NewReader(c.content)); err != nil || added {
			t.Errorf("%s again: %v, %v", name, added, err)
		}
		if !c.packed {
			continue
		}
		kept.Bytes-- // a note that promises less than the file holds, as of a bomb
		if in, err = kept.OpenBytes(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(in); err == nil {
			t.Errorf("%s: more bytes than the note has are read", name)
		}
		in.Close()
	}
	if left, _ := filepath.Glob(filepath.Join(a.Dir, "roas", "*", ".tmp-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
