package analysis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestRFCYears has a text index of mid 2024 with dates, and a later one without dates and levels: years after 2023 are not
// covered, and what has no date is counted as that.
func TestRFCYears(t *testing.T) {
	store := tables.Store(t)
	early, late := time.Date(2024, 6, 30, 0, 0, 0, 0, time.UTC), time.Date(2026, 8, 20, 0, 0, 0, 0, time.UTC)
	entry := func(day time.Time, number, year, month uint32, status, area string) datasets.RFC {
		r := datasets.RFC{SnapshotDate: day, Number: number, Year: year, Month: month, Status: status, Stream: "IETF", Area: area, Source: "rfc-index.txt"}
		if year == 0 {
			r.Source = "rfcs.json"
		}
		return r
	}
	pages := int64(20)
	paged, authored := entry(late, 1, 0, 0, "standards track", "int"), entry(late, 2, 0, 0, "standards track", "wit")
	paged.Pages, authored.Authors = &pages, []string{"A. Author", "B. Editor, Ed."}
	write(t, store, datasets.RFCs, "a",
		entry(early, 1, 2013, 5, "internet standard", ""), entry(early, 2, 2023, 5, "proposed standard", ""), entry(early, 3, 2024, 2, "informational", ""),
		datasets.RFC{SnapshotDate: early, Number: 9, NotIssued: true, Source: "rfc-index.txt"},
		paged, authored, entry(late, 3, 0, 0, "standards track", "wit"), entry(late, 4, 0, 0, "standards track", ""))
	write(t, store, datasets.RFCRelations, "a",
		datasets.RFCRelation{SnapshotDate: early, Source: "rfc-index.txt", Number: 1, Relation: "obsoleted-by", Target: "RFC2", TargetNumber: 2},
		datasets.RFCRelation{SnapshotDate: late, Source: "rfcs.json", Number: 4, Relation: "obsoletes", Target: "RFC2", TargetNumber: 2})
	write(t, store, datasets.RFCErrata, "a", datasets.RFCErratum{SnapshotDate: late, ID: 1, Status: "reported", Submitted: &early}, datasets.RFCErratum{SnapshotDate: late, ID: 2, Status: "reported", Submitted: &late},
		datasets.RFCErratum{SnapshotDate: late, ID: 3, Status: "reported"}, datasets.RFCErratum{SnapshotDate: late, ID: 4, Number: 1, Status: "held"})
	write(t, store, datasets.RFCTexts, "a", datasets.RFCText{Document: "RFC2", Countries: []string{"DE", "", "US"}}, datasets.RFCText{Document: "draft-a", Countries: []string{"FR"}})
	e, err := engine.Open(store, datasets.All(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for q, want := range map[*Question][]string{
		rfcsByYear: {
			"On 20 August 2026, the index had 4 RFCs. 1 RFC was an Internet Standard when an index last told their level, on 30 June 2024. Of 2 other RFCs on the standards track, no index up to 20 August 2026 tells the level. 1 RFC has no date of publication in any index up to 20 August 2026.",
			"2013|internet standard|1|0|2026-08-20|2024-06-30|2024-06-30|4|4|2024-06-30",
			"2023|proposed standard|1|0|2026-08-20|2024-06-30|2024-06-30|4|4|2024-06-30",
			"unknown|standards track|2|1|2026-08-20|2026-08-20|2026-08-20|4|4|2024-06-30",
		},
		rfcsByStream: {
			"On 20 August 2026, 100 % of the RFCs with a known stream came from the IETF. On 20 August 2026, 0 RFCs had been submitted independently; 0 came from the IRTF.",
			"2013|IETF|1|0|4|4|2026-08-20|2024-06-30", "2023|IETF|1|0|4|4|2026-08-20|2024-06-30", "unknown|IETF|2|1|4|4|2026-08-20|2024-06-30",
		},
		rfcsByArea: {
			"On 20 August 2026, the index had more RFCs in the area wit than in any other: 2.",
			"wit|2|1|0|2023|2026-08-20", "int|1|0|0|2023|2026-08-20",
		},
		rfcAge: {
			"In 2023, 1 RFC was obsoleted, at a median age of 10.0 years. By 20 August 2026, 1 more RFC had been obsoleted, 1 of them by documents whose date is not known yet.",
			"2023|1|10|10|10|1|1|2024-06-30|2026-08-20",
		},
		rfcAuthors: {
			"In 2023, 2 authors had their names on an RFC. In 2023, an RFC had 2.0 authors on average; 0 RFCs of 1 had one author only.",
			"2013|1|0|unknown|unknown|unknown|unknown|2026-08-20", "2023|1|1|2|2|0|2|2026-08-20",
		},
		rfcErrataRate: {
			"On 20 August 2026, 5.0 errata were known for 100 pages of RFCs. By 20 August 2026, 1 erratum had been verified or held in 20 pages.",
			"2013|2026-08-20|1|1|20|1|5|5|20|1|2|1", "2023|2026-08-20|1|0|unknown|unknown|unknown|5|20|1|2|1",
		},
		rfcCountries: {
			"In 2023, 50.0 % of the authors with a known country gave an address in DE. Of 1 RFC of 2023, 1 had an author whose country is known.",
			"2023|DE|1|1|2|1|1|2026-08-20", "2023|US|1|1|2|1|1|2026-08-20", "2023|unknown|1|1|2|1|1|2026-08-20",
		},
		rfcErrata: {
			"On 20 August 2026, 3 of 4 errata waited for a verdict.",
			"2024|reported|1|1|0|2026-08-20", "unknown|held|1|1|1|2026-08-20", "unknown|reported|2|1|1|2026-08-20",
		},
	} {
		a, err := answer(t.Context(), e, newLineage(store.At), q)
		if err != nil {
			t.Fatal(err)
		}
		checkAnswer(t, a, want)
	}
}

// TestUnbelievedIndex: an index that lost most of its entries is not the newest, and tells nothing of those that it has.
func TestUnbelievedIndex(t *testing.T) {
	store := tables.Store(t)
	var all []datasets.RFC
	for n := range uint32(60) {
		all = append(all, datasets.RFC{SnapshotDate: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Source: "rfc-index.txt", Number: n + 1, Year: 2000, Month: 1, Status: "historic", Stream: "IETF"})
	}
	write(t, store, datasets.RFCs, "a", all...)
	write(t, store, datasets.RFCs, "b", datasets.RFC{SnapshotDate: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Source: "rfc-index.txt", Number: 1, Year: 2000, Month: 1, Status: "experimental", Stream: "IAB"})
	for q, want := range map[*Question]string{rfcsByYear: "the index had 60 RFCs", rfcsByStream: "100 % of the RFCs"} {
		a := answered(t, store, q)
		if !strings.Contains(a.Words(), "On 1 January 2024, "+want) {
			t.Errorf("%s: %s", q.Slug, a.Words())
		}
	}
}

// checkAnswer compares the words of an answer and its rows, of which each is its values with | between, with what they should be.
func checkAnswer(t *testing.T, a *Answer, want []string) {
	t.Helper()
	got := []string{a.Words()}
	for _, row := range a.Result.Rows {
		var values []string
		for _, v := range row {
			switch v := v.(type) {
			case nil:
				values = append(values, "unknown")
			case time.Time:
				values = append(values, v.Format(time.DateOnly))
			default:
				values = append(values, fmt.Sprint(v))
			}
		}
		got = append(got, strings.Join(values, "|"))
	}
	if g, w := strings.Join(got, "\n\t"), strings.Join(want, "\n\t"); g != w {
		t.Errorf("%s: got\n\t%s\nwant\n\t%s", a.Question.Slug, g, w)
	}
}
