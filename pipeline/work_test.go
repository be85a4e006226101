package pipeline

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets/table"
	"tidemark/pipeline/work"
)

// bundledLines is a kind whose files belong together by what is before the minus in their names.
type bundledLines struct{ lines }

func (bundledLines) BundleOf(raw archive.Raw) string {
	name, _, is := strings.Cut(raw.Name, "-")
	if !is {
		return ""
	}
	return name
}

// working opens a pipeline with files in its archive, by name, which a session has listed.
func working(t *testing.T, files map[string]string) (*Pipeline, []work.Unit) {
	t.Helper()
	p, err := Open(Options{Dir: t.TempDir(), Kinds: []collectors.Kind{bundledLines{}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if _, _, err := p.files.Add(archive.Raw{Kind: "lines", Name: name}, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	return p, listed(t, p)
}

func listed(t *testing.T, p *Pipeline) (units []work.Unit) {
	t.Helper()
	inSession(t, p, func(ctx context.Context, s *Session) (err error) {
		units, err = s.List(ctx, work.Decode)
		return err
	})
	return units
}

// inSession runs f in a session and returns the problems that it had.
func inSession(t *testing.T, p *Pipeline, f func(context.Context, *Session) error) []Problem {
	t.Helper()
	s, ctx, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := f(ctx, s); err != nil {
		t.Fatal(err)
	}
	r, err := s.End(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return r.Problems
}

func worked(t *testing.T, p *Pipeline, units []work.Unit) (WorkReport, error) {
	t.Helper()
	w, err := p.BeginWork(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.End()
	return w.Do(t.Context(), units)
}

// TestUnits: files of a bundle are one unit, and the largest comes first.
func TestUnits(t *testing.T) {
	_, units := working(t, map[string]string{"a-1": "1 2 3 4 5 6", "a-2": "1", "b-1": "1 2", "alone": "1 2 3", "apart": "1"})
	var got []string
	for _, u := range units {
		var names []string
		for _, in := range u.Inputs {
			names = append(names, filepath.Base(in.Name))
		}
		got = append(got, strings.Join(names, "+"))
	}
	if want := []string{"a-1+a-2", "alone", "b-1", "apart"}; !slices.Equal(got, want) {
		t.Errorf("units %q, want %q", got, want)
	}
}

// TestWorker: what is decoded is not decoded again; what cannot be read is tried once, and a session records it; what fails here is left
// for another try; the end counts what is missing.
func TestWorker(t *testing.T) {
	p, units := working(t, map[string]string{"good": "1 2", "broken": "1 bad", "full": "1 full"})
	for i, want := range []WorkReport{{Made: 1, Left: 1}, {Stood: 2, Left: 1}} {
		r, err := worked(t, p, units)
		if err == nil || r.Made != want.Made || r.Stood != want.Stood || r.Left != want.Left {
			t.Errorf("try %d: %+v, %v, want %+v and an error", i+1, r, err, want)
		}
	}
	var r EndReport
	problems := inSession(t, p, func(ctx context.Context, s *Session) (err error) {
		r, err = s.EndWork(ctx, units)
		return err
	})
	if r.Units != 3 || r.Missing != 1 || len(problems) != 2 {
		t.Errorf("at the end %+v with problems %v, want one of three units missing and two problems", r, problems)
	}
	if found, _ := os.ReadDir(p.failuresDir()); len(found) > 0 {
		t.Errorf("records of failures stay: %v", found)
	}
	if known, err := p.unreadable(); len(known) != 1 || known["lines/undated/broken"].Error != "a bad line" || err != nil {
		t.Errorf("unreadable are %v, %v", known, err)
	}
	if left := listed(t, p); len(left) != 1 || left[0].Inputs[0].Name != "lines/undated/full" {
		t.Errorf("listed again are %v, want the file that failed for a reason of the machine", left)
	}
}

// TestChangedUnits: a file that is no longer the listed one is not decoded, and one that is not there is a failure of this machine.
func TestChangedUnits(t *testing.T) {
	p, units := working(t, map[string]string{"file": "1 2"})
	put(t, p, "1 2 3")
	if r, err := worked(t, p, units); err != nil || r.Made != 0 || r.Stood != 1 {
		t.Errorf("changed: %+v, %v", r, err)
	}
	if err := os.RemoveAll(p.files.Dir); err != nil {
		t.Fatal(err)
	}
	if r, err := worked(t, p, units); err == nil || r.Left != 1 {
		t.Errorf("missing: %+v, %v", r, err)
	}
	empty := open(t, Options{})
	if _, err := empty.BeginWork(t.Context()); err == nil || !strings.Contains(err.Error(), "not mounted") {
		t.Errorf("a folder in which nothing was listed: %v", err)
	}
}

// TestNotBrought: storage that fails in the midst of a file has said nothing about it.
func TestNotBrought(t *testing.T) {
	p, _ := working(t, map[string]string{"file": "1 2"})
	raw, err := p.files.ByID("lines/undated/file")
	if err != nil || raw == nil {
		t.Fatal(raw, err)
	}
	if err := os.Remove(filepath.Join(p.files.Dir, "lines", "undated", "file")); err != nil {
		t.Fatal(err)
	}
	p.files.Bring = func(archive.Raw) error { return io.ErrUnexpectedEOF }
	_, err = DecodeFile(t.Context(), bundledLines{}, *raw, p.store)
	if !errors.Is(err, archive.ErrNotBrought) || !errors.Is(err, io.ErrUnexpectedEOF) || !isLocalFailure(err) {
		t.Errorf("the error is %v", err)
	}
}

// TestOtherBytes: a worker that makes other bytes of the same inputs stops, and what stands stays.
func TestOtherBytes(t *testing.T) {
	p, units := working(t, map[string]string{"file": "1 2"})
	if _, err := worked(t, p, units); err != nil {
		t.Fatal(err)
	}
	standing, err := filepath.Glob(filepath.Join(p.store.Dir, "*", "*", "*", "*", "*", "_*.json"))
	if err != nil || len(standing) != 1 {
		t.Fatalf("%v, %v", standing, err)
	}
	b, err := os.ReadFile(standing[0])
	if err != nil {
		t.Fatal(err)
	}
	m := strings.Split(string(b), `"sha256": "`)
	other := m[0] + `"sha256": "` + strings.Repeat("0", 64) + m[1][64:] + `"sha256": "` + m[2]
	other = strings.Replace(other, `"unit"`, `"together": ["roas/v2/gone.parquet"], "unit"`, 1) // so that it is to be made again
	if err := os.WriteFile(standing[0], []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := worked(t, p, units); !errors.Is(err, table.ErrNotReproducible) {
		t.Errorf("%v, want not reproducible", err)
	}
	if now, err := os.ReadFile(standing[0]); err != nil || string(now) != other {
		t.Errorf("the manifest was replaced: %v", err)
	}
}

// TestLivingWorker: while a worker is alive nothing is swept, neither by a session nor at the end of the work; afterwards it is, though
// the session before had come to its end.
func TestLivingWorker(t *testing.T) {
	p, units := working(t, map[string]string{"file": "1 2"})
	w, err := p.BeginWork(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(p.store.Dir, "roas", ".tmp-half")
	if err := errors.Join(os.MkdirAll(filepath.Dir(half), 0o755), os.WriteFile(half, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	exists := func() bool { _, err := os.Stat(half); return err == nil }
	os.Remove(p.cleanFile()) // as if a session had been killed too
	s, ctx, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.EndWork(ctx, units); !errors.Is(err, ErrWorkers) || !errors.Is(err, ErrLocked) {
		t.Errorf("the work ends beside a worker: %v", err)
	}
	if _, err := s.End(ctx); err != nil {
		t.Fatal(err)
	}
	if inSession(t, p, func(context.Context, *Session) error { return nil }); !exists() {
		t.Error("what a living worker has half written was removed")
	}
	w.End()
	if inSession(t, p, func(context.Context, *Session) error { return nil }); exists() {
		t.Error("what a killed worker left stays")
	}
}
