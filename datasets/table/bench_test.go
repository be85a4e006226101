package table_test

import (
	"encoding/json"
	"fmt"
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
	first.LoadCatalogue(file)
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
		s.LoadCatalogue(file)
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

// writeManifest makes a partition without contents, whose manifest has the usual length.
func writeManifest(b *testing.B, s *table.Store, at time.Time) {
	name := at.Format("rrc00.2006-01-02.updates.20060102.1504.gz")
	m := table.Manifest{
		Dataset: labelledRows.Name, Schema: 1, Program: "test", File: labelledRows.File(table.Key{Day: at, Name: name}), Bytes: 500_000,
		SHA256: fmt.Sprintf("%064x", at.UnixNano()), Rows: 12_345, Unit: "message", Seen: 12_346, Kept: 12_345, Rejected: map[string]int64{"unreadable": 1},
		Labels: map[string]string{"collector": "rrc00", "time": at.Format(time.RFC3339), "file_date": at.Format(time.DateOnly), "family": "4", "count": "1"},
		Inputs: []table.Input{{Name: "mrt/rrc00/undated/" + name, URL: "https://data.example/rrc00/" + name, SHA256: fmt.Sprintf("%064x", at.UnixMicro()), Bytes: 400_000}},
	}
	path := s.Path(&m)
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
