package derive

import (
	"context"
	"net/netip"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// DomainReadiness makes domain_readiness: the class of each domain and of its web, name and mail service in each probe run,
// with the special-purpose registry nearest at or before the run's day deciding which AAAA are no addresses for the
// public.
var DomainReadiness = Derivation{Of: datasets.DomainReadinesses.Schema, Plan: planDomainReadiness}

func planDomainReadiness(store *table.Store) ([]Job, error) {
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
			Run: func(ctx context.Context, into *table.Commit) error {
				return domainReadiness(store, m, &using, into, key)
			}})
	}
	return jobs, nil
}

func domainReadiness(store *table.Store, run *table.Manifest, using *registries, into *table.Commit, key table.Key) error {
	judge, err := newJudge(store, using, run.Day())
	if err != nil {
		return err
	}
	// The start of the run is the least time in it, which is known at the end only: it is looked for first.
	for p, err := range datasets.IPv6Probes.Scan(store.Path(run)) {
		if err != nil {
			return err
		}
		if t := p.StartedAt; !t.IsZero() && t.Year() > 1970 && (judge.RunTime.IsZero() || t.Before(judge.RunTime)) {
			judge.RunTime = t
		}
	}
	out, err := datasets.DomainReadinesses.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "probe row"
	var domain []datasets.IPv6Probe
	flush := func() error {
		if len(domain) == 0 {
			return nil
		}
		out.Keep(len(domain))
		rows := judge.Domain(domain)
		domain = domain[:0]
		return out.Append(rows...)
	}
	for p, err := range datasets.IPv6Probes.Scan(store.Path(run)) {
		if err != nil {
			return err
		}
		out.See(1)
		if p.HostKind == "control" {
			out.Reject("control host", 1)
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

// Judge classes domains.
type Judge struct {
	RunTime  time.Time
	Registry string                  // days of the registry that special goes by; empty: none
	Special  func(a netip.Addr) bool // an AAAA that is no address for the public
	Known    bool                    // Special can tell; if not, a domain with AAAA is unknown
}

// newJudge goes by the registries of a run's day.
func newJudge(store *table.Store, using *registries, day time.Time) (*Judge, error) {
	special, err := readBogons(store, using, day)
	if err != nil {
		return nil, err
	}
	return &Judge{Registry: days(using.special), Special: special.isSpecial, Known: special.have[6]}, nil
}

// NewestJudge goes by the newest special-purpose registry of the store; nil where it has none.
func NewestJudge(store *table.Store) (*Judge, error) {
	files, err := byRegistry(store, datasets.SpecialPrefixes, func(r datasets.SpecialPrefix) string { return r.Registry })
	if err != nil || len(files["iana-ipv6-special"]) == 0 {
		return nil, err
	}
	newest := files["iana-ipv6-special"]
	day := newest[len(newest)-1].Day()
	return newJudge(store, &registries{special: asOf(newest, day)}, day)
}

// wellKnown is the prefix of RFC 6052: globally reachable, but no address that a domain should publish.
var wellKnown = netip.MustParsePrefix("64:ff9b::/96")

// isSpecial tells whether an AAAA is no address for the public: in a special-purpose block that is not globally
// reachable, or made by a translator.
func (b *bogons) isSpecial(a netip.Addr) bool {
	block, ok := b.special.Lookup(a)
	return wellKnown.Contains(a) || a.Is4In6() || ok && block.GloballyReachable != "true"
}
