package alert

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"tidemark/analysis/watch"
)

// Rule says who is told of the alerts of a rule, and when nobody is.
type Rule struct {
	Name     string
	Tell     []string // names of sinks
	Silences []Silence
	Flapping time.Duration // what begins again within it after its end is the same alert; 0: a day
}

// OwnRule is the name of the rule of what the runs raise about themselves.
const OwnRule = "tidemark"

// Watch is a rule of the watch list, with who is told of what it finds.
type Watch struct {
	watch.Rule
	Tell     []string  `toml:"tell"` // names of sinks
	Silences []Silence `toml:"silence"`
}

const (
	defaultFlapping = 24 * time.Hour
	// maxAge is for how long after its end an alert is news to those who were not told of its beginning.
	maxAge = 7 * 24 * time.Hour
)

func (r Rule) flapping() time.Duration {
	if r.Flapping > 0 {
		return r.Flapping
	}
	return defaultFlapping
}

// Silence is a rule by which nobody is told of an alert while all that is seen of it lies in a time: a maintenance window, if it has a
// beginning and an end. An alert that lasts longer is told once it does.
type Silence struct {
	Kinds    []string  `toml:"kinds"`    // empty: all
	Subjects []string  `toml:"subjects"` // patterns with * and ?; empty: all
	From     time.Time `toml:"from"`     // zero: always
	Until    time.Time `toml:"until"`    // zero: for ever
}

// Check returns an error unless the silence can be meant.
func (s Silence) Check() error {
	if !s.Until.IsZero() && !s.Until.After(s.From) {
		return fmt.Errorf("until: %s is not after from, %s", s.Until.Format(time.RFC3339), s.From.Format(time.RFC3339))
	}
	if len(s.Kinds)+len(s.Subjects) == 0 && s.Until.IsZero() {
		return fmt.Errorf("want kinds, subjects or until: this would silence all alerts for ever")
	}
	return nil
}

func (s Silence) covers(a watch.Alert) bool {
	return (len(s.Kinds) == 0 || slices.Contains(s.Kinds, a.Kind)) &&
		(len(s.Subjects) == 0 || slices.ContainsFunc(s.Subjects, func(pattern string) bool { return matches(pattern, a.Subject) })) &&
		!a.SeenFrom.Before(s.From) && (s.Until.IsZero() || a.LastSeen.Before(s.Until))
}

// matches reports whether a subject is of a pattern. A slash is a character as any other, as prefixes have one.
func matches(pattern, subject string) bool {
	flat := strings.NewReplacer("/", "\x00", "[", `\[`, `\`, `\\`)
	ok, err := path.Match(flat.Replace(pattern), strings.ReplaceAll(subject, "/", "\x00"))
	return err == nil && ok
}

func (r Rule) silent(a watch.Alert) bool {
	return slices.ContainsFunc(r.Silences, func(s Silence) bool { return s.covers(a) })
}
