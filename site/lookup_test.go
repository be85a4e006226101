package site

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
	"tidemark/site/lookup"
)

// routesStore has a table of routes.
func routesStore(t *testing.T) *table.Store {
	t.Helper()
	store := tables.Store(t)
	at := date(2026, 6, 1)
	feeds, total, carry := int64(9), int64(40), int64(31)
	route := func(prefix string, bits, origin uint32) datasets.RouteState {
		family := uint32(4)
		if strings.Contains(prefix, ":") {
			family = 6
		}
		return datasets.RouteState{Time: at, Family: family, Prefix: fmt.Sprintf("%s/%d", prefix, bits), PrefixLength: bits, OriginASN: origin, FullFeedPeers: &carry, FullFeedTotal: &total, FullFeedASes: &feeds,
			Verdict: "global", ROVState: "valid", ROVReason: fmt.Sprintf("%s/%d-%d AS%d", prefix, bits, bits, origin), BogonClass: "none", ROADate: "2026-06-01", ROAAnchors: "arin,ripencc", SpaceDate: "2026-05-31", Holder: "arin US allocated x"}
	}
	rows := []datasets.RouteState{route("8.0.0.0", 9, 3356), route("8.8.8.0", 24, 15169), route("2001:4860::", 32, 15169), route("45.0.0.0", 16, 64510)}
	rows[3].ROVState, rows[3].ROVReason, rows[3].FullFeedPeers, rows[3].BogonClass, rows[3].Holder = "unknown", "no payloads", nil, "unknown", ""
	for i := range uint32(3000) { // more than a script holds
		r := route(fmt.Sprintf("%d.%d.%d.0", 60+i/900, i/256%256, i%256), 24, 7018)
		r.MOAS = i%2 == 0
		rows = append(rows, r)
	}
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: at, Name: "2026-06-01T00"}, rows...)
	tables.Commit(t, store, datasets.ASNames, table.Key{Day: at, Name: "names"}, datasets.ASName{FileDate: at, ASN: 15169, Name: "GOOGLE - Google LLC, US"}, datasets.ASName{FileDate: at, ASN: 3356, Name: "LEVEL3 " + hostile},
		datasets.ASName{FileDate: at, ASN: 64510, Name: "<img/src=x/onerror=alert(1)> \u202eevil"})
	tables.Commit(t, store, datasets.ASLinks, table.Key{Day: at, Name: "2026-06-01T00"}, datasets.ASLink{Time: at, Family: 4, ASNA: 3356, ASNB: 15169, Relation: "peer", Basis: "clique", Paths: 12, Vantages: 5, Of: 20})
	tables.Commit(t, store, datasets.SpecialPrefixes, table.Key{Day: at, Name: "iana"}, datasets.SpecialPrefix{RegistryDate: at, Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24, Name: "Documentation (TEST-NET-1)", Reference: "[RFC5737]", GloballyReachable: "false"})
	return store
}

// lookupInput is the fixture with a table of routes, and with RFCs to find.
func lookupInput(t *testing.T) Input {
	t.Helper()
	in := fixture()
	var err error
	if in.Lookup, err = lookup.Open(routesStore(t)); err != nil {
		t.Fatal(err)
	}
	in.Standards.Index = []datasets.RFC{{Number: 6052, Title: "IPv6 Addressing of IPv4/IPv6 Translators", Status: "proposed standard", Year: 2010}, {Number: 8446, Title: "The Transport Layer Security (TLS) Protocol Version 1.3", Status: "proposed standard", Year: 2018}, {Number: 7777, NotIssued: true}, {Number: 8200, Title: hostile}}
	return in
}

// TestLookup answers for ASes, prefixes and addresses on their pages and in the search field, served and from a disk.
func TestLookup(t *testing.T) {
	t.Parallel()
	in := lookupInput(t)
	dir := filepath.Join(t.TempDir(), "a site")
	_, files := render(t, in, dir)
	if n := len(files["assets/search-index.js"]) + len(files["assets/resolve.js"]) + len(files["assets/lookup.js"]); n > 100<<10 {
		t.Errorf("suggestions load %d bytes", n)
	}
	for _, want := range []string{"tidemark as", "datasets/route_states.html"} {
		if _, without, _ := strings.Cut(files["as/index.html"], "<noscript>"); !strings.Contains(without, want) {
			t.Errorf("without JavaScript the page of any AS does not name %s", want)
		}
	}
	if report, _ := render(t, in, dir); report.Written+report.Removed > 0 {
		t.Errorf("the second rendering changed %d files", report.Written+report.Removed)
	}
	ctx := browser(t)
	ctx, base, seen := watched(t, ctx, dir)
	testLookupPages(t, ctx, base)
	if got := evaluate[string](t, ctx, `document.getElementById("asked").value`); got != "300.1.1.1" {
		t.Errorf("the field has %q, not what was asked", got)
	}
	testField(t, ctx, base)
	if all, _ := seen.drain(); len(all) > 0 {
		t.Errorf("the browser says %.300q", all[:min(len(all), 3)])
	}
	disk := (&url.URL{Scheme: "file", Path: dir}).String()
	if err := chromedp.Do(ctx, chromedp.Navigate(disk+"/as/index.html?n=15169")); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `document.querySelector("#network h1").textContent === "AS15169 GOOGLE - Google LLC, US"`)
}

func testLookupPages(t *testing.T, ctx context.Context, base string) {
	for _, test := range []struct {
		path  string
		wants []string
	}{
		{"as/?n=15169", []string{"AS15169 GOOGLE - Google LLC, US", "1 IPv4 and 1 IPv6 prefix in the dumps of 1 June 2026; its registration is unknown.", "8.8.8.0/24", "31 of 40", "AS3356 LEVEL3", "5 of 20", "clique", "ROA payloads of 2026-06-01, trust anchors of arin, ripencc", "Unknown: no ASPAs of the time are at hand.", "Providers"}},
		{"as/#AS15169", []string{"AS15169 GOOGLE - Google LLC, US"}},
		{"as/?n=7018", []string{"3,000 IPv4 and 0 IPv6 prefixes", "1–50, page 1 of 60", "No path of the dumps shows an IPv4 neighbour.", "several origins"}},
		{"as/?n=64510", []string{"AS64510 <img/src=x", "ROV validunknown", "documentation [RFC5398]", "45.0.0.0/16unknown"}},
		{"as/?n=64499", []string{"No table, path or list of these data has AS64499 (documentation [RFC5398])."}},
		{"as/?n=%3Cimg%20src%3Dx%3E", []string{"“<img src=x>” is not an AS number"}},
		{"as/?n=4294967296", []string{"“4294967296” is not an AS number"}},
		{"prefix/?p=8.8.8.0/24", []string{"8.8.8.0/24", "Announced by AS15169 GOOGLE", "8.8.8.0/24-24 AS15169", "ROA payloads of 2026-06-01", "31 of 40", "Covered by", "8.0.0.0/9", "arin US allocated"}},
		{"prefix/?p=8.8.8.8", []string{"8.8.8.8 is in this prefix. Announced by AS15169"}},
		{"prefix/?p=8.0.0.0/9", []string{"More specific prefixes: 1", "8.8.8.0/24", "AS3356 LEVEL3"}},
		{"prefix/?p=2001:4860:0:0::1", []string{"2001:4860::/32", "2001:4860:0:0::1 is in this prefix."}},
		{"prefix/?p=192.0.2.0/24", []string{"No table of these data has 192.0.2.0/24 (special-purpose: Documentation (TEST-NET-1) [RFC5737], registry of 2026-06-01). Nothing in the table covers it either."}},
		{"prefix/?p=60.0.0.0/7", []string{"No table of these data has 60.0.0.0/7", "More specific prefixes: 1,800", "1–50, page 1 of 36"}},
		{"prefix/?p=45.0.0.0/16", []string{"AS64510 <img/src=x/onerror=aler…unknown", "no payloads"}},
		{"prefix/?p=300.1.1.1", []string{"“300.1.1.1” is neither a prefix nor an address."}},
	} {
		if err := chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(base+"/"+test.path)); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, `document.querySelector("#network") && document.querySelector("#network .answer, #network h1") && !document.querySelector("#network h1").textContent.startsWith("Any ") || /neither|not an AS/.test(document.querySelector("#network").textContent)`)
		text := evaluate[string](t, ctx, `document.querySelector("#network").textContent`)
		for _, want := range test.wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in %.600q", test.path, want, text)
			}
		}
		if got := evaluate[int](t, ctx, `document.querySelectorAll("#network img, #network script").length`); got > 0 || strings.Contains(text, "\u202e") {
			t.Errorf("%s: a name got out", test.path)
		}
	}
}

// testField types into the search field what people type.
func testField(t *testing.T, ctx context.Context, base string) {
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/q/bogons/index.html")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ typed, title, note, href string }{
		{"AS15169", "AS15169 GOOGLE - Google LLC, US", "Network: 1 IPv4 and 1 IPv6 prefixes on 2026-06-01", "as/index.html?n=15169"},
		{"15169", "AS15169 GOOGLE - Google LLC, US", "", "as/index.html?n=15169"},
		{"google", "AS15169 GOOGLE - Google LLC, US", "Network", "as/index.html?n=15169"},
		{"64496", "AS64496", "Network", "networks/as64496.html"},
		{"as64499", "No table of these data has AS64499 (documentation [RFC5398])", "dumps of 2026-06-01", "as/index.html?n=64499"},
		{"8.8.8.0/24", "8.8.8.0/24", "Prefix: AS15169 GOOGLE on 2026-06-01", "prefix/index.html?p=8.8.8.0%2F24"},
		{"8.8.8.8", "8.8.8.0/24", "8.8.8.8 is in this prefix: AS15169 GOOGLE on 2026-06-01", "prefix/index.html?p=8.8.8.8"},
		{"2001:4860::8888", "2001:4860::/32", "2001:4860::8888 is in this prefix", "prefix/index.html?p=2001%3A4860%3A%3A8888"},
		{"192.0.2.0/24", "No table of these data has 192.0.2.0/24 (special-purpose: Documentation (TEST-NET-1) [RFC5737])", "dumps of", "prefix/index.html"},
		{"DE", "Germany", "Country", "countries/DE.html"},
		{"germany", "Germany", "Country", "countries/DE.html"},
		{"germnay", "Germany", "Country, for “germany”", "countries/DE.html"},
		{"rfc8446", "RFC 8446: The Transport Layer Security (TLS) Protocol Version 1.3", "proposed standard, 2018", "rfc/8446.html"},
		{"8446", "RFC 8446: The Transport", "", "rfc/8446.html"},
		{"RFC 6052", "RFC 6052: IPv6 Addressing", "proposed standard, 2010", "rfc/6052.html"},
		{"rfc7777", "RFC 7777: Never issued", "", "rfc/7777.html"},
		{"rfc 07776", "The RFC index of these data has no RFC 7776", "", "rfcs/index.html"},
		{"transport layer", "RFC 8446: The Transport", "", "rfc/8446.html"},
		{"draft-ietf-x", "draft-ietf-x: A <b> title", "Draft that would change it", "rfc/6052.html"},
		{"draft-ietf-none-here-03", "draft-ietf-none-here", "no draft of these data – at the IETF Datatracker", "https://datatracker.ietf.org/doc/draft-ietf-none-here/"},
		{"growth", "How fast does the routing table grow?", "Question", "q/table-growth/index.html"},
		{"martians", "", "Question", "q/bogons/index.html"},
		{"martain", "", "Question, for “martian”", "q/bogons/index.html"},
		{"qqqqqqq", "Nothing here is called “qqqqqqq”", "Try an AS number", "search.html?q=qqqqqqq"},
	} {
		typed, _ := json.Marshal(test.typed)
		evaluate[bool](t, ctx, `(() => { const f = document.getElementById("find"), l = document.getElementById("hits"); l.replaceChildren();
			f.focus(); f.value = `+string(typed)+`; f.dispatchEvent(new Event("input", {bubbles: true})); return true; })()`)
		await(t, ctx, `document.querySelectorAll("#hits li").length > 0`)
		found := evaluate[[]string](t, ctx, `[...document.querySelectorAll("#hits li")].map((l) => l.firstChild.textContent + "|" + l.querySelector("small").textContent + "|" + l.dataset.href)`)
		hit := false
		for i, f := range found {
			parts := strings.SplitN(f, "|", 3)
			hit = hit || (i == 0 || test.typed == "8446") && strings.HasPrefix(parts[0], test.title) && strings.Contains(parts[1], test.note) && strings.Contains(parts[2], test.href)
		}
		if !hit {
			t.Errorf("%s finds %q", test.typed, found)
		}
	}
	time.Sleep(50 * time.Millisecond) // the last loads have ended
}
