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
		for _, r := range having(rows, "connect", 6) {
			if r.Result == "untested" && r.Class == withoutAAAA { // a control has both families: its AAAA is filtered or forged
				all++
			}
		}
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

// adviser says in plain words what the rows of a run mean and what to do about it.
type adviser struct {
	rows   []Check
	advice []string
}

// advise returns the advice, the worst first.
func advise(rows []Check) []string {
	a := &adviser{rows: rows, advice: []string{}}
	for _, about := range []func(){a.reach, a.addresses, a.path, a.resolvers, a.translation, a.inPlaceOfIPv4, a.privacy, a.untested} {
		about()
	}
	return a.advice
}

func (a *adviser) say(format string, args ...any) {
	a.advice = append(a.advice, fmt.Sprintf(format, args...))
}

func (a *adviser) has(test string, family uint32, results ...string) bool {
	return slices.ContainsFunc(having(a.rows, test, family), func(r Check) bool { return slices.Contains(results, r.Result) })
}

// reach is about what this machine reaches over IPv6.
func (a *adviser) reach() {
	connected, tried := count(having(a.rows, "connect", 6))
	switch {
	case a.has("address", 6, "absent"):
		a.say("This machine has no IPv6 address. Ask your provider: “I have no IPv6. Please switch it on for my line, and tell me how my router gets its prefix.” On a router of your own, switch IPv6 and its router advertisements on.")
	case !a.has("default-route", 6, "ok"):
		a.say("There is an IPv6 address, but no IPv6 route to the Internet. No router of the link offers itself as the way out: check its advertisements (RFC 4861), and that no firewall drops ICMPv6 (RFC 4890).")
	case tried > 0 && connected == 0:
		a.say("IPv6 looks configured but reaches none of the %d control hosts. Programs try it first and lose time at every connection: mend the path, or switch IPv6 off until it is mended.", tried)
	case connected < tried:
		a.say("IPv6 reaches %d of the %d control hosts. Ask your provider about the way to the others.", connected, tried)
	}
}

// addresses is about this machine's own addresses.
func (a *adviser) addresses() {
	scopes := map[string]bool{}
	for _, r := range having(a.rows, "address", 6) {
		scopes[r.Class] = true
	}
	if connected, _ := count(having(a.rows, "connect", 6)); scopes["unique-local"] && !scopes["global"] && connected > 0 {
		a.say("The only IPv6 addresses are unique-local ones (RFC 4193), which something on the way translates (RFC 6296). Programs prefer IPv4 then (RFC 6724): ask your provider for a prefix of your own.")
	} else if scopes["unique-local"] && !scopes["global"] {
		a.say("The only IPv6 addresses are unique-local ones (RFC 4193), which the Internet does not route. Ask your provider for a prefix: “My router announces only unique-local addresses; please delegate me an IPv6 prefix by DHCPv6 (RFC 9915).”")
	}
	connected, _ := count(having(a.rows, "connect", 6))
	if won4, _ := count(having(a.rows, "dual-stack", 4)); won4 > 0 && connected > 0 {
		a.say("IPv6 works, but where a host has both families IPv4 is connected first, so that IPv6 goes unused. Ask your provider: “Why does my line need more than %d ms longer over IPv6 than over IPv4?”", attemptDelay)
	}
	if scopes["teredo"] || scopes["6to4"] {
		a.say("An address of Teredo or 6to4 is in use. Both rest on relays that hardly exist any more (RFC 7526): switch them off and ask for native IPv6.")
	}
}

// path is about packets that are lost for their size.
func (a *adviser) path() {
	for _, family := range []uint32{6, 4} {
		for _, r := range having(a.rows, "large-exchange", family) {
			if r.Result != "black-hole" {
				continue
			}
			remedy := "let ICMPv6 packet-too-big pass (type 2, RFC 4890 section 4.3.1), or have the router clamp the segments of TCP"
			if family == 4 {
				remedy = "let ICMP fragmentation-needed pass (RFC 1191), or have the router clamp the segments of TCP"
			}
			a.say("Connections to %s over IPv%d open and then hang: %s. Something on the path swallows what should say so; %s.", r.Target, family, r.Detail, remedy)
		}
	}
}

func (a *adviser) resolvers() {
	if ok, all := count(slices.Concat(having(a.rows, "resolver", 4), having(a.rows, "resolver", 6))); all > 0 && ok == 0 {
		a.say("No resolver answers. Check the addresses and port 53, or name another with --resolver.")
	} else if all > 0 {
		switch over6, tried6 := count(having(a.rows, "resolver", 6)); {
		case tried6 == 0:
			a.say("Every resolver in use has an IPv4 address. Should IPv4 go away, no name would be found: have the router or DHCPv6 give an IPv6 one as well (RFC 8106, RFC 3646).")
		case over6 == 0:
			a.say("The resolver with an IPv6 address does not answer. It should listen there on port 53 over UDP and TCP.")
		}
	}
	if a.has("resolver-aaaa", 4, "absent", "error", "timeout") || a.has("resolver-aaaa", 6, "absent", "error", "timeout") {
		a.say("A resolver gives no AAAA record for a name that has one, or one that is not a public address. Something filters or forges them; use another resolver.")
	}
}

// translation is about DNS64 and NAT64.
func (a *adviser) translation() {
	prefixes, advertised, withdrawn := []string{}, targets(having(a.rows, "pref64", 6)), []string{}
	for _, r := range having(a.rows, "nat64-prefix", 6) {
		if r.Detail == onlyAdvertised {
			continue
		}
		prefixes = append(prefixes, r.Target)
		a.say("The resolver translates: it makes AAAA records under %s (%s). %s Programs can learn the prefix by RFC 7050, as was done here, or better from router advertisements (RFC 8781).",
			r.Target, r.RFC, map[string]string{
				"well-known":       "That is the well-known prefix; IPv4 addresses that are not global cannot be reached through it.",
				"local-use":        "That is a prefix for translation inside a network; it must not be seen outside.",
				"network-specific": "That is a prefix of the network’s own.",
			}[r.Class])
	}
	slices.Sort(prefixes)
	for _, r := range having(a.rows, "pref64", 6) {
		switch {
		case r.Result == "withdrawn":
			withdrawn = append(withdrawn, r.Target)
		case strings.Contains(r.Detail, shorterThanRouter):
			a.say("The prefix %s is advertised for a shorter time than its router (RFC 8781 section 4.1): programs lose it between two advertisements. Let its lifetime be at least the router's.", r.Target)
		}
	}
	switch {
	case len(prefixes) > 0 && len(advertised) > 0 && !slices.Equal(prefixes, advertised):
		a.say("The resolver translates under %s, but the routers advertise %s. One of them is out of date, and programs that believe it will fail.", strings.Join(prefixes, " and "), strings.Join(advertised, " and "))
	case len(prefixes) > 0 && len(withdrawn) > 0 && len(advertised) == 0:
		a.say("The routers have withdrawn %s (lifetime 0, RFC 8781 section 4.1), but the resolver still translates under %s. One of them is out of date.", strings.Join(withdrawn, " and "), strings.Join(prefixes, " and "))
	}
	if only, _ := count(having(a.rows, "ipv6-only-preferred", 4)); only > 0 && len(prefixes)+len(advertised) == 0 {
		a.say("The network says that hosts may do without IPv4 (option 108, RFC 8925), but no NAT64 was found: what believes it reaches no site without IPv6. Say to your provider: “Your DHCP server sends option 108, and I find neither DNS64 nor PREF64.”")
	}
	if through, tried := count(having(a.rows, "nat64", 6)); tried > 0 && through == 0 {
		a.say("There is a prefix for a NAT64, but nothing answers through it. Names with IPv4 only cannot be reached over IPv6 until the translator works (RFC 6146).")
	}
}

func (a *adviser) inPlaceOfIPv4() {
	over4, tried := count(having(a.rows, "connect", 4))
	through, translators := count(having(a.rows, "nat64", 6))
	if tried > 0 && over4 == 0 && through == 0 {
		if translators == 0 {
			a.say("IPv4 reaches no control host, and no NAT64 was found in its place: sites without IPv6 cannot be reached.")
		} else {
			a.say("IPv4 reaches no control host, and no NAT64 works in its place: sites without IPv6 cannot be reached.")
		}
	}
}

func (a *adviser) privacy() {
	if slices.ContainsFunc(having(a.rows, "address", 6), func(r Check) bool { return strings.HasPrefix(r.Detail, "the address carries") }) {
		a.say("An IPv6 address carries the hardware address of its interface, which lets the machine be followed from network to network. Use stable opaque or temporary identifiers (RFC 7217, RFC 8981).")
	}
}

// untested is about what the user did not name.
func (a *adviser) untested() {
	if slices.ContainsFunc(a.rows, func(r Check) bool {
		return r.Test == "connect" && r.Family == 0 && r.Result == "untested"
	}) {
		a.say("No control host was given, so nothing was connected to: name web servers that you may use and that work over both families, as --control www.example.net:443.")
	}
	if slices.ContainsFunc(a.rows, func(r Check) bool { return r.Test == "resolver" && r.Result == "untested" }) {
		a.say("No resolver was given, so no name was looked up: name yours as --resolver 192.0.2.53, or --resolver system for that of this machine.")
	}
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
