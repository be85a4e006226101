package ipv6

import (
	"cmp"
	"time"

	"tidemark/collectors"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// assumed is a run of one domain, where none was measured: the tests are those of the sample's domains on average, the bytes a page of
// 50 kB over each family.
var assumed = datasets.IPv6Run{Domains: 1, Connections: 8, Attempts: 31, Bytes: 100_000}

// Packets of both directions, at least: a lookup is a query and its answer; a connection has three to open, four to close and about
// eight for TLS and the request; a full segment carries 1,400 bytes, and every second one is acknowledged.
const (
	packetsOfLookup     = 2
	packetsOfConnection = 15
	bytesOfSegment      = 1400
	packetsOfSegment    = 1.5
)

// Estimate returns what a run of the source takes: by the newest run of the source that probed domains or, where there is none, by
// assumed figures.
func (Probes) Estimate(from collectors.Source, store *table.Store) (*collectors.Estimate, error) {
	settings := settingsOf(from)
	domains, err := settings.count()
	if err != nil {
		return nil, err
	}
	run, err := newestRun(store, from.Name, settings.SMTP)
	if err != nil {
		return nil, err
	}
	e := &collectors.Estimate{Domains: domains, RatePerSecond: cmp.Or(settings.Rate, defaultRate)}
	if run == nil {
		run = &assumed
	} else {
		e.Measured = run.RunID
	}
	scale := float64(domains) / float64(run.Domains)
	e.Tests = scale * float64(run.Attempts)
	e.Connections = scale * float64(run.Connections)
	e.Bytes = scale * float64(run.Bytes)
	e.Packets = packetsOfLookup*(e.Tests-e.Connections) + packetsOfConnection*e.Connections + packetsOfSegment*e.Bytes/bytesOfSegment
	e.Seconds = e.Tests / float64(e.RatePerSecond)
	if e.Measured != "" { // silent servers may keep a run below its rate
		e.Seconds = max(e.Seconds, scale*run.EndedAt.Sub(run.StartedAt).Seconds())
	}
	return e, nil
}

// count returns how many domains a run probes.
func (s *Settings) count() (int, error) {
	if s.List != "" {
		n := publishedLists[s.List].domains
		if s.Limit > 0 {
			n = min(n, s.Limit)
		}
		if drawn := len(strata) * (s.Panel + s.Sample); drawn > 0 {
			n = min(n, drawn)
		}
		return n, nil
	}
	l, err := openList(*s)
	if err != nil {
		return 0, err
	}
	defer l.close()
	if err := (draw{Panel: s.Panel, Fresh: s.Sample, PanelSeed: s.Seed, Seed: s.Seed}).reduce(l); err != nil {
		return 0, err
	}
	return len(l.entries), nil
}

// newestRun returns the newest run of a vantage that probed domains, with or without mail as given; nil if there is none.
func newestRun(store *table.Store, vantage string, smtp bool) (newest *datasets.IPv6Run, err error) {
	all, err := store.Manifests(datasets.IPv6Runs.Schema)
	if err != nil {
		return nil, err
	}
	var at time.Time
	for _, m := range all {
		for run, err := range datasets.IPv6Runs.Scan(store.Path(m)) {
			if err != nil {
				return nil, err
			}
			if run.Vantage == vantage && run.SMTP == smtp && run.Domains > 0 && !run.StartedAt.Before(at) {
				newest, at = &run, run.StartedAt
			}
		}
	}
	return newest, nil
}
