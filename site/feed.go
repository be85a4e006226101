package site

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/site/format"
)

// longestFeed bounds the entries of a feed; the newest are kept.
const longestFeed = 500

// feedEntry is an event as a reader of feeds sees it.
type feedEntry struct {
	ID      string
	Title   string
	Summary string
	Link    string
	Updated time.Time
}

// feed is a list of entries, the newest first.
type feed struct {
	Path    string // without the ending
	Title   string
	Page    string // path of the page that it belongs to
	Entries []feedEntry
}

// atom and JSON are the paths of a feed's two forms.
func (f *feed) Atom() string { return f.Path + ".atom" }
func (f *feed) JSON() string { return f.Path + ".json" }

// uuid names a thing for ever by what it is (RFC 9562, version 5, under a name space of Tidemark's own).
func uuid(name string) string {
	h := sha1.Sum([]byte("tidemark\x00" + name))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	x := hex.EncodeToString(h[:16])
	return "urn:uuid:" + x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// entriesOf makes entries of events. An entry is named by what happened, not by the interval, which a snapshot that
// comes late may narrow; what happened again is numbered. That sources disagree is told once.
func (b *builder) entriesOf(events []datasets.RFCEvent) []feedEntry {
	sorted := slices.Clone(events)
	slices.SortStableFunc(sorted, func(x, y datasets.RFCEvent) int { return x.Until.Compare(y.Until) })
	times := map[string]int{}
	var all []feedEntry
	for _, e := range sorted {
		identity := strings.Join([]string{e.Document, e.Kind, e.Relation, e.Before, e.Now}, "\x00")
		times[identity]++
		if n := times[identity]; n > 1 {
			if e.Kind == "sources-disagree" {
				continue
			}
			identity += "\x00" + strconv.Itoa(n)
		}
		title := headline(&e)
		all = append(all, feedEntry{ID: uuid(identity), Title: title, Summary: summary(&e), Link: b.eventLink(&e), Updated: e.Until})
	}
	slices.SortStableFunc(all, func(x, y feedEntry) int { return cmp.Or(y.Updated.Compare(x.Updated), cmp.Compare(x.ID, y.ID)) })
	if len(all) > longestFeed {
		all = all[:longestFeed]
	}
	return all
}

// eventLink leads to the page of a watched document where the site's address is known, else to the publisher of the
// document.
func (b *builder) eventLink(e *datasets.RFCEvent) string {
	if b.URL != "" {
		for _, n := range e.Concerns {
			if b.watched[int(n)] {
				return b.URL + rfcPath(int(n))
			}
		}
	}
	switch {
	case e.Number == 0:
		return "https://datatracker.ietf.org/doc/" + e.Document + "/"
	case strings.HasPrefix(e.Kind, "erratum-"):
		return "https://www.rfc-editor.org/errata/eid" + e.Relation
	}
	return fmt.Sprintf("https://www.rfc-editor.org/info/rfc%d", e.Number)
}

// headline says an event in a line.
func headline(e *datasets.RFCEvent) string {
	document := spaced(e.Document)
	switch e.Kind {
	case "published":
		return fmt.Sprintf("%s published: %s", document, e.Title)
	case "not-issued":
		return document + " will not be issued"
	case "removed":
		return document + " is gone from the index"
	case "status", "stream", "area", "wg", "title":
		return fmt.Sprintf("%s: %s is now %s, was %s", document, strings.Replace(e.Kind, "wg", "working group", 1), e.Now, e.Before)
	case "relation-added":
		return fmt.Sprintf("%s %s %s", document, verb(e.Relation), spaced(e.Now))
	case "relation-withdrawn":
		return fmt.Sprintf("%s no longer %s %s", document, verb(e.Relation), spaced(e.Before))
	case "sources-disagree":
		return fmt.Sprintf("%s: sources disagree on %s: %s, %s", document, e.Relation, e.Before, e.Now)
	case "draft-adopted", "draft-new":
		return fmt.Sprintf("%s-%s: %s", document, e.Now, e.Title)
	case "draft-revised":
		return fmt.Sprintf("%s: revision %s after %s", document, e.Now, e.Before)
	case "draft-published":
		return fmt.Sprintf("%s published as %s", document, spaced(e.Now))
	case "draft-in-queue":
		return fmt.Sprintf("%s is in the RFC Editor's queue", document)
	case "draft-expired":
		return document + " expired"
	case "draft-state":
		return fmt.Sprintf("%s: %s, was %s", document, e.Now, e.Before)
	}
	if what, is := strings.CutPrefix(e.Kind, "erratum-"); is {
		return fmt.Sprintf("%s: erratum %s %s", document, e.Relation, what)
	}
	return document + ": " + e.Kind
}

// verb is a relation as a verb in the third person.
func verb(relation string) string {
	switch relation {
	case "obsoleted-by":
		return "is obsoleted by"
	case "updated-by":
		return "is updated by"
	case "is-also":
		return "is also"
	case "see-also":
		return "refers to"
	}
	return relation
}

func summary(e *datasets.RFCEvent) string {
	when := "It happened between " + format.Day(e.After) + " and " + format.Day(e.Until) + "."
	if e.Date != nil {
		when = "It carries the date " + publication(*e.Date) + "; first seen on " + format.Day(e.Until) + "."
	} else if e.After.Equal(e.Until) {
		when = "Seen on " + format.Day(e.Until) + "."
	}
	return e.Title + ". " + when
}

// feeds adds the feeds of everything, of the watch list, and of each watched document.
func (b *builder) feeds() error {
	if len(b.Standards.Events) == 0 {
		return nil
	}
	all := []*feed{
		{Path: "feeds/all", Title: b.Title + ": the RFC series", Page: "rfcs/index.html", Entries: b.entriesOf(b.Standards.Events)},
		{Path: "feeds/watched", Title: b.Title + ": watched RFCs", Page: "rfcs/index.html", Entries: b.entriesOf(b.watchedEvents())},
	}
	for _, r := range b.RFCs {
		if len(r.Events) > 0 {
			all = append(all, &feed{Path: feedPath(r.Number), Title: fmt.Sprintf("%s: RFC %d", b.Title, r.Number), Page: rfcPath(r.Number), Entries: b.entriesOf(r.Events)})
		}
	}
	for _, f := range all {
		if err := b.addFeed(f); err != nil {
			return err
		}
	}
	return nil
}

// addFeed takes both forms of a feed into the site.
func (b *builder) addFeed(f *feed) error {
	atom, err := b.atom(f)
	if err != nil {
		return err
	}
	if err := b.stage.Add(f.Atom(), atom); err != nil {
		return err
	}
	text, err := b.jsonFeed(f)
	if err != nil {
		return err
	}
	b.feedAt[f.Path] = f
	return b.stage.Add(f.JSON(), text)
}

// watchedEvents are those that concern a watched document. A draft is at hand because it does, or is watched itself.
func (b *builder) watchedEvents() (watched []datasets.RFCEvent) {
	for _, e := range b.Standards.Events {
		if e.Number == 0 || slices.ContainsFunc(e.Concerns, func(n uint32) bool { return b.watched[int(n)] }) {
			watched = append(watched, e)
		}
	}
	return watched
}

// HasFeed tells whether there is a feed of that path.
func (b *builder) HasFeed(path string) bool { return b.feedAt[path] != nil }

func feedPath(number int) string { return "feeds/rfc" + strconv.Itoa(number) }

// place is the address of a path of the site as a feed in feeds/ names it: absolute where the site's is known.
func (b *builder) place(path string) string {
	if b.URL != "" {
		return b.URL + path
	}
	return "../" + path
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

// atom is the feed in RFC 4287's form.
func (b *builder) atom(f *feed) ([]byte, error) {
	doc := struct {
		XMLName   xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID        string      `xml:"id"`
		Title     string      `xml:"title"`
		Updated   string      `xml:"updated"`
		Author    string      `xml:"author>name"`
		Generator string      `xml:"generator"`
		Links     []atomLink  `xml:"link"`
		Entries   []atomEntry `xml:"entry"`
	}{ID: uuid("feed\x00" + b.URL + f.Path), Title: format.Legible(f.Title), Updated: rfc3339(updated(f)), Author: format.Legible(b.Title), Generator: b.Program,
		Links: []atomLink{{"self", "application/atom+xml", b.place(f.Atom())}, {"alternate", "text/html", b.place(f.Page)}}}
	for _, e := range f.Entries {
		doc.Entries = append(doc.Entries, atomEntry{e.ID, format.Legible(e.Title), rfc3339(e.Updated), atomLink{"alternate", "", e.Link}, format.Legible(e.Summary)})
	}
	text, err := xml.MarshalIndent(doc, "", " ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// updated is the time of the newest entry.
func updated(f *feed) time.Time {
	if len(f.Entries) == 0 {
		return time.Date(1969, 4, 7, 0, 0, 0, 0, time.UTC) // RFC 1
	}
	return f.Entries[0].Updated
}

// jsonFeed is the feed in the form of jsonfeed.org, version 1.1.
func (b *builder) jsonFeed(f *feed) ([]byte, error) {
	type item struct {
		ID       string `json:"id"`
		URL      string `json:"url"`
		Title    string `json:"title"`
		Content  string `json:"content_text"`
		Modified string `json:"date_published"`
	}
	doc := struct {
		Version string `json:"version"`
		Title   string `json:"title"`
		Home    string `json:"home_page_url,omitempty"`
		Self    string `json:"feed_url,omitempty"`
		Items   []item `json:"items"`
	}{Version: "https://jsonfeed.org/version/1.1", Title: format.Legible(f.Title), Items: []item{}}
	if b.URL != "" { // the form knows no relative addresses
		doc.Home, doc.Self = b.place(f.Page), b.place(f.JSON())
	}
	for _, e := range f.Entries {
		doc.Items = append(doc.Items, item{e.ID, e.Link, format.Legible(e.Title), format.Legible(e.Summary), rfc3339(e.Updated)})
	}
	text, err := json.MarshalIndent(doc, "", " ")
	return append(text, '\n'), err
}
