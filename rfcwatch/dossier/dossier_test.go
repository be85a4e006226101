package dossier

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func commit(t testing.TB, into *table.Commit) []*table.Manifest {
	t.Helper()
	all, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func input(name string) table.Input {
	return table.Input{Name: name, Bytes: 1, SHA256: strings.Repeat("0", 64)}
}

// writeIndex commits a snapshot of the RFC index.
func writeIndex(t testing.TB, store *table.Store, day time.Time, documents []datasets.RFC, relations ...datasets.RFCRelation) []*table.Manifest {
	t.Helper()
	into := store.Begin(input("rfc-index/" + day.Format(time.DateOnly)))
	for i := range documents {
		documents[i].SnapshotDate = day
	}
	tables.Write(t, into, datasets.RFCs, table.Key{Day: day, Name: "rfc-index.xml"}, documents...)
	tables.Write(t, into, datasets.RFCRelations, table.Key{Day: day, Name: "rfc-index.xml"}, relations...)
	return commit(t, into)
}

func TestReadEmptyStore(t *testing.T) {
	t.Parallel()
	all, series, err := Read(&table.Store{Dir: t.TempDir(), Program: "test"}, []int{6052})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d dossiers, want 1", len(all))
	}
	if all[0].Entry != nil {
		t.Errorf("there is an entry: %+v", all[0].Entry)
	}
	if len(series.From) > 0 {
		t.Errorf("read from %d partitions", len(series.From))
	}
}

func TestReadRefusesNumbers(t *testing.T) {
	t.Parallel()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	for want, numbers := range map[string][]int{"watched twice": {6052, 6052}, "invalid RFC number 0": {0}, "invalid RFC number -1": {1, -1}} {
		_, _, err := Read(store, numbers)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", numbers, err, want)
		}
	}
}

// TestReadIndex: the dossier follows the newest index that did not lose documents.
func TestReadIndex(t *testing.T) {
	t.Parallel()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	index := func(status string) []datasets.RFC {
		return []datasets.RFC{{Number: 6052, Status: status}, {Number: 4291, Title: "Architecture"}, {Number: 7000, Title: "Unrelated"}}
	}
	updates := datasets.RFCRelation{Number: 6052, Relation: "updates", Target: "RFC4291", TargetNumber: 4291}
	updated := datasets.RFCRelation{Number: 4291, Relation: "updated-by", Target: "RFC6052", TargetNumber: 6052}
	other := datasets.RFCRelation{Number: 7000, Relation: "updates", Target: "RFC4291", TargetNumber: 4291}
	writeIndex(t, store, date(2012, 1, 1), index("old"), other)
	good := writeIndex(t, store, date(2014, 1, 1), index("good"), updates, updated, other)
	var inputs []table.Input
	for _, m := range good {
		inputs = append(inputs, m.AsInput())
	}
	into := store.Begin(inputs...)
	tables.Write(t, into, datasets.RFCEvents, table.Key{Day: date(2014, 1, 1), Name: "2012-01-01..2014-01-01"},
		datasets.RFCEvent{Until: date(2014, 1, 1), Number: 6052, Kind: "status", Concerns: []uint32{6052}},
		datasets.RFCEvent{Until: date(2014, 1, 1), Number: 7000, Kind: "status", Concerns: []uint32{7000}})
	commit(t, into)
	writeIndex(t, store, date(2015, 1, 1), index("lost")[:1])

	all, series, err := Read(store, []int{6052, 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(series.From) != 3 {
		t.Errorf("read from %d partitions, want the index, its relations and the events", len(series.From))
	}
	if !series.Day.Equal(date(2014, 1, 1)) {
		t.Errorf("the index is of %v", series.Day)
	}
	if len(series.Index) != 3 {
		t.Errorf("%d documents in the index, want 3", len(series.Index))
	}
	if len(series.Events) != 2 {
		t.Errorf("%d events, want 2", len(series.Events))
	}
	watched := all[0]
	if watched.Entry == nil {
		t.Fatal("RFC 6052 has no entry")
	}
	if watched.Entry.Status != "good" {
		t.Errorf("its status is %q", watched.Entry.Status)
	}
	var relations []string
	for _, s := range watched.Relations {
		relations = append(relations, s.Relation)
	}
	if got := strings.Join(relations, " "); got != "updated-by updates" {
		t.Errorf("its relations are %q", got)
	}
	if len(watched.Related) != 1 || watched.Related[0].Title != "Architecture" {
		t.Errorf("its related documents are %+v", watched.Related)
	}
	if len(watched.Events) != 1 {
		t.Errorf("%d events, want 1", len(watched.Events))
	}
	absent := all[1]
	if absent.Entry != nil {
		t.Errorf("RFC 1, which the index lacks, has the entry %+v", absent.Entry)
	}
	if n := len(absent.Relations) + len(absent.Events); n > 0 {
		t.Errorf("RFC 1, which the index lacks, has %d relations and events", n)
	}
}

// TestSeries: what the first list of errata holds is not news, numbers that were never issued come from the index that lists
// them, and each field is credited to the index that tells it.
func TestSeries(t *testing.T) {
	t.Parallel()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	text, distilled := date(2025, 1, 14), date(2026, 8, 20)
	for day, documents := range map[time.Time][]datasets.RFC{
		text:      {{SnapshotDate: text, Number: 1, Status: "proposed standard"}, {SnapshotDate: text, Number: 2, NotIssued: true}},
		distilled: {{SnapshotDate: distilled, Number: 1, Status: "standards track", Area: "int"}, {SnapshotDate: distilled, Number: 3, Status: "standards track"}},
	} {
		name := map[time.Time]string{text: "rfc-index.txt", distilled: "rfcs.json"}[day]
		into := store.Begin(input("rfc-index/" + name))
		tables.Write(t, into, datasets.RFCs, table.Key{Day: day, Name: name}, documents...)
		tables.Write(t, into, datasets.RFCRelations, table.Key{Day: day, Name: name})
		commit(t, into)
		into = store.Begin(input("rfc-errata/" + day.Format(time.DateOnly)))
		tables.Write(t, into, datasets.RFCErrata, table.Key{Day: day, Name: "errata"}, datasets.RFCErratum{Number: 1, ID: 1})
		commit(t, into)
	}
	all, series, err := Read(store, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	issued, never, on := series.Issued()
	if got := fmt.Sprintf("%d %d %s", issued, never, on.Format(time.DateOnly)); got != "2 1 2025-01-14" {
		t.Errorf("issued, never issued and the day of that: %s", got)
	}
	for field, want := range map[string]time.Time{"status": text, "area": distilled, "wg": {}} {
		if got := all[0].Told[field]; !got.Equal(want) {
			t.Errorf("%s: told on %s, want %s", field, got, want)
		}
	}
	if got := all[0].Entry.Status; got != "proposed standard" {
		t.Errorf("status %q", got)
	}
	for _, c := range []struct {
		event datasets.RFCEvent
		want  bool
	}{
		{datasets.RFCEvent{Kind: "erratum-reported", Until: text}, false},
		{datasets.RFCEvent{Kind: "erratum-verified", Until: date(2020, 1, 1)}, false},
		{datasets.RFCEvent{Kind: "erratum-reported", Until: distilled}, true},
		{datasets.RFCEvent{Kind: "published", Until: date(2001, 1, 1)}, true},
	} {
		if got := series.IsNews(&c.event); got != c.want {
			t.Errorf("%s of %s is news: %v", c.event.Kind, c.event.Until.Format(time.DateOnly), got)
		}
	}
}

// TestReadSurroundings: errata, drafts and citations come from the newest partitions, and texts are compared where both are
// at hand.
func TestReadSurroundings(t *testing.T) {
	t.Parallel()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	day := date(2026, 1, 2)
	writeIndex(t, store, day, []datasets.RFC{{Number: 1}, {Number: 2}, {Number: 3}},
		datasets.RFCRelation{Number: 2, Relation: "obsoletes", Target: "RFC0001", TargetNumber: 1},
		datasets.RFCRelation{Number: 1, Relation: "obsoleted-by", Target: "RFC0002", TargetNumber: 2},
		datasets.RFCRelation{Number: 2, Relation: "obsoleted-by", Target: "RFC0003", TargetNumber: 3})
	for _, d := range []time.Time{date(2026, 1, 1), day} {
		into := store.Begin(input("datatracker/" + d.Format(time.DateOnly)))
		tables.Write(t, into, datasets.RFCErrata, table.Key{Day: d, Name: "errata"}, datasets.RFCErratum{Number: 1, ID: uint32(d.Day())}, datasets.RFCErratum{Number: 9, ID: 9})
		tables.Write(t, into, datasets.Drafts, table.Key{Day: d, Name: "answers"}, datasets.Draft{Name: "draft-a", Revision: "02", State: "active"}, datasets.Draft{Name: "draft-b", State: "rfc"},
			datasets.Draft{Name: "draft-c", State: "expired"}, datasets.Draft{Name: "draft-d", State: "active"})
		tables.Write(t, into, datasets.DraftRelations, table.Key{Day: d, Name: "answers"},
			datasets.DraftRelation{Source: "draft-a", Relation: "updates", TargetNumber: 1}, datasets.DraftRelation{Source: "draft-a", Relation: "obsoletes", TargetNumber: 2},
			datasets.DraftRelation{Source: "draft-b", Relation: "updates", TargetNumber: 1}, datasets.DraftRelation{Source: "draft-c", Relation: "updates", TargetNumber: 1},
			datasets.DraftRelation{Source: "draft-d", Relation: "updates", TargetNumber: 9}, datasets.DraftRelation{Source: "draft-d", Relation: "normative", TargetNumber: 1},
			datasets.DraftRelation{Source: "draft-d", Relation: "informative", TargetNumber: 1})
		commit(t, into)
	}
	into := store.Begin(input("texts"))
	tables.Write(t, into, datasets.Paragraphs, table.Key{Day: day, Name: "texts"},
		datasets.Paragraph{Document: "RFC1", Text: "You MUST do this."}, datasets.Paragraph{Document: "RFC2", Text: "You SHOULD do this."},
		datasets.Paragraph{Document: "draft-a", Revision: "00", Text: "First."}, datasets.Paragraph{Document: "draft-a", Revision: "01", Text: "The limit is set to two."},
		datasets.Paragraph{Document: "draft-a", Revision: "02", Text: "The limit is set to three."}, datasets.Paragraph{Document: "draft-c", Revision: "00", Text: "Only."})
	commit(t, into)

	all, _, err := Read(store, []int{2, 1})
	if err != nil {
		t.Fatal(err)
	}
	drafts := func(document *RFC) (got []string) {
		for _, d := range document.Drafts {
			got = append(got, fmt.Sprintf("%s %s %s-%s %d", d.Intent.Relation, d.Name, d.Before, d.Now, len(d.Changes)))
		}
		return got
	}
	successors := func(document *RFC) (got []string) {
		for _, s := range document.Successors {
			got = append(got, fmt.Sprintf("%d-%d %d", s.Before, s.Now, len(s.Changes)))
		}
		return got
	}
	for what, test := range map[string]struct {
		got  any
		want string
	}{
		"drafts of 1":     {drafts(all[1]), "[updates draft-a 01-02 1]"},
		"drafts of 2":     {drafts(all[0]), "[obsoletes draft-a 01-02 1]"},
		"successors of 1": {successors(all[1]), "[1-2 1]"},
		"successors of 2": {successors(all[0]), "[1-2 1]"},
		"citing 1":        {all[1].Citing, "[draft-d]"},
		"citing 2":        {all[0].Citing, "[]"},
		"errata of 2":     {all[0].Errata, "[]"},
	} {
		if got := fmt.Sprint(test.got); got != test.want {
			t.Errorf("%s: %s, want %s", what, got, test.want)
		}
	}
	if len(all[1].Errata) != 1 {
		t.Fatalf("errata of 1: %+v", all[1].Errata)
	}
	if id := all[1].Errata[0].ID; id != 2 {
		t.Errorf("the erratum is %d, which is not from the newest list", id)
	}
}

// bigStore has an index of 2,000 documents, and 20,000 drafts and relations to the first 200 of them.
func bigStore(t testing.TB) *table.Store {
	t.Helper()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	day := date(2026, 1, 1)
	documents := make([]datasets.RFC, 2000)
	for i := range documents {
		documents[i].Number = uint32(i + 1)
	}
	writeIndex(t, store, day, documents)
	drafts, relations := make([]datasets.Draft, 20_000), make([]datasets.DraftRelation, 20_000)
	for i := range drafts {
		name := fmt.Sprintf("draft-%d", i)
		drafts[i] = datasets.Draft{Name: name, State: "active"}
		relations[i] = datasets.DraftRelation{Source: name, Relation: "updates", TargetNumber: uint32(1 + i%200)}
	}
	into := store.Begin(input("datatracker"))
	tables.Write(t, into, datasets.Drafts, table.Key{Day: day, Name: "answers"}, drafts...)
	tables.Write(t, into, datasets.DraftRelations, table.Key{Day: day, Name: "answers"}, relations...)
	commit(t, into)
	return store
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

// bytesRead returns how many bytes the process has read in its life; not ok on systems that do not say.
func bytesRead() (n int64, ok bool) {
	content, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0, false
	}
	_, err = fmt.Sscanf(string(content), "rchar: %d", &n)
	return n, err == nil
}

// TestOnePass: two hundred documents need no more reading than one.
func TestOnePass(t *testing.T) {
	store := bigStore(t)
	if _, ok := bytesRead(); !ok {
		testkit.Missing(t, "the system does not say how many bytes a process has read")
	}
	read := func(watched []int) int64 {
		before, _ := bytesRead()
		all, _, err := Read(store, watched)
		if err != nil {
			t.Fatal(err)
		}
		after, _ := bytesRead()
		for _, document := range all {
			if len(document.Drafts) != 100 {
				t.Fatalf("RFC %d has %d drafts, want 100", document.Number, len(document.Drafts))
			}
		}
		return after - before
	}
	one, many := read(numbers(1)), read(numbers(200))
	if one < 10_000 {
		t.Fatalf("only %d bytes were read for one document", one)
	}
	if many > one+one/4 {
		t.Errorf("%d bytes were read for 200 documents, %d for one", many, one)
	}
}

// BenchmarkRead shows that 200 watched documents need as many reads as one.
func BenchmarkRead(b *testing.B) {
	store := bigStore(b)
	for _, n := range []int{1, 200} {
		b.Run(fmt.Sprintf("watched=%d", n), func(b *testing.B) {
			before, _ := bytesRead()
			for b.Loop() {
				if _, _, err := Read(store, numbers(n)); err != nil {
					b.Fatal(err)
				}
			}
			after, _ := bytesRead()
			b.ReportMetric(float64(after-before)/float64(b.N), "read-bytes/op")
		})
	}
}

// TestOthers: documents that are not watched have their entries, errata with places in the text, and drafts, but no comparisons.
func TestOthers(t *testing.T) {
	t.Parallel()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	day := date(2026, 1, 2)
	writeIndex(t, store, day, []datasets.RFC{{Number: 2, Title: "New"}, {Number: 1, Title: "Old"}, {Number: 3, NotIssued: true}, {Number: 4}},
		datasets.RFCRelation{Number: 2, Relation: "obsoletes", Target: "RFC1", TargetNumber: 1})
	into := store.Begin(input("errata"))
	tables.Write(t, into, datasets.RFCErrata, table.Key{Day: day, Name: "errata"},
		datasets.RFCErratum{Number: 1, ID: 10, Original: "the second paragraph is wrong here"}, datasets.RFCErratum{Number: 1, ID: 11, Original: "what nobody wrote anywhere"}, datasets.RFCErratum{Number: 9, ID: 12, Original: "lost"})
	tables.Write(t, into, datasets.Drafts, table.Key{Day: day, Name: "answers"}, datasets.Draft{Name: "draft-ietf-b-y", State: "active"}, datasets.Draft{Name: "draft-ietf-b-x", State: "active"}, datasets.Draft{Name: "draft-z", State: "expired"})
	tables.Write(t, into, datasets.DraftRelations, table.Key{Day: day, Name: "answers"}, datasets.DraftRelation{Source: "draft-ietf-b-x", Relation: "updates", TargetNumber: 1})
	commit(t, into)
	into = store.Begin(input("texts"))
	tables.Write(t, into, datasets.Paragraphs, table.Key{Day: day, Name: "texts"},
		datasets.Paragraph{Document: "RFC1", Text: "A first paragraph stands before."}, datasets.Paragraph{Document: "RFC1", Section: "2", Text: "Indeed, the second paragraph is wrong here."},
		datasets.Paragraph{Document: "RFC2", Text: "A first paragraph stands before."})
	commit(t, into)

	watched, series, err := Read(store, []int{4})
	if err != nil {
		t.Fatal(err)
	}
	if len(watched) != 1 || !watched[0].Watched {
		t.Errorf("watched: %+v", watched)
	}
	var got []string
	for _, r := range series.Others {
		line := fmt.Sprintf("%d entry %v related %d successors %d searched %v", r.Number, r.Entry != nil, len(r.Related), len(r.Successors), r.Searched)
		for _, e := range r.Errata {
			line += fmt.Sprintf(", %d", e.ID)
			if e.Place != nil {
				line += fmt.Sprintf(" at %d: %q", e.Place.First, e.Quoted[0].Text)
			}
		}
		for _, d := range r.Drafts {
			line += ", " + d.Name
		}
		got = append(got, line)
	}
	want := []string{`1 entry true related 1 successors 0 searched true, 10 at 2: "Indeed, the second paragraph is wrong here.", 11, draft-ietf-b-x`,
		"2 entry true related 1 successors 0 searched false", "3 entry true related 0 successors 0 searched false", "9 entry false related 0 successors 0 searched false, 12"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(series.Active) != 2 || series.Active[0].Name != "draft-ietf-b-x" {
		t.Errorf("active drafts: %+v", series.Active)
	}
}
