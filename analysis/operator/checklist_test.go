package operator

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit/tables"
)

// seen returns a route that so many of ten full feeds carry.
func seen(origin, verdict, rov string, feeds int) Route {
	share := float64(feeds) / 10
	return Route{Prefix: "198.18.0.0/24", Origin: origin, Verdict: verdict, Visibility: &share, Peers: number(feeds + 1), FullFeedPeers: number(feeds), FullFeedTotal: number(10), FullFeedASes: number(9),
		SeenBy: "rrc00/192.0.2.1/AS" + origin, ROV: rov, ROADate: "2024-01-01", ROAAnchors: "afrinic,apnic,arin,lacnic,ripencc", Bogon: "none", SpecialDate: "2024-01-01", SpaceDate: "2023-12-31"}
}

// lines returns the checklist of a prefix of the given length, a check a line.
func lines(p string, routes []Route, notPublic special, origin uint32) (all []string) {
	s := &Prefix{Prefix: p, Collectors: "rrc00", Announced: len(routes) > 0, Routes: routes}
	for _, c := range checklist(netip.MustParsePrefix(p), s, notPublic, origin) {
		all = append(all, fmt.Sprintf("%s %s: %s", c.State, c.Item, c.Text))
	}
	return all
}

// TestChecklist has the advice for each case. A hijacker who reads it learns nothing that would help him.
func TestChecklist(t *testing.T) {
	public := special{known: true}
	instead := seen("666", "global", "not-found", 10)
	instead.Before = "1,2"
	valid, hijack := seen("1", "global", "valid", 10), seen("666", "partial", "invalid-origin", 4)
	valid.ROVReason, hijack.ROVReason = "198.18.0.0/24-24 AS1", "198.18.0.0/24-24 AS1"
	unknownROV := seen("1", "global", "unknown", 10)
	unknownROV.ROVReason, unknownROV.ROADate, unknownROV.ROAAnchors = "payloads of 2018-01-31, RIPE NCC only; the prefix is APNIC's", "2018-01-31", "ripencc"
	oneFeed := seen("1", "unknown", "not-found", 1)
	oneFeed.FullFeedTotal, oneFeed.FullFeedASes = number(1), number(1)
	nameless := Route{Prefix: "198.18.0.0/24", Origin: "1", Verdict: "unknown", ROV: "unknown", ROVReason: "no payloads of that day or before are available", Bogon: "unknown", Reason: "no special-purpose registry of that day or before is available"}
	bogon := seen("1", "low", "not-found", 0)
	bogon.Bogon, bogon.Reason = "unallocated", "ripencc has it as available on 2023-12-31"
	private := special{true, "192.168.0.0/16 Private-Use [RFC1918]"}
	for _, c := range []struct {
		what, prefix string
		routes       []Route
		special      special
		origin       uint32
		want, never  []string
	}{
		{"a hijack", "198.18.0.0/24", []Route{valid, hijack}, public, 0, []string{
			"to do ROA: AS666 announces it in conflict with the ROAs (198.18.0.0/24-24 AS1; payloads of 2024-01-01, all five trust anchors): ask it to stop.",
			"ok visibility: From AS666 it is carried by 4 of 10 full feeds: networks that validate origins are right to drop it.",
			"ok ROA: From AS1 it is valid (198.18.0.0/24-24 AS1; payloads of 2024-01-01, all five trust anchors).",
			"to do competing origin: 2 origins announce it, AS1, AS666, some of them against the ROAs.",
			"ok bogon: From AS666 it is not a bogon (special-purpose registries of 2024-01-01; address registries of 2023-12-31).",
		}, []string{"look for filters", "create", "a ROA for it", "makes the others"}},
		{"the hijacker asks", "198.18.0.0/24", []Route{valid, hijack}, public, 666, []string{
			"to do competing origin: AS1 originates it as well, and a ROA authorises it (198.18.0.0/24-24 AS1; payloads of 2024-01-01, all five trust anchors): its holder decides whether AS666 should.",
		}, []string{"look for filters", "create", "makes the others invalid"}},
		{"a lonely invalid origin", "198.18.0.0/24", []Route{hijack}, public, 0, []string{"if the holder of the prefix intends the announcement, a ROA for it is missing; if not, ask AS666 to stop"}, []string{"look for filters", "create one"}},
		{"two origins without ROA", "198.18.0.0/24", []Route{seen("1", "global", "not-found", 9), seen("2", "partial", "not-found", 3)}, public, 0,
			[]string{"From AS2 no ROA covers it (payloads of 2024-01-01, all five trust anchors): its holder should create one for the AS that is to announce it."}, []string{"create one for 198.18.0.0/24"}},
		{"another origin than before", "198.18.0.0/24", []Route{instead}, public, 0, []string{
			"to do ROA: From AS666 no ROA covers it (payloads of 2024-01-01, all five trust anchors): its holder should create one for the AS that is to announce it.",
			"to do competing origin: AS666 originates it in place of AS1, AS2, which did in the dumps before: ask it to stop unless the holder of the prefix intends it."}, []string{"create one for 198.18.0.0/24", "No other AS"}},
		{"no ROA", "198.18.0.0/24", []Route{seen("1", "partial", "not-found", 3)}, public, 0, []string{
			"to do ROA: From AS1 no ROA covers it (payloads of 2024-01-01, all five trust anchors): create one for 198.18.0.0/24, AS1, maxLength 24.",
			"to do visibility: From AS1 it is carried by 3 of 10 full feeds: look for filters along the way."}, nil},
		{"payloads of another anchor", "198.18.0.0/24", []Route{unknownROV}, public, 0,
			[]string{"unknown ROA: From AS1 its validity is not known: payloads of 2018-01-31, RIPE NCC only; the prefix is APNIC's."}, []string{"create"}},
		{"one full feed", "198.18.0.0/24", []Route{oneFeed}, public, 0,
			[]string{"unknown visibility: From AS1 it is carried by 1 of 1 full feed. Too few different ASes send a full feed for a verdict (1)."}, []string{"look for filters", "Only one AS"}},
		{"a table without peers", "198.18.0.0/24", []Route{nameless}, public, 0, []string{
			"unknown visibility: The table does not name the peers that carry it from AS1.",
			"unknown bogon: From AS1 it is not known whether it is a bogon: no special-purpose registry of that day or before is available."}, []string{"0 %", "0 peers", "0 of"}},
		{"a bogon", "198.18.0.0/24", []Route{bogon}, public, 0, []string{"ok visibility: From AS1 it is carried by 0 of 10 full feeds: networks are right to drop a bogon."}, []string{"look for filters", "ROA"}},
		{"an AS_SET", "198.18.0.0/24", []Route{seen("{1,2}", "global", "not-found", 9)}, public, 0, []string{"no ROA can match an AS_SET"}, []string{"create"}},
		{"private space", "192.168.0.0/16", nil, private, 0, []string{"ok announcement: No peer carries it, as it should be: 192.168.0.0/16 Private-Use [RFC1918] is not for the public Internet."}, []string{"to do", "accept"}},
		{"private space, wanted", "192.168.0.0/16", nil, private, 64496, []string{"is not for the public Internet"}, []string{"to do", "accept"}},
		{"private space, announced", "192.168.0.0/16", []Route{bogon}, private, 0, []string{"to do announcement: 192.168.0.0/16 Private-Use [RFC1918] is not for the public Internet: AS1 should withdraw it."}, []string{"accept"}},
		{"no registry", "192.168.0.0/16", nil, special{}, 0, []string{"unknown announcement: No peer carries it or a prefix that covers it. Whether it is for the public Internet is not known"}, []string{"to do"}},
		{"not announced", "198.18.0.0/24", nil, public, 0, []string{"to do announcement: No peer carries it or a prefix that covers it"}, nil},
		{"an address", "198.18.0.1/32", nil, public, 0, []string{"unknown announcement: No peer carries a prefix that covers the address."}, []string{"accept", "to do", "length"}},
		{"a long prefix", "198.18.0.0/25", []Route{seen("1", "global", "valid", 9)}, public, 0, []string{"to do length: /25 is longer than /24, and most networks filter it."}, []string{"accept"}},
	} {
		got := lines(c.prefix, c.routes, c.special, c.origin)
		text := strings.Join(got, "\n")
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the checklist lacks %q:\n%s", c.what, want, text)
			}
		}
		for _, never := range c.never {
			if strings.Contains(text, never) {
				t.Errorf("%s: the checklist says %q:\n%s", c.what, never, text)
			}
		}
		rank := func(line string) int {
			return slices.IndexFunc([]string{"to do", "unknown", "ok"}, func(s string) bool { return strings.HasPrefix(line, s) })
		}
		if !slices.IsSortedFunc(got, func(a, b string) int { return rank(a) - rank(b) }) {
			t.Errorf("%s: what is to be done does not come first:\n%s", c.what, text)
		}
	}
}

// TestAddress: an address is answered by the most specific route that covers it, a default route aside; special-purpose space
// is known from the registry of the day.
func TestAddress(t *testing.T) {
	store := tables.Store(t)
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	key := table.Key{Day: at, Name: "2020-01-01T00"}
	state := func(prefix, leftOut string, origin uint32) datasets.RouteState {
		p := netip.MustParsePrefix(prefix)
		return datasets.RouteState{Time: at, Collectors: "rrc00", Family: netaddr.Family(p.Addr()), Prefix: prefix, PrefixLength: uint32(p.Bits()), OriginASN: origin, LeftOut: leftOut,
			Verdict: "unknown", ROVState: "unknown", ROVReason: "why", BogonClass: "none"}
	}
	tables.Commit(t, store, datasets.RouteStates, key, state("0.0.0.0/0", "default-route", 7), state("8.0.0.0/8", "", 3356), state("8.8.8.0/24", "", 15169), state("100.0.0.0/24", "", 15169), state("9.0.0.0/24", "", 15169), state("2001:4860::/32", "", 15169))
	block := func(prefix, reachable string) datasets.SpecialPrefix {
		p := netip.MustParsePrefix(prefix)
		return datasets.SpecialPrefix{RegistryDate: at, Registry: "r", Family: netaddr.Family(p.Addr()), Prefix: prefix, PrefixLength: uint32(p.Bits()), Name: "Block", Reference: "[RFC0]", GloballyReachable: reachable}
	}
	tables.Commit(t, store, datasets.SpecialPrefixes, key, block("192.168.0.0/16", "false"), block("192.0.0.0/24", "false"), block("192.0.0.9/32", "true"), block("2001:db8::/32", "false"))
	view := opened(t, store, time.Time{})
	for _, c := range []struct{ asked, prefix, covered, block string }{
		{"8.8.8.8/32", "8.8.8.0/24", "8.8.8.8/32", ""},
		{"8.9.9.9/32", "8.0.0.0/8", "8.9.9.9/32", ""},
		{"8.8.8.0/25", "8.8.8.0/25", "", ""}, // a prefix is answered for itself
		{"11.0.0.1/32", "11.0.0.1/32", "", ""},
		{"2001:4860:4860::8888/128", "2001:4860::/32", "2001:4860:4860::8888/128", ""},
		{"192.168.0.0/16", "192.168.0.0/16", "", "192.168.0.0/16 Block [RFC0]"},
		{"192.168.7.0/24", "192.168.7.0/24", "", "192.168.0.0/16 Block [RFC0]"},
		{"192.0.0.9/32", "192.0.0.9/32", "", ""}, // reachable inside an unreachable block
		{"2001:db8::/32", "2001:db8::/32", "", "2001:db8::/32 Block [RFC0]"},
		{"192.0.0.0/8", "192.0.0.0/8", "", ""},
	} {
		p := netip.MustParsePrefix(c.asked)
		s, err := view.Prefix(t.Context(), p, 0)
		if err != nil {
			t.Fatal(err)
		}
		if s.Prefix != c.prefix || s.Asked != c.covered {
			t.Errorf("%s is answered for %s (asked %q), want %s (%q)", c.asked, s.Prefix, s.Asked, c.prefix, c.covered)
		}
		if found, err := view.special(t.Context(), p); err != nil || !found.known || found.line != c.block {
			t.Errorf("%s lies in %q (%v, %v), want %q", c.asked, found.line, found.known, err, c.block)
		}
	}
	as, err := view.AS(t.Context(), 15169)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, r := range as.Routes {
		order = append(order, r.Prefix)
		if r.Peers != nil || r.Visibility != nil || r.FullFeedTotal != nil {
			t.Errorf("%s has numbers that nobody knows: %+v", r.Prefix, r)
		}
	}
	if got := strings.Join(order, " "); got != "8.8.8.0/24 9.0.0.0/24 100.0.0.0/24 2001:4860::/32" || *as.IPv4 != 3 || *as.IPv6 != 1 {
		t.Errorf("AS15169 originates %s, %d and %d", got, *as.IPv4, *as.IPv6)
	}
}
