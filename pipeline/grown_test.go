package pipeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// grown is a data folder of many raw files that are all decoded: those of 20 collectors, three a day. Every partition has the
// bytes of a first one.
type grown struct {
	testing.TB
	dir     string
	pattern *table.Manifest
	bytes   []byte
	old     time.Time // of all files: long enough ago for a cache to trust their times
}

const (
	grownCollectors = 20
	grownPerDay     = 3
)

// grow writes n raw files and their n partitions into the data folder dir.
func grow(t testing.TB, dir string, n int) {
	t.Helper()
	store := tables.Store(t)
	store.Program = "tidemark"
	key := table.Key{Day: noon.Truncate(24 * time.Hour), Name: "pattern"}
	pattern := tables.Commit(t, store, datasets.RIBEntries, key, datasets.RIBEntry{Collector: "rrc00", DumpTime: noon, Prefix: "192.0.2.0/24", Family: 4})
	content, err := os.ReadFile(store.Path(pattern))
	if err != nil {
		t.Fatal(err)
	}
	g := grown{TB: t, dir: dir, pattern: pattern, bytes: content, old: time.Now().Add(-time.Hour)}
	for i := range n {
		day := key.Day.AddDate(0, 0, -i/grownCollectors/grownPerDay)
		g.add(fmt.Sprintf("rrc%02d", i%grownCollectors), day, i/grownCollectors%grownPerDay)
	}
}

// add writes the nth raw file of a collector's day, and its partition.
func (g *grown) add(collector string, day time.Time, nth int) {
	g.Helper()
	name := fmt.Sprintf("bview.%s.%02d00.gz", day.Format("20060102"), 8*nth)
	id := fmt.Sprintf("mrt/%s/%s/%s", collector, day.Format(time.DateOnly), name)
	raw := archive.Raw{
		Kind: "mrt", Collector: collector, Name: name, URL: "https://data.example/" + id, Day: day,
		SHA256: fmt.Sprintf("%064x", id), Bytes: 1, Fetched: day.Add(24 * time.Hour), ETag: `"65e1f5a0-1"`, Listed: name + " 2024-03-01 08:05 1.0M", Entries: true,
	}
	raw.SHA256 = raw.SHA256[:64]
	note := filepath.Join(g.dir, "archive", filepath.FromSlash(id))
	g.write(note, []byte("x"))
	g.writeJSON(note+".meta.json", raw)
	m := *g.pattern
	m.File = datasets.RIBEntries.File(raw.Key(day))
	m.Inputs = []table.Input{{Name: id, URL: raw.URL, SHA256: raw.SHA256, Bytes: raw.Bytes, With: "entries"}}
	partition := filepath.Join(g.dir, "datasets", filepath.FromSlash(m.File))
	g.write(partition, g.bytes)
	g.writeJSON(filepath.Join(filepath.Dir(partition), "_"+m.Name()+".json"), m)
}

func (g *grown) writeJSON(path string, value any) {
	g.Helper()
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		g.Fatal(err)
	}
	g.write(path, append(b, '\n'))
}

func (g *grown) write(path string, b []byte) {
	g.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		g.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		g.Fatal(err)
	}
	if err := os.Chtimes(path, g.old, g.old); err != nil {
		g.Fatal(err)
	}
}

// BenchmarkNothingDue runs over 10,000 partitions and as many raw files when nothing is due: a new pipeline, which knows
// them from the caches of the one before. It reports what the heap holds afterwards.
func BenchmarkNothingDue(b *testing.B) {
	dir := b.TempDir()
	grow(b, dir, 10_000)
	run := func() {
		p, err := Open(Options{Dir: dir, Clock: func() time.Time { return noon }})
		if err != nil {
			b.Fatal(err)
		}
		s, ctx, err := p.BeginMirrored(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		r, err := s.Run(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if r.Run.Decoded > 0 || len(r.Problems) > 0 {
			b.Fatalf("%d files were decoded, with the problems %v", r.Run.Decoded, r.Problems)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-heap")
		if _, err := s.End(ctx); err != nil {
			b.Fatal(err)
		}
	}
	run() // writes the caches, and publishes
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}
