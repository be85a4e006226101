package readiness

import (
	"cmp"
	"fmt"

	"tidemark/datasets"
)

// addServer adds what keeps a resolver without IPv4 from a name server, though it may find another.
func (r *remedies) addServer(d datasets.DomainDelegation) {
	where := d.NameServer + " of " + d.Host
	switch {
	case d.Result == "no-glue":
		r.add("dns", where, "it has an AAAA record, but the zone above gives no IPv6 address with the delegation (glue)",
			"Tell your registrar the IPv6 addresses of this name server (its host object, also called child name server or glue record).")
	case d.Result == "ns-zone":
		r.add("dns", where, "a resolver without IPv4 cannot look up its name: "+d.Error,
			"Ask its operator to serve the zone of that name over IPv6, or choose name servers under another name.")
	case d.Result == "special":
		r.add("dns", where, "the zone above delegates to "+d.Error, "Tell your registrar a global IPv6 address of this name server.")
	case d.Glue && (d.Result == "timeout" || d.Result == "unreachable" || d.Result == "refused" || d.Result == "lame"):
		r.add("dns", where, fmt.Sprintf("the zone above gives its address as %s (glue), which does not answer for the zone (%s)", d.Address, d.Result),
			"If the address is an old one, tell your registrar the present one; otherwise let the name server answer there.")
	case d.Result == "ok" && d.TCPResult != "ok" && d.TCPResult != "":
		r.add("dns", where, fmt.Sprintf("%s answers over UDP, but not over TCP (%s)", d.Address, d.TCPResult),
			"Let the name server answer over TCP on this address, and allow TCP port 53 in the firewall (RFC 9210).")
	}
}

// stepFixes are the remedies by the step that fails.
var stepFixes = map[string]string{
	"no-aaaa":   "Give at least two name servers of %s an IPv6 address and an AAAA record, with glue at the registrar if their names are in the zone itself.",
	"no-glue":   "Tell the registrar of %s the IPv6 addresses of its name servers (glue).",
	"ns-zone":   "Let the zone %s be served over IPv6, or choose name servers under another name.",
	"no-answer": "Let the name servers of %s answer over IPv6: see whether they listen there, and whether port 53 is open over UDP and TCP.",
	"loop":      "Break the circle at %s: give a name server an address in the delegation, or replace an alias by addresses.",
}

// addStep adds the step at which a name fails.
func (r *remedies) addStep(d datasets.DomainDelegation) {
	fix, known := stepFixes[d.Step]
	if !known || d.Resolvable != "no" {
		return
	}
	fix = fmt.Sprintf(fix, d.Zone)
	if d.Zone != d.Host && d.Kind != "zone" {
		fix += " If it is not yours, ask its operator, or use another host."
	}
	r.add(cmp.Or(serviceOf[d.Kind], "dns"), d.Host, stepReason(d), fix)
}
