package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"tidemark/internal/suggest"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
)

// Sinks are the tables [sink.NAME].
type Sinks map[string]sink.Settings

// sinkName is what can be the name of a folder everywhere.
var sinkName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (s Sinks) read(base string) error {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !sinkName.MatchString(name) {
			return fmt.Errorf("sink.%s: invalid name (want small letters, digits and hyphens, at most 40)", name)
		}
		settings := s[name]
		settings.Base = base
		s[name] = settings
		if _, err := sink.Open(settings, sink.Place{Name: name}); err != nil {
			return fmt.Errorf("sink.%s: %w", name, err)
		}
	}
	return nil
}

// checkTold checks who a table tells, and when it does not.
func (s Sinks) checkTold(table string, tell []string, silences []alert.Silence) error {
	for i, name := range tell {
		if _, known := s[name]; !known {
			return fmt.Errorf("%s.tell: there is no [sink.%s]%s", table, name, suggest.Near(name, slices.Sorted(maps.Keys(s))))
		}
		if slices.Contains(tell[:i], name) {
			return fmt.Errorf("%s.tell: %s is named twice", table, name)
		}
	}
	for _, silence := range silences {
		if err := silence.Check(); err != nil {
			return fmt.Errorf("%s.silence: %w", table, err)
		}
	}
	return nil
}
