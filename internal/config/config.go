// Package config reads the configuration file, TOML, and says what is wrong with it: which key of which line, and what it
// should be.
package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"github.com/pelletier/go-toml/v2"

	"tidemark/analysis/operator"
	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/record"
	"tidemark/datasets/lake"
	"tidemark/internal/atomicfile"
	"tidemark/internal/fetch"
	"tidemark/internal/suggest"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/schedule"
	"tidemark/rfcwatch"
)

// Config is the configuration file without its sources.
type Config struct {
	Data     string   `toml:"data"`    // folder of archive, datasets and site; overridden by --data
	Contact  string   `toml:"contact"` // mail address or URL that servers see in the User-Agent
	Fetch    Fetch    `toml:"fetch"`
	Run      Run      `toml:"run"`
	Archive  Archive  `toml:"archive"`
	Analysis Analysis `toml:"analysis"`
	Site     Site     `toml:"site"`
	Watch    Watch    `toml:"watch"`
	Storage  Storage  `toml:"storage"`
	Sinks    Sinks    `toml:"sink"`

	Record record.Settings `toml:"record"`

	Base string `toml:"-"` // folder of the file, from which its relative paths start
}

// Storage names copies in object storage: s3://bucket/prefix?region=…, gs://bucket/prefix, file:///folder.
type Storage struct {
	Archive  string `toml:"archive"`
	Datasets string `toml:"datasets"`
	Site     string `toml:"site"`

	Cache  string `toml:"cache"`  // of what is read of datasets; without it, all of them are copied here. For example 20GB
	Small  string `toml:"small"`  // datasets up to this size are here all the same, for example 64MB
	Newest *int   `toml:"newest"` // and so many days of the others

	CacheBytes int64     `toml:"-"`
	Keep       lake.Keep `toml:"-"`
}

// Of a lake, what is here unless the configuration says otherwise.
const (
	defaultSmall  = "64MB"
	defaultNewest = 7
)

// maxNewest is a century.
const maxNewest = 36500

func (s *Storage) read() (err error) {
	if s.Cache == "" && (s.Small != "" || s.Newest != nil) {
		return errors.New("storage.small and storage.newest are for datasets that are not all here; give storage.cache, for example 20GB, or remove them")
	}
	if s.Cache != "" && s.Datasets == "" {
		return errors.New("storage.cache is for datasets in storage; give storage.datasets, for example s3://bucket/datasets")
	}
	if s.CacheBytes, err = parseSize("storage.cache", s.Cache); err != nil || s.Cache == "" {
		return err
	}
	if s.Keep.Small, err = parseSize("storage.small", cmp.Or(s.Small, defaultSmall)); err != nil {
		return err
	}
	if s.Keep.Newest = defaultNewest; s.Newest != nil {
		s.Keep.Newest = *s.Newest
	}
	if s.Keep.Newest < 0 || s.Keep.Newest > maxNewest {
		return fmt.Errorf("storage.newest: %d is not between 0 and %d days", s.Keep.Newest, maxNewest)
	}
	return nil
}

// Watch is the watch list.
type Watch struct {
	RFCs     []int    `toml:"rfcs"`
	Drafts   []string `toml:"drafts"`   // by name, without the revision
	Groups   []string `toml:"groups"`   // working groups, by acronym
	Keywords []string `toml:"keywords"` // words in titles and keywords
	ASes     []uint32 `toml:"ases"`     // networks with a page of their own
	Prefixes []string `toml:"prefixes"` // likewise
	Domains  []string `toml:"domains"`  // of long lists that are probed, those with a page of their own

	Rules []alert.Watch `toml:"rule"` // what is alarming; what they watch has pages too
}

// Watched returns the RFCs of the watch list, or the default ones if it names none, and those of rules.
func (c *Config) Watched() []int {
	numbers := c.Watch.RFCs
	if len(numbers) == 0 {
		numbers = rfcwatch.Watched
	}
	return joined(numbers, c.Watch.Rules, func(r *alert.Watch) []int { return r.RFCs })
}

// watchedGroups returns the working groups whose drafts are looked at: those of the watch list, or the default ones if it names neither RFCs
// nor groups, and those of rules.
func (c *Config) watchedGroups() []string {
	groups := c.Watch.Groups
	if len(c.Watch.RFCs)+len(groups) == 0 {
		groups = rfcwatch.WatchedGroups
	}
	return joined(groups, c.Watch.Rules, func(r *alert.Watch) []string { return r.Groups })
}

// joined returns what the watch list names and what its rules name besides, each once.
func joined[T comparable](named []T, rules []alert.Watch, of func(*alert.Watch) []T) []T {
	all := slices.Clone(named)
	for i := range rules {
		for _, more := range of(&rules[i]) {
			if !slices.Contains(all, more) {
				all = append(all, more)
			}
		}
	}
	return all
}

// Fetch says how patient and how careful fetching is.
type Fetch struct {
	Connections int    `toml:"connections"` // to a host at once
	Stall       string `toml:"stall"`       // in which a transfer must bring rate bytes for each second, for example 60s
	Rate        string `toml:"rate"`        // least bytes a second, for example 1kB
	Document    string `toml:"document"`    // that a listing, robots.txt or the like may take, for example 2m
	Planning    string `toml:"planning"`    // in which a source must say what is due, for example 10m
	Host        string `toml:"host"`        // that a run fetches from a host, for example 4h
	Backoff     string `toml:"backoff"`     // before the second attempt, doubled before each further one
	Reserve     string `toml:"reserve"`     // left free on the disk, for example 2GB

	Options fetch.Options `toml:"-"`

	planning, host time.Duration
}

func (f *Fetch) read() (err error) {
	f.Options.Connections = f.Connections
	if f.Connections < 0 || f.Connections > 16 {
		return fmt.Errorf("fetch.connections: %d is not between 1 and 16", f.Connections)
	}
	if f.Options.Stall, err = parseDuration("fetch.stall", f.Stall, "60s"); err != nil {
		return err
	}
	if f.Options.Rate, err = parseSize("fetch.rate", f.Rate); err != nil {
		return err
	}
	if f.Options.Document, err = parseDuration("fetch.document", f.Document, "2m"); err != nil {
		return err
	}
	if f.planning, err = parseDuration("fetch.planning", f.Planning, "10m"); err != nil {
		return err
	}
	if f.host, err = parseDuration("fetch.host", f.Host, "4h"); err != nil {
		return err
	}
	if f.Options.Backoff, err = parseDuration("fetch.backoff", f.Backoff, "1s"); err != nil {
		return err
	}
	if f.Reserve == "" {
		f.Reserve = "1GB"
	}
	f.Options.Reserve, err = parseSize("fetch.reserve", f.Reserve)
	return err
}

// Run bounds a run, and says who is told of it.
type Run struct {
	Time    string `toml:"time"`    // after which nothing more is fetched, for example 50m
	Bytes   string `toml:"bytes"`   // maximum to fetch, for example 20GB
	Workers int    `toml:"workers"` // files decoded, and partitions derived, at once; 0: by the cores and the memory
	Publish string `toml:"publish"` // how often questions are answered and the site is rendered; empty: whenever there is something new
	Metrics string `toml:"metrics"` // file for Prometheus' node exporter
	Ping    string `toml:"ping"`    // URL that is requested with /start, nothing, or /fail appended

	Tell     []string        `toml:"tell"` // sinks of what the runs raise, by name
	Silences []alert.Silence `toml:"silence"`

	Budget       schedule.Budget    `toml:"-"`
	PublishEvery collectors.Cadence `toml:"-"`
}

// Archive says how long raw files are kept.
type Archive struct {
	Keep  string   `toml:"keep"`  // after decoding, for example 90d
	Bytes string   `toml:"bytes"` // maximum of all, for example 200GB
	Kinds []string `toml:"kinds"` // that are cleared; empty: MRT files only
	Rules []Rule   `toml:"rule"`  // of other kinds

	Retention []archive.Retention `toml:"-"`
}

// Rule says how long the raw files of some kinds are kept.
type Rule struct {
	Kinds []string `toml:"kinds"`
	Keep  string   `toml:"keep"`
	Bytes string   `toml:"bytes"` // maximum of these kinds together, as they lie on the disk
}

// Analysis says what a judgement needs.
type Analysis struct {
	MinFullFeeds int    `toml:"min_full_feeds"`  // ASes with full feeds that a verdict on a route needs; 0: derive.MinFullFeeds
	Gap          string `toml:"convergence_gap"` // between two convergence events of a prefix, for example 130s
	Servers      []any  `toml:"route_servers"`   // AS numbers of route servers of exchanges, which are removed from paths

	ConvergenceGap time.Duration `toml:"-"` // 0: derive.ConvergenceGap
	RouteServers   []uint32      `toml:"-"`
}

func (a *Analysis) check() (err error) {
	if a.MinFullFeeds < 0 {
		return fmt.Errorf("analysis.min_full_feeds: invalid number %d (want 1 or more ASes)", a.MinFullFeeds)
	}
	for _, server := range a.Servers {
		asn, ok := server.(int64)
		if !ok || asn < 1 || asn > math.MaxUint32 {
			return fmt.Errorf("analysis.route_servers: invalid AS number %#v (want 1 to 4294967295, without quotes)", server)
		}
		a.RouteServers = append(a.RouteServers, uint32(asn))
	}
	a.ConvergenceGap, err = parseDuration("analysis.convergence_gap", a.Gap, "130s")
	return err
}

// Site says what is published, and where.
type Site struct {
	Title  string `toml:"title"`
	Notice string `toml:"notice"` // shown on every page
	URL    string `toml:"url"`    // where the site is published; feeds and sitemap need it
	Runs   bool   `toml:"runs"`   // publish status.html and a feed of alerts

	CombinedRows   int64  `toml:"combined_rows"` // of site.Publish, as are those below
	PartitionBytes int64  `toml:"partition_bytes"`
	Versions       *int   `toml:"versions"`
	Publisher      string `toml:"publisher"`
	License        string `toml:"license"`
}

// file is the whole configuration file.
type file struct {
	Config
	Source []sourceTable `toml:"source"`
}

// Load reads a configuration. Relative paths in it start from its own folder.
func Load(path string, kinds []collectors.Kind) (Config, []collectors.Source, error) {
	text, err := atomicfile.Read(path)
	if errors.Is(err, atomicfile.ErrForeign) {
		err = fmt.Errorf("%w; a configuration is read twice, once more by the confined process, and its relative paths start from its folder: write it to a file", err)
	}
	if err != nil {
		return Config{}, nil, err
	}
	base, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return Config{}, nil, err
	}
	c, sources, err := read(text, base, kinds)
	if err != nil {
		return c, nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, sources, nil
}

// read reads the text of a configuration file that lies in the folder base.
func read(text []byte, base string, kinds []collectors.Kind) (Config, []collectors.Source, error) {
	f := file{Config: Config{Base: base}}
	unknown, err := unknownKeys(toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&f))
	if err != nil {
		return f.Config, nil, err
	}
	if err := refusePasswords(text); err != nil {
		return f.Config, nil, err
	}
	var loose struct {
		Source []map[string]any `toml:"source"`
	}
	if err := toml.Unmarshal(text, &loose); err != nil {
		return f.Config, nil, err
	}
	if err := checkKeys(unknown, loose.Source, kinds); err != nil {
		return f.Config, nil, err
	}
	c := &f.Config
	for _, section := range []func() error{c.Fetch.read, c.Run.read, func() error { return c.Archive.read(namesOf(kinds)) }, c.Analysis.check, c.Storage.read, c.Site.check, c.Watch.check} {
		if err := section(); err != nil {
			return *c, nil, err
		}
	}
	if err := c.Sinks.read(base); err != nil {
		return *c, nil, err
	}
	if err := c.Sinks.checkTold("run", c.Run.Tell, c.Run.Silences); err != nil {
		return *c, nil, err
	}
	for _, r := range c.Watch.Rules {
		if r.Name == alert.OwnRule {
			return *c, nil, fmt.Errorf("watch.rule %s: so is the rule of the runs themselves called; give it another name", r.Name)
		}
		if err := c.Sinks.checkTold("watch.rule "+r.Name, r.Tell, r.Silences); err != nil {
			return *c, nil, err
		}
	}
	var watched []netip.Prefix
	for _, text := range c.Watch.Prefixes {
		p, err := operator.ParsePrefix(text)
		if err != nil {
			return *c, nil, fmt.Errorf("watch.prefixes: %w", err)
		}
		watched = append(watched, p)
	}
	c.Record.Watch(watched, c.Watch.ASes)
	if err := c.Record.Check(base); err != nil {
		return *c, nil, err
	}
	c.Run.Budget.Planning, c.Run.Budget.Host = c.Fetch.planning, c.Fetch.host
	c.Data, c.Run.Metrics = absolute(base, c.Data), absolute(base, c.Run.Metrics)
	sources, err := c.readSources(text, f.Source, kinds)
	return *c, sources, err
}

// maxWorkers is more than machines have cores.
const maxWorkers = 1024

func (r *Run) read() (err error) {
	if r.Budget.Time, err = parseDuration("run.time", r.Time, "50m or 2h"); err != nil {
		return err
	}
	if r.Workers < 0 || r.Workers > maxWorkers {
		return fmt.Errorf("run.workers: %d is not between 0, for as many as the machine allows, and %d", r.Workers, maxWorkers)
	}
	if r.PublishEvery, err = parseCadence("run.publish", r.Publish); err != nil {
		return err
	}
	if r.Budget.Bytes, err = parseSize("run.bytes", r.Bytes); err != nil {
		return err
	}
	if r.Ping != "" && !isHTTP(r.Ping) {
		return fmt.Errorf("run.ping: invalid address %q (want an https: or http: URL)", r.Ping)
	}
	return nil
}

func (a *Archive) read(kinds []string) error {
	general := Rule{Kinds: a.Kinds, Keep: a.Keep, Bytes: a.Bytes}
	if len(general.Kinds) == 0 {
		general.Kinds = []string{"mrt"}
	}
	ruled := map[string]bool{}
	for i, rule := range append([]Rule{general}, a.Rules...) {
		table := "archive"
		if i > 0 {
			table = "archive.rule"
			if len(rule.Kinds) == 0 || rule.Keep == "" && rule.Bytes == "" {
				return errors.New(`archive.rule: want kinds, and keep or bytes, for example kinds = ["roas"] and keep = "400d"`)
			}
		}
		r, err := rule.read(table, kinds)
		if err != nil {
			return err
		}
		for _, kind := range r.Kinds {
			if ruled[kind] {
				return fmt.Errorf("%s.kinds: %s has a rule already", table, kind)
			}
			ruled[kind] = true
		}
		a.Retention = append(a.Retention, r)
	}
	return nil
}

func (r Rule) read(table string, kinds []string) (rule archive.Retention, err error) {
	rule.Kinds = r.Kinds
	if rule.Bytes, err = parseSize(table+".bytes", r.Bytes); err != nil {
		return rule, err
	}
	if rule.Age, err = parseDays(table+".keep", r.Keep); err != nil {
		return rule, err
	}
	for _, kind := range r.Kinds {
		if !slices.Contains(kinds, kind) {
			return rule, fmt.Errorf("%s.kinds: unknown kind %q%s", table, kind, suggest.Near(kind, kinds))
		}
	}
	return rule, nil
}

func (s *Site) check() error {
	if s.Versions != nil && *s.Versions < 0 {
		return fmt.Errorf("site.versions: invalid number %d (want 0 or more dated versions of the answers)", *s.Versions)
	}
	return nil
}

func (w *Watch) check() error {
	for _, p := range w.Prefixes {
		if _, err := operator.ParsePrefix(p); err != nil {
			return fmt.Errorf("watch.prefixes: %w", err)
		}
	}
	for i := range w.Rules {
		r := &w.Rules[i]
		if err := r.Check(); err != nil {
			return fmt.Errorf("watch.rule %s: %w", cmp.Or(r.Name, fmt.Sprintf("number %d", i+1)), err)
		}
		if slices.ContainsFunc(w.Rules[:i], func(other alert.Watch) bool { return other.Name == r.Name }) {
			return fmt.Errorf("watch.rule: two rules are called %q", r.Name)
		}
	}
	w.Drafts = joined(w.Drafts, w.Rules, func(r *alert.Watch) []string { return r.Drafts })
	w.ASes = joined(w.ASes, w.Rules, func(r *alert.Watch) []uint32 { return r.ASes })
	w.Prefixes = joined(w.Prefixes, w.Rules, func(r *alert.Watch) []string { return r.Prefixes })
	w.Domains = joined(w.Domains, w.Rules, func(r *alert.Watch) []string { return r.Domains })
	return nil
}
