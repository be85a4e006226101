package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/pipeline/schedule"
)

var noon = time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC)

// model is a collector whose source has what the test says.
type model struct {
	collectors.URLs
	mu      sync.Mutex
	items   []collectors.Item
	err     error            // of Due
	bad     map[string]error // by URL
	asked   int
	fetched []string
}

func (m *model) Name() string { return "model" }

func (m *model) Due(_ context.Context, _ collectors.Source, _ time.Time, keep *archive.Archive) (due []collectors.Item, err error) {
	m.asked++
	for _, item := range m.items {
		if old, err := keep.Get(item.Raw(collectors.Source{Kind: "model"})); err != nil || old == nil {
			due = append(due, item)
		}
	}
	return due, m.err
}

func (m *model) Fetch(_ context.Context, _ collectors.Source, item collectors.Item, keep *archive.Archive) (collectors.Fetched, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fetched = append(m.fetched, item.Name)
	if err := m.bad[item.URL]; err != nil {
		return collectors.Fetched{}, err
	}
	_, _, err := keep.Add(item.Raw(collectors.Source{Kind: "model"}), strings.NewReader(strings.Repeat("x", 100)))
	return collectors.Fetched{New: 1, Bytes: item.Bytes}, err
}

func (*model) Decode(context.Context, archive.Raw, *table.Commit) error { return nil }

func item(name string, at time.Time) collectors.Item {
	return collectors.Item{URL: "https://a.example/" + name, Name: name, Time: at, Bytes: 100}
}

type world struct {
	*testing.T
	keep  *archive.Archive
	state *schedule.State
	tasks []schedule.Task
	now   time.Time
}

func newWorld(t *testing.T, every string, models ...*model) *world {
	w := &world{T: t, keep: &archive.Archive{Dir: t.TempDir()}, state: &schedule.State{Sources: map[string]*schedule.Source{}}, now: noon}
	var cadence collectors.Cadence
	if every != "" {
		var err error
		if cadence, err = collectors.ParseCadence(every); err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range models {
		w.tasks = append(w.tasks, schedule.Task{Source: collectors.Source{Name: fmt.Sprint("s", i), Kind: "model", Every: cadence}, Collector: m})
	}
	return w
}

func (w *world) plan(all bool) []schedule.Planned {
	w.Helper()
	plan, err := schedule.Plan(w.Context(), w.tasks, w.state, schedule.Budget{}, w.now, w.keep, all)
	if err != nil {
		w.Fatal(err)
	}
	return plan
}

func (w *world) run(budget schedule.Budget) []schedule.Result {
	w.Helper()
	results, err := schedule.Run(w.Context(), w.plan(false), w.state, budget, func() time.Time { return w.now }, w.keep)
	if err != nil {
		w.Fatal(err)
	}
	return results
}

// TestOrder: what cannot be caught up comes first, then the oldest of all sources; a budget leaves the rest, and the next
// run brings it.
func TestOrder(t *testing.T) {
	newest := collectors.Item{URL: "https://a.example/latest", Name: "latest", Time: noon, Bytes: 100, Newer: true}
	probe := collectors.Item{URL: "probe:p", Name: "probe", Time: noon}
	one := &model{items: []collectors.Item{item("3", noon.AddDate(0, 0, -3)), item("1", noon.AddDate(0, 0, -1)), newest}}
	two := &model{items: []collectors.Item{item("2", noon.AddDate(0, 0, -2)), probe}}
	w := newWorld(t, "daily", one, two)
	by, now, left := schedule.Costs(w.plan(false), w.state, schedule.Budget{Bytes: 250})
	if by[0].Files != 3 || by[0].Bytes != 300 {
		t.Errorf("the first source costs %+v, want 3 files of 300 bytes", by[0])
	}
	if by[1].Unsized != 1 {
		t.Errorf("the second source costs %+v, want 1 file of unknown size", by[1])
	}
	if now.Files != 3 {
		t.Errorf("this run costs %+v, want 3 files", now)
	}
	if left.Files != 2 || left.Untimed != 2 {
		t.Errorf("the budget leaves %+v, want 2 files whose time is unknown", left)
	}
	results := w.run(schedule.Budget{Bytes: 250})
	if got := strings.Join(one.fetched, " ") + ", " + strings.Join(two.fetched, " "); got != "latest 3, probe" && got != "latest, probe 2" {
		t.Errorf("fetched %s", got)
	}
	if left := results[0].Left + results[1].Left; left != 2 {
		t.Errorf("%d files were left, want 2", left)
	}
	if fetched := results[0].New + results[1].New; fetched != 3 {
		t.Errorf("%d files are new, want 3", fetched)
	}
	w.run(schedule.Budget{})
	if len(one.fetched) != 3 || len(two.fetched) != 2 {
		t.Errorf("fetched %v and %v in all", one.fetched, two.fetched)
	}
	if again := w.run(schedule.Budget{}); again[0].New+again[1].New != 0 || len(one.fetched)+len(two.fetched) != 5 {
		t.Errorf("a third run: %+v", again)
	}
	// A file that the client had to cut is left, and what comes behind it.
	cut := &model{items: []collectors.Item{item("a", noon.AddDate(0, 0, -1)), item("b", noon)}}
	cut.bad = map[string]error{cut.items[0].URL: fmt.Errorf("a: %w: 40 of 100 bytes are here", fetch.ErrBudget)}
	w = newWorld(t, "", cut)
	if r := w.run(schedule.Budget{Bytes: 1000}); r[0].New != 0 || r[0].Left != 2 || r[0].Failed != 0 {
		t.Errorf("a file that was cut: %+v, want 2 files left", r)
	}
	if len(cut.fetched) != 1 {
		t.Errorf("after a file that was cut %v were fetched, want nothing more", cut.fetched)
	}
	// A file larger than the budget is begun all the same, alone.
	w = newWorld(t, "", &model{items: []collectors.Item{item("a", noon.AddDate(0, 0, -1)), item("b", noon)}})
	if r := w.run(schedule.Budget{Bytes: 10}); r[0].New != 1 || r[0].Left != 1 {
		t.Errorf("a large file: %+v", r)
	}
	if r := w.run(schedule.Budget{Time: time.Nanosecond}); r[0].New != 0 || r[0].Left != 1 {
		t.Errorf("without time: %+v", r)
	}
}

// TestCadence: a source that brought what its period holds is not asked again before the next, unless it is named.
func TestCadence(t *testing.T) {
	m := &model{items: []collectors.Item{item("today", noon)}}
	w := newWorld(t, "daily", m)
	w.run(schedule.Budget{})
	w.now = noon.Add(11 * time.Hour)
	p := w.plan(false)[0]
	if p.Asked || m.asked != 1 {
		t.Errorf("asked %d times in the same period: %+v", m.asked, p)
	}
	if next := time.Date(2024, 3, 6, 0, 0, 0, 0, time.UTC); !p.Again.Equal(next) {
		t.Errorf("asked again at %s, want %s", p.Again, next)
	}
	if p := w.plan(true)[0]; !p.Asked {
		t.Error("not asked although it is named")
	}
	w.now = noon.Add(12 * time.Hour)
	if p := w.plan(false)[0]; !p.Asked {
		t.Error("not asked in the next period")
	}
	// Yesterday's file is not an answer for today: the source is asked until today's is there.
	late := &model{items: []collectors.Item{item("yesterday", noon.AddDate(0, 0, -1))}}
	w = newWorld(t, "daily", late)
	w.run(schedule.Budget{})
	w.now = noon.Add(time.Hour)
	if p := w.plan(false)[0]; !p.Asked {
		t.Error("not asked although today's file is missing")
	}
}

// TestFailures: a file that failed is tried again after a time that doubles; others of the source go on; a source that does
// not answer waits as a whole.
func TestFailures(t *testing.T) {
	m := &model{items: []collectors.Item{item("bad", noon.AddDate(0, 0, -1)), item("good", noon)}, bad: map[string]error{"https://a.example/bad": errors.New("404")}}
	w := newWorld(t, "daily", m)
	if r := w.run(schedule.Budget{}); r[0].New != 1 || r[0].Failed != 1 || r[0].Err() == nil {
		t.Errorf("first run: %+v", r)
	}
	tries := 1
	for range 24 * 60 / 5 {
		w.now = w.now.Add(5 * time.Minute)
		r := w.run(schedule.Budget{})
		tries += r[0].Failed
		if r[0].Failed == 0 && r[0].Waiting == 0 && w.plan(false)[0].Asked {
			t.Fatalf("the file is forgotten: %+v", r)
		}
	}
	if tries != 8 { // after 0, 10, 30, 70, 150, 310, 630 and 1270 minutes
		t.Errorf("%d tries in a day, want 8", tries)
	}
	if known := w.state.Of("s0"); known.Items["https://a.example/bad"].Tries != 8 || known.Items["https://a.example/bad"].Error != "404" {
		t.Errorf("state: %+v", known)
	}
	m.bad = nil
	w.now = w.now.AddDate(0, 0, 7)
	if r := w.run(schedule.Budget{}); r[0].New != 1 || len(w.state.Of("s0").Items) != 0 {
		t.Errorf("the file is there: %+v", r)
	}

	down := &model{err: errors.New("no route to host")}
	w = newWorld(t, "daily", down)
	for range 7 * 24 {
		w.run(schedule.Budget{})
		w.now = w.now.Add(time.Hour)
	}
	if down.asked > 16 || down.asked < 10 {
		t.Errorf("a source that is down for a week was asked %d times by hourly runs", down.asked)
	}
	if known := w.state.Of("s0"); known.Error != "no route to host" || known.Failures != down.asked {
		t.Errorf("state: %+v", known)
	}
}

func TestSilent(t *testing.T) {
	daily, _ := collectors.ParseCadence("daily")
	known := schedule.Source{Since: noon.AddDate(0, 0, -30), Alive: noon}
	for days, want := range map[int]bool{0: false, 3: false, 4: true, 30: true} {
		if since, silent := known.Silent(daily, noon.AddDate(0, 0, days)); silent != want || !since.Equal(noon) {
			t.Errorf("after %d days: %v since %v", days, silent, since)
		}
	}
	if _, silent := known.Silent(collectors.Cadence{}, noon.AddDate(1, 0, 0)); silent {
		t.Error("a source of which nothing is expected is silent")
	}
	if _, silent := (schedule.Source{Since: noon}).Silent(daily, noon.AddDate(0, 0, 9)); !silent {
		t.Error("a source that never brought anything is not silent")
	}
	if _, silent := (schedule.Source{}).Silent(daily, noon); silent {
		t.Error("a source that was never asked is silent")
	}
}

// TestState is kept, and a damaged one is thrown away with a word.
func TestState(t *testing.T) {
	w := newWorld(t, "daily", &model{items: []collectors.Item{item("a", noon)}})
	w.run(schedule.Budget{})
	path := filepath.Join(t.TempDir(), "sources.json")
	if err := w.state.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := schedule.Load(path)
	if err != nil || again.Of("s0").Files != 1 || again.Of("s0").Bytes != 100 || !again.Of("s0").Have.Equal(noon) {
		t.Errorf("%+v, %v", again.Of("s0"), err)
	}
	os.WriteFile(path, []byte(`{"sources":`), 0o644)
	if empty, err := schedule.Load(path); err == nil || len(empty.Sources) != 0 || !strings.Contains(err.Error(), "asked again") {
		t.Errorf("%+v, %v", empty, err)
	}
}
