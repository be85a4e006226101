package readiness

import (
	"fmt"
	"slices"
	"strings"

	"tidemark/datasets"
)

// Way is whether a resolver without IPv4 finds a service, and the first step that fails. All are empty where the service is
// not offered.
type Way struct {
	Resolvable string `json:"resolvable"`             // yes, some, no or unknown
	Step       string `json:"failing_step,omitempty"` // as in domain_delegations
	Zone       string `json:"failing_zone,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// kindsOf are the kinds of names of domain_delegations that lead to a service from the domain's zone.
var kindsOf = map[Service][]string{
	Web: {"apex", "www", "https"}, HTTP: {"apex", "www", "https"}, HTTPS: {"apex", "www", "https"}, Mail: {"mx"},
}

// addWays sets how a resolver without IPv4 finds each service: through the domain's zone, without which nothing is found. The
// domain needs all that it offers.
func addWays(verdicts []Verdict, rows []datasets.DomainDelegation) {
	zone := Way{Resolvable: "unknown"}
	if found := waysOf(rows, "zone"); len(found) > 0 {
		zone = found[0]
	}
	by := map[Service]*Verdict{}
	for i := range verdicts {
		v := &verdicts[i]
		if by[v.Service] = v; v.Class == NotApplicable || v.Service == Domain {
			continue
		}
		if v.Way = zone; zone.Resolvable != "no" {
			v.Way = joined(append([]Way{zone}, waysOf(rows, kindsOf[v.Service]...)...))
		}
	}
	if by[Web].Way.Resolvable == "" && by[Mail].Way.Resolvable == "" {
		return
	}
	var all []Way
	for _, service := range []Service{DNS, Web, Mail} {
		if w := by[service].Way; w.Resolvable != "" {
			all = append(all, w)
		}
	}
	by[Domain].Way = joined(all)
}

// waysOf returns the ways to the names of some kinds, each once.
func waysOf(rows []datasets.DomainDelegation, kinds ...string) (ways []Way) {
	seen := map[string]bool{}
	for _, kind := range kinds {
		for _, r := range rows {
			if key := r.Kind + " " + r.Host; r.Kind == kind && !seen[key] {
				seen[key] = true
				ways = append(ways, Way{r.Resolvable, r.Step, r.Zone, stepReason(r)})
			}
		}
	}
	return ways
}

// joined is what several ways come to: the first that fails gives the step.
func joined(ways []Way) (whole Way) {
	counts := map[string]int{}
	for _, w := range ways {
		counts[w.Resolvable]++
		if w.Step != "" && (whole.Step == "" || whole.Resolvable == "unknown" && w.Resolvable != "unknown") {
			whole = w
		}
	}
	switch {
	case counts["yes"] == len(ways):
		whole.Resolvable = "yes"
	case counts["no"] == len(ways):
		whole.Resolvable = "no"
	case counts["no"]+counts["some"] > 0 && counts["yes"]+counts["some"] > 0:
		whole.Resolvable = "some"
	default:
		whole.Resolvable = "unknown"
	}
	return whole
}

// steps are the steps of domain_delegations in words.
var steps = map[string]string{
	"no-aaaa":   "no name server of %s has an AAAA record",
	"no-glue":   "the parent of %s has no AAAA glue for its name servers",
	"ns-zone":   "the names of the name servers cannot be reached: %s",
	"no-answer": "no name server answers for %s over IPv6",
	"loop":      "the way leads in a circle at %s",
}

// stepReason words the step that fails.
func stepReason(r datasets.DomainDelegation) string {
	if text, ok := steps[r.Step]; ok {
		return fmt.Sprintf("a resolver without IPv4 does not find %s: ", r.Host) + fmt.Sprintf(text, r.Zone)
	}
	return r.Reason
}

// dnssec returns the state of the domain's zone: by the AD bit, the DS record at the parent, what the resolver says of signatures
// that do not hold, and whether it answers only where it need not validate.
func dnssec(rows []datasets.IPv6Probe) string {
	state, validated := "unknown", false
	for _, r := range rows {
		if r.HostKind == "unchecked" && (r.Result == "ok" || r.Result == "no-data") {
			return "bogus"
		}
		if r.Test != "lookup" || r.HostKind != "apex" && r.HostKind != "zone" {
			continue
		}
		validated = validated || r.AuthenticatedData && r.QType != "DS" && r.Result == "ok"
		switch {
		case slices.ContainsFunc(bogus, func(word string) bool { return strings.Contains(r.Error, word) }):
			return "bogus"
		case r.QType == "DS" && r.Result == "ok":
			state = "signed"
		case r.QType == "DS" && r.Result == "no-data":
			state = "insecure"
		}
	}
	root := len(rows) > 0 && rows[0].Domain == "." // whose key resolvers have
	if (state == "signed" || root) && validated {
		return "secure"
	}
	return state
}

// bogus are the extended errors of answers whose signatures do not hold (RFC 8914 sections 4.7 to 4.13).
var bogus = []string{"DNSSEC Bogus", "Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing", "RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing"}
