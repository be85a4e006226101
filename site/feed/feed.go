// Package feed writes feeds as Atom (RFC 4287) and as JSON Feed (jsonfeed.org, version 1.1).
package feed

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"strings"
	"time"

	"tidemark/internal/legible"
)

// MaxEntries is how many entries a feed should have at most; the newest are kept.
const MaxEntries = 500

// Entry is an event as a feed reader shows it.
type Entry struct {
	ID      string // from UUID
	Title   string
	Summary string
	Link    string
	Updated time.Time
}

// Feed is a list of entries, newest first.
type Feed struct {
	Path    string // in the site, without the ending, for example feeds/all
	Title   string
	Page    string // path of the page that it belongs to
	Entries []Entry
}

// Site is what feeds say of their site.
type Site struct {
	Title   string
	URL     string // ending in a slash; empty: unknown
	Program string
}

// Place returns the address of a path of the site as a feed in feeds/ names it: absolute where the site's is known.
func (s Site) Place(path string) string {
	return s.placeFrom("feeds/", path)
}

// placeFrom is Place for a feed of that path.
func (s Site) placeFrom(feed, path string) string {
	if s.URL != "" {
		return s.URL + path
	}
	return strings.Repeat("../", strings.Count(feed, "/")) + path
}

// Place returns the address of a path of the site as this feed names it.
func (f *Feed) Place(s Site, path string) string { return s.placeFrom(f.Path, path) }

// AtomPath returns the path of the Atom form in the site.
func (f *Feed) AtomPath() string { return f.Path + ".atom" }

// JSONPath returns the path of the JSON form in the site.
func (f *Feed) JSONPath() string { return f.Path + ".json" }

// UUID returns a name that stays the same for ever for what is called name (RFC 9562, version 5, in a name space of
// Tidemark's own).
func UUID(name string) string {
	h := sha1.Sum([]byte("tidemark\x00" + name))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	x := hex.EncodeToString(h[:16])
	return "urn:uuid:" + x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
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

// Atom returns the feed in the form of RFC 4287.
func (f *Feed) Atom(s Site) ([]byte, error) {
	doc := struct {
		XMLName   xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID        string      `xml:"id"`
		Title     string      `xml:"title"`
		Updated   string      `xml:"updated"`
		Author    string      `xml:"author>name"`
		Generator string      `xml:"generator"`
		Links     []atomLink  `xml:"link"`
		Entries   []atomEntry `xml:"entry"`
	}{ID: UUID("feed\x00" + s.URL + f.Path), Title: legible.Text(f.Title), Updated: rfc3339(f.updated()), Author: legible.Text(s.Title), Generator: s.Program,
		Links: []atomLink{{"self", "application/atom+xml", f.Place(s, f.AtomPath())}, {"alternate", "text/html", f.Place(s, f.Page)}}}
	for _, e := range f.Entries {
		doc.Entries = append(doc.Entries, atomEntry{e.ID, legible.Text(e.Title), rfc3339(e.Updated), atomLink{"alternate", "", e.Link}, legible.Text(e.Summary)})
	}
	text, err := xml.MarshalIndent(doc, "", " ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// updated returns the time of the newest entry; that of RFC 1 where there is none, because Atom requires a time.
func (f *Feed) updated() time.Time {
	if len(f.Entries) == 0 {
		return time.Date(1969, 4, 7, 0, 0, 0, 0, time.UTC)
	}
	return f.Entries[0].Updated
}

// JSON returns the feed in the form of jsonfeed.org, version 1.1.
func (f *Feed) JSON(s Site) ([]byte, error) {
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
	}{Version: "https://jsonfeed.org/version/1.1", Title: legible.Text(f.Title), Items: []item{}}
	if s.URL != "" { // JSON Feed has no relative addresses
		doc.Home, doc.Self = s.Place(f.Page), s.Place(f.JSONPath())
	}
	for _, e := range f.Entries {
		doc.Items = append(doc.Items, item{e.ID, e.Link, legible.Text(e.Title), legible.Text(e.Summary), rfc3339(e.Updated)})
	}
	text, err := json.MarshalIndent(doc, "", " ")
	return append(text, '\n'), err
}
