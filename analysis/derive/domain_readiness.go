package derive

import (
	"context"
	"iter"
	"net/netip"
	"time"

	"tidemark/collectors/ipv6/readiness"
	"tidemark/collectors/ipv6/special"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// DomainReadiness makes domain_readiness: the class of each domain and of its web, name and mail service in each probe run.
// The special-purpose registry nearest at or before the run's day decides which AAAA records are not for the public.
var DomainReadiness = Derivation{Of: datasets.DomainReadinesses.Schema, Plan: planDomainReadiness}

func planDomainReadiness(store *table.Store) ([]Job, error) {
	followed, err := store.Manifests(datasets.DomainDelegations.Schema)
	if err != nil {
		return nil, err
	}
	ways := map[table.Key]*table.Manifest{}
	for _, m := range followed {
		ways[table.Key{Day: m.Day(), Name: m.Name()}] = m
	}
	return eachRun(store, func(run *table.Manifest, key table.Key, using *registries) Job {
		inputs := []table.Input{run.AsInput()}
		if ways[key] != nil {
			inputs = append(inputs, ways[key].AsInput())
		}
		return Job{Key: key, Inputs: append(inputs, using.inputs()...),
			Run: func(ctx context.Context, into *table.Commit) error {
				return domainReadiness(store, run, ways[key], using, into, key)
			}}
	})
}

// eachRun plans a job for each probe run, with the special-purpose registry nearest at or before the run's day.
func eachRun(store *table.Store, plan func(run *table.Manifest, key table.Key, using *registries) Job) ([]Job, error) {
	runs, err := store.Manifests(datasets.IPv6Probes.Schema)
	if err != nil {
		return nil, err
	}
	special, err := specialRegistries(store)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, m := range runs {
		using := registries{special: asOf(special["iana-ipv6-special"], m.Day())}
		jobs = append(jobs, plan(m, table.Key{Day: m.Day(), Name: m.Name()}, &using))
	}
	return jobs, nil
}

// domainReadiness judges the domains of a run. ways may be nil: then nothing is known of delegations.
func domainReadiness(store *table.Store, run, ways *table.Manifest, using *registries, into *table.Commit, key table.Key) error {
	judge, err := newJudge(store, using, run.Day())
	if err != nil {
		return err
	}
	// The earliest time of the run is known only after reading it, and every row of the output has it.
	started, err := earliestStart(store, run)
	if err != nil {
		return err
	}
	out, err := datasets.DomainReadinesses.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "probe row"
	followed := delegationsOf(store, ways)
	defer followed.stop()
	return eachDomain(store, run, &out.Tally, func(domain []datasets.IPv6Probe) error {
		names, err := followed.of(domain[0].Domain)
		if err != nil {
			return err
		}
		return out.Append(readinessRows(judge.Verdicts(domain, names), &domain[0], started, days(using.special))...)
	})
}

// eachDomain calls judge with the rows of each domain of a run, and counts them.
func eachDomain(store *table.Store, run *table.Manifest, tally *table.Tally, judge func([]datasets.IPv6Probe) error) error {
	var domain []datasets.IPv6Probe
	flush := func() error {
		if len(domain) == 0 {
			return nil
		}
		tally.Keep(len(domain))
		err := judge(domain)
		domain = domain[:0]
		return err
	}
	for p, err := range datasets.IPv6Probes.Scan(store.Path(run)) {
		if err != nil {
			return err
		}
		tally.See(1)
		if p.HostKind == "control" {
			tally.Reject("control host", 1)
			continue
		}
		if len(domain) > 0 && p.Domain != domain[0].Domain {
			if err := flush(); err != nil {
				return err
			}
		}
		domain = append(domain, p)
	}
	return flush()
}

// delegations reads the names of a run's domains, which are in the order of its tests.
type delegations struct {
	next func() (datasets.DomainDelegation, error, bool)
	stop func()
	read *datasets.DomainDelegation // the first row of a domain to come
}

func delegationsOf(store *table.Store, m *table.Manifest) *delegations {
	if m == nil {
		return &delegations{next: func() (row datasets.DomainDelegation, err error, ok bool) { return row, nil, false }, stop: func() {}}
	}
	next, stop := iter.Pull2(datasets.DomainDelegations.Scan(store.Path(m)))
	return &delegations{next: next, stop: stop}
}

// of returns the rows of a domain, if they come next.
func (d *delegations) of(domain string) (rows []datasets.DomainDelegation, err error) {
	for {
		if d.read == nil {
			row, err, ok := d.next()
			if !ok || err != nil {
				return rows, err
			}
			d.read = &row
		}
		if d.read.Domain != domain {
			return rows, nil
		}
		rows = append(rows, *d.read)
		d.read = nil
	}
}

// earliestStart returns the earliest start of a probe of the run; zero: none has a time.
func earliestStart(store *table.Store, run *table.Manifest) (earliest time.Time, err error) {
	for p, err := range datasets.IPv6Probes.Scan(store.Path(run)) {
		if err != nil {
			return time.Time{}, err
		}
		if t := p.StartedAt; !t.IsZero() && t.Year() > 1970 && (earliest.IsZero() || t.Before(earliest)) {
			earliest = t
		}
	}
	return earliest, nil
}

// readinessRows makes the rows of a domain, of which p is any row of its probe.
func readinessRows(verdicts []readiness.Verdict, p *datasets.IPv6Probe, started time.Time, registry string) []datasets.DomainReadiness {
	rows := make([]datasets.DomainReadiness, len(verdicts))
	for i, v := range verdicts {
		rows[i] = datasets.DomainReadiness{
			RunID: p.RunID, RunTime: started, VantageASN: p.VantageASN, ListID: p.ListID, ListDate: p.ListDate, Rank: p.Rank, Stratum: p.Stratum,
			Panel: p.Panel, Refreshed: p.Refreshed, SampleSeed: p.SampleSeed, Domain: p.Domain,
			Service: string(v.Service), Class: string(v.Class), Cause: v.Cause, Reason: v.Reason,
			Resolvable: v.Way.Resolvable, FailingStep: v.Way.Step, FailingZone: v.Way.Zone, DNSSEC: v.DNSSEC,
			Hosts: v.Hosts, HostsIPv6: v.HostsIPv6, Addresses6: v.Addresses6, Working6: v.Working6, Special6: v.Special6, DNS64: v.DNS64,
			Addresses4: v.Addresses4, Working4: v.Working4, Status4: v.Status4, Status6: v.Status6, Similarity: v.Similarity,
			Certificates: v.Certificates, BaselineOK: p.BaselineOK, SpecialDate: registry,
		}
	}
	return rows
}

// newJudge returns a judge that goes by the given registries.
func newJudge(store *table.Store, using *registries, day time.Time) (*readiness.Judge, error) {
	special, err := readBogons(store, using, day)
	if err != nil {
		return nil, err
	}
	return &readiness.Judge{Special: special.isSpecial, HaveRegistry: special.have[6]}, nil
}

// NewestJudge returns a judge that goes by the newest special-purpose registry of the store, and the registry's day
// (YYYY-MM-DD); nil where the store has none.
func NewestJudge(store *table.Store) (judge *readiness.Judge, registry string, err error) {
	files, err := specialRegistries(store)
	if err != nil || len(files["iana-ipv6-special"]) == 0 {
		return nil, "", err
	}
	all := files["iana-ipv6-special"]
	day := all[len(all)-1].Day()
	newest := registries{special: asOf(all, day)}
	judge, err = newJudge(store, &newest, day)
	return judge, days(newest.special), err
}

// isSpecial reports whether an address is not meant for the public: reserved by the RFC of its format, to which the probe
// does not connect, or in a block that the registry says is not globally reachable.
func (b *bogons) isSpecial(a netip.Addr) bool {
	block, ok := b.special.Lookup(a)
	return special.Class(a) != "" || ok && block.GloballyReachable != "true"
}
