// Package journal records what each run did, beside the data and apart from them: a run happens at a time, and no time of
// fetching may reach a dataset. The journal has a JSON line for each run that did something and lies in data/state; a
// rebuild leaves it alone, and the status page is made from it.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/internal/atomicfile"

	"tidemark/pipeline/schedule"
)

// Outcomes of a run.
const (
	Done    = "done"
	Partly  = "partly"  // with problems
	Failed  = "failed"  // it ended early
	Stopped = "stopped" // by a signal
	Killed  = "killed"  // it did not record how it ended
)

// Run is what a run did.
type Run struct {
	Start     time.Time          `json:"start"`
	Program   string             `json:"program"`
	Outcome   string             `json:"outcome"`
	Error     string             `json:"error,omitempty"`
	Sources   []schedule.Result  `json:"sources,omitempty"` // those that did something
	Decoded   int                `json:"decoded,omitempty"`
	Derived   int                `json:"derived,omitempty"` // partitions
	Answers   int                `json:"answers,omitempty"`
	Published int                `json:"published,omitempty"` // files of the site that changed
	Cleared   int                `json:"cleared,omitempty"`   // raw files whose bytes were cleared away
	Seconds   map[string]float64 `json:"seconds,omitempty"`   // by part
	Alerts    []Alert            `json:"alerts,omitempty"`    // that this run raised
	Told      int                `json:"told,omitempty"`      // messages for sinks that were new
}

// Alert is something that a person should look at. It is raised once, and is active until its cause is gone.
type Alert struct {
	ID   string    `json:"id"`   // what it is about; the same while it is active
	Kind string    `json:"kind"` // silent, paused, fault, unreadable, changed, damaged, quarantined, underived or jump
	Text string    `json:"text"`
	At   time.Time `json:"at"` // when it was raised
}

// Well reports whether the run came to its end. A stopped one did not: what stops a run may stop every further one.
func (r *Run) Well() bool { return r.Outcome == Done || r.Outcome == Partly }

// Quiet reports whether the run did nothing that is worth a record.
func (r *Run) Quiet() bool {
	return r.Outcome == Done && len(r.Sources) == 0 && r.Decoded+r.Derived+r.Answers+r.Published+r.Cleared+r.Told == 0 && len(r.Alerts) == 0
}

// Journal is the folder data/state.
type Journal struct{ Dir string }

const (
	runs    = "runs"         // runs/2026.jsonl
	last    = "last.json"    // the last run, quiet or not
	running = "running.json" // the run that is under way
	alerts  = "alerts.json"  // those that are active
)

// Begin records that a run begins. If the run before never ended, it is recorded as killed.
func (j Journal) Begin(run *Run) error {
	before := new(Run)
	found, err := read(filepath.Join(j.Dir, running), before)
	if err != nil {
		return err
	}
	if found {
		before.Outcome = Killed
		if kept, err := j.Runs(2); err != nil {
			return err
		} else if i := slices.IndexFunc(kept, func(r Run) bool { return r.Start.Equal(before.Start) }); i >= 0 {
			kept[i].Outcome = Killed
			before = &kept[i]
		}
		if err := j.append(before); err != nil {
			return err
		}
	}
	return write(filepath.Join(j.Dir, running), run)
}

// Update records how far the run that is under way has come, should it be killed.
func (j Journal) Update(run *Run) error { return write(filepath.Join(j.Dir, running), run) }

// Keep adds a run to the journal, in place of an earlier record of it. Quiet runs are left out.
func (j Journal) Keep(run *Run) error {
	if run.Quiet() {
		return nil
	}
	return j.append(run)
}

// End records how the run ended.
func (j Journal) End(run *Run) error {
	if err := write(filepath.Join(j.Dir, last), run); err != nil {
		return err
	}
	return os.Remove(filepath.Join(j.Dir, running))
}

// Last returns the last run that ended; nil if none did.
func (j Journal) Last() (*Run, error) {
	run := new(Run)
	found, err := read(filepath.Join(j.Dir, last), run)
	if !found {
		return nil, err
	}
	return run, err
}

// Unfinished returns the run that did not record how it ended: it is under way, or was killed; nil if there is none.
func (j Journal) Unfinished() (*Run, error) {
	run := new(Run)
	found, err := read(filepath.Join(j.Dir, running), run)
	if !found {
		return nil, err
	}
	return run, err
}

// append adds a line, durable before it returns. A half-written line of a killed run is ended first.
func (j Journal) append(run *Run) error {
	dir := filepath.Join(j.Dir, runs)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	line, err := json.Marshal(run)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, strconv.Itoa(run.Start.UTC().Year())+".jsonl")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Seek(0, 2)
	if err != nil {
		return err
	}
	end := make([]byte, 1)
	if size > 0 {
		if _, err := f.ReadAt(end, size-1); err != nil {
			return err
		}
		if end[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		f.Truncate(size) // a disk that is full holds no half line
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return atomicfile.SyncDir(dir)
}

// Runs returns the newest runs of the journal, at most limit of them (0: all), oldest first. Lines that cannot be read are
// left out: a killed run leaves one.
func (j Journal) Runs(limit int) ([]Run, error) {
	files, err := filepath.Glob(filepath.Join(j.Dir, runs, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	slices.Reverse(files)
	var all []Run
	for _, file := range files {
		b, err := atomicfile.Read(file)
		if err != nil {
			return nil, err
		}
		byStart := map[int64]Run{}
		lines := bufio.NewScanner(bytes.NewReader(b))
		lines.Buffer(nil, len(b)+1)
		for lines.Scan() {
			var r Run
			if json.Unmarshal(lines.Bytes(), &r) == nil {
				byStart[r.Start.UnixNano()] = r // the later line tells more
			}
		}
		year := slices.Collect(maps.Values(byStart))
		slices.SortFunc(year, func(a, b Run) int { return a.Start.Compare(b.Start) })
		all = append(year, all...)
		if limit > 0 && len(all) >= limit {
			return all[len(all)-limit:], nil
		}
	}
	return all, nil
}

// Active returns the alerts that were raised and whose causes are not gone, by ID.
func (j Journal) Active() (map[string]Alert, error) {
	active := map[string]Alert{}
	_, err := read(filepath.Join(j.Dir, alerts), &active)
	return active, err
}

// Raise makes the given alerts the active ones, and returns those that were not active before, in the order of their IDs.
func (j Journal) Raise(now []Alert) (raised []Alert, err error) {
	before, err := j.Active()
	if err != nil {
		return nil, err
	}
	active := map[string]Alert{}
	for _, a := range now {
		if old, known := before[a.ID]; known {
			a.At = old.At
		} else if _, twice := active[a.ID]; !twice {
			raised = append(raised, a)
		}
		active[a.ID] = a
	}
	slices.SortFunc(raised, func(a, b Alert) int { return strings.Compare(a.ID, b.ID) })
	if len(before)+len(active) == 0 {
		return nil, nil
	}
	return raised, write(filepath.Join(j.Dir, alerts), active)
}

func read(path string, into any) (found bool, err error) {
	b, err := atomicfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w; the next run sets it aside", path, err)
	}
	return true, nil
}

func write(path string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, append(b, '\n'))
}
