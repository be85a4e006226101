package config

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"tidemark/collectors"
	"tidemark/internal/suggest"
)

// sourceTable holds the keys of a [[source]] that all kinds have. Its kind knows the others.
type sourceTable struct {
	Name      string   `toml:"name"`
	Kind      string   `toml:"kind"`
	Collector string   `toml:"collector"`
	URLs      []string `toml:"urls"`
	Date      string   `toml:"date"`
	Every     string   `toml:"every"` // how often something new is expected
	Since     string   `toml:"since"` // first day; what is missing since then is fetched
}

// readSources makes the sources of the file's tables, whose keys have been checked.
func (c *Config) readSources(text []byte, tables []sourceTable, kinds []collectors.Kind) ([]collectors.Source, error) {
	var sources []collectors.Source
	seen := map[string]bool{}
	for i, t := range tables {
		switch {
		case t.Name == "":
			return nil, fmt.Errorf("[[source]] number %d has no name", i+1)
		case seen[t.Name]:
			return nil, fmt.Errorf("two sources are called %q", t.Name)
		}
		seen[t.Name] = true
		source, err := c.readSource(text, i, t, kinds)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", t.Name, err)
		}
		sources = append(sources, source)
	}
	return sources, nil
}

func (c *Config) readSource(text []byte, number int, t sourceTable, kinds []collectors.Kind) (s collectors.Source, err error) {
	at := slices.IndexFunc(kinds, func(k collectors.Kind) bool { return k.Name() == t.Kind })
	if at < 0 {
		return s, fmt.Errorf("unknown kind %q%s", t.Kind, suggest.Near(t.Kind, namesOf(kinds)))
	}
	s = collectors.Source{Name: t.Name, Kind: t.Kind, Collector: t.Collector, URLs: t.URLs, Date: t.Date, Base: c.Base, Runtime: collectors.Runtime{
		Contact: c.Contact, Watch: collectors.Watch{RFCs: c.Watched(), Drafts: c.Watch.Drafts, Groups: c.Watch.Groups}}}
	if _, err := parseDay("date", t.Date); err != nil {
		return s, err
	}
	if s.Since, err = parseDay("since", t.Since); err != nil {
		return s, err
	}
	if s.Every, err = parseCadence("every", t.Every); err != nil {
		return s, err
	}
	if s.Settings = kinds[at].Settings(); s.Settings != nil {
		if err := decodeSettings(text, number, s.Settings); err != nil {
			return s, err
		}
		if err := s.Settings.Validate(s); err != nil {
			return s, err
		}
	}
	if t.Every == "" {
		s.Every = kinds[at].Cadence(s)
	}
	return s, nil
}

// decodeSettings decodes the keys of one kind of one source, by its number in the file. As TOML can only be decoded as a
// whole, all sources are decoded as if they were of that kind: a key has the same type in all kinds that have it.
func decodeSettings(text []byte, number int, settings collectors.Settings) error {
	into := reflect.ValueOf(settings).Elem()
	whole := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "Source", Type: reflect.SliceOf(into.Type()), Tag: `toml:"source"`}}))
	if _, err := unknownKeys(toml.Unmarshal(text, whole.Interface())); err != nil {
		return err
	}
	into.Set(whole.Elem().Field(0).Index(number))
	return nil
}
