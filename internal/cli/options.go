package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark"
	"tidemark/analysis/derive"
	"tidemark/analysis/watch"
	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/record"
	"tidemark/internal/config"
	"tidemark/pipeline"
	"tidemark/site"
)

const (
	defaultConfig = "tidemark.toml"
	defaultData   = "data"
)

// settings are what flags, environment and configuration say.
type settings struct {
	pipeline.Options
	file    string // the configuration; empty: there is none
	contact string
	rules   []watch.Rule
	record  record.Settings
}

// readSettings reads the configuration that the flags name. Its errors are mistakes of the user.
func readSettings(c *cli, clock func() time.Time) (s settings, err error) {
	s.file = c.Config
	if s.file == "" && exists(defaultConfig) {
		s.file = defaultConfig
	}
	var file config.Config
	if s.file != "" {
		if file, s.Sources, err = config.Load(s.file, Kinds()); err != nil {
			return s, err
		}
	}
	s.contact, s.record = file.Contact, file.Record
	s.Dir = cmp.Or(c.Data, file.Data, defaultData)
	s.Clock, s.TrustClock = clock, c.Run.TrustClock || c.Collect.TrustClock
	s.Kinds, s.Questions = Kinds(), questions()
	for _, w := range file.Watch.Rules {
		s.rules = append(s.rules, w.Rule)
	}
	derived := derivationOptions{
		histories: pipeline.HistoriesDir(s.Dir), minFullFeeds: cmp.Or(file.Analysis.MinFullFeeds, derive.MinFullFeeds),
		convergenceGap: cmp.Or(file.Analysis.ConvergenceGap, derive.ConvergenceGap), routeServers: file.Analysis.RouteServers, watched: watch.Prefixes(s.rules),
	}
	s.Derivations = func(files *archive.Archive) []derive.Derivation { return derivations(files, derived) }
	s.Site = pipeline.Site{
		Contact: file.Contact, Title: file.Site.Title, Notice: file.Site.Notice, URL: file.Site.URL, Runs: file.Site.Runs,
		Publish: site.Publish{
			CombinedRows: file.Site.CombinedRows, PartitionBytes: file.Site.PartitionBytes, Versions: file.Site.Versions,
			Publisher: file.Site.Publisher, License: file.Site.License,
		},
	}
	s.Watch = pipeline.Watch{
		RFCs: file.Watched(), Groups: file.Watch.Groups, Drafts: file.Watch.Drafts, Keywords: file.Watch.Keywords, ASes: file.Watch.ASes, Prefixes: file.Watch.Prefixes, Domains: file.Watch.Domains,
	}
	s.Storage = pipeline.Storage{Archive: file.Storage.Archive, Datasets: file.Storage.Datasets, Site: file.Storage.Site, Base: file.Base, Cache: file.Storage.CacheBytes, Keep: file.Storage.Keep}
	s.Fetch = file.Fetch.Options
	s.Fetch.UserAgent = userAgent(file.Contact)
	s.Budget, s.PublishEvery, s.Workers = file.Run.Budget, file.Run.PublishEvery, file.Run.Workers
	s.Metrics, s.Ping = file.Run.Metrics, file.Run.Ping
	s.Sinks, s.Tell, s.Silences, s.Watches = file.Sinks, file.Run.Tell, file.Run.Silences, file.Watch.Rules
	s.Retention = file.Archive.Retention
	s.Uses = usedFiles(s.file)
	return s, nil
}

// prepareProbes gives the sources that probe what the configuration leaves to the program.
func (s *settings) prepareProbes(progress func(what string) func(done, all int)) {
	for i := range s.Sources {
		runtime := &s.Sources[i].Runtime
		runtime.StopFile = filepath.Join(s.Dir, "state", "stop-probes")
		runtime.UserAgent = s.probeAgent()
		runtime.Progress = progress("probing " + s.Sources[i].Name)
	}
}

// configuredSources returns the sources of a configuration, of the default one where file is empty; none where there is none.
func configuredSources(file string) ([]collectors.Source, error) {
	_, sources, err := config.Load(cmp.Or(file, defaultConfig), Kinds())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return sources, err
}

// hosts returns a URL of each host that the sources are fetched from.
func hosts(sources []collectors.Source) (roots []string) {
	for _, s := range sources {
		for _, address := range s.Addresses() {
			u, err := url.Parse(address)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" {
				continue
			}
			if root := u.Scheme + "://" + u.Host + "/"; !slices.Contains(roots, root) {
				roots = append(roots, root)
			}
		}
	}
	return roots
}

// probeAgent is the User-Agent of probes: it points to the page that says what they do, where the site has an address.
func (s *settings) probeAgent() string {
	if s.contact == "" || s.Site.URL == "" {
		return s.Fetch.UserAgent
	}
	return userAgent(s.contact + "; +" + strings.TrimSuffix(s.Site.URL, "/") + "/" + site.ProbingPath)
}

// userAgent tells servers who asks.
func userAgent(contact string) string {
	name := "tidemark/" + tidemark.Version
	if contact != "" {
		name += " (" + contact + ")"
	}
	return name
}

// usedFiles returns the files that answers and site depend on besides the data: the program and its configuration.
func usedFiles(configuration string) (files []string) {
	if program, err := os.Executable(); err == nil {
		files = append(files, program)
	}
	if configuration != "" {
		files = append(files, configuration)
	}
	return files
}

// variables are the environment variables of the program. Nothing else of the command line reads the environment, but for where
// credentials and certificates lie, which a confined process needs.
type variables struct {
	now      string // TIDEMARK_NOW sets the clock of the schedule: simulations live a year in an hour
	released string // SOURCE_DATE_EPOCH: seconds since 1970 at which the release was made

	credentials string // TIDEMARK_CREDENTIALS: what servers want to know
}

const (
	clockVariable       = "TIDEMARK_NOW"
	credentialsVariable = "TIDEMARK_CREDENTIALS"
)

func readVariables() variables {
	return variables{now: os.Getenv(clockVariable), released: os.Getenv("SOURCE_DATE_EPOCH"), credentials: os.Getenv(credentialsVariable)}
}

// clock returns the clock that the variables set.
func (v variables) clock() (func() time.Time, error) {
	if v.now == "" {
		return time.Now, nil
	}
	fixed, err := time.Parse(time.RFC3339, v.now)
	if err != nil {
		return nil, fmt.Errorf("%s: %q is not a time (want for example 2006-01-02T15:04:05Z)", clockVariable, v.now)
	}
	return func() time.Time { return fixed }, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
