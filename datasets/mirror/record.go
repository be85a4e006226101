package mirror

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// record holds for each object how it stood on both sides when they were last alike. It spares work and tells a removal
// from a novelty; without it everything is compared by its SHA-256 and nothing is removed.
type record struct {
	path    string
	address string // of the copy that it speaks of
	entries map[string]entry
}

type entry struct {
	sum   string // SHA-256 in hex
	size  int64
	here  string // mark of its version; empty: was not here
	there string // likewise
}

const recordFormat = "tidemark-storage-1"

func loadRecord(path, address string) (*record, error) {
	r := &record{path: path, address: address, entries: map[string]entry{}}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	if !lines.Scan() || lines.Text() != recordFormat+"\t"+address {
		return r, nil // of another copy: tells nothing about this one
	}
	for lines.Scan() {
		f := strings.SplitN(lines.Text(), "\t", 5)
		if len(f) != 5 || len(f[0]) != 64 {
			return &record{path: path, address: address, entries: map[string]entry{}}, nil // cut: better none than half of it
		}
		e := entry{sum: f[0], here: f[2], there: f[3]}
		if e.size, err = strconv.ParseInt(f[1], 10, 64); err != nil {
			return &record{path: path, address: address, entries: map[string]entry{}}, nil
		}
		r.entries[f[4]] = e
	}
	return r, lines.Err()
}

// save replaces the record at once.
func (r *record) save() error {
	if err := os.MkdirAll(filepath.Dir(r.path), 0o755); err != nil {
		return err
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s\t%s\n", recordFormat, r.address)
	for _, key := range slices.Sorted(maps.Keys(r.entries)) {
		e := r.entries[key]
		if strings.ContainsAny(key, "\n\r") {
			continue // is compared by its hash each time
		}
		fmt.Fprintf(&text, "%s\t%d\t%s\t%s\t%s\n", e.sum, e.size, e.here, e.there, key)
	}
	temp := r.path + ".new"
	if err := os.WriteFile(temp, text.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, r.path)
}
