package site

import (
	"fmt"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// commit writes one partition of rows that are all kept.
func commit[Row any](t *testing.T, into *table.Commit, of *table.Dataset[Row], day time.Time, name string, rows ...Row) {
	t.Helper()
	w, err := of.Create(into, table.Key{Day: day, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	w.Unit = "row"
	w.See(len(rows))
	w.Keep(len(rows))
	if err := w.Append(rows...); err != nil {
		t.Fatal(err)
	}
}

func committed(t *testing.T, into *table.Commit) []*table.Manifest {
	t.Helper()
	all, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWatched(t *testing.T) {
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	if all, standards, err := Watched(store, []int{6052}); err != nil || len(all) != 1 || all[0].Entry != nil || len(standards.From) > 0 {
		t.Errorf("of an empty store: %+v, %v", all, err)
	}
	snapshot := func(day time.Time, status string, relations ...datasets.RFCRelation) []*table.Manifest {
		into := store.Begin(raw("rfc-index/"+day.Format(time.DateOnly), "", 1))
		rows := []datasets.RFC{{SnapshotDate: day, Number: 6052, Status: status}, {SnapshotDate: day, Number: 4291, Title: "Architecture"},
			{SnapshotDate: day, Number: 7000, Title: "Unrelated"}}
		if status == "quarantined" {
			rows = rows[:1]
		}
		commit(t, into, datasets.RFCs, day, "rfc-index.xml", rows...)
		commit(t, into, datasets.RFCRelations, day, "rfc-index.xml", relations...)
		return committed(t, into)
	}
	updates := datasets.RFCRelation{Number: 6052, Relation: "updates", Target: "RFC4291", TargetNumber: 4291}
	updated := datasets.RFCRelation{Number: 4291, Relation: "updated-by", Target: "RFC6052", TargetNumber: 6052}
	other := datasets.RFCRelation{Number: 7000, Relation: "updates", Target: "RFC4291", TargetNumber: 4291}
	snapshot(date(2012, 1, 1), "old", other)
	good := snapshot(date(2014, 1, 1), "good", updates, updated, other)
	var inputs []table.Input
	for _, m := range good {
		inputs = append(inputs, m.AsInput())
	}
	into := store.Begin(inputs...)
	commit(t, into, datasets.RFCEvents, date(2014, 1, 1), "2012-01-01..2014-01-01",
		datasets.RFCEvent{Until: date(2014, 1, 1), Number: 6052, Kind: "status", Concerns: []uint32{6052}},
		datasets.RFCEvent{Until: date(2014, 1, 1), Number: 7000, Kind: "status", Concerns: []uint32{7000}})
	committed(t, into)
	snapshot(date(2015, 1, 1), "quarantined") // newer, but it lost documents

	all, standards, err := Watched(store, []int{6052, 1})
	if err != nil {
		t.Fatal(err)
	}
	r := all[0]
	if r.Entry == nil || r.Entry.Status != "good" || len(r.Relations) != 2 || len(r.Events) != 1 || len(standards.From) != 3 ||
		len(r.Related) != 1 || r.Related[0].Title != "Architecture" {
		t.Errorf("RFC 6052: %+v", r)
	}
	if got := fmt.Sprint(relations(r)); got != "[{updates RFC 4291 4291 Architecture  both entries}]" {
		t.Errorf("relations %s", got)
	}
	if all[1].Entry != nil || len(all[1].Relations)+len(all[1].Events) > 0 {
		t.Errorf("RFC 1, which the index lacks: %+v", all[1])
	}
	for _, numbers := range [][]int{{6052, 6052}, {0}} {
		if _, _, err := Watched(store, numbers); err == nil {
			t.Errorf("%v can be watched", numbers)
		}
	}
}
