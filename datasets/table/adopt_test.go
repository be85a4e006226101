package table

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// adoptions returns the partitions of a store as another one may adopt them.
func adoptions(t *testing.T, s *Store, d *Dataset[number]) (all []Adoption) {
	t.Helper()
	manifests, err := s.Manifests(d.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		as := *m
		as.MeasuredBy = &Publisher{Name: "Example", URL: "https://example.net/", Known: "example", SHA256: m.SHA256}
		all = append(all, Adoption{Schema: d.Schema, Manifest: &as, From: s.Path(m).String(), Known: "example"})
	}
	return all
}

// TestAdoptCut ends an adoption after each of its steps: the next Sweep leaves all of it or nothing.
func TestAdoptCut(t *testing.T) {
	from := &Store{Dir: t.TempDir()}
	if _, err := prepare(t, from, newNumbers, 7, "a", "b").Commit(); err != nil {
		t.Fatal(err)
	}
	want := "[v2 a 7 v2 b 7]"
	all := adoptions(t, from, newNumbers)
	for done := 0; done <= 3; done++ {
		s := &Store{Dir: t.TempDir()}
		p, err := s.adoption(all)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range p.steps()[:done] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Sweep(); err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(values(t, s))
		if done < 3 && got != "[]" || done == 3 && got != want {
			t.Errorf("after %d steps the store has %s", done, got)
		}
		if _, err := s.Adopt(all...); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(values(t, s)); got != want {
			t.Errorf("once more after %d steps: %s", done, got)
		}
	}
}

// TestAdoptRefuses leaves the store as it was.
func TestAdoptRefuses(t *testing.T) {
	from := &Store{Dir: t.TempDir()}
	if _, err := prepare(t, from, newNumbers, 7, "a", "b").Commit(); err != nil {
		t.Fatal(err)
	}
	type other struct {
		Name string `col:"name" doc:"a name"`
	}
	names := New[other](Doc{Name: "numbers", Version: 2, Row: "A name.", Partition: "a day"})
	for name, test := range map[string]struct {
		change func(*Adoption)
		want   string
	}{
		"another SHA-256":  {func(a *Adoption) { a.Manifest.SHA256 = strings.Repeat("0", 64) }, "its manifest says"},
		"another size":     {func(a *Adoption) { a.Manifest.Bytes++ }, "its manifest says"},
		"fewer rows":       {func(a *Adoption) { a.Manifest.Rows = 0 }, "rows, but its manifest says 0"},
		"more rows":        {func(a *Adoption) { a.Manifest.Rows = 2 }, "has 1 rows"},
		"rows without end": {func(a *Adoption) { a.Manifest.Rows = 1 << 62 }, "rows in"},
		"lost units":       {func(a *Adoption) { a.Manifest.Seen++ }, "do not add up"},
		"negative counts":  {func(a *Adoption) { a.Manifest.Rejected = map[string]int64{"x": -1} }, "-1 of 1"},
		"another version":  {func(a *Adoption) { a.Schema = oldNumbers.Schema }, "is not a partition of version 1"},
		"other columns":    {func(a *Adoption) { a.Schema = names.Schema }, "cannot be read"},
		"no file":          {func(a *Adoption) { a.From += ".x" }, "no such file"},
	} {
		s := &Store{Dir: t.TempDir()}
		all := adoptions(t, from, newNumbers)
		test.change(&all[1])
		if _, err := s.Adopt(all...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if got := values(t, s); len(got) > 0 {
			t.Errorf("%s: the store has %v", name, got)
		}
		if _, found, err := s.Verify([]*Schema{newNumbers.Schema}); err != nil || len(found) > 0 {
			t.Errorf("%s: left %v, %v", name, found, err)
		}
	}
}

// TestAdoptPlaces: where a column has places, each gets the name behind it; in a copy of a copy it has it already.
func TestAdoptPlaces(t *testing.T) {
	type run struct {
		Run   string `col:"run,label,place" doc:"a run"`
		Other string `col:"other" doc:"something else"`
	}
	runs := New[run](Doc{Name: "runs", Version: 1, Row: "A run.", Partition: "a run"})
	from := &Store{Dir: t.TempDir()}
	c := from.Begin(Input{Name: "raw"})
	w, err := runs.Create(c, Key{Day: publicationDay, Name: "r"})
	if err != nil {
		t.Fatal(err)
	}
	w.See(2)
	w.Keep(2)
	if err := w.Append(run{"here/2024/1", "here/2024"}, run{"here", ""}); err != nil {
		t.Fatal(err)
	}
	made, err := c.Commit()
	if err != nil {
		t.Fatal(err)
	}
	as := *made[0]
	as.File = runs.AdoptedFile(as.File, "x.example")
	s, again := &Store{Dir: t.TempDir()}, &Store{Dir: t.TempDir()}
	adopted, err := s.Adopt(Adoption{Schema: runs.Schema, Manifest: &as, From: from.Path(made[0]).String(), Known: "x.example"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for row, err := range runs.Scan(s.Path(adopted[0])) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Run, row.Other)
	}
	if want := "[here@x.example/2024/1 here/2024 here@x.example ]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	labels, _, err := runs.Labels(s, adopted[0])
	if err != nil || labels.Run != "here@x.example/2024/1" {
		t.Errorf("label %q, %v", labels.Run, err)
	}
	copied, err := again.Adopt(Adoption{Schema: runs.Schema, Manifest: adopted[0], From: s.Path(adopted[0]).String(), Known: "x.example", Named: true})
	if err != nil || copied[0].SHA256 != adopted[0].SHA256 {
		t.Errorf("a copy of the copy: %+v, %v", copied, err)
	}
	if _, err := again.Adopt(Adoption{Schema: runs.Schema, Manifest: made[0], From: from.Path(made[0]).String(), Known: "x.example", Named: true}); err == nil {
		t.Error("places without the name were adopted as if they had it")
	}
	if info, err := os.Stat(s.Path(adopted[0]).String()); err != nil || info.Mode().Perm() != 0o444 {
		t.Errorf("%v, %v", info, err)
	}
}
