package readiness

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

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
	status4, status6           *int64
	similarity                 *float64
	certificate4, certificate6 string // why the certificate is not valid; empty: it is, or there was none
	secured4                   bool   // a certificate was shown over IPv4
}

// facts is all that decides on the class of a service.
type facts struct {
	hosts      []*host // in the order of the rows
	pages      []page  // in the order of the hosts
	skipped    string  // why the domain was not probed; empty: it was
	failed     string  // the first lookup that failed, in words; empty: none did
	nxdomain   bool
	nullMX     bool
	probed     bool // the service was to be tested, or was
	mayDecline bool // a service that every address refuses is not offered; name servers always are
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
	f := &facts{mayDecline: service != DNS, probed: service != Mail, noRegistry: !j.HaveRegistry, noBaseline: !rows[0].BaselineOK}
	from := sources[service]
	hosts := map[string]*host{}
	for _, row := range rows {
		if row.Test == "lookup" {
			j.addLookup(f, hosts, from, row)
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
	ofHost := slices.Contains(from.hosts, row.HostKind)
	if !(ofHost && (row.QType == "A" || row.QType == "AAAA") || row.HostKind == "apex" && row.QType == from.entry) {
		return
	}
	switch row.Result {
	case "ok", "no-data":
	case "nxdomain":
		f.nxdomain = f.nxdomain || row.HostKind == "apex"
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
	if row.Family == 4 {
		p.status4 = row.HTTPStatus
	} else {
		p.status6 = row.HTTPStatus
	}
	if row.BodySimilarity != nil {
		p.similarity = row.BodySimilarity
	}
}

// tally counts the addresses of a family over all hosts of a service.
type tally struct {
	all, working int
	failures     []outcome // in the order of the addresses
}

// tally counts addresses. One works if it does for each of its hosts, and is untested if it is for one of them.
func (f *facts) tally(family func(*host) map[string]outcome) tally {
	addresses := map[string]outcome{}
	for _, h := range f.hosts {
		for address, o := range family(h) {
			if old, known := addresses[address]; !known || old == works || o == untested || o == skipped {
				addresses[address] = o
			}
		}
	}
	t := tally{all: len(addresses)}
	for _, address := range slices.Sorted(maps.Keys(addresses)) {
		if o := addresses[address]; o == works {
			t.working++
		} else {
			t.failures = append(t.failures, o)
		}
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
