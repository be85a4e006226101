package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark/analysis/watch"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
	"tidemark/pipeline/journal"
	"tidemark/site"
)

// Sink returns the sink of that name.
func (p *Pipeline) Sink(name string) (alert.Sink, error) {
	settings, known := p.options.Sinks[name]
	if !known {
		return nil, &UnknownError{"no sink is called", name, slices.Sorted(maps.Keys(p.options.Sinks))}
	}
	return sink.Open(settings, sink.Place{Name: name, Site: p.options.Site.URL, Dir: p.stateDir()})
}

// watched finds what somebody is told of, or has a page of its own, among what the rules find.
type watched func() ([]watch.Alert, error)

// announce sends the sinks what is new about alerts, and what they did not accept before. It returns how many messages are new. Unless
// the data are to be looked at, the alerts of rules stay as they are.
func (s *Session) announce(ctx context.Context, data bool, watched watched) (told int, problems []Problem, err error) {
	if len(s.options.Sinks) == 0 {
		return 0, nil, nil
	}
	sinks := map[string]alert.Sink{}
	for name := range s.options.Sinks {
		if sinks[name], err = s.Sink(name); err != nil {
			return 0, nil, fmt.Errorf("sink.%s: %w", name, err)
		}
	}
	book, err := alert.Open(s.stateDir(), s.options.Site.URL, s.log)
	if err != nil {
		return 0, nil, err
	}
	own, err := s.ownAlerts()
	if err != nil {
		return 0, nil, err
	}
	rules := []alert.Rule{{Name: alert.OwnRule, Tell: s.options.Tell, Silences: s.options.Silences}}
	for _, w := range s.options.Watches {
		rules = append(rules, alert.Rule{Name: w.Name, Tell: w.Tell, Silences: w.Silences})
	}
	found := map[string][]watch.Alert{alert.OwnRule: own}
	if data {
		if err := s.addWatched(watched, found); err != nil {
			return 0, nil, err
		}
	}
	if told, err = book.Update(rules, found, s.now()); err != nil {
		return 0, nil, err
	}
	for _, f := range book.Deliver(ctx, sinks, alert.Usual) {
		problems = append(problems, s.problem("sink", f.Sink, f.Err))
	}
	return told, problems, ctx.Err()
}

// addWatched adds what the rules find whose alerts somebody is told of.
func (s *Session) addWatched(watched watched, found map[string][]watch.Alert) error {
	told := false
	for _, w := range s.options.Watches {
		if len(w.Tell) > 0 {
			told, found[w.Name] = true, nil
		}
	}
	if !told {
		return nil
	}
	all, err := watched()
	for _, a := range all {
		if _, tell := found[a.Watch]; tell {
			found[a.Watch] = append(found[a.Watch], a)
		}
	}
	return err
}

// watched returns the alerts of the watch list, as the data are when it is called first: a run tells of them, and its site shows them.
func (s *Session) watched(ctx context.Context) watched {
	return sync.OnceValues(func() ([]watch.Alert, error) {
		var rules []watch.Rule
		for _, w := range s.options.Watches {
			if len(w.Tell) > 0 || hasIncidents(w.Rule) {
				rules = append(rules, w.Rule)
			}
		}
		if len(rules) == 0 {
			return nil, nil
		}
		found, err := watch.Find(ctx, s.store, rules)
		if err != nil {
			return nil, fmt.Errorf("the rules of the watch list: %w", err)
		}
		return found.Alerts, nil
	})
}

// ownAlerts returns the active alerts of the runs as those of a rule.
func (s *Session) ownAlerts() (all []watch.Alert, err error) {
	active, err := s.Journal().Active()
	if err != nil {
		return nil, err
	}
	for _, a := range active {
		all = append(all, s.ownAlert(a))
	}
	return all, nil
}

func (s *Session) ownAlert(a journal.Alert) watch.Alert {
	subject := strings.TrimPrefix(a.ID, a.Kind+":")
	sum := sha256.Sum256([]byte(strings.Join([]string{alert.OwnRule, a.Kind, subject, a.At.UTC().Format(time.RFC3339)}, "\x00")))
	w := watch.Alert{ID: hex.EncodeToString(sum[:16]), Watch: alert.OwnRule, Kind: a.Kind, Severity: "warning", Subject: subject, Text: a.Text, SeenFrom: a.At, LastSeen: s.now().UTC().Truncate(time.Second)}
	switch a.Kind {
	case "fault":
		w.Severity = "critical"
	case "jump":
		w.Severity = "info"
	}
	if s.options.Site.Runs {
		w.Page = "status.html"
	}
	return w
}

// told returns the newest messages of each rule that a sink of kind feed was sent.
func (p *Pipeline) told() (all []site.Told) {
	feeds, err := sink.Feeds(p.stateDir())
	if err != nil {
		p.log.Warn("a feed of alerts is damaged; remove it, and it begins anew", "error", err)
	}
	for _, f := range feeds {
		t := site.Told{Watch: f.Watch, Slug: f.Slug}
		for _, e := range f.Entries {
			t.Messages = append(t.Messages, site.ToldMessage{ID: e.ID, Title: e.Title, Text: e.Summary, Page: e.Page, At: e.Updated})
		}
		all = append(all, t)
	}
	return all
}
