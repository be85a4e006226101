package routes

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/internal/testkit/tables"
)

// TestQuietInterval: a compressed file of updates without a record is a partition without rows; one of no octets is an error.
func TestQuietInterval(t *testing.T) {
	t.Parallel()
	var empty bytes.Buffer
	if err := gzip.NewWriter(&empty).Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		content []byte
		quiet   bool
	}{
		{"updates.20240101.0005.gz", empty.Bytes(), true},
		{"updates.20240101.0005.gz", nil, false},
		{"bview.20240101.0000.gz", empty.Bytes(), false},
		{"some.gz", empty.Bytes(), false},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, c.content, 0o644); err != nil {
			t.Fatal(err)
		}
		manifests, err := tables.Decode(t, tables.Store(t), MRT{}, "rrc00", path, time.Time{})
		quiet := err == nil && len(manifests) == 2
		for _, m := range manifests {
			quiet = quiet && (m.Dataset == "updates" || m.Dataset == "update_errors") && m.Rows == 0
		}
		if quiet != c.quiet {
			t.Errorf("%s of %d octets: %v, %v", c.name, len(c.content), manifests, err)
		}
	}
}
