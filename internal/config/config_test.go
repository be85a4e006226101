package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
)

// load reads a configuration from text.
func load(t *testing.T, text string) (Config, []collectors.Source, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tidemark.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Load(path, []string{"mrt", "roas"})
}

// TestArchiveSources: what a source may say of an archive, and what each mistake is answered with.
func TestArchiveSources(t *testing.T) {
	const ris = "[[source]]\nname = 'x'\nkind = 'mrt'\narchive = 'ris'\ncollectors = ['rrc00', 'rrc1*']\nsince = '2024-01-01'\n"
	_, sources, err := load(t, ris+"base = ['http://127.0.0.1:1/', 'https://mirror.example.net']\nfiles = ['updates']\nuntil = '2024-02-01'\n[fetch]\nstall = '5s'\n")
	if err != nil || len(sources) != 1 {
		t.Fatal(sources, err)
	}
	s := sources[0]
	if s.Find.Archive != "ris" || s.Find.Base[0] != "http://127.0.0.1:1" || len(s.Find.Base) != 2 || s.Every.String() != "daily" || s.Since.IsZero() || s.Find.Until.IsZero() {
		t.Errorf("%+v", s)
	}
	for text, want := range map[string]string{
		strings.Replace(ris, "'ris'", "'riss'", 1):                     `unknown archive "riss"; did you mean "ris"?`,
		strings.Replace(ris, "'mrt'", "'roas'", 1):                     "archive is for sources of kind mrt, not roas",
		strings.Replace(ris, "since = '2024-01-01'", "", 1):            "an archive needs since",
		strings.Replace(ris, "collectors = ['rrc00', 'rrc1*']", "", 1): "collectors must name some",
		ris + "files = ['ribs']\n":                                     `unknown files "ribs"; did you mean "rib"?`,
		ris + "base = ['ftp://x']\n":                                   `"ftp://x" is not an https: or http: URL`,
		ris + "until = 'never'\n":                                      `until "never" is not a day`,
		ris + "urls = ['https://x/']\n":                                "collectors takes the place of urls",
		ris + "archives = 'x'\n":                                       `unknown key "source.archives"; did you mean "archive"?`,
		"[[source]]\nname = 'x'\nkind = 'mrt'\nfiles = ['rib']\n":      "files is for sources with archive = ris or routeviews",
		ris + "[fetch]\nstall = '5'\n":                                 `fetch.stall: "5" is no time such as 60s`,
		ris + "[fetch]\nreserve = 'much'\n":                            `fetch.reserve: "much" is no size`,
		ris + "[fetch]\nconnections = 99\n":                            "fetch.connections: 99 is not between",
		ris + "[fetch]\nstal = '5s'\n":                                 `unknown key "fetch.stal"; did you mean "stall"?`,
	} {
		if _, _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n→ %v", text, err)
		}
	}
	if c, _, err := load(t, "[fetch]\nstall = '2s'\nbackoff = '2s'\n"); err != nil || c.Fetch.Options.Stall != 2*time.Second || c.Fetch.Options.Backoff != 2*time.Second || c.Fetch.Options.Reserve != 1e9 {
		t.Errorf("%+v, %v", c.Fetch, err)
	}
}
