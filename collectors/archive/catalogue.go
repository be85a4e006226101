package archive

import (
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"

	"tidemark/internal/cachefile"
)

// Catalogue remembers the notes of an archive, so that List reads a note again only if its size or time has changed. It
// never hides what is on the disk: every List looks at all names, sizes and times. It may be shared by several archives of
// the same folder.
type Catalogue struct {
	file string
	log  *slog.Logger

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

// NewCatalogue returns the catalogue that Save wrote to the file. Nothing is read before the first List. A file that is
// missing, damaged or of another release only costs time; log then says why.
func NewCatalogue(file string, log *slog.Logger) *Catalogue { return &Catalogue{file: file, log: log} }

// len returns how many notes it remembers.
func (c *Catalogue) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.load()
	return len(c.notes)
}

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
	if !cachefile.Settled(info) {
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

// Save writes the catalogue to its file, for the next process. It does nothing where there is nothing new to save.
func (c *Catalogue) Save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.changed {
		return nil
	}
	if err := cachefile.Write(c.file, header(), c.inOrder()); err != nil {
		return err
	}
	c.changed = false
	return nil
}

// header changes with the fields of notes.
func header() string {
	return fmt.Sprint(reflect.VisibleFields(reflect.TypeFor[remembered]()), reflect.VisibleFields(reflect.TypeFor[Raw]()))
}

func (c *Catalogue) inOrder() iter.Seq[remembered] {
	return func(yield func(remembered) bool) {
		for _, id := range slices.Sorted(maps.Keys(c.notes)) {
			if !yield(c.notes[id]) {
				return
			}
		}
	}
}

// load reads the file before the first question.
func (c *Catalogue) load() {
	if c.loaded {
		return
	}
	c.loaded, c.notes = true, map[string]remembered{}
	all, err := cachefile.Read[remembered](c.file, header())
	if err != nil {
		c.log.Debug("the catalogue of the archive cannot be used; the notes are read instead", "error", err)
		return
	}
	for _, n := range all {
		c.notes[n.ID] = n
	}
}
