package watch_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/watch"
	"tidemark/pipeline/alert"
)

// told is a sink that lists what it is told.
type told []string

func (l *told) Send(_ context.Context, m alert.Message) error {
	*l = append(*l, strings.Join([]string{m.Event, m.Alert.Kind, m.Alert.Subject, clockOf(&m.Alert.SeenFrom), clockOf(m.Alert.GoneBy)}, " "))
	return nil
}

// TestOrders replays incidents with dumps alone, with update files after a first dump alone, and with both, whichever come first: each alert is
// raised once and ended once.
func TestOrders(t *testing.T) {
	const holder = "205.251.192.0/21 16509 10"
	route53 := []watch.Rule{{Prefixes: []string{"205.251.192.0/21"}, Origins: []uint32{16509}, Kinds: []string{"more-specific"}}}
	type incident struct {
		rules    []watch.Rule
		dumps    map[int][]string
		messages []string // of update files from 08:00 until 14:00

		byDumps, byUpdates, dumpsFirst, updatesFirst string
	}
	for name, c := range map[string]incident{
		// The hijack of Amazon's name servers of 24 April 2018, from 11:05 to 12:55 UTC.
		"origin hijack": {rules: route53,
			dumps:        map[int][]string{8: {holder}, 12: {holder, "205.251.193.0/24 10297 2"}, 14: {holder}},
			messages:     []string{"11:05 0:10 0 205.251.193.0/24 100 6939 10297", "11:05 1:40 1 205.251.193.0/24 101 6939 10297", "12:50 4:50 0 205.251.193.0/24", "12:55 1:30 1 205.251.193.0/24"},
			byDumps:      "begin more-specific 205.251.193.0/24 AS10297 12:00 14:00, end more-specific 205.251.193.0/24 AS10297 12:00 14:00",
			byUpdates:    "begin more-specific 205.251.193.0/24 AS10297 11:07 12:57, end more-specific 205.251.193.0/24 AS10297 11:07 12:57",
			dumpsFirst:   "begin more-specific 205.251.193.0/24 AS10297 12:00 ?, end more-specific 205.251.193.0/24 AS10297 12:00 12:57",
			updatesFirst: "begin more-specific 205.251.193.0/24 AS10297 11:07 ?, end more-specific 205.251.193.0/24 AS10297 11:07 12:57"},
		// One whose path ends in the holder's AS, within the minutes in which a dump is written.
		"forged origin": {rules: route53,
			dumps:        map[int][]string{8: {holder}, 12: {holder, "205.251.195.0/24 16509 1"}, 14: {holder}},
			messages:     []string{"12:00 3:10 0 205.251.195.0/24 100 666 16509", "13:00 0:10 0 205.251.195.0/24"},
			byDumps:      "begin more-specific 205.251.195.0/24 AS16509 12:00 14:00, end more-specific 205.251.195.0/24 AS16509 12:00 14:00",
			byUpdates:    "begin more-specific 205.251.195.0/24 AS16509 12:04 13:01, end more-specific 205.251.195.0/24 AS16509 12:04 13:01",
			dumpsFirst:   "begin more-specific 205.251.195.0/24 AS16509 12:00 ?, end more-specific 205.251.195.0/24 AS16509 12:00 13:01",
			updatesFirst: "begin more-specific 205.251.195.0/24 AS16509 12:04 ?, end more-specific 205.251.195.0/24 AS16509 12:04 13:01"},
		// A second operator of an anycast prefix that the rule names, convergence over many paths, and a session that is lost and comes again.
		"innocent": {rules: []watch.Rule{{Prefixes: []string{"192.5.5.0/24"}, Origins: []uint32{3557, 30122}, Kinds: []string{"origin-violates-rule", "more-specific"}}},
			dumps: map[int][]string{8: {"192.5.5.0/24 3557 10"}, 12: {"192.5.5.0/24 3557 6", "192.5.5.0/24 30122 4"}, 14: {"192.5.5.0/24 3557 10"}},
			messages: []string{"11:05 0:10 1 192.5.5.0/24 101 30122", "11:05 0:11 2 192.5.5.0/24 102 7 8 9 3557", "11:05 0:12 2 192.5.5.0/24 102 7 3557",
				"11:30 0:10 3 down", "11:30 1:10 3 up", "11:30 1:20 3 192.5.5.0/24 103 3557", "13:00 0:10 1 192.5.5.0/24 101 3557"}},
	} {
		t.Run(name, func(t *testing.T) {
			for way, want := range map[string]string{"dumps": c.byDumps, "updates": c.byUpdates, "dumps first": c.dumpsFirst, "updates first": c.updatesFirst} {
				w := newWorld(t)
				var sink told
				dir := t.TempDir()
				run := func(hour int) {
					w.tell(dir, &sink, c.rules, at(hour))
				}
				dump := func(hour int) { w.dump(at(hour), c.dumps[hour]...) }
				dump(8)
				switch way {
				case "dumps":
					dump(12)
					dump(14)
				case "updates":
					w.files("rrc00", "08:00", "14:00", c.messages...)
				case "dumps first":
					dump(12)
					run(12)
					w.files("rrc00", "08:00", "14:00", c.messages...)
					run(14)
					dump(14)
				case "updates first":
					w.files("rrc00", "08:00", "12:30", c.messages...)
					run(12)
					dump(12)
					run(13)
					w.files("rrc00", "12:30", "14:00", c.messages...)
					run(14)
					dump(14)
				}
				run(15)
				if got := strings.Join(sink, ", "); got != want {
					t.Errorf("%s: told\n  %s\nwant\n  %s", way, strings.ReplaceAll(got, ", ", "\n  "), strings.ReplaceAll(want, ", ", "\n  "))
				}
			}
		})
	}
}

// tell does what a run does with the alerts of rules, at a time.
func (w *world) tell(dir string, sink *told, rules []watch.Rule, now time.Time) {
	w.t.Helper()
	book, err := alert.Open(dir, "", slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	found := map[string][]watch.Alert{rules[0].Name: nil}
	for _, a := range w.alerts(rules) {
		found[a.Watch] = append(found[a.Watch], a)
	}
	if _, err := book.Update([]alert.Rule{{Name: rules[0].Name, Tell: []string{"noc"}}}, found, now); err != nil {
		w.t.Fatal(err)
	}
	if failed := book.Deliver(w.t.Context(), map[string]alert.Sink{"noc": sink}, alert.Usual); len(failed) > 0 {
		w.t.Fatal(failed)
	}
}
