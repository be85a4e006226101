package analysis

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// answered answers a question over a store.
func answered(t *testing.T, store *table.Store, q *Question) *Answer {
	t.Helper()
	countRoutes(t, store)
	e, err := engine.Open(store, datasets.All(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	a, err := answer(t.Context(), e, newLineage(store.At), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// countRoutes makes what questions read in place of the store's route_states.
func countRoutes(t *testing.T, store *table.Store) {
	t.Helper()
	if _, err := derive.Run(t.Context(), store, []derive.Derivation{derive.RouteCounts}); err != nil {
		t.Fatal(err)
	}
}

// columnsOf returns the values of some columns, a line for each row.
func columnsOf(t *testing.T, a *Answer, names ...string) string {
	t.Helper()
	var lines []string
	for _, row := range a.Result.Rows {
		var values []string
		for _, name := range names {
			i := slices.IndexFunc(a.Result.Columns, func(c table.ResultColumn) bool { return c.Name == name })
			if i < 0 {
				t.Fatalf("%s has no column %s", a.Question.Slug, name)
			}
			switch v := row[i].(type) {
			case nil:
				values = append(values, "null")
			case float64:
				values = append(values, fmt.Sprintf("%.3g", v))
			default:
				values = append(values, fmt.Sprint(v))
			}
		}
		lines = append(lines, strings.Join(values, " | "))
	}
	return strings.Join(lines, "\n")
}

func check(t *testing.T, a *Answer, got, want string) {
	t.Helper()
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("%s:\n%s\nwant\n%s", a.Question.Slug, got, want)
	}
}

var firstOfMay = time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)

// readiness returns rows of a run of a source, with a class for each domain.
func readiness(source string, day int, change func(*datasets.DomainReadiness), classes ...string) (rows []datasets.DomainReadiness) {
	at := firstOfMay.AddDate(0, 0, day)
	for i, class := range classes {
		class, cause, _ := strings.Cut(class, " ")
		r := datasets.DomainReadiness{
			RunID: source + "/" + at.Format("20060102"), RunTime: at, VantageASN: 64500, ListID: "top", ListDate: &firstOfMay, Rank: uint32(i + 1), Stratum: "1k", Refreshed: true,
			Domain: fmt.Sprintf("d%d.example", i), Service: "web", Class: class, Cause: cause,
		}
		change(&r)
		rows = append(rows, r)
	}
	return rows
}

func unchanged(*datasets.DomainReadiness) {}

// TestProbeRuns: a run is compared within its source and list, and what changed between two runs is named.
func TestProbeRuns(t *testing.T) {
	store := tables.Store(t)
	later := firstOfMay.AddDate(0, 0, 3)
	moved := func(r *datasets.DomainReadiness) { r.VantageASN = 64501 }
	renewed := func(r *datasets.DomainReadiness) { moved(r); r.ListDate = &later }
	drawn := func(r *datasets.DomainReadiness) { renewed(r); r.SampleSeed, r.Panel = 7, true }
	write(t, store, datasets.DomainReadinesses, "a", slices.Concat(
		readiness("home", 0, unchanged, "ready", "none"), readiness("away", 1, unchanged, "none", "none"), readiness("home", 2, unchanged, "ready", "ready"),
		readiness("home", 3, moved, "ready"), readiness("home", 4, renewed, "ready"), readiness("home", 5, drawn, "ready"))...)
	a := answered(t, store, ipv6Readiness)
	got := columnsOf(t, a, "series", "sample", "ready_share", "break")
	check(t, a, got, `
web, home | level | 0.5 | 
web, away | level | 0 | 
web, home | level | 1 | 
web, home | level | 1 | vantage: AS64500 to AS64501
web, home | level | 1 | list: 2024-05-01 to 2024-05-04
web, home | level | 1 | method: the whole list to a drawn sample
web (panel), home | panel | 1 | `)
	if want := "On 6 May 2024, 100 % of the websites that were judged on the list top were ready for IPv6."; a.Lead != want {
		t.Errorf("lead %q, want %q", a.Lead, want)
	}
	if f := a.Figures[0]; f.Change == nil || f.Change.NotComparable != "method: the whole list to a drawn sample" {
		t.Errorf("figure %+v", f)
	}
	strata := answered(t, store, ipv6Strata)
	check(t, strata, columnsOf(t, strata, "series", "ranks", "break")[:34], "web, 1k, home | 1 to 1,000 | \nweb,")
}

// TestUnknownDomains: domains that could not be judged are of the denominator of the coverage and of no share, withhold the
// figure, and are not domains that are not ready. A cause that a run lacks has a row.
func TestUnknownDomains(t *testing.T) {
	store := tables.Store(t)
	write(t, store, datasets.DomainReadinesses, "a", slices.Concat(
		readiness("home", 0, unchanged, "none no-aaaa", "none no-aaaa", "broken timeout", "ready", "unknown lookup-failed", "n/a not-offered"),
		readiness("home", 1, unchanged, "unknown lookup-failed", "unknown lookup-failed"))...)
	a := answered(t, store, ipv6Causes)
	check(t, a, columnsOf(t, a, "series", "domains", "share_of_not_ready", "not_ready", "judged", "offering"), `
no-aaaa | 2 | 0.667 | 3 | 4 | 5
timeout | 1 | 0.333 | 3 | 4 | 5
unknown: lookup-failed | 1 | null | 3 | 4 | 5
no-aaaa | 0 | null | 0 | 0 | 2
timeout | 0 | null | 0 | 0 | 2
unknown: lookup-failed | 2 | null | 0 | 0 | 2`)
	if want := "On 2 May 2024, no website is known to be unready for IPv6."; a.Lead != want {
		t.Errorf("lead %q, want %q", a.Lead, want)
	}
	a = answered(t, store, ipv6Readiness)
	if s := a.Standing; *s.Known != 0 || *s.Of != 2 || s.Things != "domains" {
		t.Errorf("standing %+v", s)
	}
	if f := a.Figures[0]; f.Value != nil || !strings.HasPrefix(f.Withheld, "2 of 2 domains are unknown. To know them, collect another probe run") {
		t.Errorf("figure %+v", f)
	}
	if want := "No website on the list top could be judged on 2 May 2024."; a.Lead != want {
		t.Errorf("lead %q, want %q", a.Lead, want)
	}
}

// TestResolvability: a domain that is found in part counts by the step that fails, one that is unknown has no share, and
// top-level domains and the root are counted by themselves.
func TestResolvability(t *testing.T) {
	store := tables.Store(t)
	found := func(domain, service, resolvable, step, zone string) datasets.DomainReadiness {
		r := readiness("home", 0, unchanged, "ready")[0]
		r.Domain, r.Service, r.Resolvable, r.FailingStep, r.FailingZone = domain, service, resolvable, step, zone
		return r
	}
	write(t, store, datasets.DomainReadinesses, "a", found("a.example", "domain", "yes", "", ""), found("a.example", "dns", "yes", "", ""), found("b.example", "domain", "no", "no-glue", "b.example"),
		found("c.example", "domain", "some", "no-aaaa", "cdn.example"), found("d.example", "domain", "unknown", "root", "."), found("e.example", "domain", "", "", ""),
		found("example", "dns", "yes", "", ""), found("example", "domain", "", "", ""), found(".", "dns", "yes", "", ""), found(".", "domain", "", "", ""))
	a := answered(t, store, ipv6Resolvability)
	check(t, a, columnsOf(t, a, "names", "step", "domains", "share", "judged", "offering", "example", "example_zone"), `
domains | found | 1 | 0.333 | 3 | 4 | a.example | 
domains | no-aaaa | 1 | 0.333 | 3 | 4 | c.example | cdn.example
domains | no-glue | 1 | 0.333 | 3 | 4 | b.example | b.example
domains | ns-zone | 0 | 0 | 3 | 4 |  | 
domains | no-answer | 0 | 0 | 3 | 4 |  | 
domains | loop | 0 | 0 | 3 | 4 |  | 
domains | unknown | 1 | null | 3 | 4 | d.example | .
root | found | 1 | 1 | 1 | 1 | . | 
root | no-aaaa | 0 | 0 | 1 | 1 |  | 
root | no-glue | 0 | 0 | 1 | 1 |  | 
root | ns-zone | 0 | 0 | 1 | 1 |  | 
root | no-answer | 0 | 0 | 1 | 1 |  | 
root | loop | 0 | 0 | 1 | 1 |  | 
root | unknown | 0 | null | 1 | 1 |  | 
top-level domains | found | 1 | 1 | 1 | 1 | example | 
top-level domains | no-aaaa | 0 | 0 | 1 | 1 |  | 
top-level domains | no-glue | 0 | 0 | 1 | 1 |  | 
top-level domains | ns-zone | 0 | 0 | 1 | 1 |  | 
top-level domains | no-answer | 0 | 0 | 1 | 1 |  | 
top-level domains | loop | 0 | 0 | 1 | 1 |  | 
top-level domains | unknown | 0 | null | 1 | 1 |  | `)
	if want := "On 1 May 2024, a resolver without IPv4 found 33.3 % of the domains that could be judged."; a.Lead != want {
		t.Errorf("lead %q, want %q", a.Lead, want)
	}
	for lead, root := range map[string]datasets.DomainReadiness{
		"On 1 May 2024, a resolver without IPv4 found the servers of the root zone.":                       found(".", "dns", "yes", "", ""),
		"On 1 May 2024, a resolver without IPv4 did not find the servers of the root zone.":                found(".", "dns", "no", "no-answer", "."),
		"On 1 May 2024, it is unknown whether a resolver without IPv4 finds the servers of the root zone.": found(".", "dns", "unknown", "root", "."),
	} {
		store := tables.Store(t)
		write(t, store, datasets.DomainReadinesses, "a", root)
		if a := answered(t, store, ipv6Resolvability); a.Lead != lead {
			t.Errorf("lead %q, want %q", a.Lead, lead)
		}
	}
}

// TestUnknownRoutes: without a table or payloads a route is unknown, never missing, not routed, or 0 % valid.
func TestUnknownRoutes(t *testing.T) {
	store := tables.Store(t)
	address := func(day int, n int, routed, rov string) datasets.DomainAddress {
		at := firstOfMay.AddDate(0, 0, day)
		a := datasets.DomainAddress{RunID: "home/" + at.Format("20060102"), RunTime: at, ListID: "top", Domain: fmt.Sprintf("d%d.example", n), HostKind: "apex", Host: "h", Family: 6,
			Address: fmt.Sprintf("2a0f::%x", n), Standing: "global", Tests: 1, Routed: routed, ROVState: rov}
		if routed == "yes" {
			a.OriginASN, a.ASName, a.Prefix, a.Verdict = 64500, "Example", "2a0f::/32", "unknown"
		}
		return a
	}
	write(t, store, datasets.DomainReadinesses, "a", slices.Concat(readiness("home", 0, unchanged, "ready", "ready"), readiness("home", 1, unchanged, "ready", "ready"))...)
	write(t, store, datasets.DomainAddresses, "a",
		address(0, 1, "yes", "valid"), address(0, 2, "yes", "unknown"), address(0, 3, "no", ""), address(0, 4, "yes", "not-found"),
		address(1, 1, "unknown", ""), address(1, 2, "unknown", ""))
	routes := answered(t, store, ipv6Routes)
	check(t, routes, columnsOf(t, routes, "series", "addresses", "share", "visibility", "not_global", "known_addresses", "of_addresses"), `
valid | 1 | 0.25 | null | null | 3 | 4
not-found | 1 | 0.25 | null | null | 3 | 4
invalid-origin | 0 | 0 | null | null | 3 | 4
invalid-length | 0 | 0 | null | null | 3 | 4
not routed | 1 | 0.25 | null | null | 3 | 4
unknown: no payloads | 1 | 0.25 | null | null | 3 | 4
unknown: no table | 0 | 0 | null | null | 3 | 4
valid | 0 | 0 | null | null | 0 | 2
not-found | 0 | 0 | null | null | 0 | 2
invalid-origin | 0 | 0 | null | null | 0 | 2
invalid-length | 0 | 0 | null | null | 0 | 2
not routed | 0 | 0 | null | null | 0 | 2
unknown: no payloads | 0 | 0 | null | null | 0 | 2
unknown: no table | 2 | 1 | null | null | 0 | 2`)
	if want := "On 2 May 2024, it is unknown how the IPv6 addresses of domains are routed."; routes.Lead != want {
		t.Errorf("lead %q, want %q", routes.Lead, want)
	}
	hosting := answered(t, store, ipv6Hosting)
	check(t, hosting, columnsOf(t, hosting, "network", "domains", "share_of_domains", "prefixes", "rov_valid_share", "rov_invalid_addresses", "judged", "domains_with_ipv6"),
		"unknown: no routing table | 2 | null | null | null | null | 0 | 2")
	if want := "On 2 May 2024, no IPv6 address of a website was found in a routing table."; hosting.Lead != want {
		t.Errorf("lead %q, want %q", hosting.Lead, want)
	}
	servers := answered(t, store, ipv6Servers)
	check(t, servers, columnsOf(t, servers, "servers", "hosts", "share", "working")[:30], "name servers | 0 | null | null")
	bad := answered(t, store, ipv6BadAddresses)
	if len(bad.Result.Rows) != 0 {
		t.Errorf("bad addresses %v", bad.Result.Rows)
	}
}

// TestBadAddresses: the counts are those of the whole run, and an address that was not tested is unknown.
func TestBadAddresses(t *testing.T) {
	store := tables.Store(t)
	write(t, store, datasets.DomainReadinesses, "a", readiness("home", 0, unchanged, "ready")...)
	var rows []datasets.DomainAddress
	for i, standing := range []string{"special", "global", "global", "global", "dns64", "unknown"} {
		rows = append(rows, datasets.DomainAddress{RunID: "home/20240501", RunTime: firstOfMay, ListID: "top", Domain: fmt.Sprintf("d%d.example", i/2), HostKind: "apex", Host: "h", Family: 6,
			Address: fmt.Sprintf("2a0f::%x", i), Standing: standing, Tests: uint32(i % 3), Failing: []string{"", "https=timeout", ""}[i%3]})
	}
	write(t, store, datasets.DomainAddresses, "a", rows...)
	a := answered(t, store, ipv6BadAddresses)
	check(t, a, columnsOf(t, a, "address", "problem", "special_records", "failing_records", "affected", "domains", "judged", "records"), `
2a0f::0 | special-purpose | 1 | 1 | 1 | 3 | 3 | 5
2a0f::1 | does not work | 1 | 1 | 1 | 3 | 3 | 5`)
	if want := "On 1 May 2024, 1 of 3 domains with IPv6 addresses had one that leads nowhere."; a.Lead != want {
		t.Errorf("lead %q, want %q", a.Lead, want)
	}
}

// TestUntestedConnection: what had nothing to be tested with is unknown, and a connection that lost its prefix has none.
func TestUntestedConnection(t *testing.T) {
	store := tables.Store(t)
	row := func(day int, test, target, result string) datasets.VantageCheck {
		at := firstOfMay.AddDate(0, 0, day)
		return datasets.VantageCheck{RunID: fmt.Sprint(day), RunTime: at, Vantage: "home", Test: test, Family: 6, Target: target, Result: result, Class: "well-known", RFC: "RFC 6052"}
	}
	write(t, store, datasets.VantageChecks, "a", row(0, "connect", "a.example", "ok"), row(0, "nat64-prefix", "64:ff9b::/96", "ok"), row(0, "dns64", "r", "ok"),
		row(1, "connect", "b.example", "untested"), row(1, "dns64", "r", "absent"), row(1, "nat64", "b.example", "timeout"))
	a := answered(t, store, vantageAbilities)
	check(t, a, columnsOf(t, a, "score", "ipv6_reached", "ipv6_tried", "black_holes", "validates", "tested", "checks", "break"), `
null | 1 | 1 | null | null | 3 | 3 | 
null | null | 0 | null | null | 2 | 3 | method: other control hosts`)
	if want := "On 2 May 2024, the connection home could not be tested completely, so it has no score."; a.Lead != want {
		t.Errorf("lead %q, want %q", a.Lead, want)
	}
	a = answered(t, store, nat64Seen)
	check(t, a, columnsOf(t, a, "what", "result", "found", "prefixes", "answered", "checks"), `
the resolver synthesises | absent | no | 0 | 1 | 2
IPv4 through the translator | timeout | no | 0 | 1 | 2
prefix for translation | ok | yes | 1 | 2 | 2
the resolver synthesises | ok | no | 1 | 2 | 2`)
	if want := "On 2 May 2024, the connection home showed no prefix for translation between IPv6 and IPv4."; a.Lead != want {
		t.Errorf("lead %q, want %q", a.Lead, want)
	}
}

// TestTranslationAnswers: what the resolver's DNS64 made says nothing about a domain, and a lookup that failed is unknown.
func TestTranslationAnswers(t *testing.T) {
	store := tables.Store(t)
	lookup := func(domain, qtype, address, result string, dns64 bool) datasets.IPv6Probe {
		return datasets.IPv6Probe{RunID: "home/1", StartedAt: firstOfMay, ListID: "top", Domain: domain, HostKind: "apex", Host: domain, Test: "lookup", QType: qtype, Address: address, Result: result, ThroughDNS64: dns64}
	}
	write(t, store, datasets.IPv6Probes, "a",
		lookup("a.example", "A", "100.64.0.1", "ok", false), lookup("a.example", "AAAA", "64:ff9b::1", "ok", false),
		lookup("b.example", "A", "", "no-data", false), lookup("b.example", "AAAA", "64:ff9b::2", "ok", true),
		lookup("c.example", "A", "192.0.2.1", "ok", false), lookup("c.example", "AAAA", "", "timeout", false))
	a := answered(t, store, translationAnswers)
	check(t, a, columnsOf(t, a, "document", "domains", "addresses", "hosts", "domains_in_any", "answered", "looked_up", "vantage"), `
RFC 6052 | 1 | 1 | a.example | 1 | 2 | 3 | home
RFC 6598 | 1 | 1 | a.example | 1 | 2 | 3 | home
RFC 8215 | 0 | 0 |  | 1 | 2 | 3 | home`)
	if want := "On 1 May 2024, 1 of 3 domains had an address to which no public name should lead."; a.Lead != want {
		t.Errorf("lead %q, want %q", a.Lead, want)
	}
}

// TestHeadlines: the rows that a chart puts first can be found in the answer.
func TestHeadlines(t *testing.T) {
	store := tables.Store(t)
	for _, q := range Questions() {
		if q.Chart == nil || q.Chart.Headline == nil {
			continue
		}
		a := answered(t, store, q)
		for column, value := range q.Chart.Headline {
			if !slices.ContainsFunc(a.Result.Columns, func(c table.ResultColumn) bool { return c.Name == column }) || !strings.Contains(q.Lead, fmt.Sprintf("%q %q", column, value)) {
				t.Errorf("%s: its lead does not choose rows with %s = %s", q.Slug, column, value)
			}
		}
		if q.Chart.Low != "" && q.Chart.Band == "" {
			t.Errorf("%s: the band has no name", q.Slug)
		}
	}
}

// TestDefinitions: a domain with a record that leads nowhere is ready by those who only look for records, and each definition fails at
// its own step.
func TestDefinitions(t *testing.T) {
	store := tables.Store(t)
	var rows []datasets.DomainReadiness
	add := func(domain, service, class, cause string, hosts, hosts6, addresses, working, special uint32) {
		r := readiness("home", 0, unchanged, class+" "+cause)[0]
		r.Domain, r.Service, r.Hosts, r.HostsIPv6, r.Addresses6, r.Working6, r.Special6 = domain, service, hosts, hosts6, addresses, working, special
		rows = append(rows, r)
	}
	add("good.example", "dns", "ready", "", 2, 1, 1, 1, 0) // one name server over IPv6
	add("good.example", "mail", "n/a", "null-mx", 0, 0, 0, 0, 0)
	add("good.example", "web", "ready", "", 2, 2, 2, 2, 0)
	add("good.example", "domain", "all", "", 0, 0, 0, 0, 0)
	add("half.example", "dns", "ready", "", 2, 2, 2, 2, 0)
	add("half.example", "mail", "none", "no-aaaa", 1, 0, 0, 0, 0)
	add("half.example", "web", "partial", "some-fail", 2, 2, 2, 1, 0)
	add("half.example", "domain", "some", "services", 0, 0, 0, 0, 0)
	add("special.example", "dns", "ready", "", 2, 2, 2, 2, 0)
	add("special.example", "mail", "n/a", "null-mx", 0, 0, 0, 0, 0)
	add("special.example", "web", "invalid-aaaa", "special-aaaa", 2, 0, 0, 0, 1)
	add("special.example", "domain", "none", "web", 0, 0, 0, 0, 0)
	add("dark.example", "dns", "unknown", "lookup-failed", 2, 0, 0, 0, 0)
	add("dark.example", "mail", "unknown", "lookup-failed", 0, 0, 0, 0, 0)
	add("dark.example", "web", "unknown", "lookup-failed", 2, 0, 0, 0, 0)
	add("dark.example", "domain", "unknown", "lookup-failed", 0, 0, 0, 0, 0)
	write(t, store, datasets.DomainReadinesses, "a", rows...)
	a := answered(t, store, ipv6Definitions)
	check(t, a, columnsOf(t, a, "definition", "meet", "only_they", "only_they_step", "only_we", "only_we_step", "judged", "offering"), `
Tidemark, website | 1 | 0 |  | 0 |  | 3 | 4
Tidemark, whole domain | 1 | 0 |  | 0 |  | 3 | 4
internet.nl | 0 | 0 |  | 1 | fewer than two name servers | 3 | 4
NIST USGv6 | 1 | 0 |  | 0 |  | 3 | 4
whynoipv6 | 1 | 0 |  | 0 |  | 3 | 4
Hurricane Electric | 3 | 2 | some-fail | 0 |  | 3 | 4`)
}

// TestLost: a domain is lost where the last run that knew it had it ready; an unknown state is not a loss, and runs of another place do
// not count.
func TestLost(t *testing.T) {
	store := tables.Store(t)
	write(t, store, datasets.DomainReadinesses, "a", slices.Concat(
		readiness("home", 0, unchanged, "ready", "ready", "none no-aaaa", "ready"),
		readiness("away", 1, unchanged, "none no-aaaa", "none no-aaaa", "none no-aaaa", "none no-aaaa"),
		readiness("home", 2, unchanged, "unknown lookup-failed", "ready", "ready", "broken timeout"),
		readiness("home", 3, unchanged, "none no-aaaa", "ready", "ready", "broken timeout"))...)
	a := answered(t, store, ipv6Lost)
	check(t, a, columnsOf(t, a, "vantage", "domain", "cause", "lost", "gained", "compared", "offering"), `
home | d0.example | no-aaaa | 1 | 0 | 4 | 4
home | d3.example | timeout | 1 | 1 | 3 | 4
away |  |  | 0 | 0 | 0 | 4
home |  |  | 0 | 0 | 0 | 4`)
	if want := "On 4 May 2024, 1 website on the list top had lost IPv6 since the run before."; a.Lead != want {
		t.Errorf("lead %q, want %q", a.Lead, want)
	}
}

// TestLeague: groups by country code and generic domain, with their places, and the run before.
func TestLeague(t *testing.T) {
	store := tables.Store(t)
	under := func(ending string) func(*datasets.DomainReadiness) {
		return func(r *datasets.DomainReadiness) { r.Domain += ending }
	}
	write(t, store, datasets.DomainReadinesses, "a", slices.Concat(
		readiness("home", 0, under(".hu"), "none no-aaaa", "ready"), readiness("home", 0, under(".at"), "ready", "ready"),
		readiness("home", 1, under(".hu"), "ready", "ready"), readiness("home", 1, under(".at"), "ready", "none no-aaaa", "unknown lookup-failed"))...)
	write(t, store, datasets.DomainAddresses, "a", datasets.DomainAddress{
		RunID: "home/20240502", RunTime: firstOfMay.AddDate(0, 0, 1), ListID: "top", Domain: "d0.example.hu", HostKind: "www", Family: 4, Routed: "yes", OriginASN: 64500, ASName: "HOST"})
	a := answered(t, store, ipv6League)
	check(t, a, columnsOf(t, a, "kind", "member", "position", "share", "judged", "offering", "position_before", "share_before"), `
list | top | 1 | 0.75 | 4 | 5 | 1 | 0.75
rank | 1k | 1 | 0.75 | 4 | 5 | 1 | 0.75
country | .hu | 1 | 1 | 2 | 2 | 2 | 0.5
country | .at | 2 | 0.5 | 2 | 3 | 1 | 1
hoster | AS64500 HOST | 1 | 1 | 1 | 1 | null | null`)
}

// TestVantages: a website that is not ready from one place only is named with the place, and a place that saw nothing does not count.
func TestVantages(t *testing.T) {
	store := tables.Store(t)
	write(t, store, datasets.DomainReadinesses, "a", slices.Concat(
		readiness("home", 0, unchanged, "ready", "ready", "none no-aaaa"),
		readiness("away", 1, unchanged, "broken timeout", "ready", "none no-aaaa"),
		readiness("third", 2, unchanged, "ready", "unknown lookup-failed", "ready"))...)
	a := answered(t, store, ipv6Vantages)
	check(t, a, columnsOf(t, a, "vantage", "vantages", "compared", "agreed", "broken_here_only_domains", "ready_here_only_domains"), `
third | 3 | 2 | 0 |  | d2.example
away | 3 | 3 | 1 | d0.example | 
home | 3 | 3 | 1 |  | `)
}
