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
	case f.nxdomain:
		return finding{NotApplicable, "nxdomain", "the domain does not exist"}
	case six.all+special == 0 && dns64 > 0:
		return finding{Unknown, "dns64", "the resolver synthesises AAAA records (DNS64, RFC 6147), so it is unknown whether the domain has any"}
	case four.all+six.all+special == 0:
		return finding{NotApplicable, "no-host", "no host of the service has an address"}
	case six.all+special == 0:
		return finding{None, "no-aaaa", "no AAAA record"}
	case f.noRegistry:
		return finding{Unknown, "no-registry", "no special-purpose registry of that day is available"}
	case six.all == 0:
		return finding{InvalidAAAA, "special-aaaa", fmt.Sprintf("%d AAAA, all with special-purpose addresses", special)}
	case !f.probed:
		return f.byRecords(four.all, special)
	}
	return f.byConnections(four, six, special)
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
		return finding{NotApplicable, "not-offered", "every address of both families refuses connections: the service is not offered"}
	case slices.Contains(six.failures, skipped) || slices.Contains(six.failures, untested):
		return finding{Unknown, "skipped", "not every IPv6 address was tested"}
	case six.working == 0 && four.working == 0:
		return finding{Unknown, commonCause(six.failures), "no address of either family answered"}
	case six.working == 0:
		return finding{Broken, commonCause(six.failures), fmt.Sprintf("none of %d IPv6 addresses works (%s), but IPv4 does", six.all, six.failures[0])}
	case six.working < six.all:
		return finding{Partial, "some-fail", fmt.Sprintf("%d of %d IPv6 addresses work (others: %s)", six.working, six.all, six.failures[0])}
	case special > 0:
		return finding{Partial, "special-aaaa", fmt.Sprintf("%d of %d AAAA hold special-purpose addresses", special, six.all+special)}
	}
	if h := f.hostWithoutIPv6(); h != "" {
		return finding{Partial, "host-without-aaaa", h + " has no global AAAA"}
	}
	if four.all == 0 {
		return finding{V6Only, "", fmt.Sprintf("all %d IPv6 addresses work, and there is no IPv4", six.all)}
	}
	for _, p := range f.pages {
		if why := p.differs(); why != "" {
			return finding{Partial, "differs", why}
		}
	}
	return finding{Ready, "", fmt.Sprintf("all %d IPv6 addresses work", six.all)}
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

// declined reports whether every connection of both families was refused.
func (f *facts) declined() bool {
	for _, h := range f.hosts {
		for _, addresses := range []map[string]outcome{h.v4, h.v6} {
			for _, o := range addresses {
				if o != refused {
					return false
				}
			}
		}
	}
	return true
}

// differs returns how the page or its certificate differs between the families; empty: it does not.
func (p *page) differs() string {
	switch {
	case p.secured4 && p.certificate4 == "" && p.certificate6 != "":
		return fmt.Sprintf("the certificate of %s is valid over IPv4 but not over IPv6: %s", p.host, p.certificate6)
	case p.status4 == nil || p.status6 == nil:
		return ""
	case *p.status4 != *p.status6:
		return fmt.Sprintf("%s answers with status %d over IPv6 and with %d over IPv4", p.host, *p.status6, *p.status4)
	case p.similarity != nil && *p.similarity < minSimilarity:
		return fmt.Sprintf("only %.0f %% of the page of %s is the same over both families", *p.similarity*100, p.host)
	}
	return ""
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
