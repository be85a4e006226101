package analysis

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/external"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

// ask answers a question over a store, a row as a map.
func ask(t *testing.T, store *table.Store, q *Question) (rows []row, text string) {
	t.Helper()
	a := answered(t, store, q)
	for _, values := range a.Result.Rows {
		r := row{}
		for i, c := range a.Result.Columns {
			r[c.Name] = values[i]
		}
		rows = append(rows, r)
	}
	return rows, a.Words()
}

// TestPublishedWilson: the intervals that Newcombe (Statistics in Medicine 17, 1998, table I, method 3) gives.
func TestPublishedWilson(t *testing.T) {
	store := tables.Store(t)
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	want := map[string]string{"81 of 263": "0.2553 0.3662", "15 of 148": "0.0624 0.1605", "0 of 20": "0.0000 0.1611", "1 of 29": "0.0061 0.1718"}
	var rows []datasets.DomainReadiness
	for name := range want {
		var ready, of int
		fmt.Sscanf(name, "%d of %d", &ready, &of)
		for i := range of {
			class := "none"
			if i < ready {
				class = "ready"
			}
			rows = append(rows, datasets.DomainReadiness{RunID: name, RunTime: at, ListID: name, Domain: fmt.Sprint(i), Service: "web", Class: class, Stratum: "1k"})
		}
	}
	write(t, store, datasets.DomainReadinesses, "a", rows...)
	for _, q := range []*Question{ipv6Readiness, ipv6Strata} {
		got, _ := ask(t, store, q)
		if len(got) != len(want) {
			t.Errorf("%s: %d rows, want %d", q.Slug, len(got), len(want))
		}
		for _, r := range got {
			if interval := fmt.Sprintf("%.4f %.4f", math.Abs(r["low"].(float64)), r["high"]); interval != want[r["list_id"].(string)] {
				t.Errorf("%s: %s: %s, want %s", q.Slug, r["list_id"], interval, want[r["list_id"].(string)])
			}
		}
	}
}

// TestPublishedSeries: Google's own figures, and those of the survey beside its own summary.
func TestPublishedSeries(t *testing.T) {
	store := tables.Store(t)
	for _, f := range []struct {
		kind collectors.Kind
		file string
	}{
		{external.Google{}, "ipv6/google-ipv6.2008-09_2021-07.csv"}, {external.Survey{}, "ipv6/hungarian-top500/2023-08.csv"},
		{external.Survey{}, "ipv6/hungarian-top500/timeline.csv"},
	} {
		if _, err := tables.Decode(t, store, f.kind, "hungarian-top500", testkit.Data(t, f.file), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	rows, text := ask(t, store, googleIPv6)
	found := map[string]string{}
	for _, r := range rows {
		found[r["month"].(time.Time).Format("2006-01")] = fmt.Sprintf("%.6f %.6f %.6f %.6f %d of %d", r["share"], r["native_share"], r["lowest_day"], r["highest_day"], r["days"], r["days_of_month"])
	}
	// Means of the file's lines, by awk: its month 6 of 2021 is July, its month 0 of 2010 January.
	for at, want := range map[string]string{
		"2021-07": "0.346851 0.346842 0.332008 0.360882 4 of 31", "2010-01": "0.002653 0.001134 0.002417 0.003085 31 of 31", "2008-09": "0.001543 0.000498 0.001289 0.002010 27 of 30",
	} {
		if found[at] != want {
			t.Errorf("%s: %s, want %s", at, found[at], want)
		}
	}
	for _, part := range []string{"In June 2021, ", "in October 2008, according to Google itself.", "less than 0.01 %", "Of July 2021, only 4 days are known."} {
		if !strings.Contains(text, part) {
			t.Errorf("text %q lacks %q", text, part)
		}
	}
	rows, text = ask(t, store, siteSurveys)
	if want := "In August 2023, 27.8 % of the 500 most visited sites in Hungary loaded over IPv6, while 30.6 % had an AAAA record."; !strings.HasPrefix(text, want) {
		t.Errorf("text %q, want %q first", text, want)
	}
	if len(rows) != 9 {
		t.Fatalf("%d rows, want 9", len(rows))
	}
	const line, want = "Hungary, top 500: loads over IPv6", "139 500 0.278 153 0.9085"
	got := ""
	for _, r := range rows {
		if r["sites"] != r["as_the_survey_sums_up"] {
			t.Errorf("%s: the list has %v, the summary %v", r["line"], r["sites"], r["as_the_survey_sums_up"])
		}
		if r["line"] == line {
			got = fmt.Sprintf("%v %v %.3f %v %.4f", r["sites"], r["of_sites"], r["share"], r["of_sites_with_aaaa"], r["share_of_sites_with_aaaa"])
		}
	}
	if got != want {
		t.Errorf("%s: %q, want %q", line, got, want)
	}
}

// TestUsers sets publishers side by side: two of the world and of France, of which one counts requests, and one of Japan alone.
func TestUsers(t *testing.T) {
	store := tables.Store(t)
	day := func(month, day int) time.Time { return time.Date(2026, time.Month(month), day, 0, 0, 0, 0, time.UTC) }
	n := int64(50)
	google := datasets.ExternalValue{Series: "google-ipv6", Publisher: "Google: in words", Subset: "all users", Category: "all IPv6", Unit: "percent of users"}
	apnic := datasets.ExternalValue{Series: "apnic-ipv6", Publisher: "APNIC: in words", Subset: "all users", Category: "capable", Unit: "percent of users", N: &n}
	radar := datasets.ExternalValue{Series: "ipv6-users", Publisher: "Radar", Subset: "all users", Category: "requests over IPv6", Unit: "percent of requests"}
	at := func(v datasets.ExternalValue, country string, day time.Time, value float64) datasets.ExternalValue {
		v.Country, v.Time, v.Value = country, day, value
		if country != "" {
			v.Subset = "users in " + country
		}
		return v
	}
	region := at(apnic, "", day(2, 1), 99)
	region.Subset = "users in the region XE"
	native := at(google, "", day(2, 1), 1)
	native.Category = "native IPv6"
	write(t, store, datasets.ExternalSeries, "a", at(google, "", day(1, 1), 40), at(google, "", day(2, 1), 44), at(google, "", day(2, 2), 46), native, at(apnic, "", day(2, 1), 41), region,
		at(radar, "", day(2, 1), 30), at(google, "FR", day(2, 20), 80), at(apnic, "FR", day(1, 3), 60), at(apnic, "FR", day(1, 4), 64), at(apnic, "FR", day(2, 4), 70), at(radar, "FR", day(2, 4), 10),
		at(google, "JP", day(2, 20), 50), at(apnic, "JP", time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC), 1))
	rows, text := ask(t, store, ipv6Users)
	got := ""
	for _, r := range rows {
		got += fmt.Sprintf("%s %s %.3f %v %v %v of %v;", r["month"].(time.Time).Format("01"), r["series"], r["share"], r["points_above_google"], r["points_apart"], r["days"], r["days_of_month"])
	}
	want := "01 Google: all IPv6 0.400 <nil> <nil> 1 of 31;02 APNIC Labs: capable 0.410 -4 4 1 of 28;02 Google: all IPv6 0.450 <nil> 4 2 of 28;02 Radar: requests over IPv6 0.300 <nil> 4 1 of 28;"
	if strings.ReplaceAll(strings.ReplaceAll(got, "-4.0000000000000036", "-4"), "4.0000000000000036", "4") != want {
		t.Errorf("%s\n%s, want", got, want)
	}
	if !strings.HasPrefix(text, "In February 2026, the publishers’ shares of users with IPv6 were up to 4.0 percentage points apart. In February 2026, APNIC Labs gave 41.0 % (capable).") {
		t.Errorf("text %q", text)
	}
	rows, text = ask(t, store, ipv6UsersByCountry)
	got = ""
	for _, r := range rows {
		apart := "alone"
		if points, is := r["points_apart"].(float64); is {
			apart = fmt.Sprintf("%.1f", points)
		}
		got += fmt.Sprintf("%s %s %.2f %v %s;", r["country"], r["publisher"], r["share"], r["days"], apart)
	}
	if want := "FR APNIC Labs 0.70 1 10.0;FR Google 0.80 1 10.0;FR Radar 0.10 1 10.0;JP Google 0.50 1 alone;"; got != want {
		t.Errorf("%s\n%s, want", got, want)
	}
	if !strings.HasPrefix(text, "In February 2026, the publishers’ shares of users with IPv6 differed most for FR: by 10.0 percentage points.") {
		t.Errorf("text %q", text)
	}
}

// TestFunnel loses a domain at each step.
func TestFunnel(t *testing.T) {
	store := tables.Store(t)
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var ready []datasets.DomainReadiness
	var probes []datasets.IPv6Probe
	var addresses []datasets.DomainAddress
	ms := 1.0
	add := func(domain, class, dns string, global, special uint32, https string, connected bool) {
		base := datasets.DomainReadiness{RunID: "r", RunTime: at, ListID: "l", Domain: domain, Refreshed: true, Addresses6: global, Special6: special}
		for service, c := range map[string]string{"web": class, "https": class, "http": "n/a", "dns": dns} {
			one := base
			one.Service, one.Class = service, c
			ready = append(ready, one)
		}
		if global == 0 {
			return
		}
		addresses = append(addresses, datasets.DomainAddress{RunID: "r", RunTime: at, ListID: "l", Domain: domain, HostKind: "apex", Host: domain, Family: 6, Address: "2a0f::1", Standing: "global"})
		p := datasets.IPv6Probe{RunID: "r", Domain: domain, HostKind: "apex", Host: domain, Family: 6, Address: "2a0f::1", Test: "connect", Service: "https", Result: https}
		if connected {
			p.ConnectMS = &ms
		}
		probes = append(probes, p)
		p.Service, p.Result, p.ConnectMS = "http", "refused", nil // which the domain does not offer
		probes = append(probes, p)
	}
	add("whole", "ready", "ready", 1, 0, "ok", true)
	add("none", "none", "ready", 0, 0, "", false)
	add("special", "invalid-aaaa", "ready", 0, 1, "", false)
	add("servers", "ready", "partial", 1, 0, "ok", true)
	add("tcp", "broken", "ready", 1, 0, "timeout", false)
	add("tls", "broken", "ready", 1, 0, "tls_error", true)
	add("http", "broken", "ready", 1, 0, "http_error", true)
	add("content", "partial", "ready", 1, 0, "ok", true)
	add("unknown", "unknown", "ready", 1, 0, "ok", true)
	add("declined", "n/a", "ready", 1, 0, "refused", false)
	write(t, store, datasets.DomainReadinesses, "a", ready...)
	write(t, store, datasets.IPv6Probes, "a", probes...)
	write(t, store, datasets.DomainAddresses, "a", addresses...)
	rows, text := ask(t, store, ipv6Funnel)
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprint(r["domains"], "-", r["lost_here"]))
	}
	if all, want := strings.Join(got, " "), "8-0 7-1 6-1 5-1 4-1 3-1 2-1 1-1"; all != want {
		t.Errorf("steps %s, want %s", all, want)
	}
	if !strings.Contains(text, "All steps were passed by 12.5 % of the domains judged on 1 January 2024. Of 9 domains with a website, 8 could be judged.") {
		t.Errorf("text %q lacks the share that passes", text)
	}
}
