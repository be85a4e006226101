package alert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/watch"
	"tidemark/internal/atomicfile"
	"tidemark/internal/legible"
)

// Book records what was told to whom. Only one process may have it open.
type Book struct {
	dir   string // data/state
	site  string // address that pages start from; empty: unknown
	log   *slog.Logger
	kept  []byte // the file as it is
	state state
}

// state is the file of the book.
type state struct {
	Next     uint64           `json:"next"`     // number of the next message
	Alerts   map[string]*told `json:"alerts"`   // the newest of each rule, kind and subject
	Outgoing []outgoing       `json:"outgoing"` // what may not be in the spool yet
}

// told is an alert with what was told of it.
type told struct {
	Alert    watch.Alert `json:"alert"`   // as it is now; its identity and beginning are those of its first time
	Current  string      `json:"current"` // ID of the newest time
	Newest   time.Time   `json:"newest"`  // when that was first seen
	Count    int         `json:"count"`
	Told     []string    `json:"told,omitempty"`     // sinks that were told of the beginning
	Ended    bool        `json:"ended,omitempty"`    // they were told of the end, if anybody was told anything
	Flapping bool        `json:"flapping,omitempty"` // it began again after its end was told
	Recall   bool        `json:"recall,omitempty"`   // that is yet to be told
}

type outgoing struct {
	Number  uint64  `json:"number"`
	Sink    string  `json:"sink"`
	Message Message `json:"message"`
}

// Open opens the book in data/state and ends what a killed process began.
func Open(dir, site string, log *slog.Logger) (*Book, error) {
	b := &Book{dir: dir, site: site, log: log, state: state{Alerts: map[string]*told{}}}
	text, err := atomicfile.Read(b.path())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		if err := json.Unmarshal(text, &b.state); err != nil {
			return nil, fmt.Errorf("%s: %w; remove it: open alerts are then told once more", b.path(), err)
		}
		maps.DeleteFunc(b.state.Alerts, func(_ string, t *told) bool { return t == nil })
		if b.state.Alerts == nil {
			b.state.Alerts = map[string]*told{}
		}
		b.kept = text
	}
	return b, b.fill()
}

func (b *Book) path() string { return filepath.Join(b.dir, "alerts", "told.json") }

// save makes the state durable, unless it is as it was.
func (b *Book) save() error {
	text, err := json.Marshal(b.state)
	if err != nil || bytes.Equal(text, b.kept) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(b.path()), 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(b.path(), text); err != nil {
		return err
	}
	b.kept = text
	return nil
}

// Update compares what was found with what was told, and puts what is to be told into the spool. found has the alerts, open and over,
// of each rule that was evaluated; what was told of other rules stays as it is, and that of rules that are gone ends. It returns how
// many messages are new.
func (b *Book) Update(rules []Rule, found map[string][]watch.Alert, now time.Time) (int, error) {
	now = now.UTC()
	before := b.state.Next
	byName := map[string]Rule{}
	for _, r := range rules {
		byName[r.Name] = r
		if alerts, evaluated := found[r.Name]; evaluated {
			b.compare(r, alerts, now)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b.state.Alerts)) {
		t := b.state.Alerts[key]
		rule, known := byName[t.Alert.Watch]
		if !known {
			t.over(now)
			t.Flapping = false
		}
		b.settle(rule, t, now)
		if t.Ended && (!known || now.Sub(*t.Alert.GoneBy) > maxAge+rule.flapping()) {
			delete(b.state.Alerts, key)
		}
	}
	if err := b.save(); err != nil { // from here on, a kill loses none of the messages
		return 0, err
	}
	return int(b.state.Next - before), b.fill()
}

// compare follows each kind and subject of a rule.
func (b *Book) compare(rule Rule, alerts []watch.Alert, now time.Time) {
	byKey := map[string][]watch.Alert{}
	for _, a := range alerts {
		a = bounded(a)
		byKey[keyOf(a)] = append(byKey[keyOf(a)], a)
	}
	for key, t := range b.state.Alerts {
		if t.Alert.Watch == rule.Name && len(byKey[key]) == 0 {
			t.over(now)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		times := byKey[key]
		slices.SortFunc(times, func(x, y watch.Alert) int { return x.SeenFrom.Compare(y.SeenFrom) })
		b.follow(rule, key, times, now)
	}
}

// follow goes through the times of one kind and subject, the oldest first.
func (b *Book) follow(rule Rule, key string, times []watch.Alert, now time.Time) {
	for _, a := range times {
		t := b.state.Alerts[key]
		switch {
		case t == nil:
			b.state.Alerts[key] = newTold(a)
		case a.ID == t.Current || t.renamed(a, times):
			t.update(a)
		case !a.SeenFrom.After(t.Newest): // it was told, or is too old
		case t.Alert.GoneBy == nil || a.SeenFrom.Sub(*t.Alert.GoneBy) <= rule.flapping():
			t.again(a)
		default:
			b.settle(rule, t, now)
			b.state.Alerts[key] = newTold(a)
		}
	}
}

func newTold(a watch.Alert) *told {
	return &told{Alert: a, Current: a.ID, Newest: a.SeenFrom, Count: 1}
}

// renamed reports whether a is the alert that t has under an identity that is found no longer: older data show it to have begun earlier, or
// finer ones somewhat later, as update files do of what a dump shows that took minutes to be written.
func (t *told) renamed(a watch.Alert, times []watch.Alert) bool {
	if t.Alert.GoneBy != nil || slices.ContainsFunc(times, func(other watch.Alert) bool { return other.ID == t.Current }) {
		return false
	}
	isLater := a.SeenFrom.After(t.Newest)
	return !isLater && (a.GoneBy == nil || a.GoneBy.After(t.Newest)) || isLater && a.NotBefore != nil && !a.NotBefore.After(t.Newest)
}

// update takes over what is newly known. An end that was told is final.
func (t *told) update(a watch.Alert) {
	if t.Ended {
		return
	}
	t.Current = a.ID
	t.replace(a)
}

// again counts that the alert has begun once more.
func (t *told) again(a watch.Alert) {
	t.Current, t.Newest = a.ID, a.SeenFrom
	t.Count++
	t.replace(a)
	if t.Ended && len(t.Told) > 0 {
		t.Flapping, t.Recall = true, true
	}
	t.Ended = false
}

func (t *told) replace(a watch.Alert) {
	first := t.Alert
	t.Alert = a
	t.Alert.ID, t.Alert.NotBefore, t.Alert.SeenFrom = first.ID, first.NotBefore, first.SeenFrom
}

// over says that the alert is found no longer.
func (t *told) over(now time.Time) {
	if t.Alert.GoneBy == nil {
		now = now.Truncate(time.Second)
		t.Alert.GoneBy = &now
	}
}

// settle tells what is to be told of an alert. One that began again after its end was told ends only when it has been quiet for some
// time, so that it is told four times at most.
func (b *Book) settle(rule Rule, t *told, now time.Time) {
	gone := t.Alert.GoneBy
	news := gone == nil || len(t.Told) > 0 || now.Sub(*gone) <= maxAge
	if news && !t.Ended && !rule.silent(t.Alert) {
		if t.Recall {
			b.tell(Again, t, t.Told)
			t.Recall = false
		}
		if gone == nil || len(t.Told) == 0 {
			untold := slices.DeleteFunc(slices.Clone(rule.Tell), func(sink string) bool { return slices.Contains(t.Told, sink) })
			b.tell(Begin, t, untold)
			t.Told = append(t.Told, untold...)
		}
	}
	if gone == nil || t.Ended || t.Flapping && now.Before(gone.Add(rule.flapping())) {
		return
	}
	if !t.Recall { // or nobody knows that it began again
		b.tell(End, t, t.Told)
	}
	t.Ended, t.Recall = true, false
}

func (b *Book) tell(event string, t *told, sinks []string) {
	m := b.message(event, t)
	for _, sink := range sinks {
		b.state.Outgoing = append(b.state.Outgoing, outgoing{b.state.Next, sink, m})
		b.state.Next++
	}
}

func (b *Book) message(event string, t *told) Message {
	m := Message{ID: t.Alert.ID + "-" + event, Event: event, Count: t.Count, Alert: t.Alert}
	if t.Flapping && event != Begin {
		m.ID += "-" + strconv.Itoa(t.Count)
	}
	if b.site != "" && t.Alert.Page != "" {
		m.URL = strings.TrimSuffix(b.site, "/") + "/" + strings.TrimPrefix(t.Alert.Page, "/")
	}
	return m
}

// open returns the beginning of each alert that a sink was told of and that is not over.
func (b *Book) open(sink string) (messages []Message) {
	for _, key := range slices.Sorted(maps.Keys(b.state.Alerts)) {
		if t := b.state.Alerts[key]; !t.Ended && slices.Contains(t.Told, sink) {
			messages = append(messages, b.message(Begin, t))
		}
	}
	return messages
}

func keyOf(a watch.Alert) string { return a.Watch + "\x00" + a.Kind + "\x00" + a.Subject }

const (
	maxLine     = 2000 // bytes of a text
	maxEvidence = 20   // rows
)

// bounded returns the alert with texts that are legible, of one line and of bounded length: subjects and evidence come from outside.
func bounded(a watch.Alert) watch.Alert {
	for _, s := range []*string{&a.ID, &a.Watch, &a.Kind, &a.Severity, &a.Subject, &a.Text, &a.Advice, &a.Prefix, &a.Page} {
		*s = line(*s)
	}
	a.Evidence = slices.Clone(a.Evidence[:min(len(a.Evidence), maxEvidence)])
	for i := range a.Evidence {
		e := &a.Evidence[i]
		for _, s := range []*string{&e.Dataset, &e.Partition, &e.SHA256, &e.Text} {
			*s = line(*s)
		}
	}
	return a
}

func line(s string) string {
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine], "") + "…"
	}
	return legible.Line(s)
}
