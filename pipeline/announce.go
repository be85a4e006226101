package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// announce sends the sinks what is new about alerts, and what they did not accept before. It returns how many messages are new. Unless
// the data are to be looked at, the alerts of rules stay as they are.
func (s *Session) announce(ctx context.Context, data bool) (told int, problems []Problem, err error) {
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
		if err := s.findWatched(ctx, found); err != nil {
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

// findWatched adds what the rules find whose alerts somebody is told of.
func (s *Session) findWatched(ctx context.Context, found map[string][]watch.Alert) error {
	var rules []watch.Rule
	for _, w := range s.options.Watches {
		if len(w.Tell) > 0 {
			rules = append(rules, w.Rule)
			found[w.Name] = nil
		}
	}
	if len(rules) == 0 {
		return nil
	}
	all, err := watch.Find(ctx, s.store, rules)
	if err != nil {
		return fmt.Errorf("the rules of the watch list: %w", err)
	}
	for _, a := range all.Alerts {
		found[a.Watch] = append(found[a.Watch], a)
	}
	return nil
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
