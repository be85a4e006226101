// Package checksum knows the SHA-256 of files. It reads a file again when anything about it has changed since it was read: the
// inode, the size, or one of its times. So it notices whatever changes a file through the file system, also where the time of
// modification was set back; it does not notice a disk that returns other bytes than it was given.
package checksum

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"

	"tidemark/internal/cachefile"
)

// Ledger remembers checksums for this process and the next. Its methods may be called at the same time. A nil Ledger remembers
// nothing: every file is read.
type Ledger struct {
	file string
	load sync.Once

	mu    sync.Mutex
	known map[inode]entry
	used  map[inode]bool
}

// inode is a file under whatever names it has.
type inode struct{ Device, Number uint64 }

// state is what changes when a file does.
type state struct {
	Inode                     inode
	Size, Modified, Attribute int64 // the times of modification and of the last change of attributes, in nanoseconds
}

type entry struct {
	State state
	Sum   string
}

const header = "tidemark checksums 1"

// Open returns the ledger in a file, which is read when it is first needed. One that is missing or damaged is empty.
func Open(file string) *Ledger {
	return &Ledger{file: file, known: map[inode]entry{}, used: map[inode]bool{}}
}

// Sum returns the SHA-256 of a regular file, in hexadecimal digits, and its size.
func (l *Ledger) Sum(path string) (sum string, size int64, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%s is not a regular file", path)
	}
	before, known := stateOf(path)
	if known && l != nil {
		if e, ok := l.look(before); ok {
			return e.Sum, e.State.Size, nil
		}
	}
	if sum, size, err = read(path); err != nil {
		return "", 0, err
	}
	if after, _ := stateOf(path); known && l != nil && after == before && cachefile.Settled(info) {
		l.remember(entry{before, sum})
	}
	return sum, size, nil
}

func read(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// Linking calls f, which gives the files further names or removes some of them. That alone changes the time of their attributes,
// and is not a reason to read them again.
func (l *Ledger) Linking(paths []string, f func() error) error {
	var before []string
	var was []entry
	for _, path := range paths {
		if s, known := stateOf(path); known && l != nil {
			if e, ok := l.look(s); ok {
				before, was = append(before, path), append(was, e)
			}
		}
	}
	err := f()
	for i, path := range before {
		now, known := stateOf(path)
		was := was[i]
		if was.State.Attribute = now.Attribute; known && now == was.State {
			l.remember(was)
		}
	}
	return err
}

func (l *Ledger) look(s state) (entry, bool) {
	l.load.Do(l.read)
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.known[s.Inode]
	if ok = ok && e.State == s; ok {
		l.used[s.Inode] = true
	}
	return e, ok
}

func (l *Ledger) remember(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[e.State.Inode], l.used[e.State.Inode] = e, true
}

func (l *Ledger) read() {
	entries, err := cachefile.Read[entry](l.file, header)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries {
		l.known[e.State.Inode] = e
	}
}

// Save writes what was asked for since Open; where nothing was, the file stays as it is.
func (l *Ledger) Save() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.used) == 0 {
		return nil
	}
	return cachefile.Write(l.file, header, func(yield func(entry) bool) {
		for number := range l.used {
			if !yield(l.known[number]) {
				return
			}
		}
	})
}
