package derive

import (
	"context"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// DomainPages makes domain_pages: the web hosts of each domain in each probe run, their families side by side, and whether what
// the front page loads from others works without IPv4.
var DomainPages = Derivation{Of: datasets.DomainPages.Schema, Plan: planDomainPages}

func planDomainPages(store *table.Store) ([]Job, error) {
	return eachRun(store, func(run *table.Manifest, key table.Key, using *registries) Job {
		return Job{Key: key, Inputs: append([]table.Input{run.AsInput()}, using.inputs()...),
			Run: func(ctx context.Context, into *table.Commit) error { return domainPages(store, run, using, into, key) }}
	})
}

func domainPages(store *table.Store, run *table.Manifest, using *registries, into *table.Commit, key table.Key) error {
	judge, err := newJudge(store, using, run.Day())
	if err != nil {
		return err
	}
	started, err := earliestStart(store, run)
	if err != nil {
		return err
	}
	out, err := datasets.DomainPages.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "probe row"
	return eachDomain(store, run, &out.Tally, func(domain []datasets.IPv6Probe) error {
		pages := judge.Pages(domain)
		for i := range pages {
			pages[i].RunTime = started
		}
		return out.Append(pages...)
	})
}
