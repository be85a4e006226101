package operator

import (
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestASPAOfAS: an AS that lists one of the two ASes over which full feeds reach it, and what changed about its payloads.
func TestASPAOfAS(t *testing.T) {
	store := tables.Store(t)
	at := time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)
	yesterday := at.AddDate(0, 0, -1)
	key := table.Key{Day: at, Name: "x"}
	for i, providers := range [][]uint32{nil, {20}, {20}, {0}} { // and another AS
		day := at.AddDate(0, 0, i-9)
		rows := []datasets.ASPA{{FileDate: day, Customer: 8, Provider: 0}}
		for _, p := range providers {
			rows = append(rows, datasets.ASPA{FileDate: day, Customer: 7, Provider: p})
		}
		tables.Commit(t, store, datasets.ASPAs, table.Key{Day: day, Name: "x"}, rows...)
	}
	tables.Commit(t, store, datasets.RouteStates, key, datasets.RouteState{Time: at, Collectors: "rrc00", Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24, OriginASN: 7, Verdict: "global"})
	tables.Commit(t, store, datasets.ASPAs, table.Key{Day: yesterday, Name: "x"}, datasets.ASPA{FileDate: yesterday, Customer: 7, Provider: 10}, datasets.ASPA{FileDate: yesterday, Customer: 8, Provider: 0})
	tables.Commit(t, store, datasets.ASPAHops, key, datasets.ASPAHop{Time: at, ASN: 7, BeforeASN: 10, Paths: 9, FullFeedASes: 5, Attested: "provider"},
		datasets.ASPAHop{Time: at, ASN: 7, BeforeASN: 20, Paths: 4, FullFeedASes: 2, Attested: "not-provider"}, datasets.ASPAHop{Time: at, ASN: 7, BeforeASN: 30, Paths: 1, Attested: "not-provider"})
	tables.Commit(t, store, datasets.ASPAStates, key, datasets.ASPAState{Time: at, Family: 4, Prefix: "192.0.2.0/24", OriginASN: 7, State: "invalid", Hop: "7>20 8>20", InvalidPath: "8 20 7"},
		datasets.ASPAState{Time: at, Family: 4, Prefix: "198.51.100.0/24", OriginASN: 17, State: "invalid", Hop: "17>20 8>20", InvalidPath: "8 20 17"})
	other := int64(7)
	length := int64(24)
	tables.Commit(t, store, datasets.ROAChanges, key, datasets.ROAChange{FileDate: at, PreviousDate: &yesterday, TrustAnchor: "arin", Event: "created", Change: "max-length", Family: 4, Prefix: "192.0.2.0/23", MaxLength: 25, ASN: 7, OtherMaxLength: &length, OtherASN: &other},
		datasets.ROAChange{FileDate: at, PreviousDate: &yesterday, TrustAnchor: "arin", Event: "gone", Change: "gone", Family: 4, Prefix: "203.0.113.0/24", MaxLength: 24, ASN: 9})
	view := opened(t, store, time.Time{})
	s, err := view.AS(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Its ASPA of 2025-01-01 lists AS10.",
		"Paths show AS10 before it: paths 9, full feeds of other ASes 5; listed.",
		"Paths show AS20 before it: paths 4, full feeds of other ASes 2; not listed.",
		"Paths show AS30 before it: paths 1, full feeds of other ASes 0; not listed.",
		"Routes with a path that its ASPA makes invalid: 1, for example 192.0.2.0/24 over 8 20 7, at AS7 without AS20 and AS8 without AS20.",
		"If it buys transit from AS20, its ASPA should be AS7 => AS10, AS20: paths over an AS that an ASPA does not list become invalid. Paths alone do not prove who is a provider.",
	}
	if got := s.ASPA.Lines(7); !slices.Equal(got, want) {
		t.Errorf("ASPA:\n%q\nwant\n%q", got, want)
	}
	lists := []Sighting{{Time: "2024-12-24", Origin: "", What: "no ASPA"}, {Time: "2024-12-25", Origin: "", What: "lists AS20"}, {Time: "2024-12-27", Origin: "", What: "states that it has no provider"}, {Time: "2025-01-01", Origin: "", What: "lists AS10"}}
	if !slices.Equal(s.ASPA.History, lists) {
		t.Errorf("lists %+v, want %+v", s.ASPA.History, lists)
	}
	change := []Sighting{{Time: "2025-01-02", Origin: "7", What: "payload 192.0.2.0/23 up to /25 created, trust anchor arin, after 2025-01-01; maximum length before /24"}}
	if !slices.Equal(s.Payloads, change) {
		t.Errorf("payloads %+v, want %+v", s.Payloads, change)
	}
	p, err := ParsePrefix("192.0.2.0/24")
	if err != nil {
		t.Fatal(err)
	}
	prefix, err := view.Prefix(t.Context(), p, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(prefix.Payloads, change) {
		t.Errorf("payloads of the prefix %+v, want %+v", prefix.Payloads, change)
	}
	if s, err := view.AS(t.Context(), 9); err != nil || s.ASPA.Lines(9)[0] != "It has no ASPA among those of 2025-01-01." {
		t.Errorf("an AS without an ASPA: %v, %v", s, err)
	}
}
