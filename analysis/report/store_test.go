package report

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// updatesOf2024 returns a store with an update of a year.
func updatesOf2024(t *testing.T) *table.Store {
	store, day := tables.Store(t), time.Date(2024, 12, 20, 0, 0, 0, 0, time.UTC)
	tables.Commit(t, store, datasets.PrefixUpdates, table.Key{Day: day, Name: "rrc00"}, datasets.PrefixUpdate{Collector: "rrc00", Day: day, Family: 4,
		Prefix: "192.0.2.0/24", OriginASN: 64500, Peers: 1, Announcements: 9, Withdrawals: 1, First: 1, Events: 2, EventSeconds: 30, SingleEvents: 1})
	return store
}

// TestReportsOfAnotherProgram: the sentences of another version of the program are not shown, and are made again though the data are the same.
func TestReportsOfAnotherProgram(t *testing.T) {
	store, dir := updatesOf2024(t), t.TempDir()
	update := func(want ...int) {
		t.Helper()
		if made, err := Update(t.Context(), store, dir, ""); err != nil || !slices.Equal(made, want) {
			t.Fatalf("made %v, %v, want %v", made, err, want)
		}
	}
	update(2024)
	update()
	path := pathOf(dir, 2024)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	maker, err := makerHash()
	if err != nil {
		t.Fatal(err)
	}
	const sentence = "the prefix with the most IPv4 updates was 192.0.2.0/24"
	for name, old := range map[string]string{"another version": strings.Repeat("0", len(maker)), "one that named none": ""} {
		text := strings.NewReplacer(maker, old, sentence, "so said an older program").Replace(string(before))
		if strings.Count(text, "so said an older program") != 1 {
			t.Fatalf("the report does not say %q", sentence)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "run tidemark analyse") {
			t.Errorf("%s: its words are shown: %v", name, err)
		}
		update(2024)
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s: the report was not made again as it was: %v", name, err)
		}
		if all, err := Load(dir); err != nil || len(all) != 1 {
			t.Errorf("%s: %d reports, %v", name, len(all), err)
		}
	}
}

// TestHashOfSource: it changes with a word, a query, and the name of a file, and not with a test.
func TestHashOfSource(t *testing.T) {
	base := fstest.MapFS{"text.go": {Data: []byte(`"grew by"`)}, "ages.sql": {Data: []byte("SELECT 1")}}
	hashed := func(name, text string) string {
		changed := maps.Clone(base)
		if name != "" {
			changed[name] = &fstest.MapFile{Data: []byte(text)}
		}
		hash, err := hashOfSource(changed)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	for _, c := range []struct {
		name, text string
		same       bool
	}{
		{"text.go", `"grew by"`, true},
		{"text_test.go", "package report", true},
		{"text.go", `"rose by"`, false},
		{"ages.sql", "SELECT 2", false},
		{"more.go", "", false},
	} {
		if got := hashed(c.name, c.text) == hashed("", ""); got != c.same {
			t.Errorf("with %s %q the hash is the same: %v, want %v", c.name, c.text, got, c.same)
		}
	}
}

// TestNothingToDivide: of updates that count nothing no share is known, and the report can be stored.
func TestNothingToDivide(t *testing.T) {
	store, day, dir := tables.Store(t), time.Date(2024, 12, 20, 0, 0, 0, 0, time.UTC), t.TempDir()
	tables.Commit(t, store, datasets.PrefixUpdates, table.Key{Day: day, Name: "rrc00"}, datasets.PrefixUpdate{Collector: "rrc00", Day: day, Family: 4, Prefix: "192.0.2.0/24", OriginASN: 64500, Peers: 1})
	if _, err := Update(t.Context(), store, dir, ""); err != nil {
		t.Fatal(err)
	}
	all, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all[0].Sections {
		switch s.Slug {
		case "updates":
			for _, r := range s.Years[0].Rows {
				if v := r.Values[2]; v != nil && *v != 0 && *v != 1 { // announcements and unstable prefixes of the day
					t.Errorf("%s is %v", r.Label, *v)
				}
			}
		case "days":
			if got := strings.Join(s.Lists[0].Rows[0], " "); got != "2024-12-20 0 0 1 0.00 0 – –" {
				t.Errorf("the day is %q", got)
			}
		case "busiest":
			if got := strings.Join(s.Lists[0].Rows[0], " "); got != "192.0.2.0/24 AS64500 0 – 0" {
				t.Errorf("the busiest prefix is %q", got)
			}
		}
	}
}
