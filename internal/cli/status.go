package cli

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark/internal/quantity"
	"tidemark/pipeline/doctor"
	"tidemark/pipeline/journal"
	"tidemark/pipeline/schedule"
)

type statusVerb struct {
	JSON bool `name:"json" help:"As JSON."`
}

// Help shows examples.
func (statusVerb) Help() string {
	return examples("tidemark status", "tidemark status --json", "tidemark status || echo something needs a look") +
		"\n\nExit code 0: all is well; 3: the last run failed, a source fails or is silent, or an alert of the last week stands."
}

// States of a source.
const (
	sourceGood    = "good"
	sourceBehind  = "behind"  // a budget left files
	sourceGaps    = "gaps"    // files could not be had, and are tried again ever more seldom
	sourceFailing = "failing" // the last run could not do all
	sourceSilent  = "silent"
	sourceUnasked = "unasked"
)

type sourceStatus struct {
	Source  string                    `json:"source"`
	Kind    string                    `json:"kind"`
	Every   string                    `json:"every,omitempty"`
	State   string                    `json:"state"`
	Newest  *time.Time                `json:"newest,omitempty"` // time that the newest thing brought speaks of
	Alive   *time.Time                `json:"alive,omitempty"`
	Asked   *time.Time                `json:"asked,omitempty"`
	Files   int                       `json:"files"`
	Bytes   int64                     `json:"bytes"`
	Left    int                       `json:"left"`
	Missing map[string]*schedule.Item `json:"missing,omitempty"` // by URL
	Error   string                    `json:"error,omitempty"`
}

type statusReport struct {
	At         time.Time             `json:"at"`
	Well       bool                  `json:"well"`
	LastRun    *journal.Run          `json:"last_run"`
	Running    bool                  `json:"running"`
	Sources    []sourceStatus        `json:"sources"`
	Alerts     []journal.Alert       `json:"alerts"`
	Unreadable map[string]unreadable `json:"unreadable,omitempty"`
	Archive    archiveStatus         `json:"archive"`
	Disk       *journal.Disk         `json:"disk,omitempty"`
}

type archiveStatus struct {
	Files   int   `json:"files"`
	Bytes   int64 `json:"bytes"`
	Cleared int   `json:"cleared"` // files of which only the note is kept
}

// alertNews is for how long an alert makes the status unwell.
const alertNews = 7 * 24 * time.Hour

// Run shows what is there, how fresh it is, and what failed.
func (v *statusVerb) Run(env *environment) error {
	r, err := env.status()
	if err != nil {
		return err
	}
	if v.JSON {
		err = writeJSON(env.stdout, r)
	} else {
		err = env.showStatus(r)
	}
	if err == nil && !r.Well {
		err = errUnwell
	}
	return err
}

func (env *environment) status() (*statusReport, error) {
	now := env.now().UTC()
	r := &statusReport{At: now, Well: true, Alerts: []journal.Alert{}}
	state, err := schedule.Load(env.sourcesFile())
	if err != nil {
		slog.Warn(err.Error())
	}
	if r.LastRun, err = env.journal().Last(); err != nil {
		return nil, err
	}
	if r.Running, err = env.running(); err != nil {
		return nil, err
	}
	r.Well = r.LastRun != nil && r.LastRun.Outcome != journal.Failed
	for _, s := range env.sources {
		known := state.Of(s.Name)
		line := sourceStatus{Source: s.Name, Kind: s.Kind, Every: s.Every.String(), State: sourceGood, Files: known.Files, Bytes: known.Bytes, Left: known.Left, Missing: known.Items, Error: known.Error}
		line.Newest, line.Alive, line.Asked = unlessZero(known.Have), unlessZero(known.Alive), unlessZero(known.Asked)
		_, silent := known.Silent(s.Every, now)
		switch {
		case known.Asked.IsZero():
			line.State = sourceUnasked
		case silent:
			line.State, r.Well = sourceSilent, false
		case known.Failures > 0:
			line.State, r.Well = sourceFailing, false
		case known.Left > 0:
			line.State = sourceBehind
		case len(known.Items) > 0:
			line.State = sourceGaps
		}
		r.Sources = append(r.Sources, line)
	}
	standing, err := env.journal().Standing()
	if err != nil {
		return nil, err
	}
	for _, a := range standing {
		r.Alerts = append(r.Alerts, a)
		r.Well = r.Well && now.Sub(a.At) > alertNews
	}
	slices.SortFunc(r.Alerts, func(a, b journal.Alert) int { return strings.Compare(a.ID, b.ID) })
	if r.Unreadable, err = env.unreadable(); err != nil {
		return nil, err
	}
	files, err := env.archive.List("")
	if err != nil {
		return nil, err
	}
	for _, raw := range files {
		r.Archive.Files++
		if raw.Cleared {
			r.Archive.Cleared++
		} else {
			r.Archive.Bytes += raw.Bytes
		}
	}
	if disk, err := doctor.DiskOf(env.data); err == nil {
		r.Disk = &disk
	}
	return r, nil
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (env *environment) showStatus(r *statusReport) error {
	out := env.stdout
	switch {
	case r.LastRun == nil:
		fmt.Fprintln(out, "No run has ended yet.")
	default:
		fmt.Fprintf(out, "The last run began at %s: %s.", r.LastRun.Start.Format("2006-01-02 15:04:05"), r.LastRun.Outcome)
		if r.LastRun.Error != "" {
			fmt.Fprintf(out, " %s", r.LastRun.Error)
		}
		fmt.Fprintln(out)
	}
	if r.Running {
		fmt.Fprintln(out, "A run is under way.")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "source\tstate\tevery\tnewest\tage\tfiles\tbytes\tleft\tmissing\t")
	for _, s := range r.Sources {
		newest, age := "", ""
		if s.Newest != nil {
			newest, age = s.Newest.Format("2006-01-02 15:04"), ageOf(r.At.Sub(*s.Newest))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%d\t\n", s.Source, s.State, s.Every, newest, age, s.Files, quantity.ShortBytes(s.Bytes), s.Left, len(s.Missing))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, s := range r.Sources {
		if s.Error != "" {
			fmt.Fprintf(out, "%s: %s\n", s.Source, s.Error)
		}
	}
	for _, a := range r.Alerts {
		fmt.Fprintf(out, "alert of %s: %s\n", a.At.Format("2006-01-02"), a.Text)
	}
	fmt.Fprintf(out, "The archive has %d files of %s", r.Archive.Files, quantity.ShortBytes(r.Archive.Bytes))
	if r.Archive.Cleared > 0 {
		fmt.Fprintf(out, ", and of %d of them only the note", r.Archive.Cleared)
	}
	if r.Disk != nil {
		fmt.Fprintf(out, "; %s of the disk are free", quantity.ShortBytes(r.Disk.FreeBytes))
	}
	_, err := fmt.Fprintln(out, ".")
	return err
}

// ageOf is a time span as days or hours.
func ageOf(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d d", int(d.Hours()/24))
	}
	return fmt.Sprintf("%d h", int(d.Hours()))
}
