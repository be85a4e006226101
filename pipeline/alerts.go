package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/collectors/record"
	"tidemark/datasets"
	"tidemark/internal/redact"
	"tidemark/pipeline/journal"
	"tidemark/rfcwatch/history"
)

// dataAlerts are the kinds of alerts that change only with datasets and answers.
var dataAlerts = []string{"damaged", "quarantined", "underived", "jump"}

// raise finds what a person should look at, and returns what is new. Unless the data are to be looked at, their alerts stay
// as they are.
func (s *Session) raise(data bool) ([]journal.Alert, error) {
	now := s.now().UTC().Truncate(time.Second)
	found := s.badSources(now)
	paused, err := s.pausedRecorders(now)
	if err != nil {
		return nil, err
	}
	found = append(found, paused...)
	more, err := s.badFiles(now)
	if err != nil {
		return nil, err
	}
	found = append(found, more...)
	if data {
		more, err = s.badData(now)
	} else {
		more, err = s.activeDataAlerts()
	}
	if err != nil {
		return nil, err
	}
	return s.Journal().Raise(append(found, more...))
}

func newAlert(now time.Time, kind, about, format string, args ...any) journal.Alert {
	return journal.Alert{ID: kind + ":" + about, Kind: kind, Text: redact.Text(fmt.Sprintf(format, args...)), At: now}
}

// badSources finds the sources that are expected to bring something and do not, and those that met a fault of the program.
func (s *Session) badSources(now time.Time) (found []journal.Alert) {
	state := s.sourcesState()
	for _, source := range s.options.Sources {
		known := state.Of(source.Name)
		if since, silent := known.Silent(source.Every, now); silent {
			found = append(found, newAlert(now, "silent", source.Name, "source %s is silent: it is expected %s and brought nothing since %s",
				source.Name, source.Every, since.Format("2006-01-02 15:04")))
		}
		if known.Fault {
			found = append(found, newAlert(now, "fault", source.Name, "source %s: %s", source.Name, known.Error))
		}
	}
	return found
}

// pausedRecorders finds what is not recorded as the disk has no room for it.
func (s *Session) pausedRecorders(now time.Time) (found []journal.Alert, err error) {
	all, err := s.recording()
	for _, r := range all {
		if r.Paused != "" && now.Sub(r.At) <= record.Silent {
			found = append(found, newAlert(now, "paused", r.Collector, "collector %s records nothing: no more than its reserve is free on the disk (fetch.reserve); free some space", r.Collector))
		}
	}
	return found, err
}

// badFiles finds the raw files that cannot be read, or that differ from those under the same names.
func (s *Session) badFiles(now time.Time) (found []journal.Alert, err error) {
	unreadable, err := s.unreadable()
	if err != nil {
		return nil, err
	}
	for id, u := range unreadable {
		found = append(found, newAlert(now, "unreadable", id, "nothing of %s can be read: %s", id, whyOf(id, u.Error)))
	}
	aside, err := s.setAside()
	if err != nil {
		return nil, err
	}
	for file, why := range aside {
		found = append(found, newAlert(now, "damaged file", file, "%s was set aside: %s; remove it from there when it is no longer needed", file, why))
	}
	changed, err := s.files.Quarantined()
	if err != nil {
		return nil, err
	}
	for _, raw := range changed {
		if raw.Refused != "" {
			if newest, err := s.files.Newest(raw); err != nil {
				return nil, err
			} else if newest == nil || newest.Day.Before(raw.Day) {
				found = append(found, newAlert(now, "unreadable", raw.Place(), "nothing of what %s gave can be used, it is asked for again: %s", raw.URL, raw.Refused))
			}
			continue
		}
		found = append(found, newAlert(now, "changed", raw.ID(), "%s came with other bytes than those that are kept under its name; they lie in %s", raw.URL, raw.ID()))
	}
	return found, nil
}

// whyOf returns an error's text without the file's name that it begins with, for sentences that begin with it too.
func whyOf(file, text string) string { return strings.TrimPrefix(text, file+": ") }

// badData finds damage, quarantined snapshots and what questions raise in the datasets and answers.
func (s *Session) badData(now time.Time) (found []journal.Alert, err error) {
	for _, schema := range datasets.All() {
		if schema.Derived {
			continue
		}
		manifests, err := s.store.Manifests(schema)
		if err != nil {
			return nil, err
		}
		for _, m := range manifests {
			if len(m.Damage) > 0 && len(m.Inputs) > 0 && m.MeasuredBy == nil {
				found = append(found, newAlert(now, "damaged", m.Inputs[0].Name, "%s is damaged: %s", m.Inputs[0].Name, whyOf(m.Inputs[0].Name, m.Damage[0])))
			}
		}
	}
	for _, p := range s.underived {
		found = append(found, newAlert(now, "underived", p.What, "%s: %s", p.What, p.Err))
	}
	_, quarantined, err := history.ReadChain(s.store)
	if err != nil {
		return nil, err
	}
	for _, q := range quarantined {
		found = append(found, newAlert(now, "quarantined", q.Name, "snapshot %s of the RFC index is quarantined: it has %d documents, the one before has %d", q.Name, q.Documents, q.Than))
	}
	raised, err := s.raised(now)
	return append(found, raised...), err
}

// activeDataAlerts returns what the data showed before.
func (s *Session) activeDataAlerts() (active []journal.Alert, err error) {
	all, err := s.Journal().Active()
	for _, a := range all {
		if slices.Contains(dataAlerts, a.Kind) {
			active = append(active, a)
		}
	}
	return active, err
}

// maxRaisedAge is for how long what a question raises is news: older alerts come with a backlog.
const maxRaisedAge = 7 * 24 * time.Hour

// raised returns what the answers to the questions say is alarming and recent.
func (s *Session) raised(now time.Time) ([]journal.Alert, error) {
	alerts, err := analysis.Alerts(s.answersDir(), s.options.Questions)
	return recent(alerts, now), err
}

func recent(alerts []analysis.Alert, now time.Time) (found []journal.Alert) {
	for _, a := range alerts {
		if now.Sub(a.Time) <= maxRaisedAge {
			found = append(found, journal.Alert{ID: a.ID, Kind: a.Kind, At: now, Text: redact.Text(a.Text)})
		}
	}
	return found
}
