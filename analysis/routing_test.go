package analysis

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// tableAt returns the statistics of a dump with a number of prefixes and the full feeds of some ASes.
func tableAt(at time.Time, collector, source string, prefixes float64, feeds ...uint32) (rows []datasets.TableStat) {
	row := datasets.TableStat{Collector: collector, DumpTime: at, Source: source, Family: 4, Metric: "prefixes", Value: prefixes}
	rows = append(rows, row)
	for _, asn := range feeds {
		row.VantageASN, row.VantageAddress = asn, fmt.Sprint("192.0.2.", asn)
		rows = append(rows, row)
	}
	return rows
}

// column returns the values of some columns of an answer, a text a row.
func column(t *testing.T, store *table.Store, q *Question, names ...string) (found []string) {
	t.Helper()
	a := answered(t, store, q)
	rows, err := rowsWith(a.Result, names...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		var values []string
		for _, name := range names {
			values = append(values, plain(r[name]))
		}
		found = append(found, strings.Join(values, " "))
	}
	return found
}

func checkColumn(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

func january(day int) time.Time { return time.Date(2020, 1, day, 0, 0, 0, 0, time.UTC) }

// TestFeedBreaks: a series breaks where more than a tenth of its full feeds came or went, and a table of others is a series of
// its own that does not name its feeds.
func TestFeedBreaks(t *testing.T) {
	store := tables.Store(t)
	ten := []uint32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	var rows []datasets.TableStat
	rows = append(rows, tableAt(january(1), "a", "rib", 100, ten...)...)
	rows = append(rows, tableAt(january(2), "a", "rib", 101, ten[1:]...)...)                      // one of ten went
	rows = append(rows, tableAt(january(3), "a", "rib", 102, append([]uint32{11}, ten...)...)...) // two came to nine
	rows = append(rows, tableAt(january(4), "a", "pfx2as", 900)...)
	write(t, store, datasets.TableStats, "a", rows...)
	checkColumn(t, "breaks", column(t, store, tableGrowth, "series", "full_feed_ases", "break"), []string{
		"IPv4 at a 10 ", "IPv4 at a 9 ", "IPv4 at a 11 full feeds: 2 came", "IPv4 of a (pfx2as) unknown ",
	})
}

// TestBogonHours: an hour that no registry judges has no numbers but those of proven bogons, and hours of other collectors are
// other series.
func TestBogonHours(t *testing.T) {
	store := tables.Store(t)
	state := func(day int, collector, class string) datasets.RouteState {
		return datasets.RouteState{Time: january(day), Collectors: collector, Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24, BogonClass: class, Verdict: "unknown"}
	}
	write(t, store, datasets.RouteStates, "a", state(1, "a", "none"), state(1, "a", "private-asn"), state(2, "b", "unknown"), state(2, "b", "private-asn"))
	write(t, store, datasets.TableStats, "a", append(tableAt(january(1), "a", "rib", 2, 1), tableAt(january(2), "b", "pfx2as", 2)...)...)
	var got []string
	for _, row := range column(t, store, bogonCount, "bogon_class", "routes", "global", "all_bogons", "judged_routes", "all_routes", "break") {
		if strings.HasPrefix(row, "private-asn") || strings.HasPrefix(row, "listed") {
			got = append(got, row)
		}
	}
	checkColumn(t, "bogons", got, []string{
		"listed 0 0 1 2 2 ", "private-asn 1 unknown 1 2 2 ",
		"listed unknown unknown unknown 1 2 collectors: IPv4 at a (rib) to IPv4 at b (pfx2as)",
		"private-asn unknown unknown unknown 1 2 collectors: IPv4 at a (rib) to IPv4 at b (pfx2as)",
	})
}

// TestROVStates: every state has its row, and no share of valid routes where too many are unknown.
func TestROVStates(t *testing.T) {
	store := tables.Store(t)
	state := func(family uint32, state string) datasets.RouteState {
		return datasets.RouteState{Time: january(1), Collectors: "a", Family: family, Prefix: "192.0.2.0/24", PrefixLength: 24, BogonClass: "none", ROVState: state}
	}
	write(t, store, datasets.RouteStates, "a", state(4, "valid"), state(4, "not-found"), state(6, "valid"), state(6, "unknown"))
	checkColumn(t, "states", column(t, store, rovStates, "family", "rov_state", "share", "valid_share", "known_routes"), []string{
		"4 valid 0.5 0.5 2", "4 not-found 0.5 0.5 2", "4 invalid-length 0 0.5 2", "4 invalid-origin 0 0.5 2", "4 unknown 0 0.5 2",
		"6 valid 0.5 unknown 1", "6 not-found 0 unknown 1", "6 invalid-length 0 unknown 1", "6 invalid-origin 0 unknown 1", "6 unknown 0.5 unknown 1",
	})
}

// TestDeaggregatorsOfTheNewestDump: an older dump of another collector does not appear, be its name the first.
func TestDeaggregatorsOfTheNewestDump(t *testing.T) {
	store := tables.Store(t)
	saved := func(day int, collector string, asn uint32) datasets.Aggregation {
		return datasets.Aggregation{Collector: collector, DumpTime: january(day), Family: 4, OriginASN: asn, Announced: 10, Aggregated: 1, Reduction: 9}
	}
	write(t, store, datasets.Aggregations, "a", saved(1, "a", 0), saved(1, "a", 1), saved(2, "b", 0), saved(2, "b", 2))
	write(t, store, datasets.ASNames, "a", datasets.ASName{FileDate: january(1), ASN: 2, Name: "Example"})
	checkColumn(t, "deaggregators", column(t, store, deaggregators, "network", "series"), []string{"AS2 (Example) IPv4, 2020-01-02"})
}

// TestRelations counts the links of an hour by relation, and the others as unknown.
func TestRelations(t *testing.T) {
	store := tables.Store(t)
	write(t, store, datasets.RouteStates, "a", datasets.RouteState{Time: january(1), Collectors: "a", Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24})
	link := func(b uint32, relation string, vantages int64) datasets.ASLink {
		return datasets.ASLink{Time: january(1), Family: 4, ASNA: 1, ASNB: b, Relation: relation, Paths: 5, Vantages: vantages, Of: 3}
	}
	write(t, store, datasets.ASLinks, "a", link(2, "provider", 2), link(3, "customer", 1), link(4, "unknown", 1), link(5, "provider", 3))
	checkColumn(t, "links", column(t, store, asRelations, "relation", "links", "share", "seen_twice", "known_links", "all_links"), []string{
		"transit 3 0.75 2 3 4", "peering 0 0 0 3 4", "unknown 1 0.25 0 3 4"})
}

// TestConesAreComparedWithinCollectors: an hour of other collectors, and one of the same month, are not what a cone was before.
func TestConesAreComparedWithinCollectors(t *testing.T) {
	store := tables.Store(t)
	var states []datasets.RouteState
	var cones []datasets.ASTopology
	for i, hour := range []struct {
		day       int
		collector string
	}{{1, "a"}, {2, "b"}, {35, "a"}, {40, "a"}} {
		states = append(states, datasets.RouteState{Time: january(hour.day), Collectors: hour.collector, Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24})
		cones = append(cones, datasets.ASTopology{Time: january(hour.day), Family: 4, ASN: 7, ConeASes: int64(10 + i)})
	}
	cones = append(cones, datasets.ASTopology{Time: january(40), Family: 4, ASN: 8, ConeASes: 2})
	write(t, store, datasets.RouteStates, "a", states...)
	write(t, store, datasets.ASTopologies, "a", cones...)
	checkColumn(t, "cones", column(t, store, customerCones, "network", "place", "cone_ases", "cone_ases_before"), []string{"AS7 1 13 10", "AS8 2 2 unknown"})
}

// TestSpanOf6to4: the addresses of 6to4 are told apart, and are unknown where the routes are not at hand.
func TestSpanOf6to4(t *testing.T) {
	store := tables.Store(t)
	var rows []datasets.TableStat
	for _, collector := range []string{"a", "b"} {
		for metric, value := range map[string]float64{"prefixes": 2, "address_span": 1<<48 + 1<<32} {
			rows = append(rows, datasets.TableStat{Collector: collector, DumpTime: january(1), Source: "rib", Family: 6, Metric: metric, Value: value})
		}
	}
	write(t, store, datasets.TableStats, "a", rows...)
	route := func(prefix string, length, origin uint32, covering string) datasets.Route {
		return datasets.Route{Collector: "a", DumpTime: january(1), Family: 6, Prefix: prefix, PrefixLength: length, OriginASN: origin, CoveringPrefix: covering}
	}
	write(t, store, datasets.Routes, "a", route("2001:db8::/32", 32, 1, ""), route("2002::/16", 16, 1, ""), route("2002::/16", 16, 2, ""), route("2002:a00::/24", 24, 1, "2002::/16"))
	checkColumn(t, "spans", column(t, store, addressSpan, "collector", "span_in_blocks", "span_6to4_in_blocks", "other_span_in_blocks"), []string{
		"a 65537 65536 1", "b 65537 unknown unknown",
	})
}

// TestUpdateWindow: the answer names the minutes that the files cover.
func TestUpdateWindow(t *testing.T) {
	store := tables.Store(t)
	update := func(second int) datasets.Update {
		return datasets.Update{Collector: "a", Time: january(1).Add(time.Duration(second) * time.Second), Kind: "announce", Family: 4, Prefix: "192.0.2.0/24", PeerASN: 1}
	}
	write(t, store, datasets.Updates, "a", update(0), update(61), update(299))
	want := []string{"between 00:00 and 00:05 UTC 3 1440"}
	checkColumn(t, "updates", column(t, store, updatesByPeer, "period", "minutes_covered", "minutes_of_day"), want)
	checkColumn(t, "unstable prefixes", column(t, store, unstablePrefixes, "period", "minutes_covered", "minutes_of_day"), want)
}

// TestMalformedUpdates: errors of a day's files are added up for each peer, attribute and handling, the collector with most first.
func TestMalformedUpdates(t *testing.T) {
	store := tables.Store(t)
	row := datasets.UpdateError{Collector: "a", Time: january(2).Add(time.Hour), PeerAddress: "192.0.2.1", PeerASN: 64496, Attribute: "ORIGIN", Fault: "malformed", Handling: "treat-as-withdraw", Messages: 2}
	later, other, before := row, row, row
	later.Time = later.Time.Add(time.Hour)
	other.Collector, other.Messages = "b", 1
	before.Time = january(1)
	discarded := row
	discarded.Attribute, discarded.Handling, discarded.Messages = "AGGREGATOR", "attribute discard", 1
	write(t, store, datasets.UpdateErrors, "a", row, discarded, later)
	write(t, store, datasets.UpdateErrors, "b", other, before)
	write(t, store, datasets.UpdateStats, "a", datasets.UpdateStat{Collector: "a", Day: january(2), Family: 4, Seconds: 7200})
	checkColumn(t, "errors", column(t, store, malformedUpdates, "collector", "peer_asn", "attribute", "handling", "messages", "all_errors", "minutes_covered"), []string{
		"a 64496 ORIGIN treat-as-withdraw 4 5 120", "a 64496 AGGREGATOR attribute discard 1 5 120", "b 64496 ORIGIN treat-as-withdraw 1 1 unknown",
		"a 64496 ORIGIN treat-as-withdraw 2 2 unknown",
	})
	a := answered(t, store, malformedUpdates)
	if want := "In 120 minutes of 2 January 2020, a received 5 errors in UPDATE messages."; a.Lead != want {
		t.Errorf("%q, want %q", a.Lead, want)
	}
}

// TestOTCUpdates: announcements with Only to Customer are judged by the relations nearest in time, as dumps are.
func TestOTCUpdates(t *testing.T) {
	store := tables.Store(t)
	var links []datasets.ASLink
	for _, l := range []struct {
		a, b     uint32
		relation string
	}{{1, 2, "peer"}, {1, 11, "provider"}, {2, 12, "provider"}, {12, 13, "peer"}, {13, 23, "provider"}, {12, 22, "provider"}} {
		links = append(links, datasets.ASLink{Time: january(1), Family: 4, ASNA: l.a, ASNB: l.b, Relation: l.relation})
	}
	write(t, store, datasets.ASLinks, "a", links...)
	write(t, store, datasets.ASLinks, "before", datasets.ASLink{Time: january(1).AddDate(0, 0, -2), Family: 4, ASNA: 2, ASNB: 12, Relation: "customer"})
	write(t, store, datasets.ASLinks, "after", datasets.ASLink{Time: january(2), Family: 4, ASNA: 2, ASNB: 12, Relation: "customer"}) // as far from noon: the earlier hour counts
	second := 0
	update := func(day, path, prefix string, otc int64) datasets.Update {
		second++
		u := datasets.Update{Collector: "a", Time: january(1).Add(time.Duration(second) * time.Second), Kind: "announce", Family: 4, SAFI: 1, Prefix: prefix, PeerAddress: "192.0.2.1", PeerASN: 1, ASPath: path}
		if day == "late" {
			u.Time = u.Time.AddDate(0, 0, 10)
		}
		if otc != 0 {
			u.OTC = &otc
		}
		return u
	}
	withdrawn := update("", "1 2 12 13 23", "20.0.0.0/16", 13)
	withdrawn.Kind = "withdraw"
	write(t, store, datasets.Updates, "a", update("", "1 2 12 12 13 23", "20.0.0.0/16", 13), update("", "1 2 12 12 13 23", "20.0.0.0/16", 13), update("", "1 2 12 13 23", "20.1.0.0/16", 13),
		update("", "2 12 99 22", "20.2.0.0/16", 22), // leaked, though one hop is unknown
		update("", "11 1 2 12", "20.3.0.0/16", 2), update("", "12", "20.3.0.0/16", 12),
		update("", "1 2 12 22", "20.4.0.0/16", 7),    // a route server that hides itself
		update("", "1 2 {3}", "20.5.0.0/16", 2),      // a set
		update("", "12 22", "20.6.0.0/16", 22),       // against the relation
		update("", "1 2 12 13 23", "20.7.0.0/16", 0), // not marked
		withdrawn)
	write(t, store, datasets.Updates, "late", update("late", "1 2 12 13 23", "20.0.0.0/16", 13)) // no relations of the time
	checkColumn(t, "announcements", column(t, store, otcUpdates, "collector", "state", "leak_asn", "announcements", "prefixes", "judged", "marked", "leaked"), []string{
		"a unknown unknown 1 1 0 1 0", "a leak 12 4 3 6 9 4", "a unknown unknown 3 3 6 9 4", "a kept unknown 2 1 6 9 4",
	})
}
