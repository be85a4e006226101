// Package config reads the configuration file, TOML, and says what is wrong with it.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/operator"
	"tidemark/internal/suggest"

	"github.com/dustin/go-humanize"
	"github.com/pelletier/go-toml/v2"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/routes"
	"tidemark/internal/fetch"
	"tidemark/pipeline/schedule"
	"tidemark/rfcwatch"
)

// Config is the configuration file.
type Config struct {
	Data    string        `toml:"data"`    // folder of archive, datasets and site; --data goes before it
	Contact string        `toml:"contact"` // mail address or URL that servers see in the User-Agent
	Fetch   Fetch         `toml:"fetch"`
	Run     Run           `toml:"run"`
	Archive Archive       `toml:"archive"`
	Site    Site          `toml:"site"`
	Watch   Watch         `toml:"watch"`
	Storage Storage       `toml:"storage"`
	Source  []sourceTable `toml:"source"`

	Base string `toml:"-"` // folder of the file, from which its relative paths start
}

// Storage names copies in object storage: s3://bucket/prefix?region=…, gs://bucket/prefix, file:///folder.
type Storage struct {
	Archive  string `toml:"archive"`
	Datasets string `toml:"datasets"`
	Site     string `toml:"site"`
}

// Watch is the watch list.
type Watch struct {
	RFCs     []int    `toml:"rfcs"`
	Drafts   []string `toml:"drafts"`   // by name, without the revision
	Groups   []string `toml:"groups"`   // working groups, by acronym
	Keywords []string `toml:"keywords"` // words of titles and keywords
	ASes     []uint32 `toml:"ases"`     // networks that get a page
	Prefixes []string `toml:"prefixes"` // likewise
}

// Watched are the RFCs of the watch list, or those that are watched where there is none.
func (c *Config) Watched() []int {
	if len(c.Watch.RFCs) > 0 {
		return c.Watch.RFCs
	}
	return rfcwatch.Watched
}

// Fetch is how patient and how careful fetching is.
type Fetch struct {
	Connections int    `toml:"connections"` // to a host at once
	Stall       string `toml:"stall"`       // how long a transfer may stand still, such as 60s
	Backoff     string `toml:"backoff"`     // before the second attempt, doubled before each further one
	Reserve     string `toml:"reserve"`     // stays free on the disk, such as 2GB

	Options fetch.Options `toml:"-"`
}

// read reads sizes and times.
func (f *Fetch) read() (err error) {
	f.Options.Connections = f.Connections
	if f.Connections < 0 || f.Connections > 16 {
		return fmt.Errorf("fetch.connections: %d is not between 1 and 16", f.Connections)
	}
	for _, wait := range []struct {
		key, text string
		into      *time.Duration
	}{{"stall", f.Stall, &f.Options.Stall}, {"backoff", f.Backoff, &f.Options.Backoff}} {
		if wait.text == "" {
			continue
		}
		if *wait.into, err = time.ParseDuration(wait.text); err != nil || *wait.into <= 0 {
			return fmt.Errorf("fetch.%s: %q is no time such as 60s", wait.key, wait.text)
		}
	}
	if f.Reserve == "" {
		f.Reserve = "1GB"
	}
	if f.Options.Reserve, err = size(f.Reserve); err != nil {
		return fmt.Errorf("fetch.reserve: %w", err)
	}
	return nil
}

func size(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > math.MaxInt64 {
		return 0, fmt.Errorf("%q is no size such as 20GB or 500MiB", text)
	}
	return int64(n), nil
}

// Run is what a run may take, and who is told of it.
type Run struct {
	Time    string `toml:"time"`    // after which nothing more is fetched, such as 50m
	Bytes   string `toml:"bytes"`   // that are fetched at most, such as 20GB
	Publish string `toml:"publish"` // how often questions are answered and the site is made; without it, whenever there is something new
	Metrics string `toml:"metrics"` // file for Prometheus' node exporter
	Ping    string `toml:"ping"`    // URL that is asked for with /start, with nothing, or with /fail behind it

	Budget       schedule.Budget    `toml:"-"`
	PublishEvery collectors.Cadence `toml:"-"`
}

// Archive is how long raw files stay.
type Archive struct {
	Keep  string   `toml:"keep"`  // after decoding, such as 90d
	Bytes string   `toml:"bytes"` // at most, such as 200GB
	Kinds []string `toml:"kinds"` // that are cleared away; without it, MRT files only

	Retention archive.Retention `toml:"-"`
}

type Site struct {
	Title  string `toml:"title"`
	Notice string `toml:"notice"` // shown on every page
	URL    string `toml:"url"`    // where the site is published; feeds and sitemap need it
	Runs   bool   `toml:"runs"`   // status.html tells what the runs did, and a feed of their alerts

	CombinedRows   int64  `toml:"combined_rows"` // of site.Publish, as are those below
	PartitionBytes int64  `toml:"partition_bytes"`
	Versions       *int   `toml:"versions"`
	Publisher      string `toml:"publisher"`
	License        string `toml:"license"`
}

type sourceTable struct {
	Name      string   `toml:"name"`
	Kind      string   `toml:"kind"`
	Collector string   `toml:"collector"`
	URLs      []string `toml:"urls"`
	Date      string   `toml:"date"`
	Entries   bool     `toml:"entries"`
	Every     string   `toml:"every"` // how often something new is expected
	Since     string   `toml:"since"` // day; what was missed since then is caught up

	Archive    string   `toml:"archive"` // in whose listings dumps are found
	Base       []string `toml:"base"`
	List       string   `toml:"list"`
	Collectors []string `toml:"collectors"`
	Files      []string `toml:"files"`
	Until      string   `toml:"until"`

	probeTable
}

// probeTable is what a source of kind ipv6-probes adds; collectors.Probe says what each means.
type probeTable struct {
	Domains      string   `toml:"domains"`
	ListID       string   `toml:"list_id"`
	ListDate     string   `toml:"list_date"`
	Ranked       bool     `toml:"ranked"`
	Limit        int      `toml:"limit"`
	Panel        int      `toml:"panel"`
	Sample       int      `toml:"sample"`
	Seed         int64    `toml:"seed"`
	Resolver     string   `toml:"resolver"`
	Controls     []string `toml:"controls"`
	SMTP         bool     `toml:"smtp"`
	Rate         int      `toml:"rate"`
	AddressRate  int      `toml:"address_rate"`
	PrefixRate   int      `toml:"prefix_rate"`
	OperatorRate int      `toml:"operator_rate"`
	OptOut       string   `toml:"opt_out"`
	StopFile     string   `toml:"stop_file"`
	VantageASN   uint32   `toml:"vantage_asn"`
	Routers      bool     `toml:"advertisements"`
}

// probe checks the keys and makes relative paths start from base.
func (c *probeTable) probe(base string) (collectors.Probe, error) {
	if _, err := time.Parse(time.DateOnly, c.ListDate); c.ListDate != "" && err != nil {
		return collectors.Probe{}, fmt.Errorf("list_date %q is not a day as YYYY-MM-DD", c.ListDate)
	}
	for _, n := range []struct {
		key   string
		value int
	}{
		{"limit", c.Limit}, {"panel", c.Panel}, {"sample", c.Sample}, {"rate", c.Rate},
		{"address_rate", c.AddressRate}, {"prefix_rate", c.PrefixRate}, {"operator_rate", c.OperatorRate},
	} {
		if n.value < 0 {
			return collectors.Probe{}, fmt.Errorf("%s is %d; it counts something", n.key, n.value)
		}
	}
	for _, path := range []*string{&c.Domains, &c.OptOut, &c.StopFile} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(base, *path)
		}
	}
	return collectors.Probe{
		Domains: c.Domains, ListID: c.ListID, ListDate: c.ListDate, Ranked: c.Ranked, Limit: c.Limit, Panel: c.Panel, Sample: c.Sample, Seed: c.Seed,
		Resolver: c.Resolver, Controls: c.Controls, Mail: c.SMTP, Rate: c.Rate, AddressRate: c.AddressRate, PrefixRate: c.PrefixRate,
		OperatorRate: c.OperatorRate, OptOut: c.OptOut, StopFile: c.StopFile, VantageASN: c.VantageASN, Advertisements: c.Routers,
	}, nil
}

// Load reads a configuration. Relative paths in it start from its own folder.
func Load(path string, kinds []string) (Config, []collectors.Source, error) {
	var c Config
	text, err := os.ReadFile(path)
	if err != nil {
		return c, nil, err
	}
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, nil, fmt.Errorf("%s: %w", path, explain(err))
	}
	if err := c.Fetch.read(); err != nil {
		return c, nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := c.bounds(kinds); err != nil {
		return c, nil, fmt.Errorf("%s: %w", path, err)
	}
	if v := c.Site.Versions; v != nil && *v < 0 {
		return c, nil, fmt.Errorf("%s: site.versions is %d: it counts the dated versions of the answers that stay, 0 or more", path, *v)
	}
	for _, p := range c.Watch.Prefixes {
		if _, err := operator.ParsePrefix(p); err != nil {
			return c, nil, fmt.Errorf("%s: watch.prefixes: %w", path, err)
		}
	}
	base, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return c, nil, err
	}
	c.Base = base
	for _, path := range []*string{&c.Data, &c.Run.Metrics} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(base, *path)
		}
	}
	var sources []collectors.Source
	seen := map[string]bool{}
	for i, s := range c.Source {
		switch {
		case s.Name == "":
			return c, nil, fmt.Errorf("%s: [[source]] number %d has no name", path, i+1)
		case seen[s.Name]:
			return c, nil, fmt.Errorf("%s: two sources are called %q", path, s.Name)
		case !slices.Contains(kinds, s.Kind):
			return c, nil, fmt.Errorf("%s: source %s: unknown kind %q%s", path, s.Name, s.Kind, suggest.Near(s.Kind, kinds))
		}
		if _, err := time.Parse(time.DateOnly, s.Date); s.Date != "" && err != nil {
			return c, nil, fmt.Errorf("%s: source %s: date %q is not a day as YYYY-MM-DD", path, s.Name, s.Date)
		}
		seen[s.Name] = true
		every := expected(s)
		if s.Every != "" {
			if every, err = collectors.ParseCadence(s.Every); err != nil {
				return c, nil, fmt.Errorf("%s: source %s: every: %w", path, s.Name, err)
			}
		}
		var start time.Time
		if s.Since != "" {
			if start, err = time.Parse(time.DateOnly, s.Since); err != nil {
				return c, nil, fmt.Errorf("%s: source %s: since %q is not a day as YYYY-MM-DD", path, s.Name, s.Since)
			}
		}
		find, err := s.find()
		if err != nil {
			return c, nil, fmt.Errorf("%s: source %s: %w", path, s.Name, err)
		}
		if find.Archive != "" && s.Every == "" {
			every, _ = collectors.ParseCadence("daily")
		}
		probe, err := s.probe(base)
		if err != nil {
			return c, nil, fmt.Errorf("%s: source %s: %w", path, s.Name, err)
		}
		if s.Kind == "ipv6-probes" && s.Resolver != "sample" && c.Contact == "" {
			return c, nil, fmt.Errorf("%s: source %s: probing needs `contact` above the sources, so that whoever is probed can reach you", path, s.Name)
		}
		sources = append(sources, collectors.Source{
			Name: s.Name, Kind: s.Kind, Collector: s.Collector, URLs: s.URLs, Date: s.Date, Base: base,
			Every: every, Since: start, Find: find, Entries: s.Entries, RFCs: c.Watched(), Drafts: c.Watch.Drafts, Groups: c.Watch.Groups,
			Probe: probe,
		})
	}
	return c, sources, nil
}

// find reads what a source says of an archive.
func (s sourceTable) find() (f collectors.Find, err error) {
	f = collectors.Find{Archive: s.Archive, List: s.List, Collectors: s.Collectors, Files: s.Files}
	if s.Archive == "" {
		for key, given := range map[string]bool{"base": len(s.Base) > 0, "list": s.List != "", "collectors": len(s.Collectors) > 0, "files": len(s.Files) > 0, "until": s.Until != ""} {
			if given {
				return f, fmt.Errorf("%s is for sources with archive = %s", key, strings.Join(routes.Archives(), " or "))
			}
		}
		return f, nil
	}
	switch {
	case !slices.Contains(routes.Archives(), s.Archive):
		return f, fmt.Errorf("unknown archive %q%s", s.Archive, suggest.Near(s.Archive, routes.Archives()))
	case s.Kind != "mrt":
		return f, fmt.Errorf("archive is for sources of kind mrt, not %s", s.Kind)
	case len(s.URLs) > 0 || s.Collector != "":
		return f, fmt.Errorf("with archive, collectors takes the place of urls and collector")
	case len(s.Collectors) == 0:
		return f, fmt.Errorf(`collectors must name some, as ["rrc00"], or ["all"]`)
	case s.Since == "":
		return f, fmt.Errorf("an archive needs since, the first day that is wanted, as YYYY-MM-DD")
	}
	for _, file := range s.Files {
		if known := []string{"rib", "updates"}; !slices.Contains(known, file) {
			return f, fmt.Errorf("unknown files %q%s", file, suggest.Near(file, known))
		}
	}
	for _, base := range append(slices.Clone(s.Base), s.List) {
		if base != "" && !strings.HasPrefix(base, "https://") && !strings.HasPrefix(base, "http://") {
			return f, fmt.Errorf("%q is not an https: or http: URL", base)
		}
	}
	for _, base := range s.Base {
		f.Base = append(f.Base, strings.TrimSuffix(base, "/"))
	}
	if s.Until != "" {
		if f.Until, err = time.Parse(time.DateOnly, s.Until); err != nil {
			return f, fmt.Errorf("until %q is not a day as YYYY-MM-DD", s.Until)
		}
	}
	return f, nil
}

// bounds reads sizes and times.
func (c *Config) bounds(kinds []string) (err error) {
	if c.Run.Time != "" {
		if c.Run.Budget.Time, err = time.ParseDuration(c.Run.Time); err != nil || c.Run.Budget.Time <= 0 {
			return fmt.Errorf("run.time: %q is no time such as 50m or 2h", c.Run.Time)
		}
	}
	if c.Run.Publish != "" {
		if c.Run.PublishEvery, err = collectors.ParseCadence(c.Run.Publish); err != nil {
			return fmt.Errorf("run.publish: %w", err)
		}
	}
	if c.Run.Budget.Bytes, err = size(c.Run.Bytes); err != nil {
		return fmt.Errorf("run.bytes: %w", err)
	}
	if c.Archive.Retention.Bytes, err = size(c.Archive.Bytes); err != nil {
		return fmt.Errorf("archive.bytes: %w", err)
	}
	if c.Archive.Keep != "" {
		days, err := strconv.Atoi(strings.TrimSuffix(c.Archive.Keep, "d"))
		if err != nil || days < 1 || !strings.HasSuffix(c.Archive.Keep, "d") {
			return fmt.Errorf("archive.keep: %q is no number of days such as 90d", c.Archive.Keep)
		}
		c.Archive.Retention.Age = time.Duration(days) * 24 * time.Hour
	}
	c.Archive.Retention.Kinds = []string{"mrt"}
	if len(c.Archive.Kinds) > 0 {
		c.Archive.Retention.Kinds = c.Archive.Kinds
	}
	for _, kind := range c.Archive.Retention.Kinds {
		if !slices.Contains(kinds, kind) {
			return fmt.Errorf("archive.kinds: unknown kind %q%s", kind, suggest.Near(kind, kinds))
		}
	}
	if c.Run.Ping != "" && !isHTTP(c.Run.Ping) {
		return fmt.Errorf("run.ping: %q is not an https: or http: URL", c.Run.Ping)
	}
	return nil
}

func isHTTP(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// expected is the cadence of a source that names none: daily where something new is to be had over the network.
func expected(s sourceTable) collectors.Cadence {
	daily, _ := collectors.ParseCadence("daily")
	switch {
	case s.Date != "" || s.Kind == "rfc-texts": // what was published stays as it is
		return collectors.Cadence{}
	case s.Kind == "ipv6-probes" && s.Resolver != "sample", slices.ContainsFunc(s.URLs, isHTTP):
		return daily
	}
	return collectors.Cadence{}
}

// explain names place and remedy of a TOML error.
func explain(err error) error {
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) && len(missing.Errors) > 0 {
		first := missing.Errors[0]
		line, _ := first.Position()
		key := first.Key()
		var known []string
		switch {
		case len(key) == 1:
			known = []string{"data", "contact", "fetch", "run", "archive", "site", "watch", "storage", "source"}
		case key[0] == "fetch":
			known = []string{"connections", "stall", "backoff", "reserve"}
		case key[0] == "run":
			known = []string{"time", "bytes", "publish", "metrics", "ping"}
		case key[0] == "archive":
			known = []string{"keep", "bytes", "kinds"}
		case key[0] == "site":
			known = []string{"title", "notice", "url", "runs", "combined_rows", "partition_bytes", "versions", "publisher", "license"}
		case key[0] == "watch":
			known = []string{"rfcs", "drafts", "groups", "keywords", "ases", "prefixes"}
		case key[0] == "storage":
			known = []string{"archive", "datasets", "site"}
		case key[0] == "source":
			known = []string{"name", "kind", "collector", "urls", "date", "entries", "every", "since", "archive", "base", "list", "collectors", "files", "until",
				"domains", "list_id", "list_date", "ranked", "limit", "panel", "sample", "seed", "resolver", "controls", "smtp",
				"rate", "address_rate", "prefix_rate", "operator_rate", "opt_out", "stop_file", "vantage_asn", "advertisements"}
		}
		last := key[len(key)-1]
		return fmt.Errorf("line %d: unknown key %q%s", line, strings.Join(key, "."), suggest.Near(last, known))
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		return fmt.Errorf("line %d, column %d: %s", line, column, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return err
}
