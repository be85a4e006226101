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
	runs, err := store.Manifests(datasets.IPv6Probes.Schema)
	if err != nil {
		return nil, err
	}
	special, err := byRegistry(store, datasets.SpecialPrefixes, func(r datasets.SpecialPrefix) string { return r.Registry })
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, m := range runs {
		using := registries{special: asOf(special["iana-ipv6-special"], m.Day())}
		key := table.Key{Day: m.Day(), Name: m.Name()}
		jobs = append(jobs, Job{Key: key, Inputs: append([]table.Input{m.AsInput()}, using.inputs()...),
			Run: func(ctx context.Context, into *table.Commit) error { return domainPages(store, m, &using, into, key) }})
	}
	return jobs, nil
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
