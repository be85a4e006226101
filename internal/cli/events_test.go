package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// TestSampleEvents: what happens on the sample's last day (a hijack, a second origin, a leak to one collector, a private AS number in a
// path, a block that is gone) is found once, and is over on a day with the table of the day before. On the other days nothing is invented.
func TestSampleEvents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	model, data := filepath.Join(dir, "sample"), filepath.Join(dir, "data")
	run := func(args ...string) {
		t.Helper()
		if out, errors, code := runProgram(t, args...); code != 0 {
			t.Fatalf("%v: %d\n%s%s", args, code, out, errors)
		}
	}
	run("sample", model)
	for _, collector := range []string{"sample-a", "sample-b"} {
		redate(t, filepath.Join(model, "mrt", collector, "rib.20250101.0000.gz"), filepath.Join(model, "mrt", collector, "rib.20250103.0000.gz"), 48*time.Hour)
	}
	run("collect", "--config", filepath.Join(model, "tidemark.toml"), "--data", data, "--quiet", "sample-a", "sample-b", "iana-special", "iana-space", "iana-as-numbers", "delegated", "vrps")
	store, files := &table.Store{Dir: filepath.Join(data, "datasets")}, dumps{&archive.Archive{Dir: filepath.Join(data, "archive")}}
	derivations := []derive.Derivation{derive.RouteStates(derive.MinFullFeeds), derive.Witnesses(files), derive.ASPAStates(files), derive.Topology(files, nil),
		derive.RouteLeaks(files, nil), derive.RouteMarks, derive.RouteEvents("")}
	if _, err := derive.Run(t.Context(), store, derivations); err != nil {
		t.Fatal(err)
	}
	found, err := store.Manifests(datasets.RouteEvents.Schema)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	lastYear := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	var got []string
	keys := map[string]bool{}
	for e, err := range datasets.RouteEvents.Scan(store.Path(found[0])) {
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprintf("%s %s AS%d %s", e.Kind, e.Prefix, e.OriginASN, e.OriginSet)
		if keys[key] {
			t.Errorf("twice: %s", key)
		}
		keys[key] = true
		if e.SeenFrom.After(lastYear) {
			got = append(got, fmt.Sprintf("%s %s AS%d before %q: %s %s", e.Kind, e.Prefix, e.OriginASN, e.Others, e.Status, interval(&e)))
			continue
		}
		// Standing since a year, in which it began between two dumps: routes that the registries of their day rule out.
		if !slices.Contains([]string{"new-bogon", "rov-invalid", "aspa-invalid"}, e.Kind) || e.Status != "still" || e.GoneBy != nil {
			t.Errorf("invented: %s, %s", key, interval(&e))
		}
	}
	slices.Sort(got)
	const days = "01-01 < 01-02 .. 01-02 < 01-03"
	want := []string{
		`lost-visibility 60.35.48.0/20 AS0 before "262529": ended ` + days,
		`moas 60.36.64.0/20 AS41259 before "41252": ended ` + days,
		`more-specific-by-other-origin 61.250.16.0/24 AS41770 before "262474": ended ` + days,
		`more-specific-by-other-origin 61.250.17.0/24 AS41770 before "262474": ended ` + days,
		`new-bogon 61.250.16.0/24 AS41770 before "": ended ` + days,
		`new-bogon 61.250.17.0/24 AS41770 before "": ended ` + days,
		`new-bogon 61.6.96.0/20 AS262694 before "": ended ` + days,
		`origin-change 60.33.16.0/20 AS41238 before "41231": ended ` + days,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if changed, err := derive.Run(t.Context(), store, derivations); changed != 0 || err != nil {
		t.Errorf("a second run makes %d partitions: %v", changed, err)
	}
	testWatch(t, data)
}

// interval returns the days between which an event began and ended.
func interval(e *datasets.RouteEvent) string {
	day := func(at *time.Time) string {
		if at == nil {
			return "?"
		}
		return at.Format("01-02")
	}
	return fmt.Sprintf("%s < %s .. %s < %s", day(e.NotBefore), day(&e.SeenFrom), day(&e.LastSeen), day(e.GoneBy))
}

// redate copies a compressed MRT file (RFC 6396) with all records later by a time.
func redate(t *testing.T, from, to string, later time.Duration) {
	t.Helper()
	f, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	records, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	const header = 12
	for rest := records; len(rest) > 0; rest = rest[header+binary.BigEndian.Uint32(rest[8:]):] {
		binary.BigEndian.PutUint32(rest, binary.BigEndian.Uint32(rest)+uint32(later.Seconds()))
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(records)
	w.Close() // a buffer takes everything
	if err := os.WriteFile(to, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
