// Package mirror keeps a folder of the data and its copy in object storage alike. The folder is the working copy: what a
// run made goes up behind it, and what a new machine lacks comes down before it.
//
// Three things tell what happened since the last time: what is here, what is listed there, and the record of both as they
// were when they were last alike. So a file that was removed here is told from one that is new there, and no content is
// read again that did not change.
//
// Bytes go up before the note or manifest that vouches for them, and down before it as well: neither side ever shows a
// note without its bytes. Every object that comes down is held against the SHA-256 of its note.
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
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets/mirror/bucket"
)

// Tree is a folder that has a copy in object storage.
type Tree struct {
	Name  string // such as archive; names the record and the reports
	Dir   string
	State string // folder for the record and for the name of this working copy

	// Vouches names the file whose SHA-256 and size the note (or manifest) of that key holds; empty for what is no note.
	// Of a tree that has notes nothing else is copied than notes and what they vouch for. Nil for a tree without notes,
	// which goes up only.
	Vouches func(key string) string
	// Lazy leaves the bytes there, when notes come down, until Get is called for them.
	Lazy bool
	// Fixed says that bytes do not change under their key, and that none are ever removed there.
	Fixed bool
	// Rank orders what goes up from a tree without notes: lower ranks first, each whole before the next. Nil: one rank.
	Rank func(key string) int
	// Header gives the content type and the Cache-Control of an object.
	Header func(key string) (contentType, cacheControl string)
}

// Mirror is a tree and its copy.
type Mirror struct {
	Tree
	// Moved is told of bytes as they are copied; may be nil.
	Moved func(n int64)

	link     string // Dir as it was given: it may be a link to the version that counts now
	bucket   bucket.Bucket
	address  string        // of the copy, without its parameters
	folder   bool          // it is a folder
	patience time.Duration // how long a transfer may stand still

	mu     sync.Mutex // over record and report while transfers run side by side
	record *record
	here   map[string]stamp  // time: modification, in nanoseconds
	there  map[string]stamp  // time: modification, in seconds, as some stores tell no more
	noted  map[string]string // bytes to their note, on whichever side
	unsure map[string]string
}

// stamp is what tells without reading whether an object is still the same.
type stamp struct {
	size int64
	mark string // time of modification, with the MD5 where the store tells it; never empty
}

// Object is one object that was copied or removed.
type Object struct {
	Key   string `json:"key"`
	Bytes int64  `json:"bytes"`
}

// Report tells what was done, or with a dry run what would be.
type Report struct {
	Tree    string   `json:"tree"`
	URL     string   `json:"url"`
	Up      []Object `json:"up"`
	Down    []Object `json:"down"`
	Removed []Object `json:"removed"` // there
	Same    int      `json:"same"`    // objects that were alike already
}

// transfers run side by side; most objects are small, and each waits for answers.
const transfers = 6

// defaultPatience bounds how long a transfer may stand still. A part of 8 MB counts when it was sent.
const defaultPatience = 5 * time.Minute

// maxNote bounds what is read as a note.
const maxNote = 16 << 20

// tempPrefix marks what is half copied; the sweeps of archive and datasets know it.
const tempPrefix = ".tmp-"

// Open connects a tree with its copy at address: s3://bucket/prefix?region=…, gs://bucket/prefix or file:///folder; a
// relative file: address starts from base.
func Open(ctx context.Context, tree Tree, address, base string) (*Mirror, error) {
	b, plain, err := bucket.Open(ctx, address, base)
	if err != nil {
		return nil, err
	}
	m := &Mirror{Tree: tree, link: tree.Dir, bucket: b, address: plain, folder: strings.HasPrefix(plain, "file:"), patience: defaultPatience}
	m.record, err = loadRecord(filepath.Join(tree.State, tree.Name+".tsv"), plain)
	return m, err
}

// Close ends the connections.
func (m *Mirror) Close() { m.bucket.Close() }

// Fresh tells that this working copy has nothing of the tree, here or in its record.
func (m *Mirror) Fresh() (bool, error) {
	here, err := m.scan()
	return len(here) == 0, err
}

// Holds tells whether the copy has a file of that SHA-256 and size: as the record says, and of what is not in it as the
// copy was last listed.
func (m *Mirror) Holds(key, sum string, size int64) bool {
	if was, known := m.record.entries[key]; known {
		return was.there != "" && was.sum == sum
	}
	listed, there := m.there[key]
	return there && listed.size == size
}

// url names an object in reports and errors.
func (m *Mirror) url(key string) string { return m.address + "/" + key }

func (m *Mirror) path(key string) string { return filepath.Join(m.Dir, filepath.FromSlash(key)) }

// isNote tells whether an object vouches for another one.
func (m *Mirror) isNote(key string) bool { return m.Vouches != nil && m.Vouches(key) != "" }

// ours tells whether a key can be one of this tree's: nothing hidden, nothing that leads out of it.
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

// look finds what is here and what is there.
func (m *Mirror) look(ctx context.Context) (err error) {
	if m.here, err = m.scan(); err != nil {
		return err
	}
	if len(m.here) == 0 {
		m.record.entries = map[string]entry{} // a tree that is gone was lost, not removed file by file
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
	return m.watched(ctx, m.address, func(ctx context.Context, moved func(int)) error {
		return m.bucket.List(ctx, func(o bucket.Object) error {
			moved(0)
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

// mark tells versions there apart. Stores tell the time to the second, at least in one of their answers.
func (m *Mirror) mark(o bucket.Object) string {
	if m.folder {
		return strconv.FormatInt(o.Modified.UnixNano(), 10)
	}
	return strconv.FormatInt(o.Modified.Unix(), 10) + "." + hex.EncodeToString(o.MD5)
}

func markOf(info fs.FileInfo) string { return strconv.FormatInt(info.ModTime().UnixNano(), 10) }

// note is what notes and manifests say, as far as it matters here.
type note struct {
	File     string   `json:"file"` // of manifests only
	SHA256   string   `json:"sha256"`
	Bytes    int64    `json:"bytes"`
	Together []string `json:"together"` // files that count only with this one
}

func (m *Mirror) parse(key string, content []byte) (n note, err error) {
	if err := json.Unmarshal(content, &n); err != nil {
		return n, fmt.Errorf("the note is damaged: %w", err)
	}
	if of := m.Vouches(key); n.File != "" && n.File != of || len(n.SHA256) != 64 || n.Bytes < 0 {
		return n, fmt.Errorf("the note does not vouch for %s", of)
	}
	return n, nil
}

// changedHere and changedThere compare with the record; what is absent on both sides did not change.
func (m *Mirror) changedHere(key string) bool {
	now, is := m.here[key]
	was, known := m.record.entries[key]
	return is != (known && was.here != "") || is && (now.size != was.size || now.mark != was.here)
}

func (m *Mirror) changedThere(key string) bool {
	now, is := m.there[key]
	was, known := m.record.entries[key]
	return is != (known && was.there != "") || is && (now.size != was.size || now.mark != was.there)
}

// sumsThere finds the SHA-256 of objects that the record does not know as they stand there now.
func (m *Mirror) sumsThere(ctx context.Context, keys []string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(transfers)
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

// sumThere asks for the hash that was kept with the object, and reads the object where there is none.
func (m *Mirror) sumThere(ctx context.Context, key string) (sum string, err error) {
	err = m.watched(ctx, m.url(key), func(ctx context.Context, moved func(int)) error {
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
		_, err = io.Copy(h, &counted{r, moved})
		sum = hex.EncodeToString(h.Sum(nil))
		return err
	})
	return sum, err
}

// sumOf is the known SHA-256 of an object as it stands there.
func (m *Mirror) sumOf(key string) string {
	if m.changedThere(key) {
		return m.unsure[key]
	}
	return m.record.entries[key].sum
}

func sumFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// remember records that an object is alike on both sides, or with an empty sum that it is gone from both.
func (m *Mirror) remember(key, sum string) {
	if sum == "" {
		delete(m.record.entries, key)
		return
	}
	m.record.entries[key] = entry{sum: sum, size: max(m.here[key].size, m.there[key].size), here: m.here[key].mark, there: m.there[key].mark}
}

// errGivenUp ends a series of transfers: nothing works any more.
var errGivenUp = errors.New("given up after several transfers failed in a row")

// each runs f for every key, some side by side. One that fails does not keep the others from being done; behind them it is
// tried once more. Where nothing works any more it gives up.
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
	const enough = 5
	var mu sync.Mutex
	failed = map[string]error{}
	inARow := 0
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(transfers)
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
			if inARow++; inARow >= enough {
				return errGivenUp
			}
			return nil
		})
	}
	return failed, group.Wait()
}
