package site

import (
	"bytes"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
	"tidemark/site/feed"
)

func feedInput(events []datasets.RFCEvent, address string) Input {
	in := Input{Title: "T<i>demark", Program: "test", URL: address, Standards: dossier.Series{Events: events, Day: date(2026, 1, 1)}}
	r := &dossier.RFC{Number: 6052}
	for _, e := range events {
		if slices.Contains(e.Concerns, 6052) {
			r.Events = append(r.Events, e)
		}
	}
	in.RFCs = []*dossier.RFC{r}
	return in
}

func someEvents() []datasets.RFCEvent {
	published := date(2010, 10, 1)
	return []datasets.RFCEvent{
		{After: date(2010, 1, 1), Until: date(2012, 1, 1), Date: &published, Document: "RFC6052", Number: 6052, Kind: "published", Now: "proposed standard", Title: "A <b>bold</b> & \"quoted\" title \u202e", Concerns: []uint32{6052}},
		{After: date(2010, 1, 1), Until: date(2012, 1, 1), Document: "RFC4291", Number: 4291, Kind: "relation-added", Relation: "updated-by", Now: "RFC6052", Concerns: []uint32{4291, 6052}},
		{After: date(2012, 1, 1), Until: date(2014, 1, 1), Document: "RFC1", Number: 1, Kind: "status", Before: "unknown", Now: "historic", Concerns: []uint32{1}},
		{After: date(2014, 1, 1), Until: date(2015, 1, 1), Document: "RFC1", Number: 1, Kind: "status", Before: "historic", Now: "unknown", Concerns: []uint32{1}},
		{After: date(2015, 1, 1), Until: date(2016, 1, 1), Document: "RFC1", Number: 1, Kind: "status", Before: "unknown", Now: "historic", Concerns: []uint32{1}},
		{After: date(2016, 1, 1), Until: date(2016, 1, 1), Document: "RFC2", Number: 2, Kind: "sources-disagree", Relation: "stream", Before: "xml: IETF", Now: "txt: IAB", Concerns: []uint32{2}},
		{After: date(2017, 1, 1), Until: date(2017, 1, 1), Document: "RFC2", Number: 2, Kind: "sources-disagree", Relation: "stream", Before: "xml: IETF", Now: "txt: IAB", Concerns: []uint32{2}},
	}
}

func rendered(t *testing.T, in Input) map[string][]byte {
	t.Helper()
	_, made := render(t, in, filepath.Join(t.TempDir(), "site"))
	files := map[string][]byte{}
	for name, content := range made {
		files[name] = []byte(content)
	}
	return files
}

// parsed reads a feed as a reader of feeds does.
func parsed(t *testing.T, content []byte) *gofeed.Feed {
	t.Helper()
	f, err := gofeed.NewParser().Parse(bytes.NewReader(content))
	if err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	return f
}

var (
	uuidPattern = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	rfc3339Time = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)
)

// TestFeeds reads both forms with a real parser, and checks them against RFC 4287 and the W3C's validator.
func TestFeeds(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "https://example.net/tidemark/"} {
		files := rendered(t, feedInput(someEvents(), address))
		for path, entries := range map[string]int{"feeds/all": 6, "feeds/watched": 2, "feeds/rfc6052": 2} {
			atom, json := parsed(t, files[path+".atom"]), parsed(t, files[path+".json"])
			if len(atom.Items) != entries {
				t.Fatalf("%s.atom has %d entries, want %d", path, len(atom.Items), entries)
			}
			if len(json.Items) != entries {
				t.Fatalf("%s.json has %d entries, want %d", path, len(json.Items), entries)
			}
			checkHeads(t, path, atom, json)
			ids := map[string]bool{}
			for i, item := range atom.Items {
				if ids[item.GUID] {
					t.Errorf("%s: entry %d has the name of another one", path, i)
				}
				ids[item.GUID] = true
				if !uuidPattern.MatchString(item.GUID) {
					t.Errorf("%s: entry %d is called %q", path, i, item.GUID)
				}
				if item.Title == "" {
					t.Errorf("%s: entry %d has no title", path, i)
				}
				if item.GUID != json.Items[i].GUID {
					t.Errorf("%s: entry %d is called %q in Atom, %q in JSON", path, i, item.GUID, json.Items[i].GUID)
				}
				if item.Title != json.Items[i].Title {
					t.Errorf("%s: entry %d has the title %q in Atom, %q in JSON", path, i, item.Title, json.Items[i].Title)
				}
				if u, err := url.Parse(item.Link); err != nil || !u.IsAbs() {
					t.Errorf("%s: link %q", path, item.Link)
				}
				if i > 0 && item.UpdatedParsed.After(*atom.Items[i-1].UpdatedParsed) {
					t.Errorf("%s: entry %d is newer than the one before it", path, i)
				}
			}
			if address != "" && !strings.Contains(string(files[path+".atom"]), `<link rel="self" type="application/atom+xml" href="https://example.net/tidemark/`+path+`.atom">`) {
				t.Errorf("%s does not say where it is", path)
			}
		}
		all := parsed(t, files["feeds/all.atom"])
		if got := all.Items[len(all.Items)-1].Title + all.Items[len(all.Items)-2].Title; !strings.Contains(got, "A <b>bold</b> & \"quoted\" title \ufffd") {
			t.Errorf("the hostile title came back as %q", got)
		}
	}
}

// checkHeads checks what both forms say of the feed itself.
func checkHeads(t *testing.T, path string, atom, json *gofeed.Feed) {
	t.Helper()
	if atom.FeedType != "atom" {
		t.Errorf("%s.atom is read as %s", path, atom.FeedType)
	}
	if json.FeedType != "json" {
		t.Errorf("%s.json is read as %s", path, json.FeedType)
	}
	if json.FeedVersion != "https://jsonfeed.org/version/1.1" {
		t.Errorf("%s.json has the version %s", path, json.FeedVersion)
	}
	if !strings.HasPrefix(atom.Title, "T<i>demark: ") {
		t.Errorf("%s: title %q", path, atom.Title)
	}
	if len(atom.Authors) != 1 {
		t.Errorf("%s: %d authors", path, len(atom.Authors))
	}
	if !rfc3339Time.MatchString(atom.Updated) {
		t.Errorf("%s: updated %q is not a time of RFC 3339", path, atom.Updated)
	}
	if newest := atom.Items[0].UpdatedParsed.UTC().Format(time.RFC3339); atom.Updated != newest {
		t.Errorf("%s: updated %q, but the newest entry is of %s", path, atom.Updated, newest)
	}
}

// TestFeedsAreStable renders again, and after another snapshot: old entries keep their names, and new ones precede them.
func TestFeedsAreStable(t *testing.T) {
	t.Parallel()
	ids := func(files map[string][]byte) (all []string) {
		for _, item := range parsed(t, files["feeds/all.atom"]).Items {
			all = append(all, item.GUID+" "+item.Title+" "+item.Updated)
		}
		return all
	}
	before := rendered(t, feedInput(someEvents(), ""))
	again := rendered(t, feedInput(someEvents(), ""))
	for path := range before {
		if !bytes.Equal(before[path], again[path]) {
			t.Errorf("%s is not the same on a second rendering", path)
		}
	}
	more := append(someEvents(), datasets.RFCEvent{After: date(2017, 1, 1), Until: date(2018, 1, 1), Document: "RFC3", Number: 3, Kind: "removed", Before: "unknown", Concerns: []uint32{3}},
		datasets.RFCEvent{After: date(2017, 1, 1), Until: date(2018, 1, 1), Document: "draft-x", Kind: "draft-revised", Before: "01", Now: "02", Concerns: []uint32{6052}})
	old, now := ids(before), ids(rendered(t, feedInput(more, "")))
	if len(now) != len(old)+2 {
		t.Fatalf("%d entries after two more events, were %d", len(now), len(old))
	}
	if !slices.Equal(now[2:], old) {
		t.Errorf("was\n%s\nis\n%s", strings.Join(old, "\n"), strings.Join(now, "\n"))
	}
	// A late snapshot narrows the interval: the entry stays the same for readers.
	narrowed := someEvents()
	narrowed[2].After = date(2013, 1, 1)
	late := parsed(t, rendered(t, feedInput(narrowed, ""))["feeds/all.atom"])
	if !slices.ContainsFunc(late.Items, func(i *gofeed.Item) bool { return strings.HasPrefix(old[3], i.GUID) }) && !slices.ContainsFunc(late.Items, func(i *gofeed.Item) bool { return strings.HasPrefix(old[4], i.GUID) }) {
		t.Error("an interval that was narrowed made another entry")
	}
	// A feed is bounded.
	var many []datasets.RFCEvent
	for i := range feed.MaxEntries + 50 {
		many = append(many, datasets.RFCEvent{Until: time.Date(2000, 1, 1+i, 0, 0, 0, 0, time.UTC), Document: fmt.Sprint("RFC", i+1), Number: uint32(i + 1), Kind: "removed", Concerns: []uint32{6052}})
	}
	f := parsed(t, rendered(t, feedInput(many, ""))["feeds/all.json"])
	if len(f.Items) != feed.MaxEntries {
		t.Errorf("%d entries, want %d", len(f.Items), feed.MaxEntries)
	}
	if title := f.Items[0].Title; !strings.Contains(title, fmt.Sprint(feed.MaxEntries+50)) {
		t.Errorf("the first entry is %q, which is not the newest", title)
	}
}

// TestFeedsAreNews: what the first list of errata holds is not news, and publications are not cut off by other events of their day.
func TestFeedsAreNews(t *testing.T) {
	t.Parallel()
	reported := date(2001, 5, 6)
	var events []datasets.RFCEvent
	for i := range feed.MaxEntries + 50 {
		events = append(events, datasets.RFCEvent{After: date(2016, 1, 1), Until: date(2017, 1, 1), Document: fmt.Sprint("RFC", i+1), Number: uint32(i + 1), Kind: "status", Before: "a", Now: "b"},
			datasets.RFCEvent{After: reported, Until: date(2017, 1, 1), Date: &reported, Document: fmt.Sprint("RFC", i+1), Number: uint32(i + 1), Kind: "erratum-reported", Relation: fmt.Sprint(i)})
	}
	events = append(events, datasets.RFCEvent{Until: date(2017, 1, 1), Document: "RFC9999", Number: 9999, Kind: "published"},
		datasets.RFCEvent{After: date(2017, 1, 1), Until: date(2018, 1, 1), Document: "RFC1", Number: 1, Kind: "erratum-verified", Relation: "0"})
	in := feedInput(events, "")
	in.Standards.ErrataSince = date(2017, 1, 1)
	f := parsed(t, rendered(t, in)["feeds/all.atom"])
	if len(f.Items) != feed.MaxEntries {
		t.Fatalf("%d entries, want %d", len(f.Items), feed.MaxEntries)
	}
	for i, want := range []string{"RFC 1: erratum 0 verified", "RFC 9999 was published", "status changed"} {
		if !strings.Contains(f.Items[i].Title, want) {
			t.Errorf("entry %d is %q, want %q", i, f.Items[i].Title, want)
		}
	}
	for _, item := range f.Items {
		if strings.Contains(item.Title, "reported") {
			t.Errorf("%q was there before the first list of errata", item.Title)
		}
	}
}

// TestDraftFeeds: the feed of a draft goes on under its next name and as an RFC, at the address of each of its names.
func TestDraftFeeds(t *testing.T) {
	t.Parallel()
	in := feedInput([]datasets.RFCEvent{
		{After: date(2026, 1, 1), Until: date(2026, 1, 5), Document: "draft-old", Kind: "draft-new", Now: "00"},
		{After: date(2026, 1, 5), Until: date(2026, 1, 12), Document: "draft-old", Kind: "draft-state", Before: "active", Now: "repl"},
		{After: date(2026, 1, 5), Until: date(2026, 1, 12), Document: "draft-ietf-new", Kind: "draft-adopted", Now: "00"},
		{After: date(2026, 1, 12), Until: date(2026, 1, 19), Document: "RFC9999", Number: 9999, Kind: "published", Now: "proposed standard", Concerns: []uint32{9999}},
		{After: date(2026, 1, 12), Until: date(2026, 1, 19), Document: "draft-else", Kind: "draft-new", Now: "00"},
		{After: date(2026, 1, 19), Until: date(2026, 1, 21), Document: "RFC9999", Number: 9999, Kind: "erratum-reported", Relation: "9000", Concerns: []uint32{9999}},
	}, "https://example.net/")
	in.Followed.Drafts, in.Standards.Day = []string{"draft-old", "draft-x/../y"}, date(2026, 1, 21)
	in.Standards.Lineage = lineageOfDraft(t)
	files := rendered(t, in)
	var first []string
	for _, name := range []string{"draft-old", "draft-ietf-new"} {
		f := parsed(t, files["feeds/"+name+".atom"])
		var titles []string
		for _, item := range f.Items {
			titles = append(titles, item.GUID+" "+item.Title)
		}
		if len(titles) != 5 || f.Title != "T<i>demark: draft-ietf-new, now RFC 9999" {
			t.Errorf("%s: %q\n%s", name, f.Title, strings.Join(titles, "\n"))
		}
		if first == nil {
			first = titles
		}
		if !slices.Equal(titles, first) {
			t.Errorf("%s has other entries than the draft under its first name", name)
		}
	}
	for path := range files {
		if strings.HasPrefix(path, "feeds/") && (strings.Contains(path, "else") || strings.Contains(path, "..")) {
			t.Errorf("there is %s", path)
		}
	}

	// The week that is not over is on the page, and not in the feed.
	weekly := parsed(t, files["feeds/weekly.atom"])
	var weeks []string
	for _, item := range weekly.Items {
		weeks = append(weeks, item.Link+" "+item.Title+": "+item.Description)
	}
	want := []string{
		"https://example.net/rfcs/digest.html#2026-W03 Week 3 of 2026: 2 changes around draft-ietf-new and draft-old: draft-ietf-new was first seen under the name of a group, as revision 00, between 2026-01-05 and 2026-01-12. draft-old was replaced by another draft between 2026-01-05 and 2026-01-12.",
		"https://example.net/rfcs/digest.html#2026-W02 Week 2 of 2026: 1 change around draft-old: draft-old was first seen, as revision 00, between 2026-01-01 and 2026-01-05.",
	}
	if !slices.Equal(weeks, want) {
		t.Errorf("weeks\n%s\nwant\n%s", strings.Join(weeks, "\n"), strings.Join(want, "\n"))
	}
	if page := string(files["rfcs/digest.html"]); !strings.Contains(page, `id="2026-W04"`) || !strings.Contains(page, "this week is not over") || !strings.Contains(page, `id="2026-W03"`) {
		t.Error("the page lacks a week, or does not say that the last is not over")
	}
}

// lineageOfDraft returns that of draft-old, which became draft-ietf-new and RFC 9999.
func lineageOfDraft(t *testing.T) history.Lineage {
	t.Helper()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	into := store.Begin(table.Input{Name: "datatracker/2026", SHA256: "2026"})
	key := table.Key{Day: date(2026, 1, 19), Name: "answers"}
	tables.Write(t, into, datasets.Drafts, key, datasets.Draft{Name: "draft-ietf-new", PublishedAs: 9999})
	tables.Write(t, into, datasets.DraftRelations, key, datasets.DraftRelation{Source: "draft-ietf-new", Relation: "replaces", Target: "draft-old"})
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
	lineage, err := history.ReadLineage(store)
	if err != nil {
		t.Fatal(err)
	}
	return lineage
}
