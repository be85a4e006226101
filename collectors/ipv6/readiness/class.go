package readiness

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// finding is a class with what decided it.
type finding struct {
	class         Class
	cause, reason string
}

// class judges a service: first what cannot be known or is not offered, then its records, then its connections.
func (f *facts) class() finding {
	four, six := f.tally(overV4), f.tally(overV6)
	special, dns64 := f.special(), f.dns64()
	switch {
	case f.skipped != "":
		return finding{Unknown, "skipped", f.skipped}
	case f.failed != "":
		return finding{Unknown, "lookup-failed", f.failed}
	case f.nullMX:
		return finding{NotApplicable, "null-mx", "the domain accepts no mail (null MX, RFC 7505)"}
	case f.nxdomain():
		return finding{NotApplicable, "nxdomain", "the domain does not exist"}
	case six.all+special == 0 && dns64 > 0:
		return finding{Unknown, "dns64", "the resolver synthesises AAAA records (DNS64, RFC 6147), so it is unknown whether the domain has any"}
	case four.all+six.all+special == 0 && f.noMX:
		return finding{NotApplicable, "no-host", "the domain has no MX record, and whether it takes mail itself (RFC 5321 section 5.1) was not tried"}
	case four.all+six.all+special == 0 && f.private4 > 0:
		return finding{NotApplicable, "no-host", "every A record holds a special-purpose address, and there is no AAAA record"}
	case four.all+six.all+special == 0:
		return finding{NotApplicable, "no-host", "no host of the service has an address"}
	case six.all+special == 0:
		return f.withoutIPv6(four)
	case f.noRegistry:
		return finding{Unknown, "no-registry", "no special-purpose registry of that day is available"}
	case six.all == 0:
		return finding{InvalidAAAA, "special-aaaa", fmt.Sprintf("%d AAAA, all with special-purpose addresses", special)}
	case !f.probed:
		return f.byRecords(four.all, special)
	}
	return f.byConnections(four, six, special)
}

// withoutIPv6 judges a service without AAAA records. It is offered if it works over IPv4, or was not tested there; as with
// AAAA records, what every address refuses is not offered, and silence proves nothing.
func (f *facts) withoutIPv6(four tally) finding {
	switch {
	case f.mayDecline && f.declined():
		return finding{NotApplicable, "not-offered", "no address accepts connections for the service: it is not offered"}
	case f.mayDecline && four.tested > 0 && four.working == 0 && four.unseen == "" && !slices.Contains(four.failures, skipped):
		return finding{Unknown, commonCause(four.failures), "no AAAA record, and it works at no IPv4 address: whether the service is offered is unknown"}
	}
	return finding{None, "no-aaaa", "no AAAA record"}
}

// byRecords judges a service that the probe does not connect to.
func (f *facts) byRecords(addresses4, special int) finding {
	const how = " (by address records; port 25 was not probed)"
	if h := f.hostWithoutIPv6(); h != "" {
		return finding{Partial, "host-without-aaaa", h + " has no global AAAA" + how}
	}
	switch {
	case special > 0:
		return finding{Partial, "special-aaaa", "some AAAA hold special-purpose addresses" + how}
	case addresses4 == 0:
		return finding{V6Only, "not-probed", "every host has a global AAAA, and none has an A" + how}
	}
	return finding{Ready, "not-probed", "every host has a global AAAA" + how}
}

// byConnections judges a service with a global AAAA record by what its addresses answered.
func (f *facts) byConnections(four, six tally, special int) finding {
	switch {
	case f.noBaseline:
		return finding{Unknown, "no-baseline", "IPv6 did not work at this vantage point"}
	case f.mayDecline && f.declined():
		return finding{NotApplicable, "not-offered", "no address of either family accepts connections for the service: it is not offered"}
	case slices.Contains(six.failures, skipped) || six.tested == 0:
		return finding{Unknown, "skipped", "not every IPv6 address was tested"}
	case six.working == 0 && four.working == 0:
		return finding{Unknown, commonCause(six.failures), "it works at no address of either family"}
	case six.working == 0:
		return finding{Broken, commonCause(six.failures), fmt.Sprintf("%s (%s), but IPv4 does", count("none of %d IPv6 addresses works", "the IPv6 address does not work", six), six.failures[0])}
	case six.working < six.tested:
		return finding{Partial, "some-fail", fmt.Sprintf("%d of %d IPv6 addresses work (others: %s)", six.working, six.tested, six.failures[0])}
	case six.unseen != "":
		return finding{Unknown, "skipped", "no IPv6 address of " + six.unseen + " was tested"}
	case special > 0:
		return finding{Partial, "special-aaaa", fmt.Sprintf("%d of %d AAAA hold special-purpose addresses", special, six.all+special)}
	}
	if h := f.hostWithoutIPv6(); h != "" {
		return finding{Partial, "host-without-aaaa", h + " has no global AAAA"}
	}
	for i := range f.pages {
		if found, bad := f.pages[i].judge(f.redirects); bad {
			return found
		}
	}
	all := count("all %d IPv6 addresses work", "the IPv6 address works", six)
	if four.all == 0 {
		return finding{V6Only, "", all + ", and there is no IPv4" + f.flaws()}
	}
	return finding{Ready, "", all + f.flaws()}
}

// count words a sentence about the tested addresses: many of them, or one.
func count(many, one string, t tally) string {
	switch {
	case t.all > t.tested:
		return fmt.Sprintf(many, t.tested) + fmt.Sprintf(" (of %d, the others were not tested)", t.all)
	case t.tested == 1:
		return one
	}
	return fmt.Sprintf(many, t.tested)
}

// flaws names what is wrong over either family, and costs no readiness for IPv6, and hosts that the probe left out.
func (f *facts) flaws() (text string) {
	if len(f.named) > len(f.hosts) {
		text = fmt.Sprintf("; of %d hosts the first %d were looked up", len(f.named), len(f.hosts))
	}
	for i := range f.pages {
		p := &f.pages[i]
		if status := p.status6(); status != nil && *status >= 400 {
			text += fmt.Sprintf("; %s answers with status %d", p.host, *status)
		}
		if p.certificate6 != "" {
			text += fmt.Sprintf("; the certificate of %s is not valid: %s", p.host, p.certificate6)
		}
	}
	return text
}

// hostWithoutIPv6 returns the first host that has an address but no global AAAA record; empty: there is none.
func (f *facts) hostWithoutIPv6() string {
	for _, h := range f.hosts {
		if len(h.v6) == 0 && len(h.v4)+len(h.special) > 0 {
			return h.name
		}
	}
	return ""
}

// declined reports whether the service is not offered: every tested address of both families refuses connections, or drops
// them while it accepts others. A filter in front of a server that does not offer a port looks like that.
func (f *facts) declined() bool {
	tested := false
	for _, h := range f.hosts {
		for _, addresses := range []map[string]outcome{h.v4, h.v6} {
			for address, o := range addresses {
				tested = tested || o != untested
				if o != refused && o != untested && !((o == "timeout" || o == "unreachable") && f.reached[address]) {
					return false
				}
			}
		}
	}
	return tested
}

// tooManyRequests is the status of a server that limits the rate of requests (RFC 6585 section 4).
const tooManyRequests = 429

// judge finds how the page differs between the families, or that it leads to where IPv6 does not; bad is false if neither.
func (p *page) judge(redirects map[string]Class) (found finding, bad bool) {
	four, six := p.status4(), p.status6()
	if four != nil && six != nil && *four != *six && (*four == tooManyRequests || *six == tooManyRequests) {
		return finding{Unknown, "rate-limited", p.host + " limits the rate of requests (status 429), so its pages could not be compared"}, true
	}
	if why := p.differs(); why != "" {
		return finding{Partial, "differs", why}, true
	}
	switch redirects[p.away] {
	case None:
		return finding{Partial, "redirect-without-aaaa", p.host + " redirects to " + p.away + ", which has no global AAAA"}, true
	case Unknown:
		return finding{Unknown, "lookup-failed", p.host + " redirects to " + p.away + ", whose AAAA lookup failed"}, true
	}
	return finding{}, false
}

// differs returns how the page or its certificate differs between the families; empty: it does not.
func (p *page) differs() string {
	four, six := p.status4(), p.status6()
	switch {
	case p.secured4 && p.certificate4 == "" && p.certificate6 != "":
		return fmt.Sprintf("the certificate of %s is valid over IPv4 but not over IPv6: %s", p.host, p.certificate6)
	case four == nil || six == nil:
		return ""
	case *four != *six:
		return fmt.Sprintf("%s answers with status %d over IPv6 and with %d over IPv4", p.host, *six, *four)
	case p.scheme4 != p.scheme6:
		return fmt.Sprintf("%s leads to %s over IPv6 and to %s over IPv4", p.host, p.scheme6, p.scheme4)
	case !similar(p.similarity, p.steady):
		return fmt.Sprintf("only %.0f %% of the page of %s is the same over both families", *p.similarity*100, p.host)
	}
	return ""
}

// similar reports whether a page counts as the same over both families: as far as it is the same in two requests over one.
func similar(share, steady *float64) bool {
	if share == nil {
		return true
	}
	least := MinSimilarity
	if steady != nil {
		least *= min(*steady, 1)
	}
	return *share >= least
}

// causes are the causes of outcomes that are not called the same.
var causes = map[outcome]string{
	"tls_error": "tls", "http_error": "http-error", "smtp_error": "smtp-error", untested: "skipped",
}

// commonCause returns the cause of most failures; of equally common ones the first in the alphabet.
func commonCause(failures []outcome) string {
	counts := map[string]int{}
	for _, o := range failures {
		counts[cmp.Or(causes[o], string(o))]++
	}
	most := ""
	for _, cause := range slices.Sorted(maps.Keys(counts)) {
		if counts[cause] > counts[most] {
			most = cause
		}
	}
	return most
}
