package lake

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"tidemark/datasets/mirror/bucket"
	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
	"tidemark/internal/quantity"
)

// cache is a folder of files named by their SHA-256. Several processes may use it. Each says in a file of pins, which it holds locked, what
// it is about to read: that stays, whether it is there already or still comes, and counts towards the bound.
type cache struct {
	dir  string
	most int64 // bytes of all

	mu    sync.Mutex
	whole map[string]bool // what was read in this process and had its SHA-256
}

const extension = ".parquet"

func (c *cache) file(sum string) string { return filepath.Join(c.dir, sum+extension) }

// Bring returns files with the bytes of partitions, from the cache or from the bucket.
func (l *Lake) Bring(partitions ...*table.Manifest) (files []string, release func(), err error) {
	c := l.cache
	release, err = c.pin(partitions)
	if err != nil {
		return nil, nil, err
	}
	files = make([]string, len(partitions))
	var missing []*table.Manifest
	for i, m := range partitions {
		files[i] = c.file(m.SHA256)
		if !c.has(m) && !slices.ContainsFunc(missing, func(other *table.Manifest) bool { return other.SHA256 == m.SHA256 }) {
			missing = append(missing, m)
		}
	}
	err = concurrently(context.Background(), len(missing), func(ctx context.Context, i int) error { return l.fetch(ctx, missing[i]) })
	if err != nil {
		release()
		return nil, nil, err
	}
	return files, release, nil
}

// Room returns how many bytes the cache may have.
func (l *Lake) Room() int64 { return l.cache.most }

// has reports whether the cache has a partition, with its bytes. One with others is removed.
func (c *cache) has(m *table.Manifest) bool {
	c.mu.Lock()
	whole := c.whole[m.SHA256]
	c.mu.Unlock()
	f, err := os.Open(c.file(m.SHA256))
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Size() == m.Bytes {
		if !whole {
			h := sha256.New()
			_, err = io.Copy(h, f)
			whole = err == nil && hex.EncodeToString(h.Sum(nil)) == m.SHA256
		}
		if whole {
			now := time.Now() // the time of the last use, by which files go
			_ = os.Chtimes(f.Name(), now, now)
			c.remember(m.SHA256)
			return true
		}
	}
	_ = os.RemoveAll(f.Name())
	return false
}

func (c *cache) remember(sum string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.whole[sum] = true
}

// fetch copies a partition from the bucket into the cache. Its errors name the object.
func (l *Lake) fetch(ctx context.Context, m *table.Manifest) error {
	b, err := l.connect()
	if err != nil {
		return err
	}
	l.log.Debug("fetching", "partition", m.File)
	return l.Watched(ctx, l.url(m.File), func(ctx context.Context, moved func(int)) error {
		r, err := b.Open(ctx, m.File)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w; the index says that it is there, see tidemark datasets index --rebuild", err)
		}
		if err != nil {
			return err
		}
		defer r.Close()
		out, err := atomicfile.Create(l.cache.dir, m.SHA256)
		if err != nil {
			return err
		}
		defer os.Remove(out.Name())
		h := sha256.New()
		in := &bucket.Counted{Reader: io.LimitReader(r, m.Bytes+1), Moved: moved}
		n, err := io.Copy(io.MultiWriter(out, h), in)
		if err == nil {
			err = out.Chmod(0o444)
		}
		if err = errors.Join(err, out.Close()); err != nil {
			return err
		}
		switch sum := hex.EncodeToString(h.Sum(nil)); {
		case n > m.Bytes:
			return fmt.Errorf("the object has more than the %d bytes that its manifest says", m.Bytes)
		case n < m.Bytes:
			return fmt.Errorf("the object has %d bytes, but its manifest says %d", n, m.Bytes)
		case sum != m.SHA256:
			return fmt.Errorf("the object has SHA-256 %s, but its manifest says %s", sum, m.SHA256)
		}
		l.cache.remember(m.SHA256)
		return os.Rename(out.Name(), l.cache.file(m.SHA256))
	})
}

// pin makes room for partitions and holds them until release is called. The process's end releases them too.
func (c *cache) pin(partitions []*table.Manifest) (release func(), err error) {
	wanted := map[string]int64{}
	var all int64
	for _, m := range partitions {
		if !isSum(m.SHA256) {
			return nil, fmt.Errorf("%s: the index says that its SHA-256 is %q; see tidemark datasets index --rebuild", m.File, m.SHA256)
		}
		if _, known := wanted[m.SHA256]; !known {
			all += m.Bytes
		}
		wanted[m.SHA256] = m.Bytes
	}
	if all > c.most {
		return nil, fmt.Errorf("%d partitions that are only in storage are to be read, from %s to %s, %s in all, and storage.cache is %s: ask for less at a time, or raise it",
			len(partitions), partitions[0].File, partitions[len(partitions)-1].File, quantity.Bytes(all), quantity.Bytes(c.most))
	}
	if err := makeFolder(c.dir, "pins"); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(c.dir, "lock"))
	if stat, err := os.Lstat(lock.Path()); err == nil && !stat.Mode().IsRegular() { // a link would be made a file where it leads
		return nil, fmt.Errorf("%s is not a regular file; remove it", lock.Path())
	}
	if err := lock.Lock(); err != nil {
		return nil, err
	}
	defer lock.Unlock()
	pinned, err := c.pinned()
	if err != nil {
		return nil, err
	}
	for sum, n := range wanted {
		pinned[sum] = n
	}
	if err := c.makeRoom(pinned); err != nil {
		return nil, err
	}
	return c.write(wanted)
}

func (c *cache) pinsDir() string { return filepath.Join(c.dir, "pins") }

// write writes a file of pins and holds it locked.
func (c *cache) write(wanted map[string]int64) (release func(), err error) {
	own := flock.New(filepath.Join(c.pinsDir(), rand.Text()))
	if err := own.Lock(); err != nil {
		return nil, fmt.Errorf("locking %s: %w", own.Path(), err)
	}
	release = func() {
		os.Remove(own.Path())
		own.Unlock()
	}
	var text strings.Builder
	for sum, n := range wanted {
		fmt.Fprintf(&text, "%s %d\n", sum, n)
	}
	if err := os.WriteFile(own.Path(), []byte(text.String()), 0o644); err != nil {
		release()
		return nil, err
	}
	return sync.OnceFunc(release), nil
}

// pinned returns what living processes read, with its size, and removes the pins of those that died.
func (c *cache) pinned() (map[string]int64, error) {
	all := map[string]int64{}
	entries, err := os.ReadDir(c.pinsDir())
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(c.pinsDir(), e.Name())
		if !e.Type().IsRegular() { // nobody's: a pipe would be waited for, a link be made a file where it leads
			if err := os.RemoveAll(path); err != nil {
				return nil, err
			}
			continue
		}
		lock := flock.New(path)
		if dead, err := lock.TryRLock(); err != nil {
			return nil, err
		} else if dead {
			os.Remove(path)
			lock.Unlock()
			continue
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var sum string
			var n int64
			if _, err := fmt.Sscan(lines.Text(), &sum, &n); err == nil {
				all[sum] = n
			}
		}
		f.Close()
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return all, nil
}

// makeRoom removes what was not used for longest until all that is pinned has room.
func (c *cache) makeRoom(pinned map[string]int64) error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	var all int64
	for _, n := range pinned {
		all += n
	}
	if all > c.most {
		return fmt.Errorf("the cache of %s is full of what is being read; try again when it is not, or raise storage.cache", quantity.Bytes(c.most))
	}
	type file struct {
		path string
		size int64
		used time.Time
	}
	var others []file
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.IsDir() || e.Name() == "lock" {
			continue
		}
		sum, is := strings.CutSuffix(e.Name(), extension)
		if _, stays := pinned[sum]; stays {
			continue
		}
		path := filepath.Join(c.dir, e.Name())
		if is {
			others, all = append(others, file{path, info.Size(), info.ModTime()}), all+info.Size()
		} else if !fetched(e.Name(), pinned) { // a process that was killed left it
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	slices.SortFunc(others, func(a, b file) int { return a.used.Compare(b.used) })
	for _, f := range others {
		if all <= c.most {
			break
		}
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		all -= f.size
	}
	return nil
}

// fetched reports whether a temporary file is that of a partition that is pinned.
func fetched(name string, pinned map[string]int64) bool {
	for sum := range pinned {
		if strings.Contains(name, sum) {
			return true
		}
	}
	return false
}

// Cached returns how many bytes the cache has.
func (l *Lake) Cached() (bytes int64) {
	entries, _ := os.ReadDir(l.cache.dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasSuffix(e.Name(), extension) {
			bytes += info.Size()
		}
	}
	return bytes
}
