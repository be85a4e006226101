package operator

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// irrStore has routes of AS 7 of which objects say different things, in dumps of two registries and one that is too old.
func irrStore(t *testing.T, at time.Time) *table.Store {
	store := tables.Store(t)
	state := func(family uint32, prefix string, bits, origin uint32) datasets.RouteState {
		return datasets.RouteState{Time: at, Collectors: "rrc00", Family: family, Prefix: prefix, PrefixLength: bits, OriginASN: origin, Verdict: "global", ROVState: "not-found", BogonClass: "none"}
	}
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: at, Name: "x"}, state(4, "192.0.2.0/24", 24, 7), state(4, "198.51.100.0/24", 24, 7),
		state(4, "203.0.113.0/24", 24, 7), state(6, "2001:db8::/32", 32, 7), state(4, "203.0.113.0/24", 24, 8))
	yesterday, lastMonth, changed := at.AddDate(0, 0, -1), at.AddDate(0, -1, 0), time.Date(2019, 2, 5, 10, 36, 54, 0, time.UTC)
	object := func(day time.Time, source, prefix string, bits, origin uint32) datasets.IRRRoute {
		return datasets.IRRRoute{FileDate: day, Source: source, Family: 4, Prefix: prefix, PrefixLength: bits, OriginASN: origin, MntBy: "A-MNT", LastModified: &changed}
	}
	tables.Commit(t, store, datasets.IRRRoutes, table.Key{Day: at, Name: "ripe"}, object(at, "RIPE", "192.0.2.0/24", 24, 7), object(at, "RIPE", "192.0.0.0/16", 16, 9), object(at, "RIPE", "203.0.113.0/24", 24, 8))
	// The same objects from a mirror, and an older dump of the same registry in which AS 7 had another prefix.
	tables.Commit(t, store, datasets.IRRRoutes, table.Key{Day: at, Name: "mirror"}, object(at, "RIPE", "192.0.2.0/24", 24, 7))
	tables.Commit(t, store, datasets.IRRRoutes, table.Key{Day: yesterday, Name: "ripe"}, object(yesterday, "RIPE", "198.51.100.0/24", 24, 7))
	tables.Commit(t, store, datasets.IRRRoutes, table.Key{Day: yesterday, Name: "radb"}, object(yesterday, "RADB", "192.0.2.0/24", 24, 1))
	tables.Commit(t, store, datasets.IRRRoutes, table.Key{Day: lastMonth, Name: "altdb"}, object(lastMonth, "ALTDB", "198.51.100.0/24", 24, 7))
	return store
}

// TestIRR: the newest dump of each registry judges routes, beside which those of no registry's family are unknown.
func TestIRR(t *testing.T) {
	at := time.Date(2025, 1, 20, 8, 0, 0, 0, time.UTC)
	view := opened(t, irrStore(t, at), time.Time{})
	as, err := view.AS(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]int64{"matching": 1, "other-origin": 1, "none": 1, "unknown": 1}; !reflect.DeepEqual(as.IRR, want) {
		t.Errorf("states %v, want %v", as.IRR, want)
	}
	for _, r := range as.Routes {
		if want := map[string]string{"192.0.2.0/24": "matching", "198.51.100.0/24": "none", "203.0.113.0/24": "other-origin", "2001:db8::/32": "unknown"}[r.Prefix]; r.IRR != want {
			t.Errorf("%s is %s, want %s", r.Prefix, r.IRR, want)
		}
	}
	if got, want := as.IRRBasis(), "RADB of 2025-01-19, RIPE of 2025-01-20"; got != want {
		t.Errorf("by %s, want %s", got, want)
	}
	for text, want := range map[string][]IRRObject{
		"192.0.2.0/24": {
			{"192.0.2.0/24", "1", "RADB", "A-MNT", "2019-02-05", "another origin"},
			{"192.0.2.0/24", "7", "RIPE", "A-MNT", "2019-02-05", "announced origin"},
			{"192.0.0.0/16", "9", "RIPE", "A-MNT", "2019-02-05", "another origin"}},
		"192.0.9.0/24":    {{"192.0.0.0/16", "9", "RIPE", "A-MNT", "2019-02-05", ""}},
		"198.51.100.0/24": nil,
		"2001:db8::/32":   nil,
	} {
		p, err := ParsePrefix(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := view.Prefix(t.Context(), p, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.IRRObjects, want) || s.IRRTotal != int64(len(want)) {
			t.Errorf("%s: %d objects\n%+v, want\n%+v", text, s.IRRTotal, s.IRRObjects, want)
		}
		if basis := s.IRRBasis(); (basis == "") != (text == "2001:db8::/32") {
			t.Errorf("%s is judged by %q", text, basis)
		}
	}
}

// TestOrganisation: the newest file at or before the dumps names an AS's organisation and its other ASes, each once.
func TestOrganisation(t *testing.T) {
	at := time.Date(2025, 1, 20, 8, 0, 0, 0, time.UTC)
	store := irrStore(t, at)
	if s := organisationOf(t, store, 7); s != nil {
		t.Errorf("without a file: %+v", s)
	}
	file := func(day time.Time, name string, orgs ...datasets.ASOrg) {
		for i := range orgs {
			orgs[i].FileDate = day
		}
		tables.Commit(t, store, datasets.ASOrgs, table.Key{Day: day, Name: name}, orgs...)
	}
	newest, older, later := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 10, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC)
	mine := []datasets.ASOrg{{ASN: 7, OrgID: "X", OrgName: "Example", Country: "NL", Source: "RIPE"}, {ASN: 9, OrgID: "X"}, {ASN: 10, OrgID: "Y"}}
	file(newest, "text", slices.Clone(mine)...)
	file(newest, "json", slices.Clone(mine)...)
	file(older, "text", datasets.ASOrg{ASN: 7, OrgID: "X"}, datasets.ASOrg{ASN: 11, OrgID: "X"})
	file(later, "text", datasets.ASOrg{ASN: 7, OrgID: "Z"})
	tables.Commit(t, store, datasets.ASNames, table.Key{Day: newest, Name: "x"}, datasets.ASName{FileDate: newest, ASN: 9, Name: "NINE"})
	for asn, want := range map[uint32][]string{
		7:  {"Example (X), NL.", "Same organisation by CAIDA's as2org of 2025-01-01: AS9 (NINE)."},
		10: {"Y, without another AS by CAIDA's as2org of 2025-01-01."},
		11: {"CAIDA's as2org of 2025-01-01 does not have the AS."},
	} {
		s := organisationOf(t, store, asn)
		if s == nil || !slices.Equal(s.Lines(), want) {
			t.Errorf("AS%d: %+v, want %q", asn, s, want)
		}
	}
	var many []datasets.ASOrg
	for asn := range uint32(60) {
		many = append(many, datasets.ASOrg{ASN: 100 + asn, OrgID: "MANY"})
	}
	file(time.Date(2025, 1, 10, 0, 0, 0, 0, time.UTC), "text", many...)
	if s := organisationOf(t, store, 130); len(s.Others) != maxSiblings || s.Total != 59 {
		t.Errorf("%d of %d other ASes, want %d of 59", len(s.Others), s.Total, maxSiblings)
	}
}

func organisationOf(t *testing.T, store *table.Store, asn uint32) *Organisation {
	t.Helper()
	view := opened(t, store, time.Time{})
	s, err := view.AS(t.Context(), asn)
	if err != nil {
		t.Fatal(err)
	}
	return s.Operator
}
