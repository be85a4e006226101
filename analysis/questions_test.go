package analysis

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

func TestQuestionsAreWhole(t *testing.T) {
	slugs := map[string]bool{}
	for _, q := range Questions() {
		for what, wrong := range map[string]bool{
			"a slug of its own": slugs[q.Slug], "a title that is a question": !strings.HasSuffix(q.Title, "?"), "a definition": q.Definition == "",
			"the singular of what it counts": q.Basis.Things != "" && singular[q.Basis.Things] == "",
			"a lead":                         q.Lead == "", "an instant": q.Basis.AsOf == "", "datasets": len(q.Datasets) == 0, "RFCs": len(q.RFCs) == 0,
		} {
			if wrong {
				t.Errorf("question %q lacks %s", q.Slug, what)
			}
		}
		slugs[q.Slug] = true
		if strings.LastIndex(q.SQL, "\nORDER BY ") < strings.LastIndex(q.SQL, "\nFROM ") {
			t.Errorf("the SQL of %s does not end in an ORDER BY: its rows would come in any order", q.Slug)
		}
		for _, s := range q.Datasets {
			if !strings.Contains(q.SQL, s.Name) {
				t.Errorf("the SQL of %s does not read %s", q.Slug, s.Name)
			}
		}
	}
}

// TestTies: a value that is chosen by the greatest or least of another is chosen by a text or row that ends in the value itself, or ties
// would make an answer depend on the order of threads. Questions use a text: DuckDB 0.9 compares rows as texts without saying so.
func TestTies(t *testing.T) {
	chosen := regexp.MustCompile(`arg_(?:max|min)\(`)
	whole := regexp.MustCompile(`^arg_(?:max|min)\((?:(\w+), (?:\(.+?, (\w+)\)|\w+ \|\| ' ' \|\| (\w+))\)|make_date\(published_year, .+? \|\| published_month\))`)
	untied := map[string]string{
		"arg_max(asn, place)": "a path has one AS at each place",
		"arg_min(links_time, abs(epoch(links_time) - epoch(CAST(day AS TIMESTAMP)) - 43199.5))": "no whole second is half a second off",
	}
	found := 0
	err := filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".sql") && !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, place := range chosen.FindAllIndex(text, -1) {
			found++
			line, _, _ := strings.Cut(string(text[place[0]:]), "\n")
			if m := whole.FindStringSubmatch(line); m != nil && m[1] == m[2]+m[3] {
				continue
			}
			if !slices.ContainsFunc(slices.Collect(maps.Keys(untied)), func(known string) bool { return strings.HasPrefix(line, known) }) {
				t.Errorf("%s: ties are not broken: %s", path, line)
			}
		}
		return err
	})
	if err != nil || found < 30 {
		t.Errorf("%d choices, %v", found, err)
	}
}

// TestSubjects: every question has one subject, of its own section, and a tab that no other one of the subject has.
func TestSubjects(t *testing.T) {
	sections, tabs := map[string]string{}, map[string]int{}
	for _, s := range Subjects() {
		if sections[s.Name] != "" {
			t.Errorf("there are two subjects %q", s.Name)
		}
		sections[s.Name] = s.Section
	}
	for _, q := range Questions() {
		if section := sections[q.Subject]; section != q.Section {
			t.Errorf("question %s of %s has the subject %q of %q", q.Slug, q.Section, q.Subject, section)
		}
		tab := q.Subject + "\x00" + q.Tab
		if tabs[q.Subject]++; q.Tab == "" || len(q.Tab) > 28 || tabs[tab] > 0 {
			t.Errorf("question %s: the tab %q is empty, long, or that of another question", q.Slug, q.Tab)
		}
		tabs[tab]++
	}
	for name := range sections {
		if tabs[name] == 0 {
			t.Errorf("the subject %q has no questions", name)
		}
	}
}

// TestEmptyStore: where there are no data, every answer says so and has no figure.
func TestEmptyStore(t *testing.T) {
	dir := t.TempDir()
	made, err := Run(t.Context(), &table.Store{Dir: filepath.Join(dir, "datasets")}, filepath.Join(dir, "answers"), Questions(), Questions())
	if err != nil || len(made) != len(Questions()) {
		t.Fatalf("%d answers, %v", len(made), err)
	}
	answers, err := Load(filepath.Join(dir, "answers"), Questions())
	if err != nil || len(answers) != len(made) {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	for _, a := range answers {
		if len(a.Result.Rows) != 0 {
			t.Errorf("%s: rows %v", a.Question.Slug, a.Result.Rows)
		}
		if len(a.Figures) != 0 {
			t.Errorf("%s: figures %v", a.Question.Slug, a.Figures)
		}
		if a.Lead != "There are no data yet to answer this question." {
			t.Errorf("%s: lead %q", a.Question.Slug, a.Lead)
		}
	}
}

// write commits rows as a partition of the first of January 2020.
func write[Row any](t *testing.T, store *table.Store, dataset *table.Dataset[Row], name string, rows ...Row) {
	t.Helper()
	tables.Commit(t, store, dataset, table.Key{Day: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Name: name}, rows...)
}

// TestTranslationPrefixes is exact about what lies inside the three blocks.
func TestTranslationPrefixes(t *testing.T) {
	store := tables.Store(t)
	var rows []datasets.RouteState
	inside := map[string]string{
		"100.64.0.0/10": "RFC 6598", "100.127.255.0/24": "RFC 6598", "100.64.0.0/9": "", "100.63.0.0/16": "", "100.128.0.0/10": "", "10.64.0.0/10": "",
		"64:ff9b::/96": "RFC 6052", "64:ff9b::a00:0/104": "RFC 6052", "64:ff9b::1/128": "RFC 6052", "64:ff9b::/95": "", "64:ff9b::1:a00:0/112": "",
		"64:ff9b::/32": "", "64:ff9b:1::/48": "RFC 8215", "64:ff9b:1:fffe::/64": "RFC 8215", "64:ff9b:1::/47": "", "64:ff9b:10::/48": "", "2001:db8::/48": "",
	}
	for prefix := range inside {
		var family, length uint32 = 4, 0
		if strings.Contains(prefix, ":") {
			family = 6
		}
		fmt.Sscanf(prefix[strings.IndexByte(prefix, '/')+1:], "%d", &length)
		rows = append(rows, datasets.RouteState{Time: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Family: family, Prefix: prefix, PrefixLength: length, Verdict: "global"})
	}
	write(t, store, datasets.RouteStates, "x", rows...)
	a := answered(t, store, translationPrefixes)
	got := map[string]string{}
	for _, row := range a.Result.Rows {
		for _, prefix := range strings.Fields(row[7].(string)) {
			got[prefix] = row[1].(string)
		}
	}
	for prefix, want := range inside {
		if got[prefix] != want {
			t.Errorf("%s lies inside the block of %q, want %q", prefix, got[prefix], want)
		}
	}
}

// hostile is a text that ends others.
const hostile = `</script>'; DROP VIEW routes; --`

// storeOfAll returns a store with a few rows of every dataset that questions read.
func storeOfAll(t *testing.T) *table.Store {
	store := tables.Store(t)
	var stats []datasets.TableStat
	var states []datasets.RouteState
	var routeCounts []datasets.RouteCount
	var hours []datasets.RouteHour
	var events []datasets.RFCEvent
	var rfcs []datasets.RFC
	var ready []datasets.DomainReadiness
	var relations []datasets.RFCRelation
	var errata []datasets.RFCErratum
	var blocks []datasets.SpecialPrefix
	var probes []datasets.IPv6Probe
	var notes []datasets.DecoderNote
	var updates []datasets.Update
	var addresses []datasets.DomainAddress
	var pages []datasets.DomainPage
	var checks []datasets.VantageCheck
	var figures []datasets.ExternalValue
	number, twenty := 10.0, int64(20)
	for i := range 40 {
		at := time.Date(2010+i/4, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, metric := range []string{"prefixes", "origin_ases", "stub_ases", "transit_ases", "asns_32bit", "moas_prefixes", "address_span", "root_prefixes", "more_specific_prefixes", "path_length_mean", "path_length_median", "path_length_p90", "path_length_sent_mean", "unique_paths"} {
			stats = append(stats, datasets.TableStat{Collector: hostile, DumpTime: at, Family: uint32(4 + i%2*2), VantageAddress: []string{"", "192.0.2.1"}[i/2%2], Metric: metric, Value: float64(1000 + i)})
		}
		stats = append(stats, datasets.TableStat{Collector: hostile, DumpTime: at, Family: uint32(4 + i%2*2), Metric: "prefixes_by_length", Key: fmt.Sprint(20 + i%5), Value: float64(i)})
		stats = append(stats, datasets.TableStat{Collector: hostile, DumpTime: at, Family: uint32(4 + i%2*2), Metric: "left_out", Key: "default-route", Value: 1})
		for _, key := range []string{"communities", "large-communities", "otc", "as-set", "blackhole"} {
			for _, metric := range []string{"attribute_entries", "attribute_prefixes"} {
				stats = append(stats, datasets.TableStat{Collector: hostile, DumpTime: at, Family: uint32(4 + i%2*2), Metric: metric, Key: key, Value: float64(i)})
			}
		}
		for _, metric := range []string{"entries", "all_prefixes"} {
			stats = append(stats, datasets.TableStat{Collector: hostile, DumpTime: at, Family: uint32(4 + i%2*2), Metric: metric, Value: 1000})
		}
		otc := int64(i)
		updates = append(updates, datasets.Update{Collector: hostile, Time: at, Kind: []string{"announce", "withdraw", "state"}[i%3], Family: uint32(4 + i%2*2), Prefix: hostile, PeerAddress: hostile, SAFI: 1, ASPath: hostile, OTC: &otc})
		states = append(states, datasets.RouteState{MOAS: i%4 > 1, Time: at, Family: 4, Prefix: fmt.Sprintf("10.%d.0.0/16", i), PrefixLength: 16, OriginASN: uint32(i), BogonClass: []string{"none", "special-purpose", "unknown"}[i%3],
			Verdict: []string{"global", "self-feed-only"}[i%2], ROVState: []string{"valid", "not-found", "invalid-origin"}[i%3], BogonReason: hostile})
		routeCounts = append(routeCounts, datasets.RouteCount{Time: at, Family: 4, BogonClass: []string{"none", "special-purpose", "unknown"}[i%3], Verdict: []string{"global", "self-feed-only"}[i%2], ROVState: "unknown", Because: hostile, Routes: 1})
		hours = append(hours, datasets.RouteHour{Time: at, Family: 4, Collectors: hostile, Routes: 1, SpecialDate: hostile, ROADate: hostile})
		events = append(events, datasets.RFCEvent{After: at, Until: at.AddDate(1, 0, 0), Number: uint32(i%2)*6051 + 1, Document: "RFC6052", Concerns: []uint32{6052}, Kind: []string{"published", "status", "relation-added"}[i%3], Title: hostile})
		rfcs = append(rfcs, datasets.RFC{SnapshotDate: at, Source: "rfc-index.txt", Number: uint32(i + 1), Year: uint32(1990 + i%5), Month: 1, Status: "proposed standard", Area: "rtg", WG: hostile, Stream: "IETF"})
		relations = append(relations, datasets.RFCRelation{SnapshotDate: at, Source: "rfc-index.txt", Number: uint32(i + 1), Relation: "obsoletes", Target: hostile, TargetNumber: uint32(i%7 + 1)})
		errata = append(errata, datasets.RFCErratum{SnapshotDate: at, ID: uint32(i), Number: uint32(i + 1), Status: []string{"reported", "held"}[i%2], Notes: hostile, Submitted: &at})
		blocks = append(blocks, datasets.SpecialPrefix{RegistryDate: at, Registry: "iana-ipv4-special", Family: 4, Prefix: fmt.Sprintf("10.%d.0.0/16", i), PrefixLength: 16, Name: hostile, Reference: "[RFC6598]"})
		probes = append(probes, datasets.IPv6Probe{RunID: "r", StartedAt: at, Domain: hostile, Host: hostile, Test: "lookup", QType: []string{"A", "AAAA"}[i%2], Address: []string{"100.64.0.1", "64:ff9b::1"}[i%2]})
		notes = append(notes, datasets.DecoderNote{Dataset: "routes", Partition: fmt.Sprint(i), FileDate: at, Finding: "malformed " + hostile, Occurrences: int64(i)})
		ready = append(ready, datasets.DomainReadiness{RunID: "r", RunTime: at, ListID: hostile, Domain: fmt.Sprint(i / 2), Stratum: "1k", Refreshed: true, Service: []string{"web", "dns"}[i%2], Class: []string{"unknown", "n/a", "ready", "none"}[i/2%4],
			Resolvable: []string{"yes", "", "unknown", "no"}[i/2%4], FailingStep: []string{"", "", "root", "no-glue"}[i/2%4], FailingZone: []string{"", "", ".", hostile}[i/2%4]})
		addresses = append(addresses, datasets.DomainAddress{RunID: "r", RunTime: at, ListID: hostile, Domain: fmt.Sprint(i), HostKind: []string{"apex", "ns", "mx", "www"}[i%4], Host: hostile, Family: 6, Address: fmt.Sprintf("2a0f::%x", i),
			Standing: []string{"global", "special"}[i%3/2], SpecialBlock: hostile, Tests: 1, Failing: []string{"", "http=timeout"}[i%2], Routed: []string{"yes", "no", "unknown"}[i%3], OriginASN: 1, ASName: hostile, ROVState: "valid", Visibility: []*float64{new(float64), nil}[i%2]})
		pages = append(pages, datasets.DomainPage{RunID: "r", RunTime: at, ListID: hostile, Domain: fmt.Sprint(i / 2), Host: hostile, Refreshed: true, Front: i%2 == 0, Quality: []string{"alike", "slower", "unknown", "no-ipv6"}[i/2%4],
			WithoutIPv4: []string{"whole", "part", "unknown", "nothing"}[i/2%4], Connect4: &number, Connect6: &number, Failing: hostile})
		checks = append(checks, datasets.VantageCheck{RunID: fmt.Sprint(i / 4), RunTime: at, Vantage: hostile, Test: []string{"score", "nat64-prefix", "connect", "path-mtu"}[i%4], Family: 6, Target: hostile, Result: "ok", Value: &number, RFC: "RFC 6052", Class: "well-known", Detail: hostile})
		figures = append(figures, datasets.ExternalValue{Series: "google-ipv6", Time: at, Subset: "all users", Category: []string{"all IPv6", "native IPv6"}[i%2], Value: float64(i)},
			datasets.ExternalValue{Series: hostile, Time: at, Subset: "top 20", Category: []string{"has AAAA", "loads over IPv6"}[i%2], Value: float64(i % 20), Unit: "sites", N: &twenty, Note: hostile})
	}
	newest := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	yesterday := newest.AddDate(0, 0, -1)
	write(t, store, datasets.TableStats, "a", stats...)
	write(t, store, datasets.RouteStates, "a", states...)
	write(t, store, datasets.RouteCounts, "a", append(routeCounts, datasets.RouteCount{Time: newest, Family: 4, BogonClass: "listed", Verdict: "global", ROVState: "valid", Change: "another origin", Routes: 1},
		datasets.RouteCount{Time: newest, Family: 6, BogonClass: "none", Verdict: "global", ROVState: "valid", Change: "new prefix", Routes: 2})...)
	write(t, store, datasets.RouteHours, "a", append(hours, datasets.RouteHour{Time: newest, Family: 4, Collectors: hostile, Routes: 1}, datasets.RouteHour{Time: newest, Family: 6, Collectors: "c," + hostile, Routes: 2})...)
	write(t, store, datasets.TranslationRoutes, "a", datasets.TranslationRoute{Time: newest, Block: "64:ff9b::/96", Family: 6, Prefix: hostile, Verdict: "global"})
	write(t, store, datasets.RFCEvents, "a", events...)
	write(t, store, datasets.RFCs, "a", rfcs...)
	write(t, store, datasets.RFCRelations, "a", relations...)
	write(t, store, datasets.RFCErrata, "a", errata...)
	write(t, store, datasets.SpecialPrefixes, "a", blocks...)
	write(t, store, datasets.IPv6Probes, "a", probes...)
	write(t, store, datasets.DecoderNotes, "a", notes...)
	write(t, store, datasets.Updates, "a", updates...)
	write(t, store, datasets.Aggregations, "a", datasets.Aggregation{DumpTime: newest, Family: 4, Announced: 9, Aggregated: 3, Reduction: 6}, datasets.Aggregation{DumpTime: newest, Family: 4, OriginASN: 1, Announced: 9, Aggregated: 3, Reduction: 6})
	write(t, store, datasets.DomainReadinesses, "a", ready...)
	write(t, store, datasets.DomainAddresses, "a", addresses...)
	write(t, store, datasets.DomainPages, "a", pages...)
	write(t, store, datasets.VantageChecks, "a", checks...)
	for _, country := range []string{"", "FR"} {
		figures = append(figures, datasets.ExternalValue{Series: "ipv6-users", Publisher: hostile, Time: newest, Country: country, Subset: "all users", Category: hostile, Value: 1, Unit: "percent of users"})
	}
	write(t, store, datasets.ExternalSeries, "a", figures...)
	write(t, store, datasets.RouteStates, "b", datasets.RouteState{Time: newest, Family: 4, Prefix: hostile, OriginASN: 1, NewlySeen: "yes", OriginsBefore: hostile, BogonClass: "listed", ROVState: "valid", Verdict: "global", MOAS: true})
	write(t, store, datasets.RouteStates, "c", datasets.RouteState{Time: newest, Family: 6, Prefix: hostile, PrefixLength: 48, OriginASN: 1, BogonClass: "none", ROVState: "valid", Verdict: "global"})
	write(t, store, datasets.ASRegistrations, "a", datasets.ASRegistration{Time: newest, ASN: 1, Country: hostile, IPv4Prefixes: 1, IPv6Prefixes: 1, IPv4Span: 256, IPv6Span: 1})
	for _, family := range []uint32{4, 6} {
		write(t, store, datasets.ASTopologies, fmt.Sprint("n", family), datasets.ASTopology{Time: newest, Family: family, ASN: 1, ConeASes: 1})
	}
	write(t, store, datasets.AddressUses, "a", datasets.AddressUse{Time: newest, Family: 4, Delegated: 100, Announced: 60, Unadvertised: 40})
	write(t, store, datasets.RouteStates, "ipv6", datasets.RouteState{Time: newest, Family: 6, Prefix: "2a00::/32", PrefixLength: 32, OriginASN: 1, Collectors: "c"})
	write(t, store, datasets.IRRStats, "a", datasets.IRRStat{Time: newest, Family: 4, Source: hostile, State: "matching", ROVState: "valid", Routes: 1},
		datasets.IRRStat{Time: newest, Family: 4, State: "matching", ROVState: "valid", Routes: 1})
	write(t, store, datasets.CountryStats, "a", datasets.CountryStat{Time: newest, Family: 4, Registration: "as", Registry: "arin", Country: hostile, RegistryFiles: 1, ASes: 1, Span: 256, Prefixes: 1, Routes: 1},
		datasets.CountryStat{Time: newest, Family: 6, Registration: "as", Registry: "arin", Country: hostile, RegistryFiles: 1, ASes: 1, Span: 256, Prefixes: 1, Routes: 1},
		datasets.CountryStat{Time: newest, Family: 4, Registration: "space", Registry: "arin", Country: hostile, RegistryFiles: 1, ASes: 1, Span: 256, Prefixes: 1})
	write(t, store, datasets.Delegations, "a", datasets.Delegation{FileDate: newest, Registry: "arin", Country: hostile, Type: "ipv4", Start: "10.0.0.0", Value: 256, Date: &newest, Status: "allocated", OpaqueID: hostile})
	write(t, store, datasets.Transfers, "a", datasets.Transfer{FileDate: newest, Registry: "arin", Number: 1, Transferred: &newest, TransferType: hostile, Resource: "ipv4", Size: 256, From: hostile, ToRegistry: "arin"})
	write(t, store, datasets.UpdateStats, "a", datasets.UpdateStat{Collector: hostile, Day: newest, Family: 4, Announcements: 10, Duplicates: 3},
		datasets.UpdateStat{Collector: hostile, Day: newest, PeerAddress: hostile, PeerASN: 1, StateChanges: 3, SessionLosses: 1})
	write(t, store, datasets.UpdateErrors, "a", datasets.UpdateError{Collector: hostile, Time: newest, PeerAddress: hostile, PeerASN: 1, Attribute: hostile, Fault: "malformed", Handling: "treat-as-withdraw", Messages: 3})
	write(t, store, datasets.Witnesses, "a", datasets.Witness{Time: newest, Family: 4, Prefix: hostile, OriginASN: 1, Why: "bogon,new", Collector: hostile, PeerAddress: hostile, PeerASN: 2, Path: "2 1"})
	var steady []datasets.TableStat // and then a jump
	for day := range 9 {
		value := 1000 + float64(day)
		if day == 8 {
			value = 2000
		}
		steady = append(steady, datasets.TableStat{Collector: "steady", DumpTime: newest.AddDate(0, 0, day), Source: "rib", Family: 4, Metric: "prefixes", Value: value})
	}
	write(t, store, datasets.TableStats, "steady", steady...)
	write(t, store, datasets.StateStats, "a", datasets.StateStat{Collector: hostile, DumpTime: newest, Family: 4, VantageAddress: hostile, VantageASN: 2, Metric: "rov_state", Key: "valid", Routes: 9},
		datasets.StateStat{Collector: hostile, DumpTime: newest, Family: 4, VantageAddress: hostile, VantageASN: 2, Metric: "rov_state", Key: "invalid-origin", Routes: 1})
	write(t, store, datasets.ASPAs, "a", datasets.ASPA{FileDate: newest, Customer: 1, Provider: 2, TrustAnchor: hostile})
	write(t, store, datasets.ASPAStats, "a", datasets.ASPAStat{Collector: hostile, DumpTime: newest, Family: 4, Procedure: "downstream", State: "valid", Paths: 2, ASPADate: "2020-01-01"},
		datasets.ASPAStat{Collector: hostile, DumpTime: newest, Family: 4, Procedure: "upstream", State: "valid", Paths: 1, ASPADate: "2020-01-01"})
	write(t, store, datasets.RouteEvents, "a", datasets.RouteEvent{Kind: "moas", Prefix: hostile, OriginASN: 1, NotBefore: &yesterday, SeenFrom: newest, LastSeen: newest, Status: "still", PeakTime: newest})
	write(t, store, datasets.ROAChanges, "a", datasets.ROAChange{FileDate: newest, PreviousDate: &yesterday, TrustAnchor: hostile, Event: "created", Change: "created", Family: 4, Prefix: hostile})
	write(t, store, datasets.AssignmentEvents, "a", datasets.AssignmentEvent{After: yesterday, Until: newest, Title: hostile, Value: "1", Name: hostile, Event: "added", Reference: "[RFC1]", RFCs: []uint32{1}})
	write(t, store, datasets.Drafts, "a", datasets.Draft{SnapshotDate: newest, Name: hostile, Title: hostile, Revision: "01", State: "active"})
	write(t, store, datasets.IntendedRelations, "a", datasets.IntendedRelation{Draft: hostile, Revision: "01", RFC: 6052, Relation: "updates", KnownBy: "header", Title: hostile, FirstSeen: newest, LastSeen: newest})
	write(t, store, datasets.DraftMilestones, "a", datasets.DraftMilestone{SnapshotDate: newest, RFC: rfcs[len(rfcs)-1].Number, Milestone: datasets.Publication, Document: hostile, Reached: newest})
	var texts []datasets.RFCText
	for _, r := range rfcs {
		texts = append(texts, datasets.RFCText{Document: fmt.Sprintf("RFC%d", r.Number), Authors: []string{hostile}, Organizations: []string{hostile}, Countries: []string{"DE"}})
	}
	write(t, store, datasets.RFCTexts, "a", texts...)
	write(t, store, datasets.RFCCitations, "a", datasets.RFCCitation{IndexDate: newest, Number: 1, Cited: 2, Kind: "normative", Status: hostile, CitedStatus: hostile, Downward: "unknown", Obsolete: "yes"})
	write(t, store, datasets.ASNames, "a", datasets.ASName{FileDate: newest, ASN: 1, Name: hostile})
	write(t, store, datasets.ASLinks, "a", datasets.ASLink{Time: newest, Family: 4, ASNA: 1, ASNB: 2, Relation: "customer", Paths: 3, Vantages: 2, Of: 2}, datasets.ASLink{Time: newest, Family: 4, ASNA: 1, ASNB: 3, Relation: "unknown", Paths: 1, Vantages: 1, Of: 2})
	write(t, store, datasets.ASTopologies, "a", datasets.ASTopology{Time: newest, Family: 4, ASN: 1, ConeASes: 1, Vantages: 2}, datasets.ASTopology{Time: newest, Family: 4, ASN: 2, Customers: 1, ConeASes: 2, ConePrefixes: 7, Vantages: 2})
	return store
}

// TestAnswers asks every question over a few rows, with one thread and with many, and reads the answers back.
func TestAnswers(t *testing.T) {
	store := storeOfAll(t)
	var all [2][]*Answer
	for i, threads := range []int{1, 4} {
		e, err := engine.Open(store, datasets.All(), engine.Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for _, q := range Questions() {
			a, err := answer(t.Context(), e, newLineage(store.At), q)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Result.Rows) == 0 {
				t.Errorf("%s: no rows", q.Slug)
			}
			if a.Lead == "" {
				t.Errorf("%s: no lead", q.Slug)
			}
			if q.Chart != nil {
				for _, column := range []string{q.Chart.X, q.Chart.Y, q.Chart.Series, q.Chart.Low, q.Chart.High, q.Chart.Break} {
					found := slices.ContainsFunc(a.Result.Columns, func(c table.ResultColumn) bool { return c.Name == column })
					if !found && column != "" {
						t.Errorf("%s: the chart's column %q is not in the answer", q.Slug, column)
					}
				}
			}
			all[i] = append(all[i], a)
		}
	}
	for i, a := range all[0] {
		if !reflect.DeepEqual(a.Result, all[1][i].Result) {
			t.Errorf("%s: one thread gives other rows than four", a.Question.Slug)
		}
	}
	dir := t.TempDir()
	if made, err := Run(t.Context(), store, dir, Questions(), Questions()); err != nil || len(made) != len(Questions()) {
		t.Fatalf("%v, %v", made, err)
	}
	made, err := Run(t.Context(), store, dir, Questions(), Questions())
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != 0 {
		t.Errorf("a second run made %v", made)
	}
	loaded, err := Load(dir, Questions())
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded) != len(all[0]) {
		t.Fatalf("%d answers were read back, want %d", len(loaded), len(all[0]))
	}
	for i, a := range loaded {
		if want := all[0][i]; a.Lead != want.Lead || a.Text != want.Text || !reflect.DeepEqual(a.Figures, want.Figures) || a.Lead == "" {
			t.Errorf("%s: the answer read back says %q, want %q", a.Question.Slug, a.Words(), want.Words())
		}
		if !reflect.DeepEqual(a.Result, all[0][i].Result) {
			t.Errorf("%s: the answer read back differs:\n%v\n%v", a.Question.Slug, a.Result.Rows[0], all[0][i].Result.Rows[0])
		}
	}
	// A partition more makes just those answers anew that could read it, and an answer without a question goes.
	write(t, store, datasets.DomainReadinesses, "b", datasets.DomainReadiness{RunID: "r", RunTime: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), ListID: hostile, Domain: "0", Stratum: "1k", Refreshed: true, Service: "web", Class: "unknown"})
	if err := os.WriteFile(filepath.Join(dir, "gone.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if made, err := Run(t.Context(), store, dir, Questions(), Questions()); err != nil || !reflect.DeepEqual(made, []string{"ipv6-readiness", "ipv6-strata", "ipv6-funnel", "ipv6-causes", "ipv6-bad-addresses", "ipv6-servers", "ipv6-resolvability", "ipv6-quality", "ipv6-pages", "ipv6-definitions", "ipv6-league", "ipv6-lost", "ipv6-vantages", "ipv6-hosting", "ipv6-routes", "standards-in-the-wild"}) {
		t.Errorf("with a partition more: %v, %v", made, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "gone.json")); err == nil {
		t.Error("the answer without a question is still there")
	}
}

func TestWilson(t *testing.T) {
	store := tables.Store(t)
	var rows []datasets.DomainReadiness
	for i := range 10 {
		class := "none"
		if i < 3 {
			class = "ready"
		}
		rows = append(rows, datasets.DomainReadiness{Domain: fmt.Sprint(i), Service: "web", Class: class})
	}
	rows = append(rows, datasets.DomainReadiness{Domain: "x", Service: "web", Class: "unknown"})
	write(t, store, datasets.DomainReadinesses, "a", rows...)
	a := answered(t, store, ipv6Readiness)
	// 3 of 10 at 95 %: 0.1078 to 0.6032 (Wilson 1927, as published tables have it).
	row := a.Result.Rows[0]
	if got := fmt.Sprintf("%.2f %.4f %.4f %d", row[4], row[5], row[6], row[7]); got != "0.30 0.1078 0.6032 10" {
		t.Errorf("share, interval and judged: %s", got)
	}
}

// TestProjections gives series that a model fits exactly, and looks for its continuation.
func TestProjections(t *testing.T) {
	store := tables.Store(t)
	var stats []datasets.TableStat
	year := 31556952 * time.Second
	for i := range 9 {
		at, x := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i)*year), float64(i)
		for name, y := range map[string]float64{"line": 1000 + 500*x, "parabola": 1000 + 100*x + 50*x*x, "growth": 1000 * math.Pow(1.5, x)} {
			stats = append(stats, datasets.TableStat{Collector: name, DumpTime: at, Source: "rib", Family: 4, Metric: "prefixes", Value: y})
		}
	}
	write(t, store, datasets.TableStats, "a", stats...)
	a := answered(t, store, projections)
	best := map[string]string{}
	for _, row := range a.Result.Rows {
		if series := row[0].(string); best[series] == "" {
			best[series] = fmt.Sprint(row[1], " ", row[4], " ", row[5], " ", row[6])
		}
	}
	for series, want := range map[string]string{"IPv4 at parabola": "quadratic 0 5950 10750", "IPv4 at growth": "exponential 0 38443 194620"} {
		if best[series] != want {
			t.Errorf("%s: %s, want %s", series, best[series], want)
		}
	}
	if !strings.HasSuffix(best["IPv4 at line"], " 0 5500 7500") { // the parabola fits a line as well
		t.Errorf("the line: %s", best["IPv4 at line"])
	}
}
