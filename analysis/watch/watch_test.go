package watch_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/watch"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit/tables"
)

// at is a time of the tests' day.
func at(hour int) time.Time { return time.Date(2020, 1, 1, hour, 0, 0, 0, time.UTC) }

func ptr[T any](v T) *T { return &v }

// world is a store that is filled hour by hour.
type world struct {
	t     *testing.T
	store *table.Store
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{t, &table.Store{Dir: filepath.Join(t.TempDir(), "datasets"), Program: "test"}}
}

// route is a route as an hour shows it: prefix, origin and how many of ten full feeds carry it.
func route(prefix string, origin uint32, feeds int64) datasets.RouteState {
	p := netip.MustParsePrefix(prefix)
	return datasets.RouteState{Family: netaddr.Family(p.Addr()), Prefix: prefix, PrefixLength: uint32(p.Bits()), OriginASN: origin, Verdict: "global", ROVState: "not-found", BogonClass: "none",
		FullFeedPeers: &feeds, FullFeedTotal: ptr[int64](10), FullFeedASes: ptr[int64](8)}
}

// hour commits the routes that collectors show at a time.
func (w *world) hour(time time.Time, collectors string, routes ...datasets.RouteState) {
	w.t.Helper()
	for i := range routes {
		routes[i].Time, routes[i].Collectors = time, collectors
	}
	tables.Commit(w.t, w.store, datasets.RouteStates, table.Key{Day: time.Truncate(24 * hours), Name: time.Format("2006-01-02T15")}, routes...)
}

const hours = time.Hour

// events commits events of routes.
func (w *world) events(events ...datasets.RouteEvent) {
	w.t.Helper()
	for i := range events {
		e := &events[i]
		if p, err := netip.ParsePrefix(e.Prefix); err == nil {
			e.Family = ptr(int64(netaddr.Family(p.Addr())))
		}
		e.PeakTime = e.SeenFrom
	}
	tables.Commit(w.t, w.store, datasets.RouteEvents, table.Key{Day: at(0), Name: "all"}, events...)
}

// found returns what rules find, a line an alert: kind, subject, severity, and its hours as not before < seen from .. last seen < gone by.
func (w *world) found(rules ...watch.Rule) (lines []string) {
	w.t.Helper()
	for i := range rules {
		rules[i].Name = fmt.Sprint("rule ", i)
		if err := rules[i].Check(); err != nil {
			w.t.Fatal(err)
		}
	}
	found, err := watch.Find(w.t.Context(), w.store, rules)
	if err != nil {
		w.t.Fatal(err)
	}
	away, _ := tables.NewAway(w.t, w.store, datasets.All()...)
	again, err := watch.Find(w.t.Context(), away, rules)
	if err != nil || !reflect.DeepEqual(again, found) {
		w.t.Fatalf("of partitions that are elsewhere, day by day, it finds other alerts: %v\n%+v\nwant %+v", err, again, found)
	}
	ids := map[string]bool{}
	for i, a := range found.Alerts {
		if a.ID != again.Alerts[i].ID || ids[a.ID] {
			w.t.Errorf("%s has the identity %s, which is not its own", a.Text, a.ID)
		}
		ids[a.ID] = true
		if len(a.Evidence) == 0 || a.Evidence[0].SHA256 == "" {
			w.t.Errorf("%s has no evidence", a.Text)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s<%s..%s<%s", a.Kind, a.Subject, a.Severity, hourOf(a.NotBefore), hourOf(&a.SeenFrom), hourOf(&a.LastSeen), hourOf(a.GoneBy)))
	}
	return lines
}

func hourOf(t *time.Time) string {
	if t == nil {
		return "?"
	}
	return fmt.Sprint(int(t.Sub(at(0)).Hours()))
}

func (w *world) want(rules []watch.Rule, want ...string) {
	w.t.Helper()
	if got := w.found(rules...); !slices.Equal(got, want) {
		w.t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestMoreSpecificHijack follows the time line of the best-known one: a /22 in use, a /24 inside it from another AS for about two hours
// (Pakistan Telecom and YouTube, 24 February 2008, as RIPE NCC published it), answered by a /24 and two /25 of the holder.
func TestMoreSpecificHijack(t *testing.T) {
	w := newWorld(t)
	const ours, theirs = "208.65.152.0/22", "208.65.153.0/24"
	w.hour(at(18), "a,b", route(ours, 36561, 10))
	w.hour(at(19), "a,b", route(ours, 36561, 10), route(theirs, 17557, 7))
	w.hour(at(20), "a,b", route(ours, 36561, 10), route(theirs, 17557, 7), route(theirs, 36561, 3), route("208.65.153.0/25", 36561, 9), route("208.65.153.128/25", 36561, 9))
	w.hour(at(21), "a,b", route(ours, 36561, 10), route(theirs, 36561, 10), route("208.65.153.0/25", 36561, 9), route("208.65.153.128/25", 36561, 9))
	rule := watch.Rule{Prefixes: []string{ours}, Origins: []uint32{36561}}
	rule.Allowed = []string{theirs, "208.65.153.0/25", "208.65.153.128/25"}
	w.want([]watch.Rule{rule}, "origin-violates-rule 208.65.153.0/24 AS17557 critical 18<19..20<21")
	rule.Allowed = nil
	w.want([]watch.Rule{rule},
		"more-specific 208.65.153.0/24 AS17557 critical 18<19..20<21",
		"more-specific 208.65.153.0/24 AS36561 critical 19<20..21<?",
		"more-specific 208.65.153.0/25 AS36561 critical 19<20..21<?",
		"more-specific 208.65.153.128/25 AS36561 critical 19<20..21<?")
	w.timeLine(ours, "2020-01-01T18:00", "2020-01-01T22:00")
}

// TestForgedFirstAS: the origin is right and the neighbour is not. A customer of the AS, and a neighbour that the rule names, raise nothing.
func TestForgedFirstAS(t *testing.T) {
	w := newWorld(t)
	const origin = 209243
	links := func(hour int, links ...datasets.ASLink) {
		for i := range links {
			links[i].Time, links[i].Family, links[i].Paths, links[i].Vantages, links[i].Of = at(hour), 4, 4, 3, 10
		}
		tables.Commit(t, w.store, datasets.ASLinks, table.Key{Day: at(0), Name: at(hour).Format("2006-01-02T15")}, links...)
		w.hour(at(hour), "a", route("44.235.216.0/24", origin, 10))
	}
	provider := datasets.ASLink{ASNA: 3356, ASNB: origin, Relation: "provider"}
	customer := datasets.ASLink{ASNA: 500, ASNB: origin, Relation: "customer"}
	large := datasets.ASLink{ASNA: origin, ASNB: 400000, Relation: "provider"} // what origin is to it
	forged := datasets.ASLink{ASNA: 7224, ASNB: origin, Relation: "unknown"}
	links(1, provider, customer, large)
	links(2, provider, customer, large, forged)
	links(3, provider, customer, large)
	rule := watch.Rule{Prefixes: []string{"44.235.216.0/24"}, Origins: []uint32{origin}, Upstreams: []uint32{3356}}
	w.want([]watch.Rule{rule}, "upstream-violates-rule AS7224 beside AS209243 IPv4 warning 1<2..2<3")
}

// TestEvents: what the events of routes are to rules of prefixes and of ASes.
func TestEvents(t *testing.T) {
	w := newWorld(t)
	for hour := range 6 {
		w.hour(at(hour), "a", route("192.0.2.0/24", 64500, 10))
	}
	event := func(kind, prefix string, origin uint32, others string, from, last int, gone *time.Time) datasets.RouteEvent {
		return datasets.RouteEvent{Kind: kind, Prefix: prefix, OriginASN: origin, Others: others, NotBefore: ptr(at(from - 1)), SeenFrom: at(from), LastSeen: at(last), GoneBy: gone, Status: "ended"}
	}
	innocent := event("moas", "198.51.100.0/24", 64503, "64500", 2, 3, ptr(at(4)))
	innocent.Innocent = []string{"anycast"}
	unknown := event("route-leak", "192.0.2.0/24", 64500, "", 2, 2, nil)
	unknown.Status = "unknown"
	w.events(
		event("origin-change", "192.0.2.0/24", 64501, "64500", 2, 3, ptr(at(4))),
		innocent,
		event("more-specific-by-other-origin", "198.51.100.0/25", 64501, "64500", 3, 4, ptr(at(5))),
		event("rov-invalid", "192.0.2.0/24", 64500, "", 1, 1, ptr(at(2))), // by a mistaken maxLength
		event("new-bogon", "203.0.113.0/24", 64500, "", 2, 3, nil),
		unknown,
		event("as-vanished", "", 64500, "", 5, 5, nil),
		event("moas", "203.0.113.0/24", 64509, "64508", 2, 3, nil), // of others
	)
	w.want([]watch.Rule{{ASes: []uint32{64500}}},
		"rov-invalid 192.0.2.0/24 AS64500 critical 0<1..1<2",
		"new-bogon 203.0.113.0/24 AS64500 warning 1<2..3<?",
		"new-origin 192.0.2.0/24 AS64501 critical 1<2..3<4",
		"new-origin 198.51.100.0/24 AS64503 info 1<2..3<4",
		"route-leak 192.0.2.0/24 AS64500 warning 1<2..2<?",
		"more-specific 198.51.100.0/25 AS64501 critical 2<3..4<5",
		"lost-visibility AS64500 critical 4<5..5<?")
	w.want([]watch.Rule{{Prefixes: []string{"192.0.2.0/24"}, Kinds: []string{"new-origin", "rov-invalid"}, Severity: map[string]string{"new-origin": "warning"}}},
		"rov-invalid 192.0.2.0/24 AS64500 critical 0<1..1<2",
		"new-origin 192.0.2.0/24 AS64501 warning 1<2..3<4")
}

// TestVisibleAgain: a loss has an end, and an hour of other collectors neither begins nor ends one.
func TestVisibleAgain(t *testing.T) {
	w := newWorld(t)
	const p = "2001:db8::/32"
	other := route("2001:db8:1::/48", 1, 10)
	w.hour(at(1), "a,b", route(p, 64500, 10), other)
	w.hour(at(2), "a,b", route(p, 64500, 4), other)
	w.hour(at(3), "a", route(p, 64500, 10)) // b may still not have it
	w.hour(at(4), "a,b", other)
	w.hour(at(5), "a,b", route(p, 64500, 9), other)
	rule := watch.Rule{Prefixes: []string{p}, Visibility: watch.Visibility{IPv6: 0.8}, Kinds: []string{"lost-visibility"}}
	w.want([]watch.Rule{rule}, "lost-visibility 2001:db8::/32 critical 1<2..4<5")
	rule.Visibility.IPv6 = 0.3
	w.want([]watch.Rule{rule}, "lost-visibility 2001:db8::/32 critical 2<4..4<5")
}

// TestLeftOut: nothing comes from an hour of a collector that lost its feeds, from one that is damaged, or from one that is not complete.
func TestLeftOut(t *testing.T) {
	w := newWorld(t)
	feeds := func(collector string, time time.Time, ases int) {
		var rows []datasets.TableStat
		for asn := range ases {
			rows = append(rows, datasets.TableStat{Collector: collector, DumpTime: time, Source: "rib", Family: 4, VantageAddress: fmt.Sprint("192.0.2.", asn), VantageASN: uint32(asn + 1), Metric: "prefixes", Value: 1})
		}
		tables.Commit(t, w.store, datasets.TableStats, table.Key{Day: time.Truncate(24 * hours), Name: collector + time.Format("15")}, rows...)
	}
	mine, foreign := route("192.0.2.0/24", 64500, 10), route("192.0.2.0/24", 64666, 10)
	for hour := range 4 {
		feeds("a", at(hour), map[int]int{0: 10, 1: 10, 2: 8, 3: 8}[hour])
	}
	w.hour(at(0), "a,b", mine)
	w.hour(at(1), "a,b", mine)
	w.hour(at(2), "a,b", mine, foreign) // a lost two of ten feeds
	w.hour(at(3), "a,b", mine, route("192.0.2.0/25", 64666, 10))
	w.hour(at(24), "a", mine, foreign) // b is not there yet
	rule := watch.Rule{Name: "x", Prefixes: []string{"192.0.2.0/24"}, Origins: []uint32{64500}}
	w.want([]watch.Rule{rule}, "more-specific 192.0.2.0/25 AS64666 critical 1<3..3<?")
	_, left, err := watch.Explain(t.Context(), w.store, []watch.Rule{rule})
	if err != nil || len(left) != 2 || left[0].Why != "a has full tables of 8 ASes, after 10 in its dump before" || left[1].Why != "the dump of b is not there yet, as it was on 2020-01-01T00:00:00Z" {
		t.Errorf("left out: %+v, %v", left, err)
	}
}

// TestPayloads: each change of a payload is an alert once, though two validators show it.
func TestPayloads(t *testing.T) {
	w := newWorld(t)
	day := func(d int) time.Time { return at(24 * d) }
	change := func(d int, source, event, change string, length uint32, other *int64) datasets.ROAChange {
		return datasets.ROAChange{FileDate: day(d), PreviousDate: ptr(day(d - 1)), Source: source, Event: event, Change: change, Family: 4, Prefix: "192.0.2.0/24", MaxLength: length, ASN: 64500, OtherMaxLength: other}
	}
	for d, changes := range map[int][]datasets.ROAChange{
		1: {change(1, "x", "created", "created", 24, nil), {FileDate: day(1), PreviousDate: ptr(day(0)), Event: "created", Change: "created", Family: 4, Prefix: "192.0.0.0/16", MaxLength: 16, ASN: 1}},
		2: {change(2, "y", "created", "created", 24, nil)},
		3: {change(3, "x", "created", "max-length", 25, ptr[int64](24)), change(3, "x", "gone", "max-length", 24, ptr[int64](25))},
		9: {change(9, "x", "gone", "gone", 25, nil)},
	} {
		tables.Commit(t, w.store, datasets.ROAChanges, table.Key{Day: day(d), Name: day(d).Format(time.DateOnly)}, changes...)
	}
	for _, rule := range []watch.Rule{{Prefixes: []string{"192.0.2.0/24"}}, {ASes: []uint32{64500}}} {
		w.want([]watch.Rule{rule},
			"roa-created ROA 192.0.2.0/24-24 AS64500 info 0<24..24<24",
			"roa-changed ROA 192.0.2.0/24-25 AS64500 warning 48<72..72<72",
			"roa-gone ROA 192.0.2.0/24-25 AS64500 warning 192<216..216<216")
	}
}

// TestDomains: a domain that lost IPv6, with its return; a run that does not know says nothing, and what never worked is not lost.
func TestDomains(t *testing.T) {
	w := newWorld(t)
	for i, classes := range []string{"all none", "unknown none", "none none", "none some", "some all", "none all"} {
		var rows []datasets.DomainReadiness
		for j, class := range strings.Fields(classes) {
			rows = append(rows, datasets.DomainReadiness{RunID: fmt.Sprint("here/", i), RunTime: at(24 * i), ListID: "x", Domain: []string{"example.net", "example.org"}[j], Service: "domain", Class: class, BaselineOK: true, Reason: "no AAAA"})
		}
		tables.Commit(t, w.store, datasets.DomainReadinesses, table.Key{Day: at(24 * i), Name: fmt.Sprint("run", i)}, rows...)
	}
	w.want([]watch.Rule{{Domains: []string{"example.net", "example.org"}}},
		"domain-lost-ipv6 example.net critical 0<48..72<96",
		"domain-lost-ipv6 example.net critical 96<120..120<?")
}

// TestDocuments: what happened to documents and registries began and ended at once.
func TestDocuments(t *testing.T) {
	w := newWorld(t)
	tables.Commit(t, w.store, datasets.RFCEvents, table.Key{Day: at(24), Name: "x"},
		datasets.RFCEvent{After: at(0), Until: at(24), Document: "RFC6052", Number: 6052, Kind: "status", Before: "proposed standard", Now: "internet standard", Concerns: []uint32{6052}},
		datasets.RFCEvent{After: at(0), Until: at(24), Document: "RFC6052", Number: 6052, Kind: "erratum-verified", Relation: "7", Before: "reported", Now: "verified", Concerns: []uint32{6052}},
		datasets.RFCEvent{After: at(0), Until: at(24), Document: "draft-ietf-v6ops-x", Kind: "draft-revised", Before: "00", Now: "01"},
		datasets.RFCEvent{After: at(0), Until: at(24), Document: "RFC1", Number: 1, Kind: "status", Now: "historic", Concerns: []uint32{1}})
	tables.Commit(t, w.store, datasets.AssignmentEvents, table.Key{Day: at(24), Name: "x"},
		datasets.AssignmentEvent{After: at(0), Until: at(24), Registry: "bgp-parameters", List: "bgp-parameters-2", Value: "41", Name: "X", Event: "added"})
	w.want([]watch.Rule{{RFCs: []int{6052}, Groups: []string{"v6ops"}, Registries: []string{"bgp-parameters"}}},
		"draft-changed draft-ietf-v6ops-x info 0<24..24<24",
		"erratum-changed RFC 6052 info 0<24..24<24",
		"registry-changed bgp-parameters/bgp-parameters-2 41 info 0<24..24<24",
		"rfc-changed RFC 6052 info 0<24..24<24")
}

// TestRefused: a rule that could never be raised is refused with the reason.
func TestRefused(t *testing.T) {
	prefix := []string{"192.0.2.0/24"}
	for want, rule := range map[string]watch.Rule{
		"it watches nothing":                              {},
		"neither a prefix nor an address":                 {Prefixes: []string{"x"}},
		"is every route of the family":                    {Prefixes: []string{"0.0.0.0/0"}},
		"origins are those of prefixes":                   {ASes: []uint32{1}, Origins: []uint32{1}},
		"AS 0 announces nothing":                          {ASes: []uint32{0}},
		"upstreams are those of an AS":                    {Prefixes: prefix, Upstreams: []uint32{1}},
		"is not inside a watched prefix":                  {Prefixes: prefix, Allowed: []string{"192.0.2.0/24"}},
		`did you mean "rov-invalid"?`:                     {Prefixes: prefix, Kinds: []string{"rov-invald"}},
		"roa-violates-rule could never be raised: it ne":  {Prefixes: prefix, Kinds: []string{"roa-violates-rule"}},
		"aspa-gone could never be raised: it needs ases":  {Prefixes: prefix, Kinds: []string{"aspa-gone"}},
		"country-lost-routes could never be raised":       {Prefixes: prefix, Kinds: []string{"country-lost-routes"}},
		`unknown code "nl"`:                               {Countries: []string{"nl"}},
		"roa and max_length say what is expected of pre":  {ASes: []uint32{1}, ROA: true},
		"max_length.ipv6: it watches no prefix":           {Prefixes: prefix, MaxLength: watch.Lengths{IPv6: 48}},
		"max_length.ipv4: invalid length 48":              {Prefixes: prefix, MaxLength: watch.Lengths{IPv4: 48}},
		"aspa are the providers of an AS":                 {Prefixes: prefix, ASPA: []uint32{1}},
		"aspa: 0 says that an AS has no provider":         {ASes: []uint32{1}, ASPA: []uint32{0, 1}},
		"domain-lost-ipv6 could never be raised":          {Prefixes: prefix, Kinds: []string{"domain-lost-ipv6"}},
		"any other is origin-violates-rule":               {Prefixes: prefix, Origins: []uint32{1}, Kinds: []string{"new-origin"}},
		"visibility.ipv6: it watches no prefix":           {Prefixes: prefix, Visibility: watch.Visibility{IPv6: 0.5}},
		"visibility.ipv4: invalid share 90":               {Prefixes: prefix, Visibility: watch.Visibility{IPv4: 90}},
		"more_specifics.ipv4: invalid length 48":          {Prefixes: prefix, MoreSpecifics: watch.Lengths{IPv4: 48}},
		`unknown "critcal"; did you mean "critical"?`:     {Prefixes: prefix, Severity: map[string]string{"rov-invalid": "critcal"}},
		`"rfc-changed", which the rule does not raise`:    {Prefixes: prefix, Severity: map[string]string{"rfc-changed": "info"}},
		"more_specifics and allowed say what is expected": {ASes: []uint32{1}, MoreSpecifics: watch.Lengths{IPv4: 24}},
	} {
		rule.Name = "x"
		if err := rule.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", rule, err, want)
		}
	}
}
