package analysis

import (
	"testing"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestASPAAdoption: ASes are counted once, and the share is of the origins of the newest table of the three days after the ASPAs.
func TestASPAAdoption(t *testing.T) {
	store := tables.Store(t)
	var rows []datasets.ASPA
	for _, p := range [][2]uint32{{1, 2}, {1, 3}, {2, 0}, {9, 2}} {
		rows = append(rows, datasets.ASPA{FileDate: january(1), Customer: p[0], Provider: p[1], TrustAnchor: "ripe"})
	}
	write(t, store, datasets.ASPAs, "a", rows...)
	write(t, store, datasets.ASPAs, "old", datasets.ASPA{FileDate: january(1).AddDate(-1, 0, 0), Customer: 1, Provider: 2})
	for day, origins := range map[int][]uint32{1: {1}, 2: {1, 1, 2, 5, 0}, 6: {9}} {
		for i, asn := range origins {
			write(t, store, datasets.RouteStates, string(rune('a'+day))+string(rune('a'+i)), datasets.RouteState{Time: january(day), Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24, OriginASN: asn})
		}
	}
	countRoutes(t, store)
	checkColumn(t, "adoption", column(t, store, aspaAdoption, "trust_anchors", "customers", "without_providers", "origin_ases", "origins_with_aspa"), []string{"ripe 3 1 3 2", " 1 0 unknown unknown"})
}

// TestROAChangesAnswer: payloads that took the place of others are counted apart, and those of a first day not at all.
func TestROAChangesAnswer(t *testing.T) {
	store := tables.Store(t)
	var rows []datasets.ROAChange
	add := func(day, before int, anchor, event, change string) {
		previous := january(before)
		row := datasets.ROAChange{FileDate: january(day), PreviousDate: &previous, TrustAnchor: anchor, Event: event, Change: change}
		if before == 0 {
			row.PreviousDate = nil
		}
		rows = append(rows, row)
	}
	add(1, 0, "ripencc", "first", "first")
	add(2, 1, "ripencc", "created", "created")
	add(2, 1, "ripencc", "created", "max-length")
	add(2, 1, "ripencc", "gone", "max-length")
	add(2, 1, "ripencc", "created", "asn")
	add(2, 1, "ripencc", "gone", "asn")
	add(5, 2, "ripencc", "gone", "gone")
	add(5, 2, "apnic", "created", "created")
	write(t, store, datasets.ROAChanges, "a", rows...)
	checkColumn(t, "changes", column(t, store, roaChanges, "trust_anchor", "period", "days", "created", "gone", "other_max_length", "other_asn", "all_created", "break"), []string{
		"apnic 2020-01-02 to 2020-01-05 3 1 0 0 0 1 ",
		"ripencc 2020-01-02 to 2020-01-05 3 0 1 0 0 1 compared over another number of days",
		"ripencc 2020-01-01 to 2020-01-02 1 1 0 1 1 1 ",
	})
}

// TestASPAStatesAnswer: the share of each state is of the paths of its vantage, and the newest hour comes first.
func TestASPAStatesAnswer(t *testing.T) {
	store := tables.Store(t)
	var rows []datasets.ASPAStat
	for _, vantage := range []uint32{0, 7} {
		for i, state := range []string{"unknown", "valid", "invalid"} {
			row := datasets.ASPAStat{Collector: "a", DumpTime: january(1), Family: 4, VantageASN: vantage, Procedure: "downstream", State: state, Paths: int64(1 + i), ASPADate: "2019-12-31,2020-01-01"}
			if vantage > 0 {
				row.VantageAddress = "192.0.2.7"
			}
			rows = append(rows, row)
			row.Procedure, row.Paths = "upstream", int64(2*i)
			rows = append(rows, row)
		}
	}
	write(t, store, datasets.ASPAStats, "a", rows...)
	checkColumn(t, "states", column(t, store, aspaStates, "vantage", "aspa_state", "paths", "upstream_paths", "all_paths", "aspa_date")[:4], []string{
		"all peers valid 2 2 6 2020-01-01T00:00:00Z", "all peers unknown 1 0 6 2020-01-01T00:00:00Z", "all peers invalid 3 4 6 2020-01-01T00:00:00Z", "AS7, 192.0.2.7 valid 2 2 6 2020-01-01T00:00:00Z",
	})
}
