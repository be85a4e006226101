package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/pipeline"
)

// damagedFolder is a data folder with one raw file, decoded, and perhaps a copy of the archive.
type damagedFolder struct {
	*testing.T
	options pipeline.Options
}

func newDamaged(t *testing.T, copied bool) damagedFolder {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	f := damagedFolder{t, pipeline.Options{Dir: t.TempDir(), Kinds: []collectors.Kind{registry.ROAs{}}, Clock: func() time.Time { return now }}}
	if copied {
		f.options.Storage = pipeline.Storage{Archive: "file://" + t.TempDir()}
	}
	vrps := filepath.Join(t.TempDir(), "vrps.csv")
	if err := os.WriteFile(vrps, []byte("ASN,IP Prefix,Max Length,Trust Anchor\nAS64496,192.0.2.0/24,24,test\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.session(func(s *pipeline.Session) {
		if _, err := s.Import(t.Context(), archive.Raw{Kind: "roas", Day: now.Truncate(24 * time.Hour)}, vrps); err != nil {
			t.Fatal(err)
		}
	})
	f.run()
	return f
}

func (f damagedFolder) session(do func(*pipeline.Session)) (problems []pipeline.Problem) {
	f.Helper()
	p, err := pipeline.Open(f.options)
	if err != nil {
		f.Fatal(err)
	}
	s, ctx, err := p.BeginMirrored(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	do(s)
	report, err := s.End(ctx)
	if err != nil {
		f.Fatal(err)
	}
	return report.Problems
}

func (f damagedFolder) run() []pipeline.Problem {
	f.Helper()
	return f.session(func(s *pipeline.Session) {
		if _, err := s.Run(f.Context()); err != nil {
			f.Error(err)
		}
	})
}

func (f damagedFolder) only(pattern string) string {
	f.Helper()
	found, err := filepath.Glob(filepath.Join(f.options.Dir, filepath.FromSlash(pattern)))
	if err != nil || len(found) != 1 {
		f.Fatalf("%s: %q, %v", pattern, found, err)
	}
	return found[0]
}

func (f damagedFolder) partitions() int {
	f.Helper()
	p, err := pipeline.Open(f.options)
	if err != nil {
		f.Fatal(err)
	}
	all, err := p.Store().Manifests(datasets.ROAs.Schema)
	if err != nil {
		f.Fatal(err)
	}
	return len(all)
}

const (
	rawPattern      = "archive/roas/*/vrps.csv"
	partPattern     = "datasets/roas/*/*/*/*/*.parquet"
	manifestPattern = "datasets/roas/*/*/*/*/_*.json"
)

// TestRottenRawFile: a changed byte never gets the hash of the byte that was there.
func TestRottenRawFile(t *testing.T) {
	for _, copied := range []bool{false, true} {
		f := newDamaged(t, copied)
		raw := f.only(rawPattern)
		whole, err := os.ReadFile(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(raw, bytes.Replace(whole, []byte("64496"), []byte("64499"), 1), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := pipeline.Open(f.options)
		if err != nil {
			t.Fatal(err)
		}
		if n, wrong, err := p.VerifyArchive(t.Context()); n != 0 || len(wrong) != 1 || err != nil {
			t.Errorf("copied %v: %d raw files are whole, %v are not, %v", copied, n, wrong, err)
		}
		if err := os.RemoveAll(filepath.Join(f.options.Dir, "datasets")); err != nil {
			t.Fatal(err)
		}
		problems := f.run()
		if n := f.partitions(); n != map[bool]int{false: 0, true: 1}[copied] {
			t.Errorf("copied %v: %d partitions", copied, n)
		}
		if len(problems) == 0 {
			t.Errorf("copied %v: nothing was said", copied)
		}
		if reason, err := os.ReadFile(f.only("archive/.damaged/roas/*/vrps.csv.reason.txt")); err != nil || !strings.Contains(string(reason), "SHA-256") {
			t.Errorf("copied %v: %q, %v", copied, reason, err)
		}
		if copied {
			if again, err := os.ReadFile(raw); err != nil || !bytes.Equal(again, whole) {
				t.Errorf("storage did not give the bytes back: %v", err)
			}
		}
	}
}

// TestRottenPartition: a partition that changed while its size and its time of modification stayed is not published under the old
// SHA-256, neither from the datasets nor from the published site, of which it is a part: they have the same inode.
func TestRottenPartition(t *testing.T) {
	for name, act := range map[string]func(context.Context, *pipeline.Session) error{
		"run":    func(ctx context.Context, s *pipeline.Session) error { _, err := s.Run(ctx); return err },
		"render": func(ctx context.Context, s *pipeline.Session) error { _, err := s.Render(ctx); return err },
	} {
		f := newDamaged(t, false)

		path, published := f.only(partPattern), filepath.Join(f.options.Dir, "site", "data", "datasets", "roas", "v*", "*", "*", "*", "*.parquet")
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o444 {
			t.Errorf("%s: the partition has mode %v", name, info.Mode())
		}
		found, _ := filepath.Glob(published)
		if len(found) != 1 {
			t.Fatalf("%s: %q are published", name, found)
		}
		rotten := bytes.Clone(whole)
		rotten[len(rotten)/2] ^= 1
		if err := errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, rotten, 0o644), os.Chmod(path, 0o444), os.Chtimes(path, info.ModTime(), info.ModTime())); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(f.options.Dir, "site")); err != nil { // so that there is something to do
			t.Fatal(err)
		}
		problems := f.session(func(s *pipeline.Session) {
			if err := act(t.Context(), s); err != nil {
				t.Error(name, err)
			}
		})
		if len(problems) == 0 || !strings.Contains(problems[0].Err.Error(), "SHA-256") {
			t.Errorf("%s: problems %v", name, problems)
		}
		if aside, err := os.ReadFile(f.only("datasets/.damaged/roas/*/*/*/*/*.parquet")); err != nil || !bytes.Equal(aside, rotten) {
			t.Errorf("%s: what is set aside is not what was damaged: %v", name, err)
		}
		again, _ := filepath.Glob(published)
		if (name == "run") != (len(again) == 1) { // a run decodes the raw file anew
			t.Fatalf("%s: %q are published", name, again)
		}
		for _, file := range again {
			if b, err := os.ReadFile(file); err != nil || !bytes.Equal(b, whole) {
				t.Errorf("%s: the published partition is not as it was made: %v", name, err)
			}
		}
	}
}

// TestDamagedNoteWithCopy: a note that is damaged here comes from storage again, and its raw file with it.
func TestDamagedNoteWithCopy(t *testing.T) {
	f := newDamaged(t, true)
	note, raw := f.only(rawPattern+".meta.json"), f.only(rawPattern)
	was, err := os.ReadFile(note)
	if err != nil {
		t.Fatal(err)
	}
	bytesWere, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(note, []byte("{"), 0o644), os.RemoveAll(filepath.Join(f.options.Dir, "datasets"))); err != nil {
		t.Fatal(err)
	}
	if problems := f.run(); len(problems) == 0 {
		t.Error("nothing was said")
	}
	if again, err := os.ReadFile(note); err != nil || !bytes.Equal(again, was) {
		t.Errorf("the note is %q, %v", again, err)
	}
	f.run()
	if again, err := os.ReadFile(raw); err != nil || !bytes.Equal(again, bytesWere) {
		t.Errorf("the raw file is %q, %v", again, err)
	}
	if n := f.partitions(); n != 1 {
		t.Errorf("%d partitions", n)
	}
}

// TestMissingRawFile: a raw file that is gone while its note is here is said by verify, and by the share that runs compare; what was
// decoded from it stays.
func TestMissingRawFile(t *testing.T) {
	f := newDamaged(t, false)
	if err := os.Remove(f.only(rawPattern)); err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Open(f.options)
	if err != nil {
		t.Fatal(err)
	}
	if n, wrong, err := p.VerifyArchive(t.Context()); n != 0 || len(wrong) != 1 || err != nil {
		t.Errorf("%d raw files are whole, %v are not, %v", n, wrong, err)
	}
	said := 0
	for day := range 32 {
		later := f.options.Clock().Add(24 * time.Hour)
		f.options.Clock = func() time.Time { return later }
		for _, problem := range f.run() {
			if strings.Contains(problem.Where, "vrps.csv") {
				said++
			}
		}
		if said > 0 {
			t.Logf("said on day %d", day+1)
			break
		}
	}
	if said == 0 {
		t.Error("no run of a month said that it is missing")
	}
	if n := f.partitions(); n != 1 {
		t.Errorf("%d partitions", n)
	}
}

// TestFutureCompletion: a record of a run whose clock was ahead freezes nothing.
func TestFutureCompletion(t *testing.T) {
	f := newDamaged(t, false)
	f.options.PublishEvery = collectors.Daily()
	record := filepath.Join(f.options.Dir, "state", "published.json")
	b, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	ahead := bytes.Replace(b, []byte(`"at":"2026-`), []byte(`"at":"2099-`), 1)
	if bytes.Equal(ahead, b) {
		t.Fatalf("%s has no time", b)
	}
	later := f.options.Clock().Add(25 * time.Hour)
	f.options.Clock = func() time.Time { return later }
	front := filepath.Join(f.options.Dir, "site")
	if err := errors.Join(os.WriteFile(record, ahead, 0o644), os.Remove(front)); err != nil {
		t.Fatal(err)
	}
	f.run()
	if _, err := os.Stat(filepath.Join(front, "index.html")); err != nil {
		t.Errorf("nothing was published: %v", err)
	}
	if b, err = os.ReadFile(record); err != nil || bytes.Contains(b, []byte(`"at":"2099-`)) {
		t.Errorf("the record is %s, %v", b, err)
	}
}

// TestDamagedFilesEndNoRun: one damaged file of any kind is set aside and said by the first run of the next day at the latest, and what can be
// made again is.
func TestDamagedFilesEndNoRun(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		left       int // partitions
	}{
		"a partition is cut":         {partPattern, "PAR1", 1},
		"a manifest is empty":        {manifestPattern, "", 1},
		"a manifest leads outside":   {manifestPattern, `{"file":"../../victim.parquet"}`, 1},
		"a note is empty":            {rawPattern + ".meta.json", "", 1}, // what was decoded stays
		"the alerts are empty":       {"state/alerts.json", "", 1},
		"the last run is cut":        {"state/last.json", "{", 1},
		"the completion is nonsense": {"state/published.json", "x", 1},
		"the journal is a folder":    {"state/runs/2026.jsonl", "a folder", 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newDamaged(t, false)
			file := filepath.Join(f.options.Dir, filepath.FromSlash(c.file))
			if strings.Contains(c.file, "*") {
				file = f.only(c.file)
			}
			os.Remove(file)
			err := os.MkdirAll(filepath.Dir(file), 0o755)
			if c.text == "a folder" {
				err = errors.Join(err, os.Mkdir(file, 0o755))
			} else {
				err = errors.Join(err, os.WriteFile(file, []byte(c.text), 0o644))
			}
			if err != nil {
				t.Fatal(err)
			}
			next := f.options.Clock().Add(25 * time.Hour) // a run with nothing due looks into no file, but once a day
			f.options.Clock = func() time.Time { return next }
			if problems := f.run(); len(problems) == 0 {
				t.Error("nothing was said")
			}
			f.run()
			if n := f.partitions(); n != c.left {
				t.Errorf("%d partitions, want %d", n, c.left)
			}
		})
	}
}
