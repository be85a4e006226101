package config

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6"
	"tidemark/collectors/ipv6/vantage"
	"tidemark/collectors/routes"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/rfcwatch"
)

// plain is a kind without settings.
type plain struct{ collectors.URLs }

func (plain) Name() string { return "roas" }

func (plain) Decode(context.Context, archive.Raw, *table.Commit) error { return nil }

var kinds = []collectors.Kind{routes.MRT{}, plain{}, ipv6.Probes{}, vantage.Checks{}}

// load reads a configuration from text.
func load(t *testing.T, text string) (Config, []collectors.Source, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tidemark.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Load(path, kinds)
}

const (
	ris    = "[[source]]\nname = 'x'\nkind = 'mrt'\narchive = 'ris'\ncollectors = ['rrc00', 'rrc1*']\nsince = '2024-01-01'\n"
	roas   = "[[source]]\nname = 'r'\nkind = 'roas'\nurls = ['https://example.net/vrps.csv']\n"
	probes = "contact = 'noc@example.net'\n[[source]]\nname = 'p'\nkind = 'ipv6-probes'\ndomains = 'list.csv'\nresolver = '127.0.0.1:53'\n"
)

// TestArchiveSources: the settings of a source that finds its dumps in an archive.
func TestArchiveSources(t *testing.T) {
	_, sources, err := load(t, ris+"base = ['http://127.0.0.1:1/', 'https://mirror.example.net']\nfiles = ['updates']\nuntil = '2024-02-01'\n[fetch]\nstall = '5s'\n")
	if err != nil || len(sources) != 1 {
		t.Fatal(sources, err)
	}
	s := sources[0]
	settings := s.Settings.(*routes.Settings)
	if settings.Archive != "ris" || settings.Until != "2024-02-01" {
		t.Errorf("settings: %+v", settings)
	}
	if base := settings.Listings(); len(base) != 2 || base[0] != "http://127.0.0.1:1" {
		t.Errorf("listings at %q", base)
	}
	if s.Every != collectors.Daily() {
		t.Errorf("expected %q, want daily", s.Every)
	}
	if want := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); !s.Since.Equal(want) {
		t.Errorf("since %s, want %s", s.Since, want)
	}
}

// TestMistakes: every mistake is answered with its place and its remedy.
func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		strings.Replace(ris, "'ris'", "'riss'", 1):                     `source x: unknown archive "riss"; did you mean "ris"?`,
		strings.Replace(ris, "'mrt'", "'roas'", 1):                     "line 4: archive is for sources of kind mrt, not roas",
		strings.Replace(ris, "'mrt'", "'mtr'", 1):                      `source x: unknown kind "mtr"; did you mean "mrt"?`,
		strings.Replace(ris, "since = '2024-01-01'", "", 1):            "an archive needs since",
		strings.Replace(ris, "'2024-01-01'", "'January'", 1):           `since: invalid day "January" (want YYYY-MM-DD)`,
		strings.Replace(ris, "collectors = ['rrc00', 'rrc1*']", "", 1): "collectors must name at least one",
		strings.Replace(ris, "name = 'x'", "", 1):                      "[[source]] number 1 has no name",
		ris + ris:                                                 `two sources are called "x"`,
		ris + "files = ['ribs']\n":                                `unknown files "ribs"; did you mean "rib"?`,
		ris + "files = 'rib'\n":                                   "line 7, column 9: ",
		ris + "base = ['ftp://x']\n":                              `invalid address "ftp://x" (want an https: or http: URL)`,
		ris + "until = 'never'\n":                                 `until: invalid day "never"`,
		ris + "every = '5h'\n":                                    `every: invalid cadence "5h"`,
		ris + "urls = ['https://x/']\n":                           "use collectors instead of urls",
		ris + "archives = 'x'\n":                                  `line 7: unknown key "source.archives"; did you mean "archive"?`,
		ris + "[source.archive]\nx = 1\n":                         "archive",
		ris + "[source.more]\nx = 1\n":                            `line 7: unknown key "source.more`,
		roas + ris + "limit = 7\n":                                "line 11: limit is for sources of kind ipv6-probes, not mrt",
		ris + "controls = ['x:1']\n":                              "line 7: controls is for sources of kind ipv6-probes or ipv6-vantage, not mrt",
		probes + ris + "domains = 'x'\n":                          "line 13: domains is for sources of kind ipv6-probes, not mrt",
		"[[source]]\ncolector = 'x'\n":                            `line 2: unknown key "source.colector"; did you mean "collector"?`,
		probes + "adress_rate = 3\n":                              `line 7: unknown key "source.adress_rate"; did you mean "address_rate"?`,
		probes + "list_date = 'June'\n":                           `source p: list_date: invalid day "June" (want YYYY-MM-DD)`,
		probes + "limit = -1\n":                                   "limit: invalid number -1 (want 0 or more)",
		probes[len("contact = 'noc@example.net'\n"):]:             "source p: probing needs `contact`",
		"[[source]]\nname = 'x'\nkind = 'mrt'\nfiles = ['rib']\n": "files needs archive = ris or routeviews",
		"[fetch]\nstall = '5'\n":                                  `fetch.stall: invalid duration "5" (want for example 60s)`,
		"[fetch]\nreserve = 'much'\n":                             `fetch.reserve: invalid size "much" (want for example 20GB or 500MiB)`,
		"[fetch]\nconnections = 99\n":                             "fetch.connections: 99 is not between",
		"[fetch]\nstal = '5s'\n":                                  `line 2: unknown key "fetch.stal"; did you mean "stall"?`,
		"[fetsh]\nstall = '5s'\n":                                 `line 1: unknown key "fetsh`,
		"contract = 'x'\n":                                        `line 1: unknown key "contract"; did you mean "contact"?`,
		"[archive]\nkeep = '90'\n":                                `archive.keep: invalid number of days "90" (want for example 90d)`,
		"[archive]\nkeep = '213504d'\n":                           `archive.keep: invalid number of days "213504d"`, // 25 minutes, counted in 64 bits
		"[archive]\nkinds = ['mtr']\n":                            `archive.kinds: unknown kind "mtr"; did you mean "mrt"?`,
		"[run]\nping = 'x'\n":                                     `run.ping: invalid address "x"`,
		"[analysis]\nmin_full_feeds = -1\n":                       "analysis.min_full_feeds: invalid number -1 (want 1 or more ASes)",
		"[analysis]\nroute_servers = [6695, 0]\n":                 "analysis.route_servers: invalid AS number 0 (want 1 to 4294967295, without quotes)",
		"[analysis]\nroute_servers = [4294967296]\n":              "analysis.route_servers: invalid AS number 4294967296 (",
		"[analysis]\nroute_servers = ['AS6695']\n":                `analysis.route_servers: invalid AS number "AS6695" (`,
		"[analysis]\nmin_full_feed = 3\n":                         `unknown key "analysis.min_full_feed"; did you mean "min_full_feeds"?`,
		"[site]\nversions = -1\n":                                 "site.versions: invalid number -1",
		"[[watch.rule]]\nprefixes = ['192.0.2.0/24']\n":           "watch.rule number 1: the rule has no name",
		"[[watch.rule]]\nname = 'x'\nprefixes = ['192.0.2.0/24']\norigin = [1]\n":          `line 4: unknown key "watch.rule.origin"; did you mean "origins"?`,
		"[[watch.rule]]\nname = 'x'\ndomains = ['example.net']\nkinds = ['rov-invalid']\n": "watch.rule x: rov-invalid could never be raised: it needs prefixes or ases",
		"[[watch.rule]]\nname = 'x'\nases = [1]\n[[watch.rule]]\nname = 'x'\nases = [2]\n": `watch.rule: two rules are called "x"`,
		"[watch]\nprefixes = ['x']\n":                                  "watch.prefixes: ",
		"[storage]\narchiv = 's3://x'\n":                               `line 2: unknown key "storage.archiv"; did you mean "archive"?`,
		"[storage]\nsmall = '1MB'\n":                                   "give storage.cache",
		"[storage]\ncache = '1GB'\n":                                   "give storage.datasets",
		"[storage]\ndatasets = 's3://x'\ncache = 'much'\n":             `storage.cache: invalid size "much"`,
		"[storage]\ndatasets = 's3://x'\ncache = '1GB'\nnewest = -1\n": "storage.newest: -1 is not between",
		"[storage]\nwarehouse = 's3://x'\n":                            `unknown key "storage.warehouse"; known are archive, datasets, site`,
	} {
		if _, _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n→ %v\nwant %s", text, err, want)
		}
	}
}

// TestSettings: each source has the settings of its own kind, and what its kind expects of it.
func TestSettings(t *testing.T) {
	c, sources, err := load(t, probes+"stop_file = '/stop'\nsmtp = true\nrate = 7\n"+ris+"entries = true\n"+roas+
		"[[source]]\nname = 'v'\nkind = 'ipv6-vantage'\nresolver = 'system'\nadvertisements = true\n[watch]\nrfcs = [6052]\ngroups = ['v6ops']\n")
	if err != nil || len(sources) != 4 {
		t.Fatal(sources, err)
	}
	if s := sources[0].Settings.(*ipv6.Settings); !s.SMTP || s.Rate != 7 || s.StopFile != "/stop" || s.Domains != filepath.Join(c.Base, "list.csv") {
		t.Errorf("probes: %+v", s)
	}
	if s := sources[1].Settings.(*routes.Settings); !s.Entries || s.Archive != "ris" || len(s.Collectors) != 2 {
		t.Errorf("mrt: %+v", s)
	}
	if sources[2].Settings != nil {
		t.Errorf("roas have settings: %+v", sources[2].Settings)
	}
	if s := sources[3].Settings.(*vantage.Settings); s.Resolver != "system" || !s.Advertisements {
		t.Errorf("vantage: %+v", s)
	}
	for i, want := range []collectors.Cadence{collectors.Daily(), collectors.Daily(), collectors.Daily(), {}} {
		if sources[i].Every != want {
			t.Errorf("%s is expected %q, want %q", sources[i].Name, sources[i].Every, want)
		}
	}
	if r := sources[0].Runtime; r.Contact != "noc@example.net" || len(r.Watch.RFCs) != 1 || len(r.Watch.Groups) != 1 {
		t.Errorf("from outside the table: %+v", r)
	}
}

// TestRules: what rules watch is on the watch list too, each once, beside the default documents.
func TestRules(t *testing.T) {
	c, _, err := load(t, "[watch]\nases = [64496]\n[[watch.rule]]\nname = 'x'\nases = [64496, 64497]\nprefixes = ['192.0.2.0/24']\nrfcs = [6052, 1]\ngroups = ['dnsop']\n")
	if err != nil || len(c.Watch.Rules) != 1 {
		t.Fatal(c.Watch.Rules, err)
	}
	if !slices.Equal(c.Watch.ASes, []uint32{64496, 64497}) || !slices.Equal(c.Watch.Prefixes, []string{"192.0.2.0/24"}) {
		t.Errorf("watched networks: %v, %v", c.Watch.ASes, c.Watch.Prefixes)
	}
	if want := append(slices.Clone(rfcwatch.Watched), 1); !slices.Equal(c.Watched(), want) {
		t.Errorf("watched RFCs: %v, want %v", c.Watched(), want)
	}
	if want := append(slices.Clone(rfcwatch.WatchedGroups), "dnsop"); !slices.Equal(c.watchedGroups(), want) {
		t.Errorf("watched groups: %v, want %v", c.watchedGroups(), want)
	}
}

// TestNotAFile: a configuration that is not a file, for example that of a process substitution, is not waited for, and the error says why.
func TestNotAFile(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	for _, path := range []string{fmt.Sprintf("/dev/fd/%d", read.Fd()), "/dev/zero", t.TempDir()} {
		if _, err := os.Stat(path); err != nil {
			testkit.Missing(t, "%v", err)
		}
		if _, _, err := Load(path, kinds); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "write it to a file") {
			t.Errorf("%v, want that %s is not a file", err, path)
		}
	}
}

// TestValues: sizes, durations and cadences of the sections.
func TestValues(t *testing.T) {
	c, _, err := load(t, "[fetch]\nstall = '2s'\nbackoff = '3s'\n[run]\ntime = '50m'\nbytes = '20GB'\npublish = 'daily'\n[archive]\nkeep = '90d'\n[[archive.rule]]\nkinds = ['roas']\nbytes = '5GB'\n")
	if err != nil {
		t.Fatal(err)
	}
	if o := c.Fetch.Options; o.Stall != 2*time.Second || o.Backoff != 3*time.Second || o.Reserve != 1e9 {
		t.Errorf("fetch: %+v", o)
	}
	if b := c.Run.Budget; b.Time != 50*time.Minute || b.Bytes != 20e9 || c.Run.PublishEvery != collectors.Daily() {
		t.Errorf("run: %+v", c.Run)
	}
	want := []archive.Retention{{Kinds: []string{"mrt"}, Age: 90 * 24 * time.Hour}, {Kinds: []string{"roas"}, Bytes: 5e9}}
	if r := c.Archive.Retention; !reflect.DeepEqual(r, want) {
		t.Errorf("archive: %+v", r)
	}
}

func TestSinks(t *testing.T) {
	const sinks = "[sink.noc]\nkind = 'webhook'\nurl = 'https://example.net/hook'\nsecret = 'file:key'\n"
	c, _, err := load(t, sinks+"[[watch.rule]]\nname = 'x'\nases = [1]\ntell = ['noc']\n[[watch.rule.silence]]\nkinds = ['new-origin']\n[run]\ntell = ['noc']\n[[run.silence]]\nkinds = ['silent']\nsubjects = ['rrc*']\nuntil = 2026-03-01T06:00:00Z\n")
	if err != nil {
		t.Fatal(err)
	}
	if c.Sinks["noc"].Files()[0] != filepath.Join(c.Base, "key") || len(c.Run.Silences) != 1 || c.Run.Silences[0].Until.Hour() != 6 {
		t.Errorf("%+v", c.Run)
	}
	if r := c.Watch.Rules[0]; r.Name != "x" || len(r.Tell) != 1 || r.Silences[0].Kinds[0] != "new-origin" {
		t.Errorf("%+v", r)
	}
	for text, want := range map[string]string{
		"[sink.noc]\nkind = 'webhook'\nurk = 'x'\n":                        `line 3: unknown key "sink.noc.urk"; did you mean "url"?`,
		"[sink.noc]\nkind = 'webhok'\n":                                    `sink.noc: unknown kind "webhok"`,
		"[sink.NOC]\nkind = 'feed'\n":                                      "sink.NOC: invalid name (want small letters",
		"[sink.\"../x\"]\nkind = 'feed'\n":                                 "sink.../x: invalid name",
		"[sink.noc]\nkind = 'feed'\nurl = 'https://example.net'\n":         "sink.noc: url is for sinks of kind webhook or alertmanager, not feed",
		sinks + "[run]\ntell = ['nco']\n":                                  `run.tell: there is no [sink.nco]; did you mean "noc"?`,
		sinks + "[run]\ntell = ['noc', 'noc']\n":                           "run.tell: noc is named twice",
		sinks + "[[watch.rule]]\nname = 'x'\nases = [1]\ntell = ['nco']\n": `watch.rule x.tell: there is no [sink.nco]; did you mean "noc"?`,
		"[[watch.rule]]\nname = 'tidemark'\nases = [1]\n":                  "give it another name",
		sinks + "[[run.silence]]\nfrom = 2026-03-01T06:00:00Z\n":           "run.silence: want kinds, subjects or until",
		sinks + "[[run.silence]]\nkind = ['silent']\n":                     `unknown key "run.silence.kind"; did you mean "kinds"?`,
		"[sink.noc]\nkind = 'webhook'\nurl = 'https://a:b@example.net'\n":  "sink.noc.url: the address of example.net holds a name or password",
	} {
		if _, _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v, want %s", text, err, want)
		}
	}
}

// TestRISLiveTable: without subscriptions RIS Live is asked for what is watched, each once.
func TestRISLiveTable(t *testing.T) {
	const watched = "[watch]\nprefixes = ['203.0.113.0/24', '2001:db8::1']\nases = [64496]\n[[watch.rule]]\nname = 'ours'\nprefixes = ['203.0.113.0/24', '198.51.100.0/24']\nases = [64497]\n"
	asked := func(text string) (all []string) {
		t.Helper()
		c, _, err := load(t, text)
		if err != nil || !c.Record.Configured() || c.Record.Sessions() {
			t.Fatalf("%+v, %v", c.Record, err)
		}
		for _, s := range c.Record.RISLive.Subscriptions {
			all = append(all, s.Prefix+s.Path+s.Type)
		}
		return all
	}
	if got, want := asked(watched+"[record.ris_live]\n"), []string{"203.0.113.0/24", "2001:db8::1/128", "198.51.100.0/24", "64496$", "64497$", "RIS_PEER_STATE"}; !slices.Equal(got, want) {
		t.Errorf("RIS Live is asked for %q, want %q", got, want)
	}
	if got, want := asked(watched+"[[record.ris_live.subscription]]\npath = '64511$'\n"), []string{"64511$"}; !slices.Equal(got, want) {
		t.Errorf("RIS Live is asked for %q, want %q", got, want)
	}
}

// TestRecordTable: the keys of [record] are checked like all others.
func TestRecordTable(t *testing.T) {
	const table = "[record]\ncollector = 'here'\nas = 64500\nrouter_id = '192.0.2.1'\nlisten = ['0.0.0.0:179']\n[[record.peer]]\naddress = '192.0.2.7'\nas = 64501\npassive = true\n"
	c, _, err := load(t, table+"password_file = 'peer.key'\n[record.bmp]\nlisten = '[::1]:11019'\nrouters = ['2001:db8::/64']\n")
	if err != nil || !c.Record.Configured() {
		t.Fatal(err)
	}
	if files := c.Record.Files(); len(files) != 1 || files[0] != filepath.Join(c.Base, "peer.key") {
		t.Errorf("files %q", files)
	}
	for text, want := range map[string]string{
		table + "pasive = true\n":                            `unknown key "record.peer.pasive"; did you mean "passive"?`,
		strings.Replace(table, "router_id", "routerid", 1):   `unknown key "record.routerid"; did you mean "router_id"?`,
		strings.Replace(table, "'here'", "'Here there'", 1):  "record.collector: invalid name",
		table + "password = 'secret'\n":                      `unknown key "record.peer.password"`,
		table + "[record.routeviews]\n":                      "record.routeviews: nothing to watch for",
		table + "[record.routeviews]\nbroker = 'x:1'\n":      `unknown key "record.routeviews.broker"; did you mean "brokers"?`,
		table + "[record.bmp]\nlisten = '127.0.0.1:11019'\n": "record.bmp.routers",

		"[record.ris_live]\n":                                                   "record.ris_live: nothing to ask for",
		"[record.ris_live]\nrte = 9\n":                                          `unknown key "record.ris_live.rte"; did you mean "rate"?`,
		"[record.ris_live]\nurl = 'https://ris-live.ripe.net/'\n":               "record.ris_live.url: invalid address",
		"[[record.ris_live.subscription]]\nprefixes = 'x'\n":                    `unknown key "record.ris_live.subscription.prefixes"; did you mean "prefix"?`,
		"[[record.ris_live.subscription]]\nprefix = '203.0.113.0/33'\n":         "record.ris_live.subscription number 1: prefix: invalid prefix",
		strings.Replace(table, "'here'", "'ris-live'", 1) + "[record.ris_live]": "record.collector: ris-live is the collector of what a public stream sends",
	} {
		if _, _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
