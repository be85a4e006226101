package routes

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/internal/suggest"
)

// Settings are the keys of sources of kind mrt. With Archive, dumps are found in the listings of an archive of route
// collectors, and the source has no URLs. Only the first table dump of each period of the source's cadence is fetched.
type Settings struct {
	Entries    bool     `toml:"entries"`    // also write rib_entries
	Archive    string   `toml:"archive"`    // routeviews or ris; empty: the source has URLs
	Base       []string `toml:"base"`       // address of the archive's listings, if not its own; further ones are mirrors
	List       string   `toml:"list"`       // address of the archive's list of route collectors, if not its own
	Collectors []string `toml:"collectors"` // names, patterns of path.Match, or "all"
	Files      []string `toml:"files"`      // rib, updates; empty: rib
	By         string   `toml:"by"`         // listing, or name: files are asked for by their regular names; empty: listing
	Until      string   `toml:"until"`      // last day to fetch, YYYY-MM-DD; empty: no limit
}

// Validate reports what is wrong with the settings of a source.
func (s *Settings) Validate(from collectors.Source) error {
	if s.Archive == "" {
		return s.withoutArchive()
	}
	switch {
	case !slices.Contains(Archives(), s.Archive):
		return fmt.Errorf("unknown archive %q%s", s.Archive, suggest.Near(s.Archive, Archives()))
	case len(from.Mirrors) > 0:
		return errors.New("mirrors of an archive are further addresses in base")
	case len(from.URLs) > 0 || from.Collector != "":
		return errors.New("with archive, use collectors instead of urls and collector")
	case len(s.Collectors) == 0:
		return errors.New(`collectors must name at least one, for example ["rrc00"] or ["all"]`)
	case from.Since.IsZero():
		return errors.New("an archive needs since, the first day to fetch, as YYYY-MM-DD")
	}
	if s.By != "" && s.By != "listing" && s.By != "name" {
		return fmt.Errorf("by: unknown way %q (want listing or name)", s.By)
	}
	for _, file := range s.Files {
		if known := []string{"rib", "updates"}; !slices.Contains(known, file) {
			return fmt.Errorf("unknown files %q%s", file, suggest.Near(file, known))
		}
	}
	for _, address := range append(slices.Clone(s.Base), s.List) {
		if address != "" && !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
			return fmt.Errorf("invalid address %q (want an https: or http: URL)", address)
		}
	}
	if _, err := time.Parse(time.DateOnly, s.Until); s.Until != "" && err != nil {
		return fmt.Errorf("until: invalid day %q (want YYYY-MM-DD)", s.Until)
	}
	return nil
}

// withoutArchive refuses the keys that need an archive.
func (s *Settings) withoutArchive() error {
	for _, key := range []struct {
		name  string
		given bool
	}{
		{"base", len(s.Base) > 0}, {"list", s.List != ""}, {"collectors", len(s.Collectors) > 0}, {"files", len(s.Files) > 0}, {"until", s.Until != ""}, {"by", s.By != ""},
	} {
		if key.given {
			return fmt.Errorf("%s needs archive = %s", key.name, strings.Join(Archives(), " or "))
		}
	}
	return nil
}

// Listings returns the addresses of the archive's listings, the archive itself or its mirrors, without a slash at the end.
// It is empty for a source without an archive.
func (s *Settings) Listings() []string {
	if s.Archive == "" || layouts[s.Archive] == nil {
		return nil
	}
	if len(s.Base) == 0 {
		return []string{layouts[s.Archive].base}
	}
	var all []string
	for _, base := range s.Base {
		all = append(all, strings.TrimSuffix(base, "/"))
	}
	return all
}

// files returns the kinds of files that are wanted.
func (s *Settings) files() []string {
	if len(s.Files) == 0 {
		return []string{"rib"}
	}
	return s.Files
}

// end returns the last time to fetch, at most now.
func (s *Settings) end(now time.Time) time.Time {
	until, err := time.Parse(time.DateOnly, s.Until)
	if err == nil && until.AddDate(0, 0, 1).Before(now) {
		return until.AddDate(0, 0, 1).Add(-time.Second)
	}
	return now
}

// settingsOf returns the settings of a source, or zero settings if it has none.
func settingsOf(from collectors.Source) *Settings {
	if s, ok := from.Settings.(*Settings); ok {
		return s
	}
	return new(Settings)
}
