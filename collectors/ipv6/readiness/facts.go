package readiness

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"tidemark/datasets"
)

// outcome is the worst result of the tests of an address: a value of the column result of ipv6_probes, or untested.
type outcome string

const (
	works    outcome = "ok"
	refused  outcome = "refused"
	skipped  outcome = "skipped"
	untested outcome = "untested" // no row of a test
)

// host is a host of a service with its addresses.
type host struct {
	name    string
	v4, v6  map[string]outcome // by address; v6 without special-purpose and synthesised addresses
	special map[string]bool
	dns64   map[string]bool
}

func overV4(h *host) map[string]outcome { return h.v4 }
func overV6(h *host) map[string]outcome { return h.v6 }

// page is what a host answers over the families.
type page struct {
	host                       string
	statuses4, statuses6       []int64 // of each address, in the order of the rows
	scheme4, scheme6           string  // scheme of the URL to which redirects led; empty: no page
	similarity, steady         *float64
	away                       string // host outside the site to which the page over IPv6 redirects; empty: none
	certificate4, certificate6 string // why the certificate is not valid; empty: it is, or there was none
	secured4                   bool   // a certificate was shown over IPv4
}

// facts is all that decides on the class of a service.
type facts struct {
	hosts      []*host         // in the order of the rows
	named      map[string]bool // hosts that the domain's NS or MX records name
	pages      []page          // in the order of the hosts
	skipped    string          // why the domain was not probed; empty: it was
	failed     string          // the first lookup that failed, in words; empty: none did
	missing    map[string]bool // query types of the apex to which the answer is NXDOMAIN
	exists     bool            // the apex has a record of any type
	nullMX     bool
	noMX       bool             // there is no MX record, and whether the domain itself takes mail was not tried
	reached    map[string]bool  // addresses that accept connections for any service of the domain
	redirects  map[string]Class // hosts outside the site: Ready with a global AAAA, None without, else Unknown
	private4   int              // A records with special-purpose addresses
	probed     bool             // the service was to be tested, or was
	mayDecline bool             // a service that every address refuses is not offered; name servers always are
	noRegistry bool
	noBaseline bool
}

// source is where the rows of a service are found: the kinds of its hosts, the query type of the apex that names them (empty:
// none does), and the name of the service in the rows of its tests.
type source struct {
	hosts []string
	entry string
	test  string
}

var sources = map[Service]source{
	DNS:   {[]string{"ns"}, "NS", "dns"},
	Mail:  {[]string{"mx"}, "MX", "smtp"},
	HTTP:  {[]string{"apex", "www"}, "", "http"},
	HTTPS: {[]string{"apex", "www"}, "", "https"},
}

// gather collects what the rows of a domain say of a service.
func (j *Judge) gather(service Service, rows []datasets.IPv6Probe) *facts {
	f := &facts{mayDecline: service != DNS, probed: service != Mail, noRegistry: !j.HaveRegistry, noBaseline: !rows[0].BaselineOK,
		named: map[string]bool{}, missing: map[string]bool{}, reached: map[string]bool{}, redirects: map[string]Class{}}
	from := sources[service]
	hosts := map[string]*host{}
	for _, row := range rows {
		if row.Test == "lookup" {
			j.addLookup(f, hosts, from, row)
		} else if row.Test == "connect" && row.ConnectMS != nil {
			f.reached[row.Address] = true
		}
	}
	pages := map[string]*page{}
	for _, row := range rows {
		h := hosts[row.Host]
		if row.Test == "lookup" || row.Service != from.test || h == nil {
			continue
		}
		f.probed = true
		h.addTest(row)
		if pages[h.name] == nil {
			pages[h.name] = &page{host: h.name}
		}
		pages[h.name].add(row)
	}
	for _, h := range f.hosts {
		if p := pages[h.name]; p != nil {
			f.pages = append(f.pages, *p)
		}
	}
	return f
}

// addLookup adds a lookup: one that names the hosts of the service, or one of their addresses.
func (j *Judge) addLookup(f *facts, hosts map[string]*host, from source, row datasets.IPv6Probe) {
	if row.Result == string(skipped) {
		f.skipped = cmp.Or(row.Error, "the domain was not probed")
	}
	if row.HostKind == "apex" {
		f.missing[row.QType] = row.Result == "nxdomain"
		f.exists = f.exists || row.Result == "ok" || row.Result == "null-mx"
	}
	if row.HostKind == "redirect" && row.QType == "AAAA" {
		j.addRedirect(f, row)
	}
	ofHost := slices.Contains(from.hosts, row.HostKind)
	if !(ofHost && (row.QType == "A" || row.QType == "AAAA") || (row.HostKind == "apex" || row.HostKind == "zone") && row.QType == from.entry) {
		return
	}
	if row.QType == from.entry && row.Target != "" {
		f.named[row.Target] = true
	}
	switch row.Result {
	case "ok", "nxdomain":
	case "no-data":
		f.noMX = f.noMX || row.QType == "MX"
	case "null-mx":
		f.nullMX = true
	default:
		if f.failed == "" {
			f.failed = fmt.Sprintf("the %s lookup of %s failed: %s", row.QType, row.Host, cmp.Or(row.Error, row.Result))
		}
	}
	if !ofHost {
		return
	}
	h := hosts[row.Host]
	if h == nil {
		h = &host{row.Host, map[string]outcome{}, map[string]outcome{}, map[string]bool{}, map[string]bool{}}
		hosts[row.Host] = h
		f.hosts = append(f.hosts, h)
	}
	address, err := netip.ParseAddr(row.Address)
	switch {
	case err != nil: // the lookup found no address
	case row.QType == "A" && row.SpecialClass != "":
		f.private4++
	case row.QType == "A":
		h.v4[row.Address] = untested
	case row.ThroughDNS64:
		h.dns64[row.Address] = true
	case j.Special != nil && j.Special(address):
		h.special[row.Address] = true
	default:
		h.v6[row.Address] = untested
	}
}

// addRedirect adds what the AAAA lookup of a host outside the site found.
func (j *Judge) addRedirect(f *facts, row datasets.IPv6Probe) {
	address, err := netip.ParseAddr(row.Address)
	switch row.Result {
	case "ok":
		if err == nil && !row.ThroughDNS64 && !(j.Special != nil && j.Special(address)) {
			f.redirects[row.Host] = Ready
			return
		}
		fallthrough
	case "no-data", "nxdomain":
		if f.redirects[row.Host] == "" {
			f.redirects[row.Host] = None
		}
	default:
		f.redirects[row.Host] = Unknown
	}
}

// nxdomain reports whether the domain does not exist: A and AAAA say so, and no type has data. A server that knows no AAAA
// may answer NXDOMAIN to it alone (RFC 4074 section 4.2).
func (f *facts) nxdomain() bool { return f.missing["A"] && f.missing["AAAA"] && !f.exists }

// addTest adds the result of a test of one of the host's addresses. A failure is never overwritten.
func (h *host) addTest(row datasets.IPv6Probe) {
	for _, addresses := range []map[string]outcome{h.v4, h.v6} {
		if old, known := addresses[row.Address]; known && (old == untested || old == works) {
			addresses[row.Address] = outcome(row.Result)
		}
	}
}

// add adds what a connection says of the page and the certificate.
func (p *page) add(row datasets.IPv6Probe) {
	if row.TLSVersion != "" {
		if row.Family == 4 {
			p.secured4 = true
			p.certificate4 = cmp.Or(p.certificate4, row.CertificateError)
		} else {
			p.certificate6 = cmp.Or(p.certificate6, row.CertificateError)
		}
	}
	if row.HTTPStatus == nil {
		return
	}
	scheme, _, _ := strings.Cut(row.HTTPURL, "://")
	if row.Family == 4 {
		p.statuses4 = append(p.statuses4, *row.HTTPStatus)
		p.scheme4 = cmp.Or(p.scheme4, scheme)
	} else {
		p.statuses6 = append(p.statuses6, *row.HTTPStatus)
		p.scheme6 = cmp.Or(p.scheme6, scheme)
		p.away = cmp.Or(p.away, row.Target)
	}
	if row.BodySimilarity != nil {
		p.similarity, p.steady = row.BodySimilarity, row.BodySteady
	}
}

// status4 returns the status over IPv4, of the first address; nil: there is none.
func (p *page) status4() *int64 {
	if len(p.statuses4) == 0 {
		return nil
	}
	return &p.statuses4[0]
}

// status6 returns the status over IPv6: the first that no address gives over IPv4, else the first; nil: there is none.
func (p *page) status6() *int64 {
	for i, status := range p.statuses6 {
		if len(p.statuses4) > 0 && !slices.Contains(p.statuses4, status) {
			return &p.statuses6[i]
		}
	}
	if len(p.statuses6) == 0 {
		return nil
	}
	return &p.statuses6[0]
}

// tally counts the addresses of a family over all hosts of a service.
type tally struct {
	all, tested, working int
	failures             []outcome // of those that were tested, in the order of the addresses
	unseen               string    // a host of which no address was tested
}

// tally counts addresses. One works if it does for each of its hosts. The probe tests a part of the addresses where there are
// many; the others do not count, as long as each host has one that was tested.
func (f *facts) tally(family func(*host) map[string]outcome) tally {
	addresses := map[string]outcome{}
	t := tally{}
	for _, h := range f.hosts {
		seen := len(family(h)) == 0
		for address, o := range family(h) {
			seen = seen || o != untested
			if old, known := addresses[address]; !known || old == untested || old == works && o != untested || o == skipped {
				addresses[address] = o
			}
		}
		if !seen && t.unseen == "" {
			t.unseen = h.name
		}
	}
	t.all = len(addresses)
	for _, address := range slices.Sorted(maps.Keys(addresses)) {
		switch o := addresses[address]; o {
		case untested:
			continue
		case works:
			t.working++
		default:
			t.failures = append(t.failures, o)
		}
		t.tested++
	}
	return t
}

// special counts the distinct special-purpose AAAA records of the service.
func (f *facts) special() int {
	return f.distinct(func(h *host) map[string]bool { return h.special })
}

// dns64 counts the distinct AAAA records that the resolver made.
func (f *facts) dns64() int {
	return f.distinct(func(h *host) map[string]bool { return h.dns64 })
}

func (f *facts) distinct(addresses func(*host) map[string]bool) int {
	all := map[string]bool{}
	for _, h := range f.hosts {
		maps.Copy(all, addresses(h))
	}
	return len(all)
}
