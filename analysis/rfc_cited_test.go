package analysis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestRFCCitations: each document that cites counts once, and only a normative reference to an obsolete document is dead.
func TestRFCCitations(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 6, n, 0, 0, 0, 0, time.UTC) }
	cite := func(at int, number, cited uint32, kind, obsolete string, by ...uint32) datasets.RFCCitation {
		return datasets.RFCCitation{IndexDate: day(at), Number: number, Cited: cited, Kind: kind, CitedStatus: "draft standard", Downward: "no", Obsolete: obsolete, ReplacedBy: by}
	}
	store := tables.Store(t)
	write(t, store, datasets.RFCs, "a", datasets.RFC{SnapshotDate: day(1), Source: "rfc-index.txt", Number: 2460, Title: "IPv6"}, datasets.RFC{SnapshotDate: day(1), Source: "rfc-index.txt", Number: 1},
		datasets.RFC{SnapshotDate: day(1), Source: "rfc-index.txt", Number: 2, NotIssued: true}, datasets.RFC{SnapshotDate: day(1), Source: "rfc-index.txt", Number: 4})
	write(t, store, datasets.RFCTexts, "a", datasets.RFCText{Document: "RFC1"}, datasets.RFCText{Document: "RFC4"}, datasets.RFCText{Document: "draft-a", Revision: "00"})
	write(t, store, datasets.RFCCitations, "a", cite(1, 1, 2460, "normative", "yes", 8200), cite(1, 4, 2460, "unstated", "yes", 8200), cite(1, 1, 3, "informative", "yes"), cite(1, 1, 4, "normative", "no"))
	a := answered(t, store, rfcCitations)
	var rows []string
	for _, r := range a.Result.Rows {
		rows = append(rows, fmt.Sprint(r[0], " by ", r[3], ", normatively ", r[4], ", now ", r[8], ", dead ", r[9]))
	}
	if got, want := strings.Join(rows, "; "), "RFC 2460 by 2, normatively 1, now RFC 8200, dead yes; RFC 3 by 1, normatively 0, now , dead no; RFC 4 by 1, normatively 1, now , dead no"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if want := "On 1 June 2026, 1 obsolete RFC was a normative reference of RFCs whose texts are at hand."; a.Lead != want {
		t.Errorf("%q, want %q", a.Lead, want)
	}
	if want := "The most cited on 1 June 2026 was RFC 2460, by 2 texts. Of the obsolete ones, RFC 2460 was cited most on 1 June 2026, normatively by 1 text; RFC 8200 replaced it. The texts of 2 of 3 RFCs were read by 1 June 2026."; a.Text != want {
		t.Errorf("%q, want %q", a.Text, want)
	}
	if s := a.Standing; s.AsOf != "2026-06-01" || s.Known == nil || *s.Known != 2 || *s.Of != 3 {
		t.Errorf("the answer rests on %+v", s)
	}
}
