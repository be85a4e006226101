package terms_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"tidemark/datasets/table"
	"tidemark/site/terms"
)

func TestOf(t *testing.T) {
	for _, c := range []struct{ name, url, want, license string }{
		{"mrt/route-views2/undated/rib.bz2", "https://archive.routeviews.org/bgpdata/rib.bz2", "University of Oregon RouteViews", "CC-BY-4.0"},
		{"mrt/route-views.linx/undated/rib.bz2", "file:rib.bz2", "University of Oregon RouteViews", "CC-BY-4.0"},
		{"mrt/rrc00/undated/bview.gz", "file:bview.gz", "RIPE NCC, Routing Information Service (RIS)", ""},
		{"mrt/own/undated/rib", "file:rib", "other publishers", ""},
		{"mrt/undated/rib", "file:rib", "other publishers", ""},
		{"mrt/own/undated/updates.20261128.1200.gz", "record:own", "the operator of this site", ""},
		{"mrt/rrc-own/undated/rib.20261128.1600.gz", "record:rrc-own", "the operator of this site", ""},
		{"mrt/own/undated/updates.20261128.1200.gz", "file:updates.20261128.1200.gz", "other publishers", ""}, // imported
		{"prefix-origins/pfx2as/2026-04-21/x", "https://publicdata.caida.org/x", "CAIDA, RouteViews prefix to AS mappings", ""},
		{"as-orgs/caida/undated/20260401.as-org2info.txt.gz", "https://publicdata.caida.org/datasets/as-organizations/20260401.as-org2info.txt.gz", "CAIDA, AS to Organization Mapping", ""},
		{"irr-routes/ripencc/2026-11-28/ripe.db.route.gz", "https://ftp.ripe.net/ripe/dbase/split/ripe.db.route.gz", "RIPE NCC, RIPE Database", ""},
		{"irr-routes/arin/2026-11-28/arin.db.gz", "https://ftp.arin.net/pub/rr/arin.db.gz", "ARIN", ""},
		{"irr-routes/radb/2026-11-28/radb.db.gz", "file:radb.db.gz", "other publishers", ""},
		{"as-names/ripencc/2026-11-28/asn.txt", "https://ftp.ripe.net/ripe/asnames/asn.txt", "RIPE NCC", ""},
		{"special-prefixes/iana/2026-11-28/x.csv", "https://notiana.org/x.csv", "IANA", "CC0-1.0"},
		{"roas/2026-11-28/vrps.json", "https://mirror.example.net/vrps.json", "other publishers", ""},
		{"x", "https://raw.githubusercontent.com/zakird/crux-top-lists/main/data/global/202610.csv.gz", "Chrome User Experience Report (CrUX)", ""},
		{"x", "https://raw.githubusercontent.com/somebody/else/main/x.csv", "other publishers", ""},
		{"google-ipv6/2026-11-28/adoption.js", "https://www.google.com/intl/en_ALL/ipv6/statistics/data/adoption.js", "Google, IPv6 statistics", ""},
		{"apnic-ipv6/2026-11-28/FR.json", "https://data1.labs.apnic.net/v6stats/v6economy/FR.json", "APNIC Labs, IPv6 measurements", ""},
		{"ipv6-users/2026-11-28/radar.csv", "file:radar.csv", "the publishers of figures about users", ""},
		{"mrt/routeviews-live/2026-11-28/updates.20261128.1200.gz", "kafka://stream.routeviews.org:9092", "University of Oregon RouteViews", "CC-BY-4.0"},
		{"mrt/routeviews-live/2026-11-28/updates.20261128.1205.gz", "kafka://192.0.2.1:9092", "University of Oregon RouteViews", "CC-BY-4.0"},
		{"mrt/ris-live/2026-11-28/updates.20261128.1200.gz", "wss://ris-live.ripe.net/v1/ws/", "RIPE NCC, Routing Information Service (RIS)", ""},
		{"x", "https://ftp.ripe.net/pub/stats/nro/x", "RIPE NCC", ""},
		{"ipv6-probes/x/2026-11-28/probe.jsonl.gz", "probe:x", "the operator of this site", ""},
	} {
		got := terms.Of(table.Input{Name: c.name, URL: c.url})
		if got.Publisher != c.want || got.License != c.license {
			t.Errorf("%s from %s: %+v, want %s", c.name, c.url, got, c.want)
		}
	}
}

// TestUnion: each publisher once, in the same order whatever that of the files.
func TestUnion(t *testing.T) {
	files := []table.Input{{Name: "x/y"}, {Name: "rfc-index/2026-11-28/rfc-index.xml"}, {Name: "mrt/route-views2/undated/a"}, {Name: "mrt/route-views3/undated/b"},
		{Name: "mrt/own/undated/c", URL: "record:own"}}
	union := func() []terms.Terms {
		return terms.Union(func(yield func([]terms.Terms) bool) {
			for _, in := range files {
				if !yield(terms.AllOf(in, nil)) {
					return
				}
			}
		})
	}
	forth := union()
	slices.Reverse(files)
	if back := union(); len(forth) != 4 || !slices.Equal(forth, back) || forth[0].License != "CC-BY-4.0" || forth[2].Publisher != "the operator of this site" || forth[3] != terms.Unknown {
		t.Errorf("%+v and %+v", forth, back)
	}
}

// TestListsOfDomains: what is made from a probe names the publishers of lists, and what is not does not.
func TestListsOfDomains(t *testing.T) {
	majestic, _ := terms.OfList("majestic", "", "")
	banks, _ := terms.OfList("banks.csv", "https://example.org/banks", "A ministry")
	probed := map[string][]terms.Terms{"ipv6-probes/y/1/p": {majestic}, "ipv6-probes/z/1/p": {banks}, "ipv6-probes/own/1/p": nil}
	publishers := func(name string) (all []string) {
		for _, terms := range terms.Union(slices.Values([][]terms.Terms{terms.AllOf(table.Input{Name: name, URL: "probe:x"}, probed)})) {
			all = append(all, terms.Publisher)
		}
		return all
	}
	want := []string{"the operator of this site", "Tranco", "Cisco Umbrella popularity list", "Majestic Million", "Chrome User Experience Report (CrUX)", "Cloudflare Radar"}
	if got := publishers("ipv6-probes/x/2026-11-28/probe.jsonl.gz"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for name, list := range map[string][]string{"ipv6-probes/y/1/p": {"Majestic Million"}, "ipv6-probes/z/1/p": {"A ministry, list of domains"}, "ipv6-probes/own/1/p": nil} {
		if got, want := publishers(name), append(want[:1:1], list...); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := publishers("ipv6-vantage/x/2026-11-28/vantage.json"); !slices.Equal(got, want[:1]) {
		t.Errorf("%q, want %q", got, want[:1])
	}
}

// TestLiveSources: the terms of every source that the example of a live configuration names are in the table.
func TestLiveSources(t *testing.T) {
	live, err := os.ReadFile("../../examples/live.toml")
	if err != nil {
		t.Fatal(err)
	}
	urls := regexp.MustCompile(`"(https://[^"]+)"`).FindAllStringSubmatch(string(live), -1)
	own := regexp.MustCompile(`example\.net|hc-ping\.com`)
	n := 0
	for _, m := range urls {
		if own.MatchString(m[1]) {
			continue
		}
		if n++; terms.Of(table.Input{URL: m[1]}) == terms.Unknown {
			t.Errorf("%s: no terms", m[1])
		}
	}
	if n < 20 {
		t.Errorf("%d addresses, want at least 20", n)
	}
}
