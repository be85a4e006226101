package analysis

import (
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestRFCMaking has an XML index of mid 2024 with two RFCs of a group, one of no group, and one of the
// independent stream: how long they took and are, and what their group published.
func TestRFCMaking(t *testing.T) {
	store := tables.Store(t)
	at := func(text string) time.Time {
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return day
	}
	index := at("2024-06-30")
	entry := func(number, year uint32, stream, wg string, pages int64) datasets.RFC {
		r := datasets.RFC{SnapshotDate: index, Source: "rfc-index.xml", Number: number, Year: year, Month: 3, Status: "proposed standard", Stream: stream, WG: wg, Area: "int"}
		if pages > 0 {
			r.Pages = &pages
		}
		return r
	}
	write(t, store, datasets.RFCs, "a", entry(1, 2010, "IETF", "x", 10), entry(2, 2023, "IETF", "x", 30), entry(3, 2023, "IETF", "NON WORKING GROUP", 0), entry(4, 2023, "INDEPENDENT", "NON WORKING GROUP", 7),
		entry(5, 2024, "IETF", "x", 0), entry(6, 2023, "IETF", "y", 20))
	write(t, store, datasets.RFCRelations, "a", datasets.RFCRelation{SnapshotDate: index, Source: "rfc-index.xml", Number: 2, Relation: "obsoletes", Target: "RFC1", TargetNumber: 1},
		datasets.RFCRelation{SnapshotDate: index, Source: "rfc-index.xml", Number: 1, Relation: "obsoleted-by", Target: "RFC2", TargetNumber: 2},
		datasets.RFCRelation{SnapshotDate: index, Source: "rfc-index.xml", Number: 6, Relation: "updates", Target: "RFC2", TargetNumber: 2})
	write(t, store, datasets.RFCErrata, "a", datasets.RFCErratum{SnapshotDate: index, ID: 1, Number: 1, Status: "verified"}, datasets.RFCErratum{SnapshotDate: index, ID: 2, Number: 2, Status: "held"},
		datasets.RFCErratum{SnapshotDate: index, ID: 3, Number: 2, Status: "rejected"}, datasets.RFCErratum{SnapshotDate: index, ID: 4, Number: 5, Status: "verified"})
	write(t, store, datasets.RFCTexts, "a", datasets.RFCText{Document: "RFC2", Words: 9000}, datasets.RFCText{Document: "RFC4", Words: 3000}, datasets.RFCText{Document: "draft-x", Revision: "01", Words: 1})
	reached := func(asked string, rfc uint32, milestone, day string) datasets.DraftMilestone {
		return datasets.DraftMilestone{SnapshotDate: at(asked), RFC: rfc, Milestone: milestone, Document: "draft-ietf-x", Reached: at(day)}
	}
	const asked = "2024-02-20"
	write(t, store, datasets.DraftMilestones, "a",
		reached(asked, 2, datasets.FirstRevision, "2021-01-01"), reached(asked, 2, datasets.Adoption, "2021-01-31"), reached(asked, 2, datasets.IESG, "2022-01-31"),
		reached(asked, 2, datasets.Queue, "2022-02-10"), reached(asked, 2, datasets.Publication, "2023-02-10"),
		reached(asked, 3, datasets.FirstRevision, "2023-01-01"), reached(asked, 3, datasets.IESG, "2023-03-01"), reached(asked, 3, datasets.Queue, "2023-02-01"), reached(asked, 3, datasets.Publication, "2023-04-11"),
		reached(asked, 4, datasets.FirstRevision, "2022-12-31"), reached(asked, 4, datasets.Publication, "2023-01-10"))
	write(t, store, datasets.DraftMilestones, "b", reached("2024-01-20", 2, datasets.FirstRevision, "2020-01-01")) // an earlier answer
	for q, want := range map[*Question][]string{
		rfcStages: {
			"Of the IETF’s RFCs of 2023, half took more than 435 days from first draft to publication. Of those days, the median RFC of 2023 spent 217 in the RFC Editor’s queue.",
			"2023|IETF|first draft to adoption|IETF: first draft to adoption|3|1|2|30|30|30|2024-06-30",
			"2023|IETF|adoption to IESG|IETF: adoption to IESG|3|1|2|365|365|365|2024-06-30",
			"2023|IETF|IESG to queue|IETF: IESG to queue|3|1|2|10|10|10|2024-06-30",
			"2023|IETF|queue to publication|IETF: queue to publication|3|2|1|217|143|291|2024-06-30",
			"2023|IETF|first draft to publication|IETF: first draft to publication|3|2|1|435|267.5|602.5|2024-06-30",
			"2023|INDEPENDENT|queue to publication|INDEPENDENT: queue to publication|1|0|1|unknown|unknown|unknown|2024-06-30",
			"2023|INDEPENDENT|first draft to publication|INDEPENDENT: first draft to publication|1|1|0|10|10|10|2024-06-30",
		},
		rfcSizes: {
			"Half of the RFCs of 2023 had more than 20 pages. Half of 2 RFCs of 2023 whose text is at hand had more than 6,000 words.",
			"2010|1|1|10|10|0|unknown|2024-06-30", "2023|4|3|20|57|2|6000|2024-06-30",
		},
		rfcsByGroup: {
			"On 30 June 2024, the group x had published more RFCs than any other: 3. By 30 June 2024, 33.3 % of them had been obsoleted.",
			"x|int|3|2010|2024|1|2023|2|40|2|5|2024-06-30|1|0.3333|3|4|2024-06-30", "y|int|1|2023|2023|1|2023|1|20|0|0|2024-06-30|0|0|3|4|2024-06-30",
		},
	} {
		a := answered(t, store, q)
		checkAnswer(t, a, want)
	}
}
