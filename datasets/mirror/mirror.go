// Package mirror synchronizes a folder of the data with its copy in object storage. The folder is the working copy: files
// that a run wrote are pushed after it, and files that a new machine lacks are pulled before it.
//
// What changed follows from three lists: the files here, the objects there, and the record of both as of the last time they
// were the same. The record distinguishes a file removed here from one that is new there, and spares reading content that did
// not change.
//
// Bytes are copied before the note or manifest that vouches for them, in both directions: neither side ever shows a note
// without its bytes. Every object pulled is checked against the SHA-256 in its note.
package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets/mirror/bucket"
)

// Tree is a folder that has a copy in object storage.
type Tree struct {
	Name  string // for example "archive"; names the record and the reports
	Dir   string
	State string // folder of the record and of the name of this working copy

	// Vouches returns the key of the file whose SHA-256 and size the note (or manifest) with the given key holds, or "" if
	// that key does not name a note. A tree with notes copies only notes and the files that they vouch for. It is nil for a
	// tree without notes, which is only pushed.
	Vouches func(key string) string
	// Lazy makes a pull copy the notes alone; Get copies the bytes when they are needed.
	Lazy bool
	// Fixed means that the bytes of a key never change, and that no object is ever removed there.
	Fixed bool
	// Rank orders the push of a tree without notes: lower ranks first, each completed before the next. Nil: one rank.
	Rank func(key string) int
	// Header returns the content type and the Cache-Control of an object.
	Header func(key string) (contentType, cacheControl string)
}

// Mirror is a tree and its copy.
type Mirror struct {
	Tree
	// Moved is called with the number of bytes just copied; it may be nil.
	Moved func(n int64)
	// Log is where warnings go; Open sets one that discards them.
	Log          *slog.Logger
	bucket.Watch // Open sets both fields

	link    string // Dir as given; it may be a link to the current version
	bucket  bucket.Bucket
	address string // of the copy, without its parameters
	folder  bool   // the copy is a folder

	mu     sync.Mutex // guards the record, the report and the maps while transfers run concurrently
	record *record
	here   map[string]stamp  // time: modification, in nanoseconds
	there  map[string]stamp  // time: modification, in seconds, the precision of some stores
	noted  map[string]string // key of the bytes → key of their note, on either side
	unsure map[string]string // SHA-256 of objects that differ from the record
}

// stamp identifies a version of an object without reading it.
type stamp struct {
	size int64
	mark string // time of modification, with the MD5 where the store reports it; never empty
}

// Object is an object that was copied or removed.
type Object struct {
	Key   string `json:"key"`
	Bytes int64  `json:"bytes"`
}

// Report is what a push or pull did or, for a dry run, what it would do.
type Report struct {
	Tree    string   `json:"tree"`
	URL     string   `json:"url"`
	Up      []Object `json:"up"`
	Down    []Object `json:"down"`
	Removed []Object `json:"removed"` // there
	Same    int      `json:"same"`    // objects that were the same on both sides
}

// maxTransfers is how many transfers run concurrently: most objects are small, and their time is spent waiting for answers.
const maxTransfers = 6

// maxNote is the longest note read, in bytes.
const maxNote = 16 << 20

// tempPrefix marks files that are being copied; archive and datasets remove those that a killed run left.
const tempPrefix = ".tmp-"

// Open connects a tree to its copy at address: s3://bucket/prefix?region=…, gs://bucket/prefix or file:///folder; a
// relative file: address starts from base.
func Open(ctx context.Context, tree Tree, address, base string) (*Mirror, error) {
	b, plain, err := bucket.Open(ctx, address, base)
	if err != nil {
		return nil, err
	}
	m := &Mirror{Tree: tree, Log: slog.New(slog.DiscardHandler), link: tree.Dir, bucket: b, address: plain, folder: strings.HasPrefix(plain, "file:")}
	m.Patience, m.Rate = bucket.DefaultPatience, bucket.DefaultRate
	m.record, err = loadRecord(filepath.Join(tree.State, tree.Name+".tsv"), plain)
	return m, err
}

// Requests returns how many requests were sent to the storage.
func (m *Mirror) Requests() int64 { return m.bucket.Requests() }

// Close closes the connections.
func (m *Mirror) Close() { m.bucket.Close() }

// Fresh reports whether this working copy has no file of the tree.
func (m *Mirror) Fresh() (bool, error) {
	here, err := m.scan()
	return len(here) == 0, err
}

// Holds reports whether the copy has the file with that SHA-256 and size, by the record or, for objects that are not in it,
// by the last listing and the size alone.
func (m *Mirror) Holds(key, sum string, size int64) bool {
	if was, known := m.record.entries[key]; known {
		return was.there != "" && was.sum == sum
	}
	listed, there := m.there[key]
	return there && listed.size == size
}

// url returns the address of an object, for reports and errors.
func (m *Mirror) url(key string) string { return m.address + "/" + key }

func (m *Mirror) path(key string) string { return filepath.Join(m.Dir, filepath.FromSlash(key)) }

// isNote reports whether an object vouches for another one.
func (m *Mirror) isNote(key string) bool { return m.Vouches != nil && m.Vouches(key) != "" }

// ours reports whether a key can belong to this tree: it is not hidden and does not lead out of the folder.
func ours(key string) bool {
	if !filepath.IsLocal(filepath.FromSlash(key)) || strings.ContainsAny(key, "\\\x00") {
		return false
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part[0] == '.' {
			return false
		}
	}
	return true
}

// list lists both sides.
func (m *Mirror) list(ctx context.Context) (err error) {
	if m.here, err = m.scan(); err != nil {
		return err
	}
	if len(m.here) == 0 {
		m.record.entries = map[string]entry{} // a whole tree is lost, not removed on purpose
	}
	m.there, m.unsure, m.noted = map[string]stamp{}, map[string]string{}, map[string]string{}
	defer func() {
		for _, side := range []map[string]stamp{m.here, m.there} {
			for key := range side {
				if m.isNote(key) {
					m.noted[m.Vouches(key)] = key
				}
			}
		}
	}()
	return m.Watched(ctx, m.address, func(ctx context.Context, moved func(int)) error {
		return m.bucket.List(ctx, "", func(o bucket.Object) error {
			moved(bucket.Listed)
			if ours(o.Key) {
				m.there[o.Key] = stamp{o.Size, m.mark(o)}
			}
			return nil
		})
	})
}

func (m *Mirror) scan() (map[string]stamp, error) {
	if dir, err := filepath.EvalSymlinks(m.link); err == nil {
		m.Dir = dir
	}
	here := map[string]stamp{}
	err := filepath.WalkDir(m.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == m.Dir {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(m.Dir, path)
		here[filepath.ToSlash(rel)] = stamp{info.Size(), markOf(info)}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return here, nil
	}
	return here, err
}

// mark returns the mark of an object there. Of the time only the seconds count: some answers of some stores have no more.
func (m *Mirror) mark(o bucket.Object) string {
	if m.folder {
		return strconv.FormatInt(o.Modified.UnixNano(), 10)
	}
	return strconv.FormatInt(o.Modified.Unix(), 10) + "." + hex.EncodeToString(o.MD5)
}

func markOf(info fs.FileInfo) string { return strconv.FormatInt(info.ModTime().UnixNano(), 10) }

// note holds the fields of notes and manifests that are needed here.
type note struct {
	File     string   `json:"file"` // of manifests only
	SHA256   string   `json:"sha256"`
	Bytes    int64    `json:"bytes"`
	Together []string `json:"together"` // files committed together with this one
	Packed   *struct {
		SHA256 string `json:"sha256"`
		Bytes  int64  `json:"bytes"`
	} `json:"packed"` // of raw files: how they lie on the disk, if not as they were received
}

func (m *Mirror) parse(key string, content []byte) (n note, err error) {
	if err := json.Unmarshal(content, &n); err != nil {
		return n, fmt.Errorf("the note is damaged: %w", err)
	}
	if n.Packed != nil {
		n.SHA256, n.Bytes = n.Packed.SHA256, n.Packed.Bytes
	}
	if of := m.Vouches(key); n.File != "" && n.File != of || len(n.SHA256) != 64 || n.Bytes < 0 {
		return n, fmt.Errorf("the note does not vouch for %s", of)
	}
	return n, nil
}

// changedHere reports whether a file differs from the record; one that is in neither did not change.
func (m *Mirror) changedHere(key string) bool {
	now, is := m.here[key]
	was, known := m.record.entries[key]
	return is != (known && was.here != "") || is && (now.size != was.size || now.mark != was.here)
}

// changedThere reports whether an object differs from the record; one that is in neither did not change.
func (m *Mirror) changedThere(key string) bool {
	now, is := m.there[key]
	was, known := m.record.entries[key]
	return is != (known && was.there != "") || is && (now.size != was.size || now.mark != was.there)
}

// sumsThere finds the SHA-256 of objects that differ from the record.
func (m *Mirror) sumsThere(ctx context.Context, keys []string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	for _, key := range keys {
		group.Go(func() error {
			sum, err := m.sumThere(ctx, key)
			m.mu.Lock()
			defer m.mu.Unlock()
			m.unsure[key] = sum
			return err
		})
	}
	return group.Wait()
}

// sumThere returns the SHA-256 stored with the object; an object without one is read.
func (m *Mirror) sumThere(ctx context.Context, key string) (sum string, err error) {
	err = m.Watched(ctx, m.url(key), func(ctx context.Context, moved func(int)) error {
		o, err := m.bucket.Stat(ctx, key)
		if err != nil {
			return err
		}
		if sum = o.SHA256; len(sum) == 64 {
			return nil
		}
		r, err := m.bucket.Open(ctx, key)
		if err != nil {
			return err
		}
		defer r.Close()
		h := sha256.New()
		_, err = io.Copy(h, &bucket.Counted{Reader: r, Moved: moved})
		sum = hex.EncodeToString(h.Sum(nil))
		return err
	})
	return sum, err
}

// sumOf returns the SHA-256 of an object there; if it differs from the record, sumsThere must have found it.
func (m *Mirror) sumOf(key string) string {
	if m.changedThere(key) {
		return m.unsure[key]
	}
	return m.record.entries[key].sum
}

// remember records that an object is the same on both sides or, with an empty sum, gone from both.
func (m *Mirror) remember(key, sum string) {
	if sum == "" {
		delete(m.record.entries, key)
		return
	}
	m.record.entries[key] = entry{sum: sum, size: max(m.here[key].size, m.there[key].size), here: m.here[key].mark, there: m.there[key].mark}
}

// errGivenUp ends a series of transfers when storage or network seem to be down.
var errGivenUp = errors.New("given up after several transfers failed in a row")

// each calls f for every key, up to maxTransfers concurrently. A key that fails does not stop the others and is tried once
// more after them. After maxFailures in a row it gives up.
func each(ctx context.Context, keys []string, f func(ctx context.Context, key string) error) error {
	failed, err := eachOnce(ctx, keys, f)
	if err != nil || len(failed) == 0 {
		return errors.Join(append(slices.Collect(maps.Values(failed)), err)...)
	}
	failed, err = eachOnce(ctx, slices.Sorted(maps.Keys(failed)), f)
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(failed)) {
		errs = append(errs, failed[key])
	}
	return errors.Join(append(errs, err)...)
}

func eachOnce(ctx context.Context, keys []string, f func(ctx context.Context, key string) error) (failed map[string]error, err error) {
	const maxFailures = 5
	var mu sync.Mutex
	failed = map[string]error{}
	inARow := 0
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	for _, key := range keys {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			err := f(ctx, key)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				inARow = 0
				return nil
			}
			if ctx.Err() != nil { // not this object's fault
				return context.Cause(ctx)
			}
			failed[key] = err
			if inARow++; inARow >= maxFailures {
				return errGivenUp
			}
			return nil
		})
	}
	return failed, group.Wait()
}
