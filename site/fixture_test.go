package site

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"tidemark/analysis"
	"tidemark/analysis/campaign"
	"tidemark/analysis/operator"
	"tidemark/analysis/report"
	"tidemark/collectors/ipv6/readiness"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
	"tidemark/site/format"
)

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// manifest is a partition as a decoder leaves it behind.
func manifest(of *table.Schema, day time.Time, name string, rows int64, inputs ...table.Input) *table.Manifest {
	m := &table.Manifest{Dataset: of.Name, Schema: of.Version, Program: "tidemark test", Rows: rows, Bytes: rows * 19,
		Inputs: inputs, Unit: "record", Seen: rows + 3, Kept: rows, Rejected: map[string]int64{"prefix longer than its family": 2, "no origin": 1},
		Noted: map[string]int64{"attribute type 99 kept raw": 7}}
	m.File = of.File(table.Key{Day: day, Name: name})
	m.SHA256 = hashOf(m.File)
	return m
}

func raw(name, url string, bytes int64) table.Input {
	return table.Input{Name: name, URL: url, SHA256: hashOf(name), Bytes: bytes}
}

// fixture is a small site with every kind of page and chart.
func fixture() Input {
	in := Input{Title: "Tidemark", Notice: "Sample data: a small model Internet, not the real one.", Program: "tidemark test",
		Datasets: datasets.All(), Partitions: map[string][]*table.Manifest{}, Drawings: shared.drawings}
	keep := func(m *table.Manifest) *table.Manifest {
		in.Partitions[m.Dataset] = append(in.Partitions[m.Dataset], m)
		return m
	}

	var routes, states []*table.Manifest
	growth := &table.Result{Columns: []table.ResultColumn{{Name: "day", Type: table.Date}, {Name: "family", Type: table.Int64},
		{Name: "collector"}, {Name: "prefixes", Type: table.Int64}, {Name: "more_specific_share", Type: table.Float64}}}
	special := keep(manifest(datasets.SpecialPrefixes.Schema, date(2026, 7, 18), "iana.iana-ipv4-special-registry-1.csv", 27,
		raw("special-prefixes/iana/2026-07-18/iana-ipv4-special-registry-1.csv", "https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry-1.csv", 3021)))
	for year := 2012; year <= 2026; year++ {
		at := date(year, 6, 1)
		name := fmt.Sprintf("bview.%d0601.0000.gz", year)
		m := keep(manifest(datasets.Routes.Schema, at, "rrc00."+name, int64(400000+40000*(year-2012)),
			raw("mrt/rrc00/"+format.Day(at)+"/"+name, fmt.Sprintf("https://data.ris.ripe.net/rrc00/%d.06/%s", year, name), 31_000_000)))
		routes = append(routes, m)
		states = append(states, keep(manifest(datasets.RouteStates.Schema, at, format.Day(at)+"T00", m.Rows, m.AsInput(), special.AsInput())))
		if year == 2017 {
			growth.Rows = append(growth.Rows, []any{at, int64(4), "rrc00", nil, nil}, []any{at, int64(6), "rrc00", nil, nil})
			continue
		}
		growth.Rows = append(growth.Rows,
			[]any{at, int64(4), "rrc00", int64(412331 + 42017*(year-2012)), 0.51 + 0.003*float64(year-2012)},
			[]any{at, int64(6), "rrc00", int64(9001 * math.Pow(1.26, float64(year-2012))), 0.573821 - 0.002*float64(year-2012)})
	}
	routes[0].Damage = []string{"mrt/rrc00/2012-06-01/bview.20120601.0000.gz: gzip stream broken at offset 20971520"}

	in.Answers = append(in.Answers, &analysis.Answer{
		Question: &analysis.Question{Slug: "table-growth", Title: "How fast does the routing table grow?", Section: "Routing", Subject: "Table growth", Tab: "Growth", RFCs: []int{4271, 6396, 6598},
			Datasets: []*table.Schema{datasets.Routes.Schema}, SQL: "SELECT day, family, count(DISTINCT prefix) AS prefixes\nFROM routes\nWHERE left_out = '' AND family < 7\nGROUP BY ALL\nORDER BY day, family",
			Definition: "Distinct prefixes of a dump, by family, after the table filter: IPv4 from /8 to /24, IPv6 from /16 to /48, no default route.\n\nA prefix counts once, whatever the number of its origins and peers.",
			Chart:      &analysis.Chart{Kind: "line", X: "day", Y: "prefixes", Series: "family", YName: "Prefixes (distinct, logarithmic)", Log: true},
			Notes:      []string{"Collectors gain and lose peers; a step can be a new peer.", "A dump that could not be read is a gap in the line."}},
		Result: growth, From: routes,
		Standing: analysis.Standing{AsOf: "2026-06-01", Datasets: []analysis.DatasetDays{{Dataset: "routes", Oldest: "2012-06-01", Newest: "2026-06-01", Partitions: 15}}},
		Lead:     "The table of 1 June 2026 has 1,000,569 IPv4 and 228,902 IPv6 prefixes, 4.4 % and 26 % more than a year before.",
		Figures:  []*analysis.AnsweredFigure{shownFigure("IPv4 prefixes", "prefixes", 1_000_569), shownFigure("IPv6 prefixes", "prefixes", 228_902)},
	})

	lengths := &table.Result{Columns: []table.ResultColumn{{Name: "prefix_length", Type: table.Int64}, {Name: "prefixes", Type: table.Int64}}}
	for n := int64(8); n <= 24; n++ {
		lengths.Rows = append(lengths.Rows, []any{n, int64(math.Pow(1.9, float64(n-4))) + 3})
	}
	in.Answers = append(in.Answers, &analysis.Answer{
		Question: &analysis.Question{Slug: "prefix-lengths", Title: "How long are the prefixes?", Section: "Routing", Subject: "Prefixes", Tab: "Lengths", RFCs: []int{4632},
			Datasets: []*table.Schema{datasets.Routes.Schema}, SQL: "SELECT prefix_length, count(*) AS prefixes FROM routes GROUP BY ALL",
			Definition: "Table entries of the newest dump by prefix length.", Chart: &analysis.Chart{Kind: "bar", X: "prefix_length", Y: "prefixes", YName: "IPv4 prefixes"}},
		Result: lengths, From: routes[14:], Lead: "More than half of the IPv4 prefixes are /24.",
		Figures: []*analysis.AnsweredFigure{shownFigure("Share of /24", "%", 0.598)},
	})

	bogons := &table.Result{Columns: []table.ResultColumn{{Name: "time", Type: table.Timestamp}, {Name: "prefix"}, {Name: "origin_asn", Type: table.Int64},
		{Name: "bogon_class"}, {Name: "bogon_reason"}, {Name: "verdict"}, {Name: "peers", Type: table.Int64}, {Name: "seen_by"}}}
	for i := range 640 {
		bogons.Rows = append(bogons.Rows, []any{date(2026, 6, 1), fmt.Sprintf("100.64.%d.0/24", i%256), int64(64496 + i), "special-purpose",
			"100.64.0.0/10 Shared Address Space [RFC6598]", []string{"self-feed-only", "single-feeder", "low"}[i%3], int64(i%9 + 1), "rrc00/192.0.2.1/64496"})
	}
	bogons.Rows[1][4] = "64:ff9b:1::/48 IPv4-IPv6 Translat. [RFC8215]"
	in.Answers = append(in.Answers, &analysis.Answer{
		Question: &analysis.Question{Slug: "bogons", Title: "Which bogons are seen, and by whom?", Section: "Routing", Subject: "Bogons", Tab: "Seen now", RFCs: []int{6890, 8190, 6598},
			Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: "SELECT * FROM route_states WHERE bogon_class <> 'none' -- </code></pre><script>alert(1)</script>",
			Definition: "A route whose prefix lies in a block that is not globally reachable, or in space that is not handed out, or whose origin is a reserved AS.",
			Notes:      []string{"Many networks filter bogons before a collector could see them: absence is not proof."}},
		Result: bogons, From: states, Lead: "640 bogon routes stood in the tables of 1 June 2026; one in three was seen over its own origin's session only.",
		Figures: []*analysis.AnsweredFigure{shownFigure("Bogon routes", "routes", 640)},
	})

	rov := &table.Result{Columns: []table.ResultColumn{{Name: "day", Type: table.Date}, {Name: "family", Type: table.Int64}, {Name: "rov_state"}, {Name: "routes", Type: table.Int64}}}
	for n := int64(1); n <= 9; n++ {
		if n == 4 {
			continue // a hole
		}
		for i, state := range []string{"valid", "not-found", "invalid-origin", "invalid-length"} {
			for _, family := range []int64{4, 6} {
				rov.Rows = append(rov.Rows, []any{date(2017+int(n), 1, 1), family, state, []int64{60000 * n, 900000 - 55000*n, 3000, 5000}[i] / (family - 3)})
			}
		}
	}
	in.Answers = append(in.Answers, &analysis.Answer{
		Question: &analysis.Question{Slug: "route-origin-validation", Title: "How many routes are covered by route origin validation?", Section: "RPKI", Subject: "Route origin validation", Tab: "Coverage", RFCs: []int{6811},
			Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: "SELECT 1", Definition: "States of (prefix, origin) as in RFC 6811.",
			Chart: &analysis.Chart{Kind: "stacked", X: "day", Y: "routes", Series: "rov_state", YName: "share of routes", Whole: true, Panels: []string{"family"}}},
		Result: rov, From: states, Lead: "54 % of the routes are valid.", Figures: []*analysis.AnsweredFigure{{Label: "Valid routes", Unit: "%", AsOf: "2026-06-01", Withheld: "600 of 1,000 routes are unknown. To know them, collect payloads of the day."}},
	})

	probe := keep(manifest(datasets.IPv6Probes.Schema, date(2026, 7, 1), "probe.2026-07-01", 5120, raw("ipv6/2026-07-01/transcript.jsonl", "", 880_123)))
	readiness := &table.Result{Columns: []table.ResultColumn{{Name: "class"}, {Name: "service"}, {Name: "domains", Type: table.Int64}}}
	for i, class := range []string{"ready", "partial", "broken", "invalid-aaaa", "none", "v6-only", "n/a", "unknown"} {
		for j, service := range []string{"web", "mail", "dns"} {
			readiness.Rows = append(readiness.Rows, []any{class, service, int64(300/(i+1) + 7*j)})
		}
	}
	ready := keep(manifest(datasets.DomainReadinesses.Schema, date(2026, 7, 1), "probe.2026-07-01", 1500, probe.AsInput()))
	in.Answers = append(in.Answers, &analysis.Answer{
		Question: &analysis.Question{Slug: "ipv6-readiness", Title: "Are the probed domains ready for IPv6?", Section: "IPv6", Subject: "Readiness", Tab: "Domains", RFCs: []int{8305, 6052},
			Datasets: []*table.Schema{datasets.DomainReadinesses.Schema}, SQL: "SELECT 1", Definition: "Classes by domain and service.",
			Chart: &analysis.Chart{Kind: "stacked", X: "class", Y: "domains", Series: "service", YName: "Domains"}},
		Result: readiness, From: []*table.Manifest{ready}, Lead: "300 of 800 domains answer on the web over every IPv6 address that they publish.",
		Figures: []*analysis.AnsweredFigure{shownFigure("Web ready for IPv6", "%", 0.375)},
	})

	in.Answers = append(in.Answers, &analysis.Answer{
		Question: &analysis.Question{Slug: "rfc-changes", Title: "What changed between the snapshots of the RFC index?", Section: "Standards", Subject: "Changes", Tab: "Between indexes",
			Datasets: []*table.Schema{datasets.RFCEvents.Schema}, SQL: "SELECT 1", Definition: "Events by kind.",
			Chart: &analysis.Chart{Kind: "bar", X: "kind", Y: "events", YName: "Events"}},
		Result: &table.Result{Columns: []table.ResultColumn{{Name: "kind"}, {Name: "events", Type: table.Int64}}},
		Lead:   "There are no data yet to answer this question.",
	})

	documents, index := rfcFixture(keep)
	in.RFCs, in.Standards.From = documents, []*table.Manifest{index}
	in.Standards.Others = unwatchedFixture()
	for _, r := range slices.Concat(in.RFCs, in.Standards.Others) {
		if r.Entry != nil {
			in.Standards.Index = append(in.Standards.Index, *r.Entry)
		}
	}
	slices.SortFunc(in.Standards.Index, func(a, b datasets.RFC) int { return cmp.Compare(a.Number, b.Number) })
	in.Standards.Day = date(2025, 12, 1)
	in.Standards.Active = []datasets.Draft{{Name: "draft-ietf-v6ops-x", Revision: "03", Title: "A <i> title", State: "active", IESGState: "pub-req"}}
	in.Standards.Members = []history.Member{{Name: "BCP14", Number: 2119}, {Name: "BCP14", Number: 8174}, {Name: "STD5", Number: 1883, Obsolete: true}, {Name: "STD86", Number: 8200}}
	in.Standards.MembersTold = date(2025, 12, 1)
	in.Standards.DraftsDay, in.Standards.ErrataDay = date(2025, 12, 1), date(2025, 12, 2)
	in.Standards.Texts = map[uint32]bool{6052: true, 6147: true}
	visibility, one, eight := 0.125, int64(1), int64(8)
	route := operator.Route{Prefix: "192.0.2.0/24", Origin: "64496", Verdict: "self-feed-only", Visibility: &visibility, Peers: &one, FullFeedPeers: &one, FullFeedTotal: &eight, FullFeedASes: &eight, SeenBy: "rrc00/198.51.100.1/AS64496",
		ROV: "invalid-origin", ROVReason: "192.0.2.0/24-24 AS1", ROADate: "2026-06-01", ROAAnchors: "arin,ripencc", Bogon: "special-purpose", Reason: "192.0.2.0/24 <TEST-NET-1>", MOAS: true, Delegation: "ripencc NL <b>"}
	route.IRR = "other-origin"
	dumps := []operator.IRRDump{{Source: "<RIPE>", Family: 4, Date: "2026-06-01"}}
	in.Networks = Networks{From: states,
		ASes: []*operator.AS{{ASN: 64496, Time: "2026-06-01T00:00:00Z", Tally: operator.Tally{Verdicts: map[string]int64{"global": 2}, ROV: map[string]int64{"valid": 2}, IRR: map[string]int64{"other-origin": 1}, Bogons: 1},
			Families: []operator.ASFamily{{Family: "IPv4", Prefixes: 1, Tally: operator.Tally{Verdicts: map[string]int64{"self-feed-only": 1}, ROV: map[string]int64{"invalid-origin": 1}, IRR: map[string]int64{"other-origin": 1}, Bogons: 1, Shared: 1}}},
			Checks:   []operator.Check{{Item: "ROA", State: "to do", Text: "Ask <AS1>."}, {Item: "visibility", State: "unknown", Text: "No verdict."}, {Item: "delegation", State: "ok", Text: "Delegated."}},
			ROAs:     []operator.ROA{{Prefix: "192.0.2.0/24", MaxLength: 25, Origin: "64496", TrustAnchor: "<arin>", Expires: "2026-06-02T00:00:00Z"}}, ROATotal: 1, ROADate: "2026-06-01",
			IRRObjects: []operator.IRRObject{{Prefix: "198.51.100.0/24", Origin: "64496", Source: "<RIPE>", MntBy: "<MNT>"}}, IRRTotal: 1, Routes: []operator.Route{route},
			IRRDumps: dumps, Operator: &operator.Organisation{Date: "2026-04-01", ID: "X-ARIN", Name: "Example <org>", Country: "US", Source: "ARIN", Others: []operator.Sibling{{ASN: 64497, Name: "<b>"}}, Total: 3},
			History: []operator.ASCount{{Time: "2025-06-01T00:00:00Z", IPv4: &operator.FamilyCount{Prefixes: 1, Collectors: "rrc00"}}, {Time: "2026-06-01T00:00:00Z", IPv4: &operator.FamilyCount{Prefixes: 2, Global: &one, Collectors: "rrc00"}, IPv6: &operator.FamilyCount{Prefixes: 1, Collectors: "rrc00"}}}}},
		Prefixes: []*operator.Prefix{{Prefix: "192.0.2.0/24", Time: "2026-06-01T00:00:00Z", Collectors: "rrc00", Announced: true, Routes: []operator.Route{route}, IRRDumps: dumps, IRRObjects: []operator.IRRObject{{Prefix: "192.0.2.0/24", Origin: "64500", Source: "RIPE", MntBy: "<MNT>", Modified: "2019-02-05", Agreement: "another origin"}}, IRRTotal: 1, Covering: []operator.Route{route},
			MoreSpecific: []operator.Route{route}, Specifics: 1, Checks: []operator.Check{{Item: "ROA", State: "to do", Text: "Ask <AS1>."}}, Witnesses: []operator.Witness{{Origin: "64496", Why: "bogon", Collector: "<rrc>", Peer: "192.0.2.1", PeerASN: 64500, Name: "<b>", Path: "64500 64496"}}, History: []operator.Sighting{{Time: "2025-06-01T00:00:00Z", Origin: "64496", What: "global"}}},
			{Prefix: "2001:db8::/32", Time: "2026-06-01T00:00:00Z", Collectors: "rrc00"}}}
	in.Networks.ASes[0].ASPA = &operator.ASPA{Date: "2026-06-01", Providers: []uint32{64500}, Routes: 1, Invalid: []string{"192.0.2.0/24 over 64501 64502 64496, at AS64496 without AS64502"},
		Neighbours: []operator.Predecessor{{ASN: 64502, Name: "<b>", Paths: 4, FullFeedASes: 3, Attested: "not-provider"}},
		History:    []operator.Sighting{{Time: "2026-05-01", What: "no ASPA"}, {Time: "2026-06-01", What: "lists AS64500"}}}
	in.Incidents = []Incident{incidentFixture(states)}
	in.Regions = regionsFixture(states)
	in.Reports = []*report.Report{reportFixture(2024, states), reportFixture(2025, states)}
	in.Campaigns = campaignsFixture(states)
	return in
}

// regionsFixture are two countries, a code that has no page, what is registered nowhere, and a registry; the first with a year before.
func regionsFixture(from []*table.Manifest) Regions {
	delegated, numbers := 65536.0, int64(12)
	region := func(code, name string, rank int64) *operator.Region {
		r := &operator.Region{Code: code, Name: name, Time: "2026-06-01T00:00:00Z", FileDate: "2026-06-01", ASNs: &numbers}
		r.IPv4 = operator.RegionFamily{RegionCount: operator.RegionCount{Rank: rank, Prefixes: 12, ASes: 5, Span: 3 << 20, Both: 3, Valid: 9, NotFound: 2, Invalid: 1}, Delegated: &delegated, Announced: 49152}
		r.IPv6 = operator.RegionFamily{RegionCount: operator.RegionCount{Rank: rank, Prefixes: 4, ASes: 3, Span: 1 << 33, Both: 3, Unknown: 4}}
		r.Context = []operator.RegionContext{{Name: "World", IPv4: r.IPv4.RegionCount, IPv6: r.IPv6.RegionCount}}
		r.Years = []operator.RegionYear{{Year: 2025, Registries: 5, IPv4: &operator.RegionDelegated{Delegations: 3, Size: 1024}, IPv6: &operator.RegionDelegated{Delegations: 1, Size: 1.0 / (1 << 16)}, ASNs: &operator.RegionDelegated{}}, {Year: 2024, Registries: 2}}
		r.Largest = []operator.RegionAS{{ASN: 64496, Name: "<b> & \u202ename", IPv4Prefixes: 8, IPv4Span: 2 << 20, IPv6Prefixes: 4, IPv6Span: 1 << 33}}
		return r
	}
	de := region("DE", "Germany", 1)
	de.Before = "2025-06-01T00:00:00Z"
	de.IPv4.Earlier = &operator.RegionCount{Rank: 2, Prefixes: 13, ASes: 4, Span: 2 << 20, Both: 2, Valid: 1, NotFound: 3}
	de.IPv6.Earlier = &operator.RegionCount{Prefixes: 3, ASes: 2, Both: 2, Unknown: 3}
	unknown := &operator.Region{Code: "unknown", Name: "Unknown", Time: de.Time}
	return Regions{From: from, Countries: []*operator.Region{de, region("FR", "France", 2), region("<x>", "<x>", 3), unknown},
		Registries: []*operator.Region{region("ripencc", "RIPE NCC", 1)}}
}

// campaignsFixture are a list with a domain that lost IPv6 and one without rank, remedies and page, and a list without a name.
func campaignsFixture(from []*table.Manifest) Campaigns {
	runs := []campaign.Run{{ID: "berlin/2", Time: date(2026, 6, 1), Domains: 3, Offering: 3, Judged: 2, Ready: 1, Whole: 1}, {ID: "berlin/1", Time: date(2026, 5, 1), Domains: 3, Offering: 3, Judged: 3, Ready: 2}}
	shop := &campaign.Domain{Name: "shop.example", Rank: 1, Time: runs[0].Time, Remedied: true,
		Services: []campaign.Service{{Name: "domain", Class: "some"}, {Name: "web", Class: "broken", Cause: "refused", Reason: "<b> refused", Resolvable: "no", Step: "glue", Zone: "example"}, {Name: "mail", Class: "unknown"}},
		History:  []campaign.State{{Since: runs[0].Time, Domain: "some", Web: "broken", Mail: "unknown", DNS: "ready"}, {Since: runs[1].Time, Domain: "all", Web: "ready", Mail: "ready", DNS: "ready"}},
		Remedies: []readiness.Remedy{{Service: "web", Where: "shop.example 2001:db8::1", Problem: "refuses <connections>", Fix: "Let the server listen on [::]:443."}}}
	foreign := &campaign.Domain{Name: "<b>.\u202eexample", Time: runs[0].Time}
	return Campaigns{From: from, All: []*campaign.Campaign{
		{List: "banks.csv", Vantage: "berlin", Title: "Banks & <b>insurers</b>", Owner: "A ministry", URL: "https://example.org/banks", Country: "DE", Sector: "finance", Day: "2026-05-20", VantageASN: 64500, Runs: runs, Domains: []*campaign.Domain{shop, foreign},
			Lost: []campaign.Loss{{Time: runs[0].Time, Before: runs[1].Time, Domain: shop.Name, Service: "web", Class: "broken", Reason: "<b> refused", Step: "glue", Zone: "example"}}},
		{List: "tranco", Vantage: "\u202ehome", Title: "tranco", Runs: []campaign.Run{{ID: "home/1", Time: date(2026, 6, 1), Domains: 9}}},
	}}
}

// reportFixture is the report of a year with every form of a section: known and unknown figures, ranges, needs, lists and charts.
func reportFixture(year int, from []*table.Manifest) *report.Report {
	amount := func(v float64) *float64 { return &v }
	at := func(year int) string { return fmt.Sprintf("%d-01-01", year+1) }
	years := report.Years{Title: "IPv4", Basis: "Tables of rrc00; ASes with full feeds: 12, 14", Years: [3]int{year - 2, year - 1, year}, AsOf: []string{"", at(year - 1), at(year)}, Growth: true,
		Rows: []report.Row{
			{Label: "Prefixes", Unit: "prefixes", Values: [3]*float64{nil, amount(952_331), amount(1_001_874)}, Growth: [3]*float64{nil, nil, amount(5.2)}},
			{Label: "Traffic engineering: same origin, other path", Unit: "prefixes", Values: [3]*float64{nil, amount(81_002), amount(84_110)}, Low: [3]*float64{nil, amount(79_000), amount(82_500)}, High: [3]*float64{nil, amount(82_000), amount(85_900)}},
			{Label: "Longest path", Unit: "ASes", Need: "needs the dump decoded by this release, with paths: run tidemark rebuild"},
		}}
	thin := report.Years{Title: "IPv6", Basis: "No full IPv6 table of these years", Years: years.Years, AsOf: make([]string, 3),
		Rows: []report.Row{{Label: "Prefixes", Unit: "prefixes", Need: fmt.Sprintf("the IPv6 table of rrc00 of %s has 83 prefixes, beside 1,001,874 of IPv4: it is not that of a full feed", at(year))}}}
	series := &report.Plot{Unit: "prefixes", Log: true, Points: []report.Point{{Time: date(year, 1, 1), Series: "IPv4", Value: 952_331}, {Time: date(year+1, 1, 1), Series: "IPv4", Value: 1_001_874}}}
	bars := &report.Plot{Bars: true, Unit: "IPv4 addresses available", Points: []report.Point{{Name: "APNIC", Series: fmt.Sprintf("end of %d", year), Value: 3_901_184}, {Name: "RIPE NCC", Series: fmt.Sprintf("end of %d", year), Value: 768}}}
	return &report.Report{Year: year, From: from[len(from)-2:], Sections: []report.Section{
		{Slug: "table", Title: "The table", About: "Tables of all peers together.", Text: fmt.Sprintf("On 1 January %d the IPv4 table of rrc00 had 1,001,874 prefixes, 5.2 %% more than a year before.", year+1), Years: []report.Years{years, thin}, Plot: series},
		{Slug: "pools", Title: "What is left of the registries' pools", About: "By each registry's newest file.", Years: []report.Years{thin}, Plot: bars},
		{Slug: "movers", Title: "Gainers and losers", About: "Origin ASes by the change of the number of their prefixes.", Lists: []report.List{
			{Title: fmt.Sprintf("IPv4: ASes that gained and lost the most prefixes in the year %d", year), Basis: fmt.Sprintf("Tables of rrc00 of %s and %s", at(year-1), at(year)), Columns: []string{"AS", "Name", "Before", "After", "Change"},
				Rows: [][]string{{"AS64496", "EXAMPLE <b>bold</b> \u202eevil", "10", "310", "+300"}, {"AS64511", "", "99", "9", "−90"}}},
			{Title: "IPv6: ASes that gained and lost the most prefixes in the last seven days", Need: "needs a table of seven days before the year's last one, with routes"}}},
	}}
}

// rfcFixture is the watched documents, and the partition that they are from.
func rfcFixture(keep func(*table.Manifest) *table.Manifest) ([]*dossier.RFC, *table.Manifest) {
	snapshot := date(2026, 11, 1)
	index := keep(manifest(datasets.RFCs.Schema, snapshot, "2026-11-01.rfc-index.xml", 9800,
		raw("rfc-index/2026-11-01/rfc-index.xml", "https://www.rfc-editor.org/rfc-index.xml", 14_000_000)))
	pages := int64(18)
	entry := func(number uint32, title, status string) *datasets.RFC {
		return &datasets.RFC{SnapshotDate: snapshot, Source: "rfc-index.xml", Number: number, Title: title, Authors: []string{"C. Bao", "X. Li"},
			Year: 2010, Month: 10, Pages: &pages, Status: status, Stream: "IETF", WG: "behave", DOI: fmt.Sprintf("10.17487/RFC%d", number),
			Abstract: "This document discusses the algorithmic translation of an IPv6 address to a corresponding IPv4 address, and vice versa, using only statically configured information.",
			Keywords: []string{"address translation", "NAT64"}, ErrataURL: fmt.Sprintf("https://www.rfc-editor.org/errata/rfc%d", number)}
	}
	happened := date(2011, 4, 1)
	watched := []*dossier.RFC{
		{Number: 6052, Entry: entry(6052, "IPv6 Addressing of IPv4/IPv6 Translators", "proposed standard"),
			Relations: []datasets.RFCRelation{
				{Number: 6052, Relation: "updates", Target: "RFC4291", TargetNumber: 4291},
				{Number: 4291, Relation: "updated-by", Target: "RFC6052", TargetNumber: 6052},
				{Number: 8215, Relation: "see-also", Target: "RFC6052", TargetNumber: 6052},
				{Number: 6052, Relation: "is-also", Target: "BCP14"},
			},
			Related: []datasets.RFC{*entry(4291, "IP Version 6 Addressing Architecture", "draft standard")},
			Events: []datasets.RFCEvent{{After: date(2010, 1, 1), Until: date(2012, 3, 31), Date: &happened, Number: 6052, Document: "RFC6052", Kind: "published", Now: "proposed standard"},
				{After: date(2012, 3, 31), Until: date(2014, 1, 1), Number: 6052, Document: "RFC6052", Kind: "relation-added", Relation: "updates", Now: "RFC4291"}},
			Cites:   []datasets.RFCCitation{{Number: 6052, Cited: 2460, Kind: "normative", CitedStatus: "draft <standard>", Downward: "yes", Obsolete: "yes", ReplacedBy: []uint32{8200}}},
			CitedBy: []datasets.RFCCitation{{Number: 6147, Cited: 6052, Kind: "informative", Downward: "no", Obsolete: "no"}},
			Errata: []dossier.Erratum{{RFCErratum: datasets.RFCErratum{ID: 5547, Number: 6052, Status: "rejected", Type: "technical", Section: "3.1 <i>", Original: "<script>alert(1)</script>",
				Corrected: "a & b", Notes: "One.\n\nTwo </pre> three.", Submitted: &happened, Submitter: "F. \u202eBaker", Verifier: "M. K."}}},
			Drafts: []dossier.Draft{{Pending: history.Pending{Draft: datasets.Draft{Name: "draft-ietf-x", Revision: "08", Title: "A <b> title", State: "active", Expires: &happened}, Intent: datasets.IntendedRelation{Relation: "updates", KnownBy: "header", HeaderRevision: "08"}},
				Read: "08", Passages: []text.Passage{{Paragraph: text.Paragraph{Section: "3", Heading: "Rules <of>", Text: "You MUST <not>."}, Quote: "OLD"},
					{Paragraph: text.Paragraph{Section: "3", Heading: "Rules <of>", Text: "You MAY."}, Quote: "NEW"}},
				Touched: []string{"3.1"}, Summary: text.Summary{Before: 2, Now: 2, Added: 1, Removed: 1, Changed: 1, Requirements: []text.RequirementChange{{Word: "MUST", Before: 1, Lost: 1}}},
				Before: "07", Now: "08", Changes: text.Compare([]text.Paragraph{{Section: "1", Heading: "Rules", Text: "You MUST do <this> and that now."}, {Text: "+--+\n| a  b |", Figure: true}},
					[]text.Paragraph{{Section: "1", Heading: "Rules", Text: "You SHOULD do <this> and that now."}, {Text: "New & true."}})}},
			Citing: []string{"RFC7915", "draft-y"}, Cited: 3, Unread: []history.Pending{{Draft: datasets.Draft{Name: "draft-unread", Revision: "02"}}}},
		{Number: 8215, Entry: entry(8215, "Local-Use IPv4/IPv6 Translation Prefix", "proposed standard")},
		{Number: 6598, Drafts: []dossier.Draft{{Pending: history.Pending{Draft: datasets.Draft{Name: "draft-z-6598bis", Revision: "00", State: "active"}, Intent: datasets.IntendedRelation{Relation: "unknown", KnownBy: "name"}}}}, Entry: entry(6598, "IANA-Reserved IPv4 Prefix for Shared Address Space", "best current practice")},
		{Number: 9999},
	}
	for _, r := range watched {
		r.Watched = true
	}
	watched[0].Place([]text.Paragraph{{Section: "3.1", Heading: "Rules <of>", Text: "Before. <script>alert(1)</script> After."}})
	return watched, index
}

// unwatchedFixture is an RFC that is obsolete, those that replaced it, the last with errata of each state, placed and unplaced, one that no
// text cites and without group, a number that was never issued, one that an index calls obsolete without saying why, and one that only
// has an erratum.
func unwatchedFixture() []*dossier.RFC {
	entry := func(number, year uint32, title string) *datasets.RFC {
		return &datasets.RFC{SnapshotDate: date(2025, 12, 1), Source: "rfc-index.xml", Number: number, Title: title, Authors: []string{"S. Deering, <Ed.>"}, Year: year, Month: 12, Status: "draft standard", WG: "ipngwg"}
	}
	obsoletes := func(by, of uint32) datasets.RFCRelation {
		return datasets.RFCRelation{Number: by, Relation: "obsoletes", Target: fmt.Sprint("RFC", of), TargetNumber: of}
	}
	erratum := func(id uint32, status, original, corrected string) dossier.Erratum {
		reported := date(2018, 3, int(id%28)+1)
		return dossier.Erratum{RFCErratum: datasets.RFCErratum{ID: id, Number: 8200, Status: status, Type: "technical", Section: "4.5 <b>", Original: original, Corrected: corrected, Submitted: &reported, Submitter: "<R.>"}}
	}
	first, second, third := obsoletes(2460, 1883), obsoletes(8200, 2460), entry(8200, 2017, "Internet Protocol, Version 6 <IPv6>")
	third.Abstract, third.WG = "This document specifies </p> version 6.", "6man"
	hops := &dossier.RFC{Number: 8200, Entry: third, Relations: []datasets.RFCRelation{second}, Related: []datasets.RFC{*entry(2460, 1998, "Internet Protocol, Version 6 (IPv6)")},
		Errata: []dossier.Erratum{erratum(5170, "verified", "the fragment header is <never> sent", "the fragment header is <always> sent"), erratum(5171, "held", "A figure that is nowhere in it", "Another"),
			erratum(5172, "reported", "", "Say what a jumbogram is."), erratum(5173, "rejected", "Hop limits are decremented by one", "Hop limits are decremented by two")}}
	hops.Errata[2].Submitted = nil
	hops.Place([]text.Paragraph{{Section: "1", Heading: "Introduction", Text: "Hop limits are decremented by one at each node that forwards the packet."},
		{Section: "4.5", Heading: "Fragments <of>", Text: "A node knows that the fragment header is <never> sent by routers on the path of a packet, but by its source alone."}})
	return []*dossier.RFC{
		{Number: 1883, Entry: entry(1883, 1995, "Internet Protocol, Version 6 (IPv6) Specification"), Relations: []datasets.RFCRelation{first}, Related: []datasets.RFC{*entry(2460, 1998, "Internet Protocol, Version 6 (IPv6)")}},
		{Number: 2119, Errata: []dossier.Erratum{{RFCErratum: datasets.RFCErratum{ID: 493, Number: 2119, Status: "verified", Type: "editorial", Original: "</pre>"}}}},
		{Number: 2460, Entry: entry(2460, 1998, "Internet Protocol, Version 6 (IPv6)"), Relations: []datasets.RFCRelation{first, second}, Related: []datasets.RFC{*entry(1883, 1995, "Internet Protocol, Version 6 (IPv6) Specification"), *third}},
		{Number: 7777, Entry: &datasets.RFC{SnapshotDate: date(2025, 12, 1), Number: 7777, NotIssued: true}},
		{Number: 8174, Entry: &datasets.RFC{SnapshotDate: date(2025, 12, 1), Number: 8174, Title: "Ambiguity of Uppercase", WG: "../x", Status: "best current practice", Standing: "obsoleted"}},
		hops,
		{Number: 8446, Entry: &datasets.RFC{SnapshotDate: date(2025, 12, 1), Number: 8446, Title: "The Transport Layer Security (TLS) Protocol Version 1.3", Status: "proposed standard", Year: 2018, Month: 8, WG: "tls"}},
	}
}

// shownFigure is a key figure that is not withheld.
func shownFigure(label, unit string, value float64) *analysis.AnsweredFigure {
	return &analysis.AnsweredFigure{Label: label, Unit: unit, Value: &value, AsOf: "2026-06-01"}
}
