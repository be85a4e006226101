// Package inflated has, for tests, the content of compressed files.
package inflated

import (
	"io"
	"os"
	"testing"

	"tidemark/internal/compression"
)

// Open returns the decompressed content of a file, which stays open until the test ends.
func Open(t testing.TB, path string) io.Reader {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	in, err := compression.NewReader(f)
	if err != nil {
		f.Close()
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); f.Close() })
	return in
}

// Read returns the decompressed content of a file.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := io.ReadAll(Open(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
