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

// Catalogue remembers the notes of an archive, so that a listing reads a note again only if its size or time has changed. It
// never hides what is on the disk: every listing looks at all names, sizes and times. It may be shared by several archives of
// the same folder.
//
// Of its file, which has the notes in the order of their places, a listing holds but a few at a time.
type Catalogue struct {
	file string
	log  *slog.Logger

	mu      sync.Mutex
	changes map[string]*remembered // by ID, since the file was written; nil: forgotten
}

// remembered is a note as it was found on the disk.
type remembered struct {
	Raw      Raw
	ID       string
	Size     int64 // of the note
	Modified int64 // nanoseconds since 1970
}

// NewCatalogue returns the catalogue that Save wrote to the file. Nothing is read before the first listing. A file that is
// missing, damaged or of another release only costs time; log then says why.
func NewCatalogue(file string, log *slog.Logger) *Catalogue {
	return &Catalogue{file: file, log: log, changes: map[string]*remembered{}}
}

// stored yields the notes of the file, in the order of their IDs.
func (c *Catalogue) stored() iter.Seq[remembered] {
	return func(yield func(remembered) bool) {
		for n, err := range cachefile.Entries[remembered](c.file, header()) {
			if err != nil {
				c.log.Debug("the catalogue of the archive cannot be used; the notes are read instead", "error", err)
				return
			}
			if !yield(n) {
				return
			}
		}
	}
}

// reading is a catalogue beside a listing, which asks for notes in the order of their IDs.
type reading struct {
	c     *Catalogue
	whole bool       // of all kinds: what it does not meet is not there
	at    remembered // the next of the file
	more  bool       // there is one
	next  func() (remembered, bool)
	stop  func()
}

func (c *Catalogue) read(whole bool) *reading {
	r := &reading{c: c, whole: whole}
	r.next, r.stop = iter.Pull(c.stored())
	r.at, r.more = r.next()
	return r
}

// find returns the note of that ID if it was read from a file of this size and time.
func (r *reading) find(id string, info fs.FileInfo) (Raw, bool) {
	for r.more && r.at.ID < id {
		r.skip()
	}
	known := &r.at
	if changed, is := r.c.change(id); is {
		known = changed
	} else if !r.more || r.at.ID != id {
		return Raw{}, false
	}
	if known == nil || known.Size != info.Size() || known.Modified != info.ModTime().UnixNano() {
		return Raw{}, false
	}
	raw := known.Raw
	if r.more && r.at.ID == id {
		r.at, r.more = r.next()
	}
	return raw, true
}

// skip goes past a note that the disk has no more, or that is of another kind.
func (r *reading) skip() {
	if r.whole {
		r.c.forget(r.at.ID)
	}
	r.at, r.more = r.next()
}

// end is called after the last note of a listing.
func (r *reading) end() {
	for r.whole && r.more {
		r.skip()
	}
}

func (c *Catalogue) change(id string) (*remembered, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, is := c.changes[id]
	return n, is
}

// forget forgets a note of the file, unless it was read anew.
func (c *Catalogue) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes[id] == nil {
		c.changes[id] = nil
	}
}

// set remembers a note. A young one is not, as its time does not vouch for it yet.
func (c *Catalogue) set(raw Raw, info fs.FileInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !cachefile.Settled(info) {
		delete(c.changes, raw.id) // the file has another size or time of it
		return
	}
	id := raw.id
	raw.in, raw.path, raw.id = nil, "", "" // they differ between archives
	c.changes[id] = &remembered{raw, id, info.Size(), info.ModTime().UnixNano()}
}

// Save writes the catalogue to its file, for the next process. It does nothing where there is nothing new to save.
func (c *Catalogue) Save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.changes) == 0 {
		return nil
	}
	if err := cachefile.Write(c.file, header(), c.inOrder()); err != nil {
		return err
	}
	clear(c.changes)
	return nil
}

// header changes with the fields of notes.
func header() string {
	return fmt.Sprint(reflect.VisibleFields(reflect.TypeFor[remembered]()), reflect.VisibleFields(reflect.TypeFor[Raw]()))
}

// inOrder yields what is in the file with what changed since.
func (c *Catalogue) inOrder() iter.Seq[remembered] {
	return func(yield func(remembered) bool) {
		changed := slices.Sorted(maps.Keys(c.changes))
		changedUpTo := func(id string, all bool) bool {
			for len(changed) > 0 && (all || changed[0] <= id) {
				if n := c.changes[changed[0]]; n != nil && !yield(*n) {
					return false
				}
				changed = changed[1:]
			}
			return true
		}
		for n := range c.stored() {
			_, is := c.changes[n.ID]
			if !changedUpTo(n.ID, false) || !is && !yield(n) {
				return
			}
		}
		changedUpTo("", true)
	}
}
