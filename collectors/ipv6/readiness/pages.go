package readiness

import (
	"net/netip"
	"slices"
	"strings"

	"tidemark/datasets"
)

// Bounds of what is compared.
const (
	attemptDelay = 250   // milliseconds that IPv6 is ahead of IPv4 (RFC 8305 section 8)
	largeBody    = 1_500 // bytes that do not fit into one packet
)

// Pages compares the families at each web host of one domain, from all its rows: domain and www, as far as one answers. The
// columns of the run are those of the rows; RunTime is not set.
func (j *Judge) Pages(rows []datasets.IPv6Probe) (pages []datasets.DomainPage) {
	for _, kind := range []string{"apex", "www"} {
		for _, service := range []string{"https", "http"} {
			if h := j.webHost(rows, kind, service); h.answers() || service == "http" && (len(h.four)+len(h.six) > 0 || h.hasAddress) {
				pages = append(pages, h.page(rows))
				break
			}
		}
	}
	if len(pages) == 0 {
		return nil
	}
	front := max(0, slices.IndexFunc(pages, func(p datasets.DomainPage) bool { return p.PageHosts != nil }))
	pages[front].Front = true
	addHosts(&pages[front], rows)
	return pages
}

// webHost is the tests of a service of a host.
type webHost struct {
	name, service string
	four, six     []datasets.IPv6Probe // connections that were made
	http3         map[uint32]string    // results by family
	hasAddress    bool
	hasIPv6       bool // a global IPv6 address
	failed        bool // a lookup of its addresses did
	skipped       bool
}

func (j *Judge) webHost(rows []datasets.IPv6Probe, kind, service string) *webHost {
	h := &webHost{service: service, http3: map[uint32]string{}}
	for _, r := range rows {
		if r.HostKind != kind {
			continue
		}
		h.name = r.Host
		switch {
		case r.Test == "lookup" && (r.QType == "A" || r.QType == "AAAA"):
			h.failed = h.failed || !slices.Contains([]string{"ok", "no-data", "nxdomain"}, r.Result)
			a, err := netip.ParseAddr(r.Address)
			if err != nil || r.ThroughDNS64 || r.SpecialClass != "" || j.Special != nil && r.QType == "AAAA" && j.Special(a) {
				continue
			}
			h.hasAddress, h.hasIPv6 = true, h.hasIPv6 || r.QType == "AAAA"
		case r.Test != "connect":
		case r.Service == "http3":
			h.http3[r.Family] = r.Result
		case r.Service == service && r.Result == string(skipped):
			h.skipped = h.skipped || r.SpecialClass == "" // a special-purpose address is none at all
		case r.Service == service && r.Family == 4:
			h.four = append(h.four, r)
		case r.Service == service && r.SpecialClass == "" && !r.ThroughDNS64:
			h.six = append(h.six, r)
		}
	}
	return h
}

// answers reports whether the service works at an address.
func (h *webHost) answers() bool { return working(h.four) != nil || working(h.six) != nil }

// working returns the first connection over which a page came; nil: none did.
func working(tries []datasets.IPv6Probe) *datasets.IPv6Probe {
	return first(tries, func(r *datasets.IPv6Probe) bool { return r.Result == string(works) && r.HTTPStatus != nil })
}

// connected returns the first connection that opened; nil: none did.
func connected(tries []datasets.IPv6Probe) *datasets.IPv6Probe {
	return first(tries, func(r *datasets.IPv6Probe) bool { return r.ConnectMS != nil })
}

func first(tries []datasets.IPv6Probe, is func(*datasets.IPv6Probe) bool) *datasets.IPv6Probe {
	for i := range tries {
		if is(&tries[i]) {
			return &tries[i]
		}
	}
	return nil
}

func (h *webHost) page(rows []datasets.IPv6Probe) datasets.DomainPage {
	r := &rows[0]
	p := datasets.DomainPage{
		RunID: r.RunID, VantageASN: r.VantageASN, ListID: r.ListID, Rank: r.Rank, Stratum: r.Stratum, Panel: r.Panel, Refreshed: r.Refreshed,
		Domain: r.Domain, Host: h.name, Service: h.service, BaselineOK: r.BaselineOK,
	}
	if c := connected(h.four); c != nil {
		p.Connect4, p.TLS4, p.FirstByte4, p.Segment4 = c.ConnectMS, c.TLSMS, c.FirstByteMS, c.Segment
	}
	if c := connected(h.six); c != nil {
		p.Connect6, p.TLS6, p.FirstByte6, p.Segment6 = c.ConnectMS, c.TLSMS, c.FirstByteMS, c.Segment
	}
	four, six := working(h.four), working(h.six)
	if four != nil {
		p.Bytes4 = four.HTTPBytes
	}
	if six != nil {
		p.Bytes6, p.PageHosts = six.HTTPBytes, six.PageHosts
	}
	p.HTTP3 = h.overQUIC(four, six)
	p.Large = h.large(four, six)
	if four != nil && six != nil {
		p.Differs = strings.Join(differences(h.name, h.four, h.six), ",")
	}
	if p.BaselineOK && len(h.four) > 0 && len(h.six) > 0 {
		p.Eyeballs = race(p.Connect4, p.Connect6)
		p.EyeballsV3 = p.Eyeballs
		if h.service == "https" {
			p.EyeballsV3 = race(whole(h.four), whole(h.six))
		}
	}
	p.Quality = h.quality(&p, four, six)
	return p
}

// whole returns the time until a secure connection, of the first that became one; nil: none did, or TLS was not timed.
func whole(tries []datasets.IPv6Probe) *float64 {
	c := first(tries, func(r *datasets.IPv6Probe) bool { return r.ConnectMS != nil && r.TLSMS != nil })
	if c == nil {
		return nil
	}
	sum := *c.ConnectMS + *c.TLSMS
	return &sum
}

// race returns the family whose connection a client uses that begins with IPv6; empty: neither is known to work.
func race(four, six *float64) string {
	switch {
	case four == nil && six == nil:
		return ""
	case six == nil, four != nil && *six > attemptDelay+*four:
		return "ipv4"
	}
	return "ipv6"
}

// overQUIC returns over which families HTTP/3 works.
func (h *webHost) overQUIC(four, six *datasets.IPv6Probe) string {
	if h.service != "https" {
		return "not-offered"
	}
	if len(h.http3) == 0 {
		for _, c := range []*datasets.IPv6Probe{four, six} {
			if c != nil && c.HTTP3Offered == "no" {
				return "not-offered"
			}
		}
		return "unknown"
	}
	if four != nil && h.http3[4] == "" || six != nil && h.http3[6] == "" {
		return "unknown"
	}
	switch {
	case h.http3[4] == string(works) && h.http3[6] == string(works):
		return "both"
	case h.http3[4] == string(works):
		return "ipv4"
	case h.http3[6] == string(works):
		return "ipv6"
	}
	return "neither"
}

// large returns whether what is larger than a small packet arrives over IPv6.
func (h *webHost) large(four, six *datasets.IPv6Probe) string {
	switch {
	case six != nil && six.HTTPStalled && four != nil && !four.HTTPStalled:
		return "lost"
	case six != nil && six.HTTPBytes != nil && *six.HTTPBytes > largeBody:
		return "arrives"
	case six != nil:
		return "small"
	case four == nil || !h.hangs():
		return ""
	}
	return "lost"
}

// hangs reports whether every connection over IPv6 that opened then hung or broke off, in the TLS handshake or in the page.
func (h *webHost) hangs() (any bool) {
	for _, r := range h.six {
		if r.ConnectMS == nil {
			continue
		}
		if r.Result != "tls_error" && r.Result != "http_error" || !strings.Contains(r.Error, "timeout") && !strings.Contains(r.Error, "broke off") {
			return false
		}
		any = true
	}
	return any
}

// differences returns what differs between the families.
func differences(name string, four, six []datasets.IPv6Probe) (all []string) {
	p := page{host: name}
	for _, r := range slices.Concat(four, six) {
		p.add(r)
	}
	if p.secured4 && p.certificate4 == "" && p.certificate6 != "" {
		all = append(all, "certificate")
	}
	status4, status6 := p.status4(), p.status6()
	switch {
	case *status4 == tooManyRequests || *status6 == tooManyRequests: // it says nothing of the site
		return all
	case *status4 != *status6:
		all = append(all, "status")
	}
	if working(four).HTTPURL != working(six).HTTPURL || working(four).Target != working(six).Target {
		all = append(all, "redirect")
	}
	if !similar(p.similarity, p.steady) {
		all = append(all, "body")
	}
	return all
}

// quality returns how the host is over IPv6.
func (h *webHost) quality(p *datasets.DomainPage, four, six *datasets.IPv6Probe) string {
	switch {
	case h.failed || h.skipped:
		return "unknown"
	case !h.hasIPv6 && four != nil:
		return "no-ipv6"
	case !p.BaselineOK || four == nil && six == nil:
		return "unknown"
	case four == nil && len(h.four) == 0:
		return "ipv6-only"
	case four == nil:
		return "unknown"
	case p.Large == "lost":
		return "large-lost"
	case six == nil:
		return "fails"
	case p.Differs != "":
		return "differs"
	case p.EyeballsV3 == "ipv4" || p.EyeballsV3 == "" && p.Eyeballs == "ipv4":
		return "slower"
	case p.HTTP3 == "ipv4":
		return "no-http3"
	}
	return "alike"
}

// addHosts sets what the front page loads from others, and what is left of it without IPv4.
func addHosts(p *datasets.DomainPage, rows []datasets.IPv6Probe) {
	switch p.Quality {
	case "no-ipv6", "fails", "large-lost":
		p.WithoutIPv4 = "nothing"
		return
	case "unknown":
		if p.Bytes4 != nil || p.Bytes6 != nil {
			p.WithoutIPv4 = "unknown"
		}
		return
	}
	if p.WithoutIPv4 = "unknown"; p.PageHosts == nil {
		return
	}
	var working, failing, unknown, gone int64
	var names []string
	for _, s := range subresources(rows) {
		switch s.result {
		case "ok":
			working++
		case "gone":
			gone++
		case "unknown":
			unknown++
		default:
			failing++
			names = append(names, s.host+"="+s.result)
		}
	}
	unknown += max(0, *p.PageHosts-working-failing-unknown-gone)
	p.HostsWorking, p.HostsFailing, p.HostsUnknown, p.Failing = &working, &failing, &unknown, strings.Join(names, ",")
	switch {
	case failing > 0:
		p.WithoutIPv4 = "part"
	case unknown == 0:
		p.WithoutIPv4 = "whole"
	}
}

// subresource is a host from which a page loads, and whether it works over IPv6: ok, no-aaaa, the result of a connection that
// fails over IPv6 only, gone (it works over neither family) or unknown.
type subresource struct{ host, result string }

// subresources judges the hosts from which the front page loads, in the order of the rows. A host that is loaded from over both
// HTTP and HTTPS counts twice, as in page_hosts.
func subresources(rows []datasets.IPv6Probe) (all []subresource) {
	var mine []datasets.IPv6Probe
	flush := func() {
		if len(mine) > 0 {
			all = append(all, subresource{mine[0].Host, reached(mine)})
		}
		mine = nil
	}
	for _, r := range rows {
		if r.HostKind != "subresource" {
			continue
		}
		// Each host begins with its AAAA lookup, which has several rows where there are several addresses.
		if r.QType == "AAAA" && r.Test == "lookup" && len(mine) > 0 && (mine[0].Host != r.Host || mine[len(mine)-1].QType != "AAAA" || mine[len(mine)-1].Test != "lookup") {
			flush()
		}
		mine = append(mine, r)
	}
	flush()
	return all
}

// reached judges the rows of one host.
func reached(rows []datasets.IPv6Probe) string {
	result := map[string]string{} // by test and type
	for _, r := range rows {
		if key := r.Test + " " + r.QType; result[key] == "" || r.Address != "" && !r.ThroughDNS64 {
			result[key] = r.Result
			if r.Test == "lookup" && r.Result == "ok" && r.ThroughDNS64 {
				result[key] = "no-data"
			}
		}
	}
	six, four := result["lookup AAAA"], result["lookup A"]
	over6, over4 := result["connect AAAA"], result["connect A"]
	switch {
	case over6 == "ok":
		return "ok"
	case over6 == "skipped" || over4 == "skipped" || over6 != "" && !rows[0].BaselineOK:
		return "unknown"
	case over6 != "" && over4 == "ok":
		return over6
	case over6 != "":
		return "gone"
	case six != "no-data" && six != "nxdomain":
		return "unknown"
	case four == "ok":
		return "no-aaaa"
	case four == "no-data" || four == "nxdomain":
		return "gone"
	}
	return "unknown"
}
