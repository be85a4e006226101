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
	"tidemark/rfcwatch/dossier"
)

func feedInput(events []datasets.RFCEvent, address string) Input {
	in := Input{Title: "T<i>demark", Program: "test", URL: address, Standards: Standards{Events: events, Day: date(2026, 1, 1)}}
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

// TestFeeds reads both forms with a real parser, and holds them to what RFC 4287 and the W3C's validator ask of them.
func TestFeeds(t *testing.T) {
	for _, address := range []string{"", "https://example.net/tidemark/"} {
		files := rendered(t, feedInput(someEvents(), address))
		for path, entries := range map[string]int{"feeds/all": 6, "feeds/watched": 2, "feeds/rfc6052": 2} {
			atom, json := parsed(t, files[path+".atom"]), parsed(t, files[path+".json"])
			if atom.FeedType != "atom" || json.FeedType != "json" || json.FeedVersion != "https://jsonfeed.org/version/1.1" || len(atom.Items) != entries || len(json.Items) != entries {
				t.Fatalf("%s: %s of %d entries, %s %s of %d", path, atom.FeedType, len(atom.Items), json.FeedType, json.FeedVersion, len(json.Items))
			}
			if !strings.HasPrefix(atom.Title, "T<i>demark: ") || len(atom.Authors) != 1 || !rfc3339Time.MatchString(atom.Updated) || atom.Updated != rfc3339(*atom.Items[0].UpdatedParsed) {
				t.Errorf("%s: title %q, authors %v, updated %q", path, atom.Title, atom.Authors, atom.Updated)
			}
			ids := map[string]bool{}
			for i, item := range atom.Items {
				if ids[item.GUID] || !uuidPattern.MatchString(item.GUID) || item.Title == "" || item.GUID != json.Items[i].GUID || item.Title != json.Items[i].Title {
					t.Errorf("%s: entry %d: %+v", path, i, item)
				}
				ids[item.GUID] = true
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

// TestFeedsStand renders again, and after a snapshot: old entries keep their place and name, the new ones come in front.
func TestFeedsStand(t *testing.T) {
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
	if len(now) != len(old)+2 || !slices.Equal(now[2:], old) {
		t.Errorf("was\n%s\nis\n%s", strings.Join(old, "\n"), strings.Join(now, "\n"))
	}
	// A snapshot that comes late narrows the interval: the entry stays the same for readers.
	narrowed := someEvents()
	narrowed[2].After = date(2013, 1, 1)
	late := parsed(t, rendered(t, feedInput(narrowed, ""))["feeds/all.atom"])
	if !slices.ContainsFunc(late.Items, func(i *gofeed.Item) bool { return strings.HasPrefix(old[3], i.GUID) }) && !slices.ContainsFunc(late.Items, func(i *gofeed.Item) bool { return strings.HasPrefix(old[4], i.GUID) }) {
		t.Error("an interval that was narrowed made another entry")
	}
	// A feed has an end.
	var many []datasets.RFCEvent
	for i := range longestFeed + 50 {
		many = append(many, datasets.RFCEvent{Until: time.Date(2000, 1, 1+i, 0, 0, 0, 0, time.UTC), Document: fmt.Sprint("RFC", i+1), Number: uint32(i + 1), Kind: "removed", Concerns: []uint32{6052}})
	}
	if f := parsed(t, rendered(t, feedInput(many, ""))["feeds/all.json"]); len(f.Items) != longestFeed || !strings.Contains(f.Items[0].Title, fmt.Sprint(longestFeed+50)) {
		t.Errorf("%d entries, the first %q", len(f.Items), f.Items[0].Title)
	}
}
