package analysis

import (
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestStandingFollowsInputs: the files behind derived partitions are named with their days and age limits, through every step,
// and only those behind the partitions of the answer's own day.
func TestStandingFollowsInputs(t *testing.T) {
	store := tables.Store(t)
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	at := day(2020, 2, 1)
	input := func(s *table.Schema, day time.Time) table.Input {
		return table.Input{Name: s.File(table.Key{Day: day, Name: "x"}), SHA256: "00"}
	}
	put := func(write func(*table.Commit), inputs ...table.Input) {
		t.Helper()
		into := store.Begin(inputs...)
		defer into.Abort()
		write(into)
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	states := func(day time.Time) func(*table.Commit) {
		return func(into *table.Commit) {
			tables.Write(t, into, datasets.RouteStates, table.Key{Day: day, Name: "x"}, datasets.RouteState{Time: day, Family: 4, Prefix: "192.0.2.0/24"})
		}
	}
	put(states(day(2019, 1, 1)), input(datasets.ROAs.Schema, day(2018, 12, 31)))
	put(states(at), input(datasets.Routes.Schema, at), input(datasets.ROAs.Schema, day(2018, 1, 31)), input(datasets.Delegations.Schema, day(2020, 1, 31)),
		input(datasets.AddressBlocks.Schema, day(2013, 2, 15)), input(datasets.AddressBlocks.Schema, day(2025, 1, 31)), input(datasets.SpecialPrefixes.Schema, day(2020, 1, 31)),
		input(datasets.DraftHeaders.Schema, datasets.Timeless)) // has no day to be named
	put(func(into *table.Commit) {
		tables.Write(t, into, datasets.Witnesses, table.Key{Day: at, Name: "x"}, datasets.Witness{Time: at})
	}, input(datasets.RouteStates.Schema, at), table.Input{Name: "routes/undated/raw.gz", SHA256: "00"})
	tables.Commit(t, store, datasets.ASNames, table.Key{Day: day(2021, 1, 1), Name: "x"}, datasets.ASName{FileDate: day(2021, 1, 1)})

	l := newLineage(store.At)
	q := &Question{Datasets: []*table.Schema{datasets.Witnesses.Schema, datasets.ASNames.Schema}, Basis: Basis{AsOf: "time", Things: "routes", Known: "known", Of: "of", Feeds: "feeds", FeedsOf: "feeds_of", Series: []string{"family", "collector"}}}
	var from []*table.Manifest
	for _, schema := range q.Datasets {
		manifests, err := store.Manifests(schema)
		if err != nil {
			t.Fatal(err)
		}
		from = append(from, manifests...)
	}
	columns := []table.ResultColumn{{Name: "time", Type: table.Timestamp}, {Name: "family", Type: table.Int64}, {Name: "collector"}, {Name: "known", Type: table.Int64},
		{Name: "of", Type: table.Int64}, {Name: "feeds", Type: table.Int64}, {Name: "feeds_of", Type: table.Int64}}
	rows := [][]any{
		{at, int64(4), "a", int64(9990), int64(10000), int64(12), int64(14)}, {at, int64(4), "b", int64(10000), int64(10000), int64(2), int64(14)},
		{at, int64(6), "a", int64(7), int64(7), int64(11), int64(13)}, {at.AddDate(-1, 0, 0), int64(4), "a", int64(0), int64(1), int64(1), int64(1)},
	}
	s, err := standingOf(q, &table.Result{Columns: columns, Rows: rows}, from, l)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Words(), "As of 2020-02-01. From witnesses of 2020-02-01; as_names of 2021-01-01. Also based on address_blocks of 2025-01-31; "+
		"delegations, special_prefixes of 2020-01-31. Past their age limit: address_blocks of 2013-02-15 (31 days for what is unallocated); "+
		"roas of 2018-01-31 (3 days). 11 of 13 ASes with full feeds. 99.9 % of 10,000 routes known."; got != want {
		t.Errorf("standing\n%s, want\n%s", got, want)
	}
	if got, want := s.Brief(), "As of 2020-02-01; 11 of 13 ASes with full feeds; 99.9 % of 10,000 routes known"; got != want {
		t.Errorf("in brief %q, want %q", got, want)
	}
	// Another file behind a partition behind the answer's own makes the answer due, though it reads the same bytes.
	before, err := l.behind(from)
	if err != nil || len(before) != 1 || before[0].Dataset != "route_states" {
		t.Fatalf("behind the answer: %v, %v", before, err)
	}
	hash := func() string {
		present, err := presentIn(store, t.TempDir(), []*Question{q})
		if err != nil {
			t.Fatal(err)
		}
		due, err := dueQuestions(present, t.TempDir(), []*Question{q})
		if err != nil || len(due) != 1 {
			t.Fatalf("due %v, %v", due, err)
		}
		return due[0].hash
	}
	one := hash()
	if again := hash(); again != one {
		t.Error("the same inputs have two hashes")
	}
	put(states(at), input(datasets.Routes.Schema, at), input(datasets.ROAs.Schema, at))
	if hash() == one {
		t.Error("the answer stays after its inputs changed")
	}
}

// TestLimitOfInput: the file's own day and the days of its limit are within it, and so is a later file, which tells of earlier
// days by the dates in it.
func TestLimitOfInput(t *testing.T) {
	at := time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC)
	for days, within := range map[int]bool{-400: true, 0: true, 3: true, 4: false} {
		if in := newInput(datasets.ROAs.Schema, at.AddDate(0, 0, -days), at); in.Within != within || *in.Limit != 3 || in.Lines != "" {
			t.Errorf("payloads of %d days before: %+v", days, in)
		}
	}
	if in := newInput(datasets.SpecialPrefixes.Schema, at.AddDate(-9, 0, 0), at); !in.Within || in.Limit != nil {
		t.Errorf("a registry without a limit: %+v", in)
	}
	if in := newInput(datasets.Delegations.Schema, at.AddDate(0, 0, -32), at); in.Within || *in.Limit != 31 || in.Lines != "available" {
		t.Errorf("a delegation file with two limits: %+v", in)
	}
	none := Standing{}
	if got := none.Words() + none.Brief(); got != "" {
		t.Errorf("a standing on nothing says %q", got)
	}
}

// TestStandingOfTexts: a dataset whose partitions speak of no day is named without one.
func TestStandingOfTexts(t *testing.T) {
	store := tables.Store(t)
	tables.Commit(t, store, datasets.DraftHeaders, table.Key{Day: datasets.Timeless, Name: "draft-a-00.txt"}, datasets.DraftHeader{Name: "draft-a", Revision: "00"})
	from, err := store.Manifests(datasets.DraftHeaders.Schema)
	if err != nil {
		t.Fatal(err)
	}
	s, err := StandingOf(store.At, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), from)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Words(), "As of 2025-01-01. From draft_headers."; got != want || s.Datasets[0].Partitions != 1 {
		t.Errorf("got %q, want %q: %+v", got, want, s.Datasets)
	}
}

// TestStandingWithoutRows: that the data contain nothing that a question asks for is true of their day.
func TestStandingWithoutRows(t *testing.T) {
	store := tables.Store(t)
	write(t, store, datasets.RFCs, "a", datasets.RFC{SnapshotDate: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Source: "rfc-index.txt", Number: 1})
	a := answered(t, store, rfcStatusChanges)
	if len(a.Result.Rows) != 0 || a.Standing.AsOf != "2020-01-01" || !strings.HasPrefix(a.Standing.Words(), "As of 2020-01-01. From rfcs of 2020-01-01") {
		t.Errorf("%d rows: %q", len(a.Result.Rows), a.Standing.Words())
	}
}
