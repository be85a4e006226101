package readiness

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
)

// Remedy is a step of a probe that failed, and what to do about it.
type Remedy struct {
	Service string `json:"service"` // web, dns or mail; empty: all
	Where   string `json:"where"`   // host and address
	Problem string `json:"problem"`
	Fix     string `json:"fix"`
}

// Remedies returns what is wrong with each step of a domain's probe that failed, and what to do, in the order of the rows;
// delegations that IPv6 alone cannot follow, and pages that differ between the families, come last.
func (j *Judge) Remedies(rows []datasets.IPv6Probe, delegations []datasets.DomainDelegation) []Remedy {
	r := remedies{rows: rows, judge: j}
	for _, row := range rows {
		if row.HostKind == "unchecked" && row.Result == "ok" {
			r.add("dns", row.Host, "the resolver rejects the signatures of the zone, or of one above it (DNSSEC): it answers only when it is told not to check them",
				"Find the fault with `dig +cd +dnssec` and https://dnsviz.net: sign the zone anew, or replace or remove the DS record at the registrar.")
		}
		if row.HostKind == "unchecked" || row.HostKind == "subresource" || row.Service == "http3" {
			continue // judged over both families together, below
		}
		switch row.Test {
		case "lookup":
			r.addLookup(row)
		case "authority":
			r.addAuthority(row)
		case "connect":
			r.addConnect(row)
		}
	}
	if rows[0].BaselineOK {
		for _, d := range delegations {
			r.addServer(d)
			r.addStep(d)
		}
		r.addPages()
		for _, p := range j.Pages(rows) {
			r.addQuality(p)
		}
	}
	return r.all
}

type remedies struct {
	rows  []datasets.IPv6Probe
	judge *Judge
	all   []Remedy
}

// serviceOf is the service that a kind of host belongs to, as a remedy names it.
var serviceOf = map[string]string{"apex": "web", "www": "web", "ns": "dns", "mx": "mail", "zone": "dns", "https": "web"}

// add adds a remedy that is not there yet.
func (r *remedies) add(service, where, problem, fix string) {
	if one := (Remedy{service, where, problem, fix}); !slices.Contains(r.all, one) {
		r.all = append(r.all, one)
	}
}

// isSpecial reports whether the row's address is a special-purpose one that the domain itself publishes.
func (r *remedies) isSpecial(row datasets.IPv6Probe) bool {
	a, err := netip.ParseAddr(row.Address)
	return err == nil && row.QType == "AAAA" && !row.ThroughDNS64 && r.judge.Special != nil && r.judge.Special(a)
}

// has reports whether a host publishes an address record of the type.
func (r *remedies) has(host, qtype string) bool {
	return slices.ContainsFunc(r.rows, func(o datasets.IPv6Probe) bool {
		return o.Test == "lookup" && o.Host == host && o.QType == qtype && o.Address != "" && !o.ThroughDNS64
	})
}

func (r *remedies) addLookup(row datasets.IPv6Probe) {
	service := serviceOf[row.HostKind]
	switch row.QType {
	case "NS":
		service = "dns"
	case "MX":
		service = "mail"
	}
	r.addLookupResult(service, row)
	switch {
	case row.ThroughDNS64:
		r.add(service, row.Host, "the AAAA "+row.Address+" was synthesised by your resolver (DNS64)", "Ask a resolver without DNS64: --resolver ADDR.")
	case r.isSpecial(row):
		what := cmp.Or(row.SpecialClass, "special-purpose")
		r.add(service, row.Host, fmt.Sprintf("the AAAA %s is a %s address, which cannot be reached from outside", row.Address, what),
			"Publish a global address instead, or remove the record: clients try it and wait.")
	}
}

func (r *remedies) addLookupResult(service string, row datasets.IPv6Probe) {
	where := row.Host + " " + row.QType
	switch row.Result {
	case "skipped":
		r.add("", row.Domain, row.Error, "Remove it from the opt-out list if it should be probed.")
	case "nxdomain":
		if row.HostKind == "apex" && row.QType == "A" {
			r.add("", row.Domain, "the domain does not exist", "Check the spelling, and whether the registration has expired.")
		}
		if row.HostKind == "ns" || row.HostKind == "mx" {
			r.add(service, row.Host, "the host does not exist", "Remove it from the zone, or give it addresses.")
		}
	case "timeout", "unreachable":
		r.add(service, where, "the lookup was not answered: "+row.Error,
			"Try again later or through another resolver (--resolver); if that fails too, the domain's name servers do not answer.")
	case "refused", "error":
		fix := "Examine it with `dig +trace` and, if DNSSEC may be the reason, with `dig +cd`."
		if strings.Contains(row.Error, "circle") {
			fix = "Give one of the names addresses instead of a CNAME: " + row.Host + " " + row.CNAMEChain + "."
		}
		r.add(service, where, row.Error, fix)
	case "no-data":
		if row.QType != "AAAA" || !r.has(row.Host, "A") {
			return
		}
		glue := ""
		if service == "dns" {
			glue = ", with glue at the registry if the name is in the zone itself"
		}
		r.add(service, row.Host, "it has no AAAA record, so nobody can reach it over IPv6",
			"Give the host an IPv6 address, test it, and then publish an AAAA record"+glue+".")
	}
}

func (r *remedies) addAuthority(row datasets.IPv6Probe) {
	if row.Family == 6 && !row.BaselineOK {
		return // the fault may be here
	}
	where := row.Host + " " + row.Address
	switch {
	case row.Result == "ok" || row.Result == "skipped":
	case row.Result == "lame":
		r.add("dns", where, row.Error+": it is a name server of "+row.Domain+" that does not serve it",
			"Load the zone there, or remove the server from the delegation and from the zone's NS records.")
	case row.OverTCP:
		r.add("dns", where, "it truncates its answer over UDP and gives none over TCP: "+row.Error,
			"Let the name server answer over TCP on this address, and allow TCP port 53 in the firewall (RFC 9210).")
	case row.Result == "refused":
		r.add("dns", where, "nothing listens on port 53",
			"Make the name server listen on this address (NSD: ip-address, BIND: listen-on-v6, Knot: listen).")
	default:
		r.add("dns", where, "it does not answer: "+row.Error, unreachableFix(row, 53))
	}
}

// certificateFixes are the remedies by the error of a certificate.
var certificateFixes = map[string]string{
	"expired":           "Renew it.",
	"wrong-name":        "Use a certificate that names the host, or make the server select it by SNI on this address too.",
	"unknown-authority": "Send the intermediate certificates too, and use an authority that clients trust.",
}

// listenFixes are the remedies of a refused connection by service and family.
var listenFixes = map[string]map[uint32]string{
	"http": {6: "Make the server listen on IPv6 too (nginx: `listen [::]:80;`, Apache: `Listen [::]:80`), or remove the address.",
		4: "Make the server listen on this IPv4 address too, or remove it."},
	"https": {6: "Make the server listen on IPv6 too (nginx: `listen [::]:443 ssl;`, Apache: `Listen [::]:443`), or remove the address.",
		4: "Make the server listen on this IPv4 address too, or remove it."},
	"smtp": {6: "Make the mail server listen on IPv6 too (Postfix: `inet_protocols = all`), or remove the address.",
		4: "Make the mail server listen on this IPv4 address too, or remove it."},
}

func (r *remedies) addConnect(row datasets.IPv6Probe) {
	service := serviceOf[row.HostKind]
	if row.CertificateError != "" {
		r.add(service, row.Host, "the certificate is not valid: "+row.CertificateError+expiry(row), certificateFixes[row.CertificateError])
	}
	if r.isSpecial(row) || row.ThroughDNS64 {
		return // the lookup has its remedy
	}
	if row.Family == 6 && !row.BaselineOK {
		return // the fault may be here
	}
	if row.ConnectMS == nil && !r.worksSomewhere(row) && r.offers(row) {
		return // a service that is not offered
	}
	where := fmt.Sprintf("%s [%s]:%d", row.Host, row.Address, row.Port)
	if row.Family == 4 {
		where = fmt.Sprintf("%s %s:%d", row.Host, row.Address, row.Port)
	}
	switch row.Result {
	case "refused":
		r.add(service, where, "the connection is refused: nothing listens there", listenFixes[row.Service][row.Family])
	case "timeout", "unreachable", "error":
		r.add(service, where, "no connection: "+row.Error, unreachableFix(row, row.Port))
	case "tls_error":
		r.add(service, where, row.Error, r.tlsFix(row))
	case "http_error":
		r.add(service, where, row.Error, "The connection opens, but no page arrives: look at the server's log"+largePackets(row.Family))
	case "smtp_error":
		r.add(service, where, row.Error, "Make the mail server greet with 220 on this address.")
	}
}

// largePackets is what else may be the reason of an exchange that hangs after the connection opened.
func largePackets(family uint32) string {
	if family == 4 {
		return ", and allow ICMP Fragmentation Needed, without which large packets are lost (RFC 1191)."
	}
	return ", and allow ICMPv6 Packet Too Big, without which large packets are lost (RFC 4890)."
}

// tlsFix returns the remedy of a handshake that failed: whether the server was silent, closed the connection or refused it
// in words, and whether the other family fares better.
func (r *remedies) tlsFix(row datasets.IPv6Probe) string {
	other := slices.ContainsFunc(r.rows, func(o datasets.IPv6Probe) bool {
		return o.Test == "connect" && o.Service == row.Service && o.Host == row.Host && o.Family != row.Family && o.Result == "ok"
	})
	switch {
	case strings.Contains(row.Error, "timeout"):
		return "The connection opens, but the handshake hangs: see whether the server is stuck" + largePackets(row.Family)
	case strings.Contains(row.Error, "reset") || strings.Contains(row.Error, "EOF"):
		return "The server, or something before it, closes the connection during the handshake: look at its log for this address."
	case strings.Contains(row.Error, "unrecognized"):
		return "The server does not know the host on this address: give its certificate and name (SNI) there as well."
	case strings.Contains(row.Error, "first record does not look like a TLS handshake"):
		return "The server does not speak TLS on this address: switch it on there (nginx: `listen … ssl`)."
	case other:
		return fmt.Sprintf("Apply the server's TLS settings to this address too: over IPv%d the handshake succeeds.", 10-row.Family)
	}
	return "Look at the server's TLS settings: the handshake fails over either family."
}

func expiry(row datasets.IPv6Probe) string {
	if row.CertificateError != "expired" || row.CertificateExpires == nil {
		return ""
	}
	return " since " + row.CertificateExpires.Format(time.DateOnly)
}

// unreachableFix returns the remedy of an address and port from which no packet comes back.
func unreachableFix(row datasets.IPv6Probe, port uint32) string {
	if row.Result == "unreachable" {
		return "Check whether the prefix of the address is announced, and whether a route leads to the host."
	}
	return fmt.Sprintf("Allow port %d for IPv%d in the firewall, and check whether the host has the address and a default route over IPv%[2]d.",
		port, row.Family)
}

// worksSomewhere reports whether the service of the row's host works on one of its addresses.
func (r *remedies) worksSomewhere(row datasets.IPv6Probe) bool {
	return slices.ContainsFunc(r.rows, func(o datasets.IPv6Probe) bool {
		return o.Test == "connect" && o.Service == row.Service && o.Host == row.Host && o.Result == "ok"
	})
}

// offers reports whether the address of a row accepts connections for another service of the domain.
func (r *remedies) offers(row datasets.IPv6Probe) bool {
	return row.Result == "refused" || slices.ContainsFunc(r.rows, func(o datasets.IPv6Probe) bool {
		return o.Test == "connect" && o.Address == row.Address && o.ConnectMS != nil
	})
}

// addPages adds where the families show different pages.
func (r *remedies) addPages() {
	for _, six := range r.rows {
		if six.Family != 6 || six.HTTPStatus == nil {
			continue
		}
		for _, four := range r.rows {
			if four.Family == 4 && four.HTTPStatus != nil && four.Host == six.Host && four.Service == six.Service {
				r.addPage(four, six)
				break // an address answers for its host
			}
		}
	}
}

func (r *remedies) addPage(four, six datasets.IPv6Probe) {
	where := six.Service + "://" + six.Host + "/"
	switch {
	case *four.HTTPStatus == tooManyRequests || *six.HTTPStatus == tooManyRequests: // it says nothing of the site
	case *four.HTTPStatus != *six.HTTPStatus:
		r.add("web", where, fmt.Sprintf("it answers with status %d over IPv6 and with %d over IPv4", *six.HTTPStatus, *four.HTTPStatus),
			"Make both families lead to the same site: often the virtual host is configured for one address only.")
	case !similar(six.BodySimilarity, six.BodySteady):
		r.add("web", where, fmt.Sprintf("only %.0f %% of the page is the same over IPv6 and IPv4", *six.BodySimilarity*100),
			"Make both families lead to the same site: one of them may show a default page or an old one.")
	}
}
