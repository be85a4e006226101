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

// TestRealEvents derives the history of ten real snapshots and looks up what is known.
func TestRealEvents(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	for _, day := range []string{"1997-03-18", "2000-10-17", "2001-12-19", "2004-10-01", "2005-04-12", "2012-03-31", "2018-11-03", "2019-11-30", "2022-05-22", "2025-01-14"} {
		decode(t, store, rfcwatch.New(), realdata.Path(t, "rfc/rfc-index-txt/rfc-index."+day+".txt.gz"), time.Time{})
	}
	changed, err := Run(context.Background(), store, []Derivation{RFCEvents})
	if err != nil || changed != 9 {
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
		"6052 published   proposed standard":        "2005-04-12..2012-03-31",
		"8200 published   internet standard":        "2012-03-31..2018-11-03",
		"2460 relation-added obsoleted-by  RFC8200": "2012-03-31..2018-11-03",
		"8215 published   proposed standard":        "2012-03-31..2018-11-03",
		"4291 relation-added updated-by  RFC6052":   "2005-04-12..2012-03-31",
		"7230 relation-added obsoleted-by  RFC9110": "2022-05-22..2025-01-14",
		"7050 relation-added updated-by  RFC8880":   "2019-11-30..2022-05-22",
		"1771 relation-added obsoleted-by  RFC4271": "2005-04-12..2012-03-31",
		"6555 relation-added obsoleted-by  RFC8305": "2012-03-31..2018-11-03",
		"6890 relation-added updated-by  RFC8190":   "2012-03-31..2018-11-03",
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
	if first, last := issued(chain[0]), issued(chain[len(chain)-1]); last != 9498 || first+kinds["published"]-kinds["removed"] != last {
		t.Errorf("%d RFCs at first, %d at last, events by kind: %v", first, last, kinds)
	}
	if again, err := Run(context.Background(), store, []Derivation{RFCEvents}); again != 0 || err != nil {
		t.Errorf("a second derivation made %d partitions, %v", again, err)
	}
}
