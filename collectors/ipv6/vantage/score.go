package vantage

import (
	"fmt"
	"slices"
	"strings"
)

// criterion is worth some points and is judged by the rows of some tests. If none of the tests was tried, it does not count.
type criterion struct {
	points int
	about  string
	judge  func(rows []Check) (points int, tested bool)
}

// criteria add up to ten points, like those of test-ipv6.com: with ten, everything works even if the others have IPv6 only.
var criteria = []criterion{
	{1, "a global IPv6 address and a default route", func(rows []Check) (int, bool) {
		routes := having(rows, "default-route", 6)
		return points(slices.ContainsFunc(routes, func(r Check) bool { return r.Result == "ok" && r.Class == "global" })), len(routes) > 0
	}},
	{3, "control hosts are reached over IPv6", func(rows []Check) (int, bool) {
		ok, all := count(having(rows, "connect", 6))
		switch {
		case ok == all:
			return 3, all > 0
		case ok > 0:
			return 1, true
		}
		return 0, true
	}},
	{1, "nothing is lost by preferring IPv6", func(rows []Check) (int, bool) {
		all := having(rows, "happy-eyeballs", 0)
		slow := slices.ContainsFunc(all, func(r Check) bool { return r.Value != nil && *r.Value >= attemptDelay })
		return points(!slow), len(all) > 0
	}},
	{2, "large exchanges pass over IPv6", func(rows []Check) (int, bool) {
		ok, all := count(having(rows, "large-exchange", 6))
		if connected, tried := count(having(rows, "connect", 6)); tried > 0 && connected == 0 {
			return 0, true // what reaches nothing exchanges nothing
		}
		return 2 * points(ok == all), all > 0
	}},
	{1, "the resolver gives AAAA records", func(rows []Check) (int, bool) {
		all := slices.Concat(having(rows, "resolver-aaaa", 4), having(rows, "resolver-aaaa", 6))
		ok, tested := count(all)
		return points(ok > 0), tested > 0
	}},
	{1, "a resolver is reached over IPv6", func(rows []Check) (int, bool) {
		ok, _ := count(having(rows, "resolver", 6))
		_, all := count(slices.Concat(having(rows, "resolver", 4), having(rows, "resolver", 6)))
		return points(ok > 0), all > 0
	}},
	{1, "IPv4 is reached as well, by itself or through a NAT64", func(rows []Check) (int, bool) {
		ok, all := count(slices.Concat(having(rows, "connect", 4), having(rows, "nat64", 6)))
		return points(ok > 0), all > 0
	}},
}

func points(reached bool) int {
	if reached {
		return 1
	}
	return 0
}

// having returns the rows of a test and family.
func having(rows []Check, test string, family uint32) (all []Check) {
	for _, r := range rows {
		if r.Test == test && r.Family == family {
			all = append(all, r)
		}
	}
	return all
}

// count returns how many rows were tested and how many of them are ok.
func count(rows []Check) (ok, tested int) {
	for _, r := range rows {
		if r.Result == "ok" {
			ok++
		}
		if r.Result != "untested" {
			tested++
		}
	}
	return ok, tested
}

// score adds up what was tested.
func (r *Report) score(rows []Check) {
	sum := 0
	for _, c := range criteria {
		if reached, tested := c.judge(rows); tested {
			sum += reached
			r.Of += c.points
		}
	}
	if r.Of > 0 {
		r.Score = &sum
	}
}

// check returns the score as a check. A run that was not tested completely has no score, for it could not be compared.
func (r *Report) check() Check {
	row := Check{Test: "score", Unit: "points", Result: "ok"}
	switch {
	case r.Score == nil:
		row.Unit, row.Result, row.Detail = "", "untested", "nothing could be tested"
	case r.Of < 10:
		row.Unit, row.Result, row.Detail = "", "untested", fmt.Sprintf("%d of %d; 10 when everything can be tested", *r.Score, r.Of)
	default:
		row.Value, row.Detail = number(*r.Score), "of 10"
	}
	return row
}

// advise returns in plain words what the rows mean and what to do about it, the worst first.
func advise(rows []Check) (advice []string) {
	say := func(format string, args ...any) { advice = append(advice, fmt.Sprintf(format, args...)) }
	has := func(test string, family uint32, results ...string) bool {
		return slices.ContainsFunc(having(rows, test, family), func(r Check) bool { return slices.Contains(results, r.Result) })
	}
	scopes := map[string]bool{}
	for _, r := range having(rows, "address", 6) {
		scopes[r.Class] = true
	}
	connected, tried := count(having(rows, "connect", 6))
	usable := slices.ContainsFunc(having(rows, "default-route", 6), func(r Check) bool { return r.Result == "ok" })
	switch {
	case has("address", 6, "absent"):
		say("This machine has no IPv6 address. Ask your provider or administrator for IPv6; on a router of your own, switch IPv6 and its router advertisements on.")
	case !usable:
		say("There is an IPv6 address, but no IPv6 route to the Internet. No router of the link offers itself as the way out: check its advertisements (RFC 4861), and that no firewall drops ICMPv6 (RFC 4890).")
	case tried > 0 && connected == 0:
		say("IPv6 looks configured but reaches none of the %d control hosts. Programs try it first and lose time at every connection: mend the path, or switch IPv6 off until it is mended.", tried)
	case connected < tried:
		say("IPv6 reaches %d of the %d control hosts. Ask your provider about the way to the others.", connected, tried)
	}
	if scopes["unique-local"] && !scopes["global"] {
		say("The only IPv6 addresses are unique-local ones (RFC 4193), which the Internet does not route.")
	}
	if scopes["teredo"] || scopes["6to4"] {
		say("An address of Teredo or 6to4 is in use. Both rest on relays that hardly exist any more (RFC 7526): switch them off and ask for native IPv6.")
	}
	for _, family := range []uint32{6, 4} {
		for _, r := range having(rows, "large-exchange", family) {
			if r.Result != "black-hole" {
				continue
			}
			remedy := "let ICMPv6 packet-too-big pass (type 2, RFC 4890 section 4.3.1), or have the router clamp the segments of TCP"
			if family == 4 {
				remedy = "let ICMP fragmentation-needed pass (RFC 1191), or have the router clamp the segments of TCP"
			}
			say("Connections to %s over IPv%d open and then hang: %s. Something on the path swallows what should say so; %s.", r.Target, family, r.Detail, remedy)
		}
	}
	if ok, all := count(slices.Concat(having(rows, "resolver", 4), having(rows, "resolver", 6))); all > 0 && ok == 0 {
		say("No resolver answers. Check the addresses and port 53, or name another with --resolver.")
	} else if all > 0 {
		switch over6, tried6 := count(having(rows, "resolver", 6)); {
		case tried6 == 0:
			say("Every resolver in use has an IPv4 address. Should IPv4 go away, no name would be found: have the router or DHCPv6 give an IPv6 one as well (RFC 8106, RFC 3646).")
		case over6 == 0:
			say("The resolver with an IPv6 address does not answer. It should listen there on port 53 over UDP and TCP.")
		}
	}
	if has("resolver-aaaa", 4, "absent", "error", "timeout") || has("resolver-aaaa", 6, "absent", "error", "timeout") {
		say("A resolver gives no AAAA record for a name that has one. Something filters them; use another resolver.")
	}
	for _, r := range having(rows, "nat64-prefix", 6) {
		say("The resolver translates: it makes AAAA records under %s (%s). %s Programs can learn the prefix by RFC 7050, as was done here, or better from router advertisements (RFC 8781).",
			r.Target, r.RFC, map[string]string{
				"well-known": "That is the well-known prefix; IPv4 addresses that are not global cannot be reached through it.",
				"local-use":  "That is a prefix for translation inside a network; it must not be seen outside.",
			}[r.Class]+map[bool]string{true: "That is a prefix of the network’s own."}[r.Class == "network-specific"])
	}
	prefixes, advertised := targets(having(rows, "nat64-prefix", 6)), targets(having(rows, "pref64", 6))
	if len(prefixes) > 0 && len(advertised) > 0 && !slices.Equal(prefixes, advertised) {
		say("The resolver translates under %s, but the routers advertise %s. One of them is out of date, and programs that believe it will fail.", strings.Join(prefixes, " and "), strings.Join(advertised, " and "))
	}
	if through, tried := count(having(rows, "nat64", 6)); tried > 0 && through == 0 {
		say("The resolver makes AAAA records for a NAT64, but nothing answers through it. Names with IPv4 only cannot be reached over IPv6 until the translator works (RFC 6146).")
	}
	if over4, tried := count(having(rows, "connect", 4)); tried > 0 && over4 == 0 {
		if through, _ := count(having(rows, "nat64", 6)); through == 0 {
			say("IPv4 reaches no control host, and there is no NAT64 in its place: sites without IPv6 cannot be reached.")
		}
	}
	if slices.ContainsFunc(having(rows, "address", 6), func(r Check) bool { return strings.HasPrefix(r.Detail, "the address carries") }) {
		say("An IPv6 address carries the hardware address of its interface, which lets the machine be followed from network to network. Use stable opaque or temporary identifiers (RFC 7217, RFC 8981).")
	}
	if slices.ContainsFunc(rows, func(r Check) bool {
		return r.Test == "connect" && r.Family == 0 && r.Result == "untested"
	}) {
		say("No control host was given, so nothing was connected to: name web servers that you may use and that work over both families, as --control www.example.net:443.")
	}
	if slices.ContainsFunc(rows, func(r Check) bool { return r.Test == "resolver" && r.Result == "untested" }) {
		say("No resolver was given, so no name was looked up: name yours as --resolver 192.0.2.53, or --resolver system for that of this machine.")
	}
	return advice
}

// targets returns the targets of the rows that are ok, ascending.
func targets(rows []Check) (all []string) {
	for _, r := range rows {
		if r.Result == "ok" && !slices.Contains(all, r.Target) {
			all = append(all, r.Target)
		}
	}
	slices.Sort(all)
	return all
}
