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

// record holds the versions of each object on both sides as of the last time they were the same. It spares work, and
// distinguishes an object that was removed from one that is new; without it all objects are compared by their SHA-256 and
// none is removed.
type record struct {
	path    string
	address string // of the copy
	entries map[string]entry
}

type entry struct {
	sum   string // SHA-256 in hex
	size  int64
	here  string // mark of the version here; empty: there was none
	there string // mark of the version there; empty: there was none
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
		return r, nil // the record of another copy
	}
	for lines.Scan() {
		f := strings.SplitN(lines.Text(), "\t", 5)
		if len(f) != 5 || len(f[0]) != 64 {
			return &record{path: path, address: address, entries: map[string]entry{}}, nil // truncated: no record is safer than half of one
		}
		e := entry{sum: f[0], here: f[2], there: f[3]}
		if e.size, err = strconv.ParseInt(f[1], 10, 64); err != nil {
			return &record{path: path, address: address, entries: map[string]entry{}}, nil
		}
		r.entries[f[4]] = e
	}
	return r, lines.Err()
}

// save replaces the record as a whole.
func (r *record) save() error {
	if err := os.MkdirAll(filepath.Dir(r.path), 0o755); err != nil {
		return err
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s\t%s\n", recordFormat, r.address)
	for _, key := range slices.Sorted(maps.Keys(r.entries)) {
		e := r.entries[key]
		if strings.ContainsAny(key, "\n\r") {
			continue // the format cannot hold it; it is compared by its hash each time
		}
		fmt.Fprintf(&text, "%s\t%d\t%s\t%s\t%s\n", e.sum, e.size, e.here, e.there, key)
	}
	temp := r.path + ".new"
	if err := os.WriteFile(temp, text.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, r.path)
}
