package analysis

import (
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestIndexWithoutChanges: the answer speaks of the newest index, even if it changes nothing.
func TestIndexWithoutChanges(t *testing.T) {
	store := tables.Store(t)
	day := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	rfc := func(year int, source string) datasets.RFC {
		return datasets.RFC{SnapshotDate: day(year), Source: source, Number: 1}
	}
	write(t, store, datasets.RFCs, "a", rfc(2020, "rfc-index.txt"), rfc(2021, "rfc-index.txt"), rfc(2022, "rfcs.json"), rfc(2023, "rfcN.json"))
	write(t, store, datasets.RFCEvents, "a", datasets.RFCEvent{After: day(2020), Until: day(2021), Kind: "published", Number: 1})
	a := answered(t, store, rfcChanges)
	if want := "The index of 1 January 2022 had 0 RFCs that no index before it had."; a.Lead != want || len(a.Result.Rows) != 2 {
		t.Errorf("%q with %d rows, want %q with 2", a.Lead, len(a.Result.Rows), want)
	}
}
