package journal

import (
	"os"
	"path/filepath"
	"time"

	"tidemark/internal/atomicfile"

	"github.com/prometheus/client_golang/prometheus"

	"tidemark/collectors"
	"tidemark/pipeline/schedule"
)

// Metrics is the content of the metrics file.
type Metrics struct {
	Last    *Run
	Sources []collectors.Source
	State   *schedule.State
	Active  map[string]Alert // by ID
	Disk    Disk
	Now     time.Time
}

// Disk is the file system of the data.
type Disk struct {
	Bytes, FreeBytes   int64 // free for users other than root
	Inodes, FreeInodes int64 // 0 if the file system has no fixed number
}

// Write replaces the file as a whole, in the text format of Prometheus, for the textfile collector of its node exporter.
// All are gauges: the program does not run between the runs, and counts nothing there.
func (m Metrics) Write(path string) error {
	registry := prometheus.NewRegistry()
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "tidemark_" + name, Help: help}, labels)
		registry.MustRegister(g)
		return g
	}
	seconds := func(t time.Time) float64 { return float64(t.Unix()) }

	gauge("run_start_timestamp_seconds", "When the last run began.").WithLabelValues().Set(seconds(m.Last.Start))
	outcome := gauge("run_outcome", "How the last run ended: 1 for that outcome, 0 for the others.", "outcome")
	for _, o := range []string{Done, Partly, Failed, Stopped} {
		value := 0.0
		if m.Last.Outcome == o {
			value = 1
		}
		outcome.WithLabelValues(o).Set(value)
	}
	took := gauge("run_duration_seconds", "How long the parts of the last run took.", "part")
	for part, s := range m.Last.Seconds {
		took.WithLabelValues(part).Set(s)
	}
	made := gauge("run_made", "What the last run made: raw files decoded, partitions derived, questions answered, files of the site published, raw files cleared away.", "what")
	for what, n := range map[string]int{"decoded": m.Last.Decoded, "derived": m.Last.Derived, "answers": m.Last.Answers, "published": m.Last.Published, "cleared": m.Last.Cleared} {
		made.WithLabelValues(what).Set(float64(n))
	}

	files := gauge("source_files", "Files of the source in the last run, by what became of them.", "source", "result")
	bytes := gauge("source_bytes", "Bytes that the last run brought from the source.", "source")
	brought := gauge("source_brought_files_total", "Files that the source brought in all.", "source")
	failures := gauge("source_failed_runs", "Runs in a row in which something of the source failed.", "source")
	missing := gauge("source_missing_files", "Files that are wanted and could not be had so far.", "source")
	alive := gauge("source_alive_timestamp_seconds", "When the source last brought something, or said that it has nothing newer.", "source")
	newest := gauge("source_newest_timestamp_seconds", "The newest time that something brought from the source speaks of.", "source")
	silent := gauge("source_silent", "1 if a source that is expected to bring something brought nothing for three of its periods.", "source")
	results := map[string]schedule.Result{}
	for _, r := range m.Last.Sources {
		results[r.Source] = r
	}
	for _, s := range m.Sources {
		r, known := results[s.Name], m.State.Of(s.Name)
		for result, n := range map[string]int{"new": r.New, "unchanged": r.Unchanged, "failed": r.Failed, "left": known.Left} {
			files.WithLabelValues(s.Name, result).Set(float64(n))
		}
		bytes.WithLabelValues(s.Name).Set(float64(r.Bytes))
		brought.WithLabelValues(s.Name).Set(float64(known.Files))
		failures.WithLabelValues(s.Name).Set(float64(known.Failures))
		missing.WithLabelValues(s.Name).Set(float64(len(known.Items)))
		if !known.Alive.IsZero() {
			alive.WithLabelValues(s.Name).Set(seconds(known.Alive))
		}
		if !known.Have.IsZero() {
			newest.WithLabelValues(s.Name).Set(seconds(known.Have))
		}
		is := 0.0
		if _, yes := known.Silent(s.Every, m.Now); yes {
			is = 1
		}
		silent.WithLabelValues(s.Name).Set(is)
	}

	active := gauge("alerts", "Alerts that stand.", "kind")
	for _, kind := range []string{"silent", "jump", "changed", "damaged", "unreadable", "quarantined"} {
		active.WithLabelValues(kind).Set(0)
	}
	for _, a := range m.Active {
		active.WithLabelValues(a.Kind).Inc()
	}
	gauge("disk_bytes", "Size of the file system of the data.").WithLabelValues().Set(float64(m.Disk.Bytes))
	gauge("disk_free_bytes", "Free bytes of it.").WithLabelValues().Set(float64(m.Disk.FreeBytes))
	gauge("disk_inodes", "Inodes of it.").WithLabelValues().Set(float64(m.Disk.Inodes))
	gauge("disk_free_inodes", "Free inodes of it.").WithLabelValues().Set(float64(m.Disk.FreeInodes))

	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := prometheus.WriteToTextfile(path, registry); err != nil { // writes beside it and renames
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(path))
}
