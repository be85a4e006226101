// Package alert tells people of alerts: each begins once and ends once, however often it is found, and what a sink has not accepted
// waits in a spool. What was told lies in data/state/alerts, the spool in data/state/spool.
package alert

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tidemark/analysis/watch"
	"tidemark/internal/legible"
)

// Events of an alert.
const (
	Begin = "begin"
	Again = "again" // it had ended, and began again within the time that makes it the same one
	End   = "end"
	Test  = "test"
)

// Message is what a sink is sent.
type Message struct {
	ID    string      `json:"id"`    // the same however often it is sent
	Event string      `json:"event"` // begin, again, end or test
	Count int         `json:"count"` // how often the alert has begun
	Alert watch.Alert `json:"alert"`
	URL   string      `json:"url,omitempty"` // of the alert's page
}

// Sink sends messages to whoever is to be told. An error of Send means that the message may not have been accepted: it is sent again,
// with the same ID.
type Sink interface {
	Send(context.Context, Message) error
}

// Refresher is a Sink that forgets alerts that are not sent from time to time.
type Refresher interface {
	Sink
	Refresh(ctx context.Context, open []Message) error
}

// Later is an error of a sink that wants to be left alone for some time.
type Later struct {
	After time.Duration
	Err   error
}

func (l *Later) Error() string { return l.Err.Error() }
func (l *Later) Unwrap() error { return l.Err }

// Refused is an error of a sink that will never accept this message, but may accept others.
type Refused struct{ Err error }

func (r *Refused) Error() string { return r.Err.Error() }
func (r *Refused) Unwrap() error { return r.Err }

// NewTest returns a message that is clearly marked as a test.
func NewTest(sink string, now time.Time) Message {
	now = now.UTC().Truncate(time.Second)
	id := fmt.Sprintf("test-%s-%d", sink, now.Unix())
	return Message{ID: id, Event: Test, Count: 1, Alert: watch.Alert{
		ID: id, Watch: "test", Kind: "test", Severity: "info", Subject: sink, SeenFrom: now, LastSeen: now, GoneBy: &now,
		Text: "This is a test of the sink " + sink + ", sent by tidemark watch test at " + now.Format("2006-01-02 15:04") + " UTC. Nothing is wrong.",
	}}
}

// Title returns the message in a few words, on one line.
func (m Message) Title() string {
	about := m.Alert.Kind + ": " + m.Alert.Subject
	switch m.Event {
	case Test:
		return legible.Line("TEST, no alert: " + m.Alert.Subject)
	case End:
		return legible.Line("Over: " + about)
	case Again:
		return legible.Line("Again: " + about)
	}
	severity := m.Alert.Severity
	if severity != "" {
		severity = strings.ToUpper(severity[:1]) + severity[1:]
	}
	return legible.Line(severity + ": " + about)
}

const minute = "2006-01-02 15:04 UTC"

// Lines returns the whole message as text, a statement a line.
func (m Message) Lines() []string {
	a := m.Alert
	lines := []string{legible.Line(a.Text)}
	add := func(format string, args ...any) { lines = append(lines, legible.Line(fmt.Sprintf(format, args...))) }
	if m.Event != Test {
		add("Rule: %s. Severity: %s.", a.Watch, a.Severity)
		if a.NotBefore != nil {
			add("It began after %s, and not later than %s.", a.NotBefore.UTC().Format(minute), a.SeenFrom.UTC().Format(minute))
		} else {
			add("It was first seen at %s; when it began is not known.", a.SeenFrom.UTC().Format(minute))
		}
		switch {
		case a.GoneBy != nil:
			add("It was over by %s.", a.GoneBy.UTC().Format(minute))
		default:
			add("It was last seen at %s.", a.LastSeen.UTC().Format(minute))
		}
		if m.Count > 1 {
			add("It has begun %d times.", m.Count)
		}
	}
	if a.Advice != "" {
		add("What to do: %s", a.Advice)
	}
	for _, e := range a.Evidence {
		add("Evidence: %s (%s %s, SHA-256 %s)", e.Text, e.Dataset, e.Partition, e.SHA256)
	}
	if m.URL != "" {
		add("%s", m.URL)
	}
	return lines
}
