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
