package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

func day(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

// put commits one partition of each table as the rows of one file of a year.
func put(t *testing.T, store *table.Store, year int, name string, partitions ...func(*testing.T, *table.Commit, table.Key)) {
	t.Helper()
	into := store.Begin(table.Input{Name: fmt.Sprintf("raw/%d/%s", year, name)})
	defer into.Abort()
	for _, write := range partitions {
		write(t, into, table.Key{Day: day(year), Name: name})
	}
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
}

func rows[Row any](dataset *table.Dataset[Row], all ...Row) func(*testing.T, *table.Commit, table.Key) {
	return func(t *testing.T, into *table.Commit, key table.Key) {
		t.Helper()
		tables.Write(t, into, dataset, key, all...)
	}
}

// putIndex commits a snapshot of the index.
func putIndex(t *testing.T, store *table.Store, year int, name string, rfcs []datasets.RFC, relations ...datasets.RFCRelation) {
	t.Helper()
	put(t, store, year, name, rows(datasets.RFCs, rfcs...), rows(datasets.RFCRelations, relations...))
}

// numbered returns RFCs 1 to n.
func numbered(n int) (all []datasets.RFC) {
	for i := range n {
		all = append(all, datasets.RFC{Number: uint32(i + 1), Title: fmt.Sprint("Title ", i+1)})
	}
	return all
}

func relation(number uint32, name string, target uint32) datasets.RFCRelation {
	return datasets.RFCRelation{Number: number, Relation: name, Target: documentName(target), TargetNumber: target}
}

// chainText writes a chain as a line, what lies beside a snapshot in brackets.
func chainText(chain Chain) string {
	var all []string
	for _, s := range chain {
		text := fmt.Sprint(s.Day().Year(), " ", s.Form)
		for _, b := range s.Beside {
			text += fmt.Sprintf(" (%s)", b.Form)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func TestReadChain(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	putIndex(t, store, 2000, "rfc-index.txt", numbered(400))
	putIndex(t, store, 2001, "rfc-index.txt", numbered(398)) // one in two hundred less
	putIndex(t, store, 2002, "rfc-index.txt", numbered(395)) // more than that
	putIndex(t, store, 2003, "rfcs.json", numbered(385))     // less than one in thirty, and another form
	putIndex(t, store, 2004, "rfcs.json", numbered(400))
	putIndex(t, store, 2004, "rfc-index.txt", numbered(400))
	putIndex(t, store, 2004, "rfc-index.xml", numbered(400))
	putIndex(t, store, 2004, "rfc8200.json", numbered(1))
	putIndex(t, store, 2005, "rfc8200.json", numbered(1)) // alone on its day
	chain, quarantined, err := ReadChain(store)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := chainText(chain), "2000 txt, 2001 txt, 2003 json, 2004 xml (txt) (json) (json)"; !sameElements(got, want) {
		t.Errorf("chain %s, want %s", got, want)
	}
	if len(quarantined) != 1 || quarantined[0] != (Quarantined{"raw/2002/rfc-index.txt", 395, 398}) {
		t.Errorf("quarantined %v", quarantined)
	}
	for at, want := range map[time.Time]int{day(1999): -1, day(2000): 0, day(2002): 1, day(2004): 3, day(2050): 3, {}: 3} {
		if got := chain.Index(at); got != want {
			t.Errorf("on %s: snapshot %d, want %d", at.Format(time.DateOnly), got, want)
		}
	}
	if got := (Chain{}).Index(time.Time{}); got != -1 {
		t.Errorf("newest of no snapshots: %d", got)
	}
	if got := chainText(chain.UpTo(2)); got != "2001 txt, 2003 json" {
		t.Errorf("up to the third: %s", got)
	}
}

// sameElements compares lines whose words in brackets may be in any order.
func sameElements(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// TestAt: a day between snapshots has the earlier one's state, and the zero time the newest.
func TestAt(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	if _, err := At(store, time.Time{}); !errors.Is(err, ErrNoIndex) {
		t.Errorf("an empty store: %v", err)
	}
	putIndex(t, store, 2000, "rfc-index.txt", []datasets.RFC{{Number: 1, Title: "One", Status: "proposed standard", Year: 1999}, {Number: 2, NotIssued: true}})
	putIndex(t, store, 2004, "rfcs.json", []datasets.RFC{{Number: 1, Title: "One anew", Stream: "IETF"}, {Number: 3, Title: "Three"}})
	if _, err := At(store, day(1999)); !errors.Is(err, ErrNoIndex) {
		t.Errorf("before the first snapshot: %v", err)
	}
	for at, want := range map[time.Time]string{
		day(2002): "2000: 1 One proposed standard  1999, 2 not issued",
		{}:        "2004: 1 One anew proposed standard IETF 1999, 2 not issued, 3 Three   0",
	} {
		state, err := At(store, at)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for n := range uint32(4) {
			switch d := state.Documents[n]; {
			case d == nil:
			case d.NotIssued:
				all = append(all, fmt.Sprint(n, " not issued"))
			default:
				all = append(all, fmt.Sprintf("%d %s %s %s %d", n, d.Title, d.Status, d.Stream, d.Year))
			}
		}
		if got := fmt.Sprint(state.Day.Year(), ": ", strings.Join(all, ", ")); got != want {
			t.Errorf("%s: %q, want %q", at.Format(time.DateOnly), got, want)
		}
	}
}

// eventTexts writes events as lines.
func eventTexts(events []datasets.RFCEvent) (lines []string) {
	for _, e := range events {
		lines = append(lines, fmt.Sprintf("%d-%d %s %s %s %q %q %v", e.After.Year(), e.Until.Year(), e.Document, e.Kind, e.Relation, e.Before, e.Now, e.Concerns))
	}
	return lines
}

func compareLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestCompare(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	putIndex(t, store, 2000, "rfc-index.txt", []datasets.RFC{{Number: 1, Title: "Title One", Status: "proposed standard"}, {Number: 2, Title: "Two", Status: "historic"}, {Number: 4, Title: "Four"}},
		relation(1, "obsoletes", 2))
	putIndex(t, store, 2001, "rfc-index.txt", []datasets.RFC{{Number: 1, Title: "title-one.", Status: "internet standard"}, {Number: 3, NotIssued: true}, {Number: 4, Title: "Another"}, {Number: 5, Title: "Five", Status: "experimental", Year: 2000, Month: 6}},
		relation(1, "updated-by", 5), relation(5, "updates", 1), relation(1, "updates", 4))
	before, err := At(store, day(2000))
	if err != nil {
		t.Fatal(err)
	}
	now, err := At(store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	events := Compare(before, now)
	compareLines(t, eventTexts(events),
		`2000-2001 RFC1 status  "proposed standard" "internet standard" [1]`,
		`2000-2001 RFC2 removed  "historic" "" [2]`,
		`2000-2001 RFC3 not-issued  "" "" [3]`,
		`2000-2001 RFC4 title  "Four" "Another" [4]`,
		`2000-2001 RFC5 published  "" "experimental" [5]`,
	)
	for _, e := range events {
		if e.Kind == "published" && (e.Date == nil || !e.Date.Equal(time.Date(2000, 6, 1, 0, 0, 0, 0, time.UTC))) {
			t.Errorf("published on %v", e.Date)
		}
	}
	if again := Compare(now, now); len(again) != 0 {
		t.Errorf("a state differs from itself: %v", eventTexts(again))
	}
}

// TestCompareRelations: both snapshots tell the relation, else its absence says nothing.
func TestCompareRelations(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	putIndex(t, store, 2000, "rfc-index.txt", numbered(3), relation(1, "obsoleted-by", 2), relation(2, "updates", 3))
	putIndex(t, store, 2001, "rfc-index.txt", numbered(3), relation(1, "obsoleted-by", 3))
	before, err := At(store, day(2000))
	if err != nil {
		t.Fatal(err)
	}
	now, err := At(store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, eventTexts(Compare(before, now)),
		`2000-2001 RFC1 relation-added obsoleted-by "" "RFC3" [1 3]`,
		`2000-2001 RFC1 relation-withdrawn obsoleted-by "RFC2" "" [1 2]`,
	)
	compareLines(t, eventTexts(Disagreements(before, now, "xml", "txt")),
		`2000-2000 RFC1 sources-disagree obsoleted-by "xml: RFC2" "txt: nothing" [1]`,
		`2000-2000 RFC1 sources-disagree obsoleted-by "xml: nothing" "txt: RFC3" [1]`,
	)
}

func TestSearch(t *testing.T) {
	s := &State{Documents: map[uint32]*Document{}}
	for _, r := range []datasets.RFC{
		{Number: 1, Title: "Translation of Addresses"},
		{Number: 2, Title: "Transport", Keywords: []string{"translation"}},
		{Number: 3, Title: "Translations"},
		{Number: 4, Title: "Routing", Abstract: "on translation"},
		{Number: 5, Title: "Translation", NotIssued: true},
		{Number: 6, Title: "Größe"},
	} {
		s.Documents[r.Number] = &Document{RFC: r}
	}
	s.Relations = map[Statement]datasets.RFCRelation{{4, "is-also", "STD86"}: {}, {2, "is-also", "STD86"}: {}, {1, "see-also", "STD86"}: {}}
	for words, want := range map[string]string{
		"translation":           "[1 3 2 4]",
		"TRANSLATION addresses": "[1]",
		"translation missing":   "[]",
		"gr":                    "[6]",
		"3":                     "[3]",
		"rfc 03":                "[3]",
		"RFC-3":                 "[3]",
		"std 86":                "[2 4]",
		"BCP 86":                "[]",
		"5":                     "[]", // never issued
	} {
		found := []uint32{}
		for _, d := range s.Search(strings.Fields(words)) {
			found = append(found, d.Number)
		}
		if got := fmt.Sprint(found); got != want {
			t.Errorf("%s: %s, want %s", words, got, want)
		}
	}
}

func TestGraph(t *testing.T) {
	s := &State{Relations: map[Statement]datasets.RFCRelation{}}
	for _, r := range []datasets.RFCRelation{
		relation(2, "obsoletes", 1), relation(1, "obsoleted-by", 2), relation(2, "updated-by", 3), relation(4, "updates", 3), relation(9, "obsoletes", 8),
		{Number: 2, Relation: "is-also", Target: "STD86"},
	} {
		s.Relations[Statement{r.Number, r.Relation, r.Target}] = r
	}
	for distance, want := range map[int]string{
		0: "[]",
		1: "[{2 obsoletes 1 both}]",
		2: "[{2 obsoletes 1 both} {3 updates 2 to}]",
		3: "[{2 obsoletes 1 both} {3 updates 2 to} {4 updates 3 from}]",
	} {
		if got := fmt.Sprint(s.Graph(1, distance)); got != want {
			t.Errorf("%d steps: %s, want %s", distance, got, want)
		}
	}
}

func TestErrata(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	put(t, store, 2000, "errata.json", rows(datasets.RFCErrata, datasets.RFCErratum{ID: 1, Number: 7}))
	put(t, store, 2002, "errata.json", rows(datasets.RFCErrata, datasets.RFCErratum{ID: 1, Number: 7}, datasets.RFCErratum{ID: 2, Number: 8}))
	for _, c := range []struct {
		number uint32
		at     time.Time
		want   int
	}{
		{0, day(1999), 0}, {0, day(2001), 1}, {0, time.Time{}, 2}, {7, time.Time{}, 1}, {9, time.Time{}, 0},
	} {
		found, err := Errata(store, c.number, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != c.want {
			t.Errorf("of RFC %d on %s: %d, want %d", c.number, c.at.Format(time.DateOnly), len(found), c.want)
		}
	}
}

// TestReadTracker: the headers of the texts tell what an active draft would change. Where they do not, it is unknown.
func TestReadTracker(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	empty, err := ReadTracker(store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(empty.Pending)+len(empty.Citing)+len(empty.From) != 0 || !empty.Day.IsZero() {
		t.Errorf("an empty store has %+v", empty)
	}
	cites := func(draft, relation string, number uint32) datasets.DraftRelation {
		return datasets.DraftRelation{Source: draft, Relation: relation, TargetNumber: number}
	}
	snapshot := func(year int, state string) {
		put(t, store, year, "datatracker.json",
			rows(datasets.Drafts, datasets.Draft{Name: "draft-a", Revision: "03", State: state}, datasets.Draft{Name: "draft-b", State: "expired"},
				datasets.Draft{Name: "draft-ietf-c-rfc6146-bis", Revision: "00", State: "active"}, datasets.Draft{Name: "draft-d", Revision: "01", State: "active"},
				datasets.Draft{Name: "draft-e", Revision: "00", State: "active"}),
			rows(datasets.DraftRelations, cites("draft-a", "normative", 5), cites("draft-a", "informative", 5), cites("draft-b", "normative", 5),
				cites("draft-ietf-c-rfc6146-bis", "normative", 6146), cites("draft-d", "informative", 5), cites("draft-d", "updates", 7), cites("RFC8", "normative", 5),
				cites("draft-e", "normative", 5)))
	}
	snapshot(2000, "active")
	snapshot(2001, "rfc")
	put(t, store, 1969, "texts", rows(datasets.DraftHeaders,
		datasets.DraftHeader{Name: "draft-a", Revision: "01", HasHeader: true, Updates: []uint32{5}},
		datasets.DraftHeader{Name: "draft-a", Revision: "02", HasHeader: true, Updates: []uint32{5}, Obsoletes: []uint32{6}},
		datasets.DraftHeader{Name: "draft-a", Revision: "04", HasHeader: true}, // later than the snapshot
		datasets.DraftHeader{Name: "draft-b", Revision: "00", HasHeader: true, Updates: []uint32{5}},
		datasets.DraftHeader{Name: "draft-d", Revision: "01"}, // a text without a header
		datasets.DraftHeader{Name: "draft-e", Revision: "00", HasHeader: true}))
	for _, c := range []struct {
		number uint32
		at     time.Time
		want   string
	}{
		{5, day(2000), "draft-a updates header 02; cited by 3, unread draft-d"},
		{6, day(2000), "draft-a obsoletes header 02; cited by 0, unread "},
		{7, day(2000), "draft-d updates datatracker ; cited by 0, unread "},
		{6146, day(2000), "draft-ietf-c-rfc6146-bis unknown name ; cited by 1, unread "},
		{5, time.Time{}, "; cited by 2, unread draft-d"}, {6, time.Time{}, "; cited by 0, unread "},
		{5, day(1999), "; cited by 0, unread "}, {5, day(2003), "; cited by 0, unread "}, // no snapshot tells of these days
	} {
		tracker, err := ReadTracker(store, c.at)
		if err != nil {
			t.Fatal(err)
		}
		var all, unread []string
		for _, p := range tracker.Pending[c.number] {
			all = append(all, p.Name+" "+p.Intent.Relation+" "+p.Intent.KnownBy+" "+p.Intent.HeaderRevision)
		}
		for _, p := range tracker.Unread[c.number] {
			unread = append(unread, p.Name)
		}
		if got := fmt.Sprintf("%s; cited by %d, unread %s", strings.Join(all, ", "), tracker.Cited[c.number], strings.Join(unread, ", ")); got != c.want {
			t.Errorf("of RFC %d on %s: %s, want %s", c.number, c.at.Format(time.DateOnly), got, c.want)
		}
		if known := !tracker.Day.IsZero(); known != (c.at.IsZero() || c.at.Equal(day(2000))) {
			t.Errorf("of %s: the snapshot is of %v", c.at.Format(time.DateOnly), tracker.Day)
		}
	}
	newest, err := ReadTracker(store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(newest.Citing); got != "map[5:[draft-a draft-b RFC8 draft-e] 6146:[draft-ietf-c-rfc6146-bis]]" {
		t.Errorf("citing: %s", got)
	}
	if len(newest.From) != 3 {
		t.Errorf("read from %d partitions, want 3", len(newest.From))
	}
}

// TestNamedAfter has the ways in which names of drafts name the RFC that they are to replace or update.
func TestNamedAfter(t *testing.T) {
	for name, want := range map[string]uint32{
		"draft-ietf-v6ops-rfc6146-bis": 6146, "draft-ietf-httpbis-rfc6265bis": 6265, "draft-x-4271bis": 4271, "draft-x-rfc-8416-bis-more": 8416,
		"draft-ietf-6man-rfc6724-update": 6724, "draft-ietf-v6ops-nat64-wkp-1918": 0, "draft-ietf-httpbis-messaging": 0, "draft-x-2024-bisect": 0,
		"draft-x-802-1bis": 0, "draft-x-rfc6146": 0,
	} {
		if got := NamedAfter(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// TestEvents: an event counts from the day that its document carries, and belongs to every RFC that it concerns.
func TestEvents(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	if found, err := Events(store, nil, time.Time{}); err != nil || len(found) != 0 {
		t.Errorf("an empty store: %v, %v", found, err)
	}
	carried := day(2000)
	put(t, store, 2003, "events", rows(datasets.RFCEvents,
		datasets.RFCEvent{Until: day(2003), Document: "late", Concerns: []uint32{1, 2}},
		datasets.RFCEvent{Until: day(2003), Date: &carried, Document: "dated", Concerns: []uint32{2}}))
	put(t, store, 2001, "events", rows(datasets.RFCEvents, datasets.RFCEvent{Until: day(2001), Document: "early", Concerns: []uint32{1}}))
	for _, c := range []struct {
		numbers []uint32
		since   time.Time
		want    string
	}{
		{nil, time.Time{}, "dated early late"}, {nil, day(2001), "early late"}, {nil, day(2002), "late"}, {[]uint32{2}, time.Time{}, "dated late"}, {[]uint32{1, 2}, time.Time{}, "dated early late"}, {[]uint32{3}, time.Time{}, ""},
	} {
		found, err := Events(store, c.numbers, c.since)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range found {
			all = append(all, e.Document)
		}
		if got := strings.Join(all, " "); got != c.want {
			t.Errorf("of %v since %s: %s, want %s", c.numbers, c.since.Format(time.DateOnly), got, c.want)
		}
	}
}

// TestDescribe: each value has the day of the index that tells it, and what no source tells is null and not empty.
func TestDescribe(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	putIndex(t, store, 2000, "rfc-index.txt", []datasets.RFC{{Number: 1, Title: "One", Status: "proposed standard", Year: 1999, Month: 4}, {Number: 2, Title: "Two", Status: "historic", Year: 1999}})
	putIndex(t, store, 2002, "rfcs.json", []datasets.RFC{{Number: 1, Title: "One", Status: "standards track", Standing: "obsoleted"}, {Number: 2, Title: "Two", Status: "standards track", Standing: "current"}, {Number: 3, Title: "Three"}})
	putIndex(t, store, 2003, "rfc-index.txt", []datasets.RFC{{Number: 1, Title: "One"}, {Number: 2, Title: "Two"}, {Number: 3, Title: "Three", Year: 2001, Month: 5}}, relation(1, "obsoleted-by", 3))
	put(t, store, 2002, "errata.json", rows(datasets.RFCErrata, datasets.RFCErratum{ID: 1, Number: 7}))
	for _, c := range []struct {
		number uint32
		year   int
		want   string
	}{
		{1, 2001, `"1999-04" "proposed standard" of 2000-01-01, obsolete null, relations null, errata [], pending null, index 2000-01-01 later `},
		{1, 2002, `"1999-04" "proposed standard" of 2000-01-01, obsolete true, relations null, errata [], pending null, index 2002-01-01 later `},
		{2, 2002, `"1999" "standards track" of 2002-01-01, obsolete false, relations null, errata [], pending null, index 2002-01-01 later `},
		{2, 2003, `null "standards track" of 2002-01-01, obsolete false, relations [], errata [], pending null, index 2003-01-01 later `},
		{3, 2002, `null null of , obsolete null, relations null, errata [], pending null, index 2002-01-01 later `},
		{3, 2001, "the index of 2000-01-01 has no RFC 3"}, // published in May
		{4, 2003, "the index of 2003-01-01 has no RFC 4"},
	} {
		about, err := Describe(store, c.number, day(c.year))
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
			got = fmt.Sprintf("%s %s of %s, obsolete %s, relations %s, errata %s, pending %s, index %s later %s", text(about.Published), text(about.Status), about.Told["status"],
				text(about.Obsolete), text(about.Relations), text(about.Errata), text(about.Pending), about.Index, about.Later)
		}
		if got != c.want {
			t.Errorf("RFC %d in %d: %s, want %s", c.number, c.year, got, c.want)
		}
	}
	later, err := Describe(store, 3, day(2001).AddDate(0, 5, 0)) // in June 2001, of which only the index of 2003 knows
	if err != nil || later.Published != "2001-05" || later.Index != "2000-01-01" || later.Later != "2003-01-01" || later.Obsolete != nil {
		t.Errorf("%+v, %v", later, err)
	}
}

// TestDescribeProven: what no index of the day could know is proved by a later one: that another document was published by then and
// obsoletes this one, and which errata had been submitted.
func TestDescribeProven(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	rfc := func(number, year, month uint32) datasets.RFC {
		return datasets.RFC{Number: number, Title: fmt.Sprint("Title ", number), Year: year, Month: month}
	}
	putIndex(t, store, 2000, "rfc-index.txt", []datasets.RFC{rfc(1, 1999, 4), rfc(2, 1999, 5)}, relation(2, "updates", 1), relation(2, "obsoletes", 9))
	putIndex(t, store, 2004, "rfc-index.txt", []datasets.RFC{rfc(1, 1999, 4), rfc(2, 1999, 5), rfc(3, 2001, 5), rfc(4, 2003, 0), rfc(5, 0, 0)},
		relation(2, "obsoletes", 1), relation(3, "obsoletes", 1), relation(1, "updated-by", 4), relation(5, "obsoletes", 1))
	submitted, saved := day(2001), day(2002)
	put(t, store, 2003, "errata.json", rows(datasets.RFCErrata, datasets.RFCErratum{ID: 1, Number: 1, Status: "reported", Submitted: &submitted},
		datasets.RFCErratum{ID: 2, Number: 1, Status: "verified", Submitted: &submitted, Updated: &saved}, datasets.RFCErratum{ID: 3, Number: 1, Status: "held", Submitted: &submitted},
		datasets.RFCErratum{ID: 4, Number: 1, Status: "reported", Submitted: &saved}, datasets.RFCErratum{ID: 5, Number: 1, Status: "reported"},
		datasets.RFCErratum{ID: 6, Number: 2, Status: "reported", Submitted: &submitted}))
	for _, c := range []struct{ day, want string }{
		{"2000-12-31", "obsolete false; updated-by RFC2; errata of 2003-01-01"},
		{"2001-05-30", "obsolete false; updated-by RFC2; errata of 2003-01-01, 1 reported, 2 , 3 "},
		{"2001-05-31", "obsolete true; obsoleted-by RFC3 by 2004-01-01, updated-by RFC2; errata of 2003-01-01, 1 reported, 2 , 3 "},
		{"2002-01-01", "obsolete true; obsoleted-by RFC3 by 2004-01-01, updated-by RFC2; errata of 2003-01-01, 1 reported, 2 verified, 3 , 4 reported"},
		{"2003-12-30", "obsolete true; obsoleted-by RFC3 by 2004-01-01, updated-by RFC2; errata of , 1 reported, 2 verified, 3 held, 4 reported, 5 reported"},
		{"2003-12-31", "obsolete true; obsoleted-by RFC3 by 2004-01-01, updated-by RFC2, updated-by RFC4 by 2004-01-01; errata of , 1 reported, 2 verified, 3 held, 4 reported, 5 reported"},
		{"2004-01-01", "obsolete true; obsoleted-by RFC2, obsoleted-by RFC3, obsoleted-by RFC5, updated-by RFC4; errata of , 1 reported, 2 verified, 3 held, 4 reported, 5 reported"},
	} {
		on, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		about, err := Describe(store, 1, on)
		if err != nil {
			t.Fatal(err)
		}
		var relations []string
		for _, r := range about.Relations {
			line := r.Relation + " " + r.Document
			if r.Later != "" {
				line += " by " + r.Later
			}
			relations = append(relations, line)
		}
		got := fmt.Sprintf("obsolete %v; %s; errata of %s", *about.Obsolete, strings.Join(relations, ", "), about.ErrataLater)
		for _, e := range about.Errata {
			got += fmt.Sprintf(", %d %s", e.ID, e.Status)
		}
		if got != c.want {
			t.Errorf("on %s\n%s, want\n%s", c.day, got, c.want)
		}
	}
}

// TestDescribeSeries: what a sub-series holds is that of the newest index that has other names than numbers.
func TestDescribeSeries(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	also := func(number uint32, name string) datasets.RFCRelation {
		return datasets.RFCRelation{Number: number, Relation: "is-also", Target: name}
	}
	putIndex(t, store, 2000, "rfcs.json", numbered(3))
	putIndex(t, store, 2001, "rfc-index.txt", numbered(3), also(2, "STD7"), also(1, "STD7"), also(3, "BCP7"), relation(3, "obsoletes", 1))
	putIndex(t, store, 2002, "rfcs.json", numbered(3))
	putIndex(t, store, 2003, "rfc-index.txt", numbered(3), also(3, "STD7"))
	for _, c := range []struct {
		name string
		year int
		want string
	}{
		{"STD7", 2000, "no index of 2000-01-01 or before tells which RFCs are STD7; import one of another form, for example rfc-index.txt"},
		{"STD7", 2001, `{"name":"STD7","index":"2001-01-01","told":"2001-01-01","rfcs":[{"number":1,"title":"Title 1","published":null,"status":null,"obsolete":true},{"number":2,"title":"Title 2","published":null,"status":null,"obsolete":false}]}`},
		{"BCP7", 2002, `{"name":"BCP7","index":"2002-01-01","told":"2001-01-01","rfcs":[{"number":3,"title":"Title 3","published":null,"status":null,"obsolete":false}]}`},
		{"STD7", 2003, `{"name":"STD7","index":"2003-01-01","told":"2003-01-01","rfcs":[{"number":3,"title":"Title 3","published":null,"status":null,"obsolete":null}]}`},
		{"BCP7", 2003, "in the index of 2003-01-01 no RFC is BCP7"},
		{"STD70", 2003, "in the index of 2003-01-01 no RFC is STD70"},
	} {
		described, err := DescribeSeries(store, c.name, day(c.year))
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			b, _ := json.Marshal(described)
			got = string(b)
		}
		if got != c.want {
			t.Errorf("%s in %d: %s, want %s", c.name, c.year, got, c.want)
		}
	}
}
