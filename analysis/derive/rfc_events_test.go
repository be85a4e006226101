package derive

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

// realIndexes decodes the ten real text indexes, the yearly distilled ones and the errata.
func realIndexes(t *testing.T) *table.Store {
	store := &table.Store{Dir: t.TempDir()}
	for _, day := range []string{"1997-03-18", "2000-10-17", "2001-12-19", "2004-10-01", "2005-04-12", "2012-03-31", "2018-11-03", "2019-11-30", "2022-05-22", "2025-01-14"} {
		decode(t, store, rfcwatch.Index{}, testkit.Data(t, "rfc/rfc-index-txt/rfc-index."+day+".txt.gz"), time.Time{})
	}
	for _, day := range []string{"2018-12-05", "2019-12-28", "2020-12-19", "2022-12-21", "2023-12-23", "2024-12-29", "2025-12-25"} {
		decode(t, store, rfcwatch.Index{}, testkit.Data(t, "rfc/rfcs-json/rfcs."+day+".json.gz"), time.Time{})
	}
	august := time.Date(2026, 8, 20, 0, 0, 0, 0, time.UTC)
	decode(t, store, rfcwatch.Index{}, testkit.Data(t, "rfc/rfcs-json/rfcs.2026-08.json.gz"), august)
	decode(t, store, rfcwatch.Errata{}, testkit.Data(t, "rfc/errata.json.gz"), august)
	return store
}

// TestRealIndexes derives events and histories of the same snapshots.
func TestRealIndexes(t *testing.T) {
	t.Parallel()
	store := realIndexes(t)
	t.Run("events", func(t *testing.T) { testRealEvents(t, store) })
	t.Run("history", func(t *testing.T) { testRealHistory(t, store) })
}

// testRealEvents derives the history of ten real snapshots and looks up what is known.
func testRealEvents(t *testing.T, store *table.Store) {
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
	for what, interval := range map[string]string{
		"6052 published   proposed standard":           "2005-04-12..2012-03-31",
		"8200 published   internet standard":           "2012-03-31..2018-11-03",
		"2460 relation-added obsoleted-by  RFC8200":    "2012-03-31..2018-11-03",
		"8215 published   proposed standard":           "2012-03-31..2018-11-03",
		"4291 relation-added updated-by  RFC6052":      "2005-04-12..2012-03-31",
		"7230 relation-added obsoleted-by  RFC9110":    "2022-05-22..2025-01-14",
		"7235 relation-added obsoleted-by  RFC9110":    "2022-05-22..2025-01-14",
		"9110 published   standards track":             "2022-05-22..2022-12-21",
		"10008 published   standards track":            "2025-12-25..2026-08-20",
		"8200 erratum-reported 5933  reported":         "2019-12-11..2026-08-20",
		"6052 erratum-rejected 5547 reported rejected": "2018-11-06..2019-09-10",
		"7050 relation-added updated-by  RFC8880":      "2019-11-30..2022-05-22",
		"1771 relation-added obsoleted-by  RFC4271":    "2005-04-12..2012-03-31",
		"6555 relation-added obsoleted-by  RFC8305":    "2012-03-31..2018-11-03",
		"6890 relation-added updated-by  RFC8190":      "2012-03-31..2018-11-03",
		"8446 relation-added obsoleted-by  RFC9846":    "2025-12-25..2026-08-20", // which only RFC 9846's entry states
		"6472 relation-added obsoleted-by  RFC9774":    "2025-01-14..2025-12-25",
		"7489 relation-added obsoleted-by  RFC9989":    "2025-12-25..2026-08-20",
		"7755 status  informational standards track":   "2025-12-25..2026-08-20",
		"8297 status  experimental standards track":    "2025-01-14..2025-12-25",
		"0 area-reorganised  tsv wit":                  "2023-12-23..2024-12-29",
	} {
		if events[what] != interval {
			t.Errorf("%s: %q, want %q", what, events[what], interval)
		}
	}
	for what := range events {
		if strings.Contains(what, "  standard ") || strings.HasSuffix(what, " internet standard standard") {
			t.Errorf("%s: another name is not a change", what)
		}
		if strings.Contains(what, " relation-added obsoletes  RFC") || strings.Contains(what, " relation-added updates  RFC") {
			t.Errorf("%s: a relation is an event of the document that it changes", what)
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

// testRealHistory asks rfc_history for the day of each real snapshot: what it gives is what that snapshot says.
func testRealHistory(t *testing.T, store *table.Store) {
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
			if !asOf[f] && !(f.value == history.StandardsTrack && asOfLevel(asOf, f)) {
				missing++
			}
		}
		for f := range asOf { // what another form told may stand beside it
			if !said[f] && tells[f.field] && !isEmpty(state, f) && !isConfirmed(state, f) {
				more++
			}
		}
		if missing+more > 0 || len(said) < 4000 {
			t.Errorf("%s: of %d facts %d are missing, %d are too many", day.Format(time.DateOnly), len(said), missing, more)
		}
	}
}

// asOfLevel reports whether the facts have a level of the standards track for the document.
func asOfLevel(facts map[fact]bool, f fact) bool {
	return slices.ContainsFunc(history.Levels, func(level string) bool { return facts[fact{f.number, f.field, level}] })
}

// TestOneDirection has two distilled indexes, the second of which states relations in the entry of the newer document alone,
// and calls documents that were informational and experimental ones of the standards track.
func TestOneDirection(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	for _, day := range []string{"2024-12-29", "2026-08-20"} {
		decode(t, store, rfcwatch.Index{}, testkit.Data(t, "trials/rfc/rfcs."+day+".json"), time.Time{})
	}
	compareLines(t, eventLines(t, store),
		"2024-2026 RFC6472 relation-added obsoleted-by RFC9774",
		"2024-2026 RFC7755 status informational standards track",
		"2024-2026 RFC8297 status experimental standards track",
		"2024-2026 RFC8446 relation-added obsoleted-by RFC9846",
		"2024-2026 RFC9774 published standards track",
		"2024-2026 RFC9846 published standards track",
	)
}

// TestRelationsOfTwoForms has a text that states each relation in both entries, and distilled indexes that state it in one:
// each relation is one event, and what the newer form no longer says is withdrawn once.
func TestRelationsOfTwoForms(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	all := []datasets.RFC{{Number: 1, Title: "One"}, {Number: 2, Title: "Two"}, {Number: 3, Title: "Three"}}
	relation := func(number uint32, name string, target uint32) datasets.RFCRelation {
		return datasets.RFCRelation{Number: number, Relation: name, Target: fmt.Sprint("RFC", target), TargetNumber: target}
	}
	ien := datasets.RFCRelation{Number: 1, Relation: "obsoletes", Target: "IEN7"}
	putIndex(t, store, on(2000), "rfc-index.txt", all, ien, relation(2, "obsoletes", 1), relation(1, "obsoleted-by", 2), relation(1, "updated-by", 2), relation(2, "updates", 1))
	putIndex(t, store, on(2001), "rfcs.json", append(slices.Clone(all), datasets.RFC{Number: 4, Title: "Four"}), relation(3, "obsoletes", 2), relation(4, "obsoletes", 3))
	putIndex(t, store, on(2002), "rfc-index.txt", append(slices.Clone(all), datasets.RFC{Number: 4, Title: "Four"}), ien, relation(3, "obsoletes", 2), relation(2, "obsoleted-by", 3),
		relation(4, "obsoletes", 3), relation(3, "obsoleted-by", 4), relation(1, "updated-by", 2), relation(2, "updates", 1), relation(3, "updates", 1), relation(1, "updated-by", 3))
	compareLines(t, eventLines(t, store),
		"2000-2001 RFC1 relation-withdrawn obsoleted-by RFC2",
		"2000-2001 RFC2 relation-added obsoleted-by RFC3",
		"2000-2001 RFC3 relation-added obsoleted-by RFC4",
		"2000-2001 RFC4 published",
		"2000-2002 RFC1 relation-added updated-by RFC3",
	)
}

// TestStatuses follows documents through a form that names levels and one that tells the standards track only.
func TestStatuses(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	index := func(year int, name string, statuses ...string) {
		var all []datasets.RFC
		for i, s := range statuses {
			all = append(all, datasets.RFC{Number: uint32(i + 1), Title: "T", Status: s})
		}
		putIndex(t, store, on(year), name, all)
	}
	index(2000, "rfc-index.txt", "proposed standard", "proposed standard", "informational", "draft standard")
	index(2001, "rfcs.json", "standards track", "standards track", "informational", "standards track")
	index(2002, "rfcs.json", "standards track", "historic", "standards track", "standards track")
	index(2003, "rfc-index.txt", "proposed standard", "historic", "proposed standard", "internet standard") // RFC 3's level is told at last
	compareLines(t, eventLines(t, store),
		"2001-2002 RFC2 status proposed standard historic", // in 2001 it was on the standards track
		"2001-2002 RFC3 status informational standards track",
		"2000-2003 RFC4 status draft standard internet standard",
	)
	state, err := history.At(store, on(2002))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{"proposed standard of 2000", "historic of 2002", "standards track of 2002", "draft standard of 2000"} {
		d := state.Documents[uint32(n+1)]
		if got := fmt.Sprintf("%s of %d", d.Status, d.ToldOn(event.Status).Year()); got != want {
			t.Errorf("RFC %d: %s, want %s", n+1, got, want)
		}
	}
}

// TestReorganisation: areas that are merged make one event, and a document that moves alone one of its own.
func TestReorganisation(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	for year, area := range map[int]string{2000: "tsv", 2001: "wit"} {
		var all []datasets.RFC
		for n := range uint32(10) {
			all = append(all, datasets.RFC{Number: n + 1, Title: "T", Area: area})
		}
		all = append(all, datasets.RFC{Number: 11, Title: "T", Area: map[int]string{2000: "ops", 2001: "sec"}[year]})
		putIndex(t, store, on(year), "rfcs.json", all)
	}
	compareLines(t, eventLines(t, store),
		"2000-2001 area tsv area-reorganised tsv wit",
		"2000-2001 RFC11 area ops sec",
	)
}

// put writes partitions of one source of a day.
func put(t *testing.T, store *table.Store, day time.Time, name string, write func(*table.Commit, table.Key) error) {
	t.Helper()
	into := store.Begin(table.Input{Name: "raw/" + day.Format(time.DateOnly) + "/" + name})
	defer into.Abort()
	if err := write(into, table.Key{Day: day, Name: name}); err != nil {
		t.Fatal(err)
	}
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
}

// rows writes one partition.
func rows[Row any](of *table.Dataset[Row], into *table.Commit, key table.Key, all []Row) error {
	w, err := of.Create(into, key)
	if err != nil {
		return err
	}
	w.Unit = "row"
	w.See(len(all))
	w.Keep(len(all))
	return w.Append(all...)
}

func putIndex(t *testing.T, store *table.Store, day time.Time, name string, rfcs []datasets.RFC, relations ...datasets.RFCRelation) {
	put(t, store, day, name, func(into *table.Commit, key table.Key) error {
		if err := rows(datasets.RFCs, into, key, rfcs); err != nil {
			return err
		}
		return rows(datasets.RFCRelations, into, key, relations)
	})
}

func on(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

// eventLines derives the events and writes each as a line.
func eventLines(t *testing.T, store *table.Store) []string {
	t.Helper()
	if _, err := Run(context.Background(), store, []Derivation{RFCEvents}); err != nil {
		t.Fatal(err)
	}
	manifests, err := store.Manifests(datasets.RFCEvents.Schema)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range manifests {
		for e, err := range datasets.RFCEvents.Scan(store.Path(m)) {
			if err != nil {
				t.Fatal(err)
			}
			line := fmt.Sprintf("%d-%d %s %s", e.After.Year(), e.Until.Year(), e.Document, e.Kind)
			for _, s := range []string{e.Relation, e.Before, e.Now} {
				if s != "" {
					line += " " + s
				}
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func compareLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestForms has snapshots of several forms, one day with two, and one that lost its documents.
func TestForms(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	obsoleted := datasets.RFCRelation{Number: 1, Relation: "obsoleted-by", Target: "RFC3", TargetNumber: 3}
	putIndex(t, store, on(2000), "rfc-index.txt", []datasets.RFC{{Number: 1, Title: "One", Status: "proposed standard"}, {Number: 2, NotIssued: true}},
		datasets.RFCRelation{Number: 1, Relation: "obsoleted-by", Target: "RFC9", TargetNumber: 9})
	putIndex(t, store, on(2001), "rfcs.json", []datasets.RFC{{Number: 1, Title: "ONE.", Stream: "IETF"}, {Number: 3, Title: "Three", Stream: "IAB"}})
	putIndex(t, store, on(2002), "rfc-index.txt", []datasets.RFC{{Number: 1, Title: "One", Status: "historic"}, {Number: 2, NotIssued: true}, {Number: 3, Title: "Three", Status: "unknown"}}, obsoleted)
	putIndex(t, store, on(2003), "rfc-index.txt", []datasets.RFC{{Number: 1, Title: "One", Status: "historic"}})
	putIndex(t, store, on(2004), "rfc-index.xml", []datasets.RFC{{Number: 1, Title: "One", Status: "historic", Stream: "IRTF"}, {Number: 2, NotIssued: true}, {Number: 3, Title: "Three", Status: "unknown"}}, obsoleted)
	putIndex(t, store, on(2004), "rfc-index.txt", []datasets.RFC{{Number: 1, Title: "One", Status: "experimental"}, {Number: 2, NotIssued: true}, {Number: 3, Title: "Three", Status: "unknown"}}, obsoleted,
		datasets.RFCRelation{Number: 3, Relation: "obsoleted-by", Target: "RFC9", TargetNumber: 9})
	compareLines(t, eventLines(t, store),
		"2000-2001 RFC3 published",
		"2000-2002 RFC1 relation-added obsoleted-by RFC3",
		"2000-2002 RFC1 relation-withdrawn obsoleted-by RFC9",
		"2000-2002 RFC1 status proposed standard historic",
		"2001-2004 RFC1 stream IETF IRTF",
		"2004-2004 RFC1 sources-disagree status xml: historic txt: experimental",
		"2004-2004 RFC3 sources-disagree obsoleted-by xml: nothing txt: RFC9",
	)
}

// TestErrataEvents judges errata between two lists, and in the first.
func TestErrataEvents(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	submitted, judged := on(1999), time.Date(2000, 6, 1, 12, 0, 0, 0, time.UTC)
	list := func(year int, all ...datasets.RFCErratum) {
		put(t, store, on(year), "errata.json", func(into *table.Commit, key table.Key) error { return rows(datasets.RFCErrata, into, key, all) })
	}
	list(2001, datasets.RFCErratum{ID: 1, Number: 7, Status: "reported", Submitted: &submitted}, datasets.RFCErratum{ID: 2, Number: 7, Status: "verified", Submitted: &submitted, Updated: &judged})
	list(2003, datasets.RFCErratum{ID: 1, Number: 7, Status: "held", Submitted: &submitted}, datasets.RFCErratum{ID: 2, Number: 7, Status: "verified", Submitted: &submitted, Updated: &judged},
		datasets.RFCErratum{ID: 3, Number: 8, Status: "rejected"})
	compareLines(t, eventLines(t, store),
		"1999-2001 RFC7 erratum-reported 1 reported",
		"1999-2001 RFC7 erratum-reported 2 reported",
		"1999-2000 RFC7 erratum-verified 2 reported verified",
		"2001-2003 RFC7 erratum-held 1 reported held",
		"2001-2003 RFC8 erratum-rejected 3 reported rejected",
		"2001-2003 RFC8 erratum-reported 3 reported",
	)
}

// TestErrataRemoved: an erratum that leaves the list is an event, and a list that was cut removes nothing.
func TestErrataRemoved(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	submitted := on(1999)
	for year, ids := range map[int][]uint32{2000: {1, 300}, 2001: {2, 300}, 2002: {2, 2}, 2003: {2, 301}} {
		var all []datasets.RFCErratum
		for id := ids[0]; id <= ids[1]; id++ {
			all = append(all, datasets.RFCErratum{ID: id, Number: 7, Status: "reported", Submitted: &submitted})
		}
		put(t, store, on(year), "errata.json", func(into *table.Commit, key table.Key) error { return rows(datasets.RFCErrata, into, key, all) })
	}
	lines := slices.DeleteFunc(eventLines(t, store), func(line string) bool { return strings.HasPrefix(line, "1999-2000 ") })
	compareLines(t, lines,
		"2000-2001 RFC7 erratum-removed 1 reported",
		"1999-2003 RFC7 erratum-reported 301 reported",
	)
}

// TestDraftEvents follows drafts over five days, and finds where index and Datatracker disagree. What a draft would change, its texts
// tell: a relation that a revision brings, one that another drops, and one of which nothing is known any more.
func TestDraftEvents(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	day := func(year int, drafts []datasets.Draft, relations ...datasets.DraftRelation) {
		put(t, store, on(year), "datatracker.json", func(into *table.Commit, key table.Key) error {
			if err := rows(datasets.Drafts, into, key, drafts); err != nil {
				return err
			}
			return rows(datasets.DraftRelations, into, key, relations)
		})
	}
	cites := datasets.DraftRelation{Source: "draft-ietf-x", Relation: "normative", Target: "RFC5", TargetNumber: 5}
	day(2001, []datasets.Draft{{Name: "draft-ietf-x", Revision: "00", State: "active"}, {Name: "draft-y", Revision: "03", State: "active"}}, cites)
	day(2002, []datasets.Draft{{Name: "draft-ietf-x", Revision: "02", State: "active", RFCEditorState: "edit"}, {Name: "draft-y", Revision: "03", State: "expired"}, {Name: "draft-z", Revision: "00", State: "active"}}, cites)
	day(2003, []datasets.Draft{{Name: "draft-ietf-x", Revision: "02", State: "rfc", PublishedAs: 6}, {Name: "draft-y", Revision: "03", State: "active"}, {Name: "draft-z", Revision: "01", State: "active"}}, cites,
		datasets.DraftRelation{Source: "RFC6", Relation: "updates", Target: "RFC5", TargetNumber: 5})
	day(2004, []datasets.Draft{{Name: "draft-z", Revision: "02", State: "active"}})
	putIndex(t, store, on(2003), "rfc-index.xml", []datasets.RFC{{Number: 4, Title: "Four"}, {Number: 5, Title: "Five"}, {Number: 6, Title: "Six"}},
		datasets.RFCRelation{Number: 5, Relation: "updated-by", Target: "RFC4", TargetNumber: 4})
	put(t, store, on(1969), "texts", func(into *table.Commit, key table.Key) error {
		return rows(datasets.DraftHeaders, into, key, []datasets.DraftHeader{
			{Name: "draft-ietf-x", Revision: "00", HasHeader: true}, {Name: "draft-ietf-x", Revision: "02", HasHeader: true, Updates: []uint32{5}},
			{Name: "draft-y", Revision: "03", HasHeader: true, Obsoletes: []uint32{4}},
			{Name: "draft-z", Revision: "00", HasHeader: true, Updates: []uint32{5}}, {Name: "draft-z", Revision: "01"}, // a text without a header
			{Name: "draft-z", Revision: "02", HasHeader: true, Obsoletes: []uint32{5}}})
	})
	compareLines(t, eventLines(t, store),
		"2003-2003 RFC5 sources-disagree updated-by index: RFC4 datatracker: nothing",
		"2003-2003 RFC5 sources-disagree updated-by index: nothing datatracker: RFC6",
		"2001-2001 draft-ietf-x draft-adopted 00",
		"2001-2002 draft-ietf-x draft-in-queue edit",
		"2001-2002 draft-ietf-x draft-intends updates RFC5",
		"2002-2003 draft-ietf-x draft-published active RFC6",
		"2001-2002 draft-ietf-x draft-revised 00 02",
		"2001-2002 draft-y draft-expired active expired",
		"2001-2001 draft-y draft-intends obsoletes RFC4",
		"2001-2001 draft-y draft-new 03",
		"2002-2003 draft-y draft-state expired active",
		"2003-2004 draft-z draft-intends obsoletes RFC5",
		"2001-2002 draft-z draft-intends updates RFC5",
		"2001-2002 draft-z draft-new 00",
		"2003-2004 draft-z draft-no-longer-intends updates RFC5",
		"2002-2003 draft-z draft-revised 00 01",
		"2003-2004 draft-z draft-revised 01 02",
	)
	if _, err := Run(context.Background(), store, []Derivation{IntendedRelations}); err != nil {
		t.Fatal(err)
	}
	made, err := store.Manifests(datasets.IntendedRelations.Schema)
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	var intended []string
	for _, r := range tables.Rows(t, store, datasets.IntendedRelations, made[0]) {
		intended = append(intended, fmt.Sprintf("%s-%s %s %d by %s of %q, %s to %s", r.Draft, r.Revision, r.Relation, r.RFC, r.KnownBy, r.HeaderRevision,
			r.FirstSeen.Format("2006"), r.LastSeen.Format("2006")))
	}
	compareLines(t, intended,
		`draft-ietf-x-02 updates 5 by header of "02", 2002 to 2002`,
		`draft-y-03 obsoletes 4 by header of "03", 2001 to 2003`,
		`draft-z-00 updates 5 by header of "00", 2002 to 2002`,
		`draft-z-01 updates 5 by header of "00", 2003 to 2003`,
		`draft-z-02 obsoletes 5 by header of "02", 2004 to 2004`,
	)
}
