package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

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
	Mirrors   []string `toml:"mirrors"` // of the one URL, tried in order if it fails
	Robots    string   `toml:"robots"`  // "ignored by permission of …": by whose
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
	return sources, collectors.Collision(sources)
}

func (c *Config) readSource(text []byte, number int, t sourceTable, kinds []collectors.Kind) (s collectors.Source, err error) {
	at := slices.IndexFunc(kinds, func(k collectors.Kind) bool { return k.Name() == t.Kind })
	if at < 0 {
		return s, fmt.Errorf("unknown kind %q%s", t.Kind, suggest.Near(t.Kind, namesOf(kinds)))
	}
	s = collectors.Source{Name: t.Name, Kind: t.Kind, Collector: t.Collector, URLs: t.URLs, Mirrors: t.Mirrors, Date: t.Date, Base: c.Base, Runtime: collectors.Runtime{
		Contact: c.Contact, Watch: collectors.Watch{RFCs: c.Watched(), Drafts: c.Watch.Drafts, Groups: c.watchedGroups()}}}
	if _, err := parseDay("date", t.Date); err != nil {
		return s, err
	}
	if s.Robots, err = parsePermission(t.Robots); err != nil {
		return s, err
	}
	if err := checkMirrors(t); err != nil {
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

// permission begins what robots may say.
const permission = "ignored by permission of "

// parsePermission returns by whose permission robots.txt is not obeyed; empty if it is.
func parsePermission(text string) (by string, err error) {
	by, is := strings.CutPrefix(text, permission)
	if text != "" && (!is || strings.TrimSpace(by) == "") {
		return "", fmt.Errorf("robots: invalid value %q (want %q and by whom and when: the operator of the host must have been asked)", text, permission)
	}
	return strings.TrimSpace(by), nil
}

// checkMirrors refuses mirrors that are not those of one URL.
func checkMirrors(t sourceTable) error {
	if len(t.Mirrors) == 0 {
		return nil
	}
	if len(t.URLs) != 1 || !isHTTP(t.URLs[0]) {
		return errors.New("mirrors are those of one URL: give each URL a source of its own")
	}
	for _, address := range t.Mirrors {
		if !isHTTP(address) {
			return fmt.Errorf("mirrors: invalid address %q (want an https: or http: URL)", address)
		}
	}
	return nil
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
