package operator

import (
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestASChecklist: what is to do comes first; a state that nothing proves is unknown, never ok.
func TestASChecklist(t *testing.T) {
	eight, five := int64(8), int64(5)
	good := Route{Prefix: "192.0.2.0/24", Origin: "7", Verdict: "global", FullFeedPeers: &eight, FullFeedTotal: &eight, ROV: "valid", IRR: "matching", Bogon: "none"}
	bad := Route{Prefix: "198.51.100.0/24", Origin: "7", Verdict: "partial", FullFeedPeers: &five, FullFeedTotal: &eight, ROV: "not-found", IRR: "none", Bogon: "none", MOAS: true, Others: "8,9"}
	dark := Route{Prefix: "2001:db8::/32", Origin: "7", Verdict: "unknown", ROV: "unknown", ROVReason: "no payloads", IRR: "unknown", Bogon: "unknown", Reason: "no registry"}
	dumps := []IRRDump{{Source: "RIPE", Family: 4, Date: "2025-01-01"}}
	for _, c := range []struct {
		name string
		as   AS
		want []string
	}{
		{"nothing", AS{}, []string{
			"unknown announcement: It originates no prefix in these dumps. Nothing is missing if it only passes on the routes of others.",
			"unknown ASPA: No ASPAs of the time are at hand.",
			"unknown delegation: No delegation file at hand has its number: collect the file of its registry."}},
		{"all well", AS{Routes: []Route{good}, IRRDumps: dumps, Delegation: "ripencc", ASPA: &ASPA{Providers: []uint32{1}}, Events: []Event{{Status: "ended"}}}, []string{
			"ok announcement: It originates 1 IPv4 and 0 IPv6 prefixes.", "ok bogon: No route is a bogon.", "ok ROA: A ROA authorises each route.",
			"ok visibility: The only route with the verdict global.", "ok competing origin: No other AS originates its prefixes.", "ok route objects: Each route has an object with this AS.",
			"ok ASPA: Its ASPA lists each AS that paths show as its provider.", "ok events: Ended: all of the 1 newest.", "ok delegation: Delegated: ripencc."}},
		{"to do and unknown", AS{Routes: []Route{good, bad, dark}, IRRDumps: dumps, Delegation: "ripencc", ASPA: &ASPA{Neighbours: []Predecessor{{ASN: 3, FullFeedASes: 2}}}, Events: []Event{{Status: "still"}, {Status: "ended"}}}, []string{
			"to do ROA: Without a ROA: 198.51.100.0/24. Create one for each, with its own length as maxLength.",
			"to do visibility: Not carried everywhere: 198.51.100.0/24 (5 of 8 full feeds). Look for filters along the way.",
			"to do competing origin: Other ASes originate 198.51.100.0/24 too (the first: AS8, AS9). Ask them to stop unless the holder of the prefix intends it.",
			"to do route objects: Without a route object: 198.51.100.0/24. Networks that filter by such objects may refuse them: add one for each.",
			"to do ASPA: It has no ASPA. If it buys transit from AS3, create one that lists them.",
			"to do events: Still going on: 1 of the 2 newest. See whether each is intended.",
			"unknown bogon: Not known whether a bogon: 1 of 3 routes (no registry).",
			"unknown ROA: Not known whether valid: 1 of 3 routes (no payloads).",
			"unknown visibility: No verdict on how far they reach: 1 of 3 routes (full feeds unknown).",
			"unknown route objects: Without dumps of their family: 1 of 3 routes.",
			"ok announcement: It originates 2 IPv4 and 1 IPv6 prefixes.", "ok delegation: Delegated: ripencc."}},
	} {
		c.as.Tally = newTally()
		c.as.count(func(string) string { return "rrc00" })
		var got []string
		for _, check := range asChecklist(&c.as) {
			got = append(got, check.State+" "+check.Item+": "+check.Text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q\nwant\n%q", c.name, got, c.want)
		}
	}
}

// TestROAs: the newest payloads of each trust anchor count, unless they are too old; other origins of the prefixes are named.
func TestROAs(t *testing.T) {
	at := time.Date(2025, 1, 20, 8, 0, 0, 0, time.UTC)
	day := at.Truncate(24 * time.Hour)
	store := tables.Store(t)
	state := func(asn uint32, verdict string) datasets.RouteState {
		return datasets.RouteState{Time: at, Collectors: "rrc00", Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24, OriginASN: asn, Verdict: verdict, ROVState: "valid", BogonClass: "none", MOAS: true}
	}
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: day, Name: "x"}, state(7, "global"), state(8, "low"), state(9, "low"))
	expires := at.Add(time.Hour)
	payload := func(day time.Time, anchor, prefix string, expires *time.Time) datasets.ROA {
		return datasets.ROA{FileDate: day, ASN: 7, Family: 4, Prefix: prefix, PrefixLength: 24, MaxLength: 25, TrustAnchor: anchor, Expires: expires}
	}
	yesterday, old := day.AddDate(0, 0, -1), day.AddDate(0, 0, -30)
	tables.Commit(t, store, datasets.ROAs, table.Key{Day: day, Name: "a"}, payload(day, "ripe", "192.0.2.0/24", &expires))
	tables.Commit(t, store, datasets.ROAs, table.Key{Day: yesterday, Name: "b"}, payload(yesterday, "ripe", "198.51.100.0/24", nil), payload(yesterday, "arin", "203.0.113.0/24", nil))
	tables.Commit(t, store, datasets.ROAs, table.Key{Day: old, Name: "c"}, payload(old, "apnic", "203.0.113.0/24", nil))
	view := opened(t, store, time.Time{})
	as, err := view.AS(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	want := []ROA{{"192.0.2.0/24", 25, "7", "ripe", "2025-01-20T09:00:00Z"}, {"203.0.113.0/24", 25, "7", "arin", ""}}
	if !slices.Equal(as.ROAs, want) || as.ROATotal != 2 || as.ROADate != "2025-01-19,2025-01-20" {
		t.Errorf("payloads %v of %q, %d in all; want %v", as.ROAs, as.ROADate, as.ROATotal, want)
	}
	if as.Routes[0].Others != "8,9" {
		t.Errorf("other origins %q", as.Routes[0].Others)
	}
	if h := as.History; len(h) != 1 || h[0].IPv4.Prefixes != 1 || *h[0].IPv4.Global != 1 || h[0].IPv6 != nil {
		t.Errorf("history %+v", h)
	}
	p, err := ParsePrefix("192.0.2.0/24")
	if err != nil {
		t.Fatal(err)
	}
	prefix, err := view.Prefix(t.Context(), p, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(prefix.ROAs, want[:1]) {
		t.Errorf("payloads of the prefix %v", prefix.ROAs)
	}
}

// TestShares: shares are given beside those of a year before and of larger regions, and are unknown where too many routes are.
func TestShares(t *testing.T) {
	r := Region{IPv4: RegionFamily{RegionCount: RegionCount{ASes: 4, Both: 1, Valid: 3, NotFound: 1}, Earlier: &RegionCount{ASes: 2, Valid: 1, NotFound: 1}},
		IPv6:    RegionFamily{RegionCount: RegionCount{ASes: 2, Both: 1, Valid: 9, Unknown: 1}, Earlier: &RegionCount{}},
		Context: []RegionContext{{Name: "World", IPv4: RegionCount{ASes: 10, Valid: 1, Invalid: 3}, IPv6: RegionCount{}}}}
	want := [][4]string{{"ASes with IPv6", "40.0 %", "0 %", "0 %"}, {"IPv4 routes ROV-valid", "75.0 %", "50.0 %", "25.0 %"}, {"IPv6 routes ROV-valid", "unknown", "unknown", "unknown"}}
	for i, s := range r.Shares() {
		if got := [4]string{s.Name, s.Here, s.Before, s.Others[0]}; got != want[i] {
			t.Errorf("got %q, want %q", got, want[i])
		}
	}
}
