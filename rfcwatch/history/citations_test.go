package history

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestReadCitations: the strongest kind counts, a chain of successors ends in those that are not obsolete, and what the index does not
// tell is unknown.
func TestReadCitations(t *testing.T) {
	store := tables.Store(t)
	statuses := map[uint32]string{1: "proposed standard", 2: "informational", 3: "internet standard", 4: "best current practice", 5: "standards track", 7: ""}
	all := numbered(7)
	for i := range all {
		all[i].Status = statuses[all[i].Number]
	}
	putIndex(t, store, 2020, "rfc-index.txt", all, relation(6, "obsoletes", 2), relation(7, "obsoletes", 6))
	text := func(document string, of ...datasets.RFCReference) {
		for i := range of {
			of[i].Document = document
		}
		put(t, store, 2019, document, rows(datasets.RFCTexts, datasets.RFCText{Document: document}), rows(datasets.RFCReferences, of...))
	}
	text("RFC1", datasets.RFCReference{Kind: "informative", RFCs: []uint32{2, 1}}, datasets.RFCReference{Kind: "normative", RFCs: []uint32{2, 3}})
	text("RFC3", datasets.RFCReference{Kind: "normative", RFCs: []uint32{1, 4, 5, 99}}, datasets.RFCReference{Kind: "unstated", RFCs: []uint32{7}})
	text("RFC4", datasets.RFCReference{Kind: "normative", RFCs: []uint32{1, 2}})
	text("RFC2", datasets.RFCReference{Kind: "normative", RFCs: []uint32{6}})
	text("draft-a", datasets.RFCReference{Kind: "normative", RFCs: []uint32{1}})
	state, err := At(store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCitations(store, state)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range c.Rows {
		got = append(got, fmt.Sprintf("%d %s %d: downward %s, obsolete %s %v", r.Number, r.Kind, r.Cited, r.Downward, r.Obsolete, r.ReplacedBy))
	}
	compareLines(t, got,
		"1 normative 2: downward yes, obsolete yes [7]",
		"1 normative 3: downward no, obsolete no []",
		"2 normative 6: downward unknown, obsolete yes [7]",
		"3 normative 1: downward yes, obsolete no []",
		"3 normative 4: downward no, obsolete no []",
		"3 normative 5: downward unknown, obsolete no []",
		"3 unstated 7: downward unknown, obsolete no []",
		"3 normative 99: downward unknown, obsolete unknown []",
		"4 normative 1: downward no, obsolete no []",
		"4 normative 2: downward yes, obsolete yes [7]")
	if len(c.Texts) != 4 || c.Texts[5] {
		t.Errorf("texts of %v", c.Texts)
	}
	for _, w := range []struct {
		citing, normative bool
		distance          int
		want              string
	}{
		{false, false, 1, "1>2@1 1>3@1"},
		{false, true, 2, "1>2@1 1>3@1 2>6@2 3>4@2 3>5@2 3>99@2"},
		{true, false, 9, "3>1@1 4>1@1"},
	} {
		var found []string
		for _, r := range c.Of(1, w.citing, w.normative, w.distance) {
			found = append(found, fmt.Sprintf("%d>%d@%d", r.Number, r.Cited, r.Distance))
		}
		if got := strings.Join(found, " "); got != w.want {
			t.Errorf("%+v: %s, want %s", w, got, w.want)
		}
	}
}
