package table

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

type number struct {
	Number int64 `col:"number" doc:"a number"`
}

var (
	publicationDay = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	oldNumbers     = New[number](Doc{Name: "numbers", Version: 1, Row: "A number.", Partition: "a day"})
	newNumbers     = New[number](Doc{Name: "numbers", Version: 2, Row: "A number.", Partition: "a day"})
)

// prepare begins a commit of one row in each of the named partitions, which differ by value.
func prepare(t *testing.T, s *Store, d *Dataset[number], value int64, names ...string) *Commit {
	t.Helper()
	c := s.Begin(Input{Name: "raw"})
	for _, name := range names {
		w, err := d.Create(c, Key{Day: publicationDay, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		w.See(1)
		w.Keep(1)
		if err := w.Append(number{value}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// values returns what the store shows: dataset version, name and value of each partition.
func values(t *testing.T, s *Store) (all []string) {
	t.Helper()
	for _, d := range []*Dataset[number]{oldNumbers, newNumbers} {
		manifests, err := s.Manifests(d.Schema)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range manifests {
			for row, err := range d.Scan(s.Path(m)) {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, fmt.Sprintf("v%d %s %d", m.Schema, m.Name(), row.Number))
			}
		}
	}
	return all
}

// TestKilledCommit ends a commit after each of its steps. After Sweep the store shows the partitions of before or those of
// after, whole, and nothing else is left.
func TestKilledCommit(t *testing.T) {
	before, after := []string{"v1 a 1", "v1 b 1", "v1 other 5"}, []string{"v1 other 5", "v2 a 2", "v2 c 2"}
	const steps = 5
	for _, catalogue := range []bool{false, true} {
		for n := range steps + 1 {
			s := &Store{Dir: t.TempDir()}
			if catalogue {
				s.LoadCatalogue(t.TempDir(), t.TempDir()+"/catalogue")
			}
			old, err := prepare(t, s, oldNumbers, 1, "a", "b").Commit()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := prepare(t, s, oldNumbers, 5, "other").Commit(); err != nil {
				t.Fatal(err)
			}
			if got := values(t, s); !slices.Equal(got, before) {
				t.Fatalf("at first the store shows %q", got)
			}
			c := prepare(t, s, newNumbers, 2, "a", "c")
			c.Replaces(old...)
			manifests, err := c.finish()
			if err != nil {
				t.Fatal(err)
			}
			p := c.publication(manifests)
			if len(p.steps()) != steps {
				t.Fatalf("a replacement has %d steps, the test kills it in %d", len(p.steps()), steps)
			}
			for _, step := range p.steps()[:n] {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Sweep(); err != nil {
				t.Fatalf("after %d steps: %v", n, err)
			}
			want := before
			if n >= 4 { // the manifests are written
				want = after
			}
			if got := values(t, s); !slices.Equal(got, want) {
				t.Errorf("catalogue %v, after %d steps: the store shows %q, want %q", catalogue, n, got, want)
			}
			checkVerified(t, s, len(want))
		}
	}
}

func checkVerified(t *testing.T, s *Store, want int) {
	t.Helper()
	// Verify knows a newer schema than that of some partitions, as it does after an update.
	whole, found, err := s.Verify([]*Schema{newNumbers.Schema})
	if err != nil {
		t.Fatal(err)
	}
	if whole != want {
		t.Errorf("%d partitions are whole, want %d", whole, want)
	}
	for _, d := range found {
		t.Errorf("left behind: %v", d)
	}
}

func TestReplaceUnderTheSameName(t *testing.T) {
	s := &Store{Dir: t.TempDir()}
	old, err := prepare(t, s, newNumbers, 1, "a", "b").Commit()
	if err != nil {
		t.Fatal(err)
	}
	c := prepare(t, s, newNumbers, 2, "b", "c") // b is both made and replaced
	c.Replaces(old...)
	if _, err := c.Commit(); err != nil {
		t.Fatal(err)
	}
	if got, want := values(t, s), []string{"v2 b 2", "v2 c 2"}; !slices.Equal(got, want) {
		t.Errorf("the store shows %q, want %q", got, want)
	}
	checkVerified(t, s, 2)
}

// TestPartlyRemoved: the process is killed while it removes the replaced partitions.
func TestPartlyRemoved(t *testing.T) {
	s := &Store{Dir: t.TempDir()}
	old, err := prepare(t, s, oldNumbers, 1, "a", "b", "c").Commit()
	if err != nil {
		t.Fatal(err)
	}
	c := prepare(t, s, newNumbers, 2, "a")
	c.Replaces(old...)
	manifests, err := c.finish()
	if err != nil {
		t.Fatal(err)
	}
	p := c.publication(manifests)
	for _, step := range p.steps()[:4] {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Remove(old[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(manifestFile(s.Path(old[1]).String())); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	if got, want := values(t, s), []string{"v2 a 2"}; !slices.Equal(got, want) {
		t.Errorf("the store shows %q, want %q", got, want)
	}
	checkVerified(t, s, 1)
}

// TestStaleReplacement: what was made again since does not fall to a replacement that was never finished.
func TestStaleReplacement(t *testing.T) {
	s := &Store{Dir: t.TempDir()}
	old, err := prepare(t, s, oldNumbers, 1, "a").Commit()
	if err != nil {
		t.Fatal(err)
	}
	c := prepare(t, s, newNumbers, 2, "a")
	c.Replaces(old...)
	manifests, err := c.finish()
	if err != nil {
		t.Fatal(err)
	}
	p := c.publication(manifests)
	for _, step := range p.steps()[:4] {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := prepare(t, s, oldNumbers, 3, "a").Commit(); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	if got, want := values(t, s), []string{"v1 a 3", "v2 a 2"}; !slices.Equal(got, want) {
		t.Errorf("the store shows %q, want %q", got, want)
	}
}

func TestReplaceByNothing(t *testing.T) {
	s := &Store{Dir: t.TempDir()}
	old, err := prepare(t, s, oldNumbers, 1, "a").Commit()
	if err != nil {
		t.Fatal(err)
	}
	c := s.Begin()
	c.Replaces(old...)
	if _, err := c.Commit(); err == nil {
		t.Error("a commit without partitions replaced one")
	}
	if got := values(t, s); len(got) != 1 {
		t.Errorf("the store shows %q", got)
	}
}

// TestFailingSteps: a disk that refuses a step makes the commit fail, and the partitions to be replaced stay until the new
// ones are there.
func TestFailingSteps(t *testing.T) {
	s := &Store{Dir: t.TempDir()}
	old, err := prepare(t, s, oldNumbers, 1, "a").Commit()
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]func(p *publication) string{
		"replacement": func(p *publication) string { return p.replacementFile() },
		"partition":   func(p *publication) string { return s.Path(p.manifests[0]).String() },
		"manifest":    func(p *publication) string { return manifestFile(s.Path(p.manifests[0]).String()) },
	} {
		c := prepare(t, s, newNumbers, 2, "a")
		c.Replaces(old...)
		manifests, err := c.finish()
		if err != nil {
			t.Fatal(err)
		}
		p := c.publication(manifests)
		blocked := block(p)
		if err := os.MkdirAll(blocked+"/full", 0o755); err != nil { // no file can take the place of a folder that is not empty
			t.Fatal(err)
		}
		err = nil
		for _, step := range p.steps() {
			if err = step(); err != nil {
				break
			}
		}
		if err == nil || !strings.Contains(err.Error(), blocked) {
			t.Errorf("%s: error %v", name, err)
		}
		if err := errors.Join(os.RemoveAll(blocked), s.Sweep()); err != nil {
			t.Fatal(err)
		}
		if got, want := values(t, s), []string{"v1 a 1"}; !slices.Equal(got, want) {
			t.Errorf("%s: the store shows %q, want %q", name, got, want)
		}
		checkVerified(t, s, 1)
	}
}
