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

	"tidemark/internal/atomicfile"
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
	f, err := atomicfile.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, atomicfile.ErrForeign) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	if !lines.Scan() || lines.Text() != recordFormat+"\t"+address {
		return r, nil // the record of another copy
	}
	for lines.Scan() {
		field := strings.SplitN(lines.Text(), "\t", 5)
		if len(field) != 5 || len(field[0]) != 64 {
			return &record{path: path, address: address, entries: map[string]entry{}}, nil // truncated: no record is safer than half of one
		}
		e := entry{sum: field[0], here: field[2], there: field[3]}
		if e.size, err = strconv.ParseInt(field[1], 10, 64); err != nil {
			return &record{path: path, address: address, entries: map[string]entry{}}, nil
		}
		r.entries[field[4]] = e
	}
	return r, lines.Err()
}

// Forget drops the record of both sides. What is missing here then does not count as removed: nothing is removed there for it.
func (m *Mirror) Forget() error {
	m.record.entries = map[string]entry{}
	if err := os.Remove(m.record.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
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
	return atomicfile.WriteUnsynced(r.path, text.Bytes())
}
