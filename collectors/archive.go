package collectors

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"tidemark/datasets/table"
)

// Archive keeps raw bytes as they were received, each with a note of where they came from:
//
//	<kind>/<collector>/<day or undated>/<name>
//	<kind>/<collector>/<day or undated>/<name>.meta.json
type Archive struct {
	Dir string
}

// Raw is one file of the archive.
type Raw struct {
	Kind      string    `json:"kind"`
	Collector string    `json:"collector"` // route collector or registry; may be empty
	Name      string    `json:"name"`      // file name at the source
	URL       string    `json:"url"`
	Day       time.Time `json:"day"` // given for the bytes; zero where they tell it themselves
	SHA256    string    `json:"sha256"`
	Bytes     int64     `json:"bytes"`
	Fetched   time.Time `json:"fetched"`        // never reaches a dataset
	ETag      string    `json:"etag,omitempty"` // validators for the next conditional request
	Modified  string    `json:"modified,omitempty"`

	path string // in the file system
	id   string // path in the archive, with slashes
}

// ID is the path in the archive, with slashes: what manifests call the file.
func (r Raw) ID() string { return r.id }

// Open reads the bytes as received, compression and all.
func (r Raw) Open() (io.ReadCloser, error) { return os.Open(r.path) }

// Input names the file in manifests.
func (r Raw) Input() table.Input {
	return table.Input{Name: r.id, URL: r.URL, SHA256: r.SHA256, Bytes: r.Bytes}
}

// Key is the partition of this file for the day that its rows speak of.
func (r Raw) Key(day time.Time) table.Key {
	name := r.Name
	if r.Collector != "" {
		name = r.Collector + "." + name
	}
	return table.Key{Day: day, Name: name}
}
