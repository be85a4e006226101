package digest_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch/digest"
	"tidemark/rfcwatch/history"
)

var update = flag.Bool("update", false, "write the golden file anew")

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func on(text string) *time.Time {
	t := day(text)
	return &t
}

// lineage is that of a draft that was adopted, merged and published.
func lineage(t *testing.T) history.Lineage {
	t.Helper()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	for _, s := range []struct {
		day       string
		drafts    []datasets.Draft
		relations []datasets.DraftRelation
	}{
		{"2026-01-05", []datasets.Draft{{Name: "draft-person-x"}}, nil},
		{"2026-02-02", []datasets.Draft{{Name: "draft-ietf-v6ops-x"}}, []datasets.DraftRelation{
			{Source: "draft-ietf-v6ops-x", Relation: "replaces", Target: "draft-person-x"}, {Source: "draft-ietf-v6ops-x", Relation: "replaces", Target: "draft-other-y"},
			{Source: "draft-person-x", Relation: "replaces", Target: "draft-person-old"}, {Source: "draft-person-old", Relation: "replaces", Target: "draft-ietf-v6ops-x"}}}, // a ring
		{"2026-03-02", []datasets.Draft{{Name: "draft-ietf-v6ops-x", State: "rfc", PublishedAs: 9999}}, nil},
	} {
		into := store.Begin(table.Input{Name: "datatracker/" + s.day, SHA256: s.day})
		tables.Write(t, into, datasets.Drafts, table.Key{Day: day(s.day), Name: "answers"}, s.drafts...)
		tables.Write(t, into, datasets.DraftRelations, table.Key{Day: day(s.day), Name: "answers"}, s.relations...)
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	l, err := history.ReadLineage(store)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLine(t *testing.T) {
	l := lineage(t)
	for draft, want := range map[string]string{
		"draft-other-y":   "draft-other-y draft-ietf-v6ops-x draft-person-old draft-person-x, RFC 9999",
		"draft-person-x":  "draft-other-y draft-ietf-v6ops-x draft-person-old draft-person-x, RFC 9999",
		"draft-unrelated": "draft-unrelated",
	} {
		line := l.Line(draft)
		got := strings.Join(line.Names, " ")
		for _, n := range line.RFCs {
			got += fmt.Sprint(", RFC ", n)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", draft, got, want)
		}
	}
}

// events are of every sort, in the order of a store.
func events() []datasets.RFCEvent {
	concern := func(numbers ...uint32) []uint32 { return numbers }
	return []datasets.RFCEvent{
		{After: day("2026-03-01"), Until: day("2026-03-04"), Date: on("2026-03-01"), Document: "RFC9999", Number: 9999, Kind: "published", Now: "proposed standard", Title: "X & <Y>", Concerns: concern(9999)},
		{After: day("2026-03-01"), Until: day("2026-03-04"), Document: "RFC6052", Number: 6052, Kind: "relation-added", Relation: "updated-by", Now: "RFC9999", Concerns: concern(6052, 9999)},
		{After: day("2026-03-01"), Until: day("2026-03-04"), Document: "RFC1", Number: 1, Kind: "status", Before: "unknown", Now: "historic", Concerns: concern(1)},
		{After: day("2026-02-20"), Until: day("2026-03-08"), Date: on("2026-02-27"), Document: "RFC6052", Number: 6052, Kind: "erratum-reported", Relation: "8000", Now: "reported", Concerns: concern(6052)},
		{After: day("2026-02-27"), Until: day("2026-03-08"), Document: "RFC6052", Number: 6052, Kind: "erratum-held", Relation: "8000", Before: "reported", Now: "held", Concerns: concern(6052)},
		{After: day("2026-03-08"), Until: day("2026-03-09"), Document: "RFC6052", Number: 6052, Kind: "status", Now: "proposed standard", Concerns: concern(6052)},
		{After: day("2026-03-09"), Until: day("2026-03-09"), Document: "RFC6052", Number: 6052, Kind: "sources-disagree", Relation: "updated-by", Before: "index: RFC9999", Now: "datatracker: nothing", Concerns: concern(6052, 9999)},
		{After: day("2026-03-16"), Until: day("2026-03-16"), Document: "RFC6052", Number: 6052, Kind: "sources-disagree", Relation: "updated-by", Before: "index: RFC9999", Now: "datatracker: nothing", Concerns: concern(6052, 9999)},
		{After: day("2026-01-05"), Until: day("2026-02-02"), Document: "draft-ietf-v6ops-x", Kind: "draft-adopted", Now: "00", Title: "X"},
		{After: day("2026-01-05"), Until: day("2026-02-02"), Document: "draft-person-x", Kind: "draft-state", Before: "active", Now: "repl", Title: "X"},
		{After: day("2026-01-05"), Until: day("2026-02-02"), Document: "draft-ietf-6man-z", Kind: "draft-revised", Before: "00", Now: "01", Title: "Z"},
		{After: day("2026-01-05"), Until: day("2026-02-02"), Document: "draft-nobody-watches", Kind: "draft-expired", Title: "N"},
		{After: day("2026-02-02"), Until: day("2026-03-02"), Document: "draft-ietf-v6ops-x", Kind: "draft-published", Before: "active", Now: "RFC9999", Title: "X"},
	}
}

// TestDigest compares the weeks with a golden file. The draft is watched under its oldest name.
func TestDigest(t *testing.T) {
	watch := digest.NewWatch([]int{6052}, []string{"draft-person-old"}, []string{"6man"}, lineage(t))
	var got strings.Builder
	for _, w := range watch.Weeks(events()) {
		fmt.Fprintf(&got, "%s, to %s: %s\n", w.Name(), w.Newest().Format(time.DateOnly), w.Title())
		for _, s := range w.Sentences() {
			fmt.Fprintf(&got, "  %s\n", s)
		}
	}
	const golden = "testdata/digest.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// TestWeek: weeks begin on Monday and end with what was collected on Sunday; what is too much for one is counted.
func TestWeek(t *testing.T) {
	var many []datasets.RFCEvent
	for i := range 30 {
		many = append(many, datasets.RFCEvent{Until: day("2027-01-03"), Document: "RFC6052", Number: 6052, Kind: "erratum-reported", Relation: fmt.Sprint(i), Concerns: []uint32{6052}})
	}
	weeks := digest.NewWatch([]int{6052}, nil, nil, history.Lineage{}).Weeks(many)
	if len(weeks) != 1 || weeks[0].Name() != "2026-W53" || weeks[0].Count() != 30 || weeks[0].Over(day("2027-01-02")) || !weeks[0].Over(day("2027-01-03")) {
		t.Fatalf("weeks %+v", weeks)
	}
	said := weeks[0].Sentences()
	if len(said) != 26 || said[25] != "5 more events of that week are in the log of RFC 6052." {
		t.Errorf("%d sentences, the last is %q", len(said), said[len(said)-1])
	}
}
