package archive

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"tidemark/internal/atomicfile"
)

// Catalogue remembers the notes of an archive, so that List reads a note again only if its size or time has changed. It
// never hides what is on the disk: every List looks at all names, sizes and times. It may be shared by several archives of
// the same folder.
type Catalogue struct {
	file string

	mu      sync.Mutex
	loaded  bool
	changed bool // since it was loaded or saved
	notes   map[string]remembered
}

// remembered is a note as it was found on the disk.
type remembered struct {
	Raw      Raw
	ID       string
	Size     int64 // of the note
	Modified int64 // nanoseconds since 1970
}

// settleTime is how old a note must be when it is read for a later change to show in its time: the clocks of file systems
// tick as slowly as once in two seconds.
const settleTime = 5 * time.Second

// NewCatalogue returns the catalogue that Save wrote to the file. Nothing is read before the first List. A file that is
// missing, damaged or of another release only costs time.
func NewCatalogue(file string) *Catalogue { return &Catalogue{file: file} }

// find returns the note of that ID if it was read from a file of this size and time.
func (c *Catalogue) find(id string, info fs.FileInfo) (Raw, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.load()
	known, ok := c.notes[id]
	return known.Raw, ok && known.Size == info.Size() && known.Modified == info.ModTime().UnixNano()
}

// set remembers a note. A young one is forgotten instead, as its time does not vouch for it yet.
func (c *Catalogue) set(raw Raw, info fs.FileInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.load()
	if time.Since(info.ModTime()) <= settleTime {
		delete(c.notes, raw.id)
		return
	}
	id := raw.id
	raw.in, raw.path, raw.id = nil, "", "" // they differ between archives
	c.notes[id] = remembered{raw, id, info.Size(), info.ModTime().UnixNano()}
	c.changed = true
}

// forgetOthers forgets the notes that a List of the whole archive did not meet.
func (c *Catalogue) forgetOthers(all []Raw) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.notes) <= len(all) {
		return
	}
	met := make(map[string]bool, len(all))
	for _, raw := range all {
		met[raw.id] = true
	}
	maps.DeleteFunc(c.notes, func(id string, _ remembered) bool { return !met[id] })
	c.changed = true
}

// Save writes the catalogue to its file, for the next process: zstd, whose frames carry a checksum, of gob messages, the
// format and then notes. It does nothing where there is nothing new to save.
func (c *Catalogue) Save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.changed {
		return nil
	}
	b, err := c.encode()
	if err != nil {
		return err
	}
	if err := atomicfile.Write(c.file, b); err != nil {
		return err
	}
	c.changed = false
	return nil
}

// format changes with the fields of notes, of which an older file would lack some.
func format() string {
	return fmt.Sprint(reflect.VisibleFields(reflect.TypeFor[remembered]()), reflect.VisibleFields(reflect.TypeFor[Raw]()))
}

// chunk is how many notes one message of the file holds; gob holds a whole message in memory.
const chunk = 512

func (c *Catalogue) encode() ([]byte, error) {
	var b bytes.Buffer
	packed, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, err
	}
	out := gob.NewEncoder(packed)
	err = out.Encode(format())
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(c.notes)), chunk) {
		notes := make([]remembered, len(ids))
		for i, id := range ids {
			notes[i] = c.notes[id]
		}
		err = errors.Join(err, out.Encode(notes))
	}
	err = errors.Join(err, packed.Close())
	return b.Bytes(), err
}

// load reads the file before the first question.
func (c *Catalogue) load() {
	if c.loaded {
		return
	}
	c.loaded, c.notes = true, map[string]remembered{}
	f, err := os.Open(c.file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		defer f.Close()
		var notes map[string]remembered
		if notes, err = decode(bufio.NewReader(f)); err == nil {
			c.notes = notes
			return
		}
	}
	slog.Debug("the catalogue of the archive cannot be used; the notes are read instead", "error", err)
}

func decode(r io.Reader) (map[string]remembered, error) {
	unpacked, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	in := gob.NewDecoder(unpacked)
	var has string
	if err := in.Decode(&has); err != nil {
		return nil, err
	}
	if has != format() {
		return nil, errors.New("it was written by another release")
	}
	all := map[string]remembered{}
	for {
		var notes []remembered
		if err := in.Decode(&notes); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		for _, n := range notes {
			all[n.ID] = n
		}
	}
}
