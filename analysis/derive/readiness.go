package derive

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"tidemark/datasets"
)

// outcome is what became of the tests of an address: the worst of them.
type outcome string

// Outcomes beside the results of ipv6_probes that are failures.
const (
	works    outcome = "ok"
	untested outcome = "untested"
	skipped  outcome = "skipped"
)

// hostFacts is what was found of a host of a service.
type hostFacts struct {
	name    string
	v4, v6  map[string]outcome // by address; IPv6 without special and synthesised ones
	special map[string]bool
	dns64   map[string]bool
}

// difference is what a host answers over the families.
type difference struct {
	host             string
	status4, status6 *int64
	similarity       *float64
	cert4, cert6     string // error of a certificate
	secured4         bool   // there was one over IPv4
}

// serviceFacts is all that decides on the class of a service.
type serviceFacts struct {
	hosts      []*hostFacts
	skipped    string // the domain was not probed
	failed     string // a lookup that failed, in words
	nxdomain   bool
	nullMX     bool
	probed     bool // connections or questions were made
	mayDecline bool // a service that every address refuses is not offered; name servers cannot
	noRegistry bool
	noBaseline bool
	pages      []difference
}

// sameBody is the least share that two bodies of the same page have in common (as internet.nl: a difference of a tenth).
const sameBody = 0.9

// finding is a class with its cause.
type finding struct{ class, cause, reason string }

// count adds up addresses over the hosts. An address works if it does for each of its hosts, and is untested if it was not
// tested for one of them.
func (f *serviceFacts) count(of func(*hostFacts) map[string]outcome) (all, working int, failures []outcome) {
	addresses := map[string]outcome{}
	for _, h := range f.hosts {
		for a, o := range of(h) {
			if old, known := addresses[a]; !known || old == works || o == untested || o == skipped {
				addresses[a] = o
			}
		}
	}
	for _, a := range sortedKeys(addresses) {
		if o := addresses[a]; o == works {
			working++
		} else {
			failures = append(failures, o)
		}
	}
	return len(addresses), working, failures
}

func overV4(h *hostFacts) map[string]outcome { return h.v4 }
func overV6(h *hostFacts) map[string]outcome { return h.v6 }

// special and dns64 count distinct AAAA.
func (f *serviceFacts) special() int {
	return f.distinct(func(h *hostFacts) map[string]bool { return h.special })
}
func (f *serviceFacts) dns64() int {
	return f.distinct(func(h *hostFacts) map[string]bool { return h.dns64 })
}

func (f *serviceFacts) distinct(of func(*hostFacts) map[string]bool) int {
	all := map[string]bool{}
	for _, h := range f.hosts {
		for a := range of(h) {
			all[a] = true
		}
	}
	return len(all)
}

// class is the readiness of a service, and what decided.
func (f *serviceFacts) class() finding {
	n4, w4, _ := f.count(overV4)
	n6, w6, fail6 := f.count(overV6)
	special, dns64 := f.special(), f.dns64()
	switch {
	case f.skipped != "":
		return finding{"unknown", "skipped", f.skipped}
	case f.failed != "":
		return finding{"unknown", "lookup-failed", f.failed}
	case f.nullMX:
		return finding{"n/a", "null-mx", "the domain accepts no mail (null MX, RFC 7505)"}
	case f.nxdomain:
		return finding{"n/a", "nxdomain", "the domain does not exist"}
	case n6+special == 0 && dns64 > 0:
		return finding{"unknown", "dns64", "the resolver makes AAAA of its own (DNS64, RFC 6147): whether the domain has any cannot be told"}
	case n4+n6+special == 0:
		return finding{"n/a", "no-host", "no host of the service has an address"}
	case n6+special == 0:
		return finding{"none", "no-aaaa", "no AAAA record"}
	case f.noRegistry:
		return finding{"unknown", "no-registry", "no special-purpose registry of that day is at hand"}
	case n6 == 0:
		return finding{"invalid-aaaa", "special-aaaa", fmt.Sprintf("%d AAAA, all special-purpose", special)}
	case !f.probed:
		return f.byRecords(n4, special)
	case f.noBaseline:
		return finding{"unknown", "no-baseline", "IPv6 did not work at this vantage point"}
	case f.mayDecline && f.declined():
		return finding{"n/a", "not-offered", "every address of both families refuses: the service is not offered"}
	case slices.Contains(fail6, skipped) || slices.Contains(fail6, untested):
		return finding{"unknown", "skipped", "not every IPv6 address was to be connected to"}
	case w6 == 0 && w4 == 0:
		return finding{"unknown", causeOf(fail6), "no address of either family answered"}
	case w6 == 0:
		return finding{"broken", causeOf(fail6), fmt.Sprintf("none of %d IPv6 addresses works (%s), IPv4 does", n6, fail6[0])}
	case w6 < n6:
		return finding{"partial", "some-fail", fmt.Sprintf("%d of %d IPv6 addresses work (others: %s)", w6, n6, fail6[0])}
	case special > 0:
		return finding{"partial", "special-aaaa", fmt.Sprintf("%d of %d AAAA are special-purpose", special, n6+special)}
	}
	if h := f.without(); h != "" {
		return finding{"partial", "host-without-aaaa", h + " has no global AAAA"}
	}
	if n4 == 0 {
		return finding{"v6-only", "", fmt.Sprintf("all %d IPv6 addresses work, and there is no IPv4", n6)}
	}
	for _, d := range f.pages {
		if why := d.differs(); why != "" {
			return finding{"partial", "differs", why}
		}
	}
	return finding{"ready", "", fmt.Sprintf("all %d IPv6 addresses work", n6)}
}

// byRecords judges a service that the probe does not connect to.
func (f *serviceFacts) byRecords(n4, special int) finding {
	const how = " (by address records; port 25 was not probed)"
	if h := f.without(); h != "" {
		return finding{"partial", "host-without-aaaa", h + " has no global AAAA" + how}
	}
	switch {
	case special > 0:
		return finding{"partial", "special-aaaa", "some AAAA are special-purpose" + how}
	case n4 == 0:
		return finding{"v6-only", "not-probed", "every host has a global AAAA, none an A" + how}
	}
	return finding{"ready", "not-probed", "every host has a global AAAA" + how}
}

// without names a host that has an address but no global AAAA; empty: none.
func (f *serviceFacts) without() string {
	for _, h := range f.hosts {
		if len(h.v6) == 0 && len(h.v4)+len(h.special) > 0 {
			return h.name
		}
	}
	return ""
}

// differs says what is other over IPv6 than over IPv4; empty: nothing.
func (d difference) differs() string {
	switch {
	case d.secured4 && d.cert4 == "" && d.cert6 != "":
		return fmt.Sprintf("the certificate of %s holds over IPv4, and over IPv6 it does not: %s", d.host, d.cert6)
	case d.status4 == nil || d.status6 == nil:
		return ""
	case *d.status4 != *d.status6:
		return fmt.Sprintf("%s answers with status %d over IPv6, with %d over IPv4", d.host, *d.status6, *d.status4)
	case d.similarity != nil && *d.similarity < sameBody:
		return fmt.Sprintf("only %.0f %% of the page of %s is the same over both families", *d.similarity*100, d.host)
	}
	return ""
}

// declined tells whether every connection was refused.
func (f *serviceFacts) declined() bool {
	for _, h := range f.hosts {
		for _, addresses := range []map[string]outcome{h.v4, h.v6} {
			for _, o := range addresses {
				if o != "refused" {
					return false
				}
			}
		}
	}
	return true
}

// causes are the words for what most addresses failed with.
var causes = map[outcome]string{
	"tls_error": "tls", "http_error": "http-error", "smtp_error": "smtp-error", untested: "skipped",
}

func causeOf(failures []outcome) string {
	counts := map[string]int{}
	for _, o := range failures {
		counts[cmp.Or(causes[o], string(o))]++
	}
	most := ""
	for _, cause := range sortedKeys(counts) {
		if counts[cause] > counts[most] {
			most = cause
		}
	}
	return most
}

// combine is the class of several services together. What is not offered does not count; what is unknown of one is unknown
// of all.
func combine(parts ...datasets.DomainReadiness) finding {
	counts := map[string]int{}
	first := map[string]*datasets.DomainReadiness{}
	offered := 0
	for i := range parts {
		p := &parts[i]
		if counts[p.Class]++; first[p.Class] == nil {
			first[p.Class] = p
		}
		if p.Class != "n/a" {
			offered++
		}
	}
	of := func(class, as string) finding {
		p := first[class]
		return finding{as, p.Cause, p.Service + ": " + p.Reason}
	}
	works := counts["ready"] + counts["v6-only"]
	switch {
	case offered == 0:
		return of("n/a", "n/a")
	case counts["unknown"] > 0:
		return of("unknown", "unknown")
	case counts["v6-only"] == offered:
		return finding{"v6-only", "", "every service works over IPv6, and there is no IPv4"}
	case works == offered:
		return finding{"ready", "", "every service works over IPv6"}
	}
	for _, class := range []string{"partial", "broken", "invalid-aaaa", "none"} {
		if counts[class] == 0 {
			continue
		}
		if works > 0 || counts["partial"] > 0 {
			return of(class, "partial")
		}
		return of(class, class)
	}
	panic("a class that is none: " + strings.Join(sortedKeys(counts), " "))
}

// Domain classes the services of one domain, and the domain, from all its rows: dns, domain, http, https, mail and web, in
// this order.
func (j *Judge) Domain(probes []datasets.IPv6Probe) []datasets.DomainReadiness {
	made := map[string]datasets.DomainReadiness{}
	for _, s := range []string{"dns", "mail", "http", "https"} {
		facts := j.facts(s, probes)
		row := j.row(s, probes[0], facts)
		made[s] = row
	}
	web := j.merged("web", probes, made["http"], made["https"])
	domain := j.merged("domain", probes, made["dns"], made["mail"], web)
	return []datasets.DomainReadiness{made["dns"], domain, made["http"], made["https"], made["mail"], web}
}

func (j *Judge) blank(service string, p datasets.IPv6Probe) datasets.DomainReadiness {
	return datasets.DomainReadiness{
		RunID: p.RunID, RunTime: j.RunTime, VantageASN: p.VantageASN, ListID: p.ListID, ListDate: p.ListDate, Rank: p.Rank, Stratum: p.Stratum,
		Panel: p.Panel, Refreshed: p.Refreshed, SampleSeed: p.SampleSeed, Domain: p.Domain, Service: service, BaselineOK: p.BaselineOK,
		SpecialDate: j.Registry, Certificates: true,
	}
}

// row is the row of a service.
func (j *Judge) row(service string, p datasets.IPv6Probe, f *serviceFacts) datasets.DomainReadiness {
	row := j.blank(service, p)
	v := f.class()
	row.Class, row.Cause, row.Reason = v.class, v.cause, v.reason
	row.Hosts = uint32(len(f.hosts))
	for _, h := range f.hosts {
		if len(h.v6) > 0 {
			row.HostsIPv6++
		}
	}
	count := func(of func(*hostFacts) map[string]outcome) (uint32, uint32) {
		all, working, _ := f.count(of)
		return uint32(all), uint32(working)
	}
	row.Addresses4, row.Working4 = count(overV4)
	row.Addresses6, row.Working6 = count(overV6)
	row.Special6, row.DNS64 = uint32(f.special()), uint32(f.dns64())
	shown := -1 // whose status is told
	for i, d := range f.pages {
		if shown < 0 && (d.status4 != nil || d.status6 != nil) || d.differs() != "" && (shown < 0 || f.pages[shown].differs() == "") {
			shown = i
		}
		if d.similarity != nil && (row.Similarity == nil || *d.similarity < *row.Similarity) {
			row.Similarity = d.similarity
		}
		row.Certificates = row.Certificates && d.cert4 == "" && d.cert6 == ""
	}
	if shown >= 0 {
		row.Status4, row.Status6 = f.pages[shown].status4, f.pages[shown].status6
	}
	return row
}

// merged is the row of several services together.
func (j *Judge) merged(service string, probes []datasets.IPv6Probe, parts ...datasets.DomainReadiness) datasets.DomainReadiness {
	row := j.blank(service, probes[0])
	v := combine(parts...)
	row.Class, row.Cause, row.Reason = v.class, v.cause, v.reason
	for i, p := range parts {
		row.Certificates = row.Certificates && p.Certificates
		if p.Similarity != nil && (row.Similarity == nil || *p.Similarity < *row.Similarity) {
			row.Similarity = p.Similarity
		}
		if i == 0 || service == "domain" { // http and https have the same hosts and addresses
			row.Hosts += p.Hosts
			row.HostsIPv6 += p.HostsIPv6
			row.Addresses4 += p.Addresses4
			row.Addresses6 += p.Addresses6
			row.Working4 += p.Working4
			row.Working6 += p.Working6
			row.Special6 += p.Special6
			row.DNS64 += p.DNS64
			continue
		}
		row.Working4, row.Working6 = min(row.Working4, p.Working4), min(row.Working6, p.Working6)
	}
	return row
}

// kinds are the hosts of a service, entry its lookup that names them, and test what the rows of its tests call it.
var kinds = map[string]struct {
	hosts []string
	entry string
	test  string
}{
	"dns":   {[]string{"ns"}, "NS", "dns"},
	"mail":  {[]string{"mx"}, "MX", "smtp"},
	"http":  {[]string{"apex", "www"}, "", "http"},
	"https": {[]string{"apex", "www"}, "", "https"},
}

// facts gathers what the rows of a domain say of a service.
func (j *Judge) facts(service string, probes []datasets.IPv6Probe) *serviceFacts {
	f := &serviceFacts{mayDecline: service != "dns", probed: service != "mail", noRegistry: !j.Known, noBaseline: !probes[0].BaselineOK}
	kind := kinds[service]
	hosts := map[string]*hostFacts{}
	host := func(name string) *hostFacts {
		if hosts[name] == nil {
			hosts[name] = &hostFacts{name: name, v4: map[string]outcome{}, v6: map[string]outcome{}, special: map[string]bool{}, dns64: map[string]bool{}}
			f.hosts = append(f.hosts, hosts[name])
		}
		return hosts[name]
	}
	for _, p := range probes {
		if p.Result == "skipped" && p.Test == "lookup" {
			f.skipped = cmp.Or(p.Error, "the domain was not probed")
		}
		if p.Test != "lookup" {
			continue
		}
		mine := slices.Contains(kind.hosts, p.HostKind)
		if !(mine && (p.QType == "A" || p.QType == "AAAA") || p.HostKind == "apex" && p.QType == kind.entry) {
			continue
		}
		switch p.Result {
		case "ok", "no-data":
		case "nxdomain":
			f.nxdomain = f.nxdomain || p.HostKind == "apex"
		case "null-mx":
			f.nullMX = true
		default:
			if f.failed == "" {
				f.failed = fmt.Sprintf("the %s lookup of %s failed: %s", p.QType, p.Host, cmp.Or(p.Error, p.Result))
			}
		}
		if !mine {
			continue
		}
		h := host(p.Host)
		a, err := netip.ParseAddr(p.Address)
		switch {
		case err != nil: // the lookup gave none
		case p.QType == "A":
			h.v4[p.Address] = untested
		case p.ThroughDNS64:
			h.dns64[p.Address] = true
		case j.Special != nil && j.Special(a):
			h.special[p.Address] = true
		default:
			h.v6[p.Address] = untested
		}
	}
	pages := map[string]*difference{}
	for _, p := range probes {
		if p.Test == "lookup" || p.Service != kind.test || hosts[p.Host] == nil {
			continue
		}
		f.probed = true
		h := hosts[p.Host]
		for _, addresses := range []map[string]outcome{h.v4, h.v6} {
			if old, known := addresses[p.Address]; known && (old == untested || old == works) {
				addresses[p.Address] = outcome(p.Result)
			}
		}
		d := pages[p.Host]
		if d == nil {
			d = &difference{host: p.Host}
			pages[p.Host] = d
		}
		d.take(p)
	}
	for _, h := range f.hosts {
		if d := pages[h.name]; d != nil {
			f.pages = append(f.pages, *d)
		}
	}
	return f
}

// take keeps what a connection says of the host's page and certificate.
func (d *difference) take(p datasets.IPv6Probe) {
	if p.TLSVersion != "" {
		if p.Family == 4 {
			d.secured4 = true
			d.cert4 = cmp.Or(d.cert4, p.CertificateError)
		} else {
			d.cert6 = cmp.Or(d.cert6, p.CertificateError)
		}
	}
	if p.HTTPStatus == nil {
		return
	}
	if p.Family == 4 {
		d.status4 = p.HTTPStatus
	} else {
		d.status6 = p.HTTPStatus
	}
	if p.BodySimilarity != nil {
		d.similarity = p.BodySimilarity
	}
}
