package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var noon = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// lines is a kind whose files have an AS number a line, or a text that cannot be decoded, or not now. Its partition is named after the
// number of lines, so that other content is in another partition.
type lines struct{}

func (lines) Name() string { return "lines" }

func (lines) Settings() collectors.Settings { return nil }

func (lines) Cadence(collectors.Source) collectors.Cadence { return collectors.Cadence{} }

func (lines) Due(context.Context, collectors.Source, time.Time, *archive.Archive) ([]collectors.Item, error) {
	return nil, nil
}

func (lines) Fetch(context.Context, collectors.Source, collectors.Item, *archive.Archive) (collectors.Fetched, error) {
	return collectors.Fetched{}, errors.New("nothing is due")
}

func (lines) Decode(_ context.Context, raw archive.Raw, commit *table.Commit) error {
	in, err := raw.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	all := strings.Fields(string(text))
	w, err := datasets.ROAs.Create(commit, table.Key{Day: noon.Truncate(24*time.Hour).AddDate(0, 0, len(all)), Name: raw.Name})
	if err != nil {
		return err
	}
	for range all {
		w.See(1)
		if err := w.Append(datasets.ROA{FileDate: noon, Prefix: "192.0.2.0/24"}); err != nil {
			return err
		}
		w.Keep(1)
	}
	if strings.Contains(string(text), "full") {
		return syscall.ENOSPC
	}
	if strings.Contains(string(text), "bad") {
		return errors.New("a bad line")
	}
	return nil
}

// open opens a pipeline of the kind lines on an empty folder.
func open(t *testing.T, o Options) *Pipeline {
	t.Helper()
	o.Dir, o.Kinds = t.TempDir(), []collectors.Kind{lines{}}
	if o.Clock == nil {
		o.Clock = func() time.Time { return noon }
	}
	p, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// put replaces the only file of the archive.
func put(t *testing.T, p *Pipeline, content string) archive.Raw {
	t.Helper()
	if err := os.RemoveAll(p.files.Dir); err != nil {
		t.Fatal(err)
	}
	raw, _, err := p.files.Add(archive.Raw{Kind: "lines", Name: "file", Fetched: p.now()}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decodeOnce(t *testing.T, p *Pipeline) DecodeReport {
	t.Helper()
	s, ctx, err := p.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Decode(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.End(ctx); err != nil {
		t.Fatal(err)
	}
	return r
}

// rows returns the rows of each partition.
func rows(t *testing.T, p *Pipeline) (counts []int64) {
	t.Helper()
	manifests, err := p.store.Manifests(datasets.ROAs.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		counts = append(counts, m.Rows)
	}
	return counts
}

// TestReplacement: rows go only when their replacement is there.
func TestReplacement(t *testing.T) {
	p := open(t, Options{})
	for _, test := range []struct {
		name, content   string
		files, problems int
		rows            int64
	}{
		{"the first content", "1 2 3", 1, 0, 3},
		{"the same", "1 2 3", 0, 0, 3},
		{"content that cannot be decoded", "1 bad", 0, 1, 3},
		{"the same, not tried again", "1 bad", 0, 0, 3},
		{"other content", "1 2", 1, 0, 2},
	} {
		put(t, p, test.content)
		r := decodeOnce(t, p)
		if r.Files != test.files {
			t.Errorf("%s: %d files were decoded, want %d", test.name, r.Files, test.files)
		}
		if len(r.Problems) != test.problems {
			t.Errorf("%s: problems %v, want %d", test.name, r.Problems, test.problems)
		}
		if got := rows(t, p); len(got) != 1 || got[0] != test.rows {
			t.Errorf("%s: partitions of %v rows, want one of %d", test.name, got, test.rows)
		}
	}
}

// copiedLines is a kind whose files are copies of the document that is their name without its extension.
type copiedLines struct{ lines }

func (copiedLines) CopyOf(raw archive.Raw) string {
	return strings.TrimSuffix(raw.Name, filepath.Ext(raw.Name))
}

// TestUnreadableCopy: of two copies the last is decoded, and the other where that one cannot be.
func TestUnreadableCopy(t *testing.T) {
	p, err := Open(Options{Dir: t.TempDir(), Kinds: []collectors.Kind{copiedLines{}}, Clock: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name, xml string
		problems  int
		rows      []int64
	}{
		{"plain text alone", "", 0, []int64{3}},
		{"XML that cannot be read", "1 bad", 1, []int64{3}},
		{"the same, not tried again", "1 bad", 0, []int64{3}},
		{"XML that can", "1 2", 0, []int64{2}},
		{"XML that cannot any more", "bad", 1, []int64{2}},
		{"the same, not tried again", "bad", 0, []int64{3}},
	} {
		put(t, p, "1 2 3")
		if step.xml != "" {
			if _, _, err := p.files.Add(archive.Raw{Kind: "lines", Name: "file.xml", Fetched: p.now()}, strings.NewReader(step.xml)); err != nil {
				t.Fatal(err)
			}
		}
		r := decodeOnce(t, p)
		if got := rows(t, p); len(r.Problems) != step.problems || !slices.Equal(got, step.rows) {
			t.Errorf("%s: partitions of %v rows, problems %v; want %v rows, %d problems", step.name, got, r.Problems, step.rows, step.problems)
		}
	}
}

// TestPending: the question what is to be decoded changes nothing on disk.
func TestPending(t *testing.T) {
	p := open(t, Options{})
	put(t, p, "1 2 3")
	decodeOnce(t, p)
	raw := put(t, p, "1 2")
	before := filesBelow(t, p.options.Dir)
	pending, err := p.Pending(context.Background())
	if err != nil || len(pending) != 1 {
		t.Fatalf("%v, %v", pending, err)
	}
	if pending[0].Raw.ID() != raw.ID() {
		t.Errorf("pending is %s, want %s", pending[0].Raw.ID(), raw.ID())
	}
	if stale := pending[0].Stale; len(stale) != 1 || stale[0].Rows != 3 {
		t.Errorf("stale is %v, want the partition of 3 rows", stale)
	}
	if after := filesBelow(t, p.options.Dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// filesBelow lists files with their times.
func filesBelow(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			b.WriteString(path + " " + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDecodeWorkers: how many files are decoded at once follows cores and memory.
func TestDecodeWorkers(t *testing.T) {
	for _, c := range []struct {
		cores  int
		memory int64
		want   int
	}{{1, 0, 1}, {64, 0, 2}, {1, 8 << 30, 1}, {2, 300 << 20, 1}, {2, 1 << 30, 2}, {64, 8 << 30, 16}, {64, 128 << 30, 64}} {
		if got := decodeWorkers(c.cores, c.memory); got != c.want {
			t.Errorf("%d cores, %d bytes: %d, want %d", c.cores, c.memory, got, c.want)
		}
	}
}

// TestWorkers: how many files are decoded at once changes no byte.
func TestWorkers(t *testing.T) {
	var want []string
	for _, workers := range []int{1, 2, 5} {
		p := open(t, Options{Workers: workers})
		for i := range 12 {
			content := strings.NewReader(strings.Repeat("1 ", 1+i))
			if _, _, err := p.files.Add(archive.Raw{Kind: "lines", Name: fmt.Sprintf("file%02d", i), Fetched: noon}, content); err != nil {
				t.Fatal(err)
			}
		}
		if r := decodeOnce(t, p); r.Files != 12 {
			t.Fatalf("%d workers decoded %d files", workers, r.Files)
		}
		manifests, err := p.store.Manifests(datasets.ROAs.Schema)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range manifests {
			got = append(got, m.File+" "+m.SHA256)
		}
		if want == nil {
			want = got
		}
		if len(got) != 12 || !slices.Equal(got, want) {
			t.Errorf("%d workers made %q, one %q", workers, got, want)
		}
	}
}

// TestDecodeFileTwice: processes that decode one file at once leave one whole partition.
func TestDecodeFileTwice(t *testing.T) {
	p := open(t, Options{})
	raw := put(t, p, strings.Repeat("1 ", 5000))
	const callers = 6
	var wait sync.WaitGroup
	errs := make([]error, callers)
	for i := range callers {
		wait.Go(func() { _, errs[i] = DecodeFile(context.Background(), lines{}, raw, p.store) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if got := rows(t, p); len(got) != 1 || got[0] != 5000 {
		t.Errorf("partitions of %v rows, want one of 5000", got)
	}
	if whole, found, err := p.store.Verify(datasets.All()); whole != 1 || len(found) > 0 || err != nil {
		t.Errorf("%d partitions are whole, differences %v, %v", whole, found, err)
	}
	if left, _ := filepath.Glob(filepath.Join(p.store.Dir, ".tmp-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLocked(t *testing.T) {
	p := open(t, Options{})
	s, ctx, err := p.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Begin(ctx); !errors.Is(err, ErrLocked) {
		t.Errorf("a second session: %v", err)
	}
	if running, err := p.Running(); !running || err != nil {
		t.Errorf("running %v, %v", running, err)
	}
	if _, err := s.End(ctx); err != nil {
		t.Fatal(err)
	}
	if running, err := p.Running(); running || err != nil {
		t.Errorf("after the end: running %v, %v", running, err)
	}
}

// TestRetention: bytes are cleared when they are old and decoded, and not before.
func TestRetention(t *testing.T) {
	later := noon
	p := open(t, Options{
		Retention: []archive.Retention{{Kinds: []string{"lines"}, Age: 24 * time.Hour}},
		Clock:     func() time.Time { return later },
	})
	raw := put(t, p, "1 2 3")
	raw.Fetched = noon
	if err := p.files.Annotate(raw); err != nil {
		t.Fatal(err)
	}
	clear := func() int {
		t.Helper()
		s, ctx, err := p.Begin(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer s.End(ctx)
		r, err := s.Clear(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return r.Files
	}
	later = noon.AddDate(0, 0, 3)
	if n := clear(); n != 0 {
		t.Errorf("%d files were cleared that are not decoded", n)
	}
	decodeOnce(t, p)
	later = noon
	if n := clear(); n != 0 {
		t.Errorf("%d young files were cleared", n)
	}
	later = noon.AddDate(0, 0, 3)
	if n := clear(); n != 1 {
		t.Errorf("%d old files were cleared, want 1", n)
	}
	if r := decodeOnce(t, p); r.Files != 0 {
		t.Errorf("%d cleared files were decoded again", r.Files)
	}
}

// tornLines is a kind that takes the end of what it can read for the end of the file, as those of texts do, and is stopped on the way.
type tornLines struct {
	lines
	stop func()
}

func (k tornLines) Decode(_ context.Context, raw archive.Raw, commit *table.Commit) error {
	in, err := raw.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	w, err := datasets.ROAs.Create(commit, table.Key{Day: noon.Truncate(24 * time.Hour), Name: raw.Name})
	if err != nil {
		return err
	}
	b := make([]byte, 2)
	for {
		if _, err := in.Read(b); err == io.EOF {
			return nil
		} else if err != nil {
			commit.Damage(err)
			return nil
		}
		w.See(1)
		w.Keep(1)
		if err := w.Append(datasets.ROA{FileDate: noon, Prefix: "192.0.2.0/24"}); err != nil {
			return err
		}
		k.stop()
	}
}

// TestStoppedDecoding: rows of a file that was read in part, because the program was stopped, are never taken for all of the file's.
func TestStoppedDecoding(t *testing.T) {
	p := open(t, Options{})
	raw := put(t, p, "1\n2\n3\n")
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := DecodeFile(ctx, tornLines{stop: cancel}, raw, p.store); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the reason of the stop", err)
	}
	if got := rows(t, p); len(got) > 0 {
		t.Errorf("partitions of %d rows", got)
	}
	if _, err := DecodeFile(t.Context(), tornLines{stop: func() {}}, raw, p.store); err != nil {
		t.Error(err)
	}
	if got := rows(t, p); len(got) != 1 || got[0] != 3 {
		t.Errorf("partitions of %d rows, want one of 3", got)
	}
}
