package pipeline

import (
	"fmt"
	"slices"
	"time"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/pipeline/journal"
	"tidemark/rfcwatch/history"
)

// dataAlerts are the kinds of alerts that change only with datasets and answers.
var dataAlerts = []string{"damaged", "quarantined", "jump"}

// raise finds what a person should look at, and returns what is new. Unless the data are to be looked at, their alerts stay
// as they are.
func (s *Session) raise(data bool) ([]journal.Alert, error) {
	now := s.now().UTC().Truncate(time.Second)
	found := s.silentSources(now)
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

func alert(now time.Time, kind, about, format string, args ...any) journal.Alert {
	return journal.Alert{ID: kind + ":" + about, Kind: kind, Text: fmt.Sprintf(format, args...), At: now}
}

// silentSources finds the sources that are expected to bring something and do not.
func (s *Session) silentSources(now time.Time) (found []journal.Alert) {
	state := s.sourcesState()
	for _, source := range s.options.Sources {
		known := state.Of(source.Name)
		if since, silent := known.Silent(source.Every, now); silent {
			found = append(found, alert(now, "silent", source.Name, "source %s is silent: it is expected %s and brought nothing since %s",
				source.Name, source.Every, since.Format("2006-01-02 15:04")))
		}
	}
	return found
}

// badFiles finds the raw files that cannot be read, or that differ from those under the same names.
func (s *Session) badFiles(now time.Time) (found []journal.Alert, err error) {
	unreadable, err := s.unreadable()
	if err != nil {
		return nil, err
	}
	for id, u := range unreadable {
		found = append(found, alert(now, "unreadable", id, "nothing of %s can be read: %s", id, u.Error))
	}
	changed, err := s.files.Quarantined()
	if err != nil {
		return nil, err
	}
	for _, raw := range changed {
		found = append(found, alert(now, "changed", raw.ID(), "%s came with other bytes than those that are kept under its name; they lie in %s", raw.URL, raw.ID()))
	}
	return found, nil
}

// badData finds damage, quarantined snapshots and jumps in the datasets and answers.
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
			if len(m.Damage) > 0 && len(m.Inputs) > 0 {
				found = append(found, alert(now, "damaged", m.Inputs[0].Name, "%s is damaged: %s", m.Inputs[0].Name, m.Damage[0]))
			}
		}
	}
	_, quarantined, err := history.ReadChain(s.store)
	if err != nil {
		return nil, err
	}
	for _, q := range quarantined {
		found = append(found, alert(now, "quarantined", q.Name, "snapshot %s of the RFC index is quarantined: it has %d documents, the one before has %d", q.Name, q.Documents, q.Than))
	}
	jumped, err := s.jumps(now)
	return append(found, jumped...), err
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

const (
	jumpsQuestion = "series-jumps"
	maxJumpAge    = 7 * 24 * time.Hour // older jumps come with a backlog and are no news
)

// jumps finds the series that jumped lately in the answer to the question about them.
func (s *Session) jumps(now time.Time) ([]journal.Alert, error) {
	i := slices.IndexFunc(s.options.Questions, func(q *analysis.Question) bool { return q.Slug == jumpsQuestion })
	if i < 0 {
		return nil, nil
	}
	answers, err := analysis.Load(s.answersDir(), s.options.Questions[i:i+1])
	if err != nil || len(answers) == 0 {
		return nil, err
	}
	return jumpAlerts(answers[0].Result, now)
}

// jumpAlerts reads the columns of the question series-jumps.
func jumpAlerts(result *table.Result, now time.Time) (found []journal.Alert, err error) {
	column := map[string]int{}
	for i, c := range result.Columns {
		column[c.Name] = i
	}
	for _, name := range []string{"dump_time", "metric", "family", "collector", "value", "points", "median"} {
		if _, is := column[name]; !is {
			return nil, fmt.Errorf("the answer to %s has no column %s", jumpsQuestion, name)
		}
	}
	for _, row := range result.Rows {
		get := func(name string) any { return row[column[name]] }
		when, is := get("dump_time").(time.Time)
		if !is {
			return nil, fmt.Errorf("the answer to %s has the dump_time %v, which is not a time", jumpsQuestion, get("dump_time"))
		}
		if now.Sub(when) > maxJumpAge {
			continue
		}
		series := fmt.Sprintf("%v of IPv%v at %v", get("metric"), get("family"), get("collector"))
		found = append(found, alert(now, "jump", series+" "+when.Format(time.RFC3339), "%s jumped to %.0f on %s; the median of the %v dumps before is %.0f",
			series, get("value"), when.Format("2006-01-02 15:04"), get("points"), get("median")))
	}
	return found, nil
}
