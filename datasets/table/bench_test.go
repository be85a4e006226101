package table_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/datasets/table"
)

// BenchmarkNothingDue is what a process does on a store of 100,000 partitions, of which one collector's update files are
// most, to learn that nothing has changed: load the catalogue, list every dataset, read every label.
func BenchmarkNothingDue(b *testing.B) {
	const partitions = 100_000
	dir := b.TempDir()
	store := &table.Store{Dir: dir + "/datasets", Program: "test"}
	file := dir + "/catalogue"
	for i := range partitions {
		writeManifest(b, store, day.Add(time.Duration(i)*5*time.Minute))
	}
	first := &table.Store{Dir: store.Dir, Program: "test"}
	first.LoadCatalogue(filepath.Join(filepath.Dir(file), "index"), file)
	if _, err := first.Manifests(labelledRows.Schema); err != nil {
		b.Fatal(err)
	}
	if err := first.SaveCatalogue(); err != nil {
		b.Fatal(err)
	}
	if info, err := os.Stat(file); err == nil {
		b.ReportMetric(float64(info.Size()), "file-bytes")
	}
	for b.Loop() {
		s := &table.Store{Dir: store.Dir, Program: "test"}
		s.LoadCatalogue(filepath.Join(filepath.Dir(file), "index"), file)
		for range 7 {
			manifests, err := s.Manifests(labelledRows.Schema)
			if err != nil || len(manifests) != partitions {
				b.Fatal(len(manifests), err)
			}
			for _, m := range manifests {
				if _, ok, err := labelledRows.Labels(s, m); !ok || err != nil {
					b.Fatal(m.File, err)
				}
			}
		}
	}
}

// routeRow resembles a row of the largest datasets: distinct texts in order, few texts in runs, numbers, lists.
type routeRow struct {
	Prefix    string    `col:"prefix" doc:"a prefix"`
	Collector string    `col:"collector" doc:"a collector"`
	Origin    uint32    `col:"origin" doc:"an AS number"`
	Path      []uint32  `col:"path" doc:"AS numbers"`
	Peers     int64     `col:"peers" doc:"a count"`
	Length    *int64    `col:"length" doc:"a length or null"`
	Share     float64   `col:"share" doc:"a share"`
	Valid     bool      `col:"valid" doc:"whether it is valid"`
	Time      time.Time `col:"time" doc:"a time"`
	Date      time.Time `col:"file_date,date" doc:"a day"`
}

var routeRows = table.New[routeRow](table.Doc{Name: "bench_routes", Version: 1, Partition: "a dump", Row: "A route."})

const benchRows = 500_000

func benchRoutes() []routeRow {
	rows := make([]routeRow, benchRows)
	collectors := []string{"rrc00", "rrc01", "route-views.jinx"}
	for i := range rows {
		n := uint32(i) * 3251
		rows[i] = routeRow{
			Prefix:    fmt.Sprintf("%d.%d.%d.0/24", 1+i/40_000, i/200%200, i%200),
			Collector: collectors[i/170_000], Origin: n % 40_009, Path: []uint32{3333, n % 977, n % 40_009},
			Peers: int64(n % 40), Share: float64(n%40) / 40, Valid: n%7 > 0, Time: day.Add(time.Duration(i) * time.Second), Date: day,
		}
		if i%3 == 0 {
			rows[i].Length = ptr(int64(n % 33))
		}
	}
	return rows
}

func writeRoutes(b *testing.B, store *table.Store, rows []routeRow) *table.Manifest {
	c := store.Begin()
	defer c.Abort()
	w, err := routeRows.Create(c, table.Key{Day: day, Name: "a"})
	if err != nil {
		b.Fatal(err)
	}
	w.See(len(rows))
	w.Keep(len(rows))
	if err := w.Append(rows...); err != nil {
		b.Fatal(err)
	}
	m, err := c.Commit()
	if err != nil {
		b.Fatal(err)
	}
	return m[0]
}

func BenchmarkWrite(b *testing.B) {
	rows := benchRoutes()
	b.ReportAllocs()
	for b.Loop() {
		m := writeRoutes(b, &table.Store{Dir: b.TempDir(), Program: "test"}, rows)
		b.ReportMetric(float64(m.Bytes), "file-bytes")
	}
}

func BenchmarkScan(b *testing.B) {
	store := &table.Store{Dir: b.TempDir(), Program: "test"}
	path := store.Path(writeRoutes(b, store, benchRoutes()))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range routeRows.Scan(path) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchRows {
			b.Fatal(n)
		}
	}
}

func BenchmarkCombine(b *testing.B) {
	store := &table.Store{Dir: b.TempDir(), Program: "test"}
	m := writeRoutes(b, store, benchRoutes()[:100_000])
	b.ReportAllocs()
	for b.Loop() {
		if err := store.Combine(routeRows.Schema, []*table.Manifest{m}, io.Discard, io.Discard, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// writeManifest makes a partition without contents, whose manifest has the usual length.
func writeManifest(b *testing.B, s *table.Store, at time.Time) {
	name := at.Format("rrc00.2006-01-02.updates.20060102.1504.gz")
	m := table.Manifest{
		Dataset: labelledRows.Name, Schema: 1, Program: "test", File: labelledRows.File(table.Key{Day: at, Name: name}), Bytes: 500_000,
		SHA256: fmt.Sprintf("%064x", at.UnixNano()), Rows: 12_345, Unit: "message", Seen: 12_346, Kept: 12_345, Rejected: map[string]int64{"unreadable": 1},
		Labels: map[string]string{"collector": "rrc00", "time": at.Format(time.RFC3339), "file_date": at.Format(time.DateOnly), "family": "4", "count": "1"},
		Inputs: []table.Input{{Name: "mrt/rrc00/undated/" + name, URL: "https://data.example/rrc00/" + name, SHA256: fmt.Sprintf("%064x", at.UnixMicro()), Bytes: 400_000}},
	}
	path := s.Path(&m).String()
	encoded, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	manifest := manifestOf(s, &m)
	for file, content := range map[string][]byte{path: nil, manifest: encoded} {
		if err := os.WriteFile(file, content, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.Chtimes(manifest, at, at); err != nil {
		b.Fatal(err)
	}
}
