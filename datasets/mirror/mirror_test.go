package mirror

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
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/datasets/mirror/bucket"
	"tidemark/internal/testkit/fuzz"
)

// vouches is what table.FileOfManifest does, for files of any kind.
func vouches(key string) string {
	dir, base := path.Split(key)
	if base, is := strings.CutSuffix(base, ".json"); is && strings.HasPrefix(base, "_") {
		return dir + base[1:] + ".parquet"
	}
	return ""
}

// workingCopy returns a tree with notes in dir, whose bytes may change.
func workingCopy(dir string) Tree {
	return Tree{Name: "datasets", Dir: filepath.Join(dir, "datasets"), State: filepath.Join(dir, "state"), Vouches: vouches}
}

// archiveCopy returns a tree like the archive: lazy, with bytes that never change.
func archiveCopy(dir string) Tree {
	t := workingCopy(dir)
	t.Name, t.Lazy, t.Fixed = "archive", true, true
	return t
}

// partition writes bytes and their manifest.
func partition(t *testing.T, dir, file, content string, together ...string) {
	t.Helper()
	sum := sha256.Sum256([]byte(content))
	manifest, _ := json.Marshal(map[string]any{
		"file": file, "sha256": hex.EncodeToString(sum[:]), "bytes": len(content), "together": together,
	})
	base := strings.TrimSuffix(path.Base(file), ".parquet")
	write(t, filepath.Join(dir, filepath.FromSlash(file)), content)
	write(t, filepath.Join(dir, filepath.FromSlash(path.Dir(file)), "_"+base+".json"), string(manifest))
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// files returns the content of the files below a folder, without hidden ones, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		content, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		all[filepath.ToSlash(rel)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sameFiles(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

func push(t *testing.T, m *Mirror) Report {
	t.Helper()
	report, err := m.Push(context.Background(), PushOptions{Remove: true})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func pull(t *testing.T, m *Mirror) Report {
	t.Helper()
	report, err := m.Pull(context.Background(), false, false)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// overwrite changes an object in the copy.
func overwrite(t *testing.T, m *Mirror, key, content string) {
	t.Helper()
	if err := m.bucket.Write(context.Background(), key, bucket.Upload{Content: strings.NewReader(content), Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
}

func counts(r Report) string { return fmt.Sprint(len(r.Up), len(r.Down), len(r.Removed)) }

// TestTwoWorkingCopies lets two machines work in turn on one copy. New and changed files of one reach the other, removed ones
// are removed from the copy, and nothing else is copied again.
func TestTwoWorkingCopies(t *testing.T) {
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			address := store.start(t)
			one, two := workingCopy(t.TempDir()), workingCopy(t.TempDir())
			partition(t, one.Dir, "routes/day=01/a.parquet", "first", "peers/day=01/a.parquet")
			partition(t, one.Dir, "peers/day=01/a.parquet", "peers", "routes/day=01/a.parquet")
			partition(t, one.Dir, "routes/day=02/b.parquet", strings.Repeat("x", 9<<20)) // more than a part
			partition(t, one.Dir, "routes/day=03/empty.parquet", "")
			write(t, filepath.Join(one.Dir, "routes/day=01/stray.parquet"), "has no manifest")
			write(t, filepath.Join(one.Dir, "routes/day=01/.tmp-x"), "half made")
			m := openTree(t, one, address)
			if dry, err := m.Push(context.Background(), PushOptions{Dry: true}); err != nil || counts(dry) != "8 0 0" {
				t.Errorf("dry: %s, %v", counts(dry), err)
			}
			if got := counts(push(t, m)); got != "8 0 0" {
				t.Errorf("first push: %s", got)
			}
			if got := counts(push(t, m)); got != "0 0 0" {
				t.Errorf("second push: %s", got)
			}
			// Without the record all objects are compared by their hashes.
			os.RemoveAll(one.State)
			m = openTree(t, one, address)
			if got := counts(push(t, m)); got != "0 0 0" {
				t.Errorf("push without a record: %s", got)
			}

			o := openTree(t, two, address)
			if dry, err := o.Pull(context.Background(), false, true); err != nil || counts(dry) != "0 8 0" {
				t.Errorf("dry: %s, %v", counts(dry), err)
			}
			if got := counts(pull(t, o)); got != "0 8 0" {
				t.Errorf("first pull: %s", got)
			}
			want := files(t, one.Dir)
			delete(want, "routes/day=01/stray.parquet")
			sameFiles(t, "second copy", files(t, two.Dir), want)
			if got := counts(pull(t, o)); got != "0 0 0" {
				t.Errorf("second pull: %s", got)
			}

			// The second machine changes one partition, removes one and adds one.
			partition(t, two.Dir, "routes/day=01/a.parquet", "other", "peers/day=01/a.parquet")
			os.Remove(filepath.Join(two.Dir, "routes/day=02/b.parquet"))
			os.Remove(filepath.Join(two.Dir, "routes/day=02/_b.json"))
			partition(t, two.Dir, "routes/day=04/c.parquet", "new")
			if got := counts(push(t, o)); got != "4 0 2" {
				t.Errorf("push of changes: %s", got)
			}
			// The first machine pulls the changed and the new one. It still has the removed one, and does not push it again.
			if got := counts(pull(t, m)); got != "0 4 0" {
				t.Errorf("pull of changes: %s", got)
			}
			got := files(t, one.Dir)
			if content := got["routes/day=01/a.parquet"]; content != "other" {
				t.Errorf("the first copy has %q for the file that the second changed", content)
			}
			if content := got["routes/day=04/c.parquet"]; content != "new" {
				t.Errorf("the first copy has %q for the file that the second added", content)
			}
			// A whole folder is lost, not removed on purpose.
			os.RemoveAll(two.Dir)
			if got := counts(pull(t, o)); got != "0 8 0" {
				t.Errorf("pull into a lost folder: %s", got)
			}
		})
	}
}

// TestLazy: a pull copies notes without their bytes, which Get copies singly and a pull of all together.
func TestLazy(t *testing.T) {
	address := "file://" + filepath.ToSlash(t.TempDir())
	one, two := archiveCopy(t.TempDir()), archiveCopy(t.TempDir())
	partition(t, one.Dir, "mrt/rrc00/a.parquet", "dump a")
	partition(t, one.Dir, "mrt/rrc00/b.parquet", "dump b")
	push(t, openTree(t, one, address))
	m := openTree(t, two, address)
	if m.Holds("mrt/rrc00/a.parquet", "", 6) {
		t.Error("the copy holds a file before it was listed")
	}
	if got := counts(pull(t, m)); got != "0 2 0" {
		t.Errorf("pull: %s", got)
	}
	if !m.Holds("mrt/rrc00/a.parquet", "", 6) {
		t.Error("the copy does not hold a file that was pushed")
	}
	if m.Holds("mrt/rrc00/a.parquet", "", 7) {
		t.Error("the copy holds a file of another size")
	}
	if m.Holds("mrt/rrc00/c.parquet", "", 6) {
		t.Error("the copy holds a file that was never pushed")
	}
	sum := sha256.Sum256([]byte("dump a"))
	if err := m.Get(context.Background(), "mrt/rrc00/a.parquet", hex.EncodeToString(sum[:]), 6); err != nil {
		t.Fatal(err)
	}
	if got := counts(push(t, m)); got != "0 0 0" {
		t.Errorf("push after a pull: %s", got)
	}
	if report, err := m.Pull(context.Background(), true, false); err != nil || counts(report) != "0 1 0" {
		t.Errorf("pull of all: %s, %v", counts(report), err)
	}
	sameFiles(t, "second copy", files(t, two.Dir), files(t, one.Dir))

	// The first machine removes bytes to save space. The copy retains them, and both sides retain the note.
	os.Remove(filepath.Join(one.Dir, "mrt/rrc00/a.parquet"))
	if got := counts(push(t, openTree(t, one, address))); got != "0 0 0" {
		t.Errorf("push after bytes were cleared: %s", got)
	}
	// If the copy then loses them too, a push says so.
	os.Remove(filepath.Join(strings.TrimPrefix(address, "file://"), "mrt/rrc00/a.parquet"))
	if _, err := openTree(t, one, address).Push(context.Background(), PushOptions{}); err == nil || !strings.Contains(err.Error(), "mrt/rrc00/a.parquet: it was in storage and is missing") {
		t.Errorf("lost bytes: %v", err)
	}
}

// TestConflict: two archives have different bytes under one name. Neither is overwritten, and the error asks for a decision.
func TestConflict(t *testing.T) {
	address := "file://" + filepath.ToSlash(t.TempDir())
	one, two := archiveCopy(t.TempDir()), archiveCopy(t.TempDir())
	partition(t, one.Dir, "mrt/a.parquet", "these bytes")
	partition(t, two.Dir, "mrt/a.parquet", "those bytes")
	partition(t, two.Dir, "mrt/b.parquet", "others")
	push(t, openTree(t, one, address))
	report, err := openTree(t, two, address).Push(context.Background(), PushOptions{})
	if err == nil || !strings.Contains(err.Error(), "decide which of them is right") {
		t.Errorf("push of other bytes: %v", err)
	}
	if got := counts(report); got != "2 0 0" {
		t.Errorf("push of other bytes: %s", got)
	}
	if got := files(t, strings.TrimPrefix(address, "file://"))["mrt/a.parquet"]; got != "these bytes" {
		t.Errorf("the copy has %q", got)
	}
}

// TestNeverANoteWithoutItsBytes looks at the copy after every change of a push: each manifest has the bytes that it
// vouches for, whatever was new, changed or removed.
func TestNeverANoteWithoutItsBytes(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	seen := 0
	p := server.behind(t, nil)
	p.after = func() {
		seen++
		for key, content := range files(t, filepath.Join(server.dir, "copy")) {
			of := vouches(key)
			if of == "" {
				continue
			}
			var n note
			if err := json.Unmarshal([]byte(content), &n); err != nil {
				t.Errorf("%s: %v", key, err)
			}
			bytes, err := os.ReadFile(filepath.Join(server.dir, "copy", filepath.FromSlash(of)))
			if err != nil {
				t.Errorf("after %d changes %s is without its bytes: %v", seen, key, err)
			}
			if sum := sha256.Sum256(bytes); hex.EncodeToString(sum[:]) != n.SHA256 {
				t.Errorf("after %d changes %s is beside bytes that it does not vouch for", seen, key)
			}
		}
	}
	tree := workingCopy(t.TempDir())
	m := openTree(t, tree, p.address())
	for round := range 3 {
		for i := range 8 {
			file := fmt.Sprintf("routes/day=%02d/a.parquet", i)
			switch {
			case i%4 == 3 && round == 1:
				os.Remove(filepath.Join(tree.Dir, file))
				os.Remove(filepath.Join(tree.Dir, filepath.Dir(file), "_a.json"))
			case i%2 == round%2:
				partition(t, tree.Dir, file, fmt.Sprint("content ", i, round))
			}
		}
		push(t, m)
	}
	sameFiles(t, "copy", files(t, filepath.Join(server.dir, "copy")), files(t, tree.Dir))
	if seen < 20 {
		t.Errorf("only %d changes were seen", seen)
	}
}

// TestSiteOrder: a push copies what pages refer to before the pages, then the front page, then the list of files, and removes
// objects last.
func TestSiteOrder(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	p := server.behind(t, nil)
	dir := t.TempDir()
	tree := Tree{Name: "site", Dir: filepath.Join(dir, "site"), State: filepath.Join(dir, "state"), Rank: func(key string) int {
		return map[string]int{"style.css": 0, "old.html": 1, "page.html": 1, "index.html": 2, "SHA256SUMS": 3}[key]
	}, Header: func(key string) (string, string) { return "text/html; charset=utf-8", "no-cache" }}
	version := filepath.Join(dir, "versions", "1")
	for _, name := range []string{"index.html", "old.html", "style.css", "SHA256SUMS"} {
		write(t, filepath.Join(version, name), "one "+name)
	}
	if err := os.Symlink(version, tree.Dir); err != nil {
		t.Fatal(err)
	}
	m := openTree(t, tree, p.address())
	push(t, m)
	// A new version takes its place behind the link.
	next := filepath.Join(dir, "versions", "2")
	for _, name := range []string{"index.html", "page.html", "style.css", "SHA256SUMS"} {
		write(t, filepath.Join(next, name), "two "+name)
	}
	os.Remove(tree.Dir)
	os.Symlink(next, tree.Dir)
	p.log = nil
	var sent http.Header
	p.after = func() {
		if p.log[len(p.log)-1] == "PUT page.html" {
			sent = p.last
		}
	}
	push(t, m)
	want := []string{"PUT style.css", "PUT page.html", "PUT index.html", "PUT SHA256SUMS", "DELETE old.html"}
	if !slices.Equal(p.log, want) {
		t.Errorf("%q, want %q", p.log, want)
	}
	if got := sent.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("a page was sent with Content-Type %q", got)
	}
	if got := sent.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("a page was sent with Cache-Control %q", got)
	}

	// If a file cannot be sent, no page follows and nothing is removed.
	third := filepath.Join(dir, "versions", "3")
	for _, name := range []string{"index.html", "style.css", "SHA256SUMS"} {
		write(t, filepath.Join(third, name), "three "+name)
	}
	os.Remove(tree.Dir)
	os.Symlink(third, tree.Dir)
	p.log = nil
	p.fault = func(_ int, r *http.Request) string {
		if strings.HasSuffix(r.URL.Path, "style.css") {
			return "503"
		}
		return ""
	}
	if _, err := m.Push(context.Background(), PushOptions{Remove: true}); err == nil || !strings.Contains(err.Error(), "s3://bucket/copy/style.css") {
		t.Errorf("the error does not name the object: %v", err)
	}
	if len(p.log) != 0 {
		t.Errorf("%q passed", p.log)
	}
}

// TestServerDies resets connections after more and more requests. What was copied is not copied again, and in the end both
// sides are the same.
func TestServerDies(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	p := server.behind(t, nil)
	tree := workingCopy(t.TempDir())
	for i := range 12 {
		partition(t, tree.Dir, fmt.Sprintf("routes/day=%02d/a.parquet", i), strings.Repeat(fmt.Sprint(i), 50_000))
	}
	puts := map[string]int{}
	done := false
	for try := 0; !done && try < 20; try++ {
		p.n = 0
		p.fault = func(n int, r *http.Request) string {
			if n > 12+8*try {
				return "reset"
			}
			return ""
		}
		p.log = nil
		_, err := openTree(t, tree, p.address()).Push(context.Background(), PushOptions{Remove: true})
		done = err == nil
		for _, line := range p.log {
			puts[line]++
		}
		if err != nil && !strings.Contains(err.Error(), "s3://bucket/copy") {
			t.Errorf("the error names no object: %v", err)
		}
	}
	if !done {
		t.Fatal("not done after 20 tries")
	}
	again := 0
	for _, n := range puts {
		again += n - 1
	}
	if again > len(puts)/4 {
		t.Errorf("%d of %d objects were sent again", again, len(puts))
	}
	sameFiles(t, "copy", files(t, filepath.Join(server.dir, "copy")), files(t, tree.Dir))
}

// TestFaults: refused requests, reset connections and torn uploads are retried.
func TestFaults(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	p := server.behind(t, func(n int, r *http.Request) string {
		switch {
		case n%7 == 0:
			return "503"
		case n%11 == 0:
			return "reset"
		case n%13 == 0 && r.Method == http.MethodPut:
			return "torn"
		}
		return ""
	})
	one, two := workingCopy(t.TempDir()), workingCopy(t.TempDir())
	for i := range 10 {
		partition(t, one.Dir, fmt.Sprintf("routes/day=%02d/a.parquet", i), strings.Repeat(fmt.Sprint(i), 100_000))
	}
	push(t, openTree(t, one, p.address()))
	sameFiles(t, "copy", files(t, filepath.Join(server.dir, "copy")), files(t, one.Dir))
	pull(t, openTree(t, two, p.address()))
	sameFiles(t, "second copy", files(t, two.Dir), files(t, one.Dir))
}

// TestCutDownload: an answer that ends half-way is an error and leaves no file; the next pull copies it.
func TestCutDownload(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	one, two := workingCopy(t.TempDir()), workingCopy(t.TempDir())
	partition(t, one.Dir, "routes/a.parquet", strings.Repeat("content ", 10_000))
	partition(t, one.Dir, "routes/b.parquet", "short")
	push(t, openTree(t, one, server.address()))
	p := server.behind(t, func(_ int, r *http.Request) string {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "a.parquet") {
			return "half"
		}
		return ""
	})
	_, err := openTree(t, two, p.address()).Pull(context.Background(), false, false)
	if err == nil || !strings.Contains(err.Error(), "s3://bucket/copy/routes/a.parquet") {
		t.Errorf("%v", err)
	}
	if got := slices.Sorted(maps.Keys(files(t, two.Dir))); !slices.Equal(got, []string{"routes/_b.json", "routes/b.parquet"}) {
		t.Errorf("pulled: %v", got)
	}
	pull(t, openTree(t, two, server.address()))
	sameFiles(t, "second copy", files(t, two.Dir), files(t, one.Dir))
}

// TestStall: a transfer that makes no progress is cancelled.
func TestStall(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	tree := workingCopy(t.TempDir())
	partition(t, tree.Dir, "routes/a.parquet", "content")
	p := server.behind(t, func(_ int, r *http.Request) string {
		if r.Method == http.MethodPut {
			return "stall"
		}
		return ""
	})
	m := openTree(t, tree, p.address())
	m.Patience = 300 * time.Millisecond
	if _, err := m.Push(context.Background(), PushOptions{}); err == nil || !strings.Contains(err.Error(), "a.parquet: fewer than 300 bytes were transferred in 300ms") {
		t.Errorf("%v", err)
	}
}

// TestDrip: a listing and an object that drip are cancelled, though something moves all the time.
func TestDrip(t *testing.T) {
	t.Parallel()
	const key = "<ListBucketResult><Contents><Key>copy/a.parquet</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
	for _, dripping := range []string{"a listing", "an object", "pages"} {
		page := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begin, again := key, " "
			switch {
			case dripping == "an object":
				begin, again = "", "x"
				w.Header().Set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
			case dripping == "pages":
				time.Sleep(50 * time.Millisecond)
				page++ // one that came already ends the listing
				fmt.Fprintf(w, strings.Replace(key, "a.parquet", "%d.parquet", 1)+"<IsTruncated>true</IsTruncated><NextContinuationToken>%[1]d</NextContinuationToken></ListBucketResult>", page)
				return
			}
			io.WriteString(w, begin)
			for r.Context().Err() == nil {
				io.WriteString(w, again)
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		}))
		t.Cleanup(server.Close)
		m := openTree(t, workingCopy(t.TempDir()), "s3://bucket/copy?region=x&endpoint="+server.URL)
		m.Patience, m.Rate = 300*time.Millisecond, 30_000
		begun := time.Now()
		var err error
		if dripping == "an object" {
			err = m.Get(context.Background(), "a.parquet", strings.Repeat("0", 64), 1<<20)
		} else {
			err = m.list(context.Background())
		}
		if err == nil || !strings.Contains(err.Error(), "fewer than 9000 bytes were transferred in 300ms") {
			t.Errorf("%s: %v after %s", dripping, err, time.Since(begun))
		}
	}
}

// TestSilence: a storage that answers nothing is waited for a few times, not once for each file.
func TestSilence(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	m := openTree(t, workingCopy(t.TempDir()), "s3://bucket/copy?region=x&endpoint="+server.URL)
	m.Patience = 50 * time.Millisecond
	for i := range 2 * bucket.MaxStalls {
		err := m.Get(context.Background(), "a.parquet", strings.Repeat("0", 64), 1<<20)
		if err == nil || errors.Is(err, bucket.ErrStalled) != (i >= bucket.MaxStalls) {
			t.Errorf("file %d: %v", i, err)
		}
	}
	if n := asked.Load(); n > bucket.MaxStalls {
		t.Errorf("asked %d times, want at most %d", n, bucket.MaxStalls)
	}
}

// TestDamage: a file that differs from its note is copied in neither direction, and the error names it.
func TestDamage(t *testing.T) {
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			address := store.start(t)
			one, two := workingCopy(t.TempDir()), workingCopy(t.TempDir())
			partition(t, one.Dir, "routes/a.parquet", "as it was made")
			partition(t, one.Dir, "routes/b.parquet", "another")
			write(t, filepath.Join(one.Dir, "routes/a.parquet"), "as it was mode")
			report, err := openTree(t, one, address).Push(context.Background(), PushOptions{})
			if err == nil || !strings.Contains(err.Error(), "routes/a.parquet: not copied") {
				t.Errorf("damaged here: %v", err)
			}
			if got := counts(report); got != "2 0 0" {
				t.Errorf("damaged here: %s", got)
			}
			write(t, filepath.Join(one.Dir, "routes/a.parquet"), "as it was made")
			m := openTree(t, one, address)
			push(t, m)
			for _, bad := range []struct{ content, want string }{
				{"as it was mode", "routes/a.parquet: the object has SHA-256"},
				{"as it", "routes/a.parquet: the object has 5 bytes"},
				{"as it was made, and more", "routes/a.parquet: the object has more than the 14 bytes"},
			} {
				overwrite(t, m, "routes/a.parquet", bad.content)
				os.RemoveAll(filepath.Dir(two.Dir))
				_, err := openTree(t, two, address).Pull(context.Background(), false, false)
				if err == nil || !strings.Contains(err.Error(), bad.want) {
					t.Errorf("damaged there: %v, want %q", err, bad.want)
				}
				if got := files(t, two.Dir); len(got) != 2 || got["routes/b.parquet"] != "another" {
					t.Errorf("pulled: %v", got)
				}
			}
			// A push from the working copy repairs it.
			time.Sleep(1100 * time.Millisecond) // stores report times in whole seconds
			overwrite(t, m, "routes/a.parquet", "as it was mode")
			push(t, m)
			pull(t, openTree(t, two, address))
			sameFiles(t, "second copy", files(t, two.Dir), files(t, one.Dir))
		})
	}
}

// TestTooManyRemovals: a folder that lost most of its files does not spread the loss to its copy.
func TestTooManyRemovals(t *testing.T) {
	address := "file://" + filepath.ToSlash(t.TempDir())
	tree := workingCopy(t.TempDir())
	for i := range 80 {
		partition(t, tree.Dir, fmt.Sprintf("routes/%02d/a.parquet", i), "x")
	}
	m := openTree(t, tree, address)
	push(t, m)
	for i := range 79 {
		os.RemoveAll(filepath.Join(tree.Dir, fmt.Sprintf("routes/%02d", i)))
	}
	report, err := m.Push(context.Background(), PushOptions{Remove: true})
	if !errors.Is(err, ErrTooMany) {
		t.Errorf("push without most files: %v", err)
	}
	if n := len(report.Removed); n != 0 {
		t.Errorf("%d objects were removed", n)
	}
	if report, err := m.Push(context.Background(), PushOptions{Remove: true, RemoveAll: true}); err != nil || len(report.Removed) != 158 {
		t.Errorf("%s, %v", counts(report), err)
	}
}

// TestLock: one working copy writes at a time. It may lock again over its own old lock, and over an expired one.
func TestLock(t *testing.T) {
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			ctx, address := context.Background(), store.start(t)
			one, two := workingCopy(t.TempDir()), workingCopy(t.TempDir())
			m, o := openTree(t, one, address), openTree(t, two, address)
			_, release, err := m.Lock(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := o.Lock(ctx); !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), lockKey) {
				t.Errorf("a second holder: %v", err)
			}
			if _, again, err := openTree(t, one, address).Lock(ctx); err != nil {
				t.Errorf("the same holder after it was killed: %v", err)
			} else {
				again()
			}
			release()
			_, release, err = o.Lock(ctx)
			if err != nil {
				t.Errorf("after its release: %v", err)
			} else {
				release()
			}
			// Of two simultaneous writers one gets the lock.
			if err := m.writeLock(ctx, holder{Owner: "a"}, true); err != nil {
				t.Error(err)
			}
			if err := m.writeLock(ctx, holder{Owner: "b"}, true); err == nil {
				t.Error("a lock was made where there was one")
			}
			if store.name != "file" {
				return
			}
			old := time.Now().Add(-2 * lockLife)
			if err := os.Chtimes(filepath.Join(strings.TrimPrefix(address, "file://"), lockKey), old, old); err != nil {
				t.Fatal(err)
			}
			if _, release, err := m.Lock(ctx); err != nil {
				t.Errorf("a lock that was not renewed: %v", err)
			} else {
				release()
			}
		})
	}
}

func TestOurs(t *testing.T) {
	for key, want := range map[string]bool{
		"a": true, "a/b=c/d.parquet": true, "": false, "/a": false, "../a": false, "a/../../b": false, "a//b": false, "a/": false,
		".tidemark-lock": false, "a/.tmp-x": false, "a\\b": false, "a\x00": false,
	} {
		if ours(key) != want {
			t.Errorf("%q: %v", key, !want)
		}
	}
}

// FuzzRecord: any file can be loaded as a record, and a record that is saved and loaded stays the same.
func FuzzRecord(t *testing.F) {
	f := fuzz.With(t)
	sum := strings.Repeat("a", 64)
	for _, text := range []string{
		"", recordFormat + "\tfile:///x\n", recordFormat + "\tfile:///x\n" + sum + "\t1\t2\t3\tkey\n",
		recordFormat + "\tfile:///x\n" + sum + "\t1\t2\n", recordFormat + "\tfile:///y\n", recordFormat + "\tfile:///x\n" + sum + "\tx\t2\t3\tkey\n",
	} {
		f.Add([]byte(text))
	}
	file := filepath.Join(f.TempDir(), "record")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := loadRecord(file, "file:///x")
		if err != nil {
			return
		}
		if err := r.save(); err != nil {
			t.Fatal(err)
		}
		first, _ := os.ReadFile(file)
		if r, err = loadRecord(file, "file:///x"); err != nil {
			t.Fatal(err)
		}
		if err := r.save(); err != nil {
			t.Fatal(err)
		}
		if second, _ := os.ReadFile(file); !bytes.Equal(first, second) {
			t.Errorf("%q became %q", first, second)
		}
	})
}

// TestLinksLeadNowhere: a link in the data folder that leads out of it is neither followed to write nor to read, and what is pulled cannot
// be changed by mistake.
func TestLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	dir, outside := filepath.Join(t.TempDir(), "tree"), t.TempDir()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	m := &Mirror{Tree: Tree{Dir: dir, Vouches: func(key string) string {
		of, is := strings.CutSuffix(key, ".note")
		return map[bool]string{true: of}[is]
	}}}
	if err := m.place("out/file", strings.NewReader("x"), nil); err == nil {
		t.Error("a file is written through a link that leads out")
	}
	if left, _ := os.ReadDir(outside); len(left) > 0 {
		t.Errorf("%v lies outside", left)
	}
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := m.readHere("out/secret"); err == nil {
		t.Error("a file is read through a link that leads out")
	}
	if err := m.removeHere("out/secret"); err == nil {
		t.Error("a file is removed through a link that leads out")
	}
	for key, want := range map[string]os.FileMode{"a/file": 0o444, "a/file.note": 0o644} {
		for range 2 { // the second replaces the first
			if err := m.place(key, strings.NewReader("x"), nil); err != nil {
				t.Fatal(err)
			}
		}
		if info, err := os.Stat(filepath.Join(dir, key)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want mode %v", key, info.Mode(), err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "a", tempPrefix+"*")); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}
