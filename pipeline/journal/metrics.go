package journal

import (
	"time"

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
// All metrics are gauges: a program that does not run between its runs has no counter to continue.
func (m Metrics) Write(path string) error {
	var all gauges
	m.addRun(&all)
	m.addSources(&all)
	m.addAlerts(&all)
	all.add("disk_bytes", "Size of the file system of the data.").set(float64(m.Disk.Bytes))
	all.add("disk_free_bytes", "Free bytes of it.").set(float64(m.Disk.FreeBytes))
	all.add("disk_inodes", "Inodes of it.").set(float64(m.Disk.Inodes))
	all.add("disk_free_inodes", "Free inodes of it.").set(float64(m.Disk.FreeInodes))
	return replaceTextfile(path, all.text())
}

func (m Metrics) addRun(all *gauges) {
	all.add("run_start_timestamp_seconds", "When the last run began.").set(seconds(m.Last.Start))
	outcome := all.add("run_outcome", "How the last run ended: 1 for that outcome, 0 for the others.", "outcome")
	for _, o := range []string{Done, Partly, Failed, Stopped} {
		outcome.set(oneIf(m.Last.Outcome == o), o)
	}
	duration := all.add("run_duration_seconds", "How long the parts of the last run took.", "part")
	for part, s := range m.Last.Seconds {
		duration.set(s, part)
	}
	made := all.add("run_made", "What the last run made: raw files decoded, partitions derived, questions answered, files of the site published, raw files cleared away.", "what")
	for what, n := range map[string]int{"decoded": m.Last.Decoded, "derived": m.Last.Derived, "answers": m.Last.Answers, "published": m.Last.Published, "cleared": m.Last.Cleared} {
		made.set(float64(n), what)
	}
}

func (m Metrics) addSources(all *gauges) {
	files := all.add("source_files", "Files of the source in the last run, by what became of them.", "result", "source")
	bytes := all.add("source_bytes", "Bytes that the last run brought from the source.", "source")
	brought := all.add("source_brought_files_total", "Files that the source brought in all.", "source")
	failures := all.add("source_failed_runs", "Runs in a row in which something of the source failed.", "source")
	missing := all.add("source_missing_files", "Files that are wanted and could not be had so far.", "source")
	alive := all.add("source_alive_timestamp_seconds", "When the source last brought something, or said that it has nothing newer.", "source")
	newest := all.add("source_newest_timestamp_seconds", "The newest time that something brought from the source speaks of.", "source")
	silent := all.add("source_silent", "1 if a source that is expected to bring something brought nothing for three of its periods.", "source")
	results := map[string]schedule.Result{}
	for _, r := range m.Last.Sources {
		results[r.Source] = r
	}
	for _, s := range m.Sources {
		r, known := results[s.Name], m.State.Of(s.Name)
		for result, n := range map[string]int{"new": r.New, "unchanged": r.Unchanged, "failed": r.Failed, "left": known.Left} {
			files.set(float64(n), result, s.Name)
		}
		bytes.set(float64(r.Bytes), s.Name)
		brought.set(float64(known.Files), s.Name)
		failures.set(float64(known.Failures), s.Name)
		missing.set(float64(len(known.Items)), s.Name)
		if !known.Alive.IsZero() {
			alive.set(seconds(known.Alive), s.Name)
		}
		if !known.Have.IsZero() {
			newest.set(seconds(known.Have), s.Name)
		}
		_, isSilent := known.Silent(s.Every, m.Now)
		silent.set(oneIf(isSilent), s.Name)
	}
}

func (m Metrics) addAlerts(all *gauges) {
	active := map[string]int{}
	for _, kind := range []string{"silent", "paused", "jump", "changed", "damaged", "unreadable", "quarantined", "fault", "underived"} {
		active[kind] = 0
	}
	for _, a := range m.Active {
		active[a.Kind]++
	}
	alerts := all.add("alerts", "Alerts that stand.", "kind")
	for kind, n := range active {
		alerts.set(float64(n), kind)
	}
}

func seconds(t time.Time) float64 { return float64(t.Unix()) }

func oneIf(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}
