// Package lake keeps partitions in object storage, without a copy here: they are read by their SHA-256 into a cache of bounded size, and
// committed there whole, their manifests last.
//
// The index says what there is: segments as those of package table, each named by its SHA-256, and a list of them that is replaced last. It
// is a function of the manifests, which are what counts, and is made anew from them where it is missing. Workers have no lock: they leave
// word of each commit beside the index, and whoever holds the lock of the storage merges it.
package lake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets/mirror/bucket"
	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
	"tidemark/internal/tree"
)

// Objects that are not partitions are below a hidden folder, so that nothing that copies partitions takes them.
const (
	hidden   = ".tidemark/"
	listKey  = hidden + "index.json"  // the list of the segments
	segments = hidden + "index/"      // <sha256>.parquet
	news     = hidden + "news/"       // <sha256>.json, a commit of a worker
	failures = hidden + "unreadable/" // what workers could not decode
)

// Bounds of what is believed of objects that are held in memory, in bytes.
const (
	maxList     = 64 << 20
	maxSegment  = 1 << 30
	maxManifest = 64 << 20
)

// maxTransfers is how many objects are transferred at once: of small ones most of the time is spent waiting for answers.
const maxTransfers = 6

// Options say where a lake is.
type Options struct {
	Address, Base string        // as bucket.Open takes them
	Dir           string        // folder for the index as it was seen last
	Cache         string        // folder for partitions that were read
	Bytes         int64         // that the cache may have
	Patience      time.Duration // as of bucket.Watch
	Rate          int64
	Log           *slog.Logger // nil: nothing is logged
}

// Lake is the partitions in a bucket. Its methods may be called concurrently. It connects when it is first asked for what is not here.
type Lake struct {
	bucket.Watch
	dir     string
	cache   *cache
	log     *slog.Logger
	connect func() (bucket.Bucket, error)
	address string // without its parameters

	connected atomic.Bool

	mu    sync.Mutex
	index []table.Segment // nil: not read yet
}

// New returns a lake. It touches neither disk nor network.
func New(o Options) *Lake {
	l := &Lake{dir: o.Dir, log: o.Log, address: o.Address, cache: &cache{dir: o.Cache, most: o.Bytes, whole: map[string]bool{}}}
	l.Patience, l.Rate = o.Patience, o.Rate
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if at := strings.IndexByte(l.address, '?'); at >= 0 {
		l.address = l.address[:at]
	}
	l.connect = sync.OnceValues(func() (bucket.Bucket, error) {
		b, _, err := bucket.Open(context.Background(), o.Address, o.Base)
		if err == nil {
			l.connected.Store(true)
		}
		return b, err
	})
	return l
}

// Requests returns how many requests were sent to the storage.
func (l *Lake) Requests() int64 {
	if !l.connected.Load() {
		return 0
	}
	b, err := l.connect()
	if err != nil {
		return 0
	}
	return b.Requests()
}

func (l *Lake) url(key string) string { return l.address + "/" + key }

// get returns a small object.
func (l *Lake) get(ctx context.Context, key string, most int64) (content []byte, err error) {
	err = l.read(ctx, key, most+1, func(in io.Reader) error {
		content, err = io.ReadAll(in)
		if err == nil && int64(len(content)) > most {
			err = fmt.Errorf("the object has more than %d bytes", most)
		}
		return err
	})
	return content, err
}

// read calls with with the first bytes of an object, most at most.
func (l *Lake) read(ctx context.Context, key string, most int64, with func(io.Reader) error) error {
	b, err := l.connect()
	if err != nil {
		return err
	}
	return l.Watched(ctx, l.url(key), func(ctx context.Context, moved func(int)) error {
		r, err := b.Open(ctx, key)
		if err != nil {
			return err
		}
		defer r.Close()
		return with(&bucket.Counted{Reader: io.LimitReader(r, most), Moved: moved})
	})
}

// put stores a small object.
func (l *Lake) put(ctx context.Context, key string, content []byte, u bucket.Upload) error {
	b, err := l.connect()
	if err != nil {
		return err
	}
	u.Content, u.Size, u.SHA256 = bytes.NewReader(content), int64(len(content)), sumOf(content)
	if u.ContentType = "application/json"; strings.HasSuffix(key, ".parquet") {
		u.ContentType = parquetType
	}
	return l.Watched(ctx, l.url(key), func(ctx context.Context, _ func(int)) error { return b.Write(ctx, key, u) })
}

const parquetType = "application/vnd.apache.parquet"

// remove removes objects that need not exist, in their order.
func (l *Lake) remove(ctx context.Context, keys ...string) error {
	b, err := l.connect()
	if err != nil {
		return err
	}
	for _, key := range keys {
		err := l.Watched(ctx, l.url(key), func(ctx context.Context, _ func(int)) error { return b.Remove(ctx, key) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// list calls found with the objects whose keys begin with below, until it returns an error.
func (l *Lake) list(ctx context.Context, below string, found func(bucket.Object) error) error {
	b, err := l.connect()
	if err != nil {
		return err
	}
	return l.Watched(ctx, l.url(below), func(ctx context.Context, moved func(int)) error {
		return b.List(ctx, below, func(o bucket.Object) error {
			moved(bucket.Listed)
			return found(o)
		})
	})
}

// A portion is so many small objects, and bytes of them, as are held in memory at a time.
const (
	maxPortion      = 10_000
	maxPortionBytes = 64 << 20
)

var errFull = errors.New("the portion is full")

// portion returns some of the objects whose keys begin with below, at least one, and whether there are more.
func (l *Lake) portion(ctx context.Context, below string) (found []bucket.Object, more bool, err error) {
	size := int64(0)
	err = l.list(ctx, below, func(o bucket.Object) error {
		if size += o.Size; len(found) == maxPortion || len(found) > 0 && size > maxPortionBytes {
			return errFull
		}
		found = append(found, o)
		return nil
	})
	if errors.Is(err, errFull) {
		more, err = true, nil
	}
	slices.SortFunc(found, func(a, b bucket.Object) int { return strings.Compare(a.Key, b.Key) })
	return found, more, err
}

// isSum reports whether a text can be the SHA-256 that names a file or an object.
func isSum(text string) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == sha256.Size
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// stored is the list of the segments, as the bucket has it.
type stored struct {
	Format   int             `json:"format"`
	Segments []table.Segment `json:"segments"`
}

const format = 1

func (l *Lake) listFile() string { return filepath.Join(l.dir, "index.json") }

func (l *Lake) segmentFile(one table.Segment) string {
	return filepath.Join(l.dir, "index", one.SHA256+".parquet")
}

// Index returns the segments of the index, as they were seen last: by a session of this machine or, where there was none, now.
func (l *Lake) Index() ([]table.Segment, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.index != nil {
		return l.index, nil
	}
	b, err := atomicfile.Read(l.listFile())
	if err == nil {
		l.index, err = parseList(b)
	}
	if err == nil {
		return l.index, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		l.log.Warn("the list of what is in storage is read from there again", "because", err)
	}
	if err := l.refresh(context.Background()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return l.index, nil // none, before the first session
}

func parseList(b []byte) ([]table.Segment, error) {
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("the list of the index is damaged: %w", err)
	}
	if s.Format != format {
		return nil, fmt.Errorf("the list of the index has format %d (want %d)", s.Format, format)
	}
	names := map[string]bool{}
	for _, one := range s.Segments {
		if !isSum(one.SHA256) || one.Bytes < 0 || one.Bytes > maxSegment || one.Partitions < 0 || !filepath.IsLocal(filepath.FromSlash(one.Name)) || names[one.Name] {
			return nil, fmt.Errorf("the list of the index is damaged: segment %q", one.Name)
		}
		names[one.Name] = true
	}
	if s.Segments == nil {
		s.Segments = []table.Segment{}
	}
	return s.Segments, nil
}

// Refresh reads the list of the index again. fs.ErrNotExist: the bucket has none.
func (l *Lake) Refresh(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refresh(ctx)
}

func (l *Lake) refresh(ctx context.Context) error {
	b, err := l.get(ctx, listKey, maxList)
	if err != nil {
		return err
	}
	index, err := parseList(b)
	if err != nil {
		return fmt.Errorf("%s: %w; remove it, and the next run makes it anew from the manifests", l.url(listKey), err)
	}
	return l.see(index, b)
}

// see keeps a list of the index for the next process.
func (l *Lake) see(index []table.Segment, b []byte) error {
	if err := makeFolder(l.dir, "index"); err != nil {
		return err
	}
	l.index = index
	if err := atomicfile.Write(l.listFile(), b); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(l.dir, "index"))
	for _, e := range entries {
		if !slices.ContainsFunc(index, func(one table.Segment) bool { return one.SHA256+".parquet" == e.Name() }) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(l.dir, "index", e.Name())))
		}
	}
	return err
}

// forget makes the next process, and this one, read the list of the index from the bucket.
func (l *Lake) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.index = nil
	_ = os.Remove(l.listFile())
}

// makeFolder makes a folder below one of the lake's, and that. No link may lead out of the folder in which that is.
func makeFolder(dir, name string) error {
	return tree.MakeFolder(filepath.Dir(dir), filepath.ToSlash(filepath.Join(filepath.Base(dir), name)))
}

// Segment returns the bytes of a segment.
func (l *Lake) Segment(one table.Segment) ([]byte, error) {
	if b, err := atomicfile.Read(l.segmentFile(one)); err == nil && sumOf(b) == one.SHA256 {
		return b, nil
	}
	key := segmentKey(one)
	b, err := l.get(context.Background(), key, one.Bytes)
	if errors.Is(err, fs.ErrNotExist) {
		l.forget()
		return nil, fmt.Errorf("%w; the index was replaced since it was read here: try again, and if that does not help, tidemark datasets index --rebuild", err)
	}
	if err != nil {
		return nil, err
	}
	if sumOf(b) != one.SHA256 || int64(len(b)) != one.Bytes {
		return nil, fmt.Errorf("%s: the object has other bytes than its name says", l.url(key))
	}
	if err := makeFolder(l.dir, "index"); err != nil {
		return nil, err
	}
	return b, atomicfile.WriteUnsynced(l.segmentFile(one), b)
}

// manifests returns what a segment has, by path; nothing of a segment that is not in the index.
func (l *Lake) manifests(name string, index []table.Segment) (map[string]*table.Manifest, error) {
	all := map[string]*table.Manifest{}
	i := slices.IndexFunc(index, func(one table.Segment) bool { return one.Name == name })
	if i < 0 {
		return all, nil
	}
	b, err := l.Segment(index[i])
	if err != nil {
		return nil, err
	}
	some, err := index[i].Manifests(b)
	for _, m := range some {
		all[m.File] = m
	}
	return all, err
}

// concurrently calls f for each of n things, some at once.
func concurrently(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTransfers)
	for i := range n {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return f(ctx, i)
		})
	}
	return group.Wait()
}
