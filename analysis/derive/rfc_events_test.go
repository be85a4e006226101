package derive

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/collectors/realdata"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch"
	"tidemark/rfcwatch/history"
)

// realIndexes decodes the ten real text indexes, the yearly distilled ones and the errata.
func realIndexes(t *testing.T) *table.Store {
	store := &table.Store{Dir: t.TempDir()}
	for _, day := range []string{"1997-03-18", "2000-10-17", "2001-12-19", "2004-10-01", "2005-04-12", "2012-03-31", "2018-11-03", "2019-11-30", "2022-05-22", "2025-01-14"} {
		decode(t, store, rfcwatch.New(), realdata.Path(t, "rfc/rfc-index-txt/rfc-index."+day+".txt.gz"), time.Time{})
	}
	for _, day := range []string{"2018-12-05", "2019-12-28", "2020-12-19", "2022-12-21", "2023-12-23", "2024-12-29", "2025-12-25"} {
		decode(t, store, rfcwatch.New(), realdata.Path(t, "rfc/rfcs-json/rfcs."+day+".json.gz"), time.Time{})
	}
	august := time.Date(2026, 8, 20, 0, 0, 0, 0, time.UTC)
	decode(t, store, rfcwatch.New(), realdata.Path(t, "rfc/rfcs-json/rfcs.2026-08.json.gz"), august)
	decode(t, store, rfcwatch.Errata{}, realdata.Path(t, "rfc/errata.json.gz"), august)
	return store
}

// TestRealEvents derives the history of ten real snapshots and looks up what is known.
func TestRealEvents(t *testing.T) {
	store := realIndexes(t)
	if changed, err := Run(context.Background(), store, []Derivation{RFCEvents}); err != nil || changed != 18 {
		t.Fatalf("%d partitions, %v", changed, err)
	}
	events := map[string]string{}
	kinds := map[string]int{}
	manifests, err := store.Manifests(datasets.RFCEvents.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		for e, err := range datasets.RFCEvents.Scan(store.Path(m)) {
			if err != nil {
				t.Fatal(err)
			}
			kinds[e.Kind]++
			events[fmt.Sprint(e.Number, " ", e.Kind, " ", e.Relation, " ", e.Before, " ", e.Now)] = e.After.Format(time.DateOnly) + ".." + e.Until.Format(time.DateOnly)
		}
	}
	for event, interval := range map[string]string{
		"6052 published   proposed standard":           "2005-04-12..2012-03-31",
		"8200 published   internet standard":           "2012-03-31..2018-11-03",
		"2460 relation-added obsoleted-by  RFC8200":    "2012-03-31..2018-11-03",
		"8215 published   proposed standard":           "2012-03-31..2018-11-03",
		"4291 relation-added updated-by  RFC6052":      "2005-04-12..2012-03-31",
		"7230 relation-added obsoleted-by  RFC9110":    "2022-05-22..2025-01-14",
		"7235 relation-added obsoleted-by  RFC9110":    "2022-05-22..2025-01-14",
		"9110 published   ":                            "2022-05-22..2022-12-21",
		"10008 published   ":                           "2025-12-25..2026-08-20",
		"8200 erratum-reported 5933  reported":         "2019-12-11..2026-08-20",
		"6052 erratum-rejected 5547 reported rejected": "2018-11-06..2019-09-10",
		"7050 relation-added updated-by  RFC8880":      "2019-11-30..2022-05-22",
		"1771 relation-added obsoleted-by  RFC4271":    "2005-04-12..2012-03-31",
		"6555 relation-added obsoleted-by  RFC8305":    "2012-03-31..2018-11-03",
		"6890 relation-added updated-by  RFC8190":      "2012-03-31..2018-11-03",
	} {
		if events[event] != interval {
			t.Errorf("%s: %q, want %q", event, events[event], interval)
		}
	}
	// The books balance: what the newest index has is what the oldest had, and what was published, less what was removed.
	chain, _, err := history.ReadChain(store)
	if err != nil {
		t.Fatal(err)
	}
	issued := func(s history.Snapshot) (n int) {
		state, err := history.Read(store, []history.Snapshot{s})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range state.Documents {
			if !d.NotIssued {
				n++
			}
		}
		return n
	}
	if first, last := issued(chain[0]), issued(chain[len(chain)-1]); last != 9819 || first+kinds["published"]-kinds["removed"] != last {
		t.Errorf("%d RFCs at first, %d at last, events by kind: %v", first, last, kinds)
	}
	if again, err := Run(context.Background(), store, []Derivation{RFCEvents}); again != 0 || err != nil {
		t.Errorf("a second derivation made %d partitions, %v", again, err)
	}
}

// TestRealHistory asks rfc_history for the day of each real snapshot: what it gives is what that snapshot says.
func TestRealHistory(t *testing.T) {
	store := realIndexes(t)
	if changed, err := Run(context.Background(), store, []Derivation{RFCHistory}); err != nil || changed != 1 {
		t.Fatalf("%d partitions, %v", changed, err)
	}
	manifests, err := store.Manifests(datasets.RFCHistory.Schema)
	if err != nil {
		t.Fatal(err)
	}
	var rows []datasets.RFCValidity
	for r, err := range datasets.RFCHistory.Scan(store.Path(manifests[0])) {
		if err != nil {
			t.Fatal(err)
		}
		if r.ValidTo != nil && !r.ValidTo.After(r.LastSeen) || r.LastSeen.Before(r.ValidFrom) || r.After != nil && !r.After.Before(r.ValidFrom) {
			t.Fatalf("the days of %+v are out of order", r)
		}
		rows = append(rows, r)
	}
	chain, _, err := history.ReadChain(store)
	if err != nil {
		t.Fatal(err)
	}
	for i := range chain {
		state, err := history.Read(store, chain[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		said := factsOf(state)
		tells := map[string]bool{}
		for f := range said {
			tells[f.field] = true
		}
		day := state.Day
		asOf := map[fact]bool{}
		for _, r := range rows {
			if !r.ValidFrom.After(day) && (r.ValidTo == nil || r.ValidTo.After(day)) {
				asOf[fact{r.Number, r.Field, r.Value}] = true
			}
		}
		missing, more := 0, 0
		for f := range said {
			if !asOf[f] {
				missing++
			}
		}
		for f := range asOf { // what another form told may stand beside it
			if !said[f] && tells[f.field] && !untold(state, f) {
				more++
			}
		}
		if missing+more > 0 || len(said) < 4000 {
			t.Errorf("%s: of %d facts %d are missing, %d are too many", day.Format(time.DateOnly), len(said), missing, more)
		}
	}
}
