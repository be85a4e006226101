package archive_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
)

// TestKeys: files of other places have other partitions, whatever they are called; those of usual names have plain ones.
func TestKeys(t *testing.T) {
	local := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(local, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	a := &archive.Archive{Dir: t.TempDir()}
	names := []string{
		"a b.json", "a_b.json", "a~b.json", "é.json", "_.json", "b", "a.b", "rib.20240101.0000.bz2", "x.rib.20240101.0000.bz2", "2020-02-03.b",
		"a.2020-02-03.b", strings.Repeat("n", 160), strings.Repeat("n", 161), strings.Repeat("😀", 60), strings.Repeat("x", 151) + "." + strings.Repeat("y", 90),
	}
	places, keys := map[string]string{}, map[string]string{}
	for _, kind := range []string{"one", "two"} {
		for _, collector := range []string{"", "a", "a.b", "x", "a b", "2020-02-03", "unfinished"} {
			for _, day := range []time.Time{{}, day, day.AddDate(0, 0, 1)} {
				for _, name := range names {
					raw, _, err := a.Add(archive.Raw{Kind: kind, Collector: collector, Name: name, Day: day}, strings.NewReader("x"))
					if err != nil {
						t.Fatal(err)
					}
					places[raw.ID()] = name
					for _, key := range []string{"shared " + raw.SharedKey(day).Name, kind + " " + raw.Key(day).Name} {
						if other, taken := keys[key]; taken {
							t.Errorf("%s and %s share the partition %s", other, raw.ID(), key)
						}
						keys[key] = raw.ID()
					}
				}
			}
		}
	}
	if want := 2 * 7 * 3 * len(names); len(places) != want {
		t.Errorf("%d places for %d files", len(places), want)
	}
	if all, err := a.List(""); err != nil || len(all) != len(places) {
		t.Errorf("%d files are listed, of %d: %v", len(all), len(places), err)
	}
	for want, raw := range map[string]archive.Raw{
		"route-views.linx.rib.20240101.0000.bz2": {Collector: "route-views.linx", Name: "rib.20240101.0000.bz2"},
		"rrc00.bview.20240101.0000.gz":           {Collector: "rrc00", Name: "bview.20240101.0000.gz"},
		"rpki-client.2020-02-03.vrps.json":       {Collector: "rpki-client", Name: "vrps.json", Day: day},
		"2020-02-03.rfc-index.xml":               {Name: "rfc-index.xml", Day: day},
		"rfc-index-2026-06-12.txt":               {Name: "rfc-index-2026-06-12.txt"},
	} {
		if got := raw.Key(day).Name; got != want {
			t.Errorf("the partition is called %s, want %s", got, want)
		}
	}
}
