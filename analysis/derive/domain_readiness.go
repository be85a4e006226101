package derive

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// DomainReadiness makes domain_readiness: the class of each domain's web, name and mail service in each probe run, with
// the special-purpose registry nearest at or before the run's day deciding which AAAA are no addresses for the public.
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

// service is what the probe found of one service of a domain.
type service struct {
	name       string
	v4, v6     map[string]bool // addresses; whether a connection succeeded
	hosts      map[string]bool // mail exchangers or name servers; whether they have a global AAAA
	special    int             // AAAA that are special-purpose
	failed     string          // a lookup that failed, in words; empty: none
	nullMX     bool
	connected  bool // the probe connects to this service
	noRegistry bool
	noBaseline bool
}

// class is the readiness of a service, and what decided.
func (s *service) class() (class, reason string) {
	working := func(addresses map[string]bool) (n int) {
		for _, ok := range addresses {
			if ok {
				n++
			}
		}
		return n
	}
	w4, w6 := working(s.v4), working(s.v6)
	aaaa := len(s.v6) + s.special
	switch {
	case s.nullMX:
		return "n/a", "the domain accepts no mail (null MX, RFC 7505)"
	case s.failed != "":
		return "unknown", s.failed
	case s.noRegistry && aaaa > 0:
		return "unknown", "no special-purpose registry of that day is at hand"
	case len(s.v4) == 0 && aaaa == 0:
		return "n/a", "no host of the service has an address"
	case aaaa == 0:
		return "none", "no AAAA record"
	case len(s.v6) == 0:
		return "invalid-aaaa", fmt.Sprintf("%d AAAA, all special-purpose", s.special)
	case !s.connected:
		return s.byRecords()
	case s.noBaseline:
		return "unknown", "IPv6 did not work at this vantage point"
	case w6 == 0 && w4 == 0:
		return "unknown", "no address of either family answered"
	case w6 == 0:
		return "broken", fmt.Sprintf("none of %d IPv6 addresses answered, IPv4 did", len(s.v6))
	case w6 < len(s.v6) || s.special > 0:
		return "partial", fmt.Sprintf("%d of %d IPv6 addresses answered", w6, len(s.v6)+s.special)
	}
	for _, global := range s.hosts {
		if !global {
			return "partial", "not every host has an AAAA"
		}
	}
	if len(s.v4) == 0 {
		return "v6-only", fmt.Sprintf("all %d IPv6 addresses answered, and there is no IPv4", len(s.v6))
	}
	return "ready", fmt.Sprintf("all %d IPv6 addresses answered", len(s.v6))
}

// byRecords judges a service that the probe does not connect to.
func (s *service) byRecords() (class, reason string) {
	const how = " (by address records; port 25 is not probed)"
	with := 0
	for _, global := range s.hosts {
		if global {
			with++
		}
	}
	switch {
	case with < len(s.hosts) || s.special > 0:
		return "partial", fmt.Sprintf("%d of %d hosts have a global AAAA", with, len(s.hosts)) + how
	case len(s.v4) == 0:
		return "v6-only", "every host has a global AAAA, none an A" + how
	}
	return "ready", "every host has a global AAAA" + how
}

// serviceOf is the service that a kind of host serves.
var serviceOf = map[string]string{"apex": "web", "www": "web", "ns": "dns", "mx": "mail"}

func domainReadiness(store *table.Store, run *table.Manifest, using *registries, into *table.Commit, key table.Key) error {
	special, err := readBogons(store, using, run.Day())
	if err != nil {
		return err
	}
	out, err := datasets.DomainReadinesses.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "probe row"
	var rows []datasets.DomainReadiness
	var started time.Time
	var domain []datasets.IPv6Probe
	flush := func() {
		if len(domain) > 0 {
			out.Keep(len(domain))
			rows = append(rows, judgeDomain(domain, special, days(using.special))...)
		}
		domain = domain[:0]
	}
	for p, err := range datasets.IPv6Probes.Scan(store.Path(run)) {
		if err != nil {
			return err
		}
		out.See(1)
		if len(domain) > 0 && p.Domain != domain[0].Domain {
			flush()
		}
		domain = append(domain, p)
		if started.IsZero() || p.StartedAt.Before(started) {
			started = p.StartedAt
		}
	}
	flush()
	for i := range rows {
		rows[i].RunTime = started
	}
	return out.Append(rows...)
}

// judgeDomain classes the services of one domain from all its rows.
func judgeDomain(probes []datasets.IPv6Probe, special *bogons, registry string) (rows []datasets.DomainReadiness) {
	services := map[string]*service{}
	for _, name := range []string{"dns", "mail", "web"} {
		services[name] = &service{name: name, v4: map[string]bool{}, v6: map[string]bool{}, hosts: map[string]bool{}, connected: name != "mail",
			noRegistry: !special.have[6], noBaseline: !probes[0].BaselineOK}
	}
	for _, p := range probes {
		s := services[serviceOf[p.HostKind]]
		if s == nil || p.Test != "lookup" {
			continue
		}
		switch p.QType {
		case "NS":
			s = services["dns"]
		case "MX":
			s = services["mail"]
			s.nullMX = p.Result == "null-mx"
		}
		switch p.Result {
		case "timeout", "refused", "unreachable", "error":
			if s.failed == "" {
				s.failed = fmt.Sprintf("the %s lookup of %s failed: %s", p.QType, p.Host, cmp.Or(p.Error, p.Result))
			}
		}
		if p.QType != "A" && p.QType != "AAAA" {
			continue
		}
		host := p.HostKind == "ns" || p.HostKind == "mx"
		if host {
			note(s.hosts, p.Host)
		}
		switch {
		case p.Address == "":
		case p.Family == 4:
			note(s.v4, p.Address)
		case special.isSpecial(p.Address):
			s.special++
		default:
			note(s.v6, p.Address)
			if host {
				s.hosts[p.Host] = true
			}
		}
	}
	for _, p := range probes {
		s := services[serviceOf[p.HostKind]]
		if s == nil || p.Test != "connect" || p.Result != "ok" {
			continue
		}
		if _, known := s.v4[p.Address]; known {
			s.v4[p.Address] = true
		}
		if _, known := s.v6[p.Address]; known {
			s.v6[p.Address] = true
		}
	}
	for _, s := range services {
		row := datasets.DomainReadiness{
			RunID: probes[0].RunID, ListID: probes[0].ListID, Rank: probes[0].Rank, Domain: probes[0].Domain, Service: s.name,
			Addresses6: uint32(len(s.v6)), Addresses4: uint32(len(s.v4)), SpecialDate: registry,
		}
		for _, ok := range s.v6 {
			if ok {
				row.Working6++
			}
		}
		for _, ok := range s.v4 {
			if ok {
				row.Working4++
			}
		}
		row.Class, row.Reason = s.class()
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b datasets.DomainReadiness) int { return cmp.Compare(a.Service, b.Service) })
	return rows
}

// note lists a name; what is known of it stays.
func note(names map[string]bool, name string) {
	if _, listed := names[name]; !listed {
		names[name] = false
	}
}

// wellKnown is the prefix of RFC 6052: globally reachable, but no address that a domain should publish.
var wellKnown = netip.MustParsePrefix("64:ff9b::/96")

// isSpecial tells whether an AAAA is no address for the public: in a special-purpose block that is not globally
// reachable, or made by a translator.
func (b *bogons) isSpecial(address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return true
	}
	block, ok := b.special.Lookup(a)
	return wellKnown.Contains(a) || ok && block.GloballyReachable != "true"
}
