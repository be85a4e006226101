package pipeline

import (
	"context"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/record"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/pipeline/doctor"
	"tidemark/pipeline/journal"
	"tidemark/pipeline/schedule"
)

// Status is what there is, how fresh it is, and what failed.
type Status struct {
	At         time.Time             `json:"at"`
	Well       bool                  `json:"well"`
	LastRun    *journal.Run          `json:"last_run"` // null: none has ended yet
	Running    bool                  `json:"running"`
	Sources    []SourceStatus        `json:"sources"`
	Alerts     []journal.Alert       `json:"alerts"`
	Unreadable map[string]Unreadable `json:"unreadable,omitempty"` // by ID
	Archive    ArchiveStatus         `json:"archive"`
	Lake       *LakeStatus           `json:"lake,omitempty"` // null: all datasets are here
	Seeded     []table.Measurer      `json:"seeded,omitempty"`
	Recording  []record.Status       `json:"recording,omitempty"` // of tidemark record; at says whether it is at work
	Need       Need                  `json:"need"`                // of all sources that could be measured
	Disk       *journal.Disk         `json:"disk,omitempty"`
}

// States of a source.
const (
	Good    = "good"
	Behind  = "behind"  // a budget left files
	Gaps    = "gaps"    // some files could not be fetched, and are tried again ever more seldom
	Failing = "failing" // the last run could not do all
	Silent  = "silent"  // it is expected to bring something and does not
	Unasked = "unasked"
)

// SourceStatus is what earlier runs learned of a source.
type SourceStatus struct {
	Source  string                    `json:"source"`
	Kind    string                    `json:"kind"`
	Every   string                    `json:"every,omitempty"`
	State   string                    `json:"state"`
	Newest  *time.Time                `json:"newest,omitempty"` // time of the newest data
	Alive   *time.Time                `json:"alive,omitempty"`  // when it last brought something, or had nothing newer
	Asked   *time.Time                `json:"asked,omitempty"`
	Files   int                       `json:"files"`
	Bytes   int64                     `json:"bytes"`
	Left    int                       `json:"left"`
	Missing map[string]*schedule.Item `json:"missing,omitempty"` // by URL
	Error   string                    `json:"error,omitempty"`
}

// ArchiveStatus sums up the raw files.
type ArchiveStatus struct {
	Files   int   `json:"files"`
	Bytes   int64 `json:"bytes"`
	Cleared int   `json:"cleared"` // files of which only the note is kept
}

// maxAlertAge is for how long an alert makes the status unwell.
const maxAlertAge = 7 * 24 * time.Hour

// Status reads the state of the data folder. It takes no lock.
func (p *Pipeline) Status(ctx context.Context) (*Status, error) {
	now := p.now().UTC()
	s := &Status{At: now, Alerts: []journal.Alert{}}
	var err error
	if s.LastRun, err = p.Journal().Last(); err != nil {
		return nil, err
	}
	if s.Running, err = p.Running(); err != nil {
		return nil, err
	}
	if unfinished, err := p.Journal().Unfinished(); err != nil {
		return nil, err
	} else if unfinished != nil && !s.Running {
		unfinished.Outcome = journal.Killed
		s.LastRun = unfinished
	}
	state := p.sourcesState()
	for _, source := range p.options.Sources {
		s.Sources = append(s.Sources, sourceStatus(source, state.Of(source.Name), now))
	}
	active, err := p.Journal().Active()
	if err != nil {
		return nil, err
	}
	for _, a := range active {
		s.Alerts = append(s.Alerts, a)
	}
	slices.SortFunc(s.Alerts, func(a, b journal.Alert) int { return strings.Compare(a.ID, b.ID) })
	if s.Unreadable, err = p.unreadable(); err != nil {
		return nil, err
	}
	of, add := broughtBy(p.options.Sources, p.now())
	undated := map[string]int{}
	for raw, err := range p.files.All("") {
		if err != nil {
			return nil, err
		}
		s.Archive.add(raw)
		add(raw)
		if i := slices.IndexFunc(p.options.Sources, func(from collectors.Source) bool { return belongs(raw, from) }); i >= 0 && s.Sources[i].Newest == nil {
			undated[raw.ID()] = i
		}
	}
	if err := p.dateSources(s.Sources, undated); err != nil {
		return nil, err
	}
	if s.Lake, err = p.lakeStatus(); err != nil {
		return nil, err
	}
	adopted, err := p.adopted()
	if err != nil {
		return nil, err
	}
	s.Seeded = table.Measurers(adopted)
	if s.Recording, err = p.recording(); err != nil {
		return nil, err
	}
	if _, _, s.Need, err = p.needs(of, nil, p.now()); err != nil {
		return nil, err
	}
	if disk, err := doctor.DiskOf(p.options.Dir); err == nil {
		s.Disk = &disk
	}
	s.Well = s.well()
	return s, ctx.Err()
}

// well reports whether the last run came to its end, no source fails or is silent, and no alert is young. Where no source is configured,
// and files are imported by hand, there may be no run.
func (s *Status) well() bool {
	if s.LastRun == nil && len(s.Sources) > 0 || s.LastRun != nil && !s.LastRun.Well() {
		return false
	}
	bad := func(source SourceStatus) bool { return source.State == Failing || source.State == Silent }
	young := func(a journal.Alert) bool { return s.At.Sub(a.At) <= maxAlertAge }
	return !slices.ContainsFunc(s.Sources, bad) && !slices.ContainsFunc(s.Alerts, young)
}

func sourceStatus(from collectors.Source, known schedule.Source, now time.Time) SourceStatus {
	s := SourceStatus{
		Source: from.Name, Kind: from.Kind, Every: from.Every.String(), State: Good,
		Newest: unlessZero(known.Have), Alive: unlessZero(known.Alive), Asked: unlessZero(known.Asked),
		Files: known.Files, Bytes: known.Bytes, Left: known.Left, Missing: known.Items, Error: known.Error,
	}
	_, silent := known.Silent(from.Every, now)
	switch {
	case silent:
		s.State = Silent
	case known.Asked.IsZero():
		s.State = Unasked
	case known.Failures > 0:
		s.State = Failing
	case known.Left > 0:
		s.State = Behind
	case len(known.Items) > 0:
		s.State = Gaps
	}
	return s
}

// dateSources sets the newest time of sources whose addresses do not tell it to the day of the newest partition decoded from their files,
// which are given by ID with the place of their source.
func (p *Pipeline) dateSources(sources []SourceStatus, undated map[string]int) error {
	if len(undated) == 0 {
		return nil
	}
	for _, schema := range datasets.All() {
		if schema.Derived {
			continue
		}
		err := p.store.EachManifest(schema, []string{"inputs"}, func(m *table.Manifest) {
			day := m.Day()
			if day.Equal(datasets.Timeless) {
				return
			}
			for _, in := range m.Inputs {
				i, known := undated[in.Name]
				if known && (sources[i].Newest == nil || sources[i].Newest.Before(day)) {
					sources[i].Newest = &day
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// add counts a file.
func (s *ArchiveStatus) add(raw archive.Raw) {
	s.Files++
	if raw.Cleared {
		s.Cleared++
		return
	}
	_, held := raw.Held()
	s.Bytes += held
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
