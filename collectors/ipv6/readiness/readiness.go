// Package readiness judges how ready a domain's services are for IPv6, and says what to do about each step of a probe that
// failed. Rows of ipv6_probes go in, verdicts and remedies come out: the package opens no file and no connection.
package readiness

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"tidemark/datasets"
)

// Service is what a verdict is about.
type Service string

// The services, and what is judged over several of them.
const (
	DNS    Service = "dns"    // the domain's name servers
	Mail   Service = "mail"   // its mail exchangers
	HTTP   Service = "http"   // port 80 of the apex and of www
	HTTPS  Service = "https"  // port 443 of the apex and of www
	Web    Service = "web"    // HTTP and HTTPS
	Domain Service = "domain" // what a client with IPv6 only gets of Web and Mail, by way of DNS
)

// Class is how ready a service is.
type Class string

// The classes. Only a service whose IPv6 addresses all work like its IPv4 addresses is ready.
const (
	Ready         Class = "ready"
	V6Only        Class = "v6-only"      // ready, and without IPv4
	Partial       Class = "partial"      // some hosts or addresses fail, or the families answer differently
	Broken        Class = "broken"       // no IPv6 address works, IPv4 does
	InvalidAAAA   Class = "invalid-aaaa" // every AAAA record holds a special-purpose address
	None          Class = "none"         // no AAAA record
	NotApplicable Class = "n/a"          // the domain does not offer the service
	Unknown       Class = "unknown"      // the probe could not find out
)

// The classes of Domain are None, NotApplicable, Unknown and these.
const (
	All  Class = "all"  // web and mail, as far as they are offered, work without IPv4
	Some Class = "some" // one of them does, or a part of it
)

// MinSimilarity is the share that the bodies of a page must have in common over both families to count as the same page.
// internet.nl accepts a difference of a tenth, too.
const MinSimilarity = 0.9

// Judge judges domains. It may be used for any number of them, also at the same time.
type Judge struct {
	// Special reports whether an IPv6 address is not meant for the public Internet (RFC 6890).
	Special func(netip.Addr) bool
	// HaveRegistry is whether Special rests on a registry. If not, every service with an AAAA record is Unknown.
	HaveRegistry bool
}

// Verdict is the class of a service, what decided it, and the counts behind it.
type Verdict struct {
	Service Service
	Class   Class
	Cause   string // a word to count by, listed with the column cause of domain_readiness; empty: the service is ready
	Reason  string // the cause in words

	Hosts, HostsIPv6     uint32 // all, and those with a global AAAA record
	Addresses4, Working4 uint32 // distinct addresses, and those on which the service works for each of their hosts
	Addresses6, Working6 uint32 // the same of global IPv6 addresses
	Special6             uint32 // distinct AAAA records that are special-purpose
	DNS64                uint32 // distinct AAAA records that the resolver's DNS64 made (RFC 6147)

	Status4, Status6 *int64   // HTTP status of the host that decided, else of the first; nil: none
	Similarity       *float64 // least share of a page that is the same over both families; nil: no page to compare
	Certificates     bool     // every certificate that was shown is valid; true if none was shown

	Way    Way    // of a resolver without IPv4
	DNSSEC string // secure, signed, insecure, bogus or unknown
}

// Verdicts judges the services of one domain, from all its rows, in the order dns, domain, http, https, mail, web. Without rows
// of delegations it is unknown whether a resolver without IPv4 finds them.
func (j *Judge) Verdicts(rows []datasets.IPv6Probe, delegations []datasets.DomainDelegation) []Verdict {
	dns, mail := j.service(DNS, rows), j.service(Mail, rows)
	http, https := j.service(HTTP, rows), j.service(HTTPS, rows)
	web := merge(Web, http, https)
	domain := merge(Domain, dns, mail, web)
	all := []Verdict{dns, domain, http, https, mail, web}
	addWays(all, delegations)
	state := dnssec(rows)
	for i := range all {
		all[i].DNSSEC = state
	}
	all[1].set(withoutIPv4(all[0], all[4], all[5]))
	return all
}

// service is the verdict on a service of its own.
func (j *Judge) service(service Service, rows []datasets.IPv6Probe) Verdict {
	f := j.gather(service, rows)
	v := Verdict{Service: service, Hosts: uint32(len(f.hosts)), Certificates: true}
	v.set(f.class())
	for _, h := range f.hosts {
		if len(h.v6) > 0 {
			v.HostsIPv6++
		}
	}
	four, six := f.tally(overV4), f.tally(overV6)
	v.Addresses4, v.Working4 = uint32(four.all), uint32(four.working)
	v.Addresses6, v.Working6 = uint32(six.all), uint32(six.working)
	v.Special6, v.DNS64 = uint32(f.special()), uint32(f.dns64())
	v.addPages(f.pages)
	return v
}

func (v *Verdict) set(f finding) { v.Class, v.Cause, v.Reason = f.class, f.cause, f.reason }

// addPages sets what the verdict says of pages and certificates. The status is that of the first page that differs between
// the families, else of the first that has one.
func (v *Verdict) addPages(pages []page) {
	var shown *page
	for i := range pages {
		p := &pages[i]
		switch {
		case shown == nil && (p.status4() != nil || p.status6() != nil):
			shown = p
		case p.differs() != "" && (shown == nil || shown.differs() == ""):
			shown = p
		}
		v.addSimilarity(p.similarity)
		v.Certificates = v.Certificates && p.certificate4 == "" && p.certificate6 == ""
	}
	if shown != nil {
		v.Status4, v.Status6 = shown.status4(), shown.status6()
	}
}

func (v *Verdict) addSimilarity(share *float64) {
	if share != nil && (v.Similarity == nil || *share < *v.Similarity) {
		v.Similarity = share
	}
}

// merge is the verdict on several services together.
func merge(service Service, parts ...Verdict) Verdict {
	v := Verdict{Service: service, Certificates: true}
	v.set(combine(parts...))
	for i, p := range parts {
		v.Certificates = v.Certificates && p.Certificates
		v.addSimilarity(p.Similarity)
		if service == Web && i > 0 { // HTTP and HTTPS share hosts and addresses
			v.Working4, v.Working6 = min(v.Working4, p.Working4), min(v.Working6, p.Working6)
			continue
		}
		v.Hosts += p.Hosts
		v.HostsIPv6 += p.HostsIPv6
		v.Addresses4 += p.Addresses4
		v.Working4 += p.Working4
		v.Addresses6 += p.Addresses6
		v.Working6 += p.Working6
		v.Special6 += p.Special6
		v.DNS64 += p.DNS64
	}
	return v
}

// withoutIPv4 returns what a client that has IPv6 only gets of a domain's services, web and mail, to which its name servers
// must lead it: All, Some, None, NotApplicable where neither is offered, or Unknown.
func withoutIPv4(dns, mail, web Verdict) finding {
	counts := map[string]int{}
	var reasons []string
	for _, p := range []Verdict{web, mail} {
		if p.Class != NotApplicable {
			reason := fmt.Sprintf("%s: %s", p.Service, p.Class)
			if p.Way.Resolvable == "no" || p.Way.Resolvable == "some" {
				reason += ", but " + p.Way.Reason
			}
			reasons = append(reasons, reason)
		}
		switch works := p.Class == Ready || p.Class == V6Only; {
		case (works || p.Class == Partial) && p.Way.Resolvable == "no":
			counts["none"]++
		case works && p.Way.Resolvable == "some", p.Class == Partial:
			counts["some"]++
		case works && p.Way.Resolvable == "unknown":
			counts["unresolved"]++
		case works:
			counts["all"]++
		case p.Class == Unknown:
			counts["unknown"]++
		case p.Class != NotApplicable:
			counts["none"]++
		}
	}
	because := strings.Join(reasons, ", ")
	switch {
	case len(reasons) == 0:
		return finding{NotApplicable, web.Cause, "the domain offers neither web nor mail"}
	case dns.Class == Unknown:
		return finding{Unknown, dns.Cause, "dns: " + dns.Reason}
	case dns.Class == None || dns.Class == Broken || dns.Class == InvalidAAAA:
		return finding{None, "dns", "dns: " + dns.Reason}
	case dns.Way.Resolvable == "no":
		return finding{None, "resolution", dns.Way.Reason}
	case counts["some"] > 0 || counts["all"] > 0 && counts["none"] > 0:
		return finding{Some, "", because}
	case counts["unresolved"] > 0 || counts["all"] > 0 && dns.Way.Resolvable != "yes":
		return finding{Unknown, "resolution-unknown", because + "; whether a resolver without IPv4 finds them is unknown"}
	case counts["unknown"] > 0:
		return finding{Unknown, "unknown-service", because}
	case counts["none"] > 0:
		return finding{None, "services", because}
	}
	return finding{All, "", because}
}

// combine finds the class of several services together. Services that are not offered do not count, and one unknown service
// makes the whole unknown.
func combine(parts ...Verdict) finding {
	counts := map[Class]int{}
	for _, p := range parts {
		counts[p.Class]++
	}
	offered := len(parts) - counts[NotApplicable]
	working := counts[Ready] + counts[V6Only]
	// because explains the class with the first part that has the class decisive.
	because := func(decisive, class Class) finding {
		p := parts[slices.IndexFunc(parts, func(p Verdict) bool { return p.Class == decisive })]
		return finding{class, p.Cause, string(p.Service) + ": " + p.Reason}
	}
	switch {
	case offered == 0:
		return because(NotApplicable, NotApplicable)
	case counts[Unknown] > 0:
		return because(Unknown, Unknown)
	case counts[V6Only] == offered:
		return finding{V6Only, "", "every service works over IPv6, and there is no IPv4"}
	case working == offered:
		return finding{Ready, "", "every service works over IPv6"}
	}
	for _, class := range []Class{Partial, Broken, InvalidAAAA, None} {
		if counts[class] == 0 {
			continue
		}
		if working > 0 || counts[Partial] > 0 {
			return because(class, Partial)
		}
		return because(class, class)
	}
	panic(fmt.Sprintf("readiness: no class combines %v", counts))
}
